"""Is this text a copy of one we have? Fingerprints that fit a database, and the comparison.

News puts what is new first, and pages end in captions of other stories. So the first hundred words
are compared on their own: on labelled pairs of Pakistani news they part copies from everything
else, while whole texts of unrelated stories resemble each other through the captions they share.
The whole text counts as well, with a higher bar, for copies under a new opening.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import xxhash

from monitor.model import CopyOf, Fingerprints
from store.types import Candidate

SCHEME = "head32-whole16-1"
SHINGLE = 5
HEAD_WORDS = 100
HEAD_HASHES = 32
WHOLE_HASHES = 16
LEAST_WORDS = 60  # a shorter text shares its shingles with everybody who reports in set phrases
HEAD_ALIKE = 0.45  # labelled pairs: 11 of 13 copies above, all templates and updates below .37
HEAD_ALIKE_WITH_TITLE = 0.3
TITLE_ALIKE = 0.5
WHOLE_ALIKE = 0.6
NEARLY_EQUAL = 0.9  # only so equal an opening outweighs other figures in the headline

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
)
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
WORD = re.compile(r"\w+")
SENTENCE_END = re.compile(r"(?<!\.)[.!?۔؟。][\"'”’»)\]]*$|[”\"»]$")


def fingerprint(title: str, body: str) -> Fingerprints:
    """Return what makes ``body`` comparable, the same on every machine. Never raises.

    ``sketch`` holds signed 64-bit integers, ascending: odd ones from the head, even ones from the
    whole text; it is empty for texts under 60 words, which are nobody's near copy.
    """
    words = _words(_without_captions(body))
    names = _words(title)
    identity = words if len(words) >= LEAST_WORDS else [*names, "|", *words]
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
    found = [
        (alike, candidate)
        for candidate in candidates
        if (alike := _alike(fp, candidate)) is not None
    ]
    if not found:
        return None
    alike, best = min(found, key=lambda f: (-f[0], f[1].first_seen_at, f[1].article))
    return CopyOf(
        article=best.article,
        how="same_text" if best.text_hash == fp.text_hash else "near_text",
        similarity=round(alike, 3),
    )


def _alike(fp: Fingerprints, other: Candidate) -> float | None:
    """Return how alike two copies are in 0..1, or None when neither copies the other."""
    if fp.text_hash == other.text_hash:
        return 1.0
    head = _resemblance(_part(fp.sketch, 1), _part(other.sketch, 1), HEAD_HASHES)
    whole = _resemblance(_part(fp.sketch, 0), _part(other.sketch, 0), WHOLE_HASHES)
    most = max(head, whole)
    if head < NEARLY_EQUAL and _figures_differ(fp.title_key, other.title_key):
        return None
    titled = _title_likeness(fp.title_key, other.title_key) >= TITLE_ALIKE
    if head >= (HEAD_ALIKE_WITH_TITLE if titled else HEAD_ALIKE) or whole >= WHOLE_ALIKE:
        return min(most, 0.999)
    return None


# --- words ----------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    """Return the words: case, width, diacritics and the variants of Arabic letters folded away."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(ARABIC)
    if not folded.isascii():
        folded = MARKS.sub("", unicodedata.normalize("NFD", folded))
    return WORD.findall(folded)


def _without_captions(body: str) -> str:
    """Return ``body`` without the lines at its end that are no sentences.

    They are captions and teasers of other stories. A text without any sentence stays whole.
    """
    lines = body.rstrip().split("\n")
    end = len(lines)
    while end and len(lines[end - 1]) < 300 and not SENTENCE_END.search(lines[end - 1].rstrip()):
        end -= 1
    return "\n".join(lines[:end]) if end else body


# --- sketches -------------------------------------------------------------------------------


def _sketch(words: list[str]) -> tuple[int, ...]:
    """Return the smallest shingle hashes of the head (made odd) and of the whole text (even)."""
    hashes = _shingles(words)
    head = np.unique(hashes[: HEAD_WORDS - SHINGLE + 1] | np.uint64(1))[:HEAD_HASHES]
    whole = np.unique(hashes & ~np.uint64(1))[:WHOLE_HASHES]
    return tuple(sorted(int(value) for value in (*head, *whole)))


def _shingles(words: list[str]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return a hash of every run of five words, in order, in 63 bits."""
    single = np.array([xxhash.xxh3_64_intdigest(w.encode()) for w in words], dtype=np.uint64)
    count = len(single) - SHINGLE + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for offset in range(SHINGLE):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + single[offset : offset + count]
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(29)
    return mixed >> np.uint64(1)


def _part(sketch: Sequence[int], parity: int) -> list[int]:
    return [value for value in sketch if value & 1 == parity]


def _resemblance(a: list[int], b: list[int], full: int) -> float:
    """Return the estimated share of shingles in common, from two bottom sketches.

    Up to the smaller of the two largest values both sets are known completely.
    """
    if not a or not b:
        return 0.0
    known = min(s[-1] for s in (a, b, [2**63]) if len(s) >= full or s[-1] == 2**63)
    ours = {value for value in a if value <= known}
    theirs = {value for value in b if value <= known}
    union = len(ours | theirs)
    return len(ours & theirs) / union if union else 0.0


# --- titles ---------------------------------------------------------------------------------


def _title_likeness(a: str, b: str) -> float:
    """Return the share of the shorter title's words that the other has."""
    one, two = set(a.split()), set(b.split())
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _figures_differ(a: str, b: str) -> bool:
    """Return whether both titles give figures, in like words, and not the same figures.

    "Gold drops Rs1,000" and "Gold drops Rs1,595" are two days of one template.
    """
    one = {word for word in a.split() if any(map(str.isdigit, word))}
    two = {word for word in b.split() if any(map(str.isdigit, word))}
    return bool(one and two and one != two)
