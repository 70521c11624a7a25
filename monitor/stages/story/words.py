"""The words of a headline and a lead, folded and weighed: names and figures tell, "says" does not.

Folding is for comparing only; nothing folded is ever shown without the word it came from.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

MOST_CHARS = 400  # of a headline
LEAD_CHARS = 2600  # what is new stands first; the rest of a report is background
LEAD_WORDS = 250
IN_TITLE = 1.2
NAME_IN_TITLE = 1.3
NAME_IN_LEAD = 1.4
IN_LEAD = 0.8
SHOUTED = 0.7  # of the words begin with a capital: Capitals Tell Nothing In Such A Headline

STOP = frozenset(
    """
    a an the of in on at to for from by with and or but nor as is are was were be been being
    it its this that these those he she they his her their who whom which what when where why
    how not no after before over under into out up down off about amid amidst against between
    during among than then there here has have had do does did will would can could may might
    must shall should more most new two three one s t via per کا کی کے کو میں سے پر نے اور ہے
    ہیں تھا تھے تھی کہ یہ وہ ایک بھی نہیں گا گی گے ہو کر دی دیا گیا گئے د په او له چې ته کې دی
    ده شو در به از که با این را است برای شد و
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
COMMON = frozenset(
    """
    say said call urge kill killed dead die injur attack govt government minister ministry
    official police court pakistan pakistani india indian us afghan afghanistan taliban pm
    president chief security force people man woman day week year today tomorrow announce seek
    report case plan talk meet issue move demand hold held take make get set rs million
    billion pc percent cm sc ihc price rate point index share stock gold tola rise fall drop
    gain
    rain weather city temperature mercury
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
WORD = re.compile(r"\w+(?:[&'’]\w+)*")
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d]+")
ENDINGS = re.compile(r"(?<=\w{4})(?:'s|s'|ies|ing|ed|es|s)$")
SENTENCE_END = re.compile(r"[.!?:۔؟\n“\"‘]\W*$")


class Said(NamedTuple):
    """A telling word: folded, as written, and whether it is written as a name."""

    word: str
    written: str
    named: bool


@lru_cache(maxsize=4_096)
def folded(word: str) -> str:
    """Return the word without case, diacritics, and the commonest English endings."""
    plain = unicodedata.normalize("NFKD", word).casefold().replace("’", "'")
    bare = MARKS.sub("", plain).replace("&", "")
    return bare if bare in COMMON else ENDINGS.sub("", bare).replace("'", "")


def figure(word: str) -> bool:
    """Return whether a folded word holds a digit of any script."""
    return any(map(str.isdigit, word))


@lru_cache(maxsize=64)
def headline(title: str) -> tuple[Said, ...]:
    """Return the telling words of a headline in their order."""
    found = list(WORD.finditer(title[:MOST_CHARS]))
    capitals = sum(match[0][0].isupper() for match in found)
    tells = capitals <= SHOUTED * len(found)
    return tuple(
        Said(word, match[0], bool(place) and tells and match[0][0].isupper())
        for place, match in enumerate(found)
        if (word := _telling(match[0]))
    )


def opening(body: str) -> str:
    """Return a text's beginning without the teasers of other pieces, which end in an ellipsis."""
    lines = body[:LEAD_CHARS].split("\n")
    cut = len(body) > LEAD_CHARS
    kept = [
        line
        for place, line in enumerate(lines)
        if not line.rstrip().endswith(("...", "…")) or (cut and place == len(lines) - 1)
    ]
    return "\n".join(kept)


def lead(body: str) -> Iterator[Said]:
    """Yield the telling words among the first of a text, in their order."""
    text = opening(body)
    for match in islice(WORD.finditer(text), LEAD_WORDS):
        written = match[0]
        if word := _telling(written):
            named = written[0].isupper() and not _opens(text, match.start())
            yield Said(word, written, named)


def _counted(text: str) -> tuple[dict[str, int], set[str]]:
    """Count what ``lead`` yields, and say which words of it are once written as names."""
    times: dict[str, int] = {}
    names: set[str] = set()
    for match in islice(WORD.finditer(text), LEAD_WORDS):
        written = match[0]
        if word := _telling(written):
            times[word] = times.get(word, 0) + 1
            if written[0].isupper() and word not in names and not _opens(text, match.start()):
                names.add(word)
    return times, names


def _opens(text: str, start: int) -> bool:
    """Whether a word begins a sentence, where a capital says nothing."""
    return not start or bool(SENTENCE_END.search(text, max(0, start - 3), start))


@lru_cache(maxsize=16_384)
def _telling(written: str) -> str:
    word = folded(written)
    return "" if word in STOP or written.casefold() in STOP else word


def weighed(title: str, body: str) -> dict[str, float]:
    """Return how much each word of a headline and lead says of this text, before its rarity."""
    weights: dict[str, float] = {}
    for said in headline(title):
        weight = IN_TITLE * (NAME_IN_TITLE if said.named else 1.0)
        weights[said.word] = max(weight, weights.get(said.word, 0.0))
    times, names = _counted(opening(body))
    for word, n in times.items():
        told = IN_LEAD * (1 + math.log(n)) * (NAME_IN_LEAD if word in names else 1.0)
        weights[word] = weights.get(word, 0.0) + told
    return weights


def as_written(title: str, body: str) -> Mapping[str, str]:
    """Return how each telling word of a text was first written there."""
    written: dict[str, str] = {}
    for said in (*headline(title), *lead(body)):
        written.setdefault(said.word, said.written)
    return written


def script(text: str) -> Literal["latin", "arabic"]:
    """Return ``arabic`` where most letters of a text's beginning are, else ``latin``."""
    start = text[:MOST_CHARS]
    if start.isascii():
        return "latin"
    letters = [c for c in start if c.isalpha()]
    arabic = sum("\u0600" <= c <= "\u06ff" for c in letters)
    return "arabic" if arabic * 2 > len(letters) else "latin"
