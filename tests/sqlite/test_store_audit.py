"""What was rejected is kept with its chance, once; plans are made once a day and looked up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from store import articles, audit, reviews, verdicts
from store.db import Db
from store.inquiry import AuditStratum, PlanRow
from store.types import Draw

if TYPE_CHECKING:
    from tests.sqlite.conftest import Make


def rejected(make: type[Make], db: Db, name: str, **other: Any) -> int:
    cells: dict[str, Any] = {
        "score": 0.002, "route": "reject", "disposition": "rejected", "probability": 0.01,
        "band": 0, "threshold": 0.1, "calibrated": False,
    }  # fmt: skip
    return make.judged(db, name, **(cells | other))


def drawn(make: type[Make], db: Db, name: str, **other: Any) -> int:
    return rejected(make, db, name, **({"route": "sample", "disposition": "queued"} | other))


def decide(make: type[Make], db: Db, article: int, answer: Any, minutes: float = 30) -> None:
    reviews.decide(db, article=article, answer=answer, by="rida", now=make.at(minutes))


def test_what_was_rejected_is_counted_by_band_and_chance(make: type[Make], db: Db) -> None:
    for n in range(5):
        rejected(make, db, f"low{n}")
    hit, miss = drawn(make, db, "hit"), drawn(make, db, "miss")
    drawn(make, db, "waits")
    drawn(make, db, "open", band=2, probability=0.25)
    make.judged(db, "queued")
    decide(make, db, hit, "relevant")
    decide(make, db, miss, "not_relevant")
    found = audit.counts(db)
    assert found.strata == (
        AuditStratum(band=0, chance=0.01, rejected=8, drawn=3, decided=2, relevant=1),
        AuditStratum(band=2, chance=0.25, rejected=1, drawn=1, decided=0, relevant=0),
    )
    assert found.rescued == 1


def test_an_undone_decision_no_longer_counts(make: type[Make], db: Db) -> None:
    hit = drawn(make, db, "hit")
    decide(make, db, hit, "relevant")
    reviews.undo(db, article=hit, by="rida", now=make.at(31))
    assert [(s.decided, s.relevant) for s in audit.counts(db).strata] == [(0, 0)]


def test_unsure_and_skipped_count_as_looked_at_and_undecided(make: type[Make], db: Db) -> None:
    for name, answer in (("a", "unsure"), ("b", "skip")):
        decide(make, db, drawn(make, db, name), answer)
    (only,) = audit.counts(db).strata
    assert (only.drawn, only.decided, only.unsure) == (2, 0, 2)


def test_only_the_first_rejection_counts(make: type[Make], db: Db) -> None:
    """A decision on a drawn article teaches the model that judges it again."""
    hit = drawn(make, db, "hit")
    decide(make, db, hit, "relevant")
    again = make.verdict(hit, model="m2", score=0.97)
    articles.save_verdicts(db, [again], [], make.at(60))
    later = make.verdict(
        hit, model="m3", score=0.05, route="reject", disposition="rejected", band=2, probability=0.5
    )
    articles.save_verdicts(db, [later], [], make.at(90))
    (only,) = audit.counts(db).strata
    assert (only.band, only.chance, only.drawn, only.relevant) == (0, 0.01, 1, 1)


def test_what_is_judged_again_brings_its_draw_with_it(make: type[Make], db: Db) -> None:
    lucky, unlucky = drawn(make, db, "lucky"), rejected(make, db, "unlucky")
    fresh = make.article(db, "fresh")
    found = {item.article: item for item in verdicts.unjudged(db, "m2", 10)}
    assert found[lucky].earlier == Draw(chance=0.01, band=0, drawn=True)
    assert found[unlucky].earlier == Draw(chance=0.01, band=0, drawn=False)
    assert found[fresh].earlier is None
    assert found[fresh].canonical_url == "https://gazette.example/fresh"


def test_what_waited_in_the_queue_and_is_rejected_by_a_new_model_counts_from_then(
    make: type[Make], db: Db
) -> None:
    waits, decided = make.judged(db, "waits"), make.judged(db, "decided")
    decide(make, db, decided, "relevant")
    for number in (waits, decided):
        row = make.verdict(
            number, model="m2", score=0.01, route="reject", disposition="rejected",
            band=1, probability=0.1,
        )  # fmt: skip
        articles.save_verdicts(db, [row], [], make.at(60))
    (only,) = audit.counts(db, make.at(59)).strata
    assert (only.rejected, only.band) == (1, 1)  # what people decided on was not missed


def test_a_copy_is_spoken_for_by_its_original(make: type[Make], db: Db) -> None:
    original = drawn(make, db, "original")
    copy = make.article(db, "copy", copy_of=original, copy_how="same_text")
    row = make.verdict(copy, score=0.002, route="reject", disposition="duplicate", probability=0.0)
    articles.save_verdicts(db, [row], [], make.at(5))
    (only,) = audit.counts(db).strata
    assert only.rejected == 1


def test_a_drawn_article_that_turns_out_to_be_a_copy_is_answered_by_its_original(
    make: type[Make], db: Db
) -> None:
    late = drawn(make, db, "late")
    original = make.judged(db, "original")
    decide(make, db, original, "relevant")
    text = make.text(late, "Another text.", copy_of=original, copy_how="near_text")
    articles.save_text(db, text, make.at(40))
    (only,) = audit.counts(db).strata
    assert (only.drawn, only.decided, only.relevant) == (1, 1, 1)


def test_what_had_no_chance_is_told_apart(make: type[Make], db: Db) -> None:
    rejected(make, db, "off", probability=0.0)
    found = audit.counts(db)
    assert found.strata == ()
    assert found.unaudited == 1


def test_only_calibrated_scores_are_added_up(make: type[Make], db: Db) -> None:
    rejected(make, db, "a", score=0.03, calibrated=True)
    rejected(make, db, "b", score=0.04, calibrated=True)
    rejected(make, db, "c", score=0.08)
    found = audit.counts(db)
    assert (found.calibrated, round(found.calibrated_sum, 6)) == (2, 0.07)
    assert not audit.calibrated(db)


def test_accepted_articles_stand_for_what_had_their_chance(make: type[Make], db: Db) -> None:
    queued = make.judged(db, "queued", score=0.6, calibrated=False)
    hit = drawn(make, db, "hit", probability=0.25)
    by_hand = rejected(make, db, "by-hand")
    other = make.judged(db, "other", score=0.7, calibrated=True)
    for number in (queued, hit, by_hand, other):
        decide(make, db, number, "relevant")
    decide(make, db, make.judged(db, "not"), "not_relevant")
    found = audit.accepted(db, make.at(0), calibrated=False)
    assert sorted(found) == [(0.002, 4.0), (0.6, 1.0)]
    assert audit.accepted(db, make.at(0), calibrated=True) == [(0.7, 1.0)]
    assert audit.accepted(db, make.at(31), calibrated=False) == []


def test_the_books_balance_with_what_was_drawn(make: type[Make], db: Db) -> None:
    drawn(make, db, "drawn")
    rejected(make, db, "rejected")
    books = articles.ledger(db)
    assert (books.found, books.queued, books.rejected) == (2, 1, 1)


def plan(make: type[Make], rule: str = "r", threshold: float = 0.1, **other: Any) -> PlanRow:
    cells: dict[str, Any] = {
        "day_on": date(2026, 3, 2), "rule": rule, "made_at": make.at(), "threshold": threshold,
        "why": "the topic pack's.", "bands": ((0.0, 0.005, 0.01), (0.005, 0.1, 0.5)),
    }  # fmt: skip
    return PlanRow(**(cells | other))


def test_of_two_plans_for_a_day_the_first_stands(make: type[Make], db: Db) -> None:
    first = audit.save_plan(db, plan(make))
    assert audit.save_plan(db, plan(make, threshold=0.7)) == first
    assert audit.plan(db, date(2026, 3, 2), "r") == first
    assert audit.plan(db, date(2026, 3, 3), "r") is None


def test_the_last_plan_of_a_rule_is_found_behind_those_of_others(make: type[Make], db: Db) -> None:
    mine = audit.save_plan(db, plan(make))
    other = audit.save_plan(db, plan(make, rule="other"))
    assert audit.last_plan(db) == other
    assert audit.last_plan(db, "r") == mine
    assert audit.last_plan(db, "none") is None
    assert audit.plans(db) == [other, mine]


def test_a_drawn_one_is_found_behind_any_backlog(make: type[Make], db: Db) -> None:
    hidden = drawn(make, db, "hidden")
    for n in range(5):
        make.judged(db, f"q{n}", score=0.5 + n / 10)
    assert hidden not in {row.article for row in reviews.queue(db, limit=3)}
    assert audit.waiting_scores(db) == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert audit.waiting(db, make.at(0)) == 1


def test_decisions_in_a_row_are_counted_back_to_the_last_relevant_one(
    make: type[Make], db: Db
) -> None:
    for at, answer in enumerate(
        ["not_relevant", "relevant", "not_relevant", "unsure", "not_relevant"]
    ):
        decide(make, db, make.judged(db, f"a{at}"), answer, minutes=30 + at)
    assert audit.not_relevant_in_a_row(db) == 2


@pytest.mark.parametrize("statement", [audit._REJECTED, audit._ANSWERED])
def test_a_month_is_counted_by_its_index(db: Db, statement: str) -> None:
    steps = " ".join(
        str(row["detail"]) for row in db.query(f"EXPLAIN QUERY PLAN {statement}", ("2026",))
    )
    assert "audits_" in steps
    assert "SCAN articles" not in steps
