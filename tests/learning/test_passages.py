"""The passage shown beside a verdict is really in its source, and really the most alike."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.passages import MOST_PASSAGES, Quotable, likeliest, passages_like
from classifiers.types import Text

BORDER = (
    "Truckers at the crossing waited nine days for the gate to open. Customs clerks said that the "
    "queue of lorries with pomegranates reached the bazaar, and drivers slept under their trailers."
)
CRICKET = (
    "The captain chose to bat first on a slow pitch. Two wickets fell before lunch and the bowlers "
    "asked for a new ball in the evening session."
)
ROOMS = ("harbour", "forestry", "library", "museum", "opera", "railway", "school")
FILLER = " ".join(f"The {room} committee read its minutes and went home." for room in ROOMS * 6)
ASKED = Text(
    title="Lorries queue at the crossing",
    body="Drivers with pomegranates wait for the gate of the crossing to open, clerks said.",
)


def source(name: str, body: str) -> Quotable:
    return Quotable(id=name, title=name, body=body)


def test_the_likest_passage_of_the_likest_source_comes_first() -> None:
    long = f"{FILLER}\n\n{BORDER}\n\n{FILLER}"
    found = passages_like(ASKED, [source("sport", CRICKET), source("border", long)])
    assert found[0].source == "border"
    assert "pomegranates" in found[0].text
    assert len(found[0].text.split()) <= 200
    assert 0.0 < found[0].likeness <= 1.0
    assert found[0].text == long[found[0].start : found[0].end]


def test_a_source_speaks_once_and_unlike_ones_not_at_all() -> None:
    found = passages_like(ASKED, [source("twice", f"{BORDER} {FILLER} {BORDER}"),
                                  source("unlike", "Zebra quagga okapi. " * 30)])  # fmt: skip
    assert [passage.source for passage in found] == ["twice"]


def test_furniture_of_a_page_is_no_passage() -> None:
    page = "Lorries crossing gate customs clerks drivers: all rights reserved, subscribe"
    assert passages_like(ASKED, [source("page", page)]) == []


def test_nothing_to_quote_gives_nothing() -> None:
    assert passages_like(ASKED, []) == []
    assert passages_like(Text(title="", body=""), [source("a", BORDER)]) == []


@pytest.mark.parametrize("run", ["A", "O'", "طالبان\u200c", "塔利班"])
def test_a_text_without_spaces_is_cut_short_and_takes_no_time(run: str) -> None:
    body = "Kabul talks. " + run * 60_000
    sources = [Quotable(id=str(n), title="Data", body=body) for n in range(40)]
    began = time.process_time()
    found = passages_like(Text(title="Kabul talks", body="Talks in Kabul."), sources)
    assert time.process_time() - began < 1.0
    assert found
    assert all(len(passage.text) <= 180 * 16 for passage in found)


@pytest.mark.slow
def test_the_work_is_bounded_however_much_is_offered() -> None:
    many = [source(f"s{n}", f"{BORDER} {FILLER} {n} " * 20) for n in range(1000)]
    began = time.process_time()
    assert passages_like(ASKED, many)
    assert time.process_time() - began < 8.0
    assert MOST_PASSAGES <= 2000


@given(st.text(max_size=400), st.lists(st.text(max_size=600), max_size=4))
def test_any_text_gives_passages_that_stand_where_they_say(asked: str, bodies: list[str]) -> None:
    offered = [source(str(n), body) for n, body in enumerate(bodies)]
    for passage in passages_like(Text(title=asked[:50], body=asked), offered):
        assert bodies[int(passage.source)][passage.start : passage.end] == passage.text
        assert 0.0 < passage.likeness <= 1.0


def test_a_first_look_keeps_the_likest_and_the_order_they_were_offered_in() -> None:
    others = [source(f"s{n}", f"{CRICKET} {FILLER} {n}") for n in range(60)]
    offered = [*others[:30], source("border", f"{FILLER} {BORDER}"), *others[30:]]
    near = likeliest(ASKED, offered, 5)
    assert len(near) == 5
    assert source("border", f"{FILLER} {BORDER}") in near
    assert near == [one for one in offered if one in near]
    assert passages_like(ASKED, near)[0].source == "border"


def test_a_first_look_at_few_takes_them_all() -> None:
    few = [source("a", BORDER), source("b", CRICKET)]
    assert likeliest(ASKED, few, 2) == few
    assert likeliest(ASKED, [], 2) == []
