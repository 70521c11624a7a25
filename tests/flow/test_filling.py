"""Gaps are filled: by the outlet's news sitemap, by a query, and when people ask for a span."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from store import articles, days, holes
from store.watch import Hole

if TYPE_CHECKING:
    from monitor.app import App
    from tests.flow.newsroom import Handler, Hands, Installation, Newsroom, Story

WINDOW = 5
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


class Press:
    """One feed with a window of five on the test's clock, and the outlet's own list of two days."""

    def __init__(self, newsroom: Newsroom, clock: Hands, key: str = "lantern") -> None:
        self.newsroom, self.clock, self.key = newsroom, clock, key
        newsroom.stories[key] = []
        newsroom.answers[f"/feed/{key}"] = self.feed
        newsroom.answers[f"/map/{key}"] = self.sitemap
        self.lists: Callable[[], list[Story]] = self.recent
        self.says: Callable[[Handler], None] | None = None
        self.home = newsroom.base  # where the feed says that its articles stand

    def write(self, n: int, *, minutes: float = 1.0) -> list[Story]:
        """Publish so many, the last one a minute ago, so many minutes apart."""
        last = self.clock() - timedelta(minutes=1)
        return [
            self.newsroom.publish(self.key, published_at=last - timedelta(minutes=minutes * back))
            for back in range(n - 1, -1, -1)
        ]

    def recent(self) -> list[Story]:
        since = self.clock() - timedelta(days=2)
        return [story for story in self.newsroom.stories[self.key] if story.published_at >= since]

    def feed(self, handler: Handler) -> None:
        if self.says:
            self.says(handler)
            return
        held = self.newsroom.stories[self.key]
        self.newsroom.stories[self.key] = sorted(held, key=lambda s: s.published_at)[-WINDOW:]
        text = self.newsroom.document(self.key)
        self.newsroom.stories[self.key] = held
        text = text.replace(f"<link>{self.newsroom.base}/", f"<link>{self.home}/")
        handler.say(200, text, "application/rss+xml")

    def sitemap(self, handler: Handler) -> None:
        handler.say(200, self.listing(self.lists()), "application/xml")

    def listing(self, stories: list[Story], *, base: str | None = None) -> str:
        rows = "".join(
            f"<url><loc>{base or self.newsroom.base}{s.path}</loc><news:news>"
            f"<news:publication_date>{s.published_at.isoformat()}</news:publication_date>"
            f"<news:title>{escape(s.title)}</news:title></news:news></url>"
            for s in stories
        )
        return (
            '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f"{NEWS}>{rows}</urlset>"
        )


@pytest.fixture
def clock(made_up: Any) -> Hands:
    hands: Hands = made_up.Hands()
    return hands


@pytest.fixture
def press(newsroom: Newsroom, clock: Hands) -> Press:
    return Press(newsroom, clock)


def configured(here: Installation, *, sitemap: bool = True, **sections: Any) -> None:
    """Write settings in which the sitemap waits, disabled, for a gap to fill."""
    room = here.newsroom
    feeds = [
        {"key": key, "url": f"{room.base}/feed/{key}", "outlet": key.title()}
        for key in room.stories
    ]
    maps = [
        {"key": f"{key}-map", "url": f"{room.base}/map/{key}", "outlet": key.title(),
         "kind": "news-sitemap", "enabled": False}
        for key in room.stories
    ]  # fmt: skip
    here.configure(feeds=[*feeds, *(maps if sitemap else [])], **sections)


@contextmanager
def settled(here: Installation, clock: Hands, **more: Any) -> Iterator[App]:
    """Run the product after a first poll, so that the feed is known."""
    with here.app(clock=clock, **more) as app:
        app.run_job("poll")
        clock.forward(minutes=31)
        yield app


def polled(app: App, clock: Hands, **by: float) -> dict[str, int]:
    """Let time pass until the feed is due whatever its pace, and poll."""
    clock.forward(**by)
    return dict(app.run_job("poll"))


def known_holes(here: Installation) -> list[Hole]:
    with here.store() as db:
        return holes.newest(db, 100)


def ran(here: Installation, *words: str) -> Result:
    """Run a command in this process; a traceback fails the test."""
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    allow = frozenset({("127.0.0.1", here.newsroom.port)})
    result = CliRunner().invoke(torkham, [*words, *place], obj=allow)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def titles(here: Installation) -> set[str]:
    return {row["title"] for row in here.rows("SELECT title FROM items")}


def balanced(here: Installation) -> bool:
    with here.store() as db:
        first = days.first_on(db)
        assert first is not None
        return days.unbalanced(db, first, first + timedelta(days=60)) == []


# --- the outlet's own list ------------------------------------------------------------------


def test_a_burst_that_rolled_out_is_found_in_the_outlets_sitemap(
    here: Installation, press: Press, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        written = press.write(20)
        counts = polled(app, clock, hours=2)
        assert counts["gap_items"] == 15
        assert titles(here) >= {story.title for story in written}
        with here.store() as db:
            (hole,) = holes.newest(db, 9)
            assert (hole.state, hole.found) == ("filled", 15)
            filled = [item for item in articles.items(db) if item.filled == hole.id]
            assert {item.feed for item in filled} == {"lantern"}
            assert len(filled) == 15
        app.run_job("harvest")
        app.run_job("judge")
    read = here.rows("SELECT count(*) AS n FROM articles WHERE judged_model <> ''")
    assert read[0]["n"] == 5 + 20, "what was found is read and judged like any other"
    assert balanced(here)


def test_nothing_outside_the_span_is_taken_however_much_the_list_holds(
    here: Installation, press: Press, clock: Hands
) -> None:
    before = press.write(30, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        written = press.write(20)
        polled(app, clock, hours=2)
    assert titles(here) == {s.title for s in [*before[-WINDOW:], *written]}


def test_a_list_that_begins_within_the_gap_fills_it_only_in_part(
    here: Installation, press: Press, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here, coverage={"fill_gaps": ["sitemap"]})
    with settled(here, clock) as app:
        written = press.write(20)
        press.lists = lambda: written[-10:]
        polled(app, clock, hours=2)
        (hole,) = known_holes(here)
        assert (hole.state, hole.found, hole.waits) == ("partly", 5, False)
        assert "reaches back only to" in hole.asked[0].said
        press.lists = press.recent
        with here.store() as db:
            assert holes.ask_again(db, hole.id)
        app.run_job("poll")
    (hole,) = known_holes(here)
    assert (hole.state, hole.found) == ("filled", 15)
    (asked,) = hole.asked
    assert (asked.listed, asked.added) == (asked.known + 15, 15)


def test_a_list_that_ends_before_the_gap_does_not_fill_it_and_is_asked_again(
    here: Installation, press: Press, clock: Hands
) -> None:
    """A stale sitemap lists older entries than the gap's start, which would prove it covered."""
    old = press.write(8, minutes=60)
    configured(here, coverage={"fill_gaps": ["sitemap"]})
    with settled(here, clock) as app:
        press.write(20)
        press.lists = lambda: old
        polled(app, clock, hours=3)
        (hole,) = known_holes(here)
        assert (hole.state, hole.waits) == ("partly" if hole.asked[0].listed else "open", True)
        assert "it ends at" in hole.asked[0].said
        press.lists = press.recent
        app.run_job("poll")
        assert known_holes(here)[0].attempts == 1, "not before its time"
        polled(app, clock, minutes=20)
    assert known_holes(here)[0].state == "filled"


