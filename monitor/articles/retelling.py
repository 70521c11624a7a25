"""Which story an article retells: decided as its text is kept, in the same write.

An article with a story stays in it, however its text is edited; people move articles, the machine
does not. One exception: an article that stood alone, known by its headline only, may join another
story when its text comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classifiers.lexicon import Lexicon
from monitor.stages import credit, story
from store import articles, placing
from store.asides import without
from store.db import Db, write
from store.lineage import Joined, StoryFacts
from store.terms import Index, indexed
from store.texts import Unindexed
from store.types import StoredText

WINDOW = timedelta(days=10)  # an article can be found for so long after it was noted
SHOWN_FROM = 0.15  # likeness from which a story is offered to people as perhaps the same
LEAD_CHARS = 1500  # in which names are looked for
NAMES = frozenset(
    "person place group operation crossing event institution treaty".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An article as the stage for stories reads it."""

    article: int
    at: datetime
    title: str
    body: str
    concepts: tuple[str, ...]
    sketch: tuple[int, ...]
    outlet: str
    copy_of: int | None


def names(title: str, body: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the people, places, groups and the like that a headline and lead name: their ids."""
    found, _ = lexicon.find({"title": title, "lead": body[:LEAD_CHARS]})
    kinds = lexicon.concepts
    return tuple(sorted({m.concept for m in found if kinds[m.concept].kind in NAMES}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is told of a text before the store is asked: as the stage reads it, terms, agencies."""

    told: Telling
    terms: Mapping[str, float]
    wires: tuple[str, ...]


def ready(text: StoredText, *, outlet: str, seen_at: datetime, lexicon: Lexicon) -> Ready:
    """Return what can be told of a text by itself; no store, so that no write waits for it."""
    told = Telling(
        article=text.article,
        at=min(text.published_at or seen_at, seen_at),
        title=text.title,
        body=without(text.body, text.aside),
        concepts=names(text.title, text.body, lexicon),
        sketch=text.sketch,
        outlet=outlet,
        copy_of=text.copy_of,
    )
    return Ready(
        told=told,
        terms=story.terms(told.title, told.body, told.concepts),
        wires=credit.credit(text.author, text.body),
    )


def keep(
    db: Db, text: StoredText, *, outlet: str, seen_at: datetime, lexicon: Lexicon, now: datetime
) -> int:
    """Keep a text as its article's latest version, in its story; return the story's number."""
    told = ready(text, outlet=outlet, seen_at=seen_at, lexicon=lexicon)
    return keep_ready(db, text, told, now=now)


def keep_ready(
    db: Db, text: StoredText, ready: Ready, *, now: datetime, unindexed: Unindexed | None = None,
    index: Index | None = None,
) -> int:  # fmt: skip
    """As ``keep``, of a text that is ``ready``; whom it copies may have been found out since.

    Its words are indexed when the caller says so to ``unindexed``, where it is given; its terms
    with those of ``index``.
    """
    with write(db):
        standing, loose = placing.standing(db, text.article)
        articles.save_text(db, text, now, unindexed)
        # whom the store says it copies: never a copy
        told = replace(ready.told, copy_of=articles.original(db, text.article))
        if ready.wires or standing is not None:
            placing.note_wires(db, text.article, ready.wires)
        may_move = loose and text.text_from != "headline"
        stays = None if may_move else standing
        return place(db, told, now, terms=ready.terms, standing=stays, own=standing, index=index)


def place(
    db: Db, told: Telling, now: datetime, *, terms: Mapping[str, float] | None = None,
    standing: int | None = None, own: int | None = None, index: Index | None = None,
) -> int:  # fmt: skip
    """Put an article in the story it retells, or in a new one; return the story.

    It stays in ``standing``. ``own`` is a story it is alone in and may leave. ``terms`` are its
    own, where they are known already. ``index`` is that of the write under way, if there is one.
    """
    if index is None:
        with write(db), indexed(db) as alone:
            return place(db, told, now, terms=terms, standing=standing, own=own, index=alone)
    found = terms or story.terms(told.title, told.body, told.concepts)
    counted, n = index.rarity(found)
    rarity = story.Rarity(articles=counted, n=n)
    facts = story.facts(told, found, rarity)
    if standing is not None:
        return placing.place(db, facts, standing, STAYS, now=now, index=index)
    home = placing.story_of(db, told.copy_of) if told.copy_of else None
    if home is not None:
        joined = Joined(why="copy", near=told.copy_of)
        return placing.place(db, facts, home, joined, now=now, index=index)
    near = index.sharing(facts, story.rarest(facts, rarity), story.WITHIN)
    candidates = _candidates(db, facts, [n for n in near if n != own])
    taken = story.assign(facts, candidates, rarity)
    return placing.place(db, facts, taken.story, _joined(taken, told), now=now, index=index)


STAYS = Joined(why="new")


def _candidates(db: Db, facts: StoryFacts, near: Sequence[int]) -> list[story.CandidateStory]:
    members = placing.members(db, near, facts, story.WITHIN)
    return [story.CandidateStory(story=n, members=facts_of) for n, facts_of in members.items()]


def _joined(found: story.Assignment, told: Telling) -> Joined:
    return Joined(
        why=found.why,
        likeness=found.likeness,
        near=found.near,
        shared=_in_words(found.shared, told),
    )


def _in_words(terms: Sequence[str], told: Telling) -> tuple[str, ...]:
    """Return terms as the article itself writes them; names of the lexicon by their ids."""
    written = story.as_written(told.title, told.body) if terms else {}
    return tuple(written.get(term, term) for term in terms)


def near(db: Db, article: int) -> list[int]:
    """Return the stories that share the most with an article, its own among them; for people."""
    facts = placing.known(db, article)
    if facts is None:
        return []
    index = Index(db)
    counted, n = index.rarity(facts.terms)
    rarity = story.Rarity(articles=counted, n=n)
    numbers = index.sharing(facts, story.rarest(facts, rarity), story.WITHIN)
    members = placing.members(db, numbers, facts, story.WITHIN)
    worth = {
        number: max(story.likeness(facts, one, rarity).value for one in told)
        for number, told in members.items()
    }
    return sorted((n for n in worth if worth[n] >= SHOWN_FROM), key=lambda n: (-worth[n], n))
