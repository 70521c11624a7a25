"""Web archives to measure on, made of the sample newsroom's pages and the private ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from bench import corpus_of_pages
from monitor.demo import documents
from monitor.demo.content import DAYS, outlets, stories

TODAY = date(2026, 11, 20)
ORIGIN = "https://newsroom.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A page and where it was found."""

    url: str
    body: bytes


def sample() -> Iterator[Saved]:
    """Yield every page of the sample newsroom, on each of its days."""
    told = stories(TODAY)
    for day in range(DAYS):
        for outlet in outlets():
            own = [one for one in told if one.outlet == outlet.key and one.day <= day]
            for story in own:
                if story.page == "missing" or not story.has_link:
                    continue
                others = [one for one in own if one.has_link and one is not story]
                body = documents.page(outlet, story, others, day=day, origin=ORIGIN)
                yield Saved(url=f"{ORIGIN}{story.path}?day={day}", body=body)


def private() -> list[Saved]:
    """Return the private pages, none where they are not on this machine."""
    if not corpus_of_pages.DATA.is_dir():
        return []
    found = [*corpus_of_pages.gold(), *corpus_of_pages.phrases()]
    return [Saved(url=page.url.strip(), body=page.body) for page in found]


def written(path: Path, pages: Sequence[Saved], *, seed: int = 7) -> int:
    """Write an archive as crawlers do, a gzip member a record; return how many pages it has.

    Between the pages stand requests and a page that is gone now and then, as in any crawl.
    """
    draw = random.Random(seed)  # noqa: S311 - the same archive on every run
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        info = writer.create_warcinfo_record(path.name, {"software": "made for measuring"})
        writer.write_record(info)
        for page in pages:
            at += timedelta(seconds=draw.randint(1, 5))
            writer.write_record(_response(writer, page, at))
            if draw.random() < 0.05:
                gone = Saved(url=f"{page.url}#gone", body=b"<h1>Gone</h1>")
                writer.write_record(_response(writer, gone, at, "404 Not Found"))
    return len(pages)


def _response(writer: WARCWriter, page: Saved, at: datetime, status: str = "200 OK") -> object:
    headers = StatusAndHeaders(
        status, [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
    )
    return writer.create_warc_record(
        page.url, "response", payload=BytesIO(page.body), http_headers=headers,
        warc_headers_dict={
            "WARC-Date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "WARC-Record-ID": f"<urn:uuid:{at.timestamp():.0f}-{len(page.body)}>",
        },
    )  # fmt: skip


def mixed(size: int, *, seed: int = 7) -> list[Saved]:
    """Return so many pages of both kinds, shuffled; taken again under another address when out."""
    every = [*private(), *sample()]
    draw = random.Random(seed)  # noqa: S311 - the same mixture on every run
    pages: list[Saved] = []
    again = 0
    while len(pages) < size:
        turn = list(every)
        draw.shuffle(turn)
        mark = f"{'&' if again else ''}again={again}"
        for page in turn[: size - len(pages)]:
            joint = "&" if "?" in page.url else "?"
            url = f"{page.url}{joint}{mark.lstrip('&')}" if again else page.url
            pages.append(Saved(url=url, body=page.body))
        again += 1
    return pages


def many(folder: Path, pages: Sequence[Saved], files: int) -> list[Path]:
    """Write the pages into so many archives, in turns; each of them is a span at least."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part-{number:03}.warc.gz" for number in range(files)]
    for number, path in enumerate(paths):
        written(path, pages[number::files], seed=number)
    return paths
