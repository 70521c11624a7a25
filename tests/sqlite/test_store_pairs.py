"""Second readings: drawn by lot, blind, beside the first, settled over both, undone by line."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store import articles, corpus, pairs, reviews
from store.db import Db, connect
from store.types import ArticleRow

ALWAYS = 1.0


@pytest.fixture
def team(db: Db, make: Any) -> Db:
    """Hold a store in which omar has decided this month: rida does not read alone."""
    reviews.decide(db, article=make.judged(db, "old"), answer="unsure", by="omar", now=make.at(-90))
    return db


def answer(
    db: Db, make: Any, article: int, said: Any, by: str = "rida", minutes: float = 5, **more: Any
) -> int:
    return reviews.decide(
        db, article=article, answer=said, by=by, now=make.at(minutes),
        **({"read_twice": ALWAYS} | more),
    )  # fmt: skip


def row_of(db: Db, article: int) -> ArticleRow:
    row = articles.get(db, article)
    assert row is not None
    return row


def state(db: Db, article: int) -> str:
    pair = pairs.get(db, article)
    return pair.state if pair else "not drawn"


def waiting(db: Db, by: str) -> list[int]:
    return [row.article for row in pairs.waiting_for(db, by)]


# --- drawing --------------------------------------------------------------------------------


def test_with_one_reader_nothing_waits_for_a_second_who_does_not_exist(db: Db, make: Any) -> None:
    one, two = make.judged(db, "one"), make.judged(db, "two")
    answer(db, make, one, "relevant")
    assert state(db, one) == "not drawn"
    # A month later omar's only answer is too old for him to be waited for; the day before it is not
    reviews.decide(db, article=two, answer="unsure", by="omar", now=make.T0)
    late = make.judged(db, "late")
    month = 28 * 24 * 60
    assert answer(db, make, late, "relevant", minutes=month + 1)
    assert state(db, late) == "not drawn"
    soon = make.judged(db, "soon")
    answer(db, make, soon, "relevant", minutes=month - 1)
    assert state(db, soon) == "waiting"


def test_an_account_that_never_decided_can_be_the_second_reader(db: Db, make: Any) -> None:
    number = make.judged(db)
    db.execute(
        "INSERT INTO people (name, folded, role, hash, password_at, created_at, created_by)"
        " VALUES ('sana', 'sana', 'reader', '', '', '', '')"
    )
    answer(db, make, make.judged(db, "b"), "relevant")
    assert state(db, 2) == "not drawn", "a reader decides nothing"
    db.execute("UPDATE people SET role = 'reviewer'")
    answer(db, make, number, "relevant")
    assert state(db, number) == "waiting"


def test_the_lot_is_the_same_each_time_and_differs_between_two_stores(
    db: Db, make: Any, tmp_path: Any
) -> None:
    other = connect(tmp_path / "other.db")
    lots = [pairs.lot(db, number) for number in range(1, 2001)]
    assert lots == [pairs.lot(db, number) for number in range(1, 2001)]
    assert all(0 <= lot < 1 for lot in lots)
    assert 0.07 < sum(lot < 0.1 for lot in lots) / 2000 < 0.13
    assert [pairs.lot(other, number) for number in range(1, 9)] != lots[:8]
    other.close()


def test_only_the_share_asked_for_is_drawn_and_nothing_by_default(team: Db, make: Any) -> None:
    numbers = [make.judged(team, f"n{n}", f"{n} trucks") for n in range(60)]
    for number in numbers[:30]:
        answer(team, make, number, "relevant", read_twice=0.5)
    for number in numbers[30:]:
        reviews.decide(team, article=number, answer="relevant", by="rida", now=make.at(5))
    drawn = [number for number in numbers if state(team, number) != "not drawn"]
    assert drawn == [number for number in numbers[:30] if pairs.lot(team, number) < 0.5]
    assert drawn


def test_a_skip_a_copy_and_what_was_never_shown_are_not_drawn(team: Db, make: Any) -> None:
    skipped, original = make.judged(team, "skipped"), make.judged(team, "original")
    copy = make.article(team, "copy", "The copy", copy_of=original, copy_how="near_text")
    rejected = make.judged(team, "no", route="reject", disposition="rejected")
    answer(team, make, skipped, "skip")
    for number in (copy, rejected):
        answer(team, make, number, "relevant")
    assert {state(team, n) for n in (skipped, copy, rejected)} == {"not drawn"}
    answer(team, make, skipped, "relevant", minutes=6)
    assert state(team, skipped) == "waiting", "a skip is no answer: the first comes now"


def test_what_was_drawn_for_the_audit_may_be_read_twice_too(team: Db, make: Any) -> None:
    number = make.judged(team, "audit", route="sample", score=0.01)
    answer(team, make, number, "not_relevant")
    assert waiting(team, "omar") == [number]


# --- blind ----------------------------------------------------------------------------------


def test_it_waits_for_everybody_but_its_reader_and_shows_them_nothing(team: Db, make: Any) -> None:
    number = make.judged(team)
    copy = make.article(team, "copy", "The copy", copy_of=number, copy_how="near_text")
    answer(team, make, number, "relevant", note="clear", with_copies=True)
    assert (waiting(team, "rida"), waiting(team, "omar"), waiting(team, "new")) == (
        [], [number], [number],
    )  # fmt: skip
    [row] = pairs.waiting_for(team, "omar")
    assert (row.decision, row.decided_by, row.decided_at) == (None, None, None)
    assert pairs.is_blind_to(team, number, "omar")
    assert not pairs.is_blind_to(team, number, "rida")
    assert pairs.is_blind_to(team, copy, "omar"), "the copy would tell"
    assert pairs.hidden_from(team, "omar") == {number, copy}
    assert pairs.blind_among(team, [1, number, copy], "omar") == {number, copy}
    assert reviews.history(team, number, seen_by="omar") == []
    assert [line.by for line in reviews.history(team, number, seen_by="rida")] == ["rida"]
    assert [line.article for line in reviews.recent(team, seen_by="omar")] == [1]
    [seen, _] = pairs.veiled(team, [row_of(team, number), row_of(team, 1)], "omar")
    assert seen.decision is None
    answer(team, make, number, "relevant", by="omar")
    assert not pairs.is_blind_to(team, number, "omar")
    assert [line.by for line in reviews.history(team, number, seen_by="omar")] == ["rida", "omar"]


def test_who_is_blind_to_an_answer_cannot_undo_it(team: Db, make: Any) -> None:
    number = make.judged(team)
    line = answer(team, make, number, "relevant")
    assert not reviews.undo(team, article=number, by="omar", now=make.at(6))
    assert not reviews.undo(team, article=number, by="omar", now=make.at(6), decision=line)
    assert row_of(team, number).decision == "relevant"


def test_a_skip_passes_it_on_and_changes_nothing(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, "skip", by="omar", minutes=6)
    assert (row_of(team, number).decision, row_of(team, number).decided_by) == ("relevant", "rida")
    assert (waiting(team, "omar"), waiting(team, "new")) == ([], [number])
    assert pairs.is_blind_to(team, number, "omar"), "omar may still read it"
    assert reviews.undo(team, article=number, by="omar", now=make.at(7))
    assert waiting(team, "omar") == [number]


# --- two answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["relevant", "not_relevant", "unsure"])
def test_the_first_answer_keeps_standing_beside_the_second(
    team: Db, make: Any, second: str
) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, second, by="omar", minutes=6)
    row = row_of(team, number)
    assert (row.decision, row.decided_by, row.decided_at) == ("relevant", "rida", make.at(5))
    assert state(team, number) == ("agreed" if second == "relevant" else "disputed")
    assert waiting(team, "new") == []
    assert pairs.compared(team) == {(("rida", "relevant"), ("omar", second)): 1}
    assert pairs.answer_of(team, number, "omar") == second
    assert pairs.answer_of(team, number, "new") == "relevant"


def test_a_disputed_article_teaches_nothing_until_it_is_settled(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")

    def labels() -> list[tuple[str, bool, str | None]]:
        return [(label.id, label.relevant, label.by) for label in corpus.labels(team)]

    assert labels() == [(f"article:{number}", True, "rida")]
    answer(team, make, number, "not_relevant", by="omar", minutes=6)
    assert labels() == []
    window = (make.at(0), make.at(60))

    def told() -> list[int]:
        return [row.article for row in reviews.digest_candidates(team, *window)]

    assert number in told(), "not lost"
    answer(team, make, number, "not_relevant", by="sana", minutes=7)
    assert labels() == [(f"article:{number}", False, "sana")]
    assert number not in told()


def test_the_second_answer_is_none_for_the_copies(team: Db, make: Any) -> None:
    number = make.judged(team)
    copy = make.article(team, "copy", "The copy", copy_of=number, copy_how="near_text")
    answer(team, make, number, "relevant", with_copies=True)
    answer(team, make, number, "not_relevant", by="omar", minutes=6, with_copies=True)
    assert row_of(team, copy).decision == "relevant"
    answer(team, make, number, "not_relevant", by="sana", minutes=7, with_copies=True)
    assert row_of(team, copy).decision == "not_relevant"


@pytest.mark.parametrize(("judge", "part"), [("sana", "settles"), ("omar", "jointly"),
                                             ("rida", "jointly")])  # fmt: skip
def test_anyone_settles_a_dispute_and_the_undo_opens_it_again(
    team: Db, make: Any, judge: str, part: str
) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, "not_relevant", by="omar", minutes=6)
    [dispute] = pairs.disputed(team)
    assert (dispute.first.by, dispute.first.answer) == ("rida", "relevant")
    assert (dispute.second.by, dispute.second.answer) == ("omar", "not_relevant")
    answer(team, make, number, "unsure", by=judge, minutes=7)
    assert (state(team, number), pairs.disputed(team)) == ("settled", [])
    assert (row_of(team, number).decision, row_of(team, number).decided_by) == ("unsure", judge)
    assert reviews.history(team, number)[-1].reading == part
    assert len(pairs.compared(team)) == 1, "both blind answers still count for the agreement"
    assert reviews.undo(team, article=number, by=judge, now=make.at(8))
    assert (state(team, number), row_of(team, number).decision) == ("disputed", "relevant")


def test_a_skip_settles_nothing(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, "not_relevant", by="omar", minutes=6)
    answer(team, make, number, "skip", by="sana", minutes=7)
    assert (state(team, number), row_of(team, number).decision) == ("disputed", "relevant")


# --- undo -----------------------------------------------------------------------------------


def test_each_reader_undoes_their_own_answer(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, "not_relevant", by="omar", minutes=6)
    assert reviews.undo(team, article=number, by="rida", now=make.at(7)), "rida's, not the newest"
    row = row_of(team, number)
    assert (row.decision, row.decided_by) == ("not_relevant", "omar"), "the other's is not lost"
    assert (state(team, number), waiting(team, "rida")) == ("waiting", [number])
    answer(team, make, number, "not_relevant", minutes=8)
    assert (state(team, number), row_of(team, number).decided_by) == ("agreed", "omar")


def test_undoing_the_second_answer_lets_it_wait_again(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    line = answer(team, make, number, "not_relevant", by="omar", minutes=6)
    assert reviews.undo(team, article=number, by="omar", now=make.at(7))
    assert not reviews.undo(team, article=number, by="omar", now=make.at(7), decision=line)
    assert (state(team, number), waiting(team, "omar")) == ("waiting", [number])
    assert reviews.undo(team, article=number, by="rida", now=make.at(8))
    assert (state(team, number), row_of(team, number).decision) == ("open", None)
    answer(team, make, number, "unsure", by="omar", minutes=9, read_twice=0.0)
    assert waiting(team, "rida") == [number], "drawn once is drawn"


def test_a_reader_who_thinks_again_before_the_second_has_read_gives_one_answer(
    team: Db, make: Any
) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    answer(team, make, number, "not_relevant", minutes=6)
    assert (state(team, number), row_of(team, number).decision) == ("waiting", "not_relevant")
    answer(team, make, number, "not_relevant", by="omar", minutes=7)
    assert state(team, number) == "agreed"


def test_a_persons_day_taken_back_takes_their_readings_and_what_they_settled(
    team: Db, make: Any
) -> None:
    one, two = make.judged(team, "one"), make.judged(team, "two")
    for number in (one, two):
        answer(team, make, number, "relevant")
        answer(team, make, number, "not_relevant", by="omar", minutes=6)
    answer(team, make, two, "not_relevant", by="omar", minutes=7)
    assert (state(team, one), state(team, two)) == ("disputed", "settled")
    window = {"since": make.at(0), "until": make.at(60)}
    assert reviews.undo_all(team, person="omar", by="sana", now=make.at(9), **window) == 3
    assert {state(team, one), state(team, two)} == {"waiting"}
    assert {row_of(team, one).decided_by, row_of(team, two).decided_by} == {"rida"}


def test_the_same_press_is_recorded_once_for_a_second_reader_too(team: Db, make: Any) -> None:
    number = make.judged(team)
    answer(team, make, number, "relevant")
    pressed = {answer(team, make, number, "unsure", by="omar", minutes=6) for _ in range(2)}
    assert len(pressed) == 1
    assert len(reviews.history(team, number)) == 2


# --- whatever happens -----------------------------------------------------------------------

_STEP = st.one_of(
    st.tuples(
        st.just("answer"),
        st.sampled_from(["rida", "omar", "sana"]),
        st.sampled_from(["relevant", "not_relevant", "unsure", "skip"]),
    ),
    st.tuples(st.just("undo"), st.sampled_from(["rida", "omar", "sana"]), st.just("")),
)


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(
    steps=[
        ("answer", "rida", "relevant"),
        ("answer", "rida", "skip"),
        ("answer", "omar", "relevant"),
        ("answer", "rida", "relevant"),
        ("undo", "omar", ""),
    ]
)
@example(
    steps=[
        ("answer", "rida", "relevant"),
        ("answer", "rida", "skip"),
        ("answer", "rida", "relevant"),
        ("answer", "omar", "relevant"),
        ("undo", "rida", ""),
    ]
)
@given(steps=st.lists(_STEP, max_size=12))
def test_whatever_people_press_an_answer_that_stands_is_never_lost(
    team: Db, make: Any, steps: list[tuple[str, str, Any]]
) -> None:
    """Lines are only added, pairs can be made anew from them, and no reader is asked twice."""
    number = make.judged(team, f"n{row_count(team)}", f"Text {row_count(team)}")
    before: list[tuple[Any, ...]] = []
    for minutes, (what, by, said) in enumerate(steps):
        if what == "answer":
            answer(team, make, number, said, by=by, minutes=minutes)
        else:
            reviews.undo(team, article=number, by=by, now=make.at(minutes))
        lines = team.execute("SELECT * FROM decisions WHERE article = ?", (number,)).fetchall()
        assert lines[: len(before)] == before
        before = lines
        holds(team, number)
    kept = pairs.get(team, number)
    pairs.rebuild(team)
    assert pairs.get(team, number) == kept


def holds(db: Db, number: int) -> None:
    history = reviews.history(db, number)
    undone = {line.undoes for line in history}
    stand = [line for line in history if line.answer and line.id not in undone]
    row, pair = row_of(db, number), pairs.get(db, number)
    said = {line.answer for line in stand if line.reading != "aside"}
    assert (row.decision in said) if said else row.decision is None
    if pair is None:
        return
    assert pair.first_by is None or pair.first_by != pair.second_by
    assert (number in waiting(db, "nobody yet")) == (pair.state == "waiting")
    for reader in pair.readers:
        assert pair.state != "waiting" or not pairs.is_blind_to(db, number, reader)
    if pair.state in {"waiting", "agreed", "disputed"}:
        assert (row.decision, row.decided_by) == (pair.first_answer, pair.first_by)


def row_count(db: Db) -> int:
    return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])


def test_of_two_who_press_at_once_one_is_first_and_one_second(
    team: Db, make: Any, path: Any
) -> None:
    numbers = [make.judged(team, f"n{n}", f"Text {n}") for n in range(8)]
    answer(team, make, 1, "unsure")  # so that omar, should he be first, does not read alone
    gate = threading.Barrier(2)

    def press(by: str) -> None:
        own = connect(path)
        for number in numbers:
            gate.wait()
            answer(own, make, number, "relevant", by=by)
        own.close()

    both = [threading.Thread(target=press, args=(by,)) for by in ("rida", "omar")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    for number in numbers:
        assert [line.reading for line in reviews.history(team, number)] == ["first", "second"]
        assert state(team, number) == "agreed"


def test_the_load_says_what_each_person_read_and_what_waits(team: Db, make: Any) -> None:
    one, two = make.judged(team, "one"), make.judged(team, "two")
    answer(team, make, one, "relevant")
    answer(team, make, one, "relevant", by="omar", minutes=6)
    answer(team, make, two, "relevant", by="omar", minutes=6)
    found = {load.by: load for load in pairs.loads(team, make.T0 - timedelta(days=28))}
    assert [(n, f.answered, f.second, f.waiting) for n, f in found.items()] == [
        ("omar", 3, 1, 0), ("rida", 1, 0, 1),
    ]  # fmt: skip
    assert pairs.counts(team) == {"agreed": 1, "waiting": 1}
