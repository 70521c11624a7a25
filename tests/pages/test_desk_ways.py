"""Channels and readers on the desk: how each does, a test message, one's own quiet hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from typing import Any

import pytest

from monitor.told import Delivery
from store import changes, ways

CHANNELS = {
    "team": {
        "kind": "mail", "host": "smtp.example.org", "from": "d@x.example", "to": ["a@x.example"],
    },
    "dash": {"kind": "webhook", "url": "https://hooks.example/s3cret", "hourly": 4},
}  # fmt: skip
READERS = {
    "rabia": {
        "channels": ["team"], "person": "Rabia", "quiet": {"from": "22:00", "until": "06:30"},
    },
    "asma": {"channels": ["dash"], "time_zone": "Europe/London"},
}  # fmt: skip
FORM = {"from": "21:30", "until": "07:00", "hourly": "5", "pause_until": "2026-12-01T08:00"}
EVERY_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "on")


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.fixture
def tried() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def served(
    desk_over: Any, full_room: Any, office_over: Any, tried: list[tuple[str, str]]
) -> Callable[..., Any]:
    def try_channel(_db: Any, name: str, by: str) -> dict[str, Delivery]:
        tried.append((name, by))
        refused = Delivery(state="failed", detail="550 <b>no such user</b>", permanent=True)
        return {"team:a@x.example": refused}

    office = office_over(full_room, channels=CHANNELS, readers=READERS)
    return lambda **more: desk_over(full_room, office=office, try_channel=try_channel, **more)


@pytest.fixture
def desk(served: Callable[..., Any]) -> Iterator[Any]:
    with served() as up:
        yield up


@pytest.fixture
def signed(served: Callable[..., Any]) -> Iterator[Any]:
    """The same desk with accounts; Rabia, a reviewer, is at it."""
    people = {"Adeela": "administrator", "Rabia": "reviewer", "Rashid": "reader"}
    with served(people=people) as up, up.beside("Rabia") as hers:
        yield hers


# --- channels -------------------------------------------------------------------------------


def test_every_channel_says_how_it_does_and_no_secret(desk: Any) -> None:
    page = desk.get("/settings/channels")
    told = plain(page.text)
    assert "All 3 channels are well" in told
    assert "dash webhook" in told
    assert "At most 4 alerts an hour. Read by asma." in told
    assert "To a@x.example" in told
    assert "22:00 to 06:30" in told
    assert "s3cret" not in page.text
    assert len(page.content) < 60_000


def test_a_channel_that_takes_nothing_is_said_on_its_page_and_on_the_front(
    desk: Any,
) -> None:
    with closing(desk.room.open()) as db:
        for way in ("team:a@x.example", "dash", "gone"):
            sent, now = way == "dash", desk.desk.clock()
            ways.note(db, way, sent=sent, error="550 <i>no</i>", refused=not sent, now=now)
    page = desk.get("/settings/channels")
    assert "1 channel of 3 takes no messages" in plain(page.text)
    assert "refuses messages" in plain(page.text)
    assert "<i>no</i>" not in page.text
    assert "3 channels, 1 unwell, 2 readers." in plain(desk.get("/settings").text)


def test_a_test_message_is_sent_at_a_press_and_the_answer_stands_there_in_words(
    desk: Any, tried: list[tuple[str, str]]
) -> None:
    page = desk.post("/settings/channels/test", {"channel": "team"})
    assert page.status_code == 200
    assert "team:a@x.example: Not sent. 550 <b>no such user</b>" in plain(page.text)
    assert "<b>no such" not in page.text
    assert [name for name, _ in tried] == ["team"]
    assert desk.post("/settings/channels/test", {"channel": "../x"}).status_code == 404
    assert len(tried) == 1


def test_only_administrators_see_channels_and_try_them(
    signed: Any, tried: list[tuple[str, str]]
) -> None:
    assert signed.get("/settings/channels").status_code == 403
    assert signed.post("/settings/channels/test", {"channel": "team"}).status_code == 403
    assert "/settings/channels" not in signed.get("/settings").text
    assert tried == []


# --- one's own hours ------------------------------------------------------------------------


def test_a_person_sets_their_own_hours_which_are_kept_with_their_name(signed: Any) -> None:
    page = signed.get("/you/hours")
    assert "Alerts reach you by team, as the reader rabia" in plain(page.text)
    assert 'value="22:00"' in page.text
    kept = signed.post("/you/hours", {**FORM, **EVERY_DAY})
    assert kept.status_code == 303
    with closing(signed.room.open()) as db:
        lines = {one.path: (one.value, one.by) for one in changes.changes(db)}
    assert lines == {
        "readers.rabia.quiet": ('{"from": "21:30", "until": "07:00"}', "Rabia"),
        "readers.rabia.hourly": ("5", "Rabia"),
        "readers.rabia.pause_until": ('"2026-12-01 08:00"', "Rabia"),
    }
    again = signed.get("/you/hours")
    assert 'value="21:30"' in again.text
    assert 'value="2026-12-01T08:00"' in again.text
    assert signed.post("/you/hours", {**FORM, **EVERY_DAY}).status_code == 303
    with closing(signed.room.open()) as db:
        assert len(changes.history(db)) == 3, "what is unchanged makes no line"
    history = plain(signed.get("/settings/history").text)
    assert "set the quiet hours of the reader rabia to 21:30 to 07:00" in history


def test_hours_can_be_taken_out_and_begin_on_chosen_days(signed: Any) -> None:
    assert signed.post("/you/hours", {"fri": "on", "from": "12:00", "until": "14:00"})
    page = signed.get("/you/hours").text
    assert re.findall(r'name="(\w+)" value="on" checked', page) == ["fri"]
    assert signed.post("/you/hours", {"from": "", "until": ""}).status_code == 303
    assert 'name="from" value=""' in signed.get("/you/hours").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"from": "25:00", "until": "06:00", **EVERY_DAY}, "Quiet hours have a beginning"),
        ({"from": "22:00", "until": "", **EVERY_DAY}, "Quiet hours have a beginning"),
        ({"from": "22:00", "until": "22:00", **EVERY_DAY}, "Quiet hours have a beginning"),
        ({"from": "22:00", "until": "06:00"}, "begin on one day at least"),
        ({"hourly": "many"}, "a whole number from 1 to 1,000"),
        ({"hourly": "0"}, "a whole number from 1 to 1,000"),
        ({"hourly": "5000"}, "a whole number from 1 to 1,000"),
        ({"pause_until": "tomorrow"}, "A pause ends on a day"),
        ({"pause_until": "2026-02-31T07:00"}, "A pause ends on a day"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_changes_nothing(
    signed: Any, form: dict[str, str], sentence: str
) -> None:
    page = signed.post("/you/hours", form)
    assert page.status_code == 422
    assert sentence in plain(page.text)
    with closing(signed.room.open()) as db:
        assert list(changes.changes(db)) == []


def test_nobody_sets_anothers_hours(signed: Any) -> None:
    """Also not with the other reader's name in the form: whose they are is the session's word."""
    with signed.beside("Rashid") as his:
        assert "No reader of feeds.yaml names Rashid" in plain(his.get("/you/hours").text)
        assert his.post("/you/hours", {**FORM, "name": "rabia"}).status_code == 404
    with closing(signed.room.open()) as db:
        assert list(changes.changes(db)) == []


def test_a_desk_without_accounts_lets_nobody_pose_as_a_reader(desk: Any) -> None:
    desk.post("/you", {"name": "Rabia"})
    assert "Nobody signs in at this desk" in plain(desk.get("/you/hours").text)
    assert desk.post("/you/hours", FORM).status_code == 404
