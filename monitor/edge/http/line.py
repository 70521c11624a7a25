"""A libcurl handle as every request here has it: no proxy, no redirect, each address judged."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pycurl

from monitor.edge.http.addresses import refusal
from monitor.edge.http.target import Target

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine, BSD
)
_NO_SOCKET: int = pycurl.SOCKET_BAD
_OPTIONS: tuple[tuple[int, Any], ...] = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.PROXY, ""),  # an environment proxy would go round the address check
    (pycurl.NOPROXY, "*"),
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.HTTP09_ALLOWED, 0),
    (pycurl.HTTP_CONTENT_DECODING, 0),  # we inflate, because we stop at the cap
    (pycurl.SSL_VERIFYPEER, 1),
    (pycurl.SSL_VERIFYHOST, 2),
    # Without the post-quantum share of newer OpenSSLs: what we read is public, the share costs
    # about a fifth of the CPU of a 304, and old firewalls choke on the larger greeting.
    (pycurl.SSL_EC_CURVES, "X25519:P-256:P-384:P-521"),
    (pycurl.BUFFERSIZE, 65_536),
)


class Guard:
    """Judges the address of every socket a handle opens; ``blocked`` says why one was refused.

    ``allow`` names exact hosts and ports that may be anywhere.
    """

    __slots__ = ("_allow", "_target", "blocked")

    def __init__(self, allow: frozenset[tuple[str, int]]) -> None:
        self._allow = allow
        self._target: Target | None = None
        self.blocked: str | None = None

    def aim(self, target: Target) -> None:
        """Say where the handle's next transfer goes; what was refused before is forgotten."""
        self._target = target
        self.blocked = None

    def open_socket(self, _purpose: int, address: Any) -> _Handed | int:
        """Judge the very address the socket would go to: no second look-up can change it."""
        family, kind, protocol, where = address
        if self._target is None or (self._target.host, self._target.port) not in self._allow:
            inet = family in {socket.AF_INET, socket.AF_INET6}
            why = refusal(where[0]) if inet else "not an internet address"
            if self.blocked or why:
                # One bad record among good ones taints the name: nothing more is tried.
                self.blocked = self.blocked or why
                return _NO_SOCKET
        with suppress(OSError):  # out of descriptors: the fetch fails, the run goes on
            return _Handed(socket.socket(family, kind, protocol).detach())
        return _NO_SOCKET


class _Handed:
    """A descriptor on its way to libcurl, which keeps a duplicate and lets go of this one."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def __del__(self) -> None:
        os.close(self._number)


def handle(guard: Guard, ca_file: str | None) -> Any:
    """Return an easy handle whose every socket ``guard`` judges; the caller closes it."""
    curl = pycurl.Curl()
    for option, value in _OPTIONS:
        curl.setopt(option, value)
    if ca_file is not None:
        curl.setopt(pycurl.CAINFO, ca_file)
        curl.unsetopt(pycurl.CAPATH)  # with a directory set, libcurl does not keep its store
    curl.setopt(pycurl.OPENSOCKETFUNCTION, guard.open_socket)
    return curl


def pinned(target: Target, names: dict[str, str]) -> list[str]:
    """Return, as libcurl takes it, which addresses the name of ``target`` has by ``names``."""
    found = names.get(target.host, names.get("*", ""))
    return [f"{target.host}:{target.port}:{found}"] if found else []


def system_bundle() -> str | None:
    """Find the system's certificates, else certifi's if it is there, else libcurl's own choice."""
    found = next((path for path in _BUNDLES if Path(path).is_file()), None)
    if found is not None:
        return found
    with suppress(ImportError):
        import certifi

        return str(certifi.where())
    return None
