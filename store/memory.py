"""What is remembered of a feed's last document, so that the next one can be held against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of a document, in the least that tells it again when it was edited or renamed."""

    item_hash: str
    marks: tuple[str, ...]  # short hashes of its link, its guid and its title, as far as given
    dated_at: datetime | None
    first_at: datetime  # when a poll first listed it


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What the next document is held against. All of it is empty before the first one."""

    listed: tuple[Listed, ...] = ()  # of the last document that listed anything, in its order
    compared: str = ""  # of the last comparisons, the newest last: "1" the documents overlapped
    fresh_at: datetime | None = None  # date of the newest entry, or when an undated one was seen
    changed_at: datetime | None = None  # when the document last differed from the one before
    empty_since_at: datetime | None = None  # since when it has listed nothing
    gap_at: datetime | None = None  # when a possible gap was last told


def written(memory: FeedMemory) -> str:
    """Write the memory as JSON, entries as short lists; instants as seconds since 1970."""
    entries = [
        [one.item_hash, _second(one.first_at), _second(one.dated_at), *one.marks]
        for one in memory.listed
    ]
    instants = {name: _second(getattr(memory, name)) for name in _INSTANTS}
    told = {"listed": entries, "compared": memory.compared, **instants}
    return json.dumps(
        {name: value for name, value in told.items() if value not in (None, [], "")},
        separators=(",", ":"),
    )


def remembered(text: str) -> FeedMemory:
    """Read what ``written`` wrote."""
    told = json.loads(text)
    entries = told.pop("listed", ())
    instants = {name: _instant(told.get(name)) for name in _INSTANTS}
    return FeedMemory(
        listed=tuple(
            Listed(
                item_hash=item_hash,
                first_at=_instant(first) or _BEGIN,
                dated_at=_instant(dated),
                marks=tuple(marks),
            )
            for item_hash, first, dated, *marks in entries
        ),
        compared=told.get("compared", ""),
        **instants,
    )


_INSTANTS = ("fresh_at", "changed_at", "empty_since_at", "gap_at")
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def _second(at: datetime | None) -> int | None:
    return None if at is None else int((at - _BEGIN).total_seconds())


def _instant(second: int | None) -> datetime | None:
    return None if second is None else _BEGIN + timedelta(seconds=second)
