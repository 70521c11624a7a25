"""The queue and one article: is this ours?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from urllib.parse import parse_qsl

from starlette.responses import Response

from monitor.stages import route
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.filters import Filters, asked_for, choices
from monitor.web.gathering import Line, gathered
from monitor.web.routing import act, page
from monitor.web.views.article import (
    SHARED_ANSWERS,
    article,
    done_before,
    lay_open,
    same_as,
)
from store import articles, audit, reviews, stories
from store.db import write
from store.types import Answer, ArticleRow

SHOWN = 60
CONSIDERED = 400


def listed(visit: Visit, filters: Filters) -> list[ArticleRow]:
    """Return what waits in the order people meet it: likeliest, nearest to even, the audit's."""
    day = filters.on()
    wanted = filters.wanted(visit.window(day) if day else None)
    rows = reviews.queue(visit.db, limit=CONSIDERED, **wanted)
    if not filters.any and len(rows) == CONSIDERED:  # a backlog: the other kinds stand behind it
        rows += audit.nearest_to_even(visit.db) + audit.drawn_waiting(visit.db)
        rows = list({row.article: row for row in rows}.values())
    return route.mixed(rows, mix=visit.desk.mix())


def lines(visit: Visit, rows: Sequence[ArticleRow], limit: int = SHOWN) -> list[Line]:
    """Return what waits by story, in the order of ``rows``."""
    return gathered(visit.db, rows, limit=limit)


def queue(visit: Visit) -> Response:
    """Show what waits, in balanced order, with one article open beside it."""
    filters = asked_for(visit.request.query_params)
    rows = listed(visit, filters)
    shown = lines(visit, rows)
    wanted = whole(visit.asked("open")) or (shown[0].row.article if shown else 0)
    return visit.page(
        "queue.html",
        lines=shown,
        shown=sum(len(line.articles) for line in shown),
        stories_waiting=stories.waiting(visit.db),
        filters=filters,
        choices=choices(reviews.queue(visit.db, limit=CONSIDERED) if filters.any else rows),
        open=lay_open(visit, wanted) if wanted else None,
        beside=neighbours(shown, wanted),
        in_queue=True,
        **done_before(visit),
    )


def same(visit: Visit) -> Response:
    """Give an article's standing answer to others of its story, each as a decision of its own."""
    number = visit.article_id()
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    offered = {whole(part) for part in visit.form.get("others", "")[:4000].split(",")}
    with write(visit.db, durable=True):
        waiting = [n for n in stories.waiting_beside(visit.db, number) if n in offered]
        if row.decision in SHARED_ANSWERS and visit.form.get("undo") != "yes":
            stories.answer_alike(visit.db, number, waiting, by=visit.session.by, now=visit.now)
        elif visit.form.get("undo") == "yes":
            for other in same_as(visit, row):
                reviews.undo(visit.db, article=other, by=visit.session.by, now=visit.now)
    return _onward(visit, number)


def neighbours(lines: Sequence[Line], article: int) -> tuple[int | None, int | None]:
    """Return the articles before and after ``article`` in the list, of other stories."""
    at = next((n for n, line in enumerate(lines) if article in line.articles), None)
    if at is None:
        return None, (lines[0].row.article if lines else None)
    before = lines[at - 1].row.article if at else None
    return before, (lines[at + 1].row.article if at + 1 < len(lines) else None)


def decide(visit: Visit) -> Response:
    """Record a decision, unless the page it was made on is out of date."""
    number, answer = visit.article_id(), _answer(visit.form.get("answer", ""))
    if answer is None:
        not_found("That is no answer.")
    with write(visit.db, durable=True):
        conflict = _record(visit, number, answer)
    return article(visit, conflict=conflict) if conflict else _onward(visit, number)


def _answer(text: str) -> Answer | None:
    return next((answer for answer in get_args(Answer) if answer == text), None)


def _record(visit: Visit, number: int, answer: Answer | None) -> str:
    """Record the decision; return a sentence when it was not, "" when it was or already stood."""
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    newest = max((line.id for line in reviews.history(visit.db, number)), default=0)
    if newest != (whole(visit.form.get("standing", "")) or 0):
        if row.decision == answer and row.decided_by == visit.session.by:
            return ""  # pressed twice
        return "Somebody decided on this while you were reading, so yours was not recorded."
    if row.version != int(whole(visit.form.get("version", "")) or 0):
        return "The text changed while you were reading, so your decision was not recorded."
    assert answer is not None  # noqa: S101 - decide() refused anything else
    reviews.decide(
        visit.db,
        article=number,
        answer=answer,
        by=visit.session.by,
        now=visit.now,
        note=visit.form.get("note", "").strip()[:2000],
        with_copies=visit.form.get("with_copies") == "yes",
    )
    return ""


def undo(visit: Visit) -> Response:
    """Undo the newest standing decision; the article returns to its place."""
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    reviews.undo(visit.db, article=number, by=visit.session.by, now=visit.now)
    return _onward(visit, number, back_to=number)


def _onward(visit: Visit, done: int, back_to: int | None = None) -> Response:
    """Lead on: to the next of the queue the form came from, or back to the article's own page."""
    if visit.form.get("from") != "queue":
        return go(f"/articles/{done}", done=done)
    kept = asked_for(dict(parse_qsl(visit.form.get("query", "")[:2000])))
    following = back_to or whole(visit.form.get("next", ""))
    return go("/queue", **dict(parse_qsl(kept.query())), open=following, done=done)


ROUTES = (
    page("/queue", queue),
    act("/articles/{id}/decision", decide),
    act("/articles/{id}/undo", undo),
    act("/articles/{id}/same", same),
)
