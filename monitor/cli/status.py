"""``torkham status``: what is unwell and what to do about it, what is due, what ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import click

from monitor.cli.frame import Place, as_json, command, show, show_json
from monitor.cli.health import judged, plain
from monitor.edge.clock import system_clock
from monitor.inquiry.ailments import Ailment, length, moment, sentence
from monitor.ticks import EVERY_SECONDS
from store import articles, audit, corpus, feeds, health, outbox, pages, reviews, ways
from store import db as database
from store.db import Db
from store.faults import StoreError
from store.lock import holder
from store.upkeep import JobRun

MOST_PENDING = 10_000
MOST_LINES = 12
"""Of smaller things, told one by one to people; `--json` has all."""


@click.command()
@as_json
@command
def status(place: Place, *, as_json: bool) -> None:
    """Say what is unwell, what is due and what ran."""
    now = system_clock()
    ailments = judged(place, now, wholly=True)
    try:
        # It begins no store: whoever asks in a wrong folder would leave one there.
        with closing(place.store(create=False)) as db:
            facts = _standing(db, now, ailments)
    except StoreError:
        told = {"unwell": _sentences(ailments), "ailments": [plain(one) for one in ailments]}
        show_json(told) if as_json else show("\n".join(_worst(ailments)))
        if place.database.exists() or holder(place.data) is not None:
            raise  # a full disk, a file of another user or gone: what is known stands above
        return
    if as_json:
        show_json(facts)
    else:
        show("\n".join(_told(facts, ailments, now)))


# --- what status says -----------------------------------------------------------------------


def _standing(db: Db, now: datetime, ailments: Iterable[Ailment]) -> dict[str, Any]:
    """Return the status as ``--json`` prints it."""
    from monitor import missing

    runs = {run.job: run for run in health.last_runs(db)}
    live = corpus.live_model(db)
    plan = audit.last_plan(db)
    return {
        "jobs": {name: runs.get(name) for name in EVERY_SECONDS},
        "due": {
            "feeds": len(feeds.due(db, now)),
            "pending": len(articles.pending(db, now, MOST_PENDING)),
            "queue": reviews.queue_size(db),
            "unsent": sum(r.state in {"queued", "sending"} for r in outbox.listed(db)),
        },
        "unwell": [*_sentences(ailments), *_unwell(db, now, ailments), *_ended(db, now)],
        "ailments": [plain(one) for one in ailments],
        "model": live.id if live else "cold start",
        "threshold": plan.threshold if plan else None,
        "threshold_why": plan.why if plan else "",
        "missed": missing.in_a_line(db, now),
        "pages": pages_kept(db),
        "versions": {"torkham": version("torkham"), "sqlite": database.sqlite_version()},
    }


def pages_kept(db: Db) -> dict[str, int]:
    """Return how many pages are kept as they were fetched, and their bytes on disk."""
    held = [held for what, held in pages.space(db).items() if what in {"kept", "trial"}]
    return {"n": sum(one.n for one in held), "stored": sum(one.stored for one in held)}


def _sentences(ailments: Iterable[Ailment]) -> list[str]:
    return [one.sentence for one in ailments]


def _unwell(db: Db, now: datetime, ailments: Iterable[Ailment]) -> list[str]:
    """Return a line for each job that broke, each feed and way that is unwell, and the watch.

    A job or way of which an ailment is told is told once.
    """
    from monitor.delivery.choking import said as choking
    from monitor.inquiry.watching import unwell

    told = {one.cause for one in ailments}
    failed = [
        f"{run.job}: {run.detail}"
        for run in health.last_runs(db)
        if run.ok is False and f"fails:{run.job}" not in told
    ]
    sick = [
        f"{state.spec.key}: {state.reason}"
        for state in feeds.states(db)
        if state.condition in {"failing", "silent", "stale", "thin"}
    ]
    stuck = [choking(way) for way in ways.failing(db) if f"mail:{way.way}" not in told]
    return [*failed, *sick, *stuck, *unwell(db, now)]


def _ended(db: Db, now: datetime) -> list[str]:
    """Return what ended in the last day and was taken up by itself: the newest of each kind."""
    notes = health.notes(db, now - timedelta(days=1))
    last = {note.kind: note for note in notes if note.kind in {"cut_off", "worker_ended"}}
    return [f"{moment(note.at)}: {sentence(note.detail)}" for note in last.values()]


def _told(facts: Mapping[str, Any], ailments: tuple[Ailment, ...], now: datetime) -> Iterable[str]:
    """What people read: what is unwell and what to do, then what is due, then what ran."""
    yield from _worst(ailments)
    said = {one.sentence for one in ailments}
    small = [line for line in facts["unwell"] if line not in said]
    if small:
        yield "Smaller things:" if ailments else "To be seen to, though nothing stops:"
        yield from (f"  {line}" for line in small[:MOST_LINES])
        if len(small) > MOST_LINES:
            yield f"  and {len(small) - MOST_LINES:,} more: torkham feeds health"
    yield _due(facts["due"])
    yield from (line for line in (facts["threshold_why"], facts["missed"]) if line)
    yield f"Model: {facts['model']}."
    kept = facts["pages"]
    yield f"Pages kept as fetched: {kept['n']:,}, {kept['stored'] / 1e6:,.1f} MB on disk."
    yield "What ran:"
    for name, run in facts["jobs"].items():
        yield f"  {name:8} {_ran(run, now)}"


def _worst(ailments: tuple[Ailment, ...]) -> Iterable[str]:
    yield _head(ailments)
    for one in ailments:
        yield f"unwell: {one.sentence}"
        yield f"        {one.advice}"


def _head(ailments: tuple[Ailment, ...]) -> str:
    if not ailments:
        return "The service is well."
    if any(one.stops for one in ailments):
        return "The service does not do its work."
    n = len(ailments)
    return f"The service works, and {'one thing needs' if n == 1 else f'{n} things need'} you."


def _due(due: Mapping[str, int]) -> str:
    said = {
        "feeds": ("feed is to be asked", "feeds are to be asked"),
        "pending": ("article is to be read", "articles are to be read"),
        "queue": ("article waits for reviewers", "articles wait for reviewers"),
        "unsent": ("message is on its way", "messages are on their way"),
    }
    parts = [f"{n:,} {said[key][n != 1]}" for key, n in due.items() if n]
    return f"Due now: {', '.join(parts)}." if parts else "Nothing is due."


def _ran(run: JobRun | None, now: datetime) -> str:
    if run is None:
        return "has not run yet"
    ago = length(now - run.started_at)
    if run.ok is None:
        return f"at work since {ago} ({moment(run.started_at)})"
    went = "" if run.ok else f" and broke: {run.detail}"
    counts = ", ".join(f"{key.replace('_', ' ')} {n:,}" for key, n in run.counts.items() if n)
    return f"ran {ago} ago ({moment(run.started_at)}){went}" + (f": {counts}" if counts else "")


COMMANDS = (status,)
