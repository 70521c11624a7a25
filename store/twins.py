"""What is here already and may be the same as a text that somebody brings in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from store.brought import Held
from store.copies import ASKED, folded_value, similar
from store.rows import SKETCH, as_json, instant_or_none, unpacked
from store.sql import Db, Row, fetch, fetch_in

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 20

_ARTICLES = f"""
SELECT a.id, a.title, coalesce(a.source_outlet, f.outlet, '') AS outlet,
    coalesce(a.published_at, a.first_seen_at) AS at, a.decision, a.text_hash, a.title_key,
    {SKETCH}, a.canonical_url
FROM articles a LEFT JOIN feeds f ON f.key = a.feed WHERE {{column}} IN ({{{{marks}}}})
"""  # noqa: S608  # the fragment stands in store.rows
_BY_NUMBER = _ARTICLES.format(column="a.id")
_BY_ADDRESS = _ARTICLES.format(column="a.canonical_url")
_IMPORTS = """
SELECT i.id, i.title, i.outlet, coalesce(i.published_at, i.at) AS at, i.relevant, i.text_hash,
    i.title_key, i.sketch, i.canonical_url
FROM imports i WHERE {column} IN ({{marks}})
"""
_IMPORTED = _IMPORTS.format(column="i.id")
_IMPORTED_HASH = _IMPORTS.format(column="i.text_hash")
_IMPORTED_ADDRESS = _IMPORTS.format(column="i.canonical_url")
_SHARING = """
SELECT imported, count(*) AS shared FROM import_sketches
WHERE value IN (SELECT value FROM json_each(?)) GROUP BY imported ORDER BY shared DESC LIMIT ?
"""
_DECIDED = {"relevant": True, "not_relevant": False}


def held_like(
    db: Db, *, text_hash: str, sketch: Sequence[int], addresses: Sequence[str] = ()
) -> list[Held]:
    """Return the articles and imports that have this text, much of it, or one of the addresses.

    They are candidates: whether they are the same is for the comparison of texts to say. Articles
    are found by parts of their text while their sketch is kept (30 days), and by the whole text or
    the address for ever; imports always.
    """
    like = similar(db, sketch, text_hash, _EVER, 0, _MOST) if text_hash else []
    rows = fetch_in(db, _BY_NUMBER, [candidate.article for candidate in like])
    rows += fetch_in(db, _BY_ADDRESS, list(addresses))
    articles = {row["id"]: _article(row) for row in rows}
    return [*articles.values(), *_imports(db, text_hash, sketch, addresses)]


def _imports(db: Db, text_hash: str, sketch: Sequence[int], addresses: Sequence[str]) -> list[Held]:
    values = as_json([folded_value(value) for value in sketch[-ASKED:]])
    sharing = [row["imported"] for row in fetch(db, _SHARING, (values, _MOST))]
    rows = fetch_in(db, _IMPORTED, sharing)
    rows += fetch_in(db, _IMPORTED_HASH, [text_hash] if text_hash else [])
    rows += fetch_in(db, _IMPORTED_ADDRESS, list(addresses))
    return list({row["id"]: _import(row) for row in rows}.values())


def _article(row: Row) -> Held:
    return Held(
        id=f"article:{row['id']}",
        title=row["title"],
        outlet=row["outlet"],
        at=instant_or_none(row["at"]),
        relevant=_DECIDED.get(row["decision"]),
        text_hash=row["text_hash"] or "",
        title_key=row["title_key"] or "",
        sketch=unpacked(row["sketch"] or "[]"),
        canonical_url=row["canonical_url"] or "",
    )


def _import(row: Row) -> Held:
    return Held(
        id=row["id"],
        title=row["title"],
        outlet=row["outlet"],
        at=instant_or_none(row["at"]),
        relevant=bool(row["relevant"]),
        text_hash=row["text_hash"] or "",
        title_key=row["title_key"],
        sketch=tuple(json.loads(row["sketch"])),
        canonical_url=row["canonical_url"] or "",
    )