def test_a_sitemap_that_robots_txt_names_is_asked_and_so_is_an_index(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    robots = (
        f"User-agent: *\nAllow: /\nSitemap: {newsroom.base}/sitemap-pages.xml\n"
        f"Sitemap: {newsroom.base}/news-index.xml\nSitemap: https://elsewhere.example/news.xml\n"
    )
    index = (
        '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{newsroom.base}/map/lantern</loc></sitemap>"
        "<sitemap><loc>https://elsewhere.example/news.xml</loc></sitemap></sitemapindex>"
    )
    newsroom.answers["/robots.txt"] = lambda handler: handler.say(200, robots, "text/plain")
    newsroom.answers["/news-index.xml"] = lambda handler: handler.say(200, index, "text/xml")
    press.write(8, minutes=60)
    configured(here, sitemap=False)
    with settled(here, clock) as app:
        press.write(20)
        assert polled(app, clock, hours=2)["gap_items"] == 15
    assert "/sitemap-pages.xml" not in newsroom.asked
    assert known_holes(here)[0].state == "filled"


def test_a_host_without_any_list_is_told_plainly_and_not_asked_for_ever(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here, sitemap=False)
    with settled(here, clock) as app:
        press.write(20)
        for _ in range(2):
            polled(app, clock, hours=13)
    (hole,) = known_holes(here)
    assert (hole.state, hole.waits, hole.attempts) == ("unfillable", False, 1)
    assert hole.asked[0].said == "its robots.txt names none"
    assert newsroom.asked.count("/robots.txt") == 1


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "lie",
    ["html", "elsewhere", "error", *(pytest.param(lie, marks=SLOW) for lie in
     ("future", "undated", "endless"))],
)  # fmt: skip
def test_a_server_that_lies_adds_nothing_and_fills_nothing(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands, lie: str
) -> None:
    press.write(8, minutes=60)
    configured(here, coverage={"fill_gaps": ["sitemap"]})
    with settled(here, clock) as app:
        press.write(20)
        clock.forward(hours=2)
        newsroom.answers["/map/lantern"] = lambda handler: told(lie, handler, press)
        counts = dict(app.run_job("poll"))
        assert counts.get("gap_items", 0) == 0
        assert len(titles(here)) == 2 * WINDOW
        for _ in range(4):  # as often as a hole is tried again
            clock.forward(hours=13)
            app.run_job("poll")
    (hole,) = known_holes(here)
    assert (hole.state, hole.waits) == ("unfillable", False), "given up, and said so"
    assert hole.asked[0].said
    assert balanced(here)


