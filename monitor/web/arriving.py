"""Where a request comes from: whose it is, under which name, and whether it travelled by HTTPS.

Forwarded headers are anybody's to write. Of a proxy the administrator named, two are believed:
``X-Forwarded-For``, read from its end, and ``X-Forwarded-Proto``. From nobody else is anything.
``Forwarded`` and ``X-Forwarded-Host`` are never believed: a proxy that does not set them hands on
what the browser wrote (docs/decisions/0020).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from monitor.web.desk import Desk, Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HOPS: Final = 16  # more proxies in a row than anybody has
# What no browser sends and any proxy may: a request with one of them was handed on.
_HANDED_ON: Final = ("forwarded", "via", "x-real-ip")
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
_WITH_PORT: Final = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")


def host_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a Host header names us: with its port, or without it."""
    found = _named(host)
    return found is not None and (found[0] in allowed or found[1] in allowed)


def names_of(desk: Desk) -> tuple[str, ...]:
    """Return the host names the desk answers to, in small letters."""
    told = _named(urlsplit(desk.address).netloc)
    return (*(host.lower() for host in desk.allowed_hosts), *([told[1]] if told else ()))


def over_https(desk: Desk, request: Request) -> bool:
    """Say whether the reader's browser speaks HTTPS: by the desk's address, or a proxy's word.

    Under a name of this machine, as through an ssh tunnel, the desk's address says nothing.
    """
    if not _names_this_machine(request) and desk.address.startswith("https://"):
        return True
    told = request.headers.get("x-forwarded-proto", "").strip().lower() == "https"
    return told and _believed(_peer(request), desk.proxies)


def base_of(desk: Desk, request: Request) -> str:
    """Return the address the reader uses, without a path, to build whole links on."""
    secure = over_https(desk, request)
    if secure and desk.address and not _names_this_machine(request):
        return desk.address
    return f"http{'s' if secure else ''}://{request.headers['host']}"


def foreign(desk: Desk, request: Request) -> bool:
    """Say whether another site's page sent this request.

    ``Sec-Fetch-Site`` decides where the browser sends it: no page can forge it. Under our own
    ``Referrer-Policy: no-referrer`` a browser writes ``Origin: null`` even for our own forms, so
    null is trusted only beside it. Without both headers no browser is at work, or a very old one,
    and the token decides alone.
    """
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return True
    if origin is None or (origin == "null" and site == "same-origin"):
        return False
    return origin not in _own_origins(desk, request)


def _own_origins(desk: Desk, request: Request) -> set[str]:
    host = request.headers.get("host", "")
    if over_https(desk, request):  # a proxy may hand on a Host without its port
        return {f"https://{host}", base_of(desk, request)}
    return {f"http://{host}", f"https://{host}"}


def address_of(desk: Desk, request: Request) -> str:
    """Return whose tries are counted together: an IPv4 address, or an IPv6 network of one user."""
    client = _client(desk, request)
    if client is None:
        return _peer_text(request)
    if client.version == 4:
        return str(client)
    return str(ipaddress.ip_network((client, 64), strict=False))


def _client(desk: Desk, request: Request) -> Address | None:
    """Return the last address that no proxy of ours vouches for; None when nothing is one.

    Each proxy adds at the end whom it saw. What stands before the first entry that is none of
    our proxies was written by whoever sent it, and is not read.
    """
    client = _peer(request)
    for told in reversed(_chain(request.headers)[-_HOPS:]):
        if not _believed(client, desk.proxies):
            break
        before = _address(told)
        if before is None:  # what a proxy of ours could not tell is counted as its own
            break
        client = before
    return client


def _chain(headers: Headers) -> list[str]:
    """Return the entries of all ``X-Forwarded-For`` headers in their order."""
    return ",".join(headers.getlist("x-forwarded-for")).split(",")


def at_the_machine(desk: Desk, request: Request) -> bool:
    """Say whether this comes from the machine itself, through no proxy, under a name of its own."""
    handed_on = any(
        name in _HANDED_ON or name.startswith("x-forwarded") for name in request.headers
    )
    peer = _peer(request)
    itself = peer is not None and peer.is_loopback and not _believed(peer, desk.proxies)
    return itself and not handed_on and _names_this_machine(request)


def _names_this_machine(request: Request) -> bool:
    named = _named(request.headers.get("host", ""))
    if named is None:
        return False
    address = _address(named[1])
    return named[1] == "localhost" or (address is not None and address.is_loopback)


def _named(host: str) -> re.Match[str] | None:
    return _HOST.fullmatch(host.lower())


def _believed(peer: Address | None, proxies: tuple[Network, ...]) -> bool:
    return peer is not None and any(peer in network for network in proxies)


def _peer(request: Request) -> Address | None:
    return _address(_peer_text(request))


def _peer_text(request: Request) -> str:
    return request.client.host if request.client else ""


def _address(text: str) -> Address | None:
    """Read an address, alone or with a port; one of IPv4 written in IPv6 counts as itself."""
    text = text.strip()
    with_port = _WITH_PORT.fullmatch(text)
    if with_port:
        text = with_port[1] or with_port[2] or ""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        # Of a link's own address the zone is left off: it names a cable, not somebody.
        return mapped or ipaddress.IPv6Address(int(found))
    return found
