"""Named places in the work at which a test may end the process; in the product they do nothing.

What a kill at a bad moment costs can only be shown by dying at that very moment. The work says
where it is; whoever wants to act on it hands in a function. Nothing in the product does, and no
setting, option or environment variable can (docs/decisions/0024).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

Point: TypeAlias = Literal[
    "after-fetch",  # an answer is here; nothing was made of it
    "after-parse",  # a feed was read; nothing of it is kept
    "after-extract",  # a page was read; nothing of it is kept
    "after-judge",  # verdicts are made; none is kept
    "after-span",  # a stretch of an archive was read; nothing of it is kept
    "span-kept",  # what came of it is kept; whoever handed it over does not know yet
    "before-commit",  # everything of a transaction is written but the commit
    "after-commit",  # it is kept; whoever waited for it does not know yet
    "before-send",  # a message is claimed; nothing went out
    "after-send",  # it went out; that it did is not kept
]
POINTS: tuple[Point, ...] = get_args(Point)

_act: Callable[[str], None] | None = None


def reached(point: Point) -> None:
    """Say that the work has come to ``point``. In the product this does nothing."""
    if _act is not None:
        _act(point)


def install(act: Callable[[str], None] | None) -> None:
    """Have ``act`` called at every point from now on; None: nothing. Only tests do."""
    global _act  # noqa: PLW0603 - one hook for the process, as it is the process that dies
    _act = act
