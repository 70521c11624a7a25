"""``torkham check``, ``status``, ``backup`` and ``restore``: the administrator's hour."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import click

from monitor.app import JOBS, VERSION
from monitor.cli.frame import USAGE, Place, as_json, command, fail, show_json
from monitor.config.changing import differences
from monitor.edge.clock import system_clock
from store import articles, changes, corpus, feeds, health, outbox, reviews
from store import db as database
from store.lock import hold

PIECES = ("feedparser", "trafilatura", "lxml", "pycurl", "google-re2", "apscheduler",
          "sqlite-utils", "numpy", "starlette")  # fmt: skip


@click.command()
@as_json
@command
def check(place: Place, *, as_json: bool) -> None:
    """Read settings and secrets; list every mistake with its place, and the pieces installed."""
    settings = place.settings()
    place.secrets(settings)
    facts = {
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
    }
    strangers = _strangers()
    if as_json:
        show_json({"ok": not strangers, "problems": strangers, **facts})
    else:
        _show_facts(facts)
    for problem in strangers:
        click.echo(f"torkham: {problem}", err=True)
    sys.exit(USAGE if strangers else 0)


def _show_facts(facts: dict[str, object]) -> None:
    click.echo(
        f"{facts['feeds_enabled']} of {facts['feeds']} feeds enabled, "
        f"{facts['feeds_not_read_yet']} kept for later, {facts['rules']} alert rules."
    )
    click.echo(f"SQLite {facts['sqlite']}: {facts['journal']}")
    click.echo("Apprise: " + (str(facts["apprise"]) if facts["apprise"] else "not installed"))
    for key, title in (("desk_changes", "On the desk"), ("ignored_changes", "Ignored")):
        for line in facts[key]:  # type: ignore[attr-defined]
            click.echo(f"{title}: {line}")
    click.echo("No mistakes found.")


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
    if not (place.data / "torkham.db").exists():
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
        now = system_clock()
        runs = {run.job: run for run in health.last_runs(db)}
        states = feeds.states(db)
        live = corpus.live_model(db)
        facts = {
            "jobs": {name: runs.get(name) for name in JOBS},
            "due": {
                "feeds": len(feeds.due(db, now)),
                "pending": len(articles.pending(db, now, 10_000)),
                "queue": reviews.queue_size(db),
                "unsent": sum(r.state in {"queued", "sending"} for r in outbox.recent(db)),
            },
            "unwell": [
                *(f"{name}: {run.detail}" for name, run in runs.items() if run.ok is False),
                *(f"{s.spec.key}: {s.reason}" for s in states
                  if s.condition in {"failing", "silent", "stale"}),
            ],
            "model": live.id if live else "cold start",
            "versions": {"torkham": VERSION, "sqlite": database.sqlite_version()},
        }  # fmt: skip
    if as_json:
        show_json(facts)
        return
    for name, run in facts["jobs"].items():  # type: ignore[attr-defined]
        told = f"{run.started_at:%Y-%m-%d %H:%M} UTC" if run else "never"
        click.echo(f"{name:8} last ran {told}" + (f": {run.detail}" if run and run.detail else ""))
    due = ", ".join(f"{key} {n}" for key, n in facts["due"].items())  # type: ignore[attr-defined]
    click.echo(f"due: {due}\nmodel: {facts['model']}")
    for line in facts["unwell"]:  # type: ignore[attr-defined]
        click.echo(f"unwell: {line}")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@command
def backup(place: Place, *, target: Path) -> None:
    """Copy the database while the service runs, and verify the copy."""
    if target.exists():
        fail(f"{target} is there already; name another file", code=USAGE)
    with closing(place.store()) as db:
        database.backup(db, target)
    click.echo(f"{target} written and verified.")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@command
def restore(place: Place, *, source: Path) -> None:
    """Put a verified backup in place of the database. The service must be stopped."""
    place.data.mkdir(parents=True, exist_ok=True)
    with hold(place.data):
        database.restore(source, place.data / "torkham.db")
    click.echo(f"Restored from {source}. What stood there before lies beside it.")


COMMANDS = (check, status, backup, restore)
