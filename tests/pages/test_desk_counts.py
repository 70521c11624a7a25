"""How much waits: one figure for a person, wherever it stands."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from store import reviews

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


def figures(desk: DeskUp) -> set[str]:
    """Return what waits as the bar, the list, the line above the story and today's page say."""
    queue, today = desk.get("/queue").text, desk.get("/").text
    found = [
        re.search(r'class="count">(\d+)', queue),
        re.search(r'id="list-title">(\d+) ', queue),
        re.search(r'href="#list">(\d+) ', queue),
        re.search(r'class="lead">(\d+) ', today),
        re.search(r'class="count">(\d+)', today),
    ]
    assert all(found)
    return {one[1] for one in found if one}


def test_what_waits_for_a_second_reading_counts_for_its_reader_alone(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Without it a bar that tells fewer than the list would tell how many were read before."""
    people = {
        "Zarghuna": "administrator",
        "Omar": "reviewer",
        "Rabia": "reviewer",
        "Leila": "reader",
    }
    settings: dict[str, Any] = {"people": people, "read_twice": lambda: 1.0}
    with desk_over(full_room, **settings) as desk:
        desk.sign_in("Omar")
        assert figures(desk) == {"4"}
        desk.post("/articles/1/decision", desk.form(1) | {"answer": "relevant"})
        assert figures(desk) == {"3"}
        with desk.beside("Rabia") as rabia:
            assert figures(rabia) == {"4"}
        with desk.beside("Leila") as leila:
            assert figures(leila) == {"3"}, "nothing waits for somebody who decides nothing"


def test_two_articles_of_one_story_count_once(full_room: Newsroom, desk_over: Serve) -> None:
    db = full_room.open()
    db.execute("UPDATE articles SET story = 1 WHERE id IN (1, 2)")
    assert reviews.queue_size(db) == 4
    db.close()
    with desk_over(full_room) as desk:
        assert figures(desk) == {"3"}
