"""Backups: whole, of one moment, rotated with care, and put back without losing what was there."""

from __future__ import annotations

import mmap
import os
import shutil
import signal
import struct
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import backups, faults, firings, health, heard, outbox, restores
from store.backups import copy, counted, found, nightly, restore, rotate, verify
from store.db import Db, StoreCorrupt, StoreFull, connect, write
from store.firings import Firing, Hit
from store.heard import Outcome, Telling
from store.sql import add_row, one, pragma
from store.sqlite import sqlite3

DAY = date(2026, 3, 10)


def _writer(path: Path, acknowledged: mmap.mmap) -> None:
    db = connect(path)
    for n in range(1, 1_000_000):
        with write(db):
            add_row(db, "notes", {"at": f"{n:09}", "kind": "load", "detail": "x" * (n % 300)})
        acknowledged[:8] = struct.pack("q", n)
        time.sleep(0.001)  # some hundreds a second: a hundred times what the busiest day brings


@pytest.mark.slow
@pytest.mark.row(8)
def test_copies_under_load_are_whole_and_hold_all_that_was_acknowledged_before(
    path: Path, db: Db, tmp_path: Path, figure: Any
) -> None:
    acknowledged = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        try:
            _writer(path, acknowledged)
        finally:
            os._exit(1)
    missing, copies = 0, 50
    before_all = 0
    try:
        for number in range(copies):
            (before,) = struct.unpack("q", acknowledged[:8])
            made = copy(path, tmp_path / f"copy-{number}.db")
            with closing(connect(made.path)) as again:
                held = {int(row[0]) for row in again.execute("SELECT at FROM notes")}
            missing += len(set(range(1, before + 1)) - held)
            assert held == set(range(1, len(held) + 1)), "of one moment: none without those before"
            assert made.rows["notes"] == len(held)
            before_all = before
            made.path.unlink()
        assert os.waitpid(child, os.WNOHANG)[0] == 0, "the writer wrote to the end"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert before_all > copies, "there was a load"
    assert missing == 0
    figure(f"{copies} of {copies} copies whole, {missing} acknowledged rows missing"
           f" ({before_all:,} written meanwhile)")  # fmt: skip


def test_a_copy_is_counted_and_has_no_journal(
    path: Path, db: Db, tmp_path: Path, make: Any
) -> None:
    make.judged(db, "one")
    made = copy(path, tmp_path / "safe" / "copy.db")
    assert made.rows == counted(db)
    assert made.rows["items"] == 1
    assert [one.name for one in made.path.parent.iterdir()] == ["copy.db"]
    assert verify(made.path).rows == made.rows


def test_a_copy_that_is_not_what_was_copied_is_no_backup(
    path: Path, db: Db, tmp_path: Path, make: Any
) -> None:
    """What stood under the name stays."""
    make.article(db)
    target = tmp_path / "copy.db"
    copy(path, target)
    good = target.read_bytes()
    size = pragma(db, "page_size")
    db.close()
    connect(path).close()
    with path.open("r+b") as file:
        file.seek(size * 3)
        file.write(b"\xff" * size * 6)
    with pytest.raises(StoreCorrupt):
        copy(path, target)
    assert target.read_bytes() == good
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".partial")] == []


