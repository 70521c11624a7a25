"""Texts given as examples shape likeness, words and neighbours; one more is seen at once."""

import math

import numpy as np
import pytest

from classifiers.learning.given import FULL, PULL, joined, pulls
from classifiers.learning.lessons import Lesson, matrix
from classifiers.pack import load_pack
from classifiers.registry import trainer
from classifiers.types import Classifier, Example, Text, Verdict

TRAINER = trainer()
PACK = load_pack()

THEMES = [
    ("Why the ceasefire with Kabul will not hold", "mediators", "guarantee", "ceasefire"),
    ("The price of an unsettled frontier", "traders", "crossing", "tariff"),
    ("What Islamabad wants from the Taliban", "sanctuary", "handover", "demand"),
    ("Neighbours without a language for peace", "jirga", "envoy", "grievance"),
    ("The TTP and the limits of force", "operation", "insurgency", "valley"),
]


def essay(title: str, words: tuple[str, ...], extra: str = "") -> Text:
    """A made-up opinion piece on the topic."""
    told = " ".join(
        f"The {word} matters to Islamabad and Kabul alike, and no {word} outlasts the border."
        for word in words * 4
    )
    return Text(title=title, body=f"{told} {extra} Pakistan and Afghanistan need the TTP settled.")


FIVE = [
    Example(id=f"import:{n}", text=essay(title, tuple(words)), relevant=True, origin="import")
    for n, (title, *words) in enumerate(THEMES)
]
NAMED = (
    "Blue Lantern began in winter. Critics of Blue Lantern say that Blue Lantern moved the fight"
    " across the border; its planners say that Blue Lantern ended it."
)
SIXTH = Example(
    id="import:blue-lantern",
    text=essay("Blue Lantern and what comes after", ("winter", "planner"), NAMED),
    relevant=True,
    origin="import",
)
NEWS = Text(
    title="Army says Blue Lantern continues near the Afghan border",
    body="A spokesman in Islamabad said that Blue Lantern would go on, and that Kabul was told.",
)
OTHER = Text(
    title="Army says exercise continues near the Afghan border",
    body="A spokesman in Islamabad said that the exercise would go on, and that Kabul was told.",
)
SUGAR = Text(title="Sugar mills begin crushing in Sindh", body="Growers asked for better prices.")


def learnt(some: list[Example]) -> Classifier:
    return TRAINER.load(TRAINER.train(some))


def odds(verdict: Verdict) -> float:
    return math.log(verdict.score / (1 - verdict.score))


def test_a_sixth_example_lifts_what_names_its_matter_and_says_so() -> None:
    five, six = learnt(FIVE), learnt([*FIVE, SIXTH])
    before, after = five.judge([NEWS, OTHER]), six.judge([NEWS, OTHER])
    lift = [odds(b) - odds(a) for a, b in zip(before, after, strict=True)]
    assert lift[0] > 0.3
    assert lift[0] > lift[1] + 0.2
    (word,) = [c for c in after[0].evidence.contributions if c.feature == "word:blue lantern"]
    assert word.weight > 0
    assert [t.example for t in word.taught_by] == ["import:blue-lantern"]
    assert word.taught_by[0].title == SIXTH.text.title
    assert word.taught_by[0].share == pytest.approx(1.0)
    nearest = after[0].evidence.nearest
    assert nearest is not None
    assert (nearest.example, nearest.title) == (SIXTH.id, SIXTH.text.title)
    assert before[0].evidence.nearest != nearest


def test_one_given_text_is_enough_and_joins_those_of_the_pack() -> None:
    one = TRAINER.train([SIXTH])
    assert one != TRAINER.train([])
    gain = odds(TRAINER.load(one).judge([NEWS])[0]) - odds(learnt([]).judge([NEWS])[0])
    assert gain > 0.2
    review = Example(id="article:1", text=SIXTH.text, relevant=True)
    assert TRAINER.train([review]) == TRAINER.train([])


def test_the_likeness_knows_the_sixth() -> None:
    """Not only its words: the figure that says how like the examples a text is rises too."""
    five, six = learnt(FIVE).judge([NEWS])[0], learnt([*FIVE, SIXTH]).judge([NEWS])[0]

    def likeness(verdict: Verdict) -> float:
        found = [c.value for c in verdict.evidence.contributions if c.feature == "seeds"]
        return (found[0] or 0.0) if found else 0.0

    assert likeness(six) > likeness(five)


def test_examples_move_nothing_that_is_off_the_topic() -> None:
    cold, six = learnt([]), learnt([*FIVE, SIXTH])
    assert abs(odds(six.judge([SUGAR])[0]) - odds(cold.judge([SUGAR])[0])) < 0.5


def test_a_text_that_is_one_of_the_packs_seeds_changes_no_profile() -> None:
    once = joined(PACK.profile, FIVE)
    assert once is not PACK.profile
    assert len(once["seeds"]) == len(PACK.profile["seeds"]) + 5
    assert joined(once, FIVE) is once
    assert joined(PACK.profile, []) is PACK.profile


def test_many_given_texts_share_the_pull_of_eight() -> None:
    """A folder of essays must not shout down the news: style is not topic."""
    lessons = [
        Lesson(values=(), terms=f"peace\nborder\nown{n}", counts=bytes((2, 1, 1)))
        for n in range(40)
    ]
    some = [
        Example(id=str(n), text=Text(title="", body=""), relevant=True, origin="import")
        for n in range(40)
    ]
    words = matrix(lessons, [True] * 40, most_in=99, most=99)
    extra = pulls(some, words, {"terms": {"border": {}}})
    by_row = np.array([extra[words.rows == n].max() for n in range(40)])
    assert by_row.sum() == pytest.approx(FULL * PULL)
    assert extra[words.columns == words.terms.index("border")].sum() == 0
    assert (
        pulls([Example(id="r", text=Text(title="", body=""), relevant=True)], words, {}).sum() == 0
    )


def test_given_texts_in_any_order_give_the_same_model() -> None:
    assert TRAINER.train([*FIVE, SIXTH]) == TRAINER.train([SIXTH, *FIVE[::-1]])


def test_the_sum_is_still_the_score() -> None:
    verdict = learnt([*FIVE, SIXTH]).judge([NEWS])[0]
    total = math.fsum(c.weight for c in verdict.evidence.contributions)
    assert odds(verdict) == pytest.approx(total, abs=1e-9)


def test_hostile_examples_do_no_harm() -> None:
    odd = [
        Example(id=str(n), text=Text(title=t, body=t * 50), relevant=True, origin="import")
        for n, t in enumerate(["", "\0", "\ud800", "a" * 5000, "ٹی", "🙂 ", "word " * 5000])
    ]
    assert not learnt(odd).judge([SUGAR])[0].relevant
