"""Who reads keeps little of the file in memory; who writes much keeps what a write touches."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from monitor.app import App, open_app
from monitor.ticks import EVERY_SECONDS
from monitor.work import WRITERS
from store.opening import CACHE_KB, READER_KB
from store.sql import pragma

SETTINGS = "feeds:\n  - {url: https://gazette.example/feed, outlet: The Gazette}\n"


def test_only_jobs_that_write_much_keep_much_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    with open_app(tmp_path / "feeds.yaml", tmp_path / "data", {}) as app:
        assert cache(app) == READER_KB, "the desk's"
        for job in EVERY_SECONDS:
            assert cache(app, job) == (CACHE_KB if job in WRITERS else READER_KB), job


def cache(app: App, job: str = "") -> int:
    with closing(app.store_for(job)) as db:
        return -pragma(db, "cache_size")
