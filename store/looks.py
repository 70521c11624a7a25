"""What the alert rules were shown: each text once, with what was known of it then.

Written with the verdicts, in the same transaction, so that what a rule would have caught can be
asked later of the very same things. A text that was shown before is no news, whoever reads it
again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from store.faults import StoreError
from store.rows import as_json, ids_json, instant, instant_or_none, stamp
from store.sql import Db, Row, fetch, fetch_in, one, run, run_many, write
from store.types import Answer, Unjudged, VerdictRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A text the rules were shown, without the text.

    ``score`` None: a headline that was not judged yet. ``story``: of the article as it stands now;
    an article of none is its own.
    """

    article: int
    version: int
    text_hash: str
    at: datetime
    outlet: str
    side: str
    language: str | None
    kind: str
    score: float | None
    topics: tuple[str, ...]
    story: str
    copy_of: int | None
    decision: Answer | None

    @property
    def key(self) -> tuple[int, int, str]:
        """Which text of which article."""
        return self.article, self.version, self.text_hash


_KNOWN = """
    coalesce(a.source_outlet, f.outlet, ''), coalesce(f.side, ''),
    coalesce(a.language, nullif(f.language, '')), a.genre
"""
_NOTE = f"""
INSERT INTO looks (article, version, text_hash, at, size, score, topics, outlet, side, language,
    kind, repeated)
SELECT a.id, v.version, v.text_hash, :now, length(v.body), :score, :topics, {_KNOWN}, :repeated
FROM articles a JOIN versions v ON v.article = a.id AND v.version = :version
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.id = :article ON CONFLICT DO NOTHING
"""  # noqa: S608  # the fragment stands above
_HEADLINE = f"""
INSERT INTO looks (article, version, text_hash, at, size, score, topics, outlet, side, language,
    kind, repeated, title, said)
SELECT a.id, 0, '', :now, length(:said), NULL, '[]', {_KNOWN}, :repeated, :title, :said
FROM articles a LEFT JOIN feeds f ON f.key = a.feed WHERE a.id = :article ON CONFLICT DO NOTHING
"""  # noqa: S608


def note(db: Db, rows: Sequence[VerdictRow], now: datetime) -> None:
    """Note that the rules were shown these texts, as they were judged; inside the caller's write.

    The first time counts: what another model says of the same text later changes nothing.
    """
    cells = [
        {
            "article": row.article, "version": row.version, "now": stamp(now), "score": row.score,
            "topics": as_json(row.topics), "repeated": as_json(_repeated(row.given)),
        }
        for row in rows
    ]  # fmt: skip
    run_many(db, _NOTE, cells)


def note_headlines(db: Db, items: Sequence[Unjudged], now: datetime) -> None:
    """Note that the rules were shown these headlines while the page was late; inside a write."""
    cells = [
        {
            "article": item.article, "now": stamp(now), "title": item.title, "said": item.body,
            "repeated": as_json(item.repeated),
        }
        for item in items
    ]  # fmt: skip
    run_many(db, _HEADLINE, cells)


def _repeated(given: str) -> list[list[int]]:
    """What of the body was not read, from what the judge was told."""
    try:
        told = json.loads(given)["repeated"]
        return [[row["start"], row["end"], row["articles"]] for row in told]
    except (ValueError, KeyError, TypeError):
        return []


_FRESH = """
SELECT a.id FROM json_each(?) j JOIN articles a ON a.id = j.value
WHERE NOT EXISTS (SELECT 1 FROM looks l
    WHERE l.article = a.id AND l.version = a.version AND l.text_hash = a.text_hash)
"""


def fresh(db: Db, articles: Sequence[int]) -> set[int]:
    """Return those articles whose latest text the rules were not shown yet: it is news."""
    return {row["id"] for row in fetch(db, _FRESH, (ids_json(articles),))}


def forget(db: Db, before: datetime, batch: int = 5_000) -> int:
    """Forget what the rules were shown before then, a batch at a time; return how many."""
    sql = """DELETE FROM looks WHERE (article, version, text_hash) IN (
        SELECT article, version, text_hash FROM looks WHERE at < ? LIMIT ?)"""
    with write(db):
        return int(run(db, sql, (stamp(before), batch)))


def first_at(db: Db) -> datetime | None:
    """Return when the rules were first shown anything that is still known."""
    return instant_or_none(one(db, "SELECT min(at) FROM looks"))


def shown(db: Db, since: datetime) -> int:
    """Return how many articles the rules were shown since then."""
    sql = "SELECT count(DISTINCT article) FROM looks INDEXED BY looks_at WHERE at >= ?"
    return int(one(db, sql, (stamp(since),)))


# --- what a rule may concern ----------------------------------------------------------------

