"""A page as Lexbor reads it, and the lines of an element of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode, SelectolaxError

from monitor.stages.cutting.leaving import Leaving
from monitor.stages.cutting.tables import Tables, rows, written

MAX_BYTES = 4_000_000
MAX_TAGS = 10_000
"""Marks of tags in a page; the longest of 91 front-page articles has 3,300. So many that are made
to harm (each a bold of its own, with a paragraph in it) take Lexbor six seconds, twice as many 49.
"""
LARGE = 400_000
"""Bytes of a page in which long style sheets are sought."""
_LONG_STYLE = 20_000
_STYLE, _STYLE_END, _NAME_ENDS = b"<style", b"</style", b" \t\n\f\r/>"
INLINE = (
    "a", "span", "b", "i", "em", "strong", "u", "sup", "sub", "small", "mark", "abbr", "cite",
    "font", "time", "code", "s", "del", "ins", "bdi", "bdo", "label", "tt", "big", "strike",
    "data", "acronym", "wbr", "kbd", "dfn", "var", "samp", "ruby", "rt", "rp", "center",
)  # fmt: skip
NEVER = (
    "script", "style", "noscript", "template", "iframe", "svg", "button", "select", "textarea",
    "object", "embed", "video", "audio", "canvas", "map", "head", "title", "option", "input",
)  # fmt: skip
"""What never holds text of an article."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LINK, _END, _ITEM, _HEADING, _NEXT = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
_BOX, _BOX_END = "\ue005", "\ue006"
"""Letters of nobody that stand for what is lost where a tree becomes text."""
_MARKED = {"li": _ITEM, **dict.fromkeys(HEADINGS, _HEADING)}
_INLINE, _NEVER = frozenset(INLINE), frozenset(NEVER)
_HOLDS_TEXT = "p, li, blockquote, h2, h3, h4, h5, h6, dd, td"
_MOST_LOOKED_AT, _LINK_COSTS = 1_000_000, 200  # characters
PROSE = 80  # characters of a paragraph that is running text
SOFT_HYPHEN = "\u00ad"  # is no part of a text: cleaning leaves it out
_MARKS = (*((mark, "") for mark in (_ITEM, _HEADING, _BOX, _BOX_END, SOFT_HYPHEN)), ("\xa0", " "))
_OPTIONS = LexborDocumentOptions.WO_EVENTS


class Line(NamedTuple):
    """A paragraph, an item or a heading of a text; how many of its characters are links."""

    text: str
    linked: int
    item: bool
    heading: bool
    boxed: bool

    @property
    def key(self) -> str:
        """The line as it is compared: cases and spaces make no difference."""
        return key(self.text)

    @property
    def letters(self) -> int:
        """How many characters it has but spaces, which are plain ones."""
        return len(self.text) - self.text.count(" ")


@dataclass(frozen=True, slots=True)
class Taken:
    """The lines of an element, the texts of its links, and how many characters were left out.

    ``guessed``: how many of those are running text in what no lesson showed to be no text.
    """

    lines: list[Line]
    links: frozenset[str]
    gone: int
    guessed: int = 0


def key(text: str) -> str:
    """Return a line as lines are compared: list marks, cases and spaces make no difference."""
    return "".join(text.removeprefix("- ").split()).casefold()


def parsed(body: bytes) -> LexborHTMLParser | None:
    """Return the page as a tree; None for what is too large or too deep, or cannot be read."""
    if len(body) > MAX_BYTES:
        return None
    if len(body) > LARGE:
        body = _without_styles(body)
    if len(body) > 3 * MAX_TAGS and _tags(body) > MAX_TAGS:
        return None
    try:
        page = LexborHTMLParser(body, options=_OPTIONS, scripting=True)
    except (SelectolaxError, ValueError, TypeError, MemoryError):
        return None
    return page if page.body is not None else None


