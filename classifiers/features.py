"""What a text shows of the topic, as bounded figures with the places they came from.

Positions count apart, because they tell what an article is about: the title, the first ninety
words, the rest up to nine hundred. Link lists at the end of a page (captions of other stories)
are read but not counted.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifiers.lexicon import POLES, Hit, Lexicon
from classifiers.profile import Profile
from classifiers.terms import count_terms
from classifiers.types import Kind, Match, Part, Text
from classifiers.words import fold, words

LEAD = 90
BODY = 900
TITLE = 30  # what is longer is no headline but a list of them
SHORT = 60  # fewer words of body than this is a headline with a sentence or two

FEATURES = (
    "title_both",
    "title_afghan",
    "title_ttp",
    "title_border",
    "lead_both",
    "lead_afghan",
    "lead_ttp",
    "lead_border",
    "body_both",
    "body_afghan",
    "body_ttp",
    "refugees",
    "militancy",
    "frontier_militancy",
    "strikes",
    "talks",
    "trade",
    "home_afghan_title",
    "sport",
    "disaster",
    "elsewhere_title",
    "elsewhere_lead",
    "third_party",
    "afghan_only",
    "no_pole",
    "afghan_alone",
    "short",
    "seeds",
)
"""Names of the figures, each within 0..1, in the order of ``Reading.values``."""


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


class Reader:
    """Turns texts into readings. Holds the lexicon and whose press an outlet is."""

    def __init__(self, lexicon: Lexicon, outlets: Mapping[str, str], profile: Profile) -> None:
        self._lexicon = lexicon
        self._profile = profile
        self._outlets = outlets
        self._side = lru_cache(maxsize=2048)(self._side_of)

    def read(self, text: Text) -> Reading:
        """Never raises; looks at no more than the title and the first nine hundred words."""
        title, body = words(text.title, TITLE), words(text.body, BODY)
        kind: Kind = "short" if len(body) < SHORT else "full"
        if self._lexicon.silent(title, body):
            return _unmoved(kind, title, body)
        side = text.side or self._side(text.outlet[:100])
        hits = self._lexicon.read_words(title, text.title, "title")
        inside = self._lexicon.read_words(body, text.body, "body")
        if inside:
            hits += _placed(_without_tail(inside, text.body, len(body)))
        counted, ignored = self._lexicon.weigh(hits, side=side)
        if not any(hit.concept.pole in POLES for hit in counted):
            return _unmoved(kind, title, body, ignored)
        values = _values(counted, side, len(body), kind)
        likeness, vector = self._profile.likeness(count_terms(title, body))
        return Reading(
            values=(*values, likeness),
            vector=vector,
            hits=tuple(counted),
            ignored=tuple(ignored),
            kind=kind,
            title_words=tuple(title),
            body_words=tuple(body),
        )

    def _side_of(self, outlet: str) -> str:
        name = fold(outlet).strip()
        host = re.sub(r"^(?:https?:\s*)?(?:www\.)?", "", name)
        if host.endswith((".pk", ".af")):
            return "pakistan" if host.endswith(".pk") else "afghanistan"
        bare = host.rsplit(".", 1)[0] if "." in host else host
        return self._outlets.get(bare, self._outlets.get(bare.replace("_", " "), ""))


def _placed(hits: Iterable[Hit]) -> list[Hit]:
    """Hits of the body, those of its first words called the lead (same places: it is a prefix)."""
    return [_in_lead(hit) if hit.word < LEAD else hit for hit in hits]


def _in_lead(hit: Hit) -> Hit:
    m = hit.match
    lead: Part = "lead"
    match = Match(concept=m.concept, text=m.text, part=lead, start=m.start, end=m.end)
    return Hit(match, hit.concept, hit.poles, hit.word)


_GROUP_FULL = 2.0  # a group is named far less often than a country in a report about it
_LINKS = re.compile(
    r"^\W*(?:read (?:more|also|next)|also read|see also|related|more on|more from|you may also"
    r"|recommended|مزید پڑھ|یہ بھی پڑھ)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?۔؟:;\"'”’)\]]\s*$")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_CUT_WITHIN = re.compile(
    r"(?:\.\.\.|…)\s*(?:$|[^\W\d_a-z])"
)  # "a week of clashes... Council meets"
_SENTENCE = re.compile(r"(?<![.…])[.!?۔؟](?!\.)[\"'”’)\]]*(?:\s+|$|(?<=[a-z]{2}[.!?])(?=[A-Z“\"]))")
_LINE = 300  # longer lines hold several sentences
_LINE_MOST = 20_000


def _without_tail(hits: list[Hit], body: str, read: int) -> list[Hit]:
    """Drop hits that stand only in link lists: cut-off captions and headlines after the lead."""
    if read <= LEAD:
        return hits
    lines = [0, *(m.end() for m in re.finditer(r"\n+", body[: hits[-1].match.end]))]
    linked: dict[int, _Linked] = {}
    kept = []
    for hit in hits:
        place = hit.match.start
        if hit.word >= LEAD:
            start = lines[bisect_right(lines, place) - 1]
            if start not in linked:
                linked[start] = _links_of(body, start)
            if linked[start](place):
                continue
        kept.append(hit)
    return kept


_Linked = Callable[[int], bool]  # whether a place in the body stands in a list of links


def _links_of(body: str, start: int) -> _Linked:
    """How the places of one line are told: a short line as a whole, a long one by its sentences."""
    end = body.find("\n", start)
    line = body[start : end if end >= 0 else start + _LINE_MOST]
    if len(line) <= _LINE:
        whole = _is_link(line)
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


def _is_link(line: str) -> bool:
    if _LINKS.match(line) or _CUT.search(line):
        return True
    return not _ENDED.search(line) and line.count(" ") >= 3


def _unmoved(
    kind: Kind, title: Sequence[str], body: Sequence[str], ignored: Sequence[Match] = ()
) -> Reading:
    """The reading of a text that names neither side: nothing else is asked of it."""
    shown = {"no_pole", kind}
    return Reading(
        values=tuple(float(name in shown) for name in FEATURES),
        vector={},
        hits=(),
        ignored=tuple(ignored),
        kind=kind,
        title_words=tuple(title),
        body_words=tuple(body),
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often each sign stands in the title, in title and lead, and in the whole text."""

    title: Mapping[str, int]
    top: Mapping[str, int]
    body: Mapping[str, int]


