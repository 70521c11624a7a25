"""One question for many terms is answered as one question after the other would be."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import placing
from store.lineage import StoryFacts
from store.sql import fetch, run_many, write

if TYPE_CHECKING:
    from store.db import Db

AT = datetime(2026, 3, 10, tzinfo=UTC)
WITHIN = timedelta(days=5)
WORDS = [f"word{n}" for n in range(30)]


def filled(db: Db, seed: int, articles: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - the same index on every run
    seconds = int(AT.timestamp())
    rows = {
        (placing.term_number(word), seconds + draw.randint(-6, 6) * 86_400 + draw.randint(0, 9), n)
        for n in range(articles)
        for word in draw.sample(WORDS, 8)
    }
    with write(db):
        run_many(db, "INSERT INTO story_terms VALUES (?, ?, ?)", sorted(rows))


def one_by_one(db: Db, facts: StoryFacts, rarest: list[tuple[str, float]]) -> dict[int, float]:
    low, high = (int((facts.at + by).timestamp()) for by in (-WITHIN, WITHIN))
    worth: dict[int, float] = {}
    left = placing.MOST_ROWS
    for term, weight in rarest:
        sql = """SELECT article FROM story_terms WHERE term = ? AND at BETWEEN ? AND ?
            AND article <> ? ORDER BY at DESC LIMIT ?"""
        found = fetch(db, sql, (placing.term_number(term), low, high, facts.article, left))
        for row in found:
            worth[row["article"]] = worth.get(row["article"], 0.0) + weight
        left -= len(found)
        if left <= 0:
            break
    return worth


@pytest.mark.parametrize(("seed", "articles"), [(1, 0), (2, 3), (3, 40), (4, 900)])
def test_the_rows_are_those_of_one_question_a_term(db: Db, seed: int, articles: int) -> None:
    filled(db, seed, articles)
    facts = StoryFacts(article=1, at=AT, terms=dict.fromkeys(WORDS, 1.0), headline=())
    for count in (1, 7, 24):
        rarest = [(word, 1.0 + n / 7) for n, word in enumerate(WORDS[:count])]
        wanted = one_by_one(db, facts, rarest)
        assert placing.worth(db, facts, rarest, WITHIN) == wanted
        assert len(wanted) <= placing.MOST_ROWS
    assert placing.worth(db, facts, [], WITHIN) == {}


def test_the_question_costs_the_rows_it_may_read_however_many_there_are(db: Db) -> None:
    """Every part is a look-up in the index, and the limit ends the whole."""
    plan = fetch(db, f"EXPLAIN QUERY PLAN {placing.sharing_sql(24)}", [0, 0, 0, 200, *range(24)])
    told = [row["detail"] for row in plan if "story_terms" in row["detail"]]
    assert len(told) == 24
    assert all("SEARCH story_terms USING PRIMARY KEY (term=? AND at>? AND at<?)" in t for t in told)
    assert not [row for row in plan if "TEMP B-TREE" in row["detail"]]
