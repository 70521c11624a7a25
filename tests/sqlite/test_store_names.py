"""What the store keeps of names: the texts to look in, the weekly lists, the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from store import names, reviews, verdicts
from store.db import Db
from store.inquiry import NameList


def test_wanted_is_what_was_queued_or_accepted_and_not_rejected_by_people(
    db: Db, make: Any
) -> None:
    queued = make.judged(db, "a")
    refused = make.judged(db, "b")
    rejected = make.judged(db, "c", score=0.01, route="reject", disposition="rejected")
    saved = make.judged(db, "d", score=0.01, route="reject", disposition="rejected")
    reviews.decide(db, article=refused, answer="not_relevant", by="R", now=make.at(90))
    reviews.decide(db, article=saved, answer="relevant", by="R", now=make.at(90))
    found = {text.article: text.wanted for text in names.recent(db, make.at(-60))}
    assert found == {queued: True, refused: False, rejected: False, saved: True}


def test_recent_texts_are_the_newest_within_the_window_and_no_more_than_asked(
    db: Db, make: Any
) -> None:
    articles = [make.judged(db, name) for name in "abc"]
    assert len(names.recent(db, make.at(-60), limit=2)) == 2
    assert [text.article for text in names.recent(db, make.at(-60))] == articles[::-1]
    assert not names.recent(db, make.at(60 * 24 * 30))


def test_a_text_of_any_length_is_cut_to_what_is_read(db: Db, make: Any) -> None:
    make.judged(db, "a", body="Word. " * 10_000)
    (text,) = names.recent(db, make.at(-60))
    assert len(text.body) == names.READ


def test_articles_that_hold_a_name_are_found_by_any_of_its_spellings(db: Db, make: Any) -> None:
    one = make.judged(db, "a", body="They blamed Noor Badshah for it.")
    two = make.judged(db, "b", body="They blamed Nur Badshah for it.")
    make.judged(db, "c", body="A badshah named Noor.")
    assert names.holding(db, ("Noor Badshah", "Nur Badshah"), make.at(-60)) == [two, one]
    assert names.holding(db, ('noor" badshah', "…"), make.at(-60)) == [one]
    assert names.holding(db, ('"', ""), make.at(-60)) == []
    assert names.holding(db, ("Noor Badshah",), make.at(60 * 24 * 30)) == []


def test_those_articles_can_be_judged_again_whoever_judged_them(db: Db, make: Any) -> None:
    one = make.judged(db, "a", body="They blamed Noor Badshah for it.")
    (item,) = verdicts.texts_of(db, [one])
    assert (item.article, item.body) == (one, "They blamed Noor Badshah for it.")
    assert verdicts.texts_of(db, []) == []


def made(make: Any, **other: Any) -> NameList:
    given = NameList(
        week_on=date(2026, 3, 2), made_at=make.at(), since_at=make.at(-7 * 1440), read=40,
        wanted=9, names='[{"key": "a"}]',
    )  # fmt: skip
    return replace(given, **other)


def test_a_week_has_one_list_and_the_newest_is_known(db: Db, make: Any) -> None:
    assert names.latest(db) is None
    names.save_list(db, made(make))
    again = made(make, names="[]", made_at=make.at(5))
    names.save_list(db, again)
    assert names.list_of(db, date(2026, 3, 2)) == again
    assert names.list_of(db, date(2026, 2, 23)) is None
    newer = made(make, week_on=date(2026, 3, 9))
    names.save_list(db, newer)
    assert names.latest(db) == newer


def test_a_year_of_lists_is_kept(db: Db, make: Any) -> None:
    for week in range(60):
        names.save_list(db, made(make, week_on=date(2025, 1, 6) + timedelta(weeks=week)))
    assert names.list_of(db, date(2025, 1, 6)) is None
    assert names.list_of(db, date(2025, 1, 6) + timedelta(weeks=7)) is not None


def test_the_last_answer_stands_and_no_line_is_lost(db: Db, make: Any) -> None:
    names.answer(db, "noor badshah", "no_name", texts=4, by="R", now=make.at())
    names.answer(db, "noor badshah", "no_name", texts=9, by="S", now=make.at(1))
    line = names.answers(db)["noor badshah"]
    assert (line.answer, line.texts, line.by, line.at) == ("no_name", 4, "R", make.at())
    names.answer(db, "noor badshah", "open", texts=0, by="S", now=make.at(2))
    assert names.answers(db) == {}
    assert len(make.contents(db)["name_answers"]) == 2


def test_an_answer_that_is_none_is_refused(db: Db, make: Any) -> None:
    with pytest.raises(ValueError, match="perhaps"):
        names.answer(db, "a", "perhaps", texts=0, by="R", now=make.at())  # type: ignore[arg-type]
