"""``torkham stories``: what several outlets tell as one, and putting that right."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import (
    NUMBER,
    USAGE,
    Place,
    as_json,
    by_whom,
    command,
    fail,
    show,
    show_json,
)

if TYPE_CHECKING:
    from store.db import Db
    from store.lineage import StoryEdit, StoryMember, StoryRow

BY = by_whom("Who says so; kept with the change.", needed=True)
NOTE = click.option("--note", default="", help="Why; kept with the change.")


@click.group("stories")
def stories_group() -> None:
    """Stories: list them, show one, split or merge what is wrong."""


@stories_group.command("list")
@click.option("--days", type=click.IntRange(1, 3650), default=2, help="Last told in so many days.")
@click.option("--all", "everything", is_flag=True, help="Also those one article tells.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, help="At most so many.")
@as_json
@command
def stories_list(place: Place, *, days: int, everything: bool, limit: int, as_json: bool) -> None:
    """List the stories told by more than one article, the one told last first."""
    from monitor.edge.clock import system_clock
    from store import stories

    now = system_clock()
    until = now + timedelta(minutes=5)  # a desk whose clock runs ahead
    with closing(place.store(create=False)) as db:
        rows = stories.recent(
            db, since=now - timedelta(days=days), until=until, several=not everything, limit=limit
        )
    if as_json:
        show_json([_flat(row) for row in rows])
        return
    for row in rows:
        show(_line(row))
    if not rows:
        show("No such story." if everything else "No story was told by more than one article.")


def _flat(row: StoryRow) -> dict[str, object]:
    return {
        "story": row.story,
        "title": row.title,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "members": row.members,
        "copies": row.copies,
        "outlets": list(row.outlets),
        "sides": list(row.sides),
        "edited": row.edited,
    }


def _line(row: StoryRow) -> str:
    outlets = ", ".join(row.outlets)
    count = f"{row.members} article" + ("" if row.members == 1 else "s")
    return f"{row.story}  {row.first_at:%Y-%m-%d %H:%M} UTC  {count}  {row.title}\n    {outlets}"


@stories_group.command("show")
@click.argument("story", type=NUMBER)
@as_json
@command
def stories_show(place: Place, *, story: int, as_json: bool) -> None:
    """Show one story: its articles as they came, why each is there, what people changed."""
    from store import stories

    with closing(place.store(create=False)) as db:
        row = _known(db, story)
        told = stories.members(db, [row.story]).get(row.story, [])
        edits = stories.edits(db, row.story)
    if as_json:
        articles = [_member(member) for member in told]
        show_json({**_flat(row), "articles": articles, "edits": [_edit(e) for e in edits]})
        return
    show(_line(row))
    for member in told:
        why = f"{member.joined.why} {' '.join(member.joined.shared)}".strip()
        show(f"  {member.article}  {member.outlet}: {member.title}  ({why})")
    for line in edits:
        show(f"  edit {line.id}: {_said(line)}")


def _known(db: Db, story: int) -> StoryRow:
    from store import stories

    number = stories.now_known_as(db, story)
    row = stories.get(db, number) if number is not None else None
    if row is None:
        fail(f"there is no story {story}; `torkham stories list` shows them", code=USAGE)
    return row


def _member(member: StoryMember) -> dict[str, object]:
    return {
        "article": member.article,
        "title": member.title,
        "url": member.url,
        "outlet": member.outlet,
        "side": member.side,
        "first_seen_at": member.first_seen_at,
        "published_at": member.published_at,
        "copy_of": member.copy_of,
        "wires": list(member.wires),
        "headlines": [title for title, _ in member.headlines],
        "why": member.joined.why,
        "likeness": member.joined.likeness,
        "near": member.joined.near,
        "shared": list(member.joined.shared),
    }


def _edit(line: StoryEdit) -> dict[str, object]:
    return {
        "edit": line.id,
        "kind": line.kind,
        "story": line.story,
        "other": line.other,
        "articles": list(line.articles),
        "by": line.by,
        "at": line.at,
        "note": line.note,
        "undoes": line.undoes,
        "undone": line.undone,
    }


def _said(line: StoryEdit) -> str:
    moved = ", ".join(map(str, line.articles)) or "nothing"
    went = {
        "split": f"{moved} out of story {line.story} into story {line.other}",
        "merge": f"{moved} out of story {line.other} into story {line.story}",
        "undo": f"{moved} back, as before edit {line.undoes}",
    }[line.kind]
    return f"{went}, by {line.by}, {line.at:%Y-%m-%d %H:%M} UTC" + (
        " (undone)" if line.undone else ""
    )


@stories_group.command("split")
@click.argument("story", type=NUMBER)
@click.argument("articles", type=NUMBER, nargs=-1, required=True)
@BY
@NOTE
@as_json
@command
def stories_split(
    place: Place, *, story: int, articles: tuple[int, ...], by: str, note: str, as_json: bool
) -> None:
    """Take articles out of a story, into one of their own. They are not put back by the machine."""
    from monitor.edge.clock import system_clock
    from store import stories

    with closing(place.store(create=False)) as db:
        number = _known(db, story).story
        line = stories.split(db, number, articles, by=by, now=system_clock(), note=note)
    _tell(line, as_json=as_json)


@stories_group.command("merge")
@click.argument("story", type=NUMBER)
@click.argument("other", type=NUMBER)
@BY
@NOTE
@as_json
@command
def stories_merge(
    place: Place, *, story: int, other: int, by: str, note: str, as_json: bool
) -> None:
    """Put every article of OTHER into STORY."""
    from monitor.edge.clock import system_clock
    from store import stories

    with closing(place.store(create=False)) as db:
        into, gone = _known(db, story).story, _known(db, other).story
        line = stories.merge(db, into, gone, by=by, now=system_clock(), note=note)
    _tell(line, as_json=as_json)


@stories_group.command("undo")
@click.argument("edit", type=NUMBER)
@BY
@as_json
@command
def stories_undo(place: Place, *, edit: int, by: str, as_json: bool) -> None:
    """Undo a split or a merge by its number; what moved again since stays."""
    from monitor.edge.clock import system_clock
    from store import stories

    with closing(place.store(create=False)) as db:
        line = stories.undo(db, edit, by=by, now=system_clock())
    if line is None:
        fail(f"there is no edit {edit} that still stands; `torkham stories show` lists them",
             code=USAGE)  # fmt: skip
    _tell(line, as_json=as_json)


def _tell(line: StoryEdit, *, as_json: bool) -> None:
    if as_json:
        show_json(_edit(line))
    else:
        show(f"edit {line.id}: {_said(line)}")


COMMANDS = (stories_group,)
