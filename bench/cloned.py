"""Archives of any size in minutes: what the product wrote of some articles, again and again.

A *cast* is a store of two thousand articles that the product itself wrote and let grow old
(bench.made): its texts are packed and its windows forgotten. A large archive is so many copies of
the cast, each a few days older than the next, with numbers and addresses of its own; triggers keep
counters and headlines, and every text goes into the index. Its last thousand articles are written
by the product, at that size. ``shapes`` compares rows an article of both.
"""

from __future__ import annotations

import logging
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from bench.made import END, PER_DAY, Newsroom, aged, made, specs
from monitor.config.shape import Retention
from store import feeds
from store.db import Db, connect
from store.folding import fold
from store.sql import one, tuples, write

CAST = 2_000
RECENT = 1_000  # written by the product at the end of every archive
OLD = timedelta(days=120)
DAYS = CAST // PER_DAY + 1  # between two copies of the cast

NUMBERS = {
    "articles": ("id", "copy_of", "verdict", "decision_id", "story"),
    "version_rows": ("id", "article", "pack"),
    "packs": ("id",),
    "verdicts": ("id", "article"),
    "decisions": ("id", "article", "undoes", "via"),
    "audits": ("article",),
    "stories": ("id", "became"),
    "story_joins": ("article", "near"),
    "claims": ("id", "article"),
    "quotes": ("id", "article"),
    "spoken": ("id", "article"),
    "pages": ("article",),
    "items": ("id", "article"),
}
"""The tables that an old article has rows in, in the order they are copied, and their numbers."""
OWN = {
    "articles": ("canonical_url", "url"),
    "items": ("key", "canonical_url", "url"),
}
"""What must be nobody else's: it gets the number of the copy behind it."""
HASHES = ("text_hash", "item_hash", "sha256")
STEP = 1_000_000_000


def cast(folder: Path) -> Path:
    """Return the store of old articles, made once."""
    path = folder / "cast.db"
    if not path.exists():
        draft = folder / "cast.new.db"
        db = made(draft, CAST)
        aged(db, END + OLD, Retention())
        db.close()
        draft.rename(path)
    return path


