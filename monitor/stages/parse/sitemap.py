"""Sitemaps as a source: Google's news sitemap, plain ones, and the index of several.

The news sitemap is described at https://www.google.com/schemas/sitemap-news/0.9/. A sitemap is an
inventory and no feed: it may list fifty thousand addresses of twenty years. So only what is dated
within a span is taken, the newest first, and what has no date only once it is known what stood
there before.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal
from urllib.parse import unquote

from lxml import etree

from monitor.model import Dropped, Entry, ParsedFeed, Reason, When
from monitor.stages.parse.document import hash_of_fields
from monitor.stages.parse.entry import (
    LINK_SHOWN,
    TITLE_CHARS,
    Facts,
    bounded,
    language_of,
    web_address,
)
from monitor.stages.parse.identity import ALONE, identified, named
from monitor.stages.parse.text import plain

LOOKS_BACK = timedelta(days=10)
MOST_READ = 50_000  # the most the format allows in a file
MOST_BYTES = 52_428_800  # and the largest, unpacked
FIRST_UNDATED = 50
MADE_UP = "The headline was made from the address; the sitemap gives none."

_START = 20_000  # bytes in which the outermost element stands
_MOST_HASHES = 5_000  # remembered of undated addresses
_ENDS = ("end",)
_BARE = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});)")
_DAY_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-]([01]\d)[/-]([0-3]\d)(?=/|-|$)")
_FILE = re.compile(r"\.(?:html?|php|aspx?|cms|ece|jsp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """One address of a sitemap with what is said of it, as written."""

    loc: str
    title: str = ""
    dates: tuple[str, ...] = ()
    language: str = ""
    published: str = ""
    changed: str = ""


Dated = Literal["", "published", "address", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address that a sitemap lists. ``dated``: which date it gives, and how it is known."""

    url: str
    title: str = ""
    at: datetime | None = None
    dated: Dated = ""
    original: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A part of what a sitemap lists, or the sitemaps an index names; ``total`` are all.

    ``problem``: why it is none; ``missing``: what of it could not be read, in a sentence.
    """

    places: tuple[Place, ...] = ()
    indexed: tuple[Place, ...] = ()
    total: int = 0
    problem: str = ""
    missing: str = ""


def inventory(
    body: bytes, *, base_url: str, fetched_at: datetime, start: int = 0, most: int = 10_000
) -> Inventory:
    """List addresses of a sitemap in its order, whatever their dates; never raises.

    A date of publication counts before one in the address, and that before the last change.
    """
    data, cut = _unpacked(body)
    root = _root_of(data[:_START])
    if _is_bomb(data) or root not in {"urlset", "sitemapindex"}:
        return Inventory(problem="The server sent no sitemap.")
    element = "url" if root == "urlset" else "sitemap"
    rows = list(islice(_rows(data, element), MOST_READ + 1))
    missing = [one.detail for one in (*cut, *_too_many(rows))] or _broken_off(data, root)
    rows = rows[:MOST_READ]
    places = tuple(
        place for row in rows[start : start + most]
        if (place := _place(row, base_url, fetched_at)) is not None
    )  # fmt: skip
    if root == "sitemapindex":
        return Inventory(indexed=places, total=len(rows), missing=" ".join(missing))
    return Inventory(places=places, total=len(rows), missing=" ".join(missing))


def _broken_off(data: bytes, root: str) -> list[str]:
    """A sentence where the outermost element is never closed."""
    end = data[-_START:].lower()
    if re.search(rb"</(?:[\w.-]{1,40}:)?%b\s*>|<[^<>]*%b[^<>]*/\s*>" % ((root.encode(),) * 2), end):
        return []
    return ["The sitemap breaks off; what came before was read."]


def _place(row: _Listed, base_url: str, fetched_at: datetime) -> Place | None:
    url = web_address(row.loc, base_url)
    if url is None:
        return None
    title = plain(row.title, is_html=False, most=TITLE_CHARS) or from_address(row.loc)
    inside = _DAY_IN_ADDRESS.search(url)
    written = "-".join(inside.groups()) if inside else ""
    dates: tuple[tuple[Dated, str], ...] = (
        ("published", row.published), ("address", written), ("changed", row.changed),
    )  # fmt: skip
    for dated, text in dates:
        at = _instant(text)
        if at is not None and at <= fetched_at + timedelta(days=1):
            return Place(url=url, title=title, at=at, dated=dated, original=text[:100])
    return Place(url=url, title=title)


def is_sitemap(body: bytes) -> bool:
    """True when the document is a sitemap or an index of them, whatever else may be wrong."""
    return _root_of(_unpacked(body, _START)[0]) in {"urlset", "sitemapindex"}


def children(body: bytes) -> tuple[str, ...]:
    """The sitemaps an index names, the newest first; empty for anything else. Never raises."""
    data, _ = _unpacked(body)
    if _root_of(data[:_START]) != "sitemapindex" or _is_bomb(data):
        return ()
    rows = list(islice(_rows(data, "sitemap"), MOST_READ))
    newest = max((row.dates[0] for row in rows if row.dates), default="")
    # The same date on all says nothing; names with a date or "news" in them do.
    same = all(row.dates and row.dates[0] == newest for row in rows)
    ranked = sorted(rows, key=lambda row: _rank(row, dated=not same), reverse=True)
    return tuple(dict.fromkeys(row.loc for row in ranked if web_address(row.loc, "")))


def parse(
    body: bytes, *, facts: Facts, known: frozenset[str], max_entries: int,
    since: datetime | None = None,
) -> ParsedFeed | Dropped:  # fmt: skip
    """Read a sitemap: the entries dated at ``since`` or later (ten days back), newest first.

    Undated addresses that were not there at the last poll are news; of a first poll only the first
    fifty are taken. An index has no entries of its own and is refused with what it names.
    """
    data, cut = _unpacked(body)
    if _is_bomb(data):
        detail = "The sitemap declares entities as attacks do; it was not parsed."
        return Dropped(reason=Reason.PARSE_LIMIT, detail=detail)
    root = _root_of(data[:_START])
    if root == "sitemapindex":
        return _index(body)
    if root != "urlset":
        return Dropped(reason=Reason.NOT_FEED, detail="The server sent no sitemap.")
    rows = list(islice(_rows(data, "url"), MOST_READ + 1))
    problems = (*cut, *_too_many(rows))
    return _feed(rows[:MOST_READ], facts, known, max_entries, since, problems)


def _feed(
    rows: list[_Listed], facts: Facts, known: frozenset[str], most: int, since: datetime | None,
    problems: tuple[Dropped, ...],
) -> ParsedFeed:  # fmt: skip
    horizon = since or facts.fetched_at - LOOKS_BACK
    entries = [_entry(row, facts) for row in rows]
    dated = [entry for entry in entries if entry.published and entry.published.at >= horizon]
    dated.sort(key=lambda entry: entry.published.at if entry.published else horizon, reverse=True)
    undated = [entry for entry in entries if entry.published is None][:_MOST_HASHES]
    fresh = [entry for entry in [*dated, *undated] if entry.item_hash not in known]
    taken = fresh[:most]
    if not known:
        first = [entry for entry in taken if entry.published is None][FIRST_UNDATED:]
        held = {id(entry) for entry in first}
        taken = [entry for entry in taken if id(entry) not in held]
    left = {entry.item_hash for entry in fresh[most:]}
    return ParsedFeed(
        title="",
        entries=identified(taken),
        hashes=tuple(e.item_hash for e in [*dated, *undated] if e.item_hash not in left),
        newest_at=max((e.published.at for e in entries if e.published), default=None),
        ttl_minutes=None,
        problems=problems,
        truncated=len(left),
    )


def _entry(row: _Listed, facts: Facts) -> Entry:
    url = web_address(row.loc, facts.base_url)
    published = next((when for date in row.dates if (when := _when(date, facts))), None)
    title = plain(row.title, is_html=False, most=TITLE_CHARS)
    # A plain sitemap's date is that of the last change: it moves, and is no edit of the article.
    told = [row.loc, title, published.original if published else ""] if title else [row.loc]
    entry = Entry(
        key="",
        item_hash=hash_of_fields(told),
        guid=None,
        url=url,
        title=title or from_address(row.loc),
        summary="" if title else MADE_UP,
        content_html=None,
        author=None,
        published=published,
        language=language_of(row.language),
        published_original=None if published or not row.dates else row.dates[0][:100],
        unusable_link=None if url else plain(row.loc, is_html=False, most=LINK_SHOWN) or None,
    )
    return replace(named(entry, ALONE), among="")


def from_address(url: str) -> str:
    """Words from the last part of an address that has some: "border-reopens-42" gives them."""
    parts = [_FILE.sub("", unquote(part)) for part in url.partition("://")[2].split("/")[1:]]
    worded = [re.sub(r"[\s_+-]+", " ", part.partition("?")[0]).strip() for part in parts]
    best = next((w for w in reversed(worded) if w.count(" ") >= 2), None)
    words = best or next((w for w in reversed(worded) if w), "")
    said = plain(re.sub(r"^\d{4,} | \d{4,}$", "", words), is_html=False, most=TITLE_CHARS)
    return said[:1].upper() + said[1:]


def _when(date: str, facts: Facts) -> When | None:
    at = _instant(date)
    return None if at is None else bounded(at, date.strip(), facts.fetched_at)


def _instant(date: str) -> datetime | None:
    """A date of the W3C's forms: a day, a minute or a second, with a zone or without."""
    text = date.strip().replace(" ", "T", 1)
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- the document -----------------------------------------------------------------------------


