"""Articles by API: lists, one whole, and deciding on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitor.web.api import shapes
from monitor.web.api.frame import Asked, Moment, Operation, Paged, Problem, Sent
from monitor.web.api.paging import cut, key_of
from monitor.web.api.rows import (
    Veil,
    article_fields,
    articles_told,
    claim_told,
    evidence_told,
    lines_told,
    sighting_told,
    version_told,
)
from monitor.web.desk import Visit, not_found
from store import articles, claims, listing, pairs, reviews, search, tags
from store.db import write
from store.types import Answer, ArticleRow, ArticleVersion

Word = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[int, Field(ge=1, lt=2**63)]


def _tag(text: str) -> str:
    if not tags.cleaned(text):
        raise ValueError("no tag can be called that")
    return tags.cleaned(text)


class ArticlesAsked(Paged):
    """Which articles."""

    q: str | None = Field(
        None, min_length=1, max_length=500, description='Words, "phrases", prefix*, as in Search.'
    )
    outlet: Word | None = None
    side: Word | None = None
    topic: Word | None = Field(None, description="The topic, or one of its strands.")
    decision: Answer | Literal["none"] | None = Field(
        None, description="The standing answer; none: undecided."
    )
    language: Word | None = None
    kind: Word | None = Field(None, description="report, op_ed, analysis, statement, unknown.")
    tag: Annotated[Word, AfterValidator(_tag)] | None = None
    since: Moment | None = Field(None, description="First seen since then: a day or an instant.")
    until: Moment | None = Field(None, description="First seen before then.")
    route: Literal["queue", "reject"] | None = Field(
        None, description="queue: what people are to see, for whatever reason."
    )


def many(visit: Visit, asked: ArticlesAsked, _sent: None) -> shapes.Articles:
    """List articles, those seen last first."""
    key = key_of(asked, int)
    before = int(key[0]) if key else None
    rows: list[ArticleRow] = []
    query = _query(visit, asked)
    for _ in range(ROUNDS):
        found = search.find(visit.db, query, limit=asked.limit + 1, before=before)
        rows += _sifted(visit, asked, found)
        before = found[-1].article if len(found) > asked.limit else None
        if before is None or len(rows) > asked.limit:
            break
    shown, onward = cut(asked, rows, lambda row: (row.article,), ended=_mark(before))
    return shapes.Articles(articles=articles_told(visit, shown), next=onward)


def _mark(before: int | None) -> tuple[int] | None:
    return None if before is None else (before,)


def _query(visit: Visit, asked: ArticlesAsked) -> search.Query:
    return search.Query(
        words=asked.q or "",
        outlet=asked.outlet or "",
        side=asked.side or "",
        topic=asked.topic or "",
        language=asked.language or "",
        genre=asked.kind or "",
        tag=asked.tag or "",
        decision=None if asked.decision == "none" else asked.decision,
        since=asked.since,
        until=asked.until,
        spell=visit.desk.spell(),
    )


def _sifted(visit: Visit, asked: ArticlesAsked, rows: Sequence[ArticleRow]) -> list[ArticleRow]:
    """Return those of ``rows`` that are wanted and may be known to be.

    What is blind to whoever asks is undecided and without tags, as everywhere: to be missing from
    both lists would tell that there is an answer.
    """
    blind = pairs.blind_among(visit.db, [row.article for row in rows], visit.session.by)
    routes = _ROUTES[asked.route]

    def wanted(row: ArticleRow) -> bool:
        if routes is not None and row.route not in routes:
            return False
        if asked.tag is not None and row.article in blind:
            return False
        seen = None if row.article in blind else row.decision
        return asked.decision is None or (seen or "none") == asked.decision

    return [row for row in rows if wanted(row)]


ROUNDS = 20
"""So often the next rows are looked at when few are wanted; a page can end before its limit."""
_ROUTES = {None: None, "queue": {"queue", "sample"}, "reject": {"reject"}}


class ArticleAsked(Asked):
    """Which version of one article."""

    version: int | None = Field(
        None, ge=1, le=1000, description="Of the text; the newest if you name none."
    )


def one(visit: Visit, asked: ArticleAsked, _sent: None) -> shapes.ArticleWhole:
    """Show one article with its text, why it scored, its claims and its history."""
    row = _article(visit)
    versions = articles.versions(visit.db, row.article)
    text = _version(versions, asked.version)
    veil = Veil.over(visit, [row.article])
    hidden = veil.hides(row)
    history = reviews.history(visit.db, row.article, seen_by=visit.session.by)
    said = [] if hidden else claims.of_article(visit.db, row.article)
    return shapes.ArticleWhole(
        **article_fields(row, veil, tags.of_article(visit.db, row.article)),
        author=text.author if text else None,
        text=text.body if text else None,
        text_version=text.version if text else None,
        standing=max((line.id for line in history), default=0),
        evidence=None if hidden else evidence_told(row.evidence),
        versions=[version_told(version) for version in versions],
        claims=[claim_told(claim) for claim in said],
        history=lines_told(visit, history),
        sightings=[sighting_told(s) for s in articles.sightings(visit.db, row.article)],
    )


def _article(visit: Visit) -> ArticleRow:
    found: ArticleRow = articles.get(visit.db, visit.article_id()) or not_found(
        "There is no such article."
    )
    return found


def _version(versions: list[ArticleVersion], wanted: int | None) -> ArticleVersion | None:
    if wanted is None:
        return versions[-1] if versions else None
    found = next((version for version in versions if version.version == wanted), None)
    if found is None:
        raise Problem(404, "There is no such version of its text.", parameter="version")
    return found


# --- deciding -------------------------------------------------------------------------------

STALE = "Somebody decided on this since you read it, so yours was not recorded."
CHANGED = "The text changed since you read it, so your decision was not recorded."


class DecisionSent(Sent):
    """A decision, with what its maker had read: what changed since then refuses it."""

    answer: Answer
    standing: int = Field(ge=0, lt=2**63, description="`standing` of the article as you read it.")
    version: int = Field(ge=0, lt=2**63, description="`version` of the article as you read it.")
    note: str = Field("", max_length=2000)
    reasons: list[Word] = Field(default_factory=list, max_length=9)
    with_copies: bool = Field(
        False, description="Answer the same for every copy that nobody decided apart."
    )


def decide(visit: Visit, _asked: Asked, sent: DecisionSent) -> shapes.Decided:
    """Record a decision, signed with the name of whoever's token it is."""
    by = visit.session.by
    in_use = tuple(visit.desk.reasons())
    if unknown := set(sent.reasons) - set(in_use):
        known = ", ".join(in_use) or "none"
        sentence = f"reasons: {min(unknown)[:40]} is none of those in use: {known}."
        raise Problem(422, sentence, parameter="reasons")
    with write(visit.db, durable=True):
        row = _article(visit)
        if _newest(visit, row.article) != sent.standing:
            own = pairs.own(visit.db, row.article, by)
            if own and own.answer == sent.answer:
                return _standing(visit, row.article, "before")
            raise Problem(409, STALE)
        if row.version != sent.version:
            raise Problem(409, CHANGED)
        reviews.decide(
            visit.db,
            article=row.article,
            answer=sent.answer,
            by=by,
            now=visit.now,
            note=sent.note.strip(),
            with_copies=sent.with_copies,
            reasons=sent.reasons,
            read_twice=visit.desk.read_twice(),
        )
        return _standing(visit, row.article, "now")


