"""Every released version's store opens here, becomes today's, and loses nothing on the way."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import ssl
import tomllib
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.app import open_app
from monitor.demo.server import Newsroom
from monitor.edge.clock import system_clock
from monitor.serving import desk_for
from monitor.web.server import create, serve
from store import backups, schema
from store.db import AlreadyRunning, Db, StoreError, StoreFull, connect, hold, quick_check
from store.failpoint import install
from store.migrating import bring_up_to_date
from store.opening import opened
from store.sql import pragma
from tests.flow.test_full_disk import small_disk
from tests.released import FOLDER, ROOT, fixtures, load

VERSIONS = list(fixtures())


def schema_of(version: str) -> int:
    """Return the schema of a released version's store."""
    text = gzip.decompress(fixtures()[version].read_bytes()).decode()
    return int(text.partition("PRAGMA user_version = ")[2].partition(";")[0])


OLDER = [version for version in VERSIONS if schema_of(version) < schema.SCHEMA_VERSION]
PAGES = ("/", "/queue", "/articles/1", "/coverage", "/ledger", "/digests", "/alerts", "/search?q=a",
         "/stories", "/settings", "/history", "/corpus")  # fmt: skip
OURS = re.compile(r"(words|sqlite)_")  # SQLite's own tables, and the index's
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
Contents = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


@pytest.fixture
def old(tmp_path: Path) -> Callable[[str], Path]:
    def make(version: str) -> Path:
        path = tmp_path / version / "torkham.db"
        path.parent.mkdir()
        load(fixtures()[version], path)
        return path

    return make


def contents(db: Db, only: Contents | None = None) -> Contents:
    """Return the columns and rows of every table; with ``only``, of its tables and columns."""
    found: Contents = {}
    for name in only or (one for one in backups.counted(db) if not OURS.match(one)):
        columns = only[name][0] if only else _columns(db, name)
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = db.conn.execute(f'SELECT {listed} FROM "{name}"').fetchall()  # noqa: S608
        found[name] = (columns, sorted(rows, key=repr))
    return found


def _columns(db: Db, table: str) -> list[str]:
    return [row[1] for row in db.conn.execute(f'PRAGMA table_info("{table}")')]


def whole(path: Path, before: Contents, steps: int) -> None:
    """Every row of every old table is there, cell by cell, in a store that holds together."""
    with closing(opened(path)) as db:
        assert db.conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert not db.conn.execute("PRAGMA foreign_key_check").fetchall()
        after = contents(db, only=before)
        applied = after.pop("_sqlite_migrations")[1]
        assert len(applied) == steps
        for table, rows in after.items():
            assert rows == before[table], table


@pytest.mark.slow
@pytest.mark.row(9)
def test_every_released_store_becomes_todays_with_every_row_and_works(
    old: Callable[[str], Path], figure: Any
) -> None:
    rows = 0
    for version in VERSIONS:
        path = old(version)
        with closing(opened(path)) as db:
            before, steps = contents(db), pragma(db, "user_version")
            assert steps == schema_of(version)
            rows += sum(backups.counted(db).values())
        connect(path).close()
        whole(path, before, schema.SCHEMA_VERSION)
        for copy in backups.migrations(path.parent / "backups") if version in OLDER else ():
            assert f"-from-{steps}-" in copy.name
            whole(copy, before, steps)
        assert len(backups.migrations(path.parent / "backups")) == (version in OLDER)
        works(path.parent, version)
    said = ", ".join(f"{version}" for version in VERSIONS)
    figure(f"{len(VERSIONS)} of {len(VERSIONS)} released schemas ({said}); all of {rows:,} rows")


