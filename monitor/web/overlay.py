"""What the pages of settings share: the settings in force, and changes laid over the file."""

from __future__ import annotations

import json
from typing import Final

from starlette.exceptions import HTTPException

from monitor.inquiry.standing import Office
from monitor.web.desk import Visit
from store import changes

_WHY: Final = 200  # characters


def office_of(visit: Visit) -> Office:
    """Return the settings in force; a desk that has none answers 404."""
    if visit.desk.office is None:
        raise HTTPException(404, "This desk knows no settings.")
    return visit.desk.office


def record(visit: Visit, path: str, value: object) -> None:
    """Record a change of one setting, signed, with the reason that the form gave."""
    why = " ".join(visit.form.get("why", "").split())[:_WHY]
    said = json.dumps(value, ensure_ascii=False)
    changes.record(visit.db, path, said, visit.session.by, visit.now, why=why)


def record_whole(visit: Visit, path: str, value: object) -> None:
    """Record an entry as a whole (None: withdrawn); what was changed inside it counts no more."""
    for below in {change.path for change in changes.below(visit.db, path)}:
        record(visit, below, None)
    record(visit, path, value)
