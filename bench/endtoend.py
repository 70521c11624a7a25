"""How many articles a second does one core carry, from the feed to the alert?

    make bench-endtoend ARGS="[--sites 30] [--each 10] [--warm 4] [--rounds 5] [--quick]"

Prints what is counted, a line for each round, and the medians. docs/benchmarks.md says how to read
it. The pages are real ones told anew (bench/replayed.py); where they are not at hand, made-up ones.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import corpus_of_pages as pages
from bench.endtoend_clients import Round, feeds, known_host, new_host
from bench.figures import Figure, options, presented, slowness

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "make bench-endtoend"
RIVAL = "requests, feedparser, trafilatura, datasketch and sqlite-utils, written as anybody would"
AIMS = {"known": 100.0, "new": 30.0}
COUNTED = """\
Counted: CPU, user and system, of each client's process and all its children, from the first feed
asked to the last alert noted, divided by the articles whose text it kept. The outlets run in a
process that is not counted; they speak plain HTTP on loopback, a new connection for each request
(what TLS costs is measured by `make bench-poll`). Ours runs its own jobs as they ship, with its
store, its limited children and the rules of feeds.yaml: poll, harvest (robots.txt, page, text,
screen, copies, story, index, the page itself kept), judge (verdict, rules, claims), alert. The
obvious code asks feeds and pages, reads both, looks for near copies, scores by words, and keeps
rows with a full-text index. Known: {sites} sites, their wrappers learned in {warm} rounds before;
new: each page under a host of its own, never seen before. Pages: {data}."""


@dataclass(kw_only=True)
class Process:
    """A child of the benchmark that answers each line with a line."""

    words: tuple[str, ...]
    _child: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        """Start it."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.endtoend_clients", *self.words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def hear(self) -> dict[str, Any]:
        """Wait for its next line."""
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit("a process of the benchmark died; see above")
        told: dict[str, Any] = json.loads(line)
        return told

    def ask(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """Say a line and wait for the answer."""
        assert self._child.stdin
        self._child.stdin.write(json.dumps(what) + "\n")
        self._child.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Close its input and wait."""
        self._child.communicate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is read: ``each`` new articles a known site and round, a third of that new ones."""

    sites: int = 30
    each: int = 10
    warm: int = 4
    rounds: int = 5

    @property
    def fresh(self) -> int:
        """Sites never seen before, a round."""
        return max(1, self.sites * self.each // 3)

    def round(self, number: int) -> Round:
        """What the outlets carry in a round."""
        return Round(number=number, sites=self.sites, each=self.each, fresh=self.fresh)

    def hosts(self, kind: str) -> list[str]:
        """Every address of a kind that will ever be asked."""
        if kind == "known":
            return [known_host(n) for n in range(self.sites)]
        return ["127.0.0.1", *(new_host(n) for n in range((self.warm + self.rounds) * self.fresh))]


KINDS = {"known": "known", "new": "new", "obvious": "new"}
"""Who reads which feeds. The obvious code learns nothing of a site, so to it all are new."""


def measure(size: Size) -> list[Figure]:
    """Return articles a second and core of both kinds, and how many times the obvious code's."""
    outlets = Process(words=("outlets",))
    told = outlets.hear()
    size = Size(
        sites=min(size.sites, told["sites"]), each=size.each, warm=size.warm, rounds=size.rounds
    )
    data = _data(size)
    print(COUNTED.format(sites=size.sites, warm=size.warm, data=data), flush=True)
    clients = {name: Process(words=("obvious" if name == "obvious" else "ours",)) for name in KINDS}
    for name in ("known", "new"):
        clients[name].ask({"port": told["port"], "hosts": size.hosts(name)})
    rates: dict[str, list[float]] = {name: [] for name in KINDS}
    for number in range(size.warm + size.rounds):
        outlets.ask(asdict(size.round(number)))
        found = {
            name: client.ask(
                {"number": number, "urls": feeds(told["port"], size.round(number), KINDS[name])}
            )
            for name, client in _in_turn(clients, number)
        }
        _line(number, found, counted=number >= size.warm)
        if number >= size.warm:
            for name, one in found.items():
                rates[name].append(one["kept"] / one["cpu"])
    for name in ("known", "new"):
        print(f"{name}: {clients[name].ask({'report': 1})}")
    for process in (*clients.values(), outlets):
        process.end()
    return _figures(rates, data)


def _in_turn(clients: dict[str, Process], number: int) -> list[tuple[str, Process]]:
    """The clients, the order turned round from one round to the next."""
    return list(clients.items())[:: 1 if number % 2 == 0 else -1]


def _line(number: int, found: Mapping[str, Mapping[str, float]], *, counted: bool) -> None:
    cells = (
        f"{name} {one['cpu'] / max(1, one['kept']) * 1000:.1f} ms ({one['kept']})"
        for name, one in sorted(found.items())
    )
    what = "round" if counted else "warming up"
    print(f"{what} {number}, CPU an article: {', '.join(cells)}", flush=True)


def _data(size: Size) -> str:
    whose = "real pages told anew" if pages.DATA.is_dir() else "made-up pages"
    return f"{whose}: {size.sites} sites, {size.sites * size.each} articles a round"


def _figures(rates: Mapping[str, list[float]], data: str) -> list[Figure]:
    slow = slowness()
    found = []
    for name, aim in AIMS.items():
        bare = sorted(rates[name])[len(rates[name]) // 2]
        found.append(
            Figure.of(
                f"articles from {name} sites, end to end", [rate * slow for rate in rates[name]],
                "per second and core", aim=aim, rival="", data=data, command=COMMAND,
                beside=f"{bare:.0f} as measured; machine {slow:.2f} times slower than idle",
            )
        )  # fmt: skip
        times = [ours / rival for ours, rival in zip(rates[name], rates["obvious"], strict=True)]
        found.append(
            Figure.of(
                f"{name} sites beside the obvious code", times, "times", rival=RIVAL, data=data,
                command=COMMAND,
            )
        )  # fmt: skip
    return found


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options(parser)
    for name in ("sites", "each", "warm", "rounds"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Size(), name))
    asked = parser.parse_args()
    size = Size(sites=asked.sites, each=asked.each, warm=asked.warm, rounds=asked.rounds)
    if asked.quick:
        size = Size(sites=12, each=2, warm=3, rounds=3)
    presented(asked, lambda: measure(size))


if __name__ == "__main__":
    main()
