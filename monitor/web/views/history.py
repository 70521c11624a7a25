"""All that people decided, line by line; each can be undone, and so can a person's whole day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Final

from starlette.responses import Response

from monitor.web.desk import Forgotten, Visit, go, not_found, sentence_page, whole
from monitor.web.routing import act, page
from monitor.web.words import day_of
from store import history as past
from store import reviews
from store.desk import HistoryLine, suffices

SHOWN: Final = 40
"""Lines on a page: it stays under 60 KB with the longest headlines."""
MOST_NAMED: Final = 40
_ASKED: Final[tuple[past.Asked, ...]] = ("relevant", "not_relevant", "unsure", "skip", "undo")
_BACK: Final = frozenset({"together", "history"})


def history(visit: Visit) -> Response:
    """Show what was decided and undone, newest first, as the address bar narrows it."""
    day = day_of(visit.asked("day"))
    since, until = visit.window(day) if day else (None, None)
    asked = next((answer for answer in _ASKED if answer == visit.asked("answer")), None)
    lines = past.page(
        visit.db,
        seen_by=visit.session.by,
        by=visit.asked("by")[:100] or None,
        since=since,
        until=until,
        answer=asked,
        before=whole(visit.asked("before")),
        limit=SHOWN + 1,
    )
    return visit.page(
        "history.html",
        days=_by_day(visit, lines[:SHOWN]),
        older=lines[SHOWN - 1].line.id if len(lines) > SHOWN else None,
        people=past.people(visit.db),
        by=visit.asked("by")[:100],
        day=day,
        answer=asked or "",
        newest=not visit.asked("before"),
        undone=whole(visit.asked("undone")),
        taken_back=whole(visit.asked("taken_back")),
        none_of=visit.asked("none_of")[:100],
    )


def _by_day(
    visit: Visit, lines: Sequence[HistoryLine]
) -> list[tuple[date, list[HistoryLine], list[str]]]:
    """Return the lines by the team's day, with whose day this visitor may take back."""

    def on(line: HistoryLine) -> date:
        return line.line.at.astimezone(visit.desk.zone).date()

    found = []
    for day, group in groupby(lines, key=on):
        kept = list(group)
        stand = {one.line.by for one in kept if one.line.answer and one.undone_by is None}
        found.append((day, kept, sorted(name for name in stand if _may(visit, name))))
    return found


def _may(visit: Visit, person: str) -> bool:
    """Say whether this visitor may take back that person's day: their own, or any."""
    role = visit.session.role
    own = person == visit.session.by and suffices(role, "reviewer")
    return own or suffices(role, "administrator")


def undo(visit: Visit) -> Response:
    """Undo one line, whichever it is, and nothing else."""
    number = whole(visit.form.get("decision", ""))
    found = past.line_of(visit.db, number) if number else None
    if number is None or found is None:
        refused: Response = not_found("There is no such decision.")
        return refused
    by = visit.session.by
    undone = reviews.undo(visit.db, article=found[0], by=by, now=visit.now, decision=number)
    back = visit.form.get("back", "")
    return go(f"/{back if back in _BACK else 'history'}", undone=number if undone else None)


# --- a whole day ----------------------------------------------------------------------------


def day(visit: Visit) -> Response:
    """Say what taking back a person's day would change, before anything is."""
    person, on = visit.asked("by")[:100], day_of(visit.asked("day"))
    if on is None or not person:
        refused: Response = not_found("A person and a day are needed.")
        return refused
    if not _may(visit, person):
        return _not_theirs(visit)
    since, until = visit.window(on)
    found = past.would_undo(
        visit.db, person=person, since=since, until=until, seen_by=visit.session.by
    )
    return visit.page("history_day.html", found=found, person=person, day=on, most=MOST_NAMED)


def take_back(visit: Visit) -> Response:
    """Take back a person's day; where a model learned from it, one is made that did not."""
    person, on = visit.form.get("by", "")[:100], day_of(visit.form.get("day", ""))
    if on is None or not person:
        refused: Response = not_found("A person and a day are needed.")
        return refused
    if not _may(visit, person):
        return _not_theirs(visit)
    since, until = visit.window(on)
    by = visit.session.by
    if visit.desk.forget is None:
        undone = reviews.undo_all(
            visit.db, person=person, since=since, until=until, by=by, now=visit.now
        )
    else:
        asked = Forgotten(person=person, since=since, until=until, by=by)
        undone = int(str(visit.desk.forget(visit.db, asked)["undone"]))
    return go("/history", taken_back=undone or None, none_of="" if undone else person)


def _not_theirs(visit: Visit) -> Response:
    sentence = "Only administrators may take back what somebody else decided."
    return sentence_page(visit.desk, 403, sentence, visit.session)


ROUTES = (
    page("/history", history),
    act("/history/undo", undo),
    page("/history/day", day, role="reviewer"),
    act("/history/day", take_back),
)
