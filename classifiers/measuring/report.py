"""Everything a labelled pool says of a judgement, in one report.

To the figures of the contract it adds: intervals over groups of near copies, the unsure counted
either way, what each band of scores came to, the recall of each strand, the rows it is most wrong
about, and what one threshold would make people read of a stream.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from classifiers import artifact
from classifiers.learning.linear import Floats, sigmoid
from classifiers.measuring import intervals, metrics
from classifiers.measuring.baselines import kind_of
from classifiers.measuring.copies import groups_of
from classifiers.measuring.evaluate import figures
from classifiers.measuring.reliability import reliability
from classifiers.measuring.sheet import Mask, Row, Sheet, Tick, silent
from classifiers.measuring.unseen import by_fold
from classifiers.pack import TOPICS, Pack
from classifiers.two_pole import NAME, TwoPole, prior_params
from classifiers.types import Classifier

_BATCH = 100
_NO_STRAND = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Scores in 0..1 for the rows of a pool, and for a stream where there is one.

    ``stream`` has a column for each model that could judge the row without having seen it or a
    copy of it; NaN for the others.
    """

    scores: Floats
    stream: Floats | None = None


def judged_by(
    classifier: Classifier, rows: Sequence[Row], stream: Sequence[Row] = (), *, tick: Tick = silent
) -> Judged:
    """The scores of one classifier."""
    scores = np.array(list(_scores(classifier, [*rows, *stream], tick)), dtype=np.float64)
    found = scores[len(rows) :, None] if stream else None
    return Judged(scores=scores[: len(rows)], stream=found)


def judged_unseen(
    sheet: Sheet, folds: int, stream: Sheet | None = None, *, seed: int = 0
) -> Judged:
    """Scores by weights fitted on the other folds; a stream's row never by those of its copy."""
    scores = np.zeros(len(sheet))
    columns = []
    copies = _copies(sheet, stream) if stream else {}
    for held, pack in by_fold(sheet, folds, seed=seed):
        params = prior_params(pack)
        scores[held] = sigmoid(sheet.logits(params)[held])
        if stream:
            column = sigmoid(stream.logits(params))
            seen = [place for place, own in copies.items() if not held[own].all()]
            column[seen] = np.nan
            columns.append(column)
    return Judged(scores=scores, stream=np.column_stack(columns) if stream else None)


def _copies(sheet: Sheet, stream: Sheet) -> dict[int, list[int]]:
    """For each row of the stream that copies rows of the pool, which ones."""
    texts = [row.text for row in (*sheet.rows, *stream.rows)]
    groups = groups_of(texts)
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups[: len(sheet)]):
        members.setdefault(group, []).append(place)
    return {
        place: members[group]
        for place, group in enumerate(groups[len(sheet) :])
        if group in members
    }


def _scores(classifier: Classifier, rows: Sequence[Row], tick: Tick) -> Iterator[float]:
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        yield from (verdict.score for verdict in classifier.judge([row.text for row in some]))
        tick(len(some))


def report(sheet: Sheet, judged: Judged, *, threshold: float, seed: int = 0) -> dict[str, Any]:
    """The report on scores of a pool; the keys of the contract, and more."""
    out = _of(sheet, judged.scores, kind_of(sheet, "all"), threshold, seed)
    out["unsure_rows"] = int(sheet.unsure.sum())
    out["groups"] = len(set(sheet.groups[~sheet.unsure].tolist()))
    out["by_kind"] = {
        kind: _of(sheet, judged.scores, kind_of(sheet, kind), threshold, seed)
        for kind in sorted(set(sheet.kinds))
    }
    out["reliability"] = _reliability(sheet, judged.scores)
    out["by_strand"] = _by_strand(sheet, judged.scores, threshold)
    if judged.stream is not None:
        out["stream"] = _stream(sheet, judged, threshold)
    out["curve"] = []
    return out


def _of(sheet: Sheet, scores: Floats, rows: Mask, threshold: float, seed: int) -> dict[str, Any]:
    """The figures of the rows of one kind, with intervals and with the unsure either way."""
    held, truth = scores[rows].tolist(), sheet.relevant[rows].tolist()
    groups = sheet.groups[rows].tolist()
    out = figures(held, truth, threshold)
    out["intervals"] = intervals.bootstrap(held, truth, groups, threshold=threshold, seed=seed)
    out["average_precision_with_unsure"] = _with_unsure(sheet, scores, rows)
    return out


