"""The queue and one article: is this ours?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qsl

from starlette.responses import Response

from monitor.inquiry.explaining import Explanation, explained
from monitor.stages import route
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.filters import Filters, asked_for, choices
from monitor.web.marks import Paragraph, Piece, Reasons, marked_body, marked_title, read_evidence
from store import articles, audit, facets, judged, reviews
from store.db import write
from store.inquiry import FacetLine
from store.types import Answer, ArticleRow, ArticleVersion, Decision, ItemRow

SHOWN = 60
CONSIDERED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An article laid open: its text in pieces, why it scored, and all that happened to it."""

    row: ArticleRow
    text: ArticleVersion | None
    title: tuple[Piece, ...]
    paragraphs: tuple[Paragraph, ...]
    reasons: Reasons
    history: list[Decision]
    copies: list[ArticleRow]
    sightings: list[ItemRow]
    versions: list[ArticleVersion]
    corrected: FacetLine | None  # people's strands, where they stand instead of the judgement's
    decisions: int  # that stand among the last 200 lines, for the words about the estimate
    told: Explanation | None = None  # None while there is no verdict

    @property
    def standing(self) -> int:
        """The newest line of its history: a form that knows an older one is out of date."""
        return max((line.id for line in self.history), default=0)


def lay_open(visit: Visit, article: int) -> Open | None:
    """Return ``article`` with all that is shown of it, or None when there is none."""
    row = articles.get(visit.db, article)
    if row is None:
        return None
    text = articles.text(visit.db, article)
    reasons = read_evidence(row.evidence, visit.desk.concepts)
    record = judged.standing(visit.db, article)
    return Open(
        row=row,
        text=text,
        title=marked_title(text.title if text and text.title else row.title, reasons),
        paragraphs=marked_body(text.body if text else "", reasons),
        reasons=reasons,
        history=reviews.history(visit.db, article),
        copies=articles.copies(visit.db, article),
        sightings=articles.sightings(visit.db, article),
        versions=articles.versions(visit.db, article),
        corrected=facets.standing(visit.db, article),
        decisions=standing(reviews.recent(visit.db, limit=200)),
        told=explained(visit.db, record, names=visit.desk.own_names()) if record else None,
    )


def standing(lines: list[Decision]) -> int:
    """Return on how many articles an answer among ``lines`` still stands."""
    undone = {line.undoes for line in lines}
    return len({line.article for line in lines if line.answer and line.id not in undone})


def listed(visit: Visit, filters: Filters) -> list[ArticleRow]:
    """Return what waits in the order people meet it: likeliest, nearest to even, the audit's."""
    day = filters.on()
    wanted = filters.wanted(visit.window(day) if day else None)
    rows = reviews.queue(visit.db, limit=CONSIDERED, **wanted)
    if not filters.any and len(rows) == CONSIDERED:  # a backlog: the other kinds stand behind it
        rows += audit.nearest_to_even(visit.db) + audit.drawn_waiting(visit.db)
        rows = list({row.article: row for row in rows}.values())
    return route.mixed(rows, mix=visit.desk.mix())[:SHOWN]


def queue(visit: Visit) -> Response:
    """Show what waits, in balanced order, with one article open beside it."""
    filters = asked_for(visit.request.query_params)
    rows = listed(visit, filters)
    wanted = whole(visit.asked("open")) or (rows[0].article if rows else 0)
    done = whole(visit.asked("done"))
    return visit.page(
        "queue.html",
        rows=rows,
        filters=filters,
        choices=choices(reviews.queue(visit.db, limit=CONSIDERED) if filters.any else rows),
        open=lay_open(visit, wanted) if wanted else None,
        beside=neighbours(rows, wanted),
        done=articles.get(visit.db, done) if done else None,
        in_queue=True,
    )


def neighbours(rows: list[ArticleRow], article: int) -> tuple[int | None, int | None]:
    """Return the articles before and after ``article`` in the list."""
    numbers = [row.article for row in rows]
    if article not in numbers:
        return None, (numbers[0] if numbers else None)
    at = numbers.index(article)
    return (numbers[at - 1] if at else None), (numbers[at + 1] if at + 1 < len(numbers) else None)


def article(visit: Visit, *, conflict: str = "") -> Response:
    """Show one article by itself."""
    found = lay_open(visit, visit.article_id()) or not_found("There is no such article.")
    done = whole(visit.asked("done"))
    return visit.page(
        "article.html",
        status=409 if conflict else 200,
        open=found,
        beside=(None, None),
        filters=Filters(),
        done=articles.get(visit.db, done) if done else None,
        in_queue=False,
        conflict=conflict,
    )


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
