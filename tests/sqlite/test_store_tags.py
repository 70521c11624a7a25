"""Reasons beside decisions and tags on articles: lines are added, what stands follows from them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import reasons, reviews, tags
from store.db import Db, StoreError


def decided(db: Db, make: Any, article: int, minutes: float = 5, **more: Any) -> int:
    given: dict[str, Any] = {"answer": "not_relevant", "by": "rida", "now": make.at(minutes)}
    return reviews.decide(db, article=article, **(given | more))


def said_of(db: Db, article: int) -> list[tuple[str, ...]]:
    return [line.reasons for line in reviews.history(db, article)]


def test_reasons_come_with_a_decision_or_after_it_and_can_be_taken_back(db: Db, make: Any) -> None:
    number = make.judged(db)
    line = decided(db, make, number, reasons=("sport or culture", "old news retold"))
    assert said_of(db, number) == [("sport or culture", "old news retold")]
    later: dict[str, Any] = {"decision": line, "by": "rida", "now": make.at(6)}
    assert reasons.give(db, reason="another  conflict\n", **later)
    assert not reasons.give(db, reason="another conflict", **later), "it stands already"
    assert reasons.give(db, reason="sport or culture", given=False, **later)
    assert not reasons.give(db, reason="sport or culture", given=False, **later)
    assert said_of(db, number) == [("old news retold", "another conflict")]
    assert reasons.give(db, reason="sport or culture", **later), "and it can be given once more"
    kept = db.execute("SELECT reason, given, by FROM reasons ORDER BY id").fetchall()
    assert kept == [
        ("sport or culture", 1, "rida"),
        ("old news retold", 1, "rida"),
        ("another conflict", 1, "rida"),
        ("sport or culture", 0, "rida"),
        ("sport or culture", 1, "rida"),
    ]


def test_an_undone_decision_takes_its_reasons_out_of_the_count(db: Db, make: Any) -> None:
    one, two = make.judged(db, "one"), make.judged(db, "two")
    decided(db, make, one, reasons=("old news retold",))
    decided(db, make, two, reasons=("old news retold", "another conflict"))
    assert reasons.counted(db) == [
        ("old news retold", "not_relevant", 2),
        ("another conflict", "not_relevant", 1),
    ]
    reviews.undo(db, article=two, by="rida", now=make.at(7))
    assert reasons.counted(db) == [("old news retold", "not_relevant", 1)]
    assert said_of(db, two)[0] == ("old news retold", "another conflict"), "its history tells still"


def test_a_reason_needs_a_decision_and_words(db: Db, make: Any) -> None:
    number = make.judged(db)
    line = decided(db, make, number)
    reviews.undo(db, article=number, by="rida", now=make.at(7))
    undone = max(d.id for d in reviews.history(db, number))
    for decision, words in ((99, "sport"), (undone, "sport"), (line, "  ")):
        with pytest.raises(StoreError):
            reasons.give(db, decision=decision, reason=words, by="rida", now=make.at(8))
    assert db.execute("SELECT count(*) FROM reasons").fetchone() == (0,)


def test_tags_are_put_on_and_taken_off_and_every_line_is_kept(db: Db, make: Any) -> None:
    number, other = make.judged(db, "one"), make.judged(db, "two")
    put: dict[str, Any] = {"article": number, "by": "rida", "now": make.at(5)}
    assert tags.add(db, tags=["Doha  Round", "#trucks", "doha round", " , "], **put) == [
        "doha round",
        "trucks",
    ]
    assert tags.add(db, tags=["trucks"], **put) == []
    tags.add(db, article=other, tags=["trucks"], by="omar", now=make.at(6))
    assert tags.of_article(db, number) == ["doha round", "trucks"]
    assert tags.in_use(db) == [("trucks", 2), ("doha round", 1)]
    assert tags.remove(db, article=number, tag="trucks", by="omar", now=make.at(7))
    assert not tags.remove(db, article=number, tag="trucks", by="omar", now=make.at(8))
    assert tags.of_articles(db, [number, other, 77]) == {number: ["doha round"], other: ["trucks"]}
    assert [(line.tag, line.given, line.by) for line in tags.history(db, number)] == [
        ("doha round", True, "rida"),
        ("trucks", True, "rida"),
        ("trucks", False, "omar"),
    ]


def test_an_article_holds_twenty_tags_and_no_more(db: Db, make: Any) -> None:
    number = make.judged(db)
    wanted = [f"tag {n}" for n in range(30)]
    assert len(tags.add(db, article=number, tags=wanted, by="rida", now=make.at(5))) == tags.MOST
    assert tags.add(db, article=number, tags=["more"], by="rida", now=make.at(6)) == []
    with pytest.raises(StoreError):
        tags.add(db, article=99, tags=["x"], by="rida", now=make.at(6))


@pytest.mark.parametrize(
    "pasted",
    ["doha\u200e round", "\u200bdoha round", "do\u00adha round", "\u202edoha round\u202c",
     "\ufeffDoha round", "#doha round#", "doha round\u200c"],
)  # fmt: skip
def test_what_nobody_sees_makes_no_second_tag(pasted: str) -> None:
    """A word pasted from a page or a document; the filter by the tag would miss half of them."""
    assert tags.cleaned(pasted) == "doha round"


def test_what_persian_and_urdu_write_inside_a_word_stays() -> None:
    assert tags.cleaned("می\u200cروند") == "می\u200cروند"


@given(st.text(max_size=80))
def test_a_cleaned_tag_is_one_short_line_and_cleaning_it_again_changes_nothing(text: str) -> None:
    tag = tags.cleaned(text)
    assert len(tag) <= tags.LENGTH
    assert tags.cleaned(tag) == tag
    assert not set(tag) & set(",\n\r\t\0")


def test_the_queue_narrows_by_tag_and_by_kind(db: Db, make: Any) -> None:
    one, two = make.judged(db, "one"), make.judged(db, "two")
    tags.add(db, article=two, tags=["doha"], by="rida", now=make.at(5))
    assert [row.article for row in reviews.queue(db, tag="doha")] == [two]
    assert reviews.queue(db, tag="kabul") == []
    assert {row.article for row in reviews.queue(db, genre="unknown")} == {one, two}
    assert reviews.queue(db, genre="op_ed") == []
