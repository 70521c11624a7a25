"""Stores as each released version left them, and how the next one is added.

    make release-fixture            # or: python tests/released.py

writes ``tests/data/released/VERSION.sql.gz`` for the version in pyproject.toml: the sample
newsroom's day, made by the demo, as the text of SQL. It is made once, when a version is cut, and
never again: what a released version wrote is what it wrote. An older version's was made by its own
code: ``PYTHONPATH=/folder/of/that/version python tests/released.py 0.3.0``.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent / "data" / "released"
ROOT = Path(__file__).resolve().parents[1]
FEEDS = slice(3, 4)  # of the sample's ten: a store of ten articles weighs enough

ANSWERS: tuple[Literal["relevant", "not_relevant"], ...] = ("relevant", "not_relevant")


def fixtures() -> dict[str, Path]:
    """Return the stores of the released versions by their versions, the oldest first."""
    named = {path.name.removesuffix(".sql.gz"): path for path in FOLDER.glob("*.sql.gz")}
    return dict(sorted(named.items(), key=lambda one: [int(n) for n in one[0].split(".")]))


def load(path: Path, target: Path) -> None:
    """Make the store again that ``path`` tells of."""
    from store.folding import FOLD, fold  # not at the top: the oldest version has none

    made = sqlite3.connect(target, isolation_level=None)
    made.create_function(FOLD, 1, fold, deterministic=True)  # indexes are by it
    made.executescript(gzip.decompress(path.read_bytes()).decode())
    made.close()


def dump(db: sqlite3.Connection) -> Iterator[str]:
    """Give a store as statements: rows go in before anything that would act on them."""
    parts = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
    virtual = [name for _, name, sql in parts if sql.upper().startswith("CREATE VIRTUAL")]
    shadows = {
        name for kind, name, _ in parts
        if kind == "table" and any(name.startswith(f"{whole}_") for whole in virtual)
        and name not in virtual
    }  # fmt: skip
    for name in ("application_id", "user_version"):
        yield f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};"
    yield "PRAGMA foreign_keys = OFF; BEGIN;"
    tables = [name for kind, name, _ in parts if kind == "table" and not name.startswith("sqlite_")]
    yield from (f"{sql};" for kind, name, sql in parts if name in tables and name not in shadows)
    for name in tables:
        if name in shadows:
            yield f'DELETE FROM "{name}";'  # noqa: S608 - made with the table it belongs to
        if name not in virtual:
            yield from _rows(db, name)
    for kind in ("index", "view", "trigger"):
        yield from (f"{sql};" for of, _, sql in parts if of == kind)
    yield "COMMIT;"


def _rows(db: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
    named = ", ".join(f'"{column}"' for column in columns)
    quoted = " || ',' || ".join(f'quote("{column}")' for column in columns)
    for (values,) in db.execute(f'SELECT {quoted} FROM "{table}"'):  # noqa: S608 - our own names
        yield f'INSERT INTO "{table}" ({named}) VALUES ({values});'  # noqa: S608


def main() -> None:
    """Let the code at hand work for a day and write down the store it leaves."""
    version = sys.argv[1] if len(sys.argv) > 1 else _version()
    target = FOLDER / f"{version}.sql.gz"
    if target.exists():
        sys.exit(f"{target} is there already: what a released version wrote is never made anew")
    with TemporaryDirectory() as folder:
        _two_days(Path(folder))
        db = sqlite3.connect(Path(folder) / "torkham.db", isolation_level=None)
        text = "\n".join(dump(db)) + "\n"
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{target}: {target.stat().st_size / 1000:,.0f} kB")  # noqa: T201


def _version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _two_days(folder: Path) -> None:
    """Work for two days on one outlet of the sample newsroom, and let a person decide.

    By what every version had from its first day on.
    """
    from monitor.app import open_app
    from monitor.demo.content import morning
    from monitor.demo.server import HOST, Newsroom
    from monitor.demo.show import SampleClock
    from monitor.edge.clock import system_clock
    from store import changes, reviews

    today = system_clock().date()
    clock = SampleClock(morning(today, 0))
    with Newsroom(today) as newsroom:
        settings = yaml.safe_load(newsroom.settings_yaml(folder, desk_port=8000))
        settings["feeds"] = settings["feeds"][FEEDS]
        (folder / "feeds.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        allow = frozenset({(HOST, newsroom.port)})
        with open_app(folder / "feeds.yaml", folder, {}, clock=clock, allow=allow) as app:
            for day in range(2):
                clock.set(morning(today, day))
                if day:
                    newsroom.advance()
                for job in ("poll", "harvest", "judge", "alert", "send"):
                    _run(app, job)
                clock.set(morning(today, day) + timedelta(hours=11))
                for job in ("digest", "send"):
                    _run(app, job)
            with closing(app.open_store()) as db:
                articles = [row[0] for row in db.execute("SELECT id FROM articles ORDER BY id")]
                for article, answer in zip(articles, ANSWERS, strict=False):
                    reviews.decide(
                        db, article=article, answer=answer, by="sample", now=clock(), note="by hand"
                    )
                changes.record(db, "thresholds.queue", "0.4", "sample", clock())
                _account(db, clock())


def _run(app: Any, job: str) -> None:
    from store.faults import StoreError

    try:
        app.run_job(job)
    except KeyError as error:  # a job that came later
        if error.args != (job,):
            raise StoreError(f"{job} broke") from error


def _account(db: Any, now: datetime) -> None:
    try:
        from store import people
    except ImportError:
        return  # nobody had an account then
    people.add(db, "sample", "the lantern by the river", role="administrator", by="cli", now=now)


if __name__ == "__main__":
    main()
