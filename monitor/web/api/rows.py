"""Records of the store as the API tells them: what is kept back here is kept back nowhere else.

Two things are not told before their time, on the desk and here alike: what was drawn from the
rejected must look like the rest until it is decided on, and of an article that two people read
blind neither sees the other's answer first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from monitor.stages import fill
from monitor.web.api import shapes, watch_shapes
from monitor.web.desk import Visit
from monitor.web.words import withheld
from store import audit, listing, pairs, tags
from store.lineage import ClaimRow, QuoteRow, StoryMember, StoryRow
from store.types import ArticleRow, ArticleVersion, Decision, ItemRow
from store.watch import Hole


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What must not be told to whoever asks, among some articles."""

    blind: frozenset[int]
    threshold: float

    @classmethod
    def over(cls, visit: Visit, articles: Sequence[int]) -> Veil:
        """Return the veil over these articles for whoever asks."""
        plan = audit.last_plan(visit.db)
        return cls(
            blind=pairs.blind_among(visit.db, articles, visit.session.by),
            threshold=plan.threshold if plan else 0.1,
        )

    def hides(self, row: ArticleRow) -> bool:
        """Say whether score, route, topics and evidence of ``row`` are kept back."""
        return row.article in self.blind or withheld(row, threshold=self.threshold)


Told = TypeVar("Told", ClaimRow, QuoteRow)


def untold(visit: Visit, rows: Sequence[Told]) -> list[Told]:
    """Return claims or quotes without those of articles whose score is kept back.

    Only what was queued for its score, or accepted, is read for claims: to have some would tell.
    """
    numbers = {row.article for row in rows if row.article is not None}
    of = listing.these(visit.db, sorted(numbers))
    veil = Veil.over(visit, [row.article for row in of])
    hidden = {row.article for row in of if veil.hides(row)}
    return [row for row in rows if row.article not in hidden]


def articles_told(visit: Visit, rows: Sequence[ArticleRow]) -> list[shapes.Article]:
    """Return articles of a list, each with its tags."""
    numbers = [row.article for row in rows]
    veil = Veil.over(visit, numbers)
    tagged = tags.of_articles(visit.db, numbers)
    return [
        shapes.Article(**article_fields(row, veil, tagged.get(row.article, ()))) for row in rows
    ]


def article_fields(row: ArticleRow, veil: Veil, tagged: Sequence[str]) -> dict[str, Any]:
    """Return the fields of ``shapes.Article`` for ``row``, without what is kept back."""
    hidden = veil.hides(row)
    decided = row.article not in veil.blind
    return {
        "article": row.article,
        "title": row.title,
        "url": row.url,
        "outlet": row.outlet,
        "side": row.side,
        "feed": row.feed,
        "language": row.language,
        "kind": row.genre,
        "summary": row.summary,
        "published_at": row.published_at,
        "published_original": row.published_original,
        "published_source": row.published_source,
        "first_seen_at": row.first_seen_at,
        "story": row.story,
        "copy_of": row.copy_of,
        "copies": row.copies,
        "version": row.version,
        "text_from": row.text_from,
        "disposition": row.disposition,
        "reason": row.reason,
        "kept_back": hidden,
        "score": None if hidden else row.score,
        "route": None if hidden else row.route,
        "topics": [] if hidden else list(row.topics),
        "model": row.model,
        "decision": row.decision if decided else None,
        "decided_by": row.decided_by if decided else None,
        "decided_at": row.decided_at if decided else None,
        # Tags are given with an answer, and would tell of it.
        "tags": list(tagged) if decided else [],
    }


