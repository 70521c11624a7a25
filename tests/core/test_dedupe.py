"""Copies are found, and what only sounds alike is not taken for one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import CopyOf, Fingerprints
from monitor.stages.dedupe import copy_of, fingerprint
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


def test_short_texts_are_copies_only_word_for_word() -> None:
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
    assert fp.scheme == "head32-whole16-1"
    assert fp.text_hash == "9c2d07316a54589ca2f48fd2e0bfdc30"
    assert fp.sketch[:2] == (1881317780552809124, 1881317780552809125)


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_has_a_fingerprint_that_fits_the_database(title: str, body: str) -> None:
    for fp in (fingerprint(title, body), fingerprint(title, f"{body} " + story(7, 80))):
        assert all(0 <= value < 2**63 for value in fp.sketch)
        assert list(fp.sketch) == sorted(set(fp.sketch))
        assert len(fp.sketch) <= 48
        found = copy_of(fp, [candidate(fp)])
        assert found is not None
        assert found.how == "same_text"
