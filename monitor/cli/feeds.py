"""``torkham feeds``: what is asked, how it answers, what the desk changed."""

from __future__ import annotations

from contextlib import closing

import click

from monitor.cli.frame import Place, as_json, command, show, show_json
from store import changes, feeds
from store.types import FeedState


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


@feeds_group.command("health")
@as_json
@command
def feeds_health(place: Place, *, as_json: bool) -> None:
    """Say how each feed does: since when, and why, in words."""
    with closing(place.store()) as db:
        rows = [_health(state) for state in feeds.states(db)]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        since = f"since {row['since']:%Y-%m-%d %H:%M} UTC" if row["since"] else ""
        show(f"{row['state']!s:9} {row['id']!s:32} {since} {row['reason']}".rstrip())


def _health(state: FeedState) -> dict[str, object]:
    return {
        "id": state.spec.key,
        "url": state.spec.url,
        "state": state.condition,
        "since": state.condition_since,
        "reason": state.reason,
        "newest_entry_at": state.newest_entry_at,
        "last_ok_at": state.last_ok_at,
        "next_poll_at": state.next_poll_at,
    }


@feeds_group.command("export")
@command
def export_feeds(place: Place) -> None:
    """Print feeds.yaml with the desk's changes written into it. Comments are lost."""
    from monitor.config.changing import export

    with closing(place.store()) as db:
        standing = changes.changes(db)
    click.echo(export(place.config, standing), nl=False)


COMMANDS = (feeds_group,)
