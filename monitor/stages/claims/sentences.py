"""Sentences and their words, with places; cost is linear in the text and sizes are capped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_BODY = 60_000  # code points read: a long report; figures come early
LONGEST_SENTENCE = 900
MOST_TOKENS = 240


def listed(words: str) -> frozenset[str]:
    """Return the words of a text as a set; long lists of words read better as text."""
    return frozenset(words.split())


def negates(low: str) -> bool:
    """Return whether a word takes back the verb behind it: "did not", "never", "didn't"."""
    return low in {"not", "never"} or low.endswith("n't")


# Each end begins with one of a few signs, and that first: of other places none is looked at twice.
_ENDS = re.compile(
    r"""
    [.!?۔؟…\n](?:
        (?<=\n)\n*
      | (?<!\n)[.!?۔؟…]*+["'”’»)\]]{0,3}(?=\s|\Z)
      | (?P<joined>(?<=[a-z”"’][.!?])(?=[A-Z“][a-z]))  # "… a week.The next"
    )
    """,
    re.VERBOSE,
)
_ABBREVIATED = listed(
    "mr mrs ms dr prof lt gen col maj capt brig sgt adm cmdr st no vs etc jan feb mar apr jun "
    "jul aug sep sept oct nov dec rs u.s u.n u.k e.g i.e sr jr rev hon govt dept fig vol pp "
    "approx d.i n.w.f.p a.k mt ft sec art addl asst supt insp"
)  # fmt: skip
_LAST_WORD = re.compile(r"([^\s(“\"‘]{1,10})\.\Z")
_NEXT = re.compile(r"\s*[a-z]")


class Span(NamedTuple):
    """A sentence: ``text[start:end]``, without the blanks around it."""

    start: int
    end: int


class Token(NamedTuple):
    """A word, a number or a mark. ``low`` is folded for comparison."""

    kind: str  # "word", "number", "money", "mark"
    text: str
    low: str
    start: int
    end: int


def spans(text: str) -> list[Span]:
    """Return the sentences of a text, in order and apart; long ones are cut at a blank."""
    text = text[:LONGEST_BODY]
    out: list[Span] = []
    begin = 0
    for found in _ENDS.finditer(text):
        if found.start() < begin or not _ends(text, begin, found):
            continue
        out += _cut(text, begin, found.end())
        begin = found.end()
    out += _cut(text, begin, len(text))
    return out


def _ends(text: str, begin: int, found: re.Match[str]) -> bool:
    mark = found.group()
    if found.lastgroup == "joined":
        return True
    if not mark.startswith(".") or len(mark) > 1:
        # "“… ?” he said" goes on in small letters.
        return mark[0] in "\n۔؟" or not _NEXT.match(text, found.end())
    last = _LAST_WORD.search(text[max(begin, found.end() - 12) : found.end()])
    if last is None:
        return True
    word = last.group(1).lower()
    return not (word in _ABBREVIATED or (len(word) == 1 and word.isalpha()))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_SENTENCE:
        at = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        at = at if at > start else start + LONGEST_SENTENCE
        yield Span(start, at)
        start = at
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield Span(start, end)


_TOKEN = re.compile(
    r"""
    (?P<money>(?:US\$|Rs\.?|PKR|USD|AFN|INR|[$£€₹])\s?\d(?:[\d,]*\d)?(?:\.\d+)?)
  | (?P<compound>\d[\d,.]*[-‐‑][^\W\d_][\w\-‐‑]*   # 40-year-old, 48-hour
      | \d+(?:st|nd|rd|th)\b | \d+(?:[/:]\d+)+ | \d+(?:\.\d+){2,}
      | [^\W\d_]++[-‐‑]?\d[\w\-]*)                    # T-62, G-11, T20I; no letter is a digit,
                                                    # so giving letters back (++) cannot help
  | (?P<number>\d{1,3}(?:[,٬]\d{2,3})+(?:[.٫]\d+)? | \d{1,3}(?:،\d{3})+
      | \d{1,3}(?:[\u00a0\u2009\u202f]\d{3}){1,3} | \d{1,3}(?:\ \d{3}){0,2}\ 0\d\d  # 12 000
      | \d+(?:[.٫]\d+)?)(?![\d])
  | (?P<word>[^\W\d_]+(?:['’‘\-‐‑\u00ad\u200c\u200d]{1,2}[^\W\d_]+)*)
  | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_QUIET = str.maketrans({"\u00ad": None, "‐": "-", "‑": "-", "’": "'", "‘": "'", "\u200c": None})


def tokens(sentence: str) -> list[Token]:
    """Return the words, numbers and marks of a sentence; places are within the sentence."""
    out: list[Token] = []
    for found in _TOKEN.finditer(sentence):
        kind = found.lastgroup or "mark"
        text = found.group()
        low = text.lower() if text.isascii() else text.translate(_QUIET).lower()
        kind = "word" if kind == "compound" else kind
        out.append(Token(kind, text, low, found.start(), found.end()))
        if len(out) == MOST_TOKENS:
            break
    return out