def _with_unsure(sheet: Sheet, scores: Floats, rows: Mask) -> dict[str, Any]:
    """Average precision were every unsure row of the same kinds not relevant, or relevant."""
    kinds = {kind for kind, held in zip(sheet.kinds, rows, strict=True) if held}
    joined = rows | (sheet.unsure & np.array([kind in kinds for kind in sheet.kinds]))
    out: dict[str, Any] = {"n": int(joined.sum())}
    for name, truth in (
        ("as_not_relevant", sheet.relevant),
        ("as_relevant", sheet.relevant | sheet.unsure),
    ):
        found = metrics.cuts(scores[joined].tolist(), truth[joined].tolist())
        out[name] = metrics.average_precision(found)
    return out


def _reliability(sheet: Sheet, scores: Floats) -> list[dict[str, Any]]:
    rows = ~sheet.unsure
    pairs = zip(scores[rows].tolist(), sheet.relevant[rows].tolist(), strict=True)
    return [
        {
            "from": band.low,
            "to": band.high,
            "n": band.n,
            "mean_score": band.promised,
            "relevant": band.accepted,
            "share": band.kept,
            "interval": band.interval,
        }
        for band in reliability(list(pairs))
    ]


def _by_strand(sheet: Sheet, scores: Floats, threshold: float) -> list[dict[str, Any]]:
    """Of the relevant rows of each strand, how many score at or above the threshold.

    ``recall_at_95`` is the same at the threshold that finds 95 of 100 of all strands together.
    """
    relevant = np.flatnonzero(sheet.relevant)
    strands = strands_of_rows(sheet, relevant.tolist())
    total = Counter(strands)
    found = _above(strands, scores[relevant] >= threshold)
    most = _above(strands, scores[relevant] >= (_line(sheet, scores) or 0.0))
    return [
        {
            "strand": strand,
            "n": n,
            "recall": found[strand] / n,
            "interval": intervals.share(found[strand], n),
            "recall_at_95": most[strand] / n,
        }
        for strand, n in sorted(total.items(), key=lambda row: (-row[1], row[0]))
    ]


def _above(strands: Sequence[str], above: Mask) -> Counter[str]:
    return Counter(strand for strand, taken in zip(strands, above, strict=True) if taken)


def _line(sheet: Sheet, scores: Floats) -> float | None:
    """The threshold that finds 95 of 100 relevant rows."""
    rows = ~sheet.unsure
    cuts = metrics.cuts(scores[rows].tolist(), sheet.relevant[rows].tolist())
    return metrics.threshold_of_recall(cuts, 0.95)


def strands_of_rows(sheet: Sheet, places: Sequence[int]) -> list[str]:
    """The first strand of each of these rows, whatever its score; ``none`` where it has none."""
    pack = replace(sheet.pack, queue_at=0.0)  # below it, no strand is looked for
    classifier = TwoPole(pack, artifact.make(NAME, prior_params(pack)))
    verdicts = classifier.judge([sheet.rows[place].text for place in places])
    return [verdict.topics[0] if verdict.topics else _NO_STRAND for verdict in verdicts]


def _stream(sheet: Sheet, judged: Judged, threshold: float) -> dict[str, Any]:
    """What two thresholds find of the relevant and make people read of the stream."""
    assert judged.stream is not None  # noqa: S101 - the caller asks only then
    rows = ~sheet.unsure
    scores, truth = judged.scores[rows].tolist(), sheet.relevant[rows].tolist()
    lines = {"at_recall_95": _line(sheet, judged.scores), "at_threshold": threshold}
    out: dict[str, Any] = {"n": len(judged.stream)}
    for name, line in lines.items():
        if line is None:
            out[name] = None
            continue
        with np.errstate(invalid="ignore"):
            above = np.where(np.isnan(judged.stream), np.nan, judged.stream >= line)
        share = float(np.nanmean(np.nanmean(above, axis=1)))
        found = metrics.at_threshold(scores, truth, line)
        out[name] = {**found, "above": round(share * len(above), 1), "share": share}
    return out


def worst(sheet: Sheet, scores: Floats, most: int) -> list[dict[str, Any]]:
    """The rows the scores are most wrong about, worst first; the unsure have no right answer."""
    wrong = np.abs(scores - sheet.relevant)
    wrong[sheet.unsure] = -1.0
    order = sorted(range(len(sheet)), key=lambda n: (-wrong[n], sheet.rows[n].id))[:most]
    return [
        {
            "id": sheet.rows[n].id,
            "title": sheet.rows[n].text.title,
            "score": float(scores[n]),
            "label": sheet.rows[n].label,
        }
        for n in order
        if wrong[n] >= 0
    ]


def taught_by(pack: Pack) -> str:
    """The SHA-256 of the pool that the pack's weights were fitted on; empty where unknown."""
    file = TOPICS / pack.topic / "weights.json"
    if not file.exists():
        return ""
    return str(json.loads(file.read_text(encoding="utf-8")).get("pool_sha256", ""))