def test_a_backup_that_was_cut_off_is_no_reason_to_restore_it(
    path: Path, db: Db, tmp_path: Path
) -> None:
    """Whoever restores is told to name another one, not to restore a backup."""
    made = backups.copy(path, tmp_path / "copy.db")
    for kept in (made.size // 2, made.size // 2 + 4096, 5000, 100):
        cut = tmp_path / f"cut-{kept}.db"
        cut.write_bytes(made.path.read_bytes()[:kept])
        with pytest.raises(StoreCorrupt, match=r"is damaged .*: name another backup$"):
            backups.verify(cut)


def test_a_disk_that_fills_under_a_copy_is_full_and_no_riddle(db: Db, tmp_path: Path) -> None:
    """Of what fails in a copy SQLite's binding tells the words and not the number."""
    with closing(sqlite3.connect(tmp_path / "small.db")) as small:
        small.execute("PRAGMA max_page_count = 20")
        with pytest.raises(StoreFull, match="free some space"), faults.told(tmp_path / "small.db"):
            db.conn.backup(small)


def test_the_file_that_is_in_the_way_is_named_and_not_the_folder_around(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file where a folder has to be")
    with (
        pytest.raises(faults.StoreError, match=r"pages/ab: Not a directory"),
        faults.told(tmp_path),
    ):
        (tmp_path / "pages/ab").mkdir()


def test_no_room_is_said_before_anything_is_written(path: Path, db: Db, tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="no room for a copy"):
        backups.room_for(1 << 62, tmp_path)


def test_drafts_of_the_killed_go_and_those_being_made_stay(
    path: Path, db: Db, tmp_path: Path
) -> None:
    folder = tmp_path / "safe"
    folder.mkdir()
    (folder / ".torkham-2026-03-09.db.1.partial").write_bytes(b"half")
    (folder / ".torkham-2026-03-09.db.1.partial-journal").write_bytes(b"half")
    with backups._draft(folder / "torkham-2026-03-08.db") as being_made:
        copy(path, nightly(folder, DAY))
        assert being_made.exists()
    assert sorted(one.name for one in folder.iterdir()) == ["torkham-2026-03-10.db"]


# --- rotation -------------------------------------------------------------------------------


@given(
    days=st.lists(st.integers(0, 400), max_size=60, unique=True),
    keep_days=st.integers(1, 20),
    keep_weeks=st.integers(0, 10),
)
@settings(max_examples=60, deadline=None)
def test_rotation_keeps_the_newest_of_days_and_weeks_and_never_the_last_one(
    tmp_path_factory: Any, days: list[int], keep_days: int, keep_weeks: int
) -> None:
    folder = tmp_path_factory.mktemp("safe")
    dates = sorted({DAY, *(DAY - timedelta(days=n - 5) for n in days)}, reverse=True)
    for on in dates:
        nightly(folder, on).write_bytes(b"copy")
    (folder / "before-40-from-7-20260301T000000.db").write_bytes(b"copy")
    (folder / "torkham-mine.db").write_bytes(b"somebody's own")
    rotate(folder, DAY, keep_days=keep_days, keep_weeks=keep_weeks)
    left = [one.on for one in found(folder)]
    assert DAY in left
    past = [on for on in dates if on <= DAY]
    assert set(past[:keep_days]) <= set(left)
    weeks = list(dict.fromkeys(on.isocalendar()[:2] for on in past))[:keep_weeks]
    assert {on.isocalendar()[:2] for on in left} >= set(weeks)
    assert len([on for on in left if on <= DAY]) <= keep_days + keep_weeks + 1
    assert {on for on in dates if on > DAY} <= set(left), "a wrong clock costs nothing"
    assert (folder / "before-40-from-7-20260301T000000.db").exists()
    assert (folder / "torkham-mine.db").exists()
    shutil.rmtree(folder)


def test_a_year_of_nights_leaves_seven_days_and_four_weeks(tmp_path: Path) -> None:
    for n in range(365):
        on = DAY + timedelta(days=n)
        nightly(tmp_path, on).write_bytes(b"copy")
        rotate(tmp_path, on, keep_days=7, keep_weeks=4)
    left = [(DAY + timedelta(days=364) - one.on).days for one in found(tmp_path)]
    assert left[:7] == list(range(7))
    assert 9 <= len(left) <= 11
    assert 14 <= left[-1] <= 28


# --- putting back ---------------------------------------------------------------------------


def test_nothing_that_was_put_aside_is_lost_when_a_second_backup_is_tried(
    path: Path, db: Db, tmp_path: Path, make: Any
) -> None:
    for day in ("monday", "tuesday"):
        make.article(db, day)
        copy(path, tmp_path / "safe" / f"{day}.db")
    make.article(db, "wednesday")
    db.close()
    for day in ("tuesday", "monday"):
        restore(tmp_path / "safe" / f"{day}.db", path)
    held = []
    for name in ("torkham.db.replaced", "torkham.db.replaced-2", "torkham.db"):
        with closing(connect(path.with_name(name))) as again:
            held.append(one(again, "SELECT count(*) FROM items"))
    assert held == [3, 2, 1]


def test_what_lies_in_the_journal_of_a_backup_is_brought_along(
    path: Path, db: Db, tmp_path: Path, make: Any
) -> None:
    """As of a store that was copied by hand while its service ran, or was killed."""
    make.article(db, "in the journal")
    taken = tmp_path / "taken" / "torkham.db"
    taken.parent.mkdir()
    for end in ("", "-wal"):
        if Path(f"{path}{end}").exists():
            shutil.copyfile(f"{path}{end}", f"{taken}{end}")
    elsewhere = tmp_path / "elsewhere" / "torkham.db"
    restore(taken, elsewhere)
    with closing(connect(elsewhere)) as again:
        assert one(again, "SELECT count(*) FROM items") == 1


def test_the_store_a_restore_leaves_at_any_kill_is_the_old_one_the_new_one_or_refused(
    path: Path, db: Db, tmp_path: Path, make: Any
) -> None:
    """Never the old file without its journal: that would be a store that lost its last writes."""
    make.article(db, "old")
    copy(path, tmp_path / "safe.db")
    make.article(db, "in the journal")
    child = os.fork()
    if child == 0:  # its journal stays, as it is killed
        again = connect(path)
        make.article(again, "last")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    backups.put_aside(path)
    assert not path.exists()
    replaced = path.with_name("torkham.db.replaced")
    with closing(connect(replaced)) as kept:
        assert one(kept, "SELECT count(*) FROM items") == 3


def test_messages_that_may_have_gone_since_are_not_sent_by_themselves(
    path: Path, db: Db, make: Any
) -> None:
    until = make.at(600)
    health.note(db, "any", "", make.T0)
    outbox.put(db, [make.message("waits"), make.message("held", channel="chat")])
    outbox.claim(db, make.at(1), make.at(11), busy=["mail"])
    rows = outbox.by_keys(db, ["held"])
    outbox.hold(db, rows["held"].id, make.at(900))
    assert restores.restored(db, make.at(700), sent_until=until) == 1
    states = {key: row.state for key, row in outbox.by_keys(db, ["waits", "held"]).items()}
    assert states == {"waits": "unknown", "held": "queued"}, "nobody sent what was held back"
    old = make.judged(db, "old news")
    new = make.article(db, "new", minutes=800)
    with write(db):
        db.execute("UPDATE articles SET published_at = ?, published_source = 'feed' WHERE id = ?",
                   [make.at(500).isoformat(), old])  # fmt: skip
        db.execute("UPDATE articles SET published_at = ?, published_source = 'feed' WHERE id = ?",
                   [make.at(750).isoformat(), new])  # fmt: skip
    outbox.put(db, [make.message("alert-old", kind="alert", article=old),
                    make.message("alert-new", kind="alert", article=new)])  # fmt: skip
    found_now = outbox.by_keys(db, ["alert-old", "alert-new"])
    assert found_now["alert-old"].state == "unknown"
    assert found_now["alert-new"].state == "queued"
    assert restores.in_doubt(db) == 2
    assert restores.send_after_all(db, [found_now["alert-old"].id]) == 1
    assert outbox.by_keys(db, ["alert-old"])["alert-old"].state == "queued"
    assert restores.settled(db) == 1
    assert restores.in_doubt(db) == 0


def test_a_story_of_which_one_article_is_old_news_is_in_doubt_a_list_when_all_is(
    db: Db, make: Any
) -> None:
    """Of a story told before the loss the next article is no news; a list with news goes out."""
    health.note(db, "any", "", make.T0)
    restores.restored(db, make.at(700), sent_until=make.at(600))
    old, new = make.judged(db, "old"), make.judged(db, "new")
    sql = "UPDATE articles SET published_at = ?, published_source = 'feed' WHERE id = ?"
    with write(db):
        db.execute(sql, [make.at(500).isoformat(), old])
        db.execute(sql, [make.at(750).isoformat(), new])
    hit = Hit(part="title", start=0, end=3, matched="old", passage="old", words=("old",))
    firings.put(db, [
        Firing(rule="any", article=n, version=1, score=0.5, hits=(hit,), at=make.at(800))
        for n in (old, new)
    ])  # fmt: skip
    met = {one.firing.article: one.id for one in firings.waiting(db)}
    both, first, last = (met[old], met[new]), (met[old],), (met[new],)
    cases = {
        "story with news and old news": (new, both, "unknown"), "news": (new, last, "queued"),
        "list with news": (None, both, "queued"), "list of old news": (None, first, "unknown"),
    }  # fmt: skip
    for key, (article, told, _) in cases.items():
        way = f"mail:{key}"
        heard.keep(db, Outcome(
            messages=(make.message(key, kind="alert", article=article),),
            tellings=tuple(Telling(firing=n, way=way, state="told", key=key, at=make.at(800))
                           for n in told),
        ))  # fmt: skip
    states = {key: row.state for key, row in outbox.by_keys(db, list(cases)).items()}
    assert states == {key: state for key, (_, _, state) in cases.items()}


def test_the_world_knows_a_row_by_one_name_for_ever_and_no_other_row_by_it(
    db: Db, make: Any
) -> None:
    """Two restores of one backup give the same numbers, and keys, to different news."""
    health.note(db, "any", "", make.T0)
    assert restores.known_as(db, "alert:ttp:9", make.at(800)) == "alert:ttp:9"
    names: list[str] = []
    for at in (700, 900):
        restores.restored(db, make.at(at), sent_until=make.at(600))
        assert (
            restores.known_as(db, "alert:ttp:9", make.at(at - 50)) == (["alert:ttp:9", *names][-1])
        )
        names.append(restores.known_as(db, "alert:ttp:9", make.at(at)))
    assert len({*names, "alert:ttp:9"}) == 3
    assert restores.known_as(db, "alert:ttp:9", make.at(750)) == names[0], "as it was called then"


def test_without_a_restore_nothing_is_in_doubt(db: Db, make: Any) -> None:
    number = make.judged(db, "any")
    outbox.put(db, [make.message("alert", kind="alert", article=number)])
    assert outbox.by_keys(db, ["alert"])["alert"].state == "queued"
    assert restores.in_doubt(db) == 0
