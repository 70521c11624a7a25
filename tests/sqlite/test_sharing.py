"""What shares terms with an article is found as by one question a term, written yet or not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import terms
from store.lineage import StoryFacts
from store.sql import fetch, run_many, tuples, write
from store.terms import Index, indexed, term_number

if TYPE_CHECKING:
    from store.db import Db

AT = datetime(2026, 3, 10, tzinfo=UTC)
WITHIN = timedelta(days=5)
WORDS = [f"word{n}" for n in range(30)]
Article = tuple[int, int, list[str]]


def drawn(seed: int, articles: int) -> list[Article]:
    draw = random.Random(seed)  # noqa: S311 - the same index on every run
    days = [draw.randint(-6, 6) * 86_400 + draw.randint(0, 9) for _ in range(articles)]
    return [(n, terms.seconds(AT) + at, draw.sample(WORDS, 8)) for n, at in enumerate(days, 1)]


def note(index: Index, articles: list[Article]) -> None:
    for article, at, words in articles:
        index.add(article, at, words)


def held(db: Db) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    return (
        tuples(db, "SELECT term, at, article FROM story_terms ORDER BY 1, 2, 3"),
        tuples(db, "SELECT term, n FROM story_words WHERE n > 0 ORDER BY 1"),
    )


def one_by_one(db: Db, facts: StoryFacts, rarest: list[tuple[str, float]]) -> dict[int, float]:
    low, high = (int((facts.at + by).timestamp()) for by in (-WITHIN, WITHIN))
    worth: dict[int, float] = {}
    left = terms.MOST_ROWS
    for term, weight in rarest:
        sql = """SELECT article FROM story_terms WHERE term = ? AND at BETWEEN ? AND ?
            AND article <> ? ORDER BY at DESC LIMIT ?"""
        found = fetch(db, sql, (term_number(term), low, high, facts.article, left))
        for row in found:
            worth[row["article"]] = worth.get(row["article"], 0.0) + weight
        left -= len(found)
        if left <= 0:
            break
    return worth


@pytest.mark.parametrize(
    ("seed", "written", "waiting"),
    [(1, 0, 0), (2, 3, 0), (3, 40, 0), (4, 900, 0), (5, 0, 16), (6, 40, 16), (7, 250, 120)],
)
def test_the_rows_are_those_of_one_question_a_term(
    db: Db, seed: int, written: int, waiting: int
) -> None:
    articles = drawn(seed, written + waiting)
    facts = StoryFacts(article=1, at=AT, terms=dict.fromkeys(WORDS, 1.0), headline=())
    asked = [[(word, 1.0 + n / 7) for n, word in enumerate(WORDS[:count])] for count in (1, 7, 24)]
    with write(db):
        with indexed(db) as index:
            note(index, articles[:written])
        with indexed(db) as index:
            note(index, articles[written:])
            counted = index.rarity(WORDS)
            found = [index.worth(facts, rarest, WITHIN) for rarest in asked]
    for rarest, worth in zip(asked, found, strict=True):
        assert worth == one_by_one(db, facts, rarest)
        assert len(worth) <= terms.MOST_ROWS
    assert counted == Index(db).rarity(WORDS)
    assert Index(db).worth(facts, [], WITHIN) == {}


def test_rows_written_together_are_those_written_one_by_one(db: Db) -> None:
    articles = drawn(8, 20)
    with write(db):
        for one in articles:
            with indexed(db) as index:
                note(index, [one])
        apart = held(db)
        for article, at, words in articles:
            Index(db).remove(article, at, words)
        with indexed(db) as index:
            note(index, articles)
            index.rarity(WORDS)
    assert held(db) == apart


def break_off(db: Db, index: Index, gone: list[Article], added: list[Article]) -> None:
    with write(db), index.part():
        for article in gone:
            index.remove(*article)
        note(index, added)
        index.rarity(WORDS)
        raise ZeroDivisionError


def test_a_part_that_is_undone_leaves_nothing(db: Db) -> None:
    """Neither what it added is written or found, nor is missing what it took out."""
    first, again, other, lost = drawn(9, 4)
    with write(db), indexed(db) as index:
        note(index, [first])
    alone = StoryFacts(article=99, at=AT, terms=dict.fromkeys(WORDS, 1.0), headline=())
    with write(db), indexed(db) as index:
        note(index, [again])
        before = index.rarity(WORDS)
        with pytest.raises(ZeroDivisionError):
            break_off(db, index, [first, again], [(again[0], again[1], WORDS[:3]), lost])
        assert index.rarity(WORDS) == before
        note(index, [other])
        found = index.worth(alone, [(word, 1.0) for word in WORDS[:24]], timedelta(days=9))
    assert lost[0] not in found
    wanted = {
        (term_number(word), at, n) for n, at, words in (first, again, other) for word in words
    }
    assert set(held(db)[0]) == wanted
    assert Index(db).rarity([])[0] == 3


def test_the_likeliest_stories_are_those_of_all_that_were_found(db: Db) -> None:
    """Only as many articles are asked for their stories as can decide."""
    draw = random.Random(10)  # noqa: S311 - the same index on every run
    for round_ in range(20):
        articles = drawn(round_, 120)
        story = {n: draw.randint(1, 12) for n, _, _ in articles if draw.random() < 0.8}
        facts = StoryFacts(article=999, at=AT, terms=dict.fromkeys(WORDS, 1.0), headline=())
        rarest = [(word, float(draw.randint(1, 2))) for word in WORDS[:8]]
        with write(db):
            db.conn.execute("DELETE FROM story_facts")
            db.conn.execute("DELETE FROM story_terms")
            db.conn.execute("DELETE FROM story_words")
            db.conn.execute("PRAGMA defer_foreign_keys = ON")
            with indexed(db) as index:
                note(index, articles)
            rows = [(n, home, 0, 0, "{}") for n, home in story.items()]
            run_many(db, "INSERT INTO story_facts VALUES (?, ?, ?, ?, ?)", rows)
            best: dict[int, float] = {}
            for article, worth in index.worth(facts, rarest, WITHIN).items():
                if article in story:
                    home = story[article]
                    best[home] = max(worth, best.get(home, 0.0))
            wanted = sorted(best, key=lambda home: (-best[home], home))[: terms.MOST_STORIES]
            assert index.sharing(facts, rarest, WITHIN) == wanted
            db.conn.execute("DELETE FROM story_facts")


def test_the_question_costs_the_rows_it_may_read_however_many_there_are(db: Db) -> None:
    """Every part is a look-up in the index, in the index's own order; the limit ends the whole."""
    for sql in (terms.WHOLE, terms.NEWEST):
        plan = fetch(db, f"EXPLAIN QUERY PLAN {sql}", [0, 0, 0, 0, 200])
        told = [row["detail"] for row in plan]
        wanted = "USING PRIMARY KEY (term=? AND at>? AND at<?)"
        assert [t for t in told if t.startswith("SEARCH") and t.endswith(wanted)], told
        assert not [t for t in told if "TEMP B-TREE" in t]
