"""No fetch ever connects to an address that is not public, whatever name it hides behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.http.addresses import refusal
from monitor.edge.http.line import Guard
from monitor.edge.http.target import NoTarget, Target, disallowed, target_of
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, FetchRequest

ROOT = Path(__file__).resolve().parents[2]
LIMITS = FetchLimits(deadline_seconds=3, host_gap_seconds=0, per_host=50)

_sockets: list[object] = []
_watching = False


def _on_audit(event: str, args: tuple[object, ...]) -> None:
    if _watching and event == "socket.__new__":
        _sockets.append(args)


sys.addaudithook(_on_audit)  # sees the sockets of any program, not only those ours owns up to


@contextmanager
def sockets_counted() -> Iterator[list[object]]:
    global _watching  # noqa: PLW0603 - an audit hook cannot be taken off, only told to look away
    _sockets.clear()
    _watching = True
    try:
        yield _sockets
    finally:
        _watching = False


def web(**more: Any) -> Web:
    return Web(clock=system_clock, user_agent="Torkham/0 (+test)", limits=LIMITS, **more)


def ask(fetcher: Web, *urls: str) -> dict[str, FetchOutcome]:
    wanted = [FetchRequest(key=url, url=url) for url in urls]
    return {outcome.key: outcome for outcome in fetcher.fetch_all(wanted)}


_INTERNAL = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
127.0.0.0 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1
172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255
198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 :: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::a00:1 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::1
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808::
3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1
"""
INTERNAL = _INTERNAL.split()

_PUBLIC = """
1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 9.255.255.255 11.0.0.1 23.1.2.3 34.117.59.81 52.0.0.1
64.6.64.6 80.80.80.80 99.255.255.255 100.63.255.255 100.128.0.1 104.16.0.1 126.255.255.255
128.0.0.1 151.101.1.1 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.1 172.15.255.255
172.32.0.1 185.199.108.153 191.255.255.255 192.0.1.1 192.0.3.1 192.88.98.1 192.167.255.255
192.169.0.1 198.17.255.255 198.20.0.1 198.51.99.1 198.51.101.1 203.0.112.1 203.0.114.1
203.135.0.1 208.67.222.222 216.58.1.1 223.255.255.255 2001:200::1 2001:4860:4860::8888
2001:db7::1 2001:db9::1 2003::1 2400:cb00::1 2606:4700:4700::1111 2620:fe::fe 2a00:1450::1
2a04:4e42::1 3ffe::1
"""
PUBLIC = _PUBLIC.split()


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_refused(address: str) -> None:
    assert refusal(address)


def test_fifty_public_addresses_are_not_refused() -> None:
    assert len(PUBLIC) >= 50
    assert [address for address in PUBLIC if refusal(address)] == []


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "0x7f000001", "010.0.0.1", "1.1.1.1 "])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(text)


@given(st.integers(0, 2**32 - 1))
def test_the_table_is_never_laxer_than_the_standard_library_on_ipv4(number: int) -> None:
    address = IPv4Address(number)
    assert address.is_global or refusal(str(address))


@given(st.integers(0, 2**128 - 1))
def test_the_table_is_never_laxer_than_the_standard_library_on_ipv6(number: int) -> None:
    address = IPv6Address(number)
    assert address.is_global or refusal(str(address))


# --- URLs ----------------------------------------------------------------------------------------

DISGUISED = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0X7F.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://0o177.0.0.1/",
    "http://127.0.0.1./",
    "http://1.2.3.4.5/",
    "http://256.256.256.256/",
    "http://01.01.01.01/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[::]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://x.localhost/",
    "http://localhost.localdomain/",
]
ODD = [
    "http://user@example.org/",
    "http://user:pass@example.org/",
    "http://example.org@127.0.0.1/",
    "http://127.0.0.1\\@example.org/",
    "http://example.org\\@127.0.0.1/",
    "http://127.1.1.1:80\\@@127.2.2.2:80/",
    "http://127.0.0.1%2f@example.org/",
    "http://127.0.0.1%00.example.org/",
    "http://exam%70le.org/",
    "http://example.org:99999/",
    "http://example.org:0/",
    "http://example.org:80:80/",
    "http://example.org:8o/",
    "http://exa mple.org/",
    "http://example.org\r\nX: y/",
    "http://exam\x00ple.org/",
    "http://example.org/\tpath",
    "http:///example.org/",
    "http:example.org",
    "http:/127.0.0.1/",
    "//127.0.0.1/",
    "http://[fe80::1%25lo]/",
    "http://[::1/",
    "http://::1/",
    "http://-dash.example/",
    "http://double..dot.example/",
    "http://" + "a" * 64 + ".example/",
    "http://example.org/" + "a" * 5000,
    "",
    "/relative",
]


@pytest.mark.parametrize("url", DISGUISED)
def test_an_address_in_disguise_is_called_blocked(url: str) -> None:
    with web() as fetcher, sockets_counted() as sockets:
        outcome = ask(fetcher, url)[url]
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.BLOCKED_ADDRESS
    assert sockets == []


@pytest.mark.parametrize("url", ODD)
def test_an_odd_url_is_refused_before_anything_happens(url: str) -> None:
    with web(names={"*": ["127.0.0.1"]}) as fetcher, sockets_counted() as sockets:
        outcome = ask(fetcher, url)[url]
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.BAD_URL
    assert sockets == []


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://127.0.0.1"]))
def test_any_text_is_a_target_or_a_refusal_and_reading_it_twice_changes_nothing(
    text: str, start: str
) -> None:
    target = target_of(start + text)
    if isinstance(target, Target):
        assert target.url.isascii()
        assert "@" not in target.url.split("/")[2]
        assert target_of(target.url) == target


