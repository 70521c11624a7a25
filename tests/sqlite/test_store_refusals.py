"""What was refused is kept in bounds; overrulings and genres are lines that are only added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from store import articles, genres, refusals
from store.faults import StoreError
from store.kinds import Refusal
from store.sql import Db, run


def refusal(make: Any, article: int, **other: Any) -> Refusal:
    plain = Refusal(
        article=article, refused_at=make.at(1), reason="not_article", kind="login",
        detail="a login stands in front of the page", title="Log in", body="Log in to read.",
    )  # fmt: skip
    return replace(plain, **other)


def refused(db: Db, make: Any, key: str = "one") -> int:
    """Return an article whose page stands refused."""
    number = int(make.judged(db, key))
    run(db, "UPDATE articles SET refused = 'not_article' WHERE id = ?", (number,))
    return number


def test_the_newest_refusal_stands_and_is_read_back_whole(db: Db, make: Any) -> None:
    one = refused(db, make)
    refusals.keep(db, refusal(make, one))
    newer = refusal(make, one, kind="consent", published_at=make.at(-5), published_source="page")
    refusals.keep(db, newer)
    assert refusals.get(db, one) == newer
    assert refusals.counted(db) == {"consent": 1}


def test_a_refused_text_is_kept_to_two_hundred_thousand_bytes(db: Db, make: Any) -> None:
    one = refused(db, make)
    refusals.keep(db, refusal(make, one, body="ٹ" * 150_000))
    kept = refusals.get(db, one)
    assert kept is not None
    assert len(kept.body.encode()) == refusals.LARGEST
    assert set(kept.body) == {"ٹ"}


def test_an_article_with_a_proper_text_keeps_no_refusal(db: Db, make: Any) -> None:
    one = int(make.judged(db, "one"))
    refusals.keep(db, refusal(make, one))
    assert refusals.get(db, one) is None


def test_once_overruled_a_later_refusal_changes_nothing_and_lines_are_only_added(
    db: Db, make: Any
) -> None:
    one = refused(db, make)
    first = refusal(make, one)
    refusals.keep(db, first)
    refusals.overrule(db, first, version=2, by="Rana", now=make.at(2))
    refusals.keep(db, refusal(make, one, body="Another wall."))
    assert refusals.get(db, one) == first
    standing = refusals.standing(db, one)
    assert standing is not None
    assert (standing.by, standing.version, standing.at) == ("Rana", 2, make.at(2))
    refusals.take_back(db, first, version=3, by="Gul", now=make.at(3))
    assert refusals.standing(db, one) is None
    assert [line.by for line in refusals.history(db, one)] == ["Rana", "Gul"]


def test_the_list_is_newest_first_by_kind_and_names_who_overruled(db: Db, make: Any) -> None:
    one, two = refused(db, make, "one"), refused(db, make, "two")
    refusals.keep(db, refusal(make, one))
    refusals.keep(db, refusal(make, two, kind="consent", refused_at=make.at(9)))
    assert [row.article for row in refusals.listed(db)] == [two, one]
    assert [row.article for row in refusals.listed(db, kind="login")] == [one]
    refusals.overrule(db, refusal(make, one), version=2, by="Rana", now=make.at(10))
    assert [row.overruled_by for row in refusals.listed(db)] == [None, "Rana"]


def test_a_genre_put_by_a_person_is_shown_and_the_guess_stays_beside_it(db: Db, make: Any) -> None:
    one = int(make.judged(db, "one"))
    line = genres.correct(db, article=one, genre="op_ed", by="Rana", now=make.at(1))
    assert line is not None
    assert (line.genre, line.machine, line.by) == ("op_ed", "unknown", "Rana")
    row = articles.get(db, one)
    assert row is not None
    assert row.genre == "op_ed"
    assert genres.correct(db, article=one, genre="op_ed", by="Gul", now=make.at(2)) is None
    genres.correct(db, article=one, genre=None, by="Gul", now=make.at(3))
    row = articles.get(db, one)
    assert row is not None
    assert row.genre == "unknown"
    assert [entry.genre for entry in genres.history(db, one)] == ["op_ed", None]


def test_nothing_is_noted_of_an_article_that_is_not_there(db: Db, make: Any) -> None:
    with pytest.raises(StoreError):
        genres.correct(db, article=10**6, genre="report", by="Rana", now=make.at(1))
    with pytest.raises(StoreError):
        refusals.overrule(db, refusal(make, 10**6), version=1, by="Rana", now=make.at(1))
    assert refusals.get(db, 10**6) is None
