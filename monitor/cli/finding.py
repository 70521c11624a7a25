"""``torkham search`` and ``torkham why``: have we seen it, and what became of it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli.frame import (
    NUMBER,
    USAGE,
    Place,
    Within,
    as_json,
    command,
    fail,
    plain,
    show,
    show_json,
)
from store.asking import MAX_TERMS

if TYPE_CHECKING:
    from monitor.web.searching import Sought
    from monitor.web.telling import Told
    from store.asking import Asked
    from store.db import Db
    from store.search import Found, Query
    from store.types import ArticleRow
    from store.watch import Why
    from store.whereabouts import Titled

_DAY = click.DateTime(["%Y-%m-%d"])
_DECISIONS = click.Choice(["relevant", "not_relevant", "unsure", "skip", "undecided"])


# --- search ---------------------------------------------------------------------------------


@click.command("search")
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Default 20.")
@click.option("--before", type=NUMBER, default=None, help="Older than this article.")
@click.option("--outlet", default="", help="Of this outlet alone.")
@click.option("--side", default="", help="Of outlets of this side.")
@click.option("--topic", default="", help="Of this strand.")
@click.option("--decision", type=_DECISIONS, default=None, help="So decided by people.")
@click.option("--language", default="", help="In this language: en, ur, ps, fa.")
@click.option("--kind", default="", help="report, op_ed, analysis, statement, unknown.")
@click.option("--tag", default="", help="With this tag.")
@click.option("--minimum", type=Within(0.65, 1), default=None, help="Least score.")
@click.option("--since", type=_DAY, default=None, help="First seen on this day or later.")
@click.option("--until", type=_DAY, default=None, help="First seen on this day or before.")
@click.option("--as-typed", is_flag=True, help="No other spellings of names.")
@as_json
@command
def search_texts(
    place: Place, *, query: str, limit: int, before: int | None, as_json: bool, **given: Any
) -> None:
    """Search titles and texts. Words, "phrases", prefix*, -without, OR, title:word; newest first.

    A name is looked for in all the spellings the lexicon knows; a quoted one as it stands.
    """
    from store import search

    wanted = _sought(query, given)
    if not wanted:
        fail('there is nothing to look for: torkham search "torkham crossing"', code=USAGE)
    asked = _query(place, wanted)
    with closing(place.store()) as db:
        found = search.look(db, asked, limit=limit, before=before)
        alone = [] if before or wanted.filters else search.headlines(db, asked.asked)
    if as_json:
        show_json(found.rows)
        return
    for row in found.rows:
        score = "  – " if row.score is None else f"{row.score:.2f}"
        said = f" [{row.decision.replace('_', ' ')}]" if row.decision else ""
        show(
            f"{row.article:7} {score} {row.first_seen_at:%Y-%m-%d} {row.outlet}: {row.title}{said}"
        )
    for item in alone:
        show(
            f"      – {item.disposition} {item.first_seen_at:%Y-%m-%d} {item.outlet}: {item.title}"
        )
    if not found.rows and not alone:
        click.echo("Nothing found.")
    for line in _beside(found, asked.asked):
        show(line, err=True)


def _beside(found: Found, asked: Asked) -> Iterator[str]:
    """What is to be known of a list besides: whether it is all there is, and what was asked."""
    if found.rows and (found.more or found.known > len(found.rows)):
        known = f"more than {found.known:,}" if found.more else f"{found.known:,}"
        last = found.rows[-1].article
        yield f"the newest {len(found.rows):,} of {known}; the next ones: --before {last}"
    for typed, others in asked.spelled:
        yield f"also looked for, as {typed}: {', '.join(others)}"
    if asked.beyond:
        left = f"{asked.beyond:,} more {'was' if asked.beyond == 1 else 'were'} left out"
        yield f"only the first {MAX_TERMS} different words were looked for; {left}"
    if asked.only_leaves_out:
        yield "these words only leave out: say what is wanted, too"


def _sought(query: str, given: dict[str, Any]) -> Sought:
    from monitor.web.searching import sought

    said = {name: _text(value) for name, value in given.items() if value}
    # Bytes that are no letters here come as halves of them, and nothing can be made of those.
    told = {"q": query, **said}.items()
    return sought({name: text.encode(errors="replace").decode() for name, text in told})


def _text(value: object) -> str:
    if value is True:
        return "yes"
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime) else str(value)


def _query(place: Place, wanted: Sought) -> Query:
    from monitor.inquiry.spelling import spellings_of
    from monitor.topics import lexicon_of

    settings = place.settings()
    spell = spellings_of(lexicon_of(settings, place.config))
    return wanted.asked(ZoneInfo(settings.team.time_zone), spell)


# --- why ------------------------------------------------------------------------------------


@click.command("why")
@click.argument("url")
@as_json
@command
def why_url(place: Place, *, url: str, as_json: bool) -> None:
    """Say whether a URL or a headline was seen, and what became of it and why.

    Of a URL never seen: the gap it may have gone through, or that no feed carries its host.
    """
    from monitor.inquiry import addressing
    from monitor.model import Dropped
    from monitor.stages import fill, urls
    from store import ledger

    url = addressing.meant(url)
    canonical = urls.canonical(url)
    if isinstance(canonical, Dropped) and "://" in url:
        fail(f"{url}: {canonical.detail or 'not a web address'}", code=USAGE)
    zone = ZoneInfo(place.settings().team.time_zone)
    with closing(place.store()) as db:
        if isinstance(canonical, Dropped):
            _headline(db, url, as_json=as_json)
            return
        known_as = addressing.known_as(db, str(canonical))
        found = ledger.why(db, known_as, url, fill.day_in(url))
        told = _told(db, found.article, zone)
    if as_json:
        show_json({**plain(found), "told": list(told.sentences) if told else []})
        return
    if not found.items:
        show(f"Never seen. {fill.never_seen(found, urls.host(url), zone)}")
    _show_seen(found, zone)
    _show_told(told)


def _told(db: Db, row: ArticleRow | None, zone: ZoneInfo) -> Told | None:
    from monitor.web import telling

    if row is None:
        return None
    return telling.told(
        db, row, when=lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}", withheld=False
    )


def _show_seen(found: Why, zone: ZoneInfo) -> None:
    from monitor.stages import fill

    for item in found.items:
        reason = f" ({item.reason}) {item.reason_detail}".rstrip() if item.reason else ""
        came = ", found in filling a gap" if item.filled else ""
        show(f"{item.first_seen_at:%Y-%m-%d %H:%M} UTC by {item.feed}{came}: "
             f"{item.disposition}{reason}")  # fmt: skip
    if found.items and found.hole:
        show(fill.told(found.hole, zone))
    row = found.article
    if row is not None and row.score is not None:
        show(f"article {row.article}: score {row.score:.3f}; torkham explain {row.article}")


def _show_told(told: Told | None) -> None:
    if told is None:
        return
    for sentence in told.sentences:
        show(f"  {sentence}")
    if told.fate.copy_of is not None:
        show(f"  The first of that text is article {told.fate.copy_of}: {told.fate.original_title}")
    for line in told.history:
        show(f"  {line}")


def _headline(db: Db, headline: str, *, as_json: bool) -> None:
    from store import whereabouts

    found = whereabouts.titled(db, headline)
    if as_json:
        show_json({"headline": headline, "alike": found})
        return
    for one in found:
        show(_alike(one))
    if not found:
        click.echo("No headline we know is like this. If you have the address, ask for that.")


def _alike(one: Titled) -> str:
    number = f"article {one.article}" if one.article else f"item {one.item}"
    reason = f" ({one.reason})" if one.reason else ""
    return (
        f"{one.likeness:4.0%} {number} {one.seen_at:%Y-%m-%d} {one.outlet}: {one.title}"
        f" [{one.disposition}{reason}] {one.url or ''}".rstrip()
    )


COMMANDS = (search_texts, why_url)
