"""TLS sessions, kept between two polls of a host."""

from __future__ import annotations

import zlib
from typing import Any

import pycurl

_CACHES = 32


class Sessions:
    """TLS sessions of some 800 hosts, resumed when a host is asked again: no certificate to check.

    libcurl keeps the sessions of 25 hosts in a cache and cannot be told to keep more, so a round
    over more feeds would throw each away before its host is asked again: hosts are spread over
    several caches. It resumes only what was checked by the same rules.
    """

    def __init__(self) -> None:
        self._caches: dict[int, Any] = {}

    def of(self, host: str) -> Any:
        """Return the cache that a handle on its way to ``host`` is to share."""
        number = zlib.crc32(host.encode()) % _CACHES
        if number not in self._caches:
            self._caches[number] = cache = pycurl.CurlShare()
            cache.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_SSL_SESSION)
        return self._caches[number]

    def close(self) -> None:
        """Forget them; every handle must be closed before."""
        for cache in self._caches.values():
            cache.close()
        self._caches.clear()
