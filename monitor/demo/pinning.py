"""A few entries on the sample's timeline, as a team would pin them. All of them are invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from store import pins, reviews, tags
from store.db import Db
from store.desk import PinFacts

BY: Final = "The sample desk"


def pin_sample(db: Db, today: date, now: datetime) -> int:
    """Pin the sample's entries and return how many; twice is once."""
    given = _entries(today)
    told = next(iter(reviews.queue(db, limit=1)), None)
    if told is not None:
        given.append(
            PinFacts(
                kind="article",
                title=told.title[: pins.TITLE],
                since=str(today),
                article=told.article,
                story=told.story,
                note="Pinned from the queue of the sample newsroom.",
            )
        )
    for facts in given:
        pins.add(db, facts, by=BY, now=now)
    return len(given)


def tag_sample(db: Db, now: datetime) -> int:
    """Put a few tags on what waits first in the sample and return on how many; twice is once."""
    told = reviews.queue(db, limit=len(_TAGS))
    for row, wanted in zip(told, _TAGS, strict=False):
        tags.add(db, article=row.article, tags=wanted, by=BY, now=now)
    return len(told)


_TAGS: Final = (("follow up", "for the weekly note"), ("follow up",), ("call the outlet",))


def _entries(today: date) -> list[PinFacts]:
    def back(days: int, cut: int = 10) -> str:
        return str(today - timedelta(days=days))[:cut]

    note = "Invented for the sample newsroom."
    return [
        PinFacts(kind="phase", title="The old toll at the crossing", since=back(700, 7),
                 until=back(250, 7), note=note),
        PinFacts(kind="phase", title="One gate open, the other shut", since=back(249, 7),
                 until="now", note=note),
        PinFacts(kind="talks", title="First round, in the invented town of Darband",
                 since=back(330, 7), note=f"{note} The day was never told."),
        PinFacts(kind="talks", title="Second round, adjourned after a day", since=back(120),
                 url="https://almanac.example/talks-two", note=note),
        PinFacts(kind="talks", title="Third round", since=back(24), until=back(21), note=note),
        PinFacts(kind="note", title="The sample's own feeds begin here", since=back(2), note=note),
    ]  # fmt: skip
