"""Every query of a tick or of the queue is answered by its index, and stays so as tables grow."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from store import (
    articles,
    feeds,
    grounds,
    judged,
    ledger,
    outbox,
    packing,
    reviews,
    thinning,
    verdicts,
)
from store.db import Db, connect, tend
from store.sql import add_rows, write


def plan(db: Db, sql: str, params: Any) -> str:
    return "\n".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", params))


@pytest.fixture(params=["young", "grown"], scope="module")
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """Hold one article, or thousands and what SQLite has learned of their distribution."""
    make = request.getfixturevalue("maker")
    db = connect(tmp_path_factory.mktemp("plans") / "torkham.db")
    feeds.sync(db, [make.spec(f"f{n}") for n in range(60)], make.T0)
    make.judged(db, "first")
    if request.param == "grown":
        fill(db, make, 5500)
    tend(db)
    learned = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
    assert learned.fetchone()[0] == (request.param == "grown")
    yield db
    db.close()


def fill(db: Db, make: Any, count: int) -> None:
    start = db.execute("SELECT max(id) FROM articles").fetchone()[0] + 1
    rows = [
        {
            "id": number,
            "canonical_url": f"https://x.example/{number}",
            "url": "",
            "host": "x.example",
            "feed": "gazette",
            "title": f"T {number}",
            "summary": "",
            "first_seen_at": make.at(number).isoformat(),
            "next_try_at": make.at(number).isoformat(),
            "state": "found" if number % 40 == 0 else "text",
            "outcome": "rejected",
            "disposition": "rejected",
            "version": 1,
            "judged_model": "" if number % 50 == 0 else "cold",
            "score": (number * 7919 % 1000) / 1000,
            "route": "queue" if number % 100 == 0 else "reject",
        }
        for number in range(start, start + count)
    ]
    with write(db):
        add_rows(db, "articles", rows)
        add_rows(db, "verdicts", [verdict(number) for number in range(start, start + count)])
        db.execute(
            "INSERT INTO version_rows (article, version, title, body, extractor, text_from,"
            " text_hash, seen_at) SELECT id, 1, title, '', '', 'page', id, '' FROM articles"
            " WHERE id >= ?",
            (start,),
        )
        db.execute("UPDATE articles SET verdict = id WHERE id >= ?", (start,))


def verdict(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "article": number,
        "version": 1,
        "topic": "pak-afg-ttp",
        "model": "cold",
        "lexicon": "",
        "score": 0.5,
        "relevant": 0,
        "topics": "[]",
        "evidence": "{}",
        "route": "reject",
        "route_why": "",
        "probability": 1.0,
        "disposition": "rejected",
        "reason_detail": "",
        "judged_at": "",
    }


@pytest.mark.parametrize(
    ("name", "sql", "params"),
    [
        ("feeds_due", feeds.DUE, {"now": "2026", "limit": 9}),
        ("articles_pending", articles.PENDING, {"now": "2026", "limit": 9}),
        ("articles_judged", verdicts.UNJUDGED, {"model": "", "since": "", "limit": 9}),
        ("outbox_lane", outbox.FIRST_OF_LANE, {"lane": "team", "due": "2026"}),
        ("articles_queue", reviews.queue_sql([], waiting_only=True), [50]),
        ("articles_queue", reviews.queue_sql(["f.outlet = ?"], waiting_only=True), ["x", 50]),
        ("articles_routed", reviews.queue_sql([], waiting_only=False), [50]),
    ],
)
def test_a_due_query_reads_its_index_in_order_and_sorts_nothing(
    grown: Db, name: str, sql: str, params: Any
) -> None:
    found = plan(grown, sql, params)
    assert f"INDEX {name}" in found
    assert "TEMP B-TREE" not in found
    assert set(re.findall(r"SCAN (\w+)", found)) <= {"a"}


def test_finding_the_models_that_judged_reads_one_index_entry_each(grown: Db) -> None:
    found = plan(grown, verdicts._MODELS, ())
    assert "SCAN articles" not in found
    assert found.count("articles_judged") == 2


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_queue_costs_the_same_at_400_000_articles(db: Db, make: Any) -> None:
    """Printed with -s: microseconds for the first page at each size."""
    make.judged(db, "first")
    costs: dict[int, float] = {}
    for size in (5_000, 400_000):
        fill(db, make, size - db.execute("SELECT count(*) FROM articles").fetchone()[0])
        rounds = []
        for _ in range(30):
            began = time.process_time()
            assert len(reviews.queue(db, limit=50)) == 50
            rounds.append(time.process_time() - began)
        costs[size] = sorted(rounds)[15] * 1e6
    print({size: round(cost) for size, cost in costs.items()})  # noqa: T201
    assert costs[400_000] < 3 * costs[5_000]


@pytest.mark.parametrize(
    ("name", "sql", "params"),
    [
        ("version_rows_loose", packing._LOOSE, ("2026", 9)),
        ("packs_words", packing._OLDER, (2,)),
        ("verdicts_loose", grounds._SAID, ("2026", 9)),
        ("items_thick", thinning._THICK, ("2026", 9)),
        ("items_heavy", thinning._HTML, ("2026", 9)),
    ],
)
def test_what_the_night_looks_for_is_found_without_reading_what_it_did_before(
    grown: Db, name: str, sql: str, params: Any
) -> None:
    found = plan(grown, sql, params)
    assert f"INDEX {name}" in found
    assert not re.findall(r"SCAN (?!json)\w+", found)


def test_an_address_is_found_by_index_whoever_holds_it(grown: Db) -> None:
    found = plan(grown, ledger._AT_URL, {"canonical": "https://x/1", "raw": "https://x/1?a"})
    assert not re.findall(r"SCAN (?:items|articles|[inpo])\b", found), found


def test_first_answers_are_walked_from_the_newest_and_no_archive_is_read(grown: Db) -> None:
    found = plan(grown, judged._FIRST_ANSWERS, {"since": "2026", "most": 9})
    assert not re.findall(r"SCAN (?:articles|verdicts|[acev])\b", found), found
    assert "articles_copies" in found


def test_first_answers_are_not_all_sorted_where_answers_look_rare(db: Db) -> None:
    """As they do at 162,000 decisions: SQLite counts two thousand of a kind and guesses on."""
    with write(db):
        db.execute("ANALYZE")
        db.execute("DELETE FROM sqlite_stat1 WHERE tbl IN ('decisions', 'articles')")
        add_rows(
            db, "sqlite_stat1",
            [
                {"tbl": "decisions", "idx": "decisions_answer", "stat": "162420 2001 1"},
                {"tbl": "articles", "idx": "articles_copies", "stat": "85504 1"},
                {"tbl": "articles", "idx": "articles_seen", "stat": "1000000 10"},
            ],
        )  # fmt: skip
    db.execute("ANALYZE sqlite_schema")
    found = plan(db, judged._FIRST_ANSWERS, {"since": "", "most": 9})
    assert "TEMP B-TREE" not in found, found


def test_reading_a_text_through_the_view_is_one_look_up(grown: Db) -> None:
    found = plan(grown, articles._VERSIONS, (7,))
    assert not re.findall(r"SCAN (?:version_rows|packs|p|w)\b", found), found
