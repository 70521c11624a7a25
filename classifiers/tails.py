"""What an outlet's pages repeat after the lead: captions of other stories, newsletters, notices.

One article cannot tell that its last lines belong to other stories; three can. Every sentence after
the lead that names a pole of the topic has a mark, the same for the same words. An article leaves
its marks in a memory kept by outlet, and what stands in several articles there is read and shown
but not counted. Titles and leads are never touched: what a tail quotes is another article's news.

The background paragraph of a running story repeats as well, and is evidence. Therefore an article
leaves only the marks that are foreign to it: a sentence on Kabul under a lead on Kabul, or under
one on the frontier, is background and leaves none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby, islice

from classifiers.lexicon import Hit, Lexicon
from classifiers.types import Match, Repeat, Text
from classifiers.words import WORD, cut, fold_word

LEAD = 90
"""Words of the body that stand for themselves, however often others repeat them."""
MOST_WORDS = 900
"""Nothing beyond them is read by the judgement."""
MOST_MARKS = 64
"""Marks one article may leave, which bounds the memory whatever a page holds."""
LEAST = 3
"""Articles of one outlet in which a sentence is foreign before it is distrusted everywhere."""
_LONGEST = 1_500  # code points; a longer stretch is a page without stops, never the same twice
_MOST_ASIDE = 300  # words of one box that are read to say what stood there
_NO_POLE = frozenset({"", "word", "away", "regional", "trap"})

_ENDS = re.compile(
    r"[.!?۔؟…\n]+"
    r"(?:(?<=\n)"  # the end of a line
    r"|[\"'”’»)\]]*(?:\s+|$)"  # a stop, its closing quotes, and what parts it from the next
    r"|(?<=[a-z]{2}[.!?…])(?=[A-Z“\"—–]))"  # captions run together: "of Lahore.—File photo"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A sentence ``body[start:end]`` after the lead, the poles it names, and its 64-bit mark.

    The mark is the same on every machine and in every run. It knows words alone: capitals,
    accents, commas and spaces make no difference.
    """

    start: int
    end: int
    poles: frozenset[str]
    mark: int


def stretches(body: str, lexicon: Lexicon) -> tuple[Stretch, ...]:
    """The sentences whose repetition would matter, in order; at most ``MOST_MARKS``.

    A sentence that begins within the lead is left out whole. Never raises.
    """
    found = cut(body, MOST_WORDS)
    keys = lexicon.keys(found)
    if lexicon.unmoved(keys[LEAD:]):
        return ()
    hits = [hit for hit in lexicon.read_cut(found, keys, "body") if hit.word >= LEAD]
    named = [hit for hit in hits if hit.concept.pole not in _NO_POLE]
    if not named:
        return ()
    lead, reach = found.ends()[2 * LEAD - 1], min(named[-1].end + _LONGEST, len(body))
    bounds = [0, *(stop.end() for stop in _ENDS.finditer(body, lead, reach)), reach]
    return tuple(islice(_around_hits(named, body, bounds, lead), MOST_MARKS))


def _around_hits(
    hits: Sequence[Hit], body: str, bounds: Sequence[int], lead: int
) -> Iterator[Stretch]:
    """The sentences of the hits that begin where the lead has ended, each once."""
    for number, inside in groupby(hits, key=lambda hit: bisect_right(bounds, hit.start)):
        start, end = bounds[number - 1], bounds[number]
        if start >= lead and end - start <= _LONGEST:
            yield Stretch(start, end, _poles(inside), _mark(body[start:end]))


def _poles(hits: Iterable[Hit]) -> frozenset[str]:
    return frozenset(hit.concept.pole for hit in hits) - _NO_POLE


def _mark(sentence: str) -> int:
    said = " ".join(map(fold_word, WORD.findall(sentence))).encode("utf-8", "replace")
    return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)


def marks_left(
    text: Text, lexicon: Lexicon, found: Sequence[Stretch] | None = None
) -> tuple[int, ...]:
    """What an article leaves in the memory: marks of the sentences foreign to its title and lead.

    Foreign is a sentence none of whose poles is named there; that the outlet's own country is
    named says nothing. An article set on the frontier leaves none: it need not say more. ``found``
    are the stretches of its body, where they are known already.
    """
    found = stretches(text.body, lexicon) if found is None else found
    if not found:
        return ()
    lead = lexicon.read(text.body, "lead", limit=LEAD)
    top = [*lexicon.read(text.title, "title"), *lead]
    if any(hit.concept.zone for hit in top):
        return ()
    named = _poles(top) - {text.press}
    return tuple(dict.fromkeys(s.mark for s in found if s.poles.isdisjoint(named)))


def repeats(found: Sequence[Stretch], seen: Mapping[int, int]) -> tuple[Repeat, ...]:
    """Those that stand in ``LEAST`` articles or more. ``seen``: in how many, by mark."""
    return tuple(
        Repeat(start=s.start, end=s.end, articles=seen[s.mark])
        for s in found
        if seen.get(s.mark, 0) >= LEAST
    )


def without_repeats(
    hits: Sequence[Hit], repeated: Sequence[Repeat]
) -> tuple[list[Hit], list[Match]]:
    """The hits of a body outside its repeated stretches, and the names of poles inside.

    The latter say why they do not count. What stands in title and lead is always kept.
    """
    kept: list[Hit] = []
    aside: list[Match] = []
    for hit in hits:
        found = _around(hit, repeated) if hit.word >= LEAD and hit.part != "title" else None
        if found is None:
            kept.append(hit)
        elif hit.concept.pole not in _NO_POLE:
            aside.append(_noted(hit.match, found))
    return kept, aside


def without_asides(body: str, repeated: Sequence[Repeat]) -> str:
    """The body with blanks where the page itself tells of other stories; every place stays."""
    for aside in (stretch for stretch in repeated if not stretch.articles):
        start = min(max(0, aside.start), len(body))
        end = min(max(start, aside.end), len(body))
        body = f"{body[:start]}{' ' * (end - start)}{body[end:]}"
    return body


def named_aside(body: str, repeated: Sequence[Repeat], lexicon: Lexicon) -> list[Match]:
    """The poles that stand in those stretches alone: what was seen and did not count."""
    found = []
    for aside in (stretch for stretch in repeated if not stretch.articles):
        hits = lexicon.read(body[aside.start : aside.end], "body", limit=_MOST_ASIDE)
        found += [
            _moved(hit.match, aside.start) for hit in hits if hit.concept.pole not in _NO_POLE
        ]
    return found


def _moved(match: Match, by: int) -> Match:
    note = "stands in a box of other stories or a list of links"
    return replace(match, start=match.start + by, end=match.end + by, note=note)


def _around(hit: Hit, repeated: Sequence[Repeat]) -> Repeat | None:
    inside = (r for r in repeated if r.articles and r.start <= hit.start and hit.end <= r.end)
    return next(inside, None)


def _noted(match: Match, found: Repeat) -> Match:
    note = f"repeated at the end of {found.articles} articles of this outlet"
    return replace(match, note=note)
