"""May a feed have lost entries between two polls?

A feed shows the newest entries of a window. While the newer half of what it showed last is not gone
altogether, nothing can have rolled out unseen in between. Entries are told again by marks of link,
guid and title, so that an edited entry, or a guid of another scheme, host or tracking query, is no
gap; entries that a feed pins to its top prove nothing, for they would stand there whatever was lost
below them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.model import Dropped, Entry
from monitor.stages.urls import canonical
from store.memory import FeedMemory, Listed
from store.polls import FeedState

MOST_LISTED = 1_000  # entries remembered of a document
_COMPARISONS = 20  # remembered of a feed
_NEVER = 3  # comparisons without overlap until a feed is taken for one that repeats nothing
_NO_MORE = 8  # the same for a feed that did overlap once
_FULL = 10  # entries; a search that finds fewer has dropped nothing for want of room
_FEW_PINS = 3

NEVER_REPEATS = "This feed never repeats what it listed; gaps in it cannot be seen."


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A document held against the one before it.

    ``seen_share`` is the share of its entries that stood in the one before; None where that says
    nothing. ``gap``: what was published between ``since_at`` and ``until_at`` may be unseen.
    """

    memory: FeedMemory
    seen_share: float | None
    gap: bool = False
    since_at: datetime | None = None
    until_at: datetime | None = None
    sentence: str = ""


def compare(
    state: FeedState, entries: Sequence[Entry], hashes: Sequence[str], now: datetime
) -> Compared:
    """Hold the document just read against the one before.

    ``entries`` are those read, ``hashes`` those of all that are listed, in order. The first
    document of a feed and one that lists nothing are no gap; what was listed before an empty one is
    remembered through it.
    """
    memory = state.memory
    before = memory.listed or tuple(_bare(one, now) for one in state.item_hashes)
    if not hashes:
        empty = memory.empty_since_at or now
        return Compared(memory=replace(memory, empty_since_at=empty), seen_share=None)
    current = _listing(before, entries, hashes, now)
    known = _known(before, current)
    fresh = [one for one, seen in zip(current, known, strict=True) if not seen]
    listed = tuple(
        replace(one, first_at=seen.first_at) if seen and seen is not one else one
        for one, seen in zip(current, known, strict=True)
    )
    after = replace(
        memory,
        listed=listed[:MOST_LISTED],
        changed_at=now,
        empty_since_at=None,
        fresh_at=max(
            [min(one.dated_at or now, now) for one in fresh]
            + [at for at in (memory.fresh_at,) if at is not None],
            default=None,
        ),
    )
    share = 1 - len(fresh) / len(listed)
    lost = bool(fresh) and _rolled_out(before, listed, known)
    if not before or (lost and _had_room(state, after)):
        return Compared(memory=after, seen_share=share)
    after = replace(after, compared=(memory.compared + "10"[lost])[-_COMPARISONS:])
    if not lost:
        return Compared(memory=after, seen_share=share)
    return _without_overlap(state, after, before, fresh, share, now)


def _without_overlap(
    state: FeedState, after: FeedMemory, before: Sequence[Listed], fresh: Sequence[Listed],
    share: float, now: datetime,
) -> Compared:  # fmt: skip
    if never_repeats(after):
        said = "" if never_repeats(state.memory) else NEVER_REPEATS
        return Compared(memory=after, seen_share=None, sentence=said)
    since, until = _span_of(state, before, fresh, now)
    return Compared(
        memory=replace(after, gap_at=now),
        seen_share=share,
        gap=True,
        since_at=since,
        until_at=until,
        sentence="Nothing is left of what it listed last: "
        f"entries of {_day_and_time(since)} to {_day_and_time(until)} UTC may have gone by unseen.",
    )


def never_repeats(memory: FeedMemory) -> bool:
    """Tell whether a feed lists only what is new since it was last asked."""
    past = memory.compared
    alone = len(past) >= _NEVER and "1" not in past
    return alone or (len(past) >= _NO_MORE and "1" not in past[-_NO_MORE:])


def _had_room(state: FeedState, after: FeedMemory) -> bool:
    """Tell whether the document could have listed more than it does, had there been more.

    Searches drop entries by age: a short list of others than last time has lost none for want of
    room. The same holds of any feed that listed nothing in between.
    """
    short = len(after.listed) < _FULL
    return short and (state.spec.kind != "rss" or state.memory.empty_since_at is not None)


def _span_of(
    state: FeedState, before: Sequence[Listed], fresh: Sequence[Listed], now: datetime
) -> tuple[datetime, datetime]:
    """From the newest entry known before to the oldest of the new ones, as far as they are dated.

    Where dates say nothing, from the last good answer until now.
    """
    dates = (state.newest_entry_at, *(one.dated_at for one in before))
    since = max((date for date in dates if date is not None), default=None)
    new = [one.dated_at for one in fresh]
    if since is not None and None not in new:
        until = min((date for date in new if date is not None and date > since), default=None)
        if until is not None:
            return since, max(min(until, now), since + timedelta(seconds=1))
    asked = state.last_ok_at or state.last_polled_at or now
    return min(asked, now - timedelta(minutes=1)), now


