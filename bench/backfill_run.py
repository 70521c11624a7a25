"""The reading of archives as ``torkham backfill`` does it, at an hour that stands still.

Run in an installation's folder: ENGINE SCHEDULER ARCHIVE... ("-": none). Two runs of the same
archives then differ in nothing, not even in when they were written.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from monitor.app import open_app
from monitor.cli import archiving
from monitor.cli.frame import guarded

NAME = "killed"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def work() -> None:
    """Read the archives into the store."""
    kind, scheduler, *places = sys.argv[1:]
    by = archiving.means(
        "dask" if kind == "dask" else "local", None, None if scheduler == "-" else scheduler,
        (None, None, None),
    )  # fmt: skip
    with (
        open_app(Path("feeds.yaml"), Path("data"), os.environ, clock=lambda: NOW) as app,
        closing(app.open_store()) as db,
    ):
        archiving.take(db, app, NAME, archiving.sources_of(places), by, alone=True)


if __name__ == "__main__":
    guarded(work)
