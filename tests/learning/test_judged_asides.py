"""What a page shows of other stories is seen, told, and counts for nothing, wherever it stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from classifiers import registry
from classifiers.tails import without_asides
from classifiers.types import Repeat, Text, Verdict

QUIET = "The council of Mirpur Lantern discussed mulberry trees and the price of onions again. "
BOX = "A TTP commander was killed near the Afghan border as Islamabad and Kabul resumed talks."
OWN = "Islamabad and Kabul resumed talks on the TTP at Torkham, the foreign ministry said. "


def judged(text: Text) -> Verdict:
    (verdict,) = registry.load(None).judge([text])
    return verdict


def marked(text: Text) -> Text:
    start = text.body.index(BOX)
    return replace(text, repeated=(Repeat(start=start, end=start + len(BOX), articles=0),))


def test_a_box_counts_for_nothing_even_in_the_first_lines() -> None:
    """The memory of tails never touches a lead; what the page itself shows as a box is no lead."""
    for body in (f"{BOX}\n{QUIET * 9}", f"{QUIET * 9}\n{BOX}", f"{QUIET}\n{BOX}\n{QUIET * 9}"):
        text = Text(title="Mulberry season opens", body=body, outlet="Gazette", side="pakistan")
        bare = replace(text, body=body.replace(BOX, ""))
        assert judged(text).score > judged(bare).score
        assert judged(marked(text)).score == judged(bare).score


def test_what_it_named_is_told_with_its_place_and_the_reason() -> None:
    text = marked(Text(title="Mulberries", body=f"{QUIET * 9}\n{BOX}", side="pakistan"))
    ignored = judged(text).evidence.ignored
    assert {"TTP", "Kabul"} <= {match.text for match in ignored}
    for match in ignored:
        assert text.body[match.start : match.end] == match.text
        assert match.note == "stands in a box of other stories or a list of links"


def test_an_articles_own_words_count_as_before() -> None:
    text = Text(title="Talks resume", body=f"{OWN * 3}{QUIET * 8}\n{BOX}", side="pakistan")
    bare = replace(text, body=text.body.replace(BOX, ""))
    assert judged(marked(text)).score == judged(bare).score > 0.9


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.integers(-5, 300), st.integers(-5, 300), st.integers(0, 1)), max_size=4),
)
def test_blanks_keep_every_other_character_in_its_place(
    body: str, spans: list[tuple[int, int, int]]
) -> None:
    repeated = [Repeat(start=min(a, b), end=max(a, b), articles=n) for a, b, n in spans]
    blank = without_asides(body, repeated)
    assert len(blank) == len(body)
    for place, (before, after) in enumerate(zip(body, blank, strict=True)):
        inside = any(r.start <= place < r.end and not r.articles for r in repeated)
        assert after == (" " if inside else before)
