"""Who has an account: giving one, its role, a new password, shutting out, and what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from monitor.web.desk import Visit, go
from monitor.web.routing import act, page
from store import passwords, people
from store.desk import ROLES, Person, Role

_BUSY: Final = "Many passwords are being checked at this moment; try again in a minute."
_DONE: Final = frozenset({"role", "shut_out", "let_in", "signed_out"})


def show(
    visit: Visit, *, sentence: str = "", status: int = 200, given: tuple[Person, str] | None = None
) -> Response:
    """Show everybody with an account, and what was done to accounts lately.

    ``given`` is somebody and the one-time password they have now: it is shown on this one page,
    which no browser keeps, and stands nowhere else.
    """
    return visit.page(
        "people.html",
        status=status,
        listed=people.listed(visit.db),
        history=people.history(visit.db, limit=50),
        roles=ROLES,
        sentence=sentence,
        given=given,
        done=visit.asked("done") if visit.asked("done") in _DONE else "",
    )


def add(visit: Visit) -> Response:
    """Give somebody an account with a one-time password, which is shown once."""
    password = passwords.one_time()

    def made() -> Response:
        person = people.add(
            visit.db,
            visit.form.get("name", ""),
            password,
            role=_role(visit),
            by=visit.session.by,
            now=visit.now,
            must_change=True,
            hashing=visit.desk.hashing,
        )
        return show(visit, given=(person, password))

    return _answered(visit, made)


def change(visit: Visit) -> Response:
    """Change one account, as the form's ``do`` says."""
    person, do = visit.article_id(), visit.form.get("do", "")
    if do == "reset":
        return _answered(visit, lambda: _reset(visit, person))
    if do not in _CHANGES:
        return show(visit, status=400, sentence="That cannot be done to an account.")

    def changed() -> Response:
        _CHANGES[do](visit, person)
        return go("/settings/people", done=do)

    return _answered(visit, changed)


def _reset(visit: Visit, person: int) -> Response:
    password = passwords.one_time()
    changed = people.set_password(
        visit.db,
        person,
        password,
        by=visit.session.by,
        now=visit.now,
        must_change=True,
        hashing=visit.desk.hashing,
    )
    return show(visit, given=(changed, password))


_CHANGES: Final[Mapping[str, Callable[[Visit, int], Person]]] = {
    "role": lambda visit, person: people.set_role(
        visit.db, person, _role(visit), by=visit.session.by, now=visit.now
    ),
    "shut_out": lambda visit, person: people.shut_out(
        visit.db, person, by=visit.session.by, now=visit.now
    ),
    "let_in": lambda visit, person: people.let_in(
        visit.db, person, by=visit.session.by, now=visit.now
    ),
    "signed_out": lambda visit, person: people.sign_out_everywhere(
        visit.db, person, by=visit.session.by, now=visit.now
    ),
}


def _answered(visit: Visit, deed: Callable[[], Response]) -> Response:
    """Do ``deed``; what it refuses is told at the head of the same page."""
    try:
        return deed()
    except people.PersonRefusedError as no:
        return show(visit, status=400, sentence=str(no))
    except passwords.HashingBusyError:
        return show(visit, status=503, sentence=_BUSY)


def _role(visit: Visit) -> Role:
    role = visit.form.get("role", "")
    if role not in ROLES:
        raise people.PersonRefusedError("A role is reader, reviewer or administrator.")
    return role


ROUTES = (
    page("/settings/people", show, role="administrator"),
    act("/settings/people", add, role="administrator"),
    act("/settings/people/{id}", change, role="administrator"),
)
