"""Answers that tell nothing new share a write, and none of them pays for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.feeds.polled import Watch
from monitor.feeds.quiet import TOGETHER, Quiet
from monitor.feeds.turns import body_hash_of
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, NotModified
from store import feeds, hours, quiet
from store.db import Db, connect
from store.memory import FeedMemory
from store.polls import FeedSpec, FeedState, PollRecord

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
FEEDS = 2 * TOGETHER + 3
BODY = b"<rss><channel><item><title>One</title></item></channel></rss>"


def spec(number: int, url: str = "") -> FeedSpec:
    own = f"https://h{number}.example/feed"
    return FeedSpec(key=f"f{number:03}", url=url or own, outlet="Herald", side="", language="en")


def same(number: int, url: str | None = None) -> Fetched:
    address = f"https://h{number}.example/feed"
    return Fetched(key=f"f{number:03}", url=address, final_url=url or address, status=200,
                   headers={}, body=BODY, fetched_at=NOW, permanent_url=url)  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    with closing(connect(tmp_path / "torkham.db")) as store:
        feeds.sync(store, [spec(n) for n in range(FEEDS)], NOW)
        for number in range(FEEDS):
            state = FeedState(
                spec=spec(number), body_hash=body_hash_of(same(number)), item_hashes=("one",),
                memory=FeedMemory(fresh_at=NOW), condition="ok", polls=1, next_poll_at=NOW,
            )  # fmt: skip
            feeds.save_poll(
                store, PollRecord(state=state, at=NOW - timedelta(hours=1), outcome="ok")
            )
        yield store


def unmodified(number: int) -> NotModified:
    return NotModified(key=f"f{number:03}", url="", headers={"etag": '"new"'}, fetched_at=NOW)


def given(
    db: Db, came: list[FetchOutcome | None], *, before_writing: list[FeedSpec] | None = None
) -> tuple[Quiet, list[FetchOutcome | None]]:
    """What is kept of these answers, and what is given on."""
    due = {state.spec.key: state for state in quiet.due_outlined(db, NOW)}
    held = Quiet(db, due, hours.rhythms(db, list(due), NOW), Watch(), lambda: NOW)
    others = [one and one[0] for one in held.others(iter(came), lambda: False)]
    if before_writing is not None:
        feeds.sync(db, before_writing, NOW)
    held.keep()
    return held, others


def test_a_round_of_them_takes_one_write_for_fifty(db: Db) -> None:
    said: list[str] = []
    db.conn.set_trace_callback(said.append)
    held, others = given(db, [unmodified(n) for n in range(FEEDS)])
    db.conn.set_trace_callback(None)
    assert others == []
    assert said.count("COMMIT") == 3
    assert held.counts == {"not_modified": FEEDS}
    assert all(state.polls == 2 and state.etag == '"new"' for state in feeds.states(db))
    assert all(state.item_hashes == ("one",) for state in feeds.states(db))


def test_what_has_come_is_kept_when_nothing_more_comes(db: Db) -> None:
    held, _ = given(db, [unmodified(0), None, unmodified(1)])
    assert held.counts == {"not_modified": 2}
    due = {state.spec.key: state for state in quiet.due_outlined(db, NOW)}
    waiting = Quiet(db, due, hours.rhythms(db, list(due), NOW), Watch(), lambda: NOW)
    answers = waiting.others(iter([unmodified(2), None, unmodified(3)]), lambda: False)
    assert next(answers) is None
    assert waiting.counts == {"not_modified": 1}, "a kill from now on loses none of it"


def test_one_whose_address_changed_meanwhile_costs_the_others_nothing(db: Db) -> None:
    moved = [spec(n, "https://new.example/feed" if n == 1 else "") for n in range(FEEDS)]
    held, _ = given(db, [unmodified(n) for n in range(3)], before_writing=moved)
    states = {state.spec.key: state for state in feeds.states(db)}
    assert held.counts["not_modified"] == 3
    assert [states[f"f00{n}"].polls for n in range(3)] == [2, 2, 2]
    assert (states["f001"].etag, states["f001"].body_hash) == (None, None), "they are the old URL's"
    assert [len(feeds.history(db, f"f00{n}")) for n in range(3)] == [2, 2, 2]


def test_an_unchanged_document_is_quiet_and_what_says_something_is_given_on_whole(db: Db) -> None:
    other = Fetched(key="f001", url="", final_url="", status=200, headers={}, body=b"<rss/>",
                    fetched_at=NOW)  # fmt: skip
    failed = FetchFailed(key="f002", url="", fault=Fault.DNS, detail="", fetched_at=NOW)
    moved = same(3, "https://new.example/feed")
    due = {state.spec.key: state for state in quiet.due_outlined(db, NOW)}
    held = Quiet(db, due, hours.rhythms(db, list(due), NOW), Watch(), lambda: NOW)
    others = list(held.others(iter([same(0), other, failed, moved]), lambda: False))
    held.keep()
    assert [one[0] for one in others if one] == [other, failed, moved]
    assert held.counts == {"same_body": 1}
    assert [due[f"f00{n}"].item_hashes for n in range(4)] == [(), ("one",), ("one",), ("one",)]


def test_a_stop_keeps_what_has_come(db: Db) -> None:
    due = {state.spec.key: state for state in quiet.due_outlined(db, NOW)}
    held = Quiet(db, due, hours.rhythms(db, list(due), NOW), Watch(), lambda: NOW)
    assert list(held.others(iter([unmodified(0), unmodified(1)]), lambda: True)) == []
    held.keep()
    assert held.counts == {"not_modified": 1}
