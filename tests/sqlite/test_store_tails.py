"""What outlets repeat is remembered with the article, counted honestly, and forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from store import articles, feeds, tails
from store.db import Db

MARK = -(2**63)  # any 64-bit number
OTHER = 2**63 - 1


def publish(db: Db, make: Any, number: int, feed: str = "gazette") -> list[int]:
    """Articles of one outlet, without texts."""
    names = [f"{feed}-{name}" for name in range(number)]
    entries = [make.entry(n, canonical_url=f"https://{feed}.example/{n}") for n in names]
    feeds.save_poll(db, make.poll(*entries, feed=feed))
    found = articles.pending(db, make.at(1), 1000)
    return [item.article for item in found if item.feed == feed]


@pytest.fixture
def five(db: Db, make: Any) -> list[int]:
    """Five articles of the Gazette; the Herald is another outlet."""
    feeds.sync(db, [make.spec(), make.spec("herald")], make.at())
    return publish(db, make, 5)


def leave(db: Db, make: Any, article: int, *marks: int, minutes: float = 1, **other: Any) -> None:
    text = make.text(article, f"Words of {article}, {marks}, {minutes}.", tails=marks, **other)
    articles.save_text(db, text, make.at(minutes))


def seen(db: Db, make: Any, outlet: str = "Gazette", minutes: float = 0) -> dict[int, int]:
    return dict(tails.seen(db, outlet, [MARK, OTHER], make.at(minutes)))


def test_articles_are_counted_by_outlet(db: Db, make: Any, five: list[int]) -> None:
    """What one outlet repeats says nothing of another."""
    for article in five[:3]:
        leave(db, make, article, MARK, MARK)
    (elsewhere,) = publish(db, make, 1, "herald")
    leave(db, make, elsewhere, MARK, OTHER)
    assert seen(db, make) == {MARK: 3}
    assert seen(db, make, "Herald") == {MARK: 1, OTHER: 1}
    assert seen(db, make, "Nobody") == {}
    assert tails.seen(db, "Gazette", [], make.at()) == {}


def test_an_edited_article_leaves_what_it_now_shows(db: Db, make: Any, five: list[int]) -> None:
    leave(db, make, five[0], MARK)
    leave(db, make, five[0], OTHER, minutes=2)
    assert seen(db, make) == {OTHER: 1}
    leave(db, make, five[0], minutes=3)
    assert seen(db, make) == {}


def test_copies_of_one_another_count_as_one(db: Db, make: Any, five: list[int]) -> None:
    """An article printed three times repeats itself, not the outlet; also when told later."""
    for article in five[:3]:
        leave(db, make, article, MARK)
    assert seen(db, make) == {MARK: 3}
    for article in five[1:3]:
        leave(db, make, article, MARK, minutes=2, copy_of=five[0], copy_how="same_text")
    assert seen(db, make) == {MARK: 1}


def test_counting_stops_where_more_would_tell_nothing(db: Db, make: Any, five: list[int]) -> None:
    """A notice stands under every article of a month; a batch must not read them all."""
    many = publish(db, make, tails.ENOUGH + 20, "herald")
    for article in [*many, five[0]]:
        leave(db, make, article, MARK)
    assert seen(db, make, "Herald") == {MARK: tails.ENOUGH}
    asked = {"outlet": "Gazette", "marks": "[1]", "since": 0, "enough": 1}
    plan = " | ".join(
        str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {tails._SEEN}", asked)
    )
    assert "SEARCH t USING PRIMARY KEY (outlet=? AND mark=?)" in plan


def test_what_is_older_than_asked_is_not_counted_and_can_be_forgotten(
    db: Db, make: Any, five: list[int]
) -> None:
    for minutes, article in enumerate(five):
        leave(db, make, article, MARK, minutes=minutes)
    assert seen(db, make, minutes=3) == {MARK: 2}
    assert tails.forget(db, make.at(3)) == 3
    assert tails.forget(db, make.at(3)) == 0
    assert seen(db, make) == {MARK: 2}


def test_an_instant_is_kept_to_the_second(db: Db, make: Any, five: list[int]) -> None:
    """The window is of days: what was left in its first second still counts."""
    leave(db, make, five[0], MARK, minutes=1 + 0.9 / 60)
    assert tails.seen(db, "Gazette", [MARK], make.at(1)) == {MARK: 1}
    assert tails.seen(db, "Gazette", [MARK], make.at(1) + timedelta(seconds=1)) == {}
