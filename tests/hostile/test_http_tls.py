"""Over https only a certificate that proves the host is believed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, FetchRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "bundle.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def secure(hostile: Any, authority: trustme.CA) -> Iterator[Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("outlet.example").configure_cert(context)
    second = type(hostile)(answers={"*": OK})
    yield from second.run(tls=context)


def ask(port: int, host: str, ca_file: Path | None, deadline: float = 5) -> FetchOutcome:
    web = Web(
        clock=system_clock,
        user_agent="Torkham/0",
        limits=FetchLimits(deadline_seconds=deadline, host_gap_seconds=0),
        allow=frozenset({(host, port)}),
        names={"*": ["127.0.0.1"]},
        ca_file=ca_file,
    )
    with web:
        return web.fetch(FetchRequest(key="k", url=f"https://{host}:{port}/"))


def test_a_certificate_of_a_known_authority_is_believed(secure: Any, bundle: Path) -> None:
    assert isinstance(ask(secure.port, "outlet.example", bundle), Fetched)


def test_a_certificate_for_another_host_is_not(secure: Any, bundle: Path) -> None:
    outcome = ask(secure.port, "other.example", bundle)
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.TLS
    assert secure.asked == []


def test_a_certificate_of_an_unknown_authority_is_not(secure: Any) -> None:
    outcome = ask(secure.port, "outlet.example", None)
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.TLS
    assert secure.asked == []


def test_a_server_that_speaks_no_tls_is_a_fault(hostile: Any, bundle: Path) -> None:
    hostile.answers["*"] = OK
    outcome = ask(hostile.port, "outlet.example", bundle, 0.5)
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault in {Fault.TLS, Fault.DEADLINE}


def test_a_second_thread_waits_its_turn(hostile: Any) -> None:
    hostile.answers["*"] = OK
    outcomes: list[FetchOutcome] = []
    with Web(
        clock=system_clock,
        user_agent="Torkham/0",
        limits=FetchLimits(host_gap_seconds=0),
        allow=frozenset({("127.0.0.1", hostile.port)}),
    ) as web:
        request = FetchRequest(key="k", url=hostile.url("/"))
        threads = [
            threading.Thread(target=lambda: outcomes.append(web.fetch(request))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert [type(outcome) for outcome in outcomes] == [Fetched] * 8
