"""The index by which an article's story is found, and the line that puts the article in it.

The index holds the last days alone, so that finding a story costs the same however old the archive
is; stories and who stands in them are kept for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import blake2b

from store.lineage import Joined, StoryFacts
from store.rows import SKETCH, as_json, ids_json, instant, unpacked
from store.sql import Db, Row, add_row, add_rows, fetch, one, run, run_many, tuples, write

MOST_ROWS = 200  # of the index, read for one article
MOST_STORIES = 5
MOST_MEMBERS = 8
SHARED = 2  # terms that two texts must share at least to be of one story
EVERY = 0  # the term that counts all articles


@lru_cache(maxsize=30_000)
def term_number(term: str) -> int:
    """Return the 64-bit number a term is kept by; never ``EVERY`` in practice."""
    return int.from_bytes(
        blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), signed=True
    )


def rarity(db: Db, terms: Iterable[str]) -> tuple[int, dict[str, int]]:
    """Return how many articles the window holds, and in how many of them each known term stands."""
    numbers = {term_number(term): term for term in terms}
    rows = fetch(
        db,
        "SELECT term, n FROM story_words WHERE term IN (SELECT value FROM json_each(?)) AND n > 0",
        (ids_json([EVERY, *numbers]),),
    )
    counts = {row["term"]: row["n"] for row in rows}
    return counts.pop(EVERY, 0), {numbers[number]: n for number, n in counts.items()}


# The same as asking for one term after the other, each with what the ones before left of the rows;
# SQLite stops at the last row that is wanted.
_SHARING = """
SELECT * FROM (SELECT {place} AS place, article FROM story_terms
    WHERE term = ?{mark} AND at BETWEEN ?1 AND ?2 AND article <> ?3 ORDER BY at DESC LIMIT ?4)
"""


@cache
def sharing_sql(terms: int) -> str:
    """Return the statement that asks for so many terms, in their order."""
    asked = (_SHARING.format(place=place, mark=place + 5) for place in range(terms))
    return " UNION ALL ".join(asked) + " LIMIT ?4"


_STORIES_OF = """
SELECT article, story FROM story_facts WHERE article IN (SELECT value FROM json_each(?))
"""


def sharing(
    db: Db, facts: StoryFacts, rarest: Sequence[tuple[str, float]], within: timedelta
) -> list[int]:
    """Return the stories of articles that share terms with one, the likeliest first.

    ``rarest`` are the terms to look by with what each is worth, in the order to ask for them. At
    most ``MOST_ROWS`` rows of the index are read, and ``MOST_STORIES`` stories returned.
    """
    found = worth(db, facts, rarest, within)
    if not found:
        return []
    story_of = {r["article"]: r["story"] for r in fetch(db, _STORIES_OF, (ids_json(list(found)),))}
    best: dict[int, float] = {}
    for article, value in found.items():
        if article in story_of:
            best[story_of[article]] = max(value, best.get(story_of[article], 0.0))
    return sorted(best, key=lambda story: (-best[story], story))[:MOST_STORIES]


def worth(
    db: Db, facts: StoryFacts, rarest: Sequence[tuple[str, float]], within: timedelta
) -> dict[int, float]:
    """Return the articles that share terms with one and what those are worth together."""
    if not rarest:
        return {}
    low, high = _seconds(facts.at - within), _seconds(facts.at + within)
    asked = [low, high, facts.article, MOST_ROWS, *(term_number(term) for term, _ in rarest)]
    found: dict[int, float] = {}
    for place, article in tuples(db, sharing_sql(len(rarest)), asked):
        found[article] = found.get(article, 0.0) + rarest[place][1]
    return found


_MEMBERS = f"""
SELECT f.article, f.at, f.facts, {SKETCH} FROM story_facts f JOIN articles a ON a.id = f.article
WHERE f.story = ? AND f.at BETWEEN ? AND ? AND f.article <> ?
ORDER BY f.at DESC, f.article DESC LIMIT ?
"""  # noqa: S608  # the fragment stands in store.rows


def members(
    db: Db, stories: Sequence[int], facts: StoryFacts, within: timedelta
) -> dict[int, tuple[StoryFacts, ...]]:
    """Return what the newest members of stories are known by, of those near in time to one."""
    low, high = _seconds(facts.at - within), _seconds(facts.at + within)
    found = {
        story: fetch(db, _MEMBERS, (story, low, high, facts.article, MOST_MEMBERS))
        for story in stories
    }
    return {
        story: tuple(_facts(row, facts.terms) for row in rows)
        for story, rows in found.items()
        if rows
    }


def known(db: Db, article: int) -> StoryFacts | None:
    """Return what an article is known by; None once the index has forgotten it."""
    sql = f"""SELECT f.article, f.at, f.facts, {SKETCH} FROM story_facts f
        JOIN articles a ON a.id = f.article WHERE f.article = ?"""  # noqa: S608
    return next((_facts(row) for row in fetch(db, sql, (article,))), None)


def _facts(row: Row, beside: Mapping[str, float] | None = None) -> StoryFacts:
    """Return what an article is known by; without its sketch where it shares no two terms.

    Texts of which ``beside`` knows less than two terms are never compared by their sketches, and
    those are most of what there is to read.
    """
    kept = json.loads(row["facts"])
    terms = kept["terms"]
    far = beside is not None and sum(map(beside.__contains__, terms)) < SHARED
    return StoryFacts(
        article=row["article"],
        at=datetime.fromtimestamp(row["at"], UTC),
        terms=terms,
        headline=tuple(kept["headline"]),
        outlet=kept["outlet"],
        script=kept["script"],
        norm=kept["norm"],
        sketch=() if far else unpacked(row["sketch"]),
    )


# --- placing --------------------------------------------------------------------------------


def standing(db: Db, article: int) -> tuple[int | None, bool]:
    """Return the story an article is in, and whether it may still be moved by the machine.

    It may be while it stands alone, was judged by its headline only, and nobody touched it.
    """
    rows = fetch(db, _STANDING, (article,))
    return (rows[0]["story"], bool(rows[0]["loose"])) if rows else (None, False)


_STANDING = """
SELECT a.story, a.text_from = 'headline' AND a.decision IS NULL AND s.members = 1
    AND s.edited = 0 AND NOT EXISTS (SELECT 1 FROM story_moves m WHERE m.article = a.id) AS loose
