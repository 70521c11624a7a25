"""What must hold of an installation that was killed, held against one that never was."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation

UNIQUE = {
    "items": "feed, key",
    "articles": "canonical_url",
    "outbox": "key",
    "versions": "article, version",
    "verdicts": "article, version, topic, model",
}


def fates(here: Installation) -> dict[str, list[tuple[str, str | None]]]:
    """Return what became of each text: which of two copies counts as the first is a race."""
    rows = here.rows("SELECT title, disposition, reason FROM items")
    told = defaultdict(list)
    for row in rows:
        told[row["title"]].append((row["disposition"], row["reason"]))
    return {title: sorted(found, key=str) for title, found in told.items()}


def assert_whole(made_up: Any, here: Installation, whole: Installation, items: int) -> None:
    """Nothing lost, doubled, half or told twice, and every item where it would have been."""
    listed = "SELECT feed, key FROM items ORDER BY 1, 2"
    assert here.rows(listed) == whole.rows(listed)
    assert len(here.rows(listed)) == items
    articles = "SELECT canonical_url FROM articles ORDER BY 1"
    assert here.rows(articles) == whole.rows(articles)
    assert fates(here) == fates(whole)
    texts = "SELECT a.canonical_url, v.version, v.body, v.title FROM versions v"
    texts += " JOIN articles a ON a.id = v.article ORDER BY 1, 2"
    assert here.rows(texts) == whole.rows(texts)
    met = "SELECT f.rule, a.canonical_url FROM firings f JOIN articles a ON a.id = f.article"
    assert here.rows(f"{met} ORDER BY 1, 2") == whole.rows(f"{met} ORDER BY 1, 2")
    assert here.rows("SELECT * FROM firings WHERE open = 1") == [], "somebody was not told"
    told = "SELECT f.rule, a.story, w.way FROM firing_ways w JOIN firings f ON f.id = w.firing"
    told += " JOIN articles a ON a.id = f.article WHERE w.state = 'told'"
    twice = f"SELECT * FROM ({told} GROUP BY 1, 2, 3 HAVING count(DISTINCT w.key) > 1)"  # noqa: S608
    assert here.rows(twice) == [], "a story was told twice for one rule"
    scored = "SELECT a.canonical_url, v.version, v.score, v.model FROM verdicts v"
    scored += " JOIN articles a ON a.id = v.article ORDER BY 1, 2"
    assert here.rows(scored) == whole.rows(scored)
    assert_sound(here)
    with here.store() as db:
        counts = made_up.books(db)
    assert counts.balanced
    assert (counts.found, counts.waiting) == (items, 0)


def assert_sound(here: Installation) -> None:
    """No row twice, none half, no page of the file damaged."""
    for table, unique in UNIQUE.items():
        doubled = f"SELECT {unique} FROM {table} GROUP BY {unique} HAVING count(*) > 1"  # noqa: S608
        assert here.rows(doubled) == []
    assert here.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert here.rows("PRAGMA foreign_key_check") == []


def assert_delivered(here: Installation) -> None:
    """Every message went out, and its file is there once and whole."""
    rows = here.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state")
    (row,) = rows
    assert row["state"] == "sent"
    folder = here.data / "outbox"
    assert len(list(folder.glob("*.txt"))) == row["n"] > 0
    assert list(folder.glob(".*")) == [], "half a file was left"
