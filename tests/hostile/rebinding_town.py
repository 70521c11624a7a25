"""Run in a network of its own, with a name server that lies: who is connected to, by scenario.

``python tests/hostile/rebinding_town.py`` under ``unshare --net --mount`` prints one JSON object:
for each scenario how its requests ended, and how many connections came in at addresses that are
public and at addresses that are not. Nothing here leaves the machine: the public addresses are
those of this network's loopback.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Poster, Web
from monitor.model import Fetched, FetchFailed, FetchRequest

OUT, DEAD, OUT_6 = "93.184.216.34", "93.184.216.35", "2606:2800:220:1::1"
LOCAL, LAN, CLOUD = "127.0.0.1", "10.0.0.5", "169.254.169.254"
LOCAL_6, LAN_6, MAPPED, NAT64 = "::1", "fd00::5", "::ffff:127.0.0.1", "64:ff9b::7f00:1"
PLAIN, SECURE = 8080, 8443
TYPES = {"A": 1, "CNAME": 5, "AAAA": 28}
LIMITS = FetchLimits(deadline_seconds=5, host_gap_seconds=0, host_pause_cap_seconds=0)

Answers = Callable[[int], list[str]]
"""The addresses of a name at its look-up of that number, counted from 0."""


def always(*found: str) -> Answers:
    return lambda _turn: list(found)


def first_then(first: str, then: str) -> Answers:
    return lambda turn: [first if turn == 0 else then]


NAMES: dict[str, Answers] = {
    "local.example": always(LOCAL),
    "local6.example": always(LOCAL_6),
    "lan.example": always(LAN),
    "lan6.example": always(LAN_6),
    "cloud.example": always(CLOUD),
    "zero.example": always("0.0.0.0"),
    "mapped.example": always(MAPPED),
    "nat64.example": always(NAT64),
    "later.example": first_then(OUT, LOCAL),
    "later6.example": first_then(OUT_6, LOCAL_6),
    "again.example": first_then(OUT, LAN),
    "flips.example": lambda turn: [(OUT, LOCAL)[turn % 2]],
    "mixed.example": always(OUT, LOCAL),
    "mixed-first.example": always(LOCAL, OUT),
    "two-kinds.example": always(OUT, LOCAL_6),
    "two-kinds6.example": always(LOCAL, OUT_6),
    "dead.example": always(DEAD, LOCAL),
    "dead6.example": always(DEAD, LAN_6),
    "many.example": always(*[f"93.184.216.{n}" for n in range(100, 124)], CLOUD),
    "alias.example": always("localhost"),
    "chain.example": always("middle.example", "alias.example", "localhost"),
    "honest.example": always(OUT),
    "turns.example": first_then(OUT, LOCAL),
    "secure.example": first_then(OUT, LOCAL),
    "robots.example": first_then(OUT, LOCAL),
    "hook.example": first_then(OUT, LOCAL),
    "other.example": always(LOCAL),
}


# --- the name server -------------------------------------------------------------------------


class NameServer:
    """Answers by ``NAMES`` with a lifetime of nothing; A and AAAA of one look-up agree."""

    def __init__(self) -> None:
        self._asked: Counter[tuple[str, int]] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCAL, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            question, who = self._socket.recvfrom(1500)
            with suppress(IndexError, UnicodeDecodeError):
                self._socket.sendto(self._answer(question), who)

    def _answer(self, asked: bytes) -> bytes:
        labels, at = [], 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode().lower())
            at += 1 + asked[at]
        kind = struct.unpack("!H", asked[at + 1 : at + 3])[0]
        name = ".".join(labels)
        if name.endswith(".silent.example"):
            raise IndexError
        found = NAMES.get(name, always())(self._asked[name, kind])
        self._asked[name, kind] += 1
        records = list(_records(name, kind, found))
        status = 0x8180 if name in NAMES else 0x8183
        head = asked[:2] + struct.pack("!HHHHH", status, 1, len(records), 0, 0)
        return head + asked[12 : at + 5] + b"".join(records)


def _records(name: str, kind: int, found: list[str]) -> list[bytes]:
    """Write ``found`` as records: names are aliases in a row, the last of them this machine."""
    made: list[bytes] = []
    for one in found:
        if ":" in one:
            made += [_record(name, 28, socket.inet_pton(socket.AF_INET6, one))] * (kind == 28)
        elif one[0].isdigit():
            made += [_record(name, 1, socket.inet_aton(one))] * (kind == 1)
        else:
            made.append(_record(name, 5, _name(one)))
            name = one
    if name == "localhost":
        made += [_record(name, 1, socket.inet_aton(LOCAL))] * (kind == 1)
    return made


def _name(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def _record(name: str, kind: int, data: bytes) -> bytes:
    return _name(name) + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


# --- the servers -----------------------------------------------------------------------------


class Town:
    """One server on every address of the network; ``came`` counts by the address called."""

    def __init__(self, authority: trustme.CA) -> None:
        self.came: Counter[str] = Counter()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*NAMES).configure_cert(context)
        for port, tls in ((PLAIN, None), (SECURE, context)):
            listening = socket.create_server(
                ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128
            )
            threading.Thread(target=self._serve, args=(listening, tls), daemon=True).start()

    def _serve(self, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        while True:
            guest, _ = listening.accept()
            called = guest.getsockname()[0].removeprefix("::ffff:")
            self.came["outside" if called in {OUT, OUT_6} else "inside"] += 1
            threading.Thread(target=self._talk, args=(guest, tls), daemon=True).start()

    def _talk(self, guest: socket.socket, tls: ssl.SSLContext | None) -> None:
        with suppress(OSError, IndexError), guest:
            spoken = tls.wrap_socket(guest, server_side=True) if tls else guest
            asked = spoken.recv(65_536)
            spoken.sendall(_page(asked.split(b" ")[1].decode()))
            with suppress(OSError):
                spoken.shutdown(socket.SHUT_RDWR)


def _page(path: str) -> bytes:
    if path.startswith("/to/"):
        where = path.removeprefix("/to/")
        return (
            f"HTTP/1.1 302 On\r\nLocation: http://{where}\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n"
        ).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret"


# --- the scenarios ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a scenario asks with."""

    bundle: Path

    def web(self, *, obey_robots: bool = False) -> Web:
        return Web(
            clock=system_clock, user_agent="Torkham/0 (+test)", limits=LIMITS,
            ca_file=self.bundle, obey_robots=obey_robots,
        )  # fmt: skip

    def ask(self, web: Web, url: str) -> str:
        outcome = web.fetch(FetchRequest(key="k", url=url))
        if isinstance(outcome, FetchFailed):
            return outcome.fault.value
        return "fetched" if isinstance(outcome, Fetched) else "304"

    def afresh(self, *urls: str, obey_robots: bool = False) -> list[str]:
        """Ask for each in a client of its own, which looks the name up anew."""
        ends = []
        for url in urls:
            with self.web(obey_robots=obey_robots) as web:
                ends.append(self.ask(web, url))
        return ends

    def within_one(self, *urls: str, obey_robots: bool = False) -> list[str]:
        with self.web(obey_robots=obey_robots) as web:
            return [self.ask(web, url) for url in urls]

    def among_the_silent(self, url: str) -> list[str]:
        """Ask for ``url`` after forty names whose name server never answers; give the first end."""
        urls = [*(at(f"n{number}.silent.example") for number in range(40)), url]
        with self.web() as web:
            asked = [FetchRequest(key=one, url=one) for one in urls]
            first = next(web.fetch_all(asked))
        return ["fetched" if isinstance(first, Fetched) and first.key == url else "late"]

    def post(self, *urls: str) -> list[str]:
        poster = Poster(clock=system_clock, user_agent="T/0", ca_file=self.bundle)
        return [poster.post(url, b"{}", {}, deadline=5).reached for url in urls]


