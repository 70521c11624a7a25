"""Killed between any two steps, the next start takes up every step again."""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.edge.clock import system_clock
from store import failpoint, outbox
from store.db import connect, write
from store.failpoint import POINTS, Point
from store.messages import Outgoing
from tests.flow.failing import Broken, armed
from tests.flow.forge import Forge
from tests.flow.whole import assert_delivered, assert_whole

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

ROOT = Path(__file__).resolve().parents[2]
FEEDS, EACH, MESSAGES = 12, 2, 24
RESUMED = 60.0  # seconds
ROUNDS = (9, 8, 8)  # kills of one installation after the other: 25 a point
WITHIN: dict[Point, int] = {
    "after-fetch": 4, "after-parse": 2, "after-extract": 3, "after-judge": 2, "before-commit": 12,
    "after-commit": 12, "before-send": 3, "after-send": 3,
}  # fmt: skip
"""The kill comes at a passing drawn up to this one: there must be work left for the last.

The points of web archives are passed by a backfill alone, and are tried with it.
"""


@pytest.fixture(scope="module")
def outlets(made_up: Any) -> Iterator[Newsroom]:
    """A newsroom that no test here changes."""
    with made_up.Newsroom() as serving:
        serving.fill(FEEDS, EACH)
        yield serving


@pytest.fixture(scope="module")
def settle(
    made_up: Any, outlets: Newsroom, tmp_path_factory: pytest.TempPathFactory, empty_store: Path
) -> Iterator[Callable[[str], Installation]]:
    """Set up installations, each with messages that wait already; in memory, where there is one.

    What a kill loses never was on any disk.
    """
    rules = [{"name": "Torkham", "any": ["Torkham"]}, {"name": "Trucks", "any": ["trucks"]}]
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    memory = Path(
        tempfile.mkdtemp(dir=shared if shared.is_dir() else tmp_path_factory.mktemp("kill"))
    )

    def make(name: str) -> Installation:
        here: Installation = made_up.Installation(folder=memory / name, newsroom=outlets)
        here.configure(alerts=rules)
        here.data.mkdir()
        shutil.copyfile(empty_store, here.data / "torkham.db")
        rows = [
            Outgoing(
                key=f"alert:test:{n}", kind="alert", channel="outbox", subject=f"Message {n}",
                text=f"The words of message {n}.", html=None, created_at=system_clock(),
            )
            for n in range(MESSAGES)
        ]  # fmt: skip
        with here.store() as db:
            outbox.put(db, rows)
        return here

    yield make
    shutil.rmtree(memory)


@pytest.fixture(scope="module")
def whole(settle: Callable[[str], Installation], forge: Forge) -> Installation:
    """An installation that was never killed."""
    made = settle("whole")
    forge.warm(made.folder, made.newsroom.port, "ticks")
    return made


@pytest.mark.slow
@pytest.mark.row(2)
@pytest.mark.parametrize("point", list(WITHIN))
def test_killed_at_any_point_the_next_start_takes_everything_up_again(
    point: Point, made_up: Any, forge: Forge, whole: Installation,
    settle: Callable[[str], Installation], figure: Callable[..., None],
) -> None:  # fmt: skip
    """Twenty-five kills; every start comes to the same step again, the last one to the end."""
    port, few = whole.newsroom.port, "1" if point == "after-judge" else "4"
    draw = random.Random(f"{point} {os.environ.get('TORKHAM_KILL_SEED', '')}")  # noqa: S311
    longest, kills = 0.0, 0
    for number, times in enumerate(ROUNDS):
        here = settle(f"{point}-{number}")
        for _ in range(times):
            nth = draw.randint(1, WITHIN[point])
            began = time.monotonic()
            status = forge.run(here.folder, port, "ticks", few, at=f"{point}:{nth}")
            longest = max(longest, time.monotonic() - began)
            assert status == -9, f"it never came to {point} the {nth}th time: {status}"
            kills += 1
        began = time.monotonic()
        assert forge.run(here.folder, port, "ticks", few) == 0
        longest = max(longest, time.monotonic() - began)
        assert_whole(made_up, here, whole, FEEDS * EACH)
        assert_delivered(here)
    assert longest < RESUMED
    figure(f"{point}: {kills} of {sum(ROUNDS)} kills taken up, at most {longest:.1f} s after")


# --- who can arm them -------------------------------------------------------------------------


def sources() -> Iterator[tuple[Path, str]]:
    for package in ("monitor", "store", "classifiers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, path.read_text(encoding="utf-8")


def test_every_point_stands_in_the_work_and_nothing_in_the_product_arms_one() -> None:
    stand: set[str] = set()
    for path, text in sources():
        assert "FAIL_AT" not in text, path
        if path == ROOT / "store" / "failpoint.py" or "failpoint" not in text:
            continue
        asks = "from store.failpoint import reached" in text  # others may have the word, too
        for node in ast.walk(ast.parse(text)):
            if asks and isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reached":
                (name,) = node.args
                stand.add(ast.literal_eval(name))
            if isinstance(node, ast.ImportFrom) and node.module == "store.failpoint":
                assert [one.name for one in node.names] == ["reached"], path
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "failpoint" not in [one.name for one in node.names], path
    assert stand == set(POINTS)


@pytest.mark.slow
def test_the_products_own_command_pays_no_heed_to_what_ends_the_test_launcher(
    newsroom: Newsroom, here: Installation
) -> None:
    """The same words, the same environment: the launcher dies at its first commit."""
    newsroom.publish("lantern")
    here.configure()
    given = here.environ() | {"TORKHAM_FAIL_AT": "before-commit"}
    own = [sys.executable, "-c", "from monitor.cli.main import main; main()", "once", "judge"]
    done = subprocess.run(own, cwd=here.folder, env=given, timeout=60, check=False)
    assert done.returncode == 0
    assert len(here.rows("SELECT * FROM runs WHERE job = 'judge'")) == 1
    code, _, _ = here.run("once", "judge", env={"TORKHAM_FAIL_AT": "before-commit"})
    assert code == -9
    assert len(here.rows("SELECT * FROM runs WHERE job = 'judge'")) == 1


@pytest.mark.parametrize(
    "said", ["", "before-lunch", "after-fetch:0", "after-fetch:1:sing", "after-fetch:1:kill:2"]
)
def test_a_point_that_does_not_exist_is_a_mistake_of_the_test(said: str) -> None:
    with pytest.raises(ValueError, match="TORKHAM_FAIL_AT"):
        armed(said)


@pytest.mark.parametrize(("point", "kept"), [("before-commit", 1), ("after-commit", 2)])
def test_what_breaks_before_a_commit_is_undone_and_what_breaks_after_it_is_kept(
    tmp_path: Path, empty_store: Path, point: Point, kept: int
) -> None:
    """A transaction in another is no commit: only the second whole one breaks."""
    path = tmp_path / "torkham.db"
    shutil.copyfile(empty_store, path)
    with closing(connect(path)) as db:
        failpoint.install(armed(f"{point}:2:raise"))
        try:
            with suppress(Broken):
                for number in range(2):
                    with write(db), write(db):
                        row = "INSERT INTO notes (at, kind, detail) VALUES (?, '', '')"
                        db.conn.execute(row, [str(number)])
        finally:
            failpoint.install(None)
        assert db.execute("SELECT count(*) FROM notes").fetchone()[0] == kept
        with write(db):  # it is as usable as before
            db.conn.execute("DELETE FROM notes")
