"""Verdicts can be looked back upon: what each came from, and what people said to the score."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from store import articles, changes, corpus, feeds, imports, judged, names, reviews
from store.db import Db
from store.inquiry import NameList
from store.learned import Label, ModelRow
from store.sql import write


@pytest.fixture
def room(db: Db, make: Any) -> Db:
    feeds.sync(db, [make.spec()], make.T0)
    return db


def decide(db: Db, make: Any, article: int, answer: str, *, day: float, by: str = "R.") -> int:
    now = make.T0 + timedelta(days=day)
    return reviews.decide(db, article=article, answer=answer, by=by, now=now)  # type: ignore[arg-type]


def model(db: Db, make: Any, name: str, snapshot: str) -> None:
    row = ModelRow(
        id=name, trainer="t", snapshot=snapshot, created_at=make.T0, live=False, why="",
        figures={}, artifact="{}",
    )  # fmt: skip
    corpus.save_model(db, row)


# --- the record -----------------------------------------------------------------------------


def test_a_verdict_keeps_what_it_was_come_to_with(room: Db, make: Any) -> None:
    model(room, make, "two-pole-1", "snap-7")
    number = make.article(room, "a", "The border reopened today.")
    row = make.verdict(
        number, model="two-pole-1+abcd1234", threshold=0.12, calibrated=True, given='{"side": "x"}'
    )
    articles.save_verdicts(room, [row], [], make.at(2))
    (record,) = judged.of_article(room, number)
    assert (record.threshold, record.calibrated, record.given) == (0.12, True, '{"side": "x"}')
    assert record.snapshot == "snap-7", "a team's names and switches follow the model's plus"
    text = articles.text(room, number)
    assert text is not None
    assert record.text_hash == text.text_hash
    assert record.stands
    assert judged.standing(room, number) == record


def test_a_later_verdict_stands_and_the_earlier_one_stays(room: Db, make: Any) -> None:
    number = make.judged(room, "a")
    articles.save_verdicts(room, [make.verdict(number, model="new", score=0.2)], [], make.at(9))
    records = judged.of_article(room, number)
    assert [(r.model, r.stands) for r in records] == [("cold", False), ("new", True)]


def test_verdicts_of_before_say_that_they_do_not_know(room: Db, make: Any) -> None:
    number = make.judged(room, "a")
    room.execute("UPDATE verdicts SET threshold = NULL, calibrated = NULL, text_hash = ''")
    room.conn.commit()
    (record,) = judged.of_article(room, number)
    assert (record.threshold, record.calibrated, record.given) == (None, None, "")


# --- scores against decisions ---------------------------------------------------------------


def test_only_the_first_answer_on_a_text_measures_its_score(room: Db, make: Any) -> None:
    """A later answer meets a model that may have learnt from the first."""
    number = make.judged(room, "a", score=0.8)
    decide(room, make, number, "not_relevant", day=1)
    articles.save_verdicts(room, [make.verdict(number, model="new", score=0.1)], [], make.at(9))
    decide(room, make, number, "relevant", day=2)
    (one,) = judged.tried(room)
    assert (one.score, one.relevant, one.queued) == (0.8, False, True)


def test_an_answer_taken_back_unsure_or_given_to_a_copy_measures_nothing(
    room: Db, make: Any
) -> None:
    first, second = make.judged(room, "a", "one text"), make.judged(room, "b", "other text")
    number = make.article(room, "c", "one text, again", copy_of=first, copy_how="near_text")
    articles.save_verdicts(room, [make.verdict(number)], [], make.at(3))
    decide(room, make, second, "unsure", day=1)
    reviews.decide(room, article=first, answer="relevant", by="R.", now=make.at(60),
                   with_copies=True)  # fmt: skip
    assert [one.article for one in judged.tried(room)] == [first]
    reviews.undo(room, article=first, by="R.", now=make.at(70))
    assert judged.tried(room) == []


def test_what_was_drawn_for_the_audit_is_told_from_what_was_queued(room: Db, make: Any) -> None:
    number = make.judged(room, "a", score=0.02, route="sample", calibrated=True)
    decide(room, make, number, "relevant", day=1)
    (one,) = judged.tried(room)
    assert (one.queued, one.calibrated) == (False, True)


def test_weeks_count_first_verdicts_and_answers_where_they_fell(room: Db, make: Any) -> None:
    now = make.T0 + timedelta(days=30)
    old, near, low = (make.article(room, name) for name in "abc")
    at = {old: 1, near: 27, low: 28}
    for number, score in ((old, 0.9), (near, 0.12), (low, 0.01)):
        route = "queue" if score >= 0.1 else "reject"
        row = make.verdict(number, score=score, route=route, threshold=0.1)
        articles.save_verdicts(room, [row], [], make.T0 + timedelta(days=at[number]))
    again = make.verdict(old, model="new", score=0.9)
    articles.save_verdicts(room, [again], [], now - timedelta(days=1))
    decide(room, make, near, "relevant", day=29)
    made = NameList(
        week_on=now.date(), made_at=now, since_at=now, read=90, wanted=50,
        names=json.dumps([{"name": "x"}, {"name": "y"}]),
    )  # fmt: skip
    names.save_list(room, made)
    weeks = {week.back: week for week in judged.weeks(room, now)}
    assert len(weeks) == 10
    assert (weeks[0].judged, weeks[0].queued, weeks[0].near) == (2, 1, 1)
    assert weeks[0].tried == ((0.12, True),)
    assert weeks[0].names == 4.0
    assert (weeks[4].judged, weeks[4].names) == (1, None), "the second verdict is no new article"


def test_weeks_follow_what_a_first_verdict_becomes(room: Db, make: Any) -> None:
    """Come to again by the same model it counts as it is now; of a copy it counts no more."""
    now, one = make.T0 + timedelta(days=30), make.article(room, "a")

    def last() -> tuple[int, int, int]:
        week = judged.weeks(room, now)[0]
        return week.judged, week.queued, week.near

    def judge(score: float, route: str, hours: int) -> None:
        row = make.verdict(one, score=score, route=route, threshold=0.1)
        articles.save_verdicts(room, [row], [], now - timedelta(hours=hours))

    judge(0.9, "queue", 30)
    assert last() == (1, 1, 0)
    judge(0.09, "reject", 3)
    assert last() == (1, 0, 1)
    judge(0.11, "queue", 7 * 24 + 1)
    assert last() == (0, 0, 0)
    judge(0.11, "queue", 7 * 24 - 1)
    assert last() == (1, 1, 1)
    judge(0.11, "queue", 0)
    assert last() == (1, 1, 1)
    two = make.article(room, "b")
    for original, told in ((two, (0, 0, 0)), (None, (1, 1, 1))):
        with write(room):
            room.conn.execute("UPDATE articles SET copy_of = ? WHERE id = ?", (original, one))
        assert last() == told


# --- who taught it, and what may be quoted --------------------------------------------------


def label(name: str, origin: str = "seed", **other: Any) -> Label:
    from datetime import UTC, datetime

    cells: dict[str, Any] = {
        "id": name, "title": f"Title {name}", "body": "A text.", "outlet": "Review",
        "language": "en", "side": None, "relevant": True, "origin": origin, "by": "R.",
        "at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Label(**(cells | other))


def test_examples_are_found_by_the_names_that_models_know_them_by(room: Db, make: Any) -> None:
    number = make.judged(room, "a")
    decide(room, make, number, "not_relevant", day=1)
    imports.add(room, [label("import:77")])
    found = judged.teachers(room, [f"article:{number}", "import:77", "article:999", "article:x"])
    assert set(found) == {f"article:{number}", "import:77"}
    assert found[f"article:{number}"].relevant is False
    assert found[f"article:{number}"].outlet == "Gazette"
    assert found["import:77"].title == "Title import:77"
    reviews.undo(room, article=number, by="R.", now=make.at(5000))
    assert judged.teachers(room, [f"article:{number}"])[f"article:{number}"].relevant is None


def test_only_relevant_texts_that_are_held_are_quoted_and_never_the_article_itself(
    room: Db, make: Any
) -> None:
    mine, liked, other = (make.judged(room, name) for name in "abc")
    for number, answer in ((mine, "relevant"), (liked, "relevant"), (other, "not_relevant")):
        decide(room, make, number, answer, day=1)
    imports.add(room, [label("import:1", relevant=False), label("import:2")])
    found = judged.quotable(room, mine, 10)
    assert [one.id for one in found] == ["import:2", f"article:{liked}"]
    assert len(judged.quotable(room, mine, 1)) == 2


# --- a person's decisions taken back --------------------------------------------------------


def test_all_of_a_persons_days_are_undone_and_the_others_answers_stand_again(
    room: Db, make: Any
) -> None:
    one, two, three = (make.judged(room, name) for name in "abc")
    decide(room, make, one, "relevant", day=1, by="Omar")
    decide(room, make, one, "not_relevant", day=2, by="Rabia")
    decide(room, make, two, "relevant", day=2, by="Rabia")
    decide(room, make, three, "relevant", day=8, by="Rabia")
    lines = room.execute("SELECT count(*) FROM decisions").fetchone()[0]
    days = {"since": make.T0 + timedelta(days=1), "until": make.T0 + timedelta(days=3)}
    now = make.T0 + timedelta(days=9)
    assert reviews.undo_all(room, person="Rabia", by="Omar", now=now, **days) == 2
    standing = {
        n: (articles.get(room, n) or pytest.fail("gone")).decision for n in (one, two, three)
    }
    assert standing == {one: "relevant", two: None, three: "relevant"}
    assert room.execute("SELECT count(*) FROM decisions").fetchone()[0] == lines + 2
    assert reviews.undo_all(room, person="Rabia", by="Omar", now=now, **days) == 0
    assert [(name, n) for name, n, _, _ in reviews.deciders(room)] == [("Omar", 1), ("Rabia", 1)]


def test_a_decision_that_went_to_copies_is_undone_with_them(room: Db, make: Any) -> None:
    first = make.judged(room, "a", "one text")
    copy = make.article(room, "b", "one text, again", copy_of=first, copy_how="near_text")
    reviews.decide(room, article=first, answer="relevant", by="Rabia", now=make.at(60),
                   with_copies=True)  # fmt: skip
    reviews.undo_all(
        room, person="Rabia", since=make.T0, until=make.at(90), by="Omar", now=make.at(99)
    )
    assert [(articles.get(room, n) or pytest.fail("gone")).decision for n in (first, copy)] == [
        None, None
    ]  # fmt: skip


# --- settings as they stood -----------------------------------------------------------------


def test_changes_are_told_as_they_stood_at_an_instant(room: Db, make: Any) -> None:
    changes.record(room, "names.kabul", '["K-town"]', "R.", make.at(1))
    changes.record(room, "names.kabul", "null", "R.", make.at(5))
    assert changes.standing_at(room, make.at(0)) == []
    assert [c.value for c in changes.standing_at(room, make.at(3))] == ['["K-town"]']
    assert [c.value for c in changes.standing_at(room, make.at(5))] == ["null"]
