"""JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not read."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
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
    identified,
    key_of,
    language_of,
    web_address,
)
from monitor.stages.parse.text import plain

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
    if not isinstance(items, list) or "jsonfeed" not in str(feed.get("version")):
        return _refused(body, "JSON that is no feed")
    good = [item for item in items if isinstance(item, dict)]
    hashes = [_hash(item) for item in good]
    unseen = [index for index, item_hash in enumerate(hashes) if item_hash not in known]
    left_out = frozenset(unseen[max_entries:])
    ambiguous = _ambiguous(good)
    entries = [
        _entry(good[index], feed, facts, hashes[index], ambiguous[index])
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


def _entry(item: _Item, feed: _Item, facts: Facts, item_hash: str, ambiguous: bool) -> Entry:
    markup, said = _string(item, "content_html"), _string(item, "content_text")
    summary = _string(item, "summary") or said or markup
    link = _string(item, "url") or _string(item, "external_url")
    url, published = web_address(link, facts.base_url), _published(item, facts.fetched_at)
    entry = Entry(
        key="",
        item_hash=item_hash,
        guid=plain(_string(item, "id"), is_html=False, most=URL_CHARS) or None,
        url=url,
        title=_text(item, "title", TITLE_CHARS),
        summary=plain(summary, is_html=summary == markup, most=SUMMARY_CHARS),
        content_html=content_or_none(markup or (said and f"<p>{html.escape(said)}</p>")),
        author=_author(item) or _author(feed),
        published=published,
        language=language_of(_string(item, "language") or _string(feed, "language")),
        published_original=None if published else _text(item, "date_published", 100) or None,
        unusable_link=None if url else plain(link, is_html=False, most=LINK_SHOWN) or None,
    )
    return replace(entry, key=key_of(entry, ambiguous=ambiguous))


def _published(item: _Item, fetched_at: datetime) -> When | None:
    for name in ("date_published", "date_modified"):
        original = _string(item, name)
        try:
            at = datetime.fromisoformat(original.strip())
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        when = bounded(at, original, fetched_at)
        if when is not None:
            return when
    return None


def _author(of: _Item) -> str | None:
    authors = of.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else of.get("author")
    return _text(first, "name", AUTHOR_CHARS) or None if isinstance(first, dict) else None


def _string(of: _Item, name: str) -> str:
    value = of.get(name)
    return str(value) if isinstance(value, (str, int, float)) else ""


def _text(of: _Item, name: str, most: int) -> str:
    return plain(_string(of, name), is_html=False, most=most)


def _hash(item: _Item) -> str:
    return hash_of_fields([json.dumps(item, sort_keys=True, ensure_ascii=True)])


def _ambiguous(items: Sequence[_Item]) -> list[bool]:
    pairs = [
        (_string(item, "id"), _string(item, "url"))
        if _string(item, "id")
        else (_string(item, "url"), _string(item, "title"))
        for item in items
    ]
    counts = Counter(name for name, _ in set(pairs) if name)
    return [counts[name] > 1 for name, _ in pairs]


def _problems(unread: int) -> tuple[Dropped, ...]:
    if not unread:
        return ()
    detail = f"{unread} of the feed's items could not be read and were left out."
    return (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)


def _refused(body: bytes, what: str) -> Dropped:
    start = plain(body[:300].decode("utf-8", "replace"), is_html=False, most=120)
    return Dropped(reason=Reason.NOT_FEED, detail=f"The server sent {what}: {start}")
