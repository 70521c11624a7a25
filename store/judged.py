"""Verdicts looked back upon: how each was come to, and what people said to the scores."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from store.dictionaries import Dictionaries
from store.grounds import evidence_of
from store.inquiry import Judged, Teacher, Tried, Week
from store.learned import Label
from store.rows import instant, instant_or_none, stamp
from store.sql import Db, Row, fetch, fetch_in, one, tuples

# --- records of verdicts --------------------------------------------------------------------

_VERDICTS = """
SELECT v.*, v.id IS (SELECT a.verdict FROM articles a WHERE a.id = v.article) AS stands
FROM verdicts v
"""


def of_article(db: Db, article: int) -> list[Judged]:
    """Return every verdict an article was ever given, the first one first."""
    sql = f"{_VERDICTS} WHERE v.article = ? ORDER BY v.judged_at, v.id"
    known = Dictionaries(db.conn)
    return [_judged(row, known) for row in fetch(db, sql, (article,))]


def standing(db: Db, article: int) -> Judged | None:
    """Return the verdict that stands today; None while there is none."""
    return next((found for found in of_article(db, article) if found.stands), None)


def _judged(row: Row, known: Dictionaries) -> Judged:
    if row["packed"] is not None:
        row["evidence"], row["given"] = evidence_of(row["packed"], known)
    return Judged(
        id=row["id"],
        article=row["article"],
        version=row["version"],
        topic=row["topic"],
        model=row["model"],
        lexicon=row["lexicon"],
        score=row["score"],
        relevant=bool(row["relevant"]),
        topics=tuple(json.loads(row["topics"])),
        evidence=row["evidence"],
        route=row["route"],
        route_why=row["route_why"],
        judged_at=instant(row["judged_at"]),
        stands=bool(row["stands"]),
        threshold=row["threshold"],
        calibrated=None if row["calibrated"] is None else bool(row["calibrated"]),
        given=row["given"],
        snapshot=row["snapshot"],
        text_hash=row["text_hash"],
    )


def answers(db: Db) -> tuple[int, int]:
    """Return on how many articles "relevant" stands, and on how many "not relevant"."""
    found = {row["answer"]: row["n"] for row in fetch(db, "SELECT answer, n FROM answer_counts")}
    return found.get("relevant", 0), found.get("not_relevant", 0)


def artifact_of(db: Db, model: str) -> str | None:
    """Return the artifact of a model as JSON, by the model's name in a verdict; None: not kept."""
    found: str | None = one(
        db, "SELECT artifact FROM models WHERE id = ?", (model.partition("+")[0],)
    )
    return found


# --- who taught it --------------------------------------------------------------------------

_REVIEWED = """
SELECT a.id, a.title, f.outlet, a.decision, coalesce(a.decided_by, '') AS by, a.decided_at AS at,
    coalesce(a.final_url, a.url) AS url, coalesce(a.language, nullif(f.language, '')) AS language
FROM articles a LEFT JOIN feeds f ON f.key = a.feed WHERE a.id IN ({marks})
"""
_IMPORTED = """
SELECT id, title, outlet, relevant, by, at, url, language FROM imports WHERE id IN ({marks})
"""
_STANDS = {"relevant": True, "not_relevant": False}


def teachers(db: Db, ids: Sequence[str]) -> dict[str, Teacher]:
    """Return those of the examples that are still held, by id ("article:12", "import:<hash>")."""
    numbers = [int(name[8:]) for name in ids if name.startswith("article:") and _whole(name[8:])]
    found = [_reviewed(row) for row in fetch_in(db, _REVIEWED, numbers)]
    found += [_imported(row) for row in fetch_in(db, _IMPORTED, list(ids))]
    return {teacher.id: teacher for teacher in found}


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _reviewed(row: Row) -> Teacher:
    return Teacher(
        id=f"article:{row['id']}",
        title=row["title"],
        outlet=row["outlet"] or "",
        relevant=_STANDS.get(row["decision"]),
        by=row["by"],
        at=instant_or_none(row["at"]),
        article=row["id"],
        url=row["url"],
        language=row["language"],
    )


