"""The demonstration keeps its word.

The sample newsroom behaves as outlets do, and the whole product, run on it, does with every article
what is written beside it.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor.config.loading import load
from monitor.demo.content import Story, morning, outlets, stories
from monitor.demo.documents import LINE
from monitor.demo.server import SLOW_SECONDS, Newsroom
from monitor.demo.show import run_demo
from monitor.edge.http import FetchLimits, Web
from monitor.model import (
    ArticleText,
    Dropped,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchRequest,
    NotModified,
    ParsedFeed,
    Reason,
)
from monitor.stages import extract, parse, screen
from monitor.topics import known_to
from store import articles, feeds, ledger
from store.db import Db, connect
from store.polls import FeedState
from store.types import ItemRow

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(TODAY) as serving:
        yield serving


Fetch = Callable[..., FetchOutcome]


@pytest.fixture
def fetch(newsroom: Newsroom) -> Iterator[Fetch]:
    """Ask the newsroom for a path as the product does, one request at a time."""
    limits = FetchLimits(host_gap_seconds=0, deadline_seconds=10)
    allow = frozenset({("127.0.0.1", newsroom.port)})
    web = Web(clock=lambda: NOW, user_agent="Torkham/test", limits=limits, allow=allow)

    def ask(path: str, **facts: Any) -> FetchOutcome:
        request = FetchRequest(key=path, url=newsroom.origin + path, **facts)
        return next(iter(web.fetch_all([request])))

    with web:
        yield ask


def got(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def outlet_path(key: str) -> str:
    return next(outlet.address for outlet in outlets() if outlet.key == key)


def parsed(page: Fetched) -> ParsedFeed | Dropped:
    return parse.parse_feed(
        page.body,
        content_type=page.headers["content-type"],
        base_url=page.final_url,
        known=(),
        fetched_at=NOW,
    )


def read(fetch: Fetch, path: str) -> ParsedFeed:
    feed = parsed(got(fetch(path, kind="feed")))
    assert isinstance(feed, ParsedFeed), feed
    return feed


# --- what is in it --------------------------------------------------------------------------


def test_newsroom_has_at_least_six_outlets_and_sixty_articles_in_three_languages() -> None:
    assert len(outlets()) >= 6
    assert len(stories(TODAY)) >= 60
    assert {outlet.language for outlet in outlets()} == {"en", "ur", "ps"}
    assert {outlet.format for outlet in outlets()} == {"rss", "atom"}


def test_every_page_and_every_feed_says_that_all_of_it_is_invented(newsroom: Newsroom) -> None:
    newsroom.advance()
    newsroom.advance()
    paths = [story.path for story in newsroom.stories] + ["/"]
    paths += [outlet.feed for outlet in outlets()] + [f"/{outlet.key}/" for outlet in outlets()]
    silent = [path for path in paths if LINE.encode() not in newsroom.answer(path).body]
    assert silent == []


def test_every_article_of_a_morning_is_published_before_it_and_none_on_the_days_before() -> None:
    for story in stories(TODAY):
        found_at = morning(TODAY, story.day)
        assert story.published <= found_at
        if story.special != "stale":
            assert story.published > found_at - timedelta(days=1), story.slug


@pytest.mark.parametrize("ago", range(7))
def test_weekdays_named_in_the_texts_are_those_of_the_days_told_of(ago: int) -> None:
    today = TODAY - timedelta(days=ago)
    story = next(s for s in stories(today) if s.slug == "samarkand-day-ends-without-text")
    other = next(s for s in stories(today) if s.slug == "torkham-reopens-to-trucks")
    assert f"sit down again on {today:%A}" in story.first.paragraphs[0]
    assert f"on {today:%A} morning" in other.first.paragraphs[0]
    assert f"{today:%A}" in other.summary


def test_settings_it_writes_have_no_mistake_and_ask_for_every_outlet(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(newsroom.settings_yaml(tmp_path, desk_port=8123), encoding="utf-8")
    settings = load(path, {}, known=known_to(path))
    assert {spec.key for spec in settings.feeds} == {outlet.key for outlet in outlets()}
    assert len(settings.rules) == 3
    assert settings.web.port == 8123


# --- how it behaves -------------------------------------------------------------------------


def test_feeds_of_well_behaved_outlets_give_their_entries_with_dates(
    newsroom: Newsroom, fetch: Fetch
) -> None:
    for outlet in outlets():
        if outlet.manner in {"html", "slow"}:
            continue
        told = [s for s in newsroom.published() if s.outlet == outlet.key][-(outlet.keeps or 99) :]
        feed = read(fetch, outlet.address)
        assert {entry.title for entry in feed.entries} == {s.first.title for s in told}
        dates = {entry.published.at for entry in feed.entries if entry.published}
        assert dates == {s.published for s in told}


def test_full_text_feed_carries_whole_articles(fetch: Fetch) -> None:
    feed = read(fetch, outlet_path("indus-lantern"))
    talks = next(entry for entry in feed.entries if "Samarkand" in entry.title)
    assert "held for nineteen days" in (talks.content_html or "")


def test_moved_feed_leads_for_good_to_its_new_address(newsroom: Newsroom, fetch: Fetch) -> None:
    answer = got(fetch(outlet_path("khyber-courier"), kind="feed"))
    assert answer.permanent_url == f"{newsroom.origin}/khyber-courier/rss/all.xml"


def test_broken_feed_is_no_xml_and_is_read_all_the_same(fetch: Fetch) -> None:
    answer = got(fetch(outlet_path("bolan-telegraph"), kind="feed"))
    with pytest.raises(ET.ParseError):
        ET.fromstring(answer.body)  # noqa: S314 - our own document
    feed = parsed(answer)
    assert isinstance(feed, ParsedFeed)
    assert len(feed.entries) >= 3


def test_feed_that_answers_a_web_page_is_no_feed(fetch: Fetch) -> None:
    refused = parsed(got(fetch(outlet_path("ravi-dispatch"), kind="feed")))
    assert isinstance(refused, Dropped)
    assert refused.reason is Reason.NOT_FEED


@pytest.mark.slow
def test_slow_feed_takes_its_time_and_answers(fetch: Fetch) -> None:
    started = monotonic()
    assert len(read(fetch, outlet_path("meridian-wire")).entries) >= 2
    assert monotonic() - started >= SLOW_SECONDS


def test_stale_feed_has_nothing_newer_than_five_weeks(fetch: Fetch) -> None:
    newest = read(fetch, outlet_path("oxus-bulletin")).newest_at
    assert newest is not None
    assert newest < NOW - timedelta(weeks=5)


@pytest.mark.parametrize("validator", ["etag", "last_modified"])
def test_second_poll_gets_304_until_something_is_published(
    newsroom: Newsroom, fetch: Fetch, validator: str
) -> None:
    for outlet in outlets():
        if outlet.manner in {"html", "slow"}:
            continue
        first = got(fetch(outlet.feed, kind="feed"))
        again = {validator: first.headers.get(validator.replace("_", "-"))}
        if again[validator] is None:
            continue  # an outlet that has published nothing yet has no date to give
        assert isinstance(fetch(outlet.feed, kind="feed", **again), NotModified), outlet.key
    first = got(fetch(outlet_path("indus-lantern"), kind="feed"))
    newsroom.advance()
    asked = {validator: first.headers[validator.replace("_", "-")]}
    assert isinstance(fetch(outlet_path("indus-lantern"), kind="feed", **asked), Fetched)


def test_edited_story_changes_on_its_page_and_in_its_feed(newsroom: Newsroom, fetch: Fetch) -> None:
    story = next(s for s in newsroom.stories if s.special == "edited")
    path = outlet_path(story.outlet)
    before, page_before = read(fetch, path), got(fetch(story.path)).body
    newsroom.advance()
    after, page_after = read(fetch, path), got(fetch(story.path)).body
    assert {e.title for e in before.entries} - {e.title for e in after.entries} == {
        story.first.title
    }
    assert story.told(1).title in {entry.title for entry in after.entries}
    assert b"Correction" not in page_before
    assert b"Correction" in page_after


def test_articles_of_tomorrow_are_not_there_today(newsroom: Newsroom, fetch: Fetch) -> None:
    tomorrow = next(s for s in newsroom.stories if s.day == 1 and s.page == "article")
    assert isinstance(fetch(tomorrow.path), FetchFailed)
    newsroom.advance()
    assert isinstance(fetch(tomorrow.path), Fetched)


def test_missing_page_stays_missing(newsroom: Newsroom, fetch: Fetch) -> None:
    newsroom.advance()
    story = next(s for s in newsroom.stories if s.page == "missing")
    answer = fetch(story.path)
    assert isinstance(answer, FetchFailed)
    assert answer.status == 404


def test_newsroom_listens_on_this_machine_alone(newsroom: Newsroom) -> None:
    assert newsroom._server.server_address[0] == "127.0.0.1"


# --- its pages ------------------------------------------------------------------------------


def extracted(newsroom: Newsroom, story: Story) -> ArticleText | Dropped:
    """What the product makes of a page: its text, or why it is refused."""
    answer = newsroom.answer(story.path)
    url = newsroom.origin + story.path
    text = extract.extract(
        answer.body, content_type=answer.kind, url=url, fetched_at=NOW,
        feed_title=story.first.title,
    )  # fmt: skip
    if isinstance(text, Dropped):
        return text
    return screen.screen(text, body=answer.body, url=url) or text


def test_pages_give_the_whole_article_and_nothing_of_what_stands_around_it(
    newsroom: Newsroom,
) -> None:
    newsroom.advance()
    newsroom.advance()
    wanted = [s for s in newsroom.stories if s.page == "article" and s.has_link]
    for story in wanted:
        text = extracted(newsroom, story)
        assert isinstance(text, ArticleText), (story.slug, text)
        flat = " ".join(text.body.split())
        for paragraph in story.told(2).paragraphs:
            assert " ".join(paragraph.split()) in flat, story.slug
        titles = {s.told(2).title for s in newsroom.stories} - {story.told(2).title}
        assert not [title for title in titles if title in text.body], story.slug
        assert LINE not in text.body


def test_paywall_and_consent_pages_are_refused_as_no_article(newsroom: Newsroom) -> None:
    newsroom.advance()
    walls = [s for s in newsroom.stories if s.page in {"paywall", "consent"}]
    assert len(walls) == 2
    for story in walls:
        refused = extracted(newsroom, story)
        assert isinstance(refused, Dropped), story.slug
        assert refused.reason is Reason.NOT_ARTICLE


# --- the whole product on it ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One run of the demonstration and what it left behind."""

    code: int
    printed: list[str]
    folder: Path
    items: Mapping[str, ItemRow]  # by path; the entry without an address by its title
    states: Mapping[str, FeedState]
    drawn: frozenset[int]  # articles the audit drew, which depends on the port
    stories: tuple[Story, ...]

    def db(self) -> Db:
        return connect(self.folder / "torkham.db")

    def of(self, story: Story) -> ItemRow:
        return self.items[story.path if story.has_link else story.first.title]

    def fate(self, story: Story) -> str:
        """Where judgement sent it: what the audit drew was rejected first."""
        item = self.of(story)
        return "rejected" if item.article in self.drawn else item.disposition

    def special(self, name: str) -> list[Story]:
        return [story for story in self.stories if (story.special or "").startswith(name)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo") / "data"
    printed: list[str] = []
    code = run_demo(once=True, as_json=True, port=8000, data=folder, echo=printed.append)
    db = connect(folder / "torkham.db")
    rows = ledger.items(db, limit=1000)
    states = {state.spec.key: state for state in feeds.states(db)}
    drawn = db.query("SELECT id FROM articles WHERE route = 'sample' AND copy_of IS NULL")
    numbers = frozenset(int(row["id"]) for row in drawn)
    db.close()
    # The run may have crossed midnight since; the folder knows the day it was made for.
    last = max(folder.glob("outbox/digest-*.html")).name
    found = re.search(r"\d{4}-\d\d-\d\d", last)
    assert found is not None
    return Shown(
        code=code,
        printed=printed,
        folder=folder,
        items={urlsplit(row.url).path if row.url else row.title: row for row in rows},
        states=states,
        drawn=numbers,
        stories=stories(date.fromisoformat(found[0])),
    )


@pytest.mark.slow
def test_demo_prints_its_json_and_its_books_balance(shown: Shown) -> None:
    assert shown.code == 0
    assert len(shown.printed) == 1
    made = json.loads(shown.printed[0])
    books = made["ledger"]
    assert made["balanced"] is True
    assert books["found"] == len(shown.stories)
    assert books["waiting"] == 0
    told = sum(books[name] for name in ("queued", "rejected", "duplicate"))
    assert books["found"] == told + sum(books["dropped"].values()) + sum(books["failed"].values())
    assert made["seconds"] < 60


@pytest.mark.slow
def test_demo_writes_a_digest_a_day_and_alerts_that_can_be_opened(shown: Shown) -> None:
    made = json.loads(shown.printed[0])
    assert made["alerts"]
    for path in [made["digest"], *made["alerts"]]:
        assert Path(path).stat().st_size > 200
    assert len(list(shown.folder.glob("outbox/digest-*.html"))) == 3
    digest = Path(made["digest"]).read_text(encoding="utf-8")
    assert "Torkham reopens to trucks after five days" in digest  # of today
    assert "Chaman&#39;s day labourers" not in digest  # of the day before yesterday
    assert "Asia Cup" not in digest


@pytest.mark.slow
def test_every_special_article_ends_where_it_should(shown: Shown) -> None:
    special = [story for story in shown.stories if story.special]
    assert len(special) >= 15
    became = {story.slug: shown.fate(story) for story in special}
    assert became == {story.slug: story.expect for story in special}


@pytest.mark.slow
def test_nine_in_ten_articles_end_where_it_is_written_beside_them(shown: Shown) -> None:
    right = sum(shown.fate(story) == story.expect for story in shown.stories)
    assert right / len(shown.stories) >= 0.9


@pytest.mark.slow
def test_walls_leave_the_headline_to_judge_and_say_so(shown: Shown) -> None:
    db = shown.db()
    for name in ("paywall", "consent"):
        (story,) = shown.special(name)
        number = shown.of(story).article
        assert number is not None
        row = articles.get(db, number)
        assert row is not None
        assert (row.text_from, row.disposition) == ("headline", "queued")
    db.close()


@pytest.mark.slow
def test_refusals_are_in_the_books_with_their_reasons(shown: Shown) -> None:
    (missing,), (no_link,) = shown.special("missing"), shown.special("no link")
    assert (shown.of(missing).disposition, shown.of(missing).reason) == ("failed", "not_found")
    assert (shown.of(no_link).disposition, shown.of(no_link).reason) == ("dropped", "no_link")


@pytest.mark.slow
def test_edited_story_keeps_both_texts(shown: Shown) -> None:
    (story,) = shown.special("edited")
    number = shown.of(story).article
    assert number is not None
    db = shown.db()
    first, second = articles.versions(db, number)
    db.close()
    assert first.title == story.first.title
    assert second.title == story.told(2).title
    assert "Correction" in second.body
    assert "Correction" not in first.body


@pytest.mark.slow
def test_copies_stand_behind_the_text_that_was_there_first(shown: Shown) -> None:
    db = shown.db()
    for story in shown.special("copy"):
        number = shown.of(story).article
        assert number is not None
        row = articles.get(db, number)
        assert row is not None
        original = articles.get(db, row.copy_of or 0)
        assert original is not None
        assert original.disposition == "queued"
    db.close()


@pytest.mark.slow
def test_feeds_are_as_well_as_their_outlets_let_them_be(shown: Shown) -> None:
    unwell = {key: state.condition for key, state in shown.states.items()}
    assert unwell.pop("ravi-dispatch") == "failing"
    assert unwell.pop("oxus-bulletin") == "stale"
    assert set(unwell.values()) == {"ok"}


@pytest.mark.slow
def test_what_stands_in_a_headline_stays_text_everywhere(shown: Shown) -> None:
    (story,) = shown.special("hostile")
    assert shown.of(story).disposition == "queued"
    files = list(shown.folder.glob("outbox/*"))
    told = [path for path in files if "brings TTP list to Kabul" in path.read_text("utf-8")]
    assert {path.suffix for path in told} == {".html", ".txt"}
    for path in told:
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"^Bcc:", text, re.MULTILINE)