def _without_styles(body: bytes) -> bytes:
    """The page with its long style sheets emptied: of some pages they are most of a megabyte.

    Lexbor reads them letter by letter, which was half of what such a page cost. A sheet that holds
    anything like a tag is left: it may not end where it seems to. Small pages are not searched.
    """
    pieces, done, at = list[bytes](), 0, 0
    while len(body) - at > LARGE and (at := body.find(_STYLE, at)) >= 0:
        end = body.find(b"<", at + 1)
        start = body.find(b">", at, max(end, 0)) + 1
        at += len(_STYLE)
        if (
            body[at : at + 1] in _NAME_ENDS
            and 0 < start < end - _LONG_STYLE
            and body.startswith(_STYLE_END, end)
        ):
            pieces.append(body[done:start])
            done = at = end
    return b"".join((*pieces, body[done:])) if pieces else body


def _tags(body: bytes) -> int:
    """How many marks of tags there are; four times sooner than bytes.count tells it."""
    return int(np.count_nonzero(np.frombuffer(body, dtype=np.uint8) == ord("<")))


@dataclass(frozen=True, slots=True)
class Sight:
    """What is sought in a page, found in one walk through it: each walk costs 0.1 ms."""

    containers: list[LexborNode]
    paragraphs: list[LexborNode]
    headlines: list[LexborNode]
    times: list[LexborNode]
    data: list[str]


_SOUGHT = 'p, h1, time, [itemprop="datePublished"], script[type="application/ld+json"]'
NO_CONTAINERS = frozenset(["p", "h1", "time", "script", "body", "html"])
_MOST = 5_000
MOST_DATA = 500_000  # characters of a block of structured data


def sight(page: LexborHTMLParser, container: str) -> Sight:
    """Return the elements with the selector of a container, and those that tell of the page."""
    seen = Sight([], [], [], [], [])
    for element in page.css(f"{container}, {_SOUGHT}")[:_MOST]:
        tag = element.tag
        if tag == "p":
            seen.paragraphs.append(element)
        elif tag == "h1":
            seen.headlines.append(element)
        elif tag == "script":
            seen.data.append(element.text()[:MOST_DATA])
        elif tag == "time" or element.attributes.get("itemprop") == "datePublished":
            seen.times.append(element)
        else:
            seen.containers.append(element)
    return seen


def lines(
    container: LexborNode, left: Leaving | None = None, boxes: Leaving | None = None,
    guesses: Leaving | None = None,
) -> Taken:  # fmt: skip
    """Return the lines of an element as extractors write them. The element is changed by it.

    What is ``left`` out is taken from it first; ``boxes`` hold what is marked as other stories'.
    ``guesses`` are those of ``left`` that most sites would leave out, whatever this one does.
    """
    links, guessed, tables, blocks = set[str](), 0, Tables(), [container]
    gone = _taken_out(container, left.rest) if left else 0
    elements = container.css("*")
    at = 1 if elements and elements[0].mem_id == container.mem_id else 0
    while at < len(elements):
        element = elements[at]
        at += 1
        tag, given = element.tag or "", element.attributes
        if tag in _NEVER or (left is not None and left.names(tag, given)):
            if tag not in _NEVER:
                size = len(element.text())
                gone += size
                if size >= PROSE and guesses is not None and guesses.names(tag, given):
                    guessed += _running(element)
            at += len(element.css("*")) - 1 if element.first_child is not None else 0
            element.decompose(recursive=False)
            continue
        if boxes is not None and boxes.names(tag, given):
            element.insert_before(_BOX)
            element.insert_after(_BOX_END)
        if tag == "table" and (size := _tabled(element, tables, left, links)):
            at += size - 1
            continue
        if tag in _INLINE:
            if tag == "a" and _leads_away(given.get("href")):
                _mark(element, links)
            element.unwrap(delete_empty=True)
            continue
        blocks.append(element)
        if tag in _MARKED and element.first_child is not None:
            element.first_child.insert_before(_MARKED[tag])
    for element in blocks:
        _without_comments(element)
    container.merge_text_nodes()
    found = _read(container.text(separator=_NEXT, skip_empty=True).split(_NEXT))
    return Taken(lines=found, links=frozenset(links), gone=gone, guessed=guessed)