def _imported(row: Row) -> Teacher:
    return Teacher(
        id=row["id"],
        title=row["title"],
        outlet=row["outlet"],
        relevant=bool(row["relevant"]),
        by=row["by"],
        at=instant(row["at"]),
        url=row["url"],
        language=row["language"],
    )


_LIKE = """
SELECT 'article:' || a.id AS id, v.title, v.body, f.outlet,
    coalesce(a.language, nullif(f.language, '')) AS language, f.side, 'review' AS origin,
    a.decided_by AS by, a.decided_at AS at, coalesce(a.final_url, a.url) AS url, a.published_at
FROM articles a INDEXED BY articles_decided
    JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.decision = 'relevant' AND a.decision IS NOT NULL AND a.copy_of IS NULL AND v.held
    AND a.id <> :article AND a.id IS NOT (SELECT copy_of FROM articles WHERE id = :article)
ORDER BY a.decided_at DESC LIMIT :most
"""
_SEEDS = """
SELECT id, title, body, outlet, language, side, origin, by, at, url, published_at FROM imports
WHERE relevant = 1 AND body <> '' ORDER BY origin = 'seed' DESC, at DESC LIMIT :most
"""


_REVIEWED_TEXT = """
SELECT 'article:' || a.id AS id, v.title, v.body, f.outlet,
    coalesce(a.language, nullif(f.language, '')) AS language, f.side, 'review' AS origin,
    a.decision IS 'relevant' AS relevant, coalesce(a.decided_by, '') AS by,
    coalesce(a.decided_at, a.first_seen_at) AS at, coalesce(a.final_url, a.url) AS url,
    a.published_at
FROM articles a JOIN versions v ON v.article = a.id AND v.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed
WHERE a.id = ?
"""
_IMPORTED_TEXT = """
SELECT id, title, body, outlet, language, side, origin, relevant, by, at, url, published_at
FROM imports WHERE id = ?
"""


def example(db: Db, name: str) -> Label | None:
    """Return one example with its text ("article:12", "import:<hash>"); None where not held.

    ``relevant`` is what stands today: a decision may have been undone since it taught.
    """
    number = name.removeprefix("article:")
    reviewed = name.startswith("article:") and _whole(number)
    sql, key = (_REVIEWED_TEXT, int(number)) if reviewed else (_IMPORTED_TEXT, name)
    rows = fetch(db, sql, (key,))
    return replace(_label(rows[0]), relevant=bool(rows[0]["relevant"])) if rows else None


def quotable(db: Db, article: int, most: int) -> list[Label]:
    """Return relevant texts to quote from beside an article: imports, then the newest accepted.

    At most ``most`` of each. Not the article itself, nor a copy.
    """
    asked = {"article": article, "most": most}
    return [_label(row) for sql in (_SEEDS, _LIKE) for row in fetch(db, sql, asked)]


def _label(row: Row) -> Label:
    return Label(
        id=row["id"],
        title=row["title"],
        body=row["body"],
        outlet=row["outlet"] or "",
        language=row["language"],
        side=row["side"],
        relevant=True,
        origin=row["origin"],
        by=row["by"] or "",
        at=instant(row["at"]),
        url=row["url"],
        published_at=instant_or_none(row["published_at"]),
    )


# --- scores against decisions ---------------------------------------------------------------

# Of each article the first answer alone: the score it was given then came from a model that could
# not have learnt from this text, which is no longer sure of any later answer. An answer that came
# with a copy's is no second opinion, and neither is that on a copy of what was decided before.
# "+" keeps it to the walk from the newest: by the index of answers all would be read and sorted.
_BEFORE = """EXISTS (SELECT 1 FROM decisions e WHERE e.article = {article} AND e.id < d.id
            AND e.answer IN ('relevant', 'not_relevant') AND e.via IS NULL)"""
