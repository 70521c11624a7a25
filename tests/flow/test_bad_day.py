"""The drill: a newsroom at work, a backup of all of it, the machine lost, and another one."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import chdir, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.cli.main import torkham
from monitor.config.shape import Backups
from monitor.edge.notify.folder import file_stem
from monitor.upkeep import nightly
from monitor.upkeep.nightly import Night
from store import backups, days
from store.db import Db, StoreError, connect
from tests.flow.newsroom import FIRST_DAY, Hands, Installation, Newsroom, books

JOBS = ("poll", "harvest", "judge", "alert", "digest", "send")
ENVOYS = (
    "Four envoys of the TTP spent the morning in the reading room of Mirpur Lantern and asked "
    "for maps. The librarian Gul Bano lent them an atlas and a pair of spectacles. They left by "
    "the garden door before noon. The atlas came back in the evening, wrapped in newspaper."
)
BALLAD = (
    "A singer from Sorkhab won the autumn medal with eleven verses on how her uncle fled from "
    "the TTP across a frozen stream. Jurors praised its refrain. The second medal went to an "
    "orchestra of flutes, and the third to a comedian who imitates trains and their passengers."
)
"""Two stories: of one, the second article would be told with the first."""
RULE = {"name": "ttp", "any": ["TTP"], "channels": ["outbox"]}


@pytest.fixture
def clock() -> Hands:
    return Hands(FIRST_DAY)


def work(here: Installation, clock: Hands, *jobs: str) -> None:
    with here.app(clock) as app:
        for job in jobs or JOBS:
            app.run_job(job)


def sent(here: Installation) -> list[str]:
    """Return what was delivered, by the subjects of the messages."""
    found = here.rows("SELECT subject, channel FROM outbox WHERE state = 'sent'")
    assert len(found) == len(list((here.data / "outbox").glob("*.html"))), "one file a message"
    return sorted(row["subject"] for row in found)


def memory(db: Db) -> list[Any]:
    tables = ("editions", "telling_entries", "told_facts", "tellings")
    known = backups.counted(db)
    return [db.execute(f'SELECT * FROM "{t}"').fetchall() for t in tables if t in known]  # noqa: S608


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A newsroom that worked for a day and a half; every test has a copy of it."""
    with Newsroom() as newsroom:
        newsroom.fill(2, 4, topic_every=2)
        here = Installation(folder=tmp_path_factory.mktemp("made") / "here", newsroom=newsroom)
        here.configure(alerts=[RULE])
        pack = here.folder / "topics" / "own"
        pack.mkdir(parents=True)
        (pack / "notes.md").write_text("what the team knows")
        clock = Hands(FIRST_DAY)
        work(here, clock)
        clock.forward(hours=30)
        work(here, clock)
        (here.data / "secrets.env").write_text("TORKHAM_SMTP_PASSWORD=canary\n")
        (here.data / "secrets.env").chmod(0o600)
        (here.data / "desk.key").write_bytes(b"k" * 32)
        yield here


@pytest.fixture
def lost(made: Installation, tmp_path: Path) -> Iterator[Installation]:
    shutil.copytree(made.folder, tmp_path / "here")
    here = Installation(folder=tmp_path / "here", newsroom=made.newsroom)
    yield here
    here.close()


