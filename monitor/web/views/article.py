"""One article laid open: its text in pieces, why it scored, and all that happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from monitor.inquiry.explaining import Explanation, explained
from monitor.web.desk import Visit, not_found, whole
from monitor.web.filters import Filters
from monitor.web.marks import Paragraph, Piece, Reasons, marked_body, marked_title, read_evidence
from monitor.web.routing import page
from monitor.web.views.kinds import Kinds, kinds_of
from store import articles, facets, judged, reviews, stories
from store.inquiry import FacetLine
from store.lineage import StoryMember
from store.types import ArticleRow, ArticleVersion, Decision, ItemRow

MOST_OFFERED = 40  # others of a story that one press can answer
SHARED_ANSWERS: Final = frozenset({"relevant", "not_relevant"})


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
    kinds: Kinds
    told: Explanation | None = None  # None while there is no verdict
    beside: tuple[StoryMember, ...] = ()  # the other articles of its story, as they came

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
        paragraphs=marked_body(
            text.body if text else "", reasons, aside=text.aside if text else ()
        ),
        reasons=reasons,
        history=reviews.history(visit.db, article),
        copies=articles.copies(visit.db, article),
        sightings=articles.sightings(visit.db, article),
        versions=articles.versions(visit.db, article),
        corrected=facets.standing(visit.db, article),
        decisions=standing(reviews.recent(visit.db, limit=200)),
        kinds=kinds_of(visit, article, text_from=row.text_from),
        told=explained(visit.db, record, names=visit.desk.own_names()) if record else None,
        beside=_beside(visit, row),
    )


def _beside(visit: Visit, row: ArticleRow) -> tuple[StoryMember, ...]:
    told = stories.members(visit.db, [row.story] if row.story else [])
    return tuple(m for m in told.get(row.story or 0, ()) if m.article != row.article)


def standing(lines: list[Decision]) -> int:
    """Return on how many articles an answer among ``lines`` still stands."""
    undone = {line.undoes for line in lines}
    return len({line.article for line in lines if line.answer and line.id not in undone})


def article(visit: Visit, *, conflict: str = "") -> Response:
    """Show one article by itself."""
    found = lay_open(visit, visit.article_id()) or not_found("There is no such article.")
    return visit.page(
        "article.html",
        status=409 if conflict else 200,
        open=found,
        beside=(None, None),
        filters=Filters(),
        in_queue=False,
        conflict=conflict,
        **done_before(visit),
    )


def done_before(visit: Visit) -> dict[str, Any]:
    """Return what the strip over a page tells of the decision that led to it.

    ``offer`` are the undecided others of its story, who can get the same answer in one press.
    """
    done = whole(visit.asked("done"))
    row = articles.get(visit.db, done) if done else None
    same = same_as(visit, row) if row else []
    wanted = row is not None and row.decision in SHARED_ANSWERS
    others = stories.waiting_beside(visit.db, row.article) if row and wanted else []
    offer = [other for number in others[:MOST_OFFERED] if (other := articles.get(visit.db, number))]
    return {"done": row, "offer": offer, "same": same}


def same_as(visit: Visit, row: ArticleRow) -> list[int]:
    """Return the articles that got this one's answer with it, by this person, and still have it."""
    return stories.answered_with(visit.db, row.article, by=visit.session.by)


ROUTES = (page("/articles/{id}", article),)
