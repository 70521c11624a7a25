"""The figures of the service for programs, in the text format of Prometheus (0.0.4).

Names follow its conventions: what only grows ends in ``_total``, seconds and bytes say so, labels
have few values. No figure names a person, an article or an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.inquiry.ailments import ABOUT, Ailment, Facts
from store.gauges import Gauges
from store.upkeep import JobRun

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One figure, with a value for each combination of its labels."""

    name: str
    kind: Literal["gauge", "counter"]
    about: str
    values: tuple[tuple[Labels, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the figures are made of. ``gauges`` None: the store could not be read."""

    facts: Facts
    found: Sequence[Ailment]
    gauges: Gauges | None
    used: Mapping[str, float]
    build: Mapping[str, str]
    began_at: datetime
    now: datetime


def exposition(families: Iterable[Family]) -> str:
    """Write the figures; a family without a value is left out."""
    return "".join(_family(family) for family in families if family.values)


def _family(family: Family) -> str:
    head = f"# HELP {family.name} {_help(family.about)}\n# TYPE {family.name} {family.kind}\n"
    return head + "".join(f"{family.name}{_labels(of)} {_number(n)}\n" for of, n in family.values)


def _labels(labels: Labels) -> str:
    inner = ",".join(f'{name}="{_value(value)}"' for name, value in labels)
    return f"{{{inner}}}" if inner else ""


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(n: float) -> str:
    return str(int(n)) if float(n).is_integer() else repr(float(n))


# --- which figures there are ------------------------------------------------------------------


def families(reading: Reading) -> Iterator[Family]:
    """Return every figure of this moment. What cannot be known is left out, never zero."""
    yield from _health(reading)
    yield from _machine(reading)
    signs = reading.facts.signs
    if signs is not None:
        yield from _runs(signs.runs, reading.now)
    if reading.gauges is not None:
        yield from _news(reading.gauges, reading.now)
        yield from _messages(reading)
        yield from _tallies(reading.gauges)
    yield from _process(reading)


def _health(reading: Reading) -> Iterator[Family]:
    kinds = {one.kind for one in reading.found}
    yield _gauge("torkham_well", "1 while nothing is unwell.", float(not kinds))
    yield _gauge(
        "torkham_works", "0 while something stops the work.",
        float(not any(one.stops for one in reading.found)),
    )  # fmt: skip
    yield _by(
        "torkham_unwell", "1 for each kind of ailment there is.", "cause",
        [(kind, float(kind in kinds)) for kind in ABOUT],
    )  # fmt: skip
    yield _gauge("torkham_store_readable", "1 when the store can be read.",
                 float(reading.facts.signs is not None))  # fmt: skip


def _machine(reading: Reading) -> Iterator[Family]:
    disk, copies = reading.facts.disk, reading.facts.copies
    if disk is not None:
        yield _gauge("torkham_store_bytes", "Size of the database.", disk.database)
        yield _gauge("torkham_journal_bytes", "Size of its journal.", disk.journal)
        yield _gauge("torkham_disk_free_bytes", "Room left beside the store.", disk.free)
        yield _gauge("torkham_disk_size_bytes", "Size of that file system.", disk.total)
    yield _gauge("torkham_backups", "Nightly backups that are there.", copies.n)
    if copies.newest_at is not None:
        yield _gauge("torkham_backup_last_timestamp_seconds", "Day of the newest backup.",
                     copies.newest_at.timestamp())  # fmt: skip
        yield _gauge("torkham_backup_last_size_bytes", "Its size.", copies.bytes)


def _runs(runs: Sequence[JobRun], now: datetime) -> Iterator[Family]:
    yield _by("torkham_job_last_run_timestamp_seconds", "When the last run of a job began.", "job",
              [(run.job, run.started_at.timestamp()) for run in runs])  # fmt: skip
    yield _by("torkham_job_last_run_success", "1 when the last run that ended went well.", "job",
              [(run.job, float(run.ok)) for run in runs if run.ok is not None])  # fmt: skip
    yield _by("torkham_job_last_run_duration_seconds", "How long it took, or takes.", "job",
              [(run.job, _took(run, now)) for run in runs])  # fmt: skip


def _took(run: JobRun, now: datetime) -> float:
    return max(0.0, ((run.finished_at or now) - run.started_at).total_seconds())


def _news(found: Gauges, now: datetime) -> Iterator[Family]:
    day = found.day
    books = [
        *(("waiting", day.waiting), ("queued", day.queued), ("rejected", day.rejected)),
        *(("duplicate", day.duplicate), ("dropped", sum(day.dropped.values()))),
        ("failed", sum(day.failed.values())),
    ]
    yield _gauge("torkham_items_day_found", "Items first seen in the last 24 hours.", day.found)
    yield _by("torkham_items_day", "What became of them.", "disposition", books)
    yield _by("torkham_items_day_dropped", "Why they were refused.", "reason",
              sorted(day.dropped.items()))  # fmt: skip
    yield _by("torkham_items_day_failed", "Why they could not be read.", "reason",
              sorted(day.failed.items()))  # fmt: skip
    yield _by("torkham_feeds", "Feeds by their state.", "state", found.feeds)
    yield _gauge("torkham_queue", "Articles that wait for reviewers.", found.queue)
    if found.queued_since is not None:
        yield _gauge("torkham_queue_oldest_seconds", "How long the first of them has waited.",
                     max(0.0, (now - found.queued_since).total_seconds()))  # fmt: skip
    yield _gauge("torkham_articles_pending", "Articles still to be read.", found.pending)


def _messages(reading: Reading) -> Iterator[Family]:
    signs, found = reading.facts.signs, reading.gauges
    if signs is None or found is None:
        return
    yield _by("torkham_messages_waiting", "Messages on their way, by channel.", "channel",
              found.lanes)  # fmt: skip
    failing: dict[str, float] = {}
    for way in signs.ways:  # a way of a mail channel names a person: only the channel is told
        lane = way.way.partition(":")[0]
        since = way.failing_since or reading.now
        failing[lane] = max(failing.get(lane, 0.0), (reading.now - since).total_seconds())
    yield _by("torkham_channel_failing_seconds", "For how long a channel has taken nothing.",
              "channel", sorted(failing.items()))  # fmt: skip


_SUMS = {
    "runs": ("torkham_job_runs_total", "Runs of a job that ended."),
    "failures": ("torkham_job_failures_total", "Runs of a job that broke."),
    "seconds": ("torkham_job_seconds_total", "Time its runs took together."),
}


def _tallies(found: Gauges) -> Iterator[Family]:
    for what, (name, about) in _SUMS.items():
        values = tuple(((("job", t.job),), t.n) for t in found.tallies if t.what == what)
        yield Family(name=name, kind="counter", about=about, values=values)
    counted = tuple(
        ((("job", t.job), ("what", re.sub(r"[^a-z0-9_]", "_", t.what[2:].lower()))), t.n)
        for t in found.tallies
        if t.what.startswith("n:")
    )
    yield Family(
        name="torkham_job_counted_total", kind="counter",
        about="What a job's runs counted: answers of feeds, pages, verdicts, messages.",
        values=tuple(dict(counted).items()),
    )  # fmt: skip


_PROCESS = {
    "process_resident_memory_bytes": "Resident memory of the service.",
    "process_virtual_memory_bytes": "Virtual memory of the service.",
    "process_open_fds": "Open files and sockets.",
    "process_max_fds": "How many it may have.",
    "process_threads": "Threads of the service.",
    "process_cpu_seconds_total": "Time of the processor spent.",
}


def _process(reading: Reading) -> Iterator[Family]:
    for name, n in reading.used.items():
        kind: Literal["gauge", "counter"] = "counter" if name.endswith("_total") else "gauge"
        yield Family(name=name, kind=kind, about=_PROCESS[name], values=(((), n),))
    yield _gauge("process_start_time_seconds", "When the service began.",
                 reading.began_at.timestamp())  # fmt: skip
    build = tuple(sorted(reading.build.items()))
    yield Family(
        name="torkham_build_info", kind="gauge", about="What runs here.", values=((build, 1),)
    )


def _gauge(name: str, about: str, value: float) -> Family:
    return Family(name=name, kind="gauge", about=about, values=(((), value),))


def _by(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> Family:
    found = tuple((((label, value),), float(n)) for value, n in values)
    return Family(name=name, kind="gauge", about=about, values=found)
