"""A feed's address is given up only for the same feed at a safe place, said often enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.moving import answered, objection, why
from store.watch import Redirect

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
OLD, NEW = "https://old.example/feed", "https://new.example/rss.xml"


def said(*hours: float, shares: bool = True, old: str = OLD, new: str = NEW) -> Redirect:
    """The redirect after answers at these hours from now."""
    found: Redirect | None = None
    for hour in hours:
        found = answered(
            found,
            feed="valley",
            url=old,
            target=new,
            shares=shares,
            now=NOW + timedelta(hours=hour),
        )
    assert found is not None
    return found


def test_three_equal_answers_on_two_days_are_believed() -> None:
    assert objection(said(0, 1, 20)) == ""
    assert why(said(0, 1, 20)) == (
        "It answered 3 times, from 22 November to 23 November 2026, that it has moved for good; "
        "the new address is a feed and lists what this one listed."
    )


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ((0,), "It said so once, on one day; it is believed after three times on two days."),
        ((0, 20), "It said so twice, on 2 days; it is believed after three times on two days."),
        ((0, 1, 2, 3, 4), "It said so 5 times, on one day; it is believed after"),
    ],
)
def test_fewer_answers_or_a_single_day_are_not(hours: tuple[float, ...], sentence: str) -> None:
    assert objection(said(*hours)).startswith(sentence)


def test_another_target_or_another_address_begins_anew() -> None:
    first = said(0, 1, 20)
    other = answered(first, feed="valley", url=OLD, target=NEW + "?2", shares=True, now=NOW)
    assert (other.answers, other.days) == (1, 1)
    changed = answered(first, feed="valley", url=OLD + "/2", target=NEW, shares=True, now=NOW)
    assert (changed.answers, changed.days) == (1, 1)


def test_a_page_that_shares_nothing_is_not_the_feed() -> None:
    assert "nothing that is known" in objection(said(0, 1, 20, 40, shares=False))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, "http://new.example/rss.xml"),
        (OLD, "ftp://new.example/rss.xml"),
        (OLD, "file:///etc/passwd"),
        (OLD, "https://user:word@new.example/rss.xml"),
        (OLD, "https://10.0.0.7/rss.xml"),
        (OLD, "https://127.0.0.1/rss.xml"),
        (OLD, "https://[::1]/rss.xml"),
        (OLD, "https://[fe80::1]/rss.xml"),
        (OLD, "https://169.254.169.254/latest"),
        (OLD, "https://100.64.0.1/rss.xml"),
        (OLD, "https://localhost/rss.xml"),
        (OLD, "https://router/rss.xml"),
        (OLD, "https://desk.local/rss.xml"),
        (OLD, "https://new.example/" + "x" * 3_000),
        (OLD, "https://[broken/rss.xml"),
        (OLD, ""),
    ],
)
def test_an_unsafe_address_is_never_taken_over_however_often_it_is_said(old: str, new: str) -> None:
    assert objection(said(0, 1, 20, 40, old=old, new=new)) != ""


def test_from_http_to_https_and_within_one_host_is_safe() -> None:
    assert objection(said(0, 1, 20, old="http://old.example/feed", new=OLD)) == ""
    here = ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/b")
    assert objection(said(0, 1, 20, old=here[0], new=here[1])) == ""


def test_what_people_undid_and_what_another_feed_asks_is_left_alone() -> None:
    enough = said(0, 1, 20)
    assert objection(enough, refused=True) == "A person took this move back, so the address stays."
    assert objection(enough, taken=True) == "Another feed asks the new address already."


@given(st.text(max_size=80), st.text(max_size=80), st.integers(0, 9), st.integers(0, 9))
def test_no_address_makes_it_raise(old: str, new: str, answers: int, days: int) -> None:
    found = replace(said(0), from_url=old, to_url=new, answers=answers, days=days)
    assert isinstance(objection(found), str)
    assert objection(replace(found, to_url=f"javascript:{new}"))
