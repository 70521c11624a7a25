"""Which pictures the desk has, what each is drawn from, and where a page finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from threading import Lock
from typing import Final
from urllib.parse import urlencode

from monitor.articles import claiming
from monitor.articles.claiming import Beside
from monitor.edge import plot
from monitor.inquiry import seen
from monitor.inquiry.calendar import DAYS, Calendar, calendar
from monitor.inquiry.watching import Standing, standing
from monitor.pictures import curves, fates, figures, strips, telling
from monitor.pictures.plate import NARROW, WIDE, Plate
from monitor.web import amounts as register
from monitor.web import pinned, trending
from monitor.web.desk import Visit, whole
from monitor.web.words import GENRES, day_of
from store import claims, corpus, counts, judged, stories
from store.claims import Wanted
from store.db import path_of
from store.learned import ModelRow
from store.lineage import ClaimRow

MOST_CLAIMS: Final = 300
LEAST_DAYS: Final = 14  # before the first of all there is nothing to see
LEAST_FIGURES: Final = 2  # claims about the same below which there is nothing to see
SIDES: Final = {
    "pakistan": "Pakistani", "afghanistan": "Afghan", "exile": "Afghan exile", "india": "Indian",
    "iran": "Iranian", "world": "International", "un": "United Nations", "research": "Research",
    "international": "International", "ttp": "TTP",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A plate on a page: its sentence, its table, and the addresses of its picture.

    ``addresses`` are of the wide one light and dark, then of the narrow one; empty where no
    picture can be drawn here.
    """

    plate: Plate
    sizes: tuple[tuple[int, int], tuple[int, int]]
    addresses: tuple[str, str, str, str] | tuple[()]
    csv: str
    png: str


def shown(name: str, plate: Plate | None, **query: str) -> Shown | None:
    """Return what a page needs to show a plate; None for none."""
    if plate is None:
        return None
    given = {key: value for key, value in query.items() if value}
    here = plot.available()
    sizes = tuple((w, plate.height(w) if here else 0) for w in (WIDE, NARROW))

    def address(end: str, **more: str) -> str:
        tail = urlencode({**given, **more})
        return f"/pictures/{name}.{end}" + (f"?{tail}" if tail else "")

    v = plate.key
    looks: Sequence[Mapping[str, str]] = ({}, {"dark": "1"}, {"w": "narrow"},
                                          {"w": "narrow", "dark": "1"})  # fmt: skip
    first, second, third, fourth = (address("svg", **look, v=v) for look in looks)
    return Shown(
        plate=plate,
        sizes=(sizes[0], sizes[1]),
        addresses=(first, second, third, fourth) if here else (),
        csv=address("csv"),
        png=address("png") if here else "",
    )


def makers() -> Mapping[str, Callable[[Visit], Plate | None]]:
    """Return every picture by its name in the address; None where there is nothing to draw."""
    return {
        "coverage": coverage,
        "calendar": of_days,
        "story": story,
        "promise": lambda visit: promise(standing_of(visit)),
        "reading": reading,
        "learning": lambda visit: learned(corpus.models(visit.db, artifacts=False)),
        "corpus": holdings,
        "claims": same_claims,
        "timeline": pinned.timeline,
        "trend": trending.plate,
    }


# --- coverage -------------------------------------------------------------------------------


def coverage_asked(visit: Visit) -> seen.Asked:
    """Return what the address asks for, or the last 28 days by outlet."""
    by: seen.By = next((b for b in seen.STRIPS if b == visit.asked("by")), "outlet")
    span: seen.Span = next((s for s in seen.SPANS if s == visit.asked("span")), "28")
    return seen.Asked(by=by, span=span, today=visit.now.astimezone(UTC).date())


def coverage(visit: Visit) -> Plate | None:
    """Coverage over time, by outlet, side or strand."""
    asked = coverage_asked(visit)
    topics = asked.by == "topic"
    names = {**visit.desk.concepts, **visit.desk.strands} if topics else SIDES
    facts = seen.strips(visit.db, asked, names)
    if not facts.strips:
        return None
    by = "strand" if topics else asked.by
    what = "Articles queued or accepted" if topics else "Items first seen"
    return strips.plate(facts, what=what, by=by)


