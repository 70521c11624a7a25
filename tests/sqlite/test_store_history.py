"""The history of decisions, and what is said of an undo before it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, history, pairs, reviews
from store.db import Db


def standing(db: Db, numbers: list[int]) -> dict[int, Any]:
    rows = [articles.get(db, number) for number in numbers]
    return {row.article: row.decision for row in rows if row}


def line_numbers(db: Db, seen_by: str = "rida", **asked: Any) -> list[int]:
    return [one.line.id for one in history.page(db, seen_by=seen_by, **asked)]


def test_lines_come_newest_first_and_say_what_became_of_them(db: Db, make: Any) -> None:
    one = make.judged(db, "one")
    copy = make.article(db, "copy", "The copy", copy_of=one, copy_how="near_text")
    reviews.decide(
        db, article=one, answer="relevant", by="rida", now=make.at(5), note="clear",
        with_copies=True, reasons=["key background"],
    )  # fmt: skip
    reviews.undo(db, article=one, by="omar", now=make.at(6))
    found = history.page(db, seen_by="rida")
    assert [one.line.id for one in found] == [4, 3, 2, 1]
    undo, _, echo, said = found
    assert (said.line.answer, said.line.note, said.line.reasons) == (
        "relevant", "clear", ("key background",),
    )  # fmt: skip
    assert (said.undone_by, said.undone_at) == ("omar", make.at(6))
    assert (echo.line.article, echo.with_article) == (copy, one)
    assert (undo.line.answer, undo.undid) == (None, ("rida", "relevant"))
    assert said.title == "Title 1"


def test_it_is_narrowed_and_paged_by_the_number_of_a_line(db: Db, make: Any) -> None:
    numbers = [make.judged(db, f"n{n}", f"Text {n}") for n in range(3)]
    for n in range(30):
        by = ("rida", "omar")[n % 2]
        answer: Any = ("relevant", "unsure", "skip")[n % 3]
        reviews.decide(
            db, article=numbers[n % 3], answer=answer, by=by, now=make.at(n * 60)
        )  # fmt: skip
    assert line_numbers(db) == list(range(30, 0, -1))
    assert line_numbers(db, limit=4, before=10) == [9, 8, 7, 6]
    assert line_numbers(db, by="omar") == list(range(30, 0, -2))
    assert line_numbers(db, by="omar", answer="skip") == [30, 24, 18, 12, 6]
    hours = {"since": make.at(5 * 60), "until": make.at(8 * 60)}
    assert line_numbers(db, **hours) == [8, 7, 6]
    assert line_numbers(db, by="rida", **hours) == [7]
    assert line_numbers(db, since=make.at(28 * 60)) == [30, 29]
    assert line_numbers(db, until=make.at(60)) == [1]
    assert line_numbers(db, until=make.at(-60)) == line_numbers(db, answer="undo") == []
    assert line_numbers(db, since=make.at(99 * 60)) == []
    assert history.people(db) == ["omar", "rida"]
    assert history.line_of(db, 2) == (numbers[1], "omar")
    assert history.line_of(db, 99) is None


def test_what_somebody_must_not_know_yet_is_in_no_page_of_theirs(db: Db, make: Any) -> None:
    number, other = make.judged(db, "one"), make.judged(db, "two")
    reviews.decide(db, article=other, answer="unsure", by="omar", now=make.at(4))
    reviews.decide(db, article=number, answer="relevant", by="rida", now=make.at(5), read_twice=1.0)
    reviews.decide(db, article=number, answer="skip", by="omar", now=make.at(6), read_twice=1.0)
    assert pairs.is_blind_to(db, number, "omar")
    assert line_numbers(db, "omar") == [3, 1], "one's own lines are known"
    assert line_numbers(db, "omar", by="rida") == []
    assert line_numbers(db, "rida") == [3, 2, 1]
    window = {"person": "rida", "since": make.at(0), "until": make.at(60)}
    told = history.would_undo(db, **window, seen_by="omar")
    assert (told.decisions, told.moved) == (1, ())


_PRESS = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["rida", "omar", "sana"]),
    st.sampled_from(["relevant", "not_relevant", "unsure", "skip"]),
    st.booleans(),
)


@pytest.mark.slow
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(presses=st.lists(_PRESS, max_size=10), twice=st.sampled_from([0.0, 1.0]))
def test_taking_back_a_day_changes_what_was_said_before_and_nothing_else(
    db: Db, make: Any, presses: list[tuple[int, str, Any, bool]], twice: float
) -> None:
    start = int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    numbers = [make.judged(db, f"n{start}-{n}", f"Text {start} {n}") for n in range(3)]
    day = make.at(start * 1000)
    for at, (which, by, answer, undo) in enumerate(presses):
        now = day + timedelta(minutes=at)
        reviews.decide(db, article=numbers[which], answer=answer, by=by, now=now, read_twice=twice)
        if undo:
            reviews.undo(db, article=numbers[which], by=by, now=now)
    window = {"person": "rida", "since": day, "until": day + timedelta(hours=1)}
    told = history.would_undo(db, **window, seen_by="rida")
    before = standing(db, numbers)
    assert before == standing(db, numbers), "asking changes nothing"
    assert reviews.undo_all(db, **window, by="omar", now=day + timedelta(hours=2)) == told.decisions
    after = standing(db, numbers)
    moved = {row.article: then for row, then in told.moved}
    for number in numbers:
        assert after[number] == moved.get(number, before[number])
    nothing = history.would_undo(db, **window, seen_by="rida")
    assert (nothing.decisions, nothing.moved) == (0, ())


# --- as the file grows ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Hold 4,000 articles and 12,000 lines, a thousand pairs among them."""
    from store.db import connect, tend
    from store.sql import add_rows, write

    make = request.getfixturevalue("maker")
    db = connect(tmp_path_factory.mktemp("history") / "torkham.db")
    make.judged(db, "first")
    cells = {
        "url": "", "host": "x.example", "feed": "gazette", "title": "T", "summary": "",
        "first_seen_at": make.T0.isoformat(), "next_try_at": "", "state": "text",
        "outcome": "queued", "disposition": "queued", "version": 1, "route": "queue", "score": 0.5,
    }  # fmt: skip
    rows = [cells | {"id": n, "canonical_url": f"https://x.example/{n}"} for n in range(2, 4002)]
    line = {"version": 1, "undoes": None, "via": None, "note": "", "model": None, "score": None}
    lines = [
        line | {
            "id": n, "article": 2 + n % 4000, "answer": ("relevant", "unsure")[n % 2],
            "by": f"p{n % 5}", "at": make.at(n).isoformat(),
            "reading": ("first" if n <= 8000 else "second") if n % 4 == 0 else None,
        }
        for n in range(1, 12001)
    ]  # fmt: skip
    with write(db):
        add_rows(db, "articles", rows)
        add_rows(db, "decisions", lines)
    pairs.rebuild(db)
    tend(db)
    yield db
    db.close()


