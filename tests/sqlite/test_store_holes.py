"""Holes: what a poll opens, what filling keeps, and that the books of a day are its items."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, days, feeds, holes, reviews
from store.db import Db, connect, write
from store.polls import FeedState
from store.sql import fetch, one, run
from store.types import Answer
from store.watch import Asked, Hole


def state(make: Any, minutes: float = 0, **facts: Any) -> FeedState:
    given = {"condition": "ok", "last_ok_at": make.at(minutes), "interval_seconds": 900.0}
    return FeedState(spec=make.spec(), **(given | facts))


def answered(db: Db, make: Any, minutes: float, *names: str, **facts: Any) -> None:
    """Write a poll that answered and whose entries were published at that minute."""
    newest = facts.pop("newest", minutes)
    entries = [make.entry(name, published_at=make.at(newest)) for name in names]
    told = state(make, minutes, newest_entry_at=make.at(newest))
    feeds.save_poll(db, make.poll(*entries, minutes=minutes, state=told, **facts))


def only(db: Db) -> Hole:
    (found,) = holes.between(db, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return found


def said(make: Any, **facts: Any) -> Asked:
    return Asked(
        **({"source": "sitemap", "where": "https://x.example/n.xml", "at": make.T0} | facts)
    )


# --- what opens a hole ----------------------------------------------------------------------


def test_a_possible_gap_opens_a_hole_from_the_newest_known_to_the_oldest_shown(
    db: Db, make: Any
) -> None:
    answered(db, make, 0, "a", newest=-30)
    answered(db, make, 15, "b", newest=10, possible_gap=True)
    hole = only(db)
    assert (hole.feed, hole.why, hole.state) == ("gazette", "possible_gap", "open")
    assert (hole.since_at, hole.until_at) == (make.at(-30), make.at(10))
    assert [h.id for h in holes.due(db, make.at(15), 10)] == [hole.id]


def test_the_instants_the_poll_names_are_the_holes(db: Db, make: Any) -> None:
    answered(db, make, 0, "a")
    answered(db, make, 15, "b", possible_gap=True, gap_since_at=make.at(3), gap_until_at=make.at(9))
    assert (only(db).since_at, only(db).until_at) == (make.at(3), make.at(9))


def test_a_gap_after_days_without_an_answer_is_an_outage(db: Db, make: Any) -> None:
    answered(db, make, 0, "a")
    answered(db, make, 60 * 40, "b", possible_gap=True)
    assert only(db).why == "outage"


def test_a_gap_after_failures_is_an_outage_and_one_at_the_usual_pace_is_not(
    db: Db, make: Any
) -> None:
    answered(db, make, 0, "a")
    broken = state(make, 0, failures=1, condition="failing", newest_entry_at=make.at(0))
    feeds.save_poll(db, make.poll(minutes=15, state=broken, outcome="connect"))
    answered(db, make, 20, "b", possible_gap=True)
    assert only(db).why == "outage"


def test_a_first_poll_opens_no_hole_and_neither_does_one_that_overlaps(db: Db, make: Any) -> None:
    answered(db, make, 0, "a", possible_gap=True)
    answered(db, make, 600, "b")
    assert one(db, "SELECT count(*) FROM holes") == 0


def test_dates_that_contradict_the_clock_leave_the_span_from_answer_to_answer(
    db: Db, make: Any
) -> None:
    """A newest entry of tomorrow, an oldest of 1970: no hole ends before it began."""
    answered(db, make, 0, "a", newest=60 * 24)
    answered(db, make, 15, "b", newest=-60 * 24 * 365 * 50, possible_gap=True)
    assert (only(db).since_at, only(db).until_at) == (make.T0, make.at(15))


def test_holes_that_overlap_become_one_and_ask_anew(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec("gazette"), make.spec("herald")], make.T0)
    with write(db):
        first = holes.open_hole(db, "gazette", make.at(0), make.at(60), why="outage", now=make.T0)
        second = holes.open_hole(
            db, "gazette", make.at(90), make.at(120), why="outage", now=make.T0
        )
        other = holes.open_hole(db, "herald", make.at(0), make.at(60), why="outage", now=make.T0)
    for number, name in ((first, "a"), (second, "b")):
        entry = make.entry(name, key=f"filled:{name}")
        holes.fill(
            db,
            number,
            [entry],
            state="filled",
            asked=[said(make)],
            next_try_at=None,
            now=make.at(121),
        )
    with write(db):
        joined = holes.open_hole(
            db, "gazette", make.at(30), make.at(100), why="possible_gap", now=make.at(130)
        )
    assert joined == first
    hole = holes.get(db, first)
    assert hole is not None
    assert (hole.since_at, hole.until_at, hole.state) == (make.at(0), make.at(120), "open")
    assert hole.found == 2, "what filling brought before is not forgotten"
    assert holes.get(db, second) is None
    assert holes.get(db, other) is not None
    assert {row["filled"] for row in fetch(db, "SELECT filled FROM items")} == {first}


def test_a_span_inside_a_filled_hole_is_not_asked_about_again_unless_people_ask(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    (hole,) = holes.ask_since(db, make.at(-600), make.T0)
    holes.fill(db, hole, [], state="filled", asked=[said(make)], next_try_at=None, now=make.T0)
    with write(db):
        holes.open_hole(
            db, "gazette", make.at(-60), make.at(-30), why="possible_gap", now=make.at(1)
        )
    assert holes.due(db, make.at(100), 10) == []
    holes.ask_since(db, make.at(-60), make.at(-30), "gazette")
    assert [found.id for found in holes.due(db, make.at(100), 10)] == [hole]


def test_a_hole_that_grows_at_every_poll_is_asked_about_no_oftener_than_it_rests(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    asked = 0
    for minute in range(60):
        with write(db):
            holes.open_hole(
                db, "gazette", make.at(minute - 2), make.at(minute), why="possible_gap",
                now=make.at(minute),
            )  # fmt: skip
        for hole in holes.due(db, make.at(minute), 10):
            asked += 1
            holes.fill(
                db, hole.id, [], state="unfillable", asked=[], next_try_at=None,
                now=make.at(minute),
            )  # fmt: skip
    assert 3 <= asked <= 5


def test_the_usual_number_follows_from_the_weeks_before(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    for day in range(10):
        names = [make.entry(f"d{day}n{n}") for n in range(24)]
        feeds.save_poll(db, make.poll(*names, minutes=60 * 24 * day))
    end = make.at(60 * 24 * 10)
    holes.ask_since(db, end - timedelta(hours=6), end)
    assert only(db).usual == 6


def test_a_feed_that_is_switched_off_is_not_asked_about(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    holes.ask_since(db, make.at(-600), make.T0)
    feeds.sync(db, [make.spec(enabled=False)], make.T0)
    assert holes.due(db, make.at(100), 10) == []
    assert holes.ask_since(db, make.at(-600), make.T0) == []


# --- what filling keeps ---------------------------------------------------------------------


def test_what_is_found_becomes_items_of_the_feed_that_say_how_they_came(db: Db, make: Any) -> None:
    answered(db, make, 0, "a")
    (hole,) = holes.ask_since(db, make.at(-600), make.T0)
    entries = [make.entry(name, key=f"filled:{name}") for name in ("b", "c")]
    kept = holes.fill(
        db, hole, entries, state="filled", next_try_at=None, now=make.at(5),
        asked=[said(make, listed=3, known=1, added=2, covers=True)],
    )  # fmt: skip
    assert kept == 2
    filled = {item.title: item.filled for item in articles.items(db)}
    assert filled == {"Headline a": None, "Headline b": hole, "Headline c": hole}
    assert len(articles.pending(db, make.at(6), 10)) == 3, "they are read like any other"
    assert articles.ledger(db).waiting == 3
    again = holes.fill(
        db, hole, entries, state="filled", asked=[], next_try_at=None, now=make.at(6)
    )
    assert again == 0, "found twice is known"
    assert only(db).found == 2
    assert only(db).attempts == 2


def test_the_feed_showing_it_later_is_one_more_sighting_and_not_one_more_article(
    db: Db, make: Any
) -> None:
    answered(db, make, 0, "a")
    (hole,) = holes.ask_since(db, make.at(-600), make.T0)
    entry = make.entry("b", key="filled:https://gazette.example/b", item_hash="other")
    holes.fill(db, hole, [entry], state="filled", asked=[], next_try_at=None, now=make.at(5))
    answered(db, make, 15, "b")
    assert one(db, "SELECT count(*) FROM articles") == 2
    assert articles.ledger(db).waiting == 2


def test_what_was_asked_and_answered_comes_back_as_it_was_written(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    (hole,) = holes.ask_since(db, make.at(-600), make.T0)
    told = [
        said(make, said="it reaches back only to 12:00 – «نامہ»", listed=2, known=2, again=True)
    ]
    holes.fill(db, hole, [], state="partly", asked=told, next_try_at=make.at(30), now=make.at(5))
    found = only(db)
    assert found.asked == tuple(told)
    assert (found.tried_at, found.next_try_at, found.waits) == (make.at(5), make.at(30), True)
    assert holes.due(db, make.at(29), 10) == []
    assert len(holes.due(db, make.at(30), 10)) == 1


def test_people_may_have_a_hole_asked_about_again(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    (hole,) = holes.ask_since(db, make.at(-600), make.T0)
    holes.fill(db, hole, [], state="unfillable", asked=[], next_try_at=None, now=make.at(5))
    assert holes.due(db, make.at(600), 10) == []
    assert holes.ask_again(db, hole)
    assert [h.id for h in holes.due(db, make.at(600), 10)] == [hole]
    assert not holes.ask_again(db, hole + 1)


def test_a_hole_of_a_feed_that_was_joined_meanwhile_takes_nothing(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    assert holes.fill(
        db, 99, [make.entry("b")], state="filled", asked=[], next_try_at=None, now=make.at(5)
    ) == 0  # fmt: skip
    assert one(db, "SELECT count(*) FROM items") == 0


def test_an_outlets_own_sitemap_comes_before_others_on_its_host(db: Db, make: Any) -> None:
    """Several outlets may live on one host: the articles of one are no other's."""

    def sitemap(key: str, outlet: str, url: str) -> Any:
        return make.spec(key, outlet=outlet, kind="news-sitemap", enabled=False, url=url)

    shared = "https://papers.example/news.xml"
    others = [
        make.spec("gazette", url="https://papers.example/gazette"),
        sitemap("a", "Herald", shared),
        sitemap("b", "Elsewhere", "https://elsewhere.example/news.xml"),
    ]
    feeds.sync(db, others, make.T0)
    assert holes.sitemaps_of(db, "gazette", "papers.example") == [shared]
    own = sitemap("own", "Gazette", "https://cdn.example/g.xml")
    feeds.sync(db, [*others, own], make.T0)
    assert holes.sitemaps_of(db, "gazette", "papers.example") == ["https://cdn.example/g.xml"]


