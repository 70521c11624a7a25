"""What a page's markup says of it, read off its tree in one walk for each kind of element."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from monitor.model import (
    AUTHOR_NAMES,
    AUTHOR_PROPERTIES,
    DATE_NAMES,
    PUBLISHED_NAMES,
    PUBLISHED_PROPERTIES,
    PageSays,
)
from monitor.stages.extract.characters import one_line
from monitor.stages.extract.written import AFTER, BEFORE, EACH

LONGEST = 500_000  # characters of a block of structured data
_DATED = XPath("//*[@itemprop='datePublished']")
_NOT_TEXT = frozenset(["script", "style", "noscript", "template", "option", "select", "svg"])


def says(root: HtmlElement) -> PageSays:
    """Return what a page's markup says of it, each line clean, in the order of the page."""
    head = _Head(root)
    title = head.of(lambda name, what, _: "og:title" in {name, what}, one=True)
    headline = _headline(root)
    return PageSays(
        titles=tuple(title),
        sites=tuple(head.of(lambda name, what, _: "og:site_name" in {name, what}, one=True)),
        authors=tuple(
            head.of(lambda name, what, _: name in AUTHOR_NAMES or what in AUTHOR_PROPERTIES)
        ),
        data=tuple(_data(root)),
        language=root.get("lang") or root.get("xml:lang") or "",
        locale=next(head.of(lambda _, what, __: what == "og:locale"), ""),
        canonical=next(_canonical(root), ""),
        published=tuple(islice(head.of(_is_published), EACH)),
        times=tuple(dict.fromkeys(_times(root))),
        after=tuple(islice(_runs(headline, forward=True), AFTER)) if headline is not None else (),
        before=tuple(islice(_runs(headline, forward=False), BEFORE))
        if headline is not None
        else (),
        dates=tuple(islice(head.of(lambda name, _, __: name in DATE_NAMES), 1)),
    )


def _is_published(name: str, what: str, item: str) -> bool:
    return name in PUBLISHED_NAMES or what in PUBLISHED_PROPERTIES or item == "datePublished"


class _Head:
    """The lines of a page's head, wherever they stand: name, property, itemprop and content."""

    def __init__(self, root: HtmlElement) -> None:
        self._lines = [
            (
                one.get("name") or "",
                one.get("property") or "",
                one.get("itemprop") or "",
                one.get("content"),
            )
            for one in root.iter("meta")
        ]

    def of(self, fits: Callable[[str, str, str], bool], *, one: bool = False) -> Iterator[str]:
        """Yield the contents of lines that fit, empty ones left out; of the first alone."""
        found = (said for *names, said in self._lines if fits(*names))
        return _clean(islice(found, 1 if one else None))


def _clean(texts: Iterable[str | None]) -> Iterator[str]:
    return filter(None, (one_line(text) for text in texts if text))


def _data(root: HtmlElement) -> Iterator[str]:
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            yield from (text[:LONGEST] for text in script.itertext())


def _canonical(root: HtmlElement) -> Iterator[str]:
    return _clean(one.get("href") for one in root.iter("link") if one.get("rel") == "canonical")


# --- dates in the text ----------------------------------------------------------------------


def _times(root: HtmlElement) -> Iterator[str]:
    """Yield what elements of time say, those of publication first; another text's are left out."""
    found = _DATED(root)
    named = (
        [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []
    )
    named = [one for one in named if not _is_others(one)]
    times = [one for one in root.iter("time") if not _is_others(one)]
    first = [one for one in times if _is_of_publication(one.get("class") or "")]
    for said in (
        (one.get("datetime") for one in named),
        (one.get("content") for one in named if one.tag != "meta"),
        (one.get("datetime") for one in first),
        (one.get("datetime") for one in times),
    ):
        yield from islice(_clean(said), EACH)


def _is_of_publication(name: str) -> bool:
    return "publish" in name or "entry-date" in name


def _is_others(element: HtmlElement) -> bool:
    """Whether it stands under comments or related stories: its date is another text's."""
    for above in element.iterancestors():
        if above.tag in {"aside", "footer", "nav"} or "comment" in (above.get("id") or ""):
            return True
        name = above.get("class") or ""
        if "comment" in name or "related" in name or "sidebar" in name:
            return True
    return False


# --- beside the headline --------------------------------------------------------------------


def _headline(root: HtmlElement) -> HtmlElement | None:
    """The first headline with words in it that is not the site's own name at the top."""
    found = list(islice(root.iter("h1"), 9))
    worded = (one for one in found if len(one.text_content().split()) >= 3)
    return next(worded, next(iter(found), None))


def _runs(start: HtmlElement, *, forward: bool) -> Iterator[str]:
    """Yield the runs of text after an element, or before it, the nearest first."""
    elements = islice(_following(start), 120) if forward else islice(_preceding(start), 60)
    for element in elements:
        if element.tag not in _NOT_TEXT:
            for text in (element.text, element.tail)[:: 1 if forward else -1]:
                said = one_line((text or "")[:300])
                if said:
                    yield said


def _following(start: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements after one, its own left out, in the order of the page."""
    for level in (start, *start.iterancestors()):
        for sibling in level.itersiblings():
            yield from sibling.iter("*")


def _preceding(start: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements before one, those that hold it left out, the nearest first."""
    for level in (start, *start.iterancestors()):
        for sibling in level.itersiblings(preceding=True):
            yield from reversed(list(sibling.iter("*")))
