"""One article laid open: its text in pieces, why it scored, and all that happened to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from monitor.inquiry.explaining import Explanation, explained
from monitor.inquiry.nearest import Closest, closest
from monitor.web.amounts import heading
from monitor.web.deciding import facts, filters_sent
from monitor.web.desk import Visit, not_found, whole
from monitor.web.filters import Filters
from monitor.web.marks import Piece, Reasons, marked_title, read_evidence
from monitor.web.neighbours import Company, company
from monitor.web.reading import ALL_ROOM, ROOM, Reading, laid_out
from monitor.web.routing import page
from monitor.web.views import claims as claim_views
from monitor.web.views.kept import History, history
from monitor.web.views.kinds import Kinds, kinds_of
from store import articles, claims, facets, judged, pins, quotes, reviews, stories
from store.desk import PinLine
from store.inquiry import FacetLine
from store.lineage import QuoteRow
from store.types import ArticleRow, ArticleVersion, Decision, ItemRow

MOST_COMPARED: Final = 60  # articles of a story whose claims are laid beside this one's


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An article laid open: its text in pieces, why it scored, and all that happened to it."""

    row: ArticleRow
    text: ArticleVersion | None
    title: tuple[Piece, ...]
    reading: Reading
    reasons: Reasons
    history: list[Decision]
    copies: list[ArticleRow]
    sightings: list[ItemRow]
    versions: list[ArticleVersion]
    corrected: FacetLine | None  # people's strands, where they stand instead of the judgement's
    kinds: Kinds
    told: Explanation | None = None  # None while there is no verdict
    nearest: Closest | None = None
    company: Company
    claims: tuple[tuple[str, claim_views.Line], ...] = ()  # with what is counted, as a heading
    quotes: tuple[QuoteRow, ...] = ()
    pinned: tuple[PinLine, ...] = ()
    since: History
    unfolded: bool = False  # graphic passages are shown at once: the reader asked for it
    whole_asked: bool = False  # of the text, however long

    @property
    def standing(self) -> int:
        """The newest line of its history: a form that knows an older one is out of date."""
        return max((line.id for line in self.history), default=0)


def lay_open(visit: Visit, article: int) -> Open | None:
    """Return ``article`` with all that is shown of it, or None when there is none.

    What would tell the score is left out while that is kept back from this person.
    """
    row = articles.get(visit.db, article)
    if row is None:
        return None
    versions = articles.versions(visit.db, article)
    text = versions[-1] if versions else None
    body = text.body if text else ""
    reasons = read_evidence(row.evidence, visit.desk.concepts, visit.desk.named)
    kept_back = visit.withholds()(row)
    record = None if kept_back else judged.standing(visit.db, article)
    whole_asked = visit.asked("all") == "1"
    return Open(
        row=row,
        text=text,
        title=marked_title(text.title if text and text.title else row.title, reasons),
        reading=laid_out(
            body,
            row.language,
            reasons,
            aside=text.aside if text else (),
            plain=kept_back,
            room=ALL_ROOM if whole_asked else ROOM,
        ),
        reasons=Reasons() if kept_back else reasons,
        history=reviews.history(visit.db, article),
        copies=articles.copies(visit.db, article),
        sightings=articles.sightings(visit.db, article),
        versions=versions,
        corrected=facets.standing(visit.db, article),
        kinds=kinds_of(visit, article, text_from=row.text_from),
        told=explained(visit.db, record, names=visit.desk.own_names()) if record else None,
        nearest=None if kept_back else _nearest(visit, reasons, body),
        company=_company(visit, row, kept_back=kept_back),
        claims=() if kept_back else _claims(visit, article),
        quotes=() if kept_back else tuple(quotes.of_article(visit.db, article)),
        pinned=tuple(pins.of_article(visit.db, article)),
        since=history(visit, row),
        unfolded=visit.asked("unfold") == "1",
        whole_asked=whole_asked,
    )


def _nearest(visit: Visit, reasons: Reasons, body: str) -> Closest | None:
    if not reasons.nearest_example:
        return None
    near = closest(
        visit.db,
        reasons.nearest_example,
        title=reasons.nearest_title,
        likeness=reasons.nearest_similarity or 0.0,
        text=body,
        profile=visit.desk.profile,
    )
    if near.article in visit.hidden():  # this person is to read it blind
        return replace(near, kind="text", by="", undone=False)
    return near


def _company(visit: Visit, row: ArticleRow, *, kept_back: bool) -> Company:
    """Return the story around it; what others claim beside it only where its own claims are shown.

    Claims are read of what was queued, not of what was drawn at random, so they would tell which.
    """
    if not row.story:
        return Company()
    told = stories.members(visit.db, [row.story]).get(row.story, [])
    compared = 1 < len(told) <= MOST_COMPARED and not kept_back
    return company(row.article, told, claims.of_story(visit.db, row.story) if compared else ())


def _claims(visit: Visit, article: int) -> tuple[tuple[str, claim_views.Line], ...]:
    rows = claims.of_article(visit.db, article)
    return tuple(
        (heading(row.facts), claim_views.line_of(row)) for row in rows if not row.gone or row.answer
    )


def article(visit: Visit, *, conflict: str = "") -> Response:
    """Show one article by itself.

    After a ``conflict`` its form still leads on in the queue that the refused one came from.
    """
    found = lay_open(visit, visit.article_id()) or not_found("There is no such article.")
    in_queue = conflict != "" and visit.form.get("from") == "queue"
    return visit.page(
        "article.html",
        status=409 if conflict else 200,
        open=found,
        beside=(None, whole(visit.form.get("next", "")) if in_queue else None),
        filters=filters_sent(visit) if in_queue else Filters(),
        in_queue=in_queue,
        conflict=conflict,
        **facts(visit, found.row.article),
    )


ROUTES = (page("/articles/{id}", article),)
