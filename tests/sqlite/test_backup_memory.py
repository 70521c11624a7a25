"""What is read once from end to end is not kept: a night takes no more memory than the day."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from store.db import connect, quick_check
from store.opening import CACHE_KB, READER_KB
from store.sql import pragma, write

ROOT = Path(__file__).resolve().parents[2]
A_NIGHT = """
import resource, sys
from pathlib import Path
from store import backups
from store.db import connect, quick_check

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

store = Path(sys.argv[1])
db = connect(store)
before = most()
quick_check(db)
backups.copy(store, store.with_name("copy.db"))
print(most() - before)
"""


@pytest.mark.slow
def test_a_check_and_a_copy_keep_little_of_what_they_read(tmp_path: Path) -> None:
    path = tmp_path / "torkham.db"
    with closing(connect(path)) as db, write(db):
        db.execute(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000)"
            " INSERT INTO notes (kind, at, detail)"
            " SELECT 'made', '2026-03-02T06:00:00+00:00', hex(randomblob(1500)) FROM n"
        )
    assert path.stat().st_size > 36_000_000
    told = subprocess.run(
        [sys.executable, "-c", A_NIGHT, path], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert float(told) < 6, "megabytes; with the cache of a writer 18"


def test_a_check_leaves_the_cache_as_it_was(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "torkham.db")) as db:
        for cache_kb in (CACHE_KB, READER_KB):
            db.execute(f"PRAGMA cache_size = -{cache_kb}")
            quick_check(db)
            assert pragma(db, "cache_size") == -cache_kb
