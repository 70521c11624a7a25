"""What holds for every test: no clock decides, and a browser that is required is not skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import scorecard
from tests.chromium import CHROMIUM, launched
from tests.new_store import new_store
from tests.scorecard import figure, pytest_addoption, pytest_runtest_setup

__all__ = ["browser", "empty_store", "figure", "pytest_addoption", "pytest_runtest_setup"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine is no failure: one example took 683 ms beside other work, and 0.4 ms when repeated.
settings.register_profile("torkham", deadline=None)
settings.load_profile("torkham")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start, rather than skip, where CI asks for the browser and there is none."""
    scorecard.pytest_configure(config)
    wanted = os.environ.get("TORKHAM_BROWSER") == "required"
    if wanted and CHROMIUM is None:
        raise pytest.UsageError("the browser tests may not be skipped here; install chromium")
    if hasattr(config.option, "loadscopereorder"):
        # Else xdist begins with the files of most tests: one of 90 s was the last to be begun.
        config.option.loadscopereorder = False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a chromium of this module's own."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new store, to be copied."""
    return new_store(tmp_path_factory.mktemp("empty") / "torkham.db")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files in the order they are begun in; within a file the order drawn holds."""
    scorecard.keep_rows(config, items)
    expected: dict[Path, float] = {}
    for item in items:
        expected[item.path] = max(expected.get(item.path, 0.0), seconds_expected(item))
    long = sorted((path for path in expected if expected[path]), key=lambda path: -expected[path])
    short = [path for path in expected if not expected[path]]
    # Long ones mostly wait for servers and browsers: between short ones, which reckon, no core is
    # idle. The longest first, and the last of them well before the end: else it is waited for.
    place = {path: 0.7 * n / len(long) for n, path in enumerate(long)}
    place |= {path: n / len(short) for n, path in enumerate(short)}
    items.sort(key=lambda item: place[item.path])


def seconds_expected(item: pytest.Item) -> float:
    """Return how long a test may be thought to take: what it is allowed; one that is not slow, 0.0.

    A slow test that asks for no time of its own is expected to take less than those that do.
    """
    allowed = max((mark.args[0] for mark in item.iter_markers("timeout")), default=0.0)
    slow = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    return max(float(allowed), 1.0 if slow else 0.0)
