"""What holds for every test: no clock decides, and a browser that is required is not skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from store.db import connect
from tests import scorecard
from tests.chromium import CHROMIUM, launched
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a chromium of this module's own."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new store, brought up to date once: doing so anew for each test takes 45 ms."""
    path = tmp_path_factory.mktemp("empty") / "torkham.db"
    connect(path).close()
    return path


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: else one worker is left with one at the end."""
    scorecard.keep_rows(config, items)
    longest: dict[Path, float] = {}
    for item in items:
        allowed = max((mark.args[0] for mark in item.iter_markers("timeout")), default=0.0)
        longest[item.path] = max(longest.get(item.path, 0.0), allowed)
    items.sort(key=lambda item: -longest[item.path])  # stable: the order drawn holds within
