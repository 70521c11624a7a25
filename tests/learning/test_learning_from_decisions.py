"""Decisions move the ranking the way the people who took them expect, and always alike."""

import math
from typing import Literal

import pytest

from classifiers.registry import DEFAULT, load, trainer
from classifiers.types import Classifier, Example, Text

TRAINER = trainer()
COLD = load()

POWER_LINE = [
    (
        "Villagers in Bajaur block highway over power line",
        "Elders in Bajaur asked the power company to repair the line.",
    ),
    (
        "Bajaur elders end sit-in over power line",
        "The power company promised to repair the line in Bajaur.",
    ),
    (
        "Power line to Bajaur repaired after protest",
        "Villagers and elders welcomed the repaired power line.",
    ),
]
POWER_LINE_NEXT = Text(
    title="Mohmand villagers want their power line repaired",
    body="Elders said the power company had promised to repair the line.",
)
UNRELATED = Text(
    title="Sugar mills begin crushing in Sindh", body="Growers asked for a better price."
)
CARPETS = [
    (
        "Afghan carpet fair opens in Islamabad",
        "Weavers from Kabul show carpets at the fair in Islamabad.",
    ),
    (
        "Carpet weavers from Kabul praise Islamabad fair",
        "The carpet fair drew buyers, weavers said.",
    ),
    ("Islamabad carpet fair extended by a week", "Afghan weavers sold carpets to many buyers."),
]
CARPETS_NEXT = Text(
    title="Afghan weavers bring carpets to Islamabad again",
    body="The carpet fair in Islamabad hosts weavers from Kabul and buyers from abroad.",
)
ON_TOPIC = Text(
    title="Kabul and Islamabad agree truce after TTP attacks", body="Talks go on in Istanbul."
)


def examples(rows: list[tuple[str, str]], *, relevant: bool) -> list[Example]:
    return [
        Example(id=f"{relevant}-{place}", text=Text(title=title, body=body), relevant=relevant)
        for place, (title, body) in enumerate(rows)
    ]


def score(model: Classifier, text: Text) -> float:
    return model.judge([text])[0].score


def test_three_accepted_lift_what_is_like_them_above_what_is_not() -> None:
    learnt = TRAINER.load(TRAINER.train(examples(POWER_LINE, relevant=True)))
    lift = score(learnt, POWER_LINE_NEXT) / score(COLD, POWER_LINE_NEXT)
    assert lift > 1.5
    assert lift > score(learnt, UNRELATED) / score(COLD, UNRELATED)
    assert score(learnt, POWER_LINE_NEXT) > score(learnt, UNRELATED)


def test_three_rejected_lower_what_is_like_them_and_spare_the_topic() -> None:
    learnt = TRAINER.load(TRAINER.train(examples(CARPETS, relevant=False)))
    assert score(learnt, CARPETS_NEXT) < 0.8 * score(COLD, CARPETS_NEXT)
    assert learnt.judge([ON_TOPIC])[0].relevant
    drop = score(COLD, ON_TOPIC) - score(learnt, ON_TOPIC)
    assert drop < score(COLD, CARPETS_NEXT) - score(learnt, CARPETS_NEXT)


def test_what_was_learnt_is_shown_with_what_taught_it() -> None:
    learnt = TRAINER.load(TRAINER.train(examples(CARPETS, relevant=False)))
    evidence = learnt.judge([CARPETS_NEXT])[0].evidence
    words = [c for c in evidence.contributions if c.feature.startswith("word:")]
    assert words
    assert all(c.weight < 0 for c in words)
    assert any("in 0 accepted and 3 rejected" in c.label for c in words)
    verdict = learnt.judge([CARPETS_NEXT])[0]
    total = math.fsum(c.weight for c in verdict.evidence.contributions)
    assert verdict.score == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-15)


