"""The members of the corpus: every labelled text with its history, free of this store's numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from store import reasons
from store.asides import without
from store.learned import Answered, Member
from store.records import member_of
from store.rows import GENRE, instant, instant_or_none, spans
from store.sql import Db, Row, fetch, fetch_in, moment, storable

# The text that was decided upon, as store.corpus.labels takes it. The strands are those people put
# there, else what the model said that judged when they decided: a later model must not change what
# a snapshot holds.
_REVIEWED = f"""
SELECT a.id AS article, a.canonical_url, coalesce(d.title, n.title, a.title) AS title,
    coalesce(d.body, n.body, a.summary) AS body, coalesce(d.aside, n.aside) AS aside,
    coalesce(a.source_outlet, f.outlet, '') AS outlet, f.side,
    coalesce(a.language, nullif(f.language, '')) AS language,
    coalesce(a.final_url, a.url) AS url, coalesce(d.author, n.author, a.author) AS author,
    a.published_at, a.published_source, a.first_seen_at, {GENRE} AS genre,
    a.decision, a.decided_by, a.decided_at, a.story, coalesce(a.copy_of, a.id) AS root,
    coalesce((SELECT s.topics FROM facets s WHERE s.article = a.id ORDER BY s.id DESC LIMIT 1),
        (SELECT v.topics FROM verdicts v WHERE v.article = a.id AND v.version = l.version
            AND v.model = l.model ORDER BY v.id DESC LIMIT 1), v.topics) AS topics,
    u.chance
FROM articles a JOIN decisions l ON l.id = a.decision_id
    LEFT JOIN versions d ON d.article = a.id AND d.version = l.version
    LEFT JOIN versions n ON n.article = a.id AND n.version = a.version
    LEFT JOIN feeds f ON f.key = a.feed LEFT JOIN verdicts v ON v.id = a.verdict
    LEFT JOIN audits u ON u.article = a.id
WHERE a.decision IS NOT NULL AND a.decision IN ('relevant', 'not_relevant') AND l.via IS NULL
    AND NOT EXISTS (SELECT 1 FROM pairs p WHERE p.article = a.id AND p.state = 'disputed')
"""  # noqa: S608  # GENRE is our own select
_HISTORY = """
SELECT d.id, d.article, d.answer, d.undoes, d.via IS NOT NULL AS echo, d.by, d.at, d.note,
    d.reading, d.model, d.score, v.threshold, v.route
FROM decisions d
    LEFT JOIN verdicts v ON v.id = (SELECT max(w.id) FROM verdicts w WHERE w.article = d.article
        AND w.version = d.version AND w.model = d.model)
