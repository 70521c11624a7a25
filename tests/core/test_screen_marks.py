"""The marks of a page are the same whoever read it, and however late they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ArticleText
from monitor.stages.extract.markup import tree
from monitor.stages.language import _counted, identify
from monitor.stages.screen import Kind, Page, screen
from monitor.stages.screen.boxes import BOXES, STEMS

PAGES = sorted((Path(__file__).resolve().parents[1] / "data" / "pages").glob("*.html"))
BRIEF = "Two lorries crossed the pass on Friday, an official said."
MARKS = ("title", "news", "dated", "headline", "teasers", "links", "boxes", "signs")


def text(body: str) -> ArticleText:
    return ArticleText(
        title="Convoy", body=body, author=None, published=None, language=None, extractor="test"
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_tree_that_is_at_hand_has_the_marks_of_its_bytes(path: Path) -> None:
    raw = path.read_bytes()
    parsed, told = Page.of(raw), Page.of_tree(tree(raw.decode("utf-8", "replace")), raw)
    assert [getattr(told, name) for name in MARKS] == [getattr(parsed, name) for name in MARKS]
    assert Page.told(raw, links=parsed.links, teasers=parsed.teasers).boxes == parsed.boxes


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
@pytest.mark.parametrize("body", [BRIEF, "Please enable JavaScript to go on.", BRIEF * 90])
def test_the_verdict_is_the_same_whoever_saw_the_links(path: Path, body: str) -> None:
    raw = path.read_bytes()
    parsed = Page.of(raw)
    told = Page.told(raw, links=parsed.links, teasers=parsed.teasers)
    assert screen(text(body), body=raw, page=told) == screen(text(body), body=raw)


def test_a_page_that_cannot_be_read_has_no_marks() -> None:
    page = Page.of(b"")
    assert (page.title, page.news, page.boxes, page.signs, page.links) == (
        "", False, {}, frozenset(), frozenset()
    )  # fmt: skip


PATTERNS = {kind: pattern for kind, _, _, pattern in BOXES}


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_name_that_fits_a_box_holds_one_of_the_words_looked_for_first(kind: Kind) -> None:
    """Else the box would never be seen."""

    @given(st.from_regex(PATTERNS[kind]))
    @settings(max_examples=150, deadline=None)
    def holds(name: str) -> None:
        assert any(stem in name for stem in STEMS[kind])

    holds()


@given(st.text(alphabet=st.sampled_from("the THE of and ’é²ªşߊİټں0_- \n"), max_size=400))
@settings(max_examples=200, deadline=None)
def test_letters_are_counted_alike_in_every_code_page(said: str) -> None:
    """What stands in the Western code page is counted as bytes, what does not, by signs."""
    words, letters, _ = _counted(said)
    foreign, more, _ = _counted(said + " \u0678\u0679")  # two letters that the code page lacks
    assert letters == sum(map(str.isalpha, said)) == more - 2
    if "the" in said.casefold():
        assert len(foreign) == len(words) + 1


def test_english_is_known_by_its_plainest_words_in_any_code_page() -> None:
    plain = "The elders said that the road to the pass was shut and that they had been told of it. "
    assert identify(plain * 3).code == "en"
    assert identify(plain * 3 + "Ų “ş").code == "en"
