"""What another source may tell of a hole: where to ask, what to take of the answer, what to say.

An outlet's news sitemap lists two days of its own; a Google News query lists headlines of any day.
Only entries dated inside the hole count, and a hole is filled only where a source lists from before
its start to its end: a list that begins later proves nothing of what came before.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from monitor.model import Entry
from monitor.stages import urls
from store.watch import Asked, Hole, HoleState, Source, Why

GOOGLE = "https://news.google.com/rss/search?q={query}&hl=en&gl=PK&ceid=PK:en"
GOOGLE_HOST = "news.google.com"
GOOGLE_MOST = 100
"""A query answers with so many entries at most; with that many, some may be missing."""
MOST_DAYS = 7
"""A query is asked for each of so many days, the newest of a longer hole."""
MOST_SITEMAPS = 3
MOST_TAKEN = 500
"""So many entries of a hole are taken at a time; more wait for its next try."""
SLACK = timedelta(minutes=5)
"""Feed and sitemap may round one instant otherwise; a list that lags further is asked again."""
WAITS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))
"""Between the tries of a hole; after the last it is given up."""

_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_INDEX = re.compile(rb"<(?:\w+:)?sitemapindex[\s>]", re.IGNORECASE)
_OPERATOR = re.compile(r"(?<!\S)(?:when|after|before):\S+")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/-]?(0?[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_SOURCE = re.compile(r"\s+[-\u2013\u2014|]\s+(?:(?!\s[-\u2013\u2014|]\s).){1,60}$")
_SIGNS = re.compile(r"[\W_]+")


# --- where to ask ---------------------------------------------------------------------------


def sitemaps_named(robots: str, site: str) -> tuple[str, ...]:
    """Return the news sitemaps that a robots.txt names, on hosts of ``site`` alone."""
    return _of_news(_SITEMAP_LINE.findall(robots[:500_000]), site)


def is_index(body: bytes) -> bool:
    """Say whether a document may be an index of sitemaps; one that comes packed may be."""
    return body.startswith(b"\x1f\x8b") or _INDEX.search(body[:2000]) is not None


def parts_of(listed: Iterable[str], site: str) -> tuple[str, ...]:
    """Return the parts of an index to ask, in its order, on hosts of ``site`` alone."""
    return tuple(dict.fromkeys(url for url in listed if is_of(url, site)))[:MOST_SITEMAPS]


def _of_news(found: Iterable[str], site: str) -> tuple[str, ...]:
    named = [url for url in found if "news" in _path(url).lower() and is_of(url, site)]
    return tuple(dict.fromkeys(named))[:MOST_SITEMAPS]


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def is_of(url: str, site: str) -> bool:
    """Say whether an address stands on the host ``site`` or below it, or one above it."""
    one, other = (name.removeprefix("www.") for name in (urls.host(_plainly(url)), site))
    return bool(one) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _plainly(url: str) -> str:
    """The address that an older Google News link carries in itself; any other as it is."""
    return urls.unwrapped(url) if urls.host(url) == GOOGLE_HOST else url


def is_public(site: str) -> bool:
    """Say whether a host has a name that a search engine could know; addresses have none."""
    try:
        ipaddress.ip_address(site.strip("[]"))
    except ValueError:
        return "." in site and not site.endswith((".local", ".internal", ".localhost"))
    return False


def queries(hole: Hole, *, site: str, template: str, own: str | None = None) -> tuple[str, ...]:
    """Return the addresses that list ``site``'s headlines of a hole, one a day, the newest first.

    The oldest asks for the day before as well, to show that it reaches back so far. ``own`` is the
    feed's own query, which is asked instead where the feed is one.
    """
    first, last = hole.since_at.astimezone(UTC).date(), hole.until_at.astimezone(UTC).date()
    days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
    spans = [(day if day > first else day - timedelta(days=1), day) for day in days[:MOST_DAYS]]
    return tuple(_query(since, until, site, template, own) for since, until in spans)


def _query(since: date, until: date, site: str, template: str, own: str | None) -> str:
    span = f"after:{since} before:{until + timedelta(days=1)}"
    if own is None:
        return template.replace("{query}", quote(f"site:{site} {span}", safe=""))
    parts = urlsplit(own)
    given = dict(parse_qsl(parts.query))
    asked = " ".join([*_OPERATOR.sub("", given.get("q", "")).split(), span])
    return urlunsplit(parts._replace(query=urlencode(given | {"q": asked})))


def day_in(url: str) -> date | None:
    """Return the day that an address names, as many outlets' do: "/2026/03/10/", "2026-03-10"."""
    found = _DAY.search(_path(url))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


