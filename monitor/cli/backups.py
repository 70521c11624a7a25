"""``torkham backup``, ``backups``, ``restore`` and ``unsent``: before and after a bad day."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import click

from monitor.cli.frame import FAILED, NUMBER, USAGE, Place, as_json, command, fail, show, show_json
from monitor.config.credentials import FILE_NAME
from monitor.edge.clock import system_clock
from store import backups as copies
from store import outbox, restores
from store.db import hold
from store.faults import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.upkeep.safekeeping import Ground


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--with-secrets", is_flag=True, help="In a folder: passwords and tokens too.")
@command
def backup(place: Place, *, target: Path, with_secrets: bool) -> None:
    """Copy everything a bad day needs into a folder, or the database alone into a file.

    While the service runs, and verified. A name that ends in .db is a file. Into the same folder
    again only what is new is copied.
    """
    if not place.database.exists():
        fail(f"there is no store at {place.database}: name the data folder with --data")
    with closing(place.store(create=False)):
        pass  # says in a line what is wrong with it, before anything is written
    if target.suffix in {".db", ".sqlite", ".sqlite3"} and not target.is_dir():
        _file(place, target, with_secrets=with_secrets)
    else:
        _folder(place, target, with_secrets=with_secrets)


def _file(place: Place, target: Path, *, with_secrets: bool) -> None:
    if target.exists():
        fail(f"{target} is there already; name another file", code=USAGE)
    if with_secrets:
        fail("--with-secrets goes with a folder; a file holds the database alone", code=USAGE)
    with _Bar() as bar:
        made = copies.copy(place.database, target, progress=lambda n, of: bar("database", n, of))
    click.echo(f"{target} written and verified: {sum(made.rows.values()):,} rows.")
    if made.rows.get("pages"):
        show("Kept pages, feeds.yaml and topic packs are not in it: name a folder for all of it.")


def _folder(place: Place, target: Path, *, with_secrets: bool) -> None:
    from monitor.upkeep.safekeeping import save

    if target.is_file():
        fail(f"{target} is a file: name a folder, or a new file that ends in .db", code=USAGE)
    if target.resolve().is_relative_to(place.data.resolve()):
        fail(f"{target} lies in the data folder and would be lost with it; name another", USAGE)
    now = system_clock()
    with _Bar() as bar:
        saved = save(
            _ground(place), target, now, with_secrets=with_secrets, said=bar,
            rotate=_rotation(place, target, now),
        )  # fmt: skip
    made, went = saved.manifest, saved.carried
    click.echo(
        f"{target} written and verified: {sum(made.rows.values()):,} rows, {made.pages:,} kept"
        f" pages ({went.new:,} new), {len(made.files):,}"
        f" {'file' if len(made.files) == 1 else 'files'} of settings."
    )
    if lost := went.missing + went.damaged:
        show(f"{lost:,} kept pages are missing or damaged in {place.data / 'pages'}.")
    if not with_secrets:
        show("Secrets are not in it: keep them elsewhere, or use --with-secrets.")
    elif not any(one.path == FILE_NAME for one in made.files):
        show(f"There are no secrets in it: no file {_ground(place).secrets} was found.")


def _rotation(place: Place, target: Path, now: datetime) -> Callable[[Path], object] | None:
    """Keep what the nights keep, where this is the folder of their second set."""
    from monitor.config.problems import ConfigError
    from monitor.upkeep.nightly import Night, rotation

    try:
        settings = place.settings()
    except ConfigError:  # a backup is wanted all the more; what may be a night's copy stays
        return lambda _folder: None
    rules, older = settings.backups, settings.retention.backups
    night = Night(
        ground=_ground(place), rules=rules, keep_days=older or rules.keep_days,
        zone=ZoneInfo(settings.team.time_zone),
    )  # fmt: skip
    return rotation(night, target, now)


class _Bar:
    """How far a long copy is: one line on a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)

    def __call__(self, what: str, done: int, of: int) -> None:
        if self._shown and of:
            click.echo(f"\r{what} {100 * done // of} %\x1b[K", nl=False, err=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--check", is_flag=True, help="Read every copy to its end.")
@as_json
@command
def backups(place: Place, *, folder: Path | None, check: bool, as_json: bool) -> None:
    """List the copies there are, or those in FOLDER.

    Exit 1 when one is damaged, and with --check also when there is none.
    """
    from monitor.upkeep.safekeeping import MANIFEST

    looked_in = folder or place.data / copies.FOLDER
    if folder is not None and not looked_in.is_dir():
        fail(f"there is no folder {looked_in}: is the disk mounted that it is on?")
    if looked_in.exists():
        os.scandir(looked_in).close()  # one that may not be read would look empty
    paths = [one.path for one in copies.found(looked_in)] + copies.migrations(looked_in)
    wrong = {path: _fault(path) for path in paths} if check else {}
    if check and (looked_in / MANIFEST).exists():
        paths.append(looked_in / MANIFEST)
        wrong[looked_in / MANIFEST] = _fault(looked_in)
    if as_json:
        show_json([{"path": p, "bytes": p.stat().st_size, "fault": wrong.get(p)} for p in paths])
    else:
        for path in paths:
            said = wrong.get(path) or ("whole" if check else "")
            show(f"{path}  {path.stat().st_size / 1e6:,.1f} MB  {said}".rstrip())
        if not paths:
            more = "; one is made each night" if folder is None else ""
            show(f"there is no copy in {looked_in} yet{more}")
    if any(wrong.values()) or (check and not paths):
        sys.exit(FAILED)


def _fault(path: Path) -> str:
    from monitor.upkeep.safekeeping import check as whole

    try:
        if path.is_dir():
            whole(path)
        else:
            copies.verify(path)
    except StoreError as error:
        return str(error)
    return ""


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--sent-until", default=None, metavar="T",
              help="When the lost service last sent; now, when it is not known.")  # fmt: skip
