"""Alerts as readers live with them: a story once, its changes once, nothing at night, no flood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from monitor.alerts import alerting
from monitor.cli.main import torkham
from store import firings, heard, stories
from store.firings import Firing

if TYPE_CHECKING:
    from monitor.app import App
    from store.db import Db
    from tests.flow.newsroom import Hands, Installation, Newsroom

SCENE = (
    "The convoy was on the Miran Shah road outside Bannu when the bomb went off under a lorry. "
    "The blast left a crater and cut the line to the Domel grid station. Shopkeeper Zarwali Dawar "
    "said he heard the explosion while opening his shutters. Traffic was sent round by the Kurram "
    "bridge until the evening. Islamabad says such attacks by the TTP are planned in Afghanistan, "
    "which Kabul denies. A search of the orchards beside the road went on after dark."
)
FOUR = (
    "At least four soldiers were killed when a roadside bomb struck a military convoy near Bannu "
    "on Monday, officials said, blaming the TTP."
)
SEVEN = (
    "Seven soldiers were killed in the roadside bombing of a convoy near Bannu, hospital officials "
    "said on Tuesday, after three of them died overnight."
)
AGAIN = "Seven soldiers were killed in the bombing of the convoy near Bannu, the army confirmed."
BANNU: dict[str, Any] = {"name": "Bannu", "any": ["Bannu"]}


@contextmanager
def clocked(made_up: Any, here: Installation) -> Iterator[tuple[App, Hands]]:
    clock = made_up.Hands()
    with here.app(clock) as app:
        yield app, clock


def rounds(app: App) -> None:
    for name in ("poll", "harvest", "judge", "alert", "send"):
        app.run_job(name)


def publish(newsroom: Newsroom, outlet: str, title: str, says: str, at: Any) -> None:
    newsroom.publish(
        outlet, title, body=f"{says} {SCENE}", summary=says, in_feed=True,
        published_at=at - timedelta(minutes=20),
    )  # fmt: skip


def outbox(here: Installation, way: str = "outbox") -> list[dict[str, Any]]:
    sql = "SELECT * FROM outbox WHERE kind IN ('alert', 'summary') AND channel = ? ORDER BY id"
    return here.rows(sql, (way,))


# --- a story and what changes in it ---------------------------------------------------------


def test_two_days_of_a_story_are_one_alert_and_one_update(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """Copies, retellings and another outlet with the known figure are no news."""
    here.folder.mkdir(parents=True, exist_ok=True)
    for outlet in ("herald", "ledger", "courier", "post"):
        newsroom.publish(outlet, published_at=made_up.FIRST_DAY - timedelta(days=1), in_feed=True)
    here.configure(alerts=[BANNU], thresholds={"queue": 0.05})
    with clocked(made_up, here) as (app, clock):
        publish(newsroom, "herald", "Roadside bomb hits convoy near Bannu", FOUR, clock())
        rounds(app)
        publish(newsroom, "ledger", "Roadside bomb hits convoy near Bannu", FOUR, clock())
        clock.forward(hours=3)
        rounds(app)
        assert len(outbox(here)) == 1
        clock.forward(hours=21)
        publish(newsroom, "courier", "Bannu convoy bombing toll rises", SEVEN, clock())
        rounds(app)
        clock.forward(hours=8)
        publish(newsroom, "post", "Army confirms toll of Bannu convoy bombing", AGAIN, clock())
        rounds(app)
        rounds(app)
    assert here.rows("SELECT count(DISTINCT story) AS n FROM firings f JOIN articles a"
                     " ON a.id = f.article") == [{"n": 1}], "it was to be one story"  # fmt: skip
    first, update = outbox(here)
    assert first["subject"] == "Roadside bomb hits convoy near Bannu (Bannu)"
    assert update["subject"] == (
        "Update: killed, security forces: 7, before at least 4 – Bannu convoy bombing toll rises"
    )
    assert update["follows"] == first["key"]
    text = " ".join(update["text"].split())
    assert "7" in text.split(".")[0], "the first line says what changed"
    assert "Seven soldiers were killed in the roadside bombing" in text, "with its sentence"


SPEAKS = (  # in a text of its own each day
    (
        (
            "“Those who planted it will find no shelter in our valleys,” Interior Minister Javed"
            " Marwatzai said in Islamabad."
        ),
        (
            "He had come from Bannu, where the roadside bomb hit the convoy on the Miran Shah road."
            " Zarwali Dawar, the shopkeeper, showed him the crater near the Domel grid station."
        ),
    ),
    (
        (
            "“Schools along that road reopen on Monday under guard,” Interior Minister Javed"
            " Marwatzai told reporters."
        ),
        (
            "Classes stopped in Bannu when the convoy was bombed on the Miran Shah road. Parents"
            " near the Domel grid station and Zarwali Dawar asked for patrols at the Kurram bridge."
        ),
    ),
    (
        (
            "“Lorries may use the bypass until engineers finish repairs,” Interior Minister Javed"
            " Marwatzai told traders."
        ),
        (
            "The Miran Shah road outside Bannu is cut where the roadside bomb struck the convoy."
            " Carriers such as Zarwali Dawar lost a week at the Kurram bridge and at Domel."
        ),
    ),
)


def test_who_speaks_again_and_again_is_told_each_time(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """The words of two updates may be the same; what was said is not."""
    here.folder.mkdir(parents=True, exist_ok=True)
    for outlet in ("herald", "ledger", "courier", "post"):
        newsroom.publish(outlet, published_at=made_up.FIRST_DAY - timedelta(days=1), in_feed=True)
    here.configure(alerts=[BANNU], thresholds={"queue": 0.05})
    with clocked(made_up, here) as (app, clock):
        publish(newsroom, "herald", "Roadside bomb hits convoy near Bannu", FOUR, clock())
        rounds(app)
        for outlet, (says, rest) in zip(("ledger", "courier", "post"), SPEAKS, strict=True):
            clock.forward(hours=20)
            newsroom.publish(
                outlet, f"Minister on Bannu convoy bombing: {rest[:20]}", body=f"{says} {rest}",
                summary=says, in_feed=True, published_at=clock() - timedelta(minutes=20),
            )  # fmt: skip
            rounds(app)
    told = outbox(here)
    for row, (says, _) in zip(told[1:], SPEAKS, strict=True):
        assert says in " ".join(row["text"].split())


# --- many at once ---------------------------------------------------------------------------


def seed(made_up: Any, db: Db, clock: Any, count: int, *, rule: str = "Pass") -> None:
    """Note firings of a rule, each on an article and story of its own."""
    at = clock().isoformat()
    have = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    found = []
    with db.atomic():
        for n in range(have + 1, have + count + 1):
            db.execute(
                "INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, state,"
                " next_try_at, first_seen_at) VALUES (?, ?, ?, 'x', 'lantern', ?, '', 'text', '',"
                " ?)",
                (n, f"https://x.example/{n}", f"https://x.example/{n}", f"Story {n}", at),
            )
            found.append(Firing(rule=rule, article=n, version=0, score=None, hits=(), at=clock()))
    firings.put(db, found)


@contextmanager
def quiet_house(
    made_up: Any, newsroom: Newsroom, here: Installation, **settings: Any
) -> Iterator[tuple[App, Hands, Db]]:
    """An installation with one rule, whose firings the test writes."""
    newsroom.publish("lantern")
    here.configure(alerts=[{"name": "Pass", "any": ["Zarmina Pass"]} | settings.pop("rule", {})],
                   **settings)  # fmt: skip
    with clocked(made_up, here) as (app, clock), here.store() as db:
        yield app, clock, db


def test_at_night_nothing_is_told_and_in_the_morning_all_of_it_at_once(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    readers = {"ali": {"channels": ["outbox"], "quiet": {"from": "22:00", "until": "06:30"}}}
    with quiet_house(made_up, newsroom, here, readers=readers, rule={"readers": ["ali"]}) as (
        app, clock, db,
    ):  # fmt: skip
        clock.forward(hours=14)  # 23:00 in Karachi
        seed(made_up, db, clock, 3)
        for _ in range(15):
            app.run_job("alert")
            clock.forward(minutes=30)
            assert outbox(here) == []
        clock.forward(minutes=1)  # 06:31
        app.run_job("alert")
        app.run_job("alert")
    (summary,) = outbox(here)
    assert summary["subject"] == "3 alerts in your quiet hours: Story 1"
    assert all(f"Story {n}" in summary["text"] for n in (1, 2, 3))
    assert summary["reader"] == "ali"


@pytest.mark.parametrize(
    ("then", "told"),
    [({"name": "The pass"}, 1), ({"name": "Pass", "enabled": False}, 0)],
    ids=["renamed", "switched off"],
)
def test_what_a_rule_held_back_is_told_though_it_has_another_name_by_morning(
    made_up: Any, newsroom: Newsroom, here: Installation, then: dict[str, Any], told: int
) -> None:
    """Who switches a rule off wants to hear no more of it."""
    readers = {"ali": {"channels": ["outbox"], "quiet": {"from": "22:00", "until": "06:30"}}}
    with quiet_house(made_up, newsroom, here, readers=readers, rule={"readers": ["ali"]}) as (
        app, clock, db,
    ):  # fmt: skip
        clock.forward(hours=14)  # 23:00 in Karachi
        seed(made_up, db, clock, 3)
        app.run_job("alert")
        here.configure(readers=readers, alerts=[{"any": ["Zarmina"], "readers": ["ali"]} | then])
        for _ in range(3):
            clock.forward(hours=3)  # 08:00 in the end
            app.run_job("alert")
            app.run_job("alert")
    subjects = [row["subject"] for row in outbox(here)]
    assert subjects == ["3 alerts in your quiet hours: Story 1"] * told


def test_beyond_the_cap_one_summary_tells_the_rest_when_the_hour_is_over(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    readers = {"ali": {"channels": ["outbox"], "hourly": 2}}
    with quiet_house(made_up, newsroom, here, readers=readers, rule={"readers": ["ali"]}) as (
        app, clock, db,
    ):  # fmt: skip
        for _ in range(3):
            seed(made_up, db, clock, 2)
            app.run_job("alert")
            clock.forward(minutes=15)
        assert [row["subject"] for row in outbox(here)] == ["Story 1 (Pass)", "Story 2 (Pass)"]
        clock.forward(minutes=15)
        app.run_job("alert")
        app.run_job("alert")
    assert [row["subject"] for row in outbox(here)[2:]] == ["4 alerts beyond 2 an hour: Story 3"]


def test_a_rule_that_fires_on_everything_is_told_of_once(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    ways = {
        "one": {"kind": "directory", "path": "one"},
        "two": {"kind": "directory", "path": "two"},
    }
    with quiet_house(made_up, newsroom, here, channels=ways, rule={"channels": ["one", "two"]}) as (
        app,
        clock,
        db,
    ):
        seed(made_up, db, clock, 240)
        app.run_job("alert")
        clock.forward(minutes=5)
        seed(made_up, db, clock, 60)
        app.run_job("alert")
        for way in ("one", "two"):
            (storm,) = outbox(here, way)
            assert storm["subject"] == "Pass: fired on 240 stories within an hour"
            assert "Story 5\n" in storm["text"]
            assert "Story 6\n" not in storm["text"]
            assert storm["text"].count("on the desk") == 1, "nothing is said twice"
            assert "235 more stand on the desk" in storm["text"]
            assert storm["text"].count("Pass") == 2, "the rule in its sentence and in the link"
            assert "/alerts?rule=Pass" in storm["text"], "where it can be narrowed or paused"
        assert firings.waiting(db) == []


def test_two_nights_in_which_the_same_stories_change_are_told_on_both_mornings(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    readers = {"ali": {"channels": ["outbox"], "quiet": {"from": "22:00", "until": "06:30"}}}
    with quiet_house(made_up, newsroom, here, readers=readers, rule={"readers": ["ali"]}) as (
        app, clock, db,
    ):  # fmt: skip
        seed(made_up, db, clock, 2)
        for number in (1, 2):
            in_story(db, number, number, clock())
            claimed(db, number, 4, clock())
        app.run_job("alert")
        assert len(outbox(here)) == 2
        clock.forward(hours=14)  # 23:00 in Karachi
        for toll in (7, 9):
            seed(made_up, db, clock, 2, rule="Another")
            newest = db.execute("SELECT max(id) FROM articles").fetchone()[0]
            for story, number in ((1, newest - 1), (2, newest)):
                in_story(db, number, story, clock())
                claimed(db, number, toll, clock())
            app.run_job("alert")
            clock.forward(hours=8)  # 07:00
            app.run_job("alert")
            clock.forward(hours=16)
    first, second = outbox(here)[2:]
    assert first["text"].count("killed: 7, before 4") == 2
    assert second["text"].count("killed: 9, before 7") == 2


def in_story(db: Db, article: int, story: int, at: Any) -> None:
    """Let an article stand in a story, as grouping would."""
    db.execute("INSERT OR IGNORE INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 1)",
               (story, at.isoformat(), at.isoformat()))  # fmt: skip
    db.execute("UPDATE articles SET story = ? WHERE id = ?", (story, article))
    db.conn.commit()


def claimed(db: Db, article: int, toll: int, at: Any) -> None:
    """Note that an article gives a toll in its headline, as reading it would."""
    db.execute(
        "INSERT INTO claims (article, mark, version, population, who, subject, unit, least, most,"
        " text, place, as_of, speaker, office, speaker_side, outlet, side, title, part,"
        " sentence, start, figure, figure_end, noted_at, told_at) VALUES (?, ?, 0, 'killed', '',"
        " 'people', 'persons', ?, ?, ?, 'Bannu', '', '', '', '', 'Lantern', '', '', 'title', ?, 0,"
        " 0, 1, ?, ?)",
        (article, f"{article}:{toll}", toll, toll, str(toll), f"{toll} killed in Bannu",
         at.isoformat(), at.isoformat()),
    )  # fmt: skip
    db.execute("UPDATE articles SET title = ? WHERE id = ?", (f"Story {article}", article))
    db.conn.commit()


def test_a_storm_counts_beside_what_stands_in_it_what_was_told_one_by_one(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with quiet_house(made_up, newsroom, here) as (app, clock, db):
        seed(made_up, db, clock, 20)
        app.run_job("alert")
        assert len(outbox(here)) == 20
        clock.forward(minutes=5)
        seed(made_up, db, clock, 2)
        app.run_job("alert")
    (storm,) = outbox(here)[20:]
    said = " ".join(storm["text"].split())
    assert "fired on 22 stories within an hour. 2 of them stand here." in said
    assert "20 more stand on the desk." in said


@contextmanager
def put_together(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> Iterator[tuple[App, Hands, Db]]:
    """Three stories that were told, of which the last two are put together."""
    with quiet_house(made_up, newsroom, here) as (app, clock, db):
        seed(made_up, db, clock, 3)
        for number, toll in ((1, 20), (2, 9), (3, 6)):
            in_story(db, number, number, clock())
            claimed(db, number, toll, clock())
        app.run_job("alert")
        stories.merge(db, 2, 3, by="Gul Bano", now=clock())
        yield app, clock, db


def later(made_up: Any, app: App, clock: Hands, db: Db, *tolls: tuple[int, int]) -> None:
    clock.forward(hours=5)
    first = 1 + db.execute("SELECT max(id) FROM articles").fetchone()[0]
    seed(made_up, db, clock, len(tolls), rule="Another")
    for number, (story, toll) in enumerate(tolls, first):
        in_story(db, number, story, clock())
        claimed(db, number, toll, clock())
    for _ in range(2):
        app.run_job("alert")


def test_what_was_told_of_two_stories_is_no_news_when_they_are_put_together(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with put_together(made_up, newsroom, here) as (app, clock, db):
        app.run_job("alert")
        assert len(outbox(here)) == 3, "nine and six were told, each of one of the two"
        later(made_up, app, clock, db, (2, 12))
    (update,) = outbox(here)[3:]
    assert update["subject"] == "Update: killed: 12, before 6 – Story 4"


def test_what_changed_in_a_story_put_together_is_its_own_and_no_other_storys(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with put_together(made_up, newsroom, here) as (app, clock, db):
        app.run_job("alert")
        db.execute("UPDATE alert_stories SET last_at = '2026-01-01T00:00:00+00:00'"
                   " WHERE article = 2")  # fmt: skip
        db.conn.commit()  # heard of so long ago that it is not watched any more
        later(made_up, app, clock, db, (1, 30), (2, 12))
        told = {row["subject"]: row["follows"] for row in outbox(here)[3:]}
        first = {row["article"]: row["key"] for row in outbox(here)[:3]}
    assert told == {
        "Update: killed: 30, before 20 – Story 4": first[1],
        "Update: killed: 12, before 6 – Story 5": first[2],
    }


# --- cut short ------------------------------------------------------------------------------


@pytest.mark.parametrize("writes", range(4))
def test_cut_short_between_any_two_writes_nothing_is_told_twice_and_nothing_is_lost(
    made_up: Any, newsroom: Newsroom, here: Installation, writes: int
) -> None:
    ways = {name: {"kind": "directory", "path": name} for name in ("one", "two", "three")}
    with quiet_house(made_up, newsroom, here, channels=ways, rule={"channels": list(ways)}) as (
        app,
        clock,
        db,
    ):
        seed(made_up, db, clock, 2)
        teller = app.teller()
        look = alerting.look(db, teller, clock())
        for done, outcome in enumerate(alerting.outcomes(db, look, teller, clock())):
            if done == writes:
                break  # here it dies; what was written stands
            heard.keep(db, outcome)
        clock.forward(minutes=-30)  # and the clock is wrong when it comes back
        app.run_job("alert")
        app.run_job("alert")
        told = Counter((row["channel"], row["article"]) for row in
                       here.rows("SELECT channel, article FROM outbox"))  # fmt: skip
    assert told == {(way, n): 1 for way in ways for n in (1, 2)}


def test_a_story_put_together_from_two_told_ones_is_told_of_no_more(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with quiet_house(made_up, newsroom, here) as (app, clock, db):
        seed(made_up, db, clock, 2)
        for number in (1, 2):
            db.execute("INSERT INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 1)",
                       (number, clock().isoformat(), clock().isoformat()))  # fmt: skip
            db.execute("UPDATE articles SET story = ? WHERE id = ?", (number, number))
        db.conn.commit()
        app.run_job("alert")
        assert len(outbox(here)) == 2
        stories.merge(db, 1, 2, by="Gul Bano", now=clock())
        seed(made_up, db, clock, 1)
        db.execute("UPDATE articles SET story = 1 WHERE id = 3")
        db.conn.commit()
        app.run_job("alert")
        assert len(outbox(here)) == 2, "another article of a story both were told of"
        stories.split(db, 1, [3], by="Gul Bano", now=clock())
        seed(made_up, db, clock, 1)
        db.execute("UPDATE articles SET story = (SELECT story FROM articles WHERE id = 3)"
                   " WHERE id = 4")  # fmt: skip
        db.conn.commit()
        app.run_job("alert")
    assert [row["article"] for row in outbox(here)] == [1, 2, 4], "it was another event after all"


def test_what_was_looked_up_in_the_past_is_noted_and_told_to_nobody(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with quiet_house(made_up, newsroom, here) as (app, clock, db):
        db.execute("INSERT INTO feeds (key, url, outlet, side, language, section, kind, body,"
                   " note, enabled, every_minutes) SELECT 'backfill:2021', '', outlet, side,"
                   " language, section, kind, body, note, 0, every_minutes FROM feeds")  # fmt: skip
        seed(made_up, db, clock, 1)
        db.execute("DELETE FROM firings")
        db.execute("UPDATE articles SET feed = 'backfill:2021'")
        db.conn.commit()
        found = Firing(rule="Pass", article=1, version=0, score=None, hits=(), at=clock())
        assert firings.put(db, [found]) == 1
        app.run_job("alert")
    assert outbox(here) == []


# --- spikes ---------------------------------------------------------------------------------


def told_of(db: Db, place: str, at: Any, many: int) -> None:
    """Note articles of ours that name a place, as reading them would."""
    for _ in range(many):
        number = 1 + db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
        db.execute(
            "INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, state,"
            " next_try_at, first_seen_at, disposition, outcome) VALUES (?, ?, '', 'x', 'lantern',"
            " ?, '', 'text', '', ?, 'queued', 'queued')",
            (number, f"https://x.example/{number}", f"Story {number}", at.isoformat()),
        )
        db.execute(
            "INSERT INTO claims (article, mark, version, population, who, subject, unit, least,"
            " text, place, as_of, speaker, office, speaker_side, outlet, side, title, part,"
            " sentence, start, figure, figure_end, noted_at) VALUES (?, ?, 1, 'killed', '', '',"
            " 'persons', 3, 'three', ?, '', '', '', '', 'Lantern', '', '', 'body', '', 0, 0, 0, ?)",
            (number, str(number), place, at.isoformat()),
        )
    db.conn.commit()


def test_a_spike_is_told_once_with_its_figures_and_silently_over(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    channels = {"desk": {"kind": "directory", "path": "desk", "quiet": {"from": "22:00",
                "until": "06:30"}}}  # fmt: skip
    with quiet_house(made_up, newsroom, here, channels=channels, spikes={"channels": ["desk"]}) as (
        app,
        clock,
        db,
    ):
        began = clock() - timedelta(days=60)
        db.execute("INSERT INTO ledger_days VALUES ('lantern', ?, 'queued', '', 1)",
                   (str(began.date()),))  # fmt: skip
        for day in range(60):
            told_of(db, "Bannu", began + timedelta(days=day, hours=3), 1 + day % 3)
        app.run_job("alert")
        assert here.rows("SELECT * FROM spikes") == []
        clock.forward(hours=15)  # midnight in Karachi
        told_of(db, "Bannu", clock() - timedelta(hours=1), 14)
        for _ in range(14):
            app.run_job("alert")
            assert outbox(here, "desk") == [], "told in quiet hours"
            clock.forward(minutes=30)
        app.run_job("alert")
        app.run_job("alert")
        clock.forward(hours=1)
        app.run_job("alert")
        (told,) = here.rows("SELECT * FROM outbox WHERE kind = 'spike'")
        assert told["subject"].startswith("Spike: Bannu: 14 articles since Tuesday 00:00")
        assert "in the last eight weeks 2 a day, never above 3." in told["text"]
        clock.forward(days=2)
        app.run_job("alert")
        assert here.rows("SELECT over_at IS NOT NULL AS over FROM spikes") == [{"over": 1}]
    assert len(here.rows("SELECT * FROM outbox")) == 1


def test_a_place_without_four_weeks_of_news_is_not_measured_yet(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with quiet_house(made_up, newsroom, here) as (app, clock, db):
        db.execute("INSERT INTO ledger_days VALUES ('lantern', ?, 'queued', '', 1)",
                   (str(clock().date()),))  # fmt: skip
        told_of(db, "Bannu", clock() - timedelta(hours=1), 14)
        app.run_job("alert")
    rows = here.rows("SELECT state FROM spike_series WHERE name = 'Bannu'")
    assert rows == [{"state": "unmeasurable"}]
    assert here.rows("SELECT * FROM spikes") == []


# --- changes at night, and rules that are noise ---------------------------------------------


def test_what_changes_at_night_is_told_in_the_morning_once(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    here.folder.mkdir(parents=True, exist_ok=True)
    for outlet in ("herald", "courier"):
        newsroom.publish(outlet, published_at=made_up.FIRST_DAY - timedelta(days=1), in_feed=True)
    readers = {"ali": {"channels": ["outbox"], "quiet": {"from": "22:00", "until": "06:30"}}}
    here.configure(
        alerts=[{**BANNU, "readers": ["ali"]}], readers=readers, thresholds={"queue": 0.05}
    )
    with clocked(made_up, here) as (app, clock):
        publish(newsroom, "herald", "Roadside bomb hits convoy near Bannu", FOUR, clock())
        rounds(app)
        assert len(outbox(here)) == 1
        clock.forward(hours=14)  # 23:00 in Karachi
        publish(newsroom, "courier", "Bannu convoy bombing toll rises", SEVEN, clock())
        rounds(app)
        assert len(outbox(here)) == 1
        assert here.rows("SELECT held FROM alert_stories") == [{"held": "quiet"}]
        for _ in range(8):
            clock.forward(hours=1)
            rounds(app)
    assert [row["subject"] for row in outbox(here)][1:] == [
        "Update: killed, security forces: 7, before at least 4 – Bannu convoy bombing toll rises"
    ]


def test_a_rule_that_is_mostly_noise_is_told_of_once(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    with quiet_house(made_up, newsroom, here, notices={"channels": ["outbox"]}) as (
        app, clock, db,
    ):  # fmt: skip
        seed(made_up, db, clock, 12)
        for number in range(1, 13):
            made_up.decide(db, number, "not_relevant", clock())
        app.run_job("alert")
        for _ in range(3):
            clock.forward(days=1)
            app.run_job("alert")
    (notice,) = here.rows("SELECT * FROM outbox WHERE kind = 'notice'")
    assert notice["subject"] == "The rule Pass is mostly noise"
    assert "Of the last 12 stories this rule fired on, 12 were judged" in notice["text"]


def test_a_name_in_another_script_is_told_with_its_english_name(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("lantern", "تحریک طالبان پاکستان نے حملے کی ذمہ داری قبول کر لی", in_feed=True)
    here.configure(alerts=[{"name": "Group", "any": ["concept:ttp"]}])
    with clocked(made_up, here) as (app, _):
        rounds(app)
    (told,) = outbox(here)
    assert re.search(r'met ".*TTP.* \(.*طالبان.*\)" in the title', told["text"]), told["text"]


def test_the_list_of_rules_names_the_readers_who_are_told(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    readers = {"ali": {"channels": ["outbox"]}}
    newsroom.publish("lantern", "Talks at Salt Hill", in_feed=True)
    here.configure(alerts=[{"name": "Hill", "when": "Salt NEAR Hill", "readers": ["ali"]}],
                   readers=readers)  # fmt: skip
    with clocked(made_up, here) as (app, _):
        rounds(app)
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    listed = CliRunner().invoke(torkham, ["alerts", "list", *place]).output
    assert listed == "on  Hill: fired on 1 article of 1 story, to ali (a reader)\n"


def test_a_summary_says_what_was_met_in_a_language_that_not_all_read(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    readers = {"ali": {"channels": ["outbox"], "quiet": {"from": "08:00", "until": "10:00"}}}
    says = "کالعدم تحریک طالبان پاکستان نے حملے کی ذمہ داری قبول کر لی ہے، ترجمان نے کہا۔"
    newsroom.publish("lantern", "حملے کی ذمہ داری قبول", body=says * 4, in_feed=True)
    newsroom.publish("lamp", "TTP talks at Salt Hill", in_feed=True)
    here.configure(alerts=[{"name": "Group", "any": ["concept:ttp"], "readers": ["ali"]}],
                   readers=readers)  # fmt: skip
    with clocked(made_up, here) as (app, clock):
        rounds(app)
        clock.forward(hours=1, minutes=5)
        rounds(app)
    (told,) = outbox(here)
    assert re.search(r"In Urdu; met: TTP \(.*طالبان.*\)\.", told["text"]), told["text"]
    assert told["text"].count("met:") == 1, "English needs no explaining"
