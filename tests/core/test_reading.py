"""A text laid out for reading: word for word, what counted in place, the work bounded."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web.marks import Reasons, marked_title, read_evidence
from monitor.web.reading import ALL_ROOM, ROOM, Reading, laid_out, sentences

BODY = (
    "Officials of Pakistan met in Kabul. They spoke of trucks. Nobody was at the border.\n"
    "\n"
    "The TTP was named at https://ttp.example twice. Rain fell on Chaman.\n"
    "The bodies of two drivers were found charred. Both had been tortured. The families wait.\n"
    "The last line says little."
)


def evidence(*places: tuple[str, float, int], body: str = BODY, **more: Any) -> Reasons:
    """Evidence that counted words of the body: (word, weight, where it is said to stand)."""
    rows = [
        {"feature": f"f{n}", "label": f"label of {word}", "weight": weight, "matches": [
            {"concept": word, "text": word, "part": "body", "start": at, "end": at + len(word)}]}
        for n, (word, weight, at) in enumerate(places)
    ]  # fmt: skip
    rows += [
        {"feature": f"word:{term}", "label": f"“{term}”", "weight": weight, "matches": []}
        for term, weight in more.get("learnt", ())
    ]
    return read_evidence(json.dumps({"contributions": rows}), {}, frozenset({"Pakistan", "TTP"}))


def at(word: str) -> int:
    return BODY.index(word)


def shown(reading: Reading) -> str:
    """All that is laid out, with a line break where a line begins."""
    parts = [p for block in reading.blocks for p in block.paragraphs]
    return "".join(("\n" if part.begins else "") + part.text for part in parts).removeprefix("\n")


def lines(body: str) -> str:
    return "\n".join(line for line in body.split("\n") if line.strip())


def marks(reading: Reading) -> list[tuple[str, bool]]:
    return [
        (piece.text, piece.name)
        for block in reading.blocks
        for part in block.paragraphs
        for sentence in part.sentences
        for piece in sentence.pieces
        if piece.term is not None
    ]


def barred(reading: Reading) -> list[str]:
    return [
        sentence.text.strip()
        for block in reading.blocks
        for part in block.paragraphs
        for sentence in part.sentences
        if sentence.barred
    ]


TEXT = st.text(
    alphabet="Aab .!?۔؟\n\u2028\u200f\u0301<&\"'”)بf\r\t\u00a0", max_size=120
) | st.sampled_from([BODY, "U.S. troops left. Mr. Khan said so.", "body " * 40])
PLACES = st.lists(
    st.tuples(st.text("Aab .ب", max_size=4), st.floats(-5, 5), st.integers(-5, 130)), max_size=12
)


@given(TEXT, PLACES, st.booleans())
def test_joined_again_the_pieces_are_the_lines_of_the_text(
    body: str,
    places: list[tuple[str, float, int]],
    plain: bool,
) -> None:
    reading = laid_out(body, "en", evidence(*places), plain=plain)
    assert shown(reading) == lines(body)
    assert reading.left == 0


@given(st.text('ab .۔؟!”"', max_size=200))
def test_sentences_leave_nothing_out(line: str) -> None:
    assert "".join(line[start:end] for start, end in sentences(line)) == line


@given(TEXT, PLACES)
def test_joined_again_the_pieces_of_a_title_are_the_title(
    title: str, places: list[tuple[str, float, int]]
) -> None:
    assert "".join(p.text for p in marked_title(title, evidence(*places))) == title


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It rained. U.S. troops left. Mr. Khan wept.", ["It rained.", "U.S. troops left.",
                                                        "Mr. Khan wept."]),
        ("گزرگاہ بند ہے۔ ٹرک کھڑے ہیں؟ جی ہاں۔", ["گزرگاہ بند ہے۔", "ٹرک کھڑے ہیں؟", "جی ہاں۔"]),
        ("گزرگاہ بند ہے۔ٹرک کھڑے ہیں۔", ["گزرگاہ بند ہے۔", "ٹرک کھڑے ہیں۔"]),
        ("“What now?” he asked. Nobody knew.", ["“What now?” he asked.", "Nobody knew."]),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_people_end_it(text: str, wanted: list[str]) -> None:
    assert [text[start:end].strip() for start, end in sentences(text)] == wanted


def test_names_and_terms_are_told_apart() -> None:
    reasons = evidence(("Pakistan", 2.0, at("Pakistan")), ("trucks", 0.5, at("trucks")))
    reading = laid_out(BODY, "en", reasons)
    assert marks(reading) == [("Pakistan", True), ("trucks", False)]
    told = {one.text: (one.name, one.times) for one in reading.marked}
    assert told == {"Pakistan": (True, 1), "trucks": (False, 1)}


def test_the_sentences_that_weigh_most_are_barred_and_no_others() -> None:
    reasons = evidence(
        ("Pakistan", 2.0, at("Pakistan")), ("Chaman", 1.0, at("Chaman")),
        ("trucks", 0.3, at("trucks")), ("last", -3.0, at("last")),
    )  # fmt: skip
    assert barred(laid_out(BODY, "en", reasons)) == [
        "Officials of Pakistan met in Kabul.", "Rain fell on Chaman."
    ]  # fmt: skip


def test_of_a_weight_that_stands_in_one_place_twice_both_count() -> None:
    reasons = evidence(("Chaman", 0.15, at("Chaman")), ("Chaman", 0.15, at("Chaman")))
    assert barred(laid_out(BODY, "en", reasons)) == ["Rain fell on Chaman."]


def test_while_the_score_is_kept_back_no_bar_and_no_learnt_word_tells_it() -> None:
    reasons = evidence(("Pakistan", 2.0, at("Pakistan")), learnt=[("rain", 1.0)])
    assert marks(laid_out(BODY, "en", reasons)) == [("Pakistan", True), ("Rain", False)]
    kept_back = laid_out(BODY, "en", reasons, plain=True)
    assert not barred(kept_back)
    assert marks(kept_back) == [("Pakistan", True)]


def test_a_pair_of_words_that_was_learnt_is_marked_as_one() -> None:
    reasons = evidence(learnt=[("rain fell", 1.0)])
    assert marks(laid_out(BODY, "en", reasons)) == [("Rain fell", False)]


def test_a_place_that_moved_is_found_where_the_words_stand_nearest() -> None:
    moved = f"A new first line with Pakistan in it.\n{BODY}"
    reasons = evidence(("Pakistan", 2.0, at("Pakistan") + 35))
    reading = laid_out(moved, "en", reasons)
    assert marks(reading) == [("Pakistan", True)]
    assert "Officials of Pakistan" in next(
        s.text for b in reading.blocks for p in b.paragraphs for s in p.sentences
        if any(piece.term for piece in s.pieces)
    )  # fmt: skip


def test_a_term_is_never_found_inside_another_word() -> None:
    gone = BODY.replace("The TTP was", "Nobody was").replace("ttp", "TTP")
    assert marks(laid_out(gone.replace("//TTP.", "//xTTP."), "en", evidence(("TTP", 2.0, 3)))) == []


def test_graphic_sentences_are_folded_by_runs_and_keep_their_marks() -> None:
    reasons = evidence(("drivers", 2.0, at("drivers")))
    reading = laid_out(BODY, "en", reasons)
    assert [block.folded for block in reading.blocks] == [0, 2, 0]
    assert reading.passages == 1
    assert marks(reading) == [("drivers", False)]
    assert "tortured" in reading.blocks[1].paragraphs[0].text
    assert not reading.blocks[2].paragraphs[0].begins, "the line goes on after the fold"


def test_the_direction_of_a_paragraph_comes_from_its_own_letters() -> None:
    reading = laid_out("گزرگاہ نو دن سے بند ہے۔\nUNHCR said so in Geneva.", "ur", Reasons())
    ways = [(p.tongue.dir, p.tongue.lang) for b in reading.blocks for p in b.paragraphs]
    assert ways == [("rtl", "ur"), ("ltr", "")]


def test_a_long_text_stops_at_a_sentence_and_says_how_much_is_left() -> None:
    long = "\n".join(f"{BODY} {n}" for n in range(400))
    reading = laid_out(long, "en", Reasons())
    assert lines(long).startswith(shown(reading))
    assert len(shown(reading).encode()) <= ROOM
    words = len(lines(long).split()) - len(shown(reading).split())
    assert abs(reading.left - words) / words < 0.15
    assert 0.5 < reading.left_share < 1
    whole = laid_out(long, "en", Reasons(), room=ALL_ROOM)
    assert shown(whole) == lines(long)


def test_a_small_rest_is_not_put_on_another_page() -> None:
    long = ("word " * 9 + "end. ") * (ROOM // 46)
    assert not laid_out(long, "en", Reasons()).left


def test_asides_are_never_barred() -> None:
    reasons = evidence(("Chaman", 2.0, at("Chaman")))
    line = BODY.split("\n")[2]
    aside = (at(line), at(line) + len(line))
    reading = laid_out(BODY, "en", reasons, aside=(aside,))
    assert not barred(reading)
    assert [p.aside for b in reading.blocks for p in b.paragraphs] == [False, True] + [False] * 3


@pytest.mark.parametrize(
    "body",
    [
        "Rain fell on Chaman. " * 25_000,
        ("Rain fell on Chaman. " * 20 + "\n") * 1_250,
        "a\n" * 250_000,
        "x" * 500_000,
        "e" + "\u0301" * 500_000,
        "\u202e\u2066" * 250_000,
        "گزرگاہ بند ہے۔" * 36_000,
        "body found " * 45_000,
    ],
    ids=["one line", "lines", "short lines", "no blanks", "marks", "controls", "urdu", "bodies"],
)
def test_half_a_megabyte_is_laid_out_in_bounded_time_and_room(body: str) -> None:
    start = process_time()
    reading = laid_out(body, "en", Reasons())
    assert process_time() - start < 0.5, "an idle machine needs a tenth of that"
    assert len(shown(reading).encode()) <= ROOM
    assert reading.left > 0


def test_five_thousand_marks_are_bounded_too() -> None:
    body = "Pakistan spoke. " * 30_000
    reasons = evidence(*((f"Pak{n}", 1.0, n * 3) for n in range(2_500)),
                       *(("Pakistan", 1.0, n * 16) for n in range(2_500)))  # fmt: skip
    start = process_time()
    reading = laid_out(body, "en", reasons)
    assert process_time() - start < 0.5
    assert len(marks(reading)) <= ROOM // 44


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"contributions": 3}', '{"contributions": [{"weight": "x"}]}', "{"]
)
def test_malformed_evidence_gives_no_marks_and_no_error(text: str) -> None:
    assert not marks(laid_out(BODY, "en", read_evidence(text, {})))
