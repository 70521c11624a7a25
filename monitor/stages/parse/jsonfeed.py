"""JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not read.

Both versions, and what their authors leave out: an id (the address names the item then), a zone,
an address (an id that is one, or an attached document, leads there instead).
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.model import Dropped, Entry, ParsedFeed, Reason, When
from monitor.stages.parse.document import hash_of_fields
from monitor.stages.parse.entry import (
    AUTHOR_CHARS,
    LINK_SHOWN,
    SUMMARY_CHARS,
    TITLE_CHARS,
    URL_CHARS,
    Facts,
    bounded,
    content_or_none,
    language_of,
    web_address,
)
from monitor.stages.parse.identity import Standing, identified, named, standings
from monitor.stages.parse.text import plain
from monitor.stages.urls import unwrapped

_Item = Mapping[str, Any]


def looks_like_json(body: bytes, content_type: str) -> bool:
    """True when the document is to be read as JSON, whatever it turns out to be."""
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") or (start.startswith(b"[") and "json" in content_type.lower())


def parse(
    body: bytes, *, facts: Facts, known: frozenset[str], max_entries: int
) -> ParsedFeed | Dropped:
    """Read a JSON Feed; any other JSON is no feed, and the refusal shows how it begins."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return _refused(body, "JSON that cannot be read")
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not _is_feed(feed, items):
        return _refused(body, "JSON that is no feed")
    good = [item for item in items if isinstance(item, dict)]
    hashes = [_hash(item) for item in good]
    unseen = [index for index, item_hash in enumerate(hashes) if item_hash not in known]
    left_out = frozenset(unseen[max_entries:])
    standing = standings([_said(item) for item in good])
    entries = [
        _entry(good[index], feed, facts, hashes[index], standing[index])
        for index in unseen[:max_entries]
    ]
    return ParsedFeed(
        title=_text(feed, "title", TITLE_CHARS),
        entries=identified(entries),
        hashes=tuple(one for index, one in enumerate(hashes) if index not in left_out),
        newest_at=max((entry.published.at for entry in entries if entry.published), default=None),
        ttl_minutes=None,
        problems=_problems(len(items) - len(good)),
        truncated=len(left_out),
    )


def _is_feed(feed: _Item, items: list[Any]) -> bool:
    """True by its version; without one, by items that look like those of a feed."""
    version = feed.get("version")
    if version is not None:
        return "jsonfeed" in str(version)[:200]
    known = {"id", "url", "content_html", "content_text", "date_published"}
    return "title" in feed and any(isinstance(i, dict) and len(known & set(i)) > 1 for i in items)


def _entry(item: _Item, feed: _Item, facts: Facts, item_hash: str, standing: Standing) -> Entry:
    markup, said = _string(item, "content_html"), _string(item, "content_text")
    summary = _string(item, "summary") or said or markup
    links = list(_links(item))
    found = (address for link in links if (address := web_address(link, facts.base_url)))
    url, published = next(found, None), _published(item, facts.fetched_at)
    given = _string(item, "url") or _string(item, "external_url")
    entry = Entry(
        key="",
        item_hash=item_hash,
        guid=plain(_string(item, "id"), is_html=False, most=URL_CHARS) or None,
        url=unwrapped(url) if url else None,
        title=_text(item, "title", TITLE_CHARS),
        summary=plain(summary, is_html=summary == markup, most=SUMMARY_CHARS),
        content_html=content_or_none(markup or (said and f"<p>{html.escape(said)}</p>")),
        author=_authors(item) or _authors(feed),
        published=published,
        language=language_of(_string(item, "language") or _string(feed, "language")),
        published_original=None if published else _date_as_written(item),
        unusable_link=None if url else plain(given, is_html=False, most=LINK_SHOWN) or None,
    )
    return named(entry, standing)


def _said(item: _Item) -> tuple[str, str, str]:
    return _string(item, "id"), next(_links(item), ""), _string(item, "title")


def _links(item: _Item) -> Iterator[str]:
    """Where an item may lead, the best first: an address never stands in for one that is given."""
    given = [_string(item, "url"), _string(item, "external_url")]
    if any(given):
        yield from (link for link in given if link)
        return
    name = _string(item, "id")
    if name[:8].lower().startswith(("http://", "https://")):
        yield name
    attached = item.get("attachments")
    for one in attached[:20] if isinstance(attached, list) else ():
        if isinstance(one, dict) and _is_document(one):
            yield _string(one, "url")


def _is_document(attached: _Item) -> bool:
    """Reports are attached as PDFs; sound and pictures are no text to read."""
    kind = _string(attached, "mime_type").lower()
    return kind in {"application/pdf", "text/html"} or _string(attached, "url").endswith(".pdf")


def _published(item: _Item, fetched_at: datetime) -> When | None:
    for name in ("date_published", "date_modified"):
        original = _string(item, name)
        at = _instant(original.strip())
        when = bounded(at, original, fetched_at) if at else None
        if when is not None:
            return when
    return None


def _instant(text: str) -> datetime | None:
    """RFC 3339 as the format asks for, and the mail dates that are sent instead."""
    for reading in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = reading(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _date_as_written(item: _Item) -> str | None:
    return _text(item, "date_published", 100) or _text(item, "date_modified", 100) or None


def _authors(of: _Item) -> str | None:
    """Version 1.1 names several; version 1 one, which some write as plain text."""
    several = of.get("authors")
    given = several[:10] if isinstance(several, list) and several else [of.get("author")]
    names = [_text(a, "name", AUTHOR_CHARS) if isinstance(a, dict) else _bare(a) for a in given]
    return (
        plain(", ".join(name for name in names if name), is_html=False, most=AUTHOR_CHARS) or None
    )


def _bare(author: object) -> str:
    return plain(author, is_html=False, most=AUTHOR_CHARS) if isinstance(author, str) else ""


def _string(of: _Item, name: str) -> str:
    value = of.get(name)
    known = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return str(value) if known else ""


def _text(of: _Item, name: str, most: int) -> str:
    return plain(_string(of, name), is_html=False, most=most)


def _hash(item: _Item) -> str:
    return hash_of_fields([json.dumps(item, sort_keys=True, ensure_ascii=True)])


def _problems(unread: int) -> tuple[Dropped, ...]:
    if not unread:
        return ()
    detail = f"{unread} of the feed's items could not be read and were left out."
    return (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)


def _refused(body: bytes, what: str) -> Dropped:
    start = plain(body[:300].decode("utf-8", "replace"), is_html=False, most=120)
    return Dropped(reason=Reason.NOT_FEED, detail=f"The server sent {what}: {start}")
