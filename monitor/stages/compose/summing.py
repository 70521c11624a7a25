"""The summary of a week or a month: its stories by weight, its figures beside those before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from monitor.stages.compose.wording import corrected_words
from monitor.stages.compose.words import day_name, plain, shortened
from monitor.told import Digest, DigestEntry, DigestSection, DigestTable
from store.lineage import ClaimRow

TOLLS: Final = 20  # rows of the register shown; the rest are counted
TELLERS: Final = 6  # who claims one of them
HARMED: Final = frozenset(
    {"killed", "injured", "casualties", "arrested", "abducted", "displaced", "missing"}
)
_TITLES: Final = {"week": "the week", "month": "the month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was counted under one heading in a period; None: it is not counted for it."""

    queued: int = 0
    accepted: int = 0
    found: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The figures of a period, days of UTC, the last included."""

    first_on: date
    last_on: date
    sides: Mapping[str, Tally]
    topics: Mapping[str, Tally]
    unseen: tuple[date, ...] = ()  # days on which no feed was asked
    feeds: frozenset[str] = frozenset()  # outlets that were asked


def summed(
    digest: Digest, *, every: Literal["week", "month"], tables: Sequence[DigestTable]
) -> Digest:
    """Return a digest as the summary of its window: one section, by weight, then the tables.

    Weightiest is what most outlets told, then what is told most differently, then what people
    accepted, then the score.
    """
    entries = [entry for part in digest.sections for _, told in part.topics for entry in told]

    def weight(entry: DigestEntry) -> tuple[int, int, bool, float, int]:
        accepted = entry.decision == "relevant"
        return (-len(entry.also), -len(entry.claims), not accepted, -entry.score, entry.article)

    ordered = tuple(sorted(entries, key=weight))
    section = DigestSection(
        part="new", title=f"The stories of {_TITLES[every]}", topics=(("", ordered),)
    )
    count = len(entries) + digest.more
    said = {0: f"a quiet {every}", 1: "1 story"}.get(count, f"{count} stories")
    return replace(
        digest,
        every=every,
        title=f"Torkham, the {every} to {day_name(digest.day_on - timedelta(days=1))}: {said}",
        sections=(section,) if entries else (),
        tables=tuple(tables),
        left=(),
    )


# --- the tables -----------------------------------------------------------------------------


def counted(now: Period, before: Period, labels: Mapping[str, str]) -> tuple[DigestTable, ...]:
    """Return the counts by side and by strand, with the change against the period before.

    Where what was looked at differs between the two, a note says so.
    """
    note = breaks(now, before)
    sides = DigestTable(
        title="By side of the outlet",
        note=note,
        head=("side", "found", "queued", "before", "accepted", "before"),
        rows=tuple(
            (
                side.capitalize(),
                f"{a.found or 0:,}",
                *_beside(a.queued, b.queued),
                *_beside(a.accepted, b.accepted),
            )
            for side, a, b in _paired(now.sides, before.sides)
        ),
    )
    topics = DigestTable(
        title="By strand",
        note="An article may stand under several strands.",
        head=("strand", "queued", "before", "accepted", "before"),
        rows=tuple(
            (
                labels.get(topic, topic.replace("_", " ").capitalize()),
                *_beside(a.queued, b.queued),
                *_beside(a.accepted, b.accepted),
            )
            for topic, a, b in _paired(now.topics, before.topics)
        ),
    )
    return tuple(table for table in (sides, topics) if table.rows)


def _paired(
    now: Mapping[str, Tally], before: Mapping[str, Tally]
) -> Iterable[tuple[str, Tally, Tally]]:
    names = sorted({*now, *before}, key=lambda name: (-now.get(name, Tally()).queued, name))
    return [(name, now.get(name, Tally()), before.get(name, Tally())) for name in names]


def _beside(now: int, before: int) -> tuple[str, str]:
    change = now - before
    sign = "+" if change > 0 else "\u2212" if change < 0 else "\u00b1"
    return f"{now:,}", f"{before:,} ({sign}{abs(change):,})"


def breaks(now: Period, before: Period) -> str:
    """Return, in a sentence or two, why the two periods cannot simply be compared; else nothing."""
    said = []
    for period, what in ((now, ""), (before, " before")):
        if period.unseen:
            days = len(period.unseen)
            told = "1 day" if days == 1 else f"{days} days"
            said.append(f"No feed was asked on {told} of the time{what}.")
    joined, gone = sorted(now.feeds - before.feeds), sorted(before.feeds - now.feeds)
    if joined and before.feeds:
        said.append(f"Looked at only since then: {_some(joined)}.")
    if gone and now.feeds:
        said.append(f"No longer looked at: {_some(gone)}.")
    if not before.feeds:
        said.append("Nothing was looked at in the time before, so nothing can be compared.")
    return " ".join(said)


def _some(names: Sequence[str], most: int = 5) -> str:
    also = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(plain, names[:most])) + also


def tolls(claims: Iterable[ClaimRow], since: datetime, until: datetime) -> DigestTable | None:
    """Return the tolls that were told in [since, until), with who claims each; None without any.

    Tellings of the same people at the same place stand side by side; none is made of two.
    """
    groups: dict[tuple[str, str, str], list[ClaimRow]] = {}
    for row in claims:
        facts = row.facts
        if facts.population in HARMED and row.told_at and since <= row.told_at < until:
            key = (facts.population, plain(facts.who), plain(facts.place))
            groups.setdefault(key, []).append(row)
    if not groups:
        return None
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    more = len(ordered) - TOLLS
    return DigestTable(
        title="Tolls, and who claims them",
        head=("who, and where", "told, by whom"),
        note=f"{more} more stand in the register." if more > 0 else "",
        rows=tuple((", ".join(filter(None, key)), _tellers(rows)) for key, rows in ordered[:TOLLS]),
        numbers_from=2,
    )


def _tellers(rows: Sequence[ClaimRow]) -> str:
    told: dict[str, None] = {}
    for row in sorted(rows, key=lambda row: (row.told_at, row.id)):
        facts = row.facts
        speaker = plain(facts.speaker or facts.office)
        by = f"{speaker}, in {plain(row.outlet)}" if speaker else plain(row.outlet)
        corrected = row.answer == "correct"
        figure = corrected_words(facts.least, facts.most) if corrected else plain(facts.text)
        told.setdefault(f"{shortened(figure, 40)} ({by})")
    shown = list(told)[:TELLERS]
    more = len(told) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
