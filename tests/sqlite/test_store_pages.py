"""Kept pages: a row each, a file each, and books that count every one."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from store import articles, feeds, pages, removals, rereads
from store.faults import StoreError

if TYPE_CHECKING:
    from store.db import Db


@pytest.fixture
def held(db: Db, make: Any) -> Db:
    """Twelve articles with a text each; every third is queued, every third is rejected."""
    names = [f"n{at}" for at in range(12)]
    feeds.save_poll(db, make.poll(*(make.entry(name) for name in names)))
    for article in range(1, 13):
        articles.save_text(db, make.text(article, f"Body of {article}."), make.T0)
        kind = article % 3
        if kind < 2:
            route = ("queue", "reject")[kind]
            told = ("queued", "rejected")[kind]
            row = make.verdict(article, route=route, disposition=told)
            articles.save_verdicts(db, [row], [], make.T0)
    return db


def page(make: Any, name: str = "a", **other: Any) -> pages.Page:
    url = f"https://gazette.example/{name}"
    cells: dict[str, Any] = {
        "source": "page", "url": url, "final_url": url, "status": 200,
        "headers": {"etag": f'"{name}"', "content-type": "text/html"}, "fetched_at": make.T0,
    }  # fmt: skip
    return pages.page(f"<p>{name}</p>".encode() * 50, **(cells | other))


def on_disk(db: Db) -> int:
    return sum(path.is_file() for path in pages.folder(db).rglob("*.gz"))


def test_a_page_comes_back_byte_for_byte_and_one_a_version_is_kept(held: Db, make: Any) -> None:
    first = page(make)
    assert pages.keep(held, 3, first)
    assert pages.keep(held, 3, page(make, "b"))
    (row,) = pages.of_article(held, 3)
    assert pages.body(held, row) == b"<p>a</p>" * 50
    assert row.etag == '"b"', "what to ask by is that of the last answer"
    assert (row.size, row.trial) == (400, True)
    assert row.stored < row.size
    articles.save_text(held, make.text(3, "An edited body."), make.at(9))
    pages.keep(held, 3, page(make, "c"))
    assert [one.version for one in pages.of_article(held, 3)] == [1, 2]
    assert pages.get(held, 3) == pages.of_article(held, 3)[1]
    assert pages.balanced(pages.space(held))


def test_two_articles_of_one_page_share_its_file_until_both_let_go(held: Db, make: Any) -> None:
    for article in (1, 3):
        pages.keep(held, article, page(make))
    assert on_disk(held) == 1
    pages.settle(held, make.at(1))
    assert on_disk(held) == 1
    removals.request(held, 3, by="Gul", why="asked", now=make.at(2))
    assert on_disk(held) == 0
    assert pages.balanced(pages.space(held))


def test_what_is_undecided_waits_on_and_the_record_outlives_the_page(held: Db, make: Any) -> None:
    for article in range(1, 13):
        pages.keep(held, article, page(make, str(article)))
    assert pages.settle(held, make.at(1)) == 4
    books = {what: one.n for what, one in pages.space(held).items() if one.n}
    assert books == {"taken": 12, "trial": 4, "kept": 4, "unwanted": 4}
    assert pages.expire(held, make.at(1)) == 4
    assert on_disk(held) == 4
    row = pages.get(held, 3)
    assert row is not None
    assert (row.stored, len(row.sha256)) == (0, 64)
    assert pages.body(held, row) is None


def test_an_outlet_with_days_of_its_own_is_let_be_by_the_others(held: Db, make: Any) -> None:
    pages.keep(held, 3, page(make))
    pages.settle(held, make.at(1))
    assert pages.expire(held, make.at(1), outlets=["Gazette"]) == 0
    assert pages.expire(held, make.at(1), outlets=["Herald"], inside=True) == 0
    assert pages.expire(held, make.at(1), outlets=["Gazette"], inside=True) == 1


def test_whatever_happens_to_pages_the_books_balance(held: Db, make: Any) -> None:
    """A long life in any order: kept, edited, settled, expired, removed, fetched once more."""
    draw = random.Random(7)  # noqa: S311 - the same life on every run
    for at in range(120):
        article = draw.randint(1, 12)
        match draw.randint(0, 5):
            case 0 | 1:
                pages.keep(held, article, page(make, str(draw.randint(1, 9))))
            case 2:
                articles.save_text(held, make.text(article, f"Edit {at}."), make.at(at))
            case 3:
                pages.settle(held, make.at(draw.choice([-9, 9])))
            case 4:
                pages.expire(held, make.at(draw.choice([-9, 9])))
            case 5 if at > 60:
                removals.request(held, article, by="Gul", why="asked", now=make.at(at))
        books = pages.space(held)
        assert pages.balanced(books), (at, books)
        rows = [one for n in range(1, 13) for one in pages.of_article(held, n)]
        assert books["kept"].n + books["trial"].n == sum(one.stored > 0 for one in rows)
        assert on_disk(held) == len({one.sha256 for one in rows if one.stored})
    assert pages.sweep(held) == 0


def test_a_disk_that_refuses_the_file_leaves_the_record(held: Db, make: Any) -> None:
    pages.folder(held).write_text("no folder can stand here")
    assert not pages.keep(held, 3, page(make))
    row = pages.get(held, 3)
    assert row is not None
    assert row.stored == 0
    assert articles.text(held, 3) is not None


# --- removed texts --------------------------------------------------------------------------


def test_a_removed_text_leaves_its_hash_its_reason_and_its_place(held: Db, make: Any) -> None:
    before = articles.text(held, 3)
    books = articles.ledger(held)
    line = removals.request(held, 3, by="Gul", why="The author asked", now=make.at(5))
    after = articles.text(held, 3)
    assert before is not None
    assert after is not None
    assert (after.body, after.text_hash, after.title) == ("", before.text_hash, before.title)
    assert (after.removed_by, after.removed_why) == ("Gul", "The author asked")
    assert articles.ledger(held) == books
    assert removals.recent(held) == [line]
    with pytest.raises(StoreError, match="there is no article 99"):
        removals.request(held, 99, by="Gul", why="x", now=make.at(5))


def test_a_text_nobody_wanted_says_when_and_why_it_went(held: Db, make: Any) -> None:
    assert articles.forget_texts(held, make.at(9), outlets=["Gazette"]) == 0
    assert articles.forget_texts(held, make.at(9)) == 8
    text = articles.text(held, 1)
    assert text is not None
    assert text.removed_why == "Nobody wanted it, and it was past its time."
    assert articles.text(held, 3).body  # type: ignore[union-attr] # it was queued


# --- readings -------------------------------------------------------------------------------

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def test_only_what_is_wanted_is_scheduled_and_once(held: Db, make: Any) -> None:
    assert rereads.schedule(held, [DAY, WEEK], make.at(1)) == 4
    assert rereads.schedule(held, [DAY, WEEK], make.at(2)) == 0
    assert rereads.schedule(held, [], make.at(2)) == 0
    assert {row[0] for row in rereads.due(held, make.T0 + DAY, 99)} == {3, 6, 9, 12}
    assert rereads.due(held, make.T0 + DAY - timedelta(minutes=1), 99) == []


def test_one_answer_settles_all_that_was_due_and_leaves_what_is_to_come(
    held: Db, make: Any
) -> None:
    rereads.schedule(held, [DAY, WEEK], make.at(1))
    now = make.T0 + DAY
    rereads.answer(held, 3, outcome="same", now=now)
    assert [one.outcome for one in rereads.of_article(held, 3)] == ["same", ""]
    late = make.T0 + 2 * WEEK
    rereads.answer(held, 6, outcome="gone", now=late, status=410, detail="gone")
    assert [one.outcome for one in rereads.of_article(held, 6)] == ["gone", "gone"]
    assert {one.article for one in rereads.told_since(held, make.T0)} == {6}
    rereads.postpone(held, 9, late + DAY, detail="busy", now=late)
    assert 9 not in {row[0] for row in rereads.due(held, late, 99)}
    assert (9, 1, True) in rereads.due(held, late + DAY, 99)


def test_what_a_tick_asks_is_answered_by_an_index(held: Db, make: Any) -> None:
    """So it costs the same at a thousand articles and at a million."""
    for sql, index in (
        (rereads.QUEUED, "articles_queued"),
        (rereads.DECIDED, "articles_decided"),
        (rereads.DUE, "rereads_due"),
    ):
        given = {"since": "", "now": "~", "limit": 9}
        asked = {name: value for name, value in given.items() if f":{name}" in sql}
        plan = [row["detail"] for row in held.query(f"EXPLAIN QUERY PLAN {sql}", asked)]
        assert index in plan[0], plan
        assert not any(detail.startswith("SCAN a") for detail in plan), plan


def test_a_wanted_page_is_pressed_when_its_trial_ends_and_comes_back_the_same(
    held: Db, make: Any
) -> None:
    draw = random.Random(5)  # noqa: S311
    body = " ".join(draw.choice(("kabul", "market", "<p>", "river")) for _ in range(9_000)).encode()
    cells: dict[str, Any] = {
        "source": "page", "url": "u", "final_url": "u", "status": 200, "headers": {},
        "fetched_at": make.T0,
    }  # fmt: skip
    for article in (3, 6, 4):  # two that are queued have the same page, one is rejected
        assert pages.keep(held, article, pages.page(body, **cells))
    (before,) = pages.of_article(held, 3)
    assert pages.settle(held, make.at(1)) == 1
    for article in (3, 6):
        (row,) = pages.of_article(held, article)
        assert row.stored < before.stored
        assert row.stored == pages.place(held, row.sha256).stat().st_size
        assert pages.body(held, row) == body
    books = pages.space(held)
    assert pages.balanced(books)
    assert (books["kept"].n, books["kept"].stored) == (2, 2 * row.stored)
    assert pages.keep(held, 9, pages.page(body, **cells)), "the same page of another article"
    assert pages.of_article(held, 9)[0].stored == row.stored, "the pressed file stays"
