"""What a model is taught by, where there is more than a trainer takes."""

import pytest

from classifiers.learning.train import MOST, chosen
from classifiers.types import Example, Text


@pytest.mark.parametrize(
    ("relevant", "others", "kept"),
    [
        (900, 900, (900, 900)), (4000, 4000, (1000, 1000)), (4000, 300, (1700, 300)),
        (300, 4000, (300, 1700)), (4000, 0, (2000, 0)), (0, 0, (0, 0)), (0, 3000, (0, 2000)),
    ],
)  # fmt: skip
def test_both_answers_are_taught_and_of_each_the_newest(
    relevant: int, others: int, kept: tuple[int, int]
) -> None:
    examples = [
        Example(id=f"{n:05}", text=Text(title="", body=""), relevant=n < relevant, origin="review")
        for n in range(relevant + others)
    ]
    found = chosen(examples)
    assert (sum(e.relevant for e in found), sum(not e.relevant for e in found)) == kept
    assert len(found) <= MOST
    newest = [e.id for e in examples[relevant + others - kept[1] :]]
    assert [e.id for e in found if not e.relevant] == newest
