"""How long does a search take, and does it grow with the archive?

    make bench-search ARGS="[--sizes 1000,10000,100000] [--runs 15] [--keep FOLDER]"

Stores of made-up articles: words by Zipf's law, "pakistan" in nine texts of ten, forty outlets of
which the smallest has three articles, three in a hundred decided, a tag on forty. Each kind of
query is asked so many times as the desk asks it: rows, the pieces of text beside them, and how many
there are. Printed are the median and the 95th percentile of the time that passed, and the median of
the processor's, in milliseconds: on an idle machine they agree.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Curve, options, presented
from classifiers.lexicon import load_lexicon
from monitor.inquiry.spelling import Spellings
from store import excerpts, feeds, search, whereabouts
from store.db import Db, connect
from store.polls import FeedSpec
from store.search import Query
from store.sql import one, run, run_many, write

END = datetime(2026, 6, 1, tzinfo=UTC)
OUTLETS = 40
RAREST = "Outlet 39"
VOCABULARY = 40_000
WORDS = 320
NAMES = (
    ("Pakistan", 0.9), ("Afghanistan", 0.45), ("talks", 0.3), ("Kabul", 0.25), ("Taliban", 0.2),
    ("TTP", 0.1), ("Tehreek-e-Taliban Pakistan", 0.03), ("تحریک طالبان پاکستان", 0.03),
    ("Torkham crossing", 0.02), ("cricket", 0.05), ("پاکستان", 0.1), ("Spin Boldak", 0.002),
)  # fmt: skip
STRANDS = ("talks", "border", "militancy", "strikes", "refugees", "trade", "diplomacy")


# --- an archive -----------------------------------------------------------------------------


class Press:
    """Prints articles, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        ranks = np.arange(1, VOCABULARY + 1)
        self.upto = np.cumsum(1 / ranks) / (1 / ranks).sum()
        self.words = np.array([f"word{n:x}" for n in range(VOCABULARY)])
        shares = 1 / np.arange(1, OUTLETS)
        self.outlets = np.cumsum(shares) / shares.sum()

    def body(self) -> str:
        """Return the words of an article, with the names it speaks of among them."""
        drawn = np.searchsorted(self.upto, self.chance.random(WORDS))
        words = self.words[np.minimum(drawn, VOCABULARY - 1)].tolist()
        for name, share in NAMES:
            if self.chance.random() < share:
                words.insert(int(self.chance.integers(len(words))), name)
        return " ".join(words)

    def outlet(self, number: int, total: int) -> int:
        """Return the outlet of an article; the rarest has three, far apart."""
        if number in {total // 10, total // 3, total // 2}:
            return OUTLETS - 1
        return int(np.searchsorted(self.outlets, self.chance.random()))


_ARTICLE = """
INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at, state,
    next_try_at, outcome, disposition, version, text_from, text_hash, language, genre, score,
    verdict, route, judged_model, decision, decided_by, decided_at, sketch)
VALUES (?, ?, ?, 'h', ?, ?, ?, ?, 'text', '', ?, ?, 1, 'page', ?, ?, ?, ?, ?, ?, 'm', ?, ?, ?, ?)
"""
_VERSION = """
INSERT INTO version_rows (article, version, title, body, extractor, text_from, text_hash, seen_at)
VALUES (?, 1, ?, ?, 'b', 'page', ?, '')
"""
_VERDICT = """
INSERT INTO verdicts (id, article, version, topic, model, lexicon, score, relevant, topics,
    evidence, route, route_why, probability, disposition, reason_detail, judged_at)
VALUES (?, ?, 1, 'pak_afg_ttp', 'm', '', ?, 0, ?, ?, ?, '', 1, ?, '', '')
"""
_ITEM = """
INSERT INTO items (id, feed, key, item_hash, url, canonical_url, title, summary, first_seen_at,
    disposition, reason, article, owner) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?)
"""
Rows = list[tuple[Any, ...]]


def built(path: Path, total: int) -> Db:
    """Return a store with so many articles."""
    db = connect(path)
    specs = [
        FeedSpec(key=f"f{n}", url=f"https://f{n}.example/", outlet=f"Outlet {n}", language="en",
                 side="pakistan" if n % 2 else "afghanistan")
        for n in range(OUTLETS)
    ]  # fmt: skip
    feeds.sync(db, specs, END)
    db.conn.execute("PRAGMA synchronous = OFF")
    press = Press(7)
    for start in range(1, total + 1, 2_000):
        with write(db):
            _put(db, press, range(start, min(start + 2_000, total + 1)), total)
    db.conn.execute("ANALYZE")
    return db


def _put(db: Db, press: Press, numbers: Sequence[int], total: int) -> None:
    made: dict[str, Rows] = {"a": [], "v": [], "j": [], "i": [], "w": [], "t": []}
    for n in numbers:
        _print(press, n, total, made)
    run_many(db, _ARTICLE, made["a"])
    run_many(db, _VERSION, made["v"])
    run_many(db, _VERDICT, made["j"])
    run_many(db, _ITEM, made["i"])
    run_many(db, "INSERT INTO tagged (article, tag) VALUES (?, ?)", made["t"])
    run_many(db, "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", made["w"])
    run(db, "UPDATE articles SET verdict = id WHERE id BETWEEN ? AND ?", (numbers[0], numbers[-1]))


def _print(press: Press, n: int, total: int, made: Mapping[str, Rows]) -> None:
    at = (END - timedelta(minutes=3) * (total - n)).isoformat()
    body, drawn = press.body(), press.chance.random(6)
    title = " ".join(body.split()[:9])
    score = round(float(drawn[0]) ** 3, 4)
    route = "queue" if score > 0.5 else "reject"
    fate = "queued" if route == "queue" else "rejected"
    answer = None if drawn[1] > 0.03 else "relevant" if drawn[2] > 0.4 else "not_relevant"
    feed, url = f"f{press.outlet(n, total)}", f"https://f.example/{n}"
    language = "ur" if drawn[3] < 0.15 else "ps" if drawn[3] < 0.17 else "en"
    strand = STRANDS[int(drawn[4] ** 2 * len(STRANDS))]
    genre = "op_ed" if drawn[5] < 0.04 else "report"
    made["a"].append((
        n, url, url, feed, title, "A summary. " * 12, at, fate, fate, f"hash {n}", language, genre,
        score, None, route, answer, "rida" if answer else None, at if answer else None,
        str(list(range(48))),
    ))  # fmt: skip
    made["v"].append((n, title, body, f"hash {n}"))
    made["j"].append((n, n, score, f'["{strand}"]', "{}" + " " * 900, route, fate))
    made["i"].append((n, feed, str(n), str(n), url, url, title, at, fate, None, n, 1))
    made["w"].append((n, title, search.fold(body)))
    if n % max(1, total // 40) == 0:
        made["t"].append((n, "to quote"))
    if n % 50 == 0:  # refused before it was read
        lone = (n + total, feed, f"x{n}", f"x{n}", None, None, title, at, "dropped", "no_link")
        made["i"].append((*lone, None, 0))


# --- the queries ----------------------------------------------------------------------------

LAST_WEEK = {"since": END - timedelta(days=7), "until": END}
QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a common word", {"words": "pakistan"}),
    ("two common words", {"words": "pakistan kabul"}),
    ("a rare word", {"words": "boldak"}),
    ("a word nobody wrote", {"words": "zanzibarine"}),
    ("a phrase", {"words": '"torkham crossing"'}),
    ("a phrase of common words", {"words": '"pakistan kabul"'}),
    ("a prefix", {"words": "afgh*"}),
    ("a short prefix", {"words": "pa*"}),
    ("leaving a common word out", {"words": "kabul -pakistan"}),
    ("OR", {"words": "torkham OR boldak OR cricket"}),
    ("in headlines alone", {"words": "title:pakistan title:kabul"}),
    ("a name in all spellings", {"words": "Tehrik"}),
    ("a group in all spellings", {"words": "TTP talks"}),
    ("common word, outlet of three", {"words": "pakistan", "outlet": RAREST}),
    ("common word, large outlet", {"words": "pakistan", "outlet": "Outlet 0"}),
    ("common word, a tag", {"words": "pakistan", "tag": "to quote"}),
    ("common word, one week", {"words": "pakistan", **LAST_WEEK}),
    ("common words, accepted op-eds", {"words": "pakistan kabul", "decision": "relevant",
                                       "genre": "op_ed"}),
    ("common word, rare strand, Pashto", {"words": "pakistan", "topic": "diplomacy",
                                          "language": "ps"}),
    ("two that never meet", {"words": "cricket boldak crossing", "decision": "unsure"}),
    ("undecided, score over .99", {"words": "talks", "decision": "undecided", "minimum": 0.99}),
    ("no words, accepted", {"decision": "relevant"}),
    ("no words, outlet of three", {"outlet": RAREST}),
    ("no words, side and strand", {"side": "afghanistan", "topic": "diplomacy"}),
    ("32 words", {"words": " ".join(f"word{n:x}" for n in range(32))}),
    ("10,000 words", {"words": "pakistan kabul talks " * 3_333}),
)  # fmt: skip


def asked_as_the_desk(db: Db, query: Query) -> tuple[int, bool]:
    """Ask what the first page of the desk's search asks."""
    found = search.look(db, query, limit=40)
    excerpts.of(db, found.rows, query.asked)
    search.headlines(db, query.asked, limit=10)
    return found.known, found.more


def headlines_to_look_up(db: Db) -> tuple[tuple[str, str], ...]:
    """Return the kinds of headline that are pasted into Why, with one of each."""
    some = str(one(db, "SELECT title FROM items WHERE id = (SELECT max(article) / 2 FROM items)"))
    words = some.split()
    return (
        ("a headline", some),
        ("a headline, two words changed", " ".join([*words[:-2], "and", "others"])),
        ("a headline of common words", " ".join(f"word{n:x}" for n in range(9))),
        ("a headline nobody wrote", "zalmoxis zanzibarine"),
    )


def timed(work: Callable[[], object], runs: int) -> Iterator[tuple[float, float]]:
    """Yield how long each of so many runs took, by the clock and by the processor, in ms.

    One more warms up.
    """
    work()
    for _ in range(runs):
        began, spent = time.perf_counter(), time.process_time()
        work()
        yield (time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000


def told(name: str, work: Callable[[], object], runs: int, found: str) -> float:
    """Print a line and return its 95th percentile."""
    measured = list(timed(work, runs))
    times, spent = sorted(passed for passed, _ in measured), [cpu for _, cpu in measured]
    late = times[min(len(times) - 1, round(0.95 * len(times)))]
    middle = statistics.median(times)
    print(f"{name:36}{middle:9.1f}{late:9.1f}{statistics.median(spent):9.1f}   {found}", flush=True)
    return late


def measured(folder: Path, size: int, runs: int) -> float:
    """Print the table of one size and return its worst 95th percentile in milliseconds."""
    path = folder / f"search-{size}.db"
    began = time.perf_counter()
    with closing(connect(path) if path.exists() else built(path, size)) as db:
        print(f"\n{size:,} articles (built in {time.perf_counter() - began:.0f} s, "
              f"{path.stat().st_size / 1e6:.0f} MB)")  # fmt: skip
        print(f"{'':36}{'median':>9}{'95th':>9}{'CPU':>9}   found")
        spell = Spellings(load_lexicon())
        worst = 0.0
        for name, given in QUERIES:
            query = Query(**given, spell=spell)
            work = partial(asked_as_the_desk, db, query)
            known, more = work()
            count = f"more than {known:,}" if more else f"{known:,}"
            worst = max(worst, told(name, work, runs, count))
        for name, headline in headlines_to_look_up(db):
            look_up = partial(whereabouts.titled, db, headline)
            worst = max(worst, told(f"why: {name}", look_up, runs, f"{len(look_up())} alike"))
    return worst


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--keep", type=Path, default=None, help="keep the stores there")
    options(parser)
    args = parser.parse_args()
    presented(args, lambda: [curve(args)])
    return 0


def curve(args: argparse.Namespace) -> Curve:
    """Return the slowest of all kinds of search over archives of the sizes asked for."""
    points = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for size in list(map(int, args.sizes.split(",")))[: 2 if args.quick else None]:
            worst = measured(folder, size, args.runs)
            points.append((size, worst))
        print(f"\nThe slowest at {size:,}: {worst:.1f} ms at the 95th percentile.")
    return Curve(
        name="the slowest kind of search, 95 in 100 below", unit="ms", points=tuple(points),
        data=f"{len(QUERIES)} kinds", command="make bench-search",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
