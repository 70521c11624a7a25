"""Which model judges, and on what corpus that was settled last."""

from __future__ import annotations

from typing import Any

from store import corpus
from store.db import Db
from store.inquiry import Turn
from store.learned import ModelRow


def model(name: str, make: Any) -> ModelRow:
    return ModelRow(
        id=name, trainer="two-pole", snapshot="s", created_at=make.at(0), live=False,
        why="not worse", figures={}, artifact="{}",
    )  # fmt: skip


def test_the_last_turn_stands_and_its_model_alone_is_live(db: Db, make: Any) -> None:
    for name in ("m1", "m2"):
        corpus.save_model(db, model(name, make))
    assert corpus.last_turn(db) is None
    first = Turn(snapshot="s1", model="m1", by="learn", at=make.at(1), why="not worse")
    second = Turn(snapshot="s2", model="m2", by="Gul Bano", at=make.at(1), why="went back")
    for turn in (first, second):
        corpus.settle(db, turn)
        assert corpus.last_turn(db) == turn
    assert [row.id for row in corpus.models(db) if row.live] == ["m2"]


def test_the_cold_start_can_be_settled_on(db: Db, make: Any) -> None:
    corpus.save_model(db, model("m1", make))
    corpus.settle(db, Turn(snapshot="s1", model="m1", by="learn", at=make.at(1), why=""))
    cold = Turn(snapshot="s1", model=None, by="Gul Bano", at=make.at(2), why="went back")
    corpus.settle(db, cold)
    assert corpus.last_turn(db) == cold
    assert corpus.live_model(db) is None
