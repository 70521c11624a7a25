"""Over https only a certificate that proves the host is believed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

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


def of_a_time(authority: trustme.CA, first: int, last: int) -> trustme.LeafCert:
    """Return a certificate for the outlet, good from and to a year; a test has no other clock."""
    return authority.issue_cert(
        "outlet.example",
        not_before=datetime(first, 1, 1, tzinfo=UTC),
        not_after=datetime(last, 1, 1, tzinfo=UTC),
    )


def certificate(what: str, authority: trustme.CA, context: ssl.SSLContext) -> None:
    """Make ``context`` show a certificate that something is wrong with."""
    match what:
        case "past":
            of_a_time(authority, 2001, 2002).configure_cert(context)
        case "future":
            of_a_time(authority, 9000, 9001).configure_cert(context)
        case "elsewhere":
            authority.issue_cert("elsewhere.example").configure_cert(context)
        case "stranger":
            trustme.CA().issue_cert("outlet.example").configure_cert(context)
        case _:
            key, shown = self_signed("outlet.example")
            with trustme.Blob(shown).tempfile() as chain, trustme.Blob(key).tempfile() as secret:
                context.load_cert_chain(chain, secret)


def self_signed(host: str) -> tuple[bytes, bytes]:
    """Return a key and a certificate for ``host`` by nobody but itself, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    named = x509.SubjectAlternativeName([x509.DNSName(host)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9000, 1, 1, tzinfo=UTC))
        .add_extension(named, critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        made.public_bytes(Encoding.PEM),
    )


CERTIFICATES = {
    "past": "has expired",
    "future": "not valid yet",
    "elsewhere": "another host",
    "stranger": "No authority that is known here",
    "itself": "no authority vouches for it",
}


@pytest.mark.parametrize("what", CERTIFICATES)
def test_what_is_wrong_with_a_certificate_is_said_in_words(
    hostile: Any, authority: trustme.CA, bundle: Path, what: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate(what, authority, context)
    for secure in type(hostile)(answers={"*": OK}).run(tls=context):
        outcome = ask(secure.port, "outlet.example", bundle)
        assert isinstance(outcome, FetchFailed)
        assert outcome.fault is Fault.TLS
        assert CERTIFICATES[what] in outcome.detail
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
