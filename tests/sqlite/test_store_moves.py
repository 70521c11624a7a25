"""Where feeds moved, what people undid, and the hours in which feeds publish."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from store import changes, feeds, hours, moves, troubles
from store.db import Db
from store.memory import FeedMemory, Listed
from store.polls import FeedState
from store.watch import Redirect, Rhythm, Trouble

NEW = "https://gazette.example/rss.xml"


@pytest.fixture
def redirect(db: Db, make: Any) -> Redirect:
    feeds.sync(db, [make.spec()], make.T0)
    return Redirect(
        feed="gazette", from_url=make.spec().url, to_url=NEW, first_at=make.T0,
        last_at=make.at(2_000), answers=3, days=2, shared=True,
    )  # fmt: skip


def urls(db: Db) -> list[tuple[str, str, str]]:
    return [(c.path, json.loads(c.value), c.by) for c in changes.changes(db)]


# --- redirects and moves --------------------------------------------------------------------


def test_a_redirect_is_remembered_as_it_was_noted_until_it_is_settled(
    db: Db, redirect: Redirect
) -> None:
    moves.keep_redirect(db, redirect)
    later = replace(redirect, answers=4, why_not="It lists nothing that is known.")
    moves.keep_redirect(db, later)
    assert moves.redirect(db, "gazette") == later
    assert moves.redirects(db) == [later]
    moves.forget_redirect(db, "gazette")
    assert moves.redirects(db) == []
    assert moves.redirect(db, "another") is None


def test_a_move_is_an_audited_change_of_the_settings_with_a_line_of_its_own(
    db: Db, make: Any, redirect: Redirect
) -> None:
    moves.keep_redirect(db, redirect)
    number = moves.adopt(db, redirect, why="It said so.", now=make.at(2_000))
    assert urls(db) == [("feeds.gazette.url", NEW, "Torkham")]
    (move,) = moves.moves(db, "gazette")
    assert (move.id, move.from_url, move.to_url) == (number, redirect.from_url, NEW)
    assert (move.by, move.why, move.undone) == ("Torkham", "It said so.", False)
    assert moves.redirects(db) == []


def test_what_a_person_undid_goes_back_and_is_known_for_good(
    db: Db, make: Any, redirect: Redirect
) -> None:
    number = moves.adopt(db, redirect, why="", now=make.at(1))
    assert not moves.is_refused(db, "gazette", NEW)
    assert moves.undo(db, number, by="Gul Bano", now=make.at(2)) == ""
    assert urls(db) == [("feeds.gazette.url", redirect.from_url, "Gul Bano")]
    assert moves.is_refused(db, "gazette", NEW)
    assert not moves.is_refused(db, "gazette", "https://elsewhere.example/")
    back, first = moves.moves(db)
    assert (back.undoes, back.by, first.undone) == (number, "Gul Bano", True)


def test_only_the_move_that_stands_can_be_taken_back_and_only_once(
    db: Db, make: Any, redirect: Redirect
) -> None:
    first = moves.adopt(db, redirect, why="", now=make.at(1))
    further = replace(redirect, from_url=NEW, to_url="https://third.example/feed")
    second = moves.adopt(db, further, why="", now=make.at(2))
    assert "another address since" in moves.undo(db, first, by="G.", now=make.at(3))
    assert moves.undo(db, second, by="G.", now=make.at(4)) == ""
    assert "already" in moves.undo(db, second, by="G.", now=make.at(5))
    assert moves.undo(db, first, by="G.", now=make.at(6)) == ""
    assert moves.undo(db, 999, by="G.", now=make.at(7)) == "There is no move 999."
    assert urls(db)[0][1] == redirect.from_url


def test_an_address_that_another_feed_asks_is_taken_however_it_is_spelled(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec(), make.spec("herald", url="https://www.herald.example/rss/")],
               make.T0)  # fmt: skip
    assert moves.is_taken(db, "gazette", "http://herald.example/rss")
    assert not moves.is_taken(db, "herald", "https://herald.example/rss")
    assert not moves.is_taken(db, "gazette", "https://herald.example/rss/2")


def test_an_entry_counts_as_known_only_from_before_the_redirect(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    feeds.save_poll(db, make.poll(make.entry("a"), minutes=0))
    feeds.save_poll(db, make.poll(make.entry("b"), minutes=30))
    assert moves.listed_before(db, "gazette", ["hash-a", "hash-b"], make.at(10))
    assert not moves.listed_before(db, "gazette", ["hash-b", "hash-x"], make.at(10))
    assert not moves.listed_before(db, "gazette", [], make.at(10))


# --- what a feed remembers ------------------------------------------------------------------


def test_what_a_feed_listed_comes_back_whole_and_goes_with_its_address(db: Db, make: Any) -> None:
    memory = FeedMemory(
        listed=(Listed(item_hash="h", marks=("a", "b"), dated_at=None, first_at=make.T0),),
        compared="110", fresh_at=make.at(3), changed_at=make.at(4), empty_since_at=make.at(5),
        gap_at=make.at(6),
    )  # fmt: skip
    state = FeedState(spec=make.spec(), condition="ok", memory=memory, item_hashes=("h",))
    feeds.sync(db, [make.spec()], make.T0)
    feeds.save_poll(db, make.poll(state=state))
    assert feeds.states(db)[0].memory == memory
    feeds.sync(db, [make.spec(url=NEW)], make.at(9))
    moved = feeds.states(db)[0]
    assert (moved.memory, moved.item_hashes, moved.next_poll_at) == (FeedMemory(), (), None)


def test_a_gap_is_kept_with_its_span(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    gap = make.poll(make.entry(), minutes=60, possible_gap=True, gap_since_at=make.at(5),
                    gap_until_at=make.at(40))  # fmt: skip
    feeds.save_poll(db, gap)
    (event,) = feeds.history(db, "gazette")
    assert (event.gap_since_at, event.gap_until_at) == (make.at(5), make.at(40))


def test_many_feeds_due_at_the_start_are_spread_and_few_are_not(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec(f"feed-{n}") for n in range(30)], make.T0)
    over = timedelta(minutes=2)
    assert feeds.spread(db, make.T0, over=over, least=30) == 0
    assert feeds.spread(db, make.T0, over=over, least=20) == 30
    times = sorted(s.next_poll_at for s in feeds.states(db) if s.next_poll_at)
    assert make.T0 <= times[0] <= make.at(0.5)
    assert make.at(1.5) <= times[-1] <= make.at(2)
    assert len(set(times)) == 30
    assert feeds.spread(db, make.T0, over=over, least=20) == 0


# --- hours ----------------------------------------------------------------------------------


def test_entries_count_in_the_hour_they_were_dated_or_else_first_seen(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec(), make.spec("other")], make.T0)
    entries = (
        make.entry("a", published_at=make.at(-60)),
        make.entry("b", published_at=make.at(-61 - 24 * 60)),
        make.entry("undated", published_at=None),
        make.entry("ahead", published_at=make.at(600)),
        make.entry("archive", published_at=make.at(-60 * 24 * 500)),
    )
    feeds.save_poll(db, make.poll(*entries, minutes=5))
    found = hours.rhythms(db, ["gazette", "other"], make.at(10))
    here = hours.hour_of(make.T0)
    assert found["gazette"].hours == ((here - 26, 1), (here - 1, 1), (here, 2))
    assert found["gazette"].known_since == make.T0.replace(hour=0)
    assert found["other"] == Rhythm()


def test_the_hours_of_a_busy_feed_are_forgotten_and_those_of_a_slow_one_stay(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec(), make.spec("slow")], make.T0)
    busy = [make.entry(f"b{n}", published_at=make.at(-60 * n)) for n in range(24 * 50)]
    feeds.save_poll(db, make.poll(*busy, feed="gazette"))
    slow = [make.entry(f"s{n}", published_at=make.at(-60 * 24 * 20 * n)) for n in range(15)]
    feeds.save_poll(db, make.poll(*slow, feed="slow"))
    assert hours.forget(db, make.T0) > 0
    left = hours.rhythms(db, ["gazette", "slow"], make.T0)
    assert len(left["gazette"].hours) == 35 * 24 + 1
    assert len(left["slow"].hours) == 15


# --- troubles -------------------------------------------------------------------------------


def test_the_unwell_are_those_that_are_asked_and_do_not_do_well(db: Db, make: Any) -> None:
    conditions = ("ok", "failing", "silent", "thin", "paused", "new")
    feeds.sync(db, [make.spec(name) for name in (*conditions, "off")], make.T0)
    for name in (*conditions, "off"):
        kind: Any = "failing" if name == "off" else name
        state = FeedState(spec=make.spec(name), condition=kind, condition_since=make.T0,
                          reason="Why.")  # fmt: skip
        feeds.save_poll(db, make.poll(state=state))
    feeds.sync(db, [make.spec(name, enabled=name != "off") for name in (*conditions, "off")],
               make.at(1))  # fmt: skip
    assert sorted(troubles.unwell(db)) == ["failing", "paused", "silent", "thin"]
    assert troubles.unwell(db)["thin"] == Trouble(
        feed="thin", since_at=make.T0, condition="thin", reason="Why."
    )


def test_troubles_are_kept_changed_and_dropped(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec(), make.spec("other")], make.T0)
    first = Trouble(feed="gazette", since_at=make.T0, condition="failing", reason="500.")
    other = replace(first, feed="other", told_at=make.at(1), well_since_at=make.at(2))
    troubles.keep(db, [first, other], [])
    told = replace(first, told_at=make.at(9), reason="Quiet.")
    troubles.keep(db, [told], ["other"])
    assert troubles.troubles(db) == {"gazette": told}
