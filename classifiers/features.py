"""What a text shows of the topic, as bounded figures with the places they came from.

Which figures there are is the topic's own affair (``recipe``); here texts are read and counted.

Positions count apart, because they tell what an article is about: the title, the first ninety
words, the rest up to nine hundred. Link lists at the end of a page (captions of other stories)
are read but not counted.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from classifiers.definition import Definition
from classifiers.lexicon import Hit, Lexicon
from classifiers.pack import Pack
from classifiers.profile import Profile
from classifiers.recipe import Counts
from classifiers.tails import named_aside, without_asides, without_repeats
from classifiers.terms import count_terms
from classifiers.types import Kind, Match, Part, Text
from classifiers.words import Cut, cut, fold

LEAD = 90
BODY = 900
TITLE = 30  # what is longer is no headline but a list of them
SHORT = 60  # fewer words of body than this is a headline with a sentence or two

Source = tuple[tuple[Part, ...], frozenset[str]]
"""Where the matches behind a figure stand: the parts, and the concepts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One text read once: the figures, the hits behind them, and the words for term weights."""

    values: tuple[float, ...]
    vector: Mapping[str, float]  # the text over the terms of the seed profile
    hits: tuple[Hit, ...]
    ignored: tuple[Match, ...]
    kind: Kind
    title_words: tuple[str, ...]
    body_words: tuple[str, ...]
    by_press: Mapping[str, str] = field(default_factory=dict)
    """The figures in which a pole is there because its own press writes: to the pole."""


class Reader:
    """Turns texts into readings. Holds the lexicon and whose press an outlet is."""

    def __init__(
        self, pack: Pack, lexicon: Lexicon, profile: Profile, *, edges: bool = False
    ) -> None:
        """``edges``: what every strand of the definition asks for is read, not only where moved."""
        self._lexicon = lexicon
        self._profile = profile
        self._recipe = pack.recipe
        self._outlets = pack.outlets
        self._domains = {d: p.name for p in pack.recipe.poles.values() for d in p.domains}
        self._signs = {name: pack.recipe.signs(c) for name, c in lexicon.concepts.items()}
        self.sources: Mapping[str, Source] = {
            name: (parts, frozenset(c for c, found in self._signs.items() if wanted & {*found}))
            for name, (parts, wanted) in pack.recipe.sources.items()
        }
        self._side = lru_cache(maxsize=2048)(self._side_of)
        definition = Definition(pack.definition, lexicon.concepts.values(), pack.team.switches)
        self._beside = definition.names_beside(pack.recipe.poles, every=edges)
        self._telling = lexicon.telling(self._beside)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures, in the order of ``Reading.values``."""
        return self._recipe.names

    def read(self, text: Text) -> Reading:
        """Never raises; looks at no more than the title and the first nine hundred words."""
        said = without_asides(text.body, text.repeated) if text.repeated else text.body
        title, body = cut(text.title, TITLE), cut(said, BODY)
        kind: Kind = "short" if len(body) < SHORT else "full"
        title_keys, body_keys = self._lexicon.keys(title), self._lexicon.keys(body)
        beside = named_aside(text.body, text.repeated, self._lexicon) if text.repeated else []
        if self._quiet(title_keys) and self._quiet(body_keys):
            return self._unmoved(kind, title, body, [m for m in beside if self._tells(m)])
        side = text.press or self._side(text.outlet[:100])
        hits = self._lexicon.read_cut(title, title_keys, "title")
        inside = self._lexicon.read_cut(body, body_keys, "body", lead=LEAD)
        aside: list[Match] = []
        if inside:
            inside, linked = _without_tail(inside, said, len(body))
            aside = [hit.match for hit in linked if hit.concept.pole in self._recipe.poles]
            aside = [replace(match, note=_LINKED) for match in aside[:_MOST_LINKED]]
        if text.repeated:
            inside, repeated = without_repeats(inside, text.repeated)
            aside += repeated
        hits += inside
        counted, ignored = self._lexicon.weigh(hits, side=side)
        ignored += [*aside, *beside]
        if not any(hit.concept.pole in self._recipe.poles for hit in counted):
            silent = self._unmoved(kind, title, body, [m for m in ignored if self._tells(m)])
            edge = any(hit.concept.id in self._beside for hit in counted)
            return replace(silent, hits=tuple(counted)) if edge else silent
        likeness, vector = self._profile.likeness(count_terms(title.words, body.words))
        seen = self._count(counted, side)
        seen = replace(seen, length=len(body), kind=kind, likeness=likeness)
        return Reading(
            values=self._recipe.values(seen),
            vector=vector,
            hits=tuple(counted),
            ignored=tuple(ignored),
            kind=kind,
            title_words=tuple(title.words),
            body_words=tuple(body.words),
            by_press=self._recipe.by_press(seen) if side else {},
        )

    def _quiet(self, keys: Sequence[str]) -> bool:
        """Whether nothing can be named that matters: no pole, no trap, nothing a strand needs."""
        return self._lexicon.unmoved(keys) and (not self._beside or self._telling.absent(keys))

    def _count(self, hits: Sequence[Hit], side: str) -> Counts:
        """How often each sign stands in the title, in title and opening, and in the body."""
        title: dict[str, int] = {}
        top: dict[str, int] = {}
        body: dict[str, int] = {}
        everywhere: dict[str, int] = {f"press:{side}": 1} if side else {}
        for hit in hits:
            part = hit.part
            places = (title, top) if part == "title" else (top, body) if part == "lead" else (body,)
            for sign in self._signs[hit.concept.id]:
                for place in places:
                    place[sign] = place.get(sign, 0) + 1
                everywhere[sign] = everywhere.get(sign, 0) + 1
        return Counts(title, top, body, everywhere)

    def _unmoved(self, kind: Kind, title: Cut, body: Cut, ignored: Sequence[Match] = ()) -> Reading:
        """The reading of a text that names no pole: nothing else is asked of it."""
        return Reading(
            values=self._recipe.silent(kind),
            vector={},
            hits=(),
            ignored=tuple(ignored),
            kind=kind,
            title_words=tuple(title.words),
            body_words=tuple(body.words),
        )

    def _tells(self, match: Match) -> bool:
        """Whether what was set aside is a trap or a pole: the rest says nothing without them."""
        pole = self._lexicon.concepts[match.concept].pole
        return pole == "trap" or pole in self._recipe.poles

    def _side_of(self, outlet: str) -> str:
        name = fold(outlet).strip()
        host = re.sub(r"^(?:https?:\s*)?(?:www\.)?", "", name)
        for ending, side in self._domains.items():
            if host.endswith(ending):
                return side
        bare = host.rsplit(".", 1)[0] if "." in host else host
        return self._outlets.get(bare, self._outlets.get(bare.replace("_", " "), ""))


