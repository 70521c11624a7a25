"""``torkham digest``, ``alerts``, ``search`` and ``why``: what the team reads."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json
from monitor.model import Dropped

if TYPE_CHECKING:
    from monitor.app import App
    from store.db import Db
    from store.types import Edition, Outgoing


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
        caught = [(item, hits) for item in seen if (hits := book.hits(item, None))]
    rows = [{"article": i.article, "title": i.title, "outlet": i.outlet, "url": i.url,
             "matched": h[0].matched, "passage": h[0].passage} for i, h in caught]  # fmt: skip
    if as_json:
        show_json({"rule": name, "days": days, "looked_at": len(seen), "caught": rows})
        return
    show(f"{name}: {len(rows)} of {len(seen)} articles of the last {days} days")
    for row in rows:
        show(f"  {row['article']}  {row['title']} ({row['outlet']})\n      {row['passage']}")


# --- search, why ----------------------------------------------------------------------------


@click.command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Default 20.")
@as_json
@command
def search_texts(place: Place, *, query: str, limit: int, as_json: bool) -> None:
    """Search titles and texts. Words, "phrases" and prefix*; the newest come first."""
    from store import search

    with closing(place.store()) as db:
        rows = search.search(db, query, limit=limit)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        score = "  – " if row.score is None else f"{row.score:.2f}"
        show(f"{row.article:7} {score} {row.first_seen_at:%Y-%m-%d} {row.outlet}: {row.title}")
    if not rows:
        click.echo("Nothing found.")


@click.command("why")
@click.argument("url")
@as_json
@command
def why_url(place: Place, *, url: str, as_json: bool) -> None:
    """Say whether a URL was seen, and what became of it and why. Names the feed and the time.

    Of one never seen: the gap it may have gone through, or that no feed carries its host.
    """
    from monitor.stages import fill, urls
    from store import ledger

    canonical = urls.canonical(url)
    if isinstance(canonical, Dropped):
        fail(f"{url}: {canonical.detail or 'not a web address'}", code=USAGE)
    with closing(place.store()) as db:
        found = ledger.why(db, str(canonical), url, fill.day_in(url))
    if as_json:
        show_json(found)
        return
    zone = ZoneInfo(place.settings().team.time_zone)
    if not found.items:
        show(f"Never seen. {fill.never_seen(found, urls.host(url), zone)}")
    for item in found.items:
        reason = f" ({item.reason}) {item.reason_detail}".rstrip() if item.reason else ""
        came = ", found in filling a gap" if item.filled else ""
        show(f"{item.first_seen_at:%Y-%m-%d %H:%M} UTC by {item.feed}{came}: "
             f"{item.disposition}{reason}")  # fmt: skip
    if found.items and found.hole:
        show(fill.told(found.hole, zone))
    if found.article and found.article.score is not None:
        row = found.article
        show(f"article {row.article}: score {row.score:.3f}; torkham explain {row.article}")


COMMANDS = (digest, alerts_group, search_texts, why_url)
