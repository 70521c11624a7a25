"""When an article was published: every way of writing a date, and none that cannot be true."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import DatePlace, Dating, When, Written
from monitor.stages.dating import AHEAD, OLDEST, ORDER, ZONES, dated, read_date

SEEN = datetime(2026, 11, 22, 9, tzinfo=UTC)


def dating(*written: tuple[DatePlace, str], **facts: object) -> Dating:
    given_facts: dict[str, object] = {"seen_at": SEEN} | facts
    return dated([Written(text=text, place=place) for place, text in written], **given_facts)  # type: ignore[arg-type]


def told(text: str, at: datetime) -> When:
    return When(at=at, original=text, source="feed")


# --- reading --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-03T10:00:00+05:00", "2026-11-03T05:00"),
        ("2026-11-03T10:00:00+0500", "2026-11-03T05:00"),
        ("2026-11-03 10:00:00", "2026-11-03T10:00"),
        ("2026-11-3T9:05:00 UTC", "2026-11-03T09:05"),
        ("2026-11-03T10:00:00.123Z", "2026-11-03T10:00"),
        ("Tue, 03 Nov 2026 10:00:00 +0500", "2026-11-03T05:00"),
        ("Tue, 3 Nov 2026 10:00:00 PKT", "2026-11-03T05:00"),
        ("Tue Nov 03 2026 10:00:00 GMT+0430 (Afghanistan Time)", "2026-11-03T05:30"),
        ("Tue Nov  3 10:00:00 CET 2026", "2026-11-03T09:00"),
        ("1793696400", "2026-11-03T09:00"),
        ("1793696400000", "2026-11-03T09:00"),
        ("Tue, 03 Nov 2026 10:00:00 GMT+0500", "2026-11-03T05:00"),
        ("Tue, 03 Nov 2026 10:00:00 UTC+5", "2026-11-03T05:00"),
        ("Tue, 03 Nov 2026 02:05:00 PM +0500", "2026-11-03T09:05"),
        ("Tue, 03 Nov 2026 12:05 AM PKT", "2026-11-02T19:05"),
        ("Tue, 03 November 2026 10:00:00 PKT", "2026-11-03T05:00"),
        ("November 3, 2026, 2:05 p.m. EST", "2026-11-03T19:05"),
        ("2026-11-03 2:05 PM", "2026-11-03T14:05"),
        ("2026-11-03T10:00:00+05", "2026-11-03T05:00"),
        ("3-Nov-2026 10:00 IST", "2026-11-03T04:30"),
        ("11/3/2026 2:05:00 PM", "2026-11-03T14:05"),
        ("20261103T100500Z", "2026-11-03T10:05"),
        ("20261103T1005+0500", "2026-11-03T05:05"),
        ("20261103", "2026-11-03T00:00"),
        ("3 November 2026", "2026-11-03T00:00"),
        ("Published: Nov 3, 2026 10:32pm", "2026-11-03T22:32"),
        ("3rd Nov, 2026 at 09:15", "2026-11-03T09:15"),
        ("3. November 2026, 18:20 Uhr", "2026-11-03T18:20"),
        ("3 de noviembre de 2026", "2026-11-03T00:00"),
        ("3 novembre 2026 à 07:00", "2026-11-03T07:00"),
        ("03.11.2026", "2026-11-03T00:00"),
        ("2026/11/03", "2026-11-03T00:00"),
        ("3 نومبر 2026", "2026-11-03T00:00"),
        ("3 ноября 2026", "2026-11-03T00:00"),
        ("2026年11月3日", "2026-11-03T00:00"),
        ("3rd of November 2026", "2026-11-03T00:00"),
        ("۳ نومبر، ۲۰۲۶ء", "2026-11-03T00:00"),
        ("۳ نوامبر ۲۰۲۶", "2026-11-03T00:00"),
        ("د ۲۰۲۶ کال د نومبر ۳مه", "2026-11-03T00:00"),
        ("د نومبر ۳مه ۲۰۲۶", "2026-11-03T00:00"),
        ("۱۲ عقرب ۱۴۰۵", "2026-11-03T00:00"),
        ("سه‌شنبه، ۱۲ عقرب ۱۴۰۵، ساعت ۱۰:۳۰", "2026-11-03T10:30"),
        ("د ۱۴۰۵ کال د لړم ۱۲مه", "2026-11-03T00:00"),
        ("12 آبان 1405", "2026-11-03T00:00"),
        ("۱۴۰۵/۸/۱۲", "2026-11-03T00:00"),
        ("12-08-1405", "2026-11-03T00:00"),
        ("1405-08-12T10:00:00+04:30", "2026-11-03T05:30"),
    ],
)
def test_a_date_is_read_however_it_is_written(text: str, at: str) -> None:
    found = read_date(text, near=SEEN)
    assert found == (datetime.fromisoformat(f"{at}:00+00:00"), date(2026, 11, 3))


@pytest.mark.parametrize("text", ["", "soon", "31 February 2026", "99:99", "0000-00-00", "Sunday"])
def test_what_names_no_day_is_no_date(text: str) -> None:
    assert read_date(text, near=SEEN) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 نومبر 2019ء", "2019-11-03"),
        ("03 نومبر، 2019", "2019-11-03"),
        ("2019 نومبر 3", "2019-11-03"),
        ("3 مې 2019", "2019-05-03"),
        ("12 جنوري 2020", "2020-01-12"),
        ("7 ډسمبر 2020", "2020-12-07"),
        ("30 حوت 1403", "2025-03-20"),
        ("1 حمل 1404", "2025-03-21"),
        ("29 حوت 1402", "2024-03-19"),
        ("1 حمل 1403", "2024-03-20"),
        ("24 اسد 1400", "2021-08-15"),
    ],
)
def test_the_year_that_is_written_is_the_year_in_any_script_and_calendar(
    text: str, day: str
) -> None:
    found = read_date(text, near=SEEN)
    assert found is not None
    assert found[1] == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["30 حوت 1404", "31 میزان 1405", "12 جمادی الاول 1448"])
def test_a_day_that_the_solar_year_has_not_is_none(text: str) -> None:
    assert read_date(text, near=SEEN) is None


def test_an_address_with_a_day_of_the_solar_year_dates_an_article() -> None:
    found = dating(url="https://herald.example/1405/08/12/convoy")
    assert found.published is not None
    assert found.published.at.date() == date(2026, 11, 3)


def test_of_a_date_that_can_be_read_in_two_ways_the_one_that_has_been_is_meant() -> None:
    """11/03/2026 seen on 5 November is the third, 03/11/2026 too; in April it was March."""
    seen = datetime(2026, 11, 5, tzinfo=UTC)
    april = datetime(2026, 4, 1, tzinfo=UTC)
    for text in ("11/03/2026", "03/11/2026"):
        found = read_date(text, near=seen)
        assert found is not None
        assert found[1] == date(2026, 11, 3)
    found = read_date("11/03/2026", near=april)
    assert found is not None
    assert found[1] == date(2026, 3, 11)


def test_an_hour_without_a_zone_is_the_outlets_own() -> None:
    """20:00 in Islamabad is 15:00 in Greenwich; a day alone stays the day it is."""
    for side, hour in (("pakistan", 15), ("afghanistan", 15.5)):
        found = read_date("2026-11-03 20:00", near=SEEN, zone=ZONES[side])
        assert found is not None
        assert found[0] == datetime(2026, 11, 3, tzinfo=UTC) + timedelta(hours=hour)
    alone = read_date("2026-11-03", near=SEEN, zone=ZONES["pakistan"])
    assert alone == (datetime(2026, 11, 3, tzinfo=UTC), date(2026, 11, 3))


# --- which one is believed ------------------------------------------------------------------


def test_the_feed_is_believed_before_the_page_and_the_page_before_what_a_search_finds() -> None:
    at = datetime(2026, 11, 20, 4, tzinfo=UTC)
    everything: list[tuple[DatePlace, str]] = [
        ("search", "2026-11-18"), ("json-ld", "2026-11-20"), ("meta", "2026-11-19T23:00:00Z"),
    ]  # fmt: skip
    first = dating(*everything, told=told("Fri, 20 Nov 2026 09:00:00 +0500", at))
    assert first.published == told("Fri, 20 Nov 2026 09:00:00 +0500", at)
    second = dating(*everything)
    assert second.published is not None
    assert (second.published.source, second.published.original) == ("page", "2026-11-19T23:00:00Z")
    assert (second.flag, second.note) == ("", "")


def test_what_the_source_wrote_is_kept_with_its_zone() -> None:
    found = dating(("meta", "2026-11-20T09:00:00+05:00"))
    assert found.published == When(
        at=datetime(2026, 11, 20, 4, tzinfo=UTC),
        original="2026-11-20T09:00:00+05:00",
        source="page",
    )


def test_an_address_outvotes_a_date_that_it_contradicts_and_another_confirms() -> None:
    """A reader's comment of 2009 stands in the first time element; the address says 2026."""
    url = "https://herald.example/2026/11/20/convoy"
    found = dating(("time", "2009-04-11 18:06"), ("search", "2026-11-20"), url=url)
    assert found.published is not None
    assert found.published.at.date() == date(2026, 11, 20)
    alone = dating(("time", "2009-04-11 18:06"), url=url)
    assert alone.published is not None
    assert (alone.published.source, alone.published.original) == ("url", "2026-11-20")


