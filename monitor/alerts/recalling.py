"""What was told of a story, kept as text and held against what its articles say now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from monitor.digests.gathering import stories_now
from monitor.stages.compose import remembering
from monitor.told import DigestChange
from store import stories
from store.db import Db
from store.heard import ToldStory
from store.messages import Told, ToldArticle, ToldFact

COUNTS = frozenset({"toll", "claim", "sides", "reaction"})
"""The changes that are worth a message; another headline or another outlet's words are not."""
MOST_FACTS = 400  # kept of one story, the newest; a story that runs for a year has more


def now_said(db: Db, story: int) -> str:
    """Return the facts of a story as they stand, to be kept with what is told of it."""
    found = _differences(db, story, None)
    return _kept(None, found)


def differing(
    db: Db, told: ToldStory, beside: Iterable[ToldStory] = ()
) -> tuple[tuple[DigestChange, ...], str]:
    """Return what a told story says otherwise now, and its facts to be kept once that is told.

    Of what was told before facts were kept nothing differs. ``beside`` is what the same way was
    told of stories that were put together with it: that is no news either.
    """
    before = _read(told)
    if before is not None:
        before = _joined(before, [also for one in beside if (also := _read(one)) is not None])
    found = _differences(db, told.story, before)
    changes = tuple(change for change in found.changes if change.kind in COUNTS)
    return changes, _kept(before, found)


def _differences(db: Db, story: int, told: Told | None) -> remembering.Differences:
    members = [one.article for one in stories.members(db, [story]).get(story, [])]
    if not members:
        return remembering.Differences()
    now = stories_now(db, {story: members})[story]
    return remembering.differences(now, told)


def _kept(before: Told | None, found: remembering.Differences) -> str:
    facts = dict.fromkeys([*(before.facts if before else ()), *found.facts])
    newest = list(facts)[-MOST_FACTS:]
    return json.dumps(
        {
            "facts": [{**asdict(fact), "at": fact.at.isoformat()} for fact in newest],
            "articles": [asdict(article) for article in found.articles],
        },
        ensure_ascii=False,
    )


def _joined(told: Told, others: Iterable[Told]) -> Told:
    """What was told of several stories that are one now; of an article the newest version."""
    every = [told, *others]
    known = sorted((one for also in every for one in also.articles), key=lambda one: one.version)
    return replace(
        told,
        facts=tuple(dict.fromkeys(fact for one in every for fact in one.facts)),
        articles=tuple({one.article: one for one in known}.values()),
    )


def _read(told: ToldStory) -> Told | None:
    kept: Any = json.loads(told.facts)
    if not isinstance(kept, dict) or not kept["articles"]:
        return None
    facts = (
        ToldFact(**{**fact, "at": datetime.fromisoformat(fact["at"])}) for fact in kept["facts"]
    )
    return Told(
        last_on=told.last_at.astimezone(UTC).date(),
        article=told.article,
        facts=tuple(facts),
        articles=tuple(ToldArticle(**article) for article in kept["articles"]),
    )
