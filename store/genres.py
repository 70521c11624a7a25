"""What kind of text an article is: the machine's guess, and what people put in its place."""

from __future__ import annotations

from datetime import datetime

from store.faults import StoreError
from store.kinds import Genre, GenreGuess, GenreLine
from store.rows import instant, stamp
from store.sql import Db, Row, add_row, fetch, write


def correct(
    db: Db, *, article: int, genre: Genre | None, by: str, now: datetime
) -> GenreLine | None:
    """Put ``genre`` in place of the machine's guess; None goes back to what it says.

    Kept with the guess of the time; it survives a power cut. What already stands is not recorded
    again, and None is returned.

    Raises:
        StoreError: there is no such article.
    """
    with write(db, durable=True):
        guess = of(db, article)
        if guess is None:
            raise StoreError(f"there is no article {article}: its genre was not changed")
        before = guess.corrected.genre if guess.corrected else None
        if genre == before or (before is None and genre == guess.genre):
            return None
        cells = {
            "article": article, "genre": genre, "machine": guess.genre, "by": by, "at": stamp(now),
        }  # fmt: skip
        add_row(db, "genres", cells)
    return history(db, article)[-1]


def of(db: Db, article: int) -> GenreGuess | None:
    """Return the guess for an article and the correction that stands; None: no such article."""
    rows = fetch(db, "SELECT genre, genre_why FROM articles WHERE id = ?", (article,))
    if not rows:
        return None
    lines = history(db, article)
    corrected = lines[-1] if lines and lines[-1].genre else None
    return GenreGuess(genre=rows[0]["genre"], why=rows[0]["genre_why"], corrected=corrected)


def history(db: Db, article: int) -> list[GenreLine]:
    """Return every line about an article, the first one first."""
    sql = "SELECT * FROM genres WHERE article = ? ORDER BY id"
    return [_line(row) for row in fetch(db, sql, (article,))]


def _line(row: Row) -> GenreLine:
    return GenreLine(
        id=row["id"],
        article=row["article"],
        genre=row["genre"],
        machine=row["machine"],
        by=row["by"],
        at=instant(row["at"]),
    )
