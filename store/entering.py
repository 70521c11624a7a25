"""Addresses of a backfill become items: a few at a time, while no news waits to be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from store.backfills import PREFIX
from store.identity import host_of
from store.ledger import BY_HAND
from store.polls import FoundEntry
from store.rows import instant_or_none, stamp
from store.sightings import remember
from store.sql import Db, Row, add_rows, fetch, fetch_in, one, run_many, write

AT_ONCE, PER_HOST = 60, 20
"""So many are entered while nothing else waits, so many of one host: news that come meanwhile wait
for no more than that."""
_AHEAD = 500  # rows that are looked at for hosts to choose from

_DUE_NOW = """
SELECT count(*) FROM (SELECT 1 FROM articles INDEXED BY articles_pending
    WHERE state = 'found' AND next_try_at <= ? LIMIT ?)
"""
_OPEN = """
SELECT b.name FROM backfills b JOIN backfill_counts c ON c.backfill = b.name AND c.state = 'waiting'
WHERE b.paused = 0 AND c.n > 0 ORDER BY b.began_at, b.name LIMIT 1
"""
WAITING = """
SELECT * FROM backfill_urls INDEXED BY backfill_urls_waiting
WHERE backfill = ? AND state = 'waiting' ORDER BY id LIMIT ?
"""


def enter_next(
    db: Db, now: datetime, *, at_once: int = AT_ONCE, per_host: int = PER_HOST,
    only: str | None = None,
) -> int:  # fmt: skip
    """Enter the next addresses that wait, as many as ``at_once`` leaves; return how many.

    What is known already is counted as known. One write; nothing where no backfill is open.
    """
    name = only or one(db, _OPEN)
    if name is None:
        return 0
    room = at_once - int(one(db, _DUE_NOW, (stamp(now), at_once)))
    if room <= 0:
        return 0
    rows = _chosen(fetch(db, WAITING, (name, max(_AHEAD, at_once))), room, per_host)
    if not rows:
        return 0
    with write(db):
        known = _known(db, [row["canonical_url"] for row in rows])
        old = [row for row in rows if row["canonical_url"] in known]
        _settle(db, old, "known", known)
        fresh = [row for row in rows if row["canonical_url"] not in known]
        made = entered(db, name, fresh, now)
        _settle(db, [row for row in fresh if row["canonical_url"] in made], "entered", made)
        lost = [row for row in fresh if row["canonical_url"] not in made]
        _settle(db, lost, "bad", {})
    return len(rows)


def entered(db: Db, name: str, rows: Sequence[Row], now: datetime) -> dict[str, int]:
    """Make items of addresses that are not known yet, inside a write; return their articles.

    A row has ``url``, ``canonical_url``, ``host``, ``title`` and ``published``, a date as text.
    """
    for feed, group in _by_feed(db, name, rows).items():
        remember(db, feed, [_entry(row, now) for row in group], now)
    return _known(db, [row["canonical_url"] for row in rows])


def _chosen(rows: Sequence[Row], room: int, per_host: int) -> list[Row]:
    taken: dict[str, int] = defaultdict(int)
    chosen: list[Row] = []
    for row in rows:
        if len(chosen) == room:
            break
        if taken[row["host"]] < per_host:
            taken[row["host"]] += 1
            chosen.append(row)
    return chosen


def _known(db: Db, urls: Sequence[str]) -> dict[str, int]:
    """The articles at these addresses, those that an entry moved to among them."""
    first = "SELECT id AS article, canonical_url FROM articles WHERE canonical_url IN ({marks})"
    moved = (
        "SELECT article, canonical_url FROM items"
        " WHERE article IS NOT NULL AND canonical_url IN ({marks})"
    )
    rows = [*fetch_in(db, moved, urls), *fetch_in(db, first, urls)]
    return {row["canonical_url"]: row["article"] for row in rows}


def known_among(db: Db, urls: Sequence[str]) -> dict[str, int]:
    """Return those of canonical URLs that are known already, each with its article."""
    return _known(db, urls)


def _settle(db: Db, rows: Sequence[Row], state: str, known: Mapping[str, int]) -> None:
    sql = "UPDATE backfill_urls SET state = ?, article = ? WHERE id = ?"
    run_many(db, sql, [(state, known.get(row["canonical_url"]), row["id"]) for row in rows])


def _by_feed(db: Db, name: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The addresses by the feed that stands for them: one an outlet that is known, one for others.

    It is made where it is missing.
    """
    homes = outlets(db, sorted({row["host"] for row in rows}))
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        home = homes.get(row["host"])
        key = f"{PREFIX}{name}/{home['key']}" if home else f"{PREFIX}{name}"
        if key not in groups:
            _stand_in(db, key, name, home)
        groups[key].append(row | {"home": home is not None})
    return groups


_BY_HOST = """
SELECT f.key, f.outlet, f.side, f.language, f.section FROM articles a JOIN feeds f ON f.key = a.feed
WHERE a.host = ? AND f.kind <> 'google-news' AND f.key <> ? AND f.key NOT LIKE ?
ORDER BY a.id DESC LIMIT 1
"""
_OWN = "SELECT key, url, outlet, side, language, section FROM feeds WHERE kind <> 'google-news'"


def outlets(db: Db, hosts: Sequence[str]) -> dict[str, Row]:
    """Return the feed whose outlet each host belongs to: its articles stand there, or it does."""
    feeds = {host_of(row["url"]): row for row in reversed(fetch(db, f"{_OWN} ORDER BY key"))}
    found: dict[str, Row] = {}
    for host in hosts:
        rows = fetch(db, _BY_HOST, (host, BY_HAND, f"{PREFIX}%"))
        home = rows[0] if rows else feeds.get(host)
        if home and host:
            found[host] = home
    return found


def _stand_in(db: Db, key: str, name: str, home: Row | None) -> None:
    if one(db, "SELECT 1 FROM feeds WHERE key = ?", (key,)) is not None:
        return
    cells = {
        "key": key, "url": "", "outlet": home["outlet"] if home else f"backfill {name}",
        "side": home["side"] if home else "", "language": home["language"] if home else "",
        "section": home["section"] if home else "", "kind": "page", "body": "page", "enabled": 0,
        "every_minutes": 15, "note": f"Addresses of the backfill {name}. It is never asked.",
        "configured": 0, "condition": "disabled",
        "reason": f"It stands for the backfill {name}; it is never asked.",
    }  # fmt: skip
    add_rows(db, "feeds", [cells])


def _entry(row: Row, now: datetime) -> FoundEntry:
    mark = sha256(row["canonical_url"].encode("utf-8", "replace")).hexdigest()
    at = _instant_in(row["published"])
    return FoundEntry(
        key=row["canonical_url"], item_hash=mark, guid=None, url=row["url"],
        canonical_url=row["canonical_url"], title=row["title"], summary="", content_html=None,
        author=None, published_at=at if at and at <= now else None,
        published_original=row["published"], language=None,
        source_name="" if row["home"] else row["host"],
    )  # fmt: skip


def _instant_in(text: str | None) -> datetime | None:
    """An instant as ``begin`` wrote it: with its zone."""
    try:
        at = instant_or_none(text)
    except ValueError:
        return None
    return at if at and at.tzinfo else None
