"""What becomes of one answer of a feed: its entries, its place in the history, its next poll.

Also what is noticed on the way: whether something may have gone by unseen, and whether the address
has moved for good.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.articles.keeping import STORE_TROUBLE, not_kept
from monitor.articles.records import found_entry
from monitor.config.loading import Settings
from monitor.edge.worker import WorkerFault
from monitor.model import (
    Dropped,
    Fetched,
    FetchFailed,
    FetchOutcome,
    NotModified,
    ParsedFeed,
    Reason,
)
from monitor.stages import coverage, moving, pace, window
from store import feeds, moves
from store.db import Db, write
from store.polls import FeedState, PollRecord
from store.watch import Redirect, Rhythm

log = logging.getLogger(__name__)

Made = ParsedFeed | Dropped | WorkerFault | None
"""What a child made of a document; None: it was the very one read last time, or there was none."""

_LISTS = frozenset({"page", "news-sitemap"})
_MOST_REMEMBERED = 5_000  # entries of a list; the newest of them, and those listed last
_VALIDATORS = frozenset({"etag", "last-modified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How feeds are watched, by the settings. ``ways``: where notices go; none: nowhere."""

    limits: pace.Limits = field(default_factory=pace.Limits)
    ways: tuple[str, ...] = ()
    after: timedelta = timedelta(hours=6)


