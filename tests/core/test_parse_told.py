"""What a feed says and we do not believe is kept as it was written, and told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.articles.records import found_entry
from monitor.model import Entry, ParsedFeed
from monitor.stages.parse import parse_feed

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def read(body: bytes, content_type: str = "text/xml") -> ParsedFeed:
    parsed = parse_feed(
        body,
        content_type=content_type,
        base_url="https://a.example/feed",
        known=frozenset(),
        fetched_at=NOW,
    )
    assert isinstance(parsed, ParsedFeed)
    return parsed


def only(inside: str) -> Entry:
    body = f"<rss version='2.0'><channel><item>{inside}</item></channel></rss>"
    (entry,) = read(body.encode()).entries
    return entry


@pytest.mark.parametrize(
    "written", ["Fri, 01 Jan 2099 00:00:00 GMT", "about noon", "01 Jan 0000", "1 Jan 1970 00:00 Z"]
)
def test_a_date_that_cannot_be_believed_is_kept_as_written(written: str) -> None:
    entry = only(f"<title>T</title><link>https://a.example/1</link><pubDate>{written}</pubDate>")
    assert entry.published is None
    assert found_entry(entry).published_at is None
    assert found_entry(entry).published_original == written


def test_a_date_that_is_believed_is_told_once() -> None:
    written = "Fri, 20 Nov 2026 05:00:00 GMT"
    entry = only(f"<title>T</title><pubDate>{written}</pubDate>")
    assert entry.published_original is None
    assert found_entry(entry).published_original == written


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file://c/etc/passwd", "data:text/html,x"])
def test_a_link_that_is_no_web_address_is_refused_in_words(link: str) -> None:
    found = found_entry(only(f"<title>T</title><link>{link}</link><guid>1</guid>"))
    assert (found.refused, found.canonical_url) == ("bad_url", None)
    assert link in found.refused_detail


def test_an_entry_without_a_link_has_none_whatever_its_guid_is() -> None:
    """The parser takes the guid for the link where there is none."""
    for inside in ("<title>T</title>", "<title>T</title><guid>urn:sample:1</guid>"):
        assert found_entry(only(inside)).refused == "no_link"


def test_figures_in_an_address_declare_no_encoding() -> None:
    """An address with 1256 in it, among the first bytes, is not taken for windows-1256 declared."""
    title = "انفجار في السوق القديم".encode("cp1256")
    link = b"https://a.example/1256/8859"
    body = b"<rss><channel><link>%b</link><item><title>%b</title></item></channel></rss>"
    parsed = read(body % (link, title))
    assert parsed.entries[0].title == title.decode("cp1256")
    assert "windows-1256" in parsed.problems[0].detail


def test_letters_that_had_to_be_guessed_are_told_of() -> None:
    parsed = read("<rss><channel><item><title>café</title></item></channel></rss>".encode("cp1252"))
    assert parsed.entries[0].title == "café"
    assert "windows-1252" in parsed.problems[0].detail


def test_the_markup_kept_of_an_entry_holds_no_control_character() -> None:
    text = "x" * 40
    inside = (
        "<title>T</title><description>short</description>"
        f"<content:encoded><![CDATA[<p>{text}\r\n\ta\x1b[31m\x08</p>]]></content:encoded>"
    )
    names = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    body = f"<rss version='2.0' {names}><channel><item>{inside}</item></channel></rss>"
    (entry,) = read(body.encode()).entries
    assert entry.content_html == f"<p>{text}\n a[31m</p>"
