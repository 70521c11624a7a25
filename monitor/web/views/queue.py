"""The queue, and what is done to one article of it: is this ours?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn, get_args

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.web.deciding import (
    facts,
    lead,
    onward,
    own_line,
    same_as,
    shared,
    standing,
    written,
)
from monitor.web.desk import Visit, not_found, sentence_page, whole
from monitor.web.filters import UNDECIDED, Choices, Filters, Sieve, asked_for
from monitor.web.gathering import Line, Order, best, gathered, in_order, stories_of
from monitor.web.routing import act, page
from monitor.web.views.article import article, lay_open
from monitor.web.words import ANSWERS
from store import articles, pairs, reviews, stories, waiting
from store import reasons as why
from store import tags as tagging
from store.db import write
from store.rows import stamp
from store.types import Answer, ArticleRow
from store.waiting import Waiter

SHOWN: Final = 25
"""Stories on a page of the list: it stays well under 60 KB beside a long article."""
DAYS: Final = 14
"""So many days, today first, stand among the filters."""
NO_LONGER: Final = "That decision no longer stands, so nothing was added to it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The filters laid open: each with its choices and how many articles wait for them."""

    choices: Choices
    passed: int  # what others skipped or were unsure of


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What waits for this visitor, sieved, ordered and counted."""

    order: Order
    articles: int
    all_stories: int  # whatever the filters
    without: Mapping[str, int]  # nothing left: of each filter, the articles there are without it
    panel: Panel | None


def waits(visit: Visit, filters: Filters, *, counted: bool) -> Waits:
    """Return what waits for this visitor under ``filters``; ``counted``: every choice of them."""
    rows = _rows(visit, filters, plain=not (counted or filters.any))
    sieve = Sieve(rows, tests := filters.tests(visit.window))
    passing = sieve.passing
    return Waits(
        order=in_order(passing, since=yesterday(visit), mix=visit.desk.mix()),
        articles=len(passing),
        all_stories=stories_of(rows),
        without={} if passing else {name: len(sieve.without(name)) for name in tests},
        panel=_panel(visit, sieve) if counted else None,
    )


def _panel(visit: Visit, sieve: Sieve) -> Panel:
    today = visit.today()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    begins = [(day, stamp(visit.window(day)[0])) for day in days]
    passed = waiting.unsettled_size(visit.db, visit.session.by)
    return Panel(choices=sieve.choices(begins), passed=passed)


def first_lines(visit: Visit, most: int) -> list[Line]:
    """Return the stories that a visitor meets first in the queue."""
    found = waits(visit, Filters(), counted=False)
    return gathered(visit.db, found.order.groups[:most])


def yesterday(visit: Visit) -> datetime:
    """Return when the team's yesterday began: what came since is new."""
    return visit.window(visit.today() - timedelta(days=1))[0]


def _rows(visit: Visit, filters: Filters, *, plain: bool) -> list[Waiter]:
    """Return what waits for anybody, and what waits for this person to read it apart."""
    by = visit.session.by
    rows = waiting.everything(visit.db, plain=plain)
    beside = [waiting.as_drawn(row) for row in visit.read_apart()]
    if filters.mine == UNDECIDED:
        beside += waiting.unsettled(visit.db, by)
    if not beside:
        return rows
    held = {row.article: row for row in (*rows, *reversed(beside))}
    return sorted(held.values(), key=lambda row: (-(row.score or 0.0), -row.article))


def queue(visit: Visit) -> Response:
    """Show what waits, in balanced order, with one article open beside it."""
    filters = asked_for(visit.request.query_params)
    found = waits(visit, filters, counted=visit.asked("filter") == "open")
    groups = found.order.groups
    first_one = best(groups[0]) if groups else 0
    asked = whole(visit.asked("open"))
    opened = lay_open(visit, asked) if asked else None
    wanted = asked if asked and opened else first_one
    opened = opened or (lay_open(visit, wanted) if wanted else None)
    at = found.order.at(wanted)
    first = _first(visit.asked("page"), at, len(groups))
    lines = gathered(visit.db, groups[first : first + SHOWN])
    return visit.page(
        "queue.html",
        lines=lines,
        new=max(0, min(found.order.fresh - first, len(lines))),
        fresh=found.order.fresh,
        first=first,
        found=found,
        stories_here=len(groups),
        tags_of=tagging.of_articles(visit.db, [line.row.article for line in lines]),
        passed=0 if groups else waiting.unsettled_size(visit.db, visit.session.by),
        filters=filters,
        open=opened,
        beside=_beside(found.order, at),
        in_queue=True,
        shown=SHOWN,
        **facts(visit, wanted or None),
    )


