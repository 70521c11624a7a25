"""The page of the alerts: what fired, who heard of it, what is held back, and how rules do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from store import firings, heard, outbox, reviews, spikes, trust
from store.firings import Firing
from store.heard import Outcome, Telling, ToldStory
from store.messages import Outgoing
from store.spikes import Series
from store.sql import write

if TYPE_CHECKING:
    from store.db import Db
    from tests.pages.conftest import DeskUp, Newsroom


@pytest.fixture
def up(full_room: Newsroom, desk_over: Any) -> Iterator[DeskUp]:
    with desk_over(full_room) as desk:
        yield desk


def text_of(up: DeskUp, address: str = "/alerts") -> str:
    return " ".join(
        "".join(map(str, html.document_fromstring(up.get(address).text).itertext())).split()
    )


def fire(db: Db, article: int, at: datetime, rule: str = "Torkham") -> int:
    firings.put(db, [Firing(rule=rule, article=article, version=1, score=0.5, hits=(), at=at)])
    return next(o.id for o in firings.waiting(db) if o.firing.article == article)


def message(key: str, at: datetime) -> Outgoing:
    return Outgoing(
        key=key, kind="alert", channel="team", subject="Torkham shut", text="", html=None,
        created_at=at,
    )  # fmt: skip


def test_what_fired_tells_its_rule_and_how_the_delivery_stands(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    number = fire(db, 2, now)
    told = Telling(firing=number, way="team", state="told", key="k", at=now)
    story = ToldStory(
        way="team", article=2, key="k", rules=("Torkham",), facts="[]", told_at=now,
        last_at=now + timedelta(hours=3),
    )  # fmt: skip
    heard.keep(db, Outcome(messages=(message("k", now),), tellings=(told,), stories=(story,)))
    assert "team: about to be sent" in text_of(up)
    (row,) = outbox.claim(db, now, now + timedelta(minutes=1))
    outbox.settle(db, row.id, state="sent", now=now)
    db.close()
    said = text_of(up)
    assert "rule Torkham" in said
    assert "team: sent" in said
    assert "what changed was told" in said
    assert 'href="/articles/2"' in up.get("/alerts").text
    assert 'href="/queue?open=2"' in up.get("/alerts").text


def test_the_page_says_where_to_look_for_a_story_that_is_not_there(up: DeskUp) -> None:
    db = up.room.open()
    fire(db, 1, up.desk.clock())
    db.close()
    page = up.get("/alerts").text
    assert "A story that should be here and is not" in page
    assert '<a href="/why">' in page


def test_what_is_held_back_says_why_and_until_when(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    until = now + timedelta(hours=2)
    for article, why in ((1, "quiet"), (2, "cap")):
        held = Telling(firing=fire(db, article, now), way="team", state="held", why=why,
                       until=until, at=now)  # fmt: skip
        heard.keep(db, Outcome(tellings=(held,)))
    db.close()
    said = text_of(up)
    assert "team: held back by quiet hours until" in said
    assert "team: held back by the hourly cap until" in said


def test_the_stories_of_a_storm_stand_folded_below_the_others(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    told = Telling(firing=fire(db, 1, now), way="team", state="storm", key="k", at=now)
    heard.keep(db, Outcome(tellings=(told,)))
    fire(db, 2, now, rule="Other")
    db.close()
    said = text_of(up)
    assert "1 story of a storm of Torkham, told of once" in said
    assert said.index("rule Other") < said.index("of a storm")


def test_each_rule_stands_with_how_it_was_judged_and_how_surely_that_is_known(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    trust.note_rules(db, ["Torkham", "Tank"], now - timedelta(days=70))
    fire(db, 1, now)
    reviews.decide(db, article=1, answer="not_relevant", by="Gul Bano", now=now)
    db.close()
    said = text_of(up)
    assert "0 % (0–79)" in said
    assert "not yet measurable" in said
    assert "Tank: This rule has never fired in the 70 days it has been at work." in said


def series(now: datetime, **given: Any) -> Series:
    facts: dict[str, Any] = {
        "kind": "place", "name": "Bannu", "looked_at": now, "n": 14, "habit": 1.9, "most": 6,
        "days": 56, "needed": 9, "state": "spike", "why": "",
    }  # fmt: skip
    return Series(**(facts | given))


def test_a_spike_is_told_with_its_figures_and_the_habit_of_the_others(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    young = series(
        now,
        name="Tank",
        state="unmeasurable",
        why="it takes 28 days without holes, and there are 3",
    )
    younger = replace(young, name="Zhob")
    spikes.keep(db, [series(now), young, younger], [series(now)], [], now)
    db.close()
    said = text_of(up)
    assert "Bannu: 14 articles in the 24 hours to" in said
    assert "in 56 days before 1.9 a day, never above 6. It goes on." in said
    why = "not yet measurable: it takes 28 days without holes, and there are 3"
    assert f"Tank · Zhob: {why}." in said, "once for all of which it is so"


def test_an_empty_page_says_what_would_fill_it(up: DeskUp) -> None:
    said = text_of(up)
    assert "No rule has met an article yet" in said
    assert "No topic and no place had far more news than usual" in said


def test_older_firings_stand_on_further_pages(up: DeskUp) -> None:
    db, now = up.room.open(), up.desk.clock()
    with write(db):
        for n in range(900, 960):
            db.execute(
                "INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, state,"
                " next_try_at, first_seen_at) SELECT ?, ?, '', 'x', key, ?, '', 'text', '', ?"
                " FROM feeds LIMIT 1",
                (n, f"https://x.example/{n}", f"Story {n}", now.isoformat()),
            )
    for n in range(900, 960):
        fire(db, n, now)
    db.close()
    first = up.get("/alerts").text
    assert "Story 959" in first
    assert "Story 900" not in first
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert "Story 900" in up.get(older).text
