"""Splits of a snapshot: nobody may learn from what is to be tested."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.exports.splits import FOLDS, split, told_at
from store.learned import Member

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def member(n: int, **more: Any) -> Member:
    cells: dict[str, Any] = {
        "id": f"https://lantern.example/{n:05}", "title": f"Title {n}", "body": "text",
        "sha256": f"{n:064x}", "outlet": "Lantern", "side": None, "language": "en", "url": None,
        "author": None, "published_at": T0 + timedelta(days=n), "published_source": "feed",
        "first_seen_at": T0 + timedelta(days=n, hours=1), "genre": None, "topics": (), "tags": (),
        "relevant": True, "origin": "review", "by": "rida", "at": T0, "history": (),
        "group": f"https://lantern.example/{n:05}",
    }  # fmt: skip
    return Member(**(cells | more))


MEMBERS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 12), st.integers(0, 7), st.booleans()),
    min_size=1, max_size=120,
).map(
    lambda rows: [
        member(
            n, group=f"group {group}", outlet=f"Outlet {outlet}" if outlet else "",
            published_at=T0 + timedelta(days=day) if dated else None,
            first_seen_at=T0 + timedelta(days=day + 1) if dated else None,
        )
        for n, (day, group, outlet, dated) in enumerate(rows)
    ]
)  # fmt: skip


@given(MEMBERS)
def test_no_story_stands_on_two_sides_and_nothing_in_train_is_newer_than_what_is_tested(
    members: list[Member],
) -> None:
    found = split(members)
    assert set(found.time) == {m.id for m in members}
    sides: dict[str, set[str]] = {}
    for m in members:
        if told_at(m):
            sides.setdefault(m.group, set()).add(found.time[m.id])
    assert all(len(side) == 1 for side in sides.values())
    for m in members:
        at = told_at(m)
        if at and found.time[m.id] == "train" and found.dev_from:
            assert at < found.dev_from
    for m in members:
        if told_at(m) is None and m.group not in sides:
            assert found.time[m.id] == "train"


@given(MEMBERS)
def test_a_fold_tests_whole_outlets_and_trains_on_no_story_of_theirs(members: list[Member]) -> None:
    by_id = {m.id: m for m in members}
    for fold in split(members).folds:
        assert {by_id[i].outlet for i in fold.test} == set(fold.outlets)
        assert not {by_id[i].outlet for i in fold.train} & set(fold.outlets)
        tested = {by_id[i].group for i in fold.test}
        assert not tested & {by_id[i].group for i in fold.train}
        assert {by_id[i].group for i in fold.left_out} <= tested
        assert sorted((*fold.test, *fold.train, *fold.left_out)) == sorted(by_id)


@given(MEMBERS, st.randoms())
def test_the_order_of_the_texts_changes_no_split(members: list[Member], draw: Any) -> None:
    turned = list(members)
    draw.shuffle(turned)
    one, other = split(members), split(turned)
    assert (one.time, one.dev_from, one.test_from) == (other.time, other.dev_from, other.test_from)
    assert [(f.outlets, set(f.test), set(f.train)) for f in one.folds] == [
        (f.outlets, set(f.test), set(f.train)) for f in other.folds
    ]


def test_seventy_fifteen_and_fifteen_in_a_hundred_and_five_folds() -> None:
    members = [member(n, outlet=f"Outlet {n % 20}") for n in range(200)]
    found = split(members)
    sides = [found.time[m.id] for m in members]
    assert (sides.count("train"), sides.count("dev"), sides.count("test")) == (140, 30, 30)
    assert len(found.folds) == FOLDS
    assert {len(fold.test) for fold in found.folds} == {40}
    assert found.dev_from == T0 + timedelta(days=140)


def test_of_few_stories_all_are_for_training_and_of_one_outlet_there_is_no_fold() -> None:
    found = split([member(n) for n in range(9)])
    assert set(found.time.values()) == {"train"}
    assert (found.dev_from, found.test_from, found.folds) == (None, None, ())


def test_an_outlet_in_two_spellings_is_on_one_side_of_a_fold() -> None:
    names = ("Dawn", "DAWN", " dawn  ", "The News", "the news", "Harbour")
    folds = split([member(n, outlet=names[n % 6]) for n in range(30)]).folds
    assert [set(fold.outlets) for fold in folds] == [
        {"Dawn", "DAWN", " dawn  "}, {"The News", "the news"}, {"Harbour"},
    ]  # fmt: skip


def test_a_text_was_not_told_after_it_was_first_seen() -> None:
    assert told_at(member(3, published_at=T0 + timedelta(days=900))) == T0 + timedelta(
        days=3, hours=1
    )
