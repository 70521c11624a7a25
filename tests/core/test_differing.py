"""What an edit changed: nothing invented, nothing lost, and no text that takes long."""

from __future__ import annotations

import random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.differing import Difference, differ, paragraphs, words_of

LINES = st.lists(
    st.text(alphabet="ab ,.\u06d4پاک\u200c\u0301٣4<&", max_size=30) | st.sampled_from(["x y", "z"]),
    max_size=12,
).map("\n".join)


def side(found: Difference, own: str) -> list[str]:
    """One of the two texts, as the comparison tells it."""
    wanted = {"same", "changed", own}
    return [
        "".join(run.text for run in stretch.runs if run.fate in {"same", own})
        for stretch in found.stretches
        if stretch.fate in wanted
    ]


@given(LINES, LINES)
def test_what_stayed_and_went_is_the_earlier_text_what_stayed_and_came_the_later(
    before: str, after: str
) -> None:
    found = differ(before, after)
    assert side(found, "gone") == paragraphs(before)
    assert side(found, "new") == paragraphs(after)


@given(LINES)
def test_a_text_beside_itself_shows_no_change(text: str) -> None:
    assert not differ(text, text).changed
    assert differ(text, text).whole


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_headline_is_told_word_by_word_and_whole(before: str, after: str) -> None:
    runs = words_of(before, after)
    assert "".join(run.text for run in runs if run.fate != "new") == before
    assert "".join(run.text for run in runs if run.fate != "gone") == after
    assert all(run.text for run in runs)


def told(before: str, after: str) -> str:
    """A comparison as a line: [-went-] {+came+}."""
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    lines = [
        "".join(marks[run.fate].format(run.text) for run in stretch.runs)
        + (" (moved)" if stretch.moved else "")
        for stretch in differ(before, after).stretches
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        pytest.param(
            "The crossing has been shut for nine days, traders said.",
            "The crossing has been shut for ten days, traders said.",
            "The crossing has been shut for [-nine-]{+ten+} days, traders said.",
            id="a word",
        ),
        pytest.param(
            "Some 4,000 trucks wait on both sides of the line.",
            "Some 6,500 trucks wait on both sides of the line.",
            "Some [-4,000-]{+6,500+} trucks wait on both sides of the line.",
            id="a number is one word, commas and all",
        ),
        pytest.param(
            "Guards shut the gate on the third day of the strike.",
            "Guards shut the gate on a very fourth morning of the strike.",
            "Guards shut the gate on [-the third day-]{+a very fourth morning+} of the strike.",
            id="neighbouring words change together, not blank by blank",
        ),
        pytest.param("One.\nTwo.", "One.\nThree came.\nTwo.", "One.\n{+Three came.+}\nTwo.",
                     id="a paragraph that came"),
        pytest.param("One.\nTwo.\nThree.", "One.\nThree.", "One.\n[-Two.-]\nThree.",
                     id="a paragraph that went"),
        pytest.param(
            "A spokesman denied it.\nTrucks wait.\nRain fell.",
            "Trucks wait.\nRain fell.\nA spokesman denied it.",
            "[-A spokesman denied it.-] (moved)\nTrucks wait.\nRain fell.\n"
            "{+A spokesman denied it.+} (moved)",
            id="a paragraph that moved",
        ),
        pytest.param(
            "Elders met in Jalalabad to speak about fruit.",
            "Nothing of the kind happened today, said Islamabad.",
            "[-Elders met in Jalalabad to speak about fruit.-]\n"
            "{+Nothing of the kind happened today, said Islamabad.+}",
            id="a sentence that has nothing in common is not a word soup",
        ),
        pytest.param(
            "گزرگاہ نو دن سے بند ہے اور ٹرک کھڑے ہیں۔",
            "گزرگاہ دس دن سے بند ہے اور ٹرک کھڑے ہیں۔",
            "گزرگاہ [-نو-]{+دس+} دن سے بند ہے اور ٹرک کھڑے ہیں۔",
            id="Urdu, by its words",
        ),
    ],
)  # fmt: skip
def test_an_edit_reads_as_a_person_would_tell_it(before: str, after: str, wanted: str) -> None:
    assert told(before, after) == wanted


CHOOSE = random.Random(7)  # noqa: S311  # texts to compare, no secret
NEAR = [f"the same line of words with one number {n % 7}" for n in range(4500)]
HOSTILE = {
    "nearly the same lines": ("\n".join(NEAR), "\n".join(f"{x} {n % 5}" for n, x in
                                                       enumerate(NEAR))),
    "one letter a line": ("a\n" * 100_000, "b\n" * 100_000),
    "two letters a line": tuple("\n".join(CHOOSE.choices("ab", k=100_000)) for _ in "xy"),
    "two words without end": ("a b " * 50_000, "b a " * 50_000),
    "lines in another order": ("\n".join(map(str, range(30_000))),
                               "\n".join(map(str, range(30_000, 0, -1)))),
    "no blank anywhere": ("x" * 200_000, "x" * 199_999 + "y"),
    "marks without letters": ("\u0301" * 200_000, "\u0301\u0300" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_pair_of_texts_takes_long(name: str) -> None:
    before, after = HOSTILE[name]
    best = min(_seconds(before, after) for _ in range(3))
    assert best < 0.2, "a slow machine is allowed twice what an ordinary one needs"


def _seconds(before: str, after: str) -> float:
    start = process_time()
    differ(before, after)
    return process_time() - start


def test_what_was_not_compared_is_said() -> None:
    assert not differ(*HOSTILE["nearly the same lines"]).whole
    assert not differ("a\n" * 4000, "a\n" * 4000).whole
    ordinary = "\n".join(
        f"Paragraph {n} of a long report on the road to Kabul." for n in range(400)
    )
    assert differ(ordinary, ordinary.replace("Paragraph 7 ", "Line 7 ")).whole
