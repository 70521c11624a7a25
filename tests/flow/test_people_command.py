"""``torkham people``: giving accounts from the command line, beside a running service."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.edge.clock import system_clock
from store import people
from store.db import connect, hold

PASSWORD = "a long enough password"


class Folder:
    """A data folder, and the command on it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *words: str, stdin: str | None = None) -> Result:
        given = ["people", *words, "--data", str(self.path / "data")]
        result = CliRunner().invoke(torkham, given, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def json(self, *words: str, stdin: str | None = None) -> Any:
        result = self(*words, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def opens(self, name: str, password: str) -> bool:
        with closing(connect(self.path / "data/torkham.db")) as db:
            return people.verify(db, name, password, now=system_clock()) is not None


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def staffed(folder: Folder) -> Folder:
    words = ("add", "Adeela", "--role", "administrator", "--password-stdin")
    assert folder(*words, stdin=PASSWORD + "\n").exit_code == 0
    return folder


def mistake(result: Result, code: int = 1) -> str:
    assert result.exit_code == code, result.output
    (line,) = result.stderr.strip().split("\n")
    assert line.startswith("torkham: ")
    return line


def test_the_first_administrator_is_added_in_an_empty_folder(folder: Folder) -> None:
    assert "Nobody yet" in folder("list").stdout
    said = folder("add", "Adeela", "--role", "administrator", "--password-stdin", stdin=PASSWORD)
    assert said.stdout == "Adeela may sign in as administrator.\n"
    assert folder.opens("adeela", PASSWORD)


def test_it_works_beside_a_running_service(staffed: Folder) -> None:
    with hold(staffed.path / "data"):
        staffed.json("add", "Rabia", "--role", "reviewer", "--password-stdin", stdin=PASSWORD)
        assert staffed.opens("Rabia", PASSWORD)


def test_the_list_tells_scripts_who_and_never_a_hash(staffed: Folder) -> None:
    (row,) = staffed.json("list")
    assert row["name"] == "Adeela"
    assert row["role"] == "administrator"
    assert row["active"] is True
    assert row["created_by"] == "the command line"
    assert not {"hash", "password"} & set(row)
    assert "Adeela  administrator  never seen" in staffed("list").stdout


def test_a_one_time_password_is_printed_and_must_be_changed(staffed: Folder) -> None:
    made = staffed.json("add", "Rabia", "--role", "reader", "--one-time")
    assert made["must_change"] is True
    assert staffed.opens("Rabia", made["one_time_password"])
    again = staffed("password", "rabia", "--one-time").stdout
    assert "One-time password, good for a week: " in again
    assert staffed.opens("Rabia", again.split()[-1])
    assert not staffed.opens("Rabia", made["one_time_password"])


def test_an_administrator_who_lost_the_password_is_let_in_again_at_the_server(
    staffed: Folder,
) -> None:
    """Their sessions are over, the new one serves to choose another, and it is on record."""
    with closing(connect(staffed.path / "data/torkham.db")) as db:
        before = people.named(db, "Adeela")
        assert before
    made = staffed.json("password", "Adeela", "--one-time", "--by", "the host")
    assert made["must_change"] is True
    assert staffed.opens("Adeela", made["one_time_password"])
    assert not staffed.opens("Adeela", PASSWORD)
    with closing(connect(staffed.path / "data/torkham.db")) as db:
        assert people.sitting(db, before.id, before.epoch, "an open session") is None
        line = people.history(db)[0]
    assert (line.what, line.by, line.name) == ("one_time_password", "the host", "Adeela")
    assert made["one_time_password"] not in str(line)


def test_role_shutting_out_and_letting_in(staffed: Folder) -> None:
    staffed.json("add", "Rabia", "--role", "reader", "--password-stdin", stdin=PASSWORD)
    assert staffed.json("role", "Rabia", "reviewer", "--by", "Adeela")["role"] == "reviewer"
    assert staffed.json("shut-out", "rabia")["active"] is False
    assert not staffed.opens("Rabia", PASSWORD)
    assert "shut out" in staffed("list").stdout
    assert staffed.json("let-in", "rabia")["active"] is True
    with closing(connect(staffed.path / "data/torkham.db")) as db:
        lines = people.history(db)
    assert [(line.what, line.by) for line in lines[:3]] == [
        ("let_in", "the command line"), ("shut_out", "the command line"), ("role", "Adeela"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "stdin", "code", "told"),
    [
        (("add", "Rabia", "--role", "reader", "--password-stdin"), "short", 1, "at least 12"),
        (("add", "ADEELA", "--role", "reader", "--password-stdin"), PASSWORD, 1, "already"),
        (("add", "desk", "--role", "reader", "--password-stdin"), PASSWORD, 1, "signs with"),
        (("add", "Rabia", "--role", "reader"), "", 2, "--password-stdin"),
        (("add", "Rabia", "--one-time", "--password-stdin"), PASSWORD, 2, "without"),
        (("password", "Nobody", "--one-time"), None, 2, "nobody is called Nobody"),
        (("shut-out", "Adeela"), None, 1, "last administrator"),
        (("role", "Adeela", "reader"), None, 1, "last administrator"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    staffed: Folder, words: tuple[str, ...], stdin: str | None, code: int, told: str
) -> None:
    assert told in mistake(staffed(*words, stdin=stdin), code)
    assert [row["name"] for row in staffed.json("list")] == ["Adeela"]


def test_who_did_something_to_an_account_is_somebody(staffed: Folder) -> None:
    assert staffed("add", "Rabia", "--one-time", "--by", " ").exit_code == 2
    assert [row["name"] for row in staffed.json("list")] == ["Adeela"]


def test_the_first_account_cannot_be_less_than_an_administrators(folder: Folder) -> None:
    said = mistake(folder("add", "Rabia", "--password-stdin", stdin=PASSWORD), code=2)
    assert "--role administrator" in said


def test_a_password_is_never_an_argument(staffed: Folder) -> None:
    """Whoever else uses the machine could read it in the list of processes."""
    for words in (("add", "Rabia", PASSWORD), ("password", "Adeela", PASSWORD),
                  ("add", "Rabia", "--password", PASSWORD)):  # fmt: skip
        assert staffed(*words).exit_code == 2
    assert not staffed.opens("Adeela", PASSWORD + "x")


def test_a_password_typed_at_the_terminal_is_asked_twice_and_not_shown(tmp_path: Path) -> None:
    here, there = pty.openpty()
    command = [sys.executable, "-c", "from monitor.cli.main import main; main()"]
    words = ["people", "add", "Adeela", "--role", "administrator", "--data", str(tmp_path / "d")]
    with subprocess.Popen(
        [*command, *words], stdin=there, stdout=there, stderr=there, start_new_session=True
    ) as child:
        os.close(there)
        shown = b""
        for asked in (b"Password", b"Again"):
            while asked not in shown:
                shown += os.read(here, 1024)
            os.write(here, PASSWORD.encode() + b"\n")
        while True:
            try:
                more = os.read(here, 1024)
            except OSError:  # Linux tells the end of a terminal so
                break
            shown += more
            if not more:
                break
        assert child.wait(20) == 0, shown
    assert b"may sign in as administrator" in shown
    assert PASSWORD.encode() not in shown
