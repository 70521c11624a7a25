"""One story is one article, however its feed names it from poll to poll; two are never one.

Documents go the whole way: bytes, entries, records, rows.
"""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.articles.records import found_entry
from monitor.model import ParsedFeed
from monitor.stages.parse import parse_feed
from store import feeds
from store.db import Db, connect
from store.polls import FeedSpec, FeedState, PollRecord, PollResult
from tests.new_store import new_store

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HERE, THERE = "127.0.0.1:8801", "localhost:8801"


@dataclass(frozen=True, kw_only=True)
class Story:
    number: int
    title: str
    at: datetime

    @property
    def path(self) -> str:
        return f"/news/{1790000 + self.number}/{self.title.lower().replace(' ', '-')}"


def story(number: int, title: str = "") -> Story:
    words = ("bridge", "orchard", "school", "market", "river", "well", "road", "harvest")
    said = title or f"The {words[number % 8]} of valley {number} opens in {words[number // 8 % 8]}"
    return Story(number=number, title=said, at=NOW - timedelta(days=9) + timedelta(hours=number))


GUIDS: dict[str, Any] = {
    "https": lambda s, _: f"https://{HERE}{s.path}",
    "http": lambda s, _: f"http://{HERE}{s.path}",
    "host": lambda s, _: f"http://{THERE}{s.path}",
    "tracking": lambda s, poll: f"https://{HERE}{s.path}?utm_source=rss&utm_campaign={poll}",
    "short": lambda s, _: f"https://{HERE}/?p={s.number}",
    "plain": lambda s, _: f"post-{s.number}",
    "same": lambda _s, _p: "tag:valley.example,2026:post",
    "home": lambda _s, _p: f"https://{HERE}/",
    "random": lambda s, poll: f"{random.Random((s.number, poll).__repr__()).random()}",  # noqa: S311
    "none": lambda _s, _p: "",
}
LINKS: dict[str, Any] = {
    "plain": lambda s: f"http://{HERE}{s.path}",
    "https": lambda s: f"https://{HERE}{s.path}/",
    "tracking": lambda s: f"http://{HERE}{s.path}?utm_medium=feed&fbclid=Iw{s.number}",
    "amp": lambda s: f"http://{HERE}{s.path}?outputType=amp",
    "amp path": lambda s: f"http://{HERE}{s.path}/amp",
    "print": lambda s: f"http://{HERE}{s.path}?print=1",
    "comments": lambda s: f"http://{HERE}{s.path}#comments",
}


def document(stories: Sequence[Story], guid: str, link: str, poll: int) -> bytes:
    items = "".join(
        f"<item><title>{escape(s.title)}</title><link>{escape(LINKS[link](s))}</link>"
        + (f"<guid>{escape(GUIDS[guid](s, poll))}</guid>" if guid != "none" else "")
        + f"<description>Words on {s.number}.</description>"
        f"<pubDate>{format_datetime(s.at)}</pubDate></item>"
        for s in stories
    )
    return f"<rss version='2.0'><channel><title>V</title>{items}</channel></rss>".encode()


@dataclass
class Reader:
    """A feed read again and again, as the poll job does."""

    db: Db
    key: str = "valley"
    known: tuple[str, ...] = ()
    polls: int = 0

    def read(self, body: bytes, **more: Any) -> PollResult:
        self.polls += 1
        at = NOW + timedelta(minutes=15 * self.polls)
        parsed = parse_feed(
            body, content_type="", base_url=f"http://{HERE}/feed", known=self.known,
            fetched_at=at, **more,
        )  # fmt: skip
        assert isinstance(parsed, ParsedFeed), parsed
        self.known = parsed.hashes
        spec = FeedSpec(
            key=self.key, url=f"http://{self.key}.example/feed", outlet=self.key, side="world",
            language="en",
        )  # fmt: skip
        found = tuple(found_entry(entry) for entry in parsed.entries)
        state = FeedState(spec=spec, item_hashes=parsed.hashes, polls=self.polls)
        return feeds.save_poll(self.db, PollRecord(state=state, at=at, outcome="ok", found=found))

    def articles(self) -> list[str]:
        return [row["canonical_url"] for row in self.db.query("SELECT * FROM articles")]


