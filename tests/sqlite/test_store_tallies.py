"""What is summed as decisions come is what counting them all would give."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from store import articles, reviews
from store.db import Db
from store.sql import write
from store.types import Answer

ANSWERS: tuple[Answer, ...] = ("relevant", "not_relevant", "unsure", "skip")
DAYS = """
SELECT substr(decided_at, 1, 10), count(*), sum(decision IN ('relevant', 'not_relevant')),
    sum(decision = 'relevant')
FROM articles WHERE decision IS NOT NULL AND copy_of IS NULL GROUP BY 1 ORDER BY 1
"""
PEOPLE = """
SELECT by, count(*), min(at), max(at) FROM decisions d WHERE answer IS NOT NULL AND via IS NULL
    AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
GROUP BY by ORDER BY 2 DESC, by
"""


def holds(db: Db) -> None:
    kept = "SELECT day_on, articles, answered, relevant FROM answered_days WHERE articles > 0"
    assert db.execute(kept).fetchall() == db.execute(DAYS).fetchall()
    people = [(by, n, first.isoformat(), last.isoformat())
              for by, n, first, last in reviews.deciders(db)]  # fmt: skip
    assert people == [tuple(row) for row in db.execute(PEOPLE).fetchall()]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_decide_and_take_back_the_sums_hold(db: Db, make: Any, seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    numbers = [make.judged(db, f"a{n}") for n in range(8)]
    numbers.append(make.article(db, "copy", "alike", copy_of=numbers[0], copy_how="near_text"))
    for step in range(60):
        number, now = chance.choice(numbers), make.at(600 * step)
        by = chance.choice(("Omar", "Rabia", "Sana"))
        if chance.random() < 0.3:
            reviews.undo(db, article=number, by=by, now=now)
        else:
            answer = chance.choice(ANSWERS)
            reviews.decide(db, article=number, answer=answer, by=by, now=now)
        holds(db)
    since = make.T0
    reviews.undo_all(db, person="Omar", by="Rabia", now=make.at(60 * 700), since=since,
                     until=since + timedelta(days=2))  # fmt: skip
    holds(db)


def test_an_article_that_turns_out_to_be_a_copy_is_no_longer_counted(db: Db, make: Any) -> None:
    one, two = make.judged(db, "one"), make.judged(db, "two")
    for number in (one, two):
        reviews.decide(db, article=number, answer="relevant", by="Omar", now=make.at(60))
    with write(db):
        db.conn.execute("UPDATE articles SET copy_of = ? WHERE id = ?", (one, two))
    holds(db)
    with write(db):
        db.conn.execute("UPDATE articles SET copy_of = NULL WHERE id = ?", (two,))
    holds(db)
    assert articles.get(db, two) is not None
