"""A page of a known site, cut: where the wrapper fits beyond doubt, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.stages.cutting.head import says
from monitor.stages.cutting.leaving import Leaving, leaving
from monitor.stages.cutting.page import PROSE, Line, Sight, lines, parsed, sight
from monitor.stages.cutting.values import Cut, Wrapper

_LONGEST = 150  # characters of a line that may be furniture
LEAST = 400  # characters; what is shorter is mostly a notice, a teaser or a video's caption
MOST = 200_000
_TIMES_SHORTER, _TIMES_LONGER = 8, 12  # than the shortest and longest lessons
_OUTSIDE = 0.3  # of the text may stand outside more than in the lessons
_NEARBY = 0.05  # and right beside the container, where a lead or a last paragraph may have gone
_CLIMBED = 4  # elements above a paragraph in which the container is sought
_MORE_DROPPED = 0.35  # of the container's characters than in the lessons
_MORE_GUESSED = 0.02  # and in running text, of what was left out for a name boxes often have
_HOLDS = frozenset(["div", "section", "article", "blockquote", "ul", "ol"])
_BARE = _HOLDS | {"li", "span", "br"}
_LOOKED_AT = 500  # elements and texts of a neighbour
_GUESSES = ("[", "header")
"""How selectors begin that go by a part of a name, or by nothing but a heading's tag: a page may
call its text so, "commentary" or a header with the lead, when no lesson did."""
_LINKED = 0.5  # of a text's characters inside links: that is a list
_ALL_LINK = 0.9  # of a line
_MOSTLY_LINK = 0.8
_TEASERS = 6  # headings that are links: that is a list too
_LINK_LINES = 10
_LOCKED = re.compile(r'"isAccessibleForFree"\s{0,9}:\s{0,9}"?(?:false|no)\b', re.IGNORECASE)
_FREE = b"isaccessibleforfree"
_BREAKS_OFF = re.compile(
    r"(?:(?<=.{50})\[?(?:…|\.\.\.)\]?|read more|continue reading|read the full story|full article"
    r"|(?:subscribe|sign in|log in|register) to (?:continue|read|keep)[^.!?]{0,60}"
    r"|this (?:article|story) is for subscribers.{0,60}|weiterlesen|lire la suite|مزید پڑھیں"
    r"|ادامه مطلب|نور ولولئ)[\s.»→>\]]*$",
    re.IGNORECASE,
)
_BREAK_MARKS = (
    "…", "...", "read", "continue", "full article", "keep", "subscribers", "weiterlesen", "lire",
    "مزید", "ادامه", "نور",
)  # fmt: skip
"""One of them is in whatever breaks off; to look for them is ten times sooner than the pattern."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def cut(body: bytes, content_type: str, wrappers: Wrapper | Sequence[Wrapper]) -> Cut | None:
    """Return the text of a page as the first wrapper that fits it cuts it; None: unsure.

    ``body`` is UTF-8. None is said where no container fits or several do, where the text is
    short, long or linked beyond the lessons, where running text stands elsewhere in the page, and
    where it is closed to readers. Never raises.
    """
    if content_type and "html" not in content_type.lower():
        return None
    known = [wrappers] if isinstance(wrappers, Wrapper) else wrappers
    page = parsed(body)
    if page is None:
        return None
    try:
        for wrapper in known:
            seen = sight(page, wrapper.container)
            if len(seen.containers) == 1:
                return _cut(page, seen, wrapper)
    except (SelectolaxError, ValueError, RecursionError, MemoryError):
        return None
    return None


def contained(page: LexborHTMLParser, selector: str) -> LexborNode | None:
    """Return the one element that has the selector; None where there is none or another."""
    found = page.css(selector)
    return found[0] if len(found) == 1 else None


def _cut(page: LexborHTMLParser, seen: Sight, wrapper: Wrapper) -> Cut | None:
    container = seen.containers[0]
    said = says(page, seen)
    if not wrapper.closed and any(map(_LOCKED.search, said.data)):
        return None
    others = _outside(seen.paragraphs, container)  # before what is left out is freed
    outside = sum(said for said, _ in others) + _beside(container)
    found = lines(
        container,
        leaving(wrapper.drop),
        leaving(wrapper.boxes) if wrapper.boxes else None,
        _guesses(wrapper.drop),
    )
    taken = kept(found.lines, wrapper)
    if not taken:
        return None
    size = sum(len(line.text) for line in taken)
    body = _joined(taken)
    if "\ufffd" in body:
        return None  # it is in another encoding than it says
    if found.gone > (wrapper.dropped + _MORE_DROPPED) * (found.gone + size):
        return None
    if found.guessed > (wrapper.dropped + _MORE_GUESSED) * (found.gone + size):
        return None
    if not _is_sure(taken, size, wrapper) or outside > wrapper.outside + _OUTSIDE * size:
        return None
    bound = wrapper.outside + _NEARBY * size
    if outside > bound and _nearby(others, container) > bound:
        return None
    return Cut(
        body=body,
        places=_places(taken),
        links=found.links,
        teasers=frozenset(line.text for line in taken if _is_teaser(line)),
        says=said,
        wrapper=wrapper,
    )


@lru_cache(maxsize=512)
def _guesses(drop: tuple[str, ...]) -> Leaving:
    return leaving(tuple(one for one in drop if one.startswith(_GUESSES)))


