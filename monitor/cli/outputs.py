"""``torkham digest`` and ``alerts``: what the team reads."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json

if TYPE_CHECKING:
    from monitor.app import App
    from store.db import Db
    from store.messages import Edition, Outgoing


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Default: today.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write .html or text.")
@click.option("--send", "deliver", is_flag=True, help="Put it into the outbox and deliver.")
@as_json
@command
def digest(
    place: Place, *, day: datetime | None, out: Path | None, deliver: bool, as_json: bool
) -> None:
    """Show the digest of a day as it would be sent. --send sends it, once a day and channel."""
    from monitor.edge.render import render_digest

    with place.tools() as app, closing(app.open_store()) as db:
        now = app.clock()
        on = day.date() if day else now.astimezone(app.zone).date()
        press = app.press(db)
        try:
            since, until = press.window(on, None)
        except OverflowError:
            fail(f"{on} is too far from today", code=USAGE)
        if deliver and until > now:
            fail(f"the digest of {on} tells of the hours until {until.astimezone(app.zone):%H:%M};"
                 " send it then, or name an earlier --day", code=USAGE)  # fmt: skip
        until = max(until, now) if day is None else until
        edition = press.edition(db, on, since, until)
        rendered = render_digest(edition, desk_url=app.desk_url)
        if out:
            text = rendered.html if out.suffix == ".html" else rendered.text
            out.write_text(text, encoding="utf-8")
            click.echo(str(out), err=as_json)
        if as_json:
            show_json(edition)
        elif not out and not deliver:
            show(rendered.text)
        if deliver:
            _deliver(app, db, *press.printed(edition, since, until, now), err=as_json)


def _deliver(app: App, db: Db, edition: Edition, messages: list[Outgoing], *, err: bool) -> None:
    """Put an edition into the outbox and empty it. Leaves with 1 when something did not go."""
    from monitor.pipeline import send
    from store import editions, outbox

    new = editions.put(db, edition, messages)
    counts = send(db, deliver=app.deliver, clock=app.clock, stopped=app.stopped)
    told = "made and put into the outbox" if new else "told before; nothing new was made"
    sums = ", ".join(f"{n} {state}" for state, n in counts.items()) or "nothing was due"
    click.echo(f"{edition.day_on}: {told}. Messages: {sums}.", err=err)
    for row in outbox.recent(db) if set(counts) - {"sent"} else ():
        if row.state != "sent" and row.error:
            again = row.next_try_at
            then = f"tried again from {again:%H:%M} UTC on" if again else "not tried again"
            show(f"torkham: {row.message.channel}: {row.error}; {then}", err=True)
    if set(counts) - {"sent"}:
        sys.exit(FAILED)


# --- alerts ---------------------------------------------------------------------------------


@click.group("alerts")
def alerts_group() -> None:
    """The alert rules: list them, try one on what was seen."""


@alerts_group.command("list")
@as_json
@command
def list_alerts(place: Place, *, as_json: bool) -> None:
    """List the rules and how often each fired."""
    from store import outbox

    rules = place.settings().rules
    with closing(place.store()) as db:
        sent = outbox.recent(db, kind="alert", limit=10_000)
    fired = {rule.name: len({r.message.article for r in sent if r.message.rule == rule.name})
             for rule in rules}  # fmt: skip
    if as_json:
        rows = [{"name": r.name, "enabled": r.enabled, "channels": list(r.channels),
                 "fired": fired[r.name]} for r in rules]  # fmt: skip
        show_json(rows)
        return
    for rule in rules:
        mark = "on " if rule.enabled else "off"
        show(f"{mark} {rule.name}: fired on {fired[rule.name]}, to {', '.join(rule.channels)}")


def _score(db: Db, article: int) -> float | None:
    from store import articles

    row = articles.get(db, article)
    return row.score if row else None


@alerts_group.command("test")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), default=7, help="How far back (default 7).")
@as_json
@command
def try_alert(place: Place, *, name: str, days: int, as_json: bool) -> None:
    """Show what a rule of feeds.yaml would have caught in the last days. Sends nothing."""
    from store import verdicts

    with place.tools() as app, closing(app.open_store()) as db:
        rules = tuple(r for r in app.settings.rules if r.name == name)
        if not rules:
            known = ", ".join(repr(r.name) for r in app.settings.rules) or "none"
            fail(f"there is no rule {name!r}; the rules are {known}", code=USAGE)
        enabled = tuple(r.model_copy(update={"enabled": True}) for r in rules)
        book = app.rulebook(enabled)
        seen = verdicts.matched_articles(db, app.clock() - timedelta(days=days))
        asked = enabled[0].minimum_score is not None  # only then does a score play a part
        caught = [
            (item, hits)
            for item in seen
            if (hits := book.hits(item, _score(db, item.article) if asked else None))
        ]
    rows = [{"article": i.article, "title": i.title, "outlet": i.outlet, "url": i.url,
             "matched": h[0].matched, "passage": h[0].passage} for i, h in caught]  # fmt: skip
    if as_json:
        show_json({"rule": name, "days": days, "looked_at": len(seen), "caught": rows})
        return
    show(f"{name}: {len(rows)} of {len(seen)} articles of the last {days} days")
    for row in rows:
        show(f"  {row['article']}  {row['title']} ({row['outlet']})\n      {row['passage']}")


COMMANDS = (digest, alerts_group)
