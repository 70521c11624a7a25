"""The article in a page. The only module that knows trafilatura."""

from __future__ import annotations

from datetime import datetime, timedelta

import trafilatura
from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

from monitor.model import ArticleText, Dropped, Reason, When, Written
from monitor.stages.extract import markup
from monitor.stages.extract.asides import asides
from monitor.stages.extract.characters import MAX_TEXT_CHARS, clean, cut, decode, not_html, one_line
from monitor.stages.extract.written import written

MAX_PAGE_BYTES = 10_000_000
MAX_ELEMENTS = 60_000  # 100,000 table rows took 82 s and 979 MB; the longest live blogs have 20,000
SHORT_TEXT = 800  # below this the thorough run is worth its time: F1 .924 instead of .920
ENGINE = f"trafilatura {trafilatura.__version__}"


def extract(
    body: bytes,
    *,
    content_type: str,
    url: str,
    fetched_at: datetime,
    feed_title: str = "",
    feed_author: str | None = None,
    feed_published: When | None = None,
) -> ArticleText | Dropped:
    """Return the article in a page, or why there is none. Never raises.

    Title, author and date are the feed's where it has them; title and author else the page's. The
    dates the page writes stand in ``written``, unjudged. At most 200,000 characters of text;
    ``extractor`` says so when more was there.
    """
    if len(body) > MAX_PAGE_BYTES:
        size = f"the page has {len(body):,} bytes, the limit is {MAX_PAGE_BYTES:,}"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=size)
    other = not_html(body, content_type)
    if other is not None:
        return Dropped(reason=Reason.NOT_HTML, detail=f"not a web page: {other}")
    try:
        root = markup.tree(decode(body, content_type=content_type))
        if root is None:
            return Dropped(reason=Reason.NO_TEXT, detail="the page is empty or broken")
        return _article(root, url, fetched_at, feed_title, feed_author, feed_published)
    except (RecursionError, MemoryError):
        return Dropped(
            reason=Reason.PARSE_LIMIT, detail="the page is too large or too deep to read"
        )
    except Exception as problem:  # noqa: BLE001 - whatever trafilatura stumbles over costs one page
        return Dropped(
            reason=Reason.NO_TEXT, detail=f"the page could not be read: {_said(problem)}"
        )


def _said(problem: Exception) -> str:
    return one_line(f"{type(problem).__name__}: {problem}")[:200]


def _article(
    root: HtmlElement,
    url: str,
    fetched_at: datetime,
    title: str,
    author: str | None,
    published: When | None,
) -> ArticleText | Dropped:
    """Return the article of a parsed page, or why there is none."""
    elements = root.xpath("count(//*)")
    if isinstance(elements, float) and elements > MAX_ELEMENTS:
        size = f"the page has {elements:,.0f} elements, the limit is {MAX_ELEMENTS:,}"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=size)
    title = one_line(title) or next(iter(markup.attribute(root, markup.TITLE)), "")
    author = one_line(author) or markup.author(root)
    dates = written(root)
    undated = published is None and not dates
    if not title or undated:  # a quarter of the whole cost, so only for what is missing
        found_title, found_dates = _searched(root, url, fetched_at, dated=not undated)
        title, dates = title or found_title, dates or found_dates
    text, how = _body(root, url, fetched_at)
    if not text:
        return Dropped(reason=Reason.NO_TEXT, detail="no running text was found in the page")
    text = _without_title(text, title)
    return ArticleText(
        title=title,
        body=text,
        author=author or None,
        published=published,
        language=markup.language(root, text),
        extractor=how,
        canonical_link=markup.canonical(root, url),
        written=dates,
        aside=asides(text, root),
    )


def _date_search(latest: datetime) -> dict[str, object]:
    """Return the search's bounds. Without ``max_date`` trafilatura would ask the clock."""
    return {
        "original_date": True,
        "extensive_search": True,  # of ten such days six are right: flagged, and better than none
        "max_date": latest.strftime("%Y-%m-%d"),
    }


def _searched(
    root: HtmlElement, url: str, fetched_at: datetime, *, dated: bool
) -> tuple[str, tuple[Written, ...]]:
    """Return title and date as trafilatura finds them, searching the whole page."""
    bounds = _date_search(fetched_at + timedelta(days=1)) | {"extensive_search": not dated}
    try:
        found = extract_metadata(root, url or None, bounds)
    except Exception:  # noqa: BLE001 - what is missing stays missing
        return "", ()
    day = (Written(text=found.date, place="search"),) if found.date and not dated else ()
    return one_line(found.title), day


def _body(root: HtmlElement, url: str, fetched_at: datetime) -> tuple[str, str]:
    """Return the text and how it was made: fast, and thoroughly where that gave little."""
    text, how = _run(root, url, fetched_at, fast=True), f"{ENGINE} fast"
    if len(text) < SHORT_TEXT:
        thorough = _run(root, url, fetched_at, fast=False)
        if thorough:
            text, how = thorough, f"{ENGINE} full"
    text, was_cut = cut(clean(text))
    return text, f"{how}, cut at {MAX_TEXT_CHARS:,} characters" if was_cut else how


def _without_title(text: str, title: str) -> str:
    """Return the text without its first line where that only repeats the title.

    Many pages hold the headline inside the article; it would stand twice wherever both are shown,
    and be counted twice where both are judged.
    """
    first, _, rest = text.partition("\n")
    repeats = " ".join(first.split()).casefold() == " ".join(title.split()).casefold()
    return rest.lstrip() if repeats and rest.strip() else text


def _run(root: HtmlElement, url: str, fetched_at: datetime, *, fast: bool) -> str:
    """Return trafilatura's text of a copy of the tree, empty when it finds none."""
    return (
        trafilatura.extract(
            root,
            url=url or None,
            fast=fast,
            include_comments=False,
            date_extraction_params=_date_search(fetched_at),
        )
        or ""
    )
