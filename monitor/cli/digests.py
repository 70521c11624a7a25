"""``torkham digest``: what the team reads, in every form."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.digests.edition import Press
    from monitor.told import Digest
    from store.db import Db
    from store.messages import Edition, Outgoing

FORMS: Final = ("text", "html", "markdown", "pdf", "json")
_BY_ENDING: Final = {
    ".txt": "text", ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown",
    ".pdf": "pdf", ".json": "json",
}  # fmt: skip


@click.command()
@click.option("--name", default="daily", help="Which digest (default: daily).")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Default: today.")
@click.option("--format", "form", type=click.Choice(FORMS), default=None,
              help="Default: as --out ends, else text.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=None,
              help="Write it there: .txt .html .md .pdf .json.")  # fmt: skip
@click.option("--send", "deliver", is_flag=True, help="Put it into the outbox and deliver.")
@as_json
@command
def digest(
    place: Place, *, name: str, day: datetime | None, form: str | None, out: Path | None,
    deliver: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show the digest of a day as it was sent, or would be. --send sends it, once a day and way."""
    from store import editions

    wanted = form or _form_of(out)
    if wanted == "pdf" and not out:
        fail("a PDF is written into a file: name one with --out digest.pdf", code=USAGE)
    with place.tools() as app, closing(app.open_store()) as db:
        press = _press(app, db, name)
        if not deliver:
            press = replace(press, draws=wanted in {"pdf", "html"})
        on = day.date() if day else app.clock().astimezone(app.zone).date()
        told = None if deliver else editions.get(db, on, name)
        if told:
            _show(replace(told, picture=None), told, wanted, out, as_json=as_json)
            return
        content, since, until = _content(app, db, press, on, today=day is None, sends=deliver)
        edition, messages = press.printed(content, since, until, app.clock())
        if out or not deliver or as_json:
            _show(content, edition, wanted, out, as_json=as_json)
        if deliver:
            _deliver(app, db, content, edition, messages, err=as_json)


def _show(
    content: Digest | Edition, edition: Edition, wanted: str, out: Path | None, *, as_json: bool
) -> None:
    """Write or print a digest: one that was told is shown as it was kept, to the letter."""
    if out:
        out.write_bytes(_in_form(wanted, content, edition))
        click.echo(str(out), err=as_json)
    if as_json or (wanted == "json" and not out):
        show_json(content)
    elif not out:
        show(_in_form(wanted, content, edition).decode())


def _form_of(out: Path | None) -> str:
    return _BY_ENDING.get(out.suffix.lower(), "text") if out else "text"


def _press(app: App, db: Db, name: str) -> Press:
    try:
        return app.press(db, name)
    except KeyError:
        known = ", ".join(press.settings.name for press in app.presses(db))
        fail(f"there is no digest {name!r}; there are: {known}", code=USAGE)


def _content(
    app: App, db: Db, press: Press, on: date, *, today: bool, sends: bool
) -> tuple[Digest, datetime, datetime]:
    """Return what the digest of a day says, and its window; for today, up to now."""
    from monitor.digests import publishing
    from store import editions

    now = app.clock()
    try:
        since, until = press.window(on, editions.covered_until(db, press.settings.name, on))
    except OverflowError:
        fail(f"{on} is too far from today", code=USAGE)
    if sends and until > now:
        fail(f"the digest of {on} tells of the hours until {until.astimezone(app.zone):%H:%M};"
             " send it then, or name an earlier --day", code=USAGE)  # fmt: skip
    until = max(until, now) if today else until
    return publishing.content(db, press, on, since, until), since, until


def _in_form(form: str, content: Digest | Edition, edition: Edition) -> bytes:
    import json

    from monitor.cli.frame import plain
    from monitor.digests.printing import page_alone
    from monitor.edge.render import pdf

    if form == "markdown":
        return edition.markdown.encode()
    if form == "pdf":
        try:
            return pdf.digest_pdf(edition)
        except pdf.NoPdfError as error:
            fail(str(error))
    if form == "json":
        return (json.dumps(plain(content), indent=2, ensure_ascii=False) + "\n").encode()
    if form == "html":
        return page_alone(edition).encode()
    return edition.text.encode()


def _deliver(
    app: App, db: Db, content: Digest, edition: Edition, messages: list[Outgoing], *, err: bool
) -> None:
    """Put an edition into the outbox and empty it. Leaves with 1 when something did not go."""
    from monitor.digests import publishing
    from monitor.pipeline import send
    from store import outbox

    new = publishing.keep(db, content, edition, messages)
    counts = send(db, deliver=app.deliver, clock=app.clock, stopped=app.stopped)
    told = "made and put into the outbox" if new else "told before; nothing new was made"
    sums = ", ".join(f"{n} {state}" for state, n in counts.items()) or "nothing was due"
    click.echo(f"{edition.day_on}: {told}. Messages: {sums}.", err=err)
    for row in outbox.listed(db) if set(counts) - {"sent"} else ():
        if row.state != "sent" and row.error:
            again = row.next_try_at
            then = f"tried again from {again:%H:%M} UTC on" if again else "not tried again"
            show(f"torkham: {row.message.channel}: {row.error}; {then}", err=True)
    if set(counts) - {"sent"}:
        sys.exit(FAILED)


COMMANDS = (digest,)
"""For ``monitor.cli.main``."""
