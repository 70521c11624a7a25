"""No address leads into our own network, by whatever way it comes: nothing is ever connected to."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from classifiers.lexicon import load_lexicon
from monitor import pipeline
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Poster, Web
from monitor.edge.http.addresses import refusal
from monitor.edge.worker import Workers
from monitor.inquiry.sourcing import look
from monitor.model import Fault, FetchFailed, FetchRequest
from store import feeds
from store.db import Db, connect
from store.polls import FeedSpec

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
REFUSED = {Fault.BLOCKED_ADDRESS, Fault.BAD_URL, Fault.SCHEME}
PRESS = "press.example"
"""The one outlet that may be asked: it hands out the addresses."""

# --- sockets -------------------------------------------------------------------------------------

_opened: list[int] = []
_watched: list[int] = []


def _on_audit(event: str, _args: tuple[object, ...]) -> None:
    if event == "socket.__new__" and _watched and threading.get_ident() in _watched:
        _opened.append(1)


sys.addaudithook(_on_audit)  # cannot be taken off again, only told to look away


@contextmanager
def sockets_of_this_thread() -> Iterator[list[int]]:
    """Gather the sockets this thread opens: libcurl has none but those it is handed."""
    _opened.clear()
    _watched.append(threading.get_ident())
    try:
        yield _opened
    finally:
        _watched.clear()


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[int, list[Any]]]:
    """Listen on every loopback address, and note whoever comes."""
    came: list[Any] = []
    with socket.create_server(("0.0.0.0", 0), backlog=64) as listening:

        def take() -> None:
            while True:
                try:
                    guest, address = listening.accept()
                except OSError:
                    return
                came.append(address)
                guest.close()

        threading.Thread(target=take, daemon=True).start()
        yield int(listening.getsockname()[1]), came
        listening.shutdown(socket.SHUT_RDWR)


# --- addresses -----------------------------------------------------------------------------------

TARGETS = ("127.0.0.1", "169.254.169.254", "10.1.2.3")
_INSIDE_4 = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.0
127.0.1.1 127.127.127.127 127.255.255.254 168.63.129.16 169.254.0.1 169.254.170.2 172.16.0.1
172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1
192.168.255.254 192.175.48.1 198.18.0.1 198.19.255.254 198.51.100.7 203.0.113.9 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255
"""
INSIDE_4 = _INSIDE_4.split()
_INSIDE_6 = """
:: ::1 0000::1 0:0:0:0:0:0:0:1 ::7f00:1 100::1 100:0:0:1::1 2001::1 2001:2::1 2001:10::1 2001:20::1
2001:db8::1 3fff::1 5f00::1 64:ff9b:1::a00:1 fc00::1 fd00:ec2::254 fd00::1 fe80::1 fe80::5efe:7f00:1
fec0::1 ff01::1 ff02::1 ff05::2 ff0e::1 fe80::1%25lo fe80::1%lo ::1%25lo ::1%251
"""
INSIDE_6 = _INSIDE_6.split()
_NAMES = """
localhost LOCALHOST localhost. x.localhost a.b.localhost. localhost.localdomain ip6-localhost
ip6-loopback metadata.google.internal metadata instance-data rancher-metadata kubernetes.default.svc
host.docker.internal 127.0.0.1.nip.io 169.254.169.254.nip.io 7f000001.rebind.example localtest.me
router.lan printer.local intranet
"""
NAMES = _NAMES.split()
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
FULL = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def written(address: str) -> Iterator[str]:
    """Give ``address`` as resolvers and parsers have been known to read it."""
    number = int(IPv4Address(address))
    a, b, c, d = number.to_bytes(4, "big")
    yield from (address, f"{address}.", str(number), str(number + 2**32), f"{number}.")
    yield from (f"0x{number:x}", f"0X{number:08X}", f"0x{'0' * 12}{number:x}", f"0{number:o}")
    yield from (f"0{number:030o}", f"0o{number:o}", f"0b{number:b}")
    yield from (f"{a}.{b}.{c << 8 | d}", f"{a}.{b << 16 | c << 8 | d}", f"{a:#x}.{b}.{c:#o}.{d}")
    yield ".".join(f"0{part:o}" for part in (a, b, c, d))
    yield ".".join(f"000{part:o}" for part in (a, b, c, d))
    yield ".".join(f"{part:#x}" for part in (a, b, c, d))
    yield ".".join(f"{part:03}" for part in (a, b, c, d))
    yield ".".join(str(part + 256) for part in (a, b, c, d))
    yield from (address.translate(table) for table in (CIRCLED, FULL, ARABIC))
    yield from (address.replace(".", dot) for dot in "。．｡")
    yield from (address.replace(".", "%2e"), "".join(f"%{ord(c):02x}" for c in address))
    yield from (
        f"{address}%00.example.org",
        f"{address}%2f.example.org",
        f"{address}%23.example.org",
    )
    yield from ("\u200b".join(address), f"{address}\u00ad", address.replace(".", "\t."))


