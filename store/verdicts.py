"""Verdicts: which texts want one, and what each verdict means for its article."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta

from store import firings, looks
from store.firings import Firing
from store.grounds import pack_evidence, samples
from store.ledger import enter
from store.rows import as_json, ids_json, instant, instant_or_none, spans, stamp
from store.sql import Db, Row, fetch, fetch_in, one, run, run_many, storable, write
from store.types import Draw, Unjudged, VerdictRow

REJUDGE = timedelta(days=14)
"""A new model judges anew what was first seen so long before the newest article."""

_TEXTS = """
SELECT a.id, a.version, coalesce(v.title, a.title) AS title, coalesce(v.body, a.summary) AS body,
    coalesce(a.source_outlet, f.outlet) AS outlet, f.side,
    coalesce(a.language, nullif(f.language, '')) AS language,
    coalesce(a.final_url, a.url) AS url, coalesce(a.text_from, 'headline') AS text_from,
    a.copy_of, a.refused, a.refused_detail, a.first_seen_at, a.published_at, a.published_original,
    a.canonical_url, v.aside, a.genre, d.chance, d.band, d.drawn
FROM articles a {index} LEFT JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed LEFT JOIN audits d ON d.article = a.id
"""


def _unjudged(row: Row) -> Unjudged:
    return Unjudged(
        article=row["id"],
        version=row["version"],
        title=row["title"],
        body=row["body"],
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        url=row["url"],
        text_from=row["text_from"],
        copy_of=row["copy_of"],
        refused=row["refused"],
        refused_detail=row["refused_detail"],
        first_seen_at=instant(row["first_seen_at"]),
        published_at=instant_or_none(row["published_at"]),
        published_original=row["published_original"],
        canonical_url=row["canonical_url"],
        repeated=tuple((start, end, 0) for start, end in spans(row["aside"])),
        earlier=_draw(row),
        genre=row["genre"] or "",
    )


def _draw(row: Row) -> Draw | None:
    if row["chance"] is None:
        return None
    return Draw(chance=row["chance"], band=row["band"], drawn=bool(row["drawn"]))


# The models that judged anything, one index look-up each: asking for "any model but this one"
# directly would read every article ever judged.
_MODELS = """
WITH RECURSIVE m (model) AS (
    SELECT min(judged_model) FROM articles WHERE version > 0
    UNION ALL
    SELECT (SELECT min(judged_model) FROM articles WHERE version > 0 AND judged_model > m.model)
    FROM m WHERE m.model IS NOT NULL
)
SELECT model FROM m WHERE model IS NOT NULL
"""
UNJUDGED = (
    _TEXTS.format(index="INDEXED BY articles_judged")
    + """
WHERE a.version > 0 AND a.judged_model = :model AND a.first_seen_at >= :since
ORDER BY a.first_seen_at DESC LIMIT :limit
"""
)


def unjudged(db: Db, model: str, limit: int) -> list[Unjudged]:
    """Return texts the model has not judged, of the newest articles first.

    A text without any verdict always counts; one that another model judged counts while its
    article is among those first seen in the 14 days before the newest.
    """
    newest = one(db, "SELECT max(first_seen_at) FROM articles")
    if newest is None:
        return []
    recent = stamp(instant(newest) - REJUDGE)
    others = {row["model"] for row in fetch(db, _MODELS)} - {model}
    asked = [
        {"model": other, "since": recent if other else "", "limit": limit}
        for other in sorted(others)
    ]
    rows = [fetch(db, UNJUDGED, params) for params in asked]
    merged = heapq.merge(*rows, key=lambda row: str(row["first_seen_at"]), reverse=True)
    return [_unjudged(row) for row, _ in zip(merged, range(limit), strict=False)]


_UNMATCHED = (
    _TEXTS.format(index="INDEXED BY articles_unmatched")
    + """
WHERE a.state = 'found' AND a.version = 0 AND a.matched = 0 AND a.first_seen_at < ?
ORDER BY a.first_seen_at LIMIT ?
"""
)
_RECENT = (
    _TEXTS.format(index="")
    + """
