"""How much CPU does polling a feed cost, beside lemon24/reader, in the same run?

    make bench-poll ARGS="[--feeds 40] [--items 25] [--seconds 80] [--quick] [--json FILE]"

Prints what is counted, and a line for each kind of poll: the median ratio, its range over the
rounds, the aim. Then how near a poll of thousands of slow feeds comes to what their latency allows
(bench/poll_scale.py). docs/benchmarks.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import trustme

from bench import poll_scale
from bench.figures import Figure, options, presented
from bench.processes import Process, free_port

BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
CLIENTS = ("ours", "reader")
LEAST_ROUNDS = 5
QUICK = 1_000  # feeds of the large poll
COUNTED = """\
Counted: CPU, user and system, of each client's process and its children; no wall time, no start.
Both ask the same https server ({feeds} addresses, about {items} items of 2 KB on each, a new TLS
connection for each request), check it against the same {certificates} certificates, and keep the
entries in SQLite: reader with its defaults and 20 threads, ours with its own poll job. Rounds are
interleaved; figures are medians."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One kind of poll: what the outlets answer, and how much less than reader it shall cost."""

    name: str
    aim: int | None = None
    ours_times: int = 10  # one of our polls takes 40 ms, too short to tell it from a hiccup
    validators: bool = True
    generation: int = 0
    gzip: bool = False

    @property
    def state(self) -> str:
        """What the server is told."""
        told = {"validators": self.validators, "generation": self.generation, "gzip": self.gzip}
        return json.dumps(told)


PHASES = (
    Phase(name="first poll", aim=2, ours_times=1),
    Phase(name="all 304", aim=30),
    Phase(name="all 200, unchanged", aim=80, validators=False),
    Phase(name="the same in gzip", validators=False, gzip=True),
    Phase(name="one new item each", aim=10, ours_times=1, generation=1),
)
Measured = dict[tuple[str, str], list[float]]


# --- CPU per feed ---------------------------------------------------------------------------


def prepare(folder: Path, count: int) -> tuple[list[str], Path]:
    """Write a certificate for each address, and a bundle of realistic size that trusts them."""
    authority = trustme.CA()
    addresses = list_addresses(folder, count)
    for address in addresses:
        issued = authority.issue_cert(address)
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{address}.pem"))
    system = next((Path(path) for path in BUNDLES if Path(path).is_file()), None)
    if system is None:
        import certifi

        system = Path(certifi.where())
    bundle = folder / "bundle.pem"
    bundle.write_bytes(system.read_bytes() + b"\n" + authority.cert_pem.bytes())
    return addresses, bundle


def list_addresses(folder: Path, count: int) -> list[str]:
    """Choose the loopback addresses of the outlets and note them for the server."""
    addresses = [f"127.0.{20 + n // 200}.{1 + n % 200}" for n in range(count)]
    (folder / "addresses.json").write_text(json.dumps(addresses))
    return addresses


def rounds(server: Process, clients: dict[str, Process], feeds: int, seconds: float) -> Measured:
    """Measure round after round until the time is up; CPU milliseconds a feed."""
    measured: Measured = defaultdict(list)
    until = time.monotonic() + seconds
    # Imports, children and the certificate store are there once a first poll is done.
    one_round(server, clients, feeds, defaultdict(list), PHASES[:1])
    done = 0
    while done < LEAST_ROUNDS or time.monotonic() < until:
        one_round(server, clients, feeds, measured, PHASES)
        clients = dict(reversed(clients.items()))
        done += 1
    return measured


def one_round(
    server: Process,
    clients: dict[str, Process],
    feeds: int,
    measured: Measured,
    phases: tuple[Phase, ...],
) -> None:
    """Let both clients go through the phases side by side, from an empty store."""
    for client in clients.values():
        client.ask("new")
    for phase in phases:
        server.ask(phase.state)
        held = set()
        for name, client in clients.items():
            times = phase.ours_times if name == "ours" else 1
            told = [json.loads(client.ask("poll")) for _ in range(times)]
            held.add(told[-1]["held"])
            measured[name, phase.name].append(1000 * sum(t["cpu"] for t in told) / times / feeds)
        assert len(held) == 1, f"the clients do not agree on the entries: {held}"


def report(measured: Measured, data: str) -> list[Figure]:
    """Make the figures: how many times less than reader, round by round."""
    figures = []
    for phase in PHASES:
        ours, reader = measured["ours", phase.name], measured["reader", phase.name]
        costs = f"ours {statistics.median(ours):.2f} ms, reader {statistics.median(reader):.1f} ms"
        figure = Figure.of(
            f"CPU a feed, {phase.name}",
            [theirs / mine for mine, theirs in zip(ours, reader, strict=True)],
            "times less", aim=phase.aim, rival=f"lemon24/reader {version('reader')}", data=data,
            command="make bench-poll", beside=costs,
        )  # fmt: skip
        figures.append(figure)
    return figures


def cost(folder: Path, feeds: int, items: int, seconds: float) -> list[Figure]:
    """Say what is counted, measure all phases, and return their figures."""
    addresses, bundle = prepare(folder, feeds)
    certificates = bundle.read_text().count("BEGIN CERTIFICATE")
    print(COUNTED.format(feeds=feeds, items=items, certificates=certificates), flush=True)
    port = free_port()
    urls = [f"https://{address}:{port}/feed" for address in addresses]
    server = Process("bench/poll_server.py", str(folder), str(port), "--items", str(items))
    clients = {c: Process("bench/poll_clients.py", c, str(bundle), *urls) for c in CLIENTS}
    try:
        server.hear()
        measured = rounds(server, clients, feeds, seconds)
    finally:
        for process in [*clients.values(), server]:
            process.end()
    return report(measured, f"{feeds} feeds of about {items} items of 2 KB, https")


def measure(asked: argparse.Namespace) -> list[Figure]:
    """Measure both: CPU beside reader, then time beside the latency."""
    names = ("reader", "pycurl", "feedparser")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"Python {sys.version.split()[0]}, {versions}")
    feeds = QUICK if asked.quick else poll_scale.FEEDS
    with tempfile.TemporaryDirectory() as name:
        figures = cost(Path(name), asked.feeds, asked.items, 0 if asked.quick else asked.seconds)
    return [*figures, *poll_scale.figures(poll_scale.scale(feeds=feeds), feeds)]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--items", type=int, default=25, help="a feed holds about so many")
    parser.add_argument("--seconds", type=float, default=80, help="no new round after this")
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: measure(asked))


if __name__ == "__main__":
    main()
