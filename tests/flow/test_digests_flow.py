"""Several digests, by day, week and month: each once, for its own people, whatever befalls one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.digests import publishing
from monitor.digests.edition import Press
from store import editions, outbox

if TYPE_CHECKING:
    from monitor.app import App
    from tests.flow.newsroom import Hands, Installation, Newsroom

DIGESTS = [
    {"name": "noon", "at": "12:00", "stories": 3, "channels": ["desk"]},
    {"name": "urdu", "languages": ["ur"], "readers": ["amna"]},
    {"name": "weekly", "every": "week", "on": "wed"},
    {"name": "monthly", "every": "month", "on": 11},
]


@pytest.fixture
def clock(made_up: Any) -> Hands:
    hands: Hands = made_up.Hands()
    return hands


@pytest.fixture
def app(newsroom: Newsroom, here: Installation, clock: Hands) -> Iterator[App]:
    """A morning's news, judged; it is 09:00 in Karachi on Tuesday, 10 March 2026."""
    newsroom.fill(1, 4)
    here.configure(
        digests=DIGESTS, readers={"amna": {"channels": ["desk"]}},
        channels={"desk": {"kind": "directory", "path": "desk"}},
    )  # fmt: skip
    with here.app(clock) as running:
        for job in ("poll", "harvest", "judge"):
            running.run_job(job)
        yield running


def told(here: Installation) -> set[tuple[str, str]]:
    return {(r["name"], r["day_on"]) for r in here.rows("SELECT name, day_on FROM editions")}


def test_each_digest_goes_out_at_its_hour_to_its_people(
    app: App, here: Installation, clock: Hands
) -> None:
    """Noon's at noon, the week's on Wednesday, the month's on the 11th; none twice."""
    clock.forward(hours=3)  # noon on Tuesday
    app.run_job("digest")
    assert told(here) == {("noon", "2026-03-10")}
    clock.forward(hours=20)  # 08:00 on Wednesday, the 11th
    for _ in range(2):
        app.run_job("digest")
    assert told(here) == {
        ("noon", "2026-03-10"), ("daily", "2026-03-11"), ("urdu", "2026-03-11"),
        ("weekly", "2026-03-11"), ("monthly", "2026-03-11"),
    }  # fmt: skip
    with here.store() as db:
        sent = {row.message.key: row.message.channel for row in outbox.recent(db, "digest")}
    assert sent["digest:2026-03-11:outbox"] == "outbox"
    assert sent["digest:noon:2026-03-10:desk"] == "desk"
    assert sent["digest:urdu:2026-03-11:desk"] == "desk"


def test_a_digest_that_cannot_be_made_holds_up_no_other(
    app: App, here: Installation, clock: Hands
) -> None:
    """It is told at the end, leaves nothing behind, and is made at the next tick."""
    clock.forward(hours=23)
    with here.store() as db:
        fields = Press.__dataclass_fields__
        daily, *others = app.presses(db)
        broken = Broken(**{name: getattr(daily, name) for name in fields})
        with pytest.raises(publishing.DigestError, match="daily: RuntimeError: out of ink"):
            publishing.publish(db, [broken, *others], catch_up_days=7, now=clock())
    assert ("daily", "2026-03-11") not in told(here)
    assert ("weekly", "2026-03-11") in told(here)
    app.run_job("digest")
    assert ("daily", "2026-03-11") in told(here)


class Broken(Press):
    def printed(self, *_: Any) -> Any:
        raise RuntimeError("out of ink")


def test_a_day_that_can_never_be_made_gives_way_to_the_next(
    app: App, here: Installation, clock: Hands
) -> None:
    """The next one's window begins where the last that was made ended: nothing is lost."""
    clock.forward(hours=23)
    app.run_job("digest")  # of the 11th
    clock.forward(days=2)
    with here.store() as db:
        daily = app.press(db)
        fields = {name: getattr(daily, name) for name in Press.__dataclass_fields__}
        publishing.publish(db, [Stumbling(**fields)], catch_up_days=7, now=clock())
        made = editions.get(db, date(2026, 3, 13))
        assert editions.get(db, date(2026, 3, 12)) is None
        first = editions.get(db, date(2026, 3, 11))
    assert made is not None
    assert first is not None
    assert made.since_at == first.until_at


class Stumbling(Press):
    """Never makes the 12th."""

    def edition(self, db: Any, day: date, *window: Any) -> Any:
        if day == date(2026, 3, 12):
            raise ValueError("a story that breaks it")
        return super().edition(db, day, *window)


def test_a_week_is_told_with_its_figures_beside_those_of_the_week_before(
    app: App, here: Installation, clock: Hands
) -> None:
    clock.forward(hours=23)
    app.run_job("digest")
    with here.store() as db:
        week = editions.get(db, date(2026, 3, 11), "weekly")
        month = editions.get(db, date(2026, 3, 11), "monthly")
    assert week is not None
    assert month is not None
    assert week.title.startswith("Torkham, the week to Tuesday 10 March 2026:")
    assert "== The stories of the week ==" in week.text
    assert "By side of the outlet" in week.text
    assert "nothing can be compared" in week.text
    assert week.until_at - week.since_at == timedelta(days=7)
    assert month.since_at.isoformat().startswith("2026-02-11")
    with here.store() as db:
        remembered = db.query("SELECT DISTINCT digest FROM tellings")
        assert "weekly" not in {row["digest"] for row in remembered}


# --- the command ----------------------------------------------------------------------------


def run(here: Installation, *words: str) -> Result:
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    return CliRunner().invoke(torkham, ["digest", *words, *place], env={"COLUMNS": "100"})


@pytest.mark.slow
def test_a_digest_is_had_in_every_form_by_name_and_by_ending(here: Installation, app: App) -> None:
    """Text, HTML, Markdown, JSON; nothing is kept, sent or remembered by looking."""
    day = ("--day", "2026-03-10")
    text = run(here, *day)
    assert text.exit_code == 0, text.output
    assert text.stdout.startswith("Torkham, Tuesday 10 March 2026")
    assert run(here, *day, "--format", "markdown").stdout.startswith("# Torkham, Tuesday")
    assert "<!DOCTYPE html>" in run(here, *day, "--format", "html").stdout
    assert json.loads(run(here, *day, "--format", "json").stdout)["name"] == "daily"
    weekly = run(here, "--name", "weekly", "--day", "2026-03-11", "--format", "json")
    assert json.loads(weekly.stdout)["every"] == "week"
    for ending, begins in ((".md", "# Torkham"), (".txt", "Torkham"), (".html", "<!DOCTYPE")):
        out = here.folder / f"digest{ending}"
        assert run(here, *day, "--out", str(out)).exit_code == 0
        assert out.read_text(encoding="utf-8").startswith(begins)
    assert told(here) == set()


def test_what_cannot_be_had_is_said_in_a_line(here: Installation, app: App) -> None:
    absent = run(here, "--name", "evening")
    assert absent.exit_code == 2
    assert "there are: daily, noon, urdu, weekly, monthly" in absent.stderr
    printed = run(here, "--format", "pdf")
    assert printed.exit_code == 2
    assert "--out digest.pdf" in printed.stderr
