"""How near do 5,000 feeds that all answer 304 come to what their outlets' latency allows?

Part of ``make bench-poll``. The outlets answer after 0.1 to 0.3 seconds, 200 are asked at once, so
no client can be done sooner than feeds x latency / 200. Over http: the TLS handshakes of so many
would measure the server, which shares the machine.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench.figures import Figure
from bench.processes import Process, free_port

FEEDS, AT_ONCE, ROUNDS = 5_000, 200, 5
LEAST, MOST = 0.1, 0.3  # seconds until an answer
COMMAND = "make bench-poll"


def scale(*, feeds: int = FEEDS) -> list[dict[str, float]]:
    """Poll so many slow outlets again and again; what each round took and what it was bound by."""
    port = free_port()
    urls = [f"http://127.{40 + n // 40_000}.{n // 200 % 200}.{1 + n % 200}:{port}/feed"
            for n in range(feeds)]  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        listed = Path(name) / "urls"
        listed.write_text("\n".join(urls))
        server = Process("bench/poll_latency.py", str(port))
        client = Process("bench/poll_clients.py", "ours", "/dev/null", f"@{listed}")
        try:
            server.hear()
            client.ask("new")
            client.ask("poll")
            server.ask(json.dumps({"least": LEAST, "most": MOST}))
            return [_round(server, client, feeds) for _ in range(ROUNDS)]
        finally:
            client.end()
            server.end()


def _round(server: Process, client: Process, feeds: int) -> dict[str, float]:
    told = json.loads(client.ask("poll"))
    served = json.loads(server.ask(json.dumps({"least": LEAST, "most": MOST})))
    if served["answers"] != feeds:
        raise SystemExit(f"{served['answers']} of {feeds} feeds were asked")
    return {**told, "bound": served["waited"] / AT_ONCE, "server": served["cpu"]}


def figures(rounds: list[dict[str, float]], feeds: int = FEEDS) -> list[Figure]:
    """The wall clock over the bound, and our own CPU over it.

    Other work on the machine lengthens a round and never shortens one: the shortest counts.
    """
    data = f"{feeds:,} feeds of 304 after {LEAST:g} to {MOST:g} s, {AT_ONCE} at once, http"
    shares = [one["wall"] / one["bound"] for one in rounds]
    waited = ", ".join(f"{one['waited']:.1f}" for one in rounds)
    best = min(rounds, key=lambda one: one["wall"] / one["bound"])
    said = (
        f"{best['wall']:.2f} s where latency allows {best['bound']:.2f} s; waited for a core "
        f"{waited} s of each round; {best['rss']:.0f} MB at most"
    )
    return [
        Figure(
            name=f"{feeds:,} feeds of 304: time over the latency bound, best round",
            value=min(shares), low=min(shares), high=max(shares), unit="times", aim=1.1,
            better="less", rival="the latency alone", data=data, command=COMMAND,
            rounds=len(shares), beside=said,
        ),
        Figure.of(
            f"{feeds:,} feeds of 304: our CPU over the latency bound",
            [one["cpu"] / one["bound"] for one in rounds], "times", aim=1.0, better="less",
            rival="the latency alone", data=data, command=COMMAND,
        ),
    ]  # fmt: skip
