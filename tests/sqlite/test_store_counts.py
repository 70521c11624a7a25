"""Counts by day and month: always those of a recount, and never made by counting rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, counts, days, facets, feeds, reviews, verdicts
from store.db import Db, connect
from store.sql import fetch, run, write

if TYPE_CHECKING:
    from tests.sqlite.conftest import Make

OURS = """copy_of IS NULL AND (decision IS 'relevant'
    OR (disposition = 'queued' AND decision IS NOT 'not_relevant'))"""


def recounted(db: Db) -> tuple[Counter[Any], Counter[Any]]:
    """Count articles from the rows themselves, as nobody else does: in Python."""
    items: Counter[Any] = Counter()
    for row in fetch(db, "SELECT feed, first_seen_at FROM items"):
        for cut in (10, 7):
            items[row["first_seen_at"][:cut], row["feed"]] += 1
    ours: Counter[Any] = Counter()
    for row in fetch(db, f"SELECT * FROM articles WHERE {OURS}"):  # noqa: S608
        lines = facets.history(db, row["id"])
        topics = lines[-1].topics if lines and lines[-1].topics is not None else None
        if topics is None:
            found = fetch(db, "SELECT topics FROM verdicts WHERE id = ?", (row["verdict"],))
            topics = tuple(json.loads(found[0]["topics"])) if found else ()
        for topic in {"", *topics}:
            for cut in (10, 7):
                key = (row["first_seen_at"][:cut], topic, row["feed"])
                ours[(*key, "n")] += 1
                ours[(*key, "accepted")] += row["decision"] == "relevant"
    return items, +ours


def held(db: Db) -> tuple[Counter[Any], Counter[Any]]:
    items: Counter[Any] = Counter()
    for row in fetch(db, "SELECT * FROM item_counts"):
        items[row["period"], row["feed"]] += row["n"]
    ours: Counter[Any] = Counter()
    for row in fetch(db, "SELECT * FROM article_counts"):
        key = (row["period"], row["topic"], row["feed"])
        ours[(*key, "n")] += row["n"]
        ours[(*key, "accepted")] += row["accepted"]
        assert row["n"] >= row["accepted"] >= 0
    return items, +ours


@pytest.fixture
def room(db: Db, make: type[Make]) -> Db:
    feeds.sync(db, [make.spec("gazette"), make.spec("courier", side="afghanistan")], make.T0)
    return db


STRANDS = ("border", "talks", "strikes")
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("new", "judge", "decide", "undo", "facets", "copy", "machine")),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=18,
)


def do(db: Db, make: type[Make], numbers: list[int], deed: str, which: int, how: int) -> None:
    """Do one thing of a desk's day to one of the articles."""
    if deed == "new" or not numbers:
        numbers.append(make.article(db, f"n{len(numbers)}", minutes=60 * 11 * len(numbers)))
        return
    number = numbers[which % len(numbers)]
    now = make.at(1000 + which * 7 + how)
    match deed:
        case "judge":
            to = ("queue", "reject")[how % 2]
            fate = ("queued", "rejected")[how % 2]
            topics = STRANDS[: how % 3]
            row = make.verdict(number, route=to, disposition=fate, topics=topics,
                               model=f"m{how // 3}")  # fmt: skip
            verdicts.save_verdicts(db, [row], [], now)
        case "decide":
            answer: Any = ("relevant", "not_relevant", "unsure", "skip")[how % 4]
            reviews.decide(db, article=number, answer=answer, by="R", now=now, with_copies=how > 3)
        case "undo":
            reviews.undo(db, article=number, by="R", now=now)
        case "facets":
            wanted = None if how == 5 else STRANDS[how % 3 :]
            facets.correct(db, article=number, topics=wanted, by="R", now=now)
        case "copy":
            original = numbers[how % len(numbers)]
            if original != number:
                with write(db):
                    run(db, "UPDATE articles SET copy_of = ? WHERE id = ?", (original, number))
        case "machine":
            articles.save_text(db, make.text(number, f"Edited {how}"), now)


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_the_counts_are_those_of_a_recount_whatever_happened(
    deeds: list[tuple[str, int, int]], maker: type[Make], tmp_path_factory: Any
) -> None:
    """Judged, decided, undone, corrected, found to be a copy, edited: in any order."""
    db = connect(tmp_path_factory.mktemp("counts") / "t.db")
    try:
        feeds.sync(db, [maker.spec("gazette")], maker.T0)
        numbers: list[int] = []
        for deed, which, how in deeds:
            do(db, maker, numbers, deed, which, how)
            assert held(db) == recounted(db), deed
    finally:
        db.close()


