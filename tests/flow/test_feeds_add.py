"""Feeds are found, tried and written into feeds.yaml, and travel as OPML; nothing there is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.config.loading import load

if TYPE_CHECKING:
    from tests.flow.newsroom import Newsroom

SETTINGS = """\
# The desk's own file. Keep this line.
team: {time_zone: Asia/Karachi}
feeds:
  # the first one
  - key: gazette
    url: https://gazette.example/feed    # not the old address
    outlet: Gazette
    side: exile
    enabled: false

# What nobody reads:
fetch: {host_gap: 0, obey_robots: false}   # fast, for a test
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def run(folder: Path, newsroom: Newsroom | None, *words: str | Path, **more: Any) -> Result:
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    allow = frozenset({("127.0.0.1", newsroom.port)}) if newsroom else frozenset()
    result = CliRunner().invoke(torkham, [*map(str, words), *place], obj=allow, **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def kept_lines(folder: Path) -> list[str]:
    """The lines of the file as it was that are no longer in it."""
    now = (folder / "feeds.yaml").read_text(encoding="utf-8").splitlines()
    return [line for line in SETTINGS.splitlines() if line not in now]


def html(head: str = "", body: str = "") -> Any:
    page = f"<!doctype html><html lang='ur'><head><title>Home | Valley Post</title>{head}</head>"
    return lambda handler: handler.say(200, f"{page}<body>{body}</body></html>")


def test_the_feed_a_page_names_is_found_tried_and_added_with_every_comment_kept(
    folder: Path, newsroom: Newsroom
) -> None:
    newsroom.publish("valley", "A headline of the valley")
    link = '<link rel="alternate" type="application/rss+xml" href="/{}">'
    newsroom.answers["/"] = html(link.format("comments/feed") + link.format("feed/valley"))
    result = run(folder, newsroom, "feeds", "add", f"{newsroom.base}/", "--side", "exile", "--yes")
    assert result.exit_code == 0, result.output
    assert "A headline of the valley" in result.output
    assert "headlines and summaries" in result.output
    assert kept_lines(folder) == []
    added = load(folder / "feeds.yaml", {}).feeds[-1]
    assert (added.url, added.side) == (f"{newsroom.base}/feed/valley", "exile")
    assert (added.outlet, added.language, added.body) == ("Valley Post", "ur", "page")


def test_what_is_there_already_is_refused_in_words_however_it_is_spelled(
    folder: Path, newsroom: Newsroom
) -> None:
    before = (folder / "feeds.yaml").read_bytes()
    spelled = "http://www.gazette.example/feed/?utm_source=x"
    result = run(folder, newsroom, "feeds", "add", spelled, "--yes")
    assert result.exit_code == 1
    assert "as gazette and is switched off there" in result.stderr
    assert (folder / "feeds.yaml").read_bytes() == before


@pytest.mark.slow
def test_without_a_yes_nothing_is_written(folder: Path, newsroom: Newsroom) -> None:
    newsroom.publish("valley", in_feed=True, body="word " * 600)
    before = (folder / "feeds.yaml").read_bytes()
    result = run(folder, newsroom, "feeds", "add", f"{newsroom.base}/feed/valley", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["written"], told["found"]["entries"], told["found"]["kind"]) == (False, 1, "rss")
    assert told["found"]["full_text"] is True
    assert told["entry"]["body"] == "full"
    assert (folder / "feeds.yaml").read_bytes() == before


@pytest.mark.slow
def test_the_news_sitemap_that_robots_txt_names_stands_in_and_an_index_is_followed_once(
    folder: Path, newsroom: Newsroom
) -> None:
    at = newsroom.base
    newsroom.answers["/"] = html()
    newsroom.answers["/robots.txt"] = lambda handler: handler.say(
        200, f"User-agent: *\nSitemap: {at}/index.xml\n", "text/plain"
    )
    newsroom.answers["/index.xml"] = lambda handler: handler.say(
        200,
        f"<sitemapindex><sitemap><loc>{at}/news.xml</loc></sitemap></sitemapindex>",
        "text/xml",
    )
    newsroom.answers["/news.xml"] = lambda handler: handler.say(
        200, f"<urlset><url><loc>{at}/news/bridge-opens-again</loc></url></urlset>", "text/xml"
    )
    result = run(folder, newsroom, "feeds", "add", f"{at}/", "--json", "--yes")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["found"]["kind"], told["found"]["url"]) == ("news-sitemap", f"{at}/news.xml")
    assert told["found"]["newest_title"] == "Bridge opens again"
    assert load(folder / "feeds.yaml", {}).feeds[-1].kind == "news-sitemap"


LIST = "".join(
    f"<li><a href='/reports/{n}'>Report number {n} on the wells of the valley</a></li>"
    for n in range(1, 9)
)


