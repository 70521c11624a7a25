"""What is missed, and the plan against it: the stage ``audit`` and the thresholds, on the store.

A plan says which threshold is in use and why, and with which chance the audit draws below it. It is
made once a day, from what the store then knows, and kept: thresholds do not wander from tick to
tick, and what was in force when a verdict was made can be looked up.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeAlias
from zoneinfo import ZoneInfo

from monitor.config.shape import Thresholds as Given
from monitor.model import Band, Thresholds
from monitor.stages import audit, route
from monitor.stages.audit import Missed
from store import audit as kept
from store.db import Db
from store.inquiry import PlanRow

WINDOW = timedelta(days=28)
VOLUME = timedelta(days=14)
ACCEPTED = timedelta(days=365)
A_DAY = 3
_MOST_A_DAY = 1.5  # how far a promise may move its threshold from one day to the next, as a factor
_LEAST_OF_PACK = 0.05  # and how far below the topic pack's it may go at all
Scores: TypeAlias = "array[float]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a team asked for: its thresholds, its order of the queue, its clock; and the pack's."""

    given: Given
    mix: tuple[int, int, int]
    pack: float
    zone: ZoneInfo

    @property
    def rule(self) -> str:
        """What plans are made by, as text: another rule takes effect at once."""
        asked = {key: value for key, value in self.given if value is not None}
        return json.dumps({"pack": self.pack, "mix": self.mix, **asked}, sort_keys=True)

    @property
    def a_day(self) -> float:
        """How many the audit draws a day: no more than the queue will show of those read."""
        wanted = float(A_DAY if self.given.audit_a_day is None else self.given.audit_a_day)
        read = self.given.read_a_day
        return wanted if read is None else min(wanted, read * self.mix[2] / sum(self.mix))


# --- the plan of the day --------------------------------------------------------------------


def plan(db: Db, aim: Aim, now: datetime) -> Thresholds:
    """Return the thresholds in force: today's plan, made and kept now if there is none yet."""
    today = now.astimezone(aim.zone).date()
    standing = kept.plan(db, today, aim.rule) or kept.save_plan(db, _made(db, aim, today, now))
    return Thresholds(
        queue=standing.threshold,
        sample_share=0.0,
        bands=tuple(Band(least=a, below=b, chance=c) for a, b, c in standing.bands),
        why=standing.why,
    )


def _made(db: Db, aim: Aim, today: date, now: datetime) -> PlanRow:
    days = _full_days(db, aim.zone, now, WINDOW)
    threshold, why = _threshold(db, aim, days, now)
    recent = list(days.values())[-VOLUME.days :]
    share = aim.given.sample_share
    if share is None:
        waiting = kept.waiting(db, now - VOLUME)
        volumes = audit.volumes(recent, threshold)
        bands = audit.bands(threshold, volumes, a_day=aim.a_day, waiting=waiting)
    else:
        bands = audit.even_bands(threshold, share)
    return PlanRow(
        day_on=today,
        rule=aim.rule,
        made_at=now,
        threshold=threshold,
        why=why,
        bands=tuple((band.least, band.below, band.chance) for band in bands),
    )


def _full_days(db: Db, zone: ZoneInfo, now: datetime, window: timedelta) -> dict[date, Scores]:
    """Return the scores of the team's full days, oldest first; eight bytes each.

    Neither today, which is not over, nor the first day ever, which began with what the feeds had
    at hand. A day on which nothing was seen was an outage and counts for nothing.
    """
    rows = kept.scores(db, now - window - timedelta(days=1))
    seen = groupby(rows, key=lambda row: row[0].astimezone(zone).date())
    days = {day: array("d", (score for _, score in found)) for day, found in seen}
    today = now.astimezone(zone).date()
    return {day: days[day] for day in sorted(days)[1:] if day < today}


def _threshold(db: Db, aim: Aim, days: dict[date, Scores], now: datetime) -> tuple[float, str]:
    """Return the score from which on articles are queued, and the sentence that says why."""
    given = aim.given
    if given.queue is not None:
        return given.queue, _queued(given.queue, "so the settings say.")
    if given.read_a_day is not None:
        return _for_reading(aim, given.read_a_day, list(days.values()))
    if given.miss_at_most is not None:
        return _for_missing(db, aim, given.miss_at_most, now)
    return aim.pack, _queued(aim.pack, "the topic pack's threshold.")