def holdings(visit: Visit) -> Plate | None:
    """What the corpus holds, by outlet, side, strand or kind; by month where nothing is asked."""
    asked = trending.asked(visit)
    names: Mapping[str, str] = {"side": SIDES, "kind": GENRES}.get(
        asked.by, {**visit.desk.concepts, **visit.desk.strands}
    )
    facts = seen.holdings(visit.db, asked, names)
    by = "strand" if asked.by == "topic" else asked.by
    return strips.plate(facts, what="Articles queued or accepted", by=by) if facts else None


def of_days(visit: Visit) -> Plate | None:
    """What became of the items of each day."""
    made = calendar(
        visit.db, visit.now, until_on=day_of(visit.asked("until")),
        days=whole(visit.asked("days")) or DAYS,
    )  # fmt: skip
    return of_calendar(made)


def of_calendar(made: Calendar) -> Plate | None:
    """What became of the items of each day of a calendar."""
    feeds = [line for line in made.lines if line.feed is not None]
    if not feeds:
        return None
    told = []
    for n, cell in reversed(list(enumerate(made.sums))):
        c = cell.counts
        silent = [line.cells[n] for line in feeds if line.cells[n].known]
        without = sum(one.mark in {"failed", "unasked", "gap"} for one in silent)
        parts = (c.queued, c.waiting, c.rejected, c.duplicate,
                 sum(c.dropped.values()) + sum(c.failed.values()))  # fmt: skip
        share = round(without / len(silent), 3) if silent else None
        told.append(fates.DayFates(day=cell.day_on, parts=parts, unknown=share))
    watched = next((n for n, day in enumerate(told) if day.unknown is not None or day.total), 0)
    return fates.plate(tuple(told[min(watched, max(0, len(told) - LEAST_DAYS)) :]))


# --- a story, and claims --------------------------------------------------------------------


def story(visit: Visit) -> Plate | None:
    """How a story was told, with its tolls."""
    number = whole(visit.asked("story"))
    return of_story(visit, number) if number else None


def of_story(visit: Visit, number: int) -> Plate | None:
    """How a story was told; None for a single article without figures, which needs no picture."""
    members = stories.members(visit.db, [number]).get(number, [])
    told = sorted(
        (
            telling.Told(
                outlet=m.outlet,
                at=min(m.published_at or m.first_seen_at, m.first_seen_at),
                copy=m.copy_of is not None,
                title=m.title,
            )
            for m in members
        ),
        key=lambda t: (t.at, t.outlet),
    )
    groups = claiming.beside([row for row in claims.of_story(visit.db, number) if _stands(row)])
    tolls = [_tolls(group) for group in groups if _is_toll(group)]
    kept = sorted((t for t in tolls if len(t.tolls) > 1), key=lambda t: (-len(t.tolls), t.heading))[
        :3
    ]
    if len(told) < 2 and not kept:
        return None
    facts = telling.Telling(told=tuple(told), tolls=tuple(kept), zone=str(visit.desk.zone))
    return telling.plate(facts) if told else None


def _stands(row: ClaimRow) -> bool:
    return not row.gone or row.answer in {"confirm", "correct"}


def _is_toll(group: Beside) -> bool:
    """Whether the group counts people who came to harm or were taken: what people call a toll."""
    harmed = {"killed", "injured", "casualties", "arrested", "abducted", "displaced", "missing"}
    return group.population in harmed


def _tolls(group: Beside) -> telling.Tolls:
    told = [
        telling.Toll(
            outlet=row.outlet,
            at=row.told_at,
            least=row.facts.least if row.facts.least is not None else row.facts.most or 0.0,
            most=row.facts.most if row.facts.most is not None else row.facts.least or 0.0,
            said_by=register.said_by(row.facts),
        )
        for row in group.claims
        if row.told_at and (row.facts.least is not None or row.facts.most is not None)
    ]
    return telling.Tolls(
        heading=register.heading(group.claims[0].facts),
        tolls=tuple(sorted(told, key=lambda t: (t.at, t.outlet, t.most))),
    )


def same_claims(visit: Visit) -> Plate | None:
    """Claims about the same people at the same place, over the years."""
    wanted = Wanted(population=visit.asked("population"), place=visit.asked("place"))
    if not wanted.population:
        return None
    groups = claiming.beside(claims.listed(visit.db, wanted, limit=MOST_CLAIMS))
    for group in groups:
        if group.who == visit.asked("who") and _same_place(group, wanted.place):
            return of_claims(group)
    return None


