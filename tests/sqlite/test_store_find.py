"""Searching by filters and spellings: what leads, what is counted, what is kept under a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store import (
    articles,
    asking,
    facets,
    feeds,
    genres,
    ledger,
    rescues,
    reviews,
    schema,
    searches,
    tags,
    whereabouts,
)
from store import search as index
from store.db import Db
from store.excerpts import around
from store.faults import StoreError
from store.folding import fold
from store.schema.searches import searches as searches_to_be
from store.search import Query, find, look
from store.sqlite import Database


def numbers(db: Db, **query: Any) -> list[int]:
    return [row.article for row in find(db, Query(**query))]


def spell(words: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Know one name of one word and one of two."""
    found: list[tuple[int, int, tuple[str, ...]]] = [
        (at, at + 1, ("Tehreek", "تحریک")) for at, word in enumerate(words) if word == "Tehrik"
    ]
    pairs: list[tuple[int, int, tuple[str, ...]]] = [
        (at, at + 2, ("Lower Dir", "دیر پائین"))
        for at in range(len(words) - 1)
        if words[at : at + 2] == ["Dir", "Lower"]
    ]
    return found + pairs


# --- how a query is read --------------------------------------------------------------------

_PIECES = st.sampled_from(
    ['"', "-", "OR", "AND", "NOT", "title:", "*", "(", ")", "NEAR(", "^", "+", ":", "Tehrik",
     "Dir", "Lower", "تحریک", "\u200f", "\u202e", "\x00", " ", "a", "|", "“", "”", "{t}", "۲"]
)  # fmt: skip


@pytest.mark.slow
@settings(
    max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(_PIECES | st.text(max_size=6), max_size=40).map(" ".join) | st.text())
@example("a" * 100_000)
@example("word " * 10_000)
@example('title:"" -"" OR NOT')
def test_every_query_that_is_read_can_be_asked(db: Db, query: str) -> None:
    """FTS5 takes whatever is made of a query; an error there would look like nothing found."""
    asked = asking.read(query, spell)
    if asked.expression:
        db.execute("SELECT rowid FROM words WHERE words MATCH ?", [asked.expression]).fetchall()
        db.execute(
            "SELECT rowid FROM headline_words WHERE headline_words MATCH ?", [asked.expression]
        ).fetchall()
    assert len(asked.all_of) <= asking.MAX_TERMS
    around(query, asked)
    whereabouts.titled(db, query)


def test_signs_mean_what_people_know_from_elsewhere(db: Db, make: Any) -> None:
    make.article(db, "a", "The crossing reopened", title="Torkham news")
    make.article(db, "b", "Torkham stays shut", title="Border")
    make.article(db, "c", "Chaman reopened", title="Trade")
    assert numbers(db, words="torkham -shut") == [1]
    assert numbers(db, words="reopened NOT torkham") == [3]
    assert numbers(db, words="torkham OR chaman") == [3, 2, 1]
    assert numbers(db, words="torkham OR chaman reopened") == [3, 1]
    assert numbers(db, words="title:torkham") == [1]
    assert numbers(db, words="title: torkham crossing") == [1]
    assert numbers(db, words="reop* -title:trade") == [1]
    assert numbers(db, words="“stays shut”") == [2]
    assert numbers(db, words="torkham AND reopened") == [1]


def test_a_query_that_only_leaves_out_finds_nothing(db: Db, make: Any) -> None:
    make.article(db, "a", "anything")
    assert numbers(db, words="-cricket") == []
    assert Query(words="-cricket").asked.only_leaves_out
    assert numbers(db, words='"" ؟') == []


# --- spellings ------------------------------------------------------------------------------


def test_a_name_is_found_in_its_other_spellings_unless_it_is_quoted(db: Db, make: Any) -> None:
    make.article(db, "a", "the Tehrik said")
    make.article(db, "b", "the Tehreek said")
    make.article(db, "c", "تحريك نے کہا")
    make.article(db, "d", "nothing of it said")
    assert numbers(db, words="Tehrik", spell=spell) == [3, 2, 1]
    assert numbers(db, words='"Tehrik"', spell=spell) == [1]
    assert numbers(db, words="Tehrik") == [1]
    assert numbers(db, words="said Tehrik", spell=spell) == [2, 1]
    assert numbers(db, words="said -Tehrik", spell=spell) == [4, 2], "left out as it is written"


def test_a_name_of_two_words_is_a_phrase_in_its_other_spellings(db: Db, make: Any) -> None:
    make.article(db, "a", "Lower Dir was quiet")
    make.article(db, "b", "Lower prices, and Dir was quiet")
    make.article(db, "c", "to dir and the lower house")
    make.article(db, "d", "دیر پائین")
    make.article(db, "e", "lower than ever")
    assert numbers(db, words="Dir Lower", spell=spell) == [4, 3, 2, 1], "as typed: both words"
    asked = Query(words="quiet Dir Lower", spell=spell).asked
    assert asked.spelled == (("Dir Lower", ("Lower Dir", "دیر پائین")),)


