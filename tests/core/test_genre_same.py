"""Genres are guessed by short cuts; they find what the plain patterns find, in any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.stages import genre

QUOTED = re.compile(r"[“\"][^”\"]{0,600}[”\"]|(?<!\w)['‘][^'’\n]{0,300}['’](?!\w)")
URGES = tuple(
    re.compile(rf"\b{phrase}")
    for phrase in (
        r"need(?:s)? to\b", r"of course\b", r"after all\b", r"the truth is\b",
        r"it is (?:time|clear|essential|no (?:secret|surprise))\b",
        r"the question (?:is|remains)\b", r"in other words\b",
    )
)  # fmt: skip

PIECES = st.sampled_from(
    [
        *"\"'“”‘’.,;?!—_\n ", "a", "é", "²", "said", "Said", "must", "i", "one", "need to",
        "needs to",
        "of course", "it is time", "it is no secret", "after all", "the question is", "sagte",
        "in other words", "the truth is", "according to", "noted that", "spokesman", "spokeslaut",
        "the writer is", "The Columnist teaches", "views expressed here", "the opinion expressed",
        "e-mail: a@b.example", "x: c@d", "is a senior fellow", "is an Economist",
        "about the author",
        "her research focuses", "this paper examines", "THIS REPORT EXPLORES",
        "th\u0131s brief looks",
        "executive \u017fummary", "\u0130ntroduction", "the author argues", "published in Dawn",
        "following blog was written", "LONDON: Police", "THE time has come", "Comments", "کہا",
        "چاہیے",
    ]
)  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", " ", "\n"])), max_size=60).map(
    lambda pairs: "".join(map("".join, pairs))
)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("'it''s' \"so\" she's ‘here’ don't “" + "x" * 700 + "”")
def test_quotations_are_those_of_the_plain_pattern(text: str) -> None:
    assert genre._QUOTED.sub(" ", text) == QUOTED.sub(" ", text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_words_are_counted_as_one_by_one(text: str) -> None:
    own = text.casefold()
    told, urges, self = genre._counted(own, own.split())
    if genre._OTHER_SCRIPT.search(own) or genre._BOTH.search(own):
        return
    words = re.findall(r"\w+", own)
    assert self == sum(word in genre._OWN for word in words)
    assert urges == sum(word in genre._URGE for word in words) + sum(
        len(phrase.findall(own)) for phrase in URGES
    )
    assert told == len(genre._SAID.findall(own))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        (genre._WRITER, genre._WRITER_SIGNS),
        (genre._SCHOLAR, genre._SCHOLAR_SIGNS),
        (genre._STUDY, genre._STUDY_SIGNS),
        (genre._DAWN, ("published in dawn",)),
    ],
)
@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_what_a_pattern_finds_holds_one_of_its_signs(
    pattern: re.Pattern[str], signs: tuple[str, ...], text: str
) -> None:
    if pattern.search(text):
        assert genre._holds(genre._small(text), signs)
