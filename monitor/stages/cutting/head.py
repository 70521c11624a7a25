"""What a page says of itself in its markup, found where `monitor.stages.extract` looks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.model import (
    AUTHOR_NAMES,
    AUTHOR_PROPERTIES,
    DATE_NAMES,
    PUBLISHED_NAMES,
    PUBLISHED_PROPERTIES,
    PageSays,
)
from monitor.stages.cutting.page import Sight

EACH = 3  # of one place
_AFTER, _BEFORE = 14, 6  # runs of text round the headline in which a date is its own
_AFTER_ELEMENTS, _BEFORE_ELEMENTS = 120, 60
_LONGEST = 1_000
_NAMES = frozenset(["og:title", "og:site_name", *AUTHOR_NAMES, *PUBLISHED_NAMES, *DATE_NAMES])
_HELD = frozenset(
    ["og:title", "og:site_name", "og:locale", *AUTHOR_PROPERTIES, *PUBLISHED_PROPERTIES]
)
_OF_OTHERS = re.compile("comment|related|sidebar")
_NOT_OWN = frozenset(["aside", "footer", "nav"])
_NOT_TEXT = frozenset(["script", "style", "noscript", "template", "option", "select", "svg"])
_HEAD = 'meta[content], link[rel="canonical"]'
_YEAR = re.compile(r"(?:19|20)\d\d")
_STATED = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"(?:19|20)\d\d')
_FEW, _MOST = 4, 2_000


def says(page: LexborHTMLParser, seen: Sight) -> PageSays:
    """Return what the page's markup says of itself.

    Its times, and what stands round its headline, are looked at only where no date is stated for
    machines to read.
    """
    metas, canonical = _metas(page)
    held = (one.attributes for one in seen.times if one.tag == "meta")
    metas["published"] += [_one_line(one.get("content")) for one in held]
    stated = any(map(_YEAR.search, metas["published"])) or any(map(_STATED.search, seen.data))
    after, before = ((), ()) if stated else _beside(seen.headlines)
    return PageSays(
        titles=tuple(metas["titles"]),
        sites=tuple(metas["sites"][:1]),
        authors=tuple(metas["authors"]),
        data=tuple(seen.data),
        language=_language(page),
        locale=next(iter(metas["locale"]), ""),
        canonical=canonical,
        published=tuple(dict.fromkeys(metas["published"])),
        times=() if stated else tuple(dict.fromkeys(_times(seen.times))),
        after=after,
        before=before,
        dates=tuple(metas["dates"][:1]),
    )


def _one_line(text: str | None) -> str:
    return " ".join((text or "")[:_LONGEST].split())


def _metas(page: LexborHTMLParser) -> tuple[dict[str, list[str]], str]:
    """The lines of the head by what they are for, and the page's canonical address."""
    found: dict[str, list[str]] = {
        "titles": [], "sites": [], "authors": [], "locale": [], "published": [], "dates": [],
    }  # fmt: skip
    canonical = ""
    top = page.head
    elements = top.css(_HEAD) if top is not None else []
    tags = [one.tag for one in elements]
    if tags.count("meta") < _FEW:  # something has closed the head early
        elements = page.css(_HEAD)
        tags = [one.tag for one in elements]
    for tag, element in zip(tags[:_MOST], elements, strict=False):
        given = element.attributes
        if tag == "link":
            canonical = canonical or _one_line(given.get("href"))
            continue
        place = _place(
            given.get("name") or "", given.get("property") or "", given.get("itemprop") or ""
        )
        text = _one_line(given.get("content")) if place else ""
        if text:
            found[place].append(text)
    return found, canonical


def _place(name: str, held: str, item: str) -> str:
    if name not in _NAMES and held not in _HELD and item != "datePublished":
        return ""  # most lines of a head are for others
    if "og:title" in {name, held}:
        return "titles"
    if "og:site_name" in {name, held}:
        return "sites"
    if name in AUTHOR_NAMES or held in AUTHOR_PROPERTIES:
        return "authors"
    if name in PUBLISHED_NAMES or held in PUBLISHED_PROPERTIES:
        return "published"
    if item == "datePublished":
        return "published"
    if name in DATE_NAMES:
        return "dates"
    return "locale" if held == "og:locale" else ""


