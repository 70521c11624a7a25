"""An offer that waits for somebody to look at it, as text that the store can hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from monitor.edge.worker import Workers
from monitor.inquiry.bringing import Offer, offer
from monitor.inquiry.pieces import handed_over, pieces
from monitor.stages.documents import Passage, Said
from store.brought import Pending

LASTS = timedelta(days=1)
MOST_OF_ONE = 30  # texts of one archive or list that are offered at a time


def offers(name: str, body: bytes, workers: Workers, now: datetime) -> Iterator[Offer]:
    """Yield what an uploaded file offers; of an archive or a list the first ``MOST_OF_ONE``.

    What goes beyond them is told as one offer that is refused.
    """
    found = pieces(handed_over(name, body), workers)
    for piece in islice(found, MOST_OF_ONE):
        yield offer(piece, workers, now)
    if next(found, None) is not None:
        said = f"more than {MOST_OF_ONE} texts: use torkham corpus import, or send it in parts"
        yield Offer(file=name, sha256="", refused=said)


def pending(made: Offer, *, by: str, now: datetime) -> Pending:
    """Return an offer as the store keeps it until it is looked at, for a day."""
    value = packed(made)
    return Pending(
        id=0, by=by, at=now, until_at=now + LASTS, file=made.file[:300], sha256=made.sha256,
        bytes=len(value.encode("utf-8", "replace")), value=value,
    )  # fmt: skip


def packed(made: Offer) -> str:
    """Return an offer as JSON, without its twins: they are looked up anew when it is shown."""
    plain = asdict(replace(made, twins=()))
    plain["published_at"] = made.published_at.isoformat() if made.published_at else None
    return json.dumps(plain, ensure_ascii=False)


def unpacked(value: str) -> Offer:
    """Return the offer that was packed."""
    plain: dict[str, Any] = json.loads(value)
    at = plain.pop("published_at")
    return Offer(
        **plain
        | {
            "published_at": datetime.fromisoformat(at) if at else None,
            "said": tuple(Said(**one) for one in plain["said"]),
            "passages": tuple(Passage(**one) for one in plain["passages"]),
            "joined": tuple(plain["joined"]),
            "notes": tuple(plain["notes"]),
            "twins": (),
        }
    )
