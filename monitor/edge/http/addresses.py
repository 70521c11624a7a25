"""Which addresses a fetch may reach: the public internet, and nothing else.

``ipaddress.is_global`` is no sufficient answer: Python 3.11 calls NAT64, 6to4, v4-compatible and
multicast addresses global that lead into the machine or its network. So the table is our own,
after the IANA special-purpose registries (RFC 6890 and successors), and it refuses more than it
must: an anycast service nobody publishes news on costs nothing, a reachable metadata service
costs everything.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

_REFUSED_4 = tuple(
    (int(network.network_address), int(network.broadcast_address), why)
    for network, why in (
        (IPv4Network("0.0.0.0/8"), "this network"),
        (IPv4Network("10.0.0.0/8"), "private"),
        (IPv4Network("100.64.0.0/10"), "carrier-grade NAT"),
        (IPv4Network("127.0.0.0/8"), "loopback"),
        (IPv4Network("168.63.129.16/32"), "a cloud's host agent, though it looks public"),
        (IPv4Network("169.254.0.0/16"), "link-local"),
        (IPv4Network("172.16.0.0/12"), "private"),
        (IPv4Network("192.0.0.0/24"), "protocol assignments"),
        (IPv4Network("192.0.2.0/24"), "documentation"),
        (IPv4Network("192.31.196.0/24"), "AS112"),
        (IPv4Network("192.52.193.0/24"), "multicast tunnels"),
        (IPv4Network("192.88.99.0/24"), "6to4 relays"),
        (IPv4Network("192.168.0.0/16"), "private"),
        (IPv4Network("192.175.48.0/24"), "AS112"),
        (IPv4Network("198.18.0.0/15"), "benchmarks"),
        (IPv4Network("198.51.100.0/24"), "documentation"),
        (IPv4Network("203.0.113.0/24"), "documentation"),
        (IPv4Network("224.0.0.0/4"), "multicast"),
        (IPv4Network("240.0.0.0/4"), "reserved or broadcast"),
    )
)

_PUBLIC_6 = IPv6Network("2000::/3")
"""All that is given out. Loopback, mapped, compatible, NAT64, ULA and multicast lie outside."""

_REFUSED_6 = (
    (IPv6Network("2001::/23"), "protocol assignments, Teredo and ORCHID among them"),
    (IPv6Network("2001:db8::/32"), "documentation"),
    (IPv6Network("2002::/16"), "6to4"),
    (IPv6Network("2620:4f:8000::/48"), "AS112"),
    (IPv6Network("3fff::/20"), "documentation"),
)


def refusal(address: str) -> str | None:
    """Say why ``address`` may not be connected to; None when it is public.

    ``address`` is what a socket is about to connect to, in canonical text. Anything that is not
    an IPv4 or IPv6 address, or carries a zone, is refused.
    """
    if ":" in address:
        return _refusal_6(address)
    try:
        number = int(IPv4Address(address))
    except AddressValueError:
        return "not an internet address"
    return next((why for low, high, why in _REFUSED_4 if low <= number <= high), None)


def _refusal_6(address: str) -> str | None:
    try:
        value = IPv6Address(address)
    except AddressValueError:
        return "not an internet address"
    if value.scope_id is not None or value not in _PUBLIC_6:
        return "not a public IPv6 address"
    return next((why for network, why in _REFUSED_6 if value in network), None)
