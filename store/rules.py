"""What alert rules met: the articles a new one may concern, and how those were judged.

Rules themselves stand in feeds.yaml and in ``changes``. The full-text index is a sieve here: it
leaves out what cannot match, and never decides what does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from store.faults import StoreCorrupt, StoreError
from store.folding import fold
from store.rows import instant, instant_or_none, stamp
from store.sql import Db, Row, fetch, one
from store.types import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article a rule may concern, without its text. ``story``: what a copy alerts under."""

    article: int
    story: int
    outlet: str
    side: str
    score: float | None
    decision: Answer | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """How often a rule fired, on how many articles, and how those were decided.

    Counted over the messages still kept: ``retention.history_days`` in feeds.yaml.
    """

    articles: int = 0
    relevant: int = 0
    not_relevant: int = 0
    last_at: datetime | None = None

    @property
    def decided(self) -> int:
        """How many of them people decided to be ours or not."""
        return self.relevant + self.not_relevant


_FIRED = """
SELECT o.rule, count(*) AS articles, sum(a.decision = 'relevant') AS relevant,
    sum(a.decision = 'not_relevant') AS not_relevant, max(o.last_at) AS last_at
FROM (SELECT rule, article, max(created_at) AS last_at FROM outbox
    WHERE rule IS NOT NULL{rule} GROUP BY rule, article) o
LEFT JOIN articles a ON a.id = o.article GROUP BY o.rule
"""


def fired(db: Db, rule: str | None = None) -> dict[str, Fired]:
    """Return how each rule that ever fired did, or the one named."""
    sql = _FIRED.format(rule="" if rule is None else " AND rule = ?")
    rows = fetch(db, sql, () if rule is None else (rule,))
    return {row["rule"]: _fired(row) for row in rows}


def _fired(row: Row) -> Fired:
    return Fired(
        articles=row["articles"],
        relevant=row["relevant"] or 0,
        not_relevant=row["not_relevant"] or 0,
        last_at=instant_or_none(row["last_at"]),
    )


def first_seen(db: Db) -> datetime | None:
    """Return when the oldest article still kept was first seen."""
    return instant_or_none(one(db, "SELECT min(first_seen_at) FROM articles"))


# --- candidates -----------------------------------------------------------------------------

_ROWS: Final = """
SELECT a.id, coalesce(a.copy_of, a.id) AS story, coalesce(a.source_outlet, f.outlet, '') AS outlet,
    coalesce(f.side, '') AS side, a.score, a.decision, a.first_seen_at
FROM {source} LEFT JOIN feeds f ON f.key = a.feed
WHERE {test} ORDER BY a.id DESC LIMIT ?
"""
SIEVED: Final = _ROWS.format(
    source="words w JOIN articles a ON a.id = w.rowid",
    test="w.words MATCH ? AND w.rowid >= ?",
).replace("ORDER BY a.id", "ORDER BY w.rowid")
UNSIEVED: Final = _ROWS.format(source="articles a", test="a.id >= ?")
# A headline alone is not in the index, and a rule looks at it all the same.
HEADLINES: Final = _ROWS.format(source="articles a", test="a.id >= ? AND a.version = 0")


def candidates(db: Db, sieve: str, since: datetime, limit: int) -> list[Candidate]:
    """Return articles first seen since then that ``sieve`` lets through, the newest first.

    An empty sieve lets everything through. One the index cannot take is as good as none.
    """
    first = one(db, "SELECT min(id) FROM articles WHERE first_seen_at >= ?", (stamp(since),))
    if first is None:
        return []
    if sieve:
        try:
            rows = fetch(db, SIEVED, (sieve, first, limit))
        except StoreCorrupt:
            raise
        except StoreError:
            return candidates(db, "", since, limit)
        rows += fetch(db, HEADLINES, (first, limit))
        rows.sort(key=lambda row: -int(row["id"]))
    else:
        rows = fetch(db, UNSIEVED, (first, limit))
    return [_candidate(row) for row in rows[:limit]]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        article=row["id"],
        story=row["story"],
        outlet=row["outlet"],
        side=row["side"],
        score=row["score"],
        decision=row["decision"],
        first_seen_at=instant(row["first_seen_at"]),
    )


# --- the sieve ------------------------------------------------------------------------------

MOST_TERMS: Final = 3_000
_SPLIT_UP_TO: Final = 60  # spellings; beyond, a rare apostrophe inside a word is not looked for
_LATIN: Final = re.compile(r"[a-z]{3,16}")
_JOINTS: Final = re.compile(r"[\s\-‐‑‒–—―'’‘ʼ`´\u200c\u200d\u00ad\u2060_·ـ/]+")
_SPREAD: Final = 12  # readings of one word

# Letters a rule takes for one and the index for several: each class as the index writes it.
_CLASSES: Final = ("ہھە", "گګ", "ٹټ", "ڈډ", "ڑړ", "کڪ")
_ALIKE: Final = {char: group for group in _CLASSES for char in group}


def sieve(groups: Iterable[Sequence[str]], *, titles: bool = False) -> str:
    """Return the FTS5 expression that lets through what may hold a word of each group.

    ``titles``: in its title, and nowhere else.

    Wider than the rules on purpose: every word is open at its end, and joints inside it (hyphens,
    apostrophes) may be there or not. Empty when it would sort out nothing, or is too long.
    """
    wanted = [[_words(spelling) for spelling in group] for group in groups]
    # A spelling that says nothing to the index would have to let everything through.
    usable = [group for group in wanted if group and all(group)]
    generous = sum(map(len, usable)) <= _SPLIT_UP_TO
    clauses = [
        " OR ".join(
            f"({' AND '.join(_either(word, generous) for word in words)})" for words in group
        )
        for group in usable
    ]
    made = " AND ".join(f"({clause})" for clause in clauses)
    made = f"title : ({made})" if titles and made else made
    return made if made.count('"') <= 2 * MOST_TERMS else ""


def _words(spelling: str) -> list[str]:
    """The beginnings of words that a text with this spelling holds for certain."""
    found: list[str] = []
    last = ""
    for token in re.split(f"({_JOINTS.pattern})", unicodedata.normalize("NFC", spelling)):
        if not token or _JOINTS.fullmatch(token):
            last = token or last
            continue
        apart = any(char.isspace() or char == "/" for char in last)
        if not found or (apart and not (_arabic(found[-1][-1]) and _arabic(token[0]))):
            found.append(token)
        last = ""
    indexed = (fold(token).casefold() for token in found)
    return [word for word in indexed if any(unicodedata.category(c)[0] in "LN" for c in word)]


def _arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u08ff" or "\ufb50" <= char <= "\ufeff"


def _all_of(words: Sequence[str], generous: bool) -> str:
    return f"({' AND '.join(_either(word, generous) for word in words)})"


def _either(word: str, generous: bool) -> str:
    terms = [_open(reading) for reading in _readings(word)]
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    if generous and _LATIN.fullmatch(plain):  # "Qaida" is meant by "Qa'ida" too
        terms += [_open(f"{plain[:at]} {plain[at:]}") for at in range(1, len(plain))]
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _readings(word: str) -> Iterator[str]:
    """The word as the index may have it, cut before it would have too many readings."""
    choices: list[str] = []
    spread = 1
    for char in word:
        group = _ALIKE.get(char, char)
        if spread * len(group) > _SPREAD:
            break
        spread *= len(group)
        choices.append(group)
    return ("".join(reading) for reading in product(*choices))


def _open(text: str) -> str:
    quoted = text.replace('"', '""').replace("\x00", " ")
    return f'"{quoted}" *'