def _unpacked(body: bytes, most: int = MOST_BYTES) -> tuple[bytes, tuple[Dropped, ...]]:
    """The document, inflated where it comes packed (``sitemap.xml.gz``), and cut at its limit."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:most], ()
    inflating = zlib.decompressobj(wbits=31)
    try:
        data = inflating.decompress(body, most)
    except zlib.error:
        return b"", ()
    if not inflating.unconsumed_tail:
        return data, ()
    detail = f"The sitemap is larger than {MOST_BYTES:,} bytes unpacked; the rest was not read."
    return data, (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)


def _escaped(data: bytes) -> bytes:
    """The document with its bare ampersands made proper; in addresses they are a common mistake."""
    return data if b"<![CDATA[" in data else _BARE.sub(b"&amp;", data)


def _is_bomb(data: bytes) -> bool:
    """A sitemap has no use for entities; documents that declare any are attacks."""
    return re.search(rb"<!ENTITY", data[:100_000], re.IGNORECASE) is not None


def _root_of(start: bytes) -> str:
    bare = re.sub(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*>", b"", start, flags=re.DOTALL)
    found = re.search(rb"<(?:[\w.-]{1,40}:)?([A-Za-z]+)", bare)
    return found[1].decode().lower() if found else ""


def _rows(data: bytes, element: str) -> Iterator[_Listed]:
    """What is listed, in order; a document that breaks off gives what came before."""
    parser = etree.iterparse(
        io.BytesIO(_escaped(data)), events=_ENDS, tag=(f"{{*}}{element}", element), recover=True,
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
    )  # fmt: skip
    try:
        for _, node in parser:
            row = _row(node)
            node.clear()
            while node.getprevious() is not None:  # what was read needs no memory
                del node.getparent()[0]
            if row.loc:
                yield row
    except (etree.XMLSyntaxError, ValueError):
        return


def _row(node: etree._Element) -> _Listed:
    """What an entry says of itself; titles and dates of its pictures are none of its own."""
    told: dict[str, str] = {}
    for child in node:
        if isinstance(child.tag, str):  # comments have none
            name = etree.QName(child).localname.lower()
            inside = child.iter() if name == "news" else (child,)
            for part in inside:
                if isinstance(part.tag, str):
                    key = etree.QName(part).localname.lower()
                    told.setdefault(key, (part.text or "").strip())
    dates = [told[name] for name in ("publication_date", "lastmod") if told.get(name)]
    return _Listed(
        loc=told.get("loc", "")[:8_192], title=told.get("title", ""), dates=tuple(dates),
        language=told.get("language", ""), published=told.get("publication_date", ""),
        changed=told.get("lastmod", ""),
    )  # fmt: skip


# --- telling people ---------------------------------------------------------------------------


def _rank(row: _Listed, *, dated: bool) -> tuple[bool, str, tuple[int, ...]]:
    numbers = tuple(int(number) for number in re.findall(r"\d{1,9}", row.loc.rpartition("/")[2]))
    return "news" in row.loc.lower(), (row.dates[0] if row.dates and dated else ""), numbers


def _index(body: bytes) -> Dropped:
    named_ = children(body)
    told = f"; the newest is {named_[0]}" if named_ else ""
    detail = f"The server sent an index of {len(named_)} sitemaps and no entries{told}."
    return Dropped(reason=Reason.NOT_FEED, detail=detail[:500])


def _too_many(rows: Iterable[_Listed]) -> tuple[Dropped, ...]:
    if sum(1 for _ in rows) <= MOST_READ:
        return ()
    detail = f"The sitemap lists more than {MOST_READ:,} addresses; the rest were not read."
    return (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)
