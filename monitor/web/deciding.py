"""What stands around a decision: the strip that tells of the last one, reasons, tags, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.responses import Response

from monitor.web.desk import Visit, go, whole
from monitor.web.filters import Filters, asked_for
from store import articles, reviews, stories, tags
from store.types import Answer, ArticleRow, Decision

MOST_OFFERED: Final = 40  # others of a story that one press can answer
SUGGESTED: Final = 60  # tags
SHARED_ANSWERS: Final = frozenset({"relevant", "not_relevant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody put beside a decision before they pressed its button."""

    note: str
    reasons: tuple[str, ...]
    copies: bool


def written(visit: Visit) -> Written:
    """Return what the form of a decision brought beside the answer; reasons from the list alone."""
    form = visit.form
    return Written(
        note=form.get("note", "").strip()[:2000],
        reasons=tuple(
            reason
            for at, reason in enumerate(visit.desk.reasons(), 1)
            if form.get(f"reason-{at}") == "yes"
        ),
        copies=form.get("with_copies") == "yes",
    )


def facts(visit: Visit, article: int | None) -> dict[str, Any]:
    """Return what a page with the decision form tells beside the article.

    Of the decision that led here: ``done`` (its article), ``done_answer`` (what this person said),
    ``done_line`` (its line, while it stands), ``offer`` (undecided others of its story, who can get
    the same answer in one press), ``same`` (who got it). Of ``article``: ``stands_line`` (the line
    an undo undoes), ``tags_here``; and ``tags_known``, those in use.
    """
    done = whole(visit.asked("done"))
    row = articles.get(visit.db, done) if done else None
    line = own_line(visit, row.article) if row else None
    answer = line.answer if line else None
    return {
        "done": row,
        "done_answer": answer,
        "done_line": line,
        "offer": _offer(visit, row) if row and answer in SHARED_ANSWERS else [],
        "same": same_as(visit, row) if row else [],
        "stands_line": _standing_line(visit, article) if article else None,
        "tags_here": tags.of_article(visit.db, article) if article else [],
        "tags_known": [tag for tag, _ in tags.in_use(visit.db, SUGGESTED)],
        "reasons": tuple(visit.desk.reasons())[:9],
        "written": written(visit) if visit.form else None,
    }


def _offer(visit: Visit, row: ArticleRow) -> list[ArticleRow]:
    others = stories.waiting_beside(visit.db, row.article)[:MOST_OFFERED]
    return [other for number in others if (other := articles.get(visit.db, number))]


def same_as(visit: Visit, row: ArticleRow) -> list[int]:
    """Return the articles that got this one's answer with it, by this person, and still have it."""
    return stories.answered_with(visit.db, row.article, by=visit.session.by)


def standing(lines: Sequence[Decision]) -> list[Decision]:
    """Return the answers among ``lines`` that nobody undid, in their order."""
    undone = {line.undoes for line in lines}
    return [line for line in lines if line.answer and line.id not in undone]


def own_line(visit: Visit, article: int) -> Decision | None:
    """Return the newest line of this person about an article that stands."""
    by = visit.session.by
    lines = standing(reviews.history(visit.db, article, seen_by=by))
    return next((line for line in reversed(lines) if line.by == by), None)


def _standing_line(visit: Visit, article: int) -> Decision | None:
    lines = standing(reviews.history(visit.db, article, seen_by=visit.session.by))
    return lines[-1] if lines else None


def shared(answer: Answer | None) -> bool:
    """Say whether an answer may be given to the others of a story."""
    return answer in SHARED_ANSWERS


def onward(visit: Visit, article: int, *, back_to: int | None = None) -> Response:
    """Lead on after a decision on ``article``: to the next of the queue, or ``back_to`` it.

    A form that did not come from the queue leads back to the article's own page.
    """
    following = back_to or whole(visit.form.get("next", ""))
    return lead(visit, article, following=following, done=article)


def filters_sent(visit: Visit) -> Filters:
    """Return the filters of the queue that a form came from."""
    return asked_for(dict(parse_qsl(visit.form.get("query", "")[:2000])))


def lead(visit: Visit, article: int, *, following: int | None, done: int | None) -> Response:
    """Lead to ``following`` in the queue the form came from, telling of ``done``."""
    if visit.form.get("from") != "queue":
        return go(f"/articles/{article}", done=done)
    kept = filters_sent(visit)
    onto = go("/queue", **dict(parse_qsl(kept.query())), open=following, done=done)
    if visit.request.headers.get("prefer") == "return=minimal":  # it has the next page already
        return Response(status_code=204, headers={"content-location": onto.headers["location"]})
    return onto