# --- what to take ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What of a source's entries belongs to a hole. ``elsewhere``: of hosts it cannot speak for."""

    inside: tuple[Entry, ...]
    oldest_at: datetime | None
    newest_at: datetime | None
    elsewhere: int = 0
    undated: int = 0


def inside(entries: Iterable[Entry], hole: Hole, *, site: str | None, source: Source) -> Listing:
    """Sort a source's entries; those on other hosts and those without a date are left out.

    A wrapped link of Google's says nothing of its host; the query has named it. ``site`` None: the
    feed is a query itself, and takes any host.
    """
    taken: dict[str, Entry] = {}
    dates: list[datetime] = []
    elsewhere = undated = 0
    for entry in entries:
        wrapped = source == "google-news" and urls.wrapped(entry.url or "")
        if not (wrapped or (entry.url if site is None else is_of(entry.url or "", site))):
            elsewhere += 1
        elif entry.published is None:
            undated += 1
        else:
            dates.append(entry.published.at)
            if hole.since_at <= entry.published.at <= hole.until_at:
                taken.setdefault(entry.url or entry.key, entry)
    return Listing(
        inside=tuple(taken.values()), elsewhere=elsewhere, undated=undated,
        oldest_at=min(dates, default=None), newest_at=max(dates, default=None),
    )  # fmt: skip


def reaches_back(listing: Listing, hole: Hole) -> bool:
    """Say whether the source lists something older than the hole's start."""
    return listing.oldest_at is not None and listing.oldest_at <= hole.since_at


def is_current(listing: Listing, hole: Hole, newest_known_at: datetime | None) -> bool:
    """Say whether the source goes on to the hole's end, or to the newest entry known before it."""
    end = min(hole.until_at, newest_known_at or hole.until_at)
    slack = min(SLACK, (hole.until_at - hole.since_at) / 4)
    return listing.newest_at is not None and listing.newest_at >= end - slack


def shortcomings(listing: Listing, hole: Hole, *, current: bool, more: int) -> str:
    """Say what a source's list leaves open or what was left out of it; empty, where nothing."""
    said = []
    if listing.oldest_at is None:
        said.append("it lists nothing with a date")
    elif not reaches_back(listing, hole):
        said.append(f"it reaches back only to {_moment(listing.oldest_at)}")
    if listing.newest_at is not None and not current:
        said.append(f"it ends at {_moment(listing.newest_at)}")
    if listing.elsewhere:
        said.append(f"{listing.elsewhere} on other hosts were left out")
    if listing.undated:
        said.append(f"{listing.undated} without a date were left out")
    if more:
        said.append(f"{more} more follow with the next try")
    return ", ".join(said)


def _moment(at: datetime) -> str:
    there = at.astimezone(UTC)
    return f"{there:%H:%M} UTC on {there.day} {there:%B}"


def title_keys(title: str) -> set[str]:
    """Return what two spellings of one headline share: whole, and without the outlet's name."""
    keys = {_SIGNS.sub(" ", said).strip().casefold() for said in (title, _SOURCE.sub("", title))}
    return {key for key in keys if key}


def is_known(entry: Entry, known_urls: Collection[str], known_titles: Collection[str]) -> bool:
    """Say whether we have an entry: by its address, or by its headline where a link is wrapped."""
    address = urls.canonical(entry.url) if entry.url else None
    if isinstance(address, str) and address in known_urls:
        return True
    if not urls.wrapped(entry.url or ""):
        return False
    return not title_keys(entry.title).isdisjoint(known_titles)


def together(before: Sequence[Asked], now: Sequence[Asked]) -> tuple[Asked, ...]:
    """Return what each source said in all tries: what it added once stays added."""
    told = {(one.source, one.where): one for one in before}
    for one in now:
        old = told.get((one.source, one.where))
        added = one.added + (old.added if old else 0)
        listed = max(one.listed, old.listed if old else 0)
        covers = one.covers or (old is not None and old.covers)
        told[one.source, one.where] = replace(
            one, added=added, listed=listed, known=max(0, listed - added), covers=covers
        )
    return tuple(told.values())