def watch_of(settings: Settings, ways: Mapping[str, tuple[str, ...]]) -> Watch:
    """Return how the settings want feeds watched; ``ways`` are those of each channel, by name."""
    return Watch(
        limits=pace.Limits(floor=settings.pace.floor * 60.0, cap=settings.pace.cap * 60.0),
        ways=tuple(way for name in settings.notices.channels for way in ways.get(name, ())),
        after=timedelta(minutes=settings.notices.after),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of a feed, with all that is known where it is judged."""

    state: FeedState  # before it
    outcome: FetchOutcome
    made: Made
    body_hash: str | None
    rhythm: Rhythm


def keep_answers(
    db: Db, answers: Iterable[Answer], watch: Watch, now: datetime
) -> list[Mapping[str, int]]:
    """Write answers, each as `keep_answer` does, in one write; return what became of each.

    A transaction for each was a tenth of what a poll with one new item cost. What the store refuses
    undoes all of them and is raised: they are asked again.
    """
    with write(db):
        return [keep_answer(db, answer, watch, now) for answer in answers]


def keep_answer(db: Db, answer: Answer, watch: Watch, now: datetime) -> Mapping[str, int]:
    """Write one answer. One that cannot be kept is a failed poll of its own feed and no other's."""
    try:
        with write(db):
            record, compared = poll_record(answer, watch.limits, now)
            result = feeds.save_poll(db, record)
            moved = _follow_redirect(db, answer, compared, now)
    except STORE_TROUBLE:
        raise
    except Exception as error:
        state = answer.state
        log.exception("the answer of %s could not be kept", state.spec.key)
        broken = not_kept(answer.outcome.key, answer.outcome.url, error, now)
        failed = Answer(
            state=state, outcome=broken, made=None, body_hash=None, rhythm=answer.rhythm
        )
        record, _ = poll_record(failed, watch.limits, now)
        result, moved = feeds.save_poll(db, record), False
    gap = {"gaps": 1} if record.possible_gap else {}
    return {
        record.outcome: 1, "new": result.new, "edited": result.edited, **gap,
        **({"moved": 1} if moved else {}),
    }  # fmt: skip


# --- the poll -------------------------------------------------------------------------------


def poll_record(
    answer: Answer, limits: pace.Limits, now: datetime
) -> tuple[PollRecord, window.Compared | None]:
    """One answer as it is written: the entries found, the event, and the feed's next state.

    Also what came of holding the document against the last one; None where none was read.
    """
    state, outcome, made = answer.state, answer.outcome, answer.made
    parsed = made if isinstance(made, ParsedFeed) and isinstance(outcome, Fetched) else None
    compared = window.compare(state, parsed.entries, parsed.hashes, now) if parsed else None
    poll = _poll(answer, parsed, compared)
    after = pace.next_state(state, poll, now=now, limits=limits, rhythm=answer.rhythm)
    fetched = outcome if isinstance(outcome, Fetched | FetchFailed) else None
    record = PollRecord(
        state=coverage.judged(after, now, answer.rhythm),
        at=now,
        outcome=poll.outcome,
        detail=poll.detail or _said(state, parsed, compared),
        status=fetched.status if fetched else 304,
        listed=len(parsed.hashes) + _left(state, parsed) if parsed else 0,
        found=tuple(found_entry(entry) for entry in parsed.entries) if parsed else (),
        problems=tuple((p.reason.value, p.detail) for p in parsed.problems) if parsed else (),
        possible_gap=compared is not None and compared.gap,
        gap_since_at=compared.since_at if compared else None,
        gap_until_at=compared.until_at if compared else None,
    )
    return record, compared


def _said(state: FeedState, parsed: ParsedFeed | None, compared: window.Compared | None) -> str:
    """What was noticed of a document that was read, a sentence each."""
    if parsed is None:
        return ""
    seen = compared.sentence if compared else ""
    told, left = [], _left(state, parsed)
    if left:
        what = "are left for the next polls" if _goes_on(state, parsed) else "were too many to read"
        told.append(f"{left:,} of its {len(parsed.hashes) + left:,} entries {what}.")
    told += [problem.detail for problem in parsed.problems]
    return " ".join(filter(None, (seen, *list(dict.fromkeys(told))[:3])))


def _poll(answer: Answer, parsed: ParsedFeed | None, compared: window.Compared | None) -> pace.Poll:
    """What the pacing needs to know of an answer, in one value."""
    outcome, made = answer.outcome, answer.made
    match outcome:
        case FetchFailed():
            return pace.Poll(
                outcome=outcome.fault.value, detail=outcome.detail,
                retry_after=outcome.retry_after,
            )  # fmt: skip
        case NotModified():
            return pace.Poll(outcome="not_modified", headers=outcome.headers)
    match made:
        case Dropped():
            return pace.Poll(outcome=made.reason.value, detail=made.detail)
        case WorkerFault():
            return pace.Poll(outcome=Reason.PARSE_LIMIT.value, detail=made.detail)
    if parsed is None or compared is None:
        return pace.Poll(outcome="same_body", headers=outcome.headers, body_hash=answer.body_hash)
    goes_on = _goes_on(answer.state, parsed)
    return pace.Poll(
        outcome="ok",
        headers=_without_validators(outcome.headers) if goes_on else outcome.headers,
        ttl_minutes=parsed.ttl_minutes,
        seen_share=compared.seen_share,
        newest_at=parsed.newest_at,
        item_hashes=_remembered(answer.state, parsed),
        body_hash=None if goes_on else answer.body_hash,
        memory=compared.memory,
        gap=compared.gap,
    )


def _left(state: FeedState, parsed: ParsedFeed) -> int:
    """How many entries of the document were neither read nor are remembered.

    Of a page seen for the first time most are remembered unread: they stood there before.
    """
    first_of_page = state.spec.kind == "page" and not state.item_hashes
    return 0 if first_of_page else parsed.truncated


def _goes_on(state: FeedState, parsed: ParsedFeed) -> bool:
    """Whether the very same document has more to give: entries beyond those read at once.

    One that gave nothing new although it holds more will not give it at the next poll either.
    """
    return bool(_left(state, parsed) and parsed.entries)


def _remembered(state: FeedState, parsed: ParsedFeed) -> tuple[str, ...]:
    """What of the document is no news at the next poll; of a list also what stood there before.

    Most of a list was never taken: if it shows less for once, its past would come as news.
    """
    if state.spec.kind not in _LISTS:
        return parsed.hashes
    return tuple(dict.fromkeys((*parsed.hashes, *state.item_hashes)))[:_MOST_REMEMBERED]


def _without_validators(headers: Mapping[str, str]) -> Mapping[str, str]:
    """So that the server sends the document again; a 304 would keep back what was not read."""
    return {name: held for name, held in headers.items() if name not in _VALIDATORS}


# --- moved for good -------------------------------------------------------------------------


def _follow_redirect(
    db: Db, answer: Answer, compared: window.Compared | None, now: datetime
) -> bool:
    """Note what the address says of itself; True when the feed asks another from now on."""
    feed, outcome = answer.state.spec.key, answer.outcome
    if not isinstance(outcome, Fetched) or isinstance(answer.made, Dropped | WorkerFault):
        return False  # a failure says nothing of the address, nor does a page in the feed's place
    target = outcome.permanent_url
    if target is None or target == answer.state.spec.url:
        moves.forget_redirect(db, feed)
        return False
    before = moves.redirect(db, feed)
    found = moving.answered(
        before, feed=feed, url=answer.state.spec.url, target=target,
        shares=_shares(db, answer, compared, before), now=now,
    )  # fmt: skip
    why_not = moving.objection(
        found, taken=moves.is_taken(db, feed, target), refused=moves.is_refused(db, feed, target)
    )
    if not why_not:
        moves.adopt(db, found, why=moving.why(found), now=now)
        log.info("%s has moved to %s", feed, target)
        return True
    moves.keep_redirect(db, replace(found, why_not=why_not))
    return False


def _shares(
    db: Db, answer: Answer, compared: window.Compared | None, before: Redirect | None
) -> bool:
    """Tell whether what stands there lists an entry known before the first such answer."""
    state = answer.state
    if before is None:
        known = bool(state.memory.listed or state.item_hashes)
        return not known or compared is None or bool(compared.seen_share)
    hashes = [one.item_hash for one in (compared.memory if compared else state.memory).listed]
    return moves.listed_before(db, state.spec.key, hashes, before.first_at)
