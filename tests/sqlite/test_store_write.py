"""Writing: all or nothing, beside other writers, on a full disk and through kill -9."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import articles, changes, feeds, health
from store.db import Db, StoreError, StoreFull, StoreLocked, connect, quick_check, write
from store.sql import add_row, one, pragma, run

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.row(5)
def test_eight_processes_that_read_and_then_write_never_fail_beside_a_reader(
    path: Path, db: Db, make: Any, figure: Any
) -> None:
    """The reader keeps its view of the store for a while, again and again, as a long page does."""
    writers, each = 8, 200
    health.note(db, "count", "0", make.T0)
    children = [_forked(lambda: _counts_on(path, each)) for _ in range(writers)]
    alive, views = set(children), 0
    while alive:
        db.conn.execute("BEGIN")
        seen = one(db, "SELECT detail FROM notes WHERE kind = 'count'")
        time.sleep(0.04)
        assert one(db, "SELECT detail FROM notes WHERE kind = 'count'") == seen
        db.conn.execute("COMMIT")
        views += 1
        alive -= {child for child in alive if os.waitpid(child, os.WNOHANG)[0]}
    assert views >= 1  # on a busy machine a view outlasts hundreds of writes
    done = int(health.notes(db, make.T0)[0].detail)
    figure(f"{writers * each - done} of {writers * each:,} writes failed")
    assert done == writers * each


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def _counts_on(path: Path, times: int) -> None:
    for at in range(times):
        if at % 20 == 0:
            db = connect(path)
        with write(db):
            n = one(db, "SELECT CAST(detail AS INTEGER) FROM notes WHERE kind = 'count'")
            run(db, "UPDATE notes SET detail = ? WHERE kind = 'count'", (str(n + 1),))


def test_a_block_that_fails_leaves_nothing(db: Db, make: Any) -> None:
    def fail() -> None:
        with write(db):
            health.note(db, "one", "", make.T0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert health.notes(db, make.T0) == []
    assert not db.conn.in_transaction


def test_a_nested_block_joins_the_outer_one_and_undoes_only_itself(db: Db, make: Any) -> None:
    def fail() -> None:
        with write(db):
            health.note(db, "inner", "", make.T0)
            raise RuntimeError

    with write(db):
        health.note(db, "outer", "", make.T0)
        with pytest.raises(RuntimeError):
            fail()
        assert db.conn.in_transaction
    assert [note.kind for note in health.notes(db, make.T0)] == ["outer"]


def test_nothing_is_visible_to_others_before_the_block_ends(path: Path, db: Db, make: Any) -> None:
    other = connect(path)
    with write(db):
        health.note(db, "one", "", make.T0)
        assert health.notes(other, make.T0) == []
    assert len(health.notes(other, make.T0)) == 1
    other.close()


def test_a_write_waits_for_another_and_then_succeeds(path: Path, db: Db, make: Any) -> None:
    holding = threading.Event()

    def hold_the_lock() -> None:
        other = connect(path)
        with write(other):
            holding.set()
            time.sleep(0.5)
        other.close()

    patient = connect(path, busy_seconds=0.2)
    thread = threading.Thread(target=hold_the_lock)
    thread.start()
    holding.wait()
    health.note(patient, "late", "", make.T0)
    thread.join()
    assert len(health.notes(db, make.T0)) == 1
    patient.close()


def test_a_file_that_stays_locked_is_reported_as_locked(path: Path, db: Db, make: Any) -> None:
    hurried = connect(path, busy_seconds=0.05)
    with write(db), pytest.raises(StoreLocked, match=r"torkham\.db is locked"):
        health.note(hurried, "never", "", make.T0)
    health.note(hurried, "now", "", make.T0)
    assert [note.kind for note in health.notes(db, make.T0)] == ["now"]
    hurried.close()


def test_a_full_disk_is_said_plainly_and_loses_nothing_committed(db: Db, make: Any) -> None:
    kept = make.article(db, "kept")
    db.execute(f"PRAGMA max_page_count = {pragma(db, 'page_count') + 2}")
    feeds.save_poll(db, make.poll(make.entry("big"), minutes=5))
    with pytest.raises(StoreFull, match="disk is full"):
        articles.save_text(db, make.text(2, "far too long " * 20_000), make.at(6))
    assert not db.conn.in_transaction
    assert [text.body for text in articles.versions(db, kept)] == ["A text about kept."]
    assert articles.versions(db, 2) == []
    assert [item.article for item in articles.pending(db, make.at(10), 10)] == [2]
    quick_check(db)
    db.execute("PRAGMA max_page_count = 1000000")
    assert articles.save_text(db, make.text(2, "far too long " * 20_000), make.at(7)) == 1


def test_a_full_disk_that_somebody_overlooks_inside_a_block_keeps_nothing_of_it(
    db: Db, make: Any
) -> None:
    def overlook() -> None:
        with write(db):
            health.note(db, "half", "", make.T0)
            with pytest.raises(StoreFull):
                health.note(db, "big", "x" * 100_000, make.T0)

    db.execute(f"PRAGMA max_page_count = {pragma(db, 'page_count') + 2}")
    with pytest.raises(StoreError):
        overlook()
    assert health.notes(db, make.T0) == []
    assert not db.conn.in_transaction


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from store import articles, feeds
from store.db import connect
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText
db = connect(Path(sys.argv[1]))
start = int(sys.argv[2])
spec = FeedSpec(key="f", url="https://f.example/", outlet="F", side="", language="en")
for n in range(start, start + 100000):
    now = datetime.fromtimestamp(1_800_000_000 + n, UTC)
    url = f"https://f.example/{n}"
    entry = FoundEntry(key=url, item_hash=url, guid=None, url=url, canonical_url=url, title=url,
        summary="", content_html=None, author=None, published_at=None, published_original=None,
        language=None)
    state = FeedState(spec=spec, polls=n)
    feeds.save_poll(db, PollRecord(state=state, at=now, outcome="ok", found=(entry,)))
    number = articles.why(db, url, url).article.article
    articles.save_text(db, StoredText(article=number, title=url, body="words " * 400, author=None,
        language=None, published_at=None, published_original=None, published_source="first_seen",
        extractor="x", text_from="page", text_hash=url, title_key=url, scheme="s",
        sketch=tuple(range(n, n + 24))), now)
    print(n, flush=True)
"""


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_acknowledged(path: Path, db: Db, spawn: Spawn) -> None:
    dice = random.Random(9)  # noqa: S311  # moments to kill at
    acknowledged: list[int] = []
    for round_ in range(5):
        child = spawn(KILLED, path, 100_000 * round_)
        assert child.stdout is not None
        acknowledged.append(int(child.stdout.readline()))
        time.sleep(dice.random() * 0.2)
        child.send_signal(signal.SIGKILL)
        # Not communicate(): what readline took ahead would be lost, and a number cut in two.
        acknowledged += [int(line) for line in child.stdout.read().splitlines()]
        child.wait()
        again = connect(path)
        quick_check(again)
        have = {int(row[0].rsplit("/")[-1]) for row in again.execute("SELECT title FROM versions")}
        assert set(acknowledged) <= have
        books = articles.ledger(again)
        assert books.found == books.waiting
        lonely = "SELECT count(*) FROM versions WHERE article NOT IN (SELECT rowid FROM words)"
        assert one(again, lonely) == 0
        again.close()
    assert len(acknowledged) >= 5


