"""What is past its time goes: texts and pages, by the settings and by each outlet's own rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.articles import repeats, retelling
from monitor.articles.keeping import COPY_WINDOW
from monitor.config.shape import Retention
from store import (
    articles,
    copies,
    feeds,
    grounds,
    headlines,
    health,
    hours,
    looks,
    packing,
    pages,
    placing,
    removals,
    search,
    tails,
    thinning,
    uploads,
)
from store.db import Db

TRIAL = timedelta(days=2)
"""So long the page of every article stays, judged or not: somebody may still want it."""
PRESSED_AFTER = timedelta(days=30)
"""Then a text is read seldom, and neither copied nor judged anew."""
HEADLINES_KEPT = timedelta(days=14)
"""Searches for what a hole may have held go back a week and more."""


def by_age(db: Db, retention: Retention, now: datetime) -> tuple[int, int]:
    """Let go of what is past its time; return how many texts and how many pages went."""
    return _texts(db, retention, now), _pages(db, retention, now)


def of_history(db: Db, retention: Retention, now: datetime) -> int:
    """Let go of what only served to compare, and of old history; return how many polls went.

    In parts where there may be much: a write holds up nobody for long.
    """
    history = now - timedelta(days=retention.history_days)
    polls = feeds.forget_polls(db, history)
    health.forget_runs(db, history)
    while copies.forget_sketches(db, now - COPY_WINDOW):
        pass
    headlines.forget(db, now - HEADLINES_KEPT)
    tails.forget(db, now - repeats.WINDOW)
    while looks.forget(db, history):
        pass
    while placing.forget(db, now - retelling.WINDOW):
        pass
    hours.forget(db, now)
    uploads.forget(db, now)
    return polls


def press(db: Db, now: datetime) -> int:
    """Press what is old and stays: texts and the evidence of verdicts; return how many texts.

    In short writes, so that nobody waits; where it was cut off, the next night goes on.
    """
    before, pressed = now - PRESSED_AFTER, 0
    while done := packing.pack_texts(db, before):
        pressed += done
    grounds.learn(db)
    for step in (packing.repack, grounds.pack_verdicts, thinning.thin, thinning.forget_html):
        while step(db, before):
            pass
    search.settle(db)
    return pressed


def _texts(db: Db, retention: Retention, now: datetime) -> int:
    own = {name: one.text_days for name, one in retention.outlets.items() if one.text_days}
    gone = articles.forget_texts(db, now - timedelta(days=retention.days), outlets=list(own))
    for outlet, days in own.items():
        before = now - timedelta(days=days)
        gone += removals.forget_outlet(db, outlet, before, days=days, now=now)
    return gone


def _pages(db: Db, retention: Retention, now: datetime) -> int:
    own = {
        name: one.pages_days
        for name, one in retention.outlets.items()
        if one.pages_days is not None
    }
    gone = pages.settle(db, now - TRIAL)
    gone += pages.expire(db, now - timedelta(days=retention.pages_days), outlets=list(own))
    for outlet, days in own.items():
        before = now - timedelta(days=days)
        gone += pages.expire(db, before, outlets=[outlet], inside=True)
    pages.sweep(db)
    return gone
