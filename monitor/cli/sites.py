"""``torkham wrappers``: how the pages of each site are read. It works beside a running service."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from monitor.cli.frame import Place, as_json, command, show, show_json

if TYPE_CHECKING:
    from store.wrappers import Known


@click.group("wrappers")
def wrappers_group() -> None:
    """How each site's pages are read: what was learned of its templates, and how that fares."""


@wrappers_group.command("list")
@click.argument("host", required=False, default="")
@as_json
@command
def wrappers_list(place: Place, *, host: str, as_json: bool) -> None:
    """List the hosts whose pages were read, or the templates of HOST, with counts."""
    from monitor.articles.taught import bare
    from store import wrappers

    with closing(place.store()) as db:
        known = wrappers.of_host(db, bare(host)) if host else wrappers.listed(db)
    known = [one for one in known if one.template]
    if as_json:
        show_json([_facts(one) for one in known])
        return
    for one in known:
        show(_line(one))
    if not known:
        show("Nothing has been learned yet: it takes two pages of a site that its extractor read.")


def _facts(one: Known) -> dict[str, object]:
    names = ("host", "template", "state", "lessons", "used", "unsure", "checked", "agreed", "drops",
             "learned_at", "used_at", "dropped_at", "why")  # fmt: skip
    return {name: getattr(one, name) for name in names}


def _line(one: Known) -> str:
    said = {
        "trusted": f"cut {one.used} pages, right in {one.agreed} of {one.checked} checks",
        "learning": f"learned from {one.lessons}, to be proved by another page",
        "dropped": f"dropped {one.dropped_at:%Y-%m-%d}: {one.why}" if one.dropped_at else "dropped",
    }.get(one.state, one.state)
    return f"{one.host}  {one.template}  {said}"


@wrappers_group.command("forget")
@click.argument("host")
@command
def wrappers_forget(place: Place, *, host: str) -> None:
    """Forget what was learned of HOST: its next pages are read by the extractor, and teach anew."""
    from monitor.articles.taught import bare
    from store import wrappers

    with closing(place.store()) as db:
        gone = wrappers.forget(db, bare(host))
    show(f"Forgotten: {gone} of {bare(host)}." if gone else f"Nothing is known of {bare(host)}.")


COMMANDS = (wrappers_group,)
