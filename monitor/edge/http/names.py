"""Names looked up in threads of their own, as many as there are requests.

libcurl has some twenty threads for it, and each waits ten seconds for a name server that is silent:
fifty such names, and no other is looked up before its deadline. It cannot be told to have more.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from threading import Lock, Thread
from typing import Any


class Lookups:
    """Looks names up; what is found waits in ``found`` and is announced on ``fileno``.

    Nothing here judges an address: the socket is where that is done.
    """

    def __init__(self) -> None:
        self.found: deque[tuple[Any, str]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False
        self._lock = Lock()

    def fileno(self) -> int:
        """Return the descriptor that is readable while something was found."""
        return self._bell

    def ask(self, what: object, host: str, port: int) -> None:
        """Look ``host`` up; later ``found`` has ``what`` with its addresses, "" for none."""
        asking = Thread(target=self._look, args=(what, host, port), daemon=True, name="names")
        try:
            asking.start()
        except RuntimeError:  # out of threads: this request fails, the run goes on
            self._tell(what, "")

    def heard(self) -> None:
        """Take notice, before ``found`` is read."""
        os.eventfd_read(self._bell)

    def close(self) -> None:
        """Let go; whoever still waits for a name server does so for nobody."""
        with self._lock:
            if not self._closed:
                os.close(self._bell)
            self._closed = True

    def _look(self, what: object, host: str, port: int) -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers = []
        addresses = dict.fromkeys(str(answer[4][0]) for answer in answers)
        self._tell(what, ",".join(addresses))

    def _tell(self, what: object, addresses: str) -> None:
        with self._lock:
            if not self._closed:
                self.found.append((what, addresses))
                os.eventfd_write(self._bell, 1)
