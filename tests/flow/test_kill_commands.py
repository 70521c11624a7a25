"""kill -9 at every commit of what people start: done whole, or done when it is given again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.upkeep.safekeeping import check
from tests.flow.whole import assert_sound

if TYPE_CHECKING:
    from tests.flow.forge import Forge
    from tests.flow.newsroom import Installation, Newsroom

OWN = (
    *("runs", "notes", "tallies", "ailments", "sqlite_sequence", "sqlite_stat1"),
    *("import_runs", "import_lines"),
)
"""Tables that tell of runs and their faults: what was killed stands in them as well."""
KILLS = (
    *("before-commit:1", "after-commit:2", "before-commit:5", "after-commit:11"),
    *("before-commit:23", "after-commit:47"),
)
"""Where each command dies; fewer where it makes fewer writes."""


def rows_of(here: Installation) -> dict[str, int]:
    """Return how many rows each table holds."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
    with here.store() as db:  # opened once: to open it takes ten times as long as to count a table
        tables = [row["name"] for row in db.query(named) if row["name"] not in OWN]
        return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_command_killed_at_any_commit_is_whole_when_it_is_given_again(
    made_up: Any, newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation]
) -> None:
    """Bringing in texts, learning, reading anew, a snapshot, the nightly care, a restore."""
    newsroom.fill(2, 3)
    base = install("base")
    base.configure()
    texts = base.folder / "texts"
    texts.mkdir()
    for number in range(3):
        body = made_up.prose(number, on_topic=True)
        (texts / f"text-{number}.txt").write_text(f"Talks at the pass, part {number}\n\n{body}\n")
    forge.warm(base.folder, newsroom.port, "jobs", "poll", "harvest", "judge")
    safe = base.folder.with_name("safe")
    assert forge.run(base.folder, newsroom.port, "torkham", "backup", str(safe)) == 0
    for words in (
        ("corpus", "import", str(texts)),
        ("once", "learn"),
        ("once", "reread"),
        ("corpus", "snapshot"),
        ("once", "tidy"),
        ("pages", "remove", "1", "--why", "its outlet asked"),
        ("restore", str(safe)),
    ):
        whole = copied(install, base, f"{words[1]}-whole".replace("/", "-"))
        assert forge.run(whole.folder, newsroom.port, "torkham", *words) == 0, words
        kills = 0
        for at in KILLS:
            here = copied(install, base, f"{words[1]}-{at}".replace("/", "-").replace(":", "-"))
            if forge.run(here.folder, newsroom.port, "torkham", *words, at=at) != -9:
                break
            kills += 1
            if words == ("once", "tidy"):  # the copy of a night says that it was cared for
                shutil.rmtree(here.data / "backups", ignore_errors=True)
            assert forge.run(here.folder, newsroom.port, "torkham", *words) == 0, (words, at)
            assert rows_of(here) == rows_of(whole), (words, at)
            assert_sound(here)
        assert kills, f"{words} never committed anything"
        base = whole
    _backups_killed(forge, base, safe)


def _backups_killed(forge: Forge, base: Installation, safe: Path) -> None:
    """A backup into a folder leaves one that is whole, whenever it dies: it writes no store."""
    rows = check(safe).rows
    killed = 0
    for tenths in (0.5, 1, 2, 3):
        run = forge.start(base.folder, base.newsroom.port, "torkham", "backup", str(safe))
        time.sleep(tenths / 10)
        run.kill()
        killed += run.ended().status == -9
        assert check(safe).rows.keys() == rows.keys(), "the one before, or the new one"
    assert killed
    assert forge.run(base.folder, base.newsroom.port, "torkham", "backup", str(safe)) == 0
    assert len(list(safe.glob("*.db"))) == len(list(safe.glob("settings-*"))) == 1
    assert not list(safe.glob("**/.*")), "no half copy is left"


def copied(install: Callable[[str], Installation], base: Installation, name: str) -> Installation:
    made = install(name)
    shutil.copytree(base.folder, made.folder, ignore=shutil.ignore_patterns("*.lock"))
    assert Path(made.folder / "feeds.yaml").exists()
    return made
