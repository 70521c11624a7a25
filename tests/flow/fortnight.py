"""Two weeks of a made-up press on a clock of the test's, with the faults that feeds have.

A feed shows the newest entries of its window as they stand at the clock. The simulation remembers
which entries any answer of its listed, so it knows what nobody can have seen: that is what the
product must admit to. Every outlet and event is invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from monitor.app import App
from store import feeds, ledger
from store.polls import FeedState
from tests.flow.newsroom import Handler, Hands, Installation, Newsroom, Story, prose

BEGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
DAYS = 14
TICK = timedelta(minutes=30)
BUSY = range(4, 18)  # hours of UTC in which the invented newsrooms write
CHALLENGE = (
    "<!doctype html><html><head><title>Our new site</title></head><body><h1>We have moved</h1>"
    "<p>Welcome to our redesigned front page. Pick a section to begin.</p></body></html>"
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Between two instants a feed answers otherwise: "html", "error", "drop"."""

    kind: str
    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(kw_only=True)
class Press:
    """How one feed behaves. ``entry`` says how its entries look at an instant."""

    key: str
    each_day: int
    window: int = 20
    bursts: tuple[datetime, ...] = ()  # fifty entries within ten minutes
    ends_at: datetime | None = None  # nothing is written after; the feed answers as ever
    faults: tuple[Fault, ...] = ()
    pinned: bool = False  # its first entry stays on top for ever
    entry: Callable[[Story, int, datetime, Newsroom], str] | None = None


def at(day: int, hour: float = 0.0) -> datetime:
    """Return an instant of the fortnight, days counted from 1."""
    return BEGIN + timedelta(days=day - 1, hours=hour)


class Fortnight(Newsroom):
    """The newsroom, its feeds bound to a clock."""

    def __init__(self, presses: tuple[Press, ...], clock: Hands, *, sitemap: bool = False) -> None:
        super().__init__()
        self.clock = clock
        self.presses = {press.key: press for press in presses}
        self.listed: dict[str, set[str]] = {key: set() for key in self.presses}
        for number, press in enumerate(presses):
            self._write(press, random.Random(number))  # noqa: S311 - the same on every run
            self.answers[f"/feed/{press.key}"] = self._answer_of(press)
        if sitemap:
            for press in presses:
                self.answers[f"/sitemap/{press.key}"] = self._sitemap_of(press)

    # --- what is written ---------------------------------------------------------------------

    def _write(self, press: Press, draw: random.Random) -> None:
        moments = [m for day in range(DAYS) for m in self._day(press, day, draw)]
        moments += [b + timedelta(seconds=12 * n) for b in press.bursts for n in range(50)]
        for moment in sorted(moments):
            if press.ends_at is None or moment < press.ends_at:
                self._publish_at(press, moment)

    def _day(self, press: Press, day: int, draw: random.Random) -> list[datetime]:
        return [
            BEGIN + timedelta(days=day, hours=draw.choice(BUSY), seconds=draw.randrange(3600))
            for _ in range(press.each_day)
        ]

    def _publish_at(self, press: Press, moment: datetime) -> None:
        number = next(self._numbers)
        body = prose(number, on_topic=False, sentences=13)
        opening = body.split(", and ")[0]
        story = Story(
            feed=press.key,
            slug=f"{number}-news",
            title=f"{opening} ({number})",
            body=body,
            summary=body.split(". ")[0] + ".",
            published_at=moment.replace(microsecond=0),
        )
        self.stories.setdefault(press.key, []).append(story)

    def written(self, key: str, until: datetime | None = None) -> list[Story]:
        """Return what a feed had published by then, oldest first."""
        until = until or self.clock()
        return [s for s in self.stories.get(key, []) if s.published_at <= until]

    def missed(self, key: str) -> list[Story]:
        """Return what was published and stood in no answer at all, and is not in the feed now."""
        current = {story.slug for story in self._window(self.presses[key])}
        seen = self.listed[key] | current
        return [story for story in self.written(key) if story.slug not in seen]

    def feeds(self) -> list[dict[str, Any]]:
        """Return the feeds as feeds.yaml has them; a sitemap waits, disabled, for a gap to fill."""
        named = [
            {"key": key, "url": f"{self.base}/feed/{key}", "outlet": key.title(), "every": "30m"}
            for key in self.presses
        ]
        maps = [
            {"key": f"{key}-map", "url": f"{self.base}/sitemap/{key}", "outlet": key.title(),
             "kind": "news-sitemap", "enabled": False}
            for key in self.presses
            if f"/sitemap/{key}" in self.answers
        ]  # fmt: skip
        return named + maps

    # --- what is answered --------------------------------------------------------------------

    def _window(self, press: Press) -> list[Story]:
        written = self.written(press.key)
        newest = written[::-1][: press.window]
        if press.pinned and written:
            newest = [written[0], *(story for story in newest if story is not written[0])]
        return newest[: press.window]

    def _answer_of(self, press: Press) -> Callable[[Handler], None]:
        def answer(handler: Handler) -> None:
            now = self.clock()
            fault = next((f.kind for f in press.faults if f.holds(now)), None)
            if fault == "html":
                handler.say(200, CHALLENGE, "text/html; charset=utf-8")
            elif fault == "error":
                handler.say(500, "<h1>Internal error</h1>")
            elif fault == "drop":
                handler.close_connection = True  # nothing at all is said
            else:
                window = self._window(press)
                self.listed[press.key] |= {story.slug for story in window}
                handler.say(200, self._document(press, window), "application/rss+xml")

        return answer

    def _document(self, press: Press, window: list[Story]) -> str:
        write = press.entry or plain
        entries = "".join(write(story, n, self.clock(), self) for n, story in enumerate(window))
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{press.key}</title><link>{self.base}/{press.key}/</link>"
            f"<description>-</description>{entries}</channel></rss>"
        )

    def _sitemap_of(self, press: Press) -> Callable[[Handler], None]:
        def answer(handler: Handler) -> None:
            since = self.clock() - timedelta(hours=48)
            urls = "".join(
                f"<url><loc>{self.url(s)}</loc><news:news><news:publication>"
                f"<news:name>{press.key}</news:name><news:language>en</news:language>"
                "</news:publication><news:publication_date>"
                f"{s.published_at.isoformat()}</news:publication_date>"
                f"<news:title>{escape(s.title)}</news:title></news:news></url>"
                for s in self.written(press.key)
                if s.published_at >= since
            )
            handler.say(
                200,
                '<?xml version="1.0" encoding="UTF-8"?><urlset '
                'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
                f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>',
                "application/xml",
            )

        return answer


