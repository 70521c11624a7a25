"""How else a name is spelled: what is taken for the same name, and what is kept apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.lexicon import load_lexicon
from classifiers.pack import TOPIC, Team
from monitor.inquiry.spelling import Spellings, consonants, spellings_of
from store import asking


@pytest.fixture(scope="module")
def spell() -> Spellings:
    return spellings_of(load_lexicon())


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Tehrik", "tehreek"),
        ("Tehrik", "تحریک"),
        ("تحريك", "tehreek"),
        ("TTP", "Tehreek-e-Taliban Pakistan"),
        ("TTP", "تحریک طالبان پاکستان"),
        ("Tehreek-e-Taliban Pakistan", "TTP"),
        ("Kandahar", "Qandahar"),
        ("Herat", "ہرات"),
        ("Peshawar", "پشاور"),
        ("Islamabad", "اسلام آباد"),
        ("Mehsud", "محسود"),
    ],
)
def test_a_name_is_known_in_its_other_spellings(spell: Spellings, name: str, other: str) -> None:
    assert other.lower() in {one.lower() for one in spell.also(name)}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Herat", "Kunduz"),  # of one concept, which lists towns
        ("Imran Khan", "Nawaz Sharif"),
        ("talks", "dialogue"),
        ("Munir", "COAS"),  # many persons have that name
        ("in", "envoy"),
        ("Asif", "Saif"),
    ],
)
def test_what_merely_stands_beside_it_is_kept_apart(
    spell: Spellings, name: str, other: str
) -> None:
    assert other.lower() not in {one.lower() for one in spell.also(name)}


def test_names_are_found_among_words_the_longest_first(spell: Spellings) -> None:
    (group, valley) = spell(["talks", "with", "Tehreek-e-Taliban", "Pakistan", "in", "Waziristan"])
    assert group[:2] == (2, 4)
    assert valley[:2] == (5, 6)


def test_a_name_the_team_added_is_known_too() -> None:
    team = Team(names=(("team_person_ttp", ("Zarmast Khorasani", "زرمست خراسانی")),))
    assert Spellings(load_lexicon(TOPIC, team)).also("Zarmast Khorasani") == ("زرمست خراسانی",)


def test_a_short_list_shows_both_scripts_and_no_spelling_twice(spell: Spellings) -> None:
    ((_, told),) = asking.read("TTP", spell).spelled
    assert any(one.isascii() for one in told[:2])
    assert any(not one.isascii() for one in told[:2])
    assert "Tehreek-e-Taliban" in told
    assert "Tehreek-e-Taliban Pakistan" not in told, "whoever writes that writes the shorter too"
    assert len(told) <= asking.MAX_ALSO


@pytest.mark.parametrize(
    ("query", "name", "other"),
    [
        ("ٹی ٹی پی", "ٹی ٹی پی", "TTP"),
        ("ٹی وی پر ٹی ٹی پی", "ٹی ٹی پی", "TTP"),
        ("Imran Khan met Ayub Khan", "Imran Khan", "عمران خان"),
    ],
)
def test_a_name_is_known_whose_words_stand_there_twice(
    spell: Spellings, query: str, name: str, other: str
) -> None:
    """Words said again were taken away before anybody looked for names."""
    told = dict(asking.read(query, spell).spelled)
    assert other in told[name]


def test_a_word_said_twice_is_looked_for_once() -> None:
    def groups(query: str) -> list[list[str]]:
        return [[c.own[0].words for c in group] for group in asking.read(query).all_of]

    assert groups("gate road gate") == [["gate"], ["road"]]
    assert groups("gate OR road gate OR road") == [["gate", "road"]]
    assert groups("gate OR gate") == [["gate"]]
    assert asking.read("-gate road -gate").none_of == asking.read("road -gate").none_of
    many = " ".join(f"w{n} again" for n in range(50))
    assert len(asking.read(many).all_of) == asking.MAX_TERMS
    assert asking.read(many).beyond == 51 - asking.MAX_TERMS


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_words_can_be_asked(spell: Spellings, words: list[str]) -> None:
    for start, end, also in spell(words):
        assert 0 <= start < end <= len(words)
        assert also
    consonants(words)
