"""Do the desk, the digest, a story, search and the archive's size stay what they are as it grows?

    python -m bench.growth [--sizes 1000,10000,100000,1000000] [--rounds 5] [--keep FOLDER] [--disk]

One archive a size (bench.cloned): copies of what the product wrote, and in each the last thousand
articles written by the product itself. Everything is asked of all sizes in turns in one run; a
figure is CPU at the largest over CPU at the smallest, a curve CPU milliseconds. ``--disk`` alone
measures the bytes an article of each table, new and old. A million takes 9 GB and half an hour;
with ``--keep`` what is built stays, is used again, and goes on where it was ended.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from bench.cloned import OLD, archive, shapes
from bench.figures import Curve, Figure, Found, interleaved, options, presented, ratio, slowness
from bench.made import END, Newsroom, Press, aged, settings
from classifiers.lexicon import load_lexicon
from monitor.app import App, open_app
from monitor.articles import retelling
from monitor.articles.retelling import Telling
from monitor.config.shape import Retention
from monitor.digests import publishing
from monitor.inquiry.spelling import spellings_of
from monitor.parts import DATABASE
from monitor.serving import desk_for
from monitor.stages import dedupe
from monitor.web.server import create, serve
from store import copies, days, excerpts, reviews, search, signs, verdicts, waiting, whereabouts
from store.db import Db, connect
from store.search import Query
from store.sql import one

MADE = 10_000  # articles of an archive to be weighed that the product writes, one by one
SIZES = (1_000, 10_000, 100_000, 1_000_000)
FLAT, QUICK_MS, SMALL_KB = 1.5, 100.0, 6.0
PAGES = (
    "/", "/queue", "/ledger", "/coverage", "/corpus", "/corpus/trends", "/judgement", "/alerts",
    "/stories", "/digests", "/history", "/healthz", "/articles/{article}",
    "/articles/{article}/explanation", "/search?q=pakistan", "/search?q=TTP+talks",
)  # fmt: skip
FLAT_PAGES = ("/", "/queue")
LAST_WEEK = {"since": END - timedelta(days=7), "until": END}
QUERIES: tuple[tuple[str, dict[str, object]], ...] = (
    ("a rare word", {"words": "boldak"}),
    ("a common word", {"words": "pakistan"}),
    ("the commonest word", {"words": "the"}),
    ("two common words", {"words": "pakistan kabul"}),
    ("a phrase", {"words": '"durand line"'}),
    ("a phrase of common words", {"words": '"of the"'}),
    ("a phrase that nobody wrote", {"words": '"kabul cricket"'}),
    ("a prefix", {"words": "afgh*"}),
    ("a short prefix", {"words": "pa*"}),
    ("a name in all spellings", {"words": "Tehrik"}),
    ("a group in all spellings", {"words": "TTP talks"}),
    ("in headlines alone", {"words": "title:taliban title:talks"}),
    ("leaving a common word out", {"words": "kabul -pakistan"}),
    ("common word, one outlet", {"words": "pakistan", "outlet": "Outlet 7"}),
    ("common word, accepted", {"words": "pakistan", "decision": "relevant"}),
    ("common word, score over .9", {"words": "pakistan", "minimum": 0.9}),
    ("rare word, one outlet", {"words": "boldak", "outlet": "Outlet 39"}),
    ("common word, last week", {"words": "pakistan", **LAST_WEEK}),
    ("no words, accepted", {"decision": "relevant"}),
    ("no words, one outlet", {"outlet": "Outlet 39"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """An archive of one size, ready to be asked."""

    size: int
    app: App
    db: Db
    url: str
    line: http.client.HTTPConnection

    def page(self, path: str) -> bytes:
        """Return a page of its desk."""
        try:
            self.line.request("GET", path)
            answer = self.line.getresponse()
        except http.client.RemoteDisconnected:  # it waited longer than the server keeps a line
            self.line.close()
            self.line.request("GET", path)
            answer = self.line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return body


@contextmanager
def grown(folder: Path, size: int) -> Iterator[Grown]:
    """Open the archive of that size, made where it is not there yet, and serve its desk."""
    home = folder / f"home-{size}"
    home.mkdir(parents=True, exist_ok=True)
    (home / "feeds.yaml").write_text(yaml.safe_dump(settings()), encoding="utf-8")
    made = archive(folder, size)
    if not (home / DATABASE).exists():
        (home / DATABASE).hardlink_to(made)
    with ExitStack() as stack:
        app = stack.enter_context(open_app(home / "feeds.yaml", home, {}, clock=lambda: END))
        url = stack.enter_context(serve(create(desk_for(app)))).url.rstrip("/")
        line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        stack.callback(line.close)
        db = stack.enter_context(closing(connect(home / DATABASE)))
        yield Grown(size=size, app=app, db=db, url=url, line=line)


# --- what is asked --------------------------------------------------------------------------

Ask = Callable[[Grown], Callable[[], object]]


def asked() -> dict[str, Ask]:
    """Return everything that is asked of each size, by its name."""
    told: dict[str, Ask] = {
        "the queue's query": lambda at: lambda: waiting.everything(at.db),
        "a decision": lambda at: partial(_decide, at),
        "an edition of the digest": _edition,
        "placing in a story": _placing,
        "looking for the original": _original,
        "what is to be judged": lambda at: lambda: verdicts.unjudged(at.db, "another", 200),
        "the books of two weeks": lambda at: (
            lambda: days.feed_days(at.db, END.date() - timedelta(days=14), END.date())
        ),
        "the service's health": lambda at: lambda: signs.signs(at.db, END),
    }
    told |= {f"page {path}": _page(path) for path in PAGES}
    told |= {f"search: {name}": _search(given) for name, given in QUERIES}
    told["why: a headline"] = _why
    return told


def _page(path: str) -> Ask:
    def ask(at: Grown) -> Callable[[], object]:
        sql = "SELECT max(id) FROM articles WHERE route = 'queue' AND copy_of IS NULL"
        return partial(at.page, path.format(article=one(at.db, sql)))

    return ask


def _search(given: Mapping[str, object]) -> Ask:
    query = Query(**given, spell=spellings_of(load_lexicon()))  # type: ignore[arg-type]

    def ask(at: Grown) -> Callable[[], object]:
        return partial(_first_page, at.db, query)

    return ask


def _first_page(db: Db, query: Query) -> int:
    found = search.look(db, query, limit=40)
    excerpts.of(db, found.rows, query.asked)
    search.headlines(db, query.asked, limit=10)
    return found.known


def _why(at: Grown) -> Callable[[], object]:
    title = str(one(at.db, "SELECT title FROM articles WHERE id = ?", (at.size // 2,)))
    return partial(whereabouts.titled, at.db, title)


def _decide(at: Grown) -> None:
    article = one(at.db, "SELECT max(id) FROM articles WHERE route = 'queue' AND copy_of IS NULL")
    reviews.decide(at.db, article=article, answer="unsure", by="bench", now=END)
    reviews.undo(at.db, article=article, by="bench", now=END)


def _edition(at: Grown) -> Callable[[], object]:
    press = at.app.presses(at.db)[0]
    since = END - timedelta(days=1)
    return partial(publishing.content, at.db, press, END.date(), since, END)


def _placing(at: Grown) -> Callable[[], object]:
    press = Press(23)
    drafts = [press.text(on_topic=n % 6 == 0) for n in range(12)]
    lexicon = load_lexicon()
    article = int(one(at.db, "SELECT max(id) FROM articles"))

    def place() -> None:
        for title, body in drafts:
            told = Telling(
                article=article, at=END, title=title, body=body,
                concepts=retelling.names(title, body, lexicon), outlet="Outlet 1", copy_of=None,
                sketch=dedupe.fingerprint(title, body).sketch,
            )  # fmt: skip
            at.db.conn.execute("BEGIN IMMEDIATE")
            retelling.place(at.db, told, END)
            at.db.conn.execute("ROLLBACK")

    return place


def _original(at: Grown) -> Callable[[], object]:
    press = Press(29)
    prints = [dedupe.fingerprint(*press.text(on_topic=False)) for _ in range(12)]
    since = END - timedelta(days=30)

    def look() -> None:
        for mark in prints:
            copies.similar(at.db, mark.sketch, mark.text_hash, since=since, exclude=0)

    return look


# --- the figures ----------------------------------------------------------------------------

FLAT_ONES = (
    "the queue's query", "page /", "page /queue", "an edition of the digest", "placing in a story",
    "looking for the original", "what is to be judged", "a decision",
)  # fmt: skip


def measured(folder: Path, sizes: Sequence[int], rounds: int) -> list[Found]:
    """Return how each thing grows between the smallest and the largest archive."""
    found: list[Found] = []
    with ExitStack() as stack:
        archives = [stack.enter_context(grown(folder, size)) for size in sizes]
        for name, ask in asked().items():
            rivals = {str(at.size): ask(at) for at in archives}
            spent = interleaved(rivals, rounds=rounds)
            found += _told(name, sizes, spent)
            print(f"{name:44}", *(f"{1000 * min(spent[s]):9.2f}" for s in rivals), flush=True)
    return found


def _told(name: str, sizes: Sequence[int], spent: Mapping[str, list[float]]) -> Iterator[Found]:
    ms = {size: [1000 * taken for taken in spent[str(size)]] for size in sizes}
    points = tuple((size, statistics.median(ms[size])) for size in sizes)
    searching = name.startswith(("search", "why"))
    rest = {"data": "made-up news, 5 KB an article", "command": "python -m bench.growth"}
    yield Curve(name=f"{name}, ms", unit="ms of CPU", points=points,
                aim=QUICK_MS if searching else None, **rest)  # fmt: skip
    if searching:
        slow = slowness()
        worst = [taken / slow for taken in ms[sizes[-1]]]
        yield Figure.of(
            name, worst, "ms", aim=QUICK_MS, better="less", **rest,
            beside=f"{statistics.median(ms[sizes[-1]]):.1f} as measured", rival="a limit",
        )  # fmt: skip
        return
    value, low, high = ratio(ms[sizes[-1]], ms[sizes[0]])
    yield Figure(
        name=name, value=value, low=low, high=high, unit="times", rounds=len(ms[sizes[0]]),
        aim=FLAT if name in FLAT_ONES else None, better="less",
        rival=f"itself at {sizes[0]:,}", beside=f"{points[-1][1]:.2f} ms at {sizes[-1]:,}", **rest,
    )  # fmt: skip


# --- the bytes ------------------------------------------------------------------------------


def disk(folder: Path, number: int, kept: Path) -> list[Found]:
    """Return the KB an article: as it comes, past its windows, and after the texts' year.

    Where there are more than ten thousand they are copies but for the last: none is new.
    """
    path = folder / f"disk-{number}.db"
    found: list[Found] = []
    if number > MADE:
        shutil.copy(archive(kept, number), path)
    stages = (
        ("new, in its windows", timedelta()),
        ("old, every text kept", OLD),
        ("old, by the settings as they come", timedelta(days=400)),
    )
    for name, later in stages[number > MADE :]:
        with closing(connect(path)) as db:
            db.conn.execute("PRAGMA synchronous = OFF")
            db.conn.execute("PRAGMA cache_size = -200000")
            if later:
                aged(db, END + later, Retention())
            else:
                Newsroom(db).fill(number)
            kb = _live(db) / 1024 / number
        aim = SMALL_KB if name.startswith("old") else None
        print(f"\n{name}: {kb:.2f} KB an article")
        _by_table(path, number)
        found.append(
            Figure.of(
                f"archive, {name}", [kb], "KB", aim=aim, better="less", rival="a limit",
                data=f"{number:,} articles of 5 KB, tables and indexes, free pages left out",
                command="python -m bench.growth --disk",
            )
        )  # fmt: skip
    return found


def _live(db: Db) -> int:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages, free, size = (
        db.conn.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _by_table(path: Path, number: int) -> None:
    """Print the bytes of each table and index, where this Python's SQLite can tell.

    Only while the store is closed: two SQLites in one process do not know of each other's locks,
    and this one, closing, removes the other's journal while it is in use (a bus error).
    """
    with closing(sqlite3.connect(path)) as reader:
        try:
            rows = reader.execute(
                "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 24"
            ).fetchall()
        except sqlite3.Error:
            return
    for name, size in rows:
        print(f"{size / number:9,.0f} bytes  {name}")


# --- the command ----------------------------------------------------------------------------


def measure(args: argparse.Namespace) -> list[Found]:
    """Return what the command line asks for."""
    logging.getLogger().setLevel(logging.ERROR)
    sizes = [int(size) for size in args.sizes.split(",")]
    if args.quick:
        sizes = [size for size in sizes if size <= 10_000]
    with tempfile.TemporaryDirectory(prefix="torkham-growth-") as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = disk(Path(temporary), 1_000 if args.quick else args.articles, folder)
        if args.disk:
            return found
        found += measured(folder, sizes, args.rounds)
        print(f"\nrows an article: as the product writes them, and at {sizes[-1]:,}")
        for table, own, there in shapes(folder, archive(folder, sizes[-1])):
            print(f"{table:28}{own:8.3f}{there:8.3f}")
    return found


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=5_000, help="of the archive weighed")
    parser.add_argument(
        "--keep", type=Path, default=None, help="keep the archives there, and use those that are"
    )
    parser.add_argument("--disk", action="store_true", help="weigh the archive and no more")
    options(parser)
    args = parser.parse_args()
    presented(args, lambda: measure(args))
    return 0


if __name__ == "__main__":
    sys.exit(main())
