"""``torkham ledger``: days by outlets; and what ``torkham once poll --since`` shares with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, show, show_json
from store.polls import FeedSpec

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.inquiry.calendar import Calendar, Cell, Line

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG = re.compile(r"(\d{1,5})([mhdw])", re.IGNORECASE)
_MARKS = {"gap": "g", "failed": "f", "unasked": "o", "silent": "m", "filled": "+"}


def instant_of(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the instant that "36h", "2026-03-10" or "2026-03-10T04:00" names; None for neither.

    Days and instants without a zone are the team's.
    """
    try:
        if long := _LONG.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[long[2].lower()]: int(long[1])})
        at = datetime.fromisoformat(text.strip())
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def known_feed(specs: Iterable[FeedSpec], key: str | None) -> None:
    """Leave with a line unless ``key`` is None or names a feed that is asked."""
    found = next((spec for spec in specs if spec.key == key), None)
    if key is not None and found is None:
        fail(f"there is no feed {key}; torkham feeds list names them", code=USAGE)
    if found is not None and not found.enabled:
        fail(f"the feed {key} is switched off; nothing is asked for it", code=USAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of one hole: its span, how it stands, and what was found in this run."""

    feed: str
    outlet: str
    since_at: datetime
    until_at: datetime
    state: str
    listed: int
    found: int
    said: str


def filled_since(app: App, since: datetime, feed: str | None) -> list[Filled]:
    """Ask about everything from ``since`` to now, for one feed or for each that is asked."""
    from monitor.feeds.filling import fill_holes
    from monitor.stages import fill
    from store import holes

    with closing(app.open_store()) as db:
        ids = holes.ask_since(db, since, app.clock(), feed)
        before = {hole.id: hole.found for hole in holes.some(db, ids)}
        while not app.stopped() and fill_holes(
            db, app.means, clock=app.clock, stopped=app.stopped, only=ids
        ):
            pass
        return [
            Filled(
                feed=hole.feed, outlet=hole.outlet, since_at=hole.since_at,
                until_at=hole.until_at, state=hole.state,
                listed=sum(one.listed for one in hole.asked),
                found=hole.found - before.get(hole.id, 0), said=fill.told(hole, app.zone),
            )
            for hole in sorted(holes.some(db, ids), key=lambda hole: hole.feed)
        ]  # fmt: skip


# --- the calendar ---------------------------------------------------------------------------


@click.command()
@click.option("--days", type=click.IntRange(1, 92), default=7, help="How many days (7).")
@click.option("--feed", default=None, metavar="KEY", help="This feed alone.")
@as_json
@command
def ledger(place: Place, *, days: int, feed: str | None, as_json: bool) -> None:
    """Show what every outlet brought on each day, and where something may be missing.

    Days are of UTC, the newest first.
    """
    from monitor.edge.clock import system_clock
    from monitor.inquiry.calendar import calendar
    from monitor.stages import fill

    settings = place.settings()
    zone = ZoneInfo(settings.team.time_zone)
    with closing(place.store()) as db:
        from store import feeds

        if feed is not None and feed not in {state.spec.key for state in feeds.states(db)}:
            fail(f"there is no feed {feed}; torkham feeds list names them", code=USAGE)
        made = calendar(db, system_clock(), days=days, feed=feed)
    if as_json:
        show_json(_rows(made))
        return
    for text in _table(made):
        show(text)
    for day in made.unbalanced:
        show(f"The books of {day} do not balance: please report it.")
    for hole in made.holes[:20]:
        show(f"{hole.outlet} ({hole.feed}): {fill.told(hole, zone)}")


def _rows(made: Calendar) -> list[dict[str, object]]:
    """Return a row a feed and day of which anything is known, for scripts."""
    return [
        {
            "feed": line.feed, "outlet": line.outlet, "day_on": cell.day_on,
            "found": cell.found, "waiting": cell.counts.waiting, "queued": cell.counts.queued,
            "rejected": cell.counts.rejected, "duplicate": cell.counts.duplicate,
            "dropped": cell.counts.dropped, "failed": cell.counts.failed,
            "asked": cell.asked, "answered": cell.answered, "marks": list(cell.marks),
            "balanced": cell.day_on not in made.unbalanced,
        }
        for line in made.lines if line.feed is not None
        for cell in line.cells if cell.known or cell.found
    ]  # fmt: skip


def _table(made: Calendar) -> list[str]:
    names = [_name(line) for line in made.lines]
    width = min(28, max([7, *map(_wide, names)]))
    head = [_padded("Outlet", width), *(f"{day:%d.%m}".rjust(7) for day in made.days), "    all"]
    body = [
        [_padded(name, width), *(_said(cell) for cell in line.cells), f"{line.total:7,}"]
        for line, name in zip(made.lines, names, strict=True)
    ]
    foot = [_padded("All", width), *(f"{cell.found:6,} " for cell in made.sums),
            f"{made.total:7,}"]  # fmt: skip
    told = "g gap  + gap, filled  f asked, no answer  o not asked  m unusually nothing new"
    return [*("".join(row).rstrip() for row in (head, *body, foot)), told]


def _name(line: Line) -> str:
    return f"  {line.label}" if line.label else line.outlet


def _said(cell: Cell) -> str:
    if not (cell.known or cell.found):
        return "      ·"
    return f"{cell.found:6,}{_MARKS[cell.mark] if cell.mark else ' '}"


def _wide(text: str) -> int:
    """How many columns a text takes on a terminal: marks above letters take none."""
    return sum(unicodedata.combining(sign) == 0 for sign in text)


def _padded(text: str, width: int) -> str:
    cut = text if _wide(text) <= width else text[: width - 1] + "…"
    return cut + " " * (width - _wide(cut))


COMMANDS: Sequence[click.Command] = (ledger,)
