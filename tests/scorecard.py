"""What a test run says of the scorecard: which tests stand for which row, and what they reached.

A test takes part by ``@pytest.mark.row(14)`` and tells its figure by the fixture ``figure``:
``figure("0 of 247 addresses connected to")``. ``--scorecard FILE`` writes it all down as JSON;
``bench/scorecard.py`` makes the page of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

Figure = Callable[..., None]
_ROWS, _FIGURE = "rows", "figure"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write down what it says of the scorecard."""
    parser.addoption("--scorecard", type=Path, default=None, help="Write the rows' results here.")


def pytest_configure(config: pytest.Config) -> None:
    """Gather where all reports arrive: in the process that was started, not in its workers."""
    if config.getoption("--scorecard") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Gathering(config.getoption("--scorecard")))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Return how a test tells what it reached: ``figure(words, row=14)``; or of its only row."""
    own = rows_of(request.node)

    def tell(words: str, row: int | None = None) -> None:
        print(words)  # noqa: T201 - seen with -s
        if own:
            assert row in own or (row is None and len(own) == 1), f"name one of the rows {own}"
            request.node.user_properties.append((_FIGURE, [row or own[0], words]))

    return tell


def rows_of(item: pytest.Item) -> list[int]:
    """Return the rows a test stands for."""
    return [row for mark in item.iter_markers("row") for row in mark.args]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Send the rows along with the report, which may come from another process."""
    item.user_properties.append((_ROWS, rows_of(item)))


class _Gathering:
    """What the run said, by row; written down at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[int, dict[str, dict[str, object]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = list(report.user_properties)
        rows = {row for name, value in said if name == _ROWS for row in _numbers(value)}
        if report.when != "call" and report.outcome == "passed":
            return
        for row in rows:
            figures = [value[1] for name, value in said  # type: ignore[index]
                       if name == _FIGURE and value[0] == row]  # type: ignore[index]  # fmt: skip
            tests = self._rows.setdefault(row, {})
            if tests.get(report.nodeid, {}).get("outcome") != "failed":
                tests[report.nodeid] = {
                    "outcome": "failed" if hasattr(report, "wasxfail") else report.outcome,
                    "figures": figures,
                    "why": _reason(report),
                }

    def pytest_sessionfinish(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._rows, indent=1, ensure_ascii=False, sort_keys=True)
        self._path.write_text(text + "\n", encoding="utf-8")


def _numbers(value: object) -> list[int]:
    return [int(one) for one in value] if isinstance(value, (list, tuple)) else []


def _reason(report: pytest.TestReport) -> str:
    """Return in a line why a test did not pass."""
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr).strip().rpartition("\n")[2][:300]


def keep_rows(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the rows asked for, where ``TORKHAM_ROWS`` names some."""
    wanted = {int(row) for row in os.environ.get("TORKHAM_ROWS", "").split(",") if row}
    if wanted:
        kept = [item for item in items if wanted.intersection(rows_of(item))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
