"""What is told, by API: stories, claims, quotes, digests."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from monitor.web.api import shapes, watch_shapes
from monitor.web.api.articles import Word
from monitor.web.api.frame import Asked, Moment, Operation, Paged
from monitor.web.api.paging import cut, key_of
from monitor.web.api.rows import claim_told, member_told, quote_told, story_fields, untold
from monitor.web.desk import Visit, not_found, whole
from monitor.web.words import day_of
from store import claims, editions, listing, pairs, quotes, stories


def _number(visit: Visit, sentence: str) -> int:
    return whole(str(visit.request.path_params["id"])) or int(not_found(sentence))


# --- stories --------------------------------------------------------------------------------


class StoriesAsked(Paged):
    """Which stories."""

    since: Moment | None = Field(None, description="That grew since then.")
    until: Moment | None = Field(None, description="That last grew before then.")
    several: bool = Field(False, description="Only those that more than one article tells.")


def many_stories(visit: Visit, asked: StoriesAsked, _sent: None) -> shapes.Stories:
    """List stories, those that began last first."""
    key = key_of(asked, int)
    rows = listing.stories(
        visit.db,
        since=asked.since,
        until=asked.until,
        several=asked.several,
        limit=asked.limit + 1,
        before=int(key[0]) if key else None,
    )
    shown, onward = cut(asked, rows, lambda row: (row.story,))
    told = [shapes.Story(**story_fields(row)) for row in shown]
    return shapes.Stories(stories=told, next=onward)


def one_story(visit: Visit, _asked: Asked, _sent: None) -> shapes.StoryWhole:
    """Show one story; one whose articles went to another shows that one."""
    absent = "There is no such story."
    number = stories.now_known_as(visit.db, _number(visit, absent)) or int(not_found(absent))
    row = stories.get(visit.db, number) or not_found(absent)
    members = stories.members(visit.db, [number]).get(number, [])
    blind = pairs.blind_among(visit.db, [m.article for m in members], visit.session.by)
    said = untold(visit, claims.of_story(visit.db, number))
    return shapes.StoryWhole(
        **story_fields(row),
        articles=[member_told(member, blind) for member in members],
        claims=[claim_told(claim) for claim in said],
        quotes=[quote_told(q) for q in untold(visit, quotes.of_story(visit.db, number))],
    )


# --- claims and quotes ----------------------------------------------------------------------


class ClaimsAsked(Paged):
    """Which claims."""

    population: Word | None = Field(None, description="Who or what was counted.")
    place: Word | None = None
    claimant: Word | None = Field(None, description="In the speaker's name or office.")
    year: int | None = Field(None, ge=1900, le=2200, description="That the figure speaks of.")
    everything: bool = Field(
        False, description="Also what was discarded, taken back, or of rejected articles."
    )


def many_claims(visit: Visit, asked: ClaimsAsked, _sent: None) -> shapes.Claims:
    """List the register, claims noted last first."""
    wanted = claims.Wanted(
        population=asked.population or "",
        place=asked.place or "",
        claimant=asked.claimant or "",
        year=asked.year,
        everything=asked.everything,
    )
    key = key_of(asked, int)
    before = int(key[0]) if key else None
    rows = claims.listed(visit.db, wanted, limit=asked.limit + 1, before=before)
    shown, onward = cut(asked, rows, lambda row: (row.id,))
    told = [claim_told(claim) for claim in untold(visit, shown)]
    return shapes.Claims(claims=told, next=onward)


class QuotesAsked(Paged):
    """Which quotes."""

    q: str | None = Field(None, min_length=1, max_length=500, description="Words in the quote.")
    speaker: Word | None = None
    article: int | None = Field(None, ge=1, lt=2**63)


def many_quotes(visit: Visit, asked: QuotesAsked, _sent: None) -> shapes.Quotes:
    """List quotes, those noted last first."""
    key = key_of(asked, int)
    rows = listing.quotes(
        visit.db,
        words=asked.q,
        speaker=asked.speaker,
        article=asked.article,
        limit=asked.limit + 1,
        before=int(key[0]) if key else None,
    )
    shown, onward = cut(asked, rows, lambda row: (row.id,))
    return shapes.Quotes(quotes=[quote_told(row) for row in untold(visit, shown)], next=onward)


# --- digests --------------------------------------------------------------------------------


class DigestAsked(Asked):
    """Which digest."""

    name: Word = Field("daily", description="`daily`, or the name of a further one.")


class DigestsAsked(Paged):
    """Which digests."""

    name: Word = Field("daily", description="`daily`, or the name of a further one.")


def many_digests(visit: Visit, asked: DigestsAsked, _sent: None) -> watch_shapes.Digests:
    """List digests, the newest day first."""
    key = key_of(asked, str)
    before = day_of(str(key[0])) if key else None
    rows = listing.digests(visit.db, limit=asked.limit + 1, before=before, name=asked.name)
    shown, onward = cut(asked, rows, lambda row: (row["day_on"],))
    told = [watch_shapes.Digest.model_validate(dict(row)) for row in shown]
    return watch_shapes.Digests(digests=told, next=onward)


def one_digest(visit: Visit, asked: DigestAsked, _sent: None) -> watch_shapes.DigestWhole:
    """Show a day's digest with its page."""
    absent = "There is no digest of that day."
    day: date = day_of(str(visit.request.path_params["day"])) or not_found(absent)
    edition = editions.get(visit.db, day, asked.name) or not_found(absent)
    return watch_shapes.DigestWhole(
        name=edition.name,
        day_on=edition.day_on,
        title=edition.title,
        made_at=edition.made_at,
        since_at=edition.since_at,
        until_at=edition.until_at,
        html=edition.page,
    )


OPERATIONS = (
    Operation(
        name="listStories",
        path="/api/stories",
        summary="Stories, those that began last first.",
        does=many_stories,
        asks=StoriesAsked,
        answers=shapes.Stories,
    ),
    Operation(
        name="getStory",
        path="/api/stories/{id}",
        summary="One story: its articles, their claims and quotes.",
        does=one_story,
        answers=shapes.StoryWhole,
        refusals=(404,),
    ),
    Operation(
        name="listClaims",
        path="/api/claims",
        summary="The register of claims, those noted last first.",
        does=many_claims,
        asks=ClaimsAsked,
        answers=shapes.Claims,
    ),
    Operation(
        name="listQuotes",
        path="/api/quotes",
        summary="Quotes, those noted last first.",
        does=many_quotes,
        asks=QuotesAsked,
        answers=shapes.Quotes,
    ),
    Operation(
        name="listDigests",
        path="/api/digests",
        summary="Digests, the newest day first.",
        does=many_digests,
        asks=DigestsAsked,
        answers=watch_shapes.Digests,
    ),
    Operation(
        name="getDigest",
        path="/api/digests/{day}",
        summary="One day's digest with its page.",
        does=one_digest,
        asks=DigestAsked,
        answers=watch_shapes.DigestWhole,
        refusals=(404,),
    ),
)
