"""Stories as people see them, and what people change: split, merge, undo.

Nothing the machine does moves an article out of a story a person touched, and nothing here deletes:
a story without articles keeps its number and names the story that has them now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from store import pairs, reviews
from store.faults import StoreError
from store.lineage import Joined, StoryEdit, StoryMember, StoryRow
from store.rows import as_json, ids_json, instant, instant_or_none, stamp
from store.sql import Db, Row, add_row, add_rows, fetch, one, run, write

# --- what is known --------------------------------------------------------------------------

_OUTLET = "coalesce(a.source_outlet, f.outlet)"
_MEMBERS = f"""
SELECT a.id, a.story, a.title, coalesce(a.final_url, a.url) AS url, {_OUTLET} AS outlet, f.side,
    a.feed, a.language, a.first_seen_at, a.published_at, a.published_original, a.published_source,
    a.copy_of, a.version, a.route, a.decision, a.disposition, a.wires,
    j.why, j.likeness, j.near, j.shared
FROM articles a LEFT JOIN feeds f ON f.key = a.feed LEFT JOIN story_joins j ON j.article = a.id
WHERE a.story IN (SELECT value FROM json_each(?)) AND a.story IS NOT NULL
ORDER BY a.story, min(coalesce(a.published_at, a.first_seen_at), a.first_seen_at),
    a.first_seen_at, a.id
"""  # noqa: S608  # our own words
_HEADLINES = """
SELECT article, title, min(seen_at) AS seen_at FROM versions
WHERE article IN (SELECT value FROM json_each(?)) GROUP BY article, title ORDER BY article, 3
"""


def now_known_as(db: Db, story: int) -> int | None:
    """Return the story that has this one's articles now: itself while it has any; None: no such."""
    seen: set[int] = set()
    at: int | None = story
    while at is not None and at not in seen:
        seen.add(at)
        rows = fetch(db, "SELECT members, became FROM stories WHERE id = ?", (at,))
        if not rows:
            return None
        if rows[0]["members"] or rows[0]["became"] is None:
            return at
        at = int(rows[0]["became"])
    return at


def get(db: Db, story: int) -> StoryRow | None:
    """Return a story, also one that has no articles left."""
    rows = fetch(db, "SELECT * FROM stories WHERE id = ?", (story,))
    return next(iter(_told(db, rows)), None)


def recent(
    db: Db,
    *,
    since: datetime,
    until: datetime,
    several: bool = False,
    wanted: bool = False,
    limit: int = 200,
    before: int | None = None,
) -> list[StoryRow]:
    """Return the stories whose newest article was first seen in [since, until), newest first.

    ``several``: only those with more than one article; ``wanted``: only those with an article that
    was queued or accepted. ``before`` is the story by which a page ended.
    """
    ended = fetch(db, "SELECT last_at, id FROM stories WHERE id = ?", (before,))
    older = [ended[0]["last_at"], ended[0]["id"]] if ended else []
    sql = f"""
    SELECT * FROM stories s WHERE members > {1 if several else 0}
        AND last_at >= ? AND last_at < ? {_WANTED if wanted else ""}
        {"AND (last_at, id) < (?, ?)" if older else ""}
    ORDER BY last_at DESC, id DESC LIMIT ?
    """  # noqa: S608  # our own words
    return _told(db, fetch(db, sql, (stamp(since), stamp(until), *older, limit)))


_WANTED = """AND EXISTS (SELECT 1 FROM articles a WHERE a.story = s.id
    AND a.disposition = 'queued' AND a.decision IS NOT 'not_relevant')"""


def _told(db: Db, rows: Sequence[Row]) -> list[StoryRow]:
    found = members(db, [row["id"] for row in rows])
    return [_row(row, found.get(row["id"], [])) for row in rows]


