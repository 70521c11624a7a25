"""``torkham feeds add``, ``import-opml``, ``export-opml``: the list of feeds grows, and travels."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, get_args

import click

from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json
from monitor.config import kinds
from monitor.config.adding import add_feeds, entry_lines
from monitor.config.checking import Known, check
from monitor.config.listing import GOOGLE_NEWS, Listed, key_of, short
from monitor.config.reading import read
from monitor.config.shape import Side
from monitor.edge.clock import system_clock
from monitor.model import Dropped
from monitor.stages.parse import opml
from monitor.stages.urls import host

if TYPE_CHECKING:
    from monitor.inquiry.sourcing import Found, Search

Feed = dict[str, Any]


def _listed(place: Place) -> Listed:
    feeds = read(place.config).value.get("feeds")
    return (
        Listed(f for f in feeds if isinstance(f, dict)) if isinstance(feeds, list) else Listed([])
    )


# --- add ------------------------------------------------------------------------------------


@click.command("add")
@click.argument("url")
@click.option("--key", help="The feed's name for ever; made from the address when left out.")
@click.option("--outlet", help="Who publishes.")
@click.option("--side", type=click.Choice(get_args(Side)), help="Whose outlet it is.")
@click.option("--language", help="Language of its articles: en, ur, ps, fa.")
@click.option(
    "--kind",
    type=click.Choice(["rss", "google-news", "news-sitemap", "page"]),
    help="What is at URL; found out when left out. `page` watches a list page.",
)
@click.option(
    "--links", help="With --kind page: which links are wanted, as words of their address."
)
@click.option("--yes", is_flag=True, help="Write it without asking.")
@as_json
@command
def add_feed(
    place: Place, url: str, *, kind: str | None, links: str | None, yes: bool, as_json: bool,
    **given: str | None,
) -> None:  # fmt: skip
    """Find the feed of URL, a site's page or the feed itself, try it, and add it to feeds.yaml."""
    from monitor.inquiry.sourcing import look, proposed  # brings the whole product along

    url = url if "://" in url else f"https://{url}"
    _refuse_known(_listed(place), url)
    _refuse_unsound({"url": url})
    with place.tools() as app:
        search = look(app.feed_web, app.workers, url, kind, links or "")
    found = search.found or _nothing(search, url, as_json=as_json)
    listed = _listed(place)
    _refuse_known(listed, found.url)
    told = found.told
    entry = proposed(search, found, listed, url, links=links, given=given)
    _refuse_unsound(entry)
    if not as_json:
        _show_found(found, search.also, entry)
    written = _write(place, [entry], yes=yes, quiet=as_json)
    if as_json:
        about = {"url": found.url, "kind": found.kind, "why": found.why, **asdict(told)}
        show_json({"found": about, "also": search.also, "entry": entry, "written": written})


def _nothing(search: Search, url: str, *, as_json: bool) -> NoReturn:
    page = search.page
    hint = (
        f" It is a page with a list of {page.entries} links, such as “{page.newest_title}”; "
        "--kind page watches it."
        if page is not None and page.entries
        else " A Google News query may stand in for it: docs/how-to/add-a-feed.md."
    )
    if as_json:
        show_json({"found": None, "why": search.sentence, "page": page, "written": False})
        sys.exit(FAILED)
    fail(f"{url}: {search.sentence}{hint}")


def _show_found(found: Found, also: Sequence[str], entry: Mapping[str, Any]) -> None:
    told = found.told
    show(f"{found.url}  ({found.kind}: {found.why})")
    newest = f"{told.newest_at:%Y-%m-%d %H:%M} UTC" if told.newest_at else "undated"
    show(f"  title     {told.title or '(none)'}")
    show(f"  entries   {told.entries}, the newest {newest}: {told.newest_title or '(none)'}")
    show(f"  text      {'whole articles' if told.full_text else 'headlines and summaries'}")
    show(f"  language  {told.language or 'not said'}")
    for other in also:
        show(f"  also      {other}")
    show("")
    show("\n".join(entry_lines(entry)))


def _refuse_known(listed: Listed, url: str) -> None:
    known = listed.at(url)
    if known is not None:
        off = " and is switched off there" if known.get("enabled") is False else ""
        fail(f"{url} stands in feeds.yaml already, as {key_of(known)}{off}; nothing was changed")


def _refuse_unsound(entry: Mapping[str, Any]) -> None:
    problems = _problems(entry)
    if problems:
        fail(problems[0], code=USAGE)


def _problems(entry: Mapping[str, Any]) -> list[str]:
    found = check({"feeds": [dict(entry)]}, Known()).problems
    return [f"{problem.path.removeprefix('feeds[0].')} {problem.message}" for problem in found]


