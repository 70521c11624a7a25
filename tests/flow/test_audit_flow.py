"""The audit in the running product: drawn with a known chance, unmarked, once; and its plans."""

from __future__ import annotations

import json
import re
import shutil
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from monitor import missing
from monitor.config.problems import ConfigError
from monitor.config.shape import Thresholds
from store import articles, audit, feeds, ledger, reviews
from store.db import Db, connect
from store.polls import FeedSpec
from store.types import VerdictRow
from tests.new_store import new_store

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation

NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
KARACHI = ZoneInfo("Asia/Karachi")


# --- the plan of the day --------------------------------------------------------------------


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    with closing(connect(new_store(tmp_path / "torkham.db"))) as opened:
        feeds.sync(
            opened,
            [FeedSpec(key="f", url="https://f.example/", outlet="F", side="world", language="en")],
            NOW,
        )
        yield opened


def seen(db: Db, at: datetime, score: float, *, route: str = "reject") -> int:
    """Write an article as a judged one stands in the store."""
    number = int(db.execute("SELECT count(*) FROM articles").fetchone()[0]) + 1
    db.execute(
        "INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,"
        " next_try_at, state, version, score, route, outcome, disposition)"
        " VALUES (?, ?, '', 'f.example', 'f', 't', '', ?, '', 'text', 1, ?, ?, 'rejected',"
        " 'rejected')",
        (number, f"https://f.example/{number}", at.isoformat(), score, route),
    )
    return number


def fortnights(db: Db, days: int, scores: list[float]) -> None:
    """Fill so many full days before today, and a first day that does not count."""
    for back in range(1, days + 2):
        for score in scores:
            seen(db, NOW - timedelta(days=back), score)


def aim(**given: Any) -> missing.Aim:
    return missing.Aim(given=Thresholds(**given), mix=(6, 3, 1), pack=0.1, zone=KARACHI)


def crowd(db: Db, articles: int) -> None:
    """Fill the four weeks before today with so many articles, at once."""
    db.conn.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)"
        " INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,"
        " next_try_at, state, version, score, route, outcome, disposition)"
        " SELECT n, n, '', 'f.example', 'f', 't', '',"
        " strftime('%Y-%m-%dT%H:%M:%S+00:00', ?2, '-' || (n * 40320 / ?1) || ' minutes'),"
        " '', 'text', 1, n * 1.0 / ?1, 'reject', 'rejected', 'rejected' FROM n",
        (articles, NOW.isoformat()),
    )


def accept(db: Db, score: float, *, calibrated: bool = False) -> None:
    number = seen(db, NOW - timedelta(days=2), score, route="queue")
    row = VerdictRow(
        article=number, version=1, topic="t", model="m", lexicon="l", score=score, relevant=True,
        topics=(), evidence="{}", route="queue", route_why="", probability=1.0,
        disposition="queued", calibrated=calibrated, threshold=0.1,
    )  # fmt: skip
    articles.save_verdicts(db, [row], [], NOW)
    reviews.decide(db, article=number, answer="relevant", by="rida", now=NOW)


def test_a_fresh_install_uses_the_packs_threshold_and_draws_one_in_128(db: Db) -> None:
    plan = missing.plan(db, aim(), NOW)
    assert plan.queue == 0.1
    assert plan.why == "Scores of 0.10 and more are queued: the topic pack's threshold."
    assert {band.chance for band in plan.bands} == {1 / 128}


def test_the_plan_stands_all_day_whatever_comes_in(db: Db) -> None:
    fortnights(db, 8, [0.001] * 20 + [0.3, 0.5])
    morning = missing.plan(db, aim(read_a_day=2), NOW)
    for _ in range(500):
        seen(db, NOW, 0.9)
    evening = NOW.replace(hour=18)  # 23:00 in Karachi
    assert missing.plan(db, aim(read_a_day=2), evening) == morning
    assert len(audit.plans(db)) == 1
    missing.plan(db, aim(read_a_day=2), NOW.replace(hour=20))  # the team's next day
    assert len(audit.plans(db)) == 2


def test_another_setting_takes_effect_at_once_and_going_back_does_too(db: Db) -> None:
    assert missing.plan(db, aim(queue=0.25), NOW).queue == 0.25
    assert missing.plan(db, aim(queue=0.4), NOW).queue == 0.4
    assert missing.plan(db, aim(queue=0.25), NOW).queue == 0.25


