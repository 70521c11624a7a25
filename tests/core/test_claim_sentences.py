"""The quick look into a sentence: what it rules out is not there, and each is cut only once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.lexicon import load_lexicon
from monitor.articles.claiming import names_of
from monitor.stages.claims import Names, claims, quotes, segmented, statements
from monitor.stages.claims.prose import Sentence
from monitor.stages.claims.sentences import tokens
from monitor.stages.claims.subjects import SAYING

ON = date(2026, 3, 7)
GOLD = sorted((Path(__file__).resolve().parents[1] / "data" / "claims").glob("*.txt"))
PIECES = st.sampled_from(
    [
        *("said", "SAID", "told", "x", "İ", "ı", "ſ", "\u0307", "\u00ad", "\u200c", "²", "_", "7"),
        *("-", "‐", "’", "'", " ", "“", "one", "ſaid", "cıtıng", "K", "ask", "ed", "é"),
    ]
)
PROSE = st.lists(PIECES, max_size=14).map("".join)


def sentence(text: str) -> Sentence:
    return Sentence(text=text, start=0, names=Names())


@given(PROSE)
def test_a_verb_that_stands_among_the_words_is_never_ruled_out(text: str) -> None:
    if any(token.low in SAYING for token in tokens(text)):
        assert sentence(text).may_hold(SAYING)


@given(PROSE)
def test_a_word_that_a_pattern_meets_is_never_ruled_out(text: str) -> None:
    for word in ("one", "said", "citing"):
        if re.search(rf"\b{word}\b", text, re.IGNORECASE):
            assert sentence(text).may_hold(frozenset({word}))


def test_a_word_that_does_not_stand_there_is_ruled_out() -> None:
    assert not sentence("Rain fell on Upper Kesra; the unsaid stayed so.").may_hold(SAYING)


def test_verbs_of_saying_are_letters_from_a_to_z_alone() -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in SAYING)


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
def test_sentences_cut_once_serve_all_that_is_asked(path: Path) -> None:
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    names = names_of(load_lexicon())
    cut = segmented(body, names)
    assert claims(title, body, published_on=ON, names=names, cut=cut) == claims(
        title, body, published_on=ON, names=names
    )
    assert quotes(body, published_on=ON, names=names, cut=cut) == quotes(
        body, published_on=ON, names=names
    )
    assert statements(body, published_on=ON, names=names, cut=cut) == statements(
        body, published_on=ON, names=names
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("He left.Then rain fell.", 2),
        ("“Go!”Then rain fell.", 1),
        ("One ends.\n\n\nAnother begins…", 2),
        ("Was it so?! It was.", 2),
        ("a.b.Cd is one word, v2.0 another", 2),
        ("...\n\n", 1),
    ],
)
def test_sentences_end_at_stops_and_lines(text: str, count: int) -> None:
    assert len(segmented(text, Names())) == count
