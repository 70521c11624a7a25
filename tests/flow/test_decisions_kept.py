"""What people decided is never lost, and can be taken back to the byte."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classifiers import registry
from monitor.inquiry.unlearning import learn_anew, take_back
from store import articles, corpus, feeds, reviews
from store.db import Db, connect
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow
from tests.flow.forge import Forge

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom
    from tests.scorecard import Figure

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
HEARD = (
    *("traders", "elders", "teachers", "drivers", "growers", "wardens", "masons", "weavers"),
    *("bread", "wells", "wool", "lamps", "roads", "glass", "onions", "ferries", "bridges"),
)


# --- a corpus of two subjects ---------------------------------------------------------------


def told(number: int) -> tuple[str, str]:
    """Return a title and a text; the odd ones are of the border, the even ones of the market."""
    draw = random.Random(number)  # noqa: S311 - the same words each time
    of = (
        "Torkham crossing and the talks in Kabul" if number % 2 else "market and the price of bread"
    )
    words = " ".join(draw.choices(HEARD, k=30))
    return f"Report {number} of the {of}", f"What was said of the {of}: {words}."


def filled(path: Path, count: int) -> list[int]:
    """Fill a store with so many judged articles, all queued, and return their numbers."""
    with closing(connect(path)) as db:
        spec = FeedSpec(key="a", url="https://a.example/feed", outlet="A", side="pakistan",
                        language="en")  # fmt: skip
        feeds.sync(db, [spec], NOW - timedelta(days=2))
        state = FeedState(spec=spec, condition="ok")
        found = tuple(entry(n) for n in range(count))
        feeds.save_poll(
            db, PollRecord(state=state, found=found, listed=count, outcome="ok", at=NOW)
        )
        waiting = articles.pending(db, NOW, count)
        for number, one in enumerate(waiting):
            articles.save_text(db, text(one.article, number), NOW)
        articles.save_verdicts(db, [verdict(one.article) for one in waiting], [], NOW)
        return [one.article for one in waiting]


def entry(n: int) -> FoundEntry:
    url = f"https://a.example/{n}"
    return FoundEntry(
        key=f"k{n}", item_hash=f"h{n}", guid=None, url=url, canonical_url=url, title=told(n)[0],
        summary="", content_html=None, author=None, published_at=NOW, published_original="",
        language="en",
    )  # fmt: skip


def text(article: int, n: int) -> StoredText:
    title, body = told(n)
    return StoredText(
        article=article, title=title, body=body, author=None, language="en", published_at=NOW,
        published_original="", published_source="feed", extractor="a test", text_from="page",
        text_hash=f"{n:032}", title_key=title.casefold(), scheme="bottom-k 1", sketch=(n,),
    )  # fmt: skip


def verdict(article: int) -> VerdictRow:
    return VerdictRow(
        article=article, version=1, topic="pak_afg_ttp", model="blend-cold-1", lexicon="1",
        score=0.9, relevant=True, topics=("talks",), evidence="{}", route="queue",
        route_why="at or above the threshold", probability=1.0, disposition="queued", reason=None,
        threshold=0.1, calibrated=False,
    )  # fmt: skip


@dataclass
class Ticking:
    """A clock that goes on by a second each time it is asked."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def state_of(db: Db) -> dict[str, Any]:
    """Return what the judgement learns from, and the bytes of what judges."""
    learn_anew(db, trainer=registry.trainer(), clock=Ticking(), why="a test")
    live = corpus.live_model(db)
    assert live
    labels = [(one.id, one.relevant, one.by, one.title) for one in corpus.labels(db)]
    return {"labels": sorted(labels), "model": live.id, "bytes": live.artifact}


def lines_of(db: Db) -> list[dict[str, Any]]:
    return [dict(row) for row in db.query("SELECT * FROM decisions ORDER BY id")]


# --- taken back -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.row(38)
def test_two_hundred_labels_somebody_flipped_are_rolled_back_to_the_byte(
    tmp_path: Path, empty_store: Path, figure: Figure
) -> None:
    """The labels, the log as it was, and the very model; while they stood it was another."""
    path = tmp_path / "flipped.db"
    shutil.copyfile(empty_store, path)
    numbers = filled(path, 220)
    with closing(connect(path)) as db:
        for n in numbers:
            reviews.decide(db, article=n, answer=answer(n), by="Rabia", now=NOW)
        before, log = state_of(db), lines_of(db)
        later = NOW + timedelta(days=1)
        for n in numbers[:200]:
            reviews.decide(db, article=n, answer=answer(n + 1), by="Omar", now=later)
        flipped = state_of(db)
        assert flipped["labels"] != before["labels"]
        assert flipped["model"] != before["model"]
        done = take_back(
            db, person="Omar", since=later, until=later + timedelta(hours=1), by="Adeela",
            trainer=registry.trainer(), clock=Ticking(later),
        )  # fmt: skip
        assert done["undone"] == 200
        assert state_of(db) == before
        assert lines_of(db)[: len(log)] == log, "no line of the log was changed"
        assert len(lines_of(db)) == len(log) + 400, "and none was taken away"
    figure(f"200 flipped labels rolled back: labels and model {before['model'][-12:]} as before")


def answer(n: int) -> Any:
    return "relevant" if n % 2 else "not_relevant"