def test_a_constraint_that_breaks_is_an_error_of_the_store(db: Db) -> None:
    with pytest.raises(StoreError, match="refused"), write(db):
        add_row(db, "notes", {"at": "2026", "kind": None, "detail": ""})
    with pytest.raises(StoreError, match="refused"), write(db):
        run(db, "INSERT INTO polls (feed) VALUES ('nobody')")


def test_what_people_change_is_flushed_and_the_speed_of_other_writes_returns(
    db: Db, make: Any
) -> None:
    before = pragma(db, "synchronous")
    changes.record(db, "feeds.gazette.enabled", "false", "rida", make.T0)
    assert pragma(db, "synchronous") == before
    seen: list[int] = []
    with write(db, durable=True):
        seen.append(pragma(db, "synchronous"))
    assert seen == [2]


def test_three_blocks_deep_each_undoes_itself_alone(db: Db, make: Any) -> None:
    """Savepoints share a name: the innermost is the one that is undone or let go."""

    def note(kind: str) -> None:
        health.note(db, kind, "", make.T0)

    def fail() -> None:
        with write(db):
            note("lost")
            with write(db):
                note("lost too")
            raise RuntimeError

    with write(db):
        note("one")
        with write(db):
            note("two")
            with pytest.raises(RuntimeError):
                fail()
            with write(db):
                note("three")
        note("four")
    kinds = [row[0] for row in db.execute("SELECT kind FROM notes ORDER BY id")]
    assert kinds == ["one", "two", "three", "four"]
