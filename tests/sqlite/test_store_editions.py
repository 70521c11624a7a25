"""Editions of the digest, and texts that nobody wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from store import articles, editions, feeds, outbox, search, verdicts
from store.db import Db, connect
from store.messages import Edition, Outgoing
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.schema.editions import editions as migrate
from store.types import StoredText, VerdictRow

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)


def edition(page: str) -> Edition:
    return Edition(
        day_on=DAY, made_at=NOW, since_at=NOW - timedelta(days=1), until_at=NOW,
        title="Torkham, 4 March", page=page, text="t", markdown="m", picture=b"png",
    )  # fmt: skip


def message(text: str) -> Outgoing:
    return Outgoing(
        key=f"digest:{DAY}:outbox", kind="digest", channel="outbox", subject="Torkham",
        text=text, html=None, created_at=NOW, day_on=DAY,
    )  # fmt: skip


def test_a_day_is_told_once_with_its_messages(tmp_path: Path) -> None:
    """A second edition of a day changes nothing, neither the page nor the messages."""
    db = connect(tmp_path / "t.db")
    assert editions.last_on(db) is None
    assert editions.put(db, edition("first"), [message("first")])
    assert not editions.put(db, edition("second"), [message("second")])

    kept = editions.get(db, DAY)
    assert kept is not None
    assert (kept.page, kept.since_at) == ("first", NOW - timedelta(days=1))
    assert [row.message.text for row in outbox.recent(db)] == ["first"]
    assert editions.last_on(db) == DAY
    assert editions.recent(db) == [kept]


def found(number: int) -> FoundEntry:
    url = f"https://lantern.example/{number}"
    return FoundEntry(
        key=url, item_hash=url, guid=url, url=url, canonical_url=url, title=f"Story {number}",
        summary="", content_html=None, author=None, published_at=None, published_original=None,
        language="en",
    )  # fmt: skip


def judged(db: Db, article: int, to: str) -> None:
    body = f"marigold number {article} in a long enough body"
    articles.save_text(
        db,
        StoredText(
            article=article, title=f"Story {article}", body=body, author=None, language="en",
            published_at=None, published_original=None, published_source="first_seen",
            extractor="t", text_from="page", text_hash=str(article), title_key=str(article),
            scheme="s", sketch=(),
        ),
        NOW,
    )  # fmt: skip
    row = VerdictRow(
        article=article, version=1, topic="t", model="m", lexicon="l", score=0.5, relevant=True,
        topics=(), evidence="{}", route="queue" if to == "queued" else "reject", route_why="",
        probability=1.0, disposition="queued" if to == "queued" else "rejected",
    )  # fmt: skip
    verdicts.save_verdicts(db, [row], [], NOW)


def test_old_texts_nobody_wanted_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """The rejected article keeps its headline and its place; the queued one keeps its text."""
    db = connect(tmp_path / "t.db")
    spec = FeedSpec(key="f", url="https://lantern.example/f", outlet="L", side="world",
                    language="en")  # fmt: skip
    feeds.sync(db, [spec], NOW)
    record = PollRecord(
        state=FeedState(spec=spec), at=NOW, outcome="ok", found=(found(1), found(2))
    )
    feeds.save_poll(db, record)
    judged(db, 1, "rejected")
    judged(db, 2, "queued")

    assert articles.forget_texts(db, NOW) == 0, "first seen at that instant is not before it"
    assert articles.forget_texts(db, NOW + timedelta(days=1)) == 1
    assert articles.forget_texts(db, NOW + timedelta(days=1)) == 0

    first, second = articles.text(db, 1), articles.text(db, 2)
    assert first is not None
    assert second is not None
    assert (first.title, first.body) == ("Story 1", "")
    assert "marigold" in second.body
    assert [row.article for row in search.search(db, "marigold")] == [2]
    assert articles.ledger(db).rejected == 1


def further(name: str, day: date, **change: object) -> Edition:
    return replace(edition("page"), name=name, day_on=day, **change)  # type: ignore[arg-type]


def test_each_digest_tells_its_own_days(tmp_path: Path) -> None:
    """Two digests of one day are two editions; each knows its own last day and neighbours."""
    db = connect(tmp_path / "t.db")
    for back in (2, 1, 0):
        assert editions.put(db, further("daily", DAY - timedelta(days=back)), [])
    assert editions.put(db, further("weekly", DAY), [])
    assert not editions.put(db, further("weekly", DAY), [])
    assert editions.last_on(db) == DAY
    assert editions.last_on(db, until=DAY - timedelta(days=1)) == DAY - timedelta(days=1)
    assert editions.last_on(db, "monthly") is None
    assert editions.names(db) == ["daily", "weekly"]
    assert editions.days(db, "weekly") == [DAY]
    assert len(editions.days(db)) == 3
    assert editions.beside(db, "daily", DAY - timedelta(days=1)) == (DAY - timedelta(days=2), DAY)
    assert editions.beside(db, "weekly", DAY) == (None, None)


def test_every_form_is_kept_as_it_was_made(tmp_path: Path) -> None:
    db = connect(tmp_path / "t.db")
    editions.put(db, edition("first"), [])
    kept = editions.get(db, DAY)
    assert kept is not None
    assert (kept.text, kept.markdown, kept.picture) == ("t", "m", b"png")
    assert editions.picture(db, "daily", DAY) == b"png"
    assert editions.picture(db, "weekly", DAY) is None


def test_a_message_leads_to_its_edition() -> None:
    """From its key alone, for the daily digest and for those with a name."""
    for name, way in (("daily", "post:a@desk.example"), ("weekly", "outbox")):
        key = editions.message_key(name, DAY, way)
        assert editions.of_message(replace(message("x"), key=key, channel=way)) == (name, DAY)
    assert editions.of_message(replace(message("x"), kind="alert")) is None


def test_a_clock_put_forward_hides_neither_days_nor_what_was_seen(tmp_path: Path) -> None:
    """An edition made three days ahead is no word of the days before it, nor of what came since."""
    db = connect(tmp_path / "t.db")
    editions.put(db, edition("today"), [])
    days = timedelta(days=1)
    ahead = further("daily", DAY + 3 * days, made_at=NOW + 3 * days, until_at=NOW + 3 * days)
    editions.put(db, ahead, [])
    tomorrow = NOW + days
    assert editions.last_on(db, until=DAY + 3 * days, now=tomorrow) == DAY
    assert editions.covered_until(db, "daily", DAY + days, now=tomorrow) == NOW
    editions.put(
        db, further("daily", DAY + days, made_at=tomorrow, until_at=tomorrow), []
    )  # the clock is right again
    later = NOW + 4 * days
    assert editions.last_on(db, until=DAY + 4 * days, now=later) == DAY + 3 * days
    assert editions.covered_until(db, "daily", DAY + 4 * days, now=later) == tomorrow


def test_a_day_told_ahead_of_its_time_is_not_told_again_and_the_next_begins_before_it(
    tmp_path: Path,
) -> None:
    db = connect(tmp_path / "t.db")
    editions.put(db, edition("today"), [])
    soon = NOW + timedelta(days=1)
    early = further("daily", DAY + timedelta(days=1), made_at=soon, until_at=soon)
    editions.put(db, early, [])
    due = soon - timedelta(minutes=5)
    editions.made_ahead(db, "daily", early.day_on, NOW, due)
    assert editions.covered_until(db, "daily", DAY + timedelta(days=2)) == NOW
    editions.made_ahead(db, "daily", DAY, NOW - timedelta(days=9), due)
    assert editions.covered_until(db, "daily", DAY + timedelta(days=1)) == NOW, "made in its time"


def test_a_clock_put_back_for_a_while_changes_nothing(tmp_path: Path) -> None:
    db = connect(tmp_path / "t.db")
    for back in (2, 1, 0):
        at = NOW - timedelta(days=back)
        editions.put(db, further("daily", DAY - timedelta(days=back), made_at=at, until_at=at), [])
    wrong = NOW - timedelta(days=1, hours=-3)
    assert editions.last_on(db, until=DAY - timedelta(days=1), now=wrong) == DAY - timedelta(days=1)
    assert editions.last_on(db, until=DAY, now=NOW) == DAY
    assert editions.covered_until(db, "daily", DAY + timedelta(days=1), now=NOW) == NOW


def test_editions_of_before_there_were_names_are_the_daily_ones(tmp_path: Path) -> None:
    """The migration keeps them, with where their windows ended."""
    path = tmp_path / "t.db"
    raw = connect(path)
    raw.conn.executescript(
        """
        DROP VIEW digest_list;
        DROP TABLE editions;
        CREATE TABLE editions (
            day_on TEXT PRIMARY KEY, made_at TEXT NOT NULL, since_at TEXT NOT NULL,
            until_at TEXT NOT NULL, title TEXT NOT NULL, page TEXT NOT NULL
        ) STRICT;
        INSERT INTO editions VALUES ('2026-03-04', '2026-03-04T02:00:00+00:00',
            '2026-03-03T02:00:00+00:00', '2026-03-04T02:00:00+00:00', 'Torkham', 'kept');
        """
    )
    migrate(raw)
    raw.conn.commit()
    raw.close()
    db = connect(path)
    kept = editions.get(db, DAY)
    assert kept is not None
    assert (kept.name, kept.page, kept.text, kept.picture) == ("daily", "kept", "", None)
    assert editions.covered_until(db, "daily", DAY + timedelta(days=1)) == NOW


def test_what_a_tick_asks_uses_an_index_however_many_editions_there_are(tmp_path: Path) -> None:
    """The day told last, where its window ended, and whether a clock was put forward."""
    db = connect(tmp_path / "t.db")
    asked = (
        (editions._LAST, ("daily", "2026-03-04", "~")),
        (editions._COVERED, ("daily", "2026-03-04", "~")),
        (editions._NAMES, ()),
    )
    for sql, params in asked:
        plan = "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))
        assert "SEARCH editions USING" in plan, plan
        assert "SCAN editions" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan
