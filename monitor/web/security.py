"""The desk's door: every request passes here before any view, and every answer on the way out.

It promises: only our own host names are answered; no page may load, frame or send anything
elsewhere; once there is an account nobody else reads a page; a desk without accounts answers its
own machine alone; nothing changes without a form of this very session, sent by a page of this very
site, or a program's token; no form is larger than 64 KB, but for files on the one page that takes
them, from whoever may bring texts in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.arriving import at_the_machine, foreign, host_allowed, names_of, over_https
from monitor.web.desk import Desk, pages
from monitor.web.problems import FIGURES, for_programs, refusal
from monitor.web.session import (
    COOKIE,
    LASTS,
    SECURE_COOKIE,
    Seal,
    Session,
    held_by,
    new_session,
    recognised,
)
from monitor.web.uploads import UPLOAD_BYTES, UPLOAD_SECONDS, UploadError, parts
from store import tokens
from store.desk import suffices
from store.faults import StoreError

FORM_BYTES: Final = 64 * 1024
FORM_SECONDS: Final = 15.0
FORM_FIELDS: Final = 500  # a story's page has a box to tick for each of its articles
METHODS: Final = ("GET", "HEAD", "POST")
_SECRET: Final = frozenset({"token", "password", "new", "again"})
_UPLOADS: Final = "/corpus/bring"  # the one form that carries files, for reviewers
_PUBLIC: Final = ("/login", "/healthz")
_BEFORE_CHANGE: Final = ("/you", "/you/password", "/leave", "/leave/everywhere")
_NO_ACCOUNTS: Final = (
    "This desk has no accounts yet, so it answers on its own machine alone. There: "
    "torkham people add NAME --role administrator"
)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "x-dns-prefetch-control": "off",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}
# A year, for this host alone: what stands beside it on the domain is not ours to bind.
_HTTPS_FROM_NOW_ON: Final = "max-age=31536000"


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """A request the door turns away, with the sentence shown.

    ``fields`` are those of a form of our own that came too late: what was written is given back.
    """

    def __init__(
        self, status: int, sentence: str, *, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.fields = status, sentence, fields or {}


class Door:
    """The outermost layer of the desk, as ASGI middleware."""

    def __init__(self, app: ASGIApp, desk: Desk, seal: Seal) -> None:
        self._app, self._desk, self._seal = app, desk, seal
        self._hosts = names_of(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on with its session, token and form in its state."""
        if scope["type"] != "http":
            return  # no web sockets here, and no lifespan to run
        request = Request(scope, receive)
        facts: dict[str, object] = {"session": None, "keep": None, "form": {}, "body": b""}
        facts["files"] = ()
        scope["state"] = {**scope.get("state", {}), **facts}
        if over_https(self._desk, request):
            scope["scheme"] = "https"  # whole addresses are made of it
        try:
            answer = await self._admit(request)
        except Refused as no:
            session = request.state.session
            path, wrote = request.url.path, _written(no.fields)
            answer = refusal(self._desk, path, no.status, no.sentence, session, wrote=wrote)
            if no.status == 405:
                answer.headers["allow"] = ", ".join(METHODS)
        except StoreError as error:
            answer = refusal(self._desk, request.url.path, 503, str(error))
        await (answer or self._app)(scope, receive, self._outgoing(request, send))

    async def _admit(self, request: Request) -> Response | None:
        """Fill the request's state; return an answer of the door's own where there is one."""
        path, state = request.url.path, request.state
        if not host_allowed(request.headers.get("host", ""), self._hosts):
            raise Refused(421, "This desk does not answer to that host name.")
        if request.method not in METHODS:
            raise Refused(405, "That page takes no such request.")
        bearer = _bearer(request)
        if bearer is None:
            claimed = self._claimed(request)
            if claimed is None:
                return _bounce(self._desk, request)
            state.session = await self._known(request, claimed)
        else:
            state.session = await run_in_threadpool(self._holder, bearer)
        session: Session = state.session
        state.token = self._seal.token(session)
        if not (session.signed_in or _open_to_all(path) or self._figures_here(request)):
            if request.method == "POST" and not for_programs(path):
                raise Refused(401, "Please sign in first.", fields=await self._late(request))
            return _sign_in(self._desk, request)
        if session.must_change and not (_open_to_all(path) or path in _BEFORE_CHANGE):
            return _to_own_password(self._desk, request, session)
        if request.method == "POST":
            await self._read(request, session)
        return None

    def _claimed(self, request: Request) -> Session | None:
        """Return the session the cookie claims, or a new one; None when another site leads here."""
        now = self._desk.clock()
        named = _cookie_name(self._desk, request)
        cookie = cookie_parser(request.headers.get("cookie", "")).get(named, "")
        known = self._seal.open(cookie, now)
        if known is None and _from_elsewhere(request):
            return None
        if known is None:
            known = new_session(now)
            request.state.keep = known if _may_set_cookie(request.url.path) else None
        return known

    async def _known(self, request: Request, claimed: Session) -> Session:
        path = request.url.path
        if path.startswith("/static/") or path == "/healthz" or self._figures_here(request):
            return claimed  # the same for everybody: the store is not asked who this is
        session = await run_in_threadpool(self._recognised, request, claimed)
        if session is None:
            raise Refused(403, _NO_ACCOUNTS)
        if session.signed_in and request.state.keep is None:
            request.state.keep = self._seal.refreshed(session, self._desk.clock())
        return session

    def _figures_here(self, request: Request) -> bool:
        """Say whether a program on this machine asks for figures, and the settings let it."""
        desk = self._desk
        return request.url.path == FIGURES and desk.figures_here() and at_the_machine(desk, request)

    def _recognised(self, request: Request, claimed: Session) -> Session | None:
        with closing(self._desk.open_store()) as db:
            return recognised(db, claimed, at_the_machine=at_the_machine(self._desk, request))

    def _holder(self, bearer: str) -> Session:
        """Return the session of a program that shows a token; its cookies count for nothing."""
        now = self._desk.clock()
        with closing(self._desk.open_store()) as db:
            person = tokens.holder(db, bearer, now)
        if person is None or not person.active:
            raise Refused(401, "That token opens nothing: it is unknown, revoked or over.")
        if person.must_change:
            raise Refused(403, "Whoever the token is of must change their one-time password first.")
        return replace(held_by(new_session(now), person), by_token=True)

    async def _read(self, request: Request, session: Session) -> None:
        """Read what was sent, when this session may send it."""
        by_program = for_programs(request.url.path)
        if by_program and session.by_token:
            request.state.body = await _body(request)
            return
        if foreign(self._desk, request):
            raise Refused(403, "That form was sent by another site, so nothing was changed.")
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if by_program:
            # Without accounts nobody has a token. No page of another site can send JSON unasked.
            if session.person is not None:
                raise Refused(401, "A program that changes something shows a token.")
            if kind != "application/json":
                raise Refused(415, "Only JSON is read here: Content-Type: application/json.")
            request.state.body = await _body(request)
            return
        if kind == "multipart/form-data" and request.url.path == _UPLOADS:
            fields = await _with_files(request, session)
        elif kind != "application/x-www-form-urlencoded":
            raise Refused(415, "Only the desk's own forms are read here.")
        else:
            fields = _fields(await _body(request))
        if not self._seal.token_holds(session, fields.get("token", "")):
            sentence = "That form was too old. Go back, load the page anew and try again."
            raise Refused(403, sentence, fields=fields)
        request.state.form = fields

    async def _late(self, request: Request) -> Mapping[str, str]:
        """Return what a form of this site brought whose session was over by then."""
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if foreign(self._desk, request) or kind != "application/x-www-form-urlencoded":
            return {}
        return _fields(await _body(request))

    def _outgoing(self, request: Request, send: Send) -> Send:
        async def harden(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if over_https(self._desk, request):
                    headers["strict-transport-security"] = _HTTPS_FROM_NOW_ON
                keep = request.state.keep
                if keep is not None and not _sets_session(headers):
                    cookie = session_cookie(self._desk, self._seal, keep, request)
                    headers.append("set-cookie", cookie)
            await send(message)

        return harden


def session_cookie(desk: Desk, seal: Seal, session: Session, request: Request) -> str:
    """Return the Set-Cookie header's value for ``session``.

    Over HTTPS its name binds it to this very host: no other host of the domain, and nobody on the
    way of a plain request, can put another in its place.
    """
    named = _cookie_name(desk, request)
    secure = "; Secure" if named == SECURE_COOKIE else ""
    age = int(LASTS.total_seconds())
    return (
        f"{named}={seal.close(session)}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
    )


def _cookie_name(desk: Desk, request: Request) -> str:
    return SECURE_COOKIE if over_https(desk, request) else COOKIE


def _sets_session(headers: MutableHeaders) -> bool:
    ours = (f"{COOKIE}=", f"{SECURE_COOKIE}=")
    return any(value.startswith(ours) for value in headers.getlist("set-cookie"))


def _may_set_cookie(path: str) -> bool:
    return not (path.startswith("/static/") or path == "/healthz" or for_programs(path))


def _open_to_all(path: str) -> bool:
    return path in _PUBLIC or path.startswith("/static/")


def _bearer(request: Request) -> str | None:
    """Return the token a program shows, where programs are answered; None when it shows none."""
    if not for_programs(request.url.path):
        return None
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()[:200]
    if request.url.path.endswith(".atom"):  # feed readers can keep an address, rarely a header
        return request.query_params.get("token", "")[:200] or None
    return None


def _from_elsewhere(request: Request) -> bool:
    followed_link = request.headers.get("sec-fetch-mode") == "navigate" and request.method == "GET"
    return followed_link and request.headers.get("sec-fetch-site") == "cross-site"


def _bounce(desk: Desk, request: Request) -> Response:
    """Answer a link followed from a mail or another site.

    The browser holds a SameSite=Strict session back on such a request, so that a new one would
    sign the reader out. A page of ours that leads to the same place brings the session along.
    """
    html = pages().get_template("bounce.html").render(desk=desk, to=_asked(request))
    return HTMLResponse(html)


def _asked(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return own_path(quote(request.scope["path"]) + (f"?{query}" if query else ""))


def _sign_in(desk: Desk, request: Request) -> Response:
    """Answer somebody unknown: a page leads to the form, everything else is told why not."""
    path = request.url.path
    if for_programs(path):
        return refusal(desk, path, 401, "Please sign in first.", request.state.session)
    return RedirectResponse(f"/login?next={quote(_asked(request), safe='')}", status_code=303)


def _to_own_password(desk: Desk, request: Request, session: Session) -> Response:
    path = request.url.path
    if request.method == "POST" or for_programs(path):
        return refusal(desk, path, 403, "Please choose a password of your own first.", session)
    return RedirectResponse("/you", status_code=303)


async def _with_files(request: Request, session: Session) -> dict[str, str]:
    """Read a form with files; whoever may bring none in is turned away before it is read."""
    if not suffices(session.role, "reviewer"):
        raise Refused(403, "Only reviewers may do that.")
    body = await _body(request, most=UPLOAD_BYTES, seconds=UPLOAD_SECONDS)
    try:
        fields, files = await run_in_threadpool(parts, body, request.headers["content-type"])
    except UploadError as error:
        raise Refused(400, str(error)) from None
    request.state.files = files
    return fields


async def _body(
    request: Request, *, most: int = FORM_BYTES, seconds: float = FORM_SECONDS
) -> bytes:
    body = bytearray()
    told = f"{most // 2**20} MB" if most >= 2**20 else f"{most // 2**10} KB"
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refused(413, f"That form is too large; at most {told} are read.")
    except TimeoutError:
        raise Refused(408, "The form took too long to arrive.") from None
    return bytes(body)


def _fields(body: bytes) -> dict[str, str]:
    try:
        text = body.decode("utf-8", "replace")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS))
    except ValueError:
        raise Refused(400, "That form has too many fields.") from None
    # A form sends a line break as two characters where the page, and its limits, count one.
    return {name: value.replace("\r\n", "\n") for name, value in fields.items()}


def _written(fields: Mapping[str, str]) -> list[str]:
    """Return what a person wrote in a form, and would not like to write again: words in a row."""
    told = (text.strip() for name, text in fields.items() if name not in _SECRET)
    return [text for text in told if len(text) > 20 and re.search(r"\s", text)]


def own_path(wanted: str) -> str:
    """Return ``wanted`` when it is a path of this site, else the front page."""
    ours = re.fullmatch(r"/(?![/\\])[!-~]*", wanted) and "\\" not in wanted
    return wanted if ours and len(wanted) <= 2000 else "/"