@pytest.mark.parametrize(
    "url",
    [
        "/2026/11/20/convoy",
        "/news/20261120-convoy",
        "/2026-11-20",
        "/a?d=2026.11.20",
        "/2026/11/20",
    ],
)
def test_the_day_in_an_address_is_found(url: str) -> None:
    found = dating(url=f"https://herald.example{url}")
    assert found.published is not None
    assert (found.published.original, found.place) == ("2026-11-20", "url")


@pytest.mark.parametrize("url", ["/story/2026112099", "/1/2/3", "/2026/13/40/x", "/id-20269999"])
def test_a_number_in_an_address_is_no_date(url: str) -> None:
    assert dating(url=f"https://20261120.example{url}").published is None


@pytest.mark.parametrize(
    "opening",
    [
        "ISLAMABAD, Nov 20 (APP): The foreign ministry said on Friday.",
        "KABUL, November 20, 2026 - The ministry of trade said.",
        "PESHAWAR, 20 Nov. (INP) — Police said.",
        "Published November 20, 2026\nThe lorries went on.",
        "20 نومبر 2026\nحکام نے کہا۔",
    ],
)
def test_a_dateline_is_the_last_resort_and_says_that_it_is(opening: str) -> None:
    found = dating(body=opening)
    assert found.published is not None
    assert (found.published.at.date(), found.published.source) == (date(2026, 11, 20), "text")
    assert found.flag == "unsure"
    stated = dating(("meta", "2026-11-21T04:00:00Z"), body=opening)
    assert stated.published is not None
    assert stated.published.original == "2026-11-21T04:00:00Z"


