"""A feed that moves is followed, one that dies is told of, one that comes back is found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from monitor.app import App
from store import feeds, moves, outbox
from store.polls import FeedState
from tests.flow.newsroom import FIRST_DAY, Handler, Hands, Installation, Newsroom

DAY = timedelta(days=1)


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Newsroom() as newsroom:
        yield newsroom


@pytest.fixture
def place(tmp_path: Path, room: Newsroom) -> Iterator[Installation]:
    for _ in range(5):
        room.publish("valley", body="A line of news that is read in the feed. " * 20)
    installation = Installation(folder=tmp_path, newsroom=room)
    installation.configure()
    yield installation
    installation.close()


def leads_to(room: Newsroom, target: str, status: int = 301) -> None:
    """Let the feed's address redirect."""

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    room.answers["/feed/valley"] = answer


def moved(room: Newsroom) -> str:
    """Serve the valley's feed at another address, and let the old one lead there."""
    room.answers["/rss/valley.xml"] = lambda handler: handler.say(
        200, room.document("valley"), "application/rss+xml"
    )
    leads_to(room, f"{room.base}/rss/valley.xml")
    return f"{room.base}/rss/valley.xml"


def poll(app: App, clock: Hands, *times: timedelta) -> FeedState:
    """Ask now and after each of these, whatever the feed's own pace."""
    for pause in (timedelta(0), *times):
        clock.at += pause
        with app.open_store() as db:
            db.execute("UPDATE feeds SET next_poll_at = ''")
            db.conn.commit()
        app.run_job("poll")
    with app.open_store() as db:
        return feeds.states(db)[0]


@pytest.mark.slow
def test_a_feed_that_moved_for_good_is_asked_where_it_is_and_a_person_can_undo_it(
    place: Installation, room: Newsroom
) -> None:
    clock = Hands()
    with place.app(clock) as app:
        before = poll(app, clock)
        target = moved(room)
        asked = poll(app, clock, DAY / 24, DAY / 24)
        assert asked.spec.url == before.spec.url  # three times, all on one day
        poll(app, clock, DAY)
        state = poll(app, clock, DAY / 24)
        assert (state.spec.url, state.spec.key, state.condition) == (target, "valley", "ok")
        with app.open_store() as db:
            (move,) = moves.moves(db)
            assert not any(event.possible_gap for event in feeds.history(db, "valley"))
        assert (move.feed, move.from_url, move.to_url) == ("valley", before.spec.url, target)
        assert place.rows("SELECT count(*) AS n FROM items")[0]["n"] == 5  # nothing told twice

    code, out, _ = place.run("check", "--json")
    (difference,) = json.loads(out)["desk_changes"]
    assert code == 0
    assert "feeds.valley.url" in str(difference)
    assert target in str(difference)
    assert yaml.safe_load(place.run("feeds", "export")[1])["feeds"][0]["url"] == target

    assert "by Torkham" in place.run("feeds", "moves")[1]
    assert place.run("feeds", "moves", "--undo", "7")[0] == 1
    assert place.run("feeds", "moves", "--undo", str(move.id), "--by", "Gul Bano")[0] == 0
    with place.app(clock) as app:
        state = poll(app, clock, DAY, DAY, DAY, DAY)
        assert state.spec.url == before.spec.url  # and it is never undone again
        with app.open_store() as db:
            assert "took this move back" in moves.redirects(db)[0].why_not


def test_a_feed_named_by_its_address_keeps_its_name_when_it_moves(
    place: Installation, room: Newsroom
) -> None:
    document = yaml.safe_load((place.folder / "feeds.yaml").read_text())
    del document["feeds"][0]["key"]
    (place.folder / "feeds.yaml").write_text(yaml.safe_dump(document))
    clock = Hands()
    with place.app(clock) as app:
        before = poll(app, clock)
        target = moved(room)
        state = poll(app, clock, DAY / 24, DAY / 24, DAY, DAY / 24)
        assert (state.spec.key, state.spec.url) == (before.spec.key, target)
        assert len(place.rows("SELECT key FROM feeds")) == 1


