"""The books balance after every step of any history, and nothing is found twice."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from store import articles, days, feeds, reviews
from store import search as index
from store.db import connect
from store.sql import fetch, one

NAMES = st.sampled_from(["a", "b", "c", "d"])
FEEDS = st.sampled_from(["gazette", "herald"])
ANSWERS = st.sampled_from(["relevant", "not_relevant", "unsure", "skip"])
SUMS = (
    (
        "SELECT disposition, reason, n FROM ledger_sums WHERE n <> 0",
        """SELECT disposition, coalesce(reason, '') AS reason, count(*) AS n FROM items
        GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    ("SELECT n FROM grand_sums WHERE what = 'items'", "SELECT count(*) AS n FROM items"),
    (
        "SELECT n FROM grand_sums WHERE what = 'accepted'",
        "SELECT count(*) AS n FROM articles WHERE decision = 'relevant' AND copy_of IS NULL",
    ),
    (
        "SELECT hour, judged, queued FROM judged_hours WHERE judged <> 0 OR queued <> 0",
        """SELECT substr(judged_at, 1, 13) AS hour, count(*) AS judged,
            sum(route = 'queue') AS queued
        FROM verdicts WHERE id IN (SELECT min(v.id)
            FROM verdicts v JOIN articles a ON a.id = v.article
            WHERE a.copy_of IS NULL GROUP BY v.article)
        GROUP BY 1 ORDER BY 1""",
    ),
)


