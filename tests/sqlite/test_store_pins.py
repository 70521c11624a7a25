"""The timeline people pin: nothing is lost, nothing that cannot be is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import pins
from store.db import Db
from store.desk import PinFacts
from store.faults import StoreError
from store.sql import fetch

if TYPE_CHECKING:
    from tests.sqlite.conftest import Make

TALKS = PinFacts(kind="talks", title="First round", since="2021-08", note="In the old fort.")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-08-15", date(2021, 8, 15), date(2021, 8, 15)),
    ],
)
def test_a_day_may_be_as_coarse_as_it_is_known(text: str, first: date, last: date) -> None:
    assert pins.days_of(text) == (first, last)


@given(st.text(max_size=14))
def test_whatever_is_typed_is_a_day_or_is_none(text: str) -> None:
    found = pins.days_of(text)
    assert found is None or (found[0] <= found[1] and text[:4] == str(found[0].year))


def test_what_is_pinned_is_found_by_the_days_it_touches(db: Db, make: type[Make]) -> None:
    pins.add(db, TALKS, by="R", now=make.T0)
    going = PinFacts(kind="phase", title="Shut", since="2022", until="now")
    pins.add(db, going, by="R", now=make.T0)
    assert [line.facts.title for line in pins.between(db)] == ["First round", "Shut"]
    assert [x.facts.title for x in pins.between(db, date(2021, 8, 31), date(2021, 9, 1))] == [
        "First round"
    ]
    assert pins.between(db, date(2021, 9, 1), date(2021, 12, 31)) == []
    assert [x.facts.title for x in pins.between(db, date(2030, 1, 1))] == ["Shut"]
    assert [x.facts.title for x in pins.between(db, kinds=["phase"])] == ["Shut"]
    assert [x.facts.title for x in pins.between(db, words="FORT old")] == ["First round"]


def test_the_same_entry_sent_twice_is_pinned_once(db: Db, make: type[Make]) -> None:
    first = pins.add(db, TALKS, by="R", now=make.T0)
    assert pins.add(db, replace(TALKS, title=" First  round "), by="S", now=make.at(1)) == first
    assert len(pins.between(db)) == 1


def test_every_change_stays_in_the_history_and_can_be_taken_back(db: Db, make: type[Make]) -> None:
    number = pins.add(db, TALKS, by="R", now=make.T0)
    pins.change(db, number, replace(TALKS, since="2021-08-15"), by="S", now=make.at(1))
    assert pins.undo(db, number, by="R", now=make.at(2))
    standing = pins.get(db, number)
    assert standing is not None
    assert standing.facts == TALKS
    assert pins.remove(db, number, by="S", now=make.at(3))
    assert not pins.remove(db, number, by="S", now=make.at(4))
    assert pins.between(db) == []
    assert [line.pin for line in pins.removed(db)] == [number]
    with pytest.raises(StoreError, match="not on the timeline"):
        pins.change(db, number, replace(TALKS, title="Other"), by="S", now=make.at(5))
    assert pins.restore(db, number, by="R", now=make.at(6))
    assert not pins.undo(db, number, by="R", now=make.at(7)), "a restoring is no change"
    assert [line.facts for line in pins.between(db)] == [TALKS]
    told = [(line.did, line.by) for line in pins.history(db, number)]
    assert told == [("pinned", "R"), ("changed", "S"), ("changed", "R"), ("removed", "S"),
                    ("restored", "R")]  # fmt: skip


def test_lines_are_only_ever_added(db: Db, make: type[Make]) -> None:
    number = pins.add(db, TALKS, by="R", now=make.T0)
    before = fetch(db, "SELECT * FROM pin_lines")
    pins.change(db, number, replace(TALKS, title="Second"), by="S", now=make.at(1))
    pins.remove(db, number, by="S", now=make.at(2))
    assert fetch(db, "SELECT * FROM pin_lines LIMIT 1") == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "yesterday"}, "no day"),
        ({"since": "2021-13"}, "no day"),
        ({"since": "2021-02-30"}, "no day"),
        ({"since": "٢٠٢١"}, "no day"),
        ({"until": "2020"}, "end before"),
        ({"until": "soon"}, "no day"),
        ({"title": "  \n "}, "title"),
        ({"title": "x" * 201}, "200"),
        ({"note": "x" * 2001}, "2,000"),
        ({"url": "javascript:alert(1)"}, "https"),
        ({"url": "https://user:secret@evil.example/"}, "https"),
        ({"url": "https://a.example/\nx"}, "https"),
        ({"url": "//evil.example/"}, "https"),
        ({"url": "https://[bad/"}, "https"),
        ({"kind": "guess"}, "kind"),
        ({"article": 77}, "article 77"),
        ({"story": 77}, "story 77"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    db: Db, make: type[Make], wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        pins.add(db, replace(TALKS, **wrong), by="R", now=make.T0)
    assert fetch(db, "SELECT * FROM pin_lines") == []


def test_an_article_knows_where_it_is_pinned(db: Db, make: type[Make]) -> None:
    number = make.judged(db, "a")
    pin = pins.add(db, replace(TALKS, article=number), by="R", now=make.T0)
    assert [line.pin for line in pins.of_article(db, number)] == [pin]
    pins.change(db, pin, TALKS, by="R", now=make.at(1))
    assert pins.of_article(db, number) == []
