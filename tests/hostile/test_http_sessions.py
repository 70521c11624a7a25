"""A host asked again resumes its TLS session, however many hosts were asked in between."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.model import Fetched, FetchRequest

HOSTS = [f"outlet{number}.example" for number in range(120)]  # libcurl alone remembers 25
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def resumed() -> list[bool]:
    """For each request in order, whether its connection resumed a session."""
    return []


@pytest.fixture
def outlets(hostile: Any, authority: trustme.CA, resumed: list[bool]) -> Iterator[Any]:
    async def answer(writer: asyncio.StreamWriter) -> None:
        resumed.append(bool(writer.get_extra_info("ssl_object").session_reused))
        writer.write(OK)
        await writer.drain()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    yield from type(hostile)(answers={"*": answer}).run(tls=context)


def web_to(port: int, authority: trustme.CA, folder: Path) -> Web:
    bundle = folder / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return Web(
        clock=system_clock,
        user_agent="Torkham/0",
        limits=FetchLimits(host_gap_seconds=0),
        allow=frozenset((host, port) for host in HOSTS),
        names={"*": ["127.0.0.1"]},
        ca_file=bundle,
    )


def test_a_second_round_over_many_hosts_checks_no_certificate_again(
    outlets: Any, authority: trustme.CA, resumed: list[bool], tmp_path: Path
) -> None:
    requests = [FetchRequest(key=h, url=f"https://{h}:{outlets.port}/") for h in HOSTS]
    with web_to(outlets.port, authority, tmp_path) as web:
        for _ in range(2):
            assert all(isinstance(outcome, Fetched) for outcome in web.fetch_all(requests))
    assert resumed == [False] * len(HOSTS) + [True] * len(HOSTS)


def test_closing_forgets_the_sessions(
    outlets: Any, authority: trustme.CA, resumed: list[bool], tmp_path: Path
) -> None:
    request = FetchRequest(key="k", url=f"https://{HOSTS[0]}:{outlets.port}/")
    for _ in range(2):
        with web_to(outlets.port, authority, tmp_path) as web:
            assert isinstance(web.fetch(request), Fetched)
    assert resumed == [False, False]
