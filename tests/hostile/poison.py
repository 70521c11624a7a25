"""A store full of scripts: every free text in it is replaced, whatever way it came in by.

What a form or a feed would have refused stands in it all the same, so that nothing but the pages
themselves is between a script and the browser. Each script of our own tells its number and the
column it stands in, so that what was really shown can be read off the pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from store.db import Db
from store.sqlite import sqlite3

# --- scripts of our own ---------------------------------------------------------------------

_EVENTS = (
    *("onload", "onerror", "onfocus", "onmouseover", "ontoggle", "onanimationstart", "onbegin"),
    *("onpageshow", "onclick", "onpointerenter", "onwheel", "onbeforetoggle", "onscrollend"),
    *("onmousedown", "onkeydown", "onresize", "onhashchange"),
)
_HOLDERS = """\
<img src=x {on}={js}>
<svg {on}={js}></svg>
<svg/{on}={js}>
<body {on}={js}>
<details open {on}={js}>x</details>
<input autofocus {on}={js}>
<iframe srcdoc=x {on}={js}></iframe>
<video src=x {on}={js}></video>
<a href=# {on}={js}>x</a>
<div tabindex=1 {on}={js}>x</div>
<marquee {on}={js}>x</marquee>
<object data=x {on}={js}></object>
<svg><animate attributeName=x dur=1s {on}={js} /></svg>
"><img src=x {on}={js}>
'><img src=x {on}={js}>
" {on}={js} x="
' {on}={js} x='
</title><img src=x {on}={js}>
</textarea><img src=x {on}={js}>
--><img src=x {on}={js}>
</script><img src=x {on}={js}>
]]><img src=x {on}={js}>
</style><img src=x {on}={js}>
&lt;img src=x {on}={js}&gt;
&#60;img src=x {on}={js}&#62;
<IMG SRC=x {on}={js}>
<img\tsrc=x\t{on}={js}>
<img/src="x"/{on}={js}>
<<img src=x {on}={js}>
""".strip("\n").splitlines()
_WHOLE = """\
<script>{js}</script>
<ScRiPt>{js}</sCrIpT>
</title><script>{js}</script>
</textarea><script>{js}</script>
</script><script>{js}</script>
--><script>{js}</script>
"><script>{js}</script>
'><script>{js}</script>
]]><script>{js}</script>
javascript:{js}
JaVaScRiPt:{js}
java\tscript:{js}
 javascript:{js}
