"""Polls that bring nothing: read in outline, written together, and as if each had been alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store import feeds, hours, quiet
from store.db import Db, connect
from store.memory import FeedMemory, Listed
from store.polls import PollRecord
from store.sql import fetch, one
from store.watch import Rhythm


def told(db: Db) -> list[list[dict[str, Any]]]:
    tables = ("feeds", "polls", "poll_days", "poll_months")
    rows = [fetch(db, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [[{k: v for k, v in row.items() if k != "id"} for row in found] for found in rows]


def polled(db: Db, make: Any, count: int) -> None:
    """So many feeds, each with a document behind it."""
    specs = [make.spec(f"feed{n}") for n in range(count)]
    feeds.sync(db, specs, make.T0)
    for spec in specs:
        listed = Listed(item_hash="h", marks=("m",), dated_at=make.T0, first_at=make.T0)
        memory = FeedMemory(listed=(listed,), compared="11", fresh_at=make.T0)
        state = replace(make.poll(feed=spec.key).state, spec=spec, item_hashes=("h", "i"),
                        memory=memory, body_hash="b", etag='"1"')  # fmt: skip
        feeds.save_poll(db, make.poll(make.entry(spec.key), feed=spec.key, state=state))


def quiet_poll(state: Any, make: Any, minutes: float) -> PollRecord:
    after = replace(state, etag='"2"', polls=state.polls + 1, last_polled_at=make.at(minutes),
                    last_ok_at=make.at(minutes), next_poll_at=make.at(minutes + 20),
                    interval_seconds=1200.0, condition_since=make.T0)  # fmt: skip
    return PollRecord(state=after, at=make.at(minutes), outcome="not_modified", status=304)


def test_many_in_one_write_leave_what_each_would_alone(db: Db, make: Any, tmp_path: Path) -> None:
    polled(db, make, 5)
    with closing(connect(tmp_path / "alone.db")) as alone:
        polled(alone, make, 5)
        for state in feeds.due(alone, make.at(60)):
            feeds.save_poll(alone, quiet_poll(state, make, 60))
        records = [quiet_poll(state, make, 60) for state in quiet.due_outlined(db, make.at(60))]
        quiet.save_quiet(db, records)
        assert told(db) == told(alone)
        assert [state.item_hashes for state in feeds.states(db)] == [("h", "i")] * 5


def test_the_same_feeds_come_in_the_same_order_and_become_whole(db: Db, make: Any) -> None:
    polled(db, make, 4)
    outlines = list(quiet.due_outlined(db, make.at(60)))
    assert all(state.outlined and not state.memory.listed for state in outlines)
    assert [quiet.whole(db, state) for state in outlines] == feeds.due(db, make.at(60))
    assert quiet.due_outlined(db, make.at(60)).keys == [state.spec.key for state in outlines]


def test_an_outline_is_never_written_over_what_it_did_not_read(db: Db, make: Any) -> None:
    polled(db, make, 1)
    (state,) = quiet.due_outlined(db, make.at(60))
    with pytest.raises(ValueError, match="outline"):
        feeds.save_poll(db, make.poll(state=state))
    assert feeds.states(db)[0].item_hashes == ("h", "i")


def test_where_one_feed_was_configured_anew_none_of_them_is_written(db: Db, make: Any) -> None:
    polled(db, make, 3)
    records = [quiet_poll(state, make, 60) for state in quiet.due_outlined(db, make.at(60))]
    moved = make.spec("feed1", url="https://elsewhere.example/feed")
    feeds.sync(db, [make.spec("feed0"), moved, make.spec("feed2")], make.at(61))
    before = told(db)
    with pytest.raises(quiet.ChangedMeanwhileError):
        quiet.save_quiet(db, records)
    assert told(db) == before


def test_due_feeds_are_found_by_their_index(db: Db) -> None:
    plan = fetch(db, f"EXPLAIN QUERY PLAN {quiet.DUE_OUTLINED}", {"now": "9", "limit": 5})
    assert [row["detail"] for row in plan] == [
        "SEARCH feeds USING INDEX feeds_due (next_poll_at<?)"
    ]


def test_rhythms_of_many_feeds_are_read_some_hundred_at_a_time(db: Db, make: Any) -> None:
    polled(db, make, 3)
    names = [*(f"feed{n}" for n in range(3)), *(f"none{n}" for n in range(700))]
    found = hours.rhythms(db, names, make.at(60))
    assert list(found) == names
    assert found["none699"] == Rhythm()
    published = found["feed2"]
    assert published.known_since is not None
    assert sum(n for _, n in published.hours) == one(
        db, "SELECT count(*) FROM items WHERE feed = 'feed2'"
    )
