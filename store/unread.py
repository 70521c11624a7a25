"""Texts not yet read for claims and quotes, and the note that they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.claims import marks_of, replace_claims
from store.lineage import ClaimFacts, QuoteFacts, SpokenFacts, Unread
from store.quotes import replace_quotes
from store.rows import instant, instant_or_none, spans, stamp, stamp_or_none
from store.sql import Db, Row, fetch, one, run, write
from store.telling import replace_spoken

_READ = "a.version || ':' || coalesce(a.text_hash, '')"
_COLUMNS = f"""
SELECT a.id AS article, a.version, {_READ} AS read, v.title, v.body, v.aside,
    coalesce(a.source_outlet, f.outlet, '') AS outlet, coalesce(f.side, '') AS side,
    a.first_seen_at, a.published_at, v.seen_at, a.copy_of AS original
FROM articles a {{index}} JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed
"""  # noqa: S608  # our own expression
_ARTICLES = (
    _COLUMNS.format(index="INDEXED BY articles_unclaimed")
    + """
WHERE a.copy_of IS NULL AND a.version > 0
    AND a.claimed <> a.version || ':' || coalesce(a.text_hash, '')
    AND (a.route = 'queue' OR a.decision = 'relevant') AND a.disposition = 'queued'
    AND a.decision IS NOT 'not_relevant'
ORDER BY a.id LIMIT ?
"""
)
# Near copies may have another toll; the same text has not.
_COPIES = (
    _COLUMNS.format(index="INDEXED BY articles_copies_unclaimed")
    + """
    JOIN articles o ON o.id = a.copy_of AND o.claimed <> '' AND o.decision IS NOT 'not_relevant'
WHERE a.copy_how = 'near_text' AND a.claimed <> a.version || ':' || coalesce(a.text_hash, '')
    AND a.first_seen_at >= ? ORDER BY a.first_seen_at LIMIT ?
"""
)
# A toll that rises is often told without a word of the topic: what was queued vouches for it.
_COMPANY = f"""{_COLUMNS.format(index="")}
WHERE a.id IN (
    SELECT m.id FROM (
            SELECT DISTINCT story FROM articles INDEXED BY articles_queued
            WHERE queued_at >= ? AND disposition = 'queued' AND decision IS NOT 'not_relevant'
        ) ours CROSS JOIN articles m INDEXED BY articles_story ON m.story = ours.story
    WHERE m.copy_of IS NULL AND m.version > 0 AND m.decision IS NOT 'not_relevant'
        AND m.claimed <> m.version || ':' || coalesce(m.text_hash, ''))
ORDER BY a.id LIMIT ?
"""  # noqa: S608  # our own columns
_IMPORTS = """
SELECT id, title, body, outlet, coalesce(side, '') AS side, published_at, at FROM imports
WHERE claimed = 0 AND relevant = 1 ORDER BY at, id LIMIT ?
"""


def unread(db: Db, *, copies_since: datetime, limit: int) -> list[Unread]:
    """Return texts to be read for claims: imported, wanted, near copies of those, their company.

    Wanted is what the judgement queued and nobody refused, and what somebody decided to be
    relevant; company is what tells the same story, whatever its score. A text read once comes again
    only when it was edited.
    """
    found = [_imported(row) for row in fetch(db, _IMPORTS, (limit,))]
    found += [_article(row) for row in fetch(db, _ARTICLES, (limit,))]
    found += [_article(row) for row in fetch(db, _COPIES, (stamp(copies_since), limit))]
    known = {text.article for text in found}
    beside = fetch(db, _COMPANY, (stamp(copies_since), limit)) if len(found) < limit else []
    found += [_article(row) for row in beside if row["article"] not in known]
    return found[:limit]


def _article(row: Row) -> Unread:
    first_seen = instant(row["first_seen_at"])
    told = instant_or_none(row["published_at"]) or first_seen
    return Unread(
        article=row["article"],
        imported=None,
        version=row["version"],
        read=row["read"],
        title=row["title"],
        body=row["body"],
        aside=spans(row["aside"]),
        outlet=row["outlet"],
        side=row["side"],
        told_at=instant(row["seen_at"]) if row["version"] > 1 else told,
        seen_at=first_seen,
        original=row["original"],
    )


def _imported(row: Row) -> Unread:
    return Unread(
        article=None,
        imported=row["id"],
        version=0,
        read="1",
        title=row["title"],
        body=row["body"],
        aside=(),
        outlet=row["outlet"],
        side=row["side"],
        told_at=instant_or_none(row["published_at"]),
        seen_at=instant(row["at"]),
    )


def note(
    db: Db, text: Unread, claims: Sequence[ClaimFacts], quotes: Sequence[QuoteFacts],
    now: datetime, spoken: Sequence[SpokenFacts] = (),
) -> tuple[int, int]:  # fmt: skip
    """Keep what a text claims and quotes, and that it was read, in one write; count what is new.

    ``spoken`` is whom it lets speak; of an imported text that is not kept.
    A copy keeps only what its original does not say. A text edited meanwhile is left for the next
    time, and nothing is kept of it.
    """
    owner: Row = {"article": text.article} if text.article else {"imported": text.imported}
    source: Row = {"outlet": text.outlet, "side": text.side, "title": text.title[:500],
                   "told_at": stamp_or_none(text.told_at)}  # fmt: skip
    with write(db):
        if text.article and one(db, _READ_OF, (text.article,)) != text.read:
            return 0, 0
        said = marks_of(db, text.original) if text.original else frozenset()
        own = [facts for facts in claims if facts.mark not in said]
        new = replace_claims(db, owner, text.version, own, source, now)
        told = 0
        if text.original is None:
            told = replace_quotes(db, owner, text.version, quotes, source, now)
        if text.article and text.original is None:
            replace_spoken(db, text.article, text.version, spoken, source["told_at"])
        _mark_read(db, text)
    return new, told


_READ_OF = f"SELECT {_READ} FROM articles a WHERE a.id = ?"  # noqa: S608  # our own expression


def _mark_read(db: Db, text: Unread) -> None:
    if text.article:
        run(db, "UPDATE articles SET claimed = ? WHERE id = ?", (text.read, text.article))
    else:
        run(db, "UPDATE imports SET claimed = 1 WHERE id = ?", (text.imported,))