def _is_teaser(line: Line) -> bool:
    return line.heading and line.linked > 0 and len(line.text.split()) > 2


def kept(found: list[Line], wrapper: Wrapper) -> list[Line]:
    """Return the lines that are text: no furniture, no lines that are links, no last headings."""
    alone = [line.linked > 0 and is_link(line) for line in found]
    if _is_list(found, alone):
        return []
    taken = found
    if not wrapper.keeps_links:
        taken = [line for line, linked in zip(found, alone, strict=True) if not linked]
    if wrapper.furniture:
        known = frozenset(wrapper.furniture)
        taken = [line for line in taken if len(line.text) > _LONGEST or line.key not in known]
    while taken and taken[-1].heading:
        taken = taken[:-1]
    return taken


def _is_list(found: list[Line], alone: list[bool]) -> bool:
    """Whether what stands in the container are the headlines of other pages.

    ``alone`` says of each line whether it is a link and nothing else.
    """
    links = sum(alone)
    if links >= _TEASERS:
        headings = (line.heading for line, linked in zip(found, alone, strict=True) if linked)
        if sum(headings) >= _TEASERS:
            return True
    return links >= _LINK_LINES and 2 * links >= len(found)


def is_link(line: Line) -> bool:
    """Return whether a line is a link and nothing else."""
    return line.linked > 0 and line.linked >= _ALL_LINK * line.letters


def is_closed(body: bytes) -> bool:
    """Return whether a page says of itself that it is not free to read."""
    if _FREE not in body.lower():  # a plain search is thirty times sooner than the pattern's
        return False
    return _LOCKED.search(body.decode("utf-8", "replace")) is not None


def prose_outside(paragraphs: list[LexborNode], container: LexborNode) -> int:
    """Return how many characters of running text stand in paragraphs outside the container.

    Text beside it that is broken into lines and not into paragraphs counts as well.
    """
    return sum(said for said, _ in _outside(paragraphs, container)) + _beside(container)


def _outside(
    paragraphs: list[LexborNode], container: LexborNode
) -> list[tuple[int, LexborNode]]:  # fmt: skip
    """The paragraphs of running text that do not stand in it, each with its characters."""
    inside = {one.mem_id for one in container.css("p")}
    sizes = (
        (len(one.text().strip()), one) for one in paragraphs if one.mem_id not in inside
    )  # fmt: skip
    return [(said, one) for said, one in sizes if said >= PROSE]


def _nearby(others: list[tuple[int, LexborNode]], container: LexborNode) -> int:
    """Characters of those that stand beside the container, or beside what holds it."""
    above = [one.mem_id for one in islice(_above(container), _CLIMBED - 1)]
    size = 0
    for said, one in others:
        chain = [part.mem_id for part in islice(_above(one), _CLIMBED)]
        if chain and above and (chain[0] in above or above[0] in chain):
            size += said
    return size


def _above(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None and above.tag not in {"body", "html"}:
        yield above
        above = above.parent


def _beside(container: LexborNode) -> int:
    """Characters of running text in the neighbours of an element that is in no paragraph."""
    above, size = container.parent, 0
    for one in above.iter() if above is not None else ():
        if one.tag in _HOLDS and one.mem_id != container.mem_id and len(one.text()) >= LEAST:
            for part in islice(one.traverse(include_text=True), _LOOKED_AT):
                if part.is_text_node and part.parent is not None and part.parent.tag in _BARE:
                    said = len((part.text_content or "").strip())
                    size += said if said >= PROSE else 0
    return size


def _is_sure(taken: list[Line], size: int, wrapper: Wrapper) -> bool:
    if not LEAST <= size <= MOST:
        return False
    if (
        size * _TIMES_SHORTER < wrapper.shortest
        or size > _TIMES_LONGER * wrapper.longest + MOST / 8
    ):
        return False
    if sum(line.linked for line in taken) > _LINKED * size:
        return False
    if breaks_off(taken[-1].text[-160:]):
        return False
    return is_right_to_left("".join(line.text for line in taken[:8])) == wrapper.rtl


def breaks_off(end: str) -> bool:
    """Return whether a text ends as those do that go on elsewhere: "… Read more"."""
    folded = end.casefold()
    return any(mark in folded for mark in _BREAK_MARKS) and _BREAKS_OFF.search(end) is not None


def is_right_to_left(text: str) -> bool:
    """Return whether most of a text's letters are of scripts that run from right to left."""
    start = text[:600]
    return not start.isascii() and len(_RIGHT_TO_LEFT.findall(start)) * 2 > len(
        "".join(start.split())
    )


def _joined(taken: list[Line]) -> str:
    return "\n".join(f"- {line.text}" if line.item else line.text for line in taken)


def _places(taken: list[Line]) -> tuple[tuple[int, int, Literal["link", "box"]], ...]:
    """Where lines stand that are links for the most part, or in boxes of other stories."""
    found: list[tuple[int, int, Literal["link", "box"]]] = []
    start = 0
    for line in taken:
        end = start + len(line.text) + 2 * line.item
        if line.boxed:
            found.append((start, end, "box"))
        elif line.linked and line.linked >= _MOSTLY_LINK * line.letters:
            found.append((start, end, "link"))
        start = end + 1
    return tuple(found)
