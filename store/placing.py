"""What an article is known by when its story is looked for, and the line that puts it in one.

The index holds the last days alone, so that finding a story costs the same however old the archive
is; stories and who stands in them are kept for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from store.lineage import Joined, StoryFacts
from store.rows import SKETCH, as_json, ids_json, instant, unpacked
from store.sql import Db, Row, add_row, fetch, one, run, run_many, write
from store.terms import Index, indexed, seconds

MOST_MEMBERS = 8
SHARED = 2  # terms that two texts must share at least to be of one story


# Of each story its newest near in time, in one statement for all.
_MEMBERS = f"""
SELECT f.story, f.article, f.at, f.facts, {SKETCH}
FROM json_each(?1) j CROSS JOIN story_facts f JOIN articles a ON a.id = f.article
WHERE f.article IN (SELECT n.article FROM story_facts n
    WHERE n.story = j.value AND n.at BETWEEN ?2 AND ?3 AND n.article <> ?4
    ORDER BY n.at DESC, n.article DESC LIMIT ?5)
"""  # noqa: S608  # the fragment stands in store.rows


def members(
    db: Db, stories: Sequence[int], facts: StoryFacts, within: timedelta
) -> dict[int, tuple[StoryFacts, ...]]:
    """Return what the newest members of stories are known by, of those near in time to one."""
    low, high = seconds(facts.at - within), seconds(facts.at + within)
    asked = (ids_json(stories), low, high, facts.article, MOST_MEMBERS)
    rows = fetch(db, _MEMBERS, asked)
    rows.sort(key=lambda row: (row["at"], row["article"]), reverse=True)
    found: dict[int, list[StoryFacts]] = {story: [] for story in stories}
    for row in rows:
        found[row["story"]].append(_facts(row, facts.terms))
    return {story: tuple(told) for story, told in found.items() if told}


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


def place(
    db: Db, facts: StoryFacts, story: int | None, joined: Joined, *, now: datetime,
    index: Index | None = None,
) -> int:  # fmt: skip
    """Put an article in a story, or in a new one, and keep what it is known by; return the story.

    An article that has a story moves only from one it is alone in, which then names the new one.
    ``index`` is that of the write under way, which writes its terms; without one that is done here.
    """
    if index is None:
        with write(db), indexed(db) as alone:
            return place(db, facts, story, joined, now=now, index=alone)
    seen_at, old = _seen(db, facts.article)
    home = old if story is None else story
    if home is None or home != old:
        home = _moved(db, facts.article, seen_at, old, home)
        _note_joined(db, facts.article, joined)
    if old is not None:  # one without a story was never placed: there is nothing to forget
        _forget_facts(index, db, [facts.article])
    _note_facts(db, facts, home, now)
    index.add(facts.article, seconds(facts.at), facts.terms)
    return home


def _moved(db: Db, article: int, seen_at: str, old: int | None, home: int | None) -> int:
    """Put an article in a story, None: a new one; return which."""
    if home is None:
        home = add_row(db, "stories", {"first_at": seen_at, "last_at": seen_at, "members": 1})
    else:
        run(db, _CAME, {"story": home, "at": seen_at})
    run(db, "UPDATE articles SET story = ? WHERE id = ?", (home, article))
    if old is not None:
        run(db, "UPDATE stories SET members = 0, became = ? WHERE id = ?", (home, old))
    return home


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
    shared = as_json(list(joined.shared))
    run(db, _JOINED, (article, joined.why, joined.likeness, joined.near, shared))


_JOINED = """
INSERT OR REPLACE INTO story_joins (article, why, likeness, near, shared) VALUES (?, ?, ?, ?, ?)
"""


def _note_facts(db: Db, facts: StoryFacts, story: int, now: datetime) -> None:
    kept = {
        "terms": facts.terms,
        "headline": facts.headline,
        "outlet": facts.outlet,
        "script": facts.script,
        "norm": facts.norm,
    }
    row = (facts.article, story, seconds(facts.at), seconds(now), as_json(kept))
    run(db, _FACTS, row)


_FACTS = "INSERT INTO story_facts (article, story, at, noted_at, facts) VALUES (?, ?, ?, ?, ?)"


def _forget_facts(index: Index, db: Db, articles: Sequence[int]) -> None:
    """Take articles out of the index, inside a write."""
    rows = fetch(
        db,
        "SELECT article, at, facts FROM story_facts"
        " WHERE article IN (SELECT value FROM json_each(?))",
        (ids_json(articles),),
    )
    for row in rows:
        terms: Mapping[str, float] = json.loads(row["facts"])["terms"]
        index.remove(row["article"], row["at"], terms)
    run_many(db, "DELETE FROM story_facts WHERE article = ?", [(row["article"],) for row in rows])


def forget(db: Db, before: datetime, limit: int = 2000) -> int:
    """Take articles noted before then out of the index, at most ``limit`` a call; they stay told.

    Return how many.
    """
    with write(db):
        old = fetch(
            db,
            "SELECT article FROM story_facts WHERE noted_at < ? ORDER BY noted_at LIMIT ?",
            (seconds(before), limit),
        )
        _forget_facts(Index(db), db, [row["article"] for row in old])
        run(db, "DELETE FROM story_words WHERE n <= 0")
    return len(old)


def story_of(db: Db, article: int) -> int | None:
    """Return the story an article is in; None while it has no text."""
    found = one(db, "SELECT story FROM articles WHERE id = ?", (article,))
    return None if found is None else int(found)


def seen_at(db: Db, article: int) -> datetime:
    """Return when an article was first seen."""
    return instant(one(db, "SELECT first_seen_at FROM articles WHERE id = ?", (article,)))
