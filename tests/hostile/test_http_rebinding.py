"""A name may say what it likes, and something else the next time: the socket is what is judged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOWN = Path(__file__).with_name("rebinding_town.py")
ALONE = ["unshare", "--net", "--mount", "--map-root-user"]


def has_a_network_of_its_own() -> bool:
    """Whether this machine lets us build one, in which addresses and names are ours to give."""
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        return False
    tried = [*ALONE, "sh", "-c", "ip link set lo up && mount --bind /etc/hosts /etc/hosts"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What came of every scenario, played with libc's own resolver and a real name server."""
    if not has_a_network_of_its_own():
        pytest.skip("no network namespace may be made here (unshare --net)")
    ran = subprocess.run(
        [*ALONE, sys.executable, str(TOWN)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.row(15)
def test_no_scenario_of_rebinding_connects_inside(told: dict[str, Any], figure: Any) -> None:
    played = told["scenarios"]
    assert len(played) >= 20
    assert {name: one for name, one in played.items() if one["inside"]} == {}
    assert told["control"] == 1, "a connection inside would have been counted"
    figure(f"{len(played)} scenarios with a name server that lies: 0 connections inside")


def test_what_a_name_says_outside_is_fetched_until_it_says_otherwise(told: dict[str, Any]) -> None:
    """Else a client that refuses everything would have passed."""
    played = told["scenarios"]
    for name in (
        "inside at the second look-up",
        "over https",
        "inside at the second look-up, IPv6",
    ):
        assert played[name]["ends"] == ["fetched", "blocked_address", "blocked_address"]
        assert played[name]["outside"] == 1
    assert played["every other look-up"]["ends"] == ["fetched", "blocked_address"] * 3
    assert played["a webhook"]["ends"] == ["answered", "not", "not"]
    assert played["a redirect to a name inside"]["outside"] == 1


def test_one_bad_record_refuses_the_whole_name(told: dict[str, Any]) -> None:
    for name, one in told["scenarios"].items():
        if name.startswith(("always", "one bad", "IPv4", "an alias", "a chain")):
            assert set(one["ends"]) <= {"blocked_address", "fetched"}, name
        if name.startswith(("always", "an alias", "a chain")):
            assert (one["ends"], one["outside"]) == (["blocked_address"], 0), name


def test_a_silent_name_server_delays_the_names_of_nobody_else(told: dict[str, Any]) -> None:
    """Were names looked up by a few threads, forty silent ones would hold all of them."""
    assert told["scenarios"]["a name server that is silent for others"]["ends"] == ["fetched"]
    assert told["scenarios"]["a name that is unknown"]["ends"] == ["dns"]
