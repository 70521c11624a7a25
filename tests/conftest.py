"""What holds for every test: where a browser is required, its tests may not be skipped."""

from __future__ import annotations

import os
import shutil

import pytest


def pytest_configure() -> None:
    """Refuse to start, rather than skip, where CI asks for the browser and there is none."""
    wanted = os.environ.get("TORKHAM_BROWSER") == "required"
    if wanted and not (shutil.which("chromium") or shutil.which("chromium-browser")):
        raise pytest.UsageError("the browser tests may not be skipped here; install chromium")
