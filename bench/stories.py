"""Does finding an article's story, or its original, cost more in an old archive than in a new one?

    make bench-stories ARGS="[--archive 1000000] [--articles 300] [--per-day 548]"

Two stores, one with a thousand articles and one with a million, seen at the same pace up to the
same instant: the small one is two days old, the large one five years. Then the same new articles
are placed in both, in turn: their words read, candidates looked up, the story decided, the rows
written (`retelling.place`); and their originals looked for (`copies.similar`). Sketches and rows
of the index are generated as news makes them: words by Zipf's law, every other article tells an
event that others tell within two days, one in ten is a copy. Texts are not stored.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.figures import Figure, options, presented
from monitor.articles import retelling
from monitor.articles.keeping import COPY_WINDOW
from monitor.articles.retelling import Telling
from store import copies, feeds
from store.db import Db, connect
from store.polls import FeedSpec
from store.sql import run_many, write

END = datetime(2026, 6, 1, tzinfo=UTC)
SMALL = 1_000
VOCABULARY = 40_000
OUTLETS = 40
SKETCH = 48
EVENT_SPAN = timedelta(days=2)
MOST = 1.5  # the large store may cost so many times the small one


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A generated article: what its story is found by, and its sketch."""

    telling: Telling
    sketch: tuple[int, ...]


