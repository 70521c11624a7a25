"""Tokens by which programs come in: issue one, list them, end one."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from starlette.responses import Response

from monitor.web.desk import Visit, go, not_found
from monitor.web.routing import act, page
from monitor.web.words import day_of
from store import people, tokens
from store.desk import suffices
from store.faults import StoreError
from store.tokens import Token


def listed(
    visit: Visit, *, given: str = "", label: str = "", sentence: str = "", status: int = 200
) -> Response:
    """Show one's own tokens; administrators see everybody's, to end them."""
    rows = tokens.listed(visit.db, _whose(visit), visit.now)
    return visit.page(
        "tokens.html",
        status=status,
        tokens=rows,
        given=given,
        label=label,
        sentence=sentence,
        accounts=people.exist(visit.db),
        done=visit.asked("done"),
    )


def _whose(visit: Visit) -> int | None:
    """Return the person whose tokens are shown; None: everybody's."""
    everybody = suffices(visit.session.role, "administrator")
    return None if everybody else visit.session.person or 0


def issue(visit: Visit) -> Response:
    """Make a token for whoever asks, and show it this once."""
    if visit.session.person is None:
        sentence = "Without accounts no token is needed: programs on this machine are answered."
        return listed(visit, sentence=sentence, status=409)
    label = visit.form.get("label", "")
    try:
        token = tokens.issue(
            visit.db,
            person=visit.session.person,
            label=label,
            now=visit.now,
            read_only=visit.form.get("read_only") == "yes",
            expires_at=_ends(visit),
        )
    except StoreError as error:
        return listed(visit, label=label, sentence=f"{str(error).capitalize()}.", status=422)
    return listed(visit, given=token)


def _ends(visit: Visit) -> datetime | None:
    """Return the end of the last day it is good for, in the team's time."""
    text = visit.form.get("until", "").strip()
    day = day_of(text) if text else None
    if text and day is None:
        raise StoreError("the last day is no day: write it as 2026-12-31")
    return datetime.combine(day + timedelta(days=1), time(), visit.desk.zone) if day else None


def revoke(visit: Visit) -> Response:
    """End a token for good: one's own, or as an administrator anybody's."""
    token = _token(visit)
    tokens.revoke(visit.db, token.id, by=visit.session.by, now=visit.now)
    return go("/settings/tokens", done="revoked")


def _token(visit: Visit) -> Token:
    absent = "There is no such token."
    found: Token = tokens.get(visit.db, visit.article_id(), visit.now) or not_found(absent)
    if _whose(visit) not in {None, found.person}:
        not_found(absent)  # another's: that it is there is nobody else's business
    return found


ROUTES = (
    page("/settings/tokens", listed),
    act("/settings/tokens", issue, role="reader"),
    act("/settings/tokens/{id}/revoke", revoke, role="reader"),
)
