"""What the store knows of the stories of a window, gathered for the digest to be composed of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from monitor.stages import compose
from monitor.stages.compose import ArticleNow, StoryNow
from monitor.told import DayTold, Digest
from store import holes, stories, telling
from store.db import Db
from store.lineage import StoryMember
from store.messages import ToldArticle, ToldEntry
from store.types import ArticleRow

DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the news a digest is about; an empty field asks for all."""

    topics: tuple[str, ...] = ()  # strands
    sides: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def row(self, row: ArticleRow) -> bool:
        """Whether an article may tell a story of this digest."""
        strand = not self.topics or not set(self.topics).isdisjoint(row.topics)
        return strand and self.voice(row.side, row.language)

    def voice(self, side: str | None, language: str | None) -> bool:
        """Whether it is one of those whom this digest hears."""
        return (not self.sides or side in self.sides) and (
            not self.languages or language in self.languages
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that a digest of one window is composed of."""

    rows: tuple[ArticleRow, ...]
    groups: tuple[tuple[int, ...], ...]
    known: compose.Known


def gathered(
    db: Db, name: str, since: datetime, until: datetime, wanted: Wanted | None = None
) -> Gathered:
    """Return what the digest ``name`` may tell of [since, until), and what it told before.

    Rows are held of what came in the window; a story is read when it is asked for, by a few
    indexes, and one is held at a time: some go on for months.
    """
    wanted = wanted or Wanted()
    found = telling.candidates(db, name, since, until)
    rows = tuple(
        row
        for row in found.rows
        if wanted.row(row) or (row.article in found.beside and wanted.voice(row.side, row.language))
    )
    stories = _Stories(db, name, wanted, rows)
    return Gathered(
        rows=rows,
        groups=tuple(tuple(numbers) for numbers in stories.groups.values()),
        known=compose.Known(
            stories=stories,
            evidence=partial(telling.evidence, db),
            came=found.came,
            carried=found.left,
        ),
    )


def _key(row: ArticleRow) -> int:
    """The story of an article; one without a story stands alone."""
    return -row.article if row.story is None else row.story


def _speakers(others: Mapping[int, ArticleRow], wanted: Wanted) -> dict[int, ArticleRow]:
    """The articles of told stories that may say what changed: whom a person did not refuse."""
    return {
        number: row
        for number, row in others.items()
        if row.decision != "not_relevant" and wanted.voice(row.side, row.language)
    }


# --- stories as they stand ------------------------------------------------------------------

_Members = Mapping[int, StoryMember | None]
"""The articles of a story, first told first; None for one that stands in no story."""


class _Stories(Mapping[int, compose.Standing]):
    """The stories of a window by the numbers of its articles; the last that was asked for is held.

    All at once took 18 KB an article of every story that goes on, however old.
    """

    def __init__(self, db: Db, digest: str, wanted: Wanted, rows: Sequence[ArticleRow]) -> None:
        self._db, self._digest, self._wanted = db, digest, wanted
        self._key_of = {row.article: _key(row) for row in rows}
        self.groups: dict[int, list[int]] = {}
        for article, key in sorted(self._key_of.items()):
            self.groups.setdefault(key, []).append(article)
        self._held: tuple[int, compose.Standing] | None = None

    def __iter__(self) -> Iterator[int]:
        return iter(self._key_of)

    def __len__(self) -> int:
        return len(self._key_of)

    def __getitem__(self, article: int) -> compose.Standing:
        key = self._key_of[article]
        if self._held is None or self._held[0] != key:
            self._held = None  # let go before the next is read
            self._held = key, self._read(key)
        return self._held[1]

    def _read(self, key: int) -> compose.Standing:
        db, wanted = self._db, self._wanted
        members = self._members(key)
        told = telling.told(db, self._digest, {key: [*members]}).get(key)
        rows = telling.rows(db, members)
        texts = telling.texts(db, self.groups[key] if told is None else members)
        known = {
            number: _article(rows[number], texts.get(number, ""))
            for number in members
            if number in rows and wanted.voice(rows[number].side, rows[number].language)
        }
        return compose.Standing(
            now=_story(known, telling.said(db, rows)),
            told=told,
            others={} if told is None else _speakers(rows, wanted),
            retold=_retold(members),
        )

    def _members(self, key: int) -> _Members:
        found = stories.members(self._db, [key]).get(key, ()) if key > 0 else ()
        members: dict[int, StoryMember | None] = {one.article: one for one in found}
        return members | {n: None for n in self.groups[key] if n not in members}


def stories_now(db: Db, groups: Mapping[int, Collection[int]]) -> dict[int, StoryNow]:
    """Return groups of articles as stories stand now: what they say, without their bodies.

    For whoever else remembers what was told: ``compose.differences`` takes it from here.
    """
    rows = telling.rows(db, [article for group in groups.values() for article in group])
    said = telling.said(db, rows)
    return {
        key: _story({n: _article(rows[n]) for n in group if n in rows}, said)
        for key, group in groups.items()
    }


def _story(known: Mapping[int, ArticleNow], said: telling.Said) -> StoryNow:
    heard = {number: one for number, one in known.items() if not one.refused}
    return StoryNow(
        articles=known,
        facts=compose.facts_of(
            heard,
            [row for number in heard for row in said.claims.get(number, ())],
            [row for number in heard for row in said.quotes.get(number, ())],
            [row for number in heard for row in said.spoken.get(number, ())],
        ),
    )


def _article(row: ArticleRow, body: str = "") -> ArticleNow:
    when = compose.published(row)
    return ArticleNow(
        article=row.article,
        version=row.version,
        title=row.title,
        outlet=row.outlet or "",
        side=row.side or "",
        url=row.url,
        language=row.language,
        genre=row.genre,
        at=when.at,
        seen_at=row.first_seen_at,
        copy=row.copy_of is not None,
        refused=row.decision == "not_relevant",
        accepted=row.decision == "relevant",
        body=body,
        dated=when.source,
    )


def _retold(told: _Members) -> tuple[tuple[str, str], ...]:
    """Who else tells a story, first told first, with an address each; not what people refused.

    Those that were not worth an entry of their own too.
    """
    return tuple(
        (one.outlet, one.url)
        for one in told.values()
        if one is not None and one.decision != "not_relevant"
    )


# --- the small picture, and what to remember ------------------------------------------------


def days_told(db: Db, until: datetime, zone: ZoneInfo, *, most: int = DAYS) -> tuple[DayTold, ...]:
    """Return the last whole local days before ``until``, the oldest first: found, ours, holes."""
    last = _last_whole_day(until, zone)
    days = [last - timedelta(days=ago) for ago in range(most - 1, -1, -1)]
    spans = [(_begins(day, zone), _begins(day + timedelta(days=1), zone)) for day in days]
    open_holes = [
        hole for hole in holes.between(db, spans[0][0], spans[-1][1]) if hole.state != "filled"
    ]
    return tuple(
        DayTold(
            day_on=day,
            found=found,
            queued=queued,
            hole=any(hole.since_at < end and hole.until_at > begin for hole in open_holes),
        )
        for day, (begin, end), (found, queued) in zip(
            days, spans, telling.seen(db, spans), strict=True
        )
    )


def _last_whole_day(until: datetime, zone: ZoneInfo) -> date:
    return until.astimezone(zone).date() - timedelta(days=1)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def told_entries(digest: Digest) -> list[ToldEntry]:
    """Return what is to be remembered of an edition: what it told, and what it had no room for."""
    told = [
        ToldEntry(
            story=entry.story,
            article=entry.article,
            part=entry.part,
            facts=entry.remembered,
            articles=entry.members,
        )
        for section in digest.sections
        for _, entries in section.topics
        for entry in entries
    ]
    left = [
        ToldEntry(story=one.story, article=one.article, part="left", left=one.part)
        for one in digest.left
    ]
    met = [
        ToldEntry(
            story=None, article=articles[0], part="met",
            articles=tuple(ToldArticle(article=n, version=0, title="") for n in articles),
        )
        for articles in digest.met
    ]  # fmt: skip
    return [*told, *left, *met]
