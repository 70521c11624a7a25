"""What composing an edition takes at most: the news of its window, not the months of its stories.

In a newsroom whose stories go on, an edition held all their articles with 6 KB of evidence each:
19 MB for 650 articles of a day and as many before, and more each week.
"""

from __future__ import annotations

import json
import tracemalloc
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.shape import Digest as DigestSettings
from monitor.digests.edition import Press
from store.db import Db, connect
from store.sql import write
from tests.flow.test_digest_memory import FIRST, ZONE, Room, told

STORIES = 12
LONG = json.dumps({"contributions": [{"weight": 1.0, "matches": [{"text": "Bannu"}] * 250}]})
TITLE = "Six killed in a blast in Bannu"
BODY = "BANNU: Six people were killed when a bomb went off in Bannu on Monday, police said. "


def composed(folder: Path, members: int) -> tuple[int, int]:
    """Compose an edition of stories with so many articles told before and one new; peak, told."""
    with closing(connect(folder / f"{members}.db")) as db:
        room = Room(db)
        for story in range(1, STORIES + 1):
            for _ in range(members):
                room.comes(story, TITLE, BODY * 8)
        room.morning(1)
        for story in range(1, STORIES + 1):
            room.comes(story, "Bannu blast toll rises to nine", BODY.replace("Six", "Nine"), day=1)
        explain(db)
        press = Press(
            settings=DigestSettings(), zone=ZONE, to=(), model="m", threshold=0.1, draws=False
        )
        day, until = FIRST + timedelta(days=2), room.at(2, 7)
        press.edition(db, day, room.at(1, 7), until)  # what is kept for good is there from now on
        tracemalloc.start()
        try:
            digest = press.edition(db, day, room.at(1, 7), until)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert all(entry.matched == ("Bannu",) for entry in told(digest, "changed"))
        return peak, len(told(digest, "changed"))


def explain(db: Db) -> None:
    with write(db):
        db.execute("UPDATE verdicts SET evidence = ?, packed = NULL", (LONG,))


@pytest.mark.slow
def test_an_edition_holds_one_story_at_a_time_however_long_they_go_on(tmp_path: Path) -> None:
    short, tells = composed(tmp_path, 2)
    long, still = composed(tmp_path, 12)
    assert tells == still == STORIES
    more = STORIES * (12 - 2)  # articles
    assert long - short < more * 4_000, "bytes; it was 17 KB an article"
