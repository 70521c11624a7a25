"""``torkham tokens``: issue, list, revoke, beside the desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from store import people, tokens
from store.db import connect
from store.passwords import Hashing

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    with closing(connect(tmp_path / "torkham.db")) as db:
        people.add(
            db, "Rabia", "a long enough one for it", role="administrator", by="tests", now=NOW,
            hashing=Hashing(memory=64, rounds=1),
        )  # fmt: skip

    def call(*words: str) -> Result:
        return CliRunner().invoke(torkham, ["tokens", *words, "--data", str(tmp_path)])

    return call


def opens(tmp_path: Path, token: str) -> Any:
    with closing(connect(tmp_path / "torkham.db")) as db:
        found = tokens.holder(db, token, datetime(2027, 1, 1, tzinfo=UTC))
    return found.role if found else None


def test_a_token_is_printed_alone_so_that_a_script_can_keep_it(run: Run, tmp_path: Path) -> None:
    done = run("issue", "rabia", "--label", "nightly export", "--read-only")
    assert done.exit_code == 0, done.output
    token = done.stdout.strip()
    assert opens(tmp_path, token) == "reader"
    listed = run("list").stdout
    assert "nightly export" in listed
    assert "never used" not in listed
    assert token not in listed


def test_no_token_is_made_that_would_open_nothing(run: Run, tmp_path: Path) -> None:
    """With a one-time password it opens nothing, and with its change it would be over."""
    with closing(connect(tmp_path / "torkham.db")) as db:
        people.add(
            db, "Night script", "another long one for it", role="reviewer", by="tests", now=NOW,
            must_change=True, hashing=Hashing(memory=64, rounds=1),
        )  # fmt: skip
    done = run("issue", "Night script", "--label", "nightly")
    assert done.exit_code == 2
    assert "one-time password" in done.stderr
    assert "No token opens anything" in run("list").stdout


def test_json_is_for_scripts(run: Run, tmp_path: Path) -> None:
    token = json.loads(run("issue", "Rabia", "--label", "x", "--json").stdout)["token"]
    assert opens(tmp_path, token) == "administrator"
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["name"], row["state"], row["last_used_on"]) == ("Rabia", "good", "2027-01-01")


def test_a_revoked_one_opens_nothing_and_leaves_the_list(run: Run, tmp_path: Path) -> None:
    token = run("issue", "Rabia", "--label", "x").stdout.strip()
    assert run("revoke", "1").exit_code == 0
    assert opens(tmp_path, token) is None
    assert "No token opens anything" in run("list").stdout
    assert "revoked" in run("list", "--all").stdout
    again = run("revoke", "1")
    assert again.exit_code == 2
    assert "torkham tokens list" in again.stderr


def test_mistakes_are_one_line_each(run: Run) -> None:
    nobody = run("issue", "Nobody", "--label", "x")
    assert (nobody.exit_code, nobody.stderr.count("\n")) == (2, 1)
    over = run("issue", "Rabia", "--label", "x", "--until", "2001-01-01")
    assert over.exit_code == 1
    assert "day to come" in over.stderr


def test_a_last_day_at_the_end_of_all_counting_is_no_breakage(run: Run, tmp_path: Path) -> None:
    """Whoever means "for ever" writes it so."""
    token = run("issue", "Rabia", "--label", "x", "--until", "9999-12-31").stdout.strip()
    assert opens(tmp_path, token) == "administrator"


def test_who_revoked_a_token_is_somebody(run: Run) -> None:
    run("issue", "Rabia", "--label", "x")
    assert run("revoke", "1", "--by", " ").exit_code == 2
    assert "revoked" not in run("list", "--all").stdout
