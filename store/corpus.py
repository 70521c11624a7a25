"""The corpus: what people labelled and imported, its snapshots, and the models trained on it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.asides import without
from store.inquiry import Turn
from store.learned import Label, ModelRow, Snapshot
from store.rows import GENRE, TOPICS, as_json, instant, instant_or_none, spans, stamp
from store.sql import Db, Row, add_missing, add_row, fetch, run, storable, write

# --- labels ---------------------------------------------------------------------------------


# The text that was decided upon, where it is still kept. An answer that came with a copy's is an
# echo, not a second opinion: it would put one text on both sides of a held-out split.
_REVIEWED = f"""
SELECT a.id, coalesce(d.title, n.title, a.title) AS title, coalesce(d.body, n.body, a.summary)
    AS body, coalesce(d.aside, n.aside) AS aside, f.outlet,
    coalesce(a.language, nullif(f.language, '')) AS language, f.side,
    a.decision, a.decided_by, a.decided_at, coalesce(a.final_url, a.url) AS url, a.published_at,
    {TOPICS} AS topics, a.canonical_url, coalesce(d.body, n.body, a.summary) = '' AND EXISTS
        (SELECT 1 FROM texts_let_go g WHERE g.member = a.canonical_url) AS let_go
FROM articles a JOIN decisions l ON l.id = a.decision_id
    LEFT JOIN versions d ON d.article = a.id AND d.version = l.version
    LEFT JOIN versions n ON n.article = a.id AND n.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed LEFT JOIN verdicts v ON v.id = a.verdict
WHERE a.decision IS NOT NULL AND a.decision IN ('relevant', 'not_relevant') AND l.via IS NULL
    AND NOT EXISTS (SELECT 1 FROM pairs p WHERE p.article = a.id AND p.state = 'disputed')
ORDER BY a.decided_at, a.id
"""  # noqa: S608  # TOPICS is our own select


# A text that was removed, here or where an export came from, has nothing left to learn from.
_IMPORTED = """
SELECT id, title, body, outlet, language, side, relevant, origin, by, at, url, published_at,
    topics, record
FROM imports i
WHERE body <> '' OR (record IS NULL
    AND NOT EXISTS (SELECT 1 FROM texts_let_go g WHERE g.member = i.id))
ORDER BY at, id
"""


def labels(db: Db) -> list[Label]:
    """Return the labelled texts: imports first, then what people decided, in order of time.

    Of a text decided together with its copies, the one the person read is the label. One on which
    two people differ is left out until somebody settles it.
    """
    reviewed = fetch(db, _REVIEWED)
    own = {row["canonical_url"] for row in reviewed}
    told = [_imported(row) for row in fetch(db, _IMPORTED) if _brought(row) not in own]
    return told + [_reviewed(row) for row in reviewed if not row["let_go"]]


def _brought(row: Row) -> str | None:
    """The id of a text that an export brought; where it was decided upon here too, that counts."""
    return str(json.loads(row["record"])["id"]) if row["record"] else None


def _reviewed(row: Row) -> Label:
    return Label(
        id=f"article:{row['id']}",
        title=row["title"],
        body=without(row["body"], spans(row["aside"])),
        outlet=row["outlet"],
        language=row["language"],
        side=row["side"],
        relevant=row["decision"] == "relevant",
        origin="review",
        by=row["decided_by"],
        at=instant(row["decided_at"]),
        url=row["url"],
        published_at=instant_or_none(row["published_at"]),
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
    )


_PLAIN = ("id", "title", "body", "outlet", "language", "side", "origin", "by", "url")


def _imported(row: Row) -> Label:
    return Label(
        **{name: row[name] for name in _PLAIN},
        relevant=bool(row["relevant"]),
        at=instant(row["at"]),
        published_at=instant_or_none(row["published_at"]),
        topics=tuple(json.loads(row["topics"])),
    )


# --- snapshots ------------------------------------------------------------------------------


def snapshot(db: Db, now: datetime) -> Snapshot:
    """Record which labels the corpus holds now. The same corpus is the same snapshot."""
    with write(db):
        held = labels(db)
        members = sorted([label.id, label.relevant, _text_hash(label)] for label in held)
        name = hashlib.sha256(as_json(members).encode()).hexdigest()[:16]
        row = {
            "id": name,
            "created_at": stamp(now),
            "relevant": sum(label.relevant for label in held),
            "not_relevant": sum(not label.relevant for label in held),
            "origins": as_json(Counter(label.origin for label in held)),
            "members": as_json(members),
        }
        add_missing(db, "snapshots", [row])
    return next(kept for kept in snapshots(db) if kept.id == name)


def _text_hash(label: Label) -> str:
    text = f"{storable(label.title)}\n{storable(label.body)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def snapshots(db: Db) -> list[Snapshot]:
    """Return the snapshots, newest first."""
    sql = "SELECT * FROM snapshots ORDER BY created_at DESC, id"
    return [
        Snapshot(
            id=row["id"],
            created_at=instant(row["created_at"]),
            relevant=row["relevant"],
            not_relevant=row["not_relevant"],
            origins=json.loads(row["origins"]),
        )
        for row in fetch(db, sql)
    ]


# --- models ---------------------------------------------------------------------------------


def save_model(db: Db, row: ModelRow) -> None:
    """Keep a model; when it is live, no other is. Saving it again changes what is known of it."""
    cells = {
        "id": row.id,
        "trainer": row.trainer,
        "snapshot": row.snapshot,
        "created_at": stamp(row.created_at),
        "why": row.why,
        "figures": as_json(dict(row.figures)),
        "artifact": row.artifact,
    }
    with write(db):
        run(db, _SAVE_MODEL, cells)
        if row.live:
            set_live(db, row.id)


_SAVE_MODEL = """
INSERT INTO models (id, trainer, snapshot, created_at, live, why, figures, artifact)
VALUES (:id, :trainer, :snapshot, :created_at, 0, :why, :figures, :artifact)
ON CONFLICT (id) DO UPDATE SET trainer = excluded.trainer, snapshot = excluded.snapshot,
    created_at = excluded.created_at, why = excluded.why, figures = excluded.figures,
    artifact = excluded.artifact
