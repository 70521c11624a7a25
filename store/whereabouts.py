"""Where something is, or what became of it: by its address, by its headline, by its number.

A headline is looked for in the index of what feeds showed and in that of what was read, so it costs
no more in an old archive than in a new one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal

from store.faults import StoreCorrupt, StoreError
from store.folding import fold
from store.identity import host_of
from store.rows import ids_json, instant, instant_or_none
from store.sql import Db, Row, fetch, fetch_in, one
from store.types import Disposition

MOST_WORDS = 24  # of a headline
COMMON = 3_000  # a word in so many headlines tells little
CANDIDATES = 300
ALIKE = 0.4
"""Share of words that two headlines must have in common to be shown as alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """Something with a headline like the one asked for. ``likeness``: 1 for all words the same.

    ``article`` is None for an item that was refused before it became one; ``item`` is None where
    only the page itself bore that headline.
    """

    title: str
    outlet: str
    seen_at: datetime
    disposition: Disposition
    reason: str | None
    url: str | None
    article: int | None
    item: int | None
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What the books do not show of an article: its reading, its refusal, its copy, its story."""

    article: int
    state: Literal["found", "text", "failed", "dropped"]
    version: int
    attempts: int
    next_try_at: datetime | None
    fault: str
    detail: str
    outcome: Disposition
    outcome_reason: str | None
    outcome_detail: str
    refused: str | None
    refused_detail: str
    refused_kind: str | None  # of the refused text that was kept
    overruled: bool
    rescued: bool
    copy_of: int | None
    copy_how: str | None
    original_title: str
    original_outlet: str
    story: int | None
    told_by: int  # articles of the story
    route_why: str
    threshold: float | None


_FATE = """
SELECT a.id AS article, a.state, a.version, a.attempts, a.next_try_at, a.last_fault AS fault,
    a.last_detail AS detail, a.outcome, a.outcome_reason, a.outcome_detail, a.refused,
    a.refused_detail, r.kind AS refused_kind, a.overruled, a.rescued, a.copy_of, a.copy_how,
    coalesce(o.title, '') AS original_title,
    coalesce(o.source_outlet, f.outlet, '') AS original_outlet, a.story,
    coalesce(s.members, 0) AS told_by, coalesce(v.route_why, '') AS route_why, v.threshold
FROM articles a LEFT JOIN refusals r ON r.article = a.id AND r.body <> ''
    LEFT JOIN articles o ON o.id = a.copy_of LEFT JOIN feeds f ON f.key = o.feed
    LEFT JOIN stories s ON s.id = a.story LEFT JOIN verdicts v ON v.id = a.verdict
WHERE a.id = ?
"""


def fate(db: Db, article: int) -> Fate | None:
    """Return what became of an article, beyond what a list shows; None: there is no such one."""
    rows = fetch(db, _FATE, (article,))
    if not rows:
        return None
    facts = rows[0] | {
        "next_try_at": instant_or_none(rows[0]["next_try_at"]),
        "overruled": bool(rows[0]["overruled"]),
        "rescued": bool(rows[0]["rescued"]),
    }
    return Fate(**facts)


def known_among(db: Db, addresses: Sequence[str]) -> str | None:
    """Return the first of canonical addresses that was ever shown or read; None: none was."""
    items = "SELECT canonical_url AS url FROM items WHERE canonical_url IN ({marks})"
    read = "SELECT canonical_url AS url FROM articles WHERE canonical_url IN ({marks})"
    known = {row["url"] for sql in (items, read) for row in fetch_in(db, sql, addresses)}
    return next((address for address in addresses if address in known), None)


_LED = """
SELECT canonical_url, final_url FROM articles INDEXED BY articles_host
WHERE host = ? AND final_url IS NOT NULL AND final_url <> url
    AND instr(upper(final_url), upper(?)) > 0 ORDER BY id DESC LIMIT 50
