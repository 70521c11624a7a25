"""What the memory of repeated tails changes, on real news in the order of its days.

    python bench/tails.py POOL.jsonl...

Each day's articles are read before they are judged, as the service does. An article "names the
other side" when a name of a pole that is not its outlet's own country is found in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from classifiers import registry
from classifiers.features import Reader
from classifiers.lexicon import Hit, Lexicon, load_lexicon
from classifiers.measuring.metrics import average_precision, cuts
from classifiers.pack import Pack, load_pack
from classifiers.profile import Profile
from classifiers.tails import marks_left, repeats, stretches, without_repeats
from classifiers.types import Repeat, Text

WINDOW = timedelta(days=30)
HOME = {"dawn": "pakistan", "thenews": "pakistan", "tribune": "pakistan"}
HEADING = (
    "outlet, label              articles   name the other side: found / without repeats"
    "   counted today / with the memory   with repeats"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One article, without the memory (``plain``) and with it (``told``)."""

    plain: Text
    told: Text
    label: str
    day: date


def read_pools(paths: Iterable[Path]) -> list[tuple[Text, str, date]]:
    """The dated articles of the pools, oldest first, each text once."""
    found: dict[str, tuple[Text, str, date]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").strip().split("\n"):
            cells = json.loads(line)
            day = _day(cells.get("date"))
            if day is None:
                continue
            outlet = str(cells.get("outlet") or "")
            text = Text(
                title=str(cells.get("title") or ""), body=str(cells["text"]), outlet=outlet,
                language=cells.get("lang"), side=HOME.get(outlet),
            )  # fmt: skip
            found.setdefault(text.body, (text, str(cells.get("label") or "stream"), day))
    return sorted(found.values(), key=lambda row: (row[2], row[0].outlet, row[0].title))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def simulate(articles: Sequence[tuple[Text, str, date]], lexicon: Lexicon) -> list[Row]:
    """Tell each article what its outlet repeated in the thirty days up to and with its own."""
    left: dict[tuple[str, int], list[date]] = defaultdict(list)
    by_day: dict[date, list[tuple[Text, str]]] = defaultdict(list)
    for text, label, day in articles:
        by_day[day].append((text, label))
    rows = []
    for day in sorted(by_day):
        for text, _ in by_day[day]:
            for mark in marks_left(text, lexicon):
                left[text.outlet, mark].append(day)
        for text, label in by_day[day]:
            told = replace(text, repeated=_repeated(text, left, day, lexicon))
            rows.append(Row(plain=text, told=told, label=label, day=day))
    return rows


def _repeated(
    text: Text, left: Mapping[tuple[str, int], list[date]], day: date, lexicon: Lexicon
) -> tuple[Repeat, ...]:
    found = stretches(text.body, lexicon)
    seen = {
        s.mark: sum(day - WINDOW <= other for other in left.get((text.outlet, s.mark), ()))
        for s in found
    }
    return repeats(found, seen)


def _names_other_side(hits: Iterable[Hit], text: Text, pack: Pack) -> bool:
    return any(h.concept.pole in pack.recipe.poles and h.concept.pole != text.side for h in hits)


def measure(paths: Sequence[Path]) -> dict[str, Any]:
    """All figures, as the report prints them."""
    pack, lexicon = load_pack("pak_afg_ttp"), load_lexicon()
    articles = read_pools(paths)
    began = time.process_time()
    rows = simulate(articles, lexicon)
    spent = (time.process_time() - began) / max(1, len(rows))
    reader = Reader(pack, lexicon, Profile(pack.profile))
    table: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 7)
    lost = []
    for row in rows:
        raw = lexicon.read(row.plain.title, "title") + lexicon.read(row.plain.body, "body")
        alone = without_repeats(raw, row.told.repeated)[0]
        now, then = reader.read(row.plain).hits, reader.read(row.told).hits
        cells = table[row.plain.outlet, row.label]
        flags = (_names_other_side(hits, row.plain, pack) for hits in (raw, alone, now, then))
        for at, flag in enumerate((True, *flags, bool(row.told.repeated), len(then) < len(now))):
            cells[at] += flag
        if row.label == "relevant" and len(alone) < len(raw):
            lost.append(row.plain.title)
    classifier = registry.load(None)
    plain = [v.score for v in classifier.judge([row.plain for row in rows])]
    told = [v.score for v in classifier.judge([row.told for row in rows])]
    labels = [row.label for row in rows]
    return {
        "table": {key: cells for key, cells in sorted(table.items()) if cells[5]},
        "articles": len(rows),
        "ms": spent * 1000,
        "relevant_that_lost_evidence": lost,
        "average_precision": [_precision(scores, labels) for scores in (plain, told)],
        "scores_changed": sum(a != b for a, b in zip(plain, told, strict=True)),
        "largest_change": max((abs(a - b) for a, b in zip(plain, told, strict=True)), default=0.0),
    }


def _precision(scores: Sequence[float], labels: Sequence[str]) -> float | None:
    pairs = [(s, k == "relevant") for s, k in zip(scores, labels, strict=True)
             if k in {"relevant", "not_relevant"}]  # fmt: skip
    return average_precision(cuts([s for s, _ in pairs], [k for _, k in pairs]))


def report(figures: Mapping[str, Any]) -> str:
    """The figures as a table for people."""
    lines = [
        f"{figures['articles']} dated articles, {figures['ms']:.2f} ms each to mark and look up",
        "",
        HEADING,
    ]
    for (outlet, label), (n, raw, alone, now, then, marked, _) in figures["table"].items():
        lines.append(
            f"{outlet + ', ' + label:26} {n:8}   {raw:28} / {alone:15}   {now:13} / {then:15}"
            f"   {marked:12}"
        )
    before, after = figures["average_precision"]
    lines += [
        "",
        f"average precision on the labelled: {before:.4f} before, {after:.4f} after",
        f"scores changed: {figures['scores_changed']}, at most by {figures['largest_change']:.3f}",
        f"relevant articles that lose a name: {len(figures['relevant_that_lost_evidence'])}",
        *(f"  {title}" for title in figures["relevant_that_lost_evidence"]),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(measure([Path(name) for name in sys.argv[1:]])))