def _without_comments(block: LexborNode) -> None:
    """Take the comments from a block whose inline elements are gone: React parts its texts so."""
    node = block.first_child
    while node is not None:
        following = node.next
        if node.is_comment_node:
            node.decompose()
        node = following


def _taken_out(container: LexborNode, selectors: list[str]) -> int:
    """Take from an element what these name; how many characters that was."""
    gone = 0
    for selector in selectors:
        for element in container.css(selector):
            gone += len(element.text())
            element.decompose(recursive=False)
    return gone


def _running(element: LexborNode) -> int:
    """Characters of running text in an element or of it, in whatever text of an article stands.

    Links are none, but in paragraphs: what is left out for its name is mostly a list of them.
    """
    if element.tag in _INLINE:
        return _unlinked(len(element.text().strip()), element.css("a"))
    total = looked_at = 0
    for one in element.css(_HOLDS_TEXT):
        size = len(one.text().strip())
        looked_at += size
        if size >= PROSE and one.tag == "p":
            total += size
        elif size >= PROSE and one.css_first("p") is None:
            links = one.css("a")
            looked_at += _LINK_COSTS * len(links)
            total += _unlinked(size, links)
        if looked_at > _MOST_LOOKED_AT:  # lists in lists, each with all the text: nobody is sure
            return looked_at
    return total


def _unlinked(size: int, links: list[LexborNode]) -> int:
    """So many characters but for those of links; none where the rest is no running text."""
    size -= sum(len(link.text()) for link in links) if size >= PROSE else 0
    return size if size >= PROSE else 0


def _tabled(table: LexborNode, tables: Tables, left: Leaving | None, links: set[str]) -> int:
    """Put the rows of a table of data in its place; how many elements it had, 0: it is none."""
    elements = tables.elements(table)
    if left is not None and any(left.names(one.tag or "", one.attributes) for one in elements):
        return 0
    found = rows(elements, _INLINE)
    if found is None:
        return 0
    for one in elements:
        if one.tag == "a" and _leads_away(one.attributes.get("href")):
            _mark(one, links)
    table.replace_with(_NEXT.join(["", *written(found), ""]))
    return len(elements)


def _mark(link: LexborNode, links: set[str]) -> None:
    """Mark where a link begins and ends, and note what it says."""
    links.add(" ".join(link.text().split()))
    link.insert_before(_LINK)
    link.insert_after(_END)


def _leads_away(address: str | None) -> bool:
    """Whether a link leads somewhere else; a note's number and a mark of the same page do not."""
    return bool(address) and not str(address).startswith(("#", "mailto:", "tel:"))


def _read(pieces: list[str]) -> list[Line]:
    found: list[Line] = []
    item = heading = within = False
    boxed = 0
    for piece in pieces:
        text = piece.strip()
        linked, held = 0, boxed
        # What is printable has no marks, and no white space but plain spaces.
        if within or not text.isprintable():
            item, heading = item or _ITEM in text, heading or _HEADING in text
            held += text.count(_BOX)
            boxed = held - text.count(_BOX_END)
            text = _bare(text)
            if within or _LINK in text or _END in text:
                linked, within = _linked(text, within=within)
                text = text.replace(_LINK, "").replace(_END, "")
            text = text.strip()
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
        if text:
            found.append(Line(text, linked, item, heading, held > 0))
            item = heading = False
    return found


def _bare(text: str) -> str:
    """The text with plain spaces and no marks but those of links.

    To look for each is three times sooner than one pattern of all.
    """
    for mark, instead in _MARKS:
        if mark in text:
            text = text.replace(mark, instead)
    return text


def _linked(text: str, *, within: bool) -> tuple[int, bool]:
    """How many characters but spaces stand inside links, and whether one is still open."""
    total = at = 0
    while True:
        edge = text.find(_END if within else _LINK, at)
        if within:
            part = text[at:edge] if edge >= 0 else text[at:]
            total += len("".join(part.split())) - part.count(_LINK)
        if edge < 0:
            return total, within
        within, at = not within, edge + 1
