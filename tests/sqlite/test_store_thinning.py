"""What an old item only repeats of its article goes, and every reader still has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from store import articles, feeds, thinning
from store.db import Db
from store.sql import fetch, one, write


def later(make: Any) -> Any:
    return make.at(60 * 24 * 400)


def test_an_item_reads_the_same_with_and_without_its_own_address(db: Db, make: Any) -> None:
    number = make.judged(db)
    was = articles.sightings(db, number)
    with write(db):
        thinning.thicken(db, number)
    assert articles.sightings(db, number) == was
    assert one(db, "SELECT count(*) FROM items WHERE url IS NULL") == 0
    assert thinning.thin(db, make.at(9_999) + timedelta(days=900)) == 1
    assert articles.sightings(db, number) == was
    assert one(db, "SELECT count(*) FROM items WHERE url IS NULL") == 1


def test_the_html_of_a_feed_goes_when_its_text_is_old_and_not_before(db: Db, make: Any) -> None:
    number = make.judged(db)
    feeds.save_poll(db, make.poll(make.entry("b"), minutes=3))  # its page is not read yet
    with write(db):
        db.execute("UPDATE items SET content_html = '<p>x</p>'")
    assert thinning.forget_html(db, make.T0 - timedelta(days=9)) == 0
    assert thinning.forget_html(db, later(make)) == 1
    assert thinning.forget_html(db, later(make)) == 0
    [left] = fetch(db, "SELECT article FROM items WHERE content_html IS NOT NULL")
    assert left["article"] != number


def test_an_item_whose_html_was_forgotten_still_has_its_address(db: Db, make: Any) -> None:
    """It was lost to the list of sightings, and to the poll that sees the entry again."""
    entry = make.entry("a")
    number = make.judged(db, "a")
    with write(db):
        db.execute("UPDATE items SET content_html = '<p>Trucks waited.</p>'")
    was = articles.sightings(db, number)
    assert was[0].url
    thinning.thin(db, later(make))
    assert thinning.forget_html(db, later(make)) == 1
    assert articles.sightings(db, number) == was
    feed = was[0].feed
    [again] = thinning.by_page(db, feed, [entry.canonical_url])
    assert (again["url"], again["canonical_url"]) == (entry.url, entry.canonical_url)
    assert thinning.by_key(db, feed, [again["key"]]) == [again]
    with write(db):
        thinning.thicken(db, number)
    assert one(db, "SELECT url FROM items") == entry.url
