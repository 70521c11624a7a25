"""What stands in an article's text and is no part of it: boxes of other stories, lists of links.

An extractor keeps a "Read more" line, a box "More on this" or the headlines under an article,
because they look like paragraphs. They are found again here, by where they stood in the page and by
how they read, and are marked: nothing is cut out, since a mark can be wrong and a cut cannot be
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from lxml.html import HtmlElement

Spans = tuple[tuple[int, int], ...]

_BOX = re.compile(
    r"(?<![a-z])(?:related|more[-_]?(?:on|from|stories|news|in|like)|read[-_]?(?:more|also|next|on)"
    r"|also[-_]?(?:read|like)|recommend\w{0,6}|trending|popular|most[-_]?(?:read|viewed|shared)"
    r"|latest[-_]?(?:news|stories|posts)|you[-_]?may|see[-_]?also|further[-_]?reading|suggest\w{0,6}"
    r"|outbrain|taboola|sidebar|side[-_]?bar|promo|newsletter|follow[-_]?us|tags?[-_]?(?:list|links)"
    r"|inline[-_]?(?:link|story|related)|story[-_]?links?|next[-_]?(?:story|post)|post[-_]?navigation"
    r")(?![a-z])",
    re.IGNORECASE,
)
"""Names that sites give to such boxes. "widget" and "teaser" also name the article's own parts."""
_BOX_TAGS = frozenset(["aside", "nav", "footer"])
_OPENER = re.compile(
    r"^\W{0,4}(?:also read|read also|read more|read next|read this|continue reading|see also"
    r"|related(?: stor(?:y|ies)| news| articles?| posts?| topics?| coverage| content)?|more on"
    r"|more from|more stories|more news|you may also (?:like|read)|you might also like"
    r"|recommended(?: for you)?|suggested(?: reading)?|further reading|trending(?: now)?"
    r"|most (?:read|viewed|popular)|latest (?:news|stories)|top stories|don['’]t miss|must read"
    r"|other stories|in other news"
    r"|lesen sie auch|mehr zum thema|auch interessant|das könnte sie auch interessieren"
    r"|lire aussi|à lire aussi|lea también|leia também|leggi anche|читайте также"
    r"|مزید پڑھیں|مزید پڑھیے|یہ بھی پڑھیں|یہ بھی پڑھیے|متعلقہ خبریں|متعلقہ مضامین|مزید خبریں"
    r"|بیشتر بخوانید|مطالب مرتبط|خبرهای مرتبط|ادامه مطلب|نور ولولئ|اړوند خبرونه|دا هم ولولئ"
    r"|اقرأ أيضا|اقرأ المزيد|مواضيع ذات صلة|यह भी पढ़ें|ये भी पढ़ें)(?!\w)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?۔؟।…][\"'”’»)\]]{0,3}\s*$")
_HEADING = 60  # characters: an opener so short is a heading of the lines below it
_CAPTION = 200  # what is longer is a paragraph
_MOST_LINES = 4_000
_MOST_OF_A_BOX = 0.5  # of the body: what holds more is the article, whatever it is called
_MOST_PARTS = 2_000  # runs of text
_LINKED = 0.8  # of the characters
_RUN = 3  # lines in a row that are links alone: a list of links

Kind = Literal["own", "link", "box"]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    kind: Kind | None  # where it stood in the page; None: it was not found there

    @property
    def is_opener(self) -> bool:
        return bool(_OPENER.match(self.text))

    @property
    def is_prose(self) -> bool:
        return len(self.text) > _CAPTION or bool(_ENDED.search(self.text))

    @property
    def is_headline(self) -> bool:
        """Like the title of another story: linked, an item of a list, no sentence."""
        listed = self.text.startswith("- ") and len(self.text) <= _CAPTION
        return self.kind in {"link", "box"} or listed or not self.is_prose


def asides(body: str, root: HtmlElement | None) -> Spans:
    """Return the stretches of ``body`` that are other stories' (start, end), in order, apart.

    ``root`` is the page the text was taken from, untouched; None: the text alone is looked at. A
    text of nothing else is left unmarked. Never raises for what a page holds.
    """
    lines = _lines(body, _places(root, len(body)) if root is not None else {})
    marked = {*_boxed(lines), *_opened(lines), *_lists(lines), *_tail(lines)}
    if len(marked) == len(lines):
        return ()
    spans: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if number in marked:
            follows = number - 1 in marked
            start = spans.pop()[0] if follows and spans else line.start
            spans.append((start, line.end))
    return tuple(spans)


def _lines(body: str, places: dict[str, Kind]) -> list[_Line]:
    lines, start = [], 0
    for text in body.split("\n")[:_MOST_LINES]:
        if text.strip():
            kind = places.get(_key(text))
            lines.append(_Line(start, start + len(text), text, kind))
        start += len(text) + 1
    return lines


