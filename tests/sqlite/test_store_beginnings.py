"""The start of a word is found in the texts as the index would find it, at any size."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import asking, search
from store.beginnings import READ, begun
from store.db import Db, connect
from store.search import Query

WORDS = (
    *("Pakistan", "pact", "Pāk", "parley", "snake_paste", "talks", "the", "border", "Torkham"),
    *("پاکستان", "پاكستانی", "مذاکرات", "of", "trade-pact", "2026", "20th", "ﬁne", "Kabul"),
)
QUERIES = (
    "pa*", "pak*", "pa* talks", "talks -pa*", "pa* -border", "to* OR tr*", '"the pa*',
    '"of the pa"*', "title:pa*", "پاک*", "20*", "tor* pa*", "fi* OR Kabul", "-pa*",
    "pa* title:talks", '"trade pa"*',
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, empty_store: Path, maker: Any) -> Path:
    """A store of texts drawn from few words."""
    path = tmp_path_factory.mktemp("beginnings") / "torkham.db"
    shutil.copyfile(empty_store, path)
    chance = Random(5)  # noqa: S311
    with closing(connect(path)) as db:
        for n in range(3 * READ):
            body = " ".join(chance.choices(WORDS, k=chance.randint(2, 9)))
            maker.article(db, f"a{n}", body, title=" ".join(chance.choices(WORDS, k=2)))
    return path


@pytest.fixture
def full(built: Path, path: Path) -> Iterator[Db]:
    """A copy of that store, to be written to."""
    shutil.copyfile(built, path)
    with closing(connect(path)) as db:
        yield db


def by_index(db: Db, words: str) -> list[int]:
    sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC"
    expression = asking.read(words).expression
    return [row[0] for row in db.conn.execute(sql, (expression,))] if expression else []


@pytest.mark.parametrize("words", QUERIES)
def test_texts_and_index_find_the_same(full: Db, words: str) -> None:
    expected = by_index(full, words)
    for limit in (1, 7, 500):
        found = search.look(full, Query(words=words), limit=limit)
        assert [row.article for row in found.rows] == expected[:limit]
        assert found.more == (len(expected) > found.known)
        assert found.known >= min(limit, len(expected))


@pytest.mark.parametrize("words", ["pa*", "pa* talks", "tor* OR kab*"])
def test_page_after_page_nothing_is_left_out(full: Db, words: str) -> None:
    found: list[int] = []
    while page := search.find(full, Query(words=words), limit=9, before=min(found, default=None)):
        found += [row.article for row in page]
    assert found == by_index(full, words)


def test_filters_hold_for_the_starts_of_words(full: Db) -> None:
    assert search.find(full, Query(words="pa*", outlet="nobody's"), limit=9) == []
    assert search.find(full, Query(words="pa*", decision="relevant"), limit=9) == []
    everything = search.find(full, Query(words="pa*", decision="undecided"), limit=500)
    assert [row.article for row in everything] == by_index(full, "pa*")


def test_what_few_texts_hold_the_index_is_asked_for(full: Db, make: Any) -> None:
    looked = begun(asking.read("zanz*"))
    assert looked is not None
    numbers = list(range(3 * READ, 0, -1))
    assert looked.among(full, numbers, 40) is None
    rare = make.article(full, "rare", "From Zanzibar")
    for n in range(2 * READ):
        make.article(full, f"later{n}", "nothing of it")
    assert [row.article for row in search.find(full, Query(words="zanz*"))] == [rare]


def test_where_no_start_was_asked_for_there_is_nothing_to_look_for() -> None:
    assert begun(asking.read("pakistan talks -border")) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=40), st.text(max_size=3))
def test_no_query_of_a_start_raises(db: Db, typed: str, more: str) -> None:
    assert search.look(db, Query(words=f"{typed}* {more}"), limit=3).known == 0
