"""What each digest told of each story, so that nothing is told twice and no change is missed.

A digest is known by its name, and remembers for itself. A story is found again by its articles,
whatever was put together, taken apart or numbered anew since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from store import claims, quotes, stories
from store.asides import blanked
from store.lineage import ClaimRow, QuoteRow, SpokenFacts, SpokenRow
from store.messages import Told, ToldArticle, ToldEntry, ToldFact
from store.rows import (
    EVIDENCE,
    LISTED_ROWS,
    article_row,
    ids_json,
    instant,
    instant_or_none,
    spans,
    stamp,
)
from store.sql import Db, Row, add_row, add_rows, each_named, fetch, run
from store.types import ArticleRow

LEFT_FOR = 3
CHANGED_FOR = 30
"""Days for which a story that found no room goes on asking for it; longer where a fact changed."""

LATE = timedelta(days=5)
"""So long an article may come late: its text was long in coming, or it stood in a wrong story."""

_Kept = TypeVar("_Kept", ClaimRow, QuoteRow, SpokenRow)


# --- what may be told -----------------------------------------------------------------------

_WANTED = "(a.route = 'queue' OR a.decision IS 'relevant')"
_TOLD = """EXISTS (
        SELECT 1 FROM articles b INDEXED BY articles_story CROSS JOIN telling_articles t
        WHERE b.story = a.story AND t.digest = :digest AND t.article = b.id)"""
_ARRIVED = f"""
SELECT a.id, 'queued' AS why FROM articles a
WHERE a.queued_at >= :since AND a.queued_at < :until AND a.route = 'queue'
UNION ALL
SELECT a.id, 'accepted' FROM articles a INDEXED BY articles_decided
WHERE a.decision IS NOT NULL AND a.decision = 'relevant'
    AND a.decided_at >= :since AND a.decided_at < :until
UNION ALL
SELECT a.id, 'edited' FROM versions v JOIN articles a ON a.id = v.article
WHERE v.version > 1 AND v.seen_at >= :since AND v.seen_at < :until AND {_WANTED}
UNION ALL
SELECT a.id, 'beside' FROM articles a
WHERE a.first_seen_at >= :late AND a.first_seen_at < :until AND a.version > 0 AND (
    a.first_seen_at >= :since OR EXISTS (SELECT 1 FROM versions v WHERE v.article = a.id
    AND v.version = 1 AND v.seen_at >= :since AND v.seen_at < :until)) AND {_TOLD}
UNION ALL
SELECT a.id, 'beside' FROM versions v JOIN articles a ON a.id = v.article
WHERE v.version > 1 AND v.seen_at >= :since AND v.seen_at < :until AND {_TOLD}
UNION ALL
SELECT a.id, 'moved' FROM articles a
WHERE a.queued_at >= :late AND a.queued_at < :since AND a.route = 'queue'
    AND {stories.EDITED} AND NOT {_TOLD}
UNION ALL
SELECT a.id, iif({_TOLD}, 'again', 'left') FROM telling_left l JOIN articles a ON a.id = l.article
WHERE l.digest = :digest AND ({_WANTED} OR {_TOLD})
"""  # noqa: S608  # our own words
_ROWS = f"""
{LISTED_ROWS}
WHERE (a.id IN (SELECT value FROM json_each(:ids))
        OR a.copy_of IN (SELECT value FROM json_each(:ids)))
    AND a.feed NOT LIKE 'backfill:%'
    AND a.decision IS NOT 'not_relevant' AND (a.decision IS 'relevant' OR NOT EXISTS
        (SELECT 1 FROM articles o WHERE o.id = a.copy_of AND o.decision = 'not_relevant'))
ORDER BY a.id
"""  # noqa: S608  # our own select


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a digest may tell of a window: articles with their copies, and why they are here."""

    rows: tuple[ArticleRow, ...]
    came: frozenset[int]  # queued or edited in the window, or first seen beside what was told
    left: frozenset[int]  # found no room before
    beside: frozenset[int]  # here only because their story was told


