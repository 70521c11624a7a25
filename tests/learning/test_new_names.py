"""What a team is promised of the list of names that the lexicon does not know."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.naming.aliases import known, objections, spellings, suggestions
from classifiers.naming.names import NameText, NewName, key_of, unknown_names
from classifiers.pack import NO_TEAM, TOPIC, Team

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OUTLETS = ("Frontier Daily", "Kabul Courier", "Regional Wire")
FILL = (
    "The provincial cabinet met on Monday. Prices of flour rose again in the bazaar, and the "
    "finance minister promised relief before the budget."
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def texts_of(*bodies: str, wanted: bool = True, title: str = "", **other: object) -> list[NameText]:
    start = 0 if wanted else 1000
    return [
        NameText(
            key=str(start + n),
            story=str(other.get("story", start + n)),
            title=title,
            body=body,
            outlet=OUTLETS[n % len(OUTLETS)],
            wanted=wanted,
            seen_at=T0 + timedelta(hours=n),
            language="en",
        )
        for n, body in enumerate(bodies)
    ]


BACKGROUND = texts_of(*[f"{FILL} Story {n} of the day." for n in range(60)], wanted=False)


def found(lexicon: Lexicon, *bodies: str, **more: Any) -> dict[str, NewName]:
    rows = unknown_names([*texts_of(*bodies, **more), *BACKGROUND], lexicon)
    return {name.name: name for name in rows}


ZARRAK = (
    "The TTP said that Commander Zarrak Lohani led the raid on a post near Bannu.",
    "Security forces in Pakistan killed two aides of Zarrak Lohani, officials said.",
    "A source close to the TTP named Zarrak Lohani as its new head in the valley.",
)


def test_a_name_that_recurs_beside_the_topic_is_found_with_its_sentences(lexicon: Lexicon) -> None:
    names = found(lexicon, *ZARRAK)
    assert list(names) == ["Zarrak Lohani"]
    name = names["Zarrak Lohani"]
    assert (name.kind, name.texts, name.others, name.outlets) == ("person", 3, 0, OUTLETS)
    assert name.first_seen_at == T0
    assert {sentence.outlet for sentence in name.sentences} == set(OUTLETS)
    for sentence, body in zip(name.sentences, ZARRAK, strict=True):
        assert sentence.text == body
        assert sentence.text[sentence.start : sentence.end] == "Zarrak Lohani"


def test_twice_is_no_recurrence_and_one_outlet_is_no_news(lexicon: Lexicon) -> None:
    assert not found(lexicon, *ZARRAK[:2])
    alone = [replace(text, outlet="Frontier Daily") for text in texts_of(*ZARRAK)]
    assert not unknown_names([*alone, *BACKGROUND], lexicon)


def test_copies_of_one_story_count_once(lexicon: Lexicon) -> None:
    copies = [replace(text, story="7") for text in texts_of(*ZARRAK)]
    assert not unknown_names([*copies, *BACKGROUND], lexicon)


def test_a_name_far_from_every_pole_is_not_listed(lexicon: Lexicon) -> None:
    far = " ".join(["The plums were good and growers were content with the season."] * 8)
    bodies = [f"Orchard owner Benyamin Tolk spoke. {far} Pakistan won." for _ in range(3)]
    assert not found(lexicon, *bodies)


def test_what_the_lexicon_knows_is_not_new(lexicon: Lexicon) -> None:
    bodies = [
        f"Zabihullah Mujahid told reporters in Kabul that {said}."
        for said in ("talks go on", "the gate stays shut", "envoys will meet")
    ]
    assert not found(lexicon, *bodies)


def test_everybodys_name_does_not_swamp_the_list(lexicon: Lexicon) -> None:
    """The finance minister stands in the topic's texts too, and everywhere else."""
    bodies = [f"{body} Finance chief Orhan Velik praised the army." for body in ZARRAK]
    everywhere = [replace(t, body=f"{t.body} Orhan Velik spoke.") for t in BACKGROUND]
    names = unknown_names([*texts_of(*bodies), *everywhere], lexicon)
    assert [name.name for name in names] == ["Zarrak Lohani"]


def test_spellings_of_one_name_are_one_line(lexicon: Lexicon) -> None:
    bodies = [body.replace("Zarrak Lohani", name) for body, name in zip(
        ZARRAK, ("Noor Badshah Lohani", "Nur Badshah Lohani", "Noor Badshah Lohani"), strict=True,
    )]  # fmt: skip
    names = found(lexicon, *bodies)
    assert list(names) == ["Noor Badshah Lohani"]
    assert spellings(names["Noor Badshah Lohani"]) == ("Noor Badshah Lohani", "Nur Badshah Lohani")


