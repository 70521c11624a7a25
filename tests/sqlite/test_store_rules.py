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
from store import articles, changes, feeds, looks
from store.db import Db
from store.folding import fold
from store.rules import sieve
from store.schema.looks import looks as schema

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


# --- candidates -----------------------------------------------------------------------------


def late(db: Db, maker: Any, key: str, title: str) -> int:
    """A headline that the rules were shown while its page was late."""
    feeds.save_poll(db, maker.poll(maker.entry(key, title=title), minutes=9))
    item = next(i for i in articles.unmatched(db, maker.at(99), 99) if i.title == title)
    articles.mark_matched(db, [item], [], maker.at(12))
    return item.article


def test_only_what_the_sieve_lets_through_is_a_candidate_and_headlines_always_are(
    open_store: Db, maker: Any
) -> None:
    db = open_store
    wanted = maker.judged(db, "a", "Shots were heard at Torkham.")
    maker.judged(db, "b", "A cricket squad was named.")
    bare = late(db, maker, "c", "Torkham shut")
    asked, long_ago = sieve([["torkham"]]), maker.T0 - timedelta(days=1)
    assert {one.article for one in looks.candidates(db, asked, long_ago, 10)} == {bare, wanted}
    assert looks.candidates(db, asked, maker.T0 + timedelta(days=9), 10) == []
    assert len(looks.candidates(db, "", long_ago, 10)) == 3
    assert len(looks.candidates(db, '"unclosed', long_ago, 10)) == 3


def test_a_text_is_shown_to_the_rules_once_and_as_it_was_known_then(
    open_store: Db, maker: Any
) -> None:
    """A later model, a later text and a forgotten body leave what was seen as it was."""
    db = open_store
    number = maker.judged(db, "a", "Shots were heard at Torkham.")
    assert looks.fresh(db, [number]) == set()
    (first,) = looks.candidates(db, "", maker.T0 - timedelta(days=1), 9)
    again = maker.verdict(number, model="new", score=0.01, topics=("trade",))
    articles.save_verdicts(db, [again], [], maker.at(500))
    assert looks.candidates(db, "", maker.T0 - timedelta(days=1), 9)[0].score == first.score
    articles.save_text(db, maker.text(number, "Other words."), maker.at(600))
    assert looks.fresh(db, [number]) == {number}
    ((look, item),) = looks.texts(db, [first])
    assert look == first
    assert item is not None
    assert "Torkham" in item.body
    with db.conn:
        db.execute("UPDATE version_rows SET body = ''")
    assert looks.texts(db, [first]) == [(first, None)], "what is no longer kept is no empty text"


def test_a_store_from_before_knows_what_the_rules_were_shown(open_store: Db, maker: Any) -> None:
    """Or every article would be news to the rules after an update."""
    db = open_store
    given = '{"repeated":[{"start":3,"end":9,"articles":4}]}'
    number = maker.judged(db, "a", "Shots were heard at Torkham.", given=given)
    bare = late(db, maker, "c", "Torkham shut")
    articles.save_verdicts(db, [maker.verdict(number, model="new", score=0.1)], [], maker.at(50))
    kept = "SELECT * FROM looks WHERE version > 0"
    before = list(db.query(kept))
    assert before[0]["repeated"] == "[[3,9,4]]"
    with db.conn:  # as verdicts were written before their evidence was pressed
        db.execute("UPDATE verdicts SET given = ?, packed = NULL WHERE model <> 'new'", [given])
    db.execute("DROP TABLE looks")
    schema(db)
    assert list(db.query(kept)) == before
    assert looks.fresh(db, [number]) == set()
    assert [row["article"] for row in db.query("SELECT * FROM looks WHERE version = 0")] == [bare]


def test_a_question_that_takes_too_long_is_given_up_and_the_store_serves_on(
    open_store: Db, maker: Any
) -> None:
    db = open_store
    maker.judged(db, "a", "Shots were heard at Torkham.")
    long_ago = maker.T0 - timedelta(days=1)
    slow = " OR ".join(f'"{chr(97 + n % 26)}" *' for n in range(2_000))
    with pytest.raises(looks.TookTooLong):
        looks.candidates(db, slow, long_ago, 9, over=lambda: True)
    assert len(looks.candidates(db, "", long_ago, 9)) == 1


@pytest.mark.parametrize("sql", [looks.SIEVED, looks.ALL, looks.OTHERS])
def test_candidates_are_found_by_index_and_never_sorted(db: Db, sql: str) -> None:
    params = {"sieve": '"x" *', "first": 1, "since": "2026", "limit": 9}
    asked = {key: value for key, value in params.items() if f":{key}" in sql}
    told = "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", asked))
    assert "TEMP B-TREE" not in told
    assert "SCAN a" not in told
    assert "SCAN l" not in told
    # Asked once for every look, a list of names took 100 s at 30,000 articles; asked once, 0.2 s.
    assert sql != looks.SIEVED or told.startswith("SCAN w VIRTUAL TABLE")


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


@pytest.mark.slow
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
    assert [one.article for one in looks.candidates(db, asked, maker.T0, 9)] == [wanted]
    assert sieve([[f"word{n} more{n}" for n in range(9000)]]) == ""
