"""One thread at a time: the others wait for their turn, and give signs of life meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from store.pulse import beat

_PATIENCE = 0.25  # seconds between two signs of life


@contextmanager
def in_turn(lock: Lock) -> Iterator[None]:
    """Hold ``lock`` inside the block. Waiting for it is no standstill, however long it takes.

    A harvest of 500 pages of one polite outlet holds it for a quarter of an hour, and the watchdog
    took the job that waited behind it for dead. Who holds the lock is minded himself.
    """
    while not lock.acquire(timeout=_PATIENCE):
        beat()
    try:
        yield
    finally:
        lock.release()
