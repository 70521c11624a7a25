"""trafilatura's rules walked in Python choose what trafilatura chooses, and what it makes of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trafilatura
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html
from lxml.etree import XPath
from lxml.html import HtmlElement

from monitor.model import ArticleText
from monitor.stages.extract import extract
from monitor.stages.extract.markup import tree
from monitor.stages.extract.rules import CLEANING, LISTS, instead_of, quick_rules

PAGES = sorted((Path(__file__).resolve().parents[1] / "data" / "pages").glob("*.html"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://herald.example/story/88"
FIRST_ALONE = LISTS[2]  # of these the library takes the first element found
EXPRESSIONS: list[XPath] = [*(one for each in LISTS for one in each), CLEANING]


def test_every_rule_of_the_installed_library_is_known() -> None:
    """A version with another rule must be looked at: it would be right, and slow."""
    unknown = [one.path for one in EXPRESSIONS if instead_of(one) is None]
    assert unknown == ["(.//article)[1]"], "write the new rule into extract/rules.py"


_TAGS = st.sampled_from(
    ["div", "section", "article", "main", "aside", "p", "span", "ul", "ol", "list", "item", "h1",
     "details", "footer", "svg", "style", "template", "em"]
)  # fmt: skip
_NAMES = st.sampled_from(
    ["post", "entry", "story", "articleBody", "articleContent", "main-Content", "Page-Content",
     "content", "post-body", "comment-list", "Comments", "commentary", "disqus_thread", "reply-1",
     "infinite-scroll", "mvp-post-add-box", "elementor-share-buttons", "Teaser", "caption big",
     "hidden", "nav", "cookie", "cookie-consent", "footer", "share-tools", "author", " ad ", "main",
     "reader-comments", "hide-print", "x", "", "field-body", "FullText", "sidebar", "mol-factbox"]
)  # fmt: skip
_ATTRIBUTES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["id", "class"]), _NAMES),
        st.tuples(st.just("style"), st.sampled_from(["display:none", "display: none", "hidden"])),
        st.tuples(st.just("role"), st.sampled_from(["Navigation", "main", "article"])),
        st.tuples(st.just("aria-hidden"), st.sampled_from(["true", "false"])),
        st.tuples(st.just("itemprop"), st.just("articleBody")),
        st.tuples(st.just("data-lp-replacement-content"), st.just("")),
        st.tuples(st.just("data-component"), st.just("theMostPopularStories")),
    ),
    max_size=4,
    unique_by=lambda pair: pair[0],
)
_ELEMENTS = st.lists(st.tuples(_TAGS, _ATTRIBUTES, st.integers(0, 4)), min_size=1, max_size=25)


def _grown(elements: list[tuple[str, list[tuple[str, str]], int]]) -> HtmlElement:
    """Return a tree: each element stands in the one so many before it, or beside that."""
    root = html.Element("body")
    made = [root]
    for tag, attributes, back in elements:
        element = html.Element(tag)
        for name, value in attributes:  # their order is the order they are written in
            element.set(name, value)
        made[max(0, len(made) - 1 - back)].append(element)
        made.append(element)
    return root


def _found(expression: XPath, root: HtmlElement) -> list[object]:
    found = expression(root)
    assert isinstance(found, list)
    return [*found]


@pytest.mark.slow
@given(_ELEMENTS)
@settings(max_examples=150, deadline=None)
@example(
    [("div", [("class", "x"), ("id", "cookie")], 0), ("p", [("id", "a"), ("style", "hidden")], 0)]
)
@example(
    [("div", [("id", "x"), ("class", "cookie")], 0), ("p", [("style", "hidden"), ("id", "")], 0)]
)
def test_a_rule_finds_the_elements_that_its_expression_finds(
    elements: list[tuple[str, list[tuple[str, str]], int]],
) -> None:
    root = _grown(elements)
    for expression in EXPRESSIONS:
        rule = instead_of(expression)
        if rule is not None:
            theirs, ours = _found(expression, root), [*rule(root)]
            if expression in FIRST_ALONE:
                theirs, ours = theirs[:1], ours[:1]
            assert ours == theirs, expression.path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize("fast", [True, False])
def test_a_page_gives_the_same_text_by_our_rules_and_parser_as_by_the_librarys_own(
    page: Path, *, fast: bool
) -> None:
    characters = page.read_bytes().decode("utf-8", "replace")
    theirs = trafilatura.extract(characters, url=URL, fast=fast, include_comments=False)
    root = tree(characters)
    with quick_rules():
        ours = root is not None and trafilatura.extract(
            root, url=URL, fast=fast, include_comments=False
        )
    assert (ours or "") == (theirs or "")


def test_outside_our_own_call_the_library_is_as_it_was_installed() -> None:
    page = b"<html><body><article><p>" + b"Lorries crossed the pass, elders said. " * 40
    made = extract(page, content_type="text/html", url=URL, fetched_at=NOW, feed_title="Convoy")
    assert isinstance(made, ArticleText)
    with suppress(RuntimeError), quick_rules():
        assert not any(isinstance(one, XPath) for one in LISTS[3])
        raise RuntimeError
    assert [one for each in LISTS for one in each] == EXPRESSIONS[:-1]
    assert all(isinstance(one, XPath) for each in LISTS for one in each)
