"""Fit the shipped weights: the hand-set prior meets a labelled pool once.

``python -m classifiers.fit POOL.jsonl [--stream STREAM.jsonl]`` writes ``weights.json`` of the
topic: the weights, the hash of the pool, and the figures of three rankings apart: likeness to the
seeds alone, the hand-set prior, and the fitted prior, each row judged by weights that saw nothing
of its group of near copies. Only the figures of the topic are fitted; no word of the pool enters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.learning.linear import Floats
from classifiers.measuring import intervals, metrics
from classifiers.measuring.baselines import kind_of
from classifiers.measuring.report import judged_unseen, report
from classifiers.measuring.sheet import Row, Sheet, rows_of
from classifiers.measuring.unseen import cross_validated, fitted_on, hand_set
from classifiers.pack import TOPICS, Pack, read_pack
from classifiers.prior import STRICT, STRICT_INTERCEPT
from classifiers.two_pole import prior_params

FOLDS = 10
_KINDS = ("full", "short", "all")


def fitted(rows: Sequence[Row], stream: Sequence[Row], pack: Pack) -> dict[str, Any]:
    """The content of ``weights.json`` for a pool, without the pool's hash."""
    sheet = Sheet(rows, pack)
    told = fitted_on(sheet, np.ones(len(sheet), dtype=np.bool_), pack)
    rankings = {
        "seeds": sheet.likeness,
        "hand": sheet.logits(prior_params(hand_set(pack))),
        "cross_validated": cross_validated(sheet, FOLDS),
        "same_rows": sheet.logits(prior_params(told)),
    }
    answered = ~sheet.unsure
    return {
        "weights": {name: round(weight, 4) for name, weight in told.weights.items()},
        "strict": {"features": STRICT, "intercept": STRICT_INTERCEPT},
        "rows": {
            "n": int(answered.sum()),
            "relevant": int(sheet.relevant.sum()),
            "unsure": int(sheet.unsure.sum()),
            "groups": len(set(sheet.groups[answered].tolist())),
        },
        "average_precision": {name: _precision(sheet, r) for name, r in rankings.items()},
        "intervals": {name: _intervals(sheet, r) for name, r in rankings.items()},
        "with_unsure": {name: _with_unsure(sheet, r) for name, r in rankings.items()},
        "queue": _queue(sheet, Sheet(stream, pack) if stream else None, pack),
    }


def _precision(sheet: Sheet, ranking: Floats) -> dict[str, float | None]:
    """Average precision by kind and together, the unsure left out."""
    return {kind: _of(ranking, sheet.relevant, kind_of(sheet, kind)) for kind in _KINDS}


def _of(ranking: Floats, truth: Floats | Any, rows: Any) -> float | None:
    found = metrics.cuts(ranking[rows].tolist(), truth[rows].tolist())
    value = metrics.average_precision(found)
    return None if value is None else round(value, 4)


def _intervals(sheet: Sheet, ranking: Floats) -> dict[str, intervals.Interval | None]:
    """The 95 % intervals of the same, drawn by groups of near copies."""
    out = {}
    for kind in _KINDS:
        rows = kind_of(sheet, kind)
        drawn = intervals.bootstrap(
            ranking[rows].tolist(),
            sheet.relevant[rows].tolist(),
            sheet.groups[rows].tolist(),
            threshold=0.0,
        )
        out[kind] = drawn["average_precision"]
    return out


def _with_unsure(sheet: Sheet, ranking: Floats) -> dict[str, dict[str, float | None]]:
    """Average precision were every unsure row not relevant, or relevant."""
    kinds = np.array(sheet.kinds)
    return {
        name: {
            kind: _of(ranking, truth, (kinds == kind) | np.array(kind == "all")) for kind in _KINDS
        }
        for name, truth in (
            ("as_not_relevant", sheet.relevant),
            ("as_relevant", sheet.relevant | sheet.unsure),
        )
    }


def _queue(sheet: Sheet, stream: Sheet | None, pack: Pack) -> dict[str, Any]:
    """What the queue's threshold finds, and what one with recall 0.95 makes people read."""
    judged = judged_unseen(sheet, FOLDS, stream)
    told = report(sheet, judged, threshold=pack.queue_at)
    out: dict[str, Any] = {"cross_validated": told["at_threshold"]}
    if stream is not None:
        out["stream"] = told["stream"]
    return out


def reading_hash(pack: Pack) -> str:
    """What the figures of a text depend on, in 16 hex digits: fitted weights hold for it alone."""
    recipe = [
        pack.lexicon,
        {name: [sorted(c.any), sorted(c.all), sorted(c.unless), list(map(sorted, c.each))]
         for name, c in pack.contexts.items()},
        [[n.concept, sorted(n.before), n.within, n.trap] for n in pack.neighbours],
        dict(pack.outlets),
        repr(pack.recipe.poles),
        [repr(feature) for feature in pack.recipe.features],
        pack.profile.get("version"),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def _printed(body: Mapping[str, Any]) -> str:
    """The figures of the three rankings, a line each, then what the queue's threshold does."""
    lines = [f"{'average precision':<18}" + "".join(f"{kind:>27}" for kind in _KINDS)]
    for name in ("seeds", "hand", "cross_validated"):
        cells = [
            f"{body['average_precision'][name][kind]} {list(body['intervals'][name][kind] or ())}"
            for kind in _KINDS
        ]
        lines.append(f"{name:<18}" + "".join(f"{cell:>27}" for cell in cells))
        for way, found in body["with_unsure"][name].items():
            lines.append(
                f"  unsure {way:<18}"[:27].ljust(18) + "".join(f"{found[k]!s:>18}" for k in _KINDS)
            )
    lines.append(json.dumps(body["queue"]))
    return "\n".join(lines)


def _read(path: Path | None) -> list[Row]:
    if path is None:
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return rows_of(json.loads(line) for line in lines if line.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write ``weights.json``; prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.fit", description=__doc__)
    parser.add_argument("pool", type=Path, help="JSON Lines: label, title, text, outlet, ...")
    parser.add_argument("--stream", type=Path, help="JSON Lines of a day's articles, no labels")
    parser.add_argument("--topic", default="pak_afg_ttp", help="a shipped name, or a folder")
    parser.add_argument("--out", type=Path, help="default: the topic's weights.json")
    chosen = parser.parse_args(arguments)
    pack = read_pack(chosen.topic)
    body = {
        "made_by": "python -m classifiers.fit",
        "pool_sha256": hashlib.sha256(chosen.pool.read_bytes()).hexdigest(),
        "read_with": reading_hash(pack),
        **fitted(_read(chosen.pool), _read(chosen.stream), pack),
    }
    out = chosen.out or TOPICS / chosen.topic / "weights.json"
    out.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{_printed(body)}\n{out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
