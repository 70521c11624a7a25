"""How far the reading of kept pages by a newer extractor has come: a run that is cut goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.rows import stamp
from store.sql import Db, add_rows, fetch, run, write


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the reading of kept pages by one extractor has come."""

    last_article: int = 0
    seen: int = 0
    changed: int = 0
    done: bool = False


def progress(db: Db, extractor: str, outlet: str, since: str) -> Progress:
    """Return how far it came, of this outlet and from this day on; from the start, if nowhere."""
    rows = fetch(db, _PROGRESS, (extractor, outlet, since))
    names = ("last_article", "seen", "changed")
    if not rows:
        return Progress()
    return Progress(**{name: rows[0][name] for name in names}, done=bool(rows[0]["done"]))


_PROGRESS = "SELECT * FROM reextractions WHERE extractor = ? AND outlet = ? AND since = ?"


def note_progress(
    db: Db, extractor: str, outlet: str, since: str, *, now: datetime, reached: Progress
) -> None:
    """Note how far it came, so that a run that is cut off goes on from there."""
    cells = {
        "extractor": extractor, "outlet": outlet, "since": since,
        "last_article": reached.last_article, "seen": reached.seen, "changed": reached.changed,
        "done": int(reached.done), "at": stamp(now),
    }  # fmt: skip
    with write(db):
        run(db, "DELETE FROM reextractions WHERE extractor = ? AND outlet = ? AND since = ?",
            (extractor, outlet, since))  # fmt: skip
        add_rows(db, "reextractions", [cells])
