"""Texts that name nothing are told apart quickly, and come out as if they had been read in full."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.features import Reader
from classifiers.lexicon import Lexicon
from classifiers.pack import load_pack
from classifiers.profile import Profile
from classifiers.types import Text
from classifiers.words import cut, spans, words

PACK = load_pack()


class Slow(Lexicon):
    """Never says beforehand that a text names nothing."""

    def unmoved(self, keys: Sequence[str]) -> bool:
        return len(keys) < 0


LEXICON = Lexicon(PACK)
QUICK = Reader(PACK, LEXICON, Profile(PACK.profile))
FULL = Reader(PACK, Slow(PACK), Profile(PACK.profile))
ALIASES = [alias for concept in LEXICON.concepts for alias in LEXICON.aliases(concept)]
COMMON = ("the", "us", "i", "al", "river", "justice", "talks", "border", ",", ".", "\n", "—", "'")
PIECES = st.one_of(
    st.sampled_from(COMMON),
    st.sampled_from(ALIASES),
    st.sampled_from(
        [
            "the",
            "us",
            "i",
            "al",
            "river",
            "justice",
            "talks",
            "border",
            ",",
            ".",
            "\n",
            "—",
            "'",
            "2026",
            "report",
            "of",
        ]
    ),
    st.text(st.characters(exclude_categories=()), max_size=12),
)
NEWS = st.lists(PIECES, max_size=30).map(" ".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(NEWS, NEWS)
def test_the_quick_path_and_the_full_path_agree(title: str, body: str) -> None:
    text = Text(title=title, body=body)
    assert QUICK.read(text) == FULL.read(text)


def test_traps_alone_are_seen_on_the_quick_path_too() -> None:
    read = QUICK.read(Text(title="Hussain Haqqani at Harvard", body="A lecture."))
    assert [match.text for match in read.ignored] == ["Hussain Haqqani"]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=200), st.integers(1, 20))
def test_a_cut_text_holds_its_words_at_their_places(text: str, limit: int) -> None:
    found, ends = cut(text, limit), cut(text, limit).ends()
    assert found.words == words(text, limit)
    assert "".join(found.pieces) == text[: limit * 16]
    places = [(ends[2 * n], ends[2 * n + 1]) for n in range(len(found))]
    assert [text[a:b] for a, b in places] == found.words
    if len(text) <= limit * 16:
        assert places == list(spans(text, limit))