@contextmanager
def opened() -> Iterator[Db]:
    with tempfile.TemporaryDirectory() as folder:
        path = new_store(Path(folder) / "t.db")
        with closing(connect(path)) as db:
            yield db


DRESS = st.tuples(st.sampled_from(sorted(GUIDS)), st.sampled_from(sorted(LINKS)))


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DRESS, min_size=2, max_size=7), st.integers(1, 6), st.integers(0, 4))
@example([("https", "plain"), ("http", "plain"), ("host", "plain"), ("tracking", "plain")], 4, 1)
@example([("same", "plain")] * 6, 1, 1)
@example([("same", "plain"), ("same", "tracking"), ("random", "plain")], 5, 2)
@example([("random", "amp"), ("none", "print"), ("home", "amp path"), ("short", "plain")], 3, 0)
def test_every_story_of_a_window_becomes_one_article_and_none_becomes_two(
    dresses: list[tuple[str, str]], window: int, step: int
) -> None:
    with opened() as db:
        reader, shown = Reader(db), set()
        for poll, (guid, link) in enumerate(dresses):
            stories = [story(n) for n in range(poll * step, poll * step + window)]
            shown |= {s.path for s in stories}
            reader.read(document(stories[::-1], guid, link, poll))
        assert sorted(reader.articles()) == sorted(f"https://{HERE}{path}" for path in shown)


def test_a_daily_column_under_one_headline_and_one_guid_is_a_new_article_each_day() -> None:
    with opened() as db:
        reader = Reader(db)
        for day in range(5):
            column = story(24 * day, "Daily briefing")
            assert reader.read(document([column], "same", "plain", day)).new == 1
        assert len(reader.articles()) == 5


def test_an_outlet_that_moves_to_another_host_shows_nothing_twice() -> None:
    """Guids and links change together; the paths and headlines stay."""
    stories = [story(n) for n in range(6)]
    body = document(stories, "https", "plain", 0)
    with opened() as db:
        reader = Reader(db)
        assert reader.read(body).new == 6
        moved = reader.read(body.replace(HERE.encode(), b"valley.example"))
        assert (moved.new, moved.edited) == (0, 6)
        assert len(reader.articles()) == 6
        # Another feed of the outlet that knows the new addresses only leads to the same articles.
        other = Reader(db, key="valley-world")
        assert other.read(body.replace(HERE.encode(), b"www.valley.example")).new == 6
        assert len(reader.articles()) == 6


def test_an_edited_headline_that_changes_the_address_stays_one_article() -> None:
    """The guid stays, and so does the number in the address."""
    before, after = story(3, "Bridge opens in the valley"), story(3, "Old bridge closed again")
    with opened() as db:
        reader = Reader(db)
        reader.read(document([before], "plain", "plain", 0))
        assert reader.read(document([after], "plain", "plain", 1)).edited == 1
        assert len(reader.articles()) == 1


def rss(*items: str) -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>V</title>{inside}</channel></rss>".encode()


def test_stories_behind_one_address_are_articles_of_their_own() -> None:
    """A fragment tells them apart, or where there is none their headlines."""
    live = [
        f"<title>Entry {n}</title><link>http://v.example/live#e{n}</link>"
        f"<guid isPermaLink='false'>{n}</guid>"
        for n in range(3)
    ]
    home = [
        f"<title>Brief {n}</title><link>http://v.example/briefs</link><guid>{n}b</guid>"
        for n in range(3)
    ]
    with opened() as db:
        reader = Reader(db)
        reader.read(rss(*live, *home))
        assert len(set(reader.articles())) == 6
        assert reader.read(rss(*(item.replace("Entry", "Item") for item in live), *home)).new == 0