@given(st.text(max_size=30))
def test_other_spellings_never_make_a_search_find_less(query: str) -> None:
    plain, wide = asking.read(query), asking.read(query, spell)
    assert {p for g in plain.all_of for c in g for p in c.own} == {
        p for g in wide.all_of for c in g for p in c.own
    }
    assert plain.none_of == wide.none_of


# --- filters --------------------------------------------------------------------------------


@pytest.fixture
def room(db: Db, make: Any) -> Db:
    """Hold six articles of two outlets: 1-4 Gazette, 5 and 6 Herald in Urdu."""
    feeds.sync(
        db, [make.spec("gazette"), make.spec("herald", side="afghanistan", language="ur")], make.T0
    )
    for number, name in enumerate("abcd"):
        make.article(db, name, f"border {name}", minutes=number * 1440, genre="report")
    feeds.save_poll(
        db, make.poll(make.entry("e", language=None), make.entry("f"), feed="herald", minutes=9000)
    )
    articles.save_text(db, make.text(5, "border e", language=None, genre="op_ed"), make.at(9001))
    articles.save_text(db, make.text(6, "border f", language="ps"), make.at(9001))
    rows = [
        make.verdict(n, score=n / 10, topics=("trade",) if n == 2 else ("border",))
        for n in range(1, 7)
    ]
    articles.save_verdicts(db, rows, [], make.at(9002))
    reviews.decide(db, article=2, answer="relevant", by="rida", now=make.at(9003))
    tags.add(db, article=4, tags=["To Quote"], by="rida", now=make.at(9003))
    genres.correct(db, article=1, genre="analysis", by="rida", now=make.at(9003))
    facets.correct(db, article=3, topics=["trade"], by="rida", now=make.at(9003))
    return db


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({"outlet": "Herald"}, [6, 5]),
    ({"side": "pakistan"}, [4, 3, 2, 1]),
    ({"language": "ur"}, [5]),
    ({"language": "ps"}, [6]),
    ({"genre": "op_ed"}, [5]),
    ({"genre": "analysis"}, [1]),
    ({"topic": "trade"}, [3, 2]),
    ({"topic": "border"}, [6, 5, 4, 1]),
    ({"tag": "to quote"}, [4]),
    ({"decision": "relevant"}, [2]),
    ({"decision": "undecided"}, [6, 5, 4, 3, 1]),
    ({"minimum": 0.5}, [6, 5]),
    ({"minimum": 0.2, "maximum": 0.4}, [3, 2]),
    ({"outlet": "Herald", "genre": "op_ed", "decision": "undecided"}, [5]),
    ({"outlet": "Herald", "decision": "relevant"}, []),
]


@pytest.mark.parametrize("near", [1_000, 1, 0], ids=["words lead", "filters lead", "they alone"])
@pytest.mark.parametrize("few", [16, 0], ids=["each is asked", "as a set"])
@pytest.mark.parametrize("words", ["border", ""])
def test_filters_narrow_alike_whichever_way_the_search_goes(
    room: Db, near: int, few: int, words: str
) -> None:
    for narrowed, wanted in CASES:
        found = look(room, Query(words=words, **narrowed), near=near, few=few)
        assert [row.article for row in found.rows] == wanted, narrowed


def test_days_narrow_by_when_an_article_was_first_seen(room: Db, make: Any) -> None:
    since, until = make.at(1440), make.at(2 * 1440 + 1)
    assert numbers(room, words="border", since=since, until=until) == [3, 2]
    assert numbers(room, until=make.at(1)) == [1]
    assert numbers(room, since=make.at(99_999)) == []


def test_pages_follow_each_other_and_counts_are_honest(room: Db) -> None:
    first = look(room, Query(words="border", side="pakistan"), limit=2)
    assert [row.article for row in first.rows] == [4, 3]
    assert (first.known, first.more) == (4, False)
    second = look(room, Query(words="border", side="pakistan"), limit=2, before=3)
    assert [row.article for row in second.rows] == [2, 1]
    assert index.fresh(room, Query(words="border"), after=4) == (2, False)
    assert index.fresh(room, Query(words="border"), after=0, most=3) == (3, True)
    some = look(room, Query(words="border", decision="undecided"), limit=2, near=3)
    assert [row.article for row in some.rows] == [6, 5]
    assert (some.known, some.more) == (2, True), "more than two: three were seen, and not all"


# --- headlines without a text ---------------------------------------------------------------


