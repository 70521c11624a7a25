"""A feed's document becomes its entries: all of them, as plain text, each under its own key."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from monitor.model import Dropped, Entry, ParsedFeed, Reason
from monitor.stages.parse import parse_feed

FIXTURES = Path(__file__).resolve().parents[1] / "data" / "feeds"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.xml"))
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
BASE = "https://valleypost.example/feed"


def read(
    body: bytes, *, known: Collection[str] = (), content_type: str = "", most: int = 2000
) -> ParsedFeed | Dropped:
    return parse_feed(
        body,
        content_type=content_type,
        base_url=BASE,
        known=known,
        fetched_at=NOW,
        max_entries=most,
    )


def parsed(body: bytes | str, **more: Any) -> ParsedFeed:
    feed = read(body.encode() if isinstance(body, str) else body, **more)
    assert isinstance(feed, ParsedFeed), feed
    return feed


def rss(*items: str, head: str = "") -> str:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>T</title>{head}{joined}</channel></rss>"


def only(body: bytes | str, **more: Any) -> Entry:
    (entry,) = parsed(body, **more).entries
    return entry


def shown(entry: Entry) -> dict[str, Any]:
    return {
        # A hash in a key is compared as being there; its value is nobody's promise.
        "key": re.sub(r"hash:[0-9a-f]{24}", "hash:", entry.key),
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content_html,
        "author": entry.author,
        "published": entry.published and entry.published.at.isoformat(),
        "original": entry.published and entry.published.original,
        "language": entry.language,
    }


# --- the fixtures ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_feed_reads_as_its_fixture_says(name: str) -> None:
    expected = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    feed = parsed((FIXTURES / f"{name}.xml").read_bytes())
    assert feed.title == expected["title"]
    assert feed.ttl_minutes == expected["ttl_minutes"]
    assert (feed.newest_at and feed.newest_at.isoformat()) == expected["newest_at"]
    assert len(feed.entries) == len(expected["entries"])
    for entry, wanted in zip(feed.entries, expected["entries"], strict=True):
        got = shown(entry)
        assert {field: got[field] for field in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_feedparser_finds_is_found(name: str) -> None:
    body = (FIXTURES / f"{name}.xml").read_bytes()
    theirs = feedparser.parse(io.BytesIO(body)).entries
    ours = parsed(body).entries
    assert [entry.guid or "" for entry in ours] == [entry.get("id", "") for entry in theirs]


@pytest.mark.parametrize("name", NAMES)
def test_an_unseen_item_reads_alone_as_it_reads_among_the_others(name: str) -> None:
    body = (FIXTURES / f"{name}.xml").read_bytes()
    feed = parsed(body)
    for entry in feed.entries:
        if entry.key.endswith("#2"):
            continue  # a repeat shares its bytes with the first
        delta = parsed(body, known=set(feed.hashes) - {entry.item_hash})
        assert delta.entries[0] == entry
        assert delta.hashes == feed.hashes
        assert delta.title == feed.title


# --- what was seen already ------------------------------------------------------------------


def test_a_feed_with_nothing_new_gives_no_entries_and_all_hashes() -> None:
    feed = parsed(rss("<guid>1</guid>", "<guid>2</guid>"))
    again = parsed(
        rss("<guid>1</guid>", "<guid>2</guid>", head="<lastBuildDate>now</lastBuildDate>"),
        known=feed.hashes,
    )
    assert again.entries == ()
    assert again.hashes == feed.hashes


def test_an_edited_item_is_read_again_under_the_same_key() -> None:
    before = parsed(rss("<guid>1</guid><title>Two dead</title>", "<guid>2</guid>"))
    after = parsed(
        rss("<guid>1</guid><title>Six dead</title>", "<guid>2</guid>"), known=before.hashes
    )
    assert [(entry.key, entry.title) for entry in after.entries] == [("1", "Six dead")]


def test_a_moving_number_of_comments_is_no_edit() -> None:
    def item(count: int) -> str:
        return (
            "<rss xmlns:slash='http://purl.org/rss/1.0/modules/slash/'><channel><item><guid>1</guid>"
            f"<!-- {count} ms --><slash:comments>{count}</slash:comments></item></channel></rss>"
        )

    assert parsed(item(4)).hashes == parsed(item(5)).hashes


def test_a_tracking_query_that_changes_with_every_poll_is_no_edit() -> None:
    item = "<guid>http://a.example/1?utm_source=rss&amp;utm_campaign={0}</guid><title>T</title>"
    first = parsed(rss(item.format("monday")))
    assert parsed(rss(item.format("tuesday-2")), known=first.hashes).entries == ()
    assert parsed(rss(item.replace("/1?", "/2?").format("monday"))).hashes != first.hashes


def test_what_exceeds_the_cap_is_counted_and_comes_with_the_next_poll() -> None:
    body = rss(*(f"<guid>{number}</guid>" for number in range(25)))
    known: set[str] = set()
    seen: list[str] = []
    left = []
    for _ in range(3):
        feed = parsed(body, known=known, most=10)
        known |= set(feed.hashes)
        seen += [entry.key for entry in feed.entries]
        left.append(feed.truncated)
    assert seen == [str(number) for number in range(25)]
    assert left == [15, 5, 0]


# --- cutting --------------------------------------------------------------------------------


def test_markup_of_items_inside_cdata_and_comments_is_no_item() -> None:
    body = rss(
        "<guid>1</guid><description><![CDATA[<item>x</item> <!-- <item> ]]></description>",
        "<guid>2</guid><!-- <item><guid>9</guid></item> -->",
    )
    assert [entry.key for entry in parsed(body).entries] == ["1", "2"]


def test_items_that_never_end_are_all_found() -> None:
    body = "<rss><channel><item><guid>1</guid><item><guid>2</guid></channel></rss>"
    assert [entry.key for entry in parsed(body).entries] == ["1", "2"]


def test_a_document_cut_off_in_an_item_keeps_the_items_before_it() -> None:
    whole = rss("<guid>1</guid>", "<guid>2</guid>", "<guid>3</guid>")
    known = parsed(whole).hashes
    cut = parsed(whole[: whole.index("3</guid>")], known=known)
    assert cut.hashes[:2] == known[:2]


def test_items_in_a_prefixed_namespace_are_items() -> None:
    body = (
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>T</a:title>"
        "<a:entry><a:id>x</a:id></a:entry><a:entry><a:id>y</a:id></a:entry></a:feed>"
    )
    feed = parsed(body)
    assert [entry.key for entry in feed.entries] == ["x", "y"]
    assert [entry.key for entry in parsed(body, known=feed.hashes[:1]).entries] == ["y"]


# --- keys -----------------------------------------------------------------------------------


def test_items_without_guid_go_by_their_address() -> None:
    entry = only(rss("<link>http://www.a.example/1?utm_source=x</link><title>T</title>"))
    assert entry.key == "/1"
    assert entry.url == "http://www.a.example/1?utm_source=x"


def test_stories_that_share_one_link_and_have_no_guid_stay_apart_when_read_alone() -> None:
    first = rss(*(f"<title>{title}</title><link>https://a.example/</link>" for title in "AB"))
    later = rss(*(f"<title>{title}</title><link>https://a.example/</link>" for title in "CAB"))
    seen = parsed(first)
    new = parsed(later, known=seen.hashes)
    assert len({entry.key for entry in (*seen.entries, *new.entries)}) == 3


def test_a_guid_of_many_lines_cannot_forge_a_line_of_the_log() -> None:
    assert only(rss("<guid isPermaLink='false'>g\nINFO forged</guid>")).key == "g INFO forged"


def test_an_endless_guid_becomes_a_short_key_of_its_own() -> None:
    feed = parsed(rss(f"<guid>{'x' * 5000}1</guid>", f"<guid>{'x' * 5000}2</guid>"))
    assert len({entry.key for entry in feed.entries}) == 2
    assert all(len(entry.key) <= 500 for entry in feed.entries)


# --- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("Q&amp;A", "Q&A"),
        ("<![CDATA[<b>K</b>abul<br>quiet]]>", "Kabul quiet"),
        ("&lt;svg/onload=alert(1)&gt;Calm", "Calm"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Calm", "Calm"),
        ("wind &lt; 20 and &gt; 5", "wind < 20 and > 5"),
        ('<![CDATA[<img alt="a > b" src=x>Calm</img>]]>', "Calm"),
        ("a&#x202e;b\u202ec", "abc"),
        ("e&#x301;tat", "état"),
        ("می\u200cخواهد", "می\u200cخواهد"),
        ("Blast\r\nBcc: a@b.example", "Blast Bcc: a@b.example"),
        ("x &#xD800; y &#x0; z &#27;[31m", "x y z [31m"),
        ("&amp;#xD800;&amp;#27;calm", "\ufffdcalm"),
    ],
)
def test_titles_are_plain_text(source: str, title: str) -> None:
    assert only(rss(f"<title>{source}</title><guid>1</guid>")).title == title


def test_control_bytes_do_not_reach_a_title() -> None:
    body = rss("<title>a@b</title><guid>1</guid>").encode().replace(b"@", b"\x00\x08\x1b[31m")
    assert only(body).title == "a[31mb"


def test_long_texts_are_cut_with_an_ellipsis() -> None:
    entry = only(rss(f"<title>{'word ' * 900}</title><description>{'word ' * 900}</description>"))
    assert len(entry.title) <= 500
    assert len(entry.summary) <= 2000
    assert entry.title.endswith("…")
    assert entry.summary.endswith("…")


def test_a_long_description_is_kept_whole_as_content() -> None:
    article = "<p>" + "A sentence of the article. " * 200 + "</p>"
    entry = only(rss(f"<guid>1</guid><description><![CDATA[{article}]]></description>"))
    assert entry.content_html == article


# --- encodings ------------------------------------------------------------------------------


def test_the_charset_of_the_header_is_used() -> None:
    body = rss("<title>پشاور</title>").encode("cp1256")
    assert only(body, content_type="application/rss+xml; charset=windows-1256").title == "پشاور"


def test_utf_16_is_read() -> None:
    body = ("<?xml version='1.0' encoding='utf-16'?>" + rss("<title>پشاور é</title>")).encode(
        "utf-16"
    )
    assert only(body).title == "پشاور é"


def test_one_broken_letter_does_not_garble_an_urdu_feed() -> None:
    body = rss("<title>پشاور میں بارش</title>", "<title>کوئٹہ X</title>").encode()
    feed = parsed(body.replace(b"X", b"\xda"))
    assert feed.entries[0].title == "پشاور میں بارش"
    assert feed.entries[1].title == "کوئٹہ \ufffd"
    assert "encoding" in feed.problems[0].detail


def test_undeclared_arabic_bytes_are_read_as_arabic_and_said_to_be_guessed() -> None:
    feed = parsed(rss("<title>انفجار في كابول</title>").encode("cp1256"))
    assert feed.entries[0].title == "انفجار في كابول"
    assert "windows-1256" in feed.problems[0].detail


def test_undeclared_latin_bytes_are_read_as_latin() -> None:
    assert only(rss("<title>café démarché</title>").encode("latin-1")).title == "café démarché"


# --- dates, languages, intervals ------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Fri, 20 Nov 2026 13:55:00 +0500", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 2026 13:55:00 PKT", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 2026 13:25:00 AFT", "2026-11-20T08:55:00+00:00"),
        ("20 Nov 2026 14:25 IST", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 2026 08:55:00 GMT", "2026-11-20T08:55:00+00:00"),
        ("2026-11-20T13:25:00+04:30", "2026-11-20T08:55:00+00:00"),
        ("2026-11-20 08:55:00", "2026-11-20T08:55:00+00:00"),
        ("Sat, 21 Nov 2026 02:30:00 +0500", "2026-11-20T21:30:00+00:00"),
        ("Sun, 1 Nov 2026 02:30:00 +0500", "2026-10-31T21:30:00+00:00"),
        ("Thu, 1 Jan 2026 02:30:00 +0500", "2025-12-31T21:30:00+00:00"),
        ("Fri, 20 Nov 26 08:55:00 GMT", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 26 00:55:00 -0800", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 2026 13:55:00 UTC+5", None),
        ("20261120T085500Z", "2026-11-20T08:55:00+00:00"),
        ("2026-W47-5", "2026-11-20T00:00:00+00:00"),
        ("Fri, 20 Nov 2026 01:55:00 PM +0500", "2026-11-20T08:55:00+00:00"),
        ("Fri, 20 Nov 2026 1:55 pm PKT", "2026-11-20T08:55:00+00:00"),
        ("2026-11-20 8:55 AM", "2026-11-20T08:55:00+00:00"),
        ("2026-11-20 08:55 AM", "2026-11-20T08:55:00+00:00"),
        # What feedparser misreads is left to who reads the page's dates: none is worse than wrong.
        ("20-11-2026 08:55:00", None),
        ("23-11-2020 08:55:00", None),
        ("2026/11/20 08:55", None),
        ("Fri Nov 20 13:55:00 PKT 2026", None),
        ("Fri, 01 Jan 2099 00:00:00 GMT", None),
        ("Mon, 23 Nov 2026 07:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 01 Jan 0000 00:00:00 GMT", None),
        ("yesterday-ish 25:61", None),
        ("", None),
    ],
)
def test_dates_are_utc_with_their_original_or_nothing(date: str, at: str | None) -> None:
    published = only(rss(f"<guid>1</guid><pubDate>{date}</pubDate>")).published
    assert (published and published.at.isoformat()) == at
    if published is not None:
        assert published.original == date
        assert published.source == "feed"


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<ttl>15</ttl>", 15),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>99999999</ttl>", 10_080),
        ("<ttl>soon</ttl>", None),
        ("", None),
    ],
)
def test_the_interval_a_publisher_asks_for_is_bounded(head: str, minutes: int | None) -> None:
    assert parsed(rss(head=head)).ttl_minutes == minutes


# --- links ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://a.example/x?a=1&amp;b=2", "https://a.example/x?a=1&b=2"),
        ("/news/1", "https://valleypost.example/news/1"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("", None),
    ],
)
def test_addresses_are_absolute_web_addresses_or_nothing(link: str, url: str | None) -> None:
    assert only(rss(f"<title>T</title><link>{link}</link>")).url == url


# --- what is no feed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<!doctype html><html><head><title>Just a moment...</title></head></html>", "bot check"),
        ("<html><head><title>Page not found</title></head></html>", "HTML page (“Page not found”)"),
        ('{"error": "rate limited"}', "rate limited"),
        ('{"error": ', "cannot be read"),
        ("Service unavailable", "Service unavailable"),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "sitemap"),
        ("<opml><body/></opml>", "<opml>"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: str, said: str) -> None:
    refused = read(body.encode())
    assert isinstance(refused, Dropped)
    assert refused.reason is Reason.NOT_FEED
    assert said in refused.detail


def test_a_feed_without_items_is_a_feed() -> None:
    feed = parsed(rss())
    assert (feed.title, feed.entries, feed.hashes) == ("T", (), ())


def test_noise_before_a_feed_does_not_hide_it() -> None:
    body = "\n<!-- warning --><br />\n<?xml version='1.0'?>" + rss("<guid>1</guid><title>A</title>")
    assert only(body).title == "A"


# --- JSON Feed ------------------------------------------------------------------------------


def test_a_json_feed_is_read() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "language": "en-GB",
        "authors": [{"name": "Desk"}],
        "items": [
            {
                "id": 7,
                "url": "/notes/7",
                "title": "Wind < 20 \ud800",
                "content_html": "<p>All <b>calm</b>.</p>",
                "date_published": "2026-11-20T13:55:00+05:00",
            },
            {"id": "8", "content_text": "Plain & simple", "date_published": "2099-01-01T00:00:00Z"},
            "no item",
        ],
    }
    body = json.dumps(feed).encode()
    got = parsed(body, content_type="application/feed+json")
    first, second = got.entries
    assert shown(first) == {
        "key": "7",
        "url": "https://valleypost.example/notes/7",
        "title": "Wind < 20",
        "summary": "All calm.",
        "content_html": "<p>All <b>calm</b>.</p>",
        "author": "Desk",
        "published": "2026-11-20T08:55:00+00:00",
        "original": "2026-11-20T13:55:00+05:00",
        "language": "en",
    }
    assert (second.summary, second.content_html) == ("Plain & simple", "<p>Plain &amp; simple</p>")
    assert second.published is None
    assert len(got.problems) == 1
    assert parsed(body, known=got.hashes[:1]).entries == (second,)