def test_a_surname_in_the_same_text_is_who_bears_it(lexicon: Lexicon) -> None:
    bodies = [f"{body} Lohani had fled from Pakistan twice." for body in ZARRAK]
    assert list(found(lexicon, *bodies)) == ["Zarrak Lohani"]


def test_the_first_word_of_a_sentence_is_not_a_name(lexicon: Lexicon) -> None:
    bodies = [
        f"Residents fled as TTP men came. {said} TTP men left. Gunfire went on near Kabul."
        for said in ("Meanwhile, the", "Afterwards the", "Overnight the")
    ]
    assert not found(lexicon, *bodies)


def test_a_headline_all_in_capitals_proves_nothing(lexicon: Lexicon) -> None:
    """Neither "Deadly Ambush Shakes" nor the dateline is a name; the man in it is, once proven."""
    title = "Deadly Ambush Shakes Pakistan As TTP Man Zarrak Lohani Escapes"
    bodies = [f"SORKHAB: {body}" for body in ZARRAK]
    names = found(lexicon, *bodies, title=title)
    assert list(names) == ["Zarrak Lohani"]


@pytest.mark.parametrize(
    ("said", "name", "kind"),
    [
        ("The army began Operation Sarwan Ghar against the TTP {n}", "Sarwan Ghar", "operation"),
        ("TTP men hid in Darwazgai valley near Bannu {n}", "Darwazgai", "place"),
        ("The banned Jaish-e-Tamkin joined the TTP {n}", "Jaish-e-Tamkin", "group"),
        ("The TTP buried Qari Zmarak Toofan near Bannu {n}", "Qari Zmarak Toofan", "person"),
        ("Pakistan blamed Torak al-Sarwani for the blast {n}", "Torak al-Sarwani", "unknown"),
    ],
)
def test_the_kind_is_told_by_what_stands_beside(
    lexicon: Lexicon, said: str, name: str, kind: str
) -> None:
    bodies = [said.format(n=when) + "." for when in ("on Monday", "last week", "in the night")]
    names = found(lexicon, *bodies)
    assert list(names) == [name]
    assert names[name].kind == kind


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("پاکستان میں ٹی ٹی پی کے کمانڈر زمرک لوہانی {n} مارے گئے۔", "زمرک لوہانی"),
        ("افغانستان سے آنے والوں نے ضلع درہ زنگی میں {n} پناہ لی۔", "درہ زنگی"),
    ],
)
def test_urdu_names_are_found_behind_a_title_or_a_district(
    lexicon: Lexicon, said: str, name: str
) -> None:
    """There are no capitals: other stories show where the name ends."""
    bodies = [said.format(n=when) for when in ("پیر کو", "رات گئے", "صبح سویرے", "دوپہر کو")]
    assert name in found(lexicon, *bodies)


def test_an_abbreviation_is_listed_only_for_those_who_bear_arms(lexicon: Lexicon) -> None:
    armed = [f"Two IHM militants fought beside the TTP {n}." for n in ("today", "before", "again")]
    civil = [f"Pakistan wrote to the QZT about visas {n}." for n in ("today", "before", "again")]
    assert list(found(lexicon, *armed)) == ["IHM"]
    assert not found(lexicon, *civil)


def test_the_list_does_not_depend_on_the_order_of_the_texts(lexicon: Lexicon) -> None:
    rows = [*texts_of(*ZARRAK, *(b.replace("Zarrak", "Torak") for b in ZARRAK)), *BACKGROUND]
    shuffled = list(rows)
    random.Random(4).shuffle(shuffled)  # noqa: S311 - the same order on every run
    assert unknown_names(shuffled, lexicon) == unknown_names(rows, lexicon)


def test_a_long_sentence_is_cut_around_the_name(lexicon: Lexicon) -> None:
    long = "as " + "people of the village told the reporter again, " * 20
    bodies = [f"{long}Zarrak Lohani of the TTP fled, {long}and so it went {n}." for n in range(3)]
    for sentence in found(lexicon, *bodies)["Zarrak Lohani"].sentences:
        assert len(sentence.text) <= 282
        assert sentence.text[sentence.start : sentence.end] == "Zarrak Lohani"


NASTY = st.text(alphabet="AbZ .,-'’\n()تکملاضع۔\u200c\u00ad\ud800\U0001f600", max_size=200)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NASTY, NASTY), max_size=6))
def test_no_text_breaks_it_and_every_name_is_where_it_says(bodies: list[tuple[str, str]]) -> None:
    texts = [
        NameText(
            key=str(n), story=str(n), title=title, body=f"TTP {body} Kabul",
            outlet=str(n % 2), wanted=n % 3 != 2,
        )
        for n, (title, body) in enumerate(bodies)
    ]  # fmt: skip
    for name in unknown_names(texts, load_lexicon(), least_texts=1, least_outlets=1):
        assert name.texts <= len(texts)
        for sentence in name.sentences:
            said = sentence.text[sentence.start : sentence.end]
            assert " ".join(said.split()) in name.spellings or len(name.spellings) == 6


