"""``torkham backfill`` of web archives and saved pages: asked for, shown on the way, told."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import click

from monitor.archives import cutting, engines, forecasting, recipes, writing
from monitor.archives.cutting import Source
from monitor.archives.model import Outlet, Recipe
from monitor.archives.saved import is_page
from monitor.cli.frame import FAILED, USAGE, fail, show, show_json
from monitor.edge.warcfile import SourceError
from monitor.inquiry.sampling import span_of
from monitor.outside import VERSION
from store import archived, backfills, corpus, wrappers
from store.db import Db, StoreError

if TYPE_CHECKING:
    from monitor.app import App

_LOOK = 0.5  # seconds between two looks of the line on a terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Who reads: which engine, how many workers, where its scheduler is, by which certificates."""

    engine: Literal["local", "dask"] = "local"
    workers: int | None = None
    scheduler: str | None = None
    tls: engines.Tls | None = None


def means(
    engine: Literal["local", "dask"], workers: int | None, scheduler: str | None,
    tls: tuple[Path | None, Path | None, Path | None],
) -> Means:  # fmt: skip
    """Return who is to read, or refuse in a sentence what does not go together."""
    if scheduler and engine != "dask":
        fail("--scheduler goes with --engine dask", code=USAGE)
    if scheduler and workers:
        fail("--workers is for what is started here; a cluster has its own", code=USAGE)
    ca, cert, key = tls
    if not (ca or cert or key):
        return Means(engine=engine, workers=workers, scheduler=scheduler)
    if engine != "dask" or not (ca and cert and key):
        fail("--tls-ca, --tls-cert and --tls-key go together, with --engine dask", code=USAGE)
    given = engines.Tls(ca=ca, cert=cert, key=key)
    return Means(engine=engine, workers=workers, scheduler=scheduler, tls=given)


def sources_of(places: Sequence[str]) -> list[Source]:
    """Return archives cut into spans, or refuse in a sentence."""
    if find_spec("fastwarc") is None and not all(map(_is_pages, places)):
        fail("reading web archives needs fastwarc: pip install 'torkham[archives]'", code=USAGE)
    try:
        found = [cutting.cut(place) for place in places]
    except SourceError as problem:
        fail(str(problem), code=USAGE)
    for one in found:
        if one.remark:
            show(f"torkham: {one.place}: {one.remark}", err=True)
    return found


def left_of(db: Db, name: str) -> list[Source]:
    """Return what is left of a backfill's archives, or refuse: nothing is."""
    left = [one.place for one in archived.every(db, name) if not one.done]
    if not left:
        fail(f"nothing is left of the backfill {name}", code=USAGE)
    return sources_of(left)


def _is_pages(place: str) -> bool:
    return Path(place).is_dir() or is_page(place)


def take(db: Db, app: App, name: str, sources: Sequence[Source], by: Means, *, alone: bool) -> None:
    """Go through archives until they are done or it is stopped; what was found is judged then."""
    try:
        recipe = writing.standing(db, name) or recipe_now(db, app)
        if sources:
            now = app.clock()
            recipe = writing.begin(db, name, sources, recipe, by="command line", now=now)
        places = [one.place for one in archived.every(db, name) if not one.done]
        if places:
            with _engine(by, places, app) as engine, _Line() as line:
                writing.run(
                    db, name, recipe, engine=engine, lexicon=app.lexicon, clock=app.clock,
                    stopped=app.stopped, told=line.draw,
                )  # fmt: skip
    except (SourceError, StoreError, engines.EngineError) as problem:
        fail(f"{problem}; what was written stays: torkham backfill --resume {name}")
    if alone and not app.stopped():
        app.run_job("judge")


def _engine(
    by: Means, places: Sequence[str], app: App
) -> AbstractContextManager[engines.Engine]:  # fmt: skip
    return engines.engine(
        by.engine, workers=by.workers, scheduler=by.scheduler, tls=by.tls, sources=places,
        told=lambda sentence: show(f"torkham: {sentence}", err=True), stopped=app.stopped,
    )  # fmt: skip


def recipe_now(db: Db, app: App) -> Recipe:
    """Return the recipe by which a backfill that begins now reads and judges."""
    live = corpus.live_model(db)
    homes = {
        host.removeprefix("www."): Outlet(
            outlet=row["outlet"], side=row["side"] or "", language=row["language"] or "",
            section=row["section"] or "",
        )
        for host, row in archived.homes(db).items()
    }  # fmt: skip
    known: dict[str, tuple[str, ...]] = {}
    for one in wrappers.listed(db, limit=5_000):
        if one.state == "trusted":
            known[one.host] = (*known.get(one.host, ()), one.wrapper)
    return recipes.recipe_of(
        topic=app.settings.topic, pack=app.topic, team=app.team,
        live=live.artifact if live else "", thresholds=app.thresholds(db), wrappers=known,
        outlets=homes, version=VERSION, now=app.clock(),
    )  # fmt: skip