def _row(row: Row, told: Sequence[StoryMember]) -> StoryRow:
    first = next((m for m in told if m.copy_of is None), told[0]) if told else None
    return StoryRow(
        story=row["id"],
        article=first.article if first else None,
        title=first.title if first else "",
        language=first.language if first else None,
        first_at=instant(row["first_at"]),
        last_at=instant(row["last_at"]),
        members=row["members"],
        copies=sum(1 for member in told if member.copy_of is not None),
        outlets=tuple(dict.fromkeys(member.outlet for member in told)),
        sides=tuple(dict.fromkeys(member.side for member in told if member.side)),
        edited=bool(row["edited"]),
        became=row["became"],
    )


def members(db: Db, stories: Iterable[int]) -> dict[int, list[StoryMember]]:
    """Return the articles of stories in the order they were told: published, else first seen."""
    rows = fetch(db, _MEMBERS, (ids_json(sorted(set(stories))),))
    edited = ids_json([row["id"] for row in rows if row["version"] > 1])
    headlines: dict[int, list[tuple[str, datetime]]] = {}
    for line in fetch(db, _HEADLINES, (edited,)):
        told = (line["title"], instant(line["seen_at"]))
        headlines.setdefault(line["article"], []).append(told)
    found: dict[int, list[StoryMember]] = {}
    for row in rows:
        found.setdefault(row["story"], []).append(_member(row, headlines.get(row["id"], [])))
    return found


def _member(row: Row, headlines: Sequence[tuple[str, datetime]]) -> StoryMember:
    return StoryMember(
        article=row["id"],
        story=row["story"],
        title=row["title"],
        url=row["url"],
        outlet=row["outlet"] or "",
        side=row["side"] or "",
        feed=row["feed"],
        language=row["language"],
        first_seen_at=instant(row["first_seen_at"]),
        published_at=instant_or_none(row["published_at"]),
        published_original=row["published_original"],
        published_source=row["published_source"],
        copy_of=row["copy_of"],
        version=row["version"],
        route=row["route"],
        decision=row["decision"],
        disposition=row["disposition"],
        wires=tuple(json.loads(row["wires"])),
        headlines=tuple(headlines),
        joined=Joined(
            why=row["why"] or "new",
            likeness=row["likeness"] or 0.0,
            near=row["near"],
            shared=tuple(json.loads(row["shared"])) if row["shared"] else (),
        ),
    )


_WAITING = """
SELECT id FROM articles
WHERE story = (SELECT story FROM articles WHERE id = :article) AND id <> :article
    AND route = 'queue' AND decision IS NULL AND copy_of IS NULL
ORDER BY id
"""


def waiting_beside(db: Db, article: int) -> list[int]:
    """Return the other articles of an article's story that were queued and nobody decided.

    Not copies, which a decision can take along, and not those drawn to see what is missed: each of
    them wants an answer of its own.
    """
    return [row["id"] for row in fetch(db, _WAITING, {"article": article})]


def answer_alike(db: Db, article: int, others: Collection[int], *, by: str, now: datetime) -> int:
    """Record what ``by`` answered on an article (else what stands) on others too; on how many.

    Each gets a line of its own, whose note names the article. Nothing where no answer stands.
    """
    answer = pairs.answer_of(db, article, by)
    if answer is None:
        return 0
    note = _AS.format(article=article)
    for other in others:
        reviews.decide(db, article=other, answer=answer, by=by, now=now, note=note)
    return len(others)


def answered_with(db: Db, article: int, *, by: str) -> list[int]:
    """Return the articles of its story that somebody answered with this one, and that stand so."""
    note = _AS.format(article=article)
    return [row["id"] for row in fetch(db, _ANSWERED_WITH, (article, note, by))]


