"""Words of officials: with their speaker and office, or left out."""

from __future__ import annotations

from datetime import date

import pytest

from classifiers.lexicon import load_lexicon
from monitor.articles.claiming import names_of
from monitor.stages.claims import Names, Quote, quotes

ON = date(2026, 3, 7)
WORDS = "We will not talk to those who fire at us"


@pytest.fixture(scope="module")
def names() -> Names:
    return names_of(load_lexicon())


def found(body: str, names: Names) -> list[Quote]:
    return list(quotes(body, published_on=ON, names=names))


QUOTED = [
    (f"“{WORDS},” Foreign Office spokesperson Tahir Andrabi said on Thursday.",
     "Tahir Andrabi", "Foreign Office spokesperson", "2026-03-05"),
    (f"“{WORDS},” said Zabihullah Mujahid, the spokesman of the Islamic Emirate.",
     "Zabihullah Mujahid", "the spokesman of the Islamic Emirate", "2026-03-07"),
    (f"Defence Minister Khawaja Asif said: “{WORDS}.”",
     "Khawaja Asif", "Defence Minister", "2026-03-07"),
    (f"Khawaja Asif, the defence minister, told reporters that “{WORDS}”.",
     "Khawaja Asif", "the defence minister", "2026-03-07"),
    (f'"{WORDS}," the ISPR said in a statement.', "ISPR", "", "2026-03-07"),
    (f"The UN special envoy Rosa Maria Lind noted that “{WORDS}”.",
     "Rosa Maria Lind", "UN special envoy", "2026-03-07"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "speaker", "office", "day"), QUOTED)
def test_the_words_of_an_official_are_kept_with_name_office_and_day(
    body: str, speaker: str, office: str, day: str, names: Names
) -> None:
    (quote,) = found(body, names)
    assert (quote.speaker.name, quote.speaker.office) == (speaker, office)
    assert (quote.words.rstrip("."), str(quote.said_on)) == (WORDS, day)
    assert quote.sentence == body
    assert quote.resolved == "named"


LEFT_OUT = [
    f"“{WORDS},” he said.",  # nobody spoke before
    f"“{WORDS},” a shopkeeper in the bazaar said.",
    f"“{WORDS}.”",
    f"A banner read “{WORDS}”.",
    "The so-called “peace deal” failed, Defence Minister Khawaja Asif said.",  # a name, no sentence
]


@pytest.mark.parametrize("body", LEFT_OUT)
def test_words_of_nobody_in_office_are_left_out(body: str, names: Names) -> None:
    assert found(body, names) == []


def test_he_said_is_the_one_person_who_spoke_and_in_doubt_it_is_nobody(names: Names) -> None:
    first = "Interior Minister Mohsin Naqvi said the crossing would open. "
    second = "Governor Faisal Karim Kundi said it would not. "
    tail = f"“{WORDS},” he added."
    (quote,) = found(first + tail, names)
    assert (quote.speaker.name, quote.resolved) == ("Mohsin Naqvi", "pronoun")
    assert found(first + second + tail, names) == []


def test_a_short_name_takes_the_office_it_was_given_before(names: Names) -> None:
    body = f"Information Minister Attaullah Tarar said talks had ended. “{WORDS},” Tarar said."
    (quote,) = found(body, names)
    assert (quote.speaker.name, quote.speaker.office, quote.resolved) == (
        "Attaullah Tarar",
        "Information Minister",
        "short name",
    )


def test_the_speaker_of_one_quote_is_not_given_the_next(names: Names) -> None:
    body = (
        f"“{WORDS},” said Zabihullah Mujahid, the spokesman. “They will answer for every shot,”"
        " Defence Minister Khawaja Asif said."
    )
    assert [quote.speaker.name for quote in found(body, names)] == [
        "Zabihullah Mujahid",
        "Khawaja Asif",
    ]


ANOTHERS = [
    f"Defence Minister Khawaja Asif quoted the Emirate's deputy as saying “{WORDS}”.",
    f"Defence Minister Khawaja Asif did not say “{WORDS}” in the interview.",
    f"Defence Minister Khawaja Asif denied having said “{WORDS}” in the interview.",
    f"“{WORDS}” was chanted as Defence Minister Khawaja Asif said the border was shut.",
    f"Defence Minister Khawaja Asif said a neighbour had claimed “{WORDS}”.",
    f"“{WORDS},” a neighbour told reporters, and Defence Minister Khawaja Asif said no more.",
]


@pytest.mark.parametrize("body", ANOTHERS)
def test_words_that_are_anothers_or_that_were_never_said_are_put_in_nobodys_mouth(
    body: str, names: Names
) -> None:
    assert found(body, names) == []


def test_of_two_who_speak_in_one_sentence_each_has_their_own_words(names: Names) -> None:
    body = (
        f"Foreign Office spokesperson Tahir Andrabi said, “{WORDS},” while Defence Minister Khawaja"
        " Asif said, “They will answer for every shot.”"
    )
    assert [quote.speaker.name for quote in found(body, names)] == [
        "Tahir Andrabi",
        "Khawaja Asif",
    ]


def test_words_in_a_box_of_other_stories_are_not_kept(names: Names) -> None:
    body = f"“{WORDS},” Defence Minister Khawaja Asif said."
    assert quotes(body, published_on=ON, names=names, aside=[(0, len(body))]) == ()