def _same_place(group: Beside, place: str) -> bool:
    return group.place.casefold() == place.casefold()


def of_claims(group: Beside) -> Plate | None:
    """A group of claims over the years; None where there is nothing to compare."""
    told = [figure for figure in map(_figure, group.claims) if figure is not None]
    if len(told) < LEAST_FIGURES:
        return None
    heading = register.heading(group.claims[0].facts)
    ordered = sorted(told, key=lambda f: (f.first, f.last, f.height))
    return figures.plate(figures.Figures(heading=heading, figures=tuple(ordered)))


def _figure(row: ClaimRow) -> figures.Figure | None:
    facts = row.facts
    on = row.told_at.astimezone(UTC).date() if row.told_at else None
    first, last = facts.since_on or facts.until_on or on, facts.until_on or facts.since_on or on
    if first is None or last is None or (facts.least is None and facts.most is None):
        return None
    return figures.Figure(
        first=min(first, last),
        last=last,
        least=facts.least,
        most=facts.most,
        said_by=register.said_by(facts),
        outlet=row.outlet,
        amount=register.amount(facts),
        day=register.day(facts),
        checked=row.answer in {"confirm", "correct"},
    )


def claim_figures(groups: Sequence[Beside], most: int) -> list[Shown]:
    """Return the pictures of the groups with most claims."""
    ranked = sorted(groups, key=lambda group: -len(group.claims))[:most]
    told = [
        shown("claims", of_claims(g), population=g.population, who=g.who, place=g.place)
        for g in ranked
        if g.population != "responsibility"
    ]
    return [one for one in told if one is not None]


# --- the judgement --------------------------------------------------------------------------


_KEPT: dict[str, tuple[object, Standing]] = {}
"""How the judgement last stood, by store: the page and its picture ask within a second."""
_KEPT_LOCK: Final = Lock()


def standing_of(visit: Visit) -> Standing:
    """Return how the judgement stands; found anew only after a decision, a verdict or a model."""
    path, state = path_of(visit.db), (visit.today(), judged.state(visit.db))
    with _KEPT_LOCK:
        known = _KEPT.get(str(path))
    if known is not None and known[0] == state:
        return known[1]
    found = standing(visit.db, visit.now)
    with _KEPT_LOCK:
        _KEPT.clear()
        _KEPT[str(path)] = (state, found)
    return found


def promise(found: Standing) -> Plate | None:
    """What scores promised and kept; None while there are too few answers."""
    if not found.measurable:
        return None
    bands = tuple(
        curves.Kept(
            low=b.low, high=b.high, n=b.n, promised=round(b.promised, 4), kept=b.kept,
            interval=b.interval,
        )
        for b in found.bands
    )  # fmt: skip
    return curves.promise_plate(bands, found.kept_word)


def reading(visit: Visit) -> Plate | None:
    """Read so far against found; None while fewer than ten were read."""
    rows = counts.read_and_found(visit.db)
    if not rows or rows[-1][1] < curves.LEAST_READ:
        return None
    points = tuple(map(curves.Found._make, rows))
    return curves.reading_plate(curves.Reading(points=points))


def learned(models: Sequence[ModelRow]) -> Plate | None:
    """What each learning brought, by the decisions held out; None while none can be measured."""
    told = [one for one in map(_learned, models) if one is not None]
    return curves.learned_plate(tuple(reversed(told))) if told else None


def _learned(model: ModelRow) -> curves.Learned | None:
    given = model.figures
    held = [int(given.get(f"held_out_{kind}", 0)) for kind in ("relevant", "not_relevant")]
    if "average_precision" not in given or min(held) < curves.LEAST_HELD_OUT:
        return None
    change = given.get("average_precision_change")
    error = given.get("average_precision_change_error")
    known = change is not None and error is not None
    reach = 1.96 * error if error is not None else 0.0
    return curves.Learned(
        when=f"{model.created_at:%Y-%m-%d %H:%M}",
        held_out=sum(held),
        precision=round(given["average_precision"], 4),
        gain=(change, change - reach, change + reach) if known and change is not None else None,
        live=model.live,
    )
