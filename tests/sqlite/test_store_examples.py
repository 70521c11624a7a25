"""One example and what one article says are found by their key, however large the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from store import feeds, imports, judged, quotes, reviews
from store.db import Db
from store.learned import Label
from store.lineage import QuoteFacts
from store.sql import write


@pytest.fixture
def room(db: Db, make: Any) -> Db:
    feeds.sync(db, [make.spec()], make.T0)
    return db


def imported(name: str, **other: Any) -> Label:
    cells: dict[str, Any] = {
        "id": name, "title": "An essay", "body": "On roads.", "outlet": "Review", "language": "en",
        "side": None, "relevant": True, "origin": "seed", "by": "R.",
        "at": datetime(2026, 1, 1, tzinfo=UTC), "url": "https://review.example/1",
    }  # fmt: skip
    return Label(**(cells | other))


def test_an_example_comes_with_its_text_whatever_brought_it(room: Db, make: Any) -> None:
    number = make.judged(room, "a")
    imports.add(room, [imported("import:7"), imported("import:8", relevant=False)])
    held = judged.example(room, "import:7")
    assert held is not None
    assert (held.title, held.body, held.origin, held.relevant) == (
        "An essay", "On roads.", "seed", True
    )  # fmt: skip
    against = judged.example(room, "import:8")
    assert against is not None
    assert against.relevant is False
    reviewed = judged.example(room, f"article:{number}")
    assert reviewed is not None
    assert (reviewed.origin, reviewed.outlet) == ("review", "Gazette")
    assert reviewed.body


def test_an_undone_decision_no_longer_makes_an_example_relevant(room: Db, make: Any) -> None:
    number = make.judged(room, "a")
    reviews.decide(room, article=number, answer="relevant", by="R.", now=make.at(5))
    before = judged.example(room, f"article:{number}")
    reviews.undo(room, article=number, by="R.", now=make.at(6))
    after = judged.example(room, f"article:{number}")
    assert before is not None
    assert after is not None
    assert (before.relevant, before.by) == (True, "R.")
    assert after.relevant is False


@pytest.mark.parametrize(
    "name",
    ["", "import:none", "article:", "article:x", "article:99", "article:" + "9" * 40, "seed"],
)
def test_what_is_not_held_is_none(room: Db, name: str) -> None:
    assert judged.example(room, name) is None


def test_the_quotes_of_an_article_come_in_the_order_of_its_text(room: Db, make: Any) -> None:
    mine, other = make.judged(room, "a"), make.judged(room, "b")
    said = [
        QuoteFacts(
            mark=f"m{start}", speaker="A. Speaker", office="minister", speaker_side="pakistan",
            words=words, sentence=words, start=start, said_on=None, resolved="beside",
        )
        for start, words in ((90, "the second thing"), (10, "the first thing"))
    ]  # fmt: skip
    source = {"outlet": "Gazette", "side": "pakistan", "title": "T", "told_at": None}
    with write(room):
        quotes.replace_quotes(room, {"article": mine}, 1, said, source, make.T0)
        quotes.replace_quotes(room, {"article": other}, 1, said[:1], source, make.T0)
    told = [row.facts.words for row in quotes.of_article(room, mine)]
    assert told == ["the first thing", "the second thing"]
    with write(room):
        quotes.replace_quotes(room, {"article": mine}, 2, said[1:], source, make.T0)
    assert len(quotes.of_article(room, mine)) == 1, "what an edit took out is quoted no more"


def test_neither_looks_through_the_whole_store(room: Db) -> None:
    sql = "SELECT q.* FROM quotes q WHERE q.article = ? AND q.gone = 0 ORDER BY q.start, q.id"
    plan = " ".join(row[-1] for row in room.execute(f"EXPLAIN QUERY PLAN {sql}", (1,)))
    assert "SEARCH q USING INDEX quotes_article" in plan
