"""What stands elsewhere of an article's text, word for word: it goes when the text is asked away.

Sentences are copied where they are needed: beside a figure, in a quotation, in a passage that a
rule caught, in digests and messages. A removal on request takes them out of all of these. Figures,
who gave them and when, which rules fired, and which digest told of the article stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from store.folding import fold
from store.rows import as_json
from store.sql import Db, Row, fetch, run

REMOVED = "[removed]"
"""Stands in digests and messages in place of a sentence that was removed."""
_SHORTEST = 25  # characters: what is shorter is a phrase that many write
_ENDS = re.compile(r"(?<=[.!?؟۔])[\"'”’»)]*\s+|\n+")
_ELLIPSIS = " …"
_ALIKE = {'"': r"(?:\"|&quot;|&\#34;)", "'": r"(?:'|&\#0?39;|&\#x27;)", "&": r"(?:&amp;|&)",
          "<": r"(?:&lt;|\\?<)", ">": r"(?:&gt;|\\?>)"}  # fmt: skip


def forget(db: Db, article: int) -> None:
    """Take an article's sentences away wherever they were copied to, inside a write.

    To be called before its texts are emptied: what was copied is found by them. Headlines stay.
    """
    sentences = _sentences(db, article)
    _claims(db, article)
    _quotes(db, article)
    _told(db, article)
    _hits(db, article)
    run(db, "UPDATE items SET summary = '' WHERE article = ?", (article,))
    _print(db, article, sentences)


def _sentences(db: Db, article: int) -> list[str]:
    """The sentences of all versions, and the passages that were cut from them, longest first."""
    bodies = fetch(db, "SELECT title, body FROM versions WHERE article = ?", (article,))
    summaries = fetch(db, "SELECT title, summary AS body FROM items WHERE article = ?", (article,))
    headlines = {row["title"].strip() for row in (*bodies, *summaries)}
    found = {part.strip() for row in (*bodies, *summaries) for part in _ENDS.split(row["body"])}
    for table in ("claims", "quotes", "spoken"):
        rows = fetch(db, f"SELECT sentence FROM {table} WHERE article = ?", (article,))  # noqa: S608
        found |= {row["sentence"].strip() for row in rows}
    rows = fetch(db, "SELECT hits FROM firings WHERE article = ?", (article,))
    hits = [hit for row in rows for hit in json.loads(row["hits"])]
    found |= {hit.get("passage", "").strip(_ELLIPSIS) for hit in hits}
    long = (one for one in found - headlines if len(one) >= _SHORTEST)
    return sorted(long, key=lambda one: (-len(one), one))


_BARE = """
UPDATE claims SET sentence = '', start = 0, figure = 0, figure_end = 0,
    machine = CASE WHEN machine IS NULL THEN NULL
        ELSE json_set(machine, '$.sentence', '', '$.start', 0, '$.figure', 0, '$.figure_end', 0)
        END
WHERE article = ? AND part <> 'title'
"""


def _claims(db: Db, article: int) -> None:
    run(db, _BARE, (article,))


def _quotes(db: Db, article: int) -> None:
    for row in fetch(db, "SELECT * FROM quotes WHERE article = ?", (article,)):
        old = (row["id"], fold(row["speaker"]), fold(row["office"]), fold(row["words"]))
        run(db, _OUT_OF_WORDS, old)
    for table in ("quotes", "spoken"):
        run(db, f"DELETE FROM {table} WHERE article = ?", (article,))  # noqa: S608


_OUT_OF_WORDS = """
INSERT INTO quote_words (quote_words, rowid, speaker, office, words) VALUES ('delete', ?, ?, ?, ?)
"""


def _told(db: Db, article: int) -> None:
    """What digests and alerts remember of it, each fact with the sentence it stood in."""
    run(db, "UPDATE telling_facts SET sentence = '' WHERE article = ?", (article,))
    held = "SELECT way, article, facts FROM alert_stories WHERE instr(facts, ?) > 0"
    for row in fetch(db, held, (f'"article": {article},',)):
        known = json.loads(row["facts"])
        for fact in known.get("facts", []):
            fact.update({"sentence": ""} if fact.get("article") == article else {})
        put = "UPDATE alert_stories SET facts = ? WHERE way = ? AND article = ?"
        run(db, put, (json.dumps(known), row["way"], row["article"]))


def _hits(db: Db, article: int) -> None:
    for row in fetch(db, "SELECT id, hits FROM firings WHERE article = ?", (article,)):
        hits = [
            hit if hit.get("part") == "title" else {**hit, "passage": "", "start": 0, "end": 0}
            for hit in json.loads(row["hits"])
        ]
        run(db, "UPDATE firings SET hits = ? WHERE id = ?", (as_json(hits), row["id"]))


# --- digests and messages -------------------------------------------------------------------

_EDITIONS = """
SELECT name, day_on, page, body, markdown FROM editions
WHERE made_at >= (SELECT first_seen_at FROM articles WHERE id = ?)
"""
_MESSAGES = """
SELECT id, text, html FROM outbox
WHERE created_at >= (SELECT first_seen_at FROM articles WHERE id = ?)
"""


def _print(db: Db, article: int, sentences: Iterable[str]) -> None:
    """Digests on the desk and our copies of messages; what was sent is not ours any more."""
    sought = [_pattern(sentence) for sentence in sentences]
    if not sought:
        return
    sign = re.compile("|".join(sought))
    for row in fetch(db, _EDITIONS, (article,)):
        _put(db, "editions", row, ("page", "body", "markdown"), sign)
    for row in fetch(db, _MESSAGES, (article,)):
        _put(db, "outbox", row, ("text", "html"), sign)


def _put(db: Db, table: str, row: Row, columns: tuple[str, ...], sign: re.Pattern[str]) -> None:
    fresh = {name: sign.sub(REMOVED, row[name]) for name in columns if row[name]}
    changed = {name: text for name, text in fresh.items() if text != row[name]}
    if not changed:
        return
    keys = [name for name in row if name not in columns]
    sets = ", ".join(f"{name} = :{name}" for name in changed)
    where = " AND ".join(f"{name} = :{name}" for name in keys)
    sql = f"UPDATE {table} SET {sets} WHERE {where}"  # noqa: S608  # our own columns
    run(db, sql, {**changed, **{name: row[name] for name in keys}})


def _pattern(sentence: str) -> str:
    """The sentence as plain text, HTML or Markdown writes it, lines broken anywhere."""
    return r"\s+".join("".join(map(_letter, word)) for word in sentence.split())


def _letter(char: str) -> str:
    if char in _ALIKE:
        return _ALIKE[char]
    return char if char.isalnum() else rf"\\?{re.escape(char)}"