# --- how entries look -----------------------------------------------------------------------


def _item(story: Story, *, guid: str, link: str, title: str = "", dated: bool = True) -> str:
    date = f"<pubDate>{format_datetime(story.published_at)}</pubDate>" if dated else ""
    return (
        f'<item><guid isPermaLink="false">{escape(guid)}</guid><link>{escape(link)}</link>'
        f"<title>{escape(title or story.title)}</title>"
        f"<description>{escape(story.summary)}</description>{date}</item>"
    )


def plain(story: Story, _place: int, _now: datetime, room: Newsroom) -> str:
    return _item(story, guid=room.url(story), link=room.url(story))


def guid_scheme(story: Story, _place: int, now: datetime, room: Newsroom) -> str:
    """The guid is the address, and its scheme changes on the fifth day."""
    url = room.url(story)
    return _item(story, guid=url.replace("http:", "https:") if now >= at(5, 9) else url, link=url)


def guid_host(story: Story, _place: int, now: datetime, room: Newsroom) -> str:
    """The content system moves: guids and links name another host from the sixth day on."""
    url = room.url(story)
    moved = url.replace("127.0.0.1", "localhost") if now >= at(6, 10) else url
    return _item(story, guid=moved, link=moved)


def guid_query(story: Story, place: int, now: datetime, room: Newsroom) -> str:
    """Guid and link carry a tracking query that is another one on every day."""
    url = f"{room.url(story)}?utm_source=rss&utm_campaign=d{now:%d}&utm_content={place}"
    return _item(story, guid=url, link=url)


def guid_same(story: Story, _place: int, _now: datetime, room: Newsroom) -> str:
    """One guid for all."""
    return _item(story, guid="article", link=room.url(story))


def edited(story: Story, _place: int, now: datetime, room: Newsroom) -> str:
    """Headlines are edited three hours after they were first published."""
    late = now - story.published_at > timedelta(hours=3)
    title = f"{story.title}, the desk adds" if late else story.title
    return _item(story, guid=room.url(story), link=room.url(story), title=title)


