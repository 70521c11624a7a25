"""A feed's page says how it does, where it moved, and lets a person take that back."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

from store import changes, feeds, hours, moves
from store.memory import FeedMemory
from store.polls import FeedState, PollRecord
from store.sql import add_rows, write
from store.watch import Redirect

NEW = "https://frontier.example/rss/all.xml"


def moved(newsroom: Any, now: Any) -> int:
    """Let the feed of the newsroom have moved, as the service notes it."""
    with closing(newsroom.open()) as db:
        old = feeds.states(db)[0].spec.url
        found = Redirect(
            feed="frontier", from_url=old, to_url=NEW, first_at=now - timedelta(days=2),
            last_at=now, answers=3, days=2, shared=True,
        )  # fmt: skip
        return moves.adopt(db, found, why="It said so three times.", now=now)


def test_a_move_is_shown_with_its_reason_and_taken_back_by_a_button(
    newsroom: Any, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        number = moved(newsroom, desk.desk.clock())
        page = desk.get("/coverage/frontier").text
        assert "It said so three times." in page
        assert NEW in page
        assert "Take this move back" in page
        answer = desk.post(f"/moves/{number}/undo", {})
        assert (answer.status_code, answer.headers["location"]) == (303, "/coverage/frontier")
        after = desk.get("/coverage/frontier").text
        assert "Taken back since." in after
        assert "Take this move back" not in after
    with closing(newsroom.open()) as db:
        (change,) = changes.changes(db)
        assert (change.path, change.by) == ("feeds.frontier.url", moves.moves(db)[0].by)
        assert NEW not in change.value


def test_nothing_is_taken_back_twice_by_guess_or_from_another_site(
    newsroom: Any, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        number = moved(newsroom, desk.desk.clock())
        foreign = desk.client.post(f"/moves/{number}/undo", data={"token": "wrong"})
        assert foreign.status_code == 403
        assert desk.get(f"/moves/{number}/undo").status_code in {404, 405}
        for wrong in ("0", "99", "9" * 60, "x", "-1"):
            assert desk.post(f"/moves/{wrong}/undo", {}).status_code == 404
        assert desk.post(f"/moves/{number}/undo", {}).status_code == 303
        again = desk.post(f"/moves/{number}/undo", {})
        assert again.status_code == 404
        assert "taken back already" in again.text


def test_a_redirect_in_doubt_is_shown_with_the_reason_why_it_is_not_followed(
    newsroom: Any, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        now = desk.desk.clock()
        with closing(newsroom.open()) as db:
            moves.keep_redirect(
                db,
                Redirect(
                    feed="frontier", from_url="https://frontier.example/feed",
                    to_url="https://x.example/<script>alert(1)</script>", first_at=now, last_at=now,
                    why_not="What stands there lists nothing that is known of this feed.",
                ),
            )  # fmt: skip
        page = desk.get("/coverage/frontier").text
        assert "lists nothing that is known" in page
        assert "<script>alert" not in page


def test_a_feed_says_its_usual_and_that_its_gaps_cannot_be_seen(
    newsroom: Any, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        now = desk.desk.clock()
        with closing(newsroom.open()) as db:
            spec = feeds.states(db)[0].spec
            state = FeedState(
                spec=spec, condition="thin", condition_since=now, reason="Far less than usual.",
                memory=FeedMemory(compared="0000"),
            )  # fmt: skip
            feeds.save_poll(db, PollRecord(state=state, at=now, outcome="ok"))
            here = hours.hour_of(now)
            rows = [{"feed": "frontier", "hour": here - 24 * day, "n": 7} for day in range(1, 20)]
            with write(db):
                add_rows(db, "feed_hours", rows)
        page = desk.get("/coverage/frontier").text
        assert "7 items a day" in page
        assert "never repeats what it listed" in page
        assert "far less than usual" in page
        assert "Far less than usual." in desk.get("/coverage").text


def test_a_feed_the_server_calls_gone_stands_among_the_unwell(
    newsroom: Any, desk_over: Any
) -> None:
    with desk_over(newsroom) as desk:
        now = desk.desk.clock()
        with closing(newsroom.open()) as db:
            state = FeedState(
                spec=feeds.states(db)[0].spec, condition="paused", condition_since=now, failures=2,
                reason="Gone (410): the server says for good.",
            )  # fmt: skip
            feeds.save_poll(db, PollRecord(state=state, at=now, outcome="gone"))
        page = desk.get("/coverage").text
        assert "is unwell" in page
        assert "Gone (410)" in page
        assert "Gone (410)" in desk.get("/").text
