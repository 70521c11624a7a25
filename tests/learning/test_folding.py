"""Folded text compares as readers compare, and every place leads back to the original."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.words import fold, fold_with_map, fold_word, skeleton, spans, words

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def test_spellings_that_readers_take_for_the_same_fold_alike() -> None:
    pairs = [
        ("Jama’at", "JAMA'AT"),
        ("Pakistan–Afghanistan", "pakistan-afghanistan"),
        ("chargé", "charge"),
        ("mili\u00adtants", "militants"),
        ("طالبان كي", "طالبان کی"),
        ("ټي ټي پي", "ٹی ٹی پی"),
        ("اللہ", "الله"),
        ("هبت\u200cالله", "هبت الله"),
    ]
    for left, right in pairs:
        assert fold(left) == fold(right), (left, right)


def test_words_that_differ_stay_apart() -> None:
    assert fold("Paktia") != fold("Paktika")
    assert fold("Kabul") != fold("Kabuli")
    assert skeleton("paktia") != skeleton("paktika")


def test_a_possessive_is_its_owner() -> None:
    assert fold_word("Kabul’s") == fold_word("Kabul") == "kabul"


def test_romanised_names_agree_in_their_skeleton() -> None:
    assert skeleton("mehsud") == skeleton("mahsud") == skeleton("mehsood")
    assert skeleton("qandahar") == skeleton("kandahar")
    assert skeleton("been") == "", "short words have none: they would run together"


def test_an_address_is_one_word_and_no_term() -> None:
    found = words("see https://ttp.example.org/TTP/news now", 20)
    assert found == ["see", "https://ttp.example.org/TTP/news", "now"]
    assert fold_word(found[1]) == ""


@settings(deadline=None)
@given(ANY_TEXT)
def test_the_map_leads_back_to_the_character_each_came_from(text: str) -> None:
    folded, places = fold_with_map(text)
    assert folded == fold(text)
    assert len(places) == len(folded) + 1
    assert places[-1] == len(text)
    assert all(a <= b for a, b in pairwise(places))
    for char, place in zip(folded, places, strict=False):
        assert char in fold(text[place])


@settings(deadline=None)
@given(ANY_TEXT)
def test_places_of_words_are_exact(text: str) -> None:
    found = words(text, 50)
    assert [text[a:b] for a, b in spans(text, 50)] == found
