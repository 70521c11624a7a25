"""What ``torkham check`` says of the way people reach the desk: sentences for an administrator."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from monitor.config.kinds import is_local
from monitor.config.shape import Web

_PAGE = "docs/how-to/behind-a-proxy.md"


def risks(web: Web, *, accounts: bool) -> Iterator[str]:
    """Give a sentence for each thing that is risky or half done; none for a desk of one machine."""
    if not web.is_shared:
        return
    secure = (web.address or "").startswith("https://")
    if not secure:
        yield from _in_the_clear(web)
    elif not web.proxy:
        yield (
            "web.proxy names no proxy, so everybody who signs in through it is taken for one: five "
            "wrong passwords keep all of them out for five minutes. Name the proxy's address, as "
            f"the desk sees it; see {_PAGE}"
        )
    if secure and web.proxy and not is_local(web.host) and all(map(_loopback, web.proxy)):
        yield (
            f"the proxy is on this machine, but the desk listens on {web.host}: whoever goes round "
            "the proxy sends passwords in the clear. web.host can stay 127.0.0.1"
        )
    if not accounts:
        yield (
            "the desk is to be reached by others and there is no account, so it will not start: "
            "torkham people add NAME --role administrator"
        )


def _in_the_clear(web: Web) -> Iterator[str]:
    place = web.address or (web.host if not is_local(web.host) else "")
    if web.proxy:
        yield (
            "web.proxy is set and web.address names no https:// address: cookies and links are "
            f"right only for requests the proxy marks as HTTPS; see {_PAGE}"
        )
    elif place:
        yield (
            f"the desk is open at {place} without HTTPS: passwords go over the network in the "
            "clear. Put a proxy with HTTPS in front and set web.address, or keep the desk on "
            f"127.0.0.1 and come through ssh; see {_PAGE}"
        )


def _loopback(network: str) -> bool:
    return ipaddress.ip_network(network).is_loopback