def wrapped(address: str) -> Iterator[str]:
    """Give ``address`` inside IPv6 ones that networks lead there."""
    number = int(IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    yield from (f"::ffff:{address}", f"0:0:0:0:0:ffff:{high:x}:{low:x}", f"::FFFF:{high:X}:{low:X}")
    yield from (f"::{address}", f"::ffff:0:{address}", f"64:ff9b::{address}")
    yield from (f"64:ff9b::{high:x}:{low:x}", f"64:ff9b:1::{high:x}:{low:x}")
    yield from (f"2002:{high:x}:{low:x}::1", f"2001:0:{high:x}:{low:x}::1")
    yield f"2001:0:0:0:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}"
    yield f"fe80::5efe:{high:x}:{low:x}"
    yield str(IPv6Address(0x2001_0000 << 96 | number))


def tricks(port: int) -> Iterator[str]:
    """Give addresses that two parsers read in two ways."""
    for inside in (f"127.0.0.1:{port}", f"localhost:{port}", "169.254.169.254"):
        yield from (f"http://example.org@{inside}/", f"http://user:pass@{inside}/")
        yield from (f"http://example.org\\@{inside}/", f"http://{inside}\\@example.org/")
        yield from (f"http://example.org:80\\@@{inside}/", f"http://{inside}#@example.org/")
        yield from (f"http://{inside}?@example.org/", f"http://{inside}/%2561dmin")
        yield from (f"http://example.org%40{inside}/", f"http://example.org&@{inside}#@x.example/")
        yield from (f"http:{inside}/", f"http:/{inside}/", f"http:///{inside}/", f"//{inside}/")
        yield from (
            f"http:\\\\{inside}/",
            f"http:/\\{inside}/",
            f"/\\{inside}/",
            f"\thttp://{inside}/",
        )
        yield from (f"ht\ttp://{inside}/", f"http://\n{inside}/", f"http://{inside}\r\nHost: x/")
        yield from (f"HTTP://{inside}/", f"hTTps://{inside}/", f" http://{inside}/")
        yield from (f"feed://{inside}/", f"feed:http://{inside}/", f"view-source:http://{inside}/")
        yield from (f"jar:http://{inside}!/", f"gopher://{inside}/_x", f"dict://{inside}/info")
        yield from (
            f"ftp://{inside}/",
            f"ldap://{inside}/",
            f"tftp://{inside}/x",
            f"smb://{inside}/x",
        )
        yield from (f"ws://{inside}/", f"http+unix://{inside}/", f"http://[{inside}]/")
        yield f"http://0:{port}/?{inside}"
    yield from ("file:///etc/passwd", "FILE:///etc/hosts", "data:text/xml,<rss/>")
    yield from ("javascript:alert(1)", "unix:/run/docker.sock", "http://[::]:22/", "http://0:25/")
    yield from (f"http://127.0.0.1:{service}/" for service in (22, 25, 80, 443, 2375, 2379, 3306))
    yield from (f"http://localhost:{service}/" for service in (5432, 6379, 8000, 9200, 11211))


def our_own(port: int) -> list[str]:
    """Return every address of ours: those on this machine lead to a server that listens."""
    hosts = [*INSIDE_4, *NAMES, *(f"[{address}]" for address in INSIDE_6)]
    for target in TARGETS:
        hosts += [*written(target), *(f"[{address}]" for address in wrapped(target))]
    at_port = [f"http://{host}:{port}/feed" for host in hosts]
    bare = [f"https://{host}/" for host in hosts[::3]]
    return list(dict.fromkeys([*at_port, *bare, *tricks(port)]))


def listed() -> list[str]:
    """Return the addresses of the private list; none where it is not."""
    path = SHARED / "data" / "hostile" / "ssrf_urls.txt"
    return path.read_text("utf-8").splitlines() if path.is_file() else []


@pytest.fixture(scope="module")
def addresses(trap: tuple[int, list[Any]]) -> list[str]:
    """Return both lists as one."""
    found = list(dict.fromkeys(line for line in [*our_own(trap[0]), *listed()] if line.strip()))
    assert len(found) > 250
    return found


def counted(addresses: list[str]) -> str:
    """Say how many addresses there were, and of which list."""
    private = len(set(listed()).intersection(addresses))
    return f"{len(addresses) - private} addresses of ours and {private} of the list"


# --- the ways ------------------------------------------------------------------------------------

LIMITS = FetchLimits(
    deadline_seconds=5, host_gap_seconds=0, per_host=50, host_pause_cap_seconds=0
)  # fmt: skip


class Newsroom:
    """A store, a way to the web for which every name is this machine, and one outlet allowed."""

    def __init__(self, db: Db, outlet: Any, workers: Workers) -> None:
        self.db = db
        self.outlet = outlet
        self.workers = workers
        self.known: dict[str, Any] = {
            "clock": system_clock,
            "user_agent": "Torkham/0 (+test)",
            "allow": frozenset({(PRESS, outlet.port)}),
            "names": {"*": ["127.0.0.1"]},
        }

    def web(self, *, obey_robots: bool = False) -> closing[Web]:
        return closing(Web(limits=LIMITS, obey_robots=obey_robots, **self.known))

    def url(self, path: str) -> str:
        return str(self.outlet.url(path, PRESS))

    def poll(self, urls: list[str]) -> dict[str, str]:
        """Poll ``urls`` as feeds; return the outcome of each."""
        specs = [
            FeedSpec(key=f"f{at}", url=url, outlet=f"O{at}", side="world", language="en")
            for at, url in enumerate(urls)
        ]
        feeds.sync(self.db, specs, system_clock())
        with self.web() as web:
            pipeline.poll(
                self.db, web=web, workers=self.workers, clock=system_clock, stopped=lambda: False
            )
        stand = {state.spec.key: state.spec.url for state in feeds.states(self.db)}
        assert {spec.key: spec.url for spec in specs}.items() <= stand.items(), "a feed moved"
        rows = self.db.query("SELECT feed, outcome FROM polls", ())
        return {row["feed"]: row["outcome"] for row in rows}

    def harvest(self) -> None:
        with self.web(obey_robots=True) as web:
            pipeline.harvest(
                self.db, web=web, workers=self.workers, lexicon=LEXICON, clock=system_clock,
                stopped=lambda: False, limit=5000,
            )  # fmt: skip

    def serve(self, path: str, body: str, *more: str, status: str = "200 OK") -> None:
        raw = body.encode("utf-8", "surrogatepass")
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", "Connection: close", *more]
        self.outlet.answers[path] = "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


LEXICON = load_lexicon()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(count=2, preload=("monitor.articles.reading", "monitor.stages.parse")) as children:
        yield children


@pytest.fixture
def room(hostile: Any, tmp_path: Path, empty_store: Path, workers: Workers) -> Iterator[Newsroom]:
    shutil.copy(empty_store, tmp_path / "torkham.db")
    with closing(connect(tmp_path / "torkham.db")) as db:
        yield Newsroom(db, hostile, workers)


def rss(links: list[str]) -> str:
    """Return a feed whose entries lead to ``links``, each with a title of its own."""
    items = "".join(
        f"<item><title>Report {at} of the valley</title><guid>g{at}</guid>"
        f"<link>{escape(_printable(link))}</link></item>"
        for at, link in enumerate(links)
    )
    return f"<rss version='2.0'><channel><title>P</title><link>/</link>{items}</channel></rss>"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\t\n\r" else " " for c in text)


# --- feeds, pages, redirects, webhooks -----------------------------------------------------------


@pytest.mark.row(14)
def test_no_feed_leads_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any
) -> None:
    with sockets_of_this_thread() as sockets:
        outcomes = room.poll(addresses)
    assert len(outcomes) == len(addresses)
    assert set(outcomes.values()) <= {fault.value for fault in REFUSED}
    assert (sockets, trap[1]) == ([], [])
    figure(f"as feeds: 0 connections, {counted(addresses)}")


