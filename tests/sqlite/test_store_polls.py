"""What a poll leaves behind when the configuration changed while it was under way."""

from __future__ import annotations

from typing import Any

from store import feeds
from store.db import Db
from store.polls import FeedState


def state_of(db: Db, key: str) -> FeedState:
    return next(state for state in feeds.states(db) if state.spec.key == key)


def test_a_changed_url_keeps_its_own_validators_and_learns_how_the_feed_fares(
    db: Db, make: Any
) -> None:
    new = "https://gazette.example/new"
    feeds.sync(db, [make.spec(url=new)], make.T0)
    late = FeedState(
        spec=make.spec(), etag='"old"', item_hashes=("x",), condition="failing", failures=3,
        polls=9, last_polled_at=make.at(1), next_poll_at=make.at(60),
    )  # fmt: skip
    feeds.save_poll(db, make.poll(state=late))
    now = state_of(db, "gazette")
    assert (now.spec.url, now.etag, now.item_hashes, now.next_poll_at) == (new, None, (), None)
    assert (now.condition, now.failures, now.polls) == ("failing", 3, 9)


def test_a_feed_left_out_while_it_was_asked_comes_back_as_what_it_was(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    feeds.save_poll(
        db, make.poll(state=FeedState(spec=make.spec(), condition="stale", reason="Quiet."))
    )
    feeds.sync(db, [], make.at(1))
    left_out = state_of(db, "gazette")
    assert left_out.condition == "disabled"
    feeds.save_poll(db, make.poll(make.entry(), state=left_out, minutes=2))
    feeds.sync(db, [make.spec()], make.at(3))
    back = state_of(db, "gazette")
    assert (back.condition, back.reason) == ("stale", "Quiet.")


def test_a_feed_nobody_configured_is_taken_in_as_it_was_polled(db: Db, make: Any) -> None:
    state = FeedState(spec=make.spec(), etag='"1"', polls=1, condition="ok")
    assert feeds.save_poll(db, make.poll(make.entry(), state=state)).new == 1
    assert state_of(db, "gazette") == state
    assert [event.feed for event in feeds.history(db, "gazette")] == ["gazette"]
