"""How the judgement stands: what its scores promised and kept, and whether anything has moved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from classifiers.learning.calibrate import EACH, REVIEWS
from classifiers.measuring.reliability import Band, level_told, reliability
from monitor.stages.drift import Drift, drift, moved
from store import corpus, judged
from store.db import Db
from store.inquiry import Tried
from store.learned import ModelRow

LEAST_TRIED = 30  # answers below which a curve is an anecdote


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The judgement as it stands. ``answers`` are those accepted and rejected so far.

    ``bands`` are of scores that people answered before the model could learn from the text;
    ``tried`` is how many, and ``of`` says which they are.
    """

    live: ModelRow | None
    calibrated: bool
    answers: tuple[int, int]
    tried: int
    of: str
    bands: tuple[Band, ...]
    kept_word: str
    drift: tuple[Drift, ...]

    @property
    def measurable(self) -> bool:
        """Whether there are enough answers to draw the curve."""
        return self.tried >= LEAST_TRIED

    @property
    def level(self) -> str:
        """What a score may be read as."""
        accepted, rejected = self.answers
        if self.calibrated:
            return (
                f"Scores are calibrated on {accepted + rejected} decisions ({accepted} accepted, "
                f"{rejected} rejected): they may be read as probabilities where the queue looks."
            )
        return (
            f"Scores are a prior estimate: {accepted + rejected} decisions so far ({accepted} "
            f"accepted, {rejected} rejected), and {REVIEWS} with {EACH} of each are needed. Until "
            "then a score orders the queue and is no probability."
        )

    @property
    def moved(self) -> tuple[str, ...]:
        """What has moved, a sentence each."""
        return moved(self.drift)


def standing(db: Db, now: datetime) -> Standing:
    """Look at the live model, the answers given to scores, and the last ten weeks."""
    live = corpus.live_model(db)
    calibrated = is_calibrated(live)
    tried = judged.tried(db)
    pairs, of = _answered(tried, calibrated=calibrated)
    if len(tried) == judged.MOST_TRIED:
        of = f"{of}, of the newest {judged.MOST_TRIED:,} answers"
    return Standing(
        live=live,
        calibrated=calibrated,
        answers=judged.answers(db),
        tried=len(pairs),
        of=of,
        bands=tuple(reliability(pairs)),
        kept_word=level_told(pairs, LEAST_TRIED),
        drift=drift(judged.weeks(db, now, answered=tried)),
    )


def unwell(db: Db, now: datetime) -> list[str]:
    """Return what moved so far that somebody should look today."""
    strong = moved(drift(judged.weeks(db, now)), strong=True)
    return [f"judgement: {sentence}" for sentence in strong]


def is_calibrated(model: ModelRow | None) -> bool:
    """Whether a model's scores may be read as probabilities; the cold start's may not."""
    if model is None:
        return False
    try:
        return bool(json.loads(model.artifact)["params"].get("calibrated"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def _answered(tried: Sequence[Tried], *, calibrated: bool) -> tuple[list[tuple[float, bool]], str]:
    """Answers to scores of today's kind, where there are enough; else to all."""
    alike = [one for one in tried if one.calibrated == calibrated]
    kind = "calibrated scores" if calibrated else "prior estimates"
    if len(alike) == len(tried) or len(alike) >= LEAST_TRIED:
        return [(one.score, one.relevant) for one in alike], kind
    return [(one.score, one.relevant) for one in tried], "all scores, calibrated or not"
