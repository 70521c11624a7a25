"""What is no RSS: news sitemaps, watched pages, JSON Feed. Each document has its reading beside it.

``tests/data/sources/NAME.xml|html|json`` is read as ``NAME.expected.json`` says.
"""

from __future__ import annotations

import gzip
import json
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Dropped, Entry, ParsedFeed, Reason
from monitor.stages.parse import listing, parse_feed, sitemap

FOLDER = Path(__file__).resolve().parents[1] / "data" / "sources"
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
KINDS = {".xml": "news-sitemap", ".html": "page", ".json": "rss"}
SOURCES = sorted(p for p in FOLDER.iterdir() if not p.name.endswith(".expected.json"))


def read(body: bytes | str, kind: str, **more: Any) -> ParsedFeed | Dropped:
    data = body.encode() if isinstance(body, str) else body
    given = {"known": (), "content_type": "", "base_url": "https://here.example/list"} | more
    return parse_feed(data, fetched_at=NOW, kind=kind, **given)


def parsed(body: bytes | str, kind: str, **more: Any) -> ParsedFeed:
    feed = read(body, kind, **more)
    assert isinstance(feed, ParsedFeed), feed
    return feed


def refused(body: bytes | str, kind: str, **more: Any) -> Dropped:
    found = read(body, kind, **more)
    assert isinstance(found, Dropped)
    return found


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "author": entry.author,
        "published": entry.published and entry.published.at.isoformat(),
        "language": entry.language,
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_document_reads_as_the_file_beside_it_says(path: Path) -> None:
    feed = parsed(path.read_bytes(), KINDS[path.suffix])
    got = {
        "title": feed.title,
        "newest_at": feed.newest_at and feed.newest_at.isoformat(),
        "entries": [shown(entry) for entry in feed.entries],
        "problems": [problem.detail for problem in feed.problems],
    }
    beside = path.with_name(f"{path.stem}.expected.json")
    assert got == json.loads(beside.read_text("utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_what_was_seen_already_is_not_read_again(path: Path) -> None:
    first = parsed(path.read_bytes(), KINDS[path.suffix])
    again = parsed(path.read_bytes(), KINDS[path.suffix], known=first.hashes)
    assert (again.entries, again.hashes) == ((), first.hashes)
    assert len(first.entries) > 1


# --- sitemaps -------------------------------------------------------------------------------


def urlset(*rows: tuple[str, str]) -> str:
    inside = "".join(
        f"<url><loc>{loc}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</url>" for loc, at in rows
    )
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inside}</urlset>"


def day(ago: float) -> str:
    return (NOW - timedelta(days=ago)).isoformat()


def test_a_packed_sitemap_is_read_and_a_bomb_is_not_inflated() -> None:
    body = gzip.compress(urlset(("https://a.example/one-two-three", day(1))).encode())
    assert [entry.title for entry in parsed(body, "news-sitemap").entries] == ["One two three"]
    bomb = gzip.compress(b"<urlset>" + b" " * (sitemap.MOST_BYTES + 100))
    feed = parsed(bomb, "news-sitemap")
    assert "larger than" in feed.problems[0].detail


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_sitemap_that_declares_entities_is_refused(head: str) -> None:
    body = head + "<urlset><url><loc>https://a.example/&x;</loc></url></urlset>"
    found = refused(body, "news-sitemap")
    assert found.reason in {Reason.PARSE_LIMIT, Reason.NOT_FEED}
    assert "passwd" not in found.detail


def test_of_an_archive_only_the_last_days_are_news_and_a_hole_may_ask_for_more() -> None:
    rows = [(f"https://a.example/{n}", day(n)) for n in range(0, 40, 4)]
    assert len(parsed(urlset(*rows), "news-sitemap").entries) == 3
    since = NOW - timedelta(days=21)
    feed = parsed(urlset(*rows), "news-sitemap", since=since)
    assert [entry.url for entry in feed.entries] == [
        f"https://a.example/{n}" for n in range(0, 21, 4)
    ]


def test_undated_addresses_are_news_once_it_is_known_what_stood_there() -> None:
    old = [(f"https://a.example/{n}", "") for n in range(300)]
    first = parsed(urlset(*old), "news-sitemap")
    assert len(first.entries) == sitemap.FIRST_UNDATED
    later = parsed(urlset(*old, ("https://a.example/new", "")), "news-sitemap", known=first.hashes)
    assert [entry.url for entry in later.entries] == ["https://a.example/new"]


def test_a_date_that_moves_is_no_edit_where_the_sitemap_gives_no_headline() -> None:
    first = parsed(urlset(("https://a.example/x", day(2))), "news-sitemap")
    touched = parsed(urlset(("https://a.example/x", day(0))), "news-sitemap", known=first.hashes)
    assert touched.entries == ()


def test_too_many_addresses_are_cut_and_what_was_left_comes_with_the_next_poll() -> None:
    rows = [(f"https://a.example/{n}", day(n / 100)) for n in range(30)]
    first = parsed(urlset(*rows), "news-sitemap", max_entries=20)
    assert (len(first.entries), first.truncated) == (20, 10)
    assert first.entries[0].url == "https://a.example/0"
    rest = parsed(urlset(*rows), "news-sitemap", max_entries=20, known=first.hashes)
    assert len(rest.entries) == 10


@pytest.mark.slow
def test_a_sitemap_of_more_than_the_format_allows_is_cut_and_told_of() -> None:
    rows = [(f"https://a.example/{n}", "") for n in range(sitemap.MOST_READ + 5)]
    feed = parsed(urlset(*rows), "news-sitemap")
    assert "more than 50,000" in feed.problems[0].detail


def test_an_index_is_refused_with_what_it_names_the_newest_first() -> None:
    body = "<sitemapindex>" + "".join(
        f"<sitemap><loc>https://a.example/s-{n}.xml</loc><lastmod>{day(n)}</lastmod></sitemap>"
        for n in (3, 1, 2)
    )
    body += "</sitemapindex>"
    assert sitemap.children(body.encode()) == tuple(
        f"https://a.example/s-{n}.xml" for n in (1, 2, 3)
    )
    assert "https://a.example/s-1.xml" in refused(body, "news-sitemap").detail
    assert sitemap.children(urlset(("https://a.example/x", "")).encode()) == ()


def test_a_feed_under_the_address_of_a_sitemap_is_read_and_a_sitemap_for_a_feed_is_named() -> None:
    rss = "<rss><channel><item><guid>1</guid><title>A</title></item></channel></rss>"
    assert parsed(rss, "news-sitemap").entries[0].title == "A"
    assert "kind: news-sitemap" in refused(urlset(("https://a.example/", "")), "rss").detail


@given(st.binary(max_size=300) | st.text(string.printable, max_size=300).map(str.encode))
@settings(max_examples=80, deadline=None)
def test_no_document_breaks_a_reader(noise: bytes) -> None:
    for kind, head in (
        ("news-sitemap", b"<urlset><url>"),
        ("page", b"<html><a href='"),
        ("rss", b"{"),
    ):
        for body in (noise, head + noise, gzip.compress(head + noise)):
            found = read(body, kind)
            assert isinstance(found, ParsedFeed | Dropped)
            sitemap.children(body)


# --- watched pages --------------------------------------------------------------------------


def page(items: str, rest: str = "") -> str:
    menu = "".join(f"<li><a href='/m{n}'>Menu {n}</a></li>" for n in range(9))
    return f"<html><body><ul>{menu}</ul>{rest}<ul class='list'>{items}</ul></body></html>"


def links(*numbers: int, words: str = "Report number {} on the wells of the valley") -> str:
    return "".join(f"<li><a href='/r/{n}'>{words.format(n)}</a></li>" for n in numbers)


def test_a_new_link_of_a_list_is_an_item_and_the_menu_is_not() -> None:
    first = parsed(page(links(3, 2, 1)), "page")
    assert [entry.url for entry in first.entries] == [
        f"https://here.example/r/{n}" for n in (3, 2, 1)
    ]
    later = parsed(page(links(4, 3, 2, 1)), "page", known=first.hashes)
    assert [entry.title for entry in later.entries] == [
        "Report number 4 on the wells of the valley"
    ]


def test_of_a_page_seen_for_the_first_time_a_bounded_number_is_taken_and_the_rest_is_old() -> None:
    first = parsed(page(links(*range(120))), "page")
    assert (len(first.entries), first.truncated) == (listing.FIRST_TAKEN, 70)
    assert parsed(page(links(*range(120))), "page", known=first.hashes).entries == ()
    later = parsed(page(links(500, *range(120))), "page", known=first.hashes)
    assert len(later.entries) == 1


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            "<html><head><title>Log in</title></head><body><form><a href='/p'>Password</a></form>",
            "Log in",
        ),
        (
            "<html><body><div id='app'></div><script>boot()</script></body></html>",
            "no list of links",
        ),
        (page(""), "no list of links"),
    ],
)
def test_a_page_that_lost_its_list_says_so(rest: str, said: str) -> None:
    found = refused(rest, "page")
    assert found.reason is Reason.NOT_FEED
    assert said in found.detail


