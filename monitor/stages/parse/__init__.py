"""A feed's document becomes its entries.

Half of real feeds change ``lastBuildDate`` alone, and feedparser costs about 100 ms a feed: so the
document is cut into its items by their bytes, each item is hashed, and feedparser is given the
document without the items already known. Where the cut and feedparser disagree about the number of
items, feedparser reads the whole document and has the last word.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import feedparser

from monitor.model import Dropped, Entry, ParsedFeed, Reason
from monitor.stages.parse import document, jsonfeed, listing, sitemap
from monitor.stages.parse.document import Document
from monitor.stages.parse.entry import Facts, feed_title, to_entry, ttl_minutes
from monitor.stages.parse.identity import Standing, identified, standings

__all__ = ["parse_feed"]

# Never the feed's own address: guids like "1" would be completed by it, and all items would be
# others when it changes. Relative links are completed in ``entry``.
_HEADERS = {"content-type": "application/xml; charset=utf-8"}
# A base that completes nothing. Without any, an item's xml:base leaks into the items after it; with
# one, every element costs a urljoin, so it is given only where the document sets a base itself.
_BASED_HEADERS = {**_HEADERS, "content-location": "mailto:nobody"}

# Where it looks for an XML parser first: for one that Python 3 never had, on every path of imports
# and for each document anew. It then takes expat, as it does without.
feedparser.api.PREFERRED_XML_PARSERS = []

_Parsed = Any  # feedparser's dictionaries; the library has no types
_Found = tuple[str, _Parsed, Standing]  # item hash, feedparser's entry, its standing


def parse_feed(
    body: bytes,
    *,
    content_type: str,
    base_url: str,
    known: Collection[str],
    fetched_at: datetime,
    max_entries: int = 2000,
    kind: str = "rss",
    links: str = "",
    since: datetime | None = None,
) -> ParsedFeed | Dropped:
    """Read RSS, RDF, Atom or JSON Feed, a news sitemap or a list page; never raises.

    ``kind`` is that of the ``FeedSpec``; where a sitemap or a page is expected and a feed comes,
    the feed is read. ``links`` says which links of a page are wanted. Of a sitemap entries dated
    ``since`` are taken, by default those of the last ten days.

    ``content_type`` is the header as received, with its charset; ``base_url`` completes relative
    links. ``known`` holds the hashes of items already remembered: those are hashed and not read.
    ``hashes`` lists the items known or taken, so what exceeds ``max_entries`` (``truncated``) comes
    with the next poll. ``newest_at`` is the newest date among the entries read, no date being later
    than a day after ``fetched_at``. Anything but a feed is ``Dropped(NOT_FEED)``; a document that
    declares entities as attacks do is ``Dropped(PARSE_LIMIT)``. A feed without items is a feed.
    """
    facts = Facts(base_url=base_url, fetched_at=fetched_at)
    seen = frozenset(known)
    if kind == "news-sitemap" and sitemap.is_sitemap(body):
        return sitemap.parse(body, facts=facts, known=seen, max_entries=max_entries, since=since)
    if kind == "page" and listing.is_page(body):
        return listing.parse(
            body, content_type=content_type, facts=facts, known=seen, max_entries=max_entries,
            links=links,
        )  # fmt: skip
    if jsonfeed.looks_like_json(body, content_type):
        return jsonfeed.parse(body, facts=facts, known=seen, max_entries=max_entries)
    read = document.read(body, content_type)
    if isinstance(read, Dropped):
        return read
    together = _delta(read, facts, seen, max_entries) if read.regular else None
    return (
        together
        or _whole(read, facts, seen, max_entries)
        or _delta(read, facts, seen, max_entries, apart=True)
        or read.what_it_is()
    )


def _delta(
    read: Document,
    facts: Facts,
    known: frozenset[str],
    max_entries: int,
    *,
    apart: bool = False,
) -> ParsedFeed | Dropped | None:
    """Read the unknown items alone; None when feedparser counts other items than the cut does.

    ``apart`` reads each by itself, whatever the count: the last resort.
    """
    hashes = read.hashes()
    unseen = [index for index, item_hash in enumerate(hashes) if item_hash not in known]
    taken = unseen[:max_entries]
    left_out = frozenset(unseen[max_entries:])
    listed = tuple(item_hash for index, item_hash in enumerate(hashes) if index not in left_out)
    standing = read.standings() if taken else ()
    parsed, entries, problems = _read_items(read, taken, apart=apart)
    if len(entries) != len(taken):
        return None
    found = [
        (hashes[index], entry, standing[index])
        for index, entry in zip(taken, entries, strict=True)
        if entry is not None
    ]
    return _feed(read, parsed, found, facts, listed, problems, truncated=len(left_out))


def _read_items(
    read: Document, taken: Sequence[int], *, apart: bool
) -> tuple[_Parsed | None, list[_Parsed | None], tuple[Dropped, ...]]:
    """What feedparser finds in the items taken; one that breaks it costs itself alone."""
    cut = read.without_items_but(taken)
    parsed = None if apart else _feedparser(cut.data)
    if parsed is not None:
        return parsed, list(parsed.entries), cut.problems
    entries: list[_Parsed | None] = []
    problems: list[Dropped] = []
    for index in taken:
        one = _feedparser(read.without_items_but([index]).data)
        entries.append(one.entries[0] if one is not None and one.entries else None)
        if one is None:
            detail = f"Item {index + 1} of the feed breaks the parser and was left out."
            problems.append(Dropped(reason=Reason.PARSE_LIMIT, detail=detail))
    return _feedparser(read.without_items_but(()).data), entries, tuple(problems)


def _whole(
    read: Document, facts: Facts, known: frozenset[str], max_entries: int
) -> ParsedFeed | Dropped | None:
    """The reading feedparser gives of the whole document; None where it raises instead.

    Items are hashed by what was found in them, since their bytes cannot be told apart.
    """
    cut, beyond = read.first_items(max_entries)
    parsed = _feedparser(cut.data)
    if parsed is None:
        return None
    entries = parsed.entries[:max_entries]
    hashes = tuple(document.hash_of_fields(_fields(entry)) for entry in entries)
    said = [(_said(entry, "id"), _said(entry, "link"), _said(entry, "title")) for entry in entries]
    found = [
        (item_hash, entry, standing)
        for item_hash, entry, standing in zip(hashes, entries, standings(said), strict=True)
        if item_hash not in known
    ]
    truncated = beyond + len(parsed.entries) - len(entries)
    return _feed(read, parsed, found, facts, hashes, cut.problems, truncated=truncated)


def _said(entry: _Parsed, name: str) -> str:
    return str(entry.get(name) or "")


def _fields(entry: _Parsed) -> Iterable[str]:
    yield from (str(dict.get(entry, name, "")) for name in ("id", "link", "title", "summary"))
    yield from (str(dict.get(entry, name, "")) for name in ("published", "updated", "author"))
    yield from (str(content.get("value", "")) for content in entry.get("content", ()))


def _feed(
    read: Document,
    parsed: _Parsed,
    found: Sequence[_Found],
    facts: Facts,
    hashes: tuple[str, ...],
    problems: tuple[Dropped, ...],
    *,
    truncated: int,
) -> ParsedFeed | Dropped:
    if not hashes and not found and not read.is_feed and not (parsed and parsed.version):
        return read.what_it_is()
    channel = parsed.feed if parsed is not None else {}
    entries: list[Entry] = []
    for item_hash, raw, standing in found:
        try:
            entries.append(to_entry(raw, channel, facts, item_hash=item_hash, standing=standing))
        except Exception as error:  # noqa: BLE001 -- feedparser's values may be of any shape
            detail = f"An item could not be read ({type(error).__name__}) and was left out."
            problems += (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)
    dates = [entry.published.at for entry in entries if entry.published is not None]
    return ParsedFeed(
        title=feed_title(channel),
        entries=identified(entries),
        hashes=hashes,
        newest_at=max(dates, default=None),
        ttl_minutes=ttl_minutes(channel),
        problems=read.problems + problems,
        truncated=truncated,
    )


def _feedparser(data: bytes) -> _Parsed | None:
    """The answer feedparser gives, or None where it raises instead of answering."""
    try:
        # Always a stream: given text or bytes, feedparser would open them as an address or a file.
        # Its sanitiser is slow and no defence; markup is cleaned where it is shown.
        return feedparser.parse(
            io.BytesIO(data),
            response_headers=_BASED_HEADERS if b"base=" in data else _HEADERS,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # noqa: BLE001 -- it does raise on some input, with errors of many classes
        return None
