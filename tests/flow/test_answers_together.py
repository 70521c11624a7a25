"""Answers with news share a write: the rows are the same, and none of them pays for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.feeds.polled import Answer, Watch, keep_answer, keep_answers
from monitor.feeds.turns import body_hash_of
from monitor.model import Fault, Fetched, FetchFailed, ParsedFeed
from monitor.stages.parse import parse_feed
from store import feeds, hours
from store.db import Db, connect
from store.polls import FeedSpec
from store.sql import fetch, run

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
FEEDS = 6
TABLES = ("feeds", "polls", "items", "articles", "ledger_days", "feed_hours")


def spec(number: int) -> FeedSpec:
    url = f"https://h{number}.example/feed"
    return FeedSpec(key=f"f{number}", url=url, outlet="Herald", side="", language="en")


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[list[Db]]:
    with closing(connect(tmp_path / "one.db")) as one, closing(connect(tmp_path / "two.db")) as two:
        for store in (one, two):
            feeds.sync(store, [spec(number) for number in range(FEEDS)], NOW)
        yield [one, two]


def answers(db: Db) -> list[Answer]:
    """News of five outlets, one item of which two have, and one that does not answer."""
    due = {state.spec.key: state for state in feeds.due(db, NOW)}
    rhythms = hours.rhythms(db, list(due), NOW)
    made: list[Answer] = []
    for number in range(FEEDS - 1):
        url = spec(number).url
        links = [f"https://h{number}.example/a", f"https://shared.example/{number // 2}"]
        items = "".join(f"<item><title>Of {one}</title><link>{one}</link></item>" for one in links)
        body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
        came = Fetched(
            key=f"f{number}", url=url, final_url=url, status=200, headers={}, body=body,
            fetched_at=NOW,
        )  # fmt: skip
        read = parse_feed(
            body, content_type="application/rss+xml", base_url=url, known=(), fetched_at=NOW,
            kind="rss", links="",
        )  # fmt: skip
        assert isinstance(read, ParsedFeed)
        made.append(
            Answer(state=due[came.key], outcome=came, made=read, body_hash=body_hash_of(came),
                   rhythm=rhythms[came.key])
        )  # fmt: skip
    gone = FetchFailed(
        key="f5", url=spec(5).url, fault=Fault.DNS, detail="No such name.", fetched_at=NOW
    )
    silent = Answer(state=due["f5"], outcome=gone, made=None, body_hash=None, rhythm=rhythms["f5"])
    return [*made, silent]


def rows(db: Db) -> dict[str, list[dict[str, object]]]:
    return {table: fetch(db, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608


def test_the_rows_are_those_that_a_write_each_leaves(stores: list[Db]) -> None:
    together, singly = stores
    said: list[str] = []
    together.conn.set_trace_callback(said.append)
    kept = keep_answers(together, answers(together), Watch(), NOW)
    together.conn.set_trace_callback(None)
    assert said.count("COMMIT") == 1
    assert kept == [keep_answer(singly, one, Watch(), NOW) for one in answers(singly)]
    assert [one.get("new") for one in kept] == [2, 2, 2, 2, 2, 0]
    assert rows(together) == rows(singly)


def test_one_that_cannot_be_kept_costs_itself_alone(stores: list[Db]) -> None:
    db, _ = stores
    run(
        db,
        "CREATE TRIGGER broken BEFORE INSERT ON items WHEN new.feed = 'f2'"
        " BEGIN SELECT raise(ABORT, 'no'); END",
    )
    kept = keep_answers(db, answers(db), Watch(), NOW)
    assert [one.get("new") for one in kept] == [2, 2, 0, 2, 2, 0]
    assert "ok" not in kept[2]
    assert [len(feeds.history(db, f"f{number}")) for number in range(FEEDS)] == [1] * FEEDS
    states = {state.spec.key: state for state in feeds.states(db)}
    assert states["f2"].body_hash is None, "its document is asked again"
    assert states["f2"].failures == 1
    assert fetch(db, "SELECT 1 FROM items WHERE feed = 'f2'") == []