@pytest.mark.slow
def test_a_site_without_a_feed_is_offered_as_a_page_and_can_be_watched(
    folder: Path, newsroom: Newsroom
) -> None:
    newsroom.answers["/reports"] = html(body=f"<nav><a href='/'>Home</a></nav><ul>{LIST}</ul>")
    asked = f"{newsroom.base}/reports"
    none = run(folder, newsroom, "feeds", "add", asked)
    assert none.exit_code == 1
    assert "a list of 8 links" in none.stderr
    assert "--kind page" in none.stderr
    words = ("--kind", "page", "--links", "/reports/", "--key", "wells", "--yes")
    result = run(folder, newsroom, "feeds", "add", asked, *words)
    assert result.exit_code == 0, result.output
    added = load(folder / "feeds.yaml", {}).feeds[-1]
    assert (added.key, added.kind, added.links) == ("wells", "page", "/reports/")


def test_an_address_inside_the_own_network_is_not_asked(folder: Path, newsroom: Newsroom) -> None:
    newsroom.publish("valley")
    result = run(folder, None, "feeds", "add", f"{newsroom.base}/feed/valley", "--yes")
    assert result.exit_code == 1
    assert "could not be had" in result.stderr
    assert newsroom.asked == []


# --- OPML -----------------------------------------------------------------------------------

OPML = b"""<?xml version="1.0"?><opml version="1.0"><head><title>x</title></head><body>
<outline text="Valleys"><outline text="Upper &amp; Lower" xmlurl="https://upper.example/rss"/>
<outline text="Again" xmlUrl="http://www.upper.example/rss/"/></outline>
<outline text="Gazette" xmlUrl="http://gazette.example/feed"/>
<outline text="Odd" xmlUrl="https://user:pass@odd.example/feed"/>
<outline text="No address"/><outline text="Script" xmlUrl="javascript:alert(1)"/>
<outline text="Old" xmlUrl="feed://old.example/rss"/></body></opml>"""


def test_an_opml_file_is_listed_first_and_then_added(folder: Path) -> None:
    (folder / "list.opml").write_bytes(OPML)
    dry = run(folder, None, "feeds", "import-opml", folder / "list.opml", "--json")
    told = json.loads(dry.stdout)
    assert [(f["key"], f["outlet"]) for f in told["new"]] == [
        ("upper-example-rss", "Upper & Lower")
    ]
    assert [row["key"] for row in told["known"]] == ["upper-example-rss", "gazette"]
    assert [row["url"] for row in told["refused"]] == [
        "https://user:pass@odd.example/feed",
        "javascript:alert(1)",
        "feed://old.example/rss",
    ]
    assert told["written"] == 0
    done = run(folder, None, "feeds", "import-opml", folder / "list.opml", "--yes")
    assert "1 new, 2 known, 3 refused" in done.output
    assert kept_lines(folder) == []
    assert [feed.key for feed in load(folder / "feeds.yaml", {}).feeds] == [
        "gazette",
        "upper-example-rss",
    ]


def test_feeds_exported_and_imported_elsewhere_are_the_same(folder: Path, tmp_path: Path) -> None:
    text = """\
feeds:
  - {key: a, url: 'https://a.example/f?x=1&y=2', outlet: 'A & "B" <c>', side: exile, language: ps}
  - {key: b, url: 'https://b.example/rss', outlet: بی بی سی, section: 'world: asia', language: ur}
  - {key: g, url: 'https://news.google.com/rss/search?q=x', outlet: G, kind: google-news}
  - {key: s, url: 'https://b.example/s.xml', outlet: B, kind: news-sitemap}
  - {key: off, url: 'https://off.example/rss', outlet: Off, enabled: false}
"""
    (folder / "feeds.yaml").write_text(text, encoding="utf-8")
    said = run(folder, None, "feeds", "export-opml", folder / "out.opml")
    assert "1 sitemaps and pages" in said.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "feeds.yaml").write_text("feeds:\n- url: https://c.example/rss\n", encoding="utf-8")
    run(other, None, "feeds", "import-opml", folder / "out.opml", "--yes")

    def facts(where: Path) -> set[tuple[str, ...]]:
        return {
            (f.url, f.outlet, f.side, f.language, f.section, f.kind)
            for f in load(where / "feeds.yaml", {}).feeds
            if f.enabled and f.kind != "news-sitemap" and "c.example" not in f.url
        }

    assert facts(other) == facts(folder)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE o [<!ENTITY a "x">]><opml><body><outline xmlUrl="https://a.example/"/></body></opml>',
        b"<html><body>no list</body></html>",
        b"",
        b"\x00\xff" * 50,
    ],
)
def test_a_file_that_is_no_opml_changes_nothing(folder: Path, body: bytes) -> None:
    (folder / "list.opml").write_bytes(body)
    result = run(folder, None, "feeds", "import-opml", folder / "list.opml", "--yes")
    assert result.exit_code == 1
    assert result.stderr.startswith("torkham: ")
    assert (folder / "feeds.yaml").read_text(encoding="utf-8") == SETTINGS


@pytest.mark.slow
def test_a_file_with_its_feeds_on_one_line_is_left_alone_and_says_so(
    folder: Path, newsroom: Newsroom
) -> None:
    newsroom.publish("valley")
    text = "feeds: [{url: 'https://a.example/rss'}]\n"
    (folder / "feeds.yaml").write_text(text, encoding="utf-8")
    result = run(folder, newsroom, "feeds", "add", f"{newsroom.base}/feed/valley", "--yes")
    assert result.exit_code == 2
    assert "one line" in result.stderr
    assert (folder / "feeds.yaml").read_text(encoding="utf-8") == text