def archive(folder: Path, number: int) -> Path:
    """Return a store of so many articles, made once: about 0.8 ms an article.

    Ended before it was whole, it goes on where it was; in its last thousand it begins again.
    """
    path = folder / f"archive-{number}.db"
    if path.exists():
        return path
    logging.getLogger("monitor").setLevel(logging.ERROR)
    draft = folder / f"archive-{number}.new.db"
    old = max(0, number - RECENT)
    db = connect(draft)
    held = int(one(db, "SELECT count(*) FROM articles"))
    if held > old or (held % CAST and held < old):
        db.close()
        draft.unlink()
        return archive(folder, number)
    db.conn.execute("PRAGMA synchronous = OFF")
    db.conn.execute("PRAGMA cache_size = -200000")
    # As the nightly PRAGMA optimize does: to look at every row takes five minutes at a million.
    db.conn.execute("PRAGMA analysis_limit = 2000")
    feeds.sync(db, specs(), END - timedelta(days=old // CAST * DAYS + 30))
    if old > held:
        _copies(db, cast(folder), old, held)
    Newsroom(db, seed=11, first=10_000_000).fill(min(number, RECENT))
    db.close()
    draft.rename(path)
    return path


def _copies(db: Db, source: Path, number: int, held: int) -> None:
    """Put so many old articles into a store that holds some copies of the cast, the oldest first.

    Each copy is one write.
    """
    db.conn.execute("PRAGMA foreign_keys = OFF")
    db.conn.execute("ATTACH ? AS old", (str(source),))
    db.conn.execute("INSERT OR IGNORE INTO pack_words SELECT * FROM old.pack_words")
    texts = tuples(db, _TEXTS)
    folded = [(article, fold(title), fold(body)) for article, title, body in texts]
    copies = -(-number // CAST)
    most = _most(db)
    label = f"{number:,} articles"
    with click.progressbar(range(held // CAST, copies), label=label, file=sys.stderr) as steps:
        for at in steps:
            left = min(CAST, number - at * CAST)
            back = (copies - at) * DAYS
            with write(db):
                for table in NUMBERS:
                    db.conn.execute(_statement(db, table, at, back, left, most))
                rows = [(n + at * CAST, title, body) for n, title, body in folded if n <= left]
                db.conn.executemany("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", rows)
    db.conn.execute("DETACH old")
    db.conn.execute("PRAGMA foreign_keys = ON")
    db.conn.execute("ANALYZE")


_TEXTS = """
SELECT a.id, iif(r.thin, a.title, r.title), CASE WHEN r.pack IS NULL THEN r.body ELSE
    (SELECT unpacked(p.texts, p.words, r.id - r.pack) FROM old.packs p WHERE p.id = r.pack) END
FROM old.articles a JOIN old.version_rows r ON r.article = a.id AND r.version = a.version
"""


def _most(db: Db) -> dict[str, int]:
    """How far the numbers of a table go in the cast: a copy begins behind them."""
    found = {"articles": CAST}
    for table in ("version_rows", "verdicts", "decisions", "claims", "quotes", "spoken", "items"):
        found[table] = int(one(db, f"SELECT max(id) FROM old.{table}") or 0)  # noqa: S608
    return found


_WHOSE = {
    "id": "", "article": "articles", "copy_of": "articles", "story": "articles",
    "near": "articles", "became": "articles", "verdict": "verdicts", "decision_id": "decisions",
    "undoes": "decisions", "via": "decisions", "pack": "version_rows",
}  # fmt: skip


def _statement(db: Db, table: str, at: int, back: int, left: int, most: dict[str, int]) -> str:
    """Copy a table's rows of the first ``left`` articles, moved to copy ``at``."""
    names = [row[1] for row in db.conn.execute(f"PRAGMA old.table_info({table})")]
    cells = ", ".join(_cell(table, name, at, back, most) for name in names)
    key = {"articles": "id", "stories": "id", "packs": None}.get(table, "article")
    test = "1"
    if key:
        test = f"t.{key} <= {left}"
    elif left < CAST:
        test = f"t.id IN (SELECT pack FROM old.version_rows WHERE article <= {left})"  # noqa: S608
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({columns}) SELECT {cells} FROM old.{table} t WHERE {test}"  # noqa: S608


def _cell(table: str, name: str, at: int, back: int, most: dict[str, int]) -> str:
    cell = f't."{name}"'
    if name in NUMBERS[table]:
        whose = _WHOSE[name] or {"stories": "articles", "packs": "version_rows"}.get(table, table)
        return f"{cell} + {at * most[whose]}"
    if name in OWN.get(table, ()):
        return f"{cell} || '-{at:x}'"
    if name == "claimed":  # ends in the hash: else every copy would wait to be read for claims
        ended = f"substr({cell}, 1, length({cell}) - 8) || '{at:08x}'"
        return f"CASE WHEN length({cell}) > 24 THEN {ended} ELSE {cell} END"
    if name in HASHES:
        ended = f"substr({cell}, 1, 24) || '{at:08x}'"
        return f"CASE WHEN {cell} = '' THEN '' ELSE {ended} END"  # of a thin row: its article's
    if name.endswith("_at") or name == "at":
        day = f"date(substr({cell}, 1, 10), '-{back} days')"
        return f"CASE WHEN length({cell}) > 9 THEN {day} || substr({cell}, 11) ELSE {cell} END"
    return cell


def shapes(folder: Path, path: Path) -> list[tuple[str, float, float]]:
    """Return each table with its rows an article in the cast and in an archive."""
    with closing(connect(cast(folder))) as own, closing(connect(path)) as large:
        few, many = _counted(own), _counted(large)
    return [
        (table, few[table] / few["articles"], many[table] / many["articles"])
        for table in sorted(few)
    ]


def _counted(db: Db) -> dict[str, int]:
    tables = [*NUMBERS, "words_docsize", "headline_words_docsize", "counted_articles",
              "article_strands"]  # fmt: skip
    return {name: int(one(db, f"SELECT count(*) FROM {name}")) for name in tables}  # noqa: S608