WHERE a.first_seen_at >= ? AND a.version > 0 AND a.copy_of IS NULL
ORDER BY a.first_seen_at DESC, a.id DESC LIMIT ?
"""
)
_SINCE = _TEXTS.format(index="") + "WHERE a.first_seen_at >= ? ORDER BY a.first_seen_at, a.id"


def unmatched(db: Db, first_seen_before: datetime, limit: int) -> list[Unjudged]:
    """Return articles still without any text whose headline no rule has looked at; version 0."""
    return [_unjudged(row) for row in fetch(db, _UNMATCHED, (stamp(first_seen_before), limit))]


def matched_articles(db: Db, since: datetime) -> list[Unjudged]:
    """Return every article first seen since then, with its text or its headline, oldest first."""
    return [_unjudged(row) for row in fetch(db, _SINCE, (stamp(since),))]


_THESE = _TEXTS.format(index="") + "WHERE a.id IN ({marks})"


def texts_of(db: Db, articles: Sequence[int]) -> list[Unjudged]:
    """Return these articles as they would be judged now, whoever judged them before."""
    return [_unjudged(row) for row in fetch_in(db, _THESE, articles)]


def recent(db: Db, since: datetime, limit: int) -> list[Unjudged]:
    """Return texts first seen since then, judged or not, the newest first; no copies."""
    return [_unjudged(row) for row in fetch(db, _RECENT, (stamp(since), limit))]


def mark_matched(db: Db, items: Sequence[Unjudged], fired: Sequence[Firing], now: datetime) -> int:
    """Note that the rules looked at these headlines, and where one met.

    Returns how many of the firings were new.
    """
    articles = [item.article for item in items]
    with write(db):
        looks.note_headlines(db, items, now)
        run(
            db,
            "UPDATE articles SET matched = 1 WHERE id IN (SELECT value FROM json_each(?))",
            (ids_json(articles),),
        )
        return firings.put(db, fired)


# --- what a verdict means -------------------------------------------------------------------


def save_verdicts(
    db: Db, rows: Sequence[VerdictRow], fired: Sequence[Firing], now: datetime
) -> int:
    """Keep a batch of verdicts and what follows from them: route, books, firings, all or nothing.

    A verdict on a text that was replaced meanwhile is kept and moves nothing. Of several topics the
    one that asks most of people decides. A copy stays a duplicate; what people decided stands.
    Returns how many of the firings were new.
    """
    with write(db):
        words = samples(db)
        run_many(db, _KEEP, [_cells(row, now) | _pressed(row, words) for row in rows])
        leading = _leading(rows)
        ids = _verdict_ids(db, leading)
        run_many(
            db,
            _APPLY,
            [_cells(row, now) | {"verdict": ids[_identity(row)]} for row in leading],
        )
        looks.note(db, leading, now)
        run_many(db, _DRAWN, [_cells(row, now) for row in leading if row.route != "queue"])
        enter(db, [row.article for row in leading])
        return firings.put(db, fired)


_KEEP = """
INSERT INTO verdicts (article, version, topic, model, lexicon, score, relevant, topics, evidence,
    route, route_why, probability, disposition, reason, reason_detail, judged_at, threshold,
    calibrated, given, snapshot, text_hash, packed)
VALUES (:article, :version, :topic, :model, :lexicon, :score, :relevant, :topics, '',
    :route, :route_why, :probability, :disposition, :reason, :reason_detail, :now, :threshold,
    :calibrated, '', coalesce((SELECT snapshot FROM models WHERE id = :trained), ''),
    coalesce((SELECT text_hash FROM versions WHERE article = :article AND version = :version), ''),
    :packed)
ON CONFLICT (article, version, topic, model) DO UPDATE SET lexicon = excluded.lexicon,
    score = excluded.score, relevant = excluded.relevant, topics = excluded.topics,
    evidence = excluded.evidence, route = excluded.route, route_why = excluded.route_why,
    probability = excluded.probability, disposition = excluded.disposition,
    reason = excluded.reason, reason_detail = excluded.reason_detail,
    judged_at = excluded.judged_at, threshold = excluded.threshold,
    calibrated = excluded.calibrated, given = excluded.given, snapshot = excluded.snapshot,
    text_hash = excluded.text_hash, packed = excluded.packed
