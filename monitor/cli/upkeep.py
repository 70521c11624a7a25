"""``torkham check``: what is wrong with the settings, the pieces, the environment."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import Any

import click

from monitor import floors
from monitor.cli.frame import USAGE, Place, as_json, command, show, show_json
from monitor.config.loading import Settings
from monitor.config.problems import ConfigError, suggestion
from store import changes
from store import db as database

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
    facts, strangers = _facts(place, settings), [*_strangers(), *floors.problems()]
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
        "risks": _risks(place, settings),
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


def _risks(place: Place, settings: Settings) -> list[str]:
    from monitor.cli.reach import risks
    from store import people, removals

    accounts, outlets = False, {spec.outlet for spec in settings.feeds}
    unmet = set(settings.retention.outlets) - outlets
    if place.database.exists():
        with closing(place.store()) as db:
            accounts = people.exist(db)
            keys = [spec.key for spec in settings.feeds]
            unmet = {name for name in unmet if not removals.is_past(db, name, keys)}
    idle = [
        f'retention.outlets names "{name}", of which there is no feed and no article: nothing goes'
        f" by that rule.{suggestion(name, outlets)}"
        for name in sorted(unmet)
    ]
    return [*risks(settings.web, accounts=accounts), *idle]


def _show_facts(facts: dict[str, Any]) -> None:
    click.echo(
        f"{facts['feeds_enabled']} of {facts['feeds']} feeds enabled, "
        f"{facts['feeds_not_read_yet']} kept for later, {facts['rules']} alert rules."
    )
    click.echo(f"SQLite {facts['sqlite']}: {facts['journal']}")
    click.echo("Apprise: " + (str(facts["apprise"]) if facts["apprise"] else "not installed"))
    said = {"desk_changes": "On the desk", "ignored_changes": "Ignored", "advice": "Perhaps"}
    said["risks"] = "Careful"
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


COMMANDS = (check,)
