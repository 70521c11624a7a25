"""Is the service well? One judgement, over facts read from the store and the disk.

What ``/healthz``, ``/metrics``, ``torkham status``, ``torkham health``, the desk's front page and
the mails say of the service all comes from ``wellness``, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from monitor.inquiry.ailments import ABOUT, Ailment, Facts, length, moment, sentence, size
from store.upkeep import Failing, JobRun, Signs

SOON = timedelta(minutes=10)
"""A tick this late is late, whatever its job; one that ticks seldom may miss three."""
AT_WORK = timedelta(hours=3)  # a single run; a backlog of thousands of pages takes an hour
BACKUP_OLD = timedelta(days=2, hours=12)  # since the midnight it is of; they come by night
FAILS = timedelta(minutes=10)
OFTEN = 3  # runs in a row
FEEDS_FAIL, LEAST_FEEDS = 0.5, 2
PAGES_FAIL, LEAST_PAGES = 0.8, 20
HELD = timedelta(hours=3)
TAKEN_IN = timedelta(hours=12)
AHEAD = timedelta(minutes=2)
LEAST_FREE = 500_000_000  # bytes; on a small disk a tenth of it
_NEVER = datetime.min.replace(tzinfo=UTC)


def wellness(facts: Facts, now: datetime) -> tuple[Ailment, ...]:
    """Return what is not well, the gravest first; nothing when all is. Pure: ``now`` is given."""
    found = [
        *_of_disk(facts),
        *_of_copies(facts, now),
        *_of_settings(facts),
        *_of_heart(facts, now),
    ]
    if facts.signs is None:
        found.append(unreadable(facts.store_says, damaged=facts.damaged, absent=facts.absent))
    else:
        found += _of_store(facts, facts.signs, now)
    order = list(ABOUT)
    once = {one.cause: one for one in found}
    return tuple(sorted(once.values(), key=lambda one: (order.index(one.kind), one.cause)))


_OF_THE_STORE = {
    "damaged": "Stop the service and restore the newest backup: docs/how-to/backup.md.",
    "absent": "If it works elsewhere, ask in that folder, or name its data folder with `--data`.",
    "": "See whether the disk is full, another program holds the file, or it is another user's.",
}


def unreadable(says: str, *, damaged: bool = False, absent: bool = False) -> Ailment:
    """Return what is wrong when the store cannot be read, in the words of its error."""
    return Ailment(
        cause="damage" if damaged else "store",
        sentence=sentence(says or "the store cannot be read"),
        advice=_OF_THE_STORE["damaged" if damaged else "absent" if absent else ""],
        stops=True,
    )


def _of_store(facts: Facts, signs: Signs, now: datetime) -> Iterator[Ailment]:
    yield from _of_ticks(facts, signs, now)
    yield from _of_failures(signs, now)
    yield from _of_clock(signs, now)
    yield from _of_feeds(signs)
    yield from _of_intake(signs, now)
    yield from _of_messages(signs, now)
    yield from _of_doubts(signs)
    yield from _of_notes(signs)
    if facts.begun_at is None:
        yield from _as_known(signs, now)


_INNER = {
    "settings": "`torkham check` lists every mistake with its line. A start would be refused.",
    "heartbeat": "Look at TORKHAM_HEARTBEAT_URL.",
    "backup": "`torkham backups` lists what there is.",
}


def _as_known(signs: Signs, now: datetime) -> Iterator[Ailment]:
    """Return what only the service itself can see, as it wrote it down at its last look."""
    looked = [run for run in signs.runs if run.job == "look" and now - _moved_at(run) < SOON]
    for one in signs.known if looked else ():
        kind = one.cause.partition(":")[0]
        if kind in _INNER and one.well_since_at is None:
            yield Ailment(
                cause=one.cause,
                sentence=one.sentence,
                advice=_INNER[kind],
                since_at=one.seen_at,
            )


# --- the jobs -------------------------------------------------------------------------------


def patience(every: float) -> timedelta:
    """Return how long a job that ticks ``every`` so many seconds may be silent."""
    return max(SOON, timedelta(seconds=3 * every))


def _of_ticks(facts: Facts, signs: Signs, now: datetime) -> Iterator[Ailment]:
    last = {run.job: _moved_at(run) for run in signs.runs}
    newest = max([*last.values(), facts.begun_at or _NEVER])
    if now - newest > SOON or facts.cut_off:
        yield _stopped(newest if newest > _NEVER else None, facts.cut_off)
        return
    at_work = {run.job for run in signs.runs if run.ok is None}
    for job, every in facts.every.items():
        seen = max(last.get(job, _NEVER), facts.begun_at or _NEVER)
        allowed = AT_WORK if job in at_work else patience(every)
        if seen > _NEVER and now - seen > allowed:
            doing = "has been at work" if job in at_work else "has not run"
            yield Ailment(
                cause=f"late:{job}",
                sentence=f"The job {job} {doing} since {moment(seen)}; "
                f"it runs every {length(timedelta(seconds=every))}.",
                advice="If it lasts, start the service again; its log says what it was at.",
                since_at=seen,
                stops=True,
            )


def _stopped(since: datetime | None, cut_off: int | None) -> Ailment:
    told = f"No job has run since {moment(since)}" if since else "No job has run yet"
    how = f"process {cut_off} was ended by force" if cut_off else "the service is not running"
    return Ailment(
        cause="stopped",
        sentence=f"{told}: {how}.",
        advice="Start it: `systemctl start torkham`, or `torkham run`. What was due is caught up.",
        since_at=since,
        stops=True,
    )


def _moved_at(run: JobRun) -> datetime:
    return max(run.started_at, run.finished_at or run.started_at)


def _of_failures(signs: Signs, now: datetime) -> Iterator[Ailment]:
    for one in signs.failing:
        if "is damaged" in one.detail:
            yield Ailment(
                cause="damage", sentence=sentence(one.detail), since_at=one.since_at, stops=True,
                advice="Stop the service and restore the newest backup: docs/how-to/backup.md.",
            )  # fmt: skip
        elif one.times >= OFTEN or now - one.since_at >= FAILS:
            yield _failing(one)


def _failing(one: Failing) -> Ailment:
    times = "once" if one.times == 1 else f"{one.times:,} times in a row"
    what = {
        "learn": " Articles are judged by the last good model.",
        "tidy": " No backup is made.",
        "poll": " No feed is read.",
        "send": " No message leaves.",
    }
    return Ailment(
        cause=f"fails:{one.job}",
        sentence=f"The job {one.job} has failed {times} since {moment(one.since_at)}: "
        f"{sentence(one.detail)}{what.get(one.job, '')}",
        advice="The log has the whole story; start the service again if it does not pass.",
        since_at=one.since_at,
        stops=one.job in {"poll", "harvest", "judge"},
    )


def _of_clock(signs: Signs, now: datetime) -> Iterator[Ailment]:
    ahead = [run.started_at for run in signs.runs if run.started_at - now > AHEAD]
    if ahead:
        yield Ailment(
            cause="clock",
            sentence=f"The last run is written down for {moment(max(ahead))}, which is yet to "
            "come: the machine's clock was set back.",
            advice="See that the machine keeps its time (`timedatectl`).",
        )


# --- the machine ----------------------------------------------------------------------------


def _of_disk(facts: Facts) -> Iterator[Ailment]:
    disk = facts.disk
    if disk is None:
        return
    floor = max(min(LEAST_FREE, disk.total // 10), round(1.2 * disk.database))
    if disk.free < floor:
        yield Ailment(
            cause="disk",
            sentence=f"The disk of the data folder has {size(disk.free)} left; at least "
            f"{size(floor)} are needed, for the store and its next backup.",
            advice="Make room: fewer `retention.days` and `pages_days`, or a larger disk.",
            stops=disk.free < 5_000_000,
        )


def _of_copies(facts: Facts, now: datetime) -> Iterator[Ailment]:
    for line in facts.elsewhere[:1]:
        yield Ailment(
            cause="backup:elsewhere",
            sentence=sentence(line),
            advice="See that the disk of `backups.to` is there and has room.",
        )
    newest, signs = facts.copies.newest_at, facts.signs
    began = signs.first_run_at if signs else None
    since = newest or began
    if since is None or now - since <= BACKUP_OLD:
        return
    told = (
        f"The newest backup is of {newest.day} {newest:%B %Y}."
        if newest
        else f"There is no backup, although the service has run since {moment(since)}."
    )
    yield Ailment(
        cause="backup",
        sentence=told,
        advice="See whether the disk is full or the job tidy fails; "
        "`torkham backup FILE` makes one now.",
        since_at=since + BACKUP_OLD,
    )


def _of_settings(facts: Facts) -> Iterator[Ailment]:
    if facts.mistakes:
        more = len(facts.mistakes) - 1
        told = f" and {more} more" if more else ""
        yield Ailment(
            cause="settings",
            sentence="The settings hold a mistake; a service that runs keeps the last good ones: "
            f"{sentence(facts.mistakes[0] + told)}",
            advice=_INNER["settings"],
        )


def _of_heart(facts: Facts, now: datetime) -> Iterator[Ailment]:
    if facts.unheard_since is not None and now - facts.unheard_since >= FAILS:
        yield Ailment(
            cause="heartbeat",
            sentence=f"The sign of life has not been taken since {moment(facts.unheard_since)}: "
            f"{sentence(facts.unheard)}",
            advice="Look at TORKHAM_HEARTBEAT_URL; an address in your own network needs "
            "`heartbeat.inside: true`.",
            since_at=facts.unheard_since,
        )


# --- the news -------------------------------------------------------------------------------


def _of_feeds(signs: Signs) -> Iterator[Ailment]:
    if signs.feeds < LEAST_FEEDS or signs.feeds_failing <= FEEDS_FAIL * signs.feeds:
        return
    every = signs.feeds_failing == signs.feeds
    which = f"None of {signs.feeds} feeds" if every else (
        f"Only {signs.feeds - signs.feeds_failing} of {signs.feeds} feeds"
    )  # fmt: skip
    yield Ailment(
        cause="feeds",
        sentence=f"{which} can be read.",
        advice="So many at once is rarely the outlets: look at the machine's own line and DNS; "
        "`torkham feeds health` says what each answered.",
        since_at=signs.feeds_failing_since,
        stops=every,
    )


def _of_intake(signs: Signs, now: datetime) -> Iterator[Ailment]:
    if signs.tried >= LEAST_PAGES and signs.unread > PAGES_FAIL * signs.tried:
        yield Ailment(
            cause="pages",
            sentence=f"Of the last {signs.tried} articles {signs.unread} could not be read.",
            advice="The ledger says why (`torkham ledger`); look at the machine's own line.",
        )
    waits = [at for at in (signs.waiting_since, signs.unjudged_since) if at]
    oldest = min(waits, default=now)
    if now - oldest > TAKEN_IN:
        yield Ailment(
            cause="intake",
            sentence=f"Articles found {length(now - oldest)} ago are not read and judged yet.",
            advice="`torkham status` says which job is behind; `torkham once harvest judge` "
            "works while the service is stopped.",
            since_at=oldest + TAKEN_IN,
        )


def _of_messages(signs: Signs, now: datetime) -> Iterator[Ailment]:
    for way in signs.ways:
        since = way.failing_since
        if since and (way.refused or now - since > HELD):
            yield Ailment(
                cause=f"mail:{way.way}",
                sentence=f"No message has gone out by {way.way} since {moment(since)}: "
                f"{sentence(way.error)}",
                advice="`torkham channels test` tries it; what waits is sent once it works.",
                since_at=since,
                told_by_others=True,
            )
    told = {way.way.partition(":")[0] for way in signs.ways}
    for held in signs.held:
        if held.lane not in told and now - held.since_at > HELD:
            yield Ailment(
                cause=f"mail:{held.lane}",
                sentence=f"Messages for {held.lane} have been waiting since "
                f"{moment(held.since_at)}.",
                advice="`torkham channels list` says how it does.",
                since_at=held.since_at,
            )
    if signs.failed_messages:
        n = signs.failed_messages
        yield Ailment(
            cause="mail",
            sentence=f"In the last day {n} {'message' if n == 1 else 'messages'} failed for good: "
            f"{sentence(signs.failed_message)}",
            advice="The desk's pages Alerts and Digests list them.",
        )


def _of_doubts(signs: Signs) -> Iterator[Ailment]:
    if signs.in_doubt:
        n = signs.in_doubt
        told = "1 message is" if n == 1 else f"{n:,} messages are"
        yield Ailment(
            cause="doubt",
            sentence=f"{told} held back since the store was restored: the lost service may have "
            "sent them.",
            advice="`torkham unsent` lists them; with `--send` they go out, with `--settle` they "
            "are taken as sent.",
        )


def _of_notes(signs: Signs) -> Iterator[Ailment]:
    restarts = [note for note in signs.notes if note.kind == "watchdog"]
    if restarts:
        n = len(restarts)
        times = "" if n == 1 else f" ({n} times in a day)"
        yield Ailment(
            cause="watchdog",
            sentence=f"{sentence(restarts[-1].detail)}{times}",
            advice="Once is the service mending itself; if it comes back, the log has what each "
            "thread was at.",
            since_at=restarts[0].at,
        )
    failed = [note for note in signs.notes if note.kind == "backup_failed"]
    if failed:
        yield Ailment(
            cause="backup:failed",
            sentence=f"A backup failed: {sentence(failed[-1].detail)}",
            advice="`torkham backup FILE` makes one now.",
            since_at=failed[0].at,
        )
