"""``torkham check``, ``status``, ``backup`` and ``restore``: the administrator's hour."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, show, show_json
from monitor.config.loading import Settings
from monitor.config.problems import ConfigError
from monitor.edge.clock import system_clock
from store import articles, audit, changes, corpus, feeds, health, outbox, pages, reviews
from store import db as database
from store.db import Db
from store.upkeep import JobRun

PIECES = ("feedparser", "trafilatura", "lxml", "pycurl", "google-re2", "apscheduler",
          "sqlite-utils", "numpy", "starlette")  # fmt: skip


@click.command()
@as_json
@command
def check(place: Place, *, as_json: bool) -> None:
    """Read settings and secrets and list every mistake with its place. Names what is installed."""
    try:
        settings = place.settings()
        place.secrets(settings)
    except ConfigError as error:
        if not as_json:
            raise
        show_json({"ok": False, "problems": [str(problem) for problem in error.problems]})
        sys.exit(USAGE)
    facts, strangers = _facts(place, settings), _strangers()
    if as_json:
        show_json({"ok": not strangers, "problems": strangers, **facts})
    else:
        _show_facts(facts)
    if strangers:
        show("\n".join(f"torkham: {problem}" for problem in strangers), err=True)
        sys.exit(USAGE)
    if not as_json:
        click.echo("No mistakes found.")


def _facts(place: Place, settings: Settings) -> dict[str, Any]:
    return {
        "feeds": len(settings.feeds),
        "feeds_enabled": sum(spec.enabled for spec in settings.feeds),
        "feeds_not_read_yet": len(settings.shelved),
        "rules": sum(rule.enabled for rule in settings.rules),
        "channels": sorted({"outbox", *settings.channels}),
        "sqlite": database.sqlite_version(),
        "journal": database.journal_in_use().why,
        "pieces": {name: _version(name) for name in PIECES},
        "apprise": _version("apprise"),
        "desk_changes": _changes(place),
        "ignored_changes": [str(problem) for problem in settings.ignored_changes],
        "advice": _advice(place, settings),
    }


def _advice(place: Place, settings: Settings) -> list[str]:
    """Words of rules that are one spelling of a name of which there are more."""
    from monitor.inquiry.suggesting import suggested
    from monitor.topics import lexicon_of

    lexicon = lexicon_of(settings, place.config)
    return [
        f"rule {rule.name!r}: {one.sentence}"
        for rule in settings.rules
        if rule.enabled
        for one in suggested(rule, lexicon)
    ]


def _show_facts(facts: dict[str, Any]) -> None:
    click.echo(
        f"{facts['feeds_enabled']} of {facts['feeds']} feeds enabled, "
        f"{facts['feeds_not_read_yet']} kept for later, {facts['rules']} alert rules."
    )
    click.echo(f"SQLite {facts['sqlite']}: {facts['journal']}")
    click.echo("Apprise: " + (str(facts["apprise"]) if facts["apprise"] else "not installed"))
    said = {"desk_changes": "On the desk", "ignored_changes": "Ignored", "advice": "Perhaps"}
    for key, title in said.items():
        for line in facts[key]:
            show(f"{title}: {line}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _strangers() -> list[str]:
    """Another distribution that brings one of our folders would overwrite ours without a word."""
    owners = packages_distributions()
    return [
        f"the package {name} also comes from {', '.join(sorted({*owners[name]} - {'torkham'}))}; "
        "install Torkham into an environment of its own"
        for name in ("monitor", "store", "classifiers")
        if {*owners.get(name, ())} - {"torkham"}
    ]


def _changes(place: Place) -> list[str]:
    from monitor.config.changing import differences

    if not place.database.exists():
        return []
    with closing(place.store()) as db:
        found = differences(place.config, changes.changes(db))
    return [f"{d.path} is {d.on_desk}, in the file {d.in_file} ({d.by})" for d in found]


@click.command()
@as_json
@command
def status(place: Place, *, as_json: bool) -> None:
    """Say what ran, what is due and what is unwell."""
    with closing(place.store()) as db:
        facts = _standing(db, system_clock())
    if as_json:
        show_json(facts)
        return
    for name, run in facts["jobs"].items():
        told = f"{run.started_at:%Y-%m-%d %H:%M} UTC" if run else "never"
        show(f"{name:8} last ran {told}" + (f": {run.detail}" if run and run.detail else ""))
    due = ", ".join(f"{key} {n}" for key, n in facts["due"].items())
    click.echo(f"due: {due}\nmodel: {facts['model']}")
    show("\n".join(line for line in (facts["threshold_why"], facts["missed"]) if line))
    show(f"pages kept: {facts['pages']['n']:,}, {facts['pages']['stored'] / 1e6:,.1f} MB on disk")
    for line in facts["unwell"]:
        show(f"unwell: {line}")


def _standing(db: Db, now: datetime) -> dict[str, Any]:
    """Return the status as ``--json`` prints it."""
    from monitor import missing
    from monitor.app import JOBS

    runs = {run.job: run for run in health.last_runs(db)}
    live = corpus.live_model(db)
    plan = audit.last_plan(db)
    return {
        "jobs": {name: runs.get(name) for name in JOBS},
        "due": {
            "feeds": len(feeds.due(db, now)),
            "pending": len(articles.pending(db, now, 10_000)),
            "queue": reviews.queue_size(db),
            "unsent": sum(r.state in {"queued", "sending"} for r in outbox.recent(db)),
        },
        "unwell": _unwell(db, runs.values(), now),
        "model": live.id if live else "cold start",
        "threshold": plan.threshold if plan else None,
        "threshold_why": plan.why if plan else "",
        "missed": missing.in_a_line(db, now),
        "pages": _pages(db),
        "versions": {"torkham": _version("torkham"), "sqlite": database.sqlite_version()},
    }


def _pages(db: Db) -> dict[str, int]:
    """Return how many pages are kept as they were fetched, and their bytes on disk."""
    held = [held for what, held in pages.space(db).items() if what in {"kept", "trial"}]
    return {"n": sum(one.n for one in held), "stored": sum(one.stored for one in held)}


def _unwell(db: Db, runs: Iterable[JobRun], now: datetime) -> list[str]:
    """Return a line for each job and each feed that is unwell, and for what the watch misses."""
    from monitor.choking import unwell as choking
    from monitor.inquiry.watching import unwell

    failed = [f"{run.job}: {run.detail}" for run in runs if run.ok is False]
    sick = [
        f"{state.spec.key}: {state.reason}"
        for state in feeds.states(db)
        if state.condition in {"failing", "silent", "stale", "thin"}
    ]
    return [*failed, *sick, *choking(db), *unwell(db, now)]


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@command
def backup(place: Place, *, target: Path) -> None:
    """Copy the database while the service runs, and verify the copy."""
    if target.exists():
        fail(f"{target} is there already; name another file", code=USAGE)
    with closing(place.store(create=False)) as db:
        database.backup(db, target)
        kept = _pages(db)["n"]
    click.echo(f"{target} written and verified.")
    if kept:
        show(f"The {kept:,} kept pages are files of their own: copy {place.data / 'pages'} too.")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@command
def restore(place: Place, *, source: Path) -> None:
    """Put a verified backup in place of the database. The service must be stopped."""
    with database.hold(place.data):
        database.restore(source, place.database)
    click.echo(f"Restored from {source}. What stood there before lies beside it.")


COMMANDS = (check, status, backup, restore)