def _key(text: str) -> str:
    """A line as it is compared: list marks, cases and spaces make no difference."""
    return "".join(text.removeprefix("- ").split()).casefold()[:400]


# --- by where it stood ----------------------------------------------------------------------

_BLOCKS = frozenset(
    ["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "dt", "dd", "figcaption", "blockquote",
     "div", "section", "article", "aside", "ul", "ol", "table", "tr", "dl", "figure", "nav",
     "footer", "header", "main", "pre"]
)  # fmt: skip


def _places(root: HtmlElement, length: int) -> dict[str, Kind]:
    """Where each run of text stands in the page; one that also stands in the article is its own."""
    found: dict[str, Kind] = {}
    boxed = _within(_boxes(root, length))
    linked = _within(_links(root))
    for block in root.iter(*_BLOCKS):
        if next(block.iterdescendants(*_BLOCKS), None) is not None:
            continue
        key = _key("".join(block.itertext()).strip())
        if key:
            kind: Kind = "box" if block in boxed else _place(block, len(key), linked)
            if _RANK[kind] > _RANK.get(found.get(key, ""), -1):
                found[key] = kind
    return found


_RANK = {"own": 2, "link": 1, "box": 0}


def _place(block: HtmlElement, length: int, linked: set[HtmlElement]) -> Kind:
    words = sum(len("".join("".join(link.itertext()).split())) for link in _links(block))
    return "link" if block in linked or words >= _LINKED * length else "own"


def _within(elements: Iterator[HtmlElement]) -> set[HtmlElement]:
    """The elements and all inside them; one inside another is not walked twice."""
    inside: set[HtmlElement] = set()
    for element in elements:
        if element not in inside:
            inside.update(element.iter())
    return inside


def _links(block: HtmlElement) -> Iterator[HtmlElement]:
    """The links to somewhere else; a note's number and a mark of the same page are none."""
    for link in block.iter("a"):
        address = link.get("href") or ""
        if address and not address.startswith(("#", "mailto:", "tel:")):
            yield link


def _boxes(root: HtmlElement, length: int) -> Iterator[HtmlElement]:
    """The elements that are boxes of other stories, by tag or by the name the site gives them."""
    for element in root.iter():
        if _is_named(element) and _is_small(element, _MOST_OF_A_BOX * length):
            yield element


def _is_named(element: HtmlElement) -> bool:
    tag = element.tag
    if tag in _BOX_TAGS:
        return True
    named = " ".join(filter(None, (element.get("class"), element.get("id"))))
    if not named or tag in {"html", "body", "main", "article"}:
        return False
    return bool(_BOX.search(named[:300]))


def _is_small(element: HtmlElement, most: float) -> bool:
    """Whether it holds less than so many characters, and no more parts than a box has."""
    words = 0
    for number, part in enumerate(element.itertext()):
        words += len(part.strip())
        if words >= most or number > _MOST_PARTS:
            return False
    return True


# --- by how it reads ------------------------------------------------------------------------


def _boxed(lines: Sequence[_Line]) -> Iterator[int]:
    return (number for number, line in enumerate(lines) if line.kind == "box")


def _opened(lines: Sequence[_Line]) -> Iterator[int]:
    """Lines that say themselves what they are ("Also read: …"), and what a heading opens."""
    for number, line in enumerate(lines):
        if not line.is_opener or len(line.text) > _CAPTION:
            continue
        if line.kind in {"link", "box"} or (":" in line.text[:40] and not _is_clause(line.text)):
            yield number
        if len(line.text) <= _HEADING and not _ENDED.search(line.text):
            below = range(number + 1, len(lines))
            opened = [*_while_headlines(lines, below)]
            yield from (number, *opened) if opened else ()


def _is_clause(text: str) -> bool:
    """Whether a prose sentence follows the colon at length: "Related: he said that …" is rare."""
    return len(text) > _CAPTION


def _while_headlines(lines: Sequence[_Line], numbers: range) -> Iterator[int]:
    for number in numbers:
        if not lines[number].is_headline:
            return
        yield number


def _lists(lines: Sequence[_Line]) -> Iterator[int]:
    """Three and more lines in a row that are links and nothing else."""
    at = 0
    for linked, run in groupby(lines, key=lambda line: line.kind == "link"):
        size = len(list(run))
        if linked and size >= _RUN:
            yield from range(at, at + size)
        at += size


def _tail(lines: Sequence[_Line]) -> Iterator[int]:
    """The links that a text ends in: the next story, a list of tags."""
    for number in range(len(lines) - 1, 0, -1):
        if lines[number].kind not in {"link", "box"}:
            return
        yield number