@pytest.mark.slow
def test_a_lost_machine_is_restored_elsewhere_and_sends_nothing_twice(
    lost: Installation, tmp_path: Path, clock: Hands
) -> None:
    newsroom = lost.newsroom
    clock.forward(hours=30)
    safe = tmp_path / "safe"
    code, out, err = lost.run("backup", str(safe))
    assert code == 0, err
    assert "verified" in out
    with lost.store() as db:
        books_then, memory_then = books(db), memory(db)
        pages_then = {row[0] for row in db.execute("SELECT sha256 FROM pages WHERE stored > 0")}
    before = sent(lost)
    assert before

    # After the backup the service goes on for half a day, tells of new things, and is lost.
    newsroom.publish("outlet-00", title="TTP envoys visit the reading room", body=ENVOYS,
                     published_at=clock() + timedelta(minutes=10))  # fmt: skip
    for _ in range(4):  # a feed is asked when it is due, by its own rhythm
        clock.forward(hours=3)
        work(lost, clock)
    told_since = [name for name in sent(lost) if name not in before]
    assert told_since, "something went out that the backup does not know of"
    lost_at = clock()
    shutil.rmtree(lost.folder)

    there = Installation(folder=tmp_path / "there", newsroom=newsroom)
    there.folder.mkdir()
    code, out, err = there.run("restore", str(safe))
    assert code == 0, err
    assert "Not brought back: secrets" in out
    assert "everybody signs in again" in out
    assert "one that was revoked since opens again" in out
    assert (there.folder / "topics" / "own" / "notes.md").read_text() == "what the team knows"
    assert not (there.data / "secrets.env").exists()
    assert not (there.data / "desk.key").exists()
    with there.store() as db:
        assert books(db) == books_then
        assert memory(db) == memory_then
        for digest in pages_then:
            assert (there.data / "pages" / digest[:2] / f"{digest}.gz").is_file()
        # The drill's clock stands in the past; the restore was told "now".
        db.execute("UPDATE restores SET restored_at = ?, sent_until = ?",
                   [lost_at.isoformat(), lost_at.isoformat()])  # fmt: skip

    newsroom.publish("outlet-01", title="A ballad about the TTP wins a prize", body=BALLAD,
                     published_at=clock() + timedelta(minutes=30))  # fmt: skip
    for _ in range(4):
        clock.forward(hours=3)
        work(there, clock)
    now_told = {row["subject"] for row in there.rows(
        "SELECT subject FROM outbox WHERE state = 'sent'")} - set(before)  # fmt: skip
    assert not now_told & set(told_since), "what the lost machine told is not told again"
    assert any("ballad" in subject for subject in now_told), "what came after is told"
    doubt = {row["subject"] for row in there.rows(
        "SELECT subject FROM outbox WHERE state = 'unknown'")}  # fmt: skip
    assert doubt == {name for name in told_since if "envoys" in name}, "found again, and held"
    keys = {row["subject"]: row["key"] for row in there.rows("SELECT subject, key FROM outbox")}
    files = {path.name for path in (there.data / "outbox").glob("*.html")}
    [ballad] = [key for subject, key in keys.items() if "ballad" in subject]
    assert file_stem(ballad) + ".html" not in files, "known by a name no lost message had"
    code, out, err = there.run("unsent", "--json")
    assert code == 0
    assert out.count('"subject"') == len(doubt)
    code, out, err = there.run("unsent", "--send")
    assert code == 0
    work(there, clock, "send")
    subjects = {row["subject"] for row in there.rows(
        "SELECT subject FROM outbox WHERE state = 'sent'")}  # fmt: skip
    assert doubt <= subjects, "unless a person wants it"
    assert there.run("unsent")[1] == "No message is in doubt.\n"
    with there.store() as db:
        assert books(db).balanced
    there.close()