class Press:
    """Prints articles one after the other at an even pace, the same ones for the same seed."""

    def __init__(self, seed: int, per_day: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.pace = timedelta(days=1) / per_day
        ranks = np.arange(1, VOCABULARY + 1)
        self.upto = np.cumsum(1 / ranks) / (1 / ranks).sum()
        self.words = [f"w{n:x}" for n in range(VOCABULARY)]
        self.events: list[tuple[datetime, Sequence[str], Made]] = []

    def article(self, number: int, at: datetime, *, copies: bool = True) -> Made:
        """Return the article of that number, printed at that instant."""
        background = [
            self.words[min(n, VOCABULARY - 1)]
            for n in np.searchsorted(self.upto, self.chance.random(170))
        ]
        told = self._event(at)
        own = list(told[0]) if told else self._new_words()
        if told and copies and self.chance.random() < 0.2:
            made = replace(told[1].telling, article=number, at=at, outlet=self._outlet())
            return Made(telling=made, sketch=told[1].sketch)
        self.chance.shuffle(own)
        body = " ".join([*own, *background[:90], *own[:10], *background[90:]])
        sketch = tuple(int(v) for v in np.sort(self.chance.integers(0, 2**63, SKETCH)))
        telling = Telling(
            article=number, at=at, title=" ".join(own[:8]), body=body, concepts=(), sketch=sketch,
            outlet=self._outlet(), copy_of=None,
        )  # fmt: skip
        made_now = Made(telling=telling, sketch=sketch)
        if not told:
            self.events.append((at, own, made_now))
        return made_now

    def _event(self, at: datetime) -> tuple[Sequence[str], Made] | None:
        """Return an event of these days to be told again, every other time."""
        while self.events and self.events[0][0] < at - EVENT_SPAN:
            self.events.pop(0)
        if not self.events or self.chance.random() < 0.5:
            return None
        _, own, made = self.events[int(self.chance.integers(len(self.events)))]
        return own, made

    def _new_words(self) -> list[str]:
        """Return the words of a new event: places and people in the news, and words of its own."""
        names = [self.words[n] for n in self.chance.integers(200, 6_000, 20)]
        return [*names, *(f"N{n:x}" for n in self.chance.integers(0, 2**24, 8))]

    def _outlet(self) -> str:
        return f"outlet {self.chance.integers(OUTLETS)}"


# --- an archive -----------------------------------------------------------------------------

_ARTICLE = """
INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at, state,
    next_try_at, outcome, disposition, version, text_from, text_hash, title_key, scheme, sketch,
    sketched, judged_model, story)
VALUES (?, ?, ?, 'h', 'f', 't', '', ?, 'text', '', 'rejected', 'rejected', 1, 'page', ?, '', 's',
    ?, ?, 'm', ?)
"""


def built(path: Path, number: int, per_day: int) -> Db:
    """Return a store with so many articles, the last of them seen at END."""
    db = connect(path)
    spec = FeedSpec(key="f", url="https://f.example/", outlet="F", side="pakistan", language="en")
    feeds.sync(db, [spec], END)
    pace = timedelta(days=1) / per_day
    recent = min(number, int(COPY_WINDOW / pace))
    db.conn.execute("PRAGMA synchronous = OFF")
    with write(db):
        run_many(db, _ARTICLE, list(_old(number - recent, number, pace)))
        db.conn.execute(
            "INSERT INTO stories (id, first_at, last_at, members)"
            " SELECT story, first_seen_at, first_seen_at, 1 FROM articles WHERE story IS NOT NULL"
        )
    _fill(db, Press(7, per_day), number - recent, number, pace)
    db.conn.execute("ANALYZE")
    return db


def _old(upto: int, number: int, pace: timedelta) -> Iterator[tuple[object, ...]]:
    """Yield the rows of articles whose sketches and terms are forgotten."""
    for n in range(1, upto + 1):
        url = f"https://f.example/{n}"
        yield (n, url, url, _stamp(END - pace * (number - n)), f"hash {n}", "[]", 0, n)


def _fill(db: Db, press: Press, begin: int, number: int, pace: timedelta) -> None:
    """Add the articles of the last weeks with sketches; those of the last days with stories."""
    for start in range(begin, number, 500):
        with write(db):
            for n in range(start + 1, min(start + 500, number) + 1):
                at = END - pace * (number - n)
                _add(db, press.article(n, at), at, placed=at > END - retelling.WINDOW)


def _add(db: Db, made: Made, at: datetime, *, placed: bool) -> None:
    n = made.telling.article
    url = f"https://f.example/{n}"
    sketch = "[" + ",".join(map(str, made.sketch)) + "]"
    row = (n, url, url, _stamp(at), f"hash {n}", sketch, 1, None if placed else n)
    run_many(db, _ARTICLE, [row])
    copies.replace_sketch(db, n, "[]", made.sketch, _stamp(at))
    if placed:
        retelling.place(db, made.telling, at)
    else:
        db.conn.execute(
            "INSERT INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 1)",
            (n, _stamp(at), _stamp(at)),
        )


def _stamp(at: datetime) -> str:
    return at.isoformat()


# --- measuring ------------------------------------------------------------------------------


def timed(db: Db, made: Made, number: int) -> tuple[float, float]:
    """Return the milliseconds of placing an article, and of looking for its original."""
    at = made.telling.at
    began = time.perf_counter()
    copies.similar(db, made.sketch, f"hash {number}", since=at - COPY_WINDOW, exclude=number)
    looked = time.perf_counter() - began
    url = f"https://f.example/{number}"
    with write(db):
        run_many(db, _ARTICLE, [(number, url, url, _stamp(at), f"hash {number}", "[]", 0, None)])
        began = time.perf_counter()
        retelling.place(db, replace(made.telling, article=number), at)
        placed = time.perf_counter() - began
    return placed * 1000, looked * 1000


def measured(small: Db, large: Db, count: int, archive: int, per_day: int) -> list[list[float]]:
    """Return the milliseconds of placing and looking, small and large, article by article."""
    press = Press(11, per_day)
    rows: list[list[float]] = []
    for n in range(count):
        made = press.article(n, END + press.pace * n)
        figures: list[float] = []
        turns = [(small, SMALL), (large, archive)]
        for db, size in turns if n % 2 else reversed(turns):
            figures = [*timed(db, made, size + n + 1), *figures] if db is small else [
                *figures, *timed(db, made, size + n + 1)]  # fmt: skip
        rows.append(figures)
    return rows


def report(rows: Sequence[Sequence[float]], archive: int) -> Iterator[Figure]:
    """Print the medians; yield their ratios."""
    warm = rows[len(rows) // 10 :]
    columns = [[row[at] for row in warm] for at in range(4)]
    placed, looked, placed_large, looked_large = map(statistics.median, columns)
    print(f"{'':34}{SMALL:>12,}{archive:>12,}   ratio")
    for name, one, two in (
        ("placing in a story, ms", placed, placed_large),
        ("looking for the original, ms", looked, looked_large),
    ):
        print(f"{name:34}{one:12.3f}{two:12.3f}{two / one:8.2f}")
        yield Figure(
            name=f"{name.removesuffix(', ms')}, {archive:,} archived beside {SMALL:,}",
            value=two / one, low=two / one, high=two / one, unit="times", aim=MOST, better="less",
            data=f"{len(warm)} articles", command="make bench-stories",
            beside=f"{one:.2f} and {two:.2f} ms",
        )  # fmt: skip
    slow = [statistics.quantiles(columns[at], n=20)[-1] for at in (0, 2)]
    print(f"{'placing, 95 in 100 are below, ms':34}{slow[0]:12.3f}{slow[1]:12.3f}")


def main() -> None:
    """Measure and print; the figures say when the large one costs too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=int, default=1_000_000)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--per-day", type=int, default=548)
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: figures(asked))


def figures(asked: argparse.Namespace) -> Iterator[Figure]:
    """Build both stores, measure, print, and yield what the large one costs beside the small."""
    archive = min(asked.archive, 100_000) if asked.quick else asked.archive
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with (
            closing(built(Path(folder) / "small.db", SMALL, asked.per_day)) as small,
            closing(built(Path(folder) / "large.db", archive, asked.per_day)) as large,
        ):
            print(f"built in {time.monotonic() - began:.0f} s")
            rows = measured(small, large, asked.articles, archive, asked.per_day)
    yield from report(rows, archive)


if __name__ == "__main__":
    main()
