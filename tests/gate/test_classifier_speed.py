"""Judging keeps pace with a newsroom: a hundred long articles a second, most texts far faster."""

import time

import pytest

from classifiers.registry import load
from classifiers.types import Text

TOPICAL = (
    "Kabul and Islamabad exchanged fire near Torkham after militants of the TTP attacked a post. "
    "The foreign office said Pakistan wants talks with the Afghan Taliban on refugees and trade. "
)
PLAIN = "The council met on Monday to speak of school fees, bus routes and the price of bread. "


def rate(texts: list[Text]) -> float:
    model = load()
    model.judge(texts[:5])
    began = time.process_time()
    model.judge(texts)
    return len(texts) / (time.process_time() - began)


@pytest.mark.slow
def test_a_hundred_long_topical_articles_a_second() -> None:
    assert rate([Text(title="Kabul", body=TOPICAL * 25 + str(n)) for n in range(200)]) > 100


@pytest.mark.slow
def test_texts_of_other_things_cost_little() -> None:
    assert rate([Text(title="Council", body=PLAIN * 25 + str(n)) for n in range(500)]) > 500
