"""Keyword rules: what fires, where it says it fired, and that no rule can be slow."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import match
from monitor.told import AlertHit, Rule


def fold(text: str) -> tuple[str, list[int]]:
    """A fold like the lexicon's: case and Arabic variants, apostrophes and joiners dropped."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in "'’\u200d\u200e\u202e" or unicodedata.combining(char):
            continue
        swapped = {"-": " ", "–": " ", "\u200c": " ", "ي": "ی", "ك": "ک"}.get(char, char)
        for piece in unicodedata.normalize("NFKD", swapped).casefold():
            if not unicodedata.combining(piece):
                folded.append(piece)
                places.append(place)
    return "".join(folded), [*places, len(text)]


def fire(rule: Rule, **text: str) -> tuple[AlertHit, ...]:
    compiled = match.compile_rules([rule])
    assert compiled.problems == ()
    whole: dict[str, Any] = {"title": "", "lead": "", "body": "", "outlet": "Dawn", **text}
    return match.find(compiled, **whole, score=None, fold=fold)


def words(*any_of: str) -> Rule:
    return Rule(name="names", any_of=(match.words_pattern(any_of, fold),))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("TTP", "The TTP claimed it"),
        ("TTP", "the TTP's men"),
        ("TTP", "TTP’s"),
        ("TTP", "(ttp)"),
        ("TTP", "TTP"),
        ("Tehreek-e-Taliban", "Tehreek e Taliban Pakistan"),
        ("Tehreek-e-Taliban", "TEHREEK–E–TALIBAN"),
        ("cease-fire", "a ceasefire held"),
        ("Torkham border", "the Torkham-border crossing"),
        ("Durand Line", "the Durand\nLine"),
        ("ٹی ٹی پی", "کالعدم ٹی ٹی پی، نے"),
        ("ٹی ٹی پی", "ٹی\u200cٹی\u200cپی"),
        ("طالبان", "طالبان۔"),
        ("پاکستان", "پاكستان"),
        ("افغانی", "افغاني"),
        ("Kabul", "\u202eKabul\u202c fell"),
        ("café", "cafe\u0301s? café"),
        ("C++", "in C++, they"),
    ],
)
def test_a_word_is_found_in_every_spelling_readers_take_for_the_same(word: str, text: str) -> None:
    assert len(fire(words(word), title=text)) == 1


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("TTP", "http://example.org/"),
        ("TTP", "ATTP or TTPA"),
        ("TTP", "TTP1"),
        ("Torkham border", "Torkhamborder"),
        ("طالبان", "طالبانی"),
        ("پی", "ٹیپی"),
        ("u.s", "us"),
    ],
)
def test_a_word_is_not_found_inside_another(word: str, text: str) -> None:
    assert fire(words(word), title=text) == ()


def test_a_hit_tells_the_place_in_the_original_text() -> None:
    title = "ﬁve ﬁghters of the Tehrik‑e‑Taliban’s wing"
    (hit,) = fire(words("Tehrik-e-Taliban"), title=title)
    assert title[hit.start : hit.end] == "Tehrik‑e‑Taliban"
    assert hit.matched == "Tehrik‑e‑Taliban"
    assert hit.part == "title"


@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_the_place_is_exact_whatever_stands_around(before: str, after: str) -> None:
    text = f"{before} Torkham {after}"
    hits = fire(words("Torkham"), body=text)
    assert text[hits[0].start : hits[0].end].strip("'’\u200d\u200e\u202e").casefold() == "torkham"


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_makes_matching_raise(title: str, body: str) -> None:
    rule = Rule(name="x", any_of=(r"(\w+\s?)+bomb", "."), none_of=("zzz",))
    for hit in fire(rule, title=title, body=body):
        assert "\n" not in hit.passage
        assert len(hit.passage) <= match.PASSAGE + 8


def test_title_lead_and_body_are_told_apart_and_chosen() -> None:
    rule = Rule(name="x", any_of=("kabul",), parts=("title", "lead"))
    hits = fire(rule, title="Kabul", lead="In Kabul", body="Kabul Kabul")
    assert [hit.part for hit in hits] == ["title", "lead"]


def test_all_of_may_be_met_in_different_parts_and_none_of_silences() -> None:
    rule = Rule(name="x", any_of=("kabul",), all_of=("talks", "doha"), none_of=("cricket",))
    assert fire(rule, title="Kabul talks", body="held in Doha")
    assert not fire(rule, title="Kabul talks", body="nowhere")
    assert not fire(rule, title="Kabul talks", body="in Doha, before the cricket")


def test_a_rule_of_all_of_alone_shows_where() -> None:
    (hit,) = fire(Rule(name="x", all_of=("doha", "talks")), title="The talks in Doha")
    assert hit.matched == "talks"