def test_reading_so_many_a_day_lets_so_many_through(db: Db) -> None:
    fortnights(db, 10, [0.001] * 30 + [0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    plan = missing.plan(db, aim(read_a_day=4, audit_a_day=0), NOW)
    assert plan.queue == 0.4
    assert "10 full days" in plan.why
    assert "4 a day" in plan.why
    # With an audit a part of what is read a day is the audit's.
    both = missing.plan(db, aim(read_a_day=4), NOW)
    assert "what fits 4 a day, beside 0.4 a day for the audit" in both.why


def test_reading_a_day_waits_for_a_week_of_news_and_says_so(db: Db) -> None:
    fortnights(db, 3, [0.001, 0.5])
    plan = missing.plan(db, aim(read_a_day=1), NOW)
    assert plan.queue == 0.1
    assert "Not yet by “read 1 a day”: 3 of 7 full days seen." in plan.why


def test_a_plan_holds_the_scores_of_four_weeks_and_no_rows_of_theirs(db: Db) -> None:
    crowd(db, 20_000)
    missing.plan(db, aim(queue=0.2), NOW)  # what is kept for good is there from now on
    tracemalloc.start()
    try:
        missing.plan(db, aim(queue=0.3), NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000 * 60, "bytes: all that wakes when the day turns makes one at once"


def test_missing_at_most_waits_for_enough_accepted_articles_and_says_so(db: Db) -> None:
    for n in range(7):
        accept(db, 0.5 + n / 100)
    plan = missing.plan(db, aim(miss_at_most=0.05), NOW)
    assert plan.queue == 0.1
    assert "Not yet by “miss at most 5%”: 7 of 19 accepted." in plan.why


def test_missing_at_most_moves_towards_its_quantile_step_by_step(db: Db) -> None:
    for n in range(19):
        accept(db, 0.3 + n / 100)
    lines = [
        missing.plan(db, aim(miss_at_most=0.05), NOW + timedelta(days=day)) for day in range(5)
    ]
    assert [round(line.queue, 4) for line in lines] == [0.15, 0.225, 0.3, 0.3, 0.3]
    assert "on its way to 0.30" in lines[0].why
    assert "estimated from 19 accepted" in lines[2].why


def test_scores_of_another_kind_are_not_mixed_in(db: Db) -> None:
    for n in range(30):
        accept(db, 0.3 + n / 100, calibrated=n < 15)
    plan = missing.plan(db, aim(miss_at_most=0.05), NOW)
    assert "15 of 19 accepted" in plan.why


def test_a_promise_that_no_line_keeps_is_called_that_and_goes_no_further_down(db: Db) -> None:
    for n in range(19):
        accept(db, 0.3 + n / 100)
    number = seen(db, NOW, 0.002)
    db.execute("INSERT INTO audits VALUES (?, ?, 0.002, 0, 0, 0.01, 1)", (number, NOW.isoformat()))
    reviews.decide(db, article=number, answer="relevant", by="rida", now=NOW)
    lines = [
        missing.plan(db, aim(miss_at_most=0.05), NOW + timedelta(days=day)) for day in range(12)
    ]
    assert "no threshold here prevents it" in lines[0].why
    assert lines[-1].queue == pytest.approx(0.005)


def test_a_share_given_by_hand_draws_alike_from_every_band(db: Db) -> None:
    plan = missing.plan(db, aim(sample_share=0.25), NOW)
    assert {band.chance for band in plan.bands} == {0.25}


# --- through the whole product --------------------------------------------------------------


def judged(here: Installation, **thresholds: Any) -> Installation:
    here.configure(thresholds=thresholds)
    with here.app() as app:
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
    return here


@pytest.fixture(scope="module")
def read_once(made_up: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A newsroom with little on the topic, most of the rest drawn; nobody writes to it."""
    with made_up.Newsroom() as newsroom:
        for n in range(40):
            newsroom.publish("gazette", in_feed=True, on_topic=n % 10 == 0)
        here = made_up.Installation(folder=tmp_path_factory.mktemp("audit"), newsroom=newsroom)
        yield judged(here, sample_share=0.7)
        here.close()


@pytest.fixture
def read(made_up: Any, read_once: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A copy of it, for one test."""
    copy = shutil.copytree(read_once.folder, tmp_path / "copy")
    here = made_up.Installation(folder=copy, newsroom=read_once.newsroom)
    yield here
    here.close()


def test_what_is_drawn_is_queued_unmarked_and_the_books_balance(read: Installation) -> None:
    rows = read.rows("SELECT route, disposition, count(*) AS n FROM articles GROUP BY 1, 2")
    fates = {(row["route"], row["disposition"]): row["n"] for row in rows}
    assert set(fates) == {("queue", "queued"), ("sample", "queued"), ("reject", "rejected")}
    assert 20 <= fates["sample", "queued"] <= 32  # of 36
    with read.store() as db:
        (stratum,) = (s for s in audit.counts(db).strata if s.band == 0)
        books = ledger.ledger(db)
        assert stratum.drawn <= stratum.rejected <= books.found
        assert stratum.chance == 0.7
    verdicts = read.rows(
        "SELECT DISTINCT probability, threshold FROM verdicts WHERE route <> 'queue'"
    )
    assert verdicts == [{"probability": 0.7, "threshold": 0.1}]


@pytest.mark.slow
def test_the_same_articles_are_drawn_on_any_port(
    made_up: Any, read: Installation, tmp_path: Path
) -> None:
    def drawn(here: Installation) -> set[str]:
        rows = here.rows("SELECT canonical_url FROM articles WHERE route = 'sample'")
        return {re.sub(r":\d+", "", row["canonical_url"]) for row in rows}

    with made_up.Newsroom() as elsewhere:
        elsewhere.stories = read.newsroom.stories
        there = made_up.Installation(folder=tmp_path / "there", newsroom=elsewhere)
        assert drawn(judged(there, sample_share=0.7)) == drawn(read)


def test_judging_again_draws_nobody_twice_and_lets_nobody_go(read: Installation) -> None:
    def drawn() -> list[dict[str, Any]]:
        return read.rows("SELECT id FROM articles WHERE route = 'sample' ORDER BY id")

    before = drawn()
    with read.store() as db:
        db.execute("UPDATE articles SET judged_model = 'an older one'")
        db.conn.commit()
    judged(read, sample_share=0.99)
    assert drawn() == before
    assert read.rows("SELECT DISTINCT chance FROM audits") == [{"chance": 0.7}]


@pytest.mark.slow
def test_missed_says_what_is_needed_and_then_what_is_known(read: Installation) -> None:
    code, out, err = read.run("missed", "--json")
    assert code == 0, err
    early = json.loads(out)
    assert not early["measurable"]
    assert early["needed"] == 20
    with read.store() as db:
        drawn = db.query("SELECT id FROM articles WHERE route = 'sample' ORDER BY id")
        for at, row in enumerate(list(drawn)):
            answer: Any = "relevant" if at == 0 else "not_relevant"
            reviews.decide(db, article=row["id"], answer=answer, by="rida", now=NOW)
    code, out, err = read.run("missed", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["measurable"]
    assert found["found"] == 1
    assert found["low"] <= found["estimate"] <= found["high"] <= found["rejected"]
    assert found["sentence"].startswith("Of ")
    assert found["threshold"] == 0.1
    code, out, _ = read.run("status", "--json")
    assert json.loads(out)["threshold_why"] == found["threshold_why"]
    assert json.loads(out)["missed"] == found["sentence"]


def test_the_digest_tells_in_a_line_what_is_known_of_the_missed(read: Installation) -> None:
    with read.app() as app, read.store() as db:
        press, now = app.press(db), app.clock()
        told = press.edition(db, now.date(), now - timedelta(days=1), now)
        _, (message, *_) = press.printed(told, now - timedelta(days=1), now, now)
    for face in (message.text, message.html or ""):
        assert "Not yet measurable: what was missed in the last 28 days." in face
        assert "Scores of 0.10 and more are queued: the topic pack" in face


def test_two_ways_to_set_a_threshold_are_a_mistake_with_its_place(here: Installation) -> None:
    here.newsroom.publish("gazette")
    here.configure(thresholds={"queue": 0.2, "read_a_day": 20})
    with pytest.raises(ConfigError) as refused, here.app():
        pass
    (problem,) = refused.value.problems
    assert problem.path == "thresholds"
    assert problem.message == "queue and read_a_day each set the threshold; keep one of them"
