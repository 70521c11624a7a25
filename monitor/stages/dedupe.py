"""Is this text a copy of one we have? Fingerprints that fit a database, and the comparison.

A copy keeps most of its original's runs of three words, whatever a desk does to it: it cuts, sets
its own opening before it, changes tolls and spellings, shuffles paragraphs, mixes two agencies.
Runs of three bear that better than longer ones. An update keeps many of them too, and so does the
next day of a template; but an update tells something new first, and a template is short and
changes its figures. So where a text shares much but not most, one of the two must have the other's
first sentence; and where headlines of short texts give other figures, almost all must be shared.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xxhash

from monitor.model import CopyOf, Fingerprints
from store.types import Candidate

SCHEME = "runs112-head100-long64-1"
RUN = 3  # words that are compared
RUNS = 112  # of a text's runs, those with the smallest hashes
HEAD_WORDS = 100  # whose runs are all kept, in few bits: no lead is lost behind an opening
LEAD_WORDS = 16  # of a first sentence: what is new in an update stands there
LONG_RUN = 8  # words: set phrases, however many two texts share, do not reach so far
LONG_RUNS = 64  # with the smallest hashes; store.copies looks a text up by the first 24 of them
# A sketch holds four kinds of values, told apart by their size.
HEAD_BITS = 16
LEAD = 1 << HEAD_BITS
WHOLE = 1 << (HEAD_BITS + 1)
WHOLE_BITS = 26  # a run's hash meets only the few hundred of one other text
LONG = 1 << 27
LONG_BITS = 36  # those of the index meet a whole month's
LAST = LONG + (1 << LONG_BITS) - 1  # less the hash: the smallest hashes are the largest values

LEAST_WORDS = 20  # a shorter text is nobody's near copy
BRIEF = 58  # runs; a shorter text shares most of them with everybody who reports in set phrases
SHORT = 150  # runs; templates are short
WRITTEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = WRITTEN.split()
TITLE_ALIKE = 0.8
LEAST_SHARED = 0.28  # no bar below is lower
MOST_CAPTIONS = 0.1  # of a text that is not all captions, what must be left
LONG_SHARED = 0.42  # of the shorter text's; prose of the same set phrases reaches .47, mostly .3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """What two texts must share: of both's runs, the shorter's, a first sentence, long runs."""

    all: float
    shorter: float = 0.0
    lead: float = 0.0
    long: float = LONG_SHARED


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
)
COPY_WITH_OTHER_FIGURES = tuple(replace(bar, lead=max(bar.lead, 0.5)) for bar in COPY)
SAME_BRIEF = (_Bar(all=0.9),)
BRIEF_COPY = (_Bar(all=0.75), _Bar(all=0.28, shorter=0.95, lead=0.8))  # of both first sentences

ARABIC = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ې": "ی",
        "ك": "ک",
        "ه": "ہ",
        "ە": "ہ",
        "ۀ": "ہ",
        "ة": "ہ",
        "أ": "ا",
        "إ": "ا",
    }
    | dict.fromkeys("\u200c\u200d\u0640\u200e\u200f")
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2, strict=True))
)
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
WORD = re.compile(r"\w+")
SENTENCE_END = re.compile(r"(?<!\.)[.!?۔؟。][\"'”’»)\]]*$|[”\"»]$")


def fingerprint(title: str, body: str) -> Fingerprints:
    """Return what makes ``body`` comparable, the same on every machine. Never raises.

    ``sketch`` holds at most 288 non-negative integers under 2**37, ascending: for runs of three
    words those of the head, of the first sentence and a sample of all, then a sample of the runs
    of eight; the largest are to be looked up by. It is empty for texts under 20 words, which are
    nobody's near copy.
    """
    words = _words(_without_captions(body))
    names = _words(title)
    identity = words if len(words) >= BRIEF else [*names, "|", *words]
    return Fingerprints(
        scheme=SCHEME,
        text_hash=xxhash.xxh3_128_hexdigest(" ".join(identity).encode()),
        title_key=" ".join(names),
        sketch=_sketch(words) if len(words) >= LEAST_WORDS else (),
    )


def copy_of(fp: Fingerprints, candidates: Sequence[Candidate]) -> CopyOf | None:
    """Return the candidate the text copies, or None. The most alike wins, then the first seen.

    The same event told anew, a later update and the next day's figures in the same words are no
    copies.
    """
    own = _read(fp.sketch)
    found = [
        (alike, candidate)
        for candidate in candidates
        if (alike := _alike(fp, own, candidate)) is not None
    ]
    if not found:
        return None
    alike, best = min(found, key=lambda f: (-f[0], f[1].first_seen_at, f[1].article))
    return CopyOf(
        article=best.article,
        how="same_text" if best.text_hash == fp.text_hash else "near_text",
        similarity=round(alike, 3),
    )


def _alike(fp: Fingerprints, own: _Runs, other: Candidate) -> float | None:
    """Return how alike two copies are in 0..1, or None when neither copies the other."""
    if fp.text_hash == other.text_hash:
        return 1.0
    theirs = _read(other.sketch)
    shared, of_shorter = _shared(own, theirs)
    if shared < LEAST_SHARED:
        return None
    length = min(own.length, theirs.length)
    lead = _lead_shared(own, theirs) if length >= BRIEF else _leads_alike(own, theirs)
    long = _long_shared(own, theirs)
    copied = any(
        shared >= bar.all and of_shorter >= bar.shorter and lead >= bar.lead and long >= bar.long
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


# --- words ----------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    """Return the words: case, width, diacritics and the variants of Arabic letters folded away."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(ARABIC)
    if not folded.isascii():
        folded = MARKS.sub("", unicodedata.normalize("NFD", folded))
    return WORD.findall(folded)


def _without_captions(body: str) -> str:
    """Return ``body`` without the lines at its end that are no sentences.

    They are captions and teasers of other stories. A text of which nearly nothing would be left
    stays whole.
    """
    lines = body.rstrip().split("\n")
    end = len(lines)
    while end and len(lines[end - 1]) < 300 and not SENTENCE_END.search(lines[end - 1].rstrip()):
        end -= 1
    kept = "\n".join(lines[:end])
    return kept if len(kept) >= MOST_CAPTIONS * len(body) else body


# --- sketches -------------------------------------------------------------------------------


def _sketch(words: list[str]) -> tuple[int, ...]:
    """Return the runs of the head, of the lead, the smallest of all, the long ones; ascending."""
    single = np.array([xxhash.xxh3_64_intdigest(w.encode()) for w in words], dtype=np.uint64)
    runs = _hashes(single, RUN)
    return (
        *_bits(runs[: HEAD_WORDS - RUN + 1], HEAD_BITS),
        *(value + LEAD for value in _bits(runs[: LEAD_WORDS - RUN + 1], HEAD_BITS)),
        *(value + WHOLE for value in _bits(runs, WHOLE_BITS)[:RUNS]),
        *(LAST - value for value in _bits(_hashes(single, LONG_RUN), LONG_BITS)[:LONG_RUNS][::-1]),
    )


def _bits(hashes: np.ndarray[tuple[int], np.dtype[np.uint64]], bits: int) -> list[int]:
    """Return the different hashes in so many bits, ascending."""
    found: list[int] = np.unique(hashes >> np.uint64(64 - bits)).tolist()
    return found


def _hashes(
    single: np.ndarray[tuple[int], np.dtype[np.uint64]], run: int
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return a hash of every run of so many words, in order."""
    count = max(0, len(single) - run + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for offset in range(run):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + single[offset : offset + count]
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(29)
    return mixed


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