def test_relevance_plays_no_part_unless_the_rule_says_so() -> None:
    plain = match.compile_rules([Rule(name="x", any_of=("kabul",))])
    strict = match.compile_rules([Rule(name="x", any_of=("kabul",), minimum_score=0.5)])

    def hits(rules: match.CompiledRules, score: float | None) -> int:
        found = match.find(
            rules, title="Kabul", lead="", body="", outlet="", score=score, fold=fold
        )
        return len(found)

    assert [hits(plain, score) for score in (None, 0.0, 1.0)] == [1, 1, 1]
    assert [hits(strict, score) for score in (None, 0.49, 0.5)] == [0, 0, 1]


def test_a_rule_may_be_for_some_outlets_only() -> None:
    rule = Rule(name="x", any_of=("kabul",), outlets=("Khaama Press",))
    assert not fire(rule, title="Kabul")
    assert fire(rule, title="Kabul", outlet="KHAAMA PRESS")


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=a)b", "((a{100}){100}){100}", ".{1000}Q"])
def test_a_pattern_that_cannot_be_linear_is_refused_with_a_reason(pattern: str) -> None:
    compiled = match.compile_rules([Rule(name="bad", any_of=("fine", pattern))])
    assert compiled.rules == ()  # half a rule is no rule
    assert compiled.problems[0].pattern == pattern
    assert len(compiled.problems[0].why) > 10


@pytest.mark.parametrize(
    "rule", [Rule(name="x"), Rule(name="x", any_of=("",)), Rule(name="x", any_of=("a",) * 500)]
)
def test_a_rule_that_asks_nothing_or_far_too_much_is_refused(rule: Rule) -> None:
    assert match.compile_rules([rule]).problems


def test_a_refused_rule_leaves_the_others_in_force() -> None:
    rules = [Rule(name="bad", any_of=("(",)), Rule(name="good", any_of=("kabul",))]
    compiled = match.compile_rules(rules)
    hits = match.find(compiled, title="Kabul", lead="", body="", outlet="", score=None, fold=fold)
    assert [hit.rule for hit in hits] == ["good"]


def test_words_of_no_letters_match_nothing() -> None:
    assert fire(words("", " - "), title="a - b") == ()


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(\w+\s?)+bomb", r"(x+x+)+y", r"(.*a){20}Z", r"(a|aa)+$", r"(?:a?){50}a{50}Z"],
)
def test_rules_known_to_hang_others_take_milliseconds_on_a_megabyte(pattern: str) -> None:
    compiled = match.compile_rules([Rule(name="slow", any_of=(pattern,))])
    text = "a" * 999_999 + "!"

    def as_is(text: str) -> tuple[str, list[int]]:
        return text, list(range(len(text) + 1))

    started = time.process_time()
    match.find(compiled, title="", lead="", body=text, outlet="", score=None, fold=as_is)
    assert time.process_time() - started < 1.0  # `re` needs 41 s for 26 characters


def test_hundreds_of_aliases_are_one_pass() -> None:
    aliases = [f"name{number} of{number}" for number in range(400)]
    (hit,) = fire(words(*aliases), body="x " * 20_000 + "name399 of399.")
    assert hit.matched == "name399 of399"


# --- passages -------------------------------------------------------------------------------


def test_a_passage_is_whole_words_from_the_original_with_its_cuts_shown() -> None:
    text = "Alpha bravo charlie " * 30 + "TORKHAM " + "delta echo foxtrot " * 30
    at = text.index("TORKHAM")
    said = match.passage(text, at, at + 7)
    assert said.startswith("… ")
    assert said.endswith(" …")
    assert set(said.strip("… ").split()) <= set(text.split())
    assert 150 < len(said) <= match.PASSAGE + 4


def test_a_passage_at_the_edge_uses_the_room_on_the_other_side() -> None:
    text = "TORKHAM " + "delta echo foxtrot " * 30
    said = match.passage(text, 0, 7)
    assert said.startswith("TORKHAM delta")
    assert len(said) > 150


def test_a_passage_carries_no_control_or_direction_characters() -> None:
    said = match.passage("one \u202etwo\x1b[31m \x00three\r\nBcc: four\u2028five", 5, 8)
    assert said == "one two[31m three Bcc: four five"


@given(st.text(max_size=500), st.data())
def test_a_passage_is_never_longer_than_promised(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert len(match.passage(text, start, end, width=50)) <= 54


# --- the lead -------------------------------------------------------------------------------


@given(st.text(alphabet="ab .\n۔", max_size=800))
def test_lead_and_rest_are_the_whole_text(text: str) -> None:
    lead, rest = match.split_lead(text, 10)
    assert lead + rest == text
    assert len(lead.split()) <= 15


def test_a_lead_ends_with_a_sentence_so_that_no_name_is_cut() -> None:
    text = "word " * 88 + "in South Waziristan today. The rest follows here."
    lead, rest = match.split_lead(text)
    assert lead.endswith("South Waziristan today.")
    assert rest == " The rest follows here."
