"""Opening the store: what is made, what is refused, and that nothing is ever made anew."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store import articles, schema
from store.backups import copy, restore, verify
from store.db import (
    AlreadyRunning,
    Db,
    SchemaTooNew,
    StoreCorrupt,
    StoreError,
    connect,
    hold,
    journal_choice,
    quick_check,
    tend,
)
from store.faults import path_of
from store.migrating import migrate
from store.opening import opened
from store.sql import one, pragma

Spawn = Callable[..., "subprocess.Popen[str]"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


JOURNALS = {
    (3, 6, 23): "delete", (3, 40, 1): "delete", (3, 44, 5): "delete", (3, 44, 6): "wal",
    (3, 45, 0): "delete", (3, 49, 9): "delete", (3, 50, 6): "delete", (3, 50, 7): "wal",
    (3, 51, 2): "delete", (3, 51, 3): "wal", (3, 53, 4): "wal", (4, 0, 0): "wal",
}  # fmt: skip


@pytest.mark.row(7)
def test_a_wal_is_kept_only_where_sqlite_does_not_lose_it(db: Db, figure: Any) -> None:
    for version, mode in JOURNALS.items():
        choice = journal_choice(version)
        assert choice.mode == mode
        assert choice.synchronous == ("NORMAL" if mode == "wal" else "FULL")
        assert ".".join(map(str, version)) in choice.why
    here = journal_choice(db.sqlite_version)
    assert db.journal_mode == here.mode, "and the store is really kept so"
    assert db.conn.execute("PRAGMA synchronous").fetchone()[0] == (1 if here.mode == "wal" else 2)
    figure(f"{len(JOURNALS)} of {len(JOURNALS)} versions; here {here.mode.upper()}")


def test_a_store_says_who_it_belongs_to_and_which_schema_it_has(db: Db) -> None:
    assert pragma(db, "application_id") == schema.APPLICATION_ID
    assert pragma(db, "user_version") == schema.SCHEMA_VERSION == len(schema.migrations.applied(db))
    assert pragma(db, "foreign_keys") == 1
    assert pragma(db, "busy_timeout") == 10_000
    assert db.journal_mode == journal_choice(db.sqlite_version).mode


def test_an_absent_store_is_not_made_when_nobody_asked_for_one(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        connect(path, create=False)
    assert not path.exists()


def test_a_new_store_is_not_for_everybody_on_the_machine(tmp_path: Path) -> None:
    """It holds what passwords and tokens are checked against, and so does its journal."""
    db = connect(tmp_path / "new/torkham.db")
    try:
        made = sorted((tmp_path / "new").glob("torkham.db*"))
        assert {one.name: oct(one.stat().st_mode & 0o007) for one in made} == {
            one.name: "0o0" for one in made
        }
        assert made
    finally:
        db.close()


def test_a_folder_may_be_named_in_any_encoding(tmp_path: Path) -> None:
    """As one is that was made on a system of another age, or came with an old disk."""
    folder = tmp_path / os.fsdecode("Büro %41".encode("latin-1"))
    with closing(connect(folder / "torkham.db")) as db:
        assert path_of(db) == folder / "torkham.db"
    copied = copy(folder / "torkham.db", folder / "copy.db")
    assert verify(folder / "copy.db").rows == copied.rows
    assert sorted(path.name for path in folder.glob("*.db")) == ["copy.db", "torkham.db"]


@pytest.mark.slow
def test_a_store_of_every_older_schema_is_brought_up_to_date(path: Path, make: Any) -> None:
    db = connect(path)
    make.article(db)
    tables = set(db.table_names())
    db.close()
    for version in range(1, schema.SCHEMA_VERSION):
        old = path.with_name(f"old{version}.db")
        names = [migration.name for migration in schema.migrations._migrations]
        empty = Db(old)
        empty.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        schema.migrations.apply(empty, stop_before=names[version])
        empty.execute(f"PRAGMA user_version = {version}")
        empty.close()
        upgraded = opened(old)
        migrate(upgraded)
        assert set(upgraded.table_names()) == tables
        assert pragma(upgraded, "user_version") == schema.SCHEMA_VERSION
        upgraded.close()


def test_a_newer_store_is_refused_and_left_alone(path: Path) -> None:
    db = connect(path)
    db.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    tend(db)
    db.close()
    before = digest(path)
    with pytest.raises(SchemaTooNew, match="newer Torkham"):
        connect(path)
    assert digest(path) == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    other = Db(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = digest(path)
    with pytest.raises(StoreError, match="not a Torkham store"):
        connect(path)
    assert digest(path) == before


@pytest.mark.parametrize("damage", ["emptied", "zeroed header", "not a database"])
def test_a_damaged_file_is_refused_and_never_made_anew(path: Path, damage: str) -> None:
    connect(path).close()
    whole = path.read_bytes()
    path.write_bytes(
        {
            "emptied": b"",
            "zeroed header": bytes(100) + whole[100:],
            "not a database": b"<html>Service unavailable</html>" * 200,
        }[damage]
    )
    before = digest(path)
    with pytest.raises(StoreCorrupt):
        connect(path)
    assert digest(path) == before


def test_a_lost_file_whose_journal_is_left_is_not_made_anew(path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"journal of a file that is gone")
    with pytest.raises(StoreCorrupt, match="put the file back"):
        connect(path)
    assert not path.exists()


@pytest.mark.slow
def test_random_damage_is_detected_and_the_file_left_as_it_is(
    path: Path, tmp_path: Path, make: Any
) -> None:
    db = connect(path)
    for number in range(60):
        make.article(db, f"n{number}", "words about the crossing " * 200 + str(number))
    tend(db)
    size = pragma(db, "page_size")
    db.close()
    pages = path.stat().st_size // size
    dice = random.Random(20260302)  # noqa: S311  # the same damage every time
    for attempt in range(30):
        hurt = tmp_path / f"hurt{attempt}.db"
        shutil.copy(path, hurt)
        with hurt.open("r+b") as file:
            if attempt % 3:
                file.seek(dice.randrange(1, pages) * size)
                file.write(dice.randbytes(size))
            else:
                file.truncate(dice.randrange(size, pages * size - size))
        before = digest(hurt)
        with pytest.raises(StoreCorrupt):  # noqa: PT012  # whichever of the two notices first
            opened = connect(hurt)
            try:
                quick_check(opened)
            finally:
                opened.close()
        assert digest(hurt) == before


@pytest.mark.slow
def test_ten_threads_may_make_the_store_at_once(path: Path) -> None:
    failed: list[Exception] = []

    def open_it() -> None:
        try:
            connect(path).close()
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".new")] == []


def test_a_backup_is_whole_and_restoring_it_brings_everything_back(
    path: Path, tmp_path: Path, make: Any
) -> None:
    db = connect(path)
    make.article(db, "kept")
    copy(path, tmp_path / "safe" / "monday.db")
    make.article(db, "later")
    db.close()
    assert sorted(p.name for p in (tmp_path / "safe").iterdir()) == ["monday.db"]
    restore(tmp_path / "safe" / "monday.db", path)
    again = connect(path)
    assert one(again, "SELECT group_concat(key) FROM items") == "kept"
    replaced = connect(path.with_name(f"{path.name}.replaced"))
    assert one(replaced, "SELECT count(*) FROM items") == 2
    replaced.close()
    assert [text.body for text in articles.versions(again, 1)] == ["A text about kept."]
    again.close()


def test_a_damaged_backup_is_not_restored(path: Path, tmp_path: Path, make: Any) -> None:
    db = connect(path)
    make.article(db)
    copy(path, tmp_path / "copy.db")
    db.close()
    with (tmp_path / "copy.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    before = digest(path)
    with pytest.raises(StoreCorrupt):
        restore(tmp_path / "copy.db", path)
    with pytest.raises(StoreError):
        verify(tmp_path / "no such file.db")
    assert digest(path) == before


HOLDER = """
import sys, time
from pathlib import Path
from store.db import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_service_is_refused_and_told_who_holds_the_folder(
    tmp_path: Path, spawn: Spawn
) -> None:
    first = spawn(HOLDER, tmp_path)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning, match=f"process {first.pid}") as refused, hold(tmp_path):
        pytest.fail("two services held one folder")
    assert refused.value.pid == first.pid


def test_a_killed_service_does_not_block_the_next(tmp_path: Path, spawn: Spawn) -> None:
    first = spawn(HOLDER, tmp_path)
    assert first.stdout is not None
    first.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.wait()
    with hold(tmp_path):
        pass


ORPHAN = """
import os, sys, time
from pathlib import Path
from store.db import hold
with hold(Path(sys.argv[1])):
    hears, says = os.pipe()
    if os.fork() == 0:
        os.close(1), os.close(2)
        os.write(says, b"alive")
        time.sleep(5)
        os._exit(0)
    os.read(hears, 5)
    os.kill(os.getpid(), 9)
"""


def test_a_child_that_outlives_its_service_does_not_block_the_next(
    tmp_path: Path, spawn: Spawn
) -> None:
    first = spawn(ORPHAN, tmp_path)
    first.wait()
    with hold(tmp_path):
        pass


def test_one_process_cannot_hold_a_folder_twice(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(AlreadyRunning), hold(tmp_path):
        pytest.fail("held twice")
