"""Kills whoever takes part in reading an archive, at drawn moments, and looks what is left.

A real scheduler of Dask, real workers, the real command. What a run wrote is held against a run of
the local engine that nobody disturbed: every row of every table, but for when it was written.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

ROOT = Path(__file__).resolve().parents[1]
Victim: TypeAlias = Literal["worker", "scheduler", "writer", "child"]
VICTIMS: tuple[Victim, ...] = get_args(Victim)
SETTINGS = """\
team: {name: The archive desk, time_zone: UTC}
feeds:
  - {url: "https://newsroom.example/feed.xml", outlet: The Newsroom}
"""
WAITS = 120.0  # seconds for anything at all to happen
WRITTEN = "SELECT total(next) FROM archives"
OF_ITS_OWN = frozenset({"_sqlite_migrations", "salts", "runs", "tallies"})
"""Tables that differ between any two: when each was made, a secret drawn then, how jobs ran."""


def environ() -> dict[str, str]:
    """Return this environment without anybody's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TORKHAM_")}
    return kept | {"PYTHONPATH": str(ROOT)}


# --- an installation ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A folder with settings and a store, into which archives are read."""

    folder: Path
    archives: Sequence[Path]

    def start(self, kind: str = "local", scheduler: str = "-") -> subprocess.Popen[str]:
        """Start the reading, or start it again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "feeds.yaml").write_text(SETTINGS)
        return subprocess.Popen(
            [sys.executable, "-m", "bench.backfill_run", kind, scheduler, *map(str, self.archives)],
            cwd=self.folder, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip

    def whole(self, kind: str = "local") -> None:
        """Read to the end. Raises RuntimeError with what was said."""
        process = self.start(kind)
        _, said = process.communicate(timeout=1_800)
        if process.returncode:
            raise RuntimeError(f"it ended with {process.returncode}: {said[-2_000:]}")

    def store(self) -> sqlite3.Connection:
        """Return the store, to look at."""
        file = self.folder / "data" / "torkham.db"
        return sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)

    def written(self) -> int:
        """Return how many spans were written so far."""
        with suppress(sqlite3.Error), closing(self.store()) as db:
            return int(db.execute(WRITTEN).fetchone()[0])
        return 0


# --- what was written -----------------------------------------------------------------------


def dump(db: sqlite3.Connection) -> dict[str, str]:
    """Return a digest of the rows of each table but ``OF_ITS_OWN``."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: _digest(db, name)
        for name in sorted(names)
        if name not in OF_ITS_OWN and not name.startswith("sqlite_")
    }


def _digest(db: sqlite3.Connection, table: str) -> str:
    made = hashlib.sha256()
    columns = len(db.execute(f'PRAGMA table_info("{table}")').fetchall())
    order = ", ".join(str(n + 1) for n in range(columns))
    for row in db.execute(f'SELECT * FROM "{table}" ORDER BY {order}'):  # noqa: S608
        made.update(repr(row).encode())
    return made.hexdigest()


def addresses(db: sqlite3.Connection) -> Counter[str]:
    """Return the addresses of all items, with how often each stands there."""
    rows = db.execute(
        "SELECT a.canonical_url FROM items i JOIN articles a ON a.id = i.article"
    ).fetchall()
    return Counter(row[0] for row in rows)


# --- a cluster ------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A scheduler of Dask and its workers, each a process that may be killed."""

    folder: Path
    count: int = 2
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The file by which they find each other."""
        return self.folder / "scheduler.json"

    def whole(self) -> None:
        """Start what is missing."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.file.unlink(missing_ok=True)
            self.scheduler = _dask(
                "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                "--scheduler-file", str(self.file), cwd=self.folder,
            )  # fmt: skip
            _until(self._told, "a scheduler")
            self._leave()
        self.workers = [one for one in self.workers if one.poll() is None]
        while len(self.workers) < self.count:
            self.workers.append(
                _dask(
                    "worker", "--scheduler-file", str(self.file), "--nthreads", "1",
                    "--no-dashboard", "--no-nanny", "--host", "127.0.0.1", cwd=self.folder,
                )
            )  # fmt: skip

    def close(self) -> None:
        """End all of it."""
        self._leave()
        if self.scheduler is not None:
            self.scheduler.kill()
            self.scheduler.wait(WAITS)

    def _told(self) -> bool:
        with suppress(OSError):
            return self.file.read_text().rstrip().endswith("}")
        return False

    def _leave(self) -> None:
        for one in self.workers:
            one.kill()
            one.wait(WAITS)
        self.workers = []


