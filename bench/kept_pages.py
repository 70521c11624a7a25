"""What a kept page costs: bytes on disk, time to keep, and what files spare a database of pages.

    python -m bench.kept_pages [--pages 2000]

The pages are the private ones that other benchmarks read; nothing is measured where they are not.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.archive import NOW
from bench.corpus_of_pages import gold, here, phrases
from store import feeds, pages
from store.backups import copy as backup
from store.db import Db, connect, quick_check
from store.faults import path_of
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.sql import run, write


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=2_000)
    given = asked.parse_args()
    if not here():
        return
    bodies = [page.body for found in (gold(), phrases()) for page in found]
    _sizes(bodies)
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), bodies, given.pages)


def _sizes(bodies: list[bytes]) -> None:
    began = time.perf_counter()
    packed = [len(_page(body, 0).data or b"") for body in bodies]
    spent = (time.perf_counter() - began) / len(bodies)
    whole = sum(map(len, bodies)) / len(bodies)
    mean, median = statistics.mean(packed), statistics.median(packed)
    ninth = statistics.quantiles(packed, n=10)[-1]
    print(f"{len(bodies)} pages: {whole:,.0f} bytes as fetched, {mean:,.0f} on disk")
    print(
        f"  median {median:,.0f}, ninetieth percentile {ninth:,.0f}; {spent * 1e3:.1f} ms to pack"
    )


def _page(body: bytes, number: int) -> pages.Page:
    url = f"https://gazette.example/{number}"
    return pages.page(
        body + b"<!-- %d -->" % number, source="page", url=url, final_url=url, status=200,
        headers={"content-type": "text/html"}, fetched_at=NOW,
    )  # fmt: skip


def _compare(folder: Path, bodies: list[bytes], n: int) -> None:
    """The same pages in files beside the store, and as blobs in it: start-up check and backup."""
    made = [_page(bodies[at % len(bodies)], at) for at in range(n)]
    with closing(connect(folder / "files" / "torkham.db")) as db:
        _articles(db, n)
        began = time.perf_counter()
        for at, page in enumerate(made, 1):
            pages.keep(db, at, page)
        kept = (time.perf_counter() - began) / n
        _told("files", db, folder / "copy-1.db", kept)
    with closing(connect(folder / "blobs" / "torkham.db")) as db:
        _articles(db, n)
        db.conn.execute("CREATE TABLE blobs (article INTEGER PRIMARY KEY, data BLOB NOT NULL)")
        began = time.perf_counter()
        for at, page in enumerate(made, 1):
            with write(db):
                run(db, "INSERT INTO blobs VALUES (?, ?)", (at, page.data))
        kept = (time.perf_counter() - began) / n
        _told("blobs", db, folder / "copy-2.db", kept)


def _articles(db: Db, n: int) -> None:
    spec = FeedSpec(key="gazette", url="https://gazette.example/feed", outlet="Gazette", side="",
                    language="en")  # fmt: skip
    entries = tuple(
        FoundEntry(
            key=str(at), item_hash=str(at), guid=None, url=f"https://gazette.example/{at}",
            canonical_url=f"https://gazette.example/{at}", title=f"Story {at}", summary="",
            content_html=None, author=None, published_at=NOW, published_original=None,
            language="en",
        )
        for at in range(n)
    )  # fmt: skip
    feeds.sync(db, [spec], NOW)
    feeds.save_poll(
        db, PollRecord(state=FeedState(spec=spec), at=NOW, outcome="ok", listed=n, found=entries)
    )


def _told(what: str, db: Db, copy: Path, kept: float) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    began = time.perf_counter()
    quick_check(db)
    checked = time.perf_counter() - began
    began = time.perf_counter()
    backup(path_of(db), copy)
    copied = time.perf_counter() - began
    size = copy.stat().st_size / 1e6
    print(f"{what}: {kept * 1e3:.1f} ms to keep; check at start {checked:.2f} s; nightly copy "
          f"{copied:.2f} s, {size:.0f} MB each of seven")  # fmt: skip


if __name__ == "__main__":
    main()