@command
def restore(place: Place, *, source: Path, sent_until: str | None) -> None:
    """Put a verified backup, a folder or a file, in place of what is there.

    The service must be stopped. What was there is kept beside it.
    """
    from monitor.upkeep.safekeeping import Restoring
    from monitor.upkeep.safekeeping import restore as put_back

    now = system_clock()
    when = Restoring(now=now, sent_until=_instant(sent_until, now))
    with hold(place.data), _Bar() as bar:
        done = put_back(source, _ground(place), when, said=bar)
    click.echo(f"Restored from {source}: {sum(done.rows.values()):,} rows.")
    for path in done.aside:
        show(f"What stood there before is {path}.")
    for line in done.not_back:
        show(f"Not brought back: {line}.")
    if done.doubts:
        show(f"{done.doubts:,} messages that waited may have been sent since; none is sent by"
             " itself: torkham unsent")  # fmt: skip


def _instant(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at > now:
        fail(f"--sent-until {text!r} is no past instant with its zone: 2026-03-10T04:00+05:00",
             code=USAGE)  # fmt: skip
    return at


@click.command()
@click.argument("ids", nargs=-1, type=NUMBER)
@click.option("--send", is_flag=True, help="Send them after all: those named, or all.")
@click.option("--settle", is_flag=True, help="Take it that all of them were sent.")
@as_json
@command
def unsent(
    place: Place, *, ids: tuple[int, ...], send: bool, settle: bool, as_json: bool
) -> None:  # fmt: skip
    """List messages that a restore left in doubt, and have them sent after all."""
    if settle and (send or ids):
        fail("--settle goes alone: it takes all of them as sent", code=USAGE)
    with closing(place.store(create=False)) as db:
        if settle:
            click.echo(f"{restores.settled(db):,} messages are taken as sent.")
            return
        rows = [row for row in outbox.listed(db, limit=100_000) if row.error == restores.IN_DOUBT]
        if send:
            asked = ids or tuple(row.id for row in rows)
            click.echo(f"{restores.send_after_all(db, asked):,} messages go out at the next tick.")
            return
    if as_json:
        show_json([{"id": row.id, "kind": row.message.kind, "channel": row.message.channel,
                    "subject": row.message.subject, "created_at": row.message.created_at}
                   for row in rows])  # fmt: skip
        return
    for row in rows:
        show(f"{row.id}  {row.message.created_at:%Y-%m-%d %H:%M} UTC  {row.message.channel}"
             f"  {row.message.subject}")  # fmt: skip
    if not rows:
        click.echo("No message is in doubt.")


def _ground(place: Place) -> Ground:
    from monitor.upkeep.safekeeping import Ground

    given = place.environ.get("TORKHAM_SECRETS_FILE")
    secrets = Path(given) if given else place.data / FILE_NAME
    return Ground(config=place.config, data=place.data, secrets=secrets)


COMMANDS = (backup, backups, restore, unsent)
