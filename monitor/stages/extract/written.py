"""The dates a page writes of itself: in its head, its structured data, its text. None is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from monitor.model import DatePlace, Written
from monitor.stages.extract.characters import one_line
from monitor.stages.extract.markup import JSON_LD, attribute

_EACH = 3  # of one place: the first is nearly always the article's own
_FIRST_MADE = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"\\]{8,60})"')
_LATER_MADE = re.compile(r'"dateCreated"\s{0,9}:\s{0,9}"([^"\\]{8,60})"')
_HEAD = (
    "//meta[@property='article:published_time' or @name='article:published_time'"
    " or @property='og:article:published_time' or @itemprop='datePublished'"
    " or @name='datePublished' or @name='pubdate' or @name='publish-date'"
    " or @name='parsely-pub-date' or @name='sailthru.date']/@content"
)
# A date under "comments" or "related" is another text's.
_OTHERS = (
    "[not(ancestor::*[contains(@class,'comment') or contains(@id,'comment')"
    " or contains(@class,'related') or contains(@class,'sidebar') or self::aside"
    " or self::footer or self::nav])]"
)
_TIMES = (
    f"//*[@itemprop='datePublished']{_OTHERS}/@datetime",
    f"//*[@itemprop='datePublished' and not(self::meta)]{_OTHERS}/@content",
    f"//time[contains(@class,'publish') or contains(@class,'entry-date')]{_OTHERS}/@datetime",
    f"//time{_OTHERS}/@datetime",
)
_LESS = (
    "//meta[@name='date' or @name='Date' or @name='DC.date' or @name='dc.date'"
    " or @name='dc.Date' or @name='DC.date.issued' or @name='dcterms.date'"
    " or @name='DCTERMS.date' or @name='dcterms.created']/@content"
)


def written(root: HtmlElement) -> tuple[Written, ...]:
    """Return the dates a page writes where dates of publication stand, place by place."""
    blobs = root.xpath(JSON_LD)
    texts = [str(blob)[:500_000] for blob in blobs] if isinstance(blobs, list) else []
    made = [found[1] for text in texts for found in islice(_FIRST_MADE.finditer(text), _EACH)]
    made = made or [found[1] for text in texts for found in islice(_LATER_MADE.finditer(text), 1)]
    times = [text for path in _TIMES for text in islice(attribute(root, path), _EACH)]
    return (
        *_at("meta", islice(attribute(root, _HEAD), _EACH)),
        *_at("json-ld", (one_line(text) for text in made[:_EACH])),
        *_at("time", iter(dict.fromkeys(times))),
        *_at("headline", _beside_headline(root)),
        *_at("search", islice(attribute(root, _LESS), 1)),
    )


def _at(place: DatePlace, texts: Iterator[str]) -> Iterator[Written]:
    return (Written(text=text[:100], place=place) for text in texts if text)


# --- beside the headline --------------------------------------------------------------------

_BEFORE, _AFTER = 6, 14  # runs of text round the headline in which a date is its own
_SHORT = 80
_DATE_LIKE = re.compile(
    r"(?<!\d)(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d"
    r"|\d{1,2}(?:st|nd|rd|th|\.)?,?(?:\sde)?[\s-]{1,2}[^\W\d_]{3,10}\.?,?(?:\sde|\sdel)?[\s-]{1,2}(?:19|20)\d\d"
    r"|[^\W\d_]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d)(?!\d)"
)
_NOT_TEXT = frozenset(["script", "style", "noscript", "template", "option", "select", "svg"])


def _beside_headline(root: HtmlElement) -> Iterator[str]:
    """Yield the short runs of text with a date in them that stand nearest the headline.

    Those below it come before those above: the line with author and date is there.
    """
    headline = _headline(root)
    if headline is None:
        return
    after = islice(_runs(headline, forward=True), _AFTER)
    yield from islice((text for text in after if _is_dated(text)), 2)
    before = islice(_runs(headline, forward=False), _BEFORE)
    yield from islice((text for text in before if _is_dated(text)), 1)


def _headline(root: HtmlElement) -> HtmlElement | None:
    """The first headline with words in it that is not the site's own name at the top."""
    found = [one for one in root.iter("h1") if isinstance(one, HtmlElement)][:9]
    worded = [one for one in found if len(one.text_content().split()) >= 3]
    return next(iter(worded or found), None)


def _is_dated(text: str) -> bool:
    return len(text) <= _SHORT and bool(_DATE_LIKE.search(text))


def _runs(start: HtmlElement, *, forward: bool) -> Iterator[str]:
    """Yield the runs of text after an element, or before it, the nearest first."""
    for element in _beyond(start, forward=forward):
        if isinstance(element.tag, str) and element.tag not in _NOT_TEXT:
            for text in (element.text, element.tail)[:: 1 if forward else -1]:
                said = one_line((text or "")[:300])
                if said:
                    yield said


def _beyond(start: HtmlElement, *, forward: bool) -> Iterator[HtmlElement]:
    """Yield the elements after one, or before it, its own ancestors left out."""
    axis = "following::*" if forward else "preceding::*"
    found = start.xpath(f"({axis})[position() <= 120]" if forward else f"{axis}[position() <= 60]")
    elements = (
        [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []
    )
    return iter(elements if forward else elements[::-1])
