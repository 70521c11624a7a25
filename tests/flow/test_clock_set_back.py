"""A clock that was ahead for a while keeps no feed and no page waiting until that time comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import feeds
from tests.flow.newsroom import FIRST_DAY, Handler, Hands, Installation, Newsroom

AHEAD = timedelta(days=400)


def test_feeds_and_pages_are_read_in_their_time_once_the_clock_is_right(
    newsroom: Newsroom, here: Installation
) -> None:
    first = newsroom.publish("valley", "The bridge over the river is closed")
    newsroom.publish("ridge")
    here.configure()
    clock = Hands(FIRST_DAY + AHEAD)
    with here.app(clock) as app:
        assert app.run_job("poll")["new"] == 2
        clock.at = FIRST_DAY
        second = newsroom.publish("valley", "Talks with the Taliban resume in the capital")
        assert app.run_job("poll").get("new") == 1
        assert app.run_job("harvest")["read"] == 3
        assert {first.path, second.path} <= set(newsroom.asked)
        with app.open_store() as db:
            due = [state.next_poll_at for state in feeds.states(db)]
        assert all(at and at - FIRST_DAY < timedelta(hours=2) for at in due)


def test_a_feed_that_failed_meanwhile_is_told_of_in_its_time(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("valley")
    newsroom.answers["/feed/valley"] = lambda handler: handler.say(500, "broken")
    here.configure(notices={"channels": ["outbox"], "after": "6h"})
    clock = Hands(FIRST_DAY + AHEAD)
    with here.app(clock) as app:
        app.run_job("poll")
        clock.at = FIRST_DAY
        for _ in range(12):
            app.run_job("poll")
            clock.forward(hours=2)
    (told,) = here.rows("SELECT subject FROM outbox WHERE kind = 'notice'")
    assert told["subject"] == "Valley: cannot be read"


@pytest.mark.slow
def test_a_clock_set_in_the_middle_of_a_round_leaves_no_feed_behind(
    newsroom: Newsroom, here: Installation
) -> None:
    for outlet in ("valley", "ridge"):
        newsroom.publish(outlet)
    here.configure()
    clock = Hands(FIRST_DAY + AHEAD)

    def late(handler: Handler) -> None:
        handler.hang(1.5)  # the other feed is written meanwhile
        clock.at = FIRST_DAY
        handler.close_connection = False
        handler.say(200, newsroom.document("ridge"), "application/rss+xml")

    newsroom.answers["/feed/ridge"] = late
    with here.app(clock) as app:
        app.run_job("poll")
        clock.forward(hours=1)
        newsroom.publish("valley")
        assert app.run_job("poll")["new"] == 1


def test_where_the_clock_was_never_ahead_nothing_is_moved(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("valley")
    here.configure()
    clock = Hands()
    with here.app(clock) as app:
        app.run_job("poll")
        clock.at -= timedelta(seconds=30)
        assert app.run_job("poll")["asked"] == 0