@pytest.mark.parametrize(
    ("url", "rebuilt"),
    [
        ("HTTP://News.Example:80", "http://news.example/"),
        ("https://news.example:443/a?b#c", "https://news.example/a?b"),
        ("https://news.example:/a", "https://news.example/a"),
        ("https://news.example.:8443/a", "https://news.example:8443/a"),
        ("https://خبر.example/ا", "https://xn--ngblk.example/%D8%A7"),
        ("http://n.example/a%20b/ü?x=1&y=%C3%BC", "http://n.example/a%20b/%C3%BC?x=1&y=%C3%BC"),
        ("http://n_1.example?q=a b", "http://n_1.example/?q=a%20b"),
    ],
)
def test_a_good_url_is_rebuilt_without_loss(url: str, rebuilt: str) -> None:
    target = target_of(url)
    assert isinstance(target, Target)
    assert target.url == rebuilt


@pytest.mark.parametrize("address", [a for a in PUBLIC if "%" not in a])
def test_a_public_literal_passes_the_first_check(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    target = target_of(f"http://{host}/feed")
    assert isinstance(target, Target)
    assert disallowed(target, frozenset()) is None


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.1", "192.168.1.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["127.0.0.1", "192.0.2.1"],
    ],
)
def test_a_name_for_an_internal_address_is_refused_at_the_socket(addresses: list[str]) -> None:
    with web(names={"evil.example": addresses}) as fetcher, sockets_counted() as sockets:
        outcome = ask(fetcher, "http://evil.example/")["http://evil.example/"]
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.BLOCKED_ADDRESS
    assert sockets == []


def test_one_bad_record_taints_the_good_ones_of_its_name() -> None:
    """Called as libcurl calls it, before each connection attempt; nothing here connects."""
    target = target_of("http://mixed.example/")
    assert isinstance(target, Target)
    guard = Guard(frozenset())
    guard.aim(target)
    good = (socket.AF_INET, socket.SOCK_STREAM, 0, ("8.8.8.8", 80))
    bad = (socket.AF_INET, socket.SOCK_STREAM, 0, ("127.0.0.1", 80))
    first = guard.open_socket(0, good)
    assert not isinstance(first, int)
    assert isinstance(guard.open_socket(0, bad), int)
    assert isinstance(guard.open_socket(0, good), int)
    assert guard.blocked


def test_a_socket_that_is_no_internet_socket_is_refused() -> None:
    target = target_of("http://mixed.example/")
    assert isinstance(target, Target)
    guard = Guard(frozenset())
    guard.aim(target)
    local = (socket.AF_UNIX, socket.SOCK_STREAM, 0, b"/run/docker.sock")
    assert isinstance(guard.open_socket(0, local), int)


def test_permission_for_one_host_and_port_is_for_no_other(hostile: Any) -> None:
    hostile.answers["*"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    allowed = hostile.url("/", "demo.example")
    others = [
        hostile.url("/"),
        hostile.url("/", "evil.example"),
        f"http://demo.example:{hostile.port + 1 if hostile.port < 65535 else 1}/",
    ]
    allow = frozenset({("demo.example", hostile.port)})
    with web(allow=allow, names={"*": ["127.0.0.1"]}) as fetcher:
        outcomes = ask(fetcher, allowed, *others)
    assert isinstance(outcomes.pop(allowed), Fetched)
    for outcome in outcomes.values():
        assert isinstance(outcome, FetchFailed)
        assert outcome.fault is Fault.BLOCKED_ADDRESS
    assert len(hostile.asked) == 1


def test_a_connection_kept_open_is_not_lent_to_another_name(hostile: Any) -> None:
    hostile.answers["*"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    allow = frozenset({("demo.example", hostile.port)})
    evil = hostile.url("/", "evil.example")
    with web(allow=allow, names={"*": ["127.0.0.1"]}) as fetcher:
        fetcher.fetch(FetchRequest(key="a", url=hostile.url("/", "demo.example")))
        outcome = ask(fetcher, evil)[evil]
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.BLOCKED_ADDRESS


# --- the environment -----------------------------------------------------------------------------

_BEHIND_A_PROXY = """
import sys
from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.http.errands import Job
from monitor.model import FetchRequest
port = int(sys.argv[1])
limits = FetchLimits(deadline_seconds=3, host_gap_seconds=0)
names = {"outlet.example": ["127.0.0.1"]}
allow = frozenset({("outlet.example", port)})
with Web(clock=system_clock, user_agent="T/0", limits=limits, allow=allow, names=names) as web:
    for url in (f"http://outlet.example:{port}/direct", "http://10.1.2.3/metadata"):
        print(getattr(web.fetch(FetchRequest(key="k", url=url)), "fault", "fetched"))
"""


def test_a_proxy_in_the_environment_and_a_netrc_are_ignored(hostile: Any, tmp_path: Path) -> None:
    hostile.answers["/direct"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    proxy = f"http://127.0.0.1:{hostile.port}"
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine outlet.example login ali password hidden\n")
    netrc.chmod(0o600)
    ran = subprocess.run(
        [sys.executable, "-c", _BEHIND_A_PROXY, str(hostile.port)],
        env={**os.environ, **dict.fromkeys(names, proxy), "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout.split() == ["fetched", "blocked_address"]
    assert hostile.paths() == ["/direct"]  # a proxy would be sent the whole URL
    assert "authorization" not in hostile.asked[0].headers


def test_refusals_name_no_secret() -> None:
    refused = target_of("http://ali:hidden@example.org/")
    assert isinstance(refused, NoTarget)
    assert "hidden" not in refused.detail