def test_which_links_are_wanted_can_be_said() -> None:
    other = "".join(
        f"<p><a href='/news/{n}'>A short note {n} of the day here</a></p>" for n in range(9)
    )
    feed = parsed(page(links(2, 1), other), "page", links="/r/")
    assert [entry.url for entry in feed.entries] == [
        "https://here.example/r/2",
        "https://here.example/r/1",
    ]
    assert "wants none of them" in refused(page(links(1, 2)), "page", links="/reports/").detail


def test_documents_count_wherever_they_stand() -> None:
    body = page(links(2, 1), "<p>See the <a href='/a/plan.PDF'>plan</a>.</p>")
    assert "https://here.example/a/plan.PDF" in {
        entry.url for entry in parsed(body, "page").entries
    }


def test_a_page_of_endless_links_costs_seconds_at_most() -> None:
    body = "<html><body><div>" + "<a href='/{0}'>words of a link {0}</a>" * 1 + "</div>"
    many = "".join(f"<div><a href='/{n}'>words of a link {n}</a>" for n in range(20_000))
    feed = read(body.format(0) + many, "page")
    assert isinstance(feed, ParsedFeed | Dropped)
    assert not isinstance(feed, ParsedFeed) or len(feed.hashes) <= 2_000


# --- JSON Feed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "no such feed", "items": []}', "JSON that is no feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "JSON that is no feed"),
        (
            '{"version": 3, "items": [{"id": 1, "url": "https://a.example/"}]}',
            "JSON that is no feed",
        ),
        ("{" * 100_000, "cannot be read"),
    ],
)
def test_other_json_is_no_feed_and_shows_how_it_begins(body: str, said: str) -> None:
    assert said in refused(body, "rss").detail


def test_an_item_without_an_id_goes_by_its_address_whatever_its_headline_becomes() -> None:
    def feed(title: str) -> str:
        item = {"url": "https://a.example/1?utm_source=x", "title": title}
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})

    first, later = (parsed(feed(title), "rss").entries[0] for title in ("One", "Two"))
    assert first.key == later.key == "/1"