def _write(place: Place, feeds: Sequence[Feed], *, yes: bool, quiet: bool) -> bool:
    """Add the feeds, once somebody agreed. Raises ConfigError where the file cannot take them."""
    if not feeds:
        return False
    if not yes:
        what = "it" if len(feeds) == 1 else f"these {len(feeds)}"
        if quiet or not sys.stdin.isatty():
            show(f"Nothing was written; --yes adds {what} to {place.config}.", err=True)
            return False
        if not click.confirm(f"Add {what} to {place.config}?"):
            return False
    add_feeds(place.config, feeds)
    if not quiet:
        show(f"Added to {place.config}. It is asked within minutes where the service runs.")
    return True


# --- OPML -----------------------------------------------------------------------------------


@click.command("import-opml")
@click.argument("file", type=click.File("rb"))
@click.option("--side", type=click.Choice(get_args(Side)), help="Whose outlets they are.")
@click.option("--yes", is_flag=True, help="Write them without asking.")
@as_json
@command
def import_opml(
    place: Place, file: BinaryIO, *, side: str | None, yes: bool, as_json: bool
) -> None:
    """List what is new in an OPML file and add it to feeds.yaml."""
    outlines = opml.read(file.read(opml.MOST_BYTES + 1))
    if isinstance(outlines, Dropped):
        fail(f"{file.name}: {outlines.detail}")
    new, known, refused = _sorted(outlines, _listed(place), side)
    if not as_json:
        for feed in new:
            show(f"new      {feed['key']:32} {feed['url']}")
        for url, name in known:
            show(f"known    {name:32} {url}")
        for url, why in refused:
            show(f"refused  {why}: {url}")
        show(f"{len(new)} new, {len(known)} known, {len(refused)} refused.")
    written = _write(place, new, yes=yes, quiet=as_json)
    if as_json:
        show_json(
            {
                "new": new,
                "known": [{"url": url, "key": name} for url, name in known],
                "refused": [{"url": url, "why": why} for url, why in refused],
                "written": len(new) * written,
            }
        )


def _sorted(
    outlines: Iterable[opml.Outline], listed: Listed, side: str | None
) -> tuple[list[Feed], list[tuple[str, str]], list[tuple[str, str]]]:
    new: list[Feed] = []
    known: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for outline in outlines:
        same = listed.at(outline.url)
        if same is not None:
            known.append((outline.url, key_of(same)))
            continue
        feed = _from_outline(outline, listed, side)
        problems = _problems(feed)
        if problems:
            refused.append((outline.url, problems[0]))
        else:
            new.append(feed)
            listed.take(feed)
    return new, known, refused


def _from_outline(outline: opml.Outline, listed: Listed, side: str | None) -> Feed:
    outlet, _, section = outline.title.partition(": ")
    ours = outline.category.strip("/").partition("/")[0]
    known = listed.of_host(outline.url)
    split = ours in get_args(Side)  # written by ``export-opml``, which joins the two
    return short(
        {
            "key": listed.free_key(kinds.slug_of(outline.url) or "feed"),
            "outlet": (outlet if split else known.get("outlet") or outline.title)[:200],
            "side": side or (ours if split else known.get("side") or "world"),
            "language": outline.language,
            "section": section[:200] if split else None,
            "url": outline.url,
            "kind": "google-news" if host(outline.url) == GOOGLE_NEWS else "rss",
        }
    )


@click.command("export-opml")
@click.argument("file", type=click.File("wb"), default="-")
@click.option("--all", "everything", is_flag=True, help="Also the feeds that are switched off.")
@command
def export_opml(place: Place, file: BinaryIO, *, everything: bool) -> None:
    """Write the feeds as OPML, for any reader of feeds; to standard output by default."""
    settings = place.settings()
    asked = [spec for spec in settings.feeds if spec.enabled or everything]
    feeds = [spec for spec in asked if spec.kind in {"rss", "google-news"}]
    outlines = [
        opml.Outline(
            url=spec.url,
            title=f"{spec.outlet}: {spec.section}" if spec.section else spec.outlet,
            groups=(spec.side,),
            language=spec.language,
            category=f"/{spec.side}",
        )
        for spec in feeds
    ]
    text = opml.written(outlines, title=f"Torkham: {settings.team.name}", now=system_clock())
    file.write(text.encode())
    if len(asked) > len(feeds):
        others = len(asked) - len(feeds)
        show(f"{others} sitemaps and pages are no feeds to other readers; left out.", err=True)


SUBCOMMANDS = (add_feed, import_opml, export_opml)