class UndoSent(Sent):
    """What is to be undone, as far as its asker knows."""

    standing: int = Field(ge=1, lt=2**63, description="`standing` of the article as you read it.")
    line: Number | None = Field(
        None, description="Undo this line; the newest that stands if you name none."
    )


def undo(visit: Visit, _asked: Asked, sent: UndoSent) -> shapes.Decided:
    """Undo a decision and what it brought to copies; the one before stands again."""
    with write(visit.db, durable=True):
        number = _article(visit).article
        if _newest(visit, number) != sent.standing:
            raise Problem(409, STALE.replace("yours was not recorded", "nothing was undone"))
        done = reviews.undo(
            visit.db, article=number, by=visit.session.by, now=visit.now, decision=sent.line
        )
        if not done:
            raise Problem(409, "Nothing stands there to be undone.")
        return _standing(visit, number, "now")


def _newest(visit: Visit, article: int) -> int:
    history = reviews.history(visit.db, article, seen_by=visit.session.by)
    return max((line.id for line in history), default=0)


def _standing(visit: Visit, article: int, recorded: Literal["now", "before"]) -> shapes.Decided:
    row = articles.get(visit.db, article)
    veil = Veil.over(visit, [article])
    hidden = row is None or row.article in veil.blind
    return shapes.Decided(
        article=article,
        line=_newest(visit, article),
        decision=None if hidden or row is None else row.decision,
        recorded=recorded,
    )


class LinesAsked(Paged):
    """Which lines of the history."""

    article: Number | None = None
    by: Word | None = Field(None, description="Who decided.")
    answer: Answer | None = None
    since: Moment | None = None
    until: Moment | None = None


def lines(visit: Visit, asked: LinesAsked, _sent: None) -> shapes.Lines:
    """List what was decided and undone, the newest line first."""
    wanted = listing.Lines(
        article=asked.article,
        by=asked.by,
        answer=asked.answer,
        since=asked.since,
        until=asked.until,
    )
    key = key_of(asked, int)
    before = int(key[0]) if key else None
    rows = listing.decisions(visit.db, wanted, limit=asked.limit + 1, before=before)
    shown, onward = cut(asked, rows, lambda line: (line.id,))
    return shapes.Lines(decisions=lines_told(visit, shown), next=onward)


OPERATIONS = (
    Operation(
        name="listArticles",
        path="/api/articles",
        summary="Articles, those seen last first.",
        does=many,
        asks=ArticlesAsked,
        answers=shapes.Articles,
    ),
    Operation(
        name="getArticle",
        path="/api/articles/{id}",
        summary="One article: its text, why it scored, its claims, its history.",
        does=one,
        asks=ArticleAsked,
        answers=shapes.ArticleWhole,
        refusals=(404,),
    ),
    Operation(
        name="decide",
        path="/api/articles/{id}/decision",
        summary="Record a decision.",
        does=decide,
        sends=DecisionSent,
        answers=shapes.Decided,
        role="reviewer",
        refusals=(404, 409),
    ),
    Operation(
        name="undo",
        path="/api/articles/{id}/undo",
        summary="Undo a decision.",
        does=undo,
        sends=UndoSent,
        answers=shapes.Decided,
        role="reviewer",
        refusals=(404, 409),
    ),
    Operation(
        name="listDecisions",
        path="/api/decisions",
        summary="The history of decisions, the newest line first.",
        does=lines,
        asks=LinesAsked,
        answers=shapes.Lines,
    ),
)
