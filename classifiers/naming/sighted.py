"""What is told of a name: its kind, whose side it stands on, its sentences, the names like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from classifiers.lexicon import Hit, Lexicon
from classifiers.naming.mentions import (
    ARMED,
    GIVEN,
    GROUPS,
    HONOURS,
    OPERATIONS,
    PLACES,
    SPEAKS,
    TITLES,
    WITHIN,
    Mention,
)
from classifiers.naming.spelling import Key, key_of, likeness
from classifiers.words import WORD, fold_word

Kind = Literal["person", "place", "operation", "group", "unknown"]

LONGEST_SENTENCE = 280  # code points shown
SENTENCES = 3
RELATION = "both"  # the pole that speaks of the others together
_WORDS = "word"  # the pole of ordinary words, which are nobody's
_EVEN = 0.7  # of the votes of the first: then the second is as likely
_FURTHER = 60  # code points


@dataclass(frozen=True, slots=True, kw_only=True)
class NameText:
    """A text to look for names in. Copies share a ``story``; the ``wanted`` are the topic's."""

    key: str
    story: str
    title: str
    body: str
    outlet: str
    wanted: bool
    seen_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as written; ``text[start:end]`` is the name. Cut ends carry an ellipsis."""

    text: str
    start: int
    end: int
    key: str
    outlet: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """A known concept to which the name may belong, or beside which it stands, and why."""

    concept: str
    alias: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewName:
    """A recurring name that the lexicon does not know.

    ``key`` stays the same from week to week and for every spelling. ``texts`` are wanted stories,
    ``others`` the stories outside the topic; ``strength`` is a z score.
    """

    key: str
    name: str
    spellings: tuple[str, ...]
    kind: Kind
    why: str
    pole: str
    texts: int
    others: int
    outlets: tuple[str, ...]
    strength: float
    first_seen_at: datetime | None
    sentences: tuple[Sentence, ...]
    alike: tuple[Nearby, ...]
    beside: tuple[Nearby, ...]


@dataclass(slots=True)
class Seen:
    """One mention in one text, with what stands around it."""

    text: NameText
    said: str  # the title or the body
    bounds: tuple[int, int]  # of the sentence
    mention: Mention
    key: Key
    around: tuple[Hit, ...]


def stories(group: Sequence[Seen]) -> int:
    """In how many stories it stands, copies counted once."""
    return len({seen.text.story for seen in group})


def outlets_of(group: Sequence[Seen]) -> dict[str, None]:
    """The outlets that named it."""
    return dict.fromkeys(seen.text.outlet for seen in group)


def told(key: Key, group: Sequence[Seen], strength: float, others: int, known: Known) -> NewName:
    """All that is told of the name that ``group`` saw."""
    written = Counter(_written(seen) for seen in group)
    spellings = sorted(written, key=lambda name: (-written[name], name))
    kind, why = kind_and_why(group)
    pole = _pole(group)
    return NewName(
        key=" ".join(key),
        name=spellings[0],
        spellings=tuple(spellings[:6]),
        kind=kind,
        why=why,
        pole=pole,
        texts=stories(group),
        others=others,
        outlets=tuple(sorted(outlets_of(group))),
        strength=round(strength, 3),
        first_seen_at=min((s.text.seen_at for s in group if s.text.seen_at), default=None),
        sentences=tuple(_sentences(group)),
        alike=known.alike(key),
        beside=_beside(group),
    )


def _written(seen: Seen) -> str:
    return " ".join(seen.said[seen.mention.start : seen.mention.end].split())


def kind_and_why(group: Sequence[Seen]) -> tuple[Kind, str]:
    """The likeliest kind and the words that say so, each word heard once a story."""
    signs: dict[Kind, Counter[str]] = {"operation": Counter(), "group": Counter(),
                                       "person": Counter(), "place": Counter()}  # fmt: skip
    told: set[tuple[str, Kind, str]] = set()
    for seen in group:
        for kind, sign in _signs(seen.mention):
            if (seen.text.story, kind, sign) not in told:
                told.add((seen.text.story, kind, sign))
                signs[kind][sign] += 1
    many = {kind: sum(found.values()) for kind, found in signs.items()}
    best = max(many, key=lambda kind: many[kind])
    if not many[best] or many[best] < 0.15 * len(group):
        return "unknown", "nothing beside it says what it is"
    sign, often = min(signs[best].items(), key=lambda row: (-row[1], row[0]))
    return best, f"{sign} in {often} of {stories(group)} stories"


def _signs(mention: Mention) -> Iterator[tuple[Kind, str]]:
    """What one mention's neighbours say: a title, a kind of place, a verb of speaking."""
    folded = {fold_word(word) for word in mention.words}
    if OPERATIONS & {*mention.titles, mention.suffix}:
        yield "operation", "called an operation"
    elif mention.suffix in GROUPS or folded & GROUPS:
        yield "group", "called a group" if not mention.suffix else f"“{mention.suffix}” after it"
    elif mention.suffix in PLACES:
        yield (
            "place",
            "a kind of place beside it" if mention.loose else f"“{mention.suffix}” after it",
        )
    if fold_word(mention.words[0]) in HONOURS:
        yield "person", f"“{mention.words[0]}” before it"
    if TITLES & {*mention.titles} and "operation" not in mention.titles:
        yield (
            "person",
            "a title before it" if mention.loose else f"“{mention.titles[-1]}” before it",
        )
    if mention.after in SPEAKS:
        yield "person", f"“{mention.after}” after it"
    if "alias" in {mention.before, mention.after}:
        yield "person", "“alias” beside it"
    if not mention.titles and {mention.before, mention.after} & ARMED:
        armed = mention.before if mention.before in ARMED else mention.after
        yield "group", f"“{armed}” beside it"
    if len(mention.words) > 1 and folded & GIVEN:
        yield "person", "built like a person's name"
    if mention.before in WITHIN:
        yield "place", f"“{mention.before}” before it"