"""
_APPLY = """
UPDATE articles SET verdict = :verdict, judged_model = :model, score = :score,
    route = CASE WHEN {rescued} THEN 'queue' ELSE :route END, topics = :topics, matched = 1,
    queued_at = CASE WHEN :route = 'queue' THEN coalesce(queued_at, :now) ELSE queued_at END,
    outcome = CASE WHEN {kept} THEN outcome WHEN {rescued} THEN 'queued'
        WHEN copy_of IS NULL THEN :disposition
        ELSE 'duplicate' END,
    outcome_reason = CASE WHEN {kept} THEN outcome_reason WHEN {rescued} THEN NULL
        WHEN copy_of IS NULL THEN :reason
        ELSE copy_how END,
    outcome_detail = CASE WHEN {kept} THEN outcome_detail WHEN {rescued} THEN ''
        WHEN copy_of IS NULL THEN :reason_detail
        ELSE '' END
WHERE id = :article AND version = :version
""".format(
    kept="overruled = 1 AND outcome = 'dropped'",
    rescued="rescued = 1 AND copy_of IS NULL AND :route = 'reject'",
)
# What a person put into the queue stays there, whatever a later verdict says of it.
# What was refused keeps its place in the books when a person says that it is an article.
# The first rejection counts and no later one: decisions on a drawn article teach the model that
# judges it again, so what happens to it afterwards says nothing of those that were not drawn. A
# copy is spoken for by its original, and what people decided on was not missed.
_DRAWN = """
INSERT INTO audits (article, rejected_at, score, calibrated, band, chance, drawn)
SELECT id, :now, :score, coalesce(:calibrated, 0), coalesce(:band, 0), :probability,
    :route = 'sample'
FROM articles
WHERE id = :article AND version = :version AND copy_of IS NULL AND decision IS NULL
ON CONFLICT (article) DO NOTHING
"""
_RANK = {"queue": 2, "sample": 1, "reject": 0}


def _cells(row: VerdictRow, now: datetime) -> Row:
    return {
        "article": row.article,
        "version": row.version,
        "topic": row.topic,
        "model": row.model,
        "lexicon": row.lexicon,
        "score": row.score,
        "relevant": int(row.relevant),
        "topics": as_json(row.topics),
        "evidence": row.evidence,
        "route": row.route,
        "route_why": row.route_why,
        "probability": row.probability,
        "disposition": row.disposition,
        "reason": row.reason,
        "reason_detail": row.reason_detail,
        "band": row.band,
        "threshold": row.threshold,
        "calibrated": None if row.calibrated is None else int(row.calibrated),
        "given": row.given,
        "trained": row.model.partition("+")[0],  # what a team laid over a model follows the plus
        "now": stamp(now),
    }


def _pressed(row: VerdictRow, words: tuple[int, bytes] | None) -> Row:
    return {"packed": pack_evidence(row.evidence, row.given, words)}


def _leading(rows: Sequence[VerdictRow]) -> list[VerdictRow]:
    best: dict[int, VerdictRow] = {}
    for row in rows:
        rival = best.get(row.article)
        if rival is None or _claim(row) > _claim(rival):
            best[row.article] = row
    return list(best.values())


def _claim(row: VerdictRow) -> tuple[int, int, float]:
    return row.version, _RANK[row.route], row.score


_Identity = tuple[int, int, str, str]


def _identity(row: VerdictRow) -> _Identity:
    return row.article, row.version, storable(row.topic), storable(row.model)


def _verdict_ids(db: Db, rows: Sequence[VerdictRow]) -> dict[_Identity, int]:
    found = fetch_in(
        db,
        "SELECT id, article, version, topic, model FROM verdicts WHERE article IN ({marks})",
        [row.article for row in rows],
    )
    return {(r["article"], r["version"], r["topic"], r["model"]): r["id"] for r in found}
