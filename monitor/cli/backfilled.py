"""How a backfill stands, on the way and at the end: the words of ``torkham backfill``."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

from monitor.cli import archiving
from monitor.cli.frame import Place, show, show_json
from monitor.inquiry.sampling import span_of
from store import backfills
from store.backfills import Backfill

if TYPE_CHECKING:
    from monitor.app import App

TICK = 1.0


class Ticker(threading.Thread):
    """Says on a terminal, once a second, how far it is, how fast, and how long it will take."""

    def __init__(self, app: App, name: str) -> None:
        super().__init__(daemon=True)
        self._app, self._name = app, name
        self._over = threading.Event()

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            self.start()

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        if self.is_alive():
            self.join(2 * TICK)
            click.echo("\r\x1b[K", nl=False, err=True)

    def run(self) -> None:
        """Draw the line until it is over."""
        began = time.monotonic()
        with closing(self._app.open_store()) as db:
            first = _done(backfills.get(db, self._name))
            while not self._over.wait(TICK):
                now = backfills.get(db, self._name)
                click.echo(f"\r\x1b[K{_line(now, first, time.monotonic() - began)}", nl=False,
                           err=True)  # fmt: skip


def _done(row: Backfill) -> int:
    return row.known + row.bad + row.entered - row.books.waiting


def _line(row: Backfill, first: int, seconds: float) -> str:
    done = _done(row)
    rate = (done - first) / seconds if seconds > 0 else 0.0
    left = f", {span_of((row.addresses - done) / rate)} left" if rate > 0 else ""
    return (
        f"{done:,} of {row.addresses:,}, {rate * 60:,.0f} a minute{left}; "
        f"queued {row.books.queued:,}"
    )


def told(row: Backfill) -> dict[str, object]:
    """Return how a backfill stands, for programs."""
    books = row.books
    return {
        "name": row.name, "began_at": row.began_at, "addresses": row.addresses,
        "waiting": row.waiting, "entered": row.entered + row.archived, "known": row.known,
        "bad": row.bad,
        "lists": row.lists, "lists_failed": row.lists_failed, "done": row.done,
        "balanced": row.balanced, "ledger": books,
    }  # fmt: skip


def report(row: Backfill) -> list[str]:
    """Return how a backfill stands, for people."""
    books = row.books
    went = " + ".join(
        f"{word} {n:,}"
        for word, n in (
            ("waiting", books.waiting), ("queued", books.queued), ("rejected", books.rejected),
            ("duplicate", books.duplicate), ("dropped", sum(books.dropped.values())),
            ("failed", sum(books.failed.values())),
        )
    )  # fmt: skip
    sign = "=" if row.balanced else "≠"
    listed = f"waiting {row.waiting:,} + entered {row.entered:,} + known {row.known:,}"
    return [
        f"backfill {row.name}: {row.addresses:,} addresses = {listed} + bad {row.bad:,}",
        f"  entered {row.entered + row.archived:,} {sign} {went}",
    ]


def listed(place: Place, *, as_json: bool) -> None:
    """Show all backfills, with what became of them."""
    with closing(place.store(create=False)) as db:
        rows = backfills.every(db)
        books = {row.name: archiving.told(db, row.name) for row in rows if row.archives}
        lines = {row.name: archiving.report(db, row.name) for row in rows if row.archives}
    if as_json:
        show_json([{**told(row), **books.get(row.name, {})} for row in rows])
        return
    if not rows:
        show("No backfill was begun yet.")
    for row in rows:
        for line in lines.get(row.name) or report(row):
            show(line)
        if row.archives:
            show(report(row)[1])
