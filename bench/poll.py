"""How much CPU does polling a feed cost, beside lemon24/reader, in the same run?

    .venv/bin/python bench/poll.py [--feeds 40] [--seconds 100] [--json]

Every feed lives on an address of its own, and each answer closes the connection, so every poll is
a new TLS connection checked against the system's bundle plus one local authority; both clients pay
for it. Both keep their process from poll to poll, as a service does; so TLS sessions may be
resumed by whoever remembers them. Rounds are interleaved; the figures are medians of CPU time
(user and system, children included) per feed. Aims: first poll 2, all 304 20, unchanged 50, one
new item 8 times less than reader.
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
from pathlib import Path

import trustme

HERE = Path(__file__).resolve().parent
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
CLIENTS = ("ours", "reader")
PHASES = ("first poll", "all 304", "all 200, unchanged", "one new item each")
AIMS = {"first poll": 2, "all 304": 20, "all 200, unchanged": 50, "one new item each": 8}
OURS_AGAIN = 4  # our 304 polls are so short that one alone is below the clock's grain


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


def prepare(folder: Path, count: int) -> tuple[list[str], Path]:
    """Write a certificate for each address, and a bundle of realistic size that trusts them."""
    authority = trustme.CA()
    addresses = [f"127.0.{20 + n // 200}.{1 + n % 200}" for n in range(count)]
    for address in addresses:
        issued = authority.issue_cert(address)
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{address}.pem"))
    (folder / "addresses.json").write_text(json.dumps(addresses))
    system = next((Path(path) for path in BUNDLES if Path(path).is_file()), None)
    if system is None:
        import certifi

        system = Path(certifi.where())
    bundle = folder / "bundle.pem"
    bundle.write_bytes(system.read_bytes() + b"\n" + authority.cert_pem.bytes())
    return addresses, bundle


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rounds(
    server: Process, clients: dict[str, Process], feeds: int, seconds: float
) -> dict[tuple[str, str], list[float]]:
    """Measure round after round until the time is up; CPU milliseconds a feed."""
    measured: dict[tuple[str, str], list[float]] = defaultdict(list)
    held: dict[str, int] = {}

    def poll(phase: str | None) -> None:
        for name in sorted(clients, reverse=len(measured["ours", "first poll"]) % 2 == 0):
            times = OURS_AGAIN if name == "ours" and phase in PHASES[1:3] else 1
            told = [json.loads(clients[name].ask("poll")) for _ in range(times)]
            held[name] = told[-1]["held"]
            if phase:
                spent = sum(t["cpu"] for t in told) / times
                measured[name, phase].append(1000 * spent / feeds)
        assert len(set(held.values())) == 1, f"the clients do not agree on the entries: {held}"

    def become(*, validators: bool, generation: int) -> None:
        server.ask(json.dumps({"validators": validators, "generation": generation}))

    until = time.monotonic() + seconds
    warm = True
    while warm or time.monotonic() < until or not measured:
        become(validators=True, generation=0)
        for client in clients.values():
            client.ask("new")
        poll(None if warm else PHASES[0])
        if warm:  # imports, children and the certificate store are there from now on
            warm = False
            continue
        poll(PHASES[1])
        become(validators=False, generation=0)
        poll(PHASES[2])
        become(validators=True, generation=1)
        poll(PHASES[3])
    return measured


def report(measured: dict[tuple[str, str], list[float]]) -> list[dict[str, object]]:
    """Make the rows: medians, their ratio, and the range of the ratio over the rounds."""
    rows: list[dict[str, object]] = []
    for phase in PHASES:
        ours, reader = measured["ours", phase], measured["reader", phase]
        ratios = sorted(theirs / mine for mine, theirs in zip(ours, reader, strict=True))
        rows.append(
            {
                "phase": phase,
                "ours_ms": round(statistics.median(ours), 3),
                "reader_ms": round(statistics.median(reader), 2),
                "ratio": round(statistics.median(ratios), 1),
                "lowest": round(ratios[0], 1),
                "highest": round(ratios[-1], 1),
                "aim": AIMS[phase],
                "rounds": len(ratios),
            }
        )
    return rows


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=80, help="no new round after this")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        addresses, bundle = prepare(Path(name), told.feeds)
        port = free_port()
        server = Process("bench/poll_server.py", name, str(port))
        server.hear()
        urls = [f"https://{address}:{port}/feed" for address in addresses]
        clients = {c: Process("bench/poll_clients.py", c, str(bundle), *urls) for c in CLIENTS}
        try:
            rows = report(rounds(server, clients, told.feeds, told.seconds))
        finally:
            for process in [*clients.values(), server]:
                process.end()
    if told.json:
        print(json.dumps({"feeds": told.feeds, "poll": rows}))
        return
    print(f"CPU per feed over https, {told.feeds} feeds, {rows[0]['rounds']} rounds, medians")
    print(f"{'':20} {'ours ms':>9} {'reader ms':>10} {'times less':>11} {'range':>13} {'aim':>4}")
    for row in rows:
        spread = f"{row['lowest']}-{row['highest']}"
        print(
            f"{row['phase']:20} {row['ours_ms']:>9} {row['reader_ms']:>10} {row['ratio']:>11}"
            f" {spread:>13} {row['aim']:>4}"
        )


if __name__ == "__main__":
    main()
