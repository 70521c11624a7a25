"""Old versions of other people's code are refused at the start, and the audit cannot be fooled."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from bench.audit_packages import CANARY, CLEAN, UNKNOWN, VULNERABLE, audit, judged
from monitor.floors import FLOORS, LIBCURL, Floor, libcurl, numbers, problems, too_old
from monitor.model import Dropped
from monitor.stages import parse

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_installed_here_will_do() -> None:
    assert problems() == []
    assert libcurl()


@pytest.mark.parametrize("floor", [*FLOORS, LIBCURL], ids=lambda floor: str(floor.name))
def test_each_floor_refuses_the_version_below_it_and_takes_its_own(floor: Floor) -> None:
    assert too_old([floor], lambda _name: floor.least) == []
    assert too_old([floor], lambda _name: f"{floor.least}.post1") == []
    [line] = too_old([floor], lambda _name: f"{floor.least}rc1")
    assert floor.name in line
    assert floor.why in line
    assert "pip install" in line
    assert bool(too_old([floor], lambda _name: None)) == floor.needed


@pytest.mark.parametrize(
    ("older", "newer"),
    [("6.0.14", "6.1"), ("6.1.0rc1", "6.1.0"), ("2.6.9", "2.10"), ("1.1.9", "1.1.20251105"),
     ("2025.1", "2026.1"), ("0.9", "1"), ("6.1.0.dev3", "6.1")],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(older: str, newer: str) -> None:
    assert numbers(older) < numbers(newer)


def test_pins_and_lock_are_not_below_the_floors() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    with (ROOT / "uv.lock").open("rb") as file:
        lock = {one["name"]: one.get("version") for one in tomllib.load(file)["package"]}
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pins = dict(re.findall(r"^([\w.-]+)[^>=]*>=([\d.]+)", one)[0] for one in wanted if ">=" in one)
    for floor in FLOORS:
        if floor.needed:
            assert numbers(pins[floor.name]) >= numbers(floor.least), floor.name
        if floor.name in lock:
            assert numbers(lock[floor.name]) >= numbers(floor.least), floor.name


def test_an_entity_bomb_is_refused_whatever_expat_is_at_hand() -> None:
    """It is why an Expat below 2.6.0 has no floor (Debian 12 carries 2.5.0)."""
    bomb = b'<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">'
    feed = b'<?xml version="1.0"?><!DOCTYPE r [' + bomb + b"]><rss><channel>&c;</channel></rss>"
    said = parse.parse_feed(
        feed, content_type="text/xml", base_url="https://a.example/", known=(),
        fetched_at=datetime(2026, 3, 10, tzinfo=UTC),
    )  # fmt: skip
    assert isinstance(said, Dropped)


# --- the audit ------------------------------------------------------------------------------


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


FAULT = {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": [], "description": "-"}
KNOWN = answer({"name": "jinja2", "version": "2.4.1", "vulns": [FAULT]})
UNHEARD = answer({"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be"
                  " audited: jinja2 (2.4.1)"})  # fmt: skip
SILENT = answer({"name": "jinja2", "version": "2.4.1", "vulns": []})
GOOD = {"name": "lxml", "version": "6.1.3", "vulns": []}


@pytest.mark.parametrize(
    "canary", [UNHEARD, SILENT, "", "<html>Blocked</html>", "{}", "[]", "null"]
)
def test_a_source_that_does_not_know_a_known_fault_audits_nothing(canary: str) -> None:
    """As behind a mirror that answers everything with "no such package"."""
    verdict = audit("lxml==6.1.3\n", lambda what: (canary, "") if what == f"{CANARY}\n"
                    else (answer(GOOD), ""))  # fmt: skip
    assert verdict.code == UNKNOWN
    assert "NOT AUDITED" in verdict.lines[0]


@pytest.mark.parametrize(
    "report",
    [answer(GOOD, {"name": "odd", "skip_reason": "not found"}), answer(GOOD), "", "{}",
     answer(GOOD, {"name": "odd", "version": "1"})],
)  # fmt: skip
def test_packages_that_were_not_audited_are_no_success(report: str) -> None:
    assert judged(KNOWN, report, 2).code == UNKNOWN


def test_a_clean_audit_and_a_fault() -> None:
    assert judged(KNOWN, answer(GOOD), 1).code == CLEAN
    verdict = judged(KNOWN, answer(GOOD, {"name": "odd", "version": "1", "vulns": [FAULT]}), 2)
    assert verdict.code == VULNERABLE
    assert verdict.lines == ("odd 1: PYSEC-2019-217; mended in 2.10.1",)
    assert audit("# nothing\n", lambda _what: (KNOWN, "")).code == UNKNOWN