data:text/html,<script>{js}</script>
<a href=javascript:{js}>x</a>
<a href='java&#10;script:{js}'>x</a>
<iframe src=javascript:{js}></iframe>
<iframe srcdoc='<script>parent.{js}</script>'></iframe>
<embed src=javascript:{js}>
<form action=javascript:{js}><button>x</button></form>
<button formaction=javascript:{js}>x</button>
<meta http-equiv=refresh content='0;javascript:{js}'>
<base href=javascript:{js}//>
<svg><script>{js}</script></svg>
<svg><script href=data:,{js} /></svg>
<math href=javascript:{js}>x</math>
<svg><a xlink:href=javascript:{js}><text y=9>x</text></a></svg>
<link rel=import href=data:,{js}>
<style>@import 'javascript:{js}';</style>
<noscript><p title='</noscript><img src=x onerror={js}>'>
<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={js}&gt;'>
<template><script>{js}</script></template>
{{constructor.constructor('{js}')()}}
${{js}}
<%= {js} %>
\u202e<script>{js}</script>
<scr\u200bipt>{js}</scr\u200bipt>
\ufeff<script>{js}</script>
\uff1cscript\uff1e{js}\uff1c/script\uff1e
<x contenteditable onfocus={js}>x</x>
<img src='x' srcset='x 1x' onerror='{js}'>
<img src=x onerror="{js}">
""".strip("\n").splitlines()
FORMS: tuple[str, ...] = (
    *_WHOLE,
    *(held.replace("{on}", on) for on in _EVENTS for held in _HOLDERS),
)
"""Ways to write a script, with ``{js}`` where it stands: 517 of our own."""


def script(number: int, column: int) -> str:
    """Return one of our scripts; it tells its number and where it stands when it runs."""
    return FORMS[number % len(FORMS)].replace("{js}", f"alert({number}.{column:03})")


TOLD = re.compile(r"alert\((\d+)\.(\d{3})\)")


# --- where they are put ---------------------------------------------------------------------

# What is no free text: the machine's own words, which pages read and never print as they are.
MACHINES = re.compile(
    r".*(_at|_on|_hash|_key|_answer|_since)|id|key|hash|sha256|mark|role|state|kind|salt|session"
    r"|at|feed|feed_key|model|snapshot|topics?|lexicon|origins?|language|side|speaker_side|scheme"
    r"|sketch|published_source|last_fault|outcome|outcome_reason|disposition|text_from|refused"
    r"|copy_how|judged_model|route|decision|genre|published_flag|wires|claimed|population|unit|part"
    r"|answer|machine|condition|since|until|did|what|was|way|problems|bands|figures|artifact"
    r"|members|shared|follows|channel|resolved|imported|same_as|cut|folded|sent_until|digest"
    r"|backfill|item_hashes|memory|links|etag|last_modified|counts|host|canonical_url|trainer"
    r"|member|record|reading|handed|print|origin|mix|first_by|second_by|reader|repeated|source"
    r"|headers|html|page|path|value|query|names|names_given|rules|held|facts|given|person"
)
# Where a name is the machine's in one table and somebody's words in another.
MACHINES_THERE = {
    "feeds.body", "feeds.url", "articles.reason", "items.reason", "refusals.reason",
    "verdicts.reason", "rereads.outcome", "plans.rule", "alert_messages.rule", "firings.rule",
    "outbox.rule", "alert_rules.rule", "spike_series.name", "spikes.name", "tagged.tag",
    "overrulings.reason", "changes.by", "holes.why", "story_joins.why", "claims.subject",
    "claims.who", "telling_facts.value", "moves.to_url", "moves.from_url",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A column of free text."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def places(db: Db) -> list[Place]:
    """Return every column of text in the store that somebody's words may stand in."""
    tables = [row["name"] for row in db.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
    )]  # fmt: skip
    return [
        Place(table, row["name"])
        for table in sorted(tables)
        for row in db.query(f"PRAGMA table_info({table})")
        if row["type"] == "TEXT" and not row["pk"] and not MACHINES.fullmatch(row["name"])
        if f"{table}.{row['name']}" not in MACHINES_THERE
    ]


def poison(db: Db, texts: dict[Place, Iterator[str]]) -> dict[Place, int]:
    """Put the next of its texts into every row of each place; return how many rows took one.

    Where JSON stands its sentences are replaced and its shape is kept. What a check of the schema
    refuses stays as it was.
    """
    return {place: _fill(db, place, some) for place, some in texts.items()}


def _fill(db: Db, place: Place, texts: Iterator[str]) -> int:
    table, column = place.table, place.column
    keys = [row["name"] for row in db.query(f"PRAGMA table_info({table})") if row["pk"]]
    keys = keys or ["rowid"]
    names = ", ".join(f'"{key}"' for key in keys)
    rows = list(db.query(f'SELECT {names}, "{column}" AS was FROM {table}'))  # noqa: S608
    where = " AND ".join(f'"{key}" IS ?' for key in keys)
    done = 0
    for row in rows:
        new = _replaced(row["was"], texts)
        with suppress(sqlite3.IntegrityError):
            db.conn.execute(
                f'UPDATE {table} SET "{column}" = ? WHERE {where}',  # noqa: S608
                [new, *(row[k] for k in keys)],
            )
            done += 1
    return done


def _replaced(was: str | None, texts: Iterator[str]) -> str:
    if was and was[0] in "[{":
        with suppress(ValueError):
            return json.dumps(_in_json(json.loads(was), texts))
    return next(texts)


def _in_json(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, dict):
        return {key: _in_json(one, texts) for key, one in value.items()}
    if isinstance(value, list):
        return [_in_json(one, texts) for one in value]
    return next(texts) if isinstance(value, str) and " " in value else value
