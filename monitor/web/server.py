"""The desk as an application, and the server that carries it.

desk = Desk(open_store=..., clock=..., zone=..., secret=...)
with serve(create(desk), host="127.0.0.1", port=8000) as serving:
    print(serving.url)
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import chain
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.web import api
from monitor.web.desk import HERE, Desk, Visit
from monitor.web.problems import refusal
from monitor.web.routing import Entry
from monitor.web.security import HEADERS, Door
from monitor.web.session import Seal
from monitor.web.views import (
    alerts,
    article,
    atom,
    books,
    bringing,
    claims,
    corpus,
    coverage,
    definition,
    explanation,
    feeding,
    find,
    health,
    history,
    kept,
    kinds,
    learning,
    missed,
    moving,
    names,
    people,
    pictures,
    queue,
    rules,
    sent,
    settings,
    stories,
    strands,
    timeline,
    today,
    together,
    tokens,
    versions,
    ways,
)
from monitor.web.views.door import Keeper
from store.db import StoreError
from store.desk import Role, suffices
from store.people import seen

_log: Final = logging.getLogger("torkham.desk")
_PARTS: Final = (
    today, queue, article, explanation, versions, stories, claims, coverage, books, bringing, kinds,
    corpus, kept, sent, alerts,
    learning, missed, moving, names, strands, definition, people, atom, find,
    tokens, api,
    settings, feeding, rules,
    pictures, timeline, together, history, ways, health,
)  # fmt: skip
_WHO: Final[Mapping[Role, str]] = {
    "reader": "people with an account",
    "reviewer": "reviewers",
    "administrator": "administrators",
}


def create(desk: Desk) -> Starlette:
    """Return the desk as an ASGI application. It opens nothing until it is asked."""
    seal = Seal(desk.secret)
    return Starlette(
        routes=_routes(desk, Keeper(seal)),
        middleware=[Middleware(Door, desk=desk, seal=seal)],
        exception_handlers={HTTPException: _plain(desk), Exception: _broken(desk)},
    )


def _routes(desk: Desk, keeper: Keeper) -> list[BaseRoute]:
    routes = [
        Route(entry.path, _endpoint(desk, entry), methods=[entry.method])
        for entry in entries(keeper)
    ]
    return [*routes, Mount("/static", StaticFiles(directory=HERE / "static"))]


def entries(keeper: Keeper) -> tuple[Entry, ...]:
    """Return every route of the desk, in the order they are tried."""
    return tuple(chain.from_iterable(part.ROUTES for part in (*_PARTS, keeper)))


def _endpoint(desk: Desk, entry: Entry) -> Callable[[Request], Response]:
    """Return a view as an endpoint: one store a request, opened and closed in its own thread.

    Whoever's role does not reach is turned away before the store is opened, here and nowhere else:
    the door has found out who it is, the route's entry says who may.
    """

    def endpoint(request: Request) -> Response:
        state = request.state
        if not suffices(state.session.role, entry.role):
            sentence = f"Only {_WHO[entry.role or 'reader']} may do that."
            return refusal(desk, request.url.path, 403, sentence, state.session)
        if entry.alone is not None:
            return entry.alone(desk, request)
        try:
            db = desk.open_store()
        except StoreError as error:
            return refusal(desk, request.url.path, 503, str(error), state.session)
        try:
            if entry.method == "POST" and state.session.person and not state.session.by_token:
                seen(db, state.session.person, desk.clock())
            return entry.view(
                Visit(
                    desk=desk,
                    request=request,
                    db=db,
                    now=desk.clock(),
                    session=state.session,
                    token=state.token,
                    form=state.form,
                    files=state.files,
                )
            )
        except StoreError as error:
            return refusal(desk, request.url.path, 503, str(error), state.session)
        finally:
            db.close()

    return endpoint


def _plain(desk: Desk) -> Callable[[Request, Exception], Response]:
    def handler(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        said = error.detail if isinstance(error, HTTPException) else ""
        ours = said and said != HTTPStatus(status).phrase
        words = {404: "There is no such page.", 405: "That page takes no such request."}
        sentence = said if ours else words.get(status, "That cannot be done here.")
        session = getattr(request.state, "session", None)
        answer = refusal(desk, request.url.path, status, sentence, session)
        answer.headers.update(getattr(error, "headers", None) or {})  # 405 says what is allowed
        return answer

    return handler


def _broken(desk: Desk) -> Callable[[Request, Exception], Response]:
    def handler(request: Request, error: Exception) -> Response:
        _log.error("the desk broke on %s", request.url.path, exc_info=error)
        page = refusal(desk, request.url.path, 500, "The desk itself broke here; the log says how.")
        page.headers.update(HEADERS)  # this answer is given outside the door
        return page

    return handler


# --- serving --------------------------------------------------------------------------------


def check_binding(host: str, *, accounts: bool, shared: bool = False) -> str | None:
    """Return a sentence when the desk may not listen on ``host``; None when it may.

    ``shared``: others are meant to reach it all the same, through a proxy on this machine.
    """
    try:
        local = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = host == "localhost"
    if accounts or (local and not shared):
        return None
    place = "through its proxy" if local else f"on {host}"
    return (
        f"The desk would be open to everybody {place}: give somebody an account "
        "(torkham people add NAME --role administrator), or keep it to this machine "
        "(web.host: 127.0.0.1, no web.address, no web.proxy)."
    )


class _Ticking(uvicorn.Server):
    """Counts its rounds, ten a second: while they grow, requests are answered."""

    beats = 0

    async def on_tick(self, counter: int) -> bool:
        """Count, then do what is to be done each round."""
        self.beats += 1
        return await super().on_tick(counter)


class Serving:
    """A desk being served; ``run`` serves in this thread, ``with`` in a thread of its own.

    The socket is bound at birth, so ``port`` is known before the first request.
    """

    def __init__(self, app: Starlette, bound: socket.socket, *, grace: float) -> None:
        self._socket = bound
        self.host, self.port = bound.getsockname()[:2]
        self._thread: threading.Thread | None = None
        self._server = _Ticking(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=100,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=max(1, round(grace)),
                h11_max_incomplete_event_size=32 * 1024,
            )
        )

        # A feed reader's address holds its token: no line of requests, whatever handlers there are.
        logging.getLogger("uvicorn.access").disabled = True

    @property
    def url(self) -> str:
        """The front page's address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    @property
    def beats(self) -> int:
        """A count that grows for as long as the desk is alive."""
        return self._server.beats

    def run(self) -> None:
        """Serve in this thread until ``stop``, or Ctrl-C when it is the main thread."""
        self._server.run(sockets=[self._socket])

    def start(self) -> Self:
        """Serve in a thread of its own; connections wait until it accepts them."""
        self._thread = threading.Thread(target=self.run, name="desk", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the requests under way, then stop; waits for the thread, at most ten seconds."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(10)
        self._socket.close()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def serve(app: Starlette, *, host: str = "127.0.0.1", port: int = 0, grace: float = 3) -> Serving:
    """Bind ``host``:``port`` (0: any free port) and return the desk, ready to run.

    Raises ``OSError`` when the address cannot be bound. ``grace`` is in seconds: how long requests
    under way may take once it stops. Whether it may listen there is ``check_binding``'s to say.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.create_server((host.strip("[]"), port), family=family, backlog=64)
    # asyncio sets this only on sockets made with the protocol named; without it every answer on a
    # kept connection waits 40 ms for the reader's acknowledgement.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Serving(app, bound, grace=grace)