@pytest.mark.slow
def test_demo_refuses_a_folder_that_holds_a_database(shown: Shown) -> None:
    before = (shown.folder / "feeds.yaml").read_bytes()
    said: list[str] = []
    code = run_demo(once=True, as_json=False, port=8000, data=shown.folder, echo=said.append)
    assert code == 2
    assert len(said) == 1
    assert "database" in said[0]
    assert (shown.folder / "feeds.yaml").read_bytes() == before


SERVE = """
from monitor.demo.show import run_demo
from functools import partial
raise SystemExit(run_demo(once=False, as_json=False, port={port}, data=None,
                          echo=partial(print, flush=True)))
"""


@pytest.mark.slow
def test_demo_serves_the_desk_beside_a_taken_port_until_it_is_stopped(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            # A shell that runs the tests in the background has them ignore Ctrl-C.
            ["env", "--default-signal=INT", sys.executable, "-c", SERVE.format(port=port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        )
        with process:
            lines = []
            for line in process.stdout or ():
                lines.append(line)
                if line.startswith("The desk is at"):
                    break
            url = re.search(r"http://127\.0\.0\.1:\d+/", lines[-1])
            assert url is not None, lines
            assert f"Port {port} is taken" in lines[-2]
            with urllib.request.urlopen(url[0], timeout=10) as answer:
                page = answer.read().decode()
            with urllib.request.urlopen(f"{url[0]}healthz", timeout=10) as answer:
                assert json.load(answer)["ok"] is True
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
    assert "stories wait" in page
    assert "unwell (" not in page, "the service itself; two of the sample's feeds are"
    assert list(tmp_path.iterdir()) == []
