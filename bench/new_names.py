"""How well unknown names are found: names are hidden from the lexicon, and the list must name them.

    python bench/new_names.py [FOLDER] [--outlets N] [--show N]

FOLDER (default: data/topic in the folder that TORKHAM_SHARED names, or in `shared` beside the
checkout) holds dev.jsonl, labelled, and stream.jsonl. Wanted is what is labelled relevant or scores
in the queue. Each concept that is a person, a place, a group or an operation and stands in three
wanted stories or more, in words no other concept knows, is hidden in turn. "Telling" are those that
stand out by the list's own measure when they are counted with the whole lexicon: these it should
find. The others are everywhere, and it should not.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifiers import registry
from classifiers.lexicon import Hit, Lexicon, load_lexicon
from classifiers.naming.names import (
    LEAST_TEXTS,
    TELLING,
    NameText,
    NewName,
    strength,
    unknown_names,
)
from classifiers.pack import load_pack
from classifiers.types import Text

BESIDE = Path(__file__).resolve().parents[2] / "shared"
DATA = Path(os.environ.get("TORKHAM_SHARED") or BESIDE) / "data/topic"
KINDS = frozenset({"person", "place", "group", "operation"})


def main() -> None:
    """Measure and print."""
    asked = _asked()
    if not (asked.folder / "dev.jsonl").exists():
        print(f"nothing measured: there is no {asked.folder / 'dev.jsonl'}")
        return
    texts = _texts(asked.folder)
    wanted = sum(text.wanted for text in texts)
    began = time.perf_counter()
    listed = unknown_names(texts, load_lexicon(), least_outlets=asked.outlets)
    seconds = time.perf_counter() - began
    print(f"{len(texts)} texts, {wanted} wanted; {len(listed)} names in {seconds:.1f} s")
    for name in listed[: asked.show]:
        print(f"  {name.strength:5.2f} {name.texts:3}/{name.others:<4} {name.kind:9} {name.name}")
    hidden = _hidden(texts, asked.outlets)
    for standing in sorted(hidden, key=lambda s: -s.strength):
        _find(standing, texts, asked.outlets)
        print(f"  {standing}")
    for what, group in (
        ("telling", [s for s in hidden if s.strength >= TELLING]),
        ("everyday", [s for s in hidden if s.strength < TELLING]),
    ):
        print(f"{what}: {sum(s.rank is not None for s in group)} of {len(group)} listed")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DATA)
    parser.add_argument("--outlets", type=int, default=1, help="least outlets a name needs (1)")
    parser.add_argument("--show", type=int, default=30, help="how many unknown names to print")
    return parser.parse_args()


def _texts(folder: Path) -> list[NameText]:
    rows = [
        json.loads(line)
        for name in ("dev.jsonl", "stream.jsonl")
        for line in (folder / name).read_text(encoding="utf-8").split("\n")
        if line
    ]
    texts = [
        Text(title=r["title"] or "", body=r["text"] or "", outlet=r["outlet"], language=r["lang"])
        for r in rows
    ]
    at = load_pack().queue_at
    scores = [verdict.score for verdict in registry.load().judge(texts)]
    return [
        NameText(
            key=row["id"],
            story=row["id"],
            title=text.title,
            body=text.body,
            outlet=text.outlet,
            wanted=score >= at or row.get("label") == "relevant",
        )
        for row, text, score in zip(rows, texts, scores, strict=True)
    ]


@dataclass(slots=True)
class Standing:
    """Where a concept stands, and what became of it when it was hidden."""

    concept: str
    lexicon: Lexicon
    wanted: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    outlets: set[str] = field(default_factory=set)
    strength: float = 0.0
    rank: int | None = None
    listed: str = ""

    def __str__(self) -> str:
        """One line of the table."""
        told = f"{self.rank + 1:3}. {self.listed}" if self.rank is not None else "  – not listed"
        counts = f"{len(self.wanted):3}/{len(self.others):<4}"
        return f"{self.strength:6.2f} {counts} {self.concept:28}{told}"


def _hidden(texts: Sequence[NameText], outlets: int) -> list[Standing]:
    """Every concept worth hiding, counted where nothing else in the lexicon knows its words."""
    pack, whole = load_pack(), load_lexicon()
    seen: defaultdict[str, list[tuple[NameText, Hit]]] = defaultdict(list)
    for text in texts:
        for hit in [*whole.read(text.title, "title"), *whole.read(text.body, "body")]:
            if hit.concept.kind in KINDS and hit.concept.pole not in {"trap", "away"}:
                seen[hit.concept.id].append((text, hit))
    stories = Counter({c: len({t.story for t, _ in rows if t.wanted}) for c, rows in seen.items()})
    found = []
    wanted = len({text.story for text in texts if text.wanted})
    other = len({text.story for text in texts} - {text.story for text in texts if text.wanted})
    for concept in sorted(c for c, many in stories.items() if many >= LEAST_TEXTS):
        rest = [row for row in pack.lexicon if row["id"] != concept]
        standing = Standing(concept, Lexicon(replace(pack, lexicon=rest)))
        for text, hit in _bare(seen[concept], standing.lexicon):
            del hit
            (standing.wanted if text.wanted else standing.others).add(text.story)
            if text.wanted:
                standing.outlets.add(text.outlet)
        if len(standing.wanted) >= LEAST_TEXTS and len(standing.outlets) >= outlets:
            here, there = len(standing.wanted), len(standing.others - standing.wanted)
            standing.strength = strength(here, wanted, there, other)
            found.append(standing)
    return found


def _bare(rows: Sequence[tuple[NameText, Hit]], lexicon: Lexicon) -> Iterator[tuple[NameText, Hit]]:
    """The places that nothing else knows, and that are written as a name."""
    for text, hit in rows:
        said = hit.text[hit.start : hit.end]
        if said[:1].islower() or any(h.concept.pole != "word" for h in lexicon.read(said, "body")):
            continue
        yield text, hit


def _find(standing: Standing, texts: Sequence[NameText], outlets: int) -> None:
    names = unknown_names(texts, standing.lexicon, least_outlets=outlets)
    whole = load_lexicon()
    for rank, name in enumerate(names):
        if standing.rank is None and _is(name, standing.concept, whole):
            standing.rank, standing.listed = rank, name.name


def _is(name: NewName, concept: str, whole: Lexicon) -> bool:
    """Whether a listed name is the hidden one, or a part of it that is nobody else's."""
    read: Any = (hit.concept.id for s in name.spellings for hit in whole.read(s, "body"))
    aliases = {alias.casefold() for alias in whole.aliases(concept)}
    part = any(f" {name.name.casefold()} " in f" {alias} " for alias in aliases)
    return concept in set(read) or part


if __name__ == "__main__":
    main()