@pytest.mark.row(38)
def test_fifty_decisions_are_undone_to_what_stood_before_each(
    tmp_path: Path, empty_store: Path, figure: Figure
) -> None:
    """Of some nothing stood before, of others an answer, a note and copies of it."""
    path = tmp_path / "undone.db"
    shutil.copyfile(empty_store, path)
    numbers = filled(path, 50)
    with closing(connect(path)) as db:
        for n in numbers[::2]:
            reviews.decide(db, article=n, answer="unsure", by="Rabia", now=NOW, note="See again")
        before = standing(db)
        for n in numbers:
            reviews.decide(db, article=n, answer=answer(n), by="Omar", now=NOW)
        assert standing(db) != before
        for n in numbers:
            assert reviews.undo(db, article=n, by="Omar", now=NOW)
        assert standing(db) == before
        again = [reviews.undo(db, article=n, by="Omar", now=NOW) for n in numbers[1::2]]
        assert not any(again), "where nothing stands nothing is undone"
    figure("50 of 50 undos lead back to what stood before")


def standing(db: Db) -> list[tuple[Any, ...]]:
    rows = db.query("SELECT id, decision, decided_by, decided_at FROM articles ORDER BY id")
    queued = [row.article for row in reviews.queue(db, limit=100)]
    return [*(tuple(row.values()) for row in map(dict, rows)), tuple(queued)]


# --- kill -9 while people decide ------------------------------------------------------------

PEOPLE = 3


@dataclass
class Answered:
    """What the desk said it had recorded: the note of each decision, and the article."""

    notes: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    refused: Counter[int] = field(default_factory=Counter)


def decide_on(port: int, article: int, person: str, told: Answered) -> None:
    """Decide on one article again and again, until the desk is gone."""
    with (
        suppress(OSError, http.client.HTTPException),
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as desk,
    ):
        desk.request("GET", f"/api/articles/{article}")
        seen = json.loads(desk.getresponse().read())
        line, version = seen["standing"], seen["version"]
        while True:
            note = f"{person} {told.asked}"
            sent = {"answer": answer(told.asked), "standing": line, "version": version}
            told.asked += 1
            desk.request(
                "POST", f"/api/articles/{article}/decision", json.dumps(sent | {"note": note}),
                {"content-type": "application/json"},
            )  # fmt: skip
            said = desk.getresponse()
            body = json.loads(said.read())
            if said.status != 200:
                told.refused[said.status] += 1
                return
            told.notes[note] = article
            line = body["line"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
@pytest.mark.row(38)
@pytest.mark.timeout(300)
def test_fifty_kills_of_a_desk_lose_no_decision_that_was_answered(
    newsroom: Newsroom, forge: Forge, install: Callable[[str], Installation], figure: Figure
) -> None:
    """Three people decide as fast as they can; the desk is killed in the middle, fifty times."""
    newsroom.fill(1, 1)
    here = install("decided")
    here.configure()
    (here.folder / "data").mkdir(exist_ok=True)
    numbers = filled(here.folder / "data" / "torkham.db", 30)
    forge.warm(here.folder, newsroom.port, "desk", "")
    draw = random.Random(38)  # noqa: S311 - the moments differ with the machine anyway
    kept: dict[str, int] = {}
    asked = 0
    for kill in range(50):
        for one in killed_desk(here, forge, newsroom.port, numbers, draw, kill):
            assert not one.refused, one.refused
            kept |= one.notes
            asked += one.asked
    with closing(connect(here.folder / "data" / "torkham.db")) as db:
        rows = db.query("SELECT note, article FROM decisions WHERE note != ''")
        there = Counter((row["note"], row["article"]) for row in rows)
        assert {one["quick_check"] for one in db.query("PRAGMA quick_check")} == {"ok"}
    lost = [note for note, article in kept.items() if (note, article) not in there]
    assert lost == []
    assert set(there.values()) == {1}, "and none is there twice"
    assert len(there) <= len(kept) + 50 * PEOPLE, "beyond those, at most what was under way"
    assert len(kept) > 200, "the desk is to be killed at work"
    figure(f"0 of {len(kept):,} answered decisions lost in 50 kills of a desk at work")


def killed_desk(
    here: Installation, forge: Forge, feeds_at: int, numbers: list[int], draw: random.Random,
    kill: int,
) -> list[Answered]:  # fmt: skip
    """Start a desk, let people decide, kill it; return what it told each of them."""
    port = free_port()
    run = forge.start(here.folder, feeds_at, "desk", str(port))
    ends = time.monotonic() + 60
    while not listens(port):
        assert run.at_work(), "the desk ended before it listened"
        assert time.monotonic() < ends
        time.sleep(0.005)
    told = [Answered() for _ in range(PEOPLE)]
    enough, later = draw.randint(4, 12), draw.uniform(0, 0.02)
    people = [
        threading.Thread(target=decide_on, args=(port, article, f"{kill}-{n}", told[n]))
        for n, article in enumerate(draw.sample(numbers, PEOPLE))
    ]
    for person in people:
        person.start()
    while sum(len(one.notes) for one in told) < enough and any(p.is_alive() for p in people):
        time.sleep(0.001)
    time.sleep(later)
    run.kill()
    for person in people:
        person.join(30)
    assert run.ended().status == -9
    return told