"""


def set_live(db: Db, id: str | None) -> None:  # noqa: A002  # the column's name, and the contract's
    """Let this model judge from now on; None: the cold start judges."""
    with write(db):
        run(db, "UPDATE models SET live = 0 WHERE live = 1")
        run(db, "UPDATE models SET live = 1 WHERE id = ?", (id,))


def settle(db: Db, turn: Turn) -> None:
    """Let the turn's model judge from now on, and remember on what corpus that was settled."""
    with write(db, durable=True):
        set_live(db, turn.model)
        cells = {
            "snapshot": turn.snapshot,
            "model": turn.model or "",
            "by": turn.by,
            "at": stamp(turn.at),
            "why": turn.why,
        }
        add_row(db, "turns", cells)


def last_turn(db: Db) -> Turn | None:
    """Return what was settled last; None: nothing yet."""
    rows = fetch(db, "SELECT * FROM turns ORDER BY id DESC LIMIT 1")
    return _turn(rows[0]) if rows else None


def _turn(row: Row) -> Turn:
    return Turn(
        snapshot=row["snapshot"],
        model=row["model"] or None,
        by=row["by"],
        at=instant(row["at"]),
        why=row["why"],
    )


def models(db: Db, *, artifacts: bool = True) -> list[ModelRow]:
    """Return the models, newest first; without ``artifacts``, which are long, those are empty."""
    artifact = "artifact" if artifacts else "'' AS artifact"
    sql = f"""SELECT id, trainer, snapshot, created_at, live, why, figures, {artifact}
        FROM models ORDER BY created_at DESC, id"""  # noqa: S608  # our own column
    return [_model(row) for row in fetch(db, sql)]


def live_model(db: Db) -> ModelRow | None:
    """Return the model that judges; None: the cold start does."""
    rows = fetch(db, "SELECT * FROM models WHERE live = 1")
    return _model(rows[0]) if rows else None


def _model(row: Row) -> ModelRow:
    return ModelRow(
        id=row["id"],
        trainer=row["trainer"],
        snapshot=row["snapshot"],
        created_at=instant(row["created_at"]),
        live=bool(row["live"]),
        why=row["why"],
        figures=json.loads(row["figures"]),
        artifact=row["artifact"],
    )


# --- what it holds --------------------------------------------------------------------------


_COUNTS = """
SELECT (SELECT count(*) FROM articles) AS articles,
    (SELECT count(*) FROM articles WHERE version > 0) AS with_text,
    (SELECT count(*) FROM versions) AS versions,
    (SELECT count(*) FROM imports) AS imports,
    (SELECT count(*) FROM fixed) AS snapshots
"""
_BY: Mapping[str, str] = {
    "decided": "SELECT decision AS part, count(*) AS n FROM articles"
    " WHERE decision IS NOT NULL GROUP BY 1 ORDER BY 1",
    "by_month": "SELECT substr(first_seen_at, 1, 7) AS part, count(*) AS n FROM articles"
    " GROUP BY 1 ORDER BY 1",
    "by_outlet": "SELECT f.outlet AS part, count(*) AS n FROM articles a"
    " JOIN feeds f ON f.key = a.feed GROUP BY 1 ORDER BY 2 DESC, 1",
    "by_side": "SELECT coalesce(nullif(f.side, ''), 'unknown') AS part, count(*) AS n"
    " FROM articles a LEFT JOIN feeds f ON f.key = a.feed GROUP BY 1 ORDER BY 2 DESC, 1",
    "by_kind": f"SELECT {GENRE} AS part, count(*) AS n FROM articles a WHERE version > 0"  # noqa: S608
    " GROUP BY 1 ORDER BY 2 DESC, 1",
    "by_topic": "SELECT topic AS part, sum(n) AS n FROM article_counts"
    " WHERE unit = 'month' AND topic <> '' GROUP BY 1 HAVING sum(n) > 0 ORDER BY 2 DESC, 1",
    "decided_by_month": "SELECT substr(decided_at, 1, 7) AS part, count(*) AS n FROM articles"
    " WHERE decision IS NOT NULL GROUP BY 1 ORDER BY 1",
    "imports_by_outlet": "SELECT coalesce(nullif(outlet, ''), 'unknown') AS part, count(*) AS n"
    " FROM imports GROUP BY 1 ORDER BY 2 DESC, 1",
    "by_language": "SELECT coalesce(language, 'unknown') AS part, count(*) AS n FROM articles"
    " GROUP BY 1 ORDER BY 2 DESC, 1",
}


def stats(db: Db) -> dict[str, object]:
    """Count what the corpus holds: numbers, and numbers by decision, month, outlet, language."""
    found: dict[str, Any] = dict(fetch(db, _COUNTS)[0])
    for name, sql in _BY.items():
        found[name] = {row["part"]: row["n"] for row in fetch(db, sql)}
    return found
