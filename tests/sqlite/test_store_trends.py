"""Words over time, kinds by month, and months in which feeds answered: counts that hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from store import articles, asking, counts, feeds, genres, reviews, trends
from store.db import Db
from store.sql import fetch, one

SPAN = (date(2026, 3, 1), date(2026, 3, 31))


def test_only_articles_of_ours_that_say_it_are_counted_and_a_decision_changes_that(
    db: Db, make: Any
) -> None:
    ours = make.judged(db, "a", "Trucks wait at the salt road.")
    make.judged(db, "b", "Trucks wait elsewhere.", route="reject", disposition="rejected")
    make.judged(db, "c", "Nothing of the sort.")
    found = trends.mentions(db, asking.read("trucks"))
    assert (found.by_day, found.since_on) == ({"2026-03-02": 1}, None)
    reviews.decide(db, article=ours, answer="not_relevant", by="rida", now=make.at(9))
    assert trends.mentions(db, asking.read("trucks")).by_day == {}


def test_beyond_what_is_counted_whole_days_are_left_out_and_that_is_said(db: Db, make: Any) -> None:
    for day in range(4):
        for n in range(3):
            make.judged(db, f"{day}-{n}", f"Trucks again {day} {n}.")
            db.execute(
                "UPDATE articles SET first_seen_at = ? WHERE id = (SELECT max(id) FROM articles)",
                (f"2026-03-{day + 1:02}T06:00:00+00:00",),
            )
    found = trends.mentions(db, asking.read("trucks"), most=7)
    assert found.since_on == date(2026, 3, 2)
    assert found.by_day == {"2026-03-03": 3, "2026-03-04": 3}
    assert trends.mentions(db, asking.read("trucks"), most=12).since_on is None


def test_whatever_is_typed_is_no_mistake(db: Db, make: Any) -> None:
    make.judged(db, "a", "Trucks.")
    for typed in ("", '"', "-x", "OR", "title:", "a" * 9000, 'NEAR("x" *', "\x00"):
        assert isinstance(trends.mentions(db, asking.read(typed)).by_day, dict)


def kinds(db: Db) -> dict[str, tuple[int, int]]:
    return {c.feed: (c.n, c.accepted) for c in counts.kinds(db, "month", *SPAN)}


def test_kinds_are_counted_anew_when_an_article_or_what_people_say_of_it_changes(
    db: Db, make: Any
) -> None:
    first = make.article(db, "a", genre="report")
    second = make.article(db, "b", genre="op_ed")
    articles.save_verdicts(db, [make.verdict(first), make.verdict(second)], [], make.at(2))
    assert kinds(db) == {"report": (1, 0), "op_ed": (1, 0)}
    reviews.decide(db, article=first, answer="relevant", by="rida", now=make.at(5))
    assert kinds(db) == {"report": (1, 1), "op_ed": (1, 0)}
    genres.correct(db, article=first, genre="statement", by="rida", now=make.at(6))
    assert kinds(db) == {"statement": (1, 1), "op_ed": (1, 0)}
    genres.correct(db, article=first, genre=None, by="rida", now=make.at(7))
    reviews.decide(db, article=second, answer="not_relevant", by="rida", now=make.at(8))
    assert kinds(db) == {"report": (1, 1)}
    sql = "SELECT count(*) FROM kind_counts WHERE n < 0 OR accepted < 0 OR accepted > n"
    assert one(db, sql) == 0


def test_the_months_of_answers_are_those_of_the_days(db: Db, make: Any) -> None:
    for minutes, outcome in ((0, "ok"), (10, "timeout"), (1440, "timeout"), (2880, "ok")):
        feeds.save_poll(db, make.poll(minutes=minutes, outcome=outcome))
    by_month = counts.answered(db, "month", *SPAN)
    assert [(c.period, c.feed, c.n, c.accepted) for c in by_month] == [("2026-03", "gazette", 2, 3)]
    assert fetch(db, "SELECT sum(asked > 0) AS asked, sum(answered > 0) AS n FROM poll_days") == [
        {"asked": 3, "n": 2}
    ]


def plan(db: Db, sql: str, params: dict[str, Any]) -> str:
    return "\n".join(row["detail"] for row in fetch(db, f"EXPLAIN QUERY PLAN {sql}", params))


def test_no_page_of_the_corpus_walks_through_articles(db: Db, make: Any) -> None:
    make.judged(db, "a", "Trucks.")
    hits = plan(db, trends._HITS, {"words": "trucks", "most": 5})
    assert "USING INTEGER PRIMARY KEY" in hits
    assert "articles" not in hits.replace("counted_articles", "")
    span = {"unit": "month", "since": "2026-01", "until": "2026-12"}
    kinds_plan = plan(db, counts._KINDS.format(period="period"), span)
    assert "SEARCH kind_counts USING PRIMARY KEY" in kinds_plan
    months = plan(db, counts._MONTHS, span)
    assert "SEARCH poll_months USING PRIMARY KEY" in months
    newest = plan(db, "SELECT id FROM fixed ORDER BY created_at DESC LIMIT 5", {})
    assert "USING INDEX fixed_created" in newest or "USING COVERING INDEX" in newest
