"""Which texts are read for claims and quotes, and what the claims of one story say together."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from classifiers.lexicon import Lexicon
from monitor.articles.keeping import COPY_WINDOW, STORE_TROUBLE
from monitor.stages import claims as stage
from monitor.stages.claims import (
    Change,
    Claim,
    Headline,
    Name,
    Names,
    Quote,
    Sentence,
    Statement,
    Told,
)
from store import claims, quotes, unread
from store.db import Db
from store.lineage import ClaimFacts, ClaimRow, QuoteFacts, QuoteRow, SpokenFacts, Unread

_Facts = TypeVar("_Facts", ClaimFacts, QuoteFacts)
log = logging.getLogger(__name__)

_YEAR = re.compile(r"\d{4}")
A_RUN = 200  # texts read at most by one run of the job: a fraction of a second


def note(db: Db, *, lexicon: Lexicon, now: datetime, limit: int = A_RUN) -> Mapping[str, int]:
    """Read what waits for claims and quotes; one write a text, at most ``limit`` texts.

    A text that cannot be read or kept holds up no other: it is noted as read, with nothing. Copies
    wait for what they are copies of, and are read in the same run.
    """
    names = names_of(lexicon)
    found = kept = told = 0
    for text in _waiting(db, now - COPY_WINDOW, limit):
        found += 1
        try:
            cut = stage.segmented(text.body, names)
            spoken = heard(text, names, cut)
            new, said = unread.note(db, text, *read(text, names, cut), now, spoken)
        except STORE_TROUBLE:
            raise  # not this text's fault
        except Exception:
            log.exception("%s could not be read for claims", text.article or text.imported)
            new, said = unread.note(db, text, (), (), now)
        kept, told = kept + new, told + said
    return {"claims_read": found, "claims": kept, "quotes": told} if found else {}


def _waiting(db: Db, copies_since: datetime, limit: int) -> Iterator[Unread]:
    while limit > 0 and (texts := unread.unread(db, copies_since=copies_since, limit=limit)):
        yield from texts
        limit -= len(texts)


@lru_cache(maxsize=4)
def names_of(lexicon: Lexicon) -> Names:
    """Return the names of a lexicon, ready to be found; made once for each lexicon."""
    return stage.names_of(
        Name(
            id=concept.id,
            kind=concept.kind,
            side=concept.pole,
            aliases=tuple(alias for group in concept.aliases.values() for alias in group),
        )
        for concept in lexicon.concepts.values()
    )


def read(
    text: Unread, names: Names, cut: Sequence[Sentence] | None = None
) -> tuple[tuple[ClaimFacts, ...], tuple[QuoteFacts, ...]]:
    """Return what a text claims and whom it quotes, as the register keeps it.

    ``cut``: the sentences of its body, where it is cut already.
    """
    day = (text.told_at or text.seen_at).date()
    found = stage.claims(
        text.title, text.body, published_on=day, names=names, aside=text.aside, cut=cut
    )  # fmt: skip
    said = stage.quotes(text.body, published_on=day, names=names, aside=text.aside, cut=cut)
    dated = text.told_at is not None
    return (
        _apart(_claim_facts(claim, dated=dated) for claim in found),
        _apart(_quote_facts(quote, dated=dated) for quote in said),
    )


def heard(
    text: Unread, names: Names, cut: Sequence[Sentence] | None = None
) -> tuple[SpokenFacts, ...]:
    """Return whom a text lets speak, with or without marks of quotation."""
    day = (text.told_at or text.seen_at).date()
    found = stage.statements(text.body, published_on=day, names=names, aside=text.aside, cut=cut)
    return tuple({facts.mark: facts for facts in map(_spoken_facts, found)}.values())


def _spoken_facts(said: Statement) -> SpokenFacts:
    speaker = said.speaker
    return SpokenFacts(
        mark=f"{speaker.name.casefold()}|{said.sentence[:120].casefold()}",
        speaker=speaker.name,
        office=speaker.office,
        speaker_side=speaker.side,
        person=speaker.person,
        sentence=said.sentence,
        start=said.start,
    )


def _apart(found: Iterable[_Facts]) -> tuple[_Facts, ...]:
    return tuple({facts.mark: facts for facts in found}.values())


def _claim_facts(claim: Claim, *, dated: bool) -> ClaimFacts:
    """As read; a text of unknown day can say a year, but not what it calls "last week"."""
    sure = dated or _YEAR.search(claim.as_of) is not None
    speaker = claim.speaker
    return ClaimFacts(
        mark=_mark(claim),
        population=claim.population,
        who=claim.who,
        subject=claim.subject,
        unit=claim.unit,
        least=claim.least,
        most=claim.most,
        text=claim.text,
        place=claim.place,
        as_of=claim.as_of,
        since_on=claim.since_on if sure else None,
        until_on=claim.until_on if sure else None,
        speaker=speaker.name if speaker else "",
        office=speaker.office if speaker else "",
        speaker_side=speaker.side if speaker else "",
        part=claim.part,
        sentence=claim.sentence,
        start=claim.start,
        figure=claim.figure,
        figure_end=claim.figure_end,
    )


def _mark(claim: Claim) -> str:
    """What a claim says, whoever is said to say it and wherever it stands in the text."""
    said = (claim.population, claim.who, claim.unit, claim.least, claim.most)
    about = claim.subject.casefold() if claim.unit not in {"persons", "events"} else ""
    return "|".join(map(str, (*said, about)))


def _quote_facts(quote: Quote, *, dated: bool) -> QuoteFacts:
    return QuoteFacts(
        mark=f"{quote.speaker.name.casefold()}|{quote.words[:200].casefold()}",
        speaker=quote.speaker.name,
        office=quote.speaker.office,
        speaker_side=quote.speaker.side,
        words=quote.words,
        sentence=quote.sentence,
        start=quote.start,
        said_on=quote.said_on if dated else None,
        resolved=quote.resolved,
    )


# --- the claims of one story ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Claims about the same people at the same place, in order of telling: never made one."""

    population: str
    who: str
    place: str
    claims: tuple[ClaimRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryClaims:
    """What the articles of a story claim, what changed between them, and whom they quote."""

    groups: tuple[Beside, ...]
    changes: tuple[Change, ...]
    quotes: tuple[QuoteRow, ...]
    by_number: Mapping[int, ClaimRow]

    def __bool__(self) -> bool:
        return bool(self.groups or self.changes or self.quotes)


def claims_of_story(db: Db, story: int) -> StoryClaims:
    """Return what a story's articles claim, side by side, and what changed between them."""
    found = claims.of_story(db, story)
    headlines = [
        Headline(article=t.article, version=t.version, outlet=t.outlet, at=t.at, title=t.title)
        for t in claims.titles_of_story(db, story)
    ]
    return StoryClaims(
        groups=beside([row for row in found if not row.gone or row.answer]),
        changes=stage.changes([_told(row) for row in found if row.told_at], headlines),
        quotes=tuple(quotes.of_story(db, story)),
        by_number={row.id: row for row in found},
    )


def beside(rows: Sequence[ClaimRow]) -> tuple[Beside, ...]:
    """Return claims in groups of the same population, people and place, each in order of time.

    The group somebody spoke of last comes first. The day is the one the figure speaks of, else the
    one it was told on.
    """
    groups: dict[tuple[str, str, str], list[ClaimRow]] = {}
    for row in rows:
        facts = row.facts
        statement = facts.unit == "statement"
        about = facts.who or ("" if statement else facts.subject.casefold())
        groups.setdefault((facts.population, about, facts.place.casefold()), []).append(row)
    made = [
        Beside(
            population=population,
            who=about,
            place=rows[0].facts.place,
            claims=tuple(sorted(rows, key=_when)),
        )
        for (population, about, _), rows in groups.items()
    ]
    return tuple(sorted(made, key=lambda group: _when(group.claims[-1]), reverse=True))


def _when(row: ClaimRow) -> tuple[str, str, int]:
    told = row.told_at.isoformat() if row.told_at else ""
    day = row.facts.until_on.isoformat() if row.facts.until_on else told[:10]
    return day, told, row.id


def _told(row: ClaimRow) -> Told:
    facts = row.facts
    assert row.told_at is not None  # noqa: S101  # the caller chose those with a day
    return Told(
        article=row.article or 0,
        version=row.version,
        outlet=row.outlet,
        side=row.side,
        at=row.told_at,
        claim=row.id,
        population=facts.population,
        who=facts.who,
        subject=facts.subject,
        least=facts.least,
        most=facts.most,
        text=facts.text,
        place=facts.place,
        speaker=facts.speaker,
        speaker_side=facts.speaker_side,
        since_on=facts.since_on,
        until_on=facts.until_on,
        in_title=facts.part == "title",
    )
