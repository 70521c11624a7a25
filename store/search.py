"""Search over all texts: words are folded before they are indexed and before they are looked for.

Folding makes one letter of what keyboards write as several (ي ی, ك ک, ه ہ), drops vowel signs,
tatweel and the invisible joiners, so that a word is found however its outlet spells it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from store.faults import StoreCorrupt, StoreError
from store.rows import ARTICLE_ROWS, article_row, stamp
from store.sql import Db, fetch, run, write
from store.types import Answer, ArticleRow

MAX_TERMS = 32  # beyond it a query is a pasted text; its first words serve

_ONE_LETTER = {
    "يىئېۍےۓ": "ی",
    "ك": "ک",
    "هۀۂۃة": "ہ",
    "أإآٱ": "ا",
    "ؤ": "و",
    "٠۰": "0",
    "١۱": "1",
    "٢۲": "2",
    "٣۳": "3",
    "٤۴": "4",
    "٥۵": "5",
    "٦۶": "6",
    "٧۷": "7",
    "٨۸": "8",
    "٩۹": "9",
}
_DROPPED = [
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), *range(0x06D6, 0x06DD),
    *range(0x06DF, 0x06E5), *range(0x06E7, 0x06E9), *range(0x06EA, 0x06EE),
    0x0640, 0x0670, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A),
    0xFEFF, 0x00AD,
]  # fmt: skip
_FOLD: dict[int, str | None] = {ord(c): to for chars, to in _ONE_LETTER.items() for c in chars}
_FOLD |= dict.fromkeys(_DROPPED)


def fold(text: str) -> str:
    """Return the text as the index holds it. Changing this needs a migration that indexes anew."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_FOLD)


def index(db: Db, article: int, new: tuple[str, str], old: tuple[str, str] | None) -> None:
    """Put (title, body) of an article into the index in place of the old, inside a write.

    ``old`` must be exactly what was indexed: the index holds no text to look it up in.
    """
    if old is not None:
        run(
            db,
            "INSERT INTO words (words, rowid, title, body) VALUES ('delete', ?, ?, ?)",
            (article, fold(old[0]), fold(old[1])),
        )
    run(
        db,
        "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
        (article, fold(new[0]), fold(new[1])),
    )


def reindex(db: Db) -> int:
    """Make the whole index anew from the latest texts and return how many there are.

    For a file whose index alone is damaged, and for a migration that changes ``fold``.
    """
    with write(db):
        run(db, "INSERT INTO words (words) VALUES ('delete-all')")
        numbers = [row["article"] for row in fetch(db, "SELECT DISTINCT article FROM versions")]
        for number in numbers:  # one text at a time: together they may not fit in memory
            [latest] = fetch(db, _LATEST, (number,))
            index(db, number, (latest["title"], latest["body"]), None)
    return len(numbers)


_LATEST = "SELECT title, body FROM versions WHERE article = ? ORDER BY version DESC LIMIT 1"
_TERM = re.compile(r'"([^"]*)("?)(\*?)|([^\s"]+)')


def match_expression(query: str) -> str:
    """Return a query as FTS5 reads it: all words, "phrases" whole, prefix* open at its end.

    Empty when there is nothing to look for. Every word is quoted, so none is an operator.
    """
    terms: list[str] = []
    for found in _TERM.finditer(fold(query.replace("\x00", " "))):
        phrase, _, star, word = found.groups()
        words = phrase if phrase is not None else word.rstrip("*")
        open_end = bool(star) if phrase is not None else word.endswith("*")
        if any(unicodedata.category(c)[0] in "LN" for c in words):
            quoted = words.replace('"', '""')
            terms.append(f'"{quoted}"*' if open_end else f'"{quoted}"')
    return " ".join(terms[:MAX_TERMS])


_SEARCH = f"""
{ARTICLE_ROWS} JOIN words w ON w.rowid = a.id
WHERE w.words MATCH ? {{tests}} ORDER BY w.rowid DESC LIMIT ?
"""


def search(
    db: Db,
    query: str,
    *,
    limit: int = 50,
    before: int | datetime | None = None,
    outlet: str | None = None,
    decision: Answer | None = None,
) -> list[ArticleRow]:
    """Return the articles whose text holds all the words, newest first; never raises for a query.

    ``before`` is the article a page ended with, or an instant of first sight.
    Newest first, because ranking by fit grows with the number of hits (45 ms at 400,000 articles).
    """
    expression = match_expression(query)
    if not expression:
        return []
    seen_before = stamp(before) if isinstance(before, datetime) else None
    wanted: dict[str, Any] = {
        "w.rowid < ?": before if isinstance(before, int) else None,
        "a.first_seen_at < ?": seen_before,
        "f.outlet = ?": outlet,
        "a.decision = ?": decision,
    }
    asked = {test: value for test, value in wanted.items() if value is not None}
    tests = "".join(f" AND {test}" for test in asked)
    try:
        rows = fetch(db, _SEARCH.format(tests=tests), [expression, *asked.values(), limit])
    except StoreCorrupt:
        raise
    except StoreError:
        return []  # an expression FTS5 cannot take: nothing was found, and nothing broke
    return [article_row(row) for row in rows]