WHERE d.article IN ({marks}) ORDER BY d.id
"""
_TAGS = "SELECT article, tag FROM tagged WHERE article IN ({marks}) ORDER BY article, tag"
_TELLING_TITLE = 4  # words; shorter titles ("Morning brief") head many different texts


def members(db: Db) -> list[Member]:
    """Return every labelled text, by id: what people decided upon, and what was brought in.

    All of one moment: people decide meanwhile, and an answer goes with its own history. Of a text
    that came in twice, by its feed and in an export, the store's own record counts.
    ``group`` is the same for the tellings of one story and for copies, and for what was brought in
    as another version of a text, or stands under its address.
    """
    with moment(db):
        return _members(db)


def _members(db: Db) -> list[Member]:
    let_go = _let_go(db)
    reviewed = fetch(db, _REVIEWED)
    articles = [row["article"] for row in reviewed]
    lines, tags = _histories(db, articles), _tags(db, articles)
    told: dict[str, Member] = {}
    ties: dict[str, tuple[str, ...]] = {}
    brought = fetch(db, "SELECT * FROM imports ORDER BY at, id")
    beside = _beside(db, brought)
    for row in brought:
        member = _imported(row, let_go)
        told[member.id] = member
        ties[member.id] = (f"group {member.group}", f"as {row['id']}", *beside.get(row["id"], ()))
    for row in reviewed:
        member = _reviewed(row, lines.get(row["article"], ()), tags.get(row["article"], ()), let_go)
        told[member.id] = member
        ties[member.id] = (f"group {member.id}", *_story(row))
    return _grouped(told, ties)


def _let_go(db: Db) -> dict[str, str]:
    rows = fetch(db, "SELECT member, sha256 FROM texts_let_go ORDER BY at, sha256")
    return {row["member"]: row["sha256"] for row in rows}


def _tags(db: Db, articles: Sequence[int]) -> dict[int, list[str]]:
    told: dict[int, list[str]] = {}
    for row in fetch_in(db, _TAGS, articles):
        told.setdefault(row["article"], []).append(row["tag"])
    return told


def _histories(db: Db, articles: Sequence[int]) -> dict[int, tuple[Answered, ...]]:
    told: dict[int, list[Row]] = {}
    rows = fetch_in(db, _HISTORY, articles)
    given = reasons.of_decisions(db, [row["id"] for row in rows])
    for row in rows:
        told.setdefault(row["article"], []).append(row)
    return {article: _lines(own, given) for article, own in told.items()}


def _lines(rows: Sequence[Row], given: Mapping[int, tuple[str, ...]]) -> tuple[Answered, ...]:
    place = {row["id"]: n for n, row in enumerate(rows)}
    return tuple(
        Answered(
            answer=row["answer"],
            by=row["by"],
            at=instant(row["at"]),
            undoes=place.get(row["undoes"]),
            note=row["note"],
            reasons=given.get(row["id"], ()),
            reading=row["reading"],
            echo=bool(row["echo"]),
            model=row["model"],
            score=row["score"],
            threshold=row["threshold"],
            route=row["route"],
        )
        for row in rows
    )


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text as it is kept, in UTF-8."""
    return hashlib.sha256(storable(text).encode()).hexdigest()


def _text(body: str, member: str, let_go: Mapping[str, str]) -> tuple[str | None, str]:
    """The text, None where it was removed, and its hash."""
    if not body and member in let_go:
        return None, let_go[member]
    return body, sha256_of(body)


def _reviewed(
    row: Row, lines: Sequence[Answered], tags: Sequence[str], let_go: Mapping[str, str]
) -> Member:
    body, digest = _text(without(row["body"], spans(row["aside"])), row["canonical_url"], let_go)
    shown = next((line.route for line in lines if line.answer), None)
    return Member(
        id=row["canonical_url"],
        title=row["title"],
        body=body,
        sha256=digest,
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        url=row["url"],
        author=row["author"],
        published_at=instant_or_none(row["published_at"]),
        published_source=row["published_source"],
        first_seen_at=instant(row["first_seen_at"]),
        genre=row["genre"],
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
        tags=tuple(tags),
        relevant=row["decision"] == "relevant",
        origin="review",
        by=row["decided_by"],
        at=instant(row["decided_at"]),
        history=tuple(lines),
        group=row["canonical_url"],
        shown=shown,
        chance=row["chance"] if shown == "sample" else 1.0 if shown == "queue" else None,
    )


def _imported(row: Row, let_go: Mapping[str, str]) -> Member:
    if row["record"]:
        brought = member_of(json.loads(row["record"]), body=row["body"])
        gone = not row["body"] and brought.sha256 != sha256_of("")
        return replace(brought, body=None) if gone else brought
    body, digest = _text(row["body"], row["id"], let_go)
    answer = "relevant" if row["relevant"] else "not_relevant"
    return Member(
        id=row["id"],
        title=row["title"],
        body=body,
        sha256=digest,
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        url=row["url"],
        author=row.get("author"),
        published_at=instant_or_none(row["published_at"]),
        published_source=row.get("published_source"),
        first_seen_at=None,
        genre=None,
        topics=tuple(json.loads(row["topics"])),
        tags=(),
        relevant=bool(row["relevant"]),
        origin=row["origin"],
        by=row["by"],
        at=instant(row["at"]),
        history=(Answered(answer=answer, by=row["by"], at=instant(row["at"])),),
        group=row["id"],
    )


# --- stories and copies ---------------------------------------------------------------------