def undated(story: Story, _place: int, _now: datetime, room: Newsroom) -> str:
    return _item(story, guid=room.url(story), link=room.url(story), dated=False)


CLEAN = (
    Press(key="steady", each_day=10),
    Press(key="bursty", each_day=12),
    Press(key="flaky", each_day=40),
    Press(key="quiet", each_day=6),
    Press(key="redesigned", each_day=10),
    Press(key="scheme", each_day=8),
    Press(key="moving", each_day=8),
    Press(key="tracked", each_day=8),
    Press(key="guidless", each_day=8),
    Press(key="editing", each_day=8, entry=edited),
    Press(key="undated", each_day=8, entry=undated),
    Press(key="pinning", each_day=8, pinned=True),
)

FAULTY = (
    Press(key="steady", each_day=10),
    Press(key="bursty", each_day=12, bursts=(at(3, 8.3), at(8, 13.1), at(12, 2.2))),
    Press(
        key="flaky", each_day=40,
        faults=(
            Fault(kind="error", since=at(4, 5), until=at(4, 16)),
            Fault(kind="drop", since=at(7, 6), until=at(7, 17)),
        ),
    ),
    Press(key="quiet", each_day=6, ends_at=at(6)),
    Press(
        key="redesigned", each_day=10,
        faults=(Fault(kind="html", since=at(7, 3), until=at(10, 12)),),
    ),
    Press(key="scheme", each_day=8, entry=guid_scheme),
    Press(key="moving", each_day=8, entry=guid_host),
    Press(key="tracked", each_day=8, entry=guid_query),
    Press(key="guidless", each_day=8, entry=guid_same),
    Press(key="editing", each_day=8, entry=edited),
    Press(key="undated", each_day=8, entry=undated),
    Press(key="pinning", each_day=8, pinned=True, bursts=(at(9, 7.4),)),
)  # fmt: skip

DARK = Fault(kind="dark", since=at(10, 14), until=at(11, 9))
"""The third outage is the service's own: nothing is asked for nineteen hours."""


# --- the run --------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Watched:
    """What was seen of the product while the fortnight went by."""

    conditions: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    unbalanced: list[datetime] = field(default_factory=list)

    def note(self, now: datetime, states: list[FeedState]) -> None:
        for state in states:
            line = self.conditions.setdefault(state.spec.key, [])
            if not line or line[-1][1] != state.condition:
                line.append((now, state.condition))

    def times(self, key: str, condition: str) -> list[datetime]:
        return [when for when, what in self.conditions.get(key, []) if what == condition]


def live(
    room: Fortnight, place: Installation, *, dark: Fault | None = None, **sections: Any
) -> Watched:
    """Run poll, harvest and judge whenever a feed is due, for two weeks of the clock."""
    place.configure(feeds=room.feeds(), **sections)
    watched = Watched()
    allow = frozenset({("127.0.0.1", room.port), ("localhost", room.port)})
    # The store stays open: else each of five thousand closings is the last, which folds the journal
    # back into the file (a seventh of the processor, a quarter of the time).
    with place.app(room.clock, allow=allow) as app, closing(app.open_store()):
        while room.clock() < at(DAYS + 1):
            watched_tick(app, room, watched)
            room.clock.at = _next(app, room.clock(), dark)
    return watched


def watched_tick(app: App, room: Fortnight, watched: Watched) -> None:
    for job in ("poll", "harvest", "judge"):
        app.run_job(job)
    with app.open_store() as db:
        watched.note(room.clock(), feeds.states(db))
        books = ledger.ledger(db)
        parts = books.waiting + books.queued + books.rejected + books.duplicate
        parts += sum(books.dropped.values()) + sum(books.failed.values())
        if books.found != parts:
            watched.unbalanced.append(room.clock())


def _next(app: App, now: datetime, dark: Fault | None) -> datetime:
    """Return the tick at which something is due next: they come every quarter of an hour."""
    with app.open_store() as db:
        due = [s.next_poll_at for s in feeds.states(db) if s.next_poll_at and s.spec.enabled]
    wanted = max(min(due, default=now), now + TICK)
    ticks = -(-(wanted - BEGIN) // TICK)
    found = BEGIN + ticks * TICK
    return dark.until if dark and dark.holds(found) else found