ASKED: dict[str, Any] = {
    "all": lambda db, _: history.page(db, seen_by="p1"),
    "of one": lambda db, _: history.page(db, seen_by="p1", by="p2", before=5000),
    "of an answer": lambda db, _: history.page(db, seen_by="p1", answer="unsure"),
    "undos": lambda db, _: history.page(db, seen_by="p1", answer="undo"),
    "of a day": lambda db, make: history.page(
        db, seen_by="p1", since=make.at(1440), until=make.at(2880)
    ),
    "people": lambda db, _: history.people(db),
    "hidden": lambda db, _: pairs.hidden_from(db, "p1"),
    "blind": lambda db, _: pairs.is_blind_to(db, 6, "p1"),
    "waiting": lambda db, _: pairs.waiting_for(db, "p1"),
    "disputed": lambda db, _: pairs.disputed(db, 20),
    "compared": lambda db, _: pairs.compared(db),
    "counts": lambda db, _: pairs.counts(db),
    "loads": lambda db, make: pairs.loads(db, make.at(11000)),
    "one reader or two": lambda db, make: pairs.part(
        db, 7, by="p9", answer="relevant", now=make.at(12001), share=1.0
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_page_looks_through_all_articles_or_all_lines(grown: Db, make: Any, name: str) -> None:
    asked: list[str] = []
    grown.conn.set_trace_callback(asked.append)
    ASKED[name](grown, make)
    grown.conn.set_trace_callback(None)
    statements = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH"))]
    assert statements
    for sql in statements:
        plan = [row[-1] for row in grown.execute(f"EXPLAIN QUERY PLAN {sql}")]
        # Lines in the order of their numbers, of which the first fifty are taken, are no scan.
        read = {"SCAN d"} if "ORDER BY d.id DESC LIMIT" in sql else set()
        scans = [step for step in plan if step.startswith("SCAN") and "USING" not in step]
        tables = ("SCAN a", "SCAN d", "SCAN p", "SCAN decisions", "SCAN articles", "SCAN pairs")
        assert not [step for step in scans if step in tables and step not in read], plan
        if read:
            assert not [step for step in plan if "TEMP B-TREE" in step], plan
