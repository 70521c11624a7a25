"""Feeds and polls: nothing found twice, nothing observed forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from store import articles, feeds
from store.db import Db
from store.polls import FeedState, PollResult


def states(db: Db) -> dict[str, FeedState]:
    return {state.spec.key: state for state in feeds.states(db)}


def due(db: Db, make: Any, minutes: float) -> list[str]:
    return [state.spec.key for state in feeds.due(db, make.at(minutes))]


def test_configured_feeds_are_due_at_once_and_then_when_they_said(db: Db, make: Any) -> None:
    feeds.sync(
        db, [make.spec("gazette"), make.spec("herald"), make.spec("off", enabled=False)], make.T0
    )
    assert sorted(due(db, make, 0)) == ["gazette", "herald"]
    feeds.save_poll(db, make.poll())
    assert due(db, make, 14) == ["herald"]
    assert due(db, make, 15) == ["herald", "gazette"]
    assert states(db)["off"].condition == "paused"


def test_a_feed_left_out_is_never_due_and_comes_back_with_its_memory(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec("gazette"), make.spec("herald")], make.T0)
    state = FeedState(
        spec=make.spec(), etag='"1"', condition="failing", failures=3, next_poll_at=make.at(5)
    )
    feeds.save_poll(db, make.poll(state=state))
    feeds.sync(db, [make.spec("herald")], make.at(1))
    gone = states(db)["gazette"]
    assert (gone.condition, gone.condition_since) == ("disabled", make.at(1))
    assert due(db, make, 999) == ["herald"]
    feeds.sync(db, [make.spec("gazette"), make.spec("herald")], make.at(2))
    back = states(db)["gazette"]
    assert (back.condition, back.failures, back.etag) == ("failing", 3, '"1"')
    assert "gazette" in due(db, make, 999)


def test_a_feed_that_people_mend_is_asked_at_once(db: Db, make: Any) -> None:
    """Under another name where it was refused, or switched off and on where it was gone."""
    spec = make.spec()
    mended = replace(spec, user_agent="Mozilla/5.0")
    for steps in ([mended], [replace(spec, enabled=False), spec]):
        feeds.sync(db, [spec], make.T0)
        state = FeedState(
            spec=spec, etag='"1"', condition="paused", failures=3, next_poll_at=make.at(40_000)
        )
        feeds.save_poll(db, make.poll(state=state))
        assert due(db, make, 9) == []
        for step in steps:
            feeds.sync(db, [step], make.at(5))
        assert due(db, make, 9) == ["gazette"]
        assert states(db)["gazette"].etag == '"1"'
    noted = replace(spec, note="a fact for the next person")
    feeds.save_poll(db, make.poll(state=state))
    feeds.sync(db, [noted], make.at(6))
    assert due(db, make, 9) == []


def test_a_changed_url_forgets_the_old_document_and_keeps_the_items(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    state = FeedState(
        spec=make.spec(), etag='"1"', last_modified="Mon", body_hash="b", item_hashes=("x", "y"),
        next_poll_at=make.at(60),
    )  # fmt: skip
    feeds.save_poll(db, make.poll(make.entry(), state=state))
    assert states(db)["gazette"].item_hashes == ("x", "y")
    feeds.sync(db, [make.spec(url="https://gazette.example/new")], make.at(1))
    moved = states(db)["gazette"]
    assert (moved.etag, moved.last_modified, moved.body_hash, moved.item_hashes) == (
        None,
        None,
        None,
        (),
    )
    assert due(db, make, 1) == ["gazette"]
    assert articles.ledger(db).found == 1


def test_a_poll_of_the_old_url_that_ends_after_the_change_leaves_no_validators(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec(url="https://gazette.example/new")], make.T0)
    late = FeedState(spec=make.spec(), etag='"old"', body_hash="old", next_poll_at=make.at(60))
    assert feeds.save_poll(db, make.poll(make.entry(), state=late)).new == 1
    assert states(db)["gazette"].etag is None
    assert due(db, make, 1) == ["gazette"]


def test_a_state_comes_back_as_it_was_saved(db: Db, make: Any) -> None:
    state = FeedState(
        spec=make.spec(user_agent="Torkham test", note="اردو", body="full"), etag='W/"é"',
        last_modified="Mon", body_hash="b", item_hashes=("1", "2"), condition="stale",
        condition_since=make.at(-60), reason="Nothing new for 3 days.", failures=2, polls=77,
        last_polled_at=make.at(0), last_ok_at=make.at(-5), newest_entry_at=make.at(-4000),
        next_poll_at=make.at(30), interval_seconds=812.5,
    )  # fmt: skip
    feeds.save_poll(db, make.poll(state=state))
    assert feeds.states(db) == [state]


def test_configuring_the_same_feeds_again_writes_nothing(db: Db, make: Any) -> None:
    specs = [make.spec("gazette"), make.spec("off", enabled=False)]
    feeds.sync(db, specs, make.T0)
    before = db.conn.total_changes
    feeds.sync(db, specs, make.at(5))
    assert db.conn.total_changes == before


def test_writing_a_poll_twice_changes_nothing(db: Db, make: Any) -> None:
    record = make.poll(
        make.entry("a"), make.entry("b"), make.entry("bad", canonical_url=None, refused="bad_url")
    )
    assert feeds.save_poll(db, record) == PollResult(new=3)
    before = make.contents(db)
    assert feeds.save_poll(db, record) == PollResult(known=3)
    assert make.contents(db) == before


def test_an_edited_entry_is_the_same_item_and_its_article_is_read_again(db: Db, make: Any) -> None:
    number = make.judged(db)
    changed = make.entry(item_hash="other", title="Headline corrected")
    assert feeds.save_poll(db, make.poll(changed, minutes=20)) == PollResult(edited=1)
    assert articles.ledger(db).found == 1
    item = articles.sightings(db, number)[0]
    assert (item.title, item.disposition) == ("Headline corrected", "queued")
    waiting = articles.pending(db, make.at(20), 10)
    assert [(p.article, p.title, p.version) for p in waiting] == [(number, "Headline corrected", 1)]


def test_an_entry_that_changes_on_every_poll_is_read_less_and_less_often(db: Db, make: Any) -> None:
    number = make.article(db)
    waits: list[float] = []
    for edit in range(12):
        feeds.save_poll(db, make.poll(make.entry(item_hash=f"h{edit}"), minutes=edit + 10))
        due_at = articles.pending(db, make.at(10_000), 1)
        waits += [m for m in range(0, 1500, 15) if articles.pending(db, make.at(edit + 10 + m), 1)][
            :1
        ]
        assert due_at[0].article == number
        articles.keep_standing(db, number, make.at(edit + 10))
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:] == [15, 30, 60, 120, 240, 480, 960, 1440]


def test_the_same_url_in_another_feed_is_a_duplicate(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a")))
    again = make.entry("a", key="https://gazette.example/a", item_hash="h2", title="Other words")
    elsewhere = make.poll(again, make.entry("a"), feed="herald", minutes=2)
    assert feeds.save_poll(db, elsewhere) == PollResult(new=2)
    books = articles.ledger(db)
    assert (books.found, books.waiting, books.duplicate) == (3, 1, 2)
    rows = articles.items(db, disposition="duplicate", reason="same_url")
    assert [(row.feed, row.article) for row in rows] == [("herald", 1), ("herald", 1)]


def test_the_same_url_under_another_guid_and_headline_is_an_edit(db: Db, make: Any) -> None:
    """The outlet told the story anew: its page is read again, and nothing is shown twice."""
    feeds.save_poll(db, make.poll(make.entry("a")))
    number = make.article(db)
    again = make.entry("a", key="post-2", guid="post-2", item_hash="h2", title="Other words")
    assert feeds.save_poll(db, make.poll(again, minutes=10)) == PollResult(edited=1)
    (due,) = articles.pending(db, make.at(10), 10)
    assert (due.article, due.title) == (number, "Other words")
    assert feeds.save_poll(db, make.poll(again, minutes=20)) == PollResult(known=1)
    assert articles.ledger(db).found == 1


def test_an_entry_whose_guid_alone_changed_is_known(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a")))
    renamed = replace(make.entry("a"), key="https://guid/a", guid="https://guid/a")
    assert feeds.save_poll(db, make.poll(renamed, minutes=1)) == PollResult(known=1)
    other_story = replace(
        renamed, key="k3", title="Another title", canonical_url="https://gazette.example/c"
    )
    assert feeds.save_poll(db, make.poll(other_story, minutes=2)) == PollResult(new=1)


def test_a_feed_with_one_guid_for_all_its_entries_loses_none(db: Db, make: Any) -> None:
    first = make.entry("a", key="same", guid="same")
    feeds.save_poll(db, make.poll(first))
    second = make.entry("b", key="same", guid="same")
    older = make.entry("a", key="same#2", guid="same")
    assert feeds.save_poll(db, make.poll(second, older, minutes=1)) == PollResult(new=1, known=1)
    assert feeds.save_poll(db, make.poll(second, older, minutes=2)) == PollResult(known=2)
    assert {p.url for p in articles.pending(db, make.at(3), 10)} == {first.url, second.url}


def test_one_document_that_lists_an_entry_twice_is_taken_once(db: Db, make: Any) -> None:
    twice = make.poll(make.entry("a"), make.entry("a", item_hash="h2"), make.entry("a"))
    assert feeds.save_poll(db, twice) == PollResult(new=1, known=2)


def test_a_refused_entry_keeps_its_reason_and_is_taken_in_once_it_is_mended(
    db: Db, make: Any
) -> None:
    bad = make.entry(
        "a", url="mailto:x", canonical_url=None, refused="bad_url", refused_detail="mailto"
    )
    feeds.save_poll(db, make.poll(bad, make.entry("b", url=None, canonical_url=None)))
    assert articles.ledger(db).dropped == {"bad_url": 1, "no_link": 1}
    assert articles.pending(db, make.at(9), 9) == []
    assert (
        feeds.save_poll(db, make.poll(make.entry("a", item_hash="mended"), minutes=1)).edited == 1
    )
    books = articles.ledger(db)
    assert (books.found, books.waiting, books.dropped) == (2, 1, {"no_link": 1})
    assert [p.title for p in articles.pending(db, make.at(9), 9)] == ["Headline a"]


@pytest.mark.slow
def test_a_feed_of_thousands_of_entries_is_kept_whole(db: Db, make: Any) -> None:
    entries = [make.entry(f"n{n}") for n in range(2500)]
    assert feeds.save_poll(db, make.poll(*entries)) == PollResult(new=2500)
    assert feeds.save_poll(db, make.poll(*entries, minutes=1)) == PollResult(known=2500)


def test_the_digest_learns_who_was_asked_who_answered_and_where_gaps_may_be(
    db: Db, make: Any
) -> None:
    names = ["gazette", "herald", "quiet"]
    feeds.sync(db, [make.spec(name) for name in names], make.T0)
    feeds.save_poll(db, make.poll(minutes=1, possible_gap=True))
    feeds.save_poll(db, make.poll(minutes=2, outcome="not_modified"))
    feeds.save_poll(db, make.poll(feed="herald", minutes=2, outcome="connect", detail="refused"))
    told = feeds.polled_since(db, make.T0)
    assert (told.asked, told.answered, told.silent) == (2, 1, ("herald",))
    assert feeds.polled_since(db, make.at(60)).asked == 0
    gaps = [event.at for event in feeds.history(db, "gazette") if event.possible_gap]
    assert gaps == [make.at(1)]
    assert [event.outcome for event in feeds.history(db, "gazette")] == ["not_modified", "ok"]
    assert feeds.forget_polls(db, make.at(60)) == 2
    assert [event.possible_gap for event in feeds.history(db, "gazette")] == [True]
