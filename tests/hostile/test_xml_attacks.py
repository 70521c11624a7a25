"""XML that includes files, addresses or itself: nothing is opened, and time and memory stay small.

The documents are read in a process of their own, in which every file and socket opened is noted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.xml_attacks import attacks

CHILD = Path(__file__).with_name("xml_attacks.py")


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, object]]:
    """What came of every attack, as the process that read them all tells it."""
    done = subprocess.run(
        [sys.executable, str(CHILD)], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    made: dict[str, dict[str, object]] = json.loads(done.stdout)
    return made


@pytest.mark.row(17)
@pytest.mark.slow
def test_nothing_is_read_or_opened_and_time_and_memory_are_bounded(
    read: dict[str, dict[str, object]], figure: Callable[..., None]
) -> None:
    assert set(read) == set(attacks())
    opened = {name: row["opened"] for name, row in read.items() if row["opened"]}
    longest = max(float(str(row["seconds"])) for row in read.values())
    grown = max(float(str(row["megabytes"])) for row in read.values())
    figure(
        f"{len(read)} documents: {len(opened)} opened anything, at most {longest:.2f} s of"
        f" processor and {grown:.0f} MB more each"
    )
    assert opened == {}
    assert longest < 1
    assert grown < 50
    assert [name for name, row in read.items() if row["leaked"]] == []
