"""A new name, from the list to the score and back: what the team adds counts, and can be undone."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from monitor.app import App
from monitor.cli.main import torkham
from monitor.config.changing import export
from monitor.inquiry import naming
from store import changes, names
from store.db import Db

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

SAID = {
    "gazette": "The TTP in Pakistan said that Commander Zarrak Lohani led the raid near Bannu.",
    "courier": "Security forces in Pakistan killed two aides of the TTP's Zarrak Lohani.",
    "wire": "A source close to the TTP in Pakistan named Zarrak Lohani as its new head.",
}
ALONE = "Zarrak Lohani was seen in the old bazaar, and shopkeepers closed early. Nobody was hurt."


@pytest.fixture
def read(made_up: Any, newsroom: Newsroom, here: Installation) -> Installation:
    """An installation that read the three stories and one that names the man alone."""
    for number, (feed, said) in enumerate(SAID.items()):
        filler = made_up.prose(number, on_topic=False)
        newsroom.publish(feed, f"TTP news of {feed}", body=f"{said}\n{filler}", in_feed=True)
    filler = made_up.prose(9, on_topic=False)
    newsroom.publish("wire", "A quiet day", body=f"{ALONE}\n{filler}", in_feed=True)
    here.configure()
    with here.app() as app:
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
    return here


def ground(app: App, db: Db) -> naming.Ground:
    return naming.Ground(judges=app.judges(db), zone=app.zone)


def waiting(app: App, db: Db) -> list[str]:
    here = ground(app, db)
    made = naming.weekly(db, here, app.clock())
    return [name.name for name in naming.listed(db, here, made).open]


def standing(here: Installation, title: str) -> dict[str, Any]:
    sql = """SELECT v.model, v.lexicon, v.score,
        CASE WHEN v.packed IS NULL THEN v.evidence ELSE recounted(v.packed) END AS evidence
        FROM articles a JOIN verdicts v ON v.id = a.verdict WHERE a.title = ?"""
    (row,) = here.rows(sql, (title,))
    return row


def test_a_name_added_counts_at_the_next_run_and_taken_out_counts_no_more(
    read: Installation,
) -> None:
    """Listed, weighed, added, in the evidence; then model, lexicon and scores are as before."""
    before = standing(read, "A quiet day")
    assert "Zarrak" not in before["evidence"]
    given = ("team_person_ttp", ("Zarrak Lohani",))
    with read.app() as app, closing(app.open_store()) as db:
        assert waiting(app, db) == ["Zarrak Lohani"]
        weighed = naming.outlook(db, ground(app, db), *given, app.clock())
        assert (weighed.held, weighed.tried, weighed.objections) == (4, 4, ())
        promised = next(moved for moved in weighed.moved if moved.title == "A quiet day")
        assert naming.add(db, ground(app, db), *given, by="R", now=app.clock()) == ()
        assert waiting(app, db) == []
        app.run_job("judge")
    after = standing(read, "A quiet day")
    assert "Zarrak Lohani" in after["evidence"]
    assert after["score"] > before["score"]
    assert (promised.before, promised.after) == pytest.approx((before["score"], after["score"]))
    assert after["model"].partition("+")[0] == before["model"] != after["model"]
    assert after["lexicon"] != before["lexicon"]

    with read.app() as app, closing(app.open_store()) as db:
        taken = naming.remove(db, ground(app, db), "Zarrak Lohani", by="S", now=app.clock())
        assert taken == "team_person_ttp"
        app.run_job("judge")
        assert waiting(app, db) == ["Zarrak Lohani"]
    assert standing(read, "A quiet day") == before
    lines = read.rows("SELECT by, value FROM changes WHERE path = 'names.team_person_ttp'")
    told = [(row["by"], json.loads(row["value"])) for row in lines]
    assert told == [("R", ["Zarrak Lohani"]), ("S", None)]


def test_a_second_name_leaves_the_first_and_the_file_can_hold_both(read: Installation) -> None:
    with read.app() as app, closing(app.open_store()) as db:
        for person, spelling in (("R", "Zarrak Lohani"), ("S", "Torak Lohani")):
            naming.add(
                db, ground(app, db), "team_person_ttp", [spelling], by=person, now=app.clock()
            )
        ours = [(a.spelling, a.by) for a in naming.added(db, ground(app, db))]
        assert ours == [("Zarrak Lohani", "R"), ("Torak Lohani", "S")]
        written = export(read.folder / "feeds.yaml", changes.changes(db))
    (read.folder / "feeds.yaml").write_text(written)
    with read.app() as app:
        assert app.settings.names["team_person_ttp"] == ("Zarrak Lohani", "Torak Lohani")


def test_two_people_who_add_at_once_lose_neither_name(read: Installation) -> None:
    with read.app() as app, closing(app.open_store()) as db:
        stale = ground(app, db)
        for spelling in ("Zarrak Lohani", "Torak Lohani"):
            naming.add(db, stale, "team_person_ttp", [spelling], by="R", now=app.clock())
        found = [a.spelling for a in naming.added(db, ground(app, db))]
        assert found == ["Zarrak Lohani", "Torak Lohani"]


def test_a_dismissed_name_comes_back_only_when_it_has_doubled(read: Installation) -> None:
    with read.app() as app, closing(app.open_store()) as db:
        assert waiting(app, db) == ["Zarrak Lohani"]
        key = naming.name_key("Zarrak Lohani")
        for texts, seen in ((3, []), (1, ["Zarrak Lohani"])):
            names.answer(db, key, "open", texts=0, by="R", now=app.clock())
            names.answer(db, key, "no_name", texts=texts, by="R", now=app.clock())
            assert waiting(app, db) == seen


def test_a_name_put_off_returns_with_the_next_weeks_list(made_up: Any, read: Installation) -> None:
    clock = made_up.Hands(made_up.later()())
    with read.app(clock) as app, closing(app.open_store()) as db:
        made = naming.weekly(db, ground(app, db), clock())
        key = naming.name_key("Zarrak Lohani")
        names.answer(db, key, "later", texts=3, by="R", now=clock())
        assert naming.listed(db, ground(app, db), made).open == ()
        days = 7 - clock().astimezone(app.zone).weekday()
        clock.forward(days=days)
        made = naming.look(db, ground(app, db), clock(), days=14)
        assert [n.name for n in naming.listed(db, ground(app, db), made).open] == ["Zarrak Lohani"]


def test_the_nightly_job_makes_the_weeks_list_once(made_up: Any, read: Installation) -> None:
    clock = made_up.Hands(made_up.later()())
    with read.app(clock) as app:
        assert app.run_job("tidy")["names"] == 1
        clock.forward(minutes=5)
        assert "names" not in app.run_job("tidy")
        clock.forward(days=8)
        assert "names" not in app.run_job("tidy")  # nothing was read in the week before
    (row,) = read.rows("SELECT read, wanted, names FROM name_lists")
    assert (row["read"], row["wanted"]) == (4, 3)
    assert [name["name"] for name in json.loads(row["names"])] == ["Zarrak Lohani"]


def command(here: Installation, *words: str) -> tuple[int, str, str]:
    """Run a command in this process: exit code, what it printed, what it said on standard error."""
    place = ("--config", str(here.folder / "feeds.yaml"), "--data", str(here.data))
    done = CliRunner().invoke(torkham, [*words, *place])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.slow
def test_the_commands_list_add_refuse_and_take_out(read: Installation) -> None:
    """A refusal is one line that says why, and adds nothing."""
    code, out, err = command(read, "names")
    assert (code, err) == (0, "")
    assert "Zarrak Lohani  [person:" in out
    assert SAID["gazette"] in out
    new = ("names", "new", "Zarrak Lohani", "--kind", "person", "--pole", "ttp", "--by", "R")
    code, out, err = command(read, *new)
    assert (code, err) == (0, ""), err
    assert "Of 4 articles" in out
    code, _, err = command(read, *new[:-1], "  ")
    assert code == 2
    assert "say who" in err
    code, _, err = command(read, "names", "add", "Wali", "--to", "team_person_ttp", "--by", "R")
    assert (code, err.count("\n"), "--yes" in err) == (2, 1, True)
    code, out, _ = command(read, "names", "--json", "--days", "3")
    found = json.loads(out)
    assert (code, found["names"], found["read"]) == (0, [], 4)
    assert [row["spelling"] for row in found["added"]] == ["Zarrak Lohani"]
    assert command(read, "names", "remove", "Zarrak Lohani", "--by", "R")[0] == 0
    assert command(read, "names", "dismiss", "Zarrak Lohani", "--by", "R")[0] == 0
    code, _, err = command(read, "names", "remove", "Zarrak Lohani", "--by", "R")
    assert (code, err.count("\n")) == (2, 1)
