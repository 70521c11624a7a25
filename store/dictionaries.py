"""What texts and evidence are pressed with: learned from the store's own, and kept in it.

A dictionary is never changed and never goes: what was pressed with it is read with it. A better one
is a further row, and each pack says by number which one is its own.
"""

from __future__ import annotations

from typing import Literal

from store.sql import Db, add_row, fetch
from store.sqlite import sqlite3

Kind = Literal["words", "units", "evidence"]
"""Words before deflate, as packs had until schema 53; a list of units; samples of evidence."""


class Dictionaries:
    """The dictionaries of one connection's store, each fetched once: one may be 400 KB."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._held: dict[int, bytes] = {}

    def of(self, number: int) -> bytes:
        """Return a dictionary by its number.

        Raises:
            ValueError: there is none of that number.
        """
        if number not in self._held:
            sql = "SELECT words FROM pack_words WHERE id = ?"
            row = self._conn.execute(sql, (number,)).fetchone()
            if row is None:
                raise ValueError(f"dictionary {number} is not in the store")
            self._held[number] = row[0]
        return self._held[number]


def newest(db: Db, kind: Kind) -> tuple[int, bytes] | None:
    """Return the number of the newest dictionary of a kind, and itself; None while there is none.

    Found without reading those of other kinds.
    """
    sql = "SELECT id, words FROM pack_words WHERE kind = ? ORDER BY id DESC LIMIT 1"
    held = fetch(db, sql, (kind,))
    return (held[0]["id"], held[0]["words"]) if held else None


def keep(db: Db, kind: Kind, words: bytes, learned_from: int) -> int:
    """Keep a dictionary learned from so many texts, inside a write; return its number."""
    return add_row(db, "pack_words", {"kind": kind, "words": words, "learned_from": learned_from})
