"""Other stories inside an article's text are marked, the article's own words are not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ArticleText
from monitor.stages.extract import extract, extract_html_fragment
from monitor.stages.extract.asides import asides
from monitor.stages.extract.markup import tree

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWN = [
    f"Lorry number {n} crossed the pass with wheat for the upper valley, and the elders who had"
    " waited since the morning met it with tea."
    for n in range(8)
]
OTHER = ["Torkham shut after border clash", "TTP claims attack on post", "Kabul talks end early"]


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(inner: str) -> ArticleText:
    html = f"<html><head><title>Convoy</title></head><body><article>{inner}</article></body></html>"
    text = extract(html.encode(), content_type="text/html", url="https://h.example/1",
                   fetched_at=NOW)  # fmt: skip
    assert isinstance(text, ArticleText), text
    return text


def marked(text: ArticleText) -> list[str]:
    return [line for a, b in text.aside for line in text.body[a:b].split("\n")]


def linked(texts: list[str], tag: str = "p") -> str:
    return "".join(f"<{tag}><a href='/n/{t[:3]}'>{t}</a></{tag}>" for t in texts)


@pytest.mark.parametrize(
    "box",
    [
        linked([f"Also read: {OTHER[0]}"]),
        f"<p><b>READ MORE:</b> <a href='/n'>{OTHER[0]}</a></p>",
        f"<p>مزید پڑھیں: <a href='/n'>{OTHER[0]}</a></p>",
        f"<h3>More on the TTP</h3>{linked(OTHER)}",
        f"<p>Related stories</p>{paragraphs(OTHER)}",
        f"<p>Read more:</p><ul>{''.join(f'<li>{text}.</li>' for text in OTHER)}</ul>",
        f"<div class='story-links'>{paragraphs([f'{t}. Police said so.' for t in OTHER])}</div>",
        f"<ol>{linked(OTHER, 'li')}</ol>",
        linked(OTHER, "h4"),
    ],
)
@pytest.mark.parametrize("where", ["inside", "under"])
def test_a_box_of_other_stories_is_marked_wherever_it_stands(box: str, where: str) -> None:
    inner = [*OWN[:4], "", *OWN[4:]]
    own = (paragraphs(inner[:4]), paragraphs(inner[5:]))
    text = read(own[0] + box + own[1] if where == "inside" else own[0] + own[1] + box)
    lines = marked(text)
    assert not any(sentence in lines for sentence in OWN)
    for headline in OTHER:
        kept = [line for line in text.body.split("\n") if headline in line]
        assert all(line in lines for line in kept)


@pytest.mark.parametrize(
    "own",
    [
        "Read more books, the minister told the pupils of the upper valley on Tuesday morning.",
        "Related cases are heard by another court, the judge said, and that would take a year.",
        "<a href='#note'>Lorry number nine</a> never arrived, and nobody knows where it is now.",
        "He said: “See also what the elders wrote.” Then the council of the valley went home.",
    ],
)
def test_sentences_of_the_article_that_look_like_a_box_are_its_own(own: str) -> None:
    assert read(paragraphs([*OWN[:4], own, *OWN[4:]])).aside == ()


def test_a_linked_line_or_two_inside_an_article_are_its_own() -> None:
    """A document that is quoted, a site that is named: only three in a row are a list of links."""
    text = read(paragraphs(OWN[:4]) + linked(OTHER[:2]) + paragraphs(OWN[4:]))
    assert OTHER[0] in text.body
    assert text.aside == ()


def test_an_article_in_a_box_with_a_telling_name_is_still_the_article() -> None:
    """Sites call their whole column "recommended-layout"; what holds the text is the text."""
    assert read(f"<div class='recommended story-links'>{paragraphs(OWN)}</div>").aside == ()


def test_the_text_a_feed_carries_is_looked_at_as_a_page_is() -> None:
    markup = paragraphs(OWN) + f"<p>Also read: <a href='/n'>{OTHER[0]}</a></p>"
    text = extract_html_fragment(markup, title="Convoy")
    assert isinstance(text, ArticleText)
    assert marked(text) == [f"Also read: {OTHER[0]}"]


def test_a_text_of_nothing_but_links_is_left_as_it_is() -> None:
    """Whether it is an article at all is the screen's affair."""
    assert asides("\n".join(OTHER), tree(f"<html><body>{linked(OTHER)}</body></html>")) == ()


PIECES = st.sampled_from(
    [*OWN[:2], *OTHER, "More on this", "Also read: x", "- an item", "", " ", "…", "Related:", "ے۔"]
)
TAGS = st.sampled_from(["p", "li", "h3", "div class='related'", "a href=x", "aside", "ul", "td"])


@settings(deadline=None)
@given(st.lists(st.tuples(TAGS, PIECES), max_size=12), st.lists(PIECES, max_size=12))
def test_marks_lie_inside_the_text_on_whole_lines_in_order_and_apart(
    page: list[tuple[str, str]], lines: list[str]
) -> None:
    markup = "".join(f"<{tag}>{text}" for tag, text in page)
    body = "\n".join(lines)
    for root in (None, tree(f"<html><body>{markup}</body></html>")):
        last = -1
        for start, end in asides(body, root):
            assert last < start < end <= len(body)
            assert start == 0 or body[start - 1] == "\n"
            assert end == len(body) or body[end] == "\n"
            last = end


def test_a_page_of_nested_boxes_is_read_in_time_that_grows_with_its_length() -> None:
    """20,000 boxes inside one another, each a "related" one: seconds would mean a square."""
    markup = "<div class='related'><a href=x>" * 3_000 + "text" + "<p>x</p>" * 3_000
    root = tree(f"<html><body>{markup}</body></html>")
    assert asides("\n".join(OWN), root) == ()
