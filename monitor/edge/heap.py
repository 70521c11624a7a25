"""How the C library keeps memory: in one heap, however many threads come and go.

glibc gives threads heaps of their own, eight a core, and every job runs in a new thread: each
heap grows in time to the most that any job ever needed at once. ``malloc_trim`` gives back what is
free inside them all, but the free end of the first heap alone: a job that had 17 MB in another one
left them there. The service stood at 343 MB after 1,500 items with as many heaps as there
may be. One heap costs no time: SQLite, which works beside others, takes memory in turns anyway.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8  # malloc.h: M_ARENA_MAX


def give_back() -> None:
    """Give memory that nothing is in back to the system; a few milliseconds."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def one() -> None:
    """Keep to one heap from now on. Elsewhere than on glibc nothing is done, or needed.

    Call it before threads start: a heap that one of them has by then stays in use.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
