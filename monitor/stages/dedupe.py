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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

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
REPEATED = 24  # of the smallest that are looked at, more than that are seldom one hash twice
LONG_RUNS = 64  # with the smallest hashes; store.copies looks a text up by the first of them
# A sketch holds four kinds of values, told apart by their size.
HEAD_BITS = 16
LEAD = 1 << HEAD_BITS
WHOLE = 1 << (HEAD_BITS + 1)
WHOLE_BITS = 26  # a run's hash meets only the few hundred of one other text
LONG = 1 << 27
LONG_BITS = 36  # those of the index meet a whole month's
MIX = np.uint64(0xFF51AFD7ED558CCD)
POWERS = {power: np.uint64(pow(0x9E3779B97F4A7C15, power, 1 << 64)) for power in (1, 2, 4)}
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
# What is no letter of ASCII parts words, and so do these; capitals of ASCII become small.
PIECES = bytes(
    at if at >= 0x80 or chr(at).isalnum() or at == ord("_") else ord(" ") for at in range(256)
).lower()
MARKS_OF_PRINT = tuple(mark.encode() for mark in "“”‘’–—…«»•\u00a0")
LONGEST_KEPT, MOST_KEPT = 32, 60_000  # bytes, words: about 8 MB
SENTENCE_ENDS = (".", "!", "?", "۔", "؟", "。")
CLOSING_QUOTES, CLOSING = ("”", '"', "»"), "\"'”’»)]"
LONGEST_CAPTION = 300  # letters


def fingerprint(title: str, body: str) -> Fingerprints:
    """Return what makes ``body`` comparable, the same on every machine. Never raises.

    ``sketch`` holds at most 288 non-negative integers under 2**37, ascending: for runs of three
    words those of the head, of the first sentence and a sample of all, then a sample of the runs
    of eight; the largest are to be looked up by. It is empty for texts under 20 words, which are
    nobody's near copy.
    """
    words = _words(_without_captions(body))
    names = _words(title)
    identity = words if len(words) >= BRIEF else [*names, b"|", *words]
    return Fingerprints(
        scheme=SCHEME,
        text_hash=xxhash.xxh3_128_hexdigest(b" ".join(identity)),
        title_key=b" ".join(names).decode(),
        sketch=_sketch(words) if len(words) >= LEAST_WORDS else (),
    )


def copy_of(fp: Fingerprints, candidates: Sequence[Candidate]) -> CopyOf | None:
    """Return the candidate the text copies, or None. The most alike wins, then the first seen.

    The same event told anew, a later update and the next day's figures in the same words are no
    copies.
    """
    if not candidates:
        return None
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


# --- words ----------------------------------------------------------------------------------


def _words(text: str) -> list[bytes]:
    """Return the words: case, width, diacritics and the variants of Arabic letters folded away.

    They are what ``_folded`` makes of the whole text. No letter outside ASCII joins another over a
    character of ASCII that is no letter, so a text may be cut there and each piece folded once.
    """
    raw = text.encode("utf-8", "replace")
    if not raw.isascii():
        for mark in MARKS_OF_PRINT:
            raw = raw.replace(mark, b" ")
    pieces = raw.translate(PIECES).split()
    return pieces if raw.isascii() else b" ".join(map(_FOLDED.__getitem__, pieces)).split()


def _folded(text: str) -> str:
    """Return a text's words, folded, with a space between."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(ARABIC)
    if not folded.isascii():
        folded = MARKS.sub("", unicodedata.normalize("NFD", folded))
    return " ".join(WORD.findall(folded))


class _Kept(dict[bytes, bytes]):
    """What a pure function made of a word, kept for the next text: most words are common ones."""

    def __init__(self, made: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, word: bytes) -> bytes:
        made = self._made(word)
        if len(word) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[word] = made
        return made


_FOLDED = _Kept(lambda word: word if word.isascii() else _folded(word.decode()).encode())


def _without_captions(body: str) -> str:
    """Return ``body`` without the lines at its end that are no sentences.

    They are captions and teasers of other stories. A text of which nearly nothing would be left
    stays whole.
    """
    kept = body.rstrip()
    begun = kept.rfind("\n") + 1
    while kept and len(kept) - begun < LONGEST_CAPTION and not _ends_a_sentence(kept[begun:]):
        kept = kept[: max(0, begun - 1)]
        begun = kept.rfind("\n") + 1
    return kept if len(kept) >= MOST_CAPTIONS * len(body) else body


def _ends_a_sentence(line: str) -> bool:
    """Return whether a line ends in a full stop or the like, or a quotation; not in dots."""
    line = line.rstrip()
    if line.endswith(CLOSING_QUOTES):
        return True
    inner = line.rstrip(CLOSING)
    return inner.endswith(SENTENCE_ENDS) and inner[-2:-1] != "."


# --- sketches -------------------------------------------------------------------------------


_Hashes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]


def _sketch(words: list[bytes]) -> tuple[int, ...]:
    """Return the runs of the head, of the lead, the smallest of all, the long ones; ascending."""
    single = np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, words)), dtype=">u8")
    runs, long_runs = _hashes(single.astype(np.uint64))
    head = (runs[: HEAD_WORDS - RUN + 1] >> _DROPPED[HEAD_BITS]).tolist()
    return (
        *dict.fromkeys(sorted(head)),
        *sorted({value + LEAD for value in head[: LEAD_WORDS - RUN + 1]}),
        *_smallest((runs >> _DROPPED[WHOLE_BITS]) + np.uint64(WHOLE), RUNS),
        *reversed(
            [LAST - value for value in _smallest(long_runs >> _DROPPED[LONG_BITS], LONG_RUNS)]
        ),
    )


_DROPPED = {bits: np.uint64(64 - bits) for bits in (HEAD_BITS, WHOLE_BITS, LONG_BITS)}


def _smallest(hashes: _Hashes, count: int) -> list[int]:
    """Return so many of the smallest different hashes, ascending."""
    hashes.sort()
    first: list[int] = list(dict.fromkeys(hashes[: count + REPEATED].tolist()))
    if len(first) < count and len(hashes) > count + REPEATED:
        first = np.unique(hashes)[:count].tolist()
    return first[:count]


def _hashes(single: _Hashes) -> tuple[_Hashes, _Hashes]:
    """Return a hash of every run of three words and of every run of eight, in order.

    A run's hash is a polynomial of its words': a run of eight is two of four, four is two of two.
    """
    two = single[:-1] * POWERS[1] + single[1:]
    three = two[:-1] * POWERS[1] + single[2:]
    four = two[:-2] * POWERS[2] + two[2:]
    eight = four[:-4] * POWERS[4] + four[4:]
    return _mixed(three), _mixed(eight)


def _mixed(hashes: _Hashes) -> _Hashes:
    hashes ^= hashes >> np.uint64(33)
    hashes *= MIX
    hashes ^= hashes >> np.uint64(29)
    return hashes


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