def test_fewer_than_three_leave_the_prior_as_it_is() -> None:
    two = examples(POWER_LINE[:2], relevant=True)
    artifact = TRAINER.train(two)
    assert artifact == TRAINER.train([])
    assert artifact.params["counts"] == {"relevant": 0, "not_relevant": 0}
    assert TRAINER.load(artifact).model == COLD.model


def test_the_same_examples_in_any_order_give_the_same_model() -> None:
    some = [*examples(POWER_LINE, relevant=True), *examples(CARPETS, relevant=False)]
    assert TRAINER.train(some) == TRAINER.train(some[::-1]) == TRAINER.train(some)


def test_the_last_decision_on_an_item_is_the_one_that_counts() -> None:
    first = examples(POWER_LINE, relevant=True)
    changed = [Example(id=e.id, text=e.text, relevant=False) for e in first]
    assert TRAINER.train([*first, *changed]) == TRAINER.train(changed)
    assert TRAINER.train(changed) != TRAINER.train(first)


def test_a_decision_that_weighs_double_pulls_harder() -> None:
    once = examples(POWER_LINE, relevant=True)
    twice = [Example(id=e.id, text=e.text, relevant=True, weight=2.0) for e in once]
    lighter, heavier = (TRAINER.load(TRAINER.train(some)) for some in (once, twice))
    assert score(heavier, POWER_LINE_NEXT) > score(lighter, POWER_LINE_NEXT)


def many(count: int, origin: Literal["review", "import"] = "review") -> list[Example]:
    out = []
    for n in range(count):
        relevant = n % 3 == 0
        title = f"Kabul and Islamabad talks, day {n}" if relevant else f"Kabul market report {n}"
        body = f"Envoys number{n} met." if relevant else f"Prices of apples item{n} rose."
        out.append(
            Example(
                id=f"{n:05}", text=Text(title=title, body=body), relevant=relevant, origin=origin
            )
        )
    return out


def test_a_score_is_called_a_probability_only_after_enough_reviews() -> None:
    before, after = TRAINER.train(many(49)), TRAINER.train(many(60))
    assert not TRAINER.load(before).judge([ON_TOPIC])[0].calibrated
    assert TRAINER.load(after).judge([ON_TOPIC])[0].calibrated
    one_sided = [Example(id=e.id, text=e.text, relevant=True) for e in many(60)]
    assert not TRAINER.load(TRAINER.train(one_sided)).judge([ON_TOPIC])[0].calibrated


def test_imports_are_no_reviews() -> None:
    assert not TRAINER.load(TRAINER.train(many(60, "import"))).judge([ON_TOPIC])[0].calibrated


def test_two_thousand_examples_are_learnt_in_seconds_and_more_are_cut() -> None:
    artifact = TRAINER.train(many(2300))
    counts = artifact.params["counts"]
    assert isinstance(counts, dict)
    assert counts == {"relevant": 767, "not_relevant": 1233}


def test_the_nearest_example_is_named() -> None:
    some = [*examples(POWER_LINE, relevant=True), *examples(CARPETS, relevant=False)]
    learnt = TRAINER.load(TRAINER.train(some))
    again = Text(title=POWER_LINE[0][0] + ", Kabul and Islamabad say", body=POWER_LINE[0][1])
    nearest = learnt.judge([again])[0].evidence.nearest
    assert nearest is not None
    assert nearest.title == POWER_LINE[0][0]


def test_hostile_examples_are_learnt_from_without_harm() -> None:
    odd = [
        Example(id=str(n), text=Text(title=title, body=title * 100), relevant=n % 2 == 0)
        for n, title in enumerate(["", "\0", "\ud800", "a" * 5000, "ٹی", "🙂 " * 50])
    ]
    verdict = TRAINER.load(TRAINER.train(odd)).judge([ON_TOPIC])[0]
    assert verdict.relevant


def test_a_trainer_that_is_not_there_is_named_in_the_refusal() -> None:
    with pytest.raises(KeyError, match=DEFAULT):
        trainer("oracle")