@pytest.mark.slow
@pytest.mark.row(14)
def test_no_link_of_a_feed_leads_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any
) -> None:
    """The address of an entry is what its outlet writes there; it is asked for as a page."""
    parts = [addresses[at : at + 100] for at in range(0, len(addresses), 100)]
    for at, part in enumerate(parts):
        room.serve(f"/feed{at}", rss(part))
    room.poll([room.url(f"/feed{at}") for at in range(len(parts))])
    found = room.db.query("SELECT count(*) AS n FROM articles", ())
    with sockets_of_this_thread() as sockets:
        room.harvest()
    assert (sockets, trap[1]) == ([], [])
    (rows,) = found
    assert rows["n"] > len(addresses) / 3, "most are links that are kept as such"
    figure(f"as links of entries: 0 connections, {counted(addresses)}")


@pytest.mark.row(14)
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_no_redirect_leads_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any, kind: Any
) -> None:
    clean = [one for one in addresses if not set(one) & set("\r\n")]
    for at, url in enumerate(clean):
        room.serve(f"/r{at}", "", f"Location: {url}", status=f"{(301, 302, 307, 308)[at % 4]} On")
    asked = [FetchRequest(key=u, url=room.url(f"/r{at}"), kind=kind) for at, u in enumerate(clean)]
    with room.web() as web, sockets_of_this_thread() as sockets:
        outcomes = {outcome.key: outcome for outcome in web.fetch_all(asked)}
    assert len(outcomes) == len(clean)
    assert trap[1] == []
    assert len(sockets) == len(room.outlet.asked), "one for each redirect, and none beyond"
    inward = {u: o for u, o in outcomes.items() if not _stays(u)}
    assert all(isinstance(o, FetchFailed) and o.fault in REFUSED for o in inward.values())
    assert len(inward) > 0.8 * len(outcomes)
    figure(f"as redirects of a {kind}: 0 connections beyond the first, {counted(clean)}")


