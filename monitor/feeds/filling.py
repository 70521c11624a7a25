"""Filling holes: news sitemaps and Google News queries are asked for what a feed missed.

What they list of that time and we do not know becomes items of the feed, on the road of any other.
A query tells Google an outlet's host name and a span of days, never what the team looks for; it is
asked only where no sitemap covers the hole.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.articles.records import found_entry
from monitor.edge.clock import Clock
from monitor.edge.http import Web
from monitor.edge.overlap import overlapped
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import (
    Dropped,
    Entry,
    Fault,
    Fetched,
    FetchFailed,
    FetchRequest,
    ParsedFeed,
    Reason,
)
from monitor.stages import fill, parse, urls
from monitor.stages.parse import sitemap
from store import feeds, holes
from store.db import Db, StoreError
from store.polls import FeedState, FoundEntry
from store.watch import Asked, Hole, Source

log = logging.getLogger(__name__)

PER_RUN = 12
"""So many holes are asked about in one run of the poll job: the feeds come first."""
AROUND = timedelta(days=3)
"""So far from a hole a headline may stand that a wrapped link repeats."""
BEFORE = timedelta(days=10)
MOST_READ = 5_000
_FOR_GOOD = frozenset(
    {Fault.NOT_FOUND, Fault.GONE, Fault.REFUSED, Fault.ROBOTS, Fault.BLOCKED_ADDRESS}
    | {Fault.SCHEME, Fault.BAD_URL, Fault.TOO_LARGE}
)
_KINDS: Mapping[Source, str] = {"sitemap": "news-sitemap", "google-news": "google-news"}

Heard = ParsedFeed | Dropped | WorkerFault | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What holes are filled with. ``google`` is an address with ``{query}`` in it."""

    web: Web
    workers: Workers
    sources: tuple[Source, ...] = ("sitemap", "google-news")
    google: str = fill.GOOGLE


@dataclass(slots=True, kw_only=True)
class _Case:
    """A hole with its feed, the outlet's own site (None: any), and what was heard of it."""

    hole: Hole
    state: FeedState
    site: str | None
    origin: str
    sitemaps: list[str] = field(default_factory=list)
    heard: list[tuple[Source, str, Heard]] = field(default_factory=list)

    @property
    def covered(self) -> bool:
        """True when a source has listed all of it, from before its start to its end."""
        return any(_covers(self, source, made) for source, _, made in self.heard)


def fill_holes(
    db: Db,
    means: Means,
    *,
    clock: Clock,
    stopped: Callable[[], bool],
    limit: int = PER_RUN,
    only: Sequence[int] | None = None,
) -> dict[str, int]:
    """Ask about the holes that are due and keep what is found; one write a hole.

    Returns how many were asked about, how many are filled now, and how many items that added;
    nothing, where no hole is due or no source may be asked. ``only`` names the holes to look at.
    """
    due = holes.due(db, clock(), limit, only) if means.sources else []
    if not due:
        return {}
    states = {state.spec.key: state for state in feeds.states(db)}
    cases = [_case(db, hole, states[hole.feed]) for hole in due]
    if "sitemap" in means.sources:
        _hear_sitemaps(db, cases, means, stopped)
    if "google-news" in means.sources and not stopped():
        _hear_google(cases, means, stopped)
    counts: Counter[str] = Counter()
    for case in cases:
        if stopped():
            break
        counts.update(_settled(db, case, clock()))
    return dict(counts)


def _case(db: Db, hole: Hole, state: FeedState) -> _Case:
    """Find the outlet's own site: where its newest articles stand, else where its feed does."""
    if state.spec.kind == "google-news":
        return _Case(hole=hole, state=state, site=None, origin="")
    found = [url for url in holes.latest_urls(db, hole.feed) if urls.host(url) != fill.GOOGLE_HOST]
    hosts = Counter(host for host in map(urls.host, found) if host)
    site = hosts.most_common(1)[0][0] if hosts else urls.host(state.spec.url)
    place = next((url for url in found if urls.host(url) == site), state.spec.url)
    parts = urlsplit(place)
    return _Case(hole=hole, state=state, site=site, origin=f"{parts.scheme}://{parts.netloc}")


# --- the outlet's own list ------------------------------------------------------------------


def _hear_sitemaps(
    db: Db, cases: Sequence[_Case], means: Means, stopped: Callable[[], bool]
) -> None:
    """Ask configured sitemaps, else those that robots.txt names; an index, for its parts."""
    own = [case for case in cases if case.site]
    for case in own:
        case.sitemaps = holes.sitemaps_of(db, case.hole.feed, str(case.site))
    _name_sitemaps([case for case in own if not case.sitemaps], means, stopped)
    got = _fetched(_requests(own), means, stopped)
    parts = _parts(got, means, stopped)
    for case in own:
        case.sitemaps = [
            part
            for url in case.sitemaps
            for part in fill.parts_of(parts.get(url, ()), str(case.site)) or (url,)
        ]
    got |= _fetched([r for r in _requests(own) if r.key not in got], means, stopped)
    since = min((case.hole.since_at for case in own), default=None)
    read = _read(got, "sitemap", means, stopped, since=since)
    for case in own:
        case.heard += [("sitemap", url, read[url]) for url in case.sitemaps if url in read]


