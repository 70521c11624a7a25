"""``torkham channels``: the ways out: how they do, try one, make a secret to sign with."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import (
    COMMAND_LINE,
    FAILED,
    USAGE,
    Place,
    as_json,
    command,
    fail,
    show,
    show_json,
)

if TYPE_CHECKING:
    from monitor.delivery.choking import ChannelLine
    from monitor.told import Delivery


@click.group("channels")
def channels_group() -> None:
    """The ways out: list them and how they do, send a test message, make a secret."""


@channels_group.command("list")
@as_json
@command
def channels_list(place: Place, *, as_json: bool) -> None:
    """List the channels: kind, readers, quiet hours, last delivery, and what is unwell."""
    from monitor.delivery.choking import channel_lines

    settings = place.settings()
    with closing(place.store()) as db:
        lines = channel_lines(db, settings)
    if as_json:
        show_json(lines)
        return
    for line in lines:
        show(_said(line))


def _said(line: ChannelLine) -> str:
    from monitor.delivery.choking import moment

    told = [
        f"readers {', '.join(line.readers)}" if line.readers else "no reader of its own",
        *([f"quiet {line.quiet}"] if line.quiet else []),
        *([f"{line.hourly} an hour"] if line.hourly else []),
        f"last delivery {moment(line.sent_at)}" if line.sent_at else "nothing delivered yet",
    ]
    head = f"{line.name}  {line.kind}  ({'; '.join(told)})"
    return "\n".join([head, *(f"  unwell: {sentence}" for sentence in line.unwell)])


@channels_group.command("test")
@click.argument("name")
@as_json
@command
def channels_test(place: Place, *, name: str, as_json: bool) -> None:
    """Send a test message by the channel NAME now and say what happened; exit 1 if it failed."""
    with place.tools() as app, closing(app.open_store()) as db:
        if name not in app.channels():
            there = ", ".join(sorted(app.channels()))
            fail(f"there is no channel {name}; there are: {there}", code=USAGE)
        went = app.try_channel(db, name, COMMAND_LINE)
    if as_json:
        show_json(went)
    else:
        show("\n".join(in_words(way, delivery) for way, delivery in went.items()))
    if any(delivery.state != "sent" for delivery in went.values()):
        raise SystemExit(FAILED)


def in_words(way: str, delivery: Delivery) -> str:
    """Return how a test went, on one line."""
    told = {"sent": "sent", "failed": "not sent", "unknown": "perhaps sent"}[delivery.state]
    return f"{way}: {told}. {delivery.detail}"


@channels_group.command("secret")
def channels_secret() -> None:
    """Make a secret for a webhook channel and print it; it is kept nowhere."""
    from monitor.edge.signing import new_secret

    click.echo(new_secret())


COMMANDS = (channels_group,)