@pytest.mark.slow
def test_a_second_backup_copies_only_what_is_new_and_lets_go_what_was_removed(
    lost: Installation, tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    assert lost.run("backup", str(safe))[0] == 0
    kept = sorted(safe.glob("pages/??/*.gz"))
    assert kept
    times = {path: path.stat().st_mtime_ns for path in kept}
    with lost.store() as db:
        digest = db.execute("SELECT sha256 FROM pages WHERE stored > 0").fetchone()[0]
        db.execute("UPDATE pages SET stored = 0 WHERE sha256 = ?", [digest])
    code, out, _ = lost.run("backup", str(safe), "--with-secrets")
    assert code == 0
    assert "(0 new)" in out
    again = sorted(safe.glob("pages/??/*.gz"))
    assert len(again) == len(kept) - 1, "a page that was taken down goes from the backup too"
    assert all(path.stat().st_mtime_ns == times[path] for path in again)
    [secrets] = safe.glob("settings-*/secrets.env")
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert len(list(safe.glob("*.db"))) == 1
    assert lost.run("backup", str(safe))[0] == 0
    assert not list(safe.glob("settings-*/secrets.env")), "asked for once, not for ever"
    (lost.data / "secrets.env").unlink()
    code, out, _ = lost.run("backup", str(safe), "--with-secrets")
    assert code == 0
    assert "There are no secrets in it" in out
    assert '"secrets": true' not in (safe / "manifest.json").read_text()
    assert b"canary" not in b"".join(p.read_bytes() for p in safe.rglob("*") if p.is_file())


@pytest.mark.slow
@pytest.mark.parametrize("to", [True, False])
def test_a_backup_by_hand_leaves_the_copies_of_the_nights_alone(
    lost: Installation, tmp_path: Path, *, to: bool
) -> None:
    """The manual names one folder for both: who saved before an upgrade lost five weeks."""
    safe = tmp_path / "safe"
    safe.mkdir()
    if to:
        lost.configure(alerts=[RULE], backups={"to": str(safe), "keep_days": 3, "keep_weeks": 2})
    nights = [f"torkham-2026-03-0{n}T020000.db" for n in range(1, 9)]
    for name in nights:
        backups.copy(lost.data / "torkham.db", safe / name)
    assert lost.run("backup", str(safe))[0] == 0
    first = {path.name for path in safe.glob("*.db")}
    assert len(first - set(nights)) == 1
    time.sleep(1)  # each is named by its second
    assert lost.run("backup", str(safe))[0] == 0
    left = {path.name for path in safe.glob("*.db")}
    if to:
        assert set(nights) & left == set(nights[-2:]), "three days, with this one"
        assert len(left - set(nights)) == 2, "all of a day"
    else:
        assert set(nights) < left
        assert len(left - set(nights)) == 1, "one by hand takes the place of the one before"
    (lost.folder / "feeds.yaml").write_text("feeds: nonsense")
    time.sleep(1)
    assert lost.run("backup", str(safe))[0] == 0
    assert left < {path.name for path in safe.glob("*.db")}, "nobody knows the rules: all stay"


@pytest.mark.slow
def test_a_backup_that_was_cut_short_leaves_with_the_next_and_one_under_way_is_waited_for(
    lost: Installation, tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    assert lost.run("backup", str(safe))[0] == 0
    (whole,) = safe.glob("*.db")
    at = datetime.strptime(whole.stem, "torkham-%Y-%m-%dT%H%M%S")  # noqa: DTZ007 - a name
    begun = safe / f"torkham-{at + timedelta(seconds=1):%Y-%m-%dT%H%M%S}.db"
    backups.copy(lost.data / "torkham.db", begun)
    time.sleep(2)  # each is named by its second
    place = os.open(safe, os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_EX)
    code, _, said = lost.run("backup", str(safe))
    assert (code, "another backup" in said, begun.exists()) == (1, True, True)
    os.close(place)
    assert lost.run("backup", str(safe))[0] == 0
    assert begun not in (left := list(safe.glob("*.db")))
    assert len(left) == 1


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["database", "settings", "manifest", "climbing", "page"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    lost: Installation, tmp_path: Path, harm: str
) -> None:
    safe = tmp_path / "safe"
    assert lost.run("backup", str(safe))[0] == 0
    manifest = safe / "manifest.json"
    if harm == "database":
        [path] = safe.glob("*.db")
        with path.open("r+b") as file:
            file.seek(9_000)
            file.write(b"\xff" * 10)
    elif harm == "settings":
        next(safe.glob("settings-*/feeds.yaml")).write_text("feeds: []")
    elif harm == "manifest":
        manifest.write_text(manifest.read_text()[:-40])
    elif harm == "climbing":
        manifest.write_text(manifest.read_text().replace('"feeds.yaml"', '"topics/../../x"'))
    else:
        for path in safe.glob("pages/??/*.gz"):
            path.write_bytes(b"rubbish")
        shutil.rmtree(lost.data / "pages")
    before = {p: p.read_bytes() for p in lost.folder.rglob("*") if p.is_file()}
    code, out, err = lost.run("restore", str(safe))
    if harm == "page":
        assert code == 0
        assert "kept pages, which the backup does not hold whole" in out
        return
    assert code == 1
    assert len(err.splitlines()) == 1
    assert {p: p.read_bytes() for p in lost.folder.rglob("*") if p.is_file()} == before


# --- by night -------------------------------------------------------------------------------


def night(here: Installation, **rules: Any) -> Night:
    with here.app() as app:
        given = app.night
    return Night(ground=given.ground, rules=Backups(**rules), keep_days=2, zone=given.zone)


def test_each_night_makes_one_copy_here_and_one_elsewhere_by_the_teams_clock(
    lost: Installation, tmp_path: Path, clock: Hands
) -> None:
    elsewhere = tmp_path / "elsewhere"
    tonight = night(lost, at="03:00", keep_weeks=1, to=str(elsewhere))
    clock.at = FIRST_DAY.replace(hour=21, minute=30)  # 02:30 in Karachi: still the night before
    for folder in tonight.folder.glob("*.db"):
        folder.unlink()
    with pytest.raises(StoreError, match="mount its disk"):
        nightly.elsewhere(tonight, clock())
    elsewhere.mkdir()
    made = []
    for _ in range(10):
        if nightly.due(tonight, clock()):
            nightly.copy(tonight, clock())
            nightly.elsewhere(tonight, clock())
            made.append(tonight.on(clock()))
        assert not nightly.elsewhere(tonight, clock()), "once a night"
        clock.forward(hours=12)
    assert len(made) == len(set(made)) == 6
    assert [one.on for one in backups.found(tonight.folder)][:2] == made[:-3:-1]
    assert 2 <= len(backups.found(elsewhere)) <= 4
    assert nightly.unwell(tonight, clock()) == []
    clock.forward(days=3)
    assert len(nightly.unwell(tonight, clock())) == 2


def test_an_hour_with_a_full_disk_costs_a_night_and_nothing_else(
    lost: Installation, clock: Hands, tmp_path: Path
) -> None:
    """The rest of the night's work is done, which may make the room."""
    folder = lost.data / "backups"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("a file where a folder is wanted")
    clock.forward(days=1)
    with lost.app(clock) as app:
        with pytest.raises(StoreError):
            app.run_job("tidy")
        folder.unlink()
        assert app.run_job("tidy")["backups"] == 1
    assert not list(folder.glob(".*"))


def test_by_night_every_item_is_counted_and_the_books_of_all_time_are_held_against_them(
    lost: Installation, clock: Hands
) -> None:
    """They are running sums: an error in one would stand for ever, and nobody would count."""
    with lost.app(clock) as app, closing(app.open_store()) as db:
        for wrong in (0, 1):
            clock.forward(days=1)
            # One item is said to have ended elsewhere than it did: as many as there are.
            swapped = [("queued", wrong), ("rejected", -wrong)]
            for disposition, n in swapped:
                sql = "UPDATE ledger_sums SET n = n + ? WHERE disposition = ? AND reason = ''"
                db.conn.execute(sql, (n, disposition))
            if wrong:
                with pytest.raises(StoreError, match=r"counted one by one: queued, rejected$"):
                    app.run_job("tidy")
                app.run_job("tidy")  # the night is done, and this says nothing of it
            else:
                assert app.run_job("tidy")["backups"] == 1
            assert days.whole(db)[1] is (not wrong), "and the ledger says so until it is mended"


# --- what no command may do -----------------------------------------------------------------


NEWER = (
    ("once",), ("status",), ("backup", "x.db"), ("backup", "folder"), ("check",), ("search", "a"),
    ("people", "list"), ("unsent",), ("run",),
)  # fmt: skip


def within(here: Installation, *words: str) -> tuple[int, str]:
    """Run a command in this process: its exit code, and what it said on standard error."""
    with chdir(here.folder):
        done = CliRunner().invoke(torkham, list(words), prog_name="torkham")
    return done.exit_code, done.stderr


@pytest.mark.slow
def test_a_newer_store_is_refused_by_every_command_with_what_to_do(lost: Installation) -> None:
    path = lost.data / "torkham.db"
    with closing(connect(path)) as db:
        db.execute("PRAGMA user_version = 4000")
    before = path.read_bytes()
    for words in NEWER:
        code, err = lost.run(*words)[::2] if words == ("run",) else within(lost, *words)
        assert code in {1, 2}, words
        said = [line for line in err.splitlines() if line.startswith("torkham:")]
        assert len(said) == 1, err
        assert "newer Torkham" in said[0]
        assert "upgrade.md" in said[0]
        assert path.read_bytes() == before, words
    assert not (lost.folder / "x.db").exists()
    assert not os.path.lexists(lost.folder / "folder")
