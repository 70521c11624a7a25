"""A person's decisions taken back: lines are added, and the judgement learns anew without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from classifiers.artifact import dumps
from classifiers.types import Trainer
from monitor.articles.records import example_of
from monitor.edge.clock import Clock
from monitor.stages import grow
from store import corpus, judged, reviews
from store.db import Db
from store.inquiry import Turn
from store.learned import ModelRow

LEAST_TO_LEARN = 3  # decisions; fewer leave the topic pack's cold start


def take_back(
    db: Db,
    *,
    person: str,
    since: datetime,
    until: datetime,
    by: str,
    trainer: Trainer,
    clock: Clock,
) -> Mapping[str, object]:
    """Undo what ``person`` decided in [since, until) and learn from what stands then.

    The weights are those of a corpus in which these decisions never were: the same examples give
    the same bytes. The model goes live whatever it measures, because what was taken back must not
    judge on. Returns what was ``undone``, the ``labels`` left and the ``model`` that judges.
    """
    undone = reviews.undo_all(db, person=person, since=since, until=until, by=by, now=clock())
    if not undone:
        live = corpus.live_model(db)
        return {"undone": 0, "labels": len(corpus.labels(db)), "model": live.id if live else None}
    labels, model = learn_anew(
        db, trainer=trainer, clock=clock, why=f"{undone} decisions of {person} were taken back"
    )
    return {"undone": undone, "labels": labels, "model": model}


def learn_anew(db: Db, *, trainer: Trainer, clock: Clock, why: str) -> tuple[int, str | None]:
    """Train on what stands and let that judge; return how many labels, and the model's id or None.

    None means the cold start: too few labels are left. A model that is kept already (the corpus is
    again what it was) becomes live as it is, with the reason it went live for at first.
    """
    labels = corpus.labels(db)
    snapshot = corpus.snapshot(db, clock())
    turn = Turn(snapshot=snapshot.id, model=None, by="learn", at=clock(), why=why)
    if len(labels) < LEAST_TO_LEARN and all(label.origin == "review" for label in labels):
        corpus.settle(db, turn)
        return len(labels), None
    train, _ = grow.select(labels)
    artifact = trainer.train([example_of(label) for label in train])
    if judged.artifact_of(db, artifact.id) is None:
        row = ModelRow(
            id=artifact.id,
            trainer=artifact.trainer,
            snapshot=snapshot.id,
            created_at=clock(),
            live=False,
            why=why,
            figures={},
            artifact=dumps(artifact),
        )
        corpus.save_model(db, row)
    corpus.settle(db, replace(turn, model=artifact.id))
    return len(labels), artifact.id
