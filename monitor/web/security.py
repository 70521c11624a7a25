"""The desk's door: every request passes here before any view, and every answer on the way out.

It promises: only our own host names are answered; no page may load, frame or send anything
elsewhere; nobody without a session reads a page once a password is set; nothing changes without
a form of this very session, sent by a page of this very site; no form is larger than 64 KB.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.desk import Desk, pages, sentence_page
from monitor.web.session import COOKIE, LASTS, Seal, Session, new_session

FORM_BYTES: Final = 64 * 1024
FORM_SECONDS: Final = 15.0
FORM_FIELDS: Final = 40
_PUBLIC: Final = ("/login", "/healthz")

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


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """A request the door turns away, with the sentence shown."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def host_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a Host header names us: with its port, or without it."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", host.lower())
    return found is not None and (found[0] in allowed or found[1] in allowed)


def foreign(headers: Headers) -> bool:
    """Say whether another site's page sent this request.

    ``Sec-Fetch-Site`` decides where the browser sends it: no page can forge it. Under our own
    ``Referrer-Policy: no-referrer`` a browser writes ``Origin: null`` even for our own forms, so
    null is trusted only beside it. Without both headers no browser is at work, or a very old one,
    and the token decides alone.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return True
    if origin is None or (origin == "null" and site == "same-origin"):
        return False
    parts = urlsplit(origin)
    return parts.scheme not in {"http", "https"} or parts.netloc != headers.get("host", "")


class Door:
    """The outermost layer of the desk, as ASGI middleware."""

    def __init__(self, app: ASGIApp, desk: Desk, seal: Seal) -> None:
        self._app, self._desk, self._seal = app, desk, seal
        self._hosts = tuple(host.lower() for host in desk.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on with its session, token and form in its state."""
        if scope["type"] != "http":
            return  # no web sockets here, and no lifespan to run
        now = self._desk.clock()
        headers = Headers(scope=scope)
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        known = self._seal.open(cookie, now)
        if known is None and _from_elsewhere(scope, headers):
            await _bounce(self._desk, scope)(scope, receive, self._outgoing(send, None))
            return
        session = known or new_session(now)
        kept = self._seal.refreshed(known, now) if known else session
        out = self._outgoing(send, kept if _may_set_cookie(scope) else None)
        try:
            self._admit(Request(scope), session)
            form = await self._form(Request(scope, receive), session)
        except Refused as no:
            await sentence_page(self._desk, no.status, no.sentence)(scope, receive, out)
            return
        if not self._known(scope["path"], session):
            await _to_login(scope)(scope, receive, out)
            return
        facts = {"session": session, "token": self._seal.token(session), "form": form}
        scope["state"] = {**scope.get("state", {}), **facts}
        await self._app(scope, receive, out)

    def _admit(self, request: Request, session: Session) -> None:
        if not host_allowed(request.headers.get("host", ""), self._hosts):
            raise Refused(421, "This desk does not answer to that host name.")
        if request.method == "POST" and not self._known(request.url.path, session):
            raise Refused(401, "Please sign in first.")

    def _known(self, path: str, session: Session) -> bool:
        open_to_all = path in _PUBLIC or path.startswith("/static/")
        return self._desk.password is None or session.signed_in or open_to_all

    async def _form(self, request: Request, session: Session) -> Mapping[str, str]:
        if request.method != "POST":
            return {}
        if foreign(request.headers):
            raise Refused(403, "That form was sent by another site, so nothing was changed.")
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused(415, "Only the desk's own forms are read here.")
        fields = _fields(await _body(request))
        if not self._seal.token_holds(session, fields.get("token", "")):
            raise Refused(403, "That form was too old. Go back, load the page anew and try again.")
        return fields

    def _outgoing(self, send: Send, session: Session | None) -> Send:
        async def harden(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if session is not None and not _sets_session(headers):
                    headers.append("set-cookie", session_cookie(self._desk, self._seal, session))
            await send(message)

        return harden


def session_cookie(desk: Desk, seal: Seal, session: Session) -> str:
    """Return the Set-Cookie header's value for ``session``."""
    secure = "; Secure" if desk.https else ""
    age = int(LASTS.total_seconds())
    return (
        f"{COOKIE}={seal.close(session)}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
    )


def _sets_session(headers: MutableHeaders) -> bool:
    return any(value.startswith(f"{COOKIE}=") for value in headers.getlist("set-cookie"))


def _may_set_cookie(scope: Scope) -> bool:
    return not (scope["path"].startswith("/static/") or scope["path"] == "/healthz")


def _from_elsewhere(scope: Scope, headers: Headers) -> bool:
    followed_link = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
    return followed_link and headers.get("sec-fetch-site") == "cross-site"


def _bounce(desk: Desk, scope: Scope) -> Response:
    """Answer a link followed from a mail or another site.

    The browser holds a SameSite=Strict session back on such a request, so that a new one would
    sign the reader out. A page of ours that leads to the same place brings the session along.
    """
    if not host_allowed(Headers(scope=scope).get("host", ""), desk.allowed_hosts):
        return sentence_page(desk, 421, "This desk does not answer to that host name.")
    return HTMLResponse(pages().get_template("bounce.html").render(desk=desk, to=_asked(scope)))


def _asked(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return own_path(quote(scope["path"]) + (f"?{query}" if query else ""))


def _to_login(scope: Scope) -> Response:
    return RedirectResponse(f"/login?next={quote(_asked(scope), safe='')}", status_code=303)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > FORM_BYTES:
                    raise Refused(413, "That form is too large; at most 64 KB are read.")
    except TimeoutError:
        raise Refused(408, "The form took too long to arrive.") from None
    return bytes(body)


def _fields(body: bytes) -> dict[str, str]:
    try:
        text = body.decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS))
    except ValueError:
        raise Refused(400, "That form has too many fields.") from None


def own_path(wanted: str) -> str:
    """Return ``wanted`` when it is a path of this site, else the front page."""
    ours = re.fullmatch(r"/(?![/\\])[!-~]*", wanted) and "\\" not in wanted
    return wanted if ours and len(wanted) <= 2000 else "/"