@pytest.mark.slow
def test_a_page_in_the_feeds_place_a_passing_redirect_and_another_feed_are_not_followed(
    place: Installation, room: Newsroom
) -> None:
    clock = Hands()
    with place.app(clock) as app:
        before = poll(app, clock)
        room.answers["/sorry"] = lambda handler: handler.say(200, "<h1>Maintenance</h1>")
        leads_to(room, f"{room.base}/sorry")
        state = poll(app, clock, DAY, DAY, DAY)
        assert (state.spec.url, state.condition) == (before.spec.url, "failing")
        moved(room)
        leads_to(room, f"{room.base}/rss/valley.xml", status=302)
        assert poll(app, clock, DAY, DAY, DAY).spec.url == before.spec.url
        for _ in range(6):
            room.publish("another")
        leads_to(room, f"{room.base}/feed/another")
        assert poll(app, clock, DAY, DAY, DAY).spec.url == before.spec.url
        with app.open_store() as db:
            assert moves.moves(db) == []
            assert "lists nothing that is known" in moves.redirects(db)[0].why_not
        del room.answers["/feed/valley"]
        poll(app, clock, DAY)
        with app.open_store() as db:
            assert moves.redirects(db) == []


@pytest.mark.slow
def test_who_gives_a_feed_that_moved_another_address_in_the_file_is_obeyed(
    place: Installation, room: Newsroom
) -> None:
    """The address it moved to died as well, and somebody found out where the feed is now."""
    clock = Hands()
    with place.app(clock) as app:
        poll(app, clock)
        target = moved(room)
        assert poll(app, clock, DAY / 24, DAY / 24, DAY, DAY / 24).spec.url == target
        room.answers["/rss/valley.xml"] = lambda handler: handler.say(404, "gone")
        assert poll(app, clock, DAY).condition == "failing"
        third = f"{room.base}/third/valley.xml"
        room.answers["/third/valley.xml"] = lambda handler: handler.say(
            200, room.document("valley"), "application/rss+xml"
        )
        file = place.folder / "feeds.yaml"
        told = yaml.safe_load(file.read_text())
        told["feeds"][0]["url"] = third
        file.write_text(yaml.safe_dump(told))
        clock.forward(minutes=1)
        app.run_job("poll")
        with app.open_store() as db:
            (state,) = feeds.states(db)
        assert (state.spec.url, state.failures) == (third, 0)
    assert json.loads(place.run("check", "--json")[1])["desk_changes"] == []
    with place.app(clock) as app:  # and a move from there is followed as any other
        room.answers["/fourth/valley.xml"] = room.answers["/third/valley.xml"]

        def leads(handler: Handler) -> None:
            handler.send_response(301)
            handler.send_header("Location", "/fourth/valley.xml")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        room.answers["/third/valley.xml"] = leads
        state = poll(app, clock, DAY / 24, DAY / 24, DAY, DAY / 24)
        assert state.spec.url == f"{room.base}/fourth/valley.xml"


# --- people are told ------------------------------------------------------------------------


def notices(app: App) -> list[str]:
    with app.open_store() as db:
        return [row.message.subject for row in outbox.recent(db, "notice")][::-1]


def test_a_feed_that_fails_for_hours_is_told_of_once_and_its_recovery_once(
    place: Installation, room: Newsroom
) -> None:
    place.configure(notices={"channels": ["outbox"], "after": "6h"})
    clock = Hands()
    with place.app(clock) as app:
        poll(app, clock)
        room.answers["/feed/valley"] = lambda handler: handler.say(500, "broken")
        poll(app, clock, DAY / 24, DAY / 12)
        assert notices(app) == []
        state = poll(app, clock, DAY / 4, DAY / 4, DAY)
        assert state.condition == "failing"
        assert notices(app) == ["Valley: cannot be read"]
        del room.answers["/feed/valley"]
        poll(app, clock, DAY / 24)
        assert notices(app) == ["Valley: cannot be read"]  # it may break again
        poll(app, clock, DAY / 4, DAY)
        assert notices(app) == ["Valley: cannot be read", "Valley: well again"]
        (row, _) = place.rows("SELECT key, text FROM outbox WHERE kind = 'notice' ORDER BY id")
        assert row["key"].startswith("notice:valley:2")
        assert "The server answered 500" in row["text"]