def candidates(db: Db, digest: str, since: datetime, until: datetime) -> Candidates:
    """Return what was queued, accepted or edited in [since, until), and what found no room before.

    And whatever was first seen, or read at last, of a story that was told: a follow-up that scores
    low, or an edit, may say that the toll rose; and what a person took out of it. Not what people
    rejected, nor its copies, nor what is years old. ``evidence`` gives that of a row.
    """
    window = {"since": stamp(since), "until": stamp(until), "late": stamp(since - LATE)}
    why: defaultdict[str, set[int]] = defaultdict(set)
    for row in fetch(db, _ARRIVED, {"digest": digest, **window}):
        why[row["why"]].add(row["id"])
    ids = sorted(set().union(*why.values()))
    rest = why["queued"] | why["edited"] | why["accepted"]
    return Candidates(
        rows=tuple(map(article_row, each_named(db, _ROWS, {"ids": ids_json(ids)}))),
        came=frozenset(why["queued"] | why["edited"] | why["beside"]),
        left=frozenset((why["left"] | why["again"]) - rest),
        beside=frozenset((why["beside"] | why["again"]) - rest),
    )


def rows(db: Db, numbers: Iterable[int]) -> dict[int, ArticleRow]:
    """Return articles as people see them in a list, by number; no copies, and no evidence."""
    sql = f"{LISTED_ROWS} WHERE a.id IN (SELECT value FROM json_each(?))"  # noqa: S608
    found = each_named(db, sql, (ids_json(sorted(set(numbers))),))
    return {row["id"]: article_row(row) for row in found}


def evidence(db: Db, article: int) -> str | None:
    """Return what the verdict on an article rests on, as JSON; None where there is no verdict."""
    found = fetch(db, _EVIDENCE, (article,))
    return found[0]["evidence"] if found else None


_EVIDENCE = f"""
SELECT {EVIDENCE} AS evidence FROM articles a JOIN verdicts v ON v.id = a.verdict WHERE a.id = ?
"""  # noqa: S608  # our own words


_TEXTS = """
SELECT v.article, v.body, v.aside FROM articles a
    JOIN versions v ON v.article = a.id AND v.version = a.version
WHERE a.id IN (SELECT value FROM json_each(?))
"""


def texts(db: Db, numbers: Iterable[int]) -> dict[int, str]:
    """Return the newest text of articles by number, with blanks where other stories stand."""
    found = fetch(db, _TEXTS, (ids_json(sorted(set(numbers))),))
    return {row["article"]: blanked(row["body"], spans(row["aside"])) for row in found}


_SEEN = """
SELECT count(*) AS found, coalesce(sum(disposition = 'queued'), 0) AS queued FROM items
WHERE first_seen_at >= ? AND first_seen_at < ?
"""


