"""Firings and who heard of them: one row a pair, nothing told twice, nothing lost, all by index."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from store import alertlog, firings, heard, outbox, reviews, spikes, trust
from store.db import Db, StoreError
from store.firings import Firing, Hit
from store.heard import Outcome, Sent, Telling, ToldStory
from store.schema import firings as schema
from store.sql import write

HIT = Hit(part="title", start=0, end=6, matched="border", passage="border shut", words=("border",))


def fire(db: Db, article: int, at: datetime, rule: str = "Border") -> int:
    met = Firing(rule=rule, article=article, version=1, score=0.5, hits=(HIT,), at=at)
    firings.put(db, [met])
    return next(one.id for one in firings.waiting(db) if one.firing == met)


def told(firing: int, at: datetime, **given: Any) -> Telling:
    facts = {"way": "mail:a", "state": "told", "key": "k", "at": at, **given}
    return Telling(firing=firing, **facts)


def story(article: int, at: datetime, **given: Any) -> ToldStory:
    facts = {
        "way": "mail:a", "key": "k", "rules": ("Border",), "facts": "[]", "told_at": at,
        "last_at": at, **given,
    }  # fmt: skip
    return ToldStory(article=article, **facts)


# --- firings --------------------------------------------------------------------------------


def test_a_rule_and_an_article_meet_once_whatever_is_said_again(db: Db, make: Any) -> None:
    number = make.judged(db)
    fire(db, number, make.at(3))
    again = Firing(rule="Border", article=number, version=2, score=None, hits=(), at=make.at(9))
    assert firings.put(db, [again]) == 0
    [one] = firings.waiting(db)
    assert (one.firing.version, one.firing.hits, one.firing.at) == (1, (HIT,), make.at(3))
    assert firings.pairs(db) == {("Border", number)}


def test_a_queued_text_that_is_not_read_for_claims_yet_says_so(db: Db, make: Any) -> None:
    number = make.judged(db)
    fire(db, number, make.at(3))
    assert firings.waiting(db)[0].unread
    with write(db):
        db.execute("UPDATE articles SET claimed = version || ':' || coalesce(text_hash, '')")
    assert not firings.waiting(db)[0].unread


def test_what_is_settled_waits_no_more(db: Db, make: Any) -> None:
    numbers = [fire(db, make.judged(db, name), make.at(3)) for name in "ab"]
    heard.settle(db, numbers[:1])
    assert [one.id for one in firings.waiting(db)] == numbers[1:]
    assert [one.id for one in firings.some(db, numbers)] == numbers


# --- who heard what -------------------------------------------------------------------------


def test_what_one_way_is_told_is_kept_whole_or_not_at_all(db: Db, make: Any) -> None:
    number = fire(db, make.judged(db), make.at(3))
    good = Outcome(
        messages=(make.message("k", kind="alert", channel="mail:a"),),
        sent=(Sent(key="k", way="mail:a", kind="alert", rule=None, at=make.at(4)),),
        tellings=(told(number, make.at(4)),),
        stories=(story(1, make.at(4)),),
    )
    with pytest.raises(StoreError):
        heard.keep(db, replace(good, tellings=(told(999, make.at(4)),)))
    assert outbox.recent(db) == []
    assert heard.sent_since(db, ["mail:a"], make.T0) == []
    assert heard.keep(db, good) == 1
    before = make.contents(db)
    assert heard.keep(db, good) == 0
    assert make.contents(db) == before


def test_what_was_told_is_never_held_back_again(db: Db, make: Any) -> None:
    number = fire(db, make.judged(db), make.at(3))
    held = told(number, make.at(4), state="held", why="quiet", until=make.at(90), key=None)
    heard.keep(db, Outcome(tellings=(held,)))
    assert heard.tellings(db, [number])[number, "mail:a"] == held
    heard.keep(db, Outcome(tellings=(told(number, make.at(91)),)))
    heard.keep(db, Outcome(tellings=(held,)))
    assert heard.tellings(db, [number])[number, "mail:a"].state == "told"


def test_a_told_story_is_looked_at_again_when_a_claim_is_added_to_it(db: Db, make: Any) -> None:
    one, other = make.judged(db), make.judged(db, "b", "Quite another thing.")
    with write(db):
        db.execute("UPDATE articles SET story = 7 WHERE id IN (?, ?)", (one, other))
    assert heard.note_added(db, make.T0, make.at(5)) == 0
    heard.keep(db, Outcome(stories=(story(one, make.at(4)),)))
    with write(db):
        db.execute(
            "INSERT INTO claims (article, mark, version, population, who, subject, unit, text,"
            " place, as_of, speaker, office, speaker_side, outlet, side, title, part, sentence,"
            " start, figure, figure_end, noted_at) VALUES (?, 'm', 1, 'killed', '', '', '', '3',"
            " '', '', '', '', '', '', '', '', 'body', '', 0, 0, 0, '')",
            (other,),
        )
    assert heard.note_added(db, make.T0, make.at(6)) == 1
    [stale] = heard.stale(db)
    assert (stale.article, stale.story, stale.stale_at) == (one, 7, make.at(6))
    before = make.contents(db)
    assert heard.note_added(db, make.T0, make.at(7)) == 0
    assert make.contents(db) == before, "an idle tick writes nothing"
    heard.keep(db, Outcome(looked=(("{}", "mail:a", one),)))
    assert heard.stale(db) == []


# --- trust ----------------------------------------------------------------------------------


def test_a_rule_is_counted_by_stories_with_the_best_that_was_said_of_each(
    db: Db, make: Any
) -> None:
    texts = {"a": "One thing.", "b": "Two things.", "c": "Three more.", "d": "Four of them."}
    numbers = {name: make.judged(db, name, text) for name, text in texts.items()}
    with write(db):
        for name, number in numbers.items():
            db.execute(
                "UPDATE articles SET story = ? WHERE id = ?",
                (1 if name in "ab" else number, number),
            )
    fired = {name: fire(db, number, make.at(5)) for name, number in numbers.items()}
    heard.keep(db, Outcome(tellings=(told(fired["a"], make.at(6)), told(fired["b"], make.at(6)))))
    for name, answer in (("a", "not_relevant"), ("b", "relevant"), ("c", "not_relevant")):
        reviews.decide(db, article=numbers[name], answer=answer, by="G", now=make.at(7))  # type: ignore[arg-type]
    found = trust.of_rule(db, "Border", make.at(60))
    assert (found.stories, found.articles, found.told) == (3, 4, 1)
    assert (found.relevant, found.not_relevant, found.unread) == (1, 1, 1)
    assert found.last_at == make.at(5)
    assert trust.of_rule(db, "Border", make.at(5) + timedelta(days=31)).stories == 0


# --- alerts of before -----------------------------------------------------------------------


def test_whoever_got_an_alert_before_gets_no_second(db: Db, make: Any) -> None:
    """The migration's own words, on a store as it was."""
    number = make.judged(db)
    outbox.put(db, [make.message(f"alert:Border:{number}:mail", kind="alert", article=number,
                                 rule="Border", channel="mail")])  # fmt: skip
    with write(db):
        for sql in schema.BEFORE:
            db.execute(sql)
    assert firings.pairs(db) == {("Border", number)}
    assert firings.waiting(db) == []
    [known] = heard.of_stories(db, [-number])
    assert (known.way, known.rules, known.key) == (
        "mail",
        ("Border",),
        f"alert:Border:{number}:mail",
    )
    [shown] = alertlog.recent(db, since=make.T0)
    assert [way.state for way in shown.ways] == ["told"]


# --- by index -------------------------------------------------------------------------------


def plan(db: Db, sql: str, params: Any) -> str:
    return "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))


@pytest.mark.parametrize(
    ("sql", "params", "index"),
    [
        (firings.OPEN, (), "firings_open"),
        (firings.SINCE, ("r", ""), "firings_rule"),
        (heard.OF_STORIES, {"stories": "[1]"}, "articles_story"),
        (heard.STALE, (), "alert_stories_stale"),
        (trust.OF_RULE, ("r", "", 9), "firings_rule"),
        (
            alertlog.NEWEST_OF_RULE,
            {"rule": "r", "since": "", "before": 9, "limit": 9},
            "firings_rule",
        ),
        (spikes.OURS, {"first": 1, "since": ""}, "INTEGER PRIMARY KEY (rowid>?)"),
        (spikes.PLACES, (1,), "claims_article"),
    ],
)
def test_every_look_uses_its_index(db: Db, sql: str, params: Any, index: str) -> None:
    told_plan = plan(db, sql, params)
    assert index in told_plan
    assert "SCAN a\n" not in told_plan
    assert "SCAN f\n" not in told_plan
