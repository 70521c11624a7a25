"""The dated timeline: what people pinned to it. Nothing here is ever guessed by the machine.

A pin is its newest line; lines are only added, so that every change and removal can be undone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Final, get_args
from urllib.parse import urlsplit

from store.desk import PinDid, PinFacts, PinKind, PinLine
from store.faults import StoreError
from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write

MOST: Final = 5_000  # pins; a timeline of more is none
TITLE: Final = 200
NOTE: Final = 2_000
ADDRESS: Final = 2_000
_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def days_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day of "2021", "2021-08" or "2021-08-15"; None: it is none."""
    found = _PARTIAL.fullmatch(text)
    if found is None or not 1000 <= int(found[1]) <= 2999:
        return None
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        if found[2]:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except (ValueError, IndexError):
        return None
    return date(year, 1, 1), date(year, 12, 31)


def _span(facts: PinFacts) -> tuple[date, date]:
    """The days an entry spans. Raises StoreError, in a sentence, for days that cannot be."""
    since = days_of(facts.since)
    if since is None:
        raise StoreError(
            f"“{facts.since[:40]}” is no day, month or year like 2021-08-15, 2021-08 or 2021"
        )
    if not facts.until:
        return since
    if facts.until == "now":
        return since[0], date.max
    until = days_of(facts.until)
    if until is None:
        raise StoreError(
            f"“{facts.until[:40]}” is no day, month or year like 2021-08-15, 2021-08 or 2021"
        )
    if until[1] < since[0]:
        raise StoreError("it would end before it begins")
    return since[0], until[1]


def _checked(db: Db, facts: PinFacts) -> Row:
    """Return an entry as its columns. Raises StoreError for what cannot be pinned."""
    first, last = _span(facts)
    if facts.kind not in get_args(PinKind):
        raise StoreError("that is no kind of entry")
    title = " ".join(facts.title.split())
    if not title:
        raise StoreError("an entry needs a title")
    for text, most, name in ((title, TITLE, "title"), (facts.note, NOTE, "note"),
                             (facts.url, ADDRESS, "address")):  # fmt: skip
        if len(text) > most:
            raise StoreError(f"the {name} has more than {most:,} characters")
    if facts.url and not _leads_out(facts.url):
        raise StoreError("the address must begin with https:// or http:// and name a site")
    if facts.article and not one(db, "SELECT 1 FROM articles WHERE id = ?", (facts.article,)):
        raise StoreError(f"there is no article {facts.article}")
    if facts.story and not one(db, "SELECT 1 FROM stories WHERE id = ?", (facts.story,)):
        raise StoreError(f"there is no story {facts.story}")
    cells = {field.name: getattr(facts, field.name) for field in fields(PinFacts)}
    return cells | {"title": title, "first_on": str(first), "last_on": str(last)}


def _leads_out(url: str) -> bool:
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return False
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False


# --- pinning --------------------------------------------------------------------------------


def add(db: Db, facts: PinFacts, *, by: str, now: datetime) -> int:
    """Pin something and return its number; the very same entry is pinned once.

    Raises StoreError, in a sentence, for days that cannot be, an address that leads nowhere, or
    too much.
    """
    with write(db, durable=True):
        cells = _checked(db, facts)
        if one(db, "SELECT count(DISTINCT pin) FROM pin_lines") >= MOST:
            raise StoreError(f"the timeline has {MOST:,} entries: remove some first")
        same = next((line.pin for line in _all(db) if _alike(line.facts, facts)), None)
        if same is not None:
            return same
        line = {"pin": 0, "did": "pinned", **cells, "by": by, "at": stamp(now)}
        number = add_row(db, "pin_lines", line)
        run(db, "UPDATE pin_lines SET pin = id WHERE id = ?", (number,))
    return number


def _alike(one_: PinFacts, other: PinFacts) -> bool:
    said = [(f.kind, " ".join(f.title.split()), f.since, f.until) for f in (one_, other)]
    return said[0] == said[1]


def change(db: Db, pin: int, facts: PinFacts, *, by: str, now: datetime) -> None:
    """Say an entry anew. What it said before stays in its history. Raises StoreError as ``add``."""
    with write(db, durable=True):
        standing = get(db, pin)
        if standing is None or standing.did == "removed":
            raise StoreError("that entry is not on the timeline, so nothing was changed")
        if standing.facts != facts:
            _line(db, pin, "changed", _checked(db, facts), by, now)


def remove(db: Db, pin: int, *, by: str, now: datetime) -> bool:
    """Take an entry off the timeline; its history stays. False: it was not there."""
    return _turn(db, pin, "removed", by, now)


