"""Commands in rough surroundings: streams that are closed or full, and numbers nothing has."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.cli.main import TABLE, torkham
from store.db import connect

SETTINGS = "feeds: [{url: 'https://gazette.example/feed', enabled: false}]\n"
MAIN = "from monitor.cli.main import main; main()"
BEYOND = "99999999999999999999999"  # more than SQLite can count


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a f\u00f6lder of \u0686")
    (folder / "feeds.yaml").write_text(SETTINGS)
    connect(folder / "data/torkham.db").close()
    return folder


def run(
    folder: Path, words: str, redirected: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command under a shell that redirects its streams."""
    line = f'"{sys.executable}" -c "{MAIN}" {words} {redirected}'
    root = str(Path(__file__).resolve().parents[2])
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": root, **environ}
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=given, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", ["status", "claims export", "--help", "search x --json"])
def test_output_that_cannot_be_written_is_told_in_one_line(folder: Path, words: str) -> None:
    done = run(folder, words, "> /dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "torkham: what was to be written could not be (No space left on device): see whether the"
        " disk is full\n"
    )


@pytest.mark.parametrize(
    ("words", "redirected", "code"),
    [
        ("claims export", ">&-", 0),
        ("timeline export", ">&-", 0),
        ("corpus export", ">&-", 0),
        ("feeds export-opml", ">&-", 0),
        ("status", ">&- 2>&-", 0),
        ("people add Adeela --role administrator", "<&-", 2),
        ("feeds import-opml -", "<&-", 1),
        ("classify", "<&-", 0),
    ],
)
def test_closed_streams_are_as_good_as_dev_null(
    folder: Path, words: str, redirected: str, code: int
) -> None:
    done = run(folder, words, redirected)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_what_a_command_opens_never_takes_the_place_of_a_closed_stream(folder: Path) -> None:
    """Else what a library complains about on standard error would land in that file."""
    told = "import os, monitor.cli.main as m, monitor.cli.frame as f;"
    told += "f.guarded(lambda: None); print(os.open('feeds.yaml', os.O_RDONLY))"
    for closed in ("<&-", "2>&-", "<&- 2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"{sys.executable}" -c "{told}" {closed}'], cwd=folder,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert int(done.stdout) > 2, closed


@pytest.mark.parametrize(
    "words",
    [
        ["stories", "show", BEYOND],
        ["stories", "merge", "1", BEYOND, "--by", "A"],
        ["stories", "split", "1", BEYOND, "--by", "A"],
        ["stories", "undo", BEYOND, "--by", "A"],
        ["tokens", "revoke", BEYOND],
        ["pages", "remove", BEYOND, "--why", "x"],
        ["explain", "1", "--verdict", BEYOND],
        ["search", "x", "--before", BEYOND],
        ["feeds", "moves", "--undo", BEYOND],
        ["corpus", "import", "--undo", BEYOND],
        ["unsent", BEYOND, "--send"],
    ],
    ids=" ".join,
)
def test_a_number_that_nothing_can_have_is_refused_as_usage(folder: Path, words: list[str]) -> None:
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    done: Any = CliRunner().invoke(torkham, [*words, *place])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 2, done.output
    with closing(connect(folder / "data/torkham.db")) as db:
        assert db.conn.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_the_list_of_commands_says_each_in_a_whole_sentence() -> None:
    assert [name for name, (_, told) in TABLE.items() if not told.endswith(".")] == []
