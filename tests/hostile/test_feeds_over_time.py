"""Feeds over days, through the real product: identities that change, edits, and roll-over."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store import reviews

if TYPE_CHECKING:
    from tests.hostile.conftest import Paper

    Open = Callable[[Path, Mapping[str, Mapping[str, object]]], AbstractContextManager[Paper]]

HEADLINE = {"body": "headline"}
FIRST = (
    "ba", "der", "mun", "lok", "shi", "ran", "tob", "wes", "kul", "gim", "pora", "zel", "vid",
    "hosh", "taz",
)  # fmt: skip
PLACES = ("gate", "valley", "crossing", "market", "bridge", "school", "pass", "depot", "canal")


def title(number: int, seed: str = "") -> str:
    """A headline of its own for each number: no two are alike enough to be taken for one."""
    draw = random.Random(f"{seed}{number}")  # noqa: S311 - the same headline every time
    name = "".join(draw.choices(FIRST, k=4)).title()
    other = "".join(draw.choices(FIRST, k=3)).title()
    did = draw.choice(("meet", "leave", "name", "warn"))
    return f"{name} elders {did} {other} at the {draw.choice(PLACES)} {number}"


def rss(items: Sequence[str]) -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>T</title>{inside}</channel></rss>".encode()


def item(said: str, link: str, guid: str = "", day: str = "", more: str = "") -> str:
    told = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    when = f"<pubDate>{day}</pubDate>" if day else ""
    return f"<title>{said}</title><link>{link}</link>{told}{when}{more}"


# --- identities -----------------------------------------------------------------------------

Scenario = Callable[[int, int], str]
"""The item of a number at a turn."""


def own(key: str, n: int) -> str:
    return f"http://{key}.example/story/{n}"


SCENARIOS: dict[str, Scenario] = {
    "none": lambda n, _: item(title(n, "none"), own("none", n)),
    "shared": lambda n, _: item(title(n, "shared"), own("shared", n), "the-feed"),
    "scheme": lambda n, turn: item(
        title(n, "scheme"), own("scheme", n), f"{('http', 'https', 'http')[turn]}://s.example/{n}"
    ),
    "random": lambda n, turn: item(title(n, "random"), own("random", n), f"x{turn * 7919 + n}"),
    "tracked": lambda n, turn: item(
        title(n, "tracked"), own("tracked", n) + ("", "?utm_source=a", "?utm_medium=rss")[turn],
        f"{own('tracked', n)}?utm_campaign={turn}",
    ),
}  # fmt: skip
MANY = 200


@pytest.mark.row(21)
@pytest.mark.slow
def test_no_story_is_shown_twice_and_no_two_are_taken_for_one(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    """No guid, one for all, http and https, another each time, with tracking: 200 items each."""
    with open_paper(tmp_path, dict.fromkeys(SCENARIOS, HEADLINE)) as paper:
        for turn in range(3):
            for key, made in SCENARIOS.items():
                paper.serve(f"/{key}", rss([made(n, turn) for n in range(MANY)]), "X-Turn: 1")
            paper.work("poll", "harvest", "harvest", "harvest", "judge")
            paper.watch.forward(hours=25)
        sql = "SELECT feed, title, count(*) AS n FROM articles WHERE copy_of IS NULL"
        shown = paper.rows(f"{sql} GROUP BY feed, title")
        twice = sum(row["n"] - 1 for row in shown)
        by_feed = Counter(row["feed"] for row in shown)
        merged = sum(MANY - by_feed[key] for key in SCENARIOS)
        figure(f"5 scenarios of {MANY} items, 3 polls each: {twice} shown twice, {merged} merged")
        assert (twice, merged) == (0, 0), by_feed
        assert paper.balanced()


# --- edits ----------------------------------------------------------------------------------

EDITS = 24


@pytest.mark.slow
@pytest.mark.row(22)
def test_every_version_of_an_edited_article_is_kept_and_the_decision_stands(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    """Twenty-four edits, one of them after somebody decided: that one shows as changed since."""
    with open_paper(tmp_path, {"edited": HEADLINE}) as paper:
        told = [f"{title(n, 'edit')}, {n + 2} trucks" for n in range(EDITS + 1)]
        for turn, said in enumerate(told):
            paper.serve("/edited", rss([item(said, own("edited", 1), "one")]))
            # What is often edited is read within a day: by the tick before the next edit.
            paper.work("harvest", "judge", "poll", "harvest", "judge")
            if turn == EDITS // 2:
                with closing(paper.app.open_store()) as db:
                    reviews.decide(db, article=1, answer="relevant", by="rida", now=paper.watch.now)
            paper.watch.forward(hours=25)
        paper.work("harvest", "judge")
        (article,) = paper.rows("SELECT * FROM articles")
        versions = [
            row["title"] for row in paper.rows("SELECT title FROM versions ORDER BY version")
        ]
        (decided,) = paper.rows("SELECT answer, version FROM decisions")
        figure(
            f"{EDITS} edits: {len(versions)} versions kept, the decision stands and is of version"
            f" {decided['version']} of {article['version']}"
        )
        assert versions == told
        assert article["decision"] == decided["answer"] == "relevant"
        assert decided["version"] < article["version"] == EDITS + 1
        assert paper.balanced()


# --- roll-over ------------------------------------------------------------------------------

WINDOW, BURST = 20, 50


@pytest.mark.row(23)
@pytest.mark.slow
def test_every_gap_is_noticed_and_no_ordinary_day_is_taken_for_one(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    """A feed that lists its last 20: a hundred days of a few items, then bursts of 50."""
    draw = random.Random(23)  # noqa: S311 - the same days every time
    with open_paper(tmp_path, {"rolling": HEADLINE}) as paper:

        def polled(new: int, last: int) -> tuple[int, float]:
            shown = range(last, max(0, last - WINDOW), -1)
            paper.serve(
                "/rolling",
                rss([item(title(n, "roll"), own("rolling", n), f"r{n}", day(n)) for n in shown]),
            )
            paper.work("poll")
            (row,) = paper.rows("SELECT * FROM polls ORDER BY id DESC LIMIT 1")
            (feed,) = paper.rows("SELECT interval_seconds FROM feeds")
            assert row["outcome"] == "ok"
            return row["possible_gap"], feed["interval_seconds"] / 60

        def day(n: int) -> str:
            return when.get(n, "")

        def note(first: int, last: int) -> None:
            for n in range(first, last + 1):
                when[n] = paper.watch.now.strftime("%a, %d %b %Y %H:%M:%S GMT")

        when: dict[int, str] = {}
        last, ordinary, false = WINDOW, 0, 0
        note(1, last)
        polled(last, last)
        wait = 0.0
        for _ in range(100):
            paper.watch.forward(hours=25)
            new = draw.randint(2, 7)
            note(last + 1, last + new)
            last += new
            gap, wait = polled(new, last)
            false += gap
            ordinary += 1
        flagged, waited = 0, []
        for _ in range(5):
            paper.watch.forward(hours=25)
            note(last + 1, last + BURST)
            last += BURST
            gap, after = polled(BURST, last)
            flagged += gap
            waited.append(after)
        figure(
            f"{flagged} of 5 gaps flagged, {false} false in {ordinary} ordinary days; asked again"
            f" after {wait:.0f} minutes before, {waited[0]:.0f} after the first gap"
        )
        assert (flagged, false) == (5, 0)
        assert waited[0] < wait
        assert paper.balanced()