class _Line:
    """How far it is, on a terminal and nowhere else."""

    def __init__(self) -> None:
        self._shown, self._began, self._drawn = sys.stderr.isatty(), time.monotonic(), 0.0
        self._records: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)

    def draw(self, progress: writing.Progress) -> None:
        """Draw the line, twice a second at most."""
        now = time.monotonic()
        if self._records is None:
            self._records = progress.records
        if self._shown and now - self._drawn >= _LOOK:
            self._drawn = now
            line = line_of(progress, self._records, now - self._began)
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)


def line_of(progress: writing.Progress, records_before: int, seconds: float) -> str:
    """Return what is shown on the way: records, megabytes, rate, remaining, found so far."""
    done, here = progress.done, progress.done - progress.began
    rate = (progress.records - records_before) / seconds if seconds else 0.0
    left = (progress.total - done) * seconds / here if here else 0.0
    return (
        f"{progress.records:,} records, {done / 1e6:,.0f} of {progress.total / 1e6:,.0f} MB, "
        f"{rate:,.0f} a second, {span_of(left)} left; found {progress.found:,}"
    )


# --- what is told ---------------------------------------------------------------------------


def told(db: Db, name: str) -> dict[str, object]:
    """Return the books of a backfill's archives, for programs."""
    every = archived.every(db, name)
    return {
        "records": sum(one.records for one in every), "fates": _fates(every),
        "archives": [
            {"place": one.place, "size": one.size, "digest": one.digest, "done": one.done,
             "records": one.records, "bytes": one.bytes, "fates": one.counts,
             "parts": one.spans, "parts_done": one.next}
            for one in every
        ],
        "faults": [asdict(one) for one in archived.faults(db, name, 100)],
    }  # fmt: skip


def _fates(every: Sequence[archived.Archive]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in every:
        for fate, n in one.counts.items():
            found[fate] = found.get(fate, 0) + n
    return dict(sorted(found.items()))


def report(db: Db, name: str) -> list[str]:
    """Return the books of a backfill's archives, for people."""
    every = archived.every(db, name)
    fates = _fates(every)
    done = sum(one.done for one in every)
    taken = sum(fates.values())
    how_far = f"{done:,} of {len(every):,} archive{'s' * (len(every) != 1)} done, {taken:,} records"
    return [f"backfill {name}: {how_far} = {_sum(fates)}"]


def _sum(fates: Mapping[str, int]) -> str:
    order = ("not_page", "prefiltered", "no_article", "duplicate", "rejected", "queued", "sampled",
             "failed")  # fmt: skip
    groups: dict[str, int] = dict.fromkeys(order, 0)
    inside: dict[str, list[str]] = {}
    for fate, n in fates.items():
        group, _, reason = fate.partition(":")
        groups[group] = groups.get(group, 0) + n
        if reason:
            inside.setdefault(group, []).append(f"{reason.replace('_', ' ')} {n:,}")
    words = {"not_page": "no page", "prefiltered": "no name in it", "no_article": "no article"}
    return " + ".join(
        f"{words.get(group, group)} {n:,}" + (f" ({', '.join(why)})" if (why := inside.get(group))
                                              else "")
        for group, n in groups.items()
    )  # fmt: skip


def troubles(db: Db, name: str) -> list[str]:
    """Return the first records that could not be read, in sentences."""
    return [
        f"{one.place}{f' {one.member}' if one.member else ''}, record at {one.offset:,}:"
        f" {one.reason.replace('_', ' ')}: {one.detail}"
        for one in archived.faults(db, name, 10)
    ]


def expect(
    db: Db, app: App, sources: Sequence[Source], by: Means, n: int, *, as_json: bool
) -> None:
    """Read a sample, keep nothing, and say what all would bring."""
    places = [one.place for one in sources[:1]]
    try:
        with _engine(by, places, app) as engine:
            made = forecasting.forecast(
                sources, recipe_now(db, app), engine=engine, n=n, stopped=app.stopped
            )
    except engines.EngineError as problem:
        fail(str(problem))
    if as_json:
        show_json(asdict(made))
        return
    show(f"{made.sampled:,} records read of {sources[0].place}: {_sum(made.counts)}")
    for score, title in made.titles:
        show(f"  {score:.2f} {title}")
    show(
        f"{len(sources):,} archive{'s' * (len(sources) != 1)}, {made.bytes / 1e6:,.0f} MB,"
        f" about {made.records:,} records; "
        f"{made.found_low:,} to {made.found_high:,} found; about {span_of(made.seconds)}"
        f" with {by.engine} as it is here."
    )


def finish(db: Db, app: App, name: str, *, as_json: bool, told_else: Mapping[str, object]) -> None:
    """Say what became of it; exit 1 where it is not done, or its books do not balance."""
    row = backfills.get(db, name)
    if as_json:
        show_json({**told_else, **told(db, name)})
    else:
        for line in report(db, name):
            show(line)
    for line in troubles(db, name):
        show(f"torkham: {line}", err=True)
    if app.stopped() and row.archives_left:
        fail(f"stopped; nothing is lost: torkham backfill --resume {name}")
    if not row.balanced:
        sys.exit(FAILED)
