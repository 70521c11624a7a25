"""A switch of the definition moves undecided stories, tells before it does, and can go back."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.inquiry import weighing
from monitor.inquiry.weighing import Weighed
from store import ledger

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

ATTACK = (
    "Four policemen martyred in attack on post in Bannu {n}",
    "BANNU: Gunmen attacked a police post before dawn and fled; two militants were killed.",
)
REFUGEES = (
    "Pakistan deports Afghan families of camp {n} through Torkham",
    "Afghan refugees were deported from Pakistan to Kabul on Monday, UNHCR said.",
)
TALKS = (
    "Pakistan and Kabul open round {n} of talks on the TTP",
    "Delegations of Pakistan and the Afghan Taliban opened talks in Doha on the TTP.",
)


@pytest.fixture
def read(newsroom: Newsroom, here: Installation) -> Installation:
    """An installation that has read and judged three stories on each of three beats."""
    for feed, (title, lead) in {"dawn": ATTACK, "camps": REFUGEES, "doha": TALKS}.items():
        for n in range(3):
            more = "\n".join(newsroom.publish("drafts").body for _ in range(2))
            body = f"{lead} {title.format(n=n)}.\n{more}"
            newsroom.publish(feed, title.format(n=n), body=body, in_feed=True)
    del newsroom.stories["drafts"]
    here.configure(alerts=[{"name": "Police", "any": ["policemen"], "channels": ["outbox"]}])
    run(here, "poll", "harvest", "judge", "alert")
    return here


def run(here: Installation, *jobs: str) -> None:
    with here.app() as app:
        for job in jobs:
            app.run_job(job)
        with closing(app.open_store()) as db:
            found = ledger.ledger(db)
            parts = (found.waiting, found.queued, found.rejected, found.duplicate)
            assert found.found == sum(parts) + sum(found.dropped.values())


def asked(here: Installation, *words: str) -> Result:
    places = ("--config", str(here.folder / "feeds.yaml"), "--data", str(here.data))
    return CliRunner().invoke(torkham, ["definition", *words, *places])


def stood(here: Installation) -> dict[str, tuple[float, str]]:
    rows = here.rows("SELECT title, score, disposition FROM articles ORDER BY id")
    return {row["title"]: (row["score"], row["disposition"]) for row in rows}


def queued(here: Installation, beat: str) -> int:
    rows = here.rows(
        "SELECT count(*) AS n FROM articles WHERE feed = ? AND route = 'queue'", [beat]
    )
    return int(rows[0]["n"])


def switch(here: Installation, *words: str) -> dict[str, Any]:
    done = asked(here, "set", *words, "--by", "Rana", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_switch_tells_what_it_moves_then_moves_just_that_and_going_back_restores_it(
    made_up: Any, read: Installation
) -> None:
    """Nothing is lost or alerted twice, decisions stand, and the books balance at every step."""
    before = stood(read)
    alerts = read.rows("SELECT key FROM outbox")
    assert len(alerts) == 1  # the three tell one story
    assert (queued(read, "dawn"), queued(read, "camps"), queued(read, "doha")) == (0, 3, 3)
    (decided, kept) = read.rows("SELECT id, title FROM articles WHERE feed = 'camps' LIMIT 2")
    with read.store() as db:
        made_up.decide(db, decided["id"], "relevant", made_up.FIRST_DAY)

    tried = switch(read, "kp_attacks", "in", "--dry-run")
    assert (tried["enter"], tried["leave"], tried["saved"]) == (3, 0, False)
    run(read, "judge", "alert")
    assert stood(read) == before, "a dry run changed something"

    told = switch(read, "kp_attacks", "in")
    assert (told["before"], told["after"], told["saved"]) == ("open", "in", True)
    assert {move["title"] for move in told["moves"]} == {ATTACK[0].format(n=n) for n in range(3)}
    assert all(move["before"] < told["threshold"] <= move["after"] for move in told["moves"])
    out = switch(read, "refugees", "out")
    assert (out["leave"], out["decided"]) == (2, 1)
    run(read, "judge", "alert")

    after = stood(read)
    assert (queued(read, "dawn"), queued(read, "doha")) == (3, 3)
    assert after[kept["title"]][1] == "rejected"
    assert after[decided["title"]][1] == "queued", "what people decided stands"
    for title, move in {m["title"]: m for m in told["moves"]}.items():
        assert after[title][0] == pytest.approx(move["after"], abs=1e-12)
    for n in range(3):
        assert after[TALKS[0].format(n=n)] == before[TALKS[0].format(n=n)]
    assert read.rows("SELECT key FROM outbox") == alerts, "a new judgement alerts nobody again"

    switch(read, "kp_attacks", "open")
    switch(read, "refugees", "open")
    run(read, "judge", "alert")
    assert stood(read) == before
    assert read.rows("SELECT key FROM outbox") == alerts
    rows = read.rows("SELECT path, value, by FROM changes ORDER BY id")
    assert [(row["path"], row["value"]) for row in rows] == [
        ("definition.kp_attacks", '"in"'),
        ("definition.refugees", '"out"'),
        ("definition.kp_attacks", '"open"'),
        ("definition.refugees", '"open"'),
    ]
    assert {row["by"] for row in rows} == {"Rana"}


def weighed(here: Installation, strand: str, to: str, **more: Any) -> Weighed:
    with here.app() as app, here.store() as db:
        return weighing.weigh(db, app.judges(db), strand, to, app.clock(), **more)


def test_weighing_writes_nothing_and_is_bounded(read: Installation) -> None:
    before = read.rows("SELECT count(*) AS n FROM verdicts")
    ticked: list[int] = []
    found = weighed(read, "refugees", "out", most=4, tick=ticked.append)
    assert (found.texts, found.cut) == (4, True)
    assert sum(ticked) == 4
    assert read.rows("SELECT count(*) AS n FROM verdicts") == before
    assert not read.rows("SELECT * FROM changes")


def test_what_is_older_than_what_is_judged_anew_is_told_apart(read: Installation) -> None:
    with read.store() as db:
        db.execute(
            "UPDATE articles SET first_seen_at = ? WHERE feed = 'camps'",
            ["2020-01-01T00:00:00+00:00"],
        )
        db.conn.commit()
    found = weighed(read, "refugees", "out", days=366 * 100)
    assert (found.moved, found.older, found.leave) == (3, 3, 0)
    assert weighed(read, "refugees", "out").texts == 6


def test_the_share_of_the_audit_stays_unmarked(read: Installation) -> None:
    """A score before and after would say which of the queue was drawn from the rejected."""
    with read.store() as db:
        db.execute("UPDATE articles SET route = 'sample' WHERE feed = 'dawn'")
        db.conn.commit()
    found = weighed(read, "kp_attacks", "in")
    assert (found.moved, found.moves) == (3, ())


def test_the_definition_is_told_with_its_switches_and_who_moved_them(read: Installation) -> None:
    switch(read, "baloch", "out")
    told = json.loads(asked(read, "show", "--json").stdout)
    stands = {row["id"]: row["switch"] for row in told["strands"]}
    assert stands["baloch"] == "out"
    assert stands["iskp"] == "open"
    assert [change["by"] for change in told["changes"]] == ["Rana"]
    assert "your team does not count it, by Rana on" in asked(read).output


def test_a_strand_that_is_not_there_is_a_mistake_in_one_line(read: Installation) -> None:
    done = asked(read, "set", "refugee", "out", "--by", "Rana")
    assert done.exit_code == 2
    assert "did you mean refugees?" in done.output
    assert not read.rows("SELECT * FROM changes")


def test_a_switch_in_the_file_counts_and_the_desk_is_laid_over_it(read: Installation) -> None:
    read.configure(definition={"kp_attacks": "in"})
    run(read, "judge", "alert")
    assert queued(read, "dawn") == 3
    found = switch(read, "kp_attacks", "open")
    assert (found["before"], found["leave"]) == ("in", 3)
    run(read, "judge", "alert")
    assert queued(read, "dawn") == 0