# --- the books by day -----------------------------------------------------------------------


def test_the_books_of_a_day_name_what_became_of_its_items(db: Db, make: Any) -> None:
    make.judged(db, "a")
    make.judged(db, "b", route="reject", disposition="rejected")
    refused = make.entry("c", canonical_url=None, refused="no_link")
    feeds.save_poll(db, make.poll(refused, minutes=3))
    (day,) = days.feed_days(db, date(2026, 3, 2), date(2026, 3, 2))
    assert (day.feed, day.day_on) == ("gazette", date(2026, 3, 2))
    counts = day.counts
    assert (counts.found, counts.queued, counts.rejected, counts.dropped) == (
        3,
        1,
        1,
        {"no_link": 1},
    )
    assert (day.asked, day.answered) == (2, 2), "two polls stand at one instant"
    assert days.unbalanced(db, date(2026, 3, 1), date(2026, 3, 3)) == []
    assert days.first_on(db) == date(2026, 3, 2)


def test_a_day_without_an_answer_is_told_from_a_day_nobody_asked(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec()], make.T0)
    for minute in (0, 15, 60 * 48):
        feeds.save_poll(db, make.poll(minutes=minute, outcome="connect"))
    found = days.feed_days(db, date(2026, 3, 1), date(2026, 3, 9))
    assert [(d.day_on.day, d.asked, d.answered) for d in found] == [(2, 2, 0), (4, 1, 0)]


