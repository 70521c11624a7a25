"""Every fault we know of, what we promise of it, and what was measured today.

    python -m bench.scorecard          the parts that take minutes
    python -m bench.scorecard --long   the parts that take hours
    python -m bench.scorecard --rows 4,12

Runs the tests that carry a row's mark, keeps what they reached in docs/scorecard.json, makes
docs/scorecard.md of it, and ends with how many rows hold. Exit 1 where one does not.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from monitor.edge.clock import system_clock
from store.db import sqlite_version

ROOT = Path(__file__).parent.parent
ROWS = ROOT / "tests" / "data" / "scorecard.yaml"
KEPT = ROOT / "docs" / "scorecard.json"
PAGE = ROOT / "docs" / "scorecard.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run says of one row."""

    holds: bool
    figures: tuple[str, ...]
    why_not: tuple[str, ...]
    tests: int
    measured_on: str
    machine: str


def main() -> None:
    """Run, keep, write the page, and say how many rows hold."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="the parts that take hours")
    parser.add_argument("--rows", default="", help="these alone, by number: 4,12")
    asked = parser.parse_args()
    rows = yaml.safe_load(ROWS.read_text(encoding="utf-8"))
    chosen = {int(number) for number in asked.rows.split(",") if number} or {
        row["row"] for row in rows if ("long" in row if asked.long else row.get("short", True))
    }
    part = "long" if asked.long else "short"
    told = _measured(asked.long, chosen)
    found = {row: _result(told.get(str(row), {})) for row in sorted(chosen)}
    kept: dict[str, dict[str, Any]] = (
        json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    )
    for row, result in found.items():
        kept.setdefault(str(row), {})[part] = asdict(result)
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(rows, kept), encoding="utf-8")
    for row, result in found.items():
        print(f"{row:2} {'holds' if result.holds else 'DOES NOT HOLD'}: {_told(asdict(result))}")
    held = sum(result.holds for result in found.values())
    print(f"scorecard: {held} of {len(found)} rows hold")
    sys.exit(held != len(found))


def _measured(long: bool, rows: Iterable[int]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what the tests of these rows told, by row and test."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        which = "row and long" if long else "row and not long"
        # As in `make test`, much of the short part is waiting; a thousand feeds beside the parser's
        # bombs made these a second late.
        workers = "1" if long else str((os.cpu_count() or 1) + 1)
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", which, "-n", workers,
             "--dist", "loadfile", "--scorecard", str(told)],
            cwd=ROOT, check=False, env={**os.environ, "TORKHAM_ROWS": ",".join(map(str, rows))},
        )  # fmt: skip
        return json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}


def _result(tests: Mapping[str, Mapping[str, Any]]) -> Result:
    figures = [line for _, test in sorted(tests.items()) for line in test["figures"]]
    wrong = [
        f"{name.rpartition('::')[2]} {test['outcome']}: {test['why']}"
        for name, test in sorted(tests.items())
        if test["outcome"] != "passed"
    ]
    return Result(
        holds=bool(tests) and not wrong,
        figures=tuple(dict.fromkeys(figures)),
        why_not=tuple(wrong) if tests else ("nothing measures it",),
        tests=len(tests),
        measured_on=f"{system_clock():%Y-%m-%d}",
        machine=_machine(),
    )


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"SQLite {sqlite_version()}"
    )


def page(rows: list[dict[str, Any]], kept: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page: a line for each row, what was measured last for each part of it."""
    lines = [
        "# The scorecard",
        "",
        "Every fault we know of, what Torkham promises of it, and what was measured.",
        "`make scorecard` measures the short parts anew and `make scorecard-long` the long ones;",
        "what holds when, and what the plain libraries did without us, stands beside it.",
        "",
        "| | Fault | Promise | Holds when | Today | Plain libraries | Measured |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        parts = kept.get(str(row["row"]), {})
        today = [
            ("" if part == "short" else "long: ") + _said(result) for part, result in parts.items()
        ]
        days = sorted({result["measured_on"] for result in parts.values()})
        note = [row["note"]] if row.get("note") else []
        cells = [
            str(row["row"]), row["fault"], row["promise"], row["holds_when"],
            "; ".join([*today, *note]) or "not measured", row["raw"], ", ".join(days),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    machines = sorted({r["machine"] for parts in kept.values() for r in parts.values()})
    return "\n".join([*lines, "", "Measured on: " + "; ".join(machines) + ".", ""])


def _said(result: Mapping[str, Any]) -> str:
    return ("holds" if result["holds"] else "**does not hold**") + ": " + _told(result)


def _told(result: Mapping[str, Any]) -> str:
    """Return the figures, and why it does not hold where it does not."""
    tests = f"{result['tests']} tests" if result["tests"] != 1 else "1 test"
    return "; ".join([*result["figures"], *result["why_not"]]) or tests


if __name__ == "__main__":
    main()