def _first(asked: str, at: int | None, stories_here: int) -> int:
    """Return the place of the first story shown: of the page asked for, else the open story's."""
    wanted = whole(asked)
    last = max(0, stories_here - 1) // SHOWN
    return min(wanted - 1 if wanted else (at or 0) // SHOWN, last) * SHOWN


def _beside(order: Order, at: int | None) -> tuple[int | None, int | None]:
    """Return the articles to read before and after the story at a place, on whatever page."""
    groups = order.groups
    if at is None:
        return None, (best(groups[0]) if groups else None)
    before = best(groups[at - 1]) if at else None
    return before, (best(groups[at + 1]) if at + 1 < len(groups) else None)


# --- one decision ---------------------------------------------------------------------------


def decide(visit: Visit) -> Response:
    """Record a decision, unless the page it was made on is out of date."""
    number, answer = visit.article_id(), _answer(visit.form.get("answer", ""))
    with write(visit.db, durable=True):
        conflict = _record(visit, number, answer)
    return article(visit, conflict=conflict) if conflict else onward(visit, number)


def _answer(text: str) -> Answer:
    found: Answer | None = next((answer for answer in get_args(Answer) if answer == text), None)
    return found if found is not None else _no_answer()


def _no_answer() -> NoReturn:
    raise HTTPException(404, "That is no answer.")


def _record(visit: Visit, number: int, answer: Answer) -> str:
    """Record the decision; return a sentence when it was not, "" when it was or already stood."""
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    by = visit.session.by
    newest = max((d.id for d in reviews.history(visit.db, number, seen_by=by)), default=0)
    if newest != (whole(visit.form.get("standing", "")) or 0):
        own = own_line(visit, number)
        return "" if own and own.answer == answer else _meanwhile(visit, row)  # "": pressed twice
    if row.version != int(whole(visit.form.get("version", "")) or 0):
        return "The text changed while you were reading, so your decision was not recorded."
    beside = written(visit)
    reviews.decide(
        visit.db,
        article=number,
        answer=answer,
        by=by,
        now=visit.now,
        note=beside.note,
        with_copies=beside.copies,
        reasons=beside.reasons,
        read_twice=visit.desk.read_twice(),
    )
    return ""


def _meanwhile(visit: Visit, row: ArticleRow) -> str:
    """Say who decided while one was reading, where one may know."""
    lines = standing(reviews.history(visit.db, row.article, seen_by=visit.session.by))
    if not lines:
        return "Somebody decided and took it back while you read, so yours was not recorded."
    who = "You" if lines[-1].by == visit.session.by else lines[-1].by
    answer = lines[-1].answer or "skip"
    said = "skipped it" if answer == "skip" else f"said “{ANSWERS[answer]}”"
    return f"{who} {said} while you were reading, so yours was not recorded."


def undo(visit: Visit) -> Response:
    """Undo a standing decision, the newest where none is named; the article returns to its place.

    A form that names its line undoes that one alone: a second press does nothing more.
    """
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    line = whole(visit.form.get("decision", ""))
    reviews.undo(visit.db, article=number, by=visit.session.by, now=visit.now, decision=line)
    return onward(visit, number, back_to=number)


def same(visit: Visit) -> Response:
    """Give an article's standing answer to others of its story, each as a decision of its own."""
    number = visit.article_id()
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    offered = {whole(part) for part in visit.form.get("others", "")[:4000].split(",")}
    with write(visit.db, durable=True):
        beside = [n for n in stories.waiting_beside(visit.db, number) if n in offered]
        answer = pairs.answer_of(visit.db, number, visit.session.by)
        if visit.form.get("undo") == "yes":
            for other in same_as(visit, row):
                reviews.undo(visit.db, article=other, by=visit.session.by, now=visit.now)
        elif shared(answer):
            stories.answer_alike(visit.db, number, beside, by=visit.session.by, now=visit.now)
    return onward(visit, number)


# --- what is said beside it -----------------------------------------------------------------


def reason(visit: Visit) -> Response:
    """Add a reason to one's own decision, or take it back; the page stays where it is."""
    number = visit.article_id()
    line = own_line(visit, number)
    if line is None or line.id != whole(visit.form.get("decision", "")):
        return sentence_page(visit.desk, 409, NO_LONGER, visit.session)
    given = visit.form.get("reason", "")
    back = visit.form.get("back", "")
    if given not in visit.desk.reasons() and back not in line.reasons:
        not_found("There is no such reason.")
    why.give(
        visit.db,
        decision=line.id,
        reason=given or back,
        by=visit.session.by,
        now=visit.now,
        given=bool(given),
    )
    return onward(visit, number)


def tags(visit: Visit) -> Response:
    """Put tags on an article, separated by commas, or take one off; the page stays where it is."""
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    by = visit.session.by
    if off := visit.form.get("off", ""):
        tagging.remove(visit.db, article=number, tag=off, by=by, now=visit.now)
    else:
        wanted = visit.form.get("tags", "")[:500].replace("،", ",").split(",")
        tagging.add(visit.db, article=number, tags=wanted, by=by, now=visit.now)
    done = whole(visit.form.get("done", ""))
    return lead(visit, number, following=number, done=done)


ROUTES = (
    page("/queue", queue),
    act("/articles/{id}/decision", decide),
    act("/articles/{id}/undo", undo),
    act("/articles/{id}/same", same),
    act("/articles/{id}/reason", reason),
    act("/articles/{id}/tags", tags),
)