def test_headlines_of_what_was_never_read_are_found_and_follow_an_edit(db: Db, make: Any) -> None:
    make.article(db, "read", "long text", title="Torkham read")
    lone = make.entry("x", url=None, canonical_url=None, title="طورخم: Torkham refused")
    waiting = make.entry("w", title="Torkham waits")
    feeds.save_poll(db, make.poll(lone, waiting, minutes=5))
    asked = Query(words="torkham").asked
    assert [i.title for i in index.headlines(db, asked)] == [waiting.title, lone.title]
    assert [i.title for i in index.headlines(db, Query(words="طورخم").asked)] == [lone.title]
    edited = make.entry("w", title="Chaman waits", item_hash="other")
    feeds.save_poll(db, make.poll(edited, minutes=6))
    assert [i.title for i in index.headlines(db, asked)] == [lone.title]
    assert [i.title for i in index.headlines(db, Query(words="chaman").asked)] == ["Chaman waits"]


def test_headlines_are_folded_as_the_query_is(db: Db, make: Any) -> None:
    """The trigger folds in SQL what ``fold`` does in Python: they must not part."""
    for number, written in enumerate(["كابل", "مُذاکَرات", "می\u200cشود", "خبرې", "۲۰۲۶", "طالبـان"]):
        entry = make.entry(f"n{number}", url=None, canonical_url=None, title=written)
        feeds.save_poll(db, make.poll(entry, minutes=number))
        assert [i.title for i in index.headlines(db, Query(words=fold(written)).asked)] == [written]


def test_a_headline_is_known_by_its_own_words_and_by_the_page_s(db: Db, make: Any) -> None:
    make.article(db, "a", "text", title="Envoy in Kabul for border talks")
    make.article(db, "b", "text", title="Wheat prices fall")
    (found,) = whereabouts.titled(db, "ENVOY in Kabul, for “border” talks!")
    assert (found.article, found.likeness) == (1, 1.0)
    (near,) = whereabouts.titled(db, "Envoy is in Kabul for border talks today")
    assert near.article == 1
    assert whereabouts.ALIKE <= near.likeness < 1
    assert whereabouts.titled(db, "Headline a")[0].article == 1, "as its feed put it"
    articles.save_text(db, make.text(1, "other", title="Envoy meets traders"), make.at(3))
    assert whereabouts.titled(db, "Envoy in Kabul for border talks")[0].article == 1, "as it was"
    assert whereabouts.titled(db, "Envoy meets traders")[0].likeness == 1.0
    assert whereabouts.titled(db, "Cricket") == []


# --- saved searches -------------------------------------------------------------------------


def test_saved_searches_keep_who_and_when_and_names_are_unique(db: Db, make: Any) -> None:
    one = searches.save(db, name="  Talks ", query="q=talks", by="rida", now=make.at(1))
    again = searches.save(db, name="Talks", query="q=talks", by="omar", now=make.at(2))
    assert one == again, "saving the same twice changes nothing"
    with pytest.raises(StoreError, match="choose another"):
        searches.save(db, name="TALKS", query="q=trade", by="omar", now=make.at(3))
    with pytest.raises(StoreError, match="needs a name"):
        searches.save(db, name=" ", query="q=x", by="omar", now=make.at(3))
    searches.rename(db, one, name="Doha", by="omar", now=make.at(4))
    standing = searches.get(db, one)
    assert standing
    assert (standing.name, standing.by, standing.created_by) == ("Doha", "omar", "rida")
    assert searches.remove(db, one, by="rida", now=make.at(5))
    assert not searches.remove(db, one, by="rida", now=make.at(6))
    assert searches.listed(db) == []
    assert len(searches.history(db, one)) == 3
    assert searches.save(db, name="Doha", query="q=x", by="rida", now=make.at(7)) != one


def test_what_each_person_has_seen_never_goes_back(db: Db, make: Any) -> None:
    one = searches.save(db, name="a", query="q=a", by="rida", now=make.at(1))
    searches.note_seen(db, one, person="rida", article=9, now=make.at(2))
    searches.note_seen(db, one, person="rida", article=4, now=make.at(3))
    assert searches.seen(db, "rida") == {one: 9}
    assert searches.seen(db, "omar") == {}


# --- rescues --------------------------------------------------------------------------------


def balanced(db: Db) -> bool:
    books = ledger.ledger(db)
    parts = books.waiting + books.queued + books.rejected + books.duplicate
    return books.found == parts + sum(books.dropped.values()) + sum(books.failed.values())


