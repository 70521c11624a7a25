"""What a verdict counted, set back into the text it was counted in.

The evidence is JSON from the store and may be older than the text shown: a place is marked only
where the text still says what was matched. Malformed evidence gives no marks, never an error.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from classifiers.words import WORD, fold_word

_SEARCH_LIMIT: Final = 200_000  # code points; beyond it a moved term is not looked for
_LOOKED_FOR: Final = 300  # moved terms of one text
MOST_PLACES: Final = 3_000
_LEARNT_WORDS: Final = 960  # words of a text in which learnt ones are looked for: as many as judged
_LEARNT_PLACES: Final = 4  # of each learnt word


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text; ``term`` is the label of what it counted for, None for plain text.

    ``name``: a name of the lexicon, as against a word.
    """

    text: str
    term: str | None = None
    name: bool = False

    @property
    def told(self) -> str:
        """What rests on it as a title: "name: the Torkham crossing"."""
        return f"{'name' if self.name else 'term'}: {self.term or ''}"


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
    name: bool = False


class Span(NamedTuple):
    """A place found in the text shown."""

    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A folded word, or two neighbours, that decisions gave a weight: in log-odds."""

    term: str
    label: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """A verdict's evidence, ready to show. ``total`` is the log-odds."""

    terms: tuple[Term, ...] = ()
    places: tuple[Place, ...] = ()
    learnt: tuple[Learnt, ...] = ()
    ignored: tuple[str, ...] = ()
    nearest_example: str = ""
    nearest_title: str = ""
    nearest_similarity: float | None = None

    @property
    def total(self) -> float:
        """The sum of the contributions."""
        return sum(term.weight for term in self.terms)


def read_evidence(
    text: str | None, concepts: Mapping[str, str], named: AbstractSet[str] = frozenset()
) -> Reasons:
    """Return the evidence in ``text`` (JSON of ``classifiers.types.Evidence``), strongest first.

    ``concepts`` gives a concept's label; ``named`` are those that are names rather than words.
    """
    try:
        data = json.loads(text or "{}")
        return _reasons(data, concepts, named)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Reasons()


def _reasons(
    data: Mapping[str, Any], concepts: Mapping[str, str], named: AbstractSet[str]
) -> Reasons:
    rows = sorted(data.get("contributions", ()), key=lambda c: -abs(float(c["weight"])))
    terms, places, learnt = [], [], []
    for row in rows:
        matches = row.get("matches", ())
        feature, label, strength = str(row["feature"]), str(row["label"]), float(row["weight"])
        seen = dict.fromkeys(str(m["text"]) for m in matches)
        terms.append(Term(label=label, weight=strength, words=tuple(seen)))
        if feature.startswith("word:"):
            term = feature.removeprefix("word:")
            learnt.append(Learnt(term=term, label=label, weight=strength))
        share = strength / max(1, len(matches))
        for match in matches:
            concept = str(match["concept"])
            name = concept in named
            places.append(_place(match, concepts.get(concept, label), share, name=name))
    nearest = data.get("nearest") or {}
    return Reasons(
        terms=tuple(terms),
        places=tuple(places[:MOST_PLACES]),
        learnt=tuple(learnt),
        ignored=_set_aside(data.get("ignored", ())),
        nearest_example=str(nearest.get("example", "")),
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


def _place(match: Mapping[str, Any], label: str, share: float, *, name: bool) -> Place:
    return Place(
        part=str(match["part"]),
        start=int(match["start"]),
        end=int(match["end"]),
        text=str(match["text"]),
        label=label,
        weight=share,
        name=name,
    )


# --- places in a text -----------------------------------------------------------------------


def found_in(text: str, places: Sequence[Place]) -> list[Span]:
    """Return where ``places`` stand in ``text``, in order; several may stand in one place.

    What has moved since is taken where the same words stand nearest; what stands nowhere as a word
    of its own is left out.
    """
    spans, gone, looked = [], set[str](), 0
    for place in places[:MOST_PLACES]:
        start, end = place.start, place.end
        if _stands(text, start, end, place.text):
            spans.append(Span(start, end, place))
        elif place.text not in gone and looked < _LOOKED_FOR and len(text) <= _SEARCH_LIMIT:
            looked += 1
            at = _nearest(text, place.text, max(0, start))
            if at is None:
                gone.add(place.text)
            else:
                spans.append(Span(at, at + len(place.text), place))
    return sorted(spans, key=lambda span: (span.start, -span.end))


def _stands(text: str, start: int, end: int, wanted: str) -> bool:
    return 0 <= start < end <= len(text) and text[start:end].casefold() == wanted.casefold()


def _nearest(text: str, wanted: str, near: int) -> int | None:
    """Where ``wanted`` stands as words of its own, as near to where it stood as there is."""
    if not wanted:
        return None
    after = next(_wholes(text, wanted, near), None)
    back = max(0, near - 2_000)  # a text that moved seldom moved by more
    before = max(islice(_wholes(text[: near + len(wanted)], wanted, back), 50), default=None)
    if before is None and after is None:
        return next(_wholes(text, wanted, 0), None)
    both = [at for at in (before, after) if at is not None]
    return min(both, key=lambda at: abs(at - near))


def _wholes(text: str, wanted: str, start: int) -> Iterator[int]:
    at = text.find(wanted, start)
    while at >= 0:
        ends = at + len(wanted)
        joined = (at and text[at - 1].isalnum()) or (ends < len(text) and text[ends].isalnum())
        if not joined:
            yield at
        at = text.find(wanted, at + 1)


def learnt_places(text: str, part: str, learnt: Sequence[Learnt]) -> list[Place]:
    """Return where learnt words stand: each of its first places gets its share of the weight."""
    wanted = {one.term: one for one in learnt}
    if not wanted:
        return []
    found = [
        (match.start(), match.end(), fold_word(match[0]))
        for match in islice(WORD.finditer(text), _LEARNT_WORDS)
    ]
    hits = [(start, end, term) for start, end, term in found if term in wanted]
    hits += [
        (start, end, f"{one} {other}")
        for (start, _, one), (_, end, other) in pairwise(found)
        if f"{one} {other}" in wanted
    ]
    often, places = Counter(term for *_, term in hits), list[Place]()
    shown: Counter[str] = Counter()
    for start, end, term in sorted(hits):
        shown[term] += 1
        if shown[term] <= _LEARNT_PLACES:
            share = wanted[term].weight / min(often[term], _LEARNT_PLACES)
            places.append(
                Place(part=part, start=start, end=end, text=text[start:end],
                      label=wanted[term].label, weight=share)
            )  # fmt: skip
    return places


def apart(spans: Sequence[Span]) -> list[Span]:
    """Return those of ``spans`` that do not overlap, in order; the longer of two wins."""
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> Iterator[Piece]:
    """Give ``text[start:end]`` in pieces, ``spans`` marked; what crosses its ends is cut there."""
    at = start
    for span in spans:
        first, last, place = max(span.start, at), min(span.end, end), span.place
        if first >= last:
            continue
        if first > at:
            yield Piece(text=text[at:first])
        yield Piece(text=text[first:last], term=place.label, name=place.name)
        at = last
    if at < end:
        yield Piece(text=text[at:end])


def marked_title(title: str, reasons: Reasons) -> tuple[Piece, ...]:
    """Return the title in pieces; joined again they are the title exactly."""
    spans = apart(found_in(title, [p for p in reasons.places if p.part == "title"]))
    return tuple(pieces(title, 0, len(title), spans))