@pytest.mark.slow
def test_a_line_that_is_down_makes_a_message_or_two_and_not_one_a_feed(
    place: Installation, room: Newsroom
) -> None:
    for n in range(12):
        room.publish(f"outlet-{n}")
    place.configure(notices={"channels": ["outbox"], "after": "1h"})
    clock = Hands()
    with place.app(clock) as app:
        poll(app, clock)
        for n in range(12):
            room.answers[f"/feed/outlet-{n}"] = lambda handler: handler.say(503, "busy")
        poll(app, clock, DAY / 24, DAY / 12, DAY / 12)
        assert notices(app) == ["12 feeds are unwell"]
        room.answers.clear()
        poll(app, clock, DAY / 12, DAY / 12)
        assert notices(app) == ["12 feeds are unwell", "12 feeds are well again"]


def test_a_feed_that_people_give_up_is_not_told_to_be_well_again(
    place: Installation, room: Newsroom
) -> None:
    room.publish("ridge")
    watched = {"notices": {"channels": ["outbox"], "after": "6h"}}
    place.configure(**watched)
    clock = Hands()
    with place.app(clock) as app:
        for outlet in ("valley", "ridge"):
            room.answers[f"/feed/{outlet}"] = lambda handler: handler.say(500, "broken")
        poll(app, clock, DAY / 4, DAY / 4)
        began = ["Ridge: cannot be read", "Valley: cannot be read"]
        assert sorted(notices(app)) == began
        told = yaml.safe_load((place.folder / "feeds.yaml").read_text())
        told["feeds"] = [
            feed | {"enabled": False} for feed in told["feeds"] if feed["key"] == "ridge"
        ]
        (place.folder / "feeds.yaml").write_text(yaml.safe_dump(told))
        poll(app, clock, DAY / 4, DAY / 4, DAY)
        assert sorted(notices(app)) == began
        place.configure(**watched)  # both are wanted again, and still broken
        poll(app, clock, DAY / 4, DAY / 4)
        assert sorted(notices(app)) == began


def test_nobody_is_told_where_no_channel_is_named(place: Installation, room: Newsroom) -> None:
    clock = Hands()
    with place.app(clock) as app:
        room.answers["/feed/valley"] = lambda handler: handler.say(500, "broken")
        poll(app, clock, DAY, DAY)
        assert notices(app) == []


# --- health ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_health_says_since_when_and_why_in_words(place: Installation, room: Newsroom) -> None:
    clock = Hands()
    with place.app(clock) as app:
        poll(app, clock)
        room.answers["/feed/valley"] = lambda handler: handler.say(410, "gone")
        clock.forward(days=1)
        state = poll(app, clock)
        assert state.condition == "paused"
        assert state.next_poll_at is not None
        assert clock.at < state.next_poll_at <= clock.at + 30 * DAY
    (row,) = json.loads(place.run("feeds", "health", "--json")[1])
    assert {"id", "url", "state", "since", "reason", "newest_entry_at", "last_ok_at",
            "next_poll_at"} <= row.keys()  # fmt: skip
    assert (row["id"], row["state"]) == ("valley", "paused")
    assert "410" in row["reason"]
    assert datetime.fromisoformat(row["since"]) == clock.at
    assert "since" in place.run("feeds", "health")[1]


def test_a_burst_beyond_the_window_is_told_and_the_feed_is_asked_sooner(
    place: Installation, room: Newsroom
) -> None:
    clock = Hands()
    with place.app(clock) as app:
        poll(app, clock)
        del room.stories["valley"][:]
        for minute in range(10, 0, -1):
            room.publish("valley", published_at=FIRST_DAY + timedelta(hours=2, minutes=minute))
        clock.forward(hours=3)
        state = poll(app, clock)
        with app.open_store() as db:
            (gap,) = [e for e in feeds.history(db, "valley") if e.possible_gap]
        assert gap.gap_since_at is not None
        assert gap.gap_until_at == FIRST_DAY + timedelta(hours=2, minutes=1)
        assert "may have gone by unseen" in gap.detail
        assert state.next_poll_at is not None
        assert state.next_poll_at - clock.at <= timedelta(minutes=6)
