"""``torkham feeds``: what is asked, how it answers, what the desk changed."""

from __future__ import annotations

from contextlib import closing

import click

from monitor.cli.adding import SUBCOMMANDS
from monitor.cli.faring import FARING
from monitor.cli.frame import Place, as_json, command, show, show_json
from store import changes


@click.group("feeds")
def feeds_group() -> None:
    """The feeds: list them, see how they do, write the desk's changes back."""


@feeds_group.command("list")
@as_json
@command
def list_feeds(place: Place, *, as_json: bool) -> None:
    """List the feeds in force, with what the desk changed."""
    settings = place.settings()
    if as_json:
        show_json(list(settings.feeds))
        return
    for spec in settings.feeds:
        mark = "on " if spec.enabled else "off"
        show(f"{mark} {spec.key:32} {spec.language:3} {spec.body:8} {spec.url}")


@feeds_group.command("export")
@command
def export_feeds(place: Place) -> None:
    """Print feeds.yaml with the desk's changes written into it. Comments are lost."""
    from monitor.config.changing import export

    with closing(place.store()) as db:
        standing = changes.changes(db)
    click.echo(export(place.config, standing), nl=False)


for _subcommand in (*FARING, *SUBCOMMANDS):
    feeds_group.add_command(_subcommand)

COMMANDS = (feeds_group,)