FROM articles a LEFT JOIN stories s ON s.id = a.story WHERE a.id = ?
"""


def place(db: Db, facts: StoryFacts, story: int | None, joined: Joined, *, now: datetime) -> int:
    """Put an article in a story, or in a new one, and keep what it is known by; return the story.

    An article that has a story moves only from one it is alone in, which then names the new one.
    """
    with write(db):
        seen_at, old = _seen(db, facts.article)
        if story is None and old is not None:
            story = old
        if story is None:
            cells = {"first_at": seen_at, "last_at": seen_at, "members": 0}
            story = add_row(db, "stories", cells)
        if story != old:
            run(db, "UPDATE articles SET story = ? WHERE id = ?", (story, facts.article))
            run(db, _CAME, {"story": story, "at": seen_at})
            if old is not None:
                run(db, "UPDATE stories SET members = 0, became = ? WHERE id = ?", (story, old))
            _note_joined(db, facts.article, joined)
        _note_facts(db, facts, story, now)
    return story


def note_wires(db: Db, article: int, wires: Sequence[str]) -> None:
    """Keep which agencies an article credits."""
    with write(db):
        run(db, "UPDATE articles SET wires = ? WHERE id = ?", (as_json(list(wires)), article))


_CAME = """
UPDATE stories SET members = members + 1, first_at = min(first_at, :at), last_at = max(last_at, :at)
WHERE id = :story
"""


def _seen(db: Db, article: int) -> tuple[str, int | None]:
    row = fetch(db, "SELECT first_seen_at, story FROM articles WHERE id = ?", (article,))[0]
    return row["first_seen_at"], row["story"]


def _note_joined(db: Db, article: int, joined: Joined) -> None:
    run(db, "DELETE FROM story_joins WHERE article = ?", (article,))
    cells = {
        "article": article,
        "why": joined.why,
        "likeness": joined.likeness,
        "near": joined.near,
        "shared": as_json(list(joined.shared)),
    }
    add_rows(db, "story_joins", [cells])


def _note_facts(db: Db, facts: StoryFacts, story: int, now: datetime) -> None:
    _forget_facts(db, [facts.article])
    numbers = sorted({term_number(term) for term in facts.terms})
    at = _seconds(facts.at)
    kept = {
        "terms": facts.terms,
        "headline": facts.headline,
        "outlet": facts.outlet,
        "script": facts.script,
        "norm": facts.norm,
    }
    cells = {
        "article": facts.article,
        "story": story,
        "at": at,
        "noted_at": _seconds(now),
        "facts": as_json(kept),
    }
    add_rows(db, "story_facts", [cells])
    run(db, _TERMS, (at, facts.article, ids_json(numbers)))
    run(db, _ONE_MORE, (ids_json([EVERY, *numbers]),))


# One statement for a hundred rows: a statement a row costs three times as much.
_TERMS = """
INSERT INTO story_terms (term, at, article) SELECT value, ?, ? FROM json_each(?)
"""
_ONE_MORE = """
INSERT INTO story_words SELECT value, 1 FROM json_each(?) WHERE true
ON CONFLICT (term) DO UPDATE SET n = n + 1
"""
_ONE_LESS = """
UPDATE story_words SET n = n - 1 WHERE term IN (SELECT value FROM json_each(?))
"""
_NO_TERMS = """
DELETE FROM story_terms
WHERE term IN (SELECT value FROM json_each(?)) AND at = ? AND article = ?
"""


def _forget_facts(db: Db, articles: Sequence[int]) -> None:
    """Take articles out of the index, inside a write."""
    rows = fetch(
        db,
        "SELECT article, at, facts FROM story_facts"
        " WHERE article IN (SELECT value FROM json_each(?))",
        (ids_json(articles),),
    )
    if not rows:
        return
    for row in rows:
        terms: Mapping[str, float] = json.loads(row["facts"])["terms"]
        numbers = {term_number(term) for term in terms}
        run(db, _NO_TERMS, (ids_json(sorted(numbers)), row["at"], row["article"]))
        run(db, _ONE_LESS, (ids_json([EVERY, *sorted(numbers)]),))
    run_many(db, "DELETE FROM story_facts WHERE article = ?", [(row["article"],) for row in rows])


def forget(db: Db, before: datetime, limit: int = 2000) -> int:
    """Take articles noted before then out of the index, at most ``limit`` a call; they stay told.

    Return how many.
    """
    with write(db):
        old = fetch(
            db,
            "SELECT article FROM story_facts WHERE noted_at < ? ORDER BY noted_at LIMIT ?",
            (_seconds(before), limit),
        )
        _forget_facts(db, [row["article"] for row in old])
        run(db, "DELETE FROM story_words WHERE n <= 0")
    return len(old)


def story_of(db: Db, article: int) -> int | None:
    """Return the story an article is in; None while it has no text."""
    found = one(db, "SELECT story FROM articles WHERE id = ?", (article,))
    return None if found is None else int(found)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def seen_at(db: Db, article: int) -> datetime:
    """Return when an article was first seen."""
    return instant(one(db, "SELECT first_seen_at FROM articles WHERE id = ?", (article,)))