def _rolled_out(
    before: Sequence[Listed], current: Sequence[Listed], known: Sequence[Listed | None]
) -> bool:
    """Tell whether the newer half of ``before`` is gone from ``current``, pins left aside.

    A short list that kept all it had has pushed nothing out: a feed that is filling up.
    """
    if len(current) < _FULL and len({id(one) for one in known if one}) == len(before):
        return False
    in_order = _newest_first(before, ascending=_grows_downwards(known))
    newer = {id(one) for one in in_order[: max(2, -(-len(before) // 2))]}
    left = [at for at, one in enumerate(known) if one is not None and id(one) in newer]
    return len(left) <= _FEW_PINS and all(_is_pinned(at, current, known) for at in left)


def _grows_downwards(known: Sequence[Listed | None]) -> bool:
    """Tell whether what is new stands below what was there; so do new entries below pins alone."""
    new = [at for at, one in enumerate(known) if one is None]
    old = [at for at, one in enumerate(known) if one is not None]
    # The mean place of the new ones against that of the old, without dividing.
    return bool(new) and bool(old) and sum(new) * len(old) > sum(old) * len(new)


def _newest_first(entries: Sequence[Listed], *, ascending: bool) -> list[Listed]:
    """By date, or by when it was first listed; as the feed has it where that is the same."""
    in_place = list(entries)[::-1] if ascending else list(entries)
    return sorted(in_place, key=lambda one: one.dated_at or one.first_at, reverse=True)


def _is_pinned(at: int, current: Sequence[Listed], known: Sequence[Listed | None]) -> bool:
    """Tell whether a known entry stands above most of the new ones although it is older."""
    new = [place for place, seen in enumerate(known) if seen is None]
    if len(new) < _FEW_PINS or not _is_sorted([current[place] for place in new]):
        return False
    mine = current[at].dated_at
    below = [current[place].dated_at for place in new if place > at]
    newer = sum(date is not None and mine is not None and date > mine for date in below)
    return newer * 2 > len(new)


def _is_sorted(entries: Sequence[Listed]) -> bool:
    """Tell whether nearly all of these are dated and stand newest first."""
    dates = [one.dated_at for one in entries if one.dated_at is not None]
    in_order = sum(sooner >= later for sooner, later in pairwise(dates))
    return len(dates) >= len(entries) * 0.8 and in_order >= (len(dates) - 1) * 0.8


# --- telling an entry again -----------------------------------------------------------------


def _bare(item_hash: str, now: datetime) -> Listed:
    return Listed(item_hash=item_hash, marks=(), dated_at=None, first_at=now)


def _listing(
    before: Sequence[Listed], entries: Sequence[Entry], hashes: Sequence[str], now: datetime
) -> list[Listed]:
    """The document's entries in order; those that were not read are as they were remembered."""
    known = {one.item_hash: one for one in before}
    read = {entry.item_hash: entry for entry in entries}
    return [
        _listed(read[item_hash], now)
        if item_hash in read
        else known.get(item_hash) or _bare(item_hash, now)
        for item_hash in dict.fromkeys(hashes)
    ]


def _listed(entry: Entry, now: datetime) -> Listed:
    return Listed(
        item_hash=entry.item_hash,
        marks=tuple(_marks(entry)),
        dated_at=entry.published.at if entry.published else None,
        first_at=now,
    )


def _marks(entry: Entry) -> Iterator[str]:
    """Short hashes of what names an entry: each alone may tell it again.

    Scheme, host and tracking parameters are left out: content systems change them for all entries
    at once. A title counts together with the date, since "News in brief" comes every day.
    """
    if entry.url is not None:
        yield _mark("l", _place(entry.url))
    if entry.guid is not None:
        yield _mark("g", _place(entry.guid))
    title = re.sub(r"\W+", " ", entry.title).strip().casefold()
    if title:
        yield _mark("t", f"{title}\x1f{entry.published.at if entry.published else ''}")


def _place(name: str) -> str:
    """An address without scheme and host, any other name as it is."""
    if "://" not in name:
        return name.strip()
    found = canonical(name)
    return name.strip() if isinstance(found, Dropped) else found.split("/", 3)[3]


def _mark(kind: str, text: str) -> str:
    # 40 bits: among a hundred entries a wrong likeness comes up once in a hundred million polls.
    data = f"{kind}{text}".encode("utf-8", "replace")
    return hashlib.blake2b(data, digest_size=5).hexdigest()


def _known(before: Sequence[Listed], current: Sequence[Listed]) -> list[Listed | None]:
    """For each entry the one of ``before`` that it is; None for one that was not listed.

    A mark that two entries of one document share, as one guid for all of them, tells nothing.
    """
    by_hash = {one.item_hash: one for one in before}
    by_mark = _by_mark(before)
    telling = _by_mark(current)
    return [
        by_hash.get(one.item_hash)
        or next((by_mark[mark] for mark in one.marks if mark in telling and mark in by_mark), None)
        for one in current
    ]


def _by_mark(entries: Iterable[Listed]) -> dict[str, Listed]:
    found = [(mark, one) for one in entries for mark in one.marks]
    counts = Counter(mark for mark, _ in found)
    return {mark: one for mark, one in found if counts[mark] == 1}


def _day_and_time(at: datetime) -> str:
    return f"{at.day} {at:%B %H:%M}"
