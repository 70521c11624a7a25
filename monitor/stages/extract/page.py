"""The article in a page. Beside ``rules`` the only module that knows trafilatura."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import trafilatura
from htmldate import find_date
from lxml.html import HtmlElement
from trafilatura import metadata
from trafilatura.settings import Document

from monitor.model import ArticleText, Dropped, Reason, When, Written
from monitor.stages.extract import markup
from monitor.stages.extract.asides import asides
from monitor.stages.extract.authors import authors
from monitor.stages.extract.characters import MAX_TEXT_CHARS, clean, cut, decode, not_html, one_line
from monitor.stages.extract.doubts import is_as_good, is_doubtful
from monitor.stages.extract.headline import headline
from monitor.stages.extract.rules import quick_rules
from monitor.stages.extract.says import says
from monitor.stages.extract.written import written_of

MAX_PAGE_BYTES = 10_000_000
MAX_ELEMENTS = 60_000  # 100,000 table rows took 82 s and 979 MB; the longest live blogs have 20,000
SHORT_TEXT = 800  # below this the thorough run is worth its time: F1 .924 instead of .920
ENGINE = f"trafilatura {trafilatura.__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What was made of a page, and its tree, for who looks at it again; None: it has none."""

    text: ArticleText | Dropped
    root: HtmlElement | None = None


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
    return read(
        body, content_type=content_type, url=url, fetched_at=fetched_at, feed_title=feed_title,
        feed_author=feed_author, feed_published=feed_published,
    ).text  # fmt: skip


def read(
    body: bytes,
    *,
    content_type: str,
    url: str,
    fetched_at: datetime,
    feed_title: str = "",
    feed_author: str | None = None,
    feed_published: When | None = None,
) -> Extracted:
    """Return what ``extract`` does, and the tree of the page it was taken from. Never raises."""
    if len(body) > MAX_PAGE_BYTES:
        size = f"the page has {len(body):,} bytes, the limit is {MAX_PAGE_BYTES:,}"
        return Extracted(text=Dropped(reason=Reason.PARSE_LIMIT, detail=size))
    other = not_html(body, content_type)
    if other is not None:
        refusal = Dropped(reason=Reason.NOT_HTML, detail=f"not a web page: {other}")
        return Extracted(text=refusal)
    root = None
    try:
        root = markup.tree(decode(body, content_type=content_type))
        if root is None:
            empty = Dropped(reason=Reason.NO_TEXT, detail="the page is empty or broken")
            return Extracted(text=empty)
        found = _article(root, url, fetched_at, feed_title, feed_author, feed_published)
        return Extracted(text=found, root=root)
    except (RecursionError, MemoryError):
        refusal = Dropped(
            reason=Reason.PARSE_LIMIT, detail="the page is too large or too deep to read"
        )
    except Exception as problem:  # noqa: BLE001 - whatever trafilatura stumbles over costs one page
        refusal = Dropped(
            reason=Reason.NO_TEXT, detail=f"the page could not be read: {_said(problem)}"
        )
    return Extracted(text=refusal, root=root)


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
    said = says(root)
    title = one_line(title) or headline(said, url)
    dates = written_of(said)
    undated = published is None and not dates
    if not title or undated:  # a quarter of the whole cost, so only for what is missing
        found_title, found_dates = _searched(root, url, fetched_at, dated=not undated)
        title = title or headline(said, url, title=found_title)
        dates = dates or found_dates
    text, how = _body(root, url, fetched_at)
    if not text:
        return Dropped(reason=Reason.NO_TEXT, detail="no running text was found in the page")
    text = without_title(text, title)
    return ArticleText(
        title=title,
        body=text,
        author=one_line(author) or authors(said, url),
        published=published,
        language=markup.language_of(said.language or said.locale, text),
        extractor=how,
        canonical_link=markup.canonical_of(said.canonical, url),
        written=dates,
        aside=asides(text, root),
    )


def _date_search(latest: datetime) -> dict[str, Any]:
    """Return the search's bounds. Without ``max_date`` trafilatura would ask the clock."""
    return {
        "original_date": True,
        "extensive_search": True,  # of ten such days six are right: flagged, and better than none
        "max_date": latest.strftime("%Y-%m-%d"),
    }


def _searched(
    root: HtmlElement, url: str, fetched_at: datetime, *, dated: bool
) -> tuple[str, tuple[Written, ...]]:
    """Return title and date as trafilatura finds them, searching the whole page.

    Its ``extract_metadata`` looks for author, tags and licence too, which costs twice as much.
    """
    bounds = _date_search(fetched_at + timedelta(days=1))
    try:
        found = _told(root)
        found.title = found.title or metadata.extract_title(root)
        address = found.url or metadata.extract_url(root, url or None)
        found.date = None if dated else find_date(root, url=address, **bounds)
        found.clean_and_trim()
    except Exception:  # noqa: BLE001 - what is missing stays missing
        return "", ()
    day = (Written(text=found.date, place="search"),) if found.date else ()
    return one_line(found.title), day


def _told(root: HtmlElement) -> Document:
    """Return what the head and the structured data say; these, broken, say nothing."""
    found = metadata.examine_meta(root)
    try:
        return metadata.extract_meta_json(root, found)
    except Exception:  # noqa: BLE001 - as trafilatura bears it
        return found


def _body(root: HtmlElement, url: str, fetched_at: datetime) -> tuple[str, str]:
    """Return the text and how it was made: fast, and thoroughly where that gave little or amiss."""
    text, how = _run(root, url, fetched_at, fast=True), f"{ENGINE} fast"
    short = len(text) < SHORT_TEXT
    if short or is_doubtful(text, root):
        thorough = _run(root, url, fetched_at, fast=False)
        if thorough and (short or is_as_good(thorough, text)):
            text, how = thorough, f"{ENGINE} full"
    text, was_cut = cut(clean(text))
    return text, f"{how}, cut at {MAX_TEXT_CHARS:,} characters" if was_cut else how


def without_title(text: str, title: str) -> str:
    """Return the text without its first line where that only repeats the title.

    Many pages hold the headline inside the article; it would stand twice wherever both are shown,
    and be counted twice where both are judged.
    """
    first, _, rest = text.partition("\n")
    repeats = " ".join(first.split()).casefold() == " ".join(title.split()).casefold()
    return rest.lstrip() if repeats and rest.strip() else text


def _run(root: HtmlElement, url: str, fetched_at: datetime, *, fast: bool) -> str:
    """Return trafilatura's text of a copy of the tree, empty when it finds none."""
    with quick_rules():
        text = trafilatura.extract(
            root,
            url=url or None,
            fast=fast,
            include_comments=False,
            date_extraction_params=_date_search(fetched_at),
        )
    return text or ""
