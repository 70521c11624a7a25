"""Tags: free words that people put on articles. Lines are only added; ``tagged`` is what stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from store.desk import TagLine
from store.faults import StoreError
from store.rows import ids_json, instant, stamp
from store.sql import Db, Row, add_row, fetch, one, run, write

MOST = 20
"""Tags on one article."""
LENGTH = 40
"""Characters of a tag."""


def cleaned(text: str) -> str:
    """Return ``text`` as a tag: one line in small letters, no commas; "" when nothing is left.

    What nobody sees, as a pasted word often brings along, makes no second tag of the same look.
    """
    told = (" " if unicodedata.category(c) in _UNSEEN else c for c in text.lower() if _seen(c))
    words = unicodedata.normalize("NFC", "".join(told).replace(",", " ")).split()
    return " ".join(words).strip(_AROUND)[:LENGTH].strip(_AROUND)


_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # Persian, Urdu and emojis need them, inside a word
_AROUND = f"# {_JOINERS}"


def _seen(letter: str) -> bool:
    return unicodedata.category(letter) != "Cf" or letter in _JOINERS


def add(db: Db, *, article: int, tags: Sequence[str], by: str, now: datetime) -> list[str]:
    """Put tags on an article and return those that were not there; it survives a power cut.

    Each is ``cleaned`` first; what is no tag, and what would be more than ``MOST``, is left out.

    Raises:
        StoreError: there is no such article.
    """
    with write(db, durable=True):
        if one(db, "SELECT 1 FROM articles WHERE id = ?", (article,)) is None:
            raise StoreError(f"there is no article {article}: it was not tagged")
        held = of_article(db, article)
        wanted = [tag for tag in dict.fromkeys(map(cleaned, tags)) if tag and tag not in held]
        fresh = wanted[: max(0, MOST - len(held))]
        for tag in fresh:
            _line(db, article, tag, by, now, given=True)
            run(db, "INSERT INTO tagged (article, tag) VALUES (?, ?)", (article, tag))
    return fresh


def remove(db: Db, *, article: int, tag: str, by: str, now: datetime) -> bool:
    """Take a tag off an article; False when it was not there."""
    with write(db, durable=True):
        gone = run(db, "DELETE FROM tagged WHERE article = ? AND tag = ?", (article, tag))
        if gone:
            _line(db, article, tag, by, now, given=False)
    return bool(gone)


def _line(db: Db, article: int, tag: str, by: str, now: datetime, *, given: bool) -> None:
    cells = {"article": article, "tag": tag, "given": int(given), "by": by, "at": stamp(now)}
    add_row(db, "tags", cells)


def of_article(db: Db, article: int) -> list[str]:
    """Return the tags that stand on an article, in alphabetical order."""
    sql = "SELECT tag FROM tagged WHERE article = ? ORDER BY tag"
    return [row["tag"] for row in fetch(db, sql, (article,))]


def of_articles(db: Db, articles: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of several articles, of those that have any."""
    sql = """
    SELECT article, tag FROM tagged WHERE article IN (SELECT value FROM json_each(?))
    ORDER BY article, tag
    """
    found: dict[int, list[str]] = {}
    for row in fetch(db, sql, (ids_json(articles),)):
        found.setdefault(row["article"], []).append(row["tag"])
    return found


def in_use(db: Db, limit: int = 200) -> list[tuple[str, int]]:
    """Return the tags that stand on something, with on how many articles, the most used first."""
    sql = "SELECT tag, count(*) AS n FROM tagged GROUP BY tag ORDER BY n DESC, tag LIMIT ?"
    return [(row["tag"], row["n"]) for row in fetch(db, sql, (limit,))]


def history(db: Db, article: int) -> list[TagLine]:
    """Return who put which tag on an article and who took it off, the first line first."""
    sql = "SELECT * FROM tags WHERE article = ? ORDER BY id"
    return [_told(row) for row in fetch(db, sql, (article,))]


def _told(row: Row) -> TagLine:
    return TagLine(
        id=row["id"],
        article=row["article"],
        tag=row["tag"],
        given=bool(row["given"]),
        by=row["by"],
        at=instant(row["at"]),
    )
