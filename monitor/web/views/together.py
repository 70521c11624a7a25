"""Reading together: how far two readers agree, and the articles on which they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from monitor.stages import agreement
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act, page
from store import articles, pairs, reviews
from store.db import write
from store.types import Answer

MOST_SHOWN: Final = 20
"""Disputes on the page; the next come as these are settled."""
_COUNTING: Final[tuple[Answer, ...]] = ("relevant", "not_relevant", "unsure")


def together(visit: Visit, *, problem: str = "") -> Response:
    """Show who reads how much, how far two readers agree, and where they differ."""
    read = pairs.compared(visit.db)
    by_state = pairs.counts(visit.db)
    done = whole(visit.asked("done"))
    disputes = pairs.disputed(visit.db, limit=MOST_SHOWN)
    return visit.page(
        "together.html",
        status=409 if problem else 200,
        problem=problem,
        found=agreement.agreement(read),
        told=agreement.told(agreement.agreement(read)),
        by_people=agreement.by_people(read),
        by_answer=agreement.by_answer(read),
        fewest=agreement.FEWEST,
        waiting_twice=by_state.get("waiting", 0),
        disputed=by_state.get("disputed", 0),
        settled=by_state.get("settled", 0),
        share=visit.desk.read_twice(),
        loads=pairs.loads(visit.db, visit.now - timedelta(days=7)),
        disputes=[(one, _standing(visit, one.row.article)) for one in disputes],
        undone=whole(visit.asked("undone")),
        done=articles.get(visit.db, done) if done else None,
        done_line=pairs.own(visit.db, done, visit.session.by) if done else None,
    )


def _standing(visit: Visit, article: int) -> int:
    """Return the newest line about an article: a form that knows an older one is out of date."""
    lines = reviews.history(visit.db, article, seen_by=visit.session.by)
    return max((line.id for line in lines), default=0)


def settle(visit: Visit) -> Response:
    """Answer over both readers of an article on which they differ."""
    number = visit.article_id()
    answer = visit.form.get("answer", "")
    said = next((known for known in _COUNTING if known == answer), None)
    if articles.get(visit.db, number) is None or said is None:
        refused: Response = not_found("There is no such article, or that is no answer.")
        return refused
    with write(visit.db, durable=True):
        problem = _record(visit, number, said)
    return together(visit, problem=problem) if problem else go("/together", done=number)


def _record(visit: Visit, number: int, said: Answer) -> str:
    """Record the answer; return a sentence when it was not, "" when it was or already stood."""
    pair = pairs.get(visit.db, number)
    by = visit.session.by
    if pair is None or pair.state != "disputed":
        own = pairs.own(visit.db, number, by)
        twice = own and own.reading in {"settles", "jointly"} and own.answer == said
        return "" if twice else "That was settled or undone while you were reading."
    if _standing(visit, number) != whole(visit.form.get("standing", "")):
        return "Somebody added to it while you were reading, so yours was not recorded."
    reviews.decide(
        visit.db,
        article=number,
        answer=said,
        by=by,
        now=visit.now,
        note=visit.form.get("note", "").strip()[:2000],
    )
    return ""


ROUTES = (page("/together", together), act("/together/{id}", settle))
