"""Editions of the digest, and texts that nobody wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from store import articles, editions, feeds, outbox, search, verdicts
from store.db import Db, connect
from store.messages import Edition, Outgoing
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)


def edition(page: str) -> Edition:
    return Edition(
        day_on=DAY, made_at=NOW, since_at=NOW - timedelta(days=1), until_at=NOW,
        title="Torkham, 4 March", page=page,
    )  # fmt: skip


def message(text: str) -> Outgoing:
    return Outgoing(
        key=f"digest:{DAY}:outbox", kind="digest", channel="outbox", subject="Torkham",
        text=text, html=None, created_at=NOW, day_on=DAY,
    )  # fmt: skip


def test_a_day_is_told_once_with_its_messages(tmp_path: Path) -> None:
    """A second edition of a day changes nothing, neither the page nor the messages."""
    db = connect(tmp_path / "t.db")
    assert editions.last_on(db) is None
    assert editions.put(db, edition("first"), [message("first")])
    assert not editions.put(db, edition("second"), [message("second")])

    kept = editions.get(db, DAY)
    assert kept is not None
    assert (kept.page, kept.since_at) == ("first", NOW - timedelta(days=1))
    assert [row.message.text for row in outbox.recent(db)] == ["first"]
    assert editions.last_on(db) == DAY
    assert editions.recent(db) == [kept]


def found(number: int) -> FoundEntry:
    url = f"https://lantern.example/{number}"
    return FoundEntry(
        key=url, item_hash=url, guid=url, url=url, canonical_url=url, title=f"Story {number}",
        summary="", content_html=None, author=None, published_at=None, published_original=None,
        language="en",
    )  # fmt: skip


def judged(db: Db, article: int, to: str) -> None:
    body = f"marigold number {article} in a long enough body"
    articles.save_text(
        db,
        StoredText(
            article=article, title=f"Story {article}", body=body, author=None, language="en",
            published_at=None, published_original=None, published_source="first_seen",
            extractor="t", text_from="page", text_hash=str(article), title_key=str(article),
            scheme="s", sketch=(),
        ),
        NOW,
    )  # fmt: skip
    row = VerdictRow(
        article=article, version=1, topic="t", model="m", lexicon="l", score=0.5, relevant=True,
        topics=(), evidence="{}", route="queue" if to == "queued" else "reject", route_why="",
        probability=1.0, disposition="queued" if to == "queued" else "rejected",
    )  # fmt: skip
    verdicts.save_verdicts(db, [row], [], NOW)


def test_old_texts_nobody_wanted_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """The rejected article keeps its headline and its place; the queued one keeps its text."""
    db = connect(tmp_path / "t.db")
    spec = FeedSpec(key="f", url="https://lantern.example/f", outlet="L", side="world",
                    language="en")  # fmt: skip
    feeds.sync(db, [spec], NOW)
    record = PollRecord(
        state=FeedState(spec=spec), at=NOW, outcome="ok", found=(found(1), found(2))
    )
    feeds.save_poll(db, record)
    judged(db, 1, "rejected")
    judged(db, 2, "queued")

    assert articles.forget_texts(db, NOW) == 0, "first seen at that instant is not before it"
    assert articles.forget_texts(db, NOW + timedelta(days=1)) == 1
    assert articles.forget_texts(db, NOW + timedelta(days=1)) == 0

    first, second = articles.text(db, 1), articles.text(db, 2)
    assert first is not None
    assert second is not None
    assert (first.title, first.body) == ("Story 1", "")
    assert "marigold" in second.body
    assert [row.article for row in search.search(db, "marigold")] == [2]
    assert articles.ledger(db).rejected == 1
