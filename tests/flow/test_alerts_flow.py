"""Alerts and the digest, from feed to outbox: at once, once, and never missed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from monitor.app import App

if TYPE_CHECKING:
    from tests.flow.newsroom import Handler, Installation, Newsroom

PLACE = "Zarmina Pass"
RULE: dict[str, Any] = {"name": "Pass", "any": [PLACE]}
# Evening at 19:00 in Karachi; the clock of these tests starts at 09:00 there.
DIGEST = {"at": "19:00"}


def fired(here: Installation) -> list[tuple[str, str]]:
    """Return (rule, title of the article) of every alert, sorted."""
    rows = here.rows(
        "SELECT o.rule, a.title FROM outbox o JOIN articles a ON a.id = o.article"
        " WHERE o.kind = 'alert'"
    )
    return sorted((row["rule"], row["title"]) for row in rows)


def met(here: Installation) -> list[tuple[str, str]]:
    """Return (rule, title of the article) of every firing, sorted."""
    sql = "SELECT f.rule, a.title FROM firings f JOIN articles a ON a.id = f.article"
    return sorted((row["rule"], row["title"]) for row in here.rows(sql))


def files(here: Installation) -> list[str]:
    return [path.read_text() for path in sorted((here.data / "outbox").glob("*.txt"))]


def rounds(app: App, *names: str) -> None:
    for name in names or ("poll", "harvest", "judge", "alert", "send"):
        app.run_job(name)


def one_run(here: Installation) -> None:
    """Poll, harvest, judge and send once, in this process."""
    with here.app() as app:
        rounds(app)


@contextmanager
def clocked(made_up: Any, here: Installation) -> Iterator[tuple[App, Any]]:
    clock = made_up.Hands()
    with here.app(clock) as app:
        yield app, clock


def plain(newsroom: Newsroom, title: str, *, head: str = "", tail: str = "", **given: Any) -> Any:
    """Publish a story that no topic would want, with a sentence put before or after its text."""
    story = newsroom.publish("lantern", title, **given)
    story.summary = "Teachers met in the valley and spoke about the timetable of the school bus."
    story.body = f"{head}\n{story.body}\n{tail}".strip()
    return story


# --- rules ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rule_fires_in_any_part_whatever_the_score_in_the_run_that_first_saw_it(
    newsroom: Newsroom, here: Installation
) -> None:
    plain(newsroom, f"Snow closes {PLACE} to buses")
    plain(
        newsroom, "Snow closes a road", head=f"Buses cannot cross {PLACE} this week, drivers say."
    )
    plain(newsroom, "Snow in the hills", tail=f"The last bus left {PLACE} on Monday evening.")
    plain(newsroom, "Rain in the hills")
    here.configure(alerts=[RULE], thresholds={"queue": 0.99})

    run = here.once()

    assert run["ledger"]["queued"] == 0, "the articles were to be far from the topic"
    titles = ["Snow closes Zarmina Pass to buses", "Snow closes a road", "Snow in the hills"]
    assert met(here) == sorted(("Pass", title) for title in titles)
    assert len(fired(here)) == len(here.rows("SELECT DISTINCT story FROM articles WHERE id < 4"))
    assert files(here)
    assert all(PLACE in text for text in files(here)), "the alert shows where the rule met the text"


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["hangs", "fails", "is no article"])
def test_the_headline_fires_when_the_page_gives_nothing(
    newsroom: Newsroom, here: Installation, fault: str
) -> None:
    """Within the same run, so that no story is late for the sake of a bad page."""

    def bad(handler: Handler) -> None:
        if fault == "hangs":
            handler.hang(30)
        elif fault == "fails":
            handler.say(503, "Later.")
        else:
            handler.say(200, "<html><title>Log in</title><p>Please log in to continue</p></html>")

    newsroom.answers[plain(newsroom, f"Snow closes {PLACE} to buses").path] = bad
    here.configure(alerts=[RULE], fetch={"deadline": 1})
    one_run(here)
    assert fired(here) == [("Pass", f"Snow closes {PLACE} to buses")]


def test_the_page_that_came_late_does_not_fire_again(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    story = plain(newsroom, f"Snow closes {PLACE}", tail=f"Nobody crossed {PLACE} on Monday.")
    newsroom.answers[story.path] = lambda handler: handler.say(503, "Later.")
    here.configure(alerts=[RULE])
    with clocked(made_up, here) as (app, clock):
        rounds(app)
        del newsroom.answers[story.path]
        clock.forward(minutes=10)
        rounds(app)
    assert here.rows("SELECT version FROM articles") == [{"version": 2}], "the page was never read"
    assert len(fired(here)) == 1


@pytest.mark.slow
def test_a_second_run_fires_nothing(newsroom: Newsroom, here: Installation) -> None:
    plain(newsroom, f"Snow closes {PLACE}")
    here.configure(alerts=[RULE])
    here.once()
    again = here.once()
    assert again["jobs"]["judge"].get("alerts", 0) == 0
    assert len(files(here)) == 1


def test_a_copy_does_not_fire_again(newsroom: Newsroom, here: Installation) -> None:
    """Neither in the run of the original nor later, at another outlet."""
    first = plain(newsroom, f"Snow closes {PLACE}")
    newsroom.publish("almanac", first.title, body=first.body)
    here.configure(alerts=[RULE])
    one_run(here)
    newsroom.publish("courier", first.title, body=first.body)
    here.configure(alerts=[RULE])
    one_run(here)
    assert here.rows("SELECT count(*) AS n FROM articles WHERE copy_of IS NOT NULL") == [{"n": 2}]
    assert len(fired(here)) == 1


def test_a_copy_that_alone_has_the_word_fires(newsroom: Newsroom, here: Installation) -> None:
    """An agency's text under two headlines: the rule's word stands in the second alone."""
    first = plain(newsroom, "Snow closes a road")
    here.configure(alerts=[RULE])
    one_run(here)
    newsroom.publish("almanac", f"Snow closes {PLACE}", body=first.body)
    here.configure(alerts=[RULE])
    one_run(here)
    assert here.rows("SELECT count(*) AS n FROM articles WHERE copy_of IS NOT NULL") == [{"n": 1}]
    assert len(fired(here)) == 1


def test_an_edit_fires_when_it_brings_the_word_and_not_twice(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    story = plain(newsroom, "Snow in the hills")
    here.configure(alerts=[RULE])
    seen = []
    with clocked(made_up, here) as (app, clock):
        for title in (
            story.title,
            f"Snow closes {PLACE}",
            f"Snow still closes {PLACE}, drivers say",
        ):
            story.title, story.body = title, f"{title}, it was said on Monday.\n{story.body}"
            rounds(app)
            seen.append(len(fired(here)))
            clock.forward(hours=7)
    assert here.rows("SELECT version FROM articles") == [{"version": 3}], "the edits were not read"
    assert seen == [0, 1, 1]


def test_a_rule_written_today_does_not_tell_of_last_week_when_a_model_is_trained(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """A new model reads everything of a fortnight again; what was news then is none now."""
    for n in range(4):
        plain(newsroom, f"Snow closes {PLACE}, part {n}")
    here.configure()
    with clocked(made_up, here) as (app, clock):
        rounds(app)
        clock.forward(days=2)
        here.configure(alerts=[RULE])
        with here.store() as db:
            for row in db.query("SELECT id FROM articles"):
                made_up.decide(db, row["id"], "not_relevant", clock())
        rounds(app, "learn", "judge", "alert", "send")
        judged = here.rows("SELECT count(DISTINCT model) AS n FROM verdicts")
    assert judged == [{"n": 2}], "the new model was to read them again"
    assert fired(here) == []


def test_a_rule_on_the_group_is_silent_on_what_only_shares_its_letters(
    newsroom: Newsroom, here: Installation
) -> None:
    """TTP is also what security firms call tactics, techniques and procedures."""
    plain(
        newsroom,
        "Security firm maps the TTPs of a ransomware crew",
        head="The report lists tactics, techniques and procedures (TTPs) that the crew used against"
        " servers. Analysts mapped each TTP to the MITRE framework and to known malware.",
    )
    plain(
        newsroom,
        "TTP claims an ambush",
        head="The Tehreek-i-Taliban Pakistan claimed an ambush on a patrol in North Waziristan.",
    )
    here.configure(alerts=[{"name": "Group", "any": ["concept:ttp"]}])
    one_run(here)
    assert fired(here) == [("Group", "TTP claims an ambush")]


# --- the digest -----------------------------------------------------------------------------


def test_the_digest_of_a_day_is_made_once_and_restarts_make_no_second(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """It tells the queued story once, folds its copies under it, and its footer balances."""
    story = newsroom.publish("lantern", "Envoys discuss the TTP at Torkham", on_topic=True)
    for outlet in ("almanac", "courier"):
        newsroom.publish(outlet, story.title, body=story.body)
    newsroom.publish("lantern", "Growers discuss onions")
    newsroom.publish("lantern", "A notice without a link", page=False)
    here.configure(digest=DIGEST)
    with clocked(made_up, here) as (app, clock):
        rounds(app)
        clock.forward(hours=9, minutes=59)  # 18:59
        rounds(app, "digest", "send")
        assert files(here) == []
        clock.forward(minutes=2)
        rounds(app, "digest", "send", "digest", "send")
    clock.forward(minutes=5)
    with here.app(clock) as app:  # after a restart
        rounds(app, "poll", "harvest", "judge", "alert", "digest", "send")
        digest = files(here)
        clock.forward(hours=23)  # the next day, before its time
        rounds(app, "digest", "send")
        assert files(here) == digest
    (text,) = digest
    assert text.count(story.title) <= 2, "subject and story, and no copy apart"
    assert text.count("/lantern/") + text.count("/almanac/") + text.count("/courier/") == 1
    for outlet in ("Lantern", "Almanac", "Courier"):
        assert outlet in text, f"{outlet} told the story too"
    assert "onions" not in text
    assert here.rows("SELECT count(*) AS n FROM editions") == [{"n": 1}]
    with here.store() as db:
        counts = made_up.books(db)
    assert counts.balanced
    assert (counts.found, counts.queued, counts.rejected, counts.duplicate) == (5, 1, 1, 2)
    footer = re.search(r"(\d+) items were found:([^.]*)", " ".join(text.split()))
    assert footer is not None, text
    parts = re.sub(r"\(.*?\)", "", footer[2])  # the reasons are parts of a part
    assert int(footer[1]) == sum(map(int, re.findall(r"\d+", parts))) == 5, footer[0]
    assert "do not balance" not in text


def test_days_without_the_service_are_told_when_it_is_back(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    """Late, each day once, and no story falls between two."""
    newsroom.publish("lantern", "Envoys discuss the TTP at Torkham", on_topic=True)
    here.configure(digest=DIGEST)
    with clocked(made_up, here) as (app, clock):
        rounds(app)
        clock.forward(hours=11)
        rounds(app, "digest", "send")
        newsroom.publish("lantern", "Envoys leave Torkham for TTP talks", on_topic=True)
        clock.forward(hours=2)  # after the first edition: it belongs to the next
        rounds(app)
    clock.forward(days=3)
    with here.app(clock) as app:
        rounds(app, "digest", "send", "digest", "send")
    days = [row["day_on"] for row in here.rows("SELECT day_on FROM editions ORDER BY 1")]
    assert days == ["2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"]
    told = [
        sum(title in text for text in files(here)) for title in ("Envoys discuss", "Envoys leave")
    ]
    assert told == [1, 1]
