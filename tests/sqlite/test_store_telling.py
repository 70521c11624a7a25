"""What a digest told is found again by the articles of a story, whatever became of the story."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from store import editions, telling
from store.db import Db
from store.messages import Edition, ToldArticle, ToldEntry, ToldFact

DAY = date(2026, 3, 3)


def fact(value: str, article: int, at: datetime, **change: Any) -> ToldFact:
    cells: dict[str, Any] = {
        "key": "killed|people", "value": value, "place": "Bannu", "sentence": f"{value} died.",
        "article": article, "outlet": "Gazette", "side": "", "at": at, **change,
    }  # fmt: skip
    return ToldFact(**cells)


def entry(*articles: int, part: Any = "new", facts: tuple[ToldFact, ...] = ()) -> ToldEntry:
    return ToldEntry(
        story=1, article=articles[0], part=part, facts=facts,
        articles=tuple(ToldArticle(article=n, version=1, title=f"Title {n}") for n in articles),
    )  # fmt: skip


def values(db: Db, digest: str, *articles: int) -> list[str]:
    found = telling.told(db, digest, {7: articles})
    return [one.value for one in found[7].facts] if 7 in found else []


def test_what_was_told_of_an_article_is_known_and_of_another_digest_is_not(
    db: Db, make: Any
) -> None:
    telling.put(db, "daily", DAY, [entry(1, 2, facts=(fact("6", 1, make.T0),))])
    assert values(db, "daily", 2, 9) == ["6"]
    assert values(db, "weekly", 1) == []
    assert values(db, "daily", 9) == []
    assert telling.told(db, "daily", {}) == {}


def test_a_fact_told_again_is_kept_once_and_the_last_day_counts(db: Db, make: Any) -> None:
    six, nine = fact("6", 1, make.T0), fact("9", 3, make.at(60))
    telling.put(db, "daily", DAY, [entry(1, 2, facts=(six,))])
    later = DAY + timedelta(days=2)
    telling.put(db, "daily", later, [entry(3, 1, part="changed", facts=(six, nine))])
    (found,) = telling.told(db, "daily", {5: [2]}).values()
    assert [one.value for one in found.facts] == ["6", "9"]
    assert (found.last_on, found.article) == (later, 3)
    assert {one.article for one in found.articles} == {1, 2, 3}


def test_stories_put_together_have_one_memory_also_when_they_are_taken_apart(
    db: Db, make: Any
) -> None:
    telling.put(db, "daily", DAY, [entry(1, facts=(fact("6", 1, make.T0),))])
    telling.put(db, "daily", DAY, [entry(2, facts=(fact("9", 2, make.T0),))])
    assert (values(db, "daily", 1), values(db, "daily", 2)) == (["6"], ["9"])
    assert values(db, "daily", 1, 2) == ["6", "9"]
    telling.put(db, "daily", DAY + timedelta(days=1), [entry(1, 2, part="met")])
    assert values(db, "daily", 1) == values(db, "daily", 2) == ["6", "9"]


def test_an_article_is_known_by_the_version_that_was_told_last(db: Db) -> None:
    telling.put(db, "daily", DAY, [entry(1)])
    edited = ToldEntry(
        story=1, article=1, part="changed",
        articles=(ToldArticle(article=1, version=2, title="Edited"),),
    )  # fmt: skip
    telling.put(db, "daily", DAY + timedelta(days=1), [edited])
    (found,) = telling.told(db, "daily", {5: [1]}).values()
    assert [(one.version, one.title) for one in found.articles] == [(2, "Edited")]


def left(db: Db) -> list[tuple[int, str, str]]:
    rows = db.execute("SELECT article, part, since_on FROM telling_left ORDER BY article")
    return [tuple(row) for row in rows.fetchall()]


@pytest.mark.parametrize(("part", "days"), [("new", telling.LEFT_FOR), ("changed", 30)])
def test_what_found_no_room_asks_for_it_for_some_days(db: Db, part: str, days: int) -> None:
    one = ToldEntry(story=1, article=4, part="left", left=part)
    for ago in range(days + 2):
        telling.put(db, "daily", DAY + timedelta(days=ago), [one])
        assert left(db) == ([(4, part, str(DAY))] if ago < days else [])
        if ago == days:
            break
    telling.put(db, "daily", DAY + timedelta(days=40), [])
    assert left(db) == []


def test_an_edition_and_its_memory_are_kept_together_or_not_at_all(db: Db, make: Any) -> None:
    edition = Edition(
        day_on=DAY, made_at=make.T0, since_at=make.T0, until_at=make.T0, title="", page=""
    )
    entries = [entry(1, facts=(fact("6", 1, make.T0),))]
    assert editions.put(db, edition, [], entries)
    again = [entry(1, facts=(fact("9", 1, make.T0),))]
    assert not editions.put(db, edition, [], again)
    assert values(db, "daily", 1) == ["6"]


def test_every_read_of_a_digest_uses_an_index(db: Db, make: Any) -> None:
    make.judged(db, "first")
    window = {"since": "2026", "until": "2027", "digest": "daily", "late": "2025"}
    asked: list[tuple[str, Any]] = [
        (telling._ARRIVED, window),
        (telling._ROWS, {"ids": "[1]"}),
        (telling._TEXTS, ("[1]",)),
        (telling._CLAIMS, ("[1]",)),
        (telling._QUOTES, ("[1]",)),
        (telling._SPOKEN, ("[1]",)),
        (telling._SEEN, ("2026", "2027")),
        (telling._THREADS, {"digest": "daily", "ids": "[1]"}),
        (telling._TELLINGS, ("[1]",)),
        (telling._FACTS, ("[1]",)),
        (telling._ARTICLES, ("[1]",)),
    ]
    for sql, params in asked:
        plan = "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))
        scans = [line for line in plan.splitlines() if line.startswith("SCAN")]
        known = ("json_each", "d VIRTUAL", "tail", "value", "CONSTANT")
        assert not [line for line in scans if not any(word in line for word in known)], plan