def test_polls_forgotten_leave_their_days(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(minutes=0))
    assert feeds.forget_polls(db, make.at(60 * 24)) == 1
    assert days.feed_days(db, date(2026, 3, 2), date(2026, 3, 2))[0].asked == 1


def test_a_row_that_lies_is_noticed(db: Db, make: Any) -> None:
    make.judged(db, "a")
    with write(db):
        run(db, "UPDATE ledger_days SET n = n + 1 WHERE disposition = 'queued'")
    assert days.unbalanced(db, date(2026, 3, 1), date(2026, 3, 3)) == [date(2026, 3, 2)]
    assert days.unbalanced(db, date(2026, 3, 3), date(2026, 3, 4)) == []
    assert not days.whole(db)[1]


def test_an_item_that_is_lost_is_missing_from_the_books(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a"), make.entry("b")))
    assert days.whole(db)[1]
    with write(db):
        run(db, "DELETE FROM items WHERE key LIKE '%a'")
    assert not days.whole(db)[1]
    assert days.unbalanced(db, date(2026, 3, 1), date(2026, 3, 3)) == [date(2026, 3, 2)]


@pytest.mark.parametrize("day", ["2026-03-01T23:59:59.999999+00:00", "2026-03-02T00:00:00+00:00"])
def test_midnight_belongs_to_the_day_it_begins(db: Db, make: Any, day: str) -> None:
    at = datetime.fromisoformat(day)
    feeds.save_poll(db, make.poll(make.entry("a"), minutes=(at - make.T0).total_seconds() / 60))
    assert days.unbalanced(db, at.date(), at.date()) == []
    assert [d.day_on for d in days.feed_days(db, at.date(), at.date())] == [at.date()]


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9))
def test_whatever_is_written_the_days_are_the_items(
    seed: int, maker: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Polls, edits, copies, verdicts, failures, decisions and fillings in any order."""
    draw = random.Random(seed)  # noqa: S311 - a seed repeats the run
    db = connect(tmp_path_factory.mktemp("days") / "torkham.db")
    try:
        feeds.sync(db, [maker.spec("gazette"), maker.spec("herald")], maker.T0)
        for step in range(30):
            _write_something(db, maker, draw, step * 97)
            counted = fetch(
                db,
                "SELECT feed, substr(first_seen_at, 1, 10) AS day, disposition,"
                " coalesce(reason, '') AS reason, count(*) AS n FROM items GROUP BY 1, 2, 3, 4",
            )
            held = fetch(
                db,
                "SELECT feed, day_on AS day, disposition, reason, n FROM ledger_days WHERE n <> 0",
            )
            assert sorted(map(str, counted)) == sorted(map(str, held))
        assert days.unbalanced(db, date(2026, 1, 1), date(2026, 12, 31)) == []
    finally:
        db.close()


def _write_something(db: Db, make: Any, draw: random.Random, minute: int) -> None:
    numbers = [row["id"] for row in fetch(db, "SELECT id FROM articles")]
    names = [f"n{draw.randrange(12)}" for _ in range(draw.randrange(1, 4))]
    match draw.choice(["poll", "poll", "text", "verdict", "fail", "decide", "fill"]):
        case "poll":
            entries = [
                make.entry(
                    name, item_hash=f"{name}{draw.randrange(3)}",
                    **draw.choice([{}, {}, {"canonical_url": None, "refused": "no_link"}]),
                )
                for name in names
            ]  # fmt: skip
            feed = draw.choice(["gazette", "herald"])
            feeds.save_poll(db, make.poll(*entries, feed=feed, minutes=minute))
        case "text" if numbers:
            number = draw.choice(numbers)
            copy = draw.choice([None, *[n for n in numbers if n < number]])
            text = make.text(
                number, f"Body {draw.randrange(99)}", copy_of=copy,
                copy_how="near_text" if copy else None,
                refused=draw.choice([None, "not_article"]),
            )  # fmt: skip
            articles.save_text(db, text, make.at(minute))
        case "verdict":
            rows = [_verdict(make, draw, i) for i in articles.unjudged(db, "cold", 5)]
            articles.save_verdicts(db, rows, [], make.at(minute))
        case "fail" if numbers:
            articles.save_failure(
                db, draw.choice(numbers), fault="connect", detail="", now=make.at(minute),
                next_try_at=draw.choice([None, make.at(minute + 60)]),
            )  # fmt: skip
        case "decide" if numbers:
            answer: Answer = draw.choice(["relevant", "not_relevant"])
            reviews.decide(
                db, article=draw.choice(numbers), answer=answer, by="Gul Bano", now=make.at(minute)
            )
        case "fill":
            (hole,) = holes.ask_since(db, make.at(minute - 60), make.at(minute), "gazette")
            found = [make.entry(name, key=f"filled:{name}") for name in names]
            holes.fill(
                db, hole, found, state="partly", asked=[], next_try_at=None, now=make.at(minute)
            )


def _verdict(make: Any, draw: random.Random, item: Any) -> Any:
    fate = draw.choice(["queued", "rejected", "dropped", "failed"])
    return make.verdict(
        item.article, item.version, disposition=fate,
        route="queue" if fate == "queued" else "reject",
        reason={"dropped": "not_article", "failed": "connect"}.get(fate),
    )  # fmt: skip