_FIRST_ANSWERS = f"""
WITH newest AS MATERIALIZED (
    SELECT d.* FROM decisions d CROSS JOIN articles a ON a.id = d.article
    WHERE +d.answer IN ('relevant', 'not_relevant') AND d.via IS NULL
        AND d.score IS NOT NULL AND d.at >= :since
        AND d.id >= coalesce((SELECT min(id) FROM decisions WHERE at >= :since), 0)
        AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
        AND NOT {_BEFORE.format(article="coalesce(a.copy_of, a.id)")}
        AND NOT EXISTS (SELECT 1 FROM articles c WHERE c.copy_of = coalesce(a.copy_of, a.id)
            AND {_BEFORE.format(article="c.id")})
    ORDER BY d.id DESC LIMIT :most
)
SELECT d.article, d.score, d.answer, d.at, v.calibrated, v.route
FROM newest d
    LEFT JOIN verdicts v ON v.article = d.article AND v.version = d.version AND v.model = d.model
ORDER BY d.id DESC
"""  # noqa: S608  # the fragment stands above
MOST_TRIED = 5000


def tried(db: Db, since: datetime | None = None) -> list[Tried]:
    """Return scores that people answered before the model had learnt from the text, newest first.

    The newest 5,000 at most. An answer that was undone does not count.
    """
    asked = {"since": stamp(since) if since else "", "most": MOST_TRIED}
    return [
        Tried(
            article=article,
            score=score,
            relevant=answer == "relevant",
            at=instant(at),
            calibrated=bool(calibrated),
            queued=route != "sample",
        )
        for article, score, answer, at, calibrated, route in tuples(db, _FIRST_ANSWERS, asked)
    ]


def state(db: Db) -> tuple[int | None, ...]:
    """Return numbers that change with every decision, verdict, model and weekly list of names."""
    sql = """SELECT (SELECT max(id) FROM decisions) AS a, (SELECT max(id) FROM verdicts) AS b,
        (SELECT max(id) FROM turns) AS c, (SELECT count(*) FROM name_lists) AS d,
        (SELECT count(*) FROM models) AS e"""
    return tuple(fetch(db, sql)[0].values())


# --- week by week ---------------------------------------------------------------------------

WEEKS = 10
_DAYS = timedelta(days=7)
# Whole hours: a week begins with the full hour that is nearest, half an hour off at most; the hour
# that has just begun belongs to the last week.
_FIRST_VERDICTS = """
SELECT (CAST(round(24 * (julianday(:until) - julianday(hour || ':00'))) AS INTEGER) - 1) / 168
    AS back, sum(judged) AS judged, sum(queued) AS queued, sum(near) AS near
FROM judged_hours
WHERE hour >= :since AND hour <= substr(:now, 1, 13) AND judged <> 0 GROUP BY 1
"""
# A list of few texts tells of chance.
_NAMES = """
SELECT CAST((julianday(:now) - julianday(made_at)) / 7 AS INTEGER) AS back,
    avg(100.0 * json_array_length(names) / wanted) AS names
FROM name_lists WHERE made_at > :since AND made_at <= :now AND wanted >= 10 GROUP BY 1
"""


def weeks(
    db: Db, now: datetime, count: int = WEEKS, answered: Sequence[Tried] | None = None
) -> list[Week]:
    """Return the last weeks, the newest first: what was judged, queued and answered in each.

    An article counts where its first verdict stands, an answer where it was given. ``answered`` is
    what ``tried`` gives, where the caller has it.
    """
    since = now - count * _DAYS
    asked = {"now": stamp(now), "since": stamp(since)}
    until = now + timedelta(minutes=30)
    hours = {
        "until": f"{stamp(until)[:13]}:00",
        "since": stamp(until - count * _DAYS)[:13],
        "now": asked["now"],
    }
    judged = {row["back"]: row for row in fetch(db, _FIRST_VERDICTS, hours)}
    named = {row["back"]: row["names"] for row in fetch(db, _NAMES, asked)}
    answers: dict[int, list[tuple[float, bool]]] = {}
    for found in tried(db, since) if answered is None else answered:
        if found.queued and since <= found.at <= now:
            back = (now - found.at) // _DAYS
            answers.setdefault(back, []).append((found.score, found.relevant))
    empty: Row = Counter()
    return [
        Week(
            back=back,
            judged=judged.get(back, empty)["judged"],
            queued=judged.get(back, empty)["queued"],
            near=judged.get(back, empty)["near"],
            tried=tuple(answers.get(back, ())),
            names=named.get(back),
        )
        for back in range(count)
    ]
