"""Fingerprints that fit a database: what makes a text comparable, the same on every machine."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import xxhash

from monitor.model import Fingerprints
from monitor.stages.dedupe.words import without_captions, words

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


def fingerprint(title: str, body: str) -> Fingerprints:
    """Return what makes ``body`` comparable, the same on every machine. Never raises.

    ``sketch`` holds at most 288 non-negative integers under 2**37, ascending: for runs of three
    words those of the head, of the first sentence and a sample of all, then a sample of the runs
    of eight; the largest are to be looked up by. It is empty for texts under 20 words, which are
    nobody's near copy.
    """
    told = words(without_captions(body))
    names = words(title)
    identity = told if len(told) >= BRIEF else [*names, b"|", *told]
    return Fingerprints(
        scheme=SCHEME,
        text_hash=xxhash.xxh3_128_hexdigest(b" ".join(identity)),
        title_key=b" ".join(names).decode(),
        sketch=_sketch(told) if len(told) >= LEAST_WORDS else (),
    )


# --- sketches -------------------------------------------------------------------------------


_Hashes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]


def _sketch(told: list[bytes]) -> tuple[int, ...]:
    """Return the runs of the head, of the lead, the smallest of all, the long ones; ascending."""
    single = np.frombuffer(b"".join(map(xxhash.xxh3_64_digest, told)), dtype=">u8")
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
        # not np.unique, which imports numpy.ma: 10 ms in every child, of 200 pages each
        first = list(dict.fromkeys(hashes.tolist()))
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
