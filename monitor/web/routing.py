"""The desk's table of routes: each view module lists its own, with the least role that may ask.

A route without a role cannot be written, so that no page can forget who may see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from monitor.web.desk import Visit
from store.desk import Role

View = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One route. ``role`` None: open to everybody, signed in or not."""

    method: Literal["GET", "POST"]
    path: str
    view: View
    role: Role | None


def page(path: str, view: View, *, role: Role | None = "reader") -> Entry:
    """Return a page: it shows and changes nothing."""
    return Entry(method="GET", path=path, view=view, role=role)


def act(path: str, view: View, *, role: Role | None = "reviewer") -> Entry:
    """Return what a form is sent to: it changes something and leads on."""
    return Entry(method="POST", path=path, view=view, role=role)
