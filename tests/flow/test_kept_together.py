"""Sixteen articles in one write are kept as sixteen writes would keep them, each for itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from classifiers.lexicon import load_lexicon
from monitor.articles.keeping import Unit, kept, kept_all
from monitor.edge.overlap import gathered, overlapped
from monitor.edge.worker import WorkerFault
from monitor.model import (
    ArticleText,
    Dating,
    Dropped,
    Fault,
    Fetched,
    FetchFailed,
    Reading,
    Reason,
    When,
)
from monitor.stages import dedupe
from store import articles, feeds, ledger
from store.db import Db, connect, write
from store.faults import StoreFull, StoreLocked
from store.polls import FeedSpec, FoundEntry
from store.sightings import remember
from store.types import Pending
from tests.flow.newsroom import prose

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
LEXICON = load_lexicon()
OUTLETS = ("gazette", "courier", "herald")


@contextmanager
def store(folder: Path) -> Iterator[Db]:
    """A store in which forty articles of three outlets want a text."""
    with closing(connect(folder / "torkham.db")) as db:
        specs = [
            FeedSpec(key=key, url=f"https://{key}.example/feed", outlet=key.title(),
                     side="pakistan", language="en")
            for key in OUTLETS
        ]  # fmt: skip
        feeds.sync(db, specs, NOW)
        with write(db):
            for number in range(40):
                remember(db, OUTLETS[number % 3], [entry(number)], NOW)
        yield db


def entry(number: int) -> FoundEntry:
    url = f"https://{OUTLETS[number % 3]}.example/news/{number}"
    return FoundEntry(
        key=url, item_hash=hashlib.sha256(url.encode()).hexdigest(), guid=url, url=url,
        canonical_url=url, title=f"Headline of {number}", summary=f"Summary of {number}.",
        content_html=None, author=None, published_at=NOW - timedelta(minutes=number),
        published_original=None, language=None,
    )  # fmt: skip


def told(number: int) -> str:
    """A text of its own, or another's: word for word, edited, or with the same last lines."""
    if number % 8 == 7:
        return prose(number - 1, on_topic=True)
    if number % 8 == 5:
        return prose(number - 1, on_topic=True).replace("said", "told us", 2)
    foot = "\nThe TTP claimed the attack on the market in Kabul." if number % 4 == 2 else ""
    return prose(number, on_topic=number % 2 == 0) + foot


def unit(item: Pending) -> Unit:
    """What came of an article: mostly a text; for some a refusal, a fault, nothing, a failure."""
    number = int(item.url.rsplit("/", 1)[1])
    page = Fetched(
        key=str(item.article), url=item.url, final_url=f"{item.url}?read", status=200,
        headers={"content-type": "text/html", "etag": f'"{number}"'},
        body=f"<p>{told(number)}</p>".encode(), fetched_at=NOW,
    )  # fmt: skip
    text = ArticleText(
        title=f"Envoys meet over case {number - number % 8}", body=told(number), author="Gul Bano",
        published=When(at=NOW - timedelta(hours=1), original="an hour ago", source="page"),
        language="en", extractor="a reader 1",
    )  # fmt: skip
    match number:
        case 9:
            return item, page, Dropped(reason=Reason.NOT_ARTICLE, detail="A list.", text=text)
        case 19:
            return item, page, WorkerFault("time", "killed: not done after 30 seconds")
        case 29:
            return item, None, None
        case 39:
            failed = FetchFailed(
                key=page.key, url=page.url, fault=Fault.DEADLINE, detail="late", fetched_at=NOW
            )
            return item, failed, None
    prints = dedupe.fingerprint(text.title, text.body)
    return item, page, Reading(text=text, fingerprints=prints, text_from="page")