def test_a_store_from_before_is_counted_once_when_it_is_opened(
    path: Path, make: type[Make]
) -> None:
    """The migration's own counts are those the triggers would have made."""
    db = connect(path)
    feeds.sync(db, [make.spec("gazette")], make.T0)
    number = make.judged(db, "a")
    make.article(db, "b")
    reviews.decide(db, article=number, answer="relevant", by="R", now=make.at(9))
    with write(db):
        for name in fetch(db, "SELECT name FROM sqlite_master WHERE sql LIKE '%counted%'"
                              " AND type = 'trigger'"):  # fmt: skip
            run(db, f'DROP TRIGGER "{name["name"]}"')
        for table in ("item_counts", "article_counts", "counted_articles", "pin_lines"):
            run(db, f"DROP TABLE {table}")
        for trigger in ("items_into_counts", "items_summed", "items_lost", "ledger_days_new",
                        "ledger_days_moved"):  # fmt: skip
            run(db, f"DROP TRIGGER {trigger}")
        for table in ("ledger_sums", "grand_sums"):
            run(db, f"DROP TABLE {table}")
        for index in ("articles_answered", "claims_beside"):
            run(db, f"DROP INDEX {index}")
        run(db, "DELETE FROM _sqlite_migrations WHERE name LIKE '0027%' OR name = '0055_sums'")
        run(db, "PRAGMA user_version = 1")
    db.close()
    again = connect(path)
    assert held(again) == recounted(again)
    assert counts.totals(again).n == 2
    assert counts.totals(again).accepted == 1
    assert days.whole(again)[0].found == 2
    assert days.whole(again)[1]
    again.close()


def test_seven_days_are_one_bar_and_begin_with_the_day_asked_for(
    room: Db, make: type[Make]
) -> None:
    for day in range(10):
        make.article(room, f"d{day}", minutes=day * 24 * 60)
    first = make.T0.date()
    found = counts.items(room, "week", first, first + timedelta(days=13))
    assert [(one.period, one.n) for one in found] == [
        (str(first), 7),
        (str(first + timedelta(days=7)), 3),
    ]
    later = counts.items(room, "week", first + timedelta(days=2), first + timedelta(days=8))
    assert [(one.period, one.n) for one in later] == [(str(first + timedelta(days=2)), 7)]


def test_a_day_that_was_asked_is_told_from_one_that_was_not(room: Db, make: type[Make]) -> None:
    feeds.save_poll(room, make.poll(minutes=0))
    feeds.save_poll(room, make.poll(minutes=24 * 60, outcome="connect"))
    first = make.T0.date()
    found = counts.answered(room, "day", first, first + timedelta(days=5))
    assert [(one.period, one.n) for one in found] == [
        (str(first), 1),
        (str(first + timedelta(1)), 0),
    ]
    [month] = counts.answered(room, "month", first, first + timedelta(days=5))
    assert (month.n, month.accepted) == (1, 2)


def test_what_reading_found_is_told_in_order(room: Db, make: type[Make]) -> None:
    answers: tuple[Any, ...] = ("relevant", "not_relevant", "unsure", "relevant")
    for n, answer in enumerate(answers):
        number = make.judged(room, f"r{n}")
        reviews.decide(room, article=number, answer=answer, by="R", now=make.at(60 * n))
    told = counts.read_and_found(room)
    assert [(read, found) for _, read, found in told] == [(1, 1), (2, 1), (2, 1), (3, 2)]


@pytest.fixture
def statements(room: Db) -> Iterator[list[str]]:
    """Record every statement that SQLite runs."""
    ran: list[str] = []
    room.conn.set_trace_callback(ran.append)
    yield ran
    room.conn.set_trace_callback(None)


def test_no_picture_counts_rows_of_items_or_articles(room: Db, statements: list[str]) -> None:
    """A million articles later these queries still read small rows alone."""
    since, until = date(2026, 1, 1), date(2026, 6, 30)
    units: tuple[counts.Unit, ...] = ("day", "week", "month")
    for unit in units:
        counts.items(room, unit, since, until)
        counts.articles(room, unit, since, until)
        counts.topics(room, unit, since, until)
        counts.answered(room, unit, since, until)
    counts.totals(room)
    counts.read_and_found(room)
    ran = [sql for sql in statements if sql.lstrip().upper().startswith("SELECT")]
    assert len(ran) >= 14
    for sql in ran:
        plan = [row[-1] for row in room.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for step in plan:
            assert not step.startswith(("SCAN items", "SCAN polls")), (sql, plan)
            assert "articles" not in step or "USING COVERING INDEX" in step or (
                "article_counts" in step
            ), (sql, plan)  # fmt: skip
        if "unit = 'day'" in sql or "period >=" in sql:
            assert any("SEARCH" in step for step in plan), (sql, plan)
