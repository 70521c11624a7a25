"""Which of the texts we have a text copies, if any: what two sketches share, and what they must."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.model import CopyOf, Fingerprints
from monitor.stages.dedupe.sketching import BRIEF, LEAD, LONG, LONG_RUNS, RUNS, WHOLE, WHOLE_BITS
from store.types import Candidate

SHORT = 150  # runs; templates are short
WRITTEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = WRITTEN.split()
TITLE_ALIKE = 0.8
LEAST_SHARED = 0.28  # no bar below is lower
LONG_SHARED = 0.42  # of the shorter text's; prose of the same set phrases reaches .47, mostly .3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """What two texts must share: of both's runs, the shorter's, a first sentence, long runs.

    ``even`` is how near in length they must be, as the share of what texts of one length would
    have in common: an update or a report inside another is longer than what it repeats.
    """

    all: float
    shorter: float = 0.0
    lead: float = 0.0
    long: float = LONG_SHARED
    even: float = 0.0


# Measured on edited articles and on all pairs of a fortnight (bench/copies.py); the nearest that
# are no copies: an update with .43 of all, .73 of the shorter, .43 of the lead and .6 of the long
# runs; a bulletin on road deaths with .61, .75, .79 and .38; a report inside a page of briefs with
# .26, .99, 0 and 1.
SAME_BUT_FIGURES = (_Bar(all=0.75), _Bar(all=0.4, shorter=0.88, lead=0.6))
SHORT_COPY = (
    _Bar(all=0.7),
    _Bar(all=0.38, shorter=0.93),
    _Bar(all=0.4, shorter=0.78, lead=0.5),
    _Bar(all=0.5, shorter=0.72, lead=0.6, long=0.5),
    _Bar(all=0.28, shorter=0.9, lead=0.8),
)
COPY = (
    _Bar(all=0.62, shorter=0.7, long=0.25),
    _Bar(all=0.5, shorter=0.82),
    _Bar(all=0.38, shorter=0.93),
    _Bar(all=0.5, shorter=0.7, lead=0.45),
    _Bar(all=0.33, shorter=0.7, lead=0.55),
    _Bar(all=0.3, shorter=0.58, lead=0.55, long=0.53),
    # Other words everywhere: as long as its original. The nearest of one length that are no copies
    # have .42 of all, .64 of the lead and .2 of the long runs; .41, .5 and .33; .39, .14 and .59.
    _Bar(all=0.48, shorter=0.62, lead=0.35, long=0.25, even=0.9),
    _Bar(all=0.5, shorter=0.66, long=0.55, even=0.9),  # a quarter of the sentences, the first too
)
COPY_WITH_OTHER_FIGURES = tuple(replace(bar, lead=max(bar.lead, 0.5)) for bar in COPY)
SAME_BRIEF = (_Bar(all=0.9),)
BRIEF_COPY = (_Bar(all=0.75), _Bar(all=0.28, shorter=0.95, lead=0.8))  # of both first sentences


def copy_of(fp: Fingerprints, candidates: Sequence[Candidate]) -> CopyOf | None:
    """Return the candidate the text copies, or None. The most alike wins, then the first seen.

    The same event told anew, a later update and the next day's figures in the same words are no
    copies.
    """
    if not candidates:
        return None
    own = _read(fp.sketch)
    runs = frozenset(own.whole)
    found = [
        (alike, candidate)
        for candidate in candidates
        if (alike := _alike(fp, own, runs, candidate)) is not None
    ]
    if not found:
        return None
    alike, best = min(found, key=lambda f: (-f[0], f[1].first_seen_at, f[1].article))
    return CopyOf(
        article=best.article,
        how="same_text" if best.text_hash == fp.text_hash else "near_text",
        similarity=round(alike, 3),
    )


def _alike(fp: Fingerprints, own: _Runs, runs: frozenset[int], other: Candidate) -> float | None:
    """Return how alike two copies are in 0..1, or None when neither copies the other."""
    if fp.text_hash == other.text_hash:
        return 1.0
    if _shared_at_most(runs, other.sketch) < LEAST_SHARED:
        return None
    theirs = _read(other.sketch)
    shared, of_shorter = _shared(own, theirs)
    if shared < LEAST_SHARED:
        return None
    length = min(own.length, theirs.length)
    lead = _lead_shared(own, theirs) if length >= BRIEF else _leads_alike(own, theirs)
    long = _long_shared(own, theirs)
    even = shared * (2 - of_shorter) / max(of_shorter, 1e-9)
    copied = any(
        shared >= bar.all
        and of_shorter >= bar.shorter
        and lead >= bar.lead
        and long >= bar.long
        and even >= bar.even
        for bar in _bars(length, fp.title_key, other.title_key)
    )
    return min(shared, 0.999) if copied else None


def _bars(length: int, title: str, other_title: str) -> tuple[_Bar, ...]:
    """Return what two texts must share, one of these, by the runs of the shorter."""
    figures_differ = _figures_differ(title, other_title)
    if length >= SHORT:
        return COPY_WITH_OTHER_FIGURES if figures_differ else COPY
    if length >= BRIEF:
        return SAME_BUT_FIGURES if figures_differ else SHORT_COPY
    titled = _title_likeness(title, other_title) >= TITLE_ALIKE
    return BRIEF_COPY if titled and not figures_differ else SAME_BRIEF


# --- sketches -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """A sketch read: its kinds, ascending, and how many runs the text has.

    All runs up to ``known`` are in ``whole``, and all long ones from ``long_known`` on in ``long``.
    """

    head: frozenset[int]
    lead: frozenset[int]
    whole: tuple[int, ...]
    known: int
    length: int
    long: tuple[int, ...]
    long_known: int


def _read(sketch: Sequence[int]) -> _Runs:
    at_lead, at_whole, at_long = (bisect_left(sketch, kind) for kind in (LEAD, WHOLE, LONG))
    whole, long = tuple(sketch[at_whole:at_long]), tuple(sketch[at_long:])
    known = whole[-1] if len(whole) >= RUNS else WHOLE + (1 << WHOLE_BITS)
    return _Runs(
        head=frozenset(sketch[:at_lead]),
        lead=frozenset(value - LEAD for value in sketch[at_lead:at_whole]),
        whole=whole,
        known=known,
        length=(len(whole) << WHOLE_BITS) // max(1, known - WHOLE),
        long=long,
        long_known=long[0] if len(long) >= LONG_RUNS else LONG,
    )


def _shared(a: _Runs, b: _Runs) -> tuple[float, float]:
    """Return the shares of runs in common, of all in both and of the text that has fewer.

    Estimated from the part of the hashes that both sketches know completely.
    """
    known = min(a.known, b.known)
    ours, theirs = (bisect_right(one.whole, known) for one in (a, b))
    both = len(frozenset(a.whole[:ours]).intersection(b.whole[:theirs]))
    return both / max(1, ours + theirs - both), both / max(1, min(ours, theirs))


def _shared_at_most(runs: frozenset[int], sketch: Sequence[int]) -> float:
    """Return what ``_shared`` tells at most of all in both, before a sketch is read.

    Reading one takes six times as long, and nineteen in twenty candidates share a set phrase or
    two. Of the text whose sample ends first ``_shared`` counts all runs, hence no fewer than the
    smaller sample has; and kinds are told apart by their size, so runs meet runs alone.
    """
    sample = bisect_left(sketch, LONG) - bisect_left(sketch, WHOLE)
    return len(runs.intersection(sketch)) / max(1, min(len(runs), sample))


def _long_shared(a: _Runs, b: _Runs) -> float:
    """Return the share of the long runs in common, of the text that has fewer; estimated."""
    known = max(a.long_known, b.long_known)
    ours, theirs = (one.long[bisect_left(one.long, known) :] for one in (a, b))
    return len(frozenset(ours).intersection(theirs)) / max(1, min(len(ours), len(theirs)))


def _leads_alike(a: _Runs, b: _Runs) -> float:
    return len(a.lead & b.lead) / max(1, min(len(a.lead), len(b.lead)))


def _lead_shared(a: _Runs, b: _Runs) -> float:
    """Return how much of one's first sentence the other's head has, the greater of both ways."""
    return max(
        len(one.lead & other.head) / max(1, len(one.lead)) for one, other in ((a, b), (b, a))
    )


# --- titles ---------------------------------------------------------------------------------


def _title_likeness(a: str, b: str) -> float:
    """Return the share of the shorter title's words that the other has."""
    one, two = set(a.split()), set(b.split())
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _figures_differ(a: str, b: str) -> bool:
    """Return whether both titles give figures, and not the same figures.

    "Gold drops Rs1,000" and "Gold drops Rs1,595" are two days of one template.
    """
    one, two = _figures(a), _figures(b)
    return bool(one and two and one != two)


def _figures(title: str) -> set[str]:
    words = title.split()
    written = {str(NUMBERS.index(word)) for word in words if word in NUMBERS}
    return written | {word for word in words if any(map(str.isdigit, word))}
