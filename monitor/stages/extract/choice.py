"""The same article twice: as its page shows it and as the feed carries it. The better one is kept.

Better is the one that goes on: more prose, not broken off, no more furniture. Where both are as
good, the page's is kept, because it is what people will open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from monitor.model import ArticleText

BROKEN_OFF = re.compile(
    r"(\[?(…|\.\.\.|&hellip;|&#8230;)\]?"
    r"|(?:read|view|see|click here to read) (?:more|full|the full)"
    r"(?: (?:story|article|post|text))?(?: here)?|continue reading|read the full story|full article"
    r"|(?:subscribe|sign in|log in|register) to (?:continue|read|keep)[^.!?]{0,60}"
    r"|already a (?:subscriber|member)\?.{0,40}|this (?:article|story) is for subscribers.{0,60}"
    r"|weiterlesen|lire la suite|مزید پڑھیں|مزید پڑھیے|ادامه مطلب|نور ولولئ)[\s.»→>\]]*$",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?۔؟।][\"'”’»)\]]{0,3}$")
_SENTENCES = re.compile(r"[.!?۔؟।]+[\"'”’»)\]]{0,3}(?=\s|$)")
_PROSE = 60  # characters of a line that counts as running text
_MORE = 1.15  # times as much prose: below it the two are the same text
_END = 160  # characters in which a text says that it goes on elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of two texts is kept, and why in a sentence."""

    text: ArticleText
    text_from: Literal["page", "feed"]
    why: str


def breaks_off(text: str) -> bool:
    """Whether a text ends where the article goes on: in dots, "Read more", a plea to subscribe."""
    return bool(BROKEN_OFF.search(text.rstrip()[-_END:]))


def ends_in_a_sentence(text: str) -> bool:
    """Whether a text ends as texts do. Cut at so many characters, it does not."""
    return bool(_ENDED.search(text.rstrip()))


def better(page: ArticleText, feed: ArticleText) -> Choice:
    """Return the better of the two texts of one article. Never raises."""
    ours, theirs = _prose(page), _prose(feed)
    cut = breaks_off(page.body), breaks_off(feed.body)
    said = f"the page has {_told(page, ours)}, the feed {_told(feed, theirs)}"
    if cut == (False, True) and ours:
        return _choice(page, "page", f"The feed's text breaks off, the page's does not: {said}.")
    if cut == (True, False) and theirs * _MORE >= ours:
        return _choice(feed, "feed", f"The page's text breaks off, the feed's does not: {said}.")
    if theirs > ours * _MORE:
        return _choice(feed, "feed", f"The feed carries more of it: {said}.")
    if ours > theirs * _MORE:
        return _choice(page, "page", f"The page carries more of it: {said}.")
    if _aside(page) > _aside(feed) + _PROSE:
        return _choice(feed, "feed", f"Both are whole, and the feed's has less beside it: {said}.")
    return _choice(page, "page", f"Both are whole: {said}.")


def _choice(text: ArticleText, text_from: Literal["page", "feed"], why: str) -> Choice:
    return Choice(text=text, text_from=text_from, why=why)


def _told(text: ArticleText, prose: int) -> str:
    sentences = len(_SENTENCES.findall(text.body))
    return f"{prose:,} characters in {sentences} {'sentence' if sentences == 1 else 'sentences'}"


def _prose(text: ArticleText) -> int:
    """Characters of running text: lines long enough, outside what is marked as another's."""
    total, start = 0, 0
    for line in text.body.split("\n"):
        beside = any(a < start + len(line) and start < b for a, b in text.aside)
        if not beside and (len(line) >= _PROSE or _ENDED.search(line)):
            total += len(line)
        start += len(line) + 1
    return total


def _aside(text: ArticleText) -> int:
    return sum(end - start for start, end in text.aside)