_LINKS = re.compile(
    r"^\W*(?:read (?:more|also|next)|also read|see also|related|more on|more from|you may also"
    r"|recommended|مزید پڑھ|یہ بھی پڑھ)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?۔؟:;\"'”’)\]]\s*$")
_STOPS = re.compile(r"(?<![.…\d])[.!?۔؟](?![.\w])")  # one that ends something: no 2.5, no "…"
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_CUT_WITHIN = re.compile(
    r"(?:\.\.\.|…)\s*(?:$|[^\W\d_a-z])"
)  # "a week of clashes... Council meets"
_SENTENCE = re.compile(r"(?<![.…])[.!?۔؟](?!\.)[\"'”’)\]]*(?:\s+|$|(?<=[a-z]{2}[.!?])(?=[A-Z“\"]))")
_LINKED = "stands in a list of links or in a caption that is cut off"
_MOST_LINKED = 12  # of them are told of; a page may hold hundreds
_LINE = 300  # longer lines hold several sentences
_LINE_MOST = 20_000


def _without_tail(hits: list[Hit], body: str, read: int) -> tuple[list[Hit], list[Hit]]:
    """Part the hits from those in lists of links: cut-off captions and headlines after the lead."""
    if read <= LEAD:
        return hits, []
    lines = [0, *(m.end() for m in re.finditer(r"\n+", body[: hits[-1].end]))]
    stops = _STOPS.search(body, 0, hits[-1].end + _LINE) is not None
    linked: dict[int, _Linked] = {}
    kept, dropped = [], []
    for hit in hits:
        place = hit.start
        if hit.word >= LEAD:
            start = lines[bisect_right(lines, place) - 1]
            if start not in linked:
                linked[start] = _links_of(body, start, stops=stops)
            if linked[start](place):
                dropped.append(hit)
                continue
        kept.append(hit)
    return kept, dropped


_Linked = Callable[[int], bool]  # whether a place in the body stands in a list of links


def _links_of(body: str, start: int, *, stops: bool) -> _Linked:
    """How the places of one line are told: a short line as a whole, a long one by its sentences.

    ``stops``: the page ends its sentences. Where none does, a line without an end is no caption.
    """
    end = body.find("\n", start)
    line = body[start : end if end >= 0 else start + _LINE_MOST]
    if len(line) <= _LINE:
        whole = _is_link(line, stops=stops)
        return lambda _: whole
    ends = [m.end() for m in _SENTENCE.finditer(line)]
    if len(ends) * _LINE < len(line):
        return lambda _: False  # a script or a page without full stops: nothing tells them apart
    starts = [0, *ends]
    lists = [_is_list(line[a:b]) for a, b in zip(starts, [*ends, len(line)], strict=True)]
    return lambda place: lists[bisect_right(starts, place - start) - 1]


def _is_list(sentence: str) -> bool:
    """Whether a stretch between two full stops is captions run together: cut, or without an end."""
    if _LINKS.match(sentence) or _CUT_WITHIN.search(sentence):
        return True
    return not _ENDED.search(sentence) and sentence.count(" ") >= 3


def _is_link(line: str, *, stops: bool) -> bool:
    if _LINKS.match(line) or _CUT.search(line):
        return True
    return stops and not _ENDED.search(line) and line.count(" ") >= 3