_WHERE = """
SELECT id AS article, canonical_url, story, coalesce(copy_of, id) AS root FROM articles
WHERE {column} IN ({{marks}})
"""
_BY_NUMBER, _BY_ADDRESS = (_WHERE.format(column=name) for name in ("id", "canonical_url"))


def _story(row: Row) -> tuple[str, ...]:
    """What an article has in common with the copies of its text and the tellings of its story."""
    told = f"story {row['story']}" if row["story"] else f"root {row['root']}"
    return f"root {row['root']}", told


def _beside(db: Db, brought: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """What imports have in common with others: the text they are a version of, and their address.

    Either may be an article that nobody decided upon; then its story has them. What an export
    brought names its group itself.
    """
    as_of = {row["id"]: row["same_as"] or "" for row in brought}
    own = {r["id"]: r["canonical_url"] for r in brought if r["canonical_url"] and not r["record"]}
    numbers = [int(n) for k, _, n in (v.partition(":") for v in as_of.values()) if k == "article"]
    by_number = {f"article:{row['article']}": row for row in fetch_in(db, _BY_NUMBER, numbers)}
    by_address = {r["canonical_url"]: r for r in fetch_in(db, _BY_ADDRESS, [*own.values()])}
    told: dict[str, tuple[str, ...]] = {}
    for name, other in as_of.items():
        address = own.get(name)
        found = (by_number.get(other), by_address.get(address) if address else None)
        told[name] = (
            *((f"as {other}",) if other else ()),
            *((f"address {address}",) if address else ()),
            *(tie for row in found if row is not None for tie in _story(row)),
        )
    return told


def _grouped(told: Mapping[str, Member], ties: Mapping[str, tuple[str, ...]]) -> list[Member]:
    """Name each member's group: those with a tie in common are one, and copies by their words."""
    holder: dict[str, str] = {}

    def root(name: str) -> str:
        while holder.setdefault(name, name) != name:
            holder[name] = holder[holder[name]]
            name = holder[name]
        return name

    for member in told.values():
        for tie in (*ties[member.id], *_same_words(member)):
            one, other = root(f"member {member.id}"), root(tie)
            holder[max(one, other)] = min(one, other)
    least: dict[str, str] = {}
    for name in sorted(told):
        least.setdefault(root(f"member {name}"), name)
    return [replace(told[name], group=least[root(f"member {name}")]) for name in sorted(told)]


def _same_words(member: Member) -> Iterable[str]:
    title = " ".join(member.title.casefold().split())
    if len(title.split()) >= _TELLING_TITLE:
        yield f"title {title}"
    if member.sha256 != _NOTHING:
        yield f"text {member.sha256}"


_NOTHING = hashlib.sha256(b"").hexdigest()


_HELD_AT = """
SELECT a.canonical_url AS name, v.body, v.aside FROM articles a JOIN versions v ON v.article = a.id
WHERE a.canonical_url IN ({marks})
"""
_BROUGHT_AT = """
SELECT canonical_url AS name, body, NULL AS aside FROM imports WHERE canonical_url IN ({marks})
"""


def hashes_of(db: Db, names: Sequence[str]) -> dict[str, set[str]]:
    """Return the hashes of what is held here under the ids of members, decided upon or not.

    Whoever fetched the texts of a list of references again holds them as articles, every version
    of each, or as imports. A text that was removed is not held.
    """
    wanted = set(names)
    found: dict[str, set[str]] = {}
    for member in members(db):
        if member.id in wanted and member.body is not None:
            found.setdefault(member.id, set()).add(member.sha256)
    for sql in (_HELD_AT, _BROUGHT_AT):
        for row in fetch_in(db, sql, names):
            if row["body"]:
                body = without(row["body"], spans(row["aside"]))
                found.setdefault(row["name"], set()).add(sha256_of(body))
    return found


def articles_of(db: Db, held: Sequence[Member]) -> list[int]:
    """Return the numbers of the articles that members stand for here; imports have none."""
    sql = "SELECT id FROM articles WHERE canonical_url IN ({marks}) ORDER BY id"
    return sorted(row["id"] for row in fetch_in(db, sql, [member.id for member in held]))
