"""What is asked of other sources about a gap, what is taken of the answer, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Entry, When
from monitor.stages import fill
from store.watch import Asked, Hole, Why

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KARACHI = ZoneInfo("Asia/Karachi")
SITE = "gazette.example"


def hole(**facts: Any) -> Hole:
    given: dict[str, Any] = {
        "id": 1, "feed": "gazette", "outlet": "Gazette", "since_at": NOON - timedelta(hours=7),
        "until_at": NOON - timedelta(hours=3), "opened_at": NOON, "why": "possible_gap",
    }  # fmt: skip
    return Hole(**(given | facts))


def entry(name: str, hours_ago: float | None, **facts: Any) -> Entry:
    at = None if hours_ago is None else NOON - timedelta(hours=hours_ago)
    given: dict[str, Any] = {
        "key": name, "item_hash": name, "guid": None, "url": f"https://{SITE}/{name}",
        "title": f"Headline {name}", "summary": "", "content_html": None, "author": None,
        "published": When(at=at, original="", source="feed") if at else None,
    }  # fmt: skip
    return Entry(**(given | facts))


def said(**facts: Any) -> Asked:
    given: dict[str, Any] = {"source": "sitemap", "where": f"https://{SITE}/n.xml", "at": NOON}
    return Asked(**(given | facts))


# --- where to ask ---------------------------------------------------------------------------


def test_only_news_sitemaps_of_the_outlets_own_host_are_asked() -> None:
    robots = (
        "User-agent: *\r\nDisallow: /x\r\nSITEMAP: https://www.gazette.example/News-Sitemap.xml\r\n"
        "Sitemap: https://gazette.example/pages.xml\nsitemap:https://evil.example/news.xml\n"
        "Sitemap: file:///etc/news\nSitemap: http://[news\n"
    )
    assert fill.sitemaps_named(robots, SITE) == ("https://www.gazette.example/News-Sitemap.xml",)


@given(st.text(max_size=400))
def test_any_robots_txt_is_read_without_a_crash(text: str) -> None:
    assert fill.sitemaps_named(f"Sitemap: {text}\nSitemap: {text}", SITE) is not None
    assert fill.day_in(text) is None or isinstance(fill.day_in(text), date)
    assert isinstance(fill.title_keys(text), set)


@pytest.mark.parametrize(
    ("host", "public"),
    [("dawn.com", True), ("127.0.0.1", False), ("[::1]", False), ("localhost", False),
     ("newsroom.local", False), ("", False), ("tolonews.com", True)],
)  # fmt: skip
def test_only_a_host_with_a_public_name_is_told_to_a_search_engine(host: str, public: bool) -> None:
    assert fill.is_public(host) is public


def test_a_query_names_the_host_and_the_days_and_nothing_else() -> None:
    (url,) = fill.queries(hole(), site=SITE, template=fill.GOOGLE)
    asked = parse_qs(urlsplit(url).query)
    assert asked["q"] == [f"site:{SITE} after:2026-03-09 before:2026-03-11"]
    long = hole(since_at=NOON - timedelta(days=30))
    urls = fill.queries(long, site=SITE, template=fill.GOOGLE)
    assert len(urls) == fill.MOST_DAYS
    assert "after%3A2026-03-10%20before%3A2026-03-11" in urls[0]


def test_a_feed_that_is_a_query_is_asked_with_its_own_words() -> None:
    own = "https://news.google.com/rss/search?q=torkham+when:7d&hl=ur&gl=PK"
    (url,) = fill.queries(hole(), site="", template=fill.GOOGLE, own=own)
    asked = parse_qs(urlsplit(url).query)
    assert asked["q"] == ["torkham after:2026-03-09 before:2026-03-11"]
    assert asked["hl"] == ["ur"]


@pytest.mark.parametrize(
    ("url", "day"),
    [("https://x.example/2026/03/10/talks", date(2026, 3, 10)),
     ("https://x.example/news/2026-3-09-talks", date(2026, 3, 9)),
     ("https://x.example/20260310/x", date(2026, 3, 10)),
     ("https://x.example/2026/13/10/talks", None), ("https://x.example/2026/02/30/x", None),
     ("https://x.example/news/1202603101", None)],
)  # fmt: skip
def test_the_day_an_address_names_is_known(url: str, day: date | None) -> None:
    assert fill.day_in(url) == day


# --- what to take ---------------------------------------------------------------------------


def test_only_dated_entries_of_the_span_and_the_host_count() -> None:
    entries = [
        entry("before", 9), entry("edge", 7), entry("in", 5), entry("after", 2),
        entry("undated", None), entry("else", 5, url="https://other.example/x"),
        entry("in-again", 4, url=f"https://{SITE}/in"), entry("none", 5, url=None),
    ]  # fmt: skip
    listing = fill.inside(entries, hole(), site=SITE, source="sitemap")
    assert [one.key for one in listing.inside] == ["edge", "in"]
    assert (listing.elsewhere, listing.undated) == (2, 1)
    assert fill.reaches_back(listing, hole())
    assert fill.is_current(listing, hole(), NOON)
    late = fill.inside([entry("in", 5)], hole(), site=SITE, source="sitemap")
    assert not fill.reaches_back(late, hole())
    assert not fill.is_current(late, hole(), NOON)
    assert fill.is_current(late, hole(), NOON - timedelta(hours=5)), "nothing newer is known"


def test_a_wrapped_link_counts_for_a_query_and_for_nobody_else() -> None:
    link = "https://news.google.com/rss/articles/CBMiAU_yqLabcdefghijklmnopqrstuvwx"
    one = [entry("w", 5, url=link, title="Talks resume at the crossing – again - Gazette")]
    assert fill.inside(one, hole(), site=SITE, source="google-news").inside
    assert not fill.inside(one, hole(), site=SITE, source="sitemap").inside
    known = fill.title_keys("Talks resume, at the crossing: again")
    assert fill.is_known(one[0], (), known)
    assert not fill.is_known(one[0], (), fill.title_keys("Talks resume"))


# --- how it stands --------------------------------------------------------------------------


def test_a_hole_is_filled_only_where_a_source_covers_it() -> None:
    assert fill.standing([said(covers=True, listed=0)], 1, NOON) == ("filled", None)
    assert fill.standing([said(listed=3)], 1, NOON) == ("partly", None)
    assert fill.standing([said()], 1, NOON) == ("unfillable", None)
    assert fill.standing([], 1, NOON) == ("unfillable", None)


def test_a_source_that_may_tell_more_is_asked_again_and_given_up_in_the_end() -> None:
    waits = [fill.standing([said(again=True)], n, NOON) for n in range(1, 7)]
    assert [at - NOON if at else None for _, at in waits] == [*fill.WAITS, None, None]
    assert [state for state, _ in waits] == ["open"] * 4 + ["unfillable"] * 2


def test_what_a_source_added_once_stays_added_when_it_is_asked_again() -> None:
    first = said(listed=34, known=31, added=3, covers=True)
    again = said(listed=34, known=34, added=0, at=NOON + timedelta(hours=1))
    (told,) = fill.together([first], [again])
    assert (told.listed, told.known, told.added, told.covers) == (34, 31, 3, True)
    assert told.at == again.at


# --- what is said ---------------------------------------------------------------------------


def test_the_sentence_says_what_may_be_missing_and_what_was_found() -> None:
    told = hole(
        state="filled", usual=30, attempts=1, waits=False,
        asked=(said(listed=34, known=31, added=3, covers=True),),
    )  # fmt: skip
    assert fill.told(told, KARACHI) == (
        "Between 10:00 and 14:00 PKT on 10 March up to 30 items may have rolled out unseen; the "
        "outlet's news sitemap listed 34 of that time, 31 were known, 3 were added."
    )


def test_a_hole_nobody_could_fill_says_why_and_whether_it_is_asked_again() -> None:
    failed = said(said="The server took too long.", again=True)
    query = said(source="google-news", where="news.google.com", listed=1, known=1)
    told = hole(
        why="outage", state="partly", attempts=1, asked=(failed, query),
        next_try_at=NOON + timedelta(minutes=15),
    )  # fmt: skip
    assert fill.told(told, UTC) == (
        "Between 05:00 and 09:00 UTC on 10 March it was not read or did not answer, and items may "
        "have gone by unseen; the outlet's news sitemap listed nothing of that time: The server "
        "took too long; a Google News query listed 1 of that time, 1 was known, 0 were added. Not "
        "all of it is covered. It is asked again from 12:15 UTC."
    )
    given_up = replace(told, state="unfillable", waits=False, next_try_at=None, asked=(failed,))
    assert fill.told(given_up, UTC).endswith("Nothing covers it.")
    assert fill.told(hole(), UTC).endswith("Nobody has been asked yet.")
    nobody = hole(state="unfillable", attempts=1, waits=False)
    assert fill.told(nobody, UTC).endswith("There was nobody to ask.")


def test_a_host_nobody_watches_is_not_told_as_a_gap() -> None:
    unknown = Why(items=(), article=None, gap=None)
    assert "None of your feeds carries this host" in fill.never_seen(unknown, SITE, UTC)
    off = replace(unknown, feeds_off=("gazette",))
    assert fill.never_seen(off, SITE, UTC) == (
        "The feeds that carried this host are not asked: gazette."
    )
    watched = replace(unknown, feeds=("gazette",))
    assert "No gap is known" in fill.never_seen(watched, SITE, UTC)
    near = replace(watched, hole=hole())
    assert "The nearest gap of its host is in gazette. Between" in fill.never_seen(near, SITE, UTC)
