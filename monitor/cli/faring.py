"""``torkham feeds health`` and ``feeds moves``: how each feed does, and where it went."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import click

from monitor.cli.frame import (
    FAILED,
    NUMBER,
    Place,
    as_json,
    by_whom,
    command,
    fail,
    show,
    show_json,
)
from monitor.edge.clock import system_clock
from monitor.stages import coverage, window
from store import feeds, hours, moves
from store.polls import FeedState
from store.rescues import BY_HAND
from store.watch import Redirect, Rhythm

Row = dict[str, object]
_WORST_FIRST = ("failing", "silent", "stale", "thin", "paused", "disabled", "new", "ok")


@click.command("health")
@as_json
@command
def health(place: Place, *, as_json: bool) -> None:
    """Say how each feed does, the unwell first: since when, and why, in words."""
    now = system_clock()
    with closing(place.store()) as db:
        states = [state for state in feeds.states(db) if state.spec.key != BY_HAND]
        rhythms = hours.rhythms(db, [state.spec.key for state in states], now)
        doubts = {found.feed: found for found in moves.redirects(db)}
        rows = [_health(one, rhythms[one.spec.key], doubts.get(one.spec.key)) for one in states]
    if as_json:
        show_json(rows)
        return
    for row in sorted(rows, key=lambda row: _WORST_FIRST.index(str(row["state"]))):
        show(f"{row['state']!s:9} {row['id']!s:32} {_told(row)}".rstrip())


def _health(state: FeedState, rhythm: Rhythm, redirect: Redirect | None) -> Row:
    notes = [window.NEVER_REPEATS] if window.never_repeats(state.memory) else []
    if redirect:
        notes.append(f"It leads for good to {redirect.to_url}. {redirect.why_not}")
    return {
        "id": state.spec.key,
        "url": state.spec.url,
        "state": state.condition,
        "since": state.condition_since,
        "reason": state.reason,
        "newest_entry_at": coverage.newest_of(state),
        "last_ok_at": state.last_ok_at,
        "next_poll_at": state.next_poll_at,
        "outlet": state.spec.outlet,
        "failures": state.failures,
        "usually": coverage.usually(rhythm),
        "notes": notes,
    }


def _told(row: Row) -> str:
    said = [str(row["reason"] or _well(row)), *(str(note) for note in _list(row["notes"]))]
    since = row["since"]
    if row["state"] != "ok" and isinstance(since, datetime):
        said.insert(0, f"since {since:%Y-%m-%d %H:%M} UTC")
    return " ".join(filter(None, said))


def _well(row: Row) -> str:
    newest, usually = row["newest_entry_at"], row["usually"]
    if not isinstance(newest, datetime):
        return ""
    often = f"; usually {usually}" if usually else ""
    return f"newest entry {newest:%Y-%m-%d %H:%M} UTC{often}"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@click.command("moves")
@click.option("--undo", type=NUMBER, metavar="ID", help="Take this move back.")
@by_whom("Who takes it back.")
@as_json
@command
def show_moves(place: Place, *, undo: int | None, by: str, as_json: bool) -> None:
    """Show where feeds have moved, and which redirects are not believed yet.

    A move taken back is never made again: the feed asks its old address for good.
    """
    with closing(place.store()) as db:
        if undo is not None:
            why_not = moves.undo(db, undo, by=by, now=system_clock())
            if why_not:
                fail(why_not, code=FAILED)
        made, doubts = moves.moves(db), moves.redirects(db)
    if as_json:
        show_json({"moves": made, "in_doubt": doubts})
        return
    for move in made:
        mark = (
            f", takes back {move.undoes}" if move.undoes else ", taken back" if move.undone else ""
        )
        show(f"{move.id:4} {move.at:%Y-%m-%d %H:%M} UTC {move.feed} by {move.by}{mark}")
        show(f"     {move.from_url} -> {move.to_url}")
        show(f"     {move.why}")
    for doubt in doubts:
        show(f"   ? since {doubt.first_at:%Y-%m-%d %H:%M} UTC {doubt.feed}")
        show(f"     {doubt.from_url} -> {doubt.to_url}")
        show(f"     {doubt.why_not}")
    if not made and not doubts:
        show("No feed has moved.")


FARING = (health, show_moves)
