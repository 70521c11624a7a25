"""Articles known again by outlet, headline and hour, where a link does not say what it leads to.

A search shows an article under a link of its own, and each search under another; the outlet's feed
shows it under its address. The headline tells that they are one; it never joins two articles that
both have an address of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.rows import instant, stamp
from store.sql import Db, Row, add_missing, fetch_in, run, write

NEAR = timedelta(hours=12)
"""So far apart two dates of one article may be. A daily column is a day apart from the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An article that bears a headline. ``wrapped``: no feed has shown its address yet."""

    article: int
    host: str
    at: datetime
    wrapped: bool


Headlines = dict[str, list[Known]]


def known(db: Db, marks: Sequence[str]) -> Headlines:
    """The articles that bore these headlines of late."""
    rows = fetch_in(
        db, "SELECT * FROM headlines WHERE mark IN ({marks})", [mark for mark in marks if mark]
    )
    found: Headlines = {}
    for row in rows:
        found.setdefault(row["mark"], []).append(
            Known(
                article=row["article"], host=row["host"], at=instant(row["at"]),
                wrapped=bool(row["wrapped"]),
            )
        )  # fmt: skip
    return found


def same(headlines: Mapping[str, Sequence[Known]], cell: Row, at: datetime) -> Known | None:
    """The article an entry is, going by its headline; one with an address of its own leads.

    ``cell`` with an address of its own is only ever found in an article that has none.
    """
    wrapped, host = cell["_wrapped"], cell["_host"]
    when = instant(cell["published_at"]) if cell["published_at"] else at
    akin = [
        one
        for one in headlines.get(cell["_headline"], ())
        if (wrapped or one.wrapped) and _akin(one.host, host) and abs(one.at - when) <= NEAR
    ]
    return min(akin, key=lambda one: (one.wrapped, one.article), default=None)


def _akin(one: str, other: str) -> bool:
    """One outlet's hosts: the same, or one under the other."""
    if not one or not other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def note(db: Db, cells: Iterable[tuple[int, Row]], at: datetime) -> None:
    """Remember which headlines articles bear, inside the caller's transaction."""
    rows = [
        {
            "mark": cell["_headline"],
            "article": article,
            "host": cell["_host"],
            "at": cell["published_at"] or stamp(at),
            "wrapped": int(cell["_wrapped"]),
        }
        for article, cell in cells
        if cell["_headline"] and cell["_host"]
    ]
    add_missing(db, "headlines", rows)


def has_address(db: Db, article: int) -> None:
    """Note that a feed has shown the article under its own address."""
    run(db, "UPDATE headlines SET wrapped = 0 WHERE article = ?", (article,))


def forget(db: Db, before: datetime) -> int:
    """Drop headlines too old to be met again."""
    with write(db):
        return run(db, "DELETE FROM headlines WHERE at < ?", (stamp(before),))