def _for_reading(aim: Aim, a_day: int, days: Sequence[Sequence[float]]) -> tuple[float, str]:
    drawn = aim.a_day if aim.given.sample_share is None else 0.0
    line = route.reading_threshold(days, max(1.0, a_day - drawn))
    if line is None:
        seen = f"{len(days)} of {route.LEAST_DAYS} full days seen"
        why = f"the topic pack's threshold. Not yet by “read {a_day} a day”: {seen}."
        return aim.pack, _queued(aim.pack, why)
    audited = f", beside {drawn:.2g} a day for the audit" if drawn else ""
    return line, _queued(
        line,
        f"over the last {len(days)} full days that let through what fits {a_day} a day{audited}; "
        "copies are not counted.",
    )


def _for_missing(db: Db, aim: Aim, share: float, now: datetime) -> tuple[float, str]:
    accepted = kept.accepted(db, now - ACCEPTED, calibrated=kept.calibrated(db))
    needed, words = route.accepted_needed(share), f"“miss at most {share:.0%}”"
    if len(accepted) < needed:
        why = (
            f"the topic pack's threshold. Not yet by {words}: {len(accepted)} of {needed} accepted."
        )
        return aim.pack, _queued(aim.pack, why)
    least = _LEAST_OF_PACK * aim.pack
    wished = route.missing_threshold(accepted, share)
    before = kept.last_plan(db, aim.rule)
    start = before.threshold if before else aim.pack
    line = max(least, wished or 0.0, start / _MOST_A_DAY)
    line = min(line, start * _MOST_A_DAY) if start > 0 else line
    why = f"estimated from {len(accepted)} accepted articles, for {words}."
    if wished is None or wished < least:
        why += " What the audit found says more may be missed, and no threshold here prevents it."
    elif abs(line - wished) > 1e-9:
        why += f" It is on its way to {_figure(wished)}, step by step."
    return line, _queued(line, why)


def _queued(line: float, why: str) -> str:
    return f"Scores of {_figure(line)} and more are queued: {why}"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


# --- what is missed -------------------------------------------------------------------------


def missed(db: Db, since: datetime | None) -> Missed:
    """Return what is known of the relevant among those rejected since then (None: ever)."""
    found = kept.counts(db, since)
    return audit.missed(
        found.strata,
        calibrated_sum=found.calibrated_sum,
        calibrated=found.calibrated,
        unaudited=found.unaudited,
        rescued=found.rescued,
    )


def in_a_line(db: Db, now: datetime) -> str:
    """Return what is known of the last 28 days, as the digest tells it."""
    return audit.sentence(missed(db, now - WINDOW), "in the last 28 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSeen:
    """A band as a page shows it: what was rejected in it, and what the drawn turned out to be."""

    name: str  # "below 0.005", "0.02 to 0.1"
    rejected: int
    drawn: int
    decided: int
    relevant: int
    chance: float | None  # today's; None: nothing is drawn


def by_band(found: Missed, today: PlanRow | None) -> list[BandSeen]:
    """Return what is known by band; the names are those of today's plan, which may have moved."""
    numbers = sorted({s.band for s in found.strata})
    rows: list[BandSeen] = []
    for number in numbers:
        inside = [s for s in found.strata if s.band == number]
        low, high, chance = _limits(today, number)
        rows.append(
            BandSeen(
                name=f"below {high:.2g}" if not low else f"{low:.2g} to {high:.2g}",
                rejected=sum(s.rejected for s in inside),
                drawn=sum(s.drawn for s in inside),
                decided=sum(s.decided for s in inside),
                relevant=sum(s.relevant for s in inside),
                chance=chance or None,
            )
        )
    return rows


def _limits(today: PlanRow | None, number: int) -> tuple[float, float, float]:
    if today is None or number >= len(today.bands):
        return 0.0, 1.0, 0.0
    return today.bands[number]