def restore(db: Db, pin: int, *, by: str, now: datetime) -> bool:
    """Put an entry back that was taken off, as it then was. False: it was not taken off."""
    return _turn(db, pin, "restored", by, now)


def undo(db: Db, pin: int, *, by: str, now: datetime) -> bool:
    """Take the newest change back: as it was said before. False: there is nothing to take back."""
    with write(db, durable=True):
        lines = history(db, pin)
        if not lines or lines[-1].did != "changed":
            return False
        _line(db, pin, "changed", _checked(db, lines[-2].facts), by, now)
    return True


def _turn(db: Db, pin: int, did: PinDid, by: str, now: datetime) -> bool:
    with write(db, durable=True):
        standing = get(db, pin)
        if standing is None or (standing.did == "removed") == (did == "removed"):
            return False
        sql = "SELECT * FROM pin_lines WHERE id = ?"
        [cells] = fetch(db, sql, (standing.id,))
        _line(db, pin, did, {k: v for k, v in cells.items() if k != "id"}, by, now)
    return True


def _line(db: Db, pin: int, did: PinDid, cells: Row, by: str, now: datetime) -> None:
    add_row(db, "pin_lines", cells | {"pin": pin, "did": did, "by": by, "at": stamp(now)})


# --- reading --------------------------------------------------------------------------------

_STANDS = "id IN (SELECT max(id) FROM pin_lines GROUP BY pin)"


def _all(db: Db) -> list[PinLine]:
    sql = f"SELECT * FROM pin_lines WHERE {_STANDS} AND did <> 'removed'"  # noqa: S608  # our own
    return [_pin(row) for row in fetch(db, sql)]


def get(db: Db, pin: int) -> PinLine | None:
    """Return how an entry stands; removed ones too, which say so. None: there never was one."""
    rows = fetch(db, "SELECT * FROM pin_lines WHERE pin = ? ORDER BY id DESC LIMIT 1", (pin,))
    return _pin(rows[0]) if rows else None


def between(
    db: Db, since_on: date = date.min, until_on: date = date.max, *,
    kinds: Sequence[PinKind] = (), words: str = "",
) -> list[PinLine]:  # fmt: skip
    """Return the entries that touch these days, both included, in order of time.

    No ``kinds``: all. ``words`` must all stand in title or note.
    """
    wanted = words.casefold().split()
    found = [
        line
        for line in _all(db)
        if line.first_on <= until_on and line.last_on >= since_on
        and (not kinds or line.facts.kind in kinds)
        and all(w in f"{line.facts.title} {line.facts.note}".casefold() for w in wanted)
    ]  # fmt: skip
    return sorted(found, key=lambda line: (line.first_on, line.last_on, line.pin))


def of_article(db: Db, article: int) -> list[PinLine]:
    """Return the entries an article is pinned with."""
    sql = f"SELECT * FROM pin_lines WHERE article = ? AND {_STANDS} AND did <> 'removed'"  # noqa: S608
    return [_pin(row) for row in fetch(db, sql, (article,))]


def of_story(db: Db, story: int) -> list[PinLine]:
    """Return the entries a story is pinned with."""
    sql = f"SELECT * FROM pin_lines WHERE story = ? AND {_STANDS} AND did <> 'removed'"  # noqa: S608
    return [_pin(row) for row in fetch(db, sql, (story,))]


def removed(db: Db, limit: int = 50) -> list[PinLine]:
    """Return what was taken off, the newest first."""
    sql = f"SELECT * FROM pin_lines WHERE {_STANDS} AND did = 'removed' ORDER BY id DESC LIMIT ?"  # noqa: S608
    return [_pin(row) for row in fetch(db, sql, (limit,))]


def history(db: Db, pin: int) -> list[PinLine]:
    """Return every line of an entry, the first one first."""
    sql = "SELECT * FROM pin_lines WHERE pin = ? ORDER BY id"
    return [_pin(row) for row in fetch(db, sql, (pin,))]


def _pin(row: Row) -> PinLine:
    return PinLine(
        id=row["id"],
        pin=row["pin"],
        did=row["did"],
        facts=PinFacts(
            kind=row["kind"], title=row["title"], since=row["since"], until=row["until"],
            article=row["article"], story=row["story"], url=row["url"], note=row["note"],
        ),
        first_on=date.fromisoformat(row["first_on"]),
        last_on=date.fromisoformat(row["last_on"]),
        by=row["by"],
        at=instant(row["at"]),
    )  # fmt: skip