def _pole(group: Sequence[Seen]) -> str:
    """The pole whose name stands nearest to it most often, once a story; the relation has no vote.

    Where two have about as many votes it belongs to the relation, where the topic has one.
    """
    pairs = {(seen.text.story, _nearest(seen)) for seen in group}
    votes = Counter(pole for _, pole in pairs if pole != RELATION)
    first, second = [*sorted(votes, key=lambda pole: (-votes[pole], pole)), "", ""][:2]
    even = votes[second] > _EVEN * votes[first]
    related = any(hit.concept.pole == RELATION for seen in group for hit in seen.around)
    return RELATION if not first or (even and related) else first


def _nearest(seen: Seen) -> str:
    """The pole of the nearest name that is not the relation's own.

    A country stands in every second sentence, so it counts as further away than a group or a town.
    """
    at = seen.mention.start
    apart = [
        (abs(hit.start - at) + _FURTHER * (hit.concept.kind == "country"), hit.concept.pole)
        for hit in seen.around
    ]
    silent = {RELATION, _WORDS}
    return min((row for row in apart if row[1] not in silent), default=(0, RELATION))[1]


def _sentences(group: Sequence[Seen]) -> Iterator[Sentence]:
    """Up to three, each from another outlet while there are others, none twice."""
    chosen: dict[str, Seen] = {}
    for once in (True, False):
        outlets = {seen.text.outlet for seen in chosen.values()}
        for seen in group:
            begins, ends = seen.bounds
            said = seen.said[begins:ends].strip()
            if (
                len(chosen) < SENTENCES
                and said not in chosen
                and not (once and seen.text.outlet in outlets)
            ):
                chosen[said] = seen
                outlets.add(seen.text.outlet)
    yield from map(_sentence, chosen.values())


def _sentence(seen: Seen) -> Sentence:
    begins, ends = seen.bounds
    text, m = seen.said, seen.mention
    ends = max(ends, m.end)
    while begins < m.start and text[begins].isspace():
        begins += 1
    while ends > m.end and text[ends - 1].isspace():
        ends -= 1
    room = max(0, LONGEST_SENTENCE - (m.end - m.start))
    first = max(begins, min(m.start - room // 2, ends - LONGEST_SENTENCE))
    last = min(ends, max(first + LONGEST_SENTENCE, m.end))
    head, tail = "…" if first > begins else "", "…" if last < ends else ""
    return Sentence(
        text=f"{head}{text[first:last]}{tail}",
        start=m.start - first + len(head),
        end=m.end - first + len(head),
        key=seen.text.key,
        outlet=seen.text.outlet,
        language=seen.text.language,
    )


def _beside(group: Sequence[Seen]) -> tuple[Nearby, ...]:
    """The known names that stand around it most often."""
    told = {(seen.text.story, hit.concept.id): hit.match.text for seen in group
            for hit in seen.around if hit.concept.pole != _WORDS}  # fmt: skip
    counts = Counter(concept for _, concept in told)
    written = {concept: text for (_, concept), text in sorted(told.items())}
    best = sorted(counts, key=lambda concept: (-counts[concept], concept))[:3]
    return tuple(
        Nearby(concept=c, alias=written[c], why=f"beside it in {counts[c]} of {stories(group)}")
        for c in best
    )


class Known:
    """The lexicon's names by what their spellings have in common."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._rows: list[tuple[Key, str, str]] = [
            (key_of(WORD.findall(alias)), concept.id, alias)
            for concept in lexicon.concepts.values()
            if concept.kind in {"person", "place", "group", "operation", "crossing"}
            and concept.pole != "trap"
            for alias in dict.fromkeys(a for names in concept.aliases.values() for a in names)
        ]

    def alike(self, key: Key) -> tuple[Nearby, ...]:
        """The concepts whose names sound the same, or share most of their words; at most three."""
        found: dict[str, tuple[float, Nearby]] = {}
        for other, concept, alias in self._rows:
            score, why = likeness(key, other)
            if score and score > found.get(concept, (0.0, None))[0]:
                found[concept] = (score, Nearby(concept=concept, alias=alias, why=why))
        best = sorted(found.values(), key=lambda row: (-row[0], row[1].concept))
        return tuple(near for _, near in best[:3])