def dump(db: Db) -> dict[str, list[Any]]:
    """Every row of every table but those of the full-text index and of chance."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    names = [row[0] for row in db.execute(sql)]
    wanted = [n for n in names if not n.startswith(("words", "sqlite_", "_")) and n != "salts"]
    return {n: sorted(map(repr, db.execute(f'SELECT * FROM "{n}"'))) for n in wanted}  # noqa: S608


def units_of(db: Db) -> list[Unit]:
    return [unit(item) for item in articles.pending(db, NOW, 100)]


@pytest.mark.slow
@pytest.mark.parametrize("together", [2, 7, 16, 40])
def test_a_store_written_in_batches_equals_one_written_singly(
    tmp_path: Path, together: int
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    with store(tmp_path / "one") as one, store(tmp_path / "many") as many:
        units = units_of(one)
        singly = [
            kept(one, *each, NOW, lexicon=LEXICON, keeps=lambda _outlet: True) for each in units
        ]
        batches = [units[at : at + together] for at in range(0, len(units), together)]
        became = [
            what
            for batch in batches
            for what in kept_all(many, batch, NOW, lexicon=LEXICON, keeps=lambda _outlet: True)
        ]
        assert became == singly
        assert {"read", "copy", "headline", "worker", "deadline", "not_article"} <= set(became)
        assert dump(many) == dump(one)
        for word in ("market", "kabul", "orchards"):
            found = [[tuple(r) for r in db.execute(_INDEXED, [word])] for db in (one, many)]
            assert found[0] == found[1]


_INDEXED = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"


def found_by_word(db: Db, article: int) -> bool:
    """Whether every text of the outlets leads to this article."""
    words = [row[0] for row in db.execute(_INDEXED, ["envoys AND case"])]
    return article in words


def test_words_are_indexed_together_whatever_the_order_of_the_numbers(tmp_path: Path) -> None:
    with store(tmp_path) as db:
        units = [each for each in units_of(db)[:9] if isinstance(each[2], Reading)]
        kept_all(db, [*reversed(units)], NOW, lexicon=LEXICON)
        assert all(found_by_word(db, item.article) for item, _, _ in units)
        parts = db.execute("SELECT count(DISTINCT segid) FROM words_idx").fetchone()[0]
        assert parts == 1, "each part of the index must be merged with the others later"


def test_a_text_and_its_edit_in_one_write_leave_the_words_of_the_edit(tmp_path: Path) -> None:
    with store(tmp_path) as db:
        [(item, page, made), *_] = [each for each in units_of(db) if isinstance(each[2], Reading)]
        assert isinstance(made, Reading)
        text = replace(made.text, body="Quite another text on zithers. " * 30)
        prints = dedupe.fingerprint(text.title, text.body)
        edit = replace(made, text=text, fingerprints=prints)
        kept_all(db, [(item, page, made), (item, page, edit)], NOW, lexicon=LEXICON)
        first = made.text.body.split()[0]
        found = [[r[0] for r in db.execute(_INDEXED, [w])] for w in ("zithers", f'"{first}"')]
        assert found == [[item.article], []]


def broken(db: Db, which: int) -> tuple[list[Unit], Pending]:
    """Ten units, one of which cannot be kept once half of it was written."""
    units = units_of(db)[:10]
    item, outcome, made = units[which]
    assert isinstance(made, Reading)
    odd = Dating(published=None, flag=None)  # type: ignore[arg-type]  # refused after text and index
    units[which] = (item, outcome, replace(made, dating=odd))
    return units, item


def test_one_that_cannot_be_kept_costs_itself_alone(tmp_path: Path) -> None:
    with store(tmp_path) as db:
        units, bad = broken(db, 4)
        became = kept_all(db, units, NOW, lexicon=LEXICON)
        assert became.count("other") == 1
        assert became[4] == "other"
        rows = {row[0]: row[1:] for row in db.execute("SELECT id, version, attempts FROM articles")}
        assert rows[bad.article] == (0, 1), "tried once, nothing of it left, to be tried again"
        for item, _, made in units:
            texts = articles.versions(db, item.article)
            assert len(texts) == (0 if item.article == bad.article else 1)
            read = isinstance(made, Reading) and item.article != bad.article
            assert found_by_word(db, item.article) == read
        counts = ledger.ledger(db)
        assert counts.found == 40


def test_what_breaks_before_the_write_costs_itself_alone(tmp_path: Path) -> None:
    with store(tmp_path) as db:
        units = units_of(db)[:6]
        item, outcome, made = units[2]
        assert isinstance(made, Reading)
        units[2] = (item, outcome, replace(made, text=replace(made.text, body=None)))  # type: ignore[arg-type]
        became = kept_all(db, units, NOW, lexicon=LEXICON)
        assert became[2] == "other"
        assert set(became[:2] + became[3:]) <= {"read", "copy"}


@pytest.mark.parametrize("trouble", [StoreFull, StoreLocked])
def test_trouble_of_the_store_ends_the_job_and_leaves_all_or_nothing(
    tmp_path: Path, trouble: type[Exception]
) -> None:
    with store(tmp_path) as db:
        units = units_of(db)[:8]
        before = dump(db)

        def keeps(_outlet: str) -> bool:
            raise trouble("no more")

        # The store's own trouble is no fault of an item, wherever it shows.
        with pytest.raises(trouble):
            kept_all(db, units, NOW, lexicon=LEXICON, keeps=keeps)
        assert dump(db) == before
        assert len(articles.pending(db, NOW, 100)) == 40


# --- what is ready at the same moment -----------------------------------------------------------


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def some(number: int) -> Future[int] | None:
    return None if number % 5 == 0 else done(number)


def test_what_is_gathered_is_what_overlaps_in_the_same_order() -> None:
    units = list(range(50))
    plain = [*overlapped(units, some)]
    heaps = [*gathered(units, some, together=8)]
    assert [one for heap in heaps for one in heap] == plain
    assert [len(heap) for heap in heaps] == [8, 8, 8, 8, 8, 8, 2]


def test_nothing_waits_for_a_source_that_has_nothing() -> None:
    given: list[int] = []

    def source() -> Iterator[int | None]:
        yield from (1, 2, 3)
        assert given == [], "three are fewer than sixteen, and more may come"
        yield None
        assert given == [1, 2, 3], "a moment brought none: what there is is kept"
        yield 4

    for heap in gathered(source(), done):
        given += [number for number, _ in heap]
    assert given == [1, 2, 3, 4]


def test_a_stop_leaves_nothing_that_was_finished() -> None:
    asked = iter(range(100))

    def stopped() -> bool:
        return next(asked) > 6

    heaps = [*gathered(range(50), done, together=16, stopped=stopped)]
    numbers = [number for heap in heaps for number, _ in heap]
    assert numbers == list(range(len(numbers)))
    assert 0 < len(numbers) < 50
