"""Commands in rough surroundings: streams that are closed or full, and numbers nothing has."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from classifiers.likeness import semantic
from monitor.cli.frame import guarded
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


@pytest.mark.slow
@pytest.mark.parametrize("words", ["status", "claims export", "--help", "search x --json"])
def test_output_that_cannot_be_written_is_told_in_one_line(folder: Path, words: str) -> None:
    done = run(folder, words, "> /dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "torkham: what was to be written could not be (No space left on device): see whether the"
        " disk is full\n"
    )


@pytest.mark.slow
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


def asked(folder: Path, *words: str | Path) -> tuple[int, str, str]:
    """Run a command in this process: its exit code, what it printed, what it complained of."""
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    done: Any = CliRunner().invoke(torkham, [*map(str, words), *place])
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done.exit_code, done.stdout, done.stderr


SIMILAR = pytest.param(
    ["similar"],
    marks=pytest.mark.skipif(semantic.installed() is None, reason="needs the extra `semantic`"),
)


@pytest.mark.parametrize("words", [["search"], ["search", "--outlet"], ["why"], SIMILAR])
def test_letters_in_another_encoding_find_nothing_and_break_nothing(
    folder: Path, words: list[str]
) -> None:
    """As they come from a list that was written in Latin-1."""
    code, told, _ = asked(folder, *words, os.fsdecode("Gümüş".encode("iso8859-9")))
    assert (code, bool(told)) == (0, True)


def test_a_password_that_nobody_could_type_is_refused_in_one_line(folder: Path) -> None:
    """As it stands in a file that was saved as Latin-1: at the desk it would open nothing."""
    (folder / "password.txt").write_bytes(b"a long \xe9nough password\n")
    words = "people add Adeela --role administrator --password-stdin"
    done = run(folder, words, "< password.txt")
    assert done.stderr == "torkham: the password is no UTF-8 text: save it again as UTF-8\n"
    assert (done.returncode, done.stdout) == (2, "")
    assert asked(folder, "people", "list", "--json") == (0, "[]\n", "")


def test_backups_that_are_looked_for_in_vain_are_no_success(folder: Path, tmp_path: Path) -> None:
    """Whoever checks them by night hears of the disk that is not mounted."""
    code, _, err = asked(folder, "backups", tmp_path / "none", "--check")
    assert (code, "is the disk mounted" in err) == (1, True)
    code, out, _ = asked(folder, "backups", tmp_path, "--check")
    assert (code, out) == (1, f"there is no copy in {tmp_path} yet\n")
    assert asked(folder, "backups", tmp_path)[0] == 0
    assert asked(folder, "backups", "--check")[0] == 1
    assert asked(folder, "backups")[0] == 0
    asked(folder, "backup", tmp_path / "set")
    assert asked(folder, "backups", tmp_path / "set", "--check")[0] == 0


@pytest.mark.parametrize(
    "words", ["people add Adeela --role administrator --one-time", "people list", "feeds health"]
)
def test_a_command_in_a_wrong_folder_begins_no_store_there(tmp_path: Path, words: str) -> None:
    """An account in a store that no service works with would leave the desk open, unnoticed."""
    done = run(tmp_path, words, "")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "torkham: there is neither feeds.yaml nor a store at data/torkham.db: work in the folder"
        " of the installation, or name it with --config and --data\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_on_a_disk_that_is_not_mounted_says_so(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    (tmp_path / "data").symlink_to(tmp_path / "disk/data")
    code, _, err = asked(tmp_path, "once", "look")
    assert code == 1
    assert err == (
        f"torkham: {tmp_path / 'data'}: File exists: a folder has to be there; a link to a disk"
        " leads nowhere until that is mounted\n"
    )
    assert not (tmp_path / "disk").exists()


def test_what_another_user_keeps_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "data/torkham.db")

    with pytest.raises(SystemExit) as left:
        guarded(refused)
    assert left.value.code == 1
    assert capsys.readouterr().err == (
        "torkham: data/torkham.db: Permission denied: check its owner and permissions\n"
    )


def test_a_job_that_the_store_refuses_is_told_without_a_traceback(tmp_path: Path) -> None:
    """Its words say what to do, and where."""
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    connect(tmp_path / "data/torkham.db").close()
    (tmp_path / "data/backups").write_text("a file where a folder has to be")
    code, out, err = asked(tmp_path, "once", "tidy")
    assert code == 1
    assert "tidy broke: " in err
    assert "Traceback" not in err
    assert "error StoreError" in out


def test_the_list_of_commands_says_each_in_a_whole_sentence() -> None:
    assert [name for name, (_, told) in TABLE.items() if not told.endswith(".")] == []
