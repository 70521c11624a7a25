"""How long does a page of the desk take when the archive grows?

    make bench-desk ARGS="[--articles 1000 --articles 10000 --articles 100000] [--times 15]"

For each size a store is filled through the product's own functions (about 2.5 ms an article), the
desk is served over it on loopback, and every page is asked for in turns on one kept connection.
Prints the median of the server's answers in milliseconds and the largest size of each page, next
to a plain table page of Datasette on the very same file. A page meets the aim when at the largest
archive it is under 50 ms and under 60 KB.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from bench.archive import NOW, OUTLETS, SIDES, filled
from bench.desk_pages import Open
from bench.figures import Curve, Figure, Found, options, presented, slowness
from monitor.app import open_app
from monitor.parts import DATABASE
from monitor.serving import desk_for
from monitor.web.server import create, serve

MOST_MS, MOST_BYTES = 50.0, 60 * 1024
CURVES = {"/": "Today", "/queue": "Queue", "/stories": "Stories"}
TABLE = "Datasette, a table of 60 articles"
COMMAND = "make bench-desk"
JUDGES_ANEW = ("/definition/kp_attacks?to=in",)  # four weeks of articles, seconds by design


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A page: the median of its answers in milliseconds, and its size in bytes."""

    ms: float
    size: int


def main() -> int:
    """Measure and print; return 1 when a page misses the aim at the largest archive."""
    asked = arguments().parse_args()
    late: list[int] = []
    presented(asked, lambda: figures(asked, late))
    return 1 if any(late) and not asked.json else 0


def figures(asked: argparse.Namespace, late: list[int]) -> Iterator[Found]:
    """Yield the curves of the pages that are open all day, and the queue beside Datasette."""
    sizes = sorted(asked.articles or [1_000, 10_000, 100_000])[: 2 if asked.quick else None]
    with tempfile.TemporaryDirectory() as kept:
        columns = [measured(asked.keep or Path(kept), size, asked.times) for size in sizes]
    late.append(show(sizes, columns))
    for page, name in CURVES.items():
        points = [(size, column[page].ms) for size, column in zip(sizes, columns, strict=True)]
        yield Curve(
            name=f"the desk, {name}", unit="ms of an answer", points=tuple(points), command=COMMAND
        )
    ours = [page for page in columns[-1] if page.startswith("/")]
    slow = slowness()
    good = sum(columns[-1][p].ms / slow <= MOST_MS and columns[-1][p].size <= MOST_BYTES
               for p in ours)  # fmt: skip
    yield Figure(
        name="pages within 50 ms and 60 KB", value=good, low=good, high=good,
        unit=f"of {len(ours)}", data=f"{sizes[-1]:,} articles", command=COMMAND,
        beside=f"machine {slow:.2f} times slower than idle",
    )  # fmt: skip
    rival, queue = columns[-1][TABLE].ms, columns[-1]["/queue"].ms
    times = rival / queue
    yield Figure(
        name="the queue beside a table page of 60 rows", value=times, low=times, high=times,
        unit="times less", rival="Datasette", data=f"{sizes[-1]:,} articles", command=COMMAND,
        beside=f"{queue:.0f} ms beside {rival:.0f}",
    )  # fmt: skip


def arguments() -> argparse.ArgumentParser:
    """Return what may be asked for."""
    parser = argparse.ArgumentParser(description="Times of the desk's pages.")
    parser.add_argument("--articles", type=int, action="append", help="size of an archive")
    parser.add_argument("--times", type=int, default=15, help="answers a page")
    parser.add_argument("--keep", type=Path, help="folder where archives stay for the next run")
    options(parser)
    return parser


def measured(folder: Path, size: int, times: int) -> dict[str, Timed]:
    """Return the figures of every page over an archive of ``size`` articles."""
    home = folder / f"archive-{size}"
    home.mkdir(parents=True, exist_ok=True)
    (home / "feeds.yaml").write_text(yaml.safe_dump(settings()), encoding="utf-8")
    if not (home / DATABASE).exists():
        filled(home / DATABASE, size).close()
    with open_app(home / "feeds.yaml", home, {}, clock=lambda: NOW) as app:
        desk = desk_for(app)
        with serve(create(desk)) as serving:
            url = serving.url.rstrip("/")
            pages = Open(url=url, desk=desk).addresses()
            found = answers(url, [page for page in pages if page not in JUDGES_ANEW], times)
    with datasette(home / DATABASE) as url:
        path = f"/{Path(DATABASE).stem}/articles?_size=60&_nofacet=1&_nocount=1"
        found[TABLE] = answers(url, [path], times)[path]
    return found


def settings() -> dict[str, object]:
    """Return the settings that name the archive's outlets."""
    feeds = [
        {"key": f"outlet{n}", "url": f"https://outlet{n}.example/feed", "outlet": f"Outlet {n}",
         "side": SIDES[n % len(SIDES)], "language": "en"}
        for n in range(OUTLETS)
    ]  # fmt: skip
    return {"team": {"time_zone": "Asia/Karachi"}, "feeds": feeds}


def answers(url: str, pages: Sequence[str], times: int) -> dict[str, Timed]:
    """Ask for every page so many times, in turns, on one connection; the first does not count."""
    spent: dict[str, list[float]] = {page: [] for page in pages}
    sizes = dict.fromkeys(pages, 0)
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as line:
        for turn in range(times + 1):
            for page in pages:
                began = time.perf_counter()
                line.request("GET", page)
                answer = line.getresponse()
                body = answer.read()
                taken = time.perf_counter() - began
                if answer.status not in {200, 303}:
                    raise SystemExit(f"{page} answered {answer.status}")
                sizes[page] = len(body)
                if turn:
                    spent[page].append(taken * 1000)
    return {page: Timed(ms=statistics.median(spent[page]), size=sizes[page]) for page in pages}


@contextmanager
def datasette(path: Path) -> Iterator[str]:
    """Serve the file with Datasette, read only, until the block ends."""
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--port", "0"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert child.stderr
        said = next(line for line in child.stderr if "running on" in line)
        yield said.split("running on ")[1].split()[0].rstrip("/")
    finally:
        child.terminate()
        child.wait(10)


def show(sizes: Sequence[int], columns: Sequence[dict[str, Timed]]) -> int:
    """Print a line a page, the slowest at the largest archive first; return the exit code."""
    largest = columns[-1]
    print(f"{'page':44}" + "".join(f"{size:>12,}" for size in sizes) + f"{'KB':>8}")
    late = 0
    for page in sorted(largest, key=lambda page: -largest[page].ms):
        cells = [column.get(page) for column in columns]
        ours = page.startswith("/")
        over = ours and (largest[page].ms > MOST_MS or largest[page].size > MOST_BYTES)
        late += over
        told = "".join(f"{cell.ms:>12.1f}" if cell else f"{'-':>12}" for cell in cells)
        print(f"{page[:43]:44}{told}{largest[page].size / 1024:>8.1f}{'  missed' if over else ''}")
    count = sum(page.startswith("/") for page in largest)
    print(
        f"{count - late} of {count} pages are under {MOST_MS:.0f} ms and 60 KB, in ms of an answer"
    )
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
