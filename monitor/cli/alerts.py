"""``torkham alerts``: the rules, and what one would have caught."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import USAGE, Place, as_json, command, fail, show, show_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.app import App
    from monitor.config.shape import Alert
    from monitor.inquiry.trying import Caught, Tried


ALWAYS = 36_500  # days


@click.group("alerts")
def alerts_group() -> None:
    """The alert rules: list them, try one on what was seen."""


@alerts_group.command("list")
@as_json
@command
def list_alerts(place: Place, *, as_json: bool) -> None:
    """List the rules and how often each fired."""
    from monitor.edge.clock import system_clock
    from store import trust

    rules = place.settings().rules
    with closing(place.store()) as db:
        fired = trust.of_rules(db, [r.name for r in rules], system_clock(), days=ALWAYS)
    rows: list[dict[str, Any]] = [
        {
            "name": rule.name, "enabled": rule.enabled, "channels": list(rule.channels),
            "readers": list(rule.readers), "fired": fired[rule.name].articles,
            "stories": fired[rule.name].stories, "when": rule.when,
        }
        for rule in rules
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        mark = "on " if row["enabled"] else "off"
        stories = "1 story" if row["stories"] == 1 else f"{row['stories']} stories"
        articles = "1 article" if row["fired"] == 1 else f"{row['fired']} articles"
        told = [*row["channels"], *(f"{name} (a reader)" for name in row["readers"])]
        show(f"{mark} {row['name']}: fired on {articles} of {stories}, to {', '.join(told)}")


@alerts_group.command("test")
@click.argument("name", required=False)
@click.option("--when", "written", default=None, help="An expression to try, instead of a rule.")
@click.option("--days", type=click.IntRange(1, 3650), default=7, help="How far back (default 7).")
@as_json
@command
def try_alert(
    place: Place, *, name: str | None, written: str | None, days: int, as_json: bool
) -> None:
    """Show what a rule would have caught in the last days. Sends nothing.

    It fires exactly on what it would have fired on, had it stood then.
    """
    from monitor.inquiry.suggesting import suggested
    from monitor.inquiry.trying import try_rule
    from monitor.readership import english_of

    if (name is None) == (written is None):
        fail("name one rule, or give an expression with --when", code=USAGE)
    with place.tools() as app, closing(app.open_store()) as db:
        rule = _written(written) if written is not None else _named(app, name or "")
        try:
            book = app.rulebook((rule,))
        except KeyError as error:
            fail(f"the lexicon has no concept {error.args[0]!r}", code=USAGE)
        found = try_rule(db, rule, book, app.clock(), days=days, seconds=None)
        english = english_of(app.lexicon)
        advice = [one.sentence for one in suggested(rule, app.lexicon)]
    if found.problems:
        fail(f"the rule {found.problems[0]}", code=USAGE)
    if as_json:
        show_json(_told(name or "", found) | {"advice": advice})
        return
    _show(name or written or "", found, english)
    for sentence in advice:
        show(sentence)


def _named(app: App, name: str) -> Alert:
    rule = next((rule for rule in app.settings.rules if rule.name == name), None)
    if rule is None:
        known = ", ".join(repr(rule.name) for rule in app.settings.rules) or "none"
        fail(f"there is no rule {name!r}; the rules are {known}", code=USAGE)
    return rule.model_copy(update={"enabled": True})


def _written(when: str) -> Alert:
    from pydantic import ValidationError

    from monitor.inquiry.trying import drafted

    try:
        return drafted({"name": "tried", "when": when})
    except ValidationError as error:
        fail(f"--when {error.errors()[0]['msg'].removeprefix('Value error, ')}", code=USAGE)


def _told(name: str, found: Tried) -> dict[str, Any]:
    low, high = found.share.bounds
    return {
        "rule": name,
        "days": found.days,
        "looked_at": found.shown,
        "caught": [_row(one) for one in found.caught],
        "stories": len(found.stories),
        "relevant": found.share.relevant,
        "decided": found.share.decided,
        "precision_between": [low, high] if found.share.decided else None,
        "since": found.since,
        "no_longer_kept": found.gone,
    }


def _row(one: Caught) -> dict[str, Any]:
    item, hit = one.item, one.hits[0]
    return {
        "article": item.article, "title": item.title, "outlet": item.outlet, "url": item.url,
        "matched": hit.matched, "passage": hit.passage, "version": item.version, "at": one.at,
        "score": one.score, "decision": one.decision,
        "hits": [
            {"part": h.part, "start": h.start, "end": h.end, "words": list(h.words)}
            for h in one.hits
        ],
    }  # fmt: skip


def _show(name: str, found: Tried, english: Callable[[str], str]) -> None:
    from monitor.stages.compose.excerpt import explained

    show(
        f"{name}: {len(found.caught)} of {found.shown} articles of the last {found.days} days,"
        f" {len(found.stories)} stories. {found.share.sentence}"
    )
    if found.gone:
        show(f"{found.gone} texts of that time are no longer kept and could not be tried.")
    for one in found.caught:
        show(f"  {one.item.article}  {one.item.title} ({one.item.outlet})")
        for hit in one.hits[:2]:
            met = ", ".join(explained(word, english) for word in hit.words or (hit.matched,))
            show(f"      {hit.part} (met {met}): {hit.passage}")


COMMANDS = (alerts_group,)
