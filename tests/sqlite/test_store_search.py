"""Search: it never raises, and finds a word however its outlet spells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store import articles, feeds, reviews
from store.db import Db, StoreCorrupt, connect
from store.search import fold, match_expression, reindex, search


def found(db: Db, query: str, **wanted: Any) -> list[int]:
    return [row.article for row in search(db, query, **wanted)]


@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.text(st.characters()))
@example('"')
@example('""*')
@example("* ^ -a NEAR( OR AND NOT title: {x} + \\")
@example("\x00\ud800\u200c\ufeff")
@example("a" * 100_000)
@example("word " * 5000)
@example("؟، ۔")
def test_no_query_raises(db: Db, query: str) -> None:
    assert isinstance(search(db, query), list)


def test_all_words_must_be_there_in_title_or_body(db: Db, make: Any) -> None:
    make.article(db, "a", "The Torkham crossing reopened for trade", title="Border news")
    make.article(db, "b", "Torkham stays shut")
    assert found(db, "torkham") == [2, 1], "newest first"
    assert found(db, "BORDER torkham") == [1]
    assert found(db, "torkham nothing") == []
    assert found(db, "cross*") == [1]
    assert found(db, "cross") == []
    assert found(db, '"torkham crossing"') == [1]
    assert found(db, '"crossing torkham"') == []
    assert found(db, '"stays sh"*') == [2]
    assert found(db, "shut-torkham") == []
    assert found(db, "stays-shut") == [2]
    assert found(db, "torkham OR nothing") == [2, 1]
    assert found(db, "") == found(db, "  ") == found(db, '"" - *') == []


def test_accents_and_case_do_not_matter(db: Db, make: Any) -> None:
    make.article(db, "a", "Réunion à Kāndahār")
    assert found(db, "reunion kandahar") == [1]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("طورخم سرحد بند", "طورخم"),
        ("کابل میں مذاکرات", "كابل"),
        ("كابل", "کابل"),
        ("پاکستاني", "پاکستانی"),
        ("پاکستانی حکام", "پاكستاني"),
        ("مُذاکَرات", "مذاکرات"),
        ("می\u200cشود", "میشود"),
        ("مذاکـــرات", "مذاکرات"),
        ("۲۰۲۶ میں", "2026"),
        ("آپریشن", "اپریشن"),
        ("طالبانو سره خبرې", "خبرے"),
        ("ﻃﺎﻟﺒﺎﻥ", "طالبان"),
        ("\u200fطالبان\u200f", "طالبان"),
        ("ډلې وسله\u200cوال ووژل", "وسله وال"),
        ("ډلې وسله وال ووژل", "وسله\u200cوال"),
        ("شمار کشته\u200cشدگان امروز", "شمار کشته شدگان امروز"),
        ("شہبازشریف کابل پہنچے", "شہباز شریف کابل"),
    ],
)
def test_urdu_pashto_and_dari_are_found_however_they_are_typed(
    db: Db, make: Any, written: str, asked: str
) -> None:
    make.article(db, "a", written)
    make.article(db, "b", "something else")
    assert found(db, asked) == [1]


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_pages_outlets_and_decisions_narrow_a_search(db: Db, make: Any) -> None:
    for minute, name in enumerate("abc"):
        make.article(db, name, f"border {name}", minutes=minute)
    feeds.save_poll(db, make.poll(make.entry("d"), feed="herald", minutes=9))
    articles.save_text(db, make.text(4, "border d"), make.at(9))
    reviews.decide(db, article=2, answer="relevant", by="rida", now=make.at(9))
    assert found(db, "border", limit=2) == [4, 3]
    assert found(db, "border", limit=2, before=3) == [2, 1]
    assert found(db, "border", before=make.at(1)) == [1]
    assert found(db, "border", outlet="Herald") == [4]
    assert found(db, "border", decision="relevant") == [2]
    assert found(db, "border", decision="not_relevant") == []


def test_no_more_words_are_looked_for_than_a_query_has_sense(db: Db) -> None:
    assert match_expression(" ".join(f"w{n}" for n in range(500))).count('"w') == 32
    assert match_expression("w " * 500) == match_expression("w")


def test_the_index_can_be_made_again_from_the_texts(path: Path, db: Db, make: Any) -> None:
    make.article(db, "a", "first words")
    articles.save_text(db, make.text(1, "border words"), make.at(5))
    make.article(db, "b", "other")
    db.execute("DELETE FROM words_data WHERE id > 10")
    other = connect(path)
    assert reindex(other) == 2
    assert found(other, "border") == [1]
    assert found(other, "first") == []
    articles.save_text(other, make.text(1, "third words"), make.at(6))
    assert found(other, "border") == []
    other.close()


def test_a_damaged_index_is_said_and_not_taken_for_nothing_found(
    path: Path, db: Db, make: Any
) -> None:
    make.article(db, "a", "border")
    db.execute("DELETE FROM words_data WHERE id > 10")
    other = connect(path)
    with pytest.raises(StoreCorrupt):
        search(other, "border")
    other.close()
