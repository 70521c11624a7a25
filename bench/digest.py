"""What a day's edition costs, with its memory, as the archive grows: made-up news of one day.

    python -m bench.digest [--sizes 1000 10000 100000]

Every archive ends with the same day: 60 articles are queued, half of them in stories that were
told. Before it lie so many articles, a thousand a day, each with a text, an item and two claims;
thirty stories of each day were told. The figure is the median of seven editions.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.figures import Curve, options, presented
from monitor.config.shape import Digest as DigestSettings
from monitor.digests.edition import Press
from store import feeds
from store.db import Db, connect, tend
from store.polls import FeedSpec
from store.sql import run_many, write

SIZES = (1_000, 10_000, 100_000)
PER_DAY = 1_000
QUEUED = 60  # on the last day, half of them of stories that were told
TOLD = 30  # stories told of each day before
ROUNDS = 7
UNTIL = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=1)
ZONE = ZoneInfo("Asia/Karachi")

_ARTICLE = """
INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,
    published_at, state, next_try_at, outcome, disposition, version, text_from, text_hash,
    title_key, scheme, sketch, sketched, judged_model, story, score, route, queued_at, claimed)
VALUES (:id, :url, :url, 'h', 'f', :title, '', :at, :at, 'text', '', :fate, :fate, 1, 'page',
    :hash, '', 's', '[]', 0, 'm', :story, :score, :route, :queued_at, '1:' || :hash)
"""
_VERSION = """
INSERT INTO version_rows (article, version, title, body, extractor, text_from, text_hash, seen_at)
VALUES (:id, 1, :title, :body, 'bench', 'page', :hash, :at)
"""
_ITEM = """
INSERT INTO items (feed, key, item_hash, url, canonical_url, title, summary, first_seen_at,
    disposition, article, owner)
VALUES ('f', :url, :hash, :url, :url, :title, '', :at, :fate, :id, 1)
"""
_CLAIM = """
INSERT INTO claims (article, mark, version, population, who, subject, unit, least, most, text,
    place, as_of, speaker, office, speaker_side, outlet, side, title, told_at, part, sentence,
    start, figure, figure_end, noted_at)
VALUES (:id, :mark, 1, :population, 'people', 'people', 'persons', :n, :n, :said, 'Bannu', '', '',
    '', '', 'F', 'pakistan', :title, :at, 'body', :sentence, 0, 0, 1, :at)
"""
_STORY = """
INSERT INTO stories (id, first_at, last_at, members) VALUES (:story, :at, :at, 1)
ON CONFLICT (id) DO UPDATE SET members = members + 1
"""


def rows(size: int) -> Iterator[dict[str, object]]:
    """Yield the articles of an archive, the oldest first; the last day's are queued last."""
    for n in range(1, size + QUEUED + 1):
        last = n > size
        at = (
            UNTIL - timedelta(hours=1) if last else SINCE - timedelta(days=1) * (size - n) / PER_DAY
        )
        told = last and n - size <= QUEUED // 2
        known = size - (n - size) if told else n
        queued = last or n % (PER_DAY // TOLD) == 0 or n > size - QUEUED
        toll = 5 + n % 7 if last else 4
        yield {
            "id": n, "url": f"https://f.example/{n}",
            "title": f"Blast {known} in Bannu kills {toll}",
            "at": at.isoformat(), "hash": f"hash {n}", "story": known,
            "score": 0.9 if queued else 0.1, "route": "queue" if queued else "reject",
            "fate": "queued" if queued else "rejected",
            "queued_at": at.isoformat() if queued else None, "n": float(toll), "said": str(toll),
            "sentence": f"{toll} people were killed in blast {known} in Bannu.",
            "body": f"{toll} people were killed in blast {known} in Bannu.\n"
            + "Shopkeepers of the bazaar spoke of it at length. " * 40,
        }  # fmt: skip


def built(path: Path, size: int) -> Db:
    """Return a store with so many articles before the day that is told."""
    db = connect(path)
    spec = FeedSpec(key="f", url="https://f.example/", outlet="F", side="pakistan", language="en")
    feeds.sync(db, [spec], SINCE)
    db.conn.execute("PRAGMA synchronous = OFF")
    made = list(rows(size))
    with write(db):
        for start in range(0, len(made), 2_000):
            batch = made[start : start + 2_000]
            for sql in (_STORY, _ARTICLE, _VERSION, _ITEM):
                run_many(db, sql, batch)
            for population in ("killed", "injured"):
                mark = {"population": population, "mark": f"{population}|people"}
                run_many(db, _CLAIM, [row | mark for row in batch])
        _tell(db, size)
    tend(db)
    return db


def _tell(db: Db, size: int) -> None:
    """Let every queued story of the days before have been told."""
    db.conn.execute(
        """INSERT INTO tellings (id, digest, day_on, thread, story, article, part)
        SELECT id, 'daily', substr(first_seen_at, 1, 10), id, story, id, 'new' FROM articles
        WHERE route = 'queue' AND id <= ?""",
        (size,),
    )
    db.conn.execute(
        """INSERT INTO telling_articles (digest, article, telling, version, title)
        SELECT 'daily', article, id, 1, '' FROM tellings"""
    )
    db.conn.execute(
        """INSERT INTO telling_facts (telling, key, value, place, sentence, article, outlet, side,
            at, claim)
        SELECT t.id, c.population || '|people', CAST(CAST(c.least AS INTEGER) AS TEXT), c.place,
            c.sentence, c.article, c.outlet, '', c.told_at, c.id
        FROM tellings t JOIN claims c ON c.article = t.article"""
    )


def measured(db: Db) -> tuple[float, float, dict[str, int]]:
    """Return the milliseconds of an edition, of keeping its memory aside, and what it told."""
    press = Press(
        settings=DigestSettings(), zone=ZONE, to=(), model="m", threshold=0.5, draws=False
    )
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        digest = press.edition(db, UNTIL.date(), SINCE, UNTIL)
        took.append((time.perf_counter() - began) * 1_000)
    counts: dict[str, int] = {}
    for section in digest.sections:
        counts[section.part] = sum(len(topic) for _, topic in section.topics)
    return statistics.median(took), max(took), {**counts, "more": digest.more}


def main() -> None:
    """Print a line for each size of the archive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: [curve(asked.sizes[:-1] if asked.quick else asked.sizes)])


def curve(sizes: Sequence[int]) -> Curve:
    """Return the median milliseconds of an edition over archives of these sizes."""
    points = []
    print("archived articles   edition, ms (median, slowest)   told")
    for size in sizes:
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(built(Path(folder) / "torkham.db", size)) as db,
        ):
            median, slowest, counts = measured(db)
            told = ", ".join(f"{part} {number}" for part, number in counts.items())
            print(f"{size:>17,}   {median:>11.0f} {slowest:>16.0f}   {told:>24}")
            points.append((size, median))
    return Curve(
        name="an edition of the digest",
        unit="ms",
        points=tuple(points),
        command="make bench-digest",
    )


if __name__ == "__main__":
    main()