_AS = "as article {article}"
_ANSWERED_WITH = """
SELECT a.id FROM articles a JOIN decisions d ON d.id = a.decision_id
WHERE a.story = (SELECT story FROM articles WHERE id = ?) AND d.note = ? AND d.by = ?
ORDER BY a.id
"""
_WAITING_STORIES = """
SELECT count(DISTINCT key) FROM (
    SELECT CASE WHEN a.route = 'queue' THEN coalesce(a.story, -a.id) ELSE -a.id END AS key
    FROM articles a INDEXED BY articles_queue
    WHERE a.route IN ('queue', 'sample') AND a.copy_of IS NULL AND a.decision IS NULL
    UNION ALL
    SELECT CASE WHEN a.route = 'queue' THEN coalesce(a.story, -a.id) ELSE -a.id END
    FROM articles a WHERE a.id IN (SELECT value FROM json_each(?)))
"""


def waiting(db: Db, *, beside: Sequence[int] = ()) -> int:
    """Count the stories that wait for people; what was drawn from the rejected counts alone.

    ``beside``: articles that wait for one person though somebody has answered them.
    """
    return int(one(db, _WAITING_STORIES, (ids_json(beside),)))


# --- what people change ---------------------------------------------------------------------


def split(
    db: Db, story: int, articles: Collection[int], *, by: str, now: datetime, note: str = ""
) -> StoryEdit:
    """Take articles out of a story, into a new one; their copies, and whom they copy, come along.

    Raises:
        StoreError: none of them stands in it, or the story would be left empty.
    """
    with write(db, durable=True):
        inside = _inside(db, story)
        chosen = set(articles)
        families = {inside[article] for article in chosen if article in inside}
        moved = sorted(article for article, family in inside.items() if family in families)
        if not moved or not chosen <= inside.keys():
            raise StoreError(f"those articles do not all stand in story {story}: nothing changed")
        if len(moved) == len(inside):
            # Ticking one copy may be what leads here: say why that is all of the story.
            alone = len(chosen) == len(inside)
            why = "" if alone else "a copy goes where its text goes, and so "
            raise StoreError(
                f"{why}story {story} would be left without an article: nothing changed"
            )
        at = stamp(now)
        new = add_row(db, "stories", {"first_at": at, "last_at": at, "members": 0, "edited": 1})
        return _edit(db, "split", story, new, moved, (by, at, note))


def merge(db: Db, into: int, other: int, *, by: str, now: datetime, note: str = "") -> StoryEdit:
    """Put every article of one story into another.

    Raises:
        StoreError: they are one story, or one of them has no articles.
    """
    with write(db, durable=True):
        moved = sorted(_inside(db, other))
        if into == other or not moved or not _inside(db, into):
            raise StoreError(f"stories {into} and {other} are not two with articles: not merged")
        return _edit(db, "merge", into, other, moved, (by, stamp(now), note))


def undo(db: Db, edit: int, *, by: str, now: datetime) -> StoryEdit | None:
    """Put back what a split or merge moved; what moved again since, and what came since, stays.

    None when there is no such edit, it is an undo, or it was undone before.
    """
    with write(db, durable=True):
        rows = fetch(db, _STANDING_EDIT, (edit,))
        if not rows:
            return None
        back = fetch(db, _STILL_THERE, (edit,))
        cells = {"undoes": edit, "by": by, "at": stamp(now), "note": ""}
        names = {"kind": "undo", "story": rows[0]["story"], "other": rows[0]["other"]}
        number = add_row(db, "story_edits", cells | names)
        for line in back:
            _move(db, number, line["article"], line["to_story"], line["from_story"])
        _recount(db, {rows[0]["story"], rows[0]["other"]})
    return next(line for line in edits(db, rows[0]["story"]) if line.id == number)


_STANDING_EDIT = """
SELECT * FROM story_edits e WHERE id = ? AND kind <> 'undo'
    AND NOT EXISTS (SELECT 1 FROM story_edits u WHERE u.undoes = e.id)
"""
# Only where this edit is the last that moved the article: a later decision stands.
_STILL_THERE = """
SELECT m.* FROM story_moves m JOIN articles a ON a.id = m.article
WHERE m.edit = ? AND a.story = m.to_story
    AND NOT EXISTS (SELECT 1 FROM story_moves l WHERE l.article = m.article AND l.edit > m.edit)
ORDER BY m.article
"""


