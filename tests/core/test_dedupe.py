"""Copies are found, and what only sounds alike is not taken for one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import CopyOf, Fingerprints
from monitor.stages.dedupe import comparing, copy_of, fingerprint
from store.copies import INDEXED
from store.types import Candidate

SEEN_AT = datetime(2026, 3, 1, tzinfo=UTC)


def story(seed: int, words: int = 320) -> str:
    """An invented report: lines of ten to thirty words, no two seeds alike."""
    chance = random.Random(seed)  # noqa: S311 - a fixture, not a secret
    lines = []
    while words > 0:
        length = min(words, chance.randint(10, 30))
        line = " ".join(f"w{chance.randrange(4000)}" for _ in range(length))
        lines.append(f"{line}.")
        words -= length
    return "\n".join(lines)


def candidate(fp: Fingerprints, article: int = 1, seen_at: datetime = SEEN_AT) -> Candidate:
    return Candidate(
        article=article,
        text_hash=fp.text_hash,
        title_key=fp.title_key,
        sketch=fp.sketch,
        first_seen_at=seen_at,
    )


def compared(old: tuple[str, str], new: tuple[str, str]) -> CopyOf | None:
    return copy_of(fingerprint(*new), [candidate(fingerprint(*old))])


ORIGINAL = story(1)


def test_the_same_text_under_another_headline_is_the_same_text() -> None:
    found = compared(("Convoy crosses pass", ORIGINAL), ("Lorries reach valley", ORIGINAL.upper()))
    assert found == CopyOf(article=1, how="same_text", similarity=1.0)


@pytest.mark.parametrize(
    "edited",
    [
        "\n".join(ORIGINAL.split("\n")[: len(ORIGINAL.split("\n")) // 2]),
        ORIGINAL.replace(".\n", ".\n\n").replace(" w1", " W1"),
        ORIGINAL + "\nThe writer can be reached at the desk.\nRead more on our pages",
        "ISLAMABAD: " + ORIGINAL,
        story(2, 40) + "\n" + ORIGINAL,
    ],
    ids=["cut in half", "set anew", "with a tail", "with a dateline", "under a new opening"],
)
def test_an_edited_copy_is_found(edited: str) -> None:
    found = compared(("Convoy crosses pass", ORIGINAL), ("Convoy crosses the pass", edited))
    assert found is not None
    assert 0.3 <= found.similarity <= 1.0


@pytest.mark.parametrize("seed", range(2, 12))
def test_unlike_texts_are_no_copies_although_pages_end_in_the_same_captions(seed: int) -> None:
    captions = "\n".join(
        f"Caption {n} of another story on the same front page..." for n in range(20)
    )
    old = ("Convoy crosses pass", story(1, 90) + "\n" + captions)
    new = ("Convoy crosses pass", story(seed, 90) + "\n" + captions)
    assert compared(old, new) is None


def test_the_next_day_of_a_template_is_no_copy() -> None:
    frame = story(3, 100).split("\n")
    tail = story(4, 200)
    monday = "\n".join([story(5, 30), *frame]) + tail
    tuesday = "\n".join([story(6, 30), *frame]) + tail
    old = ("Gold drops Rs1,000 per tola", monday)
    assert compared(old, ("Gold drops Rs1,595 per tola", tuesday)) is None


def test_an_update_that_keeps_the_old_background_is_no_copy() -> None:
    """The next day's report: a new beginning, then half of the old text."""
    lines = ORIGINAL.split("\n")
    update = "\n".join([story(20, 130), *lines[len(lines) // 2 :]])
    assert compared(("Convoy crosses pass", ORIGINAL), ("Convoy held at pass", update)) is None


def test_a_report_on_a_page_of_briefs_does_not_make_the_page_its_copy() -> None:
    brief = story(30, 150)
    page = "\n".join([story(31, 200), brief, story(32, 240)])
    assert compared(("Bridge opens", brief), ("Market falls", page)) is None


@pytest.mark.parametrize("seed", range(40, 46))
def test_a_copy_is_found_whatever_a_desk_does_to_it(seed: int) -> None:
    """Words changed after the lead, two fifths cut, a wire's opening before it."""
    chance = random.Random(seed)  # noqa: S311 - a fixture
    original = story(seed, 400)
    words = original.split(" ")
    words[20:] = [word if chance.random() > 0.05 else "otherwise" for word in words[20:]]
    cut = " ".join(words[: int(len(words) * 0.6)])
    edited = f"By our correspondent\n{story(seed + 100, 25)}\nISLAMABAD (APP): {cut}"
    assert compared(("Convoy crosses pass", original), ("Lorries on the way", edited)) is not None


@pytest.mark.parametrize("seed", range(70, 76))
def test_a_copy_is_found_when_a_tenth_of_its_words_are_others(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a fixture
    words = story(seed, 500).split(" ")
    edited = " ".join(
        f"v{chance.randrange(9**9)}" if chance.random() < 0.1 else word for word in words
    )
    assert compared(("Convoy crosses pass", story(seed, 500)), ("Convoy is over", edited))


@pytest.mark.parametrize("seed", range(80, 86))
def test_a_copy_is_found_when_a_quarter_of_its_sentences_are_others(seed: int) -> None:
    """The first of them too, as a desk does that wants a beginning of its own."""
    lines = story(seed, 600).split("\n")
    edited = [story(900 + n, 20) if n % 4 == 0 else line for n, line in enumerate(lines)]
    old, new = ("Convoy crosses pass", "\n".join(lines)), ("Convoy is over", "\n".join(edited))
    assert compared(old, new)


def test_an_update_is_no_copy_although_it_shares_as_much_as_a_text_with_other_sentences() -> None:
    """It has a long beginning of its own, keeps four fifths of the old text, and is longer."""
    lines = story(91, 600).split("\n")
    kept = [line for n, line in enumerate(lines) if n % 5]
    update = "\n".join([story(191, 280), *kept])
    old = ("Convoy crosses pass", "\n".join(lines))
    assert compared(old, ("Convoy held at pass", update)) is None
    assert compared(old, ("Convoy held at pass", "\n".join([story(191, 120), *kept]))) is not None


def test_changed_tolls_make_no_other_text_and_paragraphs_may_stand_in_any_order() -> None:
    lines = [f"{line[:-1]}, {n} of them." for n, line in enumerate(ORIGINAL.split("\n"))]
    tolls = [f"{line[:-1]}, {n + 50} of them." for n, line in enumerate(ORIGINAL.split("\n"))]
    old = ("Blast kills 5", "\n".join(lines))
    assert compared(old, ("Blast kills 12", "\n".join(tolls))) is not None
    assert compared(old, ("Blast kills 5", "\n".join(reversed(lines)))) is not None


def test_the_next_bulletin_in_the_same_words_is_no_copy() -> None:
    def bulletin(dead: str, hurt: int, calls: int) -> tuple[str, str]:
        return (
            f"{dead} die on roads in a day",
            (
                f"The rescue service answered {calls} calls on the roads of the province during"
                f" the last day. In these {dead} people died and {hurt} were hurt, of whom"
                f" {hurt - 30} were taken to hospitals and 30 treated on the spot. In"
                f" {calls - 40} of them motorcycles were involved, and {calls // 3} of the"
                " victims were pedestrians. The service asks"
                " all drivers to wear helmets and belts and to keep to the left."
            ),
        )

    assert compared(bulletin("Eight", 912, 1004), bulletin("Ten", 871, 988)) is None
    assert compared(bulletin("8", 912, 1004), bulletin("Eight", 912, 1004)) is not None


def test_a_brief_that_was_edited_is_a_copy_under_the_same_headline_only() -> None:
    brief = story(50, 40)
    edited = brief.replace(".", ";", 1) + " It was not confirmed by anybody."
    assert compared(("Roof falls in mill", brief), ("Roof falls in mill", edited)) is not None
    assert compared(("Roof falls in mill", brief), ("Two held for theft", edited)) is None
    assert compared(("Roof falls in mill", brief), ("Two held for theft", brief)) is not None


def test_digits_of_urdu_are_digits() -> None:
    urdu = "دھماکے میں ۱۲ افراد ہلاک ہوئے"
    assert fingerprint("", urdu).text_hash == fingerprint("", urdu.replace("۱۲", "12")).text_hash


def test_what_a_text_is_looked_up_by_are_the_largest_values_of_its_sketch() -> None:
    """So the store may index a tenth of a sketch and still finds whom a text copies."""
    old, new = fingerprint("a", ORIGINAL), fingerprint("b", story(60, 80) + "\n" + ORIGINAL)
    assert len(set(old.sketch[-INDEXED:]) & set(new.sketch[-INDEXED:])) >= INDEXED // 2
    other = fingerprint("a", story(61, 320))
    assert not set(old.sketch[-INDEXED:]) & set(other.sketch[-INDEXED:])


def test_very_short_texts_are_copies_only_word_for_word() -> None:
    brief = "Two lorries collided on the ring road on Monday, police said."
    assert fingerprint("t", brief).sketch == ()
    assert compared(("Crash", brief), ("Crash", brief.replace("Two", "Three"))) is None
    assert compared(("Crash", brief), ("Crash", brief)) is not None
    assert compared(("Monday", ""), ("Tuesday", "")) is None


def test_letters_written_in_different_ways_are_the_same_text() -> None:
    persian = "پاکستان کی کابینہ نے یہ فیصلہ کیا"
    arabic_letters = persian.replace("ک", "ك").replace("ی", "ي")
    assert fingerprint("", persian).text_hash == fingerprint("", arabic_letters).text_hash
    assert fingerprint("Café", "x").title_key == fingerprint("CAFE\u0301", "x").title_key


def test_the_closest_candidate_wins_and_among_equals_the_first_seen() -> None:
    old, near = fingerprint("a", ORIGINAL), fingerprint("a", ORIGINAL + "\n" + story(9, 60))
    later = SEEN_AT + timedelta(hours=1)
    choices = [candidate(near, 1), candidate(old, 2, later), candidate(old, 3)]
    assert copy_of(old, choices) == CopyOf(article=3, how="same_text", similarity=1.0)
    assert copy_of(old, []) is None


def test_a_fingerprint_is_the_same_on_every_machine_and_in_every_run() -> None:
    fp = fingerprint("Convoy crosses pass", "The convoy crossed. " * 30)
    assert fp.scheme == "runs112-head100-long64-1"
    assert fp.text_hash == "9c2d07316a54589ca2f48fd2e0bfdc30"
    assert fp.sketch[:2] == (24068, 36088)
    assert fp.sketch[-2:] == (31670827629, 45264908939)


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_has_a_fingerprint_that_fits_the_database(title: str, body: str) -> None:
    for fp in (fingerprint(title, body), fingerprint(title, f"{body} " + story(7, 80))):
        assert all(0 <= value < 2**63 for value in fp.sketch)
        assert list(fp.sketch) == sorted(set(fp.sketch))
        assert len(fp.sketch) <= 288
        found = copy_of(fp, [candidate(fp)])
        assert found is not None
        assert found.how == "same_text"


@settings(max_examples=200, deadline=None)
@given(
    ours=st.lists(st.integers(0, 400), min_size=0, max_size=400),
    theirs=st.lists(st.integers(0, 400), min_size=0, max_size=400),
)
def test_a_candidate_is_passed_over_only_where_it_shares_too_little(
    ours: list[int], theirs: list[int]
) -> None:
    own, other = (
        comparing._read(fingerprint("", " ".join(f"w{n}" for n in one)).sketch)
        for one in (ours, theirs)
    )
    sketch = fingerprint("", " ".join(f"w{n}" for n in theirs)).sketch
    at_most = comparing._shared_at_most(frozenset(own.whole), sketch)
    assert comparing._shared(own, other)[0] <= at_most <= 1
