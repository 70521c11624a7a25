"""What stands in an article's text and is no part of it: boxes of other stories, lists of links.

An extractor keeps a "Read more" line, a box "More on this" or the headlines under an article,
because they look like paragraphs. They are found again here, by where they stood in the page and by
how they read, and are marked: nothing is cut out, since a mark can be wrong and a cut cannot be
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Literal, NamedTuple

from lxml.etree import XPath
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


class _Line(NamedTuple):
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
    return marked(body, _places(root, body) if root is not None else {})


def marked(body: str, places: Mapping[str, Kind]) -> Spans:
    """Return what ``asides`` does, of a text whose lines' places in the page are known.

    ``places`` has them by the ``key`` of the line; a line it does not name was not found there.
    """
    lines = _lines(body, places)
    others = {*_boxed(lines), *_opened(lines), *_lists(lines), *_tail(lines)}
    if len(others) == len(lines):
        return ()
    spans: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if number in others:
            follows = number - 1 in others
            start = spans.pop()[0] if follows and spans else line.start
            spans.append((start, line.end))
    return tuple(spans)


def _lines(body: str, places: Mapping[str, Kind]) -> list[_Line]:
    lines, start = [], 0
    for text in body.split("\n")[:_MOST_LINES]:
        if text.strip():
            kind = places.get(key(text)) if places else None
            lines.append(_Line(start, start + len(text), text, kind))
        start += len(text) + 1
    return lines


def key(text: str) -> str:
    """Return a line as it is compared: list marks, cases and spaces make no difference."""
    return "".join(text.removeprefix("- ").split()).casefold()[:400]


# --- by where it stood ----------------------------------------------------------------------

_BLOCKS = frozenset(
    ["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "dt", "dd", "figcaption", "blockquote",
     "div", "section", "article", "aside", "ul", "ol", "table", "tr", "dl", "figure", "nav",
     "footer", "header", "main", "pre"]
)  # fmt: skip


def _places(root: HtmlElement, body: str) -> dict[str, Kind]:
    """Where each line of the text stands in the page; one that also stands in the article is its.

    Most blocks of a page hold no line of the text: what those are is not asked.
    """
    wanted = {key(line) for line in body.split("\n")[:_MOST_LINES]}
    found: dict[str, Kind] = {}
    links, boxes = _Within(_is_link), _Within(partial(_is_box, most=_MOST_OF_A_BOX * len(body)))
    for block in _leaves(root):
        said = key(_text(block).strip())
        if said not in wanted or not said:
            continue
        kind: Kind = "box" if boxes.holds(block) else _place(block, len(said), links)
        if _RANK[kind] > _RANK.get(found.get(said, ""), -1):
            found[said] = kind
    return found


_STRING = XPath("string()", smart_strings=False)
_RANK = {"own": 2, "link": 1, "box": 0}


def _text(element: HtmlElement) -> str:
    return str(_STRING(element)) if len(element) else element.text or ""


def _leaves(root: HtmlElement) -> Iterator[HtmlElement]:
    """The blocks with no block in them: the next one in the page stands in another."""
    last: HtmlElement | None = None
    for block in root.iter(*_BLOCKS):
        above = block.getparent()
        while above is not None and above is not last and above.tag not in _BLOCKS:
            above = above.getparent()
        if last is not None and above is not last:
            yield last
        last = block
    if last is not None:
        yield last


class _Within:
    """Whether elements, or any that hold them, are of a kind; each is asked once."""

    def __init__(self, is_one: Callable[[HtmlElement], bool]) -> None:
        self._is_one = is_one
        self._known: dict[HtmlElement, bool] = {}

    def holds(self, element: HtmlElement) -> bool:
        """Return whether the element or one that it stands in is of the kind."""
        asked, at = [], element
        while at is not None and at not in self._known and not self._is_one(at):
            asked.append(at)
            at = at.getparent()
        answer = at is not None and self._known.get(at, True)
        self._known.update(dict.fromkeys([*asked, *([] if at is None else [at])], answer))
        return answer


def _place(block: HtmlElement, length: int, links: _Within) -> Kind:
    inside = (link for link in block.iter("a") if _is_link(link))
    words = sum(len("".join(_text(link).split())) for link in inside)
    return "link" if words >= _LINKED * length or links.holds(block) else "own"


def _is_link(element: HtmlElement) -> bool:
    """Whether it leads somewhere else; a note's number and a mark of the same page do not."""
    if element.tag != "a":
        return False
    address = element.get("href") or ""
    return bool(address) and not address.startswith(("#", "mailto:", "tel:"))


def _is_box(element: HtmlElement, *, most: float) -> bool:
    """Whether it is a box of other stories, by tag or by the name the site gives it."""
    return _is_named(element) and _is_small(element, most)


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
        if len(line.text) > _CAPTION or not line.is_opener:
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
