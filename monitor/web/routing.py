"""The desk's table of routes: each view module lists its own, with the least role that may ask.

A route without a role cannot be written, so that no page can forget who may see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from monitor.web.desk import Desk, Visit
from store.desk import Role

View = Callable[[Visit], Response]
Answer = Callable[[Desk, Request], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One route. ``role`` None: open to everybody, signed in or not.

    ``alone``: answers in place of ``view``, without the store, which may be what is unwell.
    """

    method: Literal["GET", "POST"]
    path: str
    view: View
    role: Role | None
    alone: Answer | None = None


def page(path: str, view: View, *, role: Role | None = "reader") -> Entry:
    """Return a page: it shows and changes nothing."""
    return Entry(method="GET", path=path, view=view, role=role)


def act(path: str, view: View, *, role: Role | None = "reviewer") -> Entry:
    """Return what a form is sent to: it changes something and leads on."""
    return Entry(method="POST", path=path, view=view, role=role)


def bare(path: str, answer: Answer, *, role: Role | None) -> Entry:
    """Return what is answered without opening the store."""
    return Entry(method="GET", path=path, view=_never, role=role, alone=answer)


def _never(_visit: Visit) -> Response:
    raise AssertionError("a route that answers alone has no view")
