"""From lists to rows: a file of addresses, or a sitemap and a span, is read into a backfill.

A file is streamed and a sitemap taken part by part, so the length of either does not matter. Each
batch is one write; reading a list again adds what is missing and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from monitor.edge.clock import Clock
from monitor.edge.http import Web
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import Fetched, FetchFailed, FetchRequest
from monitor.stages import addresses
from monitor.stages.parse import sitemap
from store import backfills
from store.backfills import Address, ListRow
from store.db import Db

PART = 10_000  # addresses of a sitemap that come from the child at once
DEEPEST = 3  # an index may name indexes
TRIES = 3
SITEMAP = "sitemap:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of publication that are wanted, both included; None: no bound."""

    since_on: date | None = None
    until_on: date | None = None

    def holds(self, at: datetime | None) -> bool:
        """Tell whether an instant lies in it; what has no date does where there is no bound."""
        if at is None:
            return self.since_on is None and self.until_on is None
        return not (self._before(at) or self._after(at))

    def _before(self, at: datetime) -> bool:
        return self.since_on is not None and at < datetime.combine(self.since_on, time(), UTC)

    def _after(self, at: datetime) -> bool:
        end = self.until_on and self.until_on + timedelta(days=1)
        return end is not None and at >= datetime.combine(end, time(), UTC)

    def may_hold(self, changed_at: datetime | None) -> bool:
        """Tell whether a sitemap last changed then may list what is wanted."""
        return changed_at is None or not self._before(changed_at)


def name_of(source: str) -> str:
    """Return what a backfill is called unless somebody says otherwise: by its file or host."""
    host = source.removeprefix(SITEMAP).partition("://")[2].partition("/")[0]
    said = host.removeprefix("www.") if source.startswith(SITEMAP) else Path(source).stem
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in said.lower())
    return "-".join(part for part in kept.split("-") if part)[:40].rstrip("-") or "backfill"


# --- a file ---------------------------------------------------------------------------------


def take_file(
    db: Db, name: str, place: str, file: BinaryIO, *, now: datetime,
    told: Callable[[int], None] = lambda _lines: None,
) -> int:  # fmt: skip
    """Read a list of addresses to its end; return how many lines gave one, good or bad."""
    listed = 0

    def counted() -> Iterator[Address]:
        nonlocal listed
        for one in _given(_lines(file)):
            listed += 1
            if listed % backfills.BATCH == 0:
                told(listed)
            yield one

    backfills.add(db, name, counted())
    backfills.read_list(db, name, place, listed=listed, now=now)
    return listed


def _lines(file: BinaryIO) -> Iterator[str]:
    """The lines as text; one that never ends is cut, so that it costs no memory."""
    most = addresses.LONGEST * 4
    text = TextIOWrapper(file, "utf-8", "replace", newline=None)
    try:
        while line := text.readline(most):
            rest = line
            while len(rest) == most and not rest.endswith("\n"):
                rest = text.readline(most)
            yield line
    finally:
        text.detach()


def _given(lines: Iterable[str]) -> Iterator[Address]:
    head: addresses.Heading | None = None
    for line in lines:
        if head is None:
            if not line.strip() or line.lstrip("\ufeff").startswith("#"):
                continue
            head = addresses.heading(line)
            if head.first:
                continue
        one = addresses.given(line, head)
        if one is not None:
            yield _address(one)


def _address(one: addresses.Given) -> Address:
    return Address(
        url=one.url, canonical_url=one.canonical_url, title=one.title, published=one.published,
        refused=one.refused,
    )  # fmt: skip


# --- sitemaps -------------------------------------------------------------------------------


def take_sitemaps(
    db: Db, name: str, *, web: Web, workers: Workers, clock: Clock, span: Span,
    stopped: Callable[[], bool], told: Callable[[int], None] = lambda _read: None,
) -> int:  # fmt: skip
    """Read the sitemaps of a backfill that wait, those that an index names too; how many were read.

    One write a sitemap, when all of it is there. One that cannot be had is tried three times.
    """
    read = 0
    while not stopped():
        waiting = [one for one in backfills.lists(db, name, state="waiting", limit=20)
                   if one.kind == "sitemap"]  # fmt: skip
        if not waiting:
            break
        known = {one.place: one for one in waiting}
        requests = (FetchRequest(key=place, url=place, kind="feed") for place in known)
        for outcome in web.fetch_all(requests, stopped=stopped):
            one = known[outcome.key]
            if isinstance(outcome, Fetched):
                _keep_sitemap(db, name, one, outcome, workers, span, clock())
                read += 1
                told(read)
            elif isinstance(outcome, FetchFailed):
                again = one.attempts + 1 < TRIES
                backfills.fail_list(
                    db, name, one.place, detail=outcome.detail, again=again, now=clock()
                )
    return read


def _keep_sitemap(
    db: Db, name: str, one: ListRow, page: Fetched, workers: Workers, span: Span, now: datetime
) -> None:
    found: list[Address] = []
    indexed: list[sitemap.Place] = []
    start = outside = undated = total = 0
    while True:
        made = _listed(page, start, workers)
        if isinstance(made, str):
            backfills.fail_list(db, name, one.place, detail=made, again=False, now=now)
            return
        indexed += made.indexed
        found += [address for place in made.places if (address := _wanted(place, span))]
        left_out = [place for place in made.places if not span.holds(place.at)]
        undated += sum(place.at is None for place in left_out)
        outside += sum(place.at is not None for place in left_out)
        start, total = start + PART, made.total
        if start >= made.total:
            break
    children = [
        ListRow(place=child.url, kind="sitemap", state="waiting", depth=one.depth + 1)
        for child in indexed
        if one.depth < DEEPEST and span.may_hold(child.at if child.dated == "changed" else None)
    ]
    listed = 0 if indexed else total  # of addresses: an index has none of its own
    detail = f"{_told(indexed, children, outside, undated)} {made.missing}".strip()
    backfills.read_list(
        db, name, one.place, listed=listed, now=now, detail=detail, addresses=found, lists=children
    )


def _listed(page: Fetched, start: int, workers: Workers) -> sitemap.Inventory | str:
    """A part of what a sitemap lists, read in a child; or the sentence why it cannot be."""
    future = workers.submit(
        sitemap.inventory, page.body, base_url=page.final_url, fetched_at=page.fetched_at,
        start=start, most=PART,
    )  # fmt: skip
    try:
        made = future.result()
    except WorkerFault as fault:
        return fault.detail
    return made.problem or made


def _wanted(place: sitemap.Place, span: Span) -> Address | None:
    if not span.holds(place.at):
        return None
    # The day of the last change finds an article and dates none: its page is asked for that.
    at = place.at if place.dated == "published" else None
    one = addresses.place(place.url, title=place.title, published=at.isoformat() if at else "")
    return _address(one)


def _told(
    indexed: list[sitemap.Place], children: list[ListRow], outside: int, undated: int
) -> str:  # fmt: skip
    if indexed:
        left = len(indexed) - len(children)
        return f"An index of {len(indexed):,} sitemaps" + (
            f"; {left:,} of them changed last before the span, or lie too deep." if left else "."
        )
    said = [f"{outside:,} addresses lie outside the span."] if outside else []
    if undated:
        said.append(f"{undated:,} addresses have no day, so they are left out of it.")
    return " ".join(said)