class Newsroom(RuleBasedStateMachine):
    """Any order of polls, texts, copies, failures, verdicts, decisions and undos."""

    make: Any = None
    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "torkham.db"
        shutil.copy(self.template, path)
        self.db = connect(path)
        self.db.execute("PRAGMA synchronous = OFF")
        self.minute = 0.0
        self.shown: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def now(self) -> Any:
        self.minute += 1
        return self.make.at(self.minute)

    def twice(self, write: Any) -> None:
        """Write, write again, and see that the second time changed nothing."""
        first = write()
        before = self.make.contents(self.db)
        again = write()
        assert self.make.contents(self.db) == before
        if isinstance(first, int):
            assert again == first

    def pick(self, at: int) -> int:
        return at % int(one(self.db, "SELECT count(*) FROM articles")) + 1

    def any_articles(self) -> bool:
        return bool(one(self.db, "SELECT count(*) FROM articles"))

    @rule(
        feed=FEEDS, names=st.lists(NAMES, max_size=4), edit=st.integers(0, 2), refuse=st.booleans()
    )
    def poll(self, feed: str, names: list[str], edit: int, refuse: bool) -> None:
        self.minute += 1
        entries = [self.make.entry(n, item_hash=f"{n}{edit}", title=f"T {n} {edit}") for n in names]
        if refuse:
            entries.append(self.make.entry("bad", canonical_url=None, refused="bad_url"))
        record = self.make.poll(*entries, feed=feed, minutes=self.minute)
        self.twice(lambda: feeds.save_poll(self.db, record).known * 0)
        self.shown |= {(feed, entry.key) for entry in entries}

    @precondition(any_articles)
    @rule(at=st.integers(0, 9), body=st.integers(0, 3), copy_of=st.none() | st.integers(0, 9))
    def read(self, at: int, body: int, copy_of: int | None) -> None:
        number, now = self.pick(at), self.now()
        original = None if copy_of is None else self.pick(copy_of)
        text = self.make.text(
            number, f"word{body}of{number} and more",
            copy_of=original if original != number else None,
            copy_how="near_text" if original != number else None,
        )  # fmt: skip
        self.twice(lambda: articles.save_text(self.db, text, now))

    @precondition(any_articles)
    @rule(at=st.integers(0, 9), final=st.booleans())
    def fail(self, at: int, final: bool) -> None:
        number, now = self.pick(at), self.now()
        again = None if final else self.make.at(self.minute + 5)
        self.twice(
            lambda: articles.save_failure(
                self.db, number, fault="busy", detail="503", next_try_at=again, now=now
            )
        )

    @precondition(any_articles)
    @rule(at=st.integers(0, 9))
    def drop(self, at: int) -> None:
        number, now = self.pick(at), self.now()
        self.twice(lambda: articles.drop(self.db, number, reason="too_short", detail="", now=now))

    @rule(
        route=st.sampled_from(["queue", "sample", "reject"]), model=st.sampled_from(["cold", "m2"])
    )
    def judge(self, route: str, model: str) -> None:
        now = self.now()
        to = {"queue": "queued", "sample": "queued", "reject": "rejected"}[route]
        rows = [
            self.make.verdict(u.article, u.version, model=model, route=route, disposition=to)
            for u in articles.unjudged(self.db, model, 2)
        ]
        self.twice(lambda: articles.save_verdicts(self.db, rows, [], now))
        assert not {r.article for r in rows} & {
            u.article for u in articles.unjudged(self.db, model, 99)
        }

    @precondition(any_articles)
    @rule(at=st.integers(0, 9), answer=ANSWERS, with_copies=st.booleans())
    def decide(self, at: int, answer: Any, with_copies: bool) -> None:
        number, now = self.pick(at), self.now()
        self.twice(
            lambda: reviews.decide(
                self.db, article=number, answer=answer, by="rida", now=now, with_copies=with_copies
            )
        )
        row = articles.get(self.db, number)
        assert row is not None
        assert row.decision == answer

    @precondition(any_articles)
    @rule(at=st.integers(0, 9))
    def undo(self, at: int) -> None:
        number = self.pick(at)
        standing = self.standing(number)
        undone = reviews.undo(self.db, article=number, by="rida", now=self.now())
        assert undone == bool(standing)
        row = articles.get(self.db, number)
        assert row is not None
        assert row.decision == (standing[-2] if len(standing) > 1 else None)

    def standing(self, number: int) -> list[Any]:
        lines = reviews.history(self.db, number)
        gone = {line.undoes for line in lines}
        return [line.answer for line in lines if line.answer and line.id not in gone]

    @invariant()
    def the_books_balance(self) -> None:
        books = articles.ledger(self.db)
        parts = books.waiting + books.queued + books.rejected + books.duplicate
        parts += sum(books.dropped.values()) + sum(books.failed.values())
        assert books.found == parts == len(self.shown)

    @invariant()
    def what_is_summed_is_what_counting_everything_gives(self) -> None:
        for kept, counted in SUMS:
            assert fetch(self.db, kept) == fetch(self.db, counted)
        assert days.whole(self.db)[1]

    @invariant()
    def each_article_has_one_owner_that_shares_its_fate(self) -> None:
        for row in fetch(
            self.db,
            "SELECT a.id, a.disposition, a.reason, count(i.id) AS owners, i.disposition AS item,"
            " i.reason AS why FROM articles a LEFT JOIN items i ON i.article = a.id AND i.owner = 1"
            " GROUP BY a.id",
        ):
            assert row["owners"] == 1
            assert (row["item"], row["why"]) == (row["disposition"], row["reason"])

    @invariant()
    def every_other_sighting_is_a_duplicate(self) -> None:
        others = (
            "SELECT DISTINCT disposition, reason FROM items WHERE owner = 0 AND article IS NOT NULL"
        )
        found = {(row["disposition"], row["reason"]) for row in fetch(self.db, others)}
        assert found <= {("duplicate", "same_url")}

    @invariant()
    def no_copy_of_a_copy_and_no_copy_in_the_queue(self) -> None:
        chained = (
            "SELECT count(*) FROM articles a JOIN articles o ON o.id = a.copy_of"
            " WHERE o.copy_of IS NOT NULL OR o.id = a.id"
        )
        assert one(self.db, chained) == 0
        waiting = reviews.queue(self.db, limit=99)
        assert all(row.copy_of is None and row.decision is None for row in waiting)
        assert len(waiting) == reviews.queue_size(self.db)

    @invariant()
    def what_is_decided_or_queued_is_never_lost_to_a_rejection(self) -> None:
        lost = (
            "SELECT count(*) FROM articles"
            " WHERE decision IS NOT NULL AND disposition IN ('waiting', 'rejected')"
        )
        assert one(self.db, lost) == 0

    @invariant()
    def the_index_knows_the_latest_texts_and_no_older_ones(self) -> None:
        latest = {
            row["id"]: row["word"]
            for row in fetch(
                self.db,
                "SELECT a.id, substr(v.body, 1, instr(v.body, ' ') - 1) AS word FROM articles a"
                " JOIN versions v ON v.article = a.id AND v.version = a.version",
            )
        }
        for number, word in latest.items():
            for body in range(4):
                found = [row.article for row in index.search(self.db, f"word{body}of{number}")]
                assert found == ([number] if word == f"word{body}of{number}" else [])


@pytest.mark.slow
def test_the_books_balance_whatever_happens(tmp_path: Path, make: Any) -> None:
    Newsroom.make = make
    Newsroom.template = tmp_path / "template.db"
    template = connect(Newsroom.template)
    feeds.sync(template, [make.spec("gazette"), make.spec("herald")], make.T0)
    template.execute("PRAGMA journal_mode = delete")
    template.close()
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
