"""A URL taken apart once, strictly, and put together anew.

Most ways round an address check live in the gap between two parsers of the same URL. Here one
parser decides, whatever is odd is refused, and the client is given only what was rebuilt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

from monitor.edge.http.addresses import refusal
from monitor.model import Fault

LONGEST_URL = 4096
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@%\s]+)(?::([0-9]{1,5})?)?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*|0o[0-7]+)")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_USER = re.compile(r"[/\\]{2,}[^/?#]*@")
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"  # reserved and unreserved characters stay as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes. ``url`` is rebuilt: ASCII, no user, no fragment, no default port."""

    scheme: str
    host: str  # lower-case, ASCII; an IPv6 address without brackets
    port: int
    url: str

    @property
    def origin(self) -> str:
        """The scheme, host and port, as a URL without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTarget:
    """A URL that is not asked for, and why, in a sentence that holds none of its secrets."""

    fault: Fault
    detail: str


@lru_cache(maxsize=1024)  # a feed is asked by the same URL every time
def target_of(url: str) -> Target | NoTarget:
    """Read ``url`` strictly; total on any string."""
    if len(url) > LONGEST_URL:
        return _bad(f"longer than {LONGEST_URL} characters")
    if _FORBIDDEN.search(url):
        return _bad("a control character or a backslash")
    match = _URL.fullmatch(url)
    if match is None:
        return _other_scheme(url)
    scheme, authority, path, query = match.groups(default="")
    if "@" in authority:
        return _bad("it carries a user name or a password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        return _bad("the host cannot be read")
    host = _host(parts[1])
    if isinstance(host, NoTarget):
        return host
    port = int(parts[2] or _PORTS[scheme.lower()])
    if not 0 < port < 65536:
        return _bad("there is no such port")
    return _rebuilt(scheme.lower(), host, port, quote(path or "/", _SAFE) + quote(query, _SAFE))


def follow(base: Target, location: str) -> Target | NoTarget:
    """Read where a redirect from ``base`` leads; a step down from https to http is refused."""
    if _FORBIDDEN.search(location) or len(location) > LONGEST_URL:
        return _bad("the redirect leads to an odd address")
    location = location.strip(" ")
    if _SCHEME.match(location):
        return _no_step_down(base, target_of(location))
    try:
        joined = urljoin(base.url, location)
    except ValueError:
        return _bad("the redirect leads to an odd address")
    return _no_step_down(base, target_of(joined))


def _no_step_down(base: Target, target: Target | NoTarget) -> Target | NoTarget:
    if isinstance(target, Target) and (base.scheme, target.scheme) == ("https", "http"):
        return NoTarget(fault=Fault.SCHEME, detail="Redirected from https down to http.")
    return target


def without_user(url: str) -> str:
    """Leave out what may be a user name and password, so that ``url`` can be shown and logged."""
    return _USER.sub("//", url, count=1)


def disallowed(target: Target, allow: frozenset[tuple[str, int]]) -> NoTarget | None:
    """Refuse a host that is itself a non-public address, unless this very pair is allowed."""
    if (target.host, target.port) in allow:
        return None
    if target.host == "localhost" or target.host.endswith((".localhost", ".localdomain")):
        return _blocked("this machine")
    literal = ":" in target.host or target.host.replace(".", "").isdigit()
    why = refusal(target.host) if literal else None
    return _blocked(why) if why else None


def _rebuilt(scheme: str, host: str, port: int, rest: str) -> Target:
    shown = f"[{host}]" if ":" in host else host
    colon = "" if port == _PORTS[scheme] else f":{port}"
    return Target(scheme=scheme, host=host, port=port, url=f"{scheme}://{shown}{colon}{rest}")


def _host(text: str) -> str | NoTarget:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except AddressValueError:
            return _bad("the IPv6 address cannot be read")
    try:
        # The codec folds full-width digits and circled numbers, so they are judged below as what
        # they mean to a resolver.
        name = text.lower() if text.isascii() else text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return _bad("the host name cannot be read")
    name = name.removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _number(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return _bad("the host name cannot be read")
    return name


def _number(name: str) -> str | NoTarget:
    try:
        return str(IPv4Address(name))
    except AddressValueError:
        # Octal, hexadecimal, short and overflowing forms: resolvers disagree on what they mean,
        # and nobody publishes at one.
        return _blocked("an address in disguise")


def _other_scheme(url: str) -> NoTarget:
    match = _SCHEME.match(url)
    if match is None or match[1].lower() in _PORTS:
        return _bad("not an absolute http or https URL")
    return NoTarget(fault=Fault.SCHEME, detail=f"{match[1][:20]}: is neither http nor https.")


def _bad(detail: str) -> NoTarget:
    return NoTarget(fault=Fault.BAD_URL, detail=f"The URL was refused: {detail}.")


def _blocked(why: str) -> NoTarget:
    return NoTarget(fault=Fault.BLOCKED_ADDRESS, detail=f"The address was refused: {why}.")