"""


def led_to(db: Db, canonical: str) -> list[tuple[str, str]]:
    """Return articles whose addresses may have led to this one: their own, and where it led.

    Those of its own host alone are looked at, the newest first.
    """
    path = canonical.partition("://")[2].partition("#")[0]
    rows = fetch(db, _LED, (host_of(canonical), path.rpartition("/")[2]))
    return [(row["canonical_url"], row["final_url"]) for row in rows]


# --- by headline ----------------------------------------------------------------------------


_WORD = re.compile(r"[^\W_]+")


def words_of(headline: str) -> list[str]:
    """Return the words of a headline as they are compared, each once, in order."""
    folded = unicodedata.normalize("NFD", fold(headline[:2_000])).lower()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return list(dict.fromkeys(_WORD.findall(plain)))[:MOST_WORDS]


def likeness(one_title: Iterable[str], other: Iterable[str]) -> float:
    """Return the share of words two headlines have in common; 0 where there is none at all."""
    words, others = set(one_title), set(other)
    return len(words & others) / len(words | others) if words | others else 0.0


def titled(db: Db, headline: str, *, limit: int = 8) -> list[Titled]:
    """Return what bears this headline or one like it, the most alike first, then the newest.

    Never raises for what was pasted. An article is told of once, under the headline most alike.
    """
    words = words_of(headline)
    if not words:
        return []
    try:
        rows = _bearing(db, _numbers(db, _telling(db, words)))
    except StoreCorrupt:
        raise
    except StoreError:
        return []
    best: dict[tuple[str, int], Titled] = {}
    for row in rows:
        found = _titled(row, likeness(words, words_of(row["title"])))
        key = ("item", found.item or 0) if found.article is None else ("article", found.article)
        held = best.get(key)
        if found.likeness >= ALIKE and (held is None or found.likeness > held.likeness):
            best[key] = found
    ranked = sorted(best.values(), key=lambda t: (t.likeness, t.seen_at), reverse=True)
    return ranked[:limit]


def _telling(db: Db, words: Sequence[str]) -> list[str]:
    """The rarest words of a headline, by which one like it is found; those nobody wrote last."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM headline_words WHERE headline_words MATCH ? LIMIT ?)"
    counts = {word: int(one(db, sql, (f'"{word}"', COMMON))) for word in words}
    return sorted(words, key=lambda word: (counts[word] or COMMON, -len(word)))[:6]


_HITS = """
SELECT rowid AS id FROM headline_words WHERE headline_words MATCH ? ORDER BY rowid {way} LIMIT ?
"""


def _numbers(db: Db, telling: Sequence[str]) -> list[int]:
    """The newest whose headlines hold two of the telling words, or the only one.

    Items have numbers above nought, pages below: the newest are at either end.
    """
    quoted = [f'"{word}"' for word in telling]
    pairs = [f"({a} AND {b})" for a, b in combinations(quoted, 2)] or quoted
    found: set[int] = set()
    for expression in (" AND ".join(quoted), " OR ".join(pairs)):
        for way in ("ASC", "DESC"):
            rows = fetch(db, _HITS.format(way=way), (expression, CANDIDATES))
            found.update(row["id"] for row in rows)
    return list(found)


def _bearing(db: Db, numbers: Sequence[int]) -> list[Row]:
    items = [number for number in numbers if number > 0]
    pages = [-number for number in numbers if number < 0]
    return [*fetch(db, _ITEMS, (ids_json(items),)), *fetch(db, _PAGES, (ids_json(pages),))]


_ITEMS = """
SELECT i.id AS item, i.article, i.title, coalesce(a.source_outlet, f.outlet, i.feed) AS outlet,
    i.first_seen_at, i.disposition, i.reason, coalesce(i.url, iif(i.thin, a.url, NULL)) AS url
FROM items i LEFT JOIN articles a ON a.id = i.article LEFT JOIN feeds f ON f.key = i.feed
WHERE i.id IN (SELECT value FROM json_each(?))
"""
_PAGES = """
SELECT NULL AS item, a.id AS article, p.title,
    coalesce(a.source_outlet, f.outlet, a.feed) AS outlet, a.first_seen_at, a.disposition,
    a.reason, coalesce(a.final_url, a.url) AS url
FROM page_headlines p JOIN articles a ON a.id = p.article LEFT JOIN feeds f ON f.key = a.feed
WHERE p.id IN (SELECT value FROM json_each(?))
"""


def _titled(row: Row, alike: float) -> Titled:
    names = ("title", "outlet", "disposition", "reason", "url", "article", "item")
    cells = {name: row[name] for name in names}
    return Titled(**cells, seen_at=instant(row["first_seen_at"]), likeness=alike)


def addresses(canonical: str) -> Iterator[str]:
    """Yield an address and what else it may have been shown under.

    ``canonical`` folds what never matters (tracking, www, http, a slash at the end); what an outlet
    may mean by more is only tried: a path under /amp/ or /print/, parameters of any kind.
    """
    yield canonical
    head, sign, tail = canonical.partition("://")
    host, _, path = tail.partition("/")
    for prefix in ("amp/", "print/", "m/"):
        if path.startswith(prefix) and len(path) > len(prefix):
            yield f"{head}{sign}{host}/{path.removeprefix(prefix)}"
    bare = canonical.partition("#")[0].partition("?")[0].rstrip("/")
    if bare != canonical and path.strip("/"):
        yield bare