@pytest.mark.parametrize("swap", list(itertools.permutations(range(3))))
def test_the_order_of_a_feed_says_nothing(swap: tuple[int, ...]) -> None:
    stories = [story(n) for n in range(3)]
    with opened() as db:
        reader = Reader(db)
        reader.read(document(stories, "same", "plain", 0))
        again = document([stories[n] for n in swap], "same", "tracking", 1)
        assert reader.read(again).new == 0


# --- searches -------------------------------------------------------------------------------


def search(
    title: str, number: str, at: datetime = NOW, outlet: str = "Valley Post", host: str = ""
) -> str:
    link = f"https://news.google.com/rss/articles/CBMi{number:_<24}?oc=5"
    return (
        f"<title>{title} - {outlet}</title><link>{link}</link><guid>CBMi{number}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate>"
        f'<source url="https://www.{host or "valleypost.example"}">{outlet}</source>'
    )


def own(title: str, at: datetime = NOW, path: str = "/news/1790001/x") -> str:
    link = f"https://www.valleypost.example{path}"
    return f"<title>{title}</title><link>{link}</link><pubDate>{format_datetime(at)}</pubDate>"


HEAD = "Trucks wait at the lantern bridge for a third day"


def shown(db: Db) -> list[dict[str, Any]]:
    return list(db.query("SELECT * FROM items WHERE disposition <> 'duplicate'"))


def test_the_same_headline_of_two_searches_is_one_article_told_by_its_outlet() -> None:
    with opened() as db:
        Reader(db, key="q1").read(rss(search(HEAD, "a"), search(HEAD, "b")))
        Reader(db, key="q2").read(rss(search(HEAD, "c", NOW + timedelta(hours=1))))
        (article,) = db.query("SELECT * FROM articles")
        assert (article["title"], article["source_outlet"]) == (HEAD, "Valley Post")
        assert article["host"] == "valleypost.example"
        reasons = [row["reason"] for row in db.query("SELECT * FROM items WHERE owner = 0")]
        assert reasons == ["same_headline", "same_headline"]


@pytest.mark.parametrize(
    ("title", "at", "host"),
    [
        (HEAD, NOW - timedelta(days=1), "valleypost.example"),  # the same words a day before
        (HEAD, NOW, "gazette.example"),  # another outlet
        (HEAD + " running", NOW, "valleypost.example"),
    ],
)
def test_other_days_outlets_and_headlines_are_other_articles(
    title: str, at: datetime, host: str
) -> None:
    with opened() as db:
        Reader(db, key="q").read(rss(search(HEAD, "a"), search(title, "b", at, host=host)))
        assert len(list(db.query("SELECT * FROM articles"))) == 2


def test_a_headline_too_general_to_tell_by_joins_nothing() -> None:
    with opened() as db:
        Reader(db, key="q").read(rss(search("News in brief", "a"), search("News in brief", "b")))
        assert len(list(db.query("SELECT * FROM articles"))) == 2


def test_the_outlets_own_entry_makes_the_article_its_own_whichever_came_first() -> None:
    with opened() as db:
        Reader(db, key="q").read(rss(search(HEAD, "a")))
        Reader(db, key="valley").read(rss(own(HEAD.upper())))
        (article,) = db.query("SELECT * FROM articles")
        assert article["url"] == "https://www.valleypost.example/news/1790001/x"
        assert (article["feed"], article["source_outlet"]) == ("valley", None)
        assert article["state"] == "found"
        (row,) = shown(db)
        assert (row["feed"], row["owner"]) == ("valley", 1)
        # And a search that comes later adds nothing.
        Reader(db, key="q2").read(rss(search(HEAD, "b")))
        assert len(shown(db)) == 1


def test_two_articles_with_addresses_are_never_joined_by_a_headline() -> None:
    with opened() as db:
        Reader(db, key="q").read(rss(search(HEAD, "a")))
        Reader(db, key="valley").read(rss(own(HEAD), own(HEAD, path="/news/1790002/x")))
        assert len(list(db.query("SELECT * FROM articles"))) == 2
