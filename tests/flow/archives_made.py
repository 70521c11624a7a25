"""Web archives put together in tests: records as bytes, good ones and ones that do harm.

Every outlet, person and event in them is invented.
"""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from classifiers.lexicon import load_lexicon
from classifiers.pack import NO_TEAM, TOPIC
from monitor.archives import cutting, recipes, working, writing
from monitor.archives.engines import Engine
from monitor.archives.model import Recipe, Span, Worked
from monitor.demo import content, documents
from monitor.model import Thresholds
from store.db import Db

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
_OTHER = ("orchard", "harbour", "library", "timetable", "mulberry", "reading", "garden", "bridge")


def article(number: int, *, on_topic: bool = True) -> bytes:
    """A page with an article of its own: one the topic is in, or one about nothing of it."""
    drawn = random.Random(number)  # noqa: S311 - the same words on every run
    lead = (
        f"Pakistan and Afghanistan agreed on round {number} of talks about the TTP in Islamabad."
        if on_topic
        else f"The town of Mirpur Lantern counted its {number} fruit trees again this week."
    )
    words = " ".join(drawn.choice(_OTHER) for _ in range(8))
    lines = [lead] + [
        f"The committee heard report {number}.{at} on the {words}, and the clerk wrote down who"
        f" had spoken, what was asked and when the next meeting {'in Kabul ' * on_topic}would be."
        for at in range(9)
    ]
    body = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>Report {number}: {lead[:60]}</title></head>"
        f"<body><article><h1>Report {number}: {lead[:60]}</h1>{body}</article></body></html>"
    ).encode()


def url(number: int) -> str:
    return f"https://gazette.example/2026/03/10/report-{number}"


def record(
    address: str, body: bytes, *, kind: str = "response", head: bytes = HEAD, length: int = -1,
    media: str = "application/http; msgtype=response",
) -> bytes:  # fmt: skip
    """One record, plain; ``length`` is what it says of itself where that is a lie."""
    block = head + body
    told = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\n"
        f"WARC-Date: 2026-03-11T05:06:07Z\r\nWARC-Record-ID: <urn:test:{address}>\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(block) if length < 0 else length}\r\n\r\n"
    )
    return told.encode() + block + b"\r\n\r\n"


def articles(numbers: Sequence[int], *, every: int = 2) -> list[bytes]:
    """Records of articles; each ``every``-th is on the topic."""
    return [record(url(n), article(n, on_topic=n % every == 0)) for n in numbers]


def packed(records: Sequence[bytes]) -> bytes:
    """Records as archives are: each compressed by itself."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def wacz(path: Path, files: dict[str, bytes], *, how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return path


def newsroom_pages() -> Iterator[tuple[str, bytes]]:
    """The pages of the sample newsroom, each at an address of its outlet."""
    outlets = {one.key: one for one in content.outlets()}
    stories = content.stories(date(2026, 3, 12))
    for story in stories:
        outlet = outlets.get(story.outlet)
        if outlet is not None and story.page != "missing":
            origin = f"https://{story.outlet}.example"
            page = documents.page(outlet, story, stories[:5], day=0, origin=origin)
            yield f"{origin}/news/{story.slug}", page


def recipe(queue: float = 0.1) -> Recipe:
    return recipes.recipe_of(
        topic=TOPIC, pack=TOPIC, team=NO_TEAM, live="", thresholds=Thresholds(queue=queue),
        wrappers={}, outlets={}, version="test", now=NOW,
    )  # fmt: skip


class Here:
    """An engine that works in this process: for what does not turn on who works."""

    def __init__(self, after: Callable[[Worked], None] = lambda _worked: None) -> None:
        self.spans: list[Span] = []
        self._after = after

    def run(
        self, spans: Iterable[Span], recipe: Recipe, *, stopped: Callable[[], bool]
    ) -> Iterator[Worked]:
        """Give the result of each span, one after the other."""
        for span in spans:
            self.spans.append(span)
            worked = working.work(span, recipe)
            self._after(worked)
            yield worked
            if stopped():
                return

    def at_once(self) -> int:
        return 1


def backfilled(
    db: Db, *paths: Path, name: str = "old", how: Engine | None = None,
    sizes: cutting.Sizes = cutting.SIZES,
) -> None:  # fmt: skip
    """Take archives into a store, as the command does it."""
    sources = [cutting.cut(str(path), sizes) for path in paths]
    begun = writing.begin(db, name, sources, recipe(), by="test", now=NOW)
    writing.run(
        db, name, begun, engine=how or Here(), lexicon=load_lexicon(), clock=lambda: NOW,
        stopped=lambda: False, sizes=sizes,
    )  # fmt: skip


def spans_at(path: Path, cuts: Sequence[int]) -> list[Span]:
    """A file cut at these places, guessing where records begin as the real ones do."""
    size = path.stat().st_size
    places = sorted({0, size, *(at for at in cuts if 0 < at < size)})
    return [
        Span(source=str(path), kind="warc", number=n, start=a, end=b, exact=a == 0)
        for n, (a, b) in enumerate(pairwise(places))
    ]