def test_a_dateline_of_december_seen_in_january_is_last_years() -> None:
    found = dating(body="KABUL, Dec 31 (BNA): Snow fell.", seen_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert found.published is not None
    assert found.published.at.date() == date(2026, 12, 31)


# --- what cannot be true --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("2099-01-01T00:00:00Z", "future"),
        ("2026-11-24T00:00:00Z", "future"),
        ("1970-01-01T00:00:00Z", "ancient"),
        ("Thu, 01 Jan 1970 00:00:00 +0000", "ancient"),
        ("0001-01-01", "ancient"),
        ("the day after", "unreadable"),
    ],
)
def test_a_date_that_cannot_be_true_is_flagged_in_words_and_not_believed(
    text: str, flag: str
) -> None:
    for place in ORDER[:3]:
        found = dating((place, text))
        assert (found.published, found.flag) == (None, flag)
        assert found.note.endswith("It is dated by when it was first seen.")


def test_a_clock_that_is_wrong_by_some_hours_is_no_fault() -> None:
    found = dating(("feed", "2026-11-22T20:00:00Z"))
    assert found.published is not None
    assert found.flag == ""


def test_behind_a_date_that_cannot_be_true_the_next_is_believed_and_the_flag_stays() -> None:
    found = dating(("feed", "2099-01-01"), ("meta", "2026-11-20T09:00:00Z"))
    assert found.published is not None
    assert found.published.original == "2026-11-20T09:00:00Z"
    assert found.flag == "future"
    assert found.note == (
        "The feed says 1 January 2099, later than it was first seen."
        " The page's head is believed instead."
    )


def test_two_that_state_different_days_are_told_apart() -> None:
    found = dating(("feed", "2026-11-20"), ("meta", "2026-11-02"))
    assert found.published is not None
    assert found.published.source == "feed"
    assert found.flag == "disagree"
    assert found.note == "The page's head says 2 November 2026; the feed says 20 November 2026."
    near = dating(("feed", "2026-11-20T01:00:00Z"), ("meta", "2026-11-19T23:00:00-05:00"))
    assert near.flag == ""


def test_an_article_without_any_date_has_none_and_nothing_odd() -> None:
    assert dating() == Dating(published=None)


# --- any input ------------------------------------------------------------------------------

PLACES = st.sampled_from(ORDER)
DATE_LIKE = st.one_of(
    st.text(max_size=60),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))])).map(str),
    st.datetimes().map(lambda at: at.strftime("%d/%m/%y %H:%M")),
    st.integers(0, 10**13).map(str),
    st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}([T ][0-9:]{1,8})?", fullmatch=True),
)


@pytest.mark.slow
@given(
    st.lists(st.tuples(PLACES, DATE_LIKE), max_size=6),
    st.text(max_size=80),
    st.text(max_size=200),
    st.datetimes(datetime(1995, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_whatever_is_written_a_date_lies_between_1990_and_the_day_after_it_was_seen(
    written: list[tuple[DatePlace, str]], url: str, body: str, seen: datetime
) -> None:
    found = dating(*written, url=f"https://h.example/{url}", body=body, seen_at=seen)
    if found.published is not None:
        assert OLDEST <= found.published.at <= seen + AHEAD
        assert found.published.at.tzinfo is not None
        assert "\n" not in found.published.original
    assert (found.flag == "") == (found.note == "")
