"""Coming in, going out, and the name decisions are signed with."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from monitor.web.desk import Visit, go
from monitor.web.routing import act, page
from monitor.web.security import own_path, session_cookie
from monitor.web.session import NAME_LENGTH, Guesses, Password, Seal, Session, new_session
from monitor.web.words import shown


class Keeper:
    """Keeps the door: it alone holds the password's hash and the count of wrong tries."""

    def __init__(self, seal: Seal, password: str | None) -> None:
        self._seal = seal
        self._password = Password(password) if password else None
        self._guesses = Guesses()
        self.ROUTES = (
            page("/login", self.login, role=None),
            page("/you", self.you),
            act("/login", self.enter, role=None),
            act("/you", self.rename, role="reader"),
            act("/leave", self.leave, role="reader"),
        )

    def login(self, visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
        """Show the form that asks for the password."""
        onward = own_path(visit.request.query_params.get("next", "/"))
        if self._password is None:
            return go("/")
        return visit.page("login.html", status=status, onward=onward, sentence=sentence)

    def enter(self, visit: Visit) -> Response:
        """Check the password and start a new session; a session from before is never promoted."""
        address = visit.request.client.host if visit.request.client else ""
        if self._password is None:
            return go("/")
        if not self._guesses.may_try(address, visit.now):
            return self.login(visit, status=429, sentence="Too many tries; wait five minutes.")
        if not self._password.holds(visit.form.get("password", "")):
            self._guesses.wrong(address, visit.now)
            return self.login(visit, status=403, sentence="That is not the password.")
        name = _name(visit)
        session = new_session(visit.now, name=name, signed_in=True)
        return self._lead(visit, own_path(visit.form.get("next", "/")), session)

    def you(self, visit: Visit) -> Response:
        """Show the name in use, and the way out."""
        return visit.page("you.html")

    def rename(self, visit: Visit) -> Response:
        """Take a new name for the decisions to come."""
        return self._lead(visit, "/you", replace(visit.session, name=_name(visit)))

    def leave(self, visit: Visit) -> Response:
        """End the session in this browser."""
        return self._lead(visit, "/", new_session(visit.now))

    def _lead(self, visit: Visit, path: str, session: Session) -> Response:
        response = go(path)
        cookie = session_cookie(visit.desk, self._seal, session)
        response.headers.append("set-cookie", cookie)
        return response


def _name(visit: Visit) -> str:
    name = " ".join(shown(visit.form.get("name", "")).split())
    return name[:NAME_LENGTH].strip()