def _name_sitemaps(cases: Sequence[_Case], means: Means, stopped: Callable[[], bool]) -> None:
    wanted = {f"{case.origin}/robots.txt": case.state.spec.user_agent for case in cases}
    requests = [
        FetchRequest(key=url, url=url, kind="robots", user_agent=agent)
        for url, agent in wanted.items()
    ]
    got = _fetched(requests, means, stopped)
    for case in cases:
        answer = got.get(f"{case.origin}/robots.txt")
        if isinstance(answer, Fetched):
            text = answer.body.decode("utf-8-sig", errors="replace")
            case.sitemaps = list(fill.sitemaps_named(text, str(case.site)))
        if not case.sitemaps and answer is not None:
            case.heard.append(("sitemap", f"{case.origin}/robots.txt", _unnamed(answer)))


def _unnamed(answer: Fetched | FetchFailed) -> Dropped | FetchFailed:
    if isinstance(answer, FetchFailed) and answer.fault not in _FOR_GOOD:
        return answer
    return Dropped(reason=Reason.NOT_FEED, detail="its robots.txt names none")


def _requests(cases: Iterable[_Case]) -> list[FetchRequest]:
    wanted = {url: case.state.spec.user_agent for case in cases for url in case.sitemaps}
    return [
        FetchRequest(key=url, url=url, kind="feed", user_agent=agent)
        for url, agent in wanted.items()
    ]


def _parts(
    got: Mapping[str, Fetched | FetchFailed], means: Means, stopped: Callable[[], bool]
) -> dict[str, tuple[str, ...]]:
    """Return what each index of sitemaps names, the likeliest first."""
    indexes = [a for a in got.values() if isinstance(a, Fetched) and fill.is_index(a.body)]

    def start(answer: Fetched) -> Future[tuple[str, ...]]:
        return means.workers.submit(sitemap.children, answer.body)

    return {
        answer.key: made
        for answer, made in overlapped(indexes, start, stopped=stopped)
        if isinstance(made, tuple)
    }


# --- a query --------------------------------------------------------------------------------


def _hear_google(cases: Sequence[_Case], means: Means, stopped: Callable[[], bool]) -> None:
    """Ask Google for the headlines of holes that no sitemap covers, of outlets with a name."""
    asked: dict[str, list[_Case]] = {}
    for case in cases:
        if case.covered or not (case.site is None or fill.is_public(case.site)):
            continue
        own = case.state.spec.url if case.site is None else None
        for url in fill.queries(case.hole, site=case.site or "", template=means.google, own=own):
            asked.setdefault(url, []).append(case)
    requests = [FetchRequest(key=url, url=url, kind="feed") for url in asked]
    read = _read(_fetched(requests, means, stopped), "google-news", means, stopped)
    for case in {id(case): case for found in asked.values() for case in found}.values():
        answers = [read[url] for url, found in asked.items() if case in found and url in read]
        if answers:
            case.heard.append(("google-news", fill.GOOGLE_HOST, _as_one(answers)))


def _as_one(answers: Sequence[Heard]) -> Heard:
    """Take the answers for the days of one hole together; a failed day is a failed answer."""
    read = [answer for answer in answers if isinstance(answer, ParsedFeed)]
    failed = [answer for answer in answers if not isinstance(answer, ParsedFeed)]
    if failed or not read:
        return failed[0]
    # A full answer is cut off somewhere, so it proves nothing of its span.
    full = sum(len(answer.hashes) >= fill.GOOGLE_MOST for answer in read)
    return replace(
        read[0],
        entries=tuple(entry for answer in read for entry in answer.entries),
        truncated=full + sum(answer.truncated for answer in read),
    )


# --- fetching and reading -------------------------------------------------------------------


def _fetched(
    requests: Sequence[FetchRequest], means: Means, stopped: Callable[[], bool]
) -> dict[str, Fetched | FetchFailed]:
    if not requests:
        return {}
    return {
        outcome.key: outcome
        for outcome in means.web.fetch_all(requests, stopped=stopped)
        if isinstance(outcome, Fetched | FetchFailed)
    }


def _read(
    got: Mapping[str, Fetched | FetchFailed],
    source: Source,
    means: Means,
    stopped: Callable[[], bool],
    *,
    since: datetime | None = None,
) -> dict[str, Heard]:
    """Read what was fetched in children; a failure stands for itself."""
    read: dict[str, Heard] = {
        url: answer for url, answer in got.items() if isinstance(answer, FetchFailed)
    }
    documents = [answer for answer in got.values() if isinstance(answer, Fetched)]

    def start(answer: Fetched) -> Future[ParsedFeed | Dropped]:
        return _parsing(answer, source, means.workers, since)

    for answer, made in overlapped(documents, start, stopped=stopped):
        if made is not None:
            read[answer.key] = made
    return read