def _stays(location: str) -> bool:
    """Whether ``location`` is a path on the host that redirects, by the rules of URLs."""
    text = location.strip().lower()
    relative = text.startswith("/") and not text.startswith("//")
    return relative or (text.startswith("http:") and not text.startswith("http://"))


@pytest.mark.row(14)
def test_no_webhook_leads_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any
) -> None:
    poster = Poster(**room.known)
    with sockets_of_this_thread() as sockets:
        ends = [poster.post(url, b"{}", {}, deadline=5) for url in addresses]
    assert (sockets, trap[1]) == ([], [])
    assert {end.reached for end in ends} == {"not"}
    assert all(end.for_good for end in ends)
    figure(f"as webhooks and heartbeats: 0 connections, {counted(addresses)}")


# --- what a site says of itself ------------------------------------------------------------------


@pytest.mark.row(14)
def test_no_site_that_is_looked_at_leads_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any
) -> None:
    """By the feeds its page names, the sitemaps its robots.txt names, and what those name."""
    some = [one for one in addresses if not set(one) & set("\r\n\t")][::9]
    named = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{escape(u, {chr(34): ""})}">'
        for u in some[:6]
    )
    room.serve("/", f"<html><head>{named}</head><body>A page.</body></html>")
    room.serve("/robots.txt", "".join(f"Sitemap: {url}\n" for url in [room.url("/all.xml"), *some]))
    inner = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in some)
    head = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    room.serve("/all.xml", f"{head}{inner}</sitemapindex>")
    with room.web() as web:
        for url in [room.url("/"), room.url("/all.xml"), *some]:
            assert look(web, room.workers, url).found is None
    assert trap[1] == []
    assert "/robots.txt" in room.outlet.paths()
    figure(f"as feeds and sitemaps a site names: 0 connections, {len(some)} addresses")


@pytest.mark.row(14)
def test_robots_txt_is_not_asked_for_inside(
    room: Newsroom, addresses: list[str], trap: tuple[int, list[Any]], figure: Any
) -> None:
    asked = [FetchRequest(key=url, url=url, kind="page") for url in addresses]
    room.serve(
        "/robots.txt", "", f"Location: http://127.0.0.1:{trap[0]}/robots.txt", status="302 On"
    )
    asked.append(FetchRequest(key="away", url=room.url("/page")))
    room.serve("/page", "<p>A page.</p>")
    with room.web(obey_robots=True) as web, sockets_of_this_thread() as sockets:
        outcomes = {outcome.key: outcome for outcome in web.fetch_all(asked)}
    away = outcomes.pop("away")
    assert isinstance(away, FetchFailed)
    assert trap[1] == []
    assert len(sockets) == 1, "the outlet's own"
    assert all(isinstance(o, FetchFailed) and o.fault in REFUSED for o in outcomes.values())
    figure(f"as pages whose robots.txt is asked for first: 0 connections, {counted(addresses)}")


# --- and nothing honest is refused ---------------------------------------------------------------

_PUBLIC = """
1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 9.255.255.255 11.0.0.1 23.1.2.3 34.117.59.81 52.0.0.1
64.6.64.6 80.80.80.80 99.255.255.255 100.63.255.255 100.128.0.1 104.16.0.1 126.255.255.255
128.0.0.1 151.101.1.1 168.63.129.15 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1
185.199.108.153 191.255.255.255 192.0.1.1 192.0.3.1 192.167.255.255 192.169.0.1 198.17.255.255
198.20.0.1 198.51.99.1 198.51.101.1 203.0.112.1 203.0.114.1 203.135.0.1 208.67.222.222 216.58.1.1
223.255.255.255 2001:200::1 2001:4860:4860::8888 2001:db7::1 2003::1 2400:cb00::1
2606:4700:4700::1111 2620:fe::fe 2a00:1450::1 2a04:4e42::1 3ffe::1 2a02:26f0::1 2407:3140::1
"""
PUBLIC = _PUBLIC.split()


@pytest.mark.row(14)
def test_fifty_public_addresses_are_not_refused(figure: Any) -> None:
    assert len(set(PUBLIC)) >= 50
    assert [address for address in PUBLIC if refusal(address)] == []
    figure(f"0 of {len(PUBLIC)} public addresses refused")
