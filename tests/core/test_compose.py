"""When a digest is due, what it says, and that it says it the same way twice."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stages import compose
from monitor.told import AlertHit, Digest, DigestEntry, Ledger
from store.types import ArticleRow

PKT = ZoneInfo("Asia/Karachi")
SEVEN = time(7, 0)
RHYTHM = {"weekdays", "month_day", "every"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- which days are due ---------------------------------------------------------------------


def due(now: str, last_on: str | None, **change: Any) -> list[str]:
    rhythm = compose.Rhythm(
        at=change.pop("at", SEVEN), **{name: change.pop(name) for name in RHYTHM & set(change)}
    )
    facts: dict[str, Any] = {"rhythm": rhythm, "zone": PKT, "catch_up_days": 3, **change}
    last = date.fromisoformat(last_on) if last_on else None
    return [day.isoformat() for day in compose.due_days(at(now), last_on=last, **facts)]


@pytest.mark.parametrize(
    ("now", "last_on", "expected"),
    [
        ("2026-03-12 01:59", "2026-03-11", []),  # 06:59 in Karachi
        ("2026-03-12 02:00", "2026-03-11", ["2026-03-12"]),
        ("2026-03-12 23:00", "2026-03-12", []),  # already the 13th there, not yet seven
        ("2026-03-12 02:00", "2026-03-12", []),
        ("2026-03-12 02:00", None, ["2026-03-12"]),  # a fresh install tells of no past
        ("2026-03-12 01:00", None, []),
        ("2026-03-12 03:00", "2026-03-09", ["2026-03-10", "2026-03-11", "2026-03-12"]),
        (  # out for weeks: the last three days and today, not a storm
            "2026-03-12 03:00",
            "2026-01-01",
            ["2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12"],
        ),
        ("2026-03-12 03:00", "2026-03-13", ["2026-03-12"]),  # tomorrow told says nothing of today
        ("2026-03-12 03:00", "2099-01-01", ["2026-03-12"]),  # a wrong clock silences nobody
    ],
)
def test_a_day_is_due_once_from_its_hour_on(
    now: str, last_on: str | None, expected: list[str]
) -> None:
    assert due(now, last_on) == expected


def test_only_the_weekdays_asked_for_are_due() -> None:
    # 12 March 2026 is a Thursday.
    weekdays = {0, 3}
    assert due("2026-03-12 03:00", "2026-03-05", weekdays=weekdays, catch_up_days=7) == [
        "2026-03-09",
        "2026-03-12",
    ]


def test_a_first_digest_of_late_evening_is_not_missed_by_a_tick_after_midnight() -> None:
    late = {"at": time(23, 59), "zone": ZoneInfo("UTC")}
    assert due("2026-03-12 00:30", None, **late) == ["2026-03-11"]
    assert due("2026-03-12 06:30", None, **late) == []


@pytest.mark.parametrize(
    ("zone", "hour", "day", "instant"),
    [
        ("Europe/Berlin", time(2, 30), "2026-03-29", "2026-03-29 01:30"),  # skipped: 03:30 there
        ("Europe/Berlin", time(2, 30), "2026-10-25", "2026-10-25 00:30"),  # twice: the first
        ("Africa/Cairo", time(0, 0), "2026-04-24", "2026-04-23 22:00"),  # midnight is skipped
        ("Asia/Kathmandu", time(7, 0), "2026-03-12", "2026-03-12 01:15"),
    ],
)
def test_hours_that_do_not_exist_or_exist_twice_have_one_instant(
    zone: str, hour: time, day: str, instant: str
) -> None:
    on, before = date.fromisoformat(day), date.fromisoformat(day) - timedelta(days=1)
    rhythm = compose.Rhythm(at=hour)
    facts: dict[str, Any] = {"last_on": before, "rhythm": rhythm}
    facts |= {"zone": ZoneInfo(zone), "catch_up_days": 3}
    minute = timedelta(minutes=1)
    assert compose.due_days(at(instant), **facts) == (on,)
    assert compose.due_days(at(instant) - minute, **facts) == ()
    assert compose.digest_window(on, None, rhythm, ZoneInfo(zone))[1] == at(instant)


def test_a_day_the_calendar_never_had_is_not_due() -> None:
    # Samoa went from 29 to 31 December 2011.
    days = due("2012-01-01 00:00", "2011-12-28", zone=ZoneInfo("Pacific/Apia"), catch_up_days=5)
    assert days == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_a_week_is_due_on_its_day_and_the_last_one_missed_is_made() -> None:
    weekly = {"weekdays": {0}, "every": "week"}  # 9 March 2026 is a Monday
    assert due("2026-03-09 01:59", "2026-03-02", **weekly) == []
    assert due("2026-03-09 02:00", "2026-03-02", **weekly) == ["2026-03-09"]
    assert due("2026-03-15 03:00", "2026-02-02", **weekly) == ["2026-03-09"]
    assert due("2026-03-12 03:00", None, **weekly) == []


def test_a_month_is_due_on_its_day_or_on_the_last_of_a_short_one() -> None:
    monthly = {"month_day": 31, "every": "month"}
    assert due("2026-04-30 02:00", "2026-03-31", **monthly) == ["2026-04-30"]
    assert due("2026-02-28 02:00", "2026-01-31", **monthly) == ["2026-02-28"]
    assert due("2026-03-29 02:00", "2026-01-31", **monthly) == ["2026-02-28"]
    assert due("2026-03-12 02:00", "2026-02-28", **monthly) == []


@pytest.mark.parametrize(
    ("every", "day", "begins"),
    [
        ("day", "2026-03-09", "2026-03-08"), ("week", "2026-03-09", "2026-03-02"),
        ("month", "2026-03-31", "2026-02-28"), ("month", "2026-01-01", "2025-12-01"),
    ],
)  # fmt: skip
def test_a_first_edition_tells_of_one_period(every: Any, day: str, begins: str) -> None:
    rhythm = compose.Rhythm(at=SEVEN, every=every)
    since, until = compose.digest_window(date.fromisoformat(day), None, rhythm, PKT)
    assert (since, until) == (at(f"{begins} 02:00"), at(f"{day} 02:00"))


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, ""), (23, ""), (24, "made one day late"), (71, "made two days late"),
     (24 * 12, "made 12 days late")],
)  # fmt: skip
def test_an_edition_made_late_says_so(hours: int, said: str) -> None:
    until = at("2026-03-09 02:00")
    assert compose.late_words(until, until + timedelta(hours=hours)) == said


ZONES = (
    *("Asia/Karachi", "Asia/Kabul", "UTC", "Europe/Berlin", "America/New_York"),
    *("America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Chatham"),
)


def told_in_a_year(zone: ZoneInfo, hour: time, step: timedelta, year: int = 2026) -> list[date]:
    """Tick through a year as the service does, remembering only the last day told."""
    told: list[date] = []
    now, end = at(f"{year}-01-01 00:00"), at(f"{year + 1}-01-02 00:00")
    last = now.astimezone(zone).date() - timedelta(days=1)
    while now < end:
        for day in compose.due_days(
            now, last_on=last, rhythm=compose.Rhythm(at=hour), zone=zone, catch_up_days=3
        ):
            told.append(day)
            last = day
        now += step
    return told


def every_day(told: Sequence[date]) -> bool:
    """No day missed, none double, in order."""
    return all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(told))


@pytest.mark.parametrize("zone", ZONES)
def test_every_local_day_of_a_year_is_told_once(zone: str) -> None:
    for hour in (time(0, 0), time(2, 30), time(7, 0), time(23, 45)):
        told = told_in_a_year(ZoneInfo(zone), hour, timedelta(hours=5))
        assert len(told) >= 365
        assert every_day(told)


@pytest.mark.slow
@pytest.mark.row(30)
def test_every_local_day_of_a_leap_year_is_told_once_at_any_hour_in_ten_zones(
    figure: Callable[..., None],
) -> None:
    """A look every hour, whatever summer time does to the hour of the digest."""
    year, missed, doubled = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)], 0, 0
    for zone in ZONES:
        for hour in range(24):
            told = Counter(told_in_a_year(ZoneInfo(zone), time(hour), timedelta(hours=1), 2028))
            missed += sum(told[day] == 0 for day in year)
            doubled += sum(told[day] > 1 for day in year)
    days = len(ZONES) * 24 * len(year)
    figure(f"{missed} missed and {doubled} doubled of {days:,} digests due in {len(ZONES)} zones")
    assert (missed, doubled, days) == (0, 0, 10 * 24 * 366)


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    jumps=st.lists(st.integers(-72, 72), min_size=1, max_size=30),
)
def test_a_clock_that_jumps_makes_no_storm_and_no_silence(
    zone: str, hour: int, jumps: list[int]
) -> None:
    now = at("2026-03-20 00:00")
    told: list[date] = []  # the outbox: a key put twice is one message
    for jump in jumps:
        now += timedelta(hours=jump)
        last = max(told, default=None)
        days = compose.due_days(
            now,
            last_on=last,
            rhythm=compose.Rhythm(at=time(hour)),
            zone=ZoneInfo(zone),
            catch_up_days=3,
        )
        assert len(days) <= 4
        told += [day for day in days if day not in told]
    before = len(told)
    for tick in range(2, 6 * 24, 2):  # then it runs as it should
        days = compose.due_days(
            now + timedelta(hours=tick),
            last_on=max(told, default=None),
            rhythm=compose.Rhythm(at=time(hour)),
            zone=ZoneInfo(zone),
            catch_up_days=3,
        )
        told += [day for day in days if day not in told]
    today = (now + timedelta(hours=6 * 24 - 25)).astimezone(ZoneInfo(zone)).date()
    assert today in told
    assert len(told) - before <= 11


@given(
    zone=st.sampled_from(ZONES),
    days=st.lists(
        st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=2, max_size=10, unique=True
    ).map(sorted),
    hour=st.times(),
)
def test_windows_join_without_gap_or_overlap(zone: str, days: list[date], hour: time) -> None:
    rhythm, covered = compose.Rhythm(at=hour), None
    windows = []
    for day in days:
        windows.append(compose.digest_window(day, covered, rhythm, ZoneInfo(zone)))
        covered = windows[-1][1]
    for earlier, later in itertools.pairwise(windows):
        assert earlier[1] == later[0]
        assert later[0] < later[1]


# --- the digest -----------------------------------------------------------------------------

FACTS = compose.DayFacts(
    ledger=Ledger(found=10, queued=3, rejected=7),
    feeds_asked=5,
    feeds_answered=4,
    feeds_silent=("Khaama Press",),
    gaps=(),
    waiting_for_review=3,
    model="cold-1",
    threshold=0.1,
    missed_runs=0,
)


def row(article: int, **change: Any) -> ArticleRow:
    facts: dict[str, Any] = {
        "article": article,
        "url": f"https://{article}.example.org/a",
        "title": f"Title {article}",
        "outlet": f"Outlet {article}",
        "side": "pakistan",
        "language": "en",
        "feed": "f",
        "summary": "",
        "first_seen_at": at("2026-03-11 12:00"),
        "published_at": at("2026-03-11 09:20"),
        "published_original": "Wed, 11 Mar 2026 14:20:00 +0500",
        "published_source": "feed",
        "disposition": "queued",
        "reason": None,
        "text_from": "page",
        "version": 1,
        "score": 0.5,
        "topics": ("talks",),
        "model": "cold-1",
        "route": "queue",
        "evidence": None,
        "decision": None,
        "decided_by": None,
        "decided_at": None,
        "copy_of": None,
        "copies": 0,
        **change,
    }
    return ArticleRow(**facts)


def digest(rows: Sequence[ArticleRow], **change: Any) -> Digest:
    facts: dict[str, Any] = {
        "groups": [],
        "day_on": date(2026, 3, 12),
        "time_zone": "Asia/Karachi",
        "facts": FACTS,
        **change,
    }
    return compose.digest(rows, **facts)


def entries(told: Digest) -> list[DigestEntry]:
    return [entry for section in told.sections for _, topic in section.topics for entry in topic]


def test_a_quiet_day_says_so() -> None:
    told = digest([])
    assert told.sections == ()
    assert told.title == "Torkham, Thursday 12 March 2026: a quiet day"


def test_a_story_is_told_once_by_its_best_article_with_the_others_named() -> None:
    rows = [
        row(1, score=0.9, text_from="headline"),
        row(2, score=0.7),
        row(3, score=0.8, copy_of=2),
        row(4, outlet="Outlet 2", score=0.1),
    ]
    (entry,) = entries(digest(rows, groups=[[1, 2], [2, 4]]))
    assert entry.article == 2  # full text before a headline, the original before a copy
    assert [outlet for outlet, _ in entry.also] == ["Outlet 1", "Outlet 3"]


def test_what_people_accepted_tells_the_story() -> None:
    rows = [row(1, score=0.9), row(2, score=0.2, decision="relevant")]
    (entry,) = entries(digest(rows, groups=[[1, 2]]))
    assert (entry.article, entry.decision) == (2, "relevant")


def test_copies_of_an_article_of_yesterday_are_one_story() -> None:
    assert len(entries(digest([row(5, copy_of=1), row(6, copy_of=1)]))) == 1


@settings(max_examples=50)
@given(st.permutations(range(8)))
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    rows = [row(n, score=0.5, topics=(("talks", "border")[n % 2],)) for n in range(8)]
    groups = [[0, 3], [4, 5]]
    assert digest([rows[n] for n in order], groups=groups) == digest(rows, groups=groups)


def test_stories_beyond_the_limit_are_counted_not_lost() -> None:
    told = digest([row(n) for n in range(40)], limit=30)
    assert (len(entries(told)), told.more) == (30, 10)
    assert told.title.endswith("40 stories")


def test_the_order_given_decides_who_is_told() -> None:
    rows = [row(1, score=0.9), row(2, score=0.1)]
    told = digest(rows, balance=lambda best: list(reversed(best)), limit=1)
    assert [entry.article for entry in entries(told)] == [2]


def test_sections_are_the_strands_and_other_stands_last() -> None:
    rows = [row(1, topics=(), score=0.9), row(2, topics=("cross_border",), score=0.5), row(3)]
    told = digest(rows, topic_titles={"talks": "Talks and diplomacy"})
    (section,) = told.sections
    assert section.part == "new"
    assert [title for title, _ in section.topics] == [
        "Cross border",
        "Talks and diplomacy",
        "Other",
    ]


def test_an_article_without_a_date_is_dated_by_when_it_was_first_seen_and_says_so() -> None:
    (entry,) = entries(digest([row(1, published_at=None)]))
    assert (entry.published.source, entry.published.at) == ("first_seen", at("2026-03-11 12:00"))


@pytest.mark.parametrize("evidence", ["", "[]", "{", '{"contributions": [1, {"weight": "x"}]}'])
def test_unreadable_evidence_costs_only_the_names(evidence: str) -> None:
    (entry,) = entries(digest([row(1, evidence=evidence)]))
    assert entry.matched == ()


# --- sentences ------------------------------------------------------------------------------

BODY = (
    "Read more: the ten best kebabs in town this week.\n"
    "KABUL: Officials met on Jan. 3 to discuss the closed crossing, Gen. A. Khan said.\n"
    "The weather in the valley stayed cold and very clear.\n"
    "“Torkham will open by 3.5 per cent of its old trade,” a trader joked.\n"
    "Follow us on every network that there is today."
)


def test_the_first_real_sentences_are_taken_and_furniture_is_not() -> None:
    assert compose.key_sentences(BODY) == (
        "KABUL: Officials met on Jan. 3 to discuss the closed crossing, Gen. A. Khan said.",
        "The weather in the valley stayed cold and very clear.",
    )


def test_sentences_with_matched_names_come_before_others() -> None:
    chosen = compose.key_sentences(BODY, ["torkham"])
    assert chosen[1].startswith("“Torkham will open by 3.5 per cent")


def test_names_come_from_the_verdict() -> None:
    evidence = {
        "contributions": [
            {"weight": 0.2, "matches": [{"text": "trader"}]},
            {"weight": 2.0, "matches": [{"text": "Torkham"}, {"text": "TORKHAM"}]},
            {"weight": -3.0, "matches": [{"text": "weather"}]},
        ]
    }
    noon = at("2026-03-11 12:00")
    now = compose.ArticleNow(
        article=1, version=1, title="", outlet="", side="", url="", language="en", genre="news",
        at=noon, seen_at=noon, body=BODY,
    )  # fmt: skip
    known = compose.Known(stories={1: compose.Standing(now=compose.StoryNow(articles={1: now}))})
    (entry,) = entries(digest([row(1, evidence=json.dumps(evidence))], known=known))
    assert entry.matched == ("Torkham", "trader")
    assert "Torkham" in entry.sentences[1]


def test_a_name_in_another_script_is_told_in_english_too_each_concept_once() -> None:
    matches = [
        {"text": "کابل", "concept": "kabul"},
        {"text": "کابل", "concept": "kabul"},
        {"text": "Kabul", "concept": "kabul"},
        {"text": "غرنی", "concept": "unnamed"},
    ]
    evidence = json.dumps({"contributions": [{"weight": 1.0, "matches": matches}]})
    known = compose.Known(called={"kabul": "Kabul"})
    (entry,) = entries(digest([row(1, evidence=evidence)], known=known))
    assert entry.matched == ("Kabul (کابل)", "غرنی")


def test_urdu_sentences_end_at_their_own_full_stop() -> None:
    body = "طورخم بارڈر نویں روز بھی بند رہا۔ تاجروں نے حکومت سے مذاکرات کا مطالبہ کیا۔ مزید پڑھیں"
    assert compose.key_sentences(body) == (
        "طورخم بارڈر نویں روز بھی بند رہا۔",
        "تاجروں نے حکومت سے مذاکرات کا مطالبہ کیا۔",
    )


@given(st.text(alphabet="aB .!?۔\n\u202e\x00“”'…,", max_size=400))
def test_every_sentence_stands_in_the_article(body: str) -> None:
    whole = compose.plain(body)
    for sentence in compose.key_sentences(body):
        assert sentence.removesuffix(" …") in whole


def test_a_sentence_without_end_is_cut_at_a_word() -> None:
    (sentence,) = compose.key_sentences("The word " * 59 + "ends here.")
    assert sentence.endswith(("The word …", "The …"))
    assert len(sentence) <= 402


# --- alerts and subjects --------------------------------------------------------------------

HIT = AlertHit(rule="torkham", part="title", start=0, end=7, matched="Torkham", passage="Torkham")


def test_an_article_alerts_once_a_rule_for_ever() -> None:
    first = compose.alert([HIT], row(7), created_at=at("2026-03-12 00:00"), time_zone="UTC")
    later = compose.alert([HIT], row(7), created_at=at("2026-05-12 00:00"), time_zone="UTC")
    assert first.key == later.key == "alert:torkham:7"


def test_an_alert_without_a_date_of_the_outlet_says_when_it_was_first_seen() -> None:
    bare = row(7, published_at=None)
    told = compose.alert([HIT], bare, created_at=at("2026-03-12 00:00"), time_zone="UTC")
    assert (told.published.source, told.published.at) == ("first_seen", bare.first_seen_at)


@pytest.mark.parametrize(
    "title",
    [
        "Blast =?UTF-8?Q?=0ABcc:_spy@example.org?= now",
        "Blast\r\nBcc: spy@example.org",
        "=?utf-8?b?" + "DQpCY2M6IHNweUBleGFtcGxlLm9yZw==" + "?=",
        "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3F=3D0ABcc=3A_x=3F=3D?=",
        "=?no-such-charset?Q?=0ABcc:?=",
        "=?UTF-8?B?!!!?=",
        "=?=?=?UTF-8?Q?=0A?=",
        "a\u2028b\u0085c\x00d\x0be\u202ef",
    ],
)
def test_a_subject_is_one_plain_line_whatever_the_title(title: str) -> None:
    line = compose.subject(title)
    assert line.isprintable()
    assert "=?" not in line


@given(st.text(max_size=400))
def test_a_subject_is_never_empty_long_or_broken(text: str) -> None:
    line = compose.subject(text)
    assert 1 <= len(line) <= 151
    assert "=?" not in line
    assert compose.subject(line) == line


def test_a_title_of_a_megabyte_is_shown_as_a_line() -> None:
    (entry,) = entries(digest([row(1, title="word " * 200_000)]))
    assert len(entry.title) <= 300
    assert entry.title.endswith("word…")


def test_an_ordinary_title_stays_as_it_is() -> None:
    for title in ("Pakistan, Kabul to resume talks", "طورخم بارڈر نویں روز بھی بند", "a=b? No"):
        assert compose.subject(title) == title