def _count(hits: Sequence[Hit]) -> _Counts:
    title: dict[str, int] = {}
    top: dict[str, int] = {}
    body: dict[str, int] = {}
    for hit in hits:
        for sign in signs(hit):
            if hit.match.part == "title":
                title[sign] = title.get(sign, 0) + 1
            else:
                body[sign] = body.get(sign, 0) + 1
            if hit.match.part != "body":
                top[sign] = top.get(sign, 0) + 1
    return _Counts(title, top, body)


def signs(hit: Hit) -> frozenset[str]:
    """The signs a hit stands for; an actor is kept apart from the country itself."""
    return _signs(
        hit.concept.pole,
        hit.concept.kind,
        hit.concept.role,
        hit.concept.strand,
        hit.concept.zone,
        hit.poles,
    )


@lru_cache(maxsize=4096)
def _signs(
    pole: str, kind: str, role: str, strand: str, zone: str, poles: frozenset[str]
) -> frozenset[str]:
    names = {"away": kind, "word": "w:" + strand}
    out = {names.get(each, each) for each in poles if each != "?"}
    if role == "actor" and "pakistan" in out:
        out = out - {"pakistan"} | {"actor"}
    if zone:
        out.add(zone)
    if strand == "refugees" and pole != "word":
        out.add("w:refugees")
    return frozenset(out)


def _values(  # one figure a line, in the order of FEATURES
    hits: Sequence[Hit], side: str, length: int, kind: Kind
) -> tuple[float, ...]:
    c = _count(hits)
    title, top, body = c.title.get, c.top.get, c.body.get
    home = 1.0 if side == "pakistan" else 0.0
    away_home = 1.0 if side == "afghanistan" else 0.0

    def level(get: Callable[[str, int], int], sign: str, full: int) -> float:
        return min(get(sign, 0), full) / full

    def density(sign: str, full: float = 6.0) -> float:
        return min(body(sign, 0) * 300 / (length + 100), full) / full

    title_pak = max(level(title, "pakistan", 1), 0.8 * home * level(title, "actor", 1), 0.3 * home)
    lead_pak = max(level(top, "pakistan", 2), 0.8 * home * level(top, "actor", 2), 0.3 * home)
    title_afg = max(level(title, "afghanistan", 1), 0.5 * away_home)
    lead_afg = max(level(top, "afghanistan", 2), 0.5 * away_home)
    poles = ("afghanistan", "ttp", "both")
    any_pole = any(top(p, 0) or body(p, 0) for p in poles)
    near = bool(top("afghanistan", 0) or top("ttp", 0) or top("both", 0))
    afghan_near = bool(top("afghanistan", 0) or top("both", 0))
    militancy = level(top, "w:militancy", 3)
    pak_anywhere = any(top(s, 0) or body(s, 0) for s in ("pakistan", "actor", "ttp", "both"))
    no_pak = not (top("pakistan", 0) or top("actor", 0) or home or top("ttp", 0) or top("both", 0))
    return (
        title_afg * title_pak,
        level(title, "afghanistan", 1),
        level(title, "ttp", 1),
        level(title, "both", 1),
        math.sqrt(lead_afg * lead_pak),
        level(top, "afghanistan", 2),
        level(top, "ttp", 2),
        level(top, "both", 2),
        math.sqrt(
            max(density("afghanistan"), 0.1 * away_home) * max(density("pakistan"), 0.1 * home)
        ),
        density("afghanistan"),
        density("ttp", _GROUP_FULL),
        level(top, "w:refugees", 2) * (1.0 if any_pole else 0.4),
        militancy if near else 0.0,
        militancy * level(top, "frontier", 1) * (1 - level(top, "ttp", 1)),
        level(top, "w:strikes", 2) if afghan_near else 0.0,
        max(level(top, "w:talks", 3), level(top, "w:diplomacy", 3)) if afghan_near else 0.0,
        level(top, "w:trade", 3) if afghan_near else 0.0,
        level(title, "afghanistan", 1) * home,
        level(top, "sport", 2),
        level(top, "disaster", 2),
        level(title, "elsewhere", 1),
        level(top, "elsewhere", 3),
        level(title, "third", 1) * (1 - max(level(title, "pakistan", 1), level(title, "ttp", 1))),
        1.0 if any_pole and not pak_anywhere else 0.0,
        0.0 if any_pole else 1.0,
        1.0 if top("afghanistan", 0) and no_pak else 0.0,
        1.0 if kind == "short" else 0.0,
    )
