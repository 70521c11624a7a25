"""Two weeks with planted faults: whatever may have been missed is said, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from store import feeds, ledger
from store.db import Db
from store.polls import PollEvent
from tests.flow.fortnight import BEGIN, CLEAN, DARK, FAULTY, Fortnight, Press, Watched, at, live
from tests.flow.newsroom import Hands, Installation, Story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ALL = {"thresholds": {"queue": 0.0}}  # every article is shown: what is missing, is missing


@dataclass(kw_only=True)
class Lived:
    """A fortnight that is over."""

    room: Fortnight
    place: Installation
    watched: Watched

    def gaps(self, key: str) -> list[PollEvent]:
        with self.place.store() as db:
            return [event for event in feeds.history(db, key, 100_000) if event.possible_gap]

    def shown(self) -> Counter[str]:
        """How often each story stands in the queue, by the slug of its address."""
        rows = self.place.rows(
            "SELECT canonical_url FROM articles WHERE copy_of IS NULL AND route = 'queue'"
        )
        return Counter(_slug(row["canonical_url"]) for row in rows)


def _slug(url: str) -> str:
    return url.rsplit("/", 1)[1].split("?", maxsplit=1)[0]


def _lived(
    folder: Path, presses: tuple[Press, ...], *, dark: bool, sitemap: bool = False
) -> Iterator[Lived]:
    clock = Hands(BEGIN)
    with Fortnight(presses, clock, sitemap=sitemap) as room:
        place = Installation(folder=folder, newsroom=room)
        watched = live(room, place, dark=DARK if dark else None, **ALL)
        yield Lived(room=room, place=place, watched=watched)
        place.close()


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    yield from _lived(tmp_path_factory.mktemp("clean"), CLEAN, dark=False)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    yield from _lived(tmp_path_factory.mktemp("faulty"), FAULTY, dark=True)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The feeds that lose entries, at outlets with a news sitemap."""
    losing = tuple(p for p in FAULTY if p.key in {"bursty", "flaky", "pinning", "redesigned"})
    yield from _lived(tmp_path_factory.mktemp("filled"), losing, dark=True, sitemap=True)


LIVED = pytest.mark.parametrize("lived", ["faulty", pytest.param("clean", marks=pytest.mark.long)])


# --- nothing is missed in silence -----------------------------------------------------------


def test_what_no_answer_ever_listed_lies_inside_a_gap_that_was_told(faulty: Lived) -> None:
    silent = {
        key: untold
        for key in faulty.room.presses
        if (untold := [s.slug for s in faulty.room.missed(key) if not _told(faulty, key, s)])
    }
    assert not silent


def _told(lived: Lived, key: str, story: Story) -> bool:
    when = story.published_at
    slack = timedelta(minutes=1)
    return any(
        gap.gap_since_at - slack <= when <= gap.gap_until_at + slack
        for gap in lived.gaps(key)
        if gap.gap_since_at and gap.gap_until_at
    )


def test_the_planted_faults_did_cost_entries(faulty: Lived) -> None:
    for key in ("bursty", "flaky", "pinning"):
        assert len(faulty.room.missed(key)) > 3, key


def test_a_feed_that_missed_nothing_told_of_no_gap(faulty: Lived) -> None:
    whole = [key for key in faulty.room.presses if not faulty.room.missed(key)]
    assert {key: gaps for key in whole if (gaps := faulty.gaps(key))} == {}


def test_where_the_outlet_has_a_sitemap_what_rolled_out_is_fetched_and_the_gap_says_so(
    filled: Lived,
) -> None:
    shown = filled.shown()
    lost = {key: {s.slug for s in filled.room.missed(key)} for key in filled.room.presses}
    reached = {slug for key, slugs in lost.items() for slug in slugs if key != "redesigned"}
    assert len(reached) > 20
    assert sorted(reached - shown.keys()) == []
    assert {slug: n for slug, n in shown.items() if n > 1} == {}
    holes = filled.place.rows("SELECT feed, state, found FROM holes")
    states = {key: {h["state"] for h in holes if h["feed"] == key} for key in lost}
    # Three days and more as HTML: the sitemap reaches back for two, and the hole does not lie.
    assert states.pop("redesigned") <= {"partly", "unfillable"}
    assert set().union(*states.values()) == {"filled"}
    assert sum(hole["found"] for hole in holes) >= len(reached)


@pytest.mark.long  # CI has a clean month without the web: tests/core/test_watch_month.py
def test_a_clean_fortnight_raises_no_gap_and_no_trouble(clean: Lived) -> None:
    assert all(not clean.room.missed(key) for key in clean.room.presses)
    assert {key: gaps for key in clean.room.presses if (gaps := clean.gaps(key))} == {}
    unwell = {
        key: line
        for key, line in clean.watched.conditions.items()
        if any(what not in {"new", "ok"} for _, what in line)
    }
    assert unwell == {}


def test_outages_html_and_staleness_are_told_while_they_last(faulty: Lived) -> None:
    watched = faulty.watched
    for fault in faulty.room.presses["flaky"].faults:
        assert any(fault.holds(when) for when in watched.times("flaky", "failing")), fault
    (html,) = faulty.room.presses["redesigned"].faults
    assert any(html.holds(when) for when in watched.times("redesigned", "failing"))
    assert watched.conditions["redesigned"][-1][1] == "ok"
    silent = watched.times("quiet", "silent")
    assert silent
    assert at(6) < silent[0] < at(9)
    assert watched.conditions["steady"][-1][1] == "ok"


# --- nothing is told twice, and nothing is merged -------------------------------------------


@LIVED
def test_every_entry_that_was_listed_is_shown_exactly_once(
    request: pytest.FixtureRequest, lived: str
) -> None:
    fortnight: Lived = request.getfixturevalue(lived)
    listed = {slug for slugs in fortnight.room.listed.values() for slug in slugs}
    shown = fortnight.shown()
    assert {slug: n for slug, n in shown.items() if n > 1} == {}
    assert sorted(listed - shown.keys()) == []


def test_no_article_is_taken_for_a_copy_of_another(faulty: Lived) -> None:
    pairs = faulty.place.rows(
        "SELECT a.canonical_url AS a, b.canonical_url AS b"
        " FROM articles a JOIN articles b ON b.id = a.copy_of"
    )
    merged = [pair for pair in pairs if _slug(pair["a"]) != _slug(pair["b"])]
    assert merged == []


# --- the books ------------------------------------------------------------------------------


@LIVED
def test_the_books_balance_at_every_tick_and_on_every_day(
    request: pytest.FixtureRequest, lived: str
) -> None:
    fortnight: Lived = request.getfixturevalue(lived)
    assert fortnight.watched.unbalanced == []
    with fortnight.place.store() as db:
        for day in range(14):
            assert _balanced(db, day)


def _balanced(db: Db, day: int) -> bool:
    since = BEGIN + timedelta(days=day)
    books = ledger.ledger(db, since, since + timedelta(days=1))
    ends = books.waiting + books.queued + books.rejected + books.duplicate
    ends += sum(books.dropped.values()) + sum(books.failed.values())
    (row,) = db.query(
        "SELECT coalesce(sum(n), 0) AS n FROM ledger_days WHERE day_on = ?",
        (since.date().isoformat(),),
    )
    return books.found == ends == int(row["n"])
