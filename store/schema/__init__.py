"""The tables, in the order in which they came. A migration, once released, is never edited.

Instants are ISO text in UTC with ``+00:00``, which sorts as time does. Where a column says when
something is due, the empty string stands for "at once": one index range then answers the tick,
where ``IS NULL OR <=`` would need two. docs/reference/store.md describes the tables for people.
"""

from __future__ import annotations

from store.schema import (
    ailments,
    archived,
    claims,
    days,
    dictionaries,
    editions,
    firings,
    founding,
    holes,
    imports,
    judgement,
    kinds,
    looks,
    moves,
    packs,
    pages,
    pairs,
    people,
    pins,
    readings,
    restores,
    rules,
    searches,
    snapshots,
    sources,
    stories,
    sums,
    tags,
    tallies,
    telling,
    tokens,
    ways,
    wrappers,
)
from store.sqlite import Migrations

APPLICATION_ID = 0x546B686D  # "Tkhm"; `file` and the sqlite3 shell show it

migrations = Migrations("torkham")

_IN_ORDER = (
    *founding.MIGRATIONS,
    *judgement.MIGRATIONS,
    *days.MIGRATIONS,
    *moves.MIGRATIONS,
    *sources.MIGRATIONS,
    *holes.MIGRATIONS,
    *kinds.MIGRATIONS,
    *readings.MIGRATIONS,
    *stories.MIGRATIONS,
    *claims.MIGRATIONS,
    *people.MIGRATIONS,
    *pairs.MIGRATIONS,
    *tags.MIGRATIONS,
    *searches.MIGRATIONS,
    *pins.MIGRATIONS,
    *tokens.MIGRATIONS,
    *rules.MIGRATIONS,
    *telling.MIGRATIONS,
    *editions.MIGRATIONS,
    *looks.MIGRATIONS,
    *firings.MIGRATIONS,
    *ways.MIGRATIONS,
    *imports.MIGRATIONS,
    *snapshots.MIGRATIONS,
    *pages.MIGRATIONS,
    *ailments.MIGRATIONS,
    *restores.MIGRATIONS,
    *wrappers.MIGRATIONS,
    *packs.MIGRATIONS,
    *archived.MIGRATIONS,
    *tallies.MIGRATIONS,
    *dictionaries.MIGRATIONS,
    *sums.MIGRATIONS,
)
for _name, _migrate in _IN_ORDER:
    migrations(name=_name)(_migrate)

SCHEMA_VERSION = len(_IN_ORDER)  # how many migrations there are; also PRAGMA user_version
