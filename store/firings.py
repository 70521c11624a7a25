"""Where a rule met an article: one row for each pair, and what waits to be told of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from store.rows import as_json, ids_json, instant, instant_or_none, stamp
from store.sql import Db, Row, add_missing, fetch, fetch_in, one, write

BACKFILL: Final = "backfill:"
"""What comes from feeds named so was looked up in the past: it is noted and no news to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where a rule met a text: the part, the place in it, the words, and the passage around."""

    part: str
    start: int
    end: int
    matched: str
    passage: str
    words: tuple[str, ...] = ()  # all that were met within the passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A rule met an article, at the version whose text was read; 0: its headline alone.

    ``article`` is the one that met: a copy fires under its own number.
    """

    rule: str
    article: int
    version: int
    score: float | None
    hits: tuple[Hit, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A firing with its article, as it is told.

    ``story`` is the article's story now, below nought where it has none. ``unread``: its claims are
    not noted yet.
    """

    id: int
    firing: Firing
    story: int
    title: str
    outlet: str
    url: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    unread: bool = False


def put(db: Db, firings: Sequence[Firing]) -> int:
    """Note where rules met articles, inside a write or in one; return how many were new.

    A pair that was noted before stays as it was.
    """
    if not firings:
        return 0
    with write(db):
        before = int(one(db, "SELECT coalesce(max(id), 0) FROM firings"))
        late = _from_backfill(db, [firing.article for firing in firings])
        add_missing(db, "firings", [_cells(firing, late) for firing in firings])
        return int(one(db, "SELECT count(*) FROM firings WHERE id > ?", (before,)))


def _from_backfill(db: Db, articles: Sequence[int]) -> set[int]:
    sql = "SELECT id, feed FROM articles WHERE id IN ({marks})"
    rows = fetch_in(db, sql, articles)
    return {row["id"] for row in rows if row["feed"].startswith(BACKFILL)}


def _cells(firing: Firing, late: set[int]) -> Row:
    return {
        "rule": firing.rule,
        "article": firing.article,
        "version": firing.version,
        "score": firing.score,
        "hits": as_json([asdict(hit) for hit in firing.hits]),
        "at": stamp(firing.at),
        "open": int(firing.article not in late),
    }


# --- what waits to be told ------------------------------------------------------------------

# A queued text that is not read for claims yet: an alert on it could not say what it knows.
_UNREAD = """(a.copy_of IS NULL AND a.version > 0 AND a.disposition = 'queued'
    AND a.route = 'queue' AND a.claimed <> a.version || ':' || coalesce(a.text_hash, ''))"""
_FIRED = f"""
SELECT f.*, coalesce(a.story, -coalesce(a.copy_of, a.id)) AS story, a.title,
    coalesce(a.source_outlet, s.outlet) AS outlet, coalesce(a.final_url, a.url) AS url,
    a.language, a.published_at, a.first_seen_at, {_UNREAD} AS unread
FROM firings f {{index}} JOIN articles a ON a.id = f.article LEFT JOIN feeds s ON s.key = a.feed
"""  # noqa: S608  # our own words
OPEN = _FIRED.format(index="INDEXED BY firings_open") + "WHERE f.open = 1 ORDER BY f.id"
_SOME = (
    _FIRED.format(index="")  # noqa: S608  # our own words
    + "WHERE f.id IN (SELECT value FROM json_each(?)) ORDER BY f.id"
)
SINCE = """
SELECT f.id, f.rule, f.article, f.at, coalesce(a.story, -coalesce(a.copy_of, a.id)) AS story
FROM firings f INDEXED BY firings_rule JOIN articles a ON a.id = f.article
WHERE f.rule = ? AND f.at >= ? ORDER BY f.at, f.id
"""


def waiting(db: Db) -> list[Fired]:
    """Return the firings that somebody may still be told of, the first one first."""
    return [fired(row) for row in fetch(db, OPEN)]


def some(db: Db, ids: Iterable[int]) -> list[Fired]:
    """Return firings by their numbers, in their order."""
    return [fired(row) for row in fetch(db, _SOME, (ids_json(sorted(set(ids))),))]


def of_rule_since(db: Db, rule: str, since: datetime) -> list[tuple[int, int, datetime]]:
    """Return (firing, story now, when) of a rule since then, in the order of time."""
    rows = fetch(db, SINCE, (rule, stamp(since)))
    return [(row["id"], row["story"], instant(row["at"])) for row in rows]


def pairs(db: Db) -> set[tuple[str, int]]:
    """Return every (rule, article) that met."""
    return {(row["rule"], row["article"]) for row in fetch(db, "SELECT rule, article FROM firings")}


def fired(row: Row) -> Fired:
    """Make a firing with its article from a row."""
    return Fired(
        id=row["id"],
        firing=Firing(
            rule=row["rule"],
            article=row["article"],
            version=row["version"],
            score=row["score"],
            hits=tuple(
                Hit(**{**hit, "words": tuple(hit["words"])}) for hit in json.loads(row["hits"])
            ),
            at=instant(row["at"]),
        ),
        story=row["story"],
        title=row["title"],
        outlet=row["outlet"] or "",
        url=row["url"],
        language=row["language"],
        published_at=instant_or_none(row["published_at"]),
        first_seen_at=instant(row["first_seen_at"]),
        unread=bool(row["unread"]),
    )
