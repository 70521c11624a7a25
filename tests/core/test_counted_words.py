"""Counting words one by one finds what the patterns of the genre find, whatever the text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.stages import genre

_PIECES = (
    *("must", "should", "need", "needs", "to", "of", "course", "it", "is", "time", "clear", "one"),
    *("imperative", "essential", "no", "secret", "surprise", "after", "all", "the", "question"),
    *("remains", "truth", "in", "other", "words", "yet", "said", "according", "noted", "that", "i"),
    *("spokeswoman", "spokes", "officials", "official", "laut", "sagte", "lautsagte", "told", "my"),
    *("us", "spokes_x", "it's", "c'est.it", "is_time", "spokeslaut", "کہا", "сообщил", "сообщила"),
    *("ça", "“", "”", "needed", "saidso"),
)
_TEXTS = st.lists(
    st.tuples(st.sampled_from(_PIECES), st.sampled_from((" ", " ", ". ", "-", "_", "", "\n"))),
    max_size=60,
).map(lambda pairs: "".join(word + gap for word, gap in pairs))


@given(_TEXTS)
@example("it is imperative, it is no secret, the question remains, according to spokesmen")
@example("spokes_sagte told us")
def test_the_counts_are_those_of_the_patterns(text: str) -> None:
    patterns = (genre._SAID, genre._URGES, genre._SELF)
    wanted = tuple(len(pattern.findall(text)) for pattern in patterns)
    assert genre._counted(text, text.split()) == wanted