def _dask(*words: str, cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words], cwd=cwd, env=environ(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Give a cluster of two workers, and end it."""
    made = Cluster(folder=folder)
    try:
        made.whole()
        yield made
    finally:
        made.close()


def _until(true: object, what: str) -> None:
    ends = time.monotonic() + WAITS
    while time.monotonic() < ends:
        if true():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise RuntimeError(f"{what} never came")


# --- the kills ------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of so many kills."""

    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    differing: tuple[str, ...] = ()
    seconds: float = 0.0

    def __str__(self) -> str:
        went = ", ".join(f"{n} of a {who}" for who, n in sorted(self.kills.items()))
        alike = "equal to the undisturbed store" if not self.differing else (
            f"differing in {', '.join(self.differing)}"
        )  # fmt: skip
        total = self.kills.total()
        return (
            f"{total} of {total} kills, {self.lost} lost, {self.doubled} doubled; {alike}"
            f" ({went}; {self.seconds:.0f} s)"
        )


def killed(archives: Sequence[Path], folder: Path, *, kills: int, seed: int) -> Outcome:
    """Read archives while ``kills`` fall, as often as that takes, and compare each store."""
    began = time.monotonic()
    draw = random.Random(seed)  # noqa: S311 - drawn again for the same seed
    victims = [VICTIMS[n % len(VICTIMS)] for n in range(kills)]
    draw.shuffle(victims)
    untouched = Ground(folder=folder / "untouched", archives=archives)
    untouched.whole()
    outcome = Outcome()
    with cluster(folder) as there, closing(untouched.store()) as whole:
        number = 0
        while victims:
            here = Ground(folder=folder / f"killed-{number}", archives=archives)
            _through(here, there, victims, draw, outcome)
            _compare(here, whole, outcome)
            number += 1
    outcome.seconds = time.monotonic() - began
    return outcome


def _through(
    here: Ground, there: Cluster, victims: list[Victim], draw: random.Random, outcome: Outcome
) -> None:
    """Read one archive to its end, killing on the way."""
    for _ in range(200):
        there.whole()
        process = here.start("dask", str(there.file))
        fell = _disturbed(process, here, there, victims, draw, outcome)
        _, said = process.communicate(timeout=1_800)
        if process.returncode == 0:
            return
        if not fell:
            raise RuntimeError(f"nobody was killed, and it ended: {said[-2_000:]}")
    raise RuntimeError("it never came to its end")


def _disturbed(
    process: subprocess.Popen[str], here: Ground, there: Cluster, victims: list[Victim],
    draw: random.Random, outcome: Outcome,
) -> bool:  # fmt: skip
    """Kill the next ones until the run has ended; return whether its end was our doing."""
    while victims:
        enough, later = here.written() + draw.randint(0, 2), draw.uniform(0, 0.4)
        while here.written() <= enough and process.poll() is None:
            time.sleep(0.01)
        time.sleep(later)
        if process.poll() is not None:
            return False
        victim = victims.pop()
        if not _kill(victim, process, there):
            victims.append(victim)
            continue
        outcome.kills[victim] += 1
        if victim in {"writer", "scheduler"}:
            return True
        there.whole()
    return False


def _kill(victim: Victim, process: subprocess.Popen[str], there: Cluster) -> bool:
    if victim == "writer":
        process.kill()
    elif victim == "scheduler" and there.scheduler is not None:
        there.scheduler.kill()
    elif victim == "worker":
        there.workers[0].kill()
    else:
        return _kill_child([one.pid for one in there.workers])
    return True


def _kill_child(workers: Sequence[int]) -> bool:
    """Kill a child that reads for one of the workers; False where none does."""
    parents = _parents()
    nurseries = [pid for pid, parent in parents.items() if parent in workers]
    readers = [pid for pid, parent in parents.items() if parent in nurseries]
    for pid in readers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def _parents() -> Mapping[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            told = (entry / "stat").read_text().rpartition(")")[2].split()
            found[int(entry.name)] = int(told[1])
    return found


def _compare(here: Ground, whole: sqlite3.Connection, outcome: Outcome) -> None:
    with closing(here.store()) as db:
        ours, theirs = addresses(db), addresses(whole)
        outcome.lost += len(theirs.keys() - ours.keys())
        outcome.doubled += sum(n - theirs.get(url, 1) for url, n in ours.items() if n > 1)
        one, other = dump(db), dump(whole)
    unlike = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    outcome.differing = tuple(sorted(unlike | set(outcome.differing)))
