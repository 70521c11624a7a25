"""A snapshot is taken: the members as they stand, their hash, datasheet, splits and model."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from classifiers.types import Trainer
from monitor.exports import datasheet
from monitor.exports.datasheet import About
from monitor.exports.modelling import made
from monitor.exports.splits import split
from store import snapshots
from store.db import Db
from store.learned import Fixed
from store.members import members


class NothingHeldError(Exception):
    """There is nothing in the corpus that a snapshot could hold."""


def take(
    db: Db, *, trainer: Trainer, about: About, now: datetime, note: str = ""
) -> tuple[Fixed, bool]:
    """Keep the corpus as it stands, and say whether that is new: the same corpus is the same one.

    What is long (training, measuring) is done with no transaction open.

    Raises:
        NothingHeldError: nothing was decided or imported yet.
    """
    held = members(db)
    if not held:
        raise NothingHeldError(
            "nothing was decided or imported yet: there is nothing a snapshot could hold"
        )
    name = snapshots.name_of(held)
    known = snapshots.find(db, name)
    if known is not None:
        return known, False
    splits = split(held)
    model = made(held, splits, trainer)
    facts = datasheet.facts(db, held, splits, about, now=now) | {"model": model.facts}
    fixed = Fixed(
        id=name,
        created_at=now,
        relevant=sum(m.relevant for m in held),
        not_relevant=sum(not m.relevant for m in held),
        origins=dict(sorted(Counter(m.origin for m in held).items())),
        note=note,
        facts=json.dumps(facts, ensure_ascii=False),
        model=model.id,
        artifact=model.artifact,
    )
    new = snapshots.save(db, fixed, held)
    return snapshots.find(db, name) or fixed, new