def evidence_told(text: str | None) -> shapes.Evidence | None:
    """Return why a verdict is what it is; None where nothing readable is kept."""
    try:
        kept = json.loads(text or "null")
        return shapes.Evidence(
            contributions=[
                shapes.Contribution(
                    label=part["label"],
                    weight=part["weight"],
                    matches=[_match(match) for match in part["matches"]],
                )
                for part in kept["contributions"]
            ],
            nearest=_nearest(kept.get("nearest")),
            ignored=[_match(match) for match in kept["ignored"]],
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # of an older build, which kept it otherwise


def _match(kept: dict[str, Any]) -> shapes.Match:
    return shapes.Match(**{name: kept[name] for name in shapes.Match.model_fields})


def _nearest(kept: dict[str, Any] | None) -> shapes.Nearest | None:
    if kept is None:
        return None
    return shapes.Nearest(**{name: kept[name] for name in shapes.Nearest.model_fields})


def version_told(version: ArticleVersion) -> shapes.Version:
    """Return a version without its text."""
    return shapes.Version(
        version=version.version,
        title=version.title,
        author=version.author,
        text_from=version.text_from,
        extractor=version.extractor,
        characters=len(version.body),
        seen_at=version.seen_at,
    )


def lines_told(visit: Visit, lines: Sequence[Decision]) -> list[shapes.Line]:
    """Return lines of the history; not those of others on what is still read blind."""
    numbers = [line.article for line in lines]
    rows = {row.article: row for row in listing.these(visit.db, numbers)}
    veil = Veil.over(visit, list(rows))
    undone = listing.undone(visit.db, [line.id for line in lines])
    return [
        shapes.Line(
            line=line.id,
            article=line.article,
            answer=line.answer,
            undoes=line.undoes,
            undone=line.id in undone,
            by=line.by,
            at=line.at,
            note=line.note,
            reasons=list(line.reasons),
            version=line.version,
            score=None if veil.hides(rows[line.article]) else line.score,
            model=line.model,
        )
        for line in lines
        if line.article not in veil.blind or line.by == visit.session.by
    ]


def sighting_told(item: ItemRow) -> shapes.Sighting:
    """Return an entry of a feed."""
    return shapes.Sighting(
        item=item.item,
        feed=item.feed,
        outlet=item.outlet,
        title=item.title,
        url=item.url,
        first_seen_at=item.first_seen_at,
        disposition=item.disposition,
        reason=item.reason,
        article=item.article,
    )


def claim_told(row: ClaimRow) -> shapes.Claim:
    """Return a claim of the register."""
    facts = row.facts
    return shapes.Claim(
        claim=row.id,
        article=row.article,
        imported=row.imported,
        story=row.story,
        outlet=row.outlet,
        side=row.side,
        title=row.title,
        told_at=row.told_at,
        population=facts.population,
        who=facts.who,
        subject=facts.subject,
        place=facts.place,
        least=facts.least,
        most=facts.most,
        unit=facts.unit,
        text=facts.text,
        as_of=facts.as_of,
        since_on=facts.since_on,
        until_on=facts.until_on,
        speaker=facts.speaker,
        office=facts.office,
        speaker_side=facts.speaker_side,
        sentence=facts.sentence,
        gone=row.gone,
        answer=row.answer,
        by=row.by,
        answered_at=row.answered_at,
    )


def quote_told(row: QuoteRow) -> shapes.Quote:
    """Return a quote."""
    return shapes.Quote(
        quote=row.id,
        article=row.article,
        imported=row.imported,
        outlet=row.outlet,
        side=row.side,
        title=row.title,
        told_at=row.told_at,
        said_on=row.facts.said_on,
        speaker=row.facts.speaker,
        office=row.facts.office,
        speaker_side=row.facts.speaker_side,
        words=row.facts.words,
        sentence=row.facts.sentence,
    )


def story_fields(row: StoryRow) -> dict[str, Any]:
    """Return the fields of ``shapes.Story`` for ``row``."""
    return {
        "story": row.story,
        "article": row.article,
        "title": row.title,
        "language": row.language,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "members": row.members,
        "copies": row.copies,
        "outlets": list(row.outlets),
        "sides": list(row.sides),
        "edited": row.edited,
    }


def member_told(member: StoryMember, blind: frozenset[int]) -> shapes.Member:
    """Return an article of a story."""
    hidden = member.article in blind
    return shapes.Member.model_validate(
        {
            "article": member.article,
            "title": member.title,
            "url": member.url,
            "outlet": member.outlet,
            "side": member.side,
            "language": member.language,
            "published_at": member.published_at,
            "first_seen_at": member.first_seen_at,
            "copy_of": member.copy_of,
            "decision": None if hidden else member.decision,
        }
    )


def gap_told(visit: Visit, hole: Hole) -> watch_shapes.Gap:
    """Return a gap, also in a sentence."""
    return watch_shapes.Gap(
        gap=hole.id,
        feed=hole.feed,
        outlet=hole.outlet,
        since_at=hole.since_at,
        until_at=hole.until_at,
        opened_at=hole.opened_at,
        why=hole.why,
        state=hole.state,
        tried_at=hole.tried_at,
        found=hole.found,
        usual=hole.usual,
        said=fill.told(hole, visit.desk.zone),
    )