def works(folder: Path, version: str) -> None:
    """The service works on it: every job that reads no web, and the pages of the desk."""
    today = system_clock().date()
    with Newsroom(today) as newsroom:
        (folder / "feeds.yaml").write_text(newsroom.settings_yaml(folder, desk_port=8000))
    later = lambda: system_clock() + timedelta(days=3)  # noqa: E731 - a clock
    with open_app(folder / "feeds.yaml", folder, {}, clock=later) as app:
        for job in ("judge", "alert", "digest", "send", "learn", "tidy"):
            app.run_job(job)
        with serve(create(desk_for(app))) as desk:
            client = httpx.Client(base_url=desk.url, verify=NO_TLS, follow_redirects=True)
            with client:
                if version >= "0.4.0":
                    _sign_in(client)
                for page in PAGES:
                    answer = client.get(page)
                    assert answer.status_code == 200, (version, page, answer.text[:300])
        with closing(app.open_store()) as db:
            quick_check(db)
            assert db.execute("SELECT count(*) FROM decisions WHERE by = 'sample'").fetchone()[0]


def _sign_in(client: httpx.Client) -> None:
    page = client.get("/login")
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page.text)
    assert token
    form = {"name": "sample", "password": "the lantern by the river", "token": token[1]}
    answer = client.post("/login", data=form)
    assert answer.status_code == 200, answer.text[:300]
    assert "sample" in answer.text, "who signed in before the upgrade signs in after it"


def in_a_child(work: Callable[[], object]) -> int:
    """Run ``work`` in a fork of this process; return how it ended, as subprocess tells it."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def brought(path: Path, at: int = 0) -> None:
    """Bring a store up to date; at the ``at``-th hundred steps of SQLite's machine, die."""
    left = at

    def step() -> int:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    with closing(opened(path)) as db:
        if at:
            db.conn.set_progress_handler(step, 100)
        bring_up_to_date(db, path)


def brought_and_gone(path: Path) -> None:
    """Bring a store up to date, and die right after it was committed."""
    install(lambda point: os.kill(os.getpid(), signal.SIGKILL) if point == "after-commit" else None)
    brought(path)