def _language(page: LexborHTMLParser) -> str:
    root = page.root
    given = root.attributes if root is not None else {}
    return given.get("lang") or given.get("xml:lang") or ""


def _times(elements: list[LexborNode]) -> Iterator[str]:
    """The times of publication first, then any, three of each; others' are left out."""
    own = [
        (element, given) for element in elements[:200]
        if ((given := element.attributes).get("datetime") or given.get("content"))
        and not _is_of_others(element)
    ]  # fmt: skip
    dated = [given for _, given in own if given.get("itemprop") == "datePublished"]
    named = [
        given for element, given in own
        if element.tag == "time" and _is_published(given.get("class") or "")
    ]  # fmt: skip
    contents = [
        given for element, given in own
        if element.tag != "meta" and given.get("itemprop") == "datePublished"
    ]  # fmt: skip
    every = [given for element, given in own if element.tag == "time"]
    for group, name in (
        (dated, "datetime"), (contents, "content"), (named, "datetime"), (every, "datetime"),
    ):  # fmt: skip
        texts = (_one_line(given.get(name)) for given in group)
        yield from islice((text for text in texts if text), EACH)


def _is_published(named: str) -> bool:
    return "publish" in named or "entry-date" in named


def _is_of_others(element: LexborNode) -> bool:
    """Whether it stands under comments, related stories or beside the article."""
    above = element.parent
    while above is not None and above.tag not in {None, "html", "-undef"}:
        given = above.attributes
        named, own = given.get("class") or "", given.get("id") or ""
        if above.tag in _NOT_OWN or _OF_OTHERS.search(named) or "comment" in own:
            return True
        above = above.parent
    return False


# --- beside the headline --------------------------------------------------------------------


def _beside(headlines: list[LexborNode]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The runs of text after and before the headline: fourteen and six of them."""
    worded = [one for one in headlines[:9] if len(one.text().split()) >= 3]
    headline = next(iter(worded or headlines), None)
    if headline is None:
        return (), ()
    return tuple(islice(_after(headline), _AFTER)), tuple(islice(_before(headline), _BEFORE))


def _after(start: LexborNode) -> Iterator[str]:
    """Each element's own first text and the text after it, in the order of the page."""
    elements, element = 0, _following(start)
    while element is not None and elements < _AFTER_ELEMENTS:
        elements += 1
        if element.tag not in _NOT_TEXT:
            yield from filter(None, (_own_text(element), _tail(element)))
        element = _next_in_order(element)


def _before(start: LexborNode) -> Iterator[str]:
    elements, element, above = 0, _preceding(start), {one.mem_id for one in _ancestors(start)}
    while element is not None and elements < _BEFORE_ELEMENTS:
        if element.mem_id not in above:
            elements += 1
            if element.tag not in _NOT_TEXT:
                yield from filter(None, (_tail(element), _own_text(element)))
        element = _preceding(element)


def _own_text(element: LexborNode) -> str:
    first = element.first_child
    return _text(first) if first is not None and first.is_text_node else ""


def _tail(element: LexborNode) -> str:
    after = element.next
    return _text(after) if after is not None and after.is_text_node else ""


def _text(node: LexborNode) -> str:
    return _one_line((node.text_content or "")[:300])


def _ancestors(element: LexborNode) -> Iterator[LexborNode]:
    above = element.parent
    while above is not None:
        yield above
        above = above.parent


def _sibling(node: LexborNode) -> LexborNode | None:
    after = node.next
    while after is not None and not after.is_element_node:
        after = after.next
    return after


def _child(node: LexborNode) -> LexborNode | None:
    first = node.first_child
    if first is None or first.is_element_node:
        return first
    return _sibling(first)


def _following(node: LexborNode) -> LexborNode | None:
    """The next element that is not inside this one."""
    at: LexborNode | None = node
    while at is not None and at.is_element_node:
        after = _sibling(at)
        if after is not None:
            return after
        at = at.parent
    return None


def _next_in_order(node: LexborNode) -> LexborNode | None:
    return _child(node) or _following(node)


def _preceding(node: LexborNode) -> LexborNode | None:
    """The element that begins last before this one: it may be an ancestor."""
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    if before is None:
        above = node.parent
        return above if above is not None and above.is_element_node else None
    while True:
        last = before.last_child
        while last is not None and not last.is_element_node:
            last = last.prev
        if last is None:
            return before
        before = last