# --- adding ---------------------------------------------------------------------------------


def test_a_new_person_of_the_ttp_is_suggested_as_one_more_of_its_people(lexicon: Lexicon) -> None:
    name = found(lexicon, *ZARRAK)["Zarrak Lohani"]
    first = suggestions(name, lexicon)[0]
    assert (first.concept, first.new) == ("team_person_ttp", True)


def test_another_spelling_of_a_known_name_is_suggested_for_who_bears_it(lexicon: Lexicon) -> None:
    """The lexicon's own matching is strict with short words; the reader's ear is not."""
    bodies = [b.replace("Zarrak Lohani", "Hilaal Ghazee") for b in ZARRAK]
    names = found(lexicon, *bodies)
    assert suggestions(names["Hilaal Ghazee"], lexicon)[0].concept == "hilal_ghazi"


@pytest.mark.parametrize(
    ("spelling", "concept", "word"),
    [
        ("Ab", "team_person_ttp", "letters"),
        ("Gul", "team_person_ttp", "letters"),
        ("12345", "team_person_ttp", "0 letters"),
        ("۱۲۳۴۵۶", "team_person_ttp", "0 letters"),
        ("T-2026", "team_person_ttp", "1 letters"),
        ("", "team_person_ttp", "no name"),
        ("Police Officer", "team_person_ttp", "ordinary words"),
        ("Noor Wali Mehsud", "team_person_ttp", "belongs to noor_wali_mehsud"),
        ("noor wali mehsud", "noor_wali_mehsud", "known already as noor_wali_mehsud"),
        ("Kabul River", "team_place_afghanistan", "trap"),
        ("Zarrak Lohani", "nobody", "no concept nobody"),
    ],
)
def test_a_spelling_that_would_do_harm_is_refused_with_a_reason(
    lexicon: Lexicon, spelling: str, concept: str, word: str
) -> None:
    against = objections(spelling, concept, lexicon)
    assert any(word in one.sentence for one in against), against
    assert any(one.final for one in against)


@pytest.mark.parametrize(
    ("spelling", "texts"),
    [
        ("Badshah", ["The badshah spoke.", "A badshah came.", "Badshah said no."]),
        ("Wali", []),
        ("lohani", []),
        ("IHM", []),
        ("Z\u0430rrak Lohani", []),  # the second letter is Cyrillic
    ],
)
def test_a_doubtful_spelling_needs_somebody_who_is_sure(
    lexicon: Lexicon, spelling: str, texts: list[str]
) -> None:
    against = objections(spelling, "team_person_ttp", lexicon, texts)
    assert against
    assert not any(one.final for one in against)


def test_a_sound_name_meets_no_objection(lexicon: Lexicon) -> None:
    assert objections("Zarrak Lohani", "team_person_ttp", lexicon, list(ZARRAK)) == ()
    assert objections("زمرک لوہانی", "team_person_ttp", lexicon) == ()
    assert objections("Zarrak زمرک", "team_person_ttp", lexicon) == ()
    assert objections("Qa\u02bcari Ismá\u0301il", "team_person_ttp", lexicon) == ()


def test_an_added_name_is_matched_and_no_longer_new(lexicon: Lexicon) -> None:
    team = Team(names=(("team_person_ttp", ("Zarrak Lohani", "زمرک لوہانی")),))
    ours = load_lexicon(TOPIC, team)
    assert not unknown_names([*texts_of(*ZARRAK), *BACKGROUND], ours)
    hits = ours.read("Officials named Zarrak Lohani again.", "title")
    assert [(hit.concept.id, hit.concept.pole) for hit in hits] == [("team_person_ttp", "ttp")]
    urdu = ours.read("کمانڈر زمرك لوہاني مارا گیا", "title")
    assert "team_person_ttp" in {hit.concept.id for hit in urdu}
    assert known("Zarrak Lohani", ours)
    assert not known("Zarrak Lohani", lexicon)
    assert ours.version != lexicon.version
    assert load_lexicon(TOPIC, NO_TEAM).version == lexicon.version


def test_an_honour_does_not_tell_two_apart() -> None:
    assert key_of(["Mufti", "Noor", "Wali"]) == key_of(["Nur", "Wali"])
    assert key_of(["Zarrak", "ul", "Haq"]) == key_of(["Zarrak", "Haq"])
    assert key_of(["Noor", "Wali"]) != key_of(["Noor", "Ali"])
