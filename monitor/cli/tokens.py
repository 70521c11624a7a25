"""``torkham tokens``: by which programs come in. It works beside a running service."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import (
    NUMBER,
    USAGE,
    Place,
    as_json,
    by_whom,
    command,
    fail,
    show,
    show_json,
)

if TYPE_CHECKING:
    from store.db import Db
    from store.desk import Person
    from store.tokens import Token

BY = by_whom("Who does so; kept with it.")


@click.group("tokens")
def tokens_group() -> None:
    """Tokens by which programs read and decide: issue, list, revoke."""


@tokens_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that open nothing any more.")
@as_json
@command
def tokens_list(place: Place, *, everything: bool, as_json: bool) -> None:
    """List the tokens, newest first; what they are is nowhere, only what they are for."""
    from monitor.edge.clock import system_clock
    from store import tokens

    with closing(place.store(create=False)) as db:
        found = tokens.listed(db, None, system_clock())
    rows = [token for token in found if everything or token.state == "good"]
    if as_json:
        show_json(rows)
        return
    for token in rows:
        show(_line(token))
    if not rows:
        show("No token opens anything. Issue one with: torkham tokens issue NAME --label WHAT")


def _line(token: Token) -> str:
    may = "reads" if token.read_only else "all that the person may"
    used = f"last used {token.last_used_on}" if token.last_used_on else "never used"
    ends = f", until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else ""
    state = "" if token.state == "good" else f", {token.state}"
    return f"{token.id}  {token.name}  {token.label}  ({may}, {used}{ends}{state})"


@tokens_group.command("issue")
@click.argument("name")
@click.option("--label", required=True, help="What it is for.")
@click.option("--read-only", is_flag=True, help="It opens reading, whatever NAME may do.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Its last day, of UTC."
)
@as_json
@command
def tokens_issue(
    place: Place, *, name: str, label: str, read_only: bool, until: datetime | None, as_json: bool
) -> None:
    """Make a token for NAME and print it, once."""
    from monitor.edge.clock import system_clock
    from store import tokens

    ends = None
    if until and until.date() < date.max:  # "for ever" is written as the last day there is
        ends = datetime.combine(until + timedelta(days=1), time(), UTC)
    with closing(place.store(create=False)) as db:
        token = tokens.issue(
            db,
            person=_named(db, name).id,
            label=label,
            now=system_clock(),
            read_only=read_only,
            expires_at=ends,
        )
    if as_json:
        show_json({"token": token})
        return
    show(token)
    show("It is kept nowhere: copy it now.", err=True)


def _named(db: Db, name: str) -> Person:
    from store import people

    found = people.named(db, name)
    if found is None:
        fail(f"nobody is called {name}; `torkham people list` shows who there is", code=USAGE)
    if found.must_change:  # it would open nothing until the password is changed, and then be over
        fail(
            f"{found.name} has a one-time password, and changing it ends every token: sign in as"
            " them first, or give them one with `torkham people password NAME --password-stdin`",
            code=USAGE,
        )
    return found


@tokens_group.command("revoke")
@click.argument("token", type=NUMBER)
@BY
@command
def tokens_revoke(place: Place, *, token: int, by: str) -> None:
    """End a token for good; TOKEN is its number in the list."""
    from monitor.edge.clock import system_clock
    from store import tokens

    with closing(place.store(create=False)) as db:
        done = tokens.revoke(db, token, by=by, now=system_clock())
    if not done:
        fail(f"there is no token {token} to revoke; `torkham tokens list` shows them", code=USAGE)
    show(f"Token {token} opens nothing any more.")


COMMANDS = (tokens_group,)