@pytest.mark.slow
@pytest.mark.row(9)
def test_a_kill_during_a_migration_leaves_the_old_store_or_the_new_one(
    old: Callable[[str], Path], tmp_path: Path, figure: Any
) -> None:
    left = {"old": 0, "new": 0}
    for version in OLDER:
        first = old(version)
        with closing(opened(first)) as db:
            before, steps = contents(db), pragma(db, "user_version")
        most = _hundreds(first, tmp_path / "rehearsal.db")
        for nth in range(4):
            path = tmp_path / f"{version}-{nth}" / "torkham.db"
            path.parent.mkdir()
            shutil.copyfile(first, path)
            at = max(1, most * (2 * nth + 1) // 6)
            work = partial(brought, path, at) if nth < 3 else partial(brought_and_gone, path)
            assert in_a_child(work) == -signal.SIGKILL
            with closing(opened(path)) as db:
                now = pragma(db, "user_version")
            assert now in {steps, schema.SCHEMA_VERSION}
            whole(path, before, now)
            left["old" if now == steps else "new"] += 1
            connect(path).close()
            whole(path, before, schema.SCHEMA_VERSION)
    total = sum(left.values())
    assert total == 4 * len(OLDER)
    figure(f"{total} kills during migration: {left['old']} left the old store,"
           f" {left['new']} the new one, 0 anything between")  # fmt: skip


def _hundreds(path: Path, scratch: Path) -> int:
    """Return how many hundreds of steps a whole migration takes."""
    shutil.copyfile(path, scratch)
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with closing(opened(scratch)) as db:
        db.conn.set_progress_handler(step, 100)
        bring_up_to_date(db, scratch)
    shutil.rmtree(scratch.parent / "backups")
    return count


def test_a_kill_while_the_copy_is_made_leaves_the_old_store_and_no_half_copy(
    old: Callable[[str], Path],
) -> None:
    path = old(OLDER[-1])
    with closing(opened(path)) as db:
        before, steps = contents(db), pragma(db, "user_version")

    def die(*_args: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def half() -> None:
        backups.copy(path, path.parent / "backups" / "before-99-from-1-20260301T000000.db",
                     progress=die)  # fmt: skip

    assert in_a_child(half) == -signal.SIGKILL
    assert list((path.parent / "backups").glob(".*.partial"))
    connect(path).close()
    assert not list((path.parent / "backups").glob(".*.partial")), "the next one cleans up"
    [copy] = backups.migrations(path.parent / "backups")
    whole(copy, before, steps)
    whole(path, before, schema.SCHEMA_VERSION)


def test_without_room_for_the_copy_the_old_store_stays_and_the_line_says_what_to_run(
    old: Callable[[str], Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if not disk.real:
            pytest.skip("no file system of 3 MB can be mounted here")
        path = Path(shutil.copy(old(OLDER[0]), disk.folder))
        filler = disk.folder / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(disk.folder).free - 300_000))
        before = path.read_bytes()
        with pytest.raises(StoreFull, match=r"no room.*until then run the version that wrote it"):
            connect(path)
        assert path.read_bytes() == before
        assert not list((disk.folder / "backups").iterdir())
        disk.enlarge(os.getpid())
        connect(path).close()
        assert backups.migrations(disk.folder / "backups"), "room is all it took"


@pytest.mark.slow
def test_a_change_that_breaks_in_the_middle_leaves_the_old_store_whole(
    old: Callable[[str], Path],
) -> None:
    """Somebody's own table is in the way of the last step: none of the steps before it stays."""
    path = old(OLDER[0])
    with closing(opened(path)) as db:
        db.conn.execute("CREATE TABLE restores (mine TEXT)")
        before, steps = contents(db), pragma(db, "user_version")
    with pytest.raises(StoreError):
        connect(path)
    with closing(opened(path)) as db:
        assert pragma(db, "user_version") == steps
        assert contents(db) == before
        db.conn.execute("DROP TABLE restores")
    del before["restores"]
    connect(path).close()
    whole(path, before, schema.SCHEMA_VERSION)


def test_a_store_that_another_hand_left_half_changed_is_finished(
    old: Callable[[str], Path],
) -> None:
    """Steps are known by name, so that those which are there are not made again."""
    path = old(OLDER[0])
    with closing(opened(path)) as db:
        before, steps = contents(db), pragma(db, "user_version")
        names = [migration.name for migration in schema.migrations._migrations]
        schema.migrations.apply(db, stop_before=names[(steps + len(names)) // 2])
        assert pragma(db, "user_version") == steps
    connect(path).close()
    with closing(opened(path)) as db:
        assert pragma(db, "user_version") == schema.SCHEMA_VERSION
        applied = [row[0] for row in db.conn.execute("SELECT name FROM _sqlite_migrations")]
        assert sorted(applied) == sorted(names)
        assert set(before) <= {*contents(db), "versions"}, "a view today, of version_rows"


def test_two_processes_that_meet_an_old_store_make_one_copy_and_both_go_on(
    old: Callable[[str], Path],
) -> None:
    path = old(OLDER[0])
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                connect(path).close()
                os._exit(0)
            os._exit(1)
        children.append(child)
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ended == [0, 0, 0, 0]
    assert len(backups.migrations(path.parent / "backups")) == 1


def test_a_store_is_not_changed_under_a_service_of_the_older_version(
    old: Callable[[str], Path],
) -> None:
    path = old(OLDER[-1])
    hears, says = os.pipe()
    holder = os.fork()
    if holder == 0:
        with suppress(BaseException), hold(path.parent):
            os.write(says, b"held")
            signal.pause()
        os._exit(0)
    try:
        os.read(hears, 4)
        before = path.read_bytes()
        with pytest.raises(AlreadyRunning, match=f"process {holder}"):
            connect(path)
        assert path.read_bytes() == before
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
    connect(path).close()


def test_the_version_that_is_released_has_its_store_kept() -> None:
    """Cut a version: bump pyproject.toml, ``make release-fixture``, commit both.

    A version in pyproject.toml without its store, and a store whose schema a released version
    changed afterwards, both end here.
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert set(released) <= set(VERSIONS), f"make release-fixture; it writes into {FOLDER}"
    if version not in released:
        return  # being built still: its schema may grow
    if "## Unreleased" not in changes:
        assert schema_of(version) == schema.SCHEMA_VERSION
