"""``torkham pages``: what is kept of pages as they were fetched, and what is done with it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from monitor.cli.frame import (
    FAILED,
    NUMBER,
    USAGE,
    Place,
    as_json,
    by_whom,
    command,
    fail,
    json_line,
    plain,
    show,
)
from monitor.cli.frame import show_json as printed
from monitor.edge.clock import system_clock
from store import pages, reextractions, removals, rereads
from store.faults import StoreError
from store.reextractions import Progress

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.articles.reextracting import Change
    from store.db import Db

SHOWN = 40
NOTED_EVERY = 20  # pages between two notes of how far it came


@click.group("pages")
def pages_group() -> None:
    """Pages as they were fetched: count them, read them again, remove a text."""


@pages_group.command("status")
@as_json
@command
def status(place: Place, *, as_json: bool) -> None:
    """Show the books of kept pages: what was taken, what is held, why the rest went."""
    with closing(place.store(create=False)) as db:
        books = pages.space(db)
        told = rereads.told_since(db, system_clock() - timedelta(days=30))
    if as_json:
        printed({"pages": dict(books), "balanced": pages.balanced(books),
                 "reread": Counter(one.outcome for one in told)})  # fmt: skip
        return
    for what, held in books.items():
        disk, came = size(held.stored), size(held.size)
        show(f"{what:9} {held.n:8,} pages {disk:>10} on disk ({came} as fetched)")
    if not pages.balanced(books):
        show("These books do not balance: please report it.")
    for outcome, n in Counter(one.outcome for one in told).items():
        show(f"read again in the last 30 days: {outcome} {n}")


def size(n: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB"):
        if abs(n) < 1000:
            return f"{n:,.0f} {unit}" if unit == "bytes" else f"{n:,.1f} {unit}"
        n /= 1000
    return f"{n:,.2f} GB"


# --- reading again --------------------------------------------------------------------------


@pages_group.command("reextract")
@click.option("--outlet", default="", help="Of this outlet alone.")
@click.option("--since", default="", metavar="DAY", help="Fetched from this day on.")
@click.option("--apply", "apply", is_flag=True, help="Make what changed the newest version.")
@as_json
@command
def reextract(place: Place, *, outlet: str, since: str, apply: bool, as_json: bool) -> None:
    """Read kept pages as this Torkham reads them, and show what would change.

    With --apply it changes. Stop it at any time; the same command goes on where it was.
    """
    from monitor.stages.extract.page import ENGINE

    scope, asked = _Scope(extractor=ENGINE, outlet=outlet, since=since), _day(since)
    with place.tools() as app, closing(app.open_store()) as db:
        begun = reextractions.progress(db, *scope) if apply else Progress()
        start = Progress() if begun.done else begun
        books = pages.space(db)
        with _bar(books["kept"].n + books["trial"].n) as bar:
            run = _Run(db, app, scope, start, as_json=as_json)
            for change in _changes(app, db, asked, outlet, start, apply=apply):
                bar.update(1)
                run.told(change, noting=apply)
        if apply:
            run.noted(done=not app.stopped())
    _sum(run.counts, ENGINE, apply=apply, as_json=as_json)


class _Scope(NamedTuple):
    """What is read again by what: how far it came is noted for each such scope."""

    extractor: str
    outlet: str
    since: str


class _Run:
    """One run: what it told of, and how far it came."""

    def __init__(self, db: Db, app: App, scope: _Scope, start: Progress, *, as_json: bool) -> None:
        self._db, self._app, self._scope, self._as_json = db, app, scope, as_json
        self._reached = start
        self._shown = 0
        self.counts: Counter[str] = Counter()

    def told(self, change: Change, *, noting: bool) -> None:
        """Count a change, and show it where it is one."""
        word = _word(change)
        self.counts[word] += 1
        before = self._reached
        self._reached = Progress(
            last_article=change.article, seen=before.seen + 1,
            changed=before.changed + int(change.any),
        )  # fmt: skip
        if noting and self._reached.seen % NOTED_EVERY == 0:
            self.noted(done=False)
        if word == "same":
            return
        if self._as_json:
            click.echo(json_line({"fate": word, **plain(change)}))
        elif self._shown < SHOWN:
            show(_line(change, word))
            self._shown += 1

    def noted(self, *, done: bool) -> None:
        """Write down how far it came."""
        reached = replace(self._reached, done=done)
        reextractions.note_progress(self._db, *self._scope, now=self._app.clock(), reached=reached)


def _changes(
    app: App, db: Db, since: datetime | None, outlet: str, start: Progress, *, apply: bool
) -> Iterator[Change]:
    from monitor.articles.keeping import keeps_pages
    from monitor.articles.reextracting import Means, reextract

    means = Means(
        workers=app.workers, lexicon=app.lexicon, clock=app.clock, stopped=app.stopped,
        keeps=keeps_pages(app.settings.retention), classifier=app.classifier(db),
    )  # fmt: skip
    yield from reextract(
        db, means, after=start.last_article, outlet=outlet, since=since, apply=apply
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) if text else None
    except ValueError:
        fail(f"--since takes a day, as in 2026-03-01, not {text!r}", code=USAGE)


def _bar(total: int) -> AbstractContextManager[Any]:
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=max(1, total), label="reading", file=sys.stderr, hidden=hidden)


def _word(change: Change) -> str:
    if change.fault:
        return "failed"
    if change.refused:
        return "refused"
    return "changed" if change.any else "same"


def _line(change: Change, word: str) -> str:
    said = [f"{change.article} {change.outlet}: {change.title}"]
    if change.new_title:
        said.append(f'headline becomes "{change.new_title}"')
    if change.came or change.went:
        said.append(f"{change.came} words come, {change.went} go")
    if change.date:
        said.append(f"date {_on(change.date[0])} becomes {_on(change.date[1])}")
    if change.was_headline:
        said.append("it had its headline alone")
    if change.before is not None and change.after is not None:
        said.append(f"score {change.before:.2f} becomes {change.after:.2f}")
    if word in {"refused", "failed"}:
        said.append(f"{change.refused or change.fault} (what is held stays)")
    return "; ".join(said)


def _on(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "none"


def _sum(counts: Counter[str], engine: str, *, apply: bool, as_json: bool) -> None:
    told = {word: counts[word] for word in ("same", "changed", "refused", "failed")}
    if as_json:
        printed({"extractor": engine, "applied": apply, "pages": counts.total(), **told})
        return
    done = "changed" if apply else "would change"
    show(f"{counts.total():,} pages read by {engine}: {told['changed']:,} {done}, "
         f"{told['same']:,} the same, {told['refused']:,} refused now, "
         f"{told['failed']:,} not read.")  # fmt: skip


# --- removing -------------------------------------------------------------------------------


@pages_group.command("remove")
@click.argument("article", type=NUMBER)
@click.option("--why", required=True, help="Who asked for it, and on what ground.")
@by_whom("Who removes it.")
@as_json
@command
def remove(place: Place, *, article: int, why: str, by: str, as_json: bool) -> None:
    """Remove the text and the pages of an article for good; its record stays, and says why."""
    if not why.strip():
        fail("--why is empty: say who asked for it, and on what ground", code=USAGE)
    with closing(place.store(create=False)) as db:
        try:
            line = removals.request(db, article, by=by, why=why.strip()[:500], now=system_clock())
        except StoreError as error:
            fail(str(error), code=FAILED)
    if as_json:
        printed(line)
        return
    show(f"article {article}: {line.texts} texts and {line.pages} pages removed by {line.by}: "
         f"{line.why}")  # fmt: skip


COMMANDS = (pages_group,)