def test_a_rescued_article_stays_in_the_queue_whatever_a_later_verdict_says(
    db: Db, make: Any
) -> None:
    rejected = {"route": "reject", "disposition": "rejected", "score": 0.02}
    number = make.judged(db, "a", **rejected)
    line = rescues.queue(db, number, was="rejected", by="rida", now=make.at(5))
    assert line
    assert rescues.queue(db, number, was="rejected", by="rida", now=make.at(6)) is None
    assert [row.article for row in reviews.queue(db)] == [number]
    articles.save_verdicts(db, [make.verdict(number, model="m2", **rejected)], [], make.at(7))
    assert [row.article for row in reviews.queue(db)] == [number]
    assert balanced(db)
    assert rescues.undo(db, line, by="omar", now=make.at(8))
    assert not rescues.undo(db, line, by="omar", now=make.at(9))
    assert reviews.queue(db) == []
    assert ledger.ledger(db).rejected == 1
    assert [(r.what, r.by) for r in rescues.history(db, number)] == [
        ("queued", "rida"), ("undone", "omar"),
    ]  # fmt: skip


def test_what_was_not_rejected_is_not_rescued(db: Db, make: Any) -> None:
    queued = make.judged(db, "a")
    assert rescues.queue(db, queued, was="", by="rida", now=make.at(5)) is None
    waiting = make.article(db, "b")
    assert rescues.queue(db, waiting, was="", by="rida", now=make.at(5)) is None
    with pytest.raises(StoreError, match="no article 99"):
        rescues.retry(db, 99, was="", by="rida", now=make.at(5))


def test_an_address_entered_by_hand_goes_the_way_of_every_item(db: Db, make: Any) -> None:
    make.article(db, "a")
    url = "https://gazette.example/by-hand"
    entered = {"url": url, "canonical_url": url, "title": "", "by": "rida"}
    number = rescues.enter_by_hand(db, **entered, now=make.at(5))
    assert number
    assert rescues.enter_by_hand(db, **entered, now=make.at(6)) is None
    (pending,) = [p for p in articles.pending(db, make.at(6), 9) if p.article == number]
    assert (pending.url, pending.body, pending.outlet) == (url, "page", "entered by hand")
    row = articles.get(db, number)
    assert row
    assert row.outlet == "Gazette", "the outlet whose host it is"
    assert ledger.ledger(db).waiting == 2
    assert balanced(db)
    assert feeds.due(db, make.at(99_999)) == [] or all(
        state.spec.key != rescues.BY_HAND for state in feeds.due(db, make.at(99_999))
    ), "nobody polls it"
    feeds.sync(db, [make.spec()], make.at(7))
    assert ledger.why(db, "https://gazette.example/never", "").feeds == ("gazette",)


def test_another_spelling_of_an_address_leads_to_what_is_known(db: Db, make: Any) -> None:
    make.article(db, "story")
    tried = list(whereabouts.addresses("https://gazette.example/amp/story?page=2"))
    assert whereabouts.known_among(db, tried) is None
    tried = list(whereabouts.addresses("https://gazette.example/amp/story"))
    assert whereabouts.known_among(db, tried) == "https://gazette.example/story"
    bare = list(whereabouts.addresses("https://gazette.example/story?share=x"))
    assert whereabouts.known_among(db, bare) == "https://gazette.example/story"


def test_an_older_store_gets_its_headlines_and_strands_when_it_is_opened(tmp_path: Path) -> None:
    db = Database(tmp_path / "older.db")
    older = [migrate for name, migrate in schema._IN_ORDER if name < "0026"]
    for migrate in older:
        migrate(db)
    db.conn.executescript("""
        INSERT INTO feeds (key, url, outlet, side, language, section, kind, body, note, enabled,
            every_minutes) VALUES ('g', '', 'G', '', 'en', '', 'rss', 'page', '', 1, 15);
        INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,
            next_try_at, version)
            VALUES (1, 'u', 'u', 'h', 'g', 'كابل page', '', '2026-01-01T00:00+00:00', '', 1);
        INSERT INTO items (id, feed, key, item_hash, title, summary, first_seen_at, disposition,
            article, owner)
            VALUES (7, 'g', 'k', 'h', 'كابل item', '', '2026-01-01T00:00+00:00', 'waiting', 1, 1);
        INSERT INTO verdicts (article, version, topic, model, lexicon, score, relevant, topics,
            evidence, route, route_why, probability, disposition, reason_detail, judged_at)
            VALUES (1, 1, 't', 'm', '', 1, 1, '["trade", "talks"]', '', '', '', 1, '', '', '');
        INSERT INTO facets (article, topics, machine, by, at) VALUES (1, '["border"]', '', '', '');
    """)
    searches_to_be(db)
    rows = db.execute("SELECT strand FROM article_strands ORDER BY 1").fetchall()
    assert [row[0] for row in rows] == ["border", "talks", "trade"]
    sql = "SELECT rowid FROM headline_words WHERE headline_words MATCH ? ORDER BY 1"
    assert db.execute(sql, [fold("كابل")]).fetchall() == [(-1,), (7,)]
    db.close()
