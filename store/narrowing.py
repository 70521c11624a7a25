"""What is searched for: how each filter asks one article, and what index finds its articles.

``members`` may bring articles that the test then turns away (a strand taken off again), never too
few: the test is asked of every article that is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from store import asking
from store.asking import Asked, Spell
from store.rows import GENRE, TOPICS, stamp
from store.sql import Db, fetch
from store.types import Answer

_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One filter: its test of article ``a`` of feed ``f`` with verdict ``v``, and its articles."""

    test: str
    params: tuple[Any, ...]
    members: str
    held: tuple[Any, ...]


Decided = Answer | Literal["undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is searched for. Empty words: all that the filters leave.

    [since, until) is when an article was first seen, ``topic`` a topic or one of its strands,
    ``genre`` what kind of text it is, [minimum, maximum) its score. ``spell`` tells other spellings
    of the words; None: as typed.
    """

    words: str = ""
    outlet: str = ""
    side: str = ""
    topic: str = ""
    language: str = ""
    genre: str = ""
    tag: str = ""
    decision: Decided | None = None
    minimum: float | None = None
    maximum: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    spell: Spell | None = field(default=None, compare=False)

    @property
    def asked(self) -> Asked:
        """The words as read."""
        return asking.read(self.words, self.spell)


_OUTLET = """
SELECT id FROM articles WHERE source_outlet IS NULL
    AND feed IN (SELECT key FROM feeds WHERE outlet = ?)
UNION ALL SELECT id FROM articles WHERE source_outlet = ?"""
_LANGUAGE = """
SELECT id FROM articles WHERE language = ?
UNION ALL SELECT id FROM articles WHERE language IS NULL
    AND feed IN (SELECT key FROM feeds WHERE language = ?)"""
_GENRES = """
SELECT id FROM articles WHERE genre = ? UNION ALL SELECT article FROM genres WHERE genre = ?"""
_OF_TOPIC = f"""(v.topic = ?
    OR EXISTS (SELECT 1 FROM json_each({TOPICS}) t WHERE t.value = ?))"""  # noqa: S608
_STRAND = """
SELECT article FROM article_strands WHERE strand = ?
UNION ALL SELECT article FROM verdicts WHERE topic = ?
    AND NOT EXISTS (SELECT 1 FROM article_strands WHERE strand = ?)"""
_TAGGED = "EXISTS (SELECT 1 FROM tagged g WHERE g.tag = ? AND g.article = a.id)"


def facets_of(query: Query) -> tuple[Facet, ...]:
    """Return the filters that are set."""
    return tuple(_facets(query))


def _facets(query: Query) -> Iterator[Facet]:
    if query.outlet:
        test = "coalesce(a.source_outlet, f.outlet) = ?"
        yield _facet(test, _OUTLET, query.outlet, 1, 2)
    if query.side:
        members = "SELECT id FROM articles WHERE feed IN (SELECT key FROM feeds WHERE side = ?)"
        yield _facet("f.side = ?", members, query.side, 1, 1)
    if query.language:
        yield _facet("coalesce(a.language, f.language) = ?", _LANGUAGE, query.language, 1, 2)
    if query.genre:
        yield _facet(f"{GENRE} = ?", _GENRES, query.genre, 1, 2)
    if query.topic:
        yield _facet(_OF_TOPIC, _STRAND, query.topic, 2, 3)
    if query.tag:
        yield _facet(_TAGGED, "SELECT article FROM tagged WHERE tag = ?", query.tag, 1, 1)
    yield from _decided(query)
    yield from _scored(query)
    yield from _dated(query)


def _facet(test: str, members: str, value: object, tested: int, held: int) -> Facet:
    return Facet(test=test, params=(value,) * tested, members=members, held=(value,) * held)


def _decided(query: Query) -> Iterator[Facet]:
    if query.decision == "undecided":
        members = "SELECT id FROM articles WHERE decision IS NULL"
        yield Facet(test="a.decision IS NULL", params=(), members=members, held=())
    elif query.decision:
        members = "SELECT id FROM articles WHERE decision = ?"
        yield _facet("a.decision = ?", members, query.decision, 1, 1)


def _scored(query: Query) -> Iterator[Facet]:
    if query.minimum is None and query.maximum is None:
        return
    least = -1.0 if query.minimum is None else query.minimum
    below = 2.0 if query.maximum is None else query.maximum
    members = "SELECT id FROM articles WHERE score IS NOT NULL AND score >= ? AND score < ?"
    yield Facet(
        test="a.score >= ? AND a.score < ?", params=(least, below), members=members,
        held=(least, below),
    )  # fmt: skip


def _dated(query: Query) -> Iterator[Facet]:
    if query.since is None and query.until is None:
        return
    held = _window(query.since, query.until)
    members = "SELECT id FROM articles WHERE first_seen_at >= ? AND first_seen_at < ?"
    test = "a.first_seen_at >= ? AND a.first_seen_at < ?"
    yield Facet(test=test, params=held, members=members, held=held)


def _window(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    return stamp(since) if since else "", stamp(until) if until else "~"


def span(db: Db, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Return the lowest and the highest number of an article first seen in [since, until).

    Numbers grow with time, so a span of days is nearly one of numbers; a clock that was put back
    makes it wider, never too narrow.
    """
    if since is None and until is None:
        return 1, _LAST
    sql = """
    SELECT min(id) AS low, max(id) AS high FROM articles
    WHERE first_seen_at >= ? AND first_seen_at < ?"""
    [row] = fetch(db, sql, _window(since, until))
    return (row["low"], row["high"]) if row["low"] is not None else (1, 0)
