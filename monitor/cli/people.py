"""``torkham people``: who may sign in at the desk. It works beside a running service.

A password is never an argument: other people of the machine could read it there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, cast

import click

from monitor.cli.frame import (
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
    from store.desk import Person, Role

BY = by_whom("Who does so; kept with the change.")
STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)
ONE_TIME = click.option(
    "--one-time", is_flag=True,
    help="Make a password, print it, and ask for another at the first sign-in.",
)  # fmt: skip
ROLE = click.Choice(["reader", "reviewer", "administrator"])


@contextmanager
def _open(place: Place) -> Iterator[Db]:
    with closing(place.store()) as db:
        yield db


@click.group("people")
def people_group() -> None:
    """Who may sign in at the desk: give accounts, roles and new passwords, shut out."""


@people_group.command("add")
@click.argument("name")
@click.option("--role", type=ROLE, default="reviewer", show_default=True, help="What they may do.")
@STDIN
@ONE_TIME
@BY
@as_json
@command
def people_add(
    place: Place, *, name: str, role: str, password_stdin: bool, one_time: bool, by: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Give NAME an account. The first one must be an administrator's."""
    from monitor.edge.clock import system_clock
    from store import people

    with _open(place) as db:
        _refuse_early(db, name, role)
        password = _password(from_stdin=password_stdin, one_time=one_time)
        person = people.add(
            db,
            name,
            password,
            role=cast("Role", role),
            by=by,
            now=system_clock(),
            must_change=one_time,
        )
    _tell(person, "may sign in as", password if one_time else None, for_scripts=as_json)


@people_group.command("list")
@as_json
@command
def people_list(place: Place, *, as_json: bool) -> None:
    """List everybody who has or had an account."""
    from store import people

    with _open(place) as db:
        listed = people.listed(db)
    if as_json:
        show_json(listed)
        return
    for person in listed:
        seen = f"{person.last_seen_at:%Y-%m-%d %H:%M} UTC" if person.last_seen_at else "never seen"
        show(f"{person.name}  {person.role}  {seen}{_state(person)}")
    if not listed:
        show("Nobody yet: whoever sits at this machine may do everything at the desk.")
        show("Give the first account with: torkham people add NAME --role administrator")


def _state(person: Person) -> str:
    if not person.active:
        return "  shut out"
    return "  has a one-time password" if person.must_change else ""


@people_group.command("password")
@click.argument("name")
@STDIN
@ONE_TIME
@BY
@as_json
@command
def people_password(
    place: Place, *, name: str, password_stdin: bool, one_time: bool, by: str, as_json: bool
) -> None:
    """Give NAME a new password; all their sessions and tokens are over."""
    from monitor.edge.clock import system_clock
    from store import people

    with _open(place) as db:
        person = _named(db, name)
        password = _password(from_stdin=password_stdin, one_time=one_time)
        changed = people.set_password(
            db, person.id, password, by=by, now=system_clock(), must_change=one_time
        )
    _tell(changed, "has a new password,", password if one_time else None, for_scripts=as_json)


@people_group.command("role")
@click.argument("name")
@click.argument("role", type=ROLE)
@BY
@as_json
@command
def people_role(place: Place, *, name: str, role: str, by: str, as_json: bool) -> None:
    """Make NAME a reader, a reviewer or an administrator."""
    from monitor.edge.clock import system_clock
    from store import people

    with _open(place) as db:
        person = _named(db, name)
        changed = people.set_role(db, person.id, cast("Role", role), by=by, now=system_clock())
    _tell(changed, "is", None, for_scripts=as_json)


@people_group.command("shut-out")
@click.argument("name")
@BY
@as_json
@command
def people_shut_out(place: Place, *, name: str, by: str, as_json: bool) -> None:
    """Let NAME in no more, from their next page on. What they decided stays."""
    from monitor.edge.clock import system_clock
    from store import people

    with _open(place) as db:
        changed = people.shut_out(db, _named(db, name).id, by=by, now=system_clock())
    _tell(changed, "is shut out,", None, for_scripts=as_json)


@people_group.command("let-in")
@click.argument("name")
@BY
@as_json
@command
def people_let_in(place: Place, *, name: str, by: str, as_json: bool) -> None:
    """Let NAME sign in again, with the password they had."""
    from monitor.edge.clock import system_clock
    from store import people

    with _open(place) as db:
        changed = people.let_in(db, _named(db, name).id, by=by, now=system_clock())
    _tell(changed, "may sign in again as", None, for_scripts=as_json)


def _refuse_early(db: Db, name: str, role: str) -> None:
    """Say what would be refused before somebody types a password twice."""
    from store import people

    if people.named(db, name):
        fail(f"there is an account of the name {name} already")
    if role != "administrator" and not people.exist(db):
        fail("the first account must be an administrator's: add --role administrator", code=USAGE)


def _named(db: Db, name: str) -> Person:
    from store import people

    found = people.named(db, name)
    if found is None:
        fail(f"nobody is called {name}; see: torkham people list", code=USAGE)
    return found


def _password(*, from_stdin: bool, one_time: bool) -> str:
    from store import passwords

    if one_time:
        if from_stdin:
            fail("--one-time makes the password; it goes without --password-stdin", code=USAGE)
        return passwords.one_time()
    if from_stdin:
        return _read_password()
    if not sys.stdin.isatty():
        fail("nobody can type a password here: use --password-stdin or --one-time", code=USAGE)
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True)
    return asked


def _read_password() -> str:
    try:
        return sys.stdin.buffer.readline().rstrip(b"\r\n").decode()
    except UnicodeDecodeError:  # a browser sends UTF-8: it would never be that password
        fail("the password is no UTF-8 text: save it again as UTF-8", code=USAGE)


def _tell(person: Person, what: str, one_time: str | None, *, for_scripts: bool) -> None:
    if for_scripts:
        from monitor.cli.frame import plain

        told = plain(person)
        show_json(told | {"one_time_password": one_time} if one_time else told)
        return
    show(f"{person.name} {what} {person.role}.")
    if one_time:
        show(f"One-time password, good for a week: {one_time}")


COMMANDS = (people_group,)
