"""Evidence of verdicts is pressed behind samples of a store's own, and read again as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import grounds
from store.db import Db
from store.dictionaries import Dictionaries

ANY = st.text(st.characters(codec="utf-8"))


@given(ANY, ANY, st.none() | st.binary())
def test_evidence_is_read_again_as_it_was(evidence: str, told: str, samples: bytes | None) -> None:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE TABLE pack_words (id INTEGER PRIMARY KEY, words BLOB)")
        conn.execute("INSERT INTO pack_words VALUES (70000, ?)", (samples,))
        known = Dictionaries(conn)
        held = None if samples is None else (70_000, samples)
        pack = grounds.pack_evidence(evidence, told, held)
        assert grounds.evidence_of(pack, known) == (evidence, told)
        assert grounds.recounting(known)(pack) == evidence


def test_what_was_pressed_long_ago_is_still_read(db: Db) -> None:
    """Another dictionary would make all old evidence unreadable: it needs another format."""
    long_ago = bytes.fromhex("01c3e1484842034a413237c43d314ab54ab100")
    told = ('{"contributions": []}', '{"outlet": ""}')
    assert grounds.evidence_of(long_ago, Dictionaries(db.conn)) == told


def test_evidence_of_a_dictionary_that_is_gone_is_refused(db: Db) -> None:
    pack = grounds.pack_evidence("{}", "", (9, b"samples"))
    with pytest.raises(ValueError, match="dictionary 9 is not in the store"):
        grounds.evidence_of(pack, Dictionaries(db.conn))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30_000), max_size=30))
def test_samples_fit_what_deflate_looks_back(said: list[str]) -> None:
    assert len(grounds.sampled(said)) <= grounds.MOST_BYTES


def test_nothing_is_learned_from_a_few_verdicts(db: Db, make: Any) -> None:
    make.judged(db)
    assert not grounds.learn(db)
    assert grounds.samples(db) is None
