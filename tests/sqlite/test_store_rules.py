"""Changes keep their reason and their past; a rule's sieve leaves out nothing that would match."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.words import fold_with_map
from monitor.stages import match
from monitor.told import Rule
from store import articles, changes, feeds, outbox, reviews, rules
from store.db import Db
from store.folding import fold
from store.messages import Outgoing
from store.rules import sieve

WORDS = ["Mullah Noor-Wali", "TTP", "Qa'ida", "Qaida", "Tehreek e Taliban", "تحریک طالبان",
         "بھارت", "بہارت", "طورخم", "café", "U.S.", "Khyber", "ډیورنډ", "ڈیورنڈ",
         "گلگت"]  # fmt: skip
JOINTS = [" ", "-", "'", "’", "", "\u200c", " - ", ", ", "/", "\u00ad"]


@pytest.fixture
def open_store(db: Db, maker: Any) -> Db:
    feeds.sync(db, [maker.spec()], maker.T0)
    return db


# --- changes --------------------------------------------------------------------------------


def test_a_change_keeps_its_reason_and_every_line_before_it(db: Db, maker: Any) -> None:
    changes.record(db, "feeds.dawn.enabled", "false", "Zarmina", maker.T0, why="it repeats itself")
    changes.record(db, "feeds.dawn.enabled", "true", "Adil", maker.at(1))
    changes.record(db, "feeds.dawn", "null", "Adil", maker.at(2))
    newest, first = changes.of_path(db, "feeds.dawn.enabled")
    assert (first.why, first.by, newest.why) == ("it repeats itself", "Zarmina", "")
    assert [c.path for c in changes.below(db, "feeds.dawn")] == ["feeds.dawn.enabled"] * 2
    assert changes.get(db, first.id) == first
    assert changes.get(db, 99) is None


def test_changes_are_read_page_by_page_newest_first(db: Db, maker: Any) -> None:
    for number in range(5):
        changes.record(db, "thresholds.queue", str(number), "Adil", maker.at(number))
    top = changes.page(db, limit=2)
    assert [c.value for c in top] == ["4", "3"]
    assert [c.value for c in changes.page(db, limit=9, before=top[-1].id)] == ["2", "1", "0"]


# --- how rules fared ------------------------------------------------------------------------


def alert(rule: str, article: int, channel: str, at: Any) -> Outgoing:
    key = f"alert:{rule}:{article}:{channel}"
    return Outgoing(
        key=key, kind="alert", channel=channel, subject="", text="", html=None, created_at=at,
        article=article, rule=rule,
    )  # fmt: skip


def test_an_article_counts_once_for_a_rule_whatever_its_channels(
    open_store: Db, maker: Any
) -> None:
    db = open_store
    one, two, three = (maker.judged(db, key) for key in ("a", "b", "c"))
    outbox.put(db, [alert("R", n, c, maker.T0) for n in (one, two, three) for c in ("x", "y")])
    outbox.put(db, [alert("S", one, "x", maker.at(5))])
    reviews.decide(db, article=one, answer="relevant", by="Adil", now=maker.T0)
    reviews.decide(db, article=two, answer="not_relevant", by="Adil", now=maker.T0)
    found = rules.fired(db)
    assert (found["R"].articles, found["R"].relevant, found["R"].not_relevant) == (3, 1, 1)
    assert found["R"].decided == 2
    assert found["S"].last_at == maker.at(5)
    assert rules.fired(db, "S") == {"S": found["S"]}
    assert rules.fired(db, "never") == {}


# --- candidates -----------------------------------------------------------------------------


def test_only_what_the_sieve_lets_through_is_a_candidate_and_headlines_always_are(
    open_store: Db, maker: Any
) -> None:
    db = open_store
    wanted = maker.judged(db, "a", "Shots were heard at Torkham.")
    maker.judged(db, "b", "A cricket squad was named.")
    feeds.save_poll(db, maker.poll(maker.entry("c", title="Torkham shut"), minutes=9))
    bare = articles.why(db, "https://gazette.example/c", "").items[0].article
    asked = sieve([["torkham"]])
    found = rules.candidates(db, asked, maker.T0 - timedelta(days=1), 10)
    assert [c.article for c in found] == [bare, wanted]
    assert rules.candidates(db, asked, maker.T0 + timedelta(days=9), 10) == []
    assert len(rules.candidates(db, "", maker.T0 - timedelta(days=1), 10)) == 3
    assert len(rules.candidates(db, '"unclosed', maker.T0 - timedelta(days=1), 10)) == 3


@pytest.mark.parametrize("sql", [rules.SIEVED, rules.UNSIEVED, rules.HEADLINES])
def test_candidates_are_found_by_number_and_never_sorted(db: Db, sql: str) -> None:
    params = ('"x" *', 1, 9) if "MATCH" in sql else (1, 9)
    told = "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))
    assert "TEMP B-TREE" not in told
    assert "SCAN a" not in told


def test_how_rules_fired_is_read_from_the_index_alone(db: Db) -> None:
    sql = "SELECT rule, article, max(created_at) FROM outbox WHERE rule IS NOT NULL AND rule = ? "
    told = db.execute(f"EXPLAIN QUERY PLAN {sql} GROUP BY rule, article", ("R",)).fetchall()
    assert "COVERING INDEX outbox_rule" in str(told)


# --- the sieve ------------------------------------------------------------------------------


def index_of(text: str) -> Db:
    db = Db(memory=True)
    db.execute(
        "CREATE VIRTUAL TABLE words USING fts5("
        "title, body, content='', tokenize=\"unicode61 remove_diacritics 2\")"
    )
    db.execute("INSERT INTO words (rowid, title, body) VALUES (1, '', ?)", (fold(text),))
    return db


def let_through(text: str, spellings: list[str]) -> bool:
    asked = sieve([spellings])
    if not asked:
        return True
    sql = "SELECT count(*) FROM words WHERE words MATCH ?"
    return bool(index_of(text).execute(sql, (asked,)).fetchone()[0])


def meets(text: str, spellings: list[str]) -> bool:
    rule = Rule(name="R", any_of=(match.words_pattern(spellings, fold_with_map),))
    compiled = match.compile_rules([rule])
    return bool(
        match.find(
            compiled, title="", lead="", body=text, outlet="", score=None, fold=fold_with_map
        )
    )


@st.composite
def texts(draw: Any) -> str:
    """A word of the rules, its joints and letters as outlets vary them, amid other words."""
    word = draw(st.sampled_from(WORDS))
    pieces = word.replace("-", " ").replace("'", " ").split()
    written = pieces[0]
    for piece in pieces[1:]:
        written += draw(st.sampled_from(JOINTS)) + piece
    swap = {"ہ": "ھ", "ڈ": "ډ", "گ": "ګ", "ی": "ي", "ک": "ك"}
    if draw(st.booleans()):
        written = "".join(swap.get(char, char) for char in written)
    return f"{draw(st.sampled_from(['', 'Said ', 'در ', '“']))}{written}{draw(st.sampled_from(['', '.', ' said', '’s', ' گفت']))}"  # noqa: E501


@given(texts(), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
@settings(max_examples=250, deadline=None)
def test_whatever_a_rule_would_meet_passes_the_sieve(text: str, spellings: list[str]) -> None:
    if re.search("[A-Za-z]\u200c[A-Za-z]", text):
        return  # the index reads a joiner between Latin words as nothing
    if meets(text, spellings):
        assert let_through(text, spellings), sieve([spellings])


def test_the_sieve_does_sort_out() -> None:
    assert not let_through("Cricket squad named for the tour", ["Torkham", "TTP"])
    assert not let_through("Noor of the valley", ["Noor Wali Mehsud"])


def test_hundreds_of_spellings_are_still_an_expression_the_index_takes(
    open_store: Db, maker: Any
) -> None:
    db = open_store
    wanted = maker.judged(db, "a", "Word 777 of many.")
    asked = sieve([[f"word{n} many{n}" for n in range(800)] + ["777"]])
    assert asked
    assert [c.article for c in rules.candidates(db, asked, maker.T0, 9)] == [wanted]
    assert sieve([[f"word{n} more{n}" for n in range(9000)]]) == ""