_LOOK: Final = """
SELECT l.article, l.version, l.text_hash, l.at, l.outlet, l.side, l.language, l.kind, l.score,
    l.topics, a.copy_of, a.decision, a.story
FROM {source} JOIN articles a ON a.id = l.article
WHERE {test}{order} LIMIT :limit
"""
# CROSS holds the order: asked of the index once, not once for each look.
SIEVED: Final = _LOOK.format(
    source="words w CROSS JOIN looks l ON l.article = w.rowid CROSS",
    test="w.words MATCH :sieve AND w.rowid >= :first AND l.at >= :since",
    order=" ORDER BY w.rowid DESC",
)
ALL: Final = _LOOK.format(
    source="looks l INDEXED BY looks_at", test="l.at >= :since", order=" ORDER BY l.at DESC"
)
# The index holds the latest text of an article, and no headline that waits for one.
OTHERS: Final = _LOOK.format(
    source="looks l INDEXED BY looks_at",
    test="l.at >= :since AND (l.version = 0 OR l.version <> a.version"
    " OR l.text_hash <> a.text_hash)",
    order=" ORDER BY l.at DESC",
)


class TookTooLong(StoreError):  # noqa: N818  # reads as a sentence where it is caught
    """A question was given up because its time was over."""


def candidates(
    db: Db, sieve: str, since: datetime, limit: int, over: Callable[[], bool] | None = None
) -> list[Look]:
    """Return what the rules were shown since then and ``sieve`` lets through, the newest first.

    An empty sieve lets everything through. One that the index cannot take is as good as none.

    Raises:
        TookTooLong: ``over`` said so before the answer was there.
    """
    first = one(db, "SELECT min(article) FROM looks WHERE at >= ?", (stamp(since),))
    if first is None:
        return []
    asked = {"sieve": sieve, "first": first, "since": stamp(since), "limit": limit}
    with _bounded(db, over):
        if not sieve:
            found = fetch(db, ALL, asked)
        else:
            try:
                found = fetch(db, SIEVED, asked)
            except StoreError:
                if over is not None and over():
                    raise
                return candidates(db, "", since, limit, over)
            found += fetch(db, OTHERS, asked)
    rows = {(row["article"], row["version"], row["text_hash"]): row for row in found}
    newest = sorted(rows.values(), key=lambda r: (r["at"], r["article"], r["version"]))[::-1]
    return [_look(row) for row in newest[:limit]]


@contextmanager
def _bounded(db: Db, over: Callable[[], bool] | None) -> Iterator[None]:
    """Give up what is asked inside the block when ``over`` says so; SQLite asks it now and then."""
    if over is None:
        yield
        return
    db.conn.set_progress_handler(lambda: int(over()), 20_000)
    try:
        yield
    except StoreError as error:
        if over():
            raise TookTooLong("the question took longer than there was time") from error
        raise
    finally:
        db.conn.set_progress_handler(None, 0)


def _look(row: Row) -> Look:
    return Look(
        article=row["article"],
        version=row["version"],
        text_hash=row["text_hash"],
        at=instant(row["at"]),
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        kind=row["kind"],
        score=row["score"],
        topics=tuple(json.loads(row["topics"])),
        story=f"s{row['story']}" if row["story"] else f"a{row['copy_of'] or row['article']}",
        copy_of=row["copy_of"],
        decision=row["decision"],
    )


_EARLIER = """
SELECT l.article, l.version, l.text_hash, l.at, l.outlet, l.side, l.language, l.kind, l.score,
    l.topics, a.copy_of, a.decision, a.story
FROM looks l JOIN articles a ON a.id = l.article WHERE l.at < :before AND l.article IN ({marks})
"""


def earlier(db: Db, articles: Sequence[int], before: datetime) -> list[Look]:
    """Return what the rules had been shown of these articles before then."""
    sql = _EARLIER.replace(":before", "?")
    return [_look(row) for row in fetch_in(db, sql, articles, before=(stamp(before),))]


_TEXTS = """
SELECT l.article, l.version, l.text_hash, l.size, l.outlet, l.side, l.language, l.kind, l.repeated,
    coalesce(l.title, v.title, a.title) AS title, coalesce(l.said, v.body) AS body,
    coalesce(a.final_url, a.url) AS url, coalesce(v.text_from, 'headline') AS text_from,
    a.copy_of, a.first_seen_at, a.published_at, a.published_original
FROM looks l JOIN articles a ON a.id = l.article
    LEFT JOIN versions v ON v.article = l.article AND v.version = l.version
        AND v.text_hash = l.text_hash
WHERE l.article IN ({marks})
"""


def texts(db: Db, looks: Sequence[Look]) -> list[tuple[Look, Unjudged | None]]:
    """Return each look with the text as the rules were shown it, in order.

    None: the text was forgotten, removed or replaced since.
    """
    wanted = {look.key for look in looks}
    rows = fetch_in(db, _TEXTS, list({look.article for look in looks}))
    found = {
        key: _item(row)
        for row in rows
        if (key := (row["article"], row["version"], row["text_hash"])) in wanted
    }
    return [(look, found.get(look.key)) for look in looks]


def _item(row: Row) -> Unjudged | None:
    body = row["body"]
    if body is None or (row["size"] and not body):
        return None
    return Unjudged(
        article=row["article"],
        version=row["version"],
        title=row["title"],
        body=body,
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        url=row["url"],
        text_from=row["text_from"],
        copy_of=row["copy_of"],
        refused=None,
        first_seen_at=instant(row["first_seen_at"]),
        published_at=instant_or_none(row["published_at"]),
        published_original=row["published_original"],
        repeated=tuple((a, b, n) for a, b, n in json.loads(row["repeated"])),
        genre=row["kind"],
    )
