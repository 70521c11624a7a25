"""What a verdict counted, set back into the text it was counted in.

The evidence is JSON from the store and may be older than the text shown: a place is marked only
where the text still says what was matched. Malformed evidence gives no marks, never an error.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_SEARCH_LIMIT: Final = 200_000  # code points; beyond it a moved term is not looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text; ``term`` is the label of what it counted for, None for plain text."""

    text: str
    term: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph in pieces. ``barred``: among the few that weighed most in the verdict.

    ``aside``: it stands in a box of other stories or a list of links, and counted for nothing.
    """

    pieces: tuple[Piece, ...]
    barred: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of the sum: in log-odds, with the words that were matched."""

    label: str
    weight: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was matched, in code points of ``part``."""

    part: str
    start: int
    end: int
    text: str
    label: str
    weight: float


Span = tuple[int, int, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """A verdict's evidence, ready to show. ``total`` is the log-odds."""

    terms: tuple[Term, ...] = ()
    places: tuple[Place, ...] = ()
    ignored: tuple[str, ...] = ()
    nearest_title: str = ""
    nearest_similarity: float | None = None

    @property
    def total(self) -> float:
        """The sum of the contributions."""
        return sum(term.weight for term in self.terms)


def read_evidence(text: str | None, concepts: Mapping[str, str]) -> Reasons:
    """Return the evidence in ``text`` (JSON of ``classifiers.types.Evidence``), strongest first."""
    try:
        data = json.loads(text or "{}")
        return _reasons(data, concepts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Reasons()


def _reasons(data: Mapping[str, Any], concepts: Mapping[str, str]) -> Reasons:
    rows = sorted(data.get("contributions", ()), key=lambda c: -abs(float(c["weight"])))
    terms, places = [], []
    for row in rows:
        matches = row.get("matches", ())
        label, strength = str(row["label"]), float(row["weight"])
        seen = dict.fromkeys(str(m["text"]) for m in matches)
        terms.append(Term(label=label, weight=strength, words=tuple(seen)))
        share = strength / max(1, len(matches))
        places += [_place(m, concepts.get(str(m["concept"]), label), share) for m in matches]
    nearest = data.get("nearest") or {}
    return Reasons(
        terms=tuple(terms),
        places=tuple(places),
        ignored=_set_aside(data.get("ignored", ())),
        nearest_title=str(nearest.get("title", "")),
        nearest_similarity=float(nearest["similarity"]) if "similarity" in nearest else None,
    )


def _set_aside(matches: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What was seen and not counted: traps a word each, then what shares a reason, with it."""
    by_note: dict[str, dict[str, None]] = {"": {}}
    for match in matches:
        by_note.setdefault(str(match.get("note", "")), {})[str(match["text"])] = None
    traps = by_note.pop("")
    return (*traps, *(f"{', '.join(seen)} ({note})" for note, seen in by_note.items()))


def _place(match: Mapping[str, Any], label: str, share: float) -> Place:
    return Place(
        part=str(match["part"]),
        start=int(match["start"]),
        end=int(match["end"]),
        text=str(match["text"]),
        label=label,
        weight=share,
    )


def _found(text: str, place: Place) -> tuple[int, int] | None:
    """Return where ``place`` stands in ``text``, looked for again when it has moved."""
    start, end, wanted = place.start, place.end, place.text.casefold()
    if 0 <= start < end <= len(text) and text[start:end].casefold() == wanted:
        return start, end
    at = text.find(place.text) if place.text and len(text) <= _SEARCH_LIMIT else -1
    return (at, at + len(place.text)) if at >= 0 else None


def _spans(text: str, places: Sequence[Place]) -> list[Span]:
    """Return the places in ``text``, in order, none overlapping; the longer of two wins."""
    found = [(*where, place) for place in places if (where := _found(text, place))]
    kept: list[Span] = []
    for start, end, place in sorted(found, key=lambda f: (f[0], -f[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, place))
    return kept


def _pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> Iterator[Piece]:
    at = start
    for first, last, place in spans:
        if last > end:
            continue
        if first > at:
            yield Piece(text=text[at:first])
        yield Piece(text=text[first:last], term=place.label)
        at = last
    if at < end:
        yield Piece(text=text[at:end])


def marked_title(title: str, reasons: Reasons) -> tuple[Piece, ...]:
    """Return the title in pieces; joined again they are the title exactly."""
    spans = _spans(title, [p for p in reasons.places if p.part == "title"])
    return tuple(_pieces(title, 0, len(title), spans))


def marked_body(
    body: str, reasons: Reasons, *, bars: int = 2, aside: Sequence[tuple[int, int]] = ()
) -> tuple[Paragraph, ...]:
    """Return the body's paragraphs in pieces; the ``bars`` that weighed most are barred."""
    spans = _spans(body, [p for p in reasons.places if p.part != "title"])
    starts = [start for start, _, _ in spans]
    lines = [
        (start, end, spans[bisect_left(starts, start) : bisect_left(starts, end)])
        for start, end in _lines(body)
    ]
    weights = [sum(place.weight for _, _, place in inside) for _, _, inside in lines]
    floor = max([0.2, *sorted(weights, reverse=True)[bars - 1 : bars]])
    return tuple(
        Paragraph(
            pieces=tuple(_pieces(body, start, end, inside)),
            barred=heavy >= floor and len(lines) > bars,
            aside=any(first <= start and end <= last for first, last in aside),
        )
        for (start, end, inside), heavy in zip(lines, weights, strict=True)
    )


def _lines(body: str) -> Iterator[tuple[int, int]]:
    """Give the first and last position of every line that is not blank."""
    start = 0
    for line in body.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1