EDITED = """(EXISTS (SELECT 1 FROM story_edits e
        WHERE e.story = a.story AND e.at >= :since AND e.at < :until)
    OR EXISTS (SELECT 1 FROM story_edits e
        WHERE e.other = a.story AND e.at >= :since AND e.at < :until))"""
"""Of an article ``a``: people put its story together or took it apart in [since, until)."""


def edits(db: Db, story: int) -> list[StoryEdit]:
    """Return what people did to a story, the first edit first."""
    sql = """
    SELECT e.*, (SELECT json_group_array(article) FROM story_moves m WHERE m.edit = e.id) AS moved,
        EXISTS (SELECT 1 FROM story_edits u WHERE u.undoes = e.id) AS undone
    FROM story_edits e WHERE story = ? OR other = ? ORDER BY id
    """
    return [_line(row) for row in fetch(db, sql, (story, story))]


def _line(row: Row) -> StoryEdit:
    return StoryEdit(
        id=row["id"],
        kind=row["kind"],
        story=row["story"],
        other=row["other"],
        articles=tuple(sorted(json.loads(row["moved"]))),
        by=row["by"],
        at=instant(row["at"]),
        note=row["note"],
        undoes=row["undoes"],
        undone=bool(row["undone"]),
    )


def _inside(db: Db, story: int) -> dict[int, int]:
    """Return the articles of a story with the text each is of: copies have their original's."""
    sql = "SELECT id, coalesce(copy_of, id) AS text FROM articles WHERE story = ?"
    return {row["id"]: row["text"] for row in fetch(db, sql, (story,))}


def _edit(
    db: Db, kind: str, story: int, other: int, moved: Sequence[int], told: tuple[str, str, str]
) -> StoryEdit:
    by, at, note = told
    cells = {"kind": kind, "story": story, "other": other, "by": by, "at": at, "note": note}
    number = add_row(db, "story_edits", cells)
    went = (story, other) if kind == "split" else (other, story)
    for article in moved:
        _move(db, number, article, *went)
        _note(db, article, kind)
    _recount(db, {story, other})
    return next(line for line in edits(db, story) if line.id == number)


def _move(db: Db, edit: int, article: int, went_from: int, went_to: int) -> None:
    cells = {"edit": edit, "article": article, "from_story": went_from, "to_story": went_to}
    add_rows(db, "story_moves", [cells])
    run(db, "UPDATE articles SET story = ? WHERE id = ?", (went_to, article))
    run(db, "UPDATE story_facts SET story = ? WHERE article = ?", (went_to, article))


def _note(db: Db, article: int, why: str) -> None:
    """Say that a person put an article where it is, if nothing says more."""
    known = one(db, "SELECT count(*) FROM story_joins WHERE article = ?", (article,))
    if not known:
        cells = {"article": article, "why": why, "likeness": 0.0, "near": None}
        add_rows(db, "story_joins", [cells | {"shared": as_json([])}])


def _recount(db: Db, stories: Collection[int]) -> None:
    """Make stories tell what is true of them now. One that lost all says who has them."""
    run(db, _COUNT, (ids_json(sorted(stories)),))
    for story in stories:
        if one(db, "SELECT members FROM stories WHERE id = ?", (story,)):
            run(db, "UPDATE stories SET became = NULL WHERE id = ?", (story,))
            continue
        others = [other for other in stories if other != story]
        run(db, "UPDATE stories SET became = ? WHERE id = ?", (next(iter(others), None), story))


_COUNT = """
UPDATE stories SET edited = 1,
    members = (SELECT count(*) FROM articles a WHERE a.story = stories.id),
    first_at = coalesce((SELECT min(first_seen_at) FROM articles a WHERE a.story = stories.id),
        first_at),
    last_at = coalesce((SELECT max(first_seen_at) FROM articles a WHERE a.story = stories.id),
        last_at)
WHERE id IN (SELECT value FROM json_each(?))
"""
