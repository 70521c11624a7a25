"""Passages two texts have in common: shown in pairs, each sentence once, in our text's order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifiers.alike import pairs_alike, shared_terms

OURS = (
    "Officials of Pakistan and Kabul agreed to resume talks at the crossing. Rain fell all night. "
    "Thousands of trucks with fruit and cement wait on both sides of the border."
)
THEIRS = (
    "Nobody asks the drivers. Trucks with cement and fruit waited on both sides of the border. "
    "Pakistan and Kabul agreed last year to resume talks at that crossing."
)


def places(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for part in text.split(". "):
        found.append((start, start + len(part)))
        start += len(part) + 2
    return found


def test_the_pairs_are_what_both_say_in_our_order() -> None:
    pairs = pairs_alike(OURS, places(OURS), THEIRS, places(THEIRS))
    told = [(OURS[slice(*p.ours)][:9], THEIRS[slice(*p.theirs)][:8]) for p in pairs]
    assert told == [("Officials", "Pakistan"), ("Thousands", "Trucks w")]
    assert {"fruit", "cement", "border"} <= set(pairs[1].shared)
    assert all(0 < pair.likeness <= 1 for pair in pairs)


def test_two_texts_of_nothing_in_common_have_no_pair() -> None:
    other = "The chess final ended in a draw after seventy moves in Samarkand."
    assert pairs_alike(OURS, places(OURS), other, [(0, len(other))]) == ()


def test_a_common_word_alone_makes_no_pair() -> None:
    other = "The trucks of the circus came to town on a bright Sunday."
    assert pairs_alike(OURS, places(OURS), other, [(0, len(other))]) == ()


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 4))
def test_no_sentence_is_told_twice_and_any_text_is_taken(one: str, two: str, most: int) -> None:
    found = pairs_alike(one, places(one), two, places(two), most=most)
    assert len(found) <= most
    assert len({p.ours for p in found}) == len({p.theirs for p in found}) == len(found)


def test_of_a_text_that_is_not_held_the_weightiest_shared_terms_are_told_once() -> None:
    weights = {"resume": 0.2, "talks": 0.1, "resume talks": 0.3, "border": 0.05, "chess": 0.9}
    assert shared_terms(OURS, weights) == ("resume talks", "border")