def at(name: str, path: str = "/", port: int = PLAIN) -> str:
    return f"{'https' if port == SECURE else 'http'}://{name}:{port}{path}"


SCENARIOS: dict[str, Callable[[Means], list[str]]] = {
    **{
        f"always inside: {name}": lambda means, name=name: means.afresh(at(f"{name}.example"))  # type: ignore[misc]
        for name in ("local", "local6", "lan", "lan6", "cloud", "zero", "mapped", "nat64")
    },
    "inside at the second look-up": lambda means: means.afresh(*[at("later.example")] * 3),
    "inside at the second look-up, IPv6": lambda means: means.afresh(*[at("later6.example")] * 3),
    "inside at the second look-up of one client": lambda means: means.within_one(
        *[at("again.example")] * 4
    ),
    "every other look-up": lambda means: means.afresh(*[at("flips.example")] * 6),
    "one bad record, last": lambda means: means.afresh(at("mixed.example")),
    "one bad record, first": lambda means: means.afresh(at("mixed-first.example")),
    "IPv4 outside, IPv6 inside": lambda means: means.afresh(at("two-kinds.example")),
    "IPv4 inside, IPv6 outside": lambda means: means.afresh(at("two-kinds6.example")),
    "the good one refuses connections": lambda means: means.afresh(at("dead.example")),
    "the good one refuses, IPv6 inside": lambda means: means.afresh(at("dead6.example")),
    "one bad record of many": lambda means: means.afresh(at("many.example")),
    "an alias of localhost": lambda means: means.afresh(at("alias.example")),
    "a chain of aliases": lambda means: means.afresh(at("chain.example")),
    "a redirect to a name inside": lambda means: means.within_one(
        at("honest.example", f"/to/lan.example:{PLAIN}/")
    ),
    "a redirect to itself, which is inside by now": lambda means: means.afresh(
        *[at("turns.example", f"/to/turns.example:{PLAIN}/")] * 2
    ),
    "over https": lambda means: means.afresh(*[at("secure.example", port=SECURE)] * 3),
    "robots.txt outside, the page inside": lambda means: means.afresh(
        *[at("robots.example", "/page")] * 2, obey_robots=True
    ),
    "a name server that is silent for others": lambda means: means.among_the_silent(
        at("honest.example")
    ),
    "a name that is unknown": lambda means: means.afresh(at("nobody.example")),
    "a webhook": lambda means: means.post(*[at("hook.example")] * 3),
    "another name at the port of an open connection": lambda means: means.within_one(
        at("honest.example"), at("other.example"), at("HONEST.example."), at("OTHER.example.")
    ),
}


