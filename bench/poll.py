"""How much CPU does polling a feed cost, beside lemon24/reader, in the same run?

    make bench-poll ARGS="[--feeds 40] [--items 25] [--seconds 80] [--json]"

Prints what is counted, and a line for each kind of poll: medians, their ratio, its range over the
rounds, the aim. Then one line on how near a large poll comes to what the outlets' latency allows.
docs/benchmarks.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import trustme

HERE = Path(__file__).resolve().parent
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
CLIENTS = ("ours", "reader")
LEAST_ROUNDS = 3
SCALE_FEEDS, SCALE_AT_ONCE, SCALE_DELAY = 500, 200, 0.1
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
    Phase(name="all 304", aim=20),
    Phase(name="all 200, unchanged", aim=50, validators=False),
    Phase(name="the same in gzip", validators=False, gzip=True),
    Phase(name="one new item each", aim=8, ours_times=1, generation=1),
)
Measured = dict[tuple[str, str], list[float]]


class Process:
    """A child that answers each line with a line."""

    def __init__(self, *command: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parent,
            env={"PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin"},
        )

    def hear(self) -> str:
        """Wait for its next line."""
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit("a process of the benchmark died; see above")
        return line

    def ask(self, line: str) -> str:
        """Say a line and wait for the answer."""
        assert self._child.stdin
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Close its input and wait."""
        self._child.communicate()


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


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def report(measured: Measured) -> list[dict[str, object]]:
    """Make the rows: medians, their ratio, and the range of the ratio over the rounds."""
    rows: list[dict[str, object]] = []
    for phase in PHASES:
        ours, reader = measured["ours", phase.name], measured["reader", phase.name]
        ratios = sorted(theirs / mine for mine, theirs in zip(ours, reader, strict=True))
        ratio = round(statistics.median(ratios), 1)
        rows.append(
            {
                "phase": phase.name,
                "ours_ms": round(statistics.median(ours), 2),
                "reader_ms": round(statistics.median(reader), 1),
                "ratio": ratio,
                "lowest": round(ratios[0], 1),
                "highest": round(ratios[-1], 1),
                "aim": phase.aim,
                "verdict": "" if phase.aim is None else "met" if ratio >= phase.aim else "missed",
                "rounds": len(ratios),
            }
        )
    return rows


def cost(
    folder: Path, feeds: int, items: int, seconds: float
) -> tuple[list[dict[str, object]], int]:
    """Measure all phases; return the rows and how many certificates the bundle holds."""
    addresses, bundle = prepare(folder, feeds)
    port = free_port()
    urls = [f"https://{address}:{port}/feed" for address in addresses]
    server = Process("bench/poll_server.py", str(folder), str(port), "--items", str(items))
    clients = {c: Process("bench/poll_clients.py", c, str(bundle), *urls) for c in CLIENTS}
    try:
        server.hear()
        rows = report(rounds(server, clients, feeds, seconds))
    finally:
        for process in [*clients.values(), server]:
            process.end()
    return rows, bundle.read_text().count("BEGIN CERTIFICATE")


# --- how near to the latency ----------------------------------------------------------------


def scale(folder: Path) -> dict[str, float]:
    """Poll many slow outlets that all answer 304; seconds of wall clock, best and median of five.

    Over http: 500 TLS handshakes would measure the server, which shares this machine.
    """
    addresses = list_addresses(folder, SCALE_FEEDS)
    port = free_port()
    urls = [f"http://{address}:{port}/feed" for address in addresses]
    server = Process("bench/poll_server.py", str(folder), str(port), "--plain")
    client = Process("bench/poll_clients.py", "ours", "/dev/null", *urls)
    try:
        server.hear()
        client.ask("new")
        client.ask("poll")
        server.ask(json.dumps({"delay": SCALE_DELAY}))
        told = [json.loads(client.ask("poll")) for _ in range(5)]
    finally:
        client.end()
        server.end()
    walls = sorted(t["wall"] for t in told)
    return {
        "feeds": SCALE_FEEDS,
        "bound": SCALE_FEEDS * SCALE_DELAY / SCALE_AT_ONCE,
        "wall": round(statistics.median(walls), 2),
        "best": round(walls[0], 2),
        "cpu": round(statistics.median(t["cpu"] for t in told), 2),
    }


# --- telling --------------------------------------------------------------------------------


def show(rows: list[dict[str, object]], **counted: int) -> None:
    """Print what is counted and the table."""
    print(COUNTED.format(**counted))
    names = ("reader", "pycurl", "feedparser")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{rows[0]['rounds']} rounds; Python {sys.version.split()[0]}, {versions}\n")
    columns = f"{'ours ms':>9}{'reader ms':>11}{'times less':>12}{'range':>13}{'aim':>6}"
    print(f"{'CPU per feed':20}{columns}")
    for row in rows:
        spread, aim = f"{row['lowest']}-{row['highest']}", row["aim"] or "-"
        print(
            f"{row['phase']:20}{row['ours_ms']:>9}{row['reader_ms']:>11}{row['ratio']:>12}"
            f"{spread:>13}{aim:>6}  {row['verdict']}"
        )


def show_scale(told: dict[str, float]) -> None:
    """Print the line on latency."""
    delay = f"{SCALE_DELAY * 1000:.0f} ms"
    print(
        f"\n{SCALE_FEEDS} feeds, all 304 after {delay}, {SCALE_AT_ONCE} at once, http:"
        f" {told['wall']} s of wall clock (best {told['best']}), {told['cpu']} s of CPU;"
        f" the latency alone takes {told['bound']} s, one after the other"
        f" {SCALE_FEEDS * SCALE_DELAY:.0f} s"
    )


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--items", type=int, default=25, help="a feed holds about so many")
    parser.add_argument("--seconds", type=float, default=80, help="no new round after this")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows, certificates = cost(Path(name), told.feeds, told.items, told.seconds)
        if not told.json:
            show(rows, feeds=told.feeds, items=told.items, certificates=certificates)
        scaled = scale(Path(name))
    if told.json:
        print(json.dumps({"feeds": told.feeds, "poll": rows, "scale": scaled}))
    else:
        show_scale(scaled)


if __name__ == "__main__":
    main()
