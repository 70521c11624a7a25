"""Builders for the store's tests: a small newsroom in a real file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store import articles, feeds
from store.db import Db, connect
from store.messages import Outgoing
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow

ROOT = Path(__file__).resolve().parents[2]
T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class Make:
    """Records with sensible values; keyword arguments replace them."""

    T0 = T0

    @staticmethod
    def at(minutes: float = 0) -> datetime:
        return T0 + timedelta(minutes=minutes)

    @staticmethod
    def spec(key: str = "gazette", **other: Any) -> FeedSpec:
        cells: dict[str, Any] = {
            "key": key,
            "url": f"https://{key}.example/feed",
            "outlet": key.title(),
            "side": "pakistan",
            "language": "en",
        }
        return FeedSpec(**(cells | other))

    @staticmethod
    def entry(name: str = "a", **other: Any) -> FoundEntry:
        cells: dict[str, Any] = {
            "key": name,
            "item_hash": f"hash-{name}",
            "guid": name,
            "url": f"https://gazette.example/{name}?utm=1",
            "canonical_url": f"https://gazette.example/{name}",
            "title": f"Headline {name}",
            "summary": f"Summary {name}",
            "content_html": None,
            "author": None,
            "published_at": T0,
            "published_original": "Mon, 02 Mar 2026 11:00:00 +0500",
            "language": "en",
        }
        return FoundEntry(**(cells | other))

    @classmethod
    def poll(
        cls, *entries: FoundEntry, feed: str = "gazette", minutes: float = 0, **other: Any
    ) -> PollRecord:
        state = other.pop("state", None) or FeedState(
            spec=cls.spec(feed), polls=1, condition="ok", next_poll_at=cls.at(minutes + 15)
        )
        cells: dict[str, Any] = {
            "state": state,
            "at": cls.at(minutes),
            "outcome": "ok",
            "listed": len(entries),
            "found": entries,
        }
        return PollRecord(**(cells | other))

    @staticmethod
    def text(article: int, body: str = "The border reopened.", **other: Any) -> StoredText:
        digest = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:16]
        words = body.split()
        cells: dict[str, Any] = {
            "article": article,
            "title": f"Title {article}",
            "body": body,
            "author": None,
            "language": "en",
            "published_at": None,
            "published_original": None,
            "published_source": "first_seen",
            "extractor": "test 1",
            "text_from": "page",
            "text_hash": digest,
            "title_key": f"title {article}",
            "scheme": "words 1",
            "sketch": tuple(sorted({hash_of(word) for word in words})[:24]),
        }
        return StoredText(**(cells | other))

    @staticmethod
    def verdict(article: int, version: int = 1, **other: Any) -> VerdictRow:
        cells: dict[str, Any] = {
            "article": article,
            "version": version,
            "topic": "pak-afg-ttp",
            "model": "cold",
            "lexicon": "lex 1",
            "score": 0.9,
            "relevant": True,
            "topics": ("border",),
            "evidence": "{}",
            "route": "queue",
            "route_why": "above the threshold",
            "probability": 1.0,
            "disposition": "queued",
        }
        return VerdictRow(**(cells | other))

    @staticmethod
    def message(key: str = "digest:2026-03-02:mail", **other: Any) -> Outgoing:
        cells: dict[str, Any] = {
            "key": key,
            "kind": "digest",
            "channel": "mail",
            "subject": "News",
            "text": "One story.",
            "html": None,
            "created_at": T0,
        }
        return Outgoing(**(cells | other))

    @classmethod
    def article(cls, db: Db, name: str = "a", body: str | None = None, **other: Any) -> int:
        """Poll one entry, save its text, and return the article's number."""
        feeds.save_poll(db, cls.poll(cls.entry(name), minutes=other.pop("minutes", 0)))
        number = articles.why(db, f"https://gazette.example/{name}", "").items[0].article
        assert number is not None
        articles.save_text(
            db, cls.text(number, body or f"A text about {name}.", **other), cls.at(1)
        )
        return number

    @classmethod
    def judged(cls, db: Db, name: str = "a", body: str | None = None, **verdict: Any) -> int:
        """Make an article and judge it."""
        number = cls.article(db, name, body)
        articles.save_verdicts(db, [cls.verdict(number, **verdict)], [], cls.at(2))
        return number

    @staticmethod
    def contents(db: Db) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table, the index's own tables too."""
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        tables = [row[0] for row in db.execute(names)]
        return {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}  # noqa: S608


def hash_of(word: str) -> int:
    """Return an unsigned 64-bit hash, as sketches hold them."""
    return int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8])


@pytest.fixture(scope="session")
def maker() -> type[Make]:
    return Make


@pytest.fixture
def make(maker: type[Make]) -> type[Make]:
    return maker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "torkham.db"


@pytest.fixture
def db(path: Path, empty_store: Path) -> Iterator[Db]:
    shutil.copyfile(empty_store, path)
    opened = connect(path)
    yield opened
    opened.close()


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python program of our own beside the test; none outlives it."""
    running: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        running.append(child)
        return child

    yield start
    for child in running:
        child.kill()
        child.communicate()