def seen(db: Db, days: Sequence[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
    """Return, for each [since, until), how many items were first seen and how many are queued.

    From an index alone: as dear as the items of the spans, whatever else the store holds.
    """
    found = [fetch(db, _SEEN, (stamp(since), stamp(until)))[0] for since, until in days]
    return [(row["found"], row["queued"]) for row in found]


# --- what articles say ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What articles claim, whom they quote and whom they let speak, by article."""

    claims: Mapping[int, tuple[ClaimRow, ...]]
    quotes: Mapping[int, tuple[QuoteRow, ...]]
    spoken: Mapping[int, tuple[SpokenRow, ...]]


_IN = "IN (SELECT value FROM json_each(?))"
_CLAIMS = f"{claims.ROWS} WHERE c.article {_IN} AND (c.answer IS NULL OR c.answer <> 'discard')"
_QUOTES = f"SELECT q.* FROM quotes q WHERE q.article {_IN} AND q.gone = 0"  # noqa: S608
_SPOKEN = f"SELECT s.* FROM spoken s WHERE s.article {_IN} AND s.gone = 0"  # noqa: S608


def said(db: Db, articles: Iterable[int]) -> Said:
    """Return what these articles say, as people left it: nothing that was discarded."""
    ids = (ids_json(sorted(set(articles))),)
    return Said(
        claims=_by_article(claims.row_of(row) for row in fetch(db, _CLAIMS, ids)),
        quotes=_by_article(quotes.row_of(row) for row in fetch(db, _QUOTES, ids)),
        spoken=_by_article(_spoken(row) for row in fetch(db, _SPOKEN, ids)),
    )


def _by_article(found: Iterable[_Kept]) -> dict[int, tuple[_Kept, ...]]:
    out: dict[int, list[_Kept]] = {}
    for one in found:
        if one.article is not None:
            out.setdefault(one.article, []).append(one)
    return {article: tuple(kept) for article, kept in out.items()}


def _spoken(row: Row) -> SpokenRow:
    return SpokenRow(
        facts=SpokenFacts(
            mark=row["mark"],
            speaker=row["speaker"],
            office=row["office"],
            speaker_side=row["speaker_side"],
            person=bool(row["person"]),
            sentence=row["sentence"],
            start=row["start"],
        ),
        article=row["article"],
        version=row["version"],
        told_at=instant_or_none(row["told_at"]),
        gone=bool(row["gone"]),
    )


def replace_spoken(
    db: Db, article: int, version: int, spoken: Sequence[SpokenFacts], told_at: str | None
) -> None:
    """Make this what an article lets officials say, inside a write."""
    sql = "SELECT id, mark FROM spoken WHERE article = ?"
    known = {row["mark"]: row["id"] for row in fetch(db, sql, (article,))}
    for facts in spoken:
        standing = known.pop(facts.mark, None)
        if standing is not None:
            run(db, "UPDATE spoken SET gone = 0 WHERE id = ?", (standing,))
            continue
        add_row(db, "spoken", {
            "article": article, "version": version, "mark": facts.mark, "speaker": facts.speaker,
            "office": facts.office, "speaker_side": facts.speaker_side,
            "person": int(facts.person), "sentence": facts.sentence, "start": facts.start,
            "told_at": told_at,
        })  # fmt: skip
    for number in known.values():
        run(db, "UPDATE spoken SET gone = 1 WHERE id = ?", (number,))


# --- what was told --------------------------------------------------------------------------

_THREADS = """
SELECT a.article, t.thread FROM telling_articles a JOIN tellings t ON t.id = a.telling
WHERE a.digest = :digest AND a.article IN (SELECT value FROM json_each(:ids))
"""
_TELLINGS = """
SELECT t.id, t.thread, t.day_on, t.article, o.decision FROM tellings t
    LEFT JOIN articles o ON o.id = t.article
WHERE t.thread IN (SELECT value FROM json_each(?)) ORDER BY t.day_on, t.id
"""
_FACTS = """
SELECT f.* FROM telling_facts f LEFT JOIN claims c ON c.id = f.claim
WHERE f.telling IN (SELECT value FROM json_each(?)) AND c.answer IS NOT 'discard'
ORDER BY f.telling, f.id
"""
_ARTICLES = "SELECT * FROM telling_articles WHERE telling IN (SELECT value FROM json_each(?))"


def told(db: Db, digest: str, groups: Mapping[int, Sequence[int]]) -> dict[int, Told]:
    """Return what a digest told of each group of articles; a group it never told of is left out.

    A group is a story as its articles stand together now. What a person discarded since was not
    told. One read of a few indexes, whatever the store holds.
    """
    ids = sorted({article for group in groups.values() for article in group})
    found = fetch(db, _THREADS, {"digest": digest, "ids": ids_json(ids)})
    thread = {row["article"]: row["thread"] for row in found}
    tellings: dict[int, list[Row]] = {}
    for row in fetch(db, _TELLINGS, (ids_json(sorted(set(thread.values()))),)):
        tellings.setdefault(row["thread"], []).append(row)
    numbers = ids_json([row["id"] for rows in tellings.values() for row in rows])
    facts = _grouped(fetch(db, _FACTS, (numbers,)))
    articles = _grouped(fetch(db, _ARTICLES, (numbers,)))
    out: dict[int, Told] = {}
    for key, group in groups.items():
        threads = sorted({thread[article] for article in group if article in thread})
        lines = sorted(
            (row for one in threads for row in tellings.get(one, ())),
            key=lambda row: (row["day_on"], row["id"]),
        )
        if lines:
            out[key] = _told(lines, facts, articles)
    return out


def _grouped(found: Sequence[Row]) -> dict[int, list[Row]]:
    out: dict[int, list[Row]] = {}
    for row in found:
        out.setdefault(row["telling"], []).append(row)
    return out


def _told(
    lines: Sequence[Row], facts: Mapping[int, list[Row]], articles: Mapping[int, list[Row]]
) -> Told:
    return Told(
        last_on=date.fromisoformat(lines[-1]["day_on"]),
        article=lines[-1]["article"],
        facts=tuple(_fact(row) for line in lines for row in facts.get(line["id"], ())),
        articles=tuple(
            ToldArticle(article=row["article"], version=row["version"], title=row["title"])
            for line in lines
            for row in articles.get(line["id"], ())
        ),
        refused=any(line["decision"] == "not_relevant" for line in lines),
    )


def _fact(row: Row) -> ToldFact:
    return ToldFact(
        key=row["key"],
        value=row["value"],
        place=row["place"],
        sentence=row["sentence"],
        article=row["article"],
        outlet=row["outlet"],
        side=row["side"],
        at=instant(row["at"]),
        claim=row["claim"],
    )


def put(db: Db, digest: str, day_on: date, entries: Sequence[ToldEntry]) -> None:
    """Remember what an edition told and what found no room in it, inside the edition's own write.

    Facts told before are not kept twice. What found no room for ``LEFT_FOR`` days is let go.
    """
    for entry in entries:
        if entry.part == "met":
            _thread(db, digest, [one.article for one in entry.articles])
        elif entry.part != "left":
            _tell(db, digest, day_on, entry)
    _leave(db, digest, day_on, [entry for entry in entries if entry.part == "left"])


def _tell(db: Db, digest: str, day_on: date, entry: ToldEntry) -> None:
    members = sorted({entry.article, *(one.article for one in entry.articles)})
    known = told(db, digest, {0: members}).get(0)
    thread = _thread(db, digest, members)
    cells = {"digest": digest, "day_on": day_on.isoformat(), "thread": thread or 0,
             "story": entry.story, "article": entry.article, "part": entry.part}  # fmt: skip
    number = add_row(db, "tellings", cells)
    if thread is None:
        run(db, "UPDATE tellings SET thread = id WHERE id = ?", (number,))
    before = {_identity(fact) for fact in known.facts} if known else set()
    add_rows(db, "telling_facts", [
        _fact_cells(number, fact) for fact in entry.facts if _identity(fact) not in before
    ])  # fmt: skip
    for one in entry.articles:
        cells = {"digest": digest, "article": one.article, "telling": number,
                 "version": one.version, "title": one.title}  # fmt: skip
        run(db, _COVER, cells)


_COVER = """
INSERT INTO telling_articles (digest, article, telling, version, title)
VALUES (:digest, :article, :telling, :version, :title)
ON CONFLICT (digest, article) DO UPDATE SET telling = excluded.telling,
    version = excluded.version, title = excluded.title
"""


def _identity(fact: ToldFact) -> tuple[str, str, str, int, datetime]:
    return fact.key, fact.value, fact.place, fact.article, fact.at


def _fact_cells(telling: int, fact: ToldFact) -> Row:
    return {
        "telling": telling,
        "key": fact.key,
        "value": fact.value,
        "place": fact.place,
        "sentence": fact.sentence,
        "article": fact.article,
        "outlet": fact.outlet,
        "side": fact.side,
        "at": stamp(fact.at),
        "claim": fact.claim,
    }


def _thread(db: Db, digest: str, members: Sequence[int]) -> int | None:
    """Return the thread these articles were told in; several become one: the stories were one."""
    found = fetch(db, _THREADS, {"digest": digest, "ids": ids_json(members)})
    threads = sorted({row["thread"] for row in found})
    if len(threads) > 1:
        sql = "UPDATE tellings SET thread = ? WHERE thread IN (SELECT value FROM json_each(?))"
        run(db, sql, (threads[0], ids_json(threads[1:])))
    return threads[0] if threads else None


def _leave(db: Db, digest: str, day_on: date, entries: Sequence[ToldEntry]) -> None:
    sql = "SELECT article, since_on FROM telling_left WHERE digest = ?"
    since = {row["article"]: row["since_on"] for row in fetch(db, sql, (digest,))}
    run(db, "DELETE FROM telling_left WHERE digest = ?", (digest,))
    kept = []
    for entry in entries:
        first = date.fromisoformat(since.get(entry.article, day_on.isoformat()))
        if (day_on - first).days < (CHANGED_FOR if entry.left == "changed" else LEFT_FOR):
            kept.append({"digest": digest, "article": entry.article, "story": entry.story,
                         "part": entry.left, "since_on": first.isoformat()})  # fmt: skip
    add_rows(db, "telling_left", kept)
