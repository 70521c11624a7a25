"""Coming in, going out, one's own name and one's own password."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from monitor.web.arriving import address_of
from monitor.web.desk import Visit, go
from monitor.web.routing import act, page
from monitor.web.security import own_path, session_cookie
from monitor.web.session import NAME_LENGTH, Guesses, Seal, Session, new_session
from monitor.web.words import shown
from store import people
from store.desk import Person
from store.passwords import HashingBusyError, folded

_log: Final = logging.getLogger("torkham.desk")
_TOO_MANY: Final = "Too many wrong passwords; wait five minutes and try again."
_BUSY: Final = "Many people sign in at this moment; try again in a minute."
_WRONG: Final = "That name and that password do not go together."


class NoPersonError(Exception):
    """A name and a password that open nothing; ``status`` and the sentence say why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Keeper:
    """Keeps the door: it alone signs sessions and counts wrong tries."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self.guesses = Guesses()
        self.ROUTES = (
            page("/login", self.login, role=None),
            page("/you", self.you),
            act("/login", self.enter, role=None),
            act("/you", self.rename, role="reader"),
            act("/you/password", self.change, role="reader"),
            act("/leave", self.leave, role="reader"),
            act("/leave/everywhere", self.leave_everywhere, role="reader"),
        )

    def login(self, visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
        """Show the form that asks for name and password."""
        wanted = visit.form.get("next") or visit.request.query_params.get("next", "/")
        if visit.session.signed_in:
            return go(own_path(wanted))
        facts = {"onward": own_path(wanted), "sentence": sentence, "name": _given_name(visit)}
        return _patiently(visit.page("login.html", status=status, **facts))

    def enter(self, visit: Visit) -> Response:
        """Check name and password and start a new session; none from before is promoted."""
        if visit.session.signed_in and visit.session.person is None:
            return go("/")  # a desk without accounts: nobody to sign in as
        try:
            person = self._who(visit, _given_name(visit))
        except NoPersonError as no:
            return self.login(visit, status=no.status, sentence=no.sentence)
        people.seen(visit.db, person.id, visit.now)
        onward = "/you" if person.must_change else own_path(visit.form.get("next", "/"))
        return self._lead(visit, onward, new_session(visit.now, person))

    def _who(self, visit: Visit, name: str) -> Person:
        """Return whose the name and the password sent are. Raises NoPersonError.

        The log is told the address alone: people type passwords where the name belongs.
        """
        address, now = address_of(visit.desk, visit.request), visit.now
        keys = (f"address {address}", f"name {folded(name)[:NAME_LENGTH]}")
        if not self.guesses.take(keys, now):
            raise NoPersonError(429, _TOO_MANY)
        password, hashing = visit.form.get("password", ""), visit.desk.hashing
        try:
            person = people.verify(visit.db, name, password, now=now, hashing=hashing)
        except HashingBusyError:
            self.guesses.give_back(keys, now)
            raise NoPersonError(503, _BUSY) from None
        except people.PersonRefusedError as over:
            self.guesses.give_back(keys, now)
            raise NoPersonError(403, str(over)) from None
        if person is None:
            _log.warning("a wrong name or password from %s", address)
            raise NoPersonError(403, _WRONG)
        self.guesses.give_back(keys, now)
        return person

    def you(self, visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
        """Show who one is here, one's role, one's password and the way out."""
        facts = {"sentence": sentence, "done": visit.asked("done")}
        return _patiently(visit.page("you.html", status=status, **facts))

    def rename(self, visit: Visit) -> Response:
        """Take a new name for the decisions to come, at a desk without accounts."""
        if visit.session.person is not None:
            said = "An account keeps its name: decisions are signed with it."
            return self.you(visit, status=403, sentence=said)
        return self._lead(visit, "/you", replace(visit.session, name=_own_name(visit)))

    def change(self, visit: Visit) -> Response:
        """Give oneself a new password; every other browser and token of one's own is signed out."""
        session = visit.session
        if session.person is None:
            return go("/you")
        try:
            new = _chosen(visit)
            person = self._who(visit, session.name)
            person = people.set_password(
                visit.db, person.id, new, by=session.by, now=visit.now, hashing=visit.desk.hashing
            )
        except HashingBusyError:
            return self.you(visit, status=503, sentence=_BUSY)
        except people.PersonRefusedError as no:
            return self.you(visit, status=400, sentence=str(no))
        except NoPersonError as no:
            said = "That is not your present password." if no.status == 403 else no.sentence
            return self.you(visit, status=no.status, sentence=said)
        return self._lead(visit, "/you?done=password", new_session(visit.now, person))

    def leave(self, visit: Visit) -> Response:
        """End the session of this browser, and any copy of its cookie."""
        session = visit.session
        if session.person is not None:
            people.end_session(visit.db, session.id, until=session.ends_at, now=visit.now)
        return self._lead(visit, "/", new_session(visit.now))

    def leave_everywhere(self, visit: Visit) -> Response:
        """End every session and token of one's own."""
        session = visit.session
        if session.person is not None:
            people.sign_out_everywhere(visit.db, session.person, by=session.by, now=visit.now)
        return self._lead(visit, "/", new_session(visit.now))

    def _lead(self, visit: Visit, path: str, session: Session) -> Response:
        response = go(path)
        cookie = session_cookie(visit.desk, self._seal, session, visit.request)
        response.headers.append("set-cookie", cookie)
        return response


def _chosen(visit: Visit) -> str:
    """Return the new password sent, typed twice and not the old one. Raises PersonRefusedError."""
    new = visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        raise people.PersonRefusedError("The new password was not typed the same way twice.")
    if new == visit.form.get("password", ""):
        raise people.PersonRefusedError("That is the password you have already.")
    people.check_password(new, visit.session.name)
    return new


def _patiently(response: Response) -> Response:
    """Say to programs, too, how long to wait."""
    waits = {429: "300", 503: "60"}
    if response.status_code in waits:
        response.headers["retry-after"] = waits[response.status_code]
    return response


def _given_name(visit: Visit) -> str:
    return visit.form.get("name", "").strip()[: 4 * NAME_LENGTH]


def _own_name(visit: Visit) -> str:
    name = " ".join(shown(visit.form.get("name", "")).split())
    return name[:NAME_LENGTH].strip()