def told(lie: str, handler: Handler, press: Press) -> None:
    """Answer for the sitemap as a server that lies does."""
    now, stories = press.clock(), press.recent()
    match lie:
        case "html":
            handler.say(200, "<html><body><h1>Checking your browser</h1></body></html>")
        case "elsewhere":
            rows = press.listing(stories, base="https://other.example")
            handler.say(200, rows, "application/xml")
        case "future":
            text = press.listing(stories).replace(f"{now:%Y}-", "2999-")
            handler.say(200, text, "application/xml")
        case "undated":
            text = press.listing(stories).replace("publication_date", "nothing")
            handler.say(200, text, "application/xml")
        case "endless":
            handler.stream(b"<url><loc>http://x.example/" + b"a" * 60_000 + b"</loc></url>", 900)
        case _:
            handler.say(503, "<h1>busy</h1>")


def test_two_feeds_of_one_outlet_add_each_article_once(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    second = Press(newsroom, clock, "harbour")
    for one in (press, second):
        one.write(8, minutes=60)
    second.lists = lambda: [*press.recent(), *Press.recent(second)]
    press.lists = second.lists
    configured(here)
    with settled(here, clock) as app:
        press.write(20)
        second.write(20)
        assert polled(app, clock, hours=2)["gap_items"] == 30
    assert here.rows("SELECT count(*) AS n FROM articles")[0]["n"] == 50
    assert balanced(here)


def test_nobody_is_asked_where_the_settings_say_so(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here, coverage={"fill_gaps": []})
    with settled(here, clock) as app:
        press.write(20)
        polled(app, clock, hours=2)
    assert not {"/map/lantern", "/robots.txt"} & set(newsroom.asked)
    assert [hole.state for hole in known_holes(here)] == ["open"]


def test_the_digest_says_at_its_foot_what_was_missed_and_what_was_filled(
    here: Installation, press: Press, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        press.write(20)
        polled(app, clock, hours=2)
        with here.store() as db:
            begun = clock() - timedelta(hours=20)
            until = clock() + timedelta(minutes=1)
            edition = app.press(db).edition(db, clock().date(), begun, until)
    (said,) = edition.gaps
    assert said.startswith("Lantern: between 08:59 and ")
    assert "the outlet's news sitemap listed 17 of that time, 2 were known, 15 were added." in said


# --- an outage ------------------------------------------------------------------------------


def test_after_an_outage_what_was_published_meanwhile_is_found(
    here: Installation, press: Press, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        clock.forward(hours=10)
        written = press.write(12, minutes=40)
        press.says = lambda handler: handler.say(500, "<h1>down</h1>")
        polled(app, clock, hours=3)
        press.says = None
        polled(app, clock, hours=12)
        app.run_job("poll")
    (hole,) = known_holes(here)
    assert (hole.why, hole.state) == ("outage", "filled")
    assert titles(here) >= {story.title for story in written}


def test_a_feed_that_still_shows_what_was_known_leaves_no_gap_after_an_outage(
    here: Installation, press: Press, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        clock.forward(days=2)
        press.write(3)
        polled(app, clock, hours=1)
    assert known_holes(here) == []


# --- a query --------------------------------------------------------------------------------


def found(newsroom: Newsroom, stories: list[Story]) -> str:
    """Return the answer of a news search: wrapped links, the outlet behind each headline."""
    rows = "".join(
        f"<item><title>{escape(s.title)} - Lantern</title>"
        f"<link>https://news.google.com/rss/articles/CBMi{s.slug.replace('-', '')}AU_yqL{'x' * 20}"
        f'</link><guid isPermaLink="false">g-{s.slug}</guid>'
        f"<pubDate>{format_datetime(s.published_at)}</pubDate>"
        '<source url="https://lantern.example">Lantern</source></item>'
        for s in stories
    )
    return f'<rss version="2.0"><channel><title>search</title>{rows}</channel></rss>'


class ByPath(dict[str, "Callable[[Handler], None]"]):
    """Answers an address by its path, whatever follows the question mark."""

    def __contains__(self, path: object) -> bool:
        return super().__contains__(str(path).partition("?")[0])

    def __getitem__(self, path: str) -> Callable[[Handler], None]:
        return super().__getitem__(path.partition("?")[0])


def test_a_query_gives_the_headlines_where_the_outlet_lists_nothing(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    """The articles stand on a host with a name; the query names it and the days, and no more."""
    asked: list[str] = []

    def search(handler: Handler) -> None:
        asked.append(handler.path)
        handler.say(200, found(newsroom, press.recent()), "application/rss+xml")

    press.home = "https://lantern.example"
    newsroom.answers = ByPath(newsroom.answers | {"/google": search})
    press.write(8, minutes=60)
    configured(here, sitemap=False, coverage={"fill_gaps": ["google-news"]})
    with settled(here, clock, google_news=f"{newsroom.base}/google?q={{query}}") as app:
        written = press.write(20)
        assert polled(app, clock, hours=2)["gap_items"] == 15
        assert {title.removesuffix(" - Lantern") for title in titles(here)} >= {
            story.title for story in written
        }
        assert known_holes(here)[0].state == "filled"
        assert asked
        assert all("q=site%3Alantern.example%20after%3A" in path for path in asked)
    with here.store() as db:
        bodies = {p.body for p in articles.pending(db, clock(), 99) if "google" in p.url}
    assert bodies == {"headline"}, "a wrapped link is not followed"


def test_an_address_without_a_name_is_never_told_to_a_search_engine(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here, sitemap=False)
    template = f"{newsroom.base}/google?q={{query}}"
    with settled(here, clock, google_news=template) as app:
        press.write(20)
        polled(app, clock, hours=2)
    assert not [path for path in newsroom.asked if path.startswith("/google")]


# --- people ask -----------------------------------------------------------------------------


@pytest.mark.slow
def test_people_ask_for_everything_since_an_instant_and_see_it_in_the_calendar(
    here: Installation, press: Press, clock: Hands, made_up: Any
) -> None:
    """On the world's clock, as on a command line."""
    clock.at = made_up.system_clock()
    press.write(8, minutes=30)
    configured(here)
    with here.app() as app:
        app.run_job("poll")
    result = ran(here, "once", "poll", "--since", "5h", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert set(report) >= {"jobs", "ledger", "balanced", "books", "holes"}
    (hole,) = report["holes"]
    assert (hole["feed"], hole["found"]) == ("lantern", 3)
    assert report["ledger"]["found"] == 3, "what was found is in the books of this run"
    assert titles(here) >= {story.title for story in press.newsroom.stories["lantern"]}
    again = ran(here, "once", "poll", "--since", "5h", "--feed", "lantern")
    assert "listed 8 of that time, 5 were known, 3 were added" in again.output

    shown = ran(here, "ledger", "--days", "3").output
    (line,) = [line for line in shown.splitlines() if line.startswith("Lantern  ")]
    assert line.split()[-1] == "8"
    assert "all that could be had was asked for" in shown
    rows = json.loads(ran(here, "ledger", "--days", "3", "--feed", "lantern", "--json").stdout)
    assert sum(row["found"] for row in rows) == 8
    parts = {"found", "waiting", "queued", "rejected", "duplicate", "dropped", "failed"}
    told = {"feed", "outlet", "day_on", "asked", "answered", "marks", "balanced"}
    assert parts | told <= set(rows[0])
    nobody = ran(here, "ledger", "--feed", "nobody")
    assert (nobody.exit_code, "no feed nobody" in nobody.output) == (2, True)


def test_a_span_that_makes_no_sense_is_refused_in_a_line(here: Installation, press: Press) -> None:
    configured(here)
    for words, complaint in (
        (("poll", "--since", "2999-01-01"), "lies ahead"),
        (("poll", "--since", "last week"), "is no instant"),
        (("poll", "--since", "9999w"), "a year at most"),
        (("judge", "--since", "3h"), "goes with the job poll"),
        (("poll", "--since", "3h", "--feed", "nobody"), "no feed nobody"),
        (("poll", "--since", "3h", "--feed", "lantern-map"), "switched off"),
        (("poll", "--feed", "lantern"), "--feed goes with --since"),
    ):
        result = ran(here, "once", *words)
        assert result.exit_code == 2, words
        assert complaint in result.output.splitlines()[0]


def test_why_tells_a_gap_from_a_host_that_nobody_watches(
    here: Installation, press: Press, newsroom: Newsroom, clock: Hands
) -> None:
    press.write(8, minutes=60)
    configured(here)
    with settled(here, clock) as app:
        written = press.write(20)
        polled(app, clock, hours=2)
    out = ran(here, "why", newsroom.url(written[0])).output
    assert "by lantern, found in filling a gap" in out
    assert "15 were added" in out
    out = ran(here, "why", f"{newsroom.base}/lantern/2026/03/10/never").output
    assert out.startswith("Never seen. The nearest gap of its host is in lantern.")
    assert "items may have gone by unseen" in out
    out = ran(here, "why", "https://nowhere.example/story").output
    assert "None of your feeds carries this host" in out
    assert "torkham feeds add https://nowhere.example/" in out
    assert "gap" not in out
