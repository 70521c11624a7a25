"""Captions of other stories under an outlet's articles: remembered by harvest, known to judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom, Story

CAPTIONS = (
    "Trucks wait at the Torkham crossing as Kabul and Islamabad resume talks. "
    "Afghan refugees queue for their papers near Kabul."
)
RULE: dict[str, Any] = {"name": "crossing", "any": ["Torkham"]}


def publish(newsroom: Newsroom, made_up: Any, number: int, **other: Any) -> Story:
    """A story on nothing of ours, with the outlet's captions under it."""
    body = f"{made_up.prose(900 + number, on_topic=False)}\n{CAPTIONS}"
    given: dict[str, Any] = {
        "title": f"Wells of village {number}",
        "body": body,
        "in_feed": True,
    } | other
    return newsroom.publish("gazette", **given)


def run(here: Installation, *jobs: str, clock: Any = None) -> None:
    here.configure(alerts=[RULE])
    with here.app(clock) as app:
        for job in jobs or ("poll", "harvest", "judge", "alert"):
            app.run_job(job)


def evidence(here: Installation, story: Story) -> dict[str, Any]:
    rows = here.rows(
        "SELECT a.title, CASE WHEN v.packed IS NULL THEN v.evidence ELSE recounted(v.packed) END"
        " AS evidence FROM articles a JOIN verdicts v ON v.id = a.verdict"
    )
    (row,) = [row for row in rows if row["title"] == story.title]
    return dict(json.loads(row["evidence"]))


def counted(told: dict[str, Any]) -> set[str]:
    return {match["text"] for term in told["contributions"] for match in term["matches"]}


def test_three_articles_with_the_same_tail_fool_nobody(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    """Read in one go, all three are judged without it, and say why."""
    stories = [publish(newsroom, made_up, number) for number in range(3)]
    run(here)
    for story in stories:
        told = evidence(here, story)
        assert not {"Kabul", "Afghan", "Torkham"} & counted(told)
        notes = {match["text"]: match["note"] for match in told["ignored"]}
        assert notes["Kabul"] == "repeated at the end of 3 articles of this outlet"


def test_two_articles_and_another_outlet_prove_nothing(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    """The first two are judged with their tails, and stay so when a third comes."""
    stories = [publish(newsroom, made_up, number) for number in range(2)]
    elsewhere = publish(newsroom, made_up, 2)
    newsroom.stories["gazette"].remove(elsewhere)
    newsroom.stories["herald"] = [elsewhere]
    clock = made_up.Hands()
    run(here, clock=clock)
    first = [evidence(here, story) for story in stories]
    assert all("Kabul" in counted(told) for told in first)

    third = publish(newsroom, made_up, 3)
    clock.forward(hours=2)
    run(here, clock=clock)
    assert "Kabul" not in counted(evidence(here, third))
    assert [evidence(here, story) for story in stories] == first


@pytest.mark.slow
def test_reports_on_the_topic_do_not_teach_the_memory(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    """The background paragraph of a running story stays evidence in every one of its reports."""
    said = "Kabul and Islamabad resume talks at Torkham"
    stories = [
        publish(newsroom, made_up, number, title=f"{said}, day {number}") for number in range(4)
    ]
    run(here)
    assert here.rows("SELECT * FROM tails") == []
    assert not any(evidence(here, story)["ignored"] for story in stories)


def test_an_alert_is_not_raised_by_a_repeated_caption(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    """A word in an outlet's boilerplate would ring for every article it prints."""
    for number in range(3):
        publish(newsroom, made_up, number)
    body = f"{made_up.prose(950, on_topic=False)}\nDrivers at Torkham slept.\n{CAPTIONS}"
    publish(newsroom, made_up, 4, title="Drivers", body=body)
    run(here)
    fired = here.rows(
        "SELECT a.title, o.text FROM outbox o JOIN articles a ON a.id = o.article"
        " WHERE o.kind = 'alert'"
    )
    assert [row["title"] for row in fired] == ["Drivers"]
    assert "Drivers at Torkham slept." in fired[0]["text"]


def test_an_edit_replaces_what_an_article_left(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    clock = made_up.Hands()
    story = publish(newsroom, made_up, 1)
    run(here, clock=clock)
    assert len(here.rows("SELECT * FROM tails")) == 2
    story.body, story.summary = made_up.prose(901, on_topic=False), "It was edited."
    clock.forward(hours=2)
    run(here, clock=clock)
    assert here.rows("SELECT max(version) AS version FROM versions") == [{"version": 2}]
    assert here.rows("SELECT * FROM tails") == []


@pytest.mark.slow
def test_tidy_forgets_what_is_older_than_thirty_days(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    clock = made_up.Hands()
    publish(newsroom, made_up, 1)
    run(here, "poll", "harvest", clock=clock)
    clock.forward(days=29)
    run(here, "tidy", clock=clock)
    assert here.rows("SELECT * FROM tails")
    clock.forward(days=2)
    run(here, "tidy", clock=clock)
    assert here.rows("SELECT * FROM tails") == []


@pytest.mark.slow
def test_an_article_and_its_marks_are_kept_together_or_not_at_all(
    newsroom: Newsroom, made_up: Any, here: Installation
) -> None:
    """A service killed between the two would never count this article's tail."""
    clock = made_up.Hands()
    publish(newsroom, made_up, 1)
    run(here, "poll", clock=clock)
    with here.store() as db:
        db.conn.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON tails BEGIN SELECT raise(ABORT, 'broken'); END"
        )
    run(here, "harvest", clock=clock)
    assert here.rows("SELECT version FROM articles") == [{"version": 0}]
    with here.store() as db:
        db.conn.execute("DROP TRIGGER stop")
    clock.forward(days=1)
    run(here, "harvest", clock=clock)
    assert here.rows("SELECT version FROM articles") == [{"version": 1}]
    assert len(here.rows("SELECT * FROM tails")) == 2