def build() -> None:
    """Give this network's loopback its addresses, and this mount its name server."""
    addresses = [OUT, DEAD, LAN, CLOUD, *[f"93.184.216.{n}" for n in range(100, 124)]]
    lines = ["link set lo up", *(f"addr add {one}/32 dev lo" for one in addresses)]
    lines += [f"addr add {one}/128 dev lo nodad" for one in (OUT_6, LAN_6)]
    for line in lines:
        subprocess.run(["ip", *line.split(" ")], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as conf:
        conf.write(f"nameserver {LOCAL}\noptions timeout:2 attempts:1\n")
    subprocess.run(["mount", "--bind", conf.name, "/etc/resolv.conf"], check=True)


def main() -> None:
    """Play every scenario and print what came of it."""
    build()
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle.pem"
        authority.cert_pem.write_to_path(str(bundle))
        NameServer()
        town = Town(authority)
        told = {}
        for name, play in SCENARIOS.items():
            town.came.clear()
            ends = play(Means(bundle=bundle))
            told[name] = {"ends": ends, **{k: town.came[k] for k in ("inside", "outside")}}
        with socket.create_connection((LOCAL, PLAIN)):
            pass  # so that a count of none is no matter of a server that does not count
        control = next(n for _ in range(100) if (n := _settled(town)))
    sys.stdout.write(json.dumps({"scenarios": told, "control": control}))


def _settled(town: Town) -> int:
    threading.Event().wait(0.05)
    return town.came["inside"]


if __name__ == "__main__":
    main()