def standing(
    asked: Sequence[Asked], attempts: int, now: datetime
) -> tuple[HoleState, datetime | None]:
    """How a hole stands after ``attempts`` tries, and when to try again; None: not again."""
    if any(one.covers for one in asked):
        return "filled", None
    again = any(one.again for one in asked) and attempts <= len(WAITS)
    next_try_at = now + WAITS[attempts - 1] if again else None
    if any(one.listed for one in asked):
        return "partly", next_try_at
    return ("open" if again else "unfillable"), next_try_at


# --- what to say ----------------------------------------------------------------------------


def told(hole: Hole, zone: tzinfo) -> str:
    """Say in a few sentences what may be missing, who was asked, and how it stands now."""
    parts = [part for part in (_heard(one) for one in _by_source(hole.asked)) if part]
    head = f"{span(hole.since_at, hole.until_at, zone)} {_loss(hole)}"
    sentence = f"{head}; {'; '.join(parts)}." if parts else f"{head}."
    return " ".join(part for part in (sentence, _ending(hole, zone)) if part)


def span(since: datetime, until: datetime, zone: tzinfo) -> str:
    """Say "Between 10:00 and 14:00 PKT on 20 November"."""
    one, other = since.astimezone(zone), until.astimezone(zone)
    day = f"{other.day} {other:%B}"
    if one.date() == other.date():
        return f"Between {one:%H:%M} and {other:%H:%M} {other.tzname()} on {day}"
    return f"Between {one:%H:%M} on {one.day} {one:%B} and {other:%H:%M} {other.tzname()} on {day}"


def never_seen(known: Why, host: str, zone: tzinfo) -> str:
    """Say why an address may never have been seen, in a few sentences."""
    if not known.feeds and not known.feeds_off:
        add = f"torkham feeds add https://{host}/"
        return f"None of your feeds carries this host; `{add}` would look for one that does."
    off = f"The feeds that carried this host are not asked: {', '.join(known.feeds_off)}."
    parts = [] if known.feeds else [off]
    if known.hole:
        near = f"The nearest gap of its host is in {known.hole.feed}."
        return " ".join([*parts, near, told(known.hole, zone)])
    some = (
        "No gap is known in the feeds that carry its host; perhaps none of them lists its section."
    )
    return " ".join([*parts, some] if known.feeds else parts)


def _loss(hole: Hole) -> str:
    usual = hole.usual or 0
    few = "an item" if usual == 1 else f"up to {usual} items" if usual else "items"
    match hole.why:
        case "possible_gap":
            return f"{few} may have rolled out unseen"
        case "outage":
            return f"it was not read or did not answer, and {few} may have gone by unseen"
        case "asked":
            return "all that could be had was asked for"


def _by_source(asked: Sequence[Asked]) -> list[Asked]:
    """What the addresses of one source said, as one answer."""
    found: dict[Source, Asked] = {}
    for one in asked:
        old = found.get(one.source)
        found[one.source] = one if old is None else replace(
            old,
            listed=old.listed + one.listed, known=old.known + one.known,
            added=old.added + one.added, covers=old.covers or one.covers,
            said=" ".join(dict.fromkeys(said for said in (old.said, one.said) if said)),
        )  # fmt: skip
    return list(found.values())


_NAMES = {"sitemap": "the outlet's news sitemap", "google-news": "a Google News query"}


def _heard(asked: Asked) -> str:
    name = _NAMES[asked.source]
    if not asked.listed:
        said = f": {asked.said}" if asked.said else ""
        return f"{name} listed nothing of that time{said.rstrip('.')}"
    known, added = (f"{n} {'was' if n == 1 else 'were'}" for n in (asked.known, asked.added))
    said = f" ({asked.said.rstrip('.')})" if asked.said else ""
    return f"{name} listed {asked.listed} of that time, {known} known, {added} added{said}"


def _ending(hole: Hole, zone: tzinfo) -> str:
    if hole.state == "filled":
        return ""
    waits = hole.waits
    if hole.state == "open" and not hole.attempts:
        return "Nobody has been asked yet."
    again = ""
    if waits:
        at = hole.next_try_at.astimezone(zone) if hole.next_try_at else None
        again = f"It is asked again {f'from {at:%H:%M} {at.tzname()}' if at else 'soon'}."
    lead = {
        "open": "",
        "partly": "Not all of it is covered.",
        "unfillable": "Nothing covers it." if hole.asked else "There was nobody to ask.",
    }
    return " ".join(part for part in (lead.get(hole.state, ""), again) if part)
