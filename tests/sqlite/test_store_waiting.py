"""What waits, as a list sorts and counts it: people's word before the machine's, one index read."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from store import articles, facets, feeds, genres, reviews, tags, waiting
from store.db import Db
from store.types import Answer


def waits(db: Db) -> dict[int, waiting.Waiter]:
    return {row.article: row for row in waiting.everything(db)}


def test_what_waits_is_what_the_queue_holds_in_its_order(db: Db, make: Any) -> None:
    make.judged(db, "low", score=0.2)
    high = make.judged(db, "high", score=0.95)
    make.judged(db, "audit", score=0.01, route="sample")
    make.judged(db, "no", score=0.02, route="reject", disposition="rejected")
    gone = make.judged(db, "gone", score=0.7)
    reviews.decide(db, article=gone, answer="skip", by="rida", now=make.at(5))
    order = [row.article for row in waiting.everything(db)]
    assert order == [row.article for row in reviews.queue(db)]
    assert order[0] == high
    assert [row.article for row in waiting.rows(db, [*order, 77])] == order
    assert len(waiting.everything(db, limit=2)) == 2
    plain = waiting.everything(db, plain=True)
    assert [row[:6] for row in plain] == [row[:6] for row in waiting.everything(db)]


def test_thousands_that_wait_share_the_texts_that_are_the_same(db: Db, make: Any) -> None:
    make.judged(db, topics=("talks", "border"))
    db.execute(
        "WITH RECURSIVE n(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 3009)"
        " INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,"
        " next_try_at, state, version, score, route, outcome, disposition, topics)"
        " SELECT n, n, '', 'f.example', feed, title, '', first_seen_at, '', 'text', 1,"
        " n / 4000.0, 'queue', 'queued', 'queued', topics FROM n, articles WHERE id = 1"
    )
    waits(db)  # what is kept for good is there from now on
    for plain, most in ((True, 400), (False, 450)):
        tracemalloc.start()
        try:
            found = waiting.everything(db, plain=plain)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert {row.topics for row in found} == {("talks", "border")}
        assert len(found) == 3001
        assert peak < len(found) * most, "bytes; it was 550 plain and 770"


def test_what_is_listed_has_no_evidence(db: Db, make: Any) -> None:
    (row,) = waiting.rows(db, [make.judged(db)])
    assert row.evidence is None
    whole = articles.get(db, row.article)
    assert whole is not None
    assert whole.evidence is not None


def test_people_come_before_the_machine(db: Db, make: Any) -> None:
    number = make.judged(db, topics=("talks", "border"))
    facts = waits(db)[number]
    assert (facts.outlet, facts.side, facts.language) == ("Gazette", "pakistan", "en")
    assert (facts.topics, facts.genre, facts.tags) == (("talks", "border"), "unknown", ())
    facets.correct(db, article=number, topics=["trade"], by="rida", now=make.at(5))
    facets.correct(db, article=number, topics=["refugees"], by="omar", now=make.at(6))
    genres.correct(db, article=number, genre="op_ed", by="rida", now=make.at(5))
    tags.add(db, article=number, tags=["doha", "trucks"], by="rida", now=make.at(5))
    facts = waits(db)[number]
    assert (facts.topics, facts.genre, facts.tags) == (("refugees",), "op_ed", ("doha", "trucks"))
    facets.correct(db, article=number, topics=None, by="omar", now=make.at(7))
    genres.correct(db, article=number, genre=None, by="omar", now=make.at(7))
    assert (waits(db)[number].topics, waits(db)[number].genre) == (("talks", "border"), "unknown")


def test_a_new_verdict_brings_its_strands(db: Db, make: Any) -> None:
    number = make.judged(db, topics=("talks",))
    articles.save_verdicts(
        db, [make.verdict(number, model="next", topics=("trade",))], [], make.at(4)
    )
    assert waits(db)[number].topics == ("trade",)


def test_what_others_passed_over_waits_for_me_until_i_have_answered(db: Db, make: Any) -> None:
    one, two, three = (make.judged(db, name) for name in ("one", "two", "three"))
    answers: list[tuple[int, Answer]] = [(one, "skip"), (two, "unsure"), (three, "relevant")]
    for article, answer in answers:
        reviews.decide(db, article=article, answer=answer, by="omar", now=make.at(5))

    def passed(by: str) -> set[int]:
        rows = {row.article for row in waiting.unsettled(db, by)}
        assert len(rows) == waiting.unsettled_size(db, by)
        return rows

    assert passed("rida") == {one, two}
    assert passed("omar") == set()
    reviews.decide(db, article=one, answer="skip", by="rida", now=make.at(6))
    assert passed("rida") == {two}
    assert passed("omar") == set(), "both have answered"
    reviews.undo(db, article=one, by="rida", now=make.at(7))
    assert passed("rida") == {one, two}


def plan(db: Db, sql: str, params: Any) -> str:
    return "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    ("part", "params"), [("queue", [9]), ("unsettled", ["rida", 9])], ids=["queue", "unsettled"]
)
def test_what_waits_is_read_from_its_index_alone(
    db: Db, make: Any, part: str, params: list[Any], plain: bool
) -> None:
    """Wherever an article itself were read, 5,000 that wait would cost ten times as much."""
    feeds.sync(db, [make.spec()], make.T0)
    found = plan(db, waiting.waiting_sql(part, plain=plain), params)
    assert found == f"SCAN a USING COVERING INDEX articles_{part}"


@pytest.mark.parametrize("table", ["genres", "facets", "tagged"])
def test_what_people_put_is_looked_up_from_what_waits(db: Db, table: str) -> None:
    found = plan(db, waiting.put_sql(table), ()).splitlines()
    assert found[0] == "SCAN a USING COVERING INDEX articles_queue"
    assert found[1].startswith("SEARCH p USING")