def _parsing(
    answer: Fetched, source: Source, workers: Workers, since: datetime | None
) -> Future[ParsedFeed | Dropped]:
    return workers.submit(
        parse.parse_feed,
        answer.body,
        content_type=answer.headers.get("content-type", ""),
        base_url=answer.final_url,
        known=frozenset(),
        fetched_at=answer.fetched_at,
        max_entries=MOST_READ,
        kind=_KINDS[source],
        since=since - BEFORE if since else None,  # what is older proves that a list reaches back
    )


# --- what is kept ---------------------------------------------------------------------------


def _covers(case: _Case, source: Source, made: Heard) -> bool:
    if not isinstance(made, ParsedFeed) or made.truncated:
        return False
    listing = fill.inside(made.entries, case.hole, site=case.site, source=source)
    newest = case.state.newest_entry_at
    return fill.reaches_back(listing, case.hole) and fill.is_current(listing, case.hole, newest)


def _settled(db: Db, case: _Case, now: datetime) -> dict[str, int]:
    """Write what came of one hole. One that breaks us costs itself a try and no other's."""
    try:
        return _settle(db, case, now)
    except StoreError:
        raise
    except Exception as error:
        log.exception("hole %d could not be filled", case.hole.id)
        said = f"What was read could not be kept: {error}"[:300]
        broken = Asked(source="sitemap", where=case.origin, at=now, said=said, again=True)
        return _kept(db, case, [broken], [], now)


def _settle(db: Db, case: _Case, now: datetime) -> dict[str, int]:
    known = _Known(db, case)
    asked: list[Asked] = []
    entries: list[FoundEntry] = []
    for source, where, made in case.heard:
        one, found = _weighed(case, source, where, made, known, now)
        asked.append(one)
        entries += [found_entry(entry) for entry in found]
    return _kept(db, case, asked, entries, now)


def _kept(
    db: Db, case: _Case, asked: Sequence[Asked], entries: Sequence[FoundEntry], now: datetime
) -> dict[str, int]:
    told = fill.together(case.hole.asked, asked)
    state, next_try_at = fill.standing(told, case.hole.attempts + 1, now)
    marked = [replace(entry, key=f"{holes.FILLED}{entry.key}") for entry in entries]
    new = holes.fill(
        db, case.hole.id, marked, state=state, asked=told, next_try_at=next_try_at, now=now
    )
    return {"gaps_asked": 1, "gaps_filled": int(state == "filled"), "gap_items": new}


class _Known:
    """What is known of the entries of one hole: addresses; headlines where links are wrapped."""

    def __init__(self, db: Db, case: _Case) -> None:
        entries = [e for _, _, made in case.heard if isinstance(made, ParsedFeed)
                   for e in made.entries]  # fmt: skip
        addresses = [a for e in entries if isinstance(a := urls.canonical(e.url or ""), str)]
        self.addresses = holes.known_urls(db, addresses)
        self.titles: set[str] = set()
        if any(urls.wrapped(entry.url or "") for entry in entries):
            for title in holes.titles_around(db, case.hole, margin=AROUND):
                self.titles |= fill.title_keys(title)

    def take(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return those that are not known; from now on they are."""
        found: list[Entry] = []
        for entry in entries:
            if not fill.is_known(entry, self.addresses, self.titles):
                self.addresses.add(str(urls.canonical(entry.url or "")))
                self.titles |= fill.title_keys(entry.title)
                found.append(entry)
        return found


def _weighed(
    case: _Case, source: Source, where: str, made: Heard, known: _Known, now: datetime
) -> tuple[Asked, list[Entry]]:
    """Say what one source answered, in numbers and words, and what of it is new."""
    if not isinstance(made, ParsedFeed):
        lasting = isinstance(made, FetchFailed) and made.fault in _FOR_GOOD
        again = not lasting and not isinstance(made, Dropped)
        return Asked(source=source, where=where, at=now, said=made.detail, again=again), []
    listing = fill.inside(made.entries, case.hole, site=case.site, source=source)
    taken = listing.inside[: fill.MOST_TAKEN]
    new = known.take(taken)
    more = len(listing.inside) - len(taken)
    newest = case.state.newest_entry_at
    current = fill.is_current(listing, case.hole, newest)
    return Asked(
        source=source,
        where=where,
        at=now,
        said=fill.shortcomings(listing, case.hole, current=current, more=more),
        listed=len(taken),
        known=len(taken) - len(new),
        added=len(new),
        covers=not more and _covers(case, source, made),
        again=bool(more) or not current,
    ), new
