"""``torkham similar``: what says the same in other words, or in another language."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, show, show_json
from monitor.edge.clock import system_clock

if TYPE_CHECKING:
    from classifiers.likeness.semantic import Like, Semantic
    from store.db import Db
    from store.inquiry import Opening

MOST = 2_000
"""Texts compared at most: the newest. The first look at so many takes about two minutes."""
_STDIN = 20_000  # characters read of it


@click.command("similar")
@click.argument("what")
@click.option("--days", type=click.IntRange(1, 3650), default=30, help="How far back to look.")
@click.option("--limit", type=click.IntRange(1, 200), default=10, help="How many to show.")
@click.option("--accepted", is_flag=True, help="Look among accepted articles and imports alone.")
@as_json
@command
def similar(
    place: Place, *, what: str, days: int, limit: int, accepted: bool, as_json: bool
) -> None:
    """Find what is like an article, a sentence, or standard input, in any language.

    WHAT is an article's number, a text, or - for standard input.
    Needs the extra `semantic`. What it finds is shown and never counts towards a score.
    """
    from classifiers.likeness import semantic

    try:
        model = semantic.load()
    except semantic.UnavailableError as error:
        fail(str(error))
    with closing(place.store(create=False)) as db:
        asked, number = _asked(db, what)
        openings = [o for o in _openings(db, days, accepted) if o.article != number or not number]
    found = _nearest(place, model, asked, openings, limit)
    rows = [_row(openings[like.place], like) for like in found]
    if as_json:
        show_json({"model": semantic.MODEL, "compared": len(openings), "similar": rows})
        return
    show("\n".join(map(_line, rows)) if rows else "There is nothing to compare it with.")


def _asked(db: Db, what: str) -> tuple[str, int | None]:
    """The text that is looked for, and the article it is, if it is one."""
    from monitor.inquiry.likeness import opening
    from store import articles

    if what.isascii() and what.isdigit() and len(what) < 19:
        row, text = articles.get(db, int(what)), articles.text(db, int(what))
        if row is None:
            fail(f"there is no article {what}; `torkham search` finds their numbers")
        return opening(row.title, text.body if text else row.summary), row.article
    said = sys.stdin.read(_STDIN) if what == "-" else what
    if not said.strip():
        fail("there is no text to compare", code=USAGE)
    return said, None


def _openings(db: Db, days: int, accepted: bool) -> list[Opening]:
    from store import openings

    if accepted:
        return openings.accepted(db, MOST)
    return openings.recent(db, system_clock() - timedelta(days=days), MOST)


def _nearest(
    place: Place, model: Semantic, asked: str, openings: Sequence[Opening], limit: int
) -> list[Like]:
    from classifiers.likeness.semantic import nearest
    from monitor.inquiry.likeness import opening, vectors

    texts = [opening(o.title, o.body) for o in openings]
    shown = sys.stderr.isatty()
    with click.progressbar(
        length=len(texts), label="reading", file=sys.stderr, hidden=not shown
    ) as bar:
        passages = vectors(texts, model, place.data, bar.update)
    return nearest(model.vector(asked, "query"), passages, limit)


def _row(opening: Opening, like: Like) -> dict[str, Any]:
    return {
        "id": opening.id,
        "article": opening.article,
        "likeness": round(like.likeness, 4),
        "title": opening.title,
        "outlet": opening.outlet,
        "language": opening.language,
        "at": opening.at,
        "decision": opening.decision,
        "url": opening.url,
    }


def _line(row: dict[str, Any]) -> str:
    day = f"{row['at']:%Y-%m-%d}" if row["at"] else "no date   "
    said = f" [{row['decision'].replace('_', ' ')}]" if row["decision"] else ""
    title = " ".join(str(row["title"]).split()) or "(no title)"
    number = row["article"] if row["article"] is not None else "import"
    return f"{row['likeness']:.3f} {number:>7} {day} {row['outlet']}: {title}{said}"


COMMANDS = (similar,)
