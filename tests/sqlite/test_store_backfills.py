"""Backfills: addresses wait in rows, are entered in parts, and stand in books of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store import articles, backfills, entering, feeds
from store.backfills import Address, ListRow
from store.faults import StoreError

if TYPE_CHECKING:
    from store.db import Db


def address(n: int, host: str = "herald.example", **other: Any) -> Address:
    url = f"https://{host}/{n}"
    return Address(url=url, canonical_url=url, title=f"Story {n}", **other)


def begun(db: Db, make: Any, *addresses: Address, name: str = "old") -> None:
    backfills.begin(db, name, [], by="Gul", now=make.T0)
    backfills.add(db, name, addresses)


def test_an_address_counts_once_however_often_it_is_listed(db: Db, make: Any) -> None:
    begun(db, make, *(address(n % 7) for n in range(2_500)))
    row = backfills.get(db, "old")
    assert (row.addresses, row.waiting) == (7, 7)
    backfills.add(db, "old", [address(3), address(8, refused="no")])
    row = backfills.get(db, "old")
    assert (row.waiting, row.bad) == (7, 1)
    assert row.balanced


def test_known_addresses_are_counted_and_make_no_items(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a")))
    before = articles.ledger(db).found
    known = Address(url="https://gazette.example/a", canonical_url="https://gazette.example/a")
    begun(db, make, known, address(1))
    entering.enter_next(db, make.at(1_000), at_once=9)
    row = backfills.get(db, "old")
    assert (row.known, row.entered, row.waiting) == (1, 1, 0)
    assert articles.ledger(db).found == before + 1
    assert row.books.found == 1
    assert row.balanced


def test_they_are_entered_in_parts_and_no_host_takes_them_all(db: Db, make: Any) -> None:
    begun(db, make, *(address(n) for n in range(60)), *(address(n, "b.example") for n in range(9)))
    assert entering.enter_next(db, make.T0, at_once=40, per_host=20) == 29
    assert entering.enter_next(db, make.T0, at_once=40, per_host=20) == 11
    assert entering.enter_next(db, make.T0, at_once=40, per_host=20) == 0, "those wait to be read"


def test_news_that_wait_to_be_read_come_first(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(*(make.entry(f"n{n}") for n in range(60))))
    begun(db, make, address(1))
    assert entering.enter_next(db, make.at(1)) == 0


def test_a_host_of_a_feed_lends_its_outlet_and_any_other_is_called_by_itself(
    db: Db, make: Any
) -> None:
    feeds.sync(db, [make.spec("gazette", side="pakistan", outlet="The Gazette")], make.T0)
    begun(db, make, address(1, "gazette.example"), address(2, "elsewhere.example"))
    entering.enter_next(db, make.T0)
    rows = {row.outlet: row for n in (1, 2) if (row := articles.get(db, n))}
    assert set(rows) == {"The Gazette", "elsewhere.example"}
    assert rows["The Gazette"].feed == "backfill:old/gazette"
    assert rows["The Gazette"].side == "pakistan"
    assert rows["elsewhere.example"].feed == "backfill:old"
    assert {backfills.name_in(row.feed) for row in rows.values()} == {"old"}
    assert not feeds.due(db, make.at(10**6))[1:], "what stands for a backfill is never asked"


def test_a_paused_one_rests_and_the_next_goes_on(db: Db, make: Any) -> None:
    begun(db, make, address(1))
    begun(db, make, address(2), name="other")
    assert backfills.pause(db, "old", paused=True)
    assert not backfills.pause(db, "never", paused=True)
    assert entering.enter_next(db, make.T0) == 1
    assert backfills.get(db, "old").waiting == 1
    assert backfills.get(db, "other").waiting == 0


def test_a_list_is_read_once_or_named_as_failed(db: Db, make: Any) -> None:
    lists = [ListRow(place=f"https://x.example/{n}", kind="sitemap", state="waiting")
             for n in range(2)]  # fmt: skip
    assert backfills.begin(db, "old", lists, by="Gul", now=make.T0)
    assert not backfills.begin(db, "old", lists, by="Gul", now=make.T0)
    one, two = (row.place for row in backfills.lists(db, "old", state="waiting"))
    backfills.read_list(db, "old", one, listed=2, now=make.T0, addresses=[address(1), address(2)])
    backfills.fail_list(db, "old", two, detail="busy", again=True, now=make.T0)
    assert [row.place for row in backfills.lists(db, "old", state="waiting")] == [two]
    backfills.fail_list(db, "old", two, detail="gone", again=False, now=make.T0)
    row = backfills.get(db, "old")
    assert (row.lists_waiting, row.lists_failed, row.waiting, row.done) == (0, 1, 2, False)
    assert backfills.retry_lists(db, "old") == 1
    with pytest.raises(StoreError, match="there is no backfill never"):
        backfills.get(db, "never")


def test_what_waits_is_found_by_its_index_however_long_the_list(db: Db, make: Any) -> None:
    begun(db, make, address(1))
    plan = list(db.query(f"EXPLAIN QUERY PLAN {entering.WAITING}", ["old", 9]))
    assert "backfill_urls_waiting" in plan[0]["detail"]
    assert not any("TEMP B-TREE" in row["detail"] for row in plan)


def test_a_sample_is_the_same_each_time_and_no_step_through_the_list(db: Db, make: Any) -> None:
    begun(db, make, *(address(n) for n in range(900)))
    first = [row["id"] for row in backfills.sample(db, "old", 20)]
    assert first == [row["id"] for row in backfills.sample(db, "old", 20)]
    assert len(set(first)) == 20
    assert len({number % 3 for number in first}) == 3
