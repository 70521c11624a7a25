"""A known site turned hostile costs a bounded time, and never a wrong text."""

from __future__ import annotations

import dataclasses
import time

import pytest

from monitor.stages import cutting
from monitor.stages.cutting import Wrapper
from tests.site_press import piece

ONE = Wrapper(teacher="trafilatura 9.9", container="div.story", shortest=900, longest=3_000)
HTML = "text/html"
STORY = "<div class=story>" + "".join(f"<p>{said}</p>" for said in piece(1).paragraphs) + "</div>"


def page(inside: str) -> bytes:
    return f"<html><body>{inside}{STORY}</body></html>".encode()


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<div>" * 100_000, id="100,000 deep"),
        pytest.param("".join(f"<b class=c{n}><p>x" for n in range(50_000)), id="bold in bold"),
        pytest.param("<!--" + "x" * 5_000_000, id="5 MB of a comment"),
        pytest.param("<p " + " ".join(f"a{n}=1" for n in range(900_000)) + ">", id="attributes"),
        pytest.param("<" * 200_000, id="nothing but marks"),
    ],
)
def test_a_page_that_is_made_to_harm_is_left_to_the_extractor_before_it_is_parsed(
    inside: str,
) -> None:
    began = time.process_time()
    assert cutting.cut(page(inside), HTML, ONE) is None
    assert time.process_time() - began < 1, "it was parsed"


@pytest.mark.parametrize(
    "box",
    [
        pytest.param("<blockquote>" * 4_000 + "x" * 1_000_000, id="quotations"),
        pytest.param("<ul><li>" * 2_400 + "y " * 500_000, id="lists"),
        pytest.param("<ul><li><a href=/x>" * 1_600 + "y " * 500_000, id="links in lists"),
        pytest.param("<ul><li><a href=/x>" * 1_600 + "y " * 300, id="links in lists, short"),
    ],
)
def test_text_in_thousands_of_elements_that_are_left_out_costs_a_bounded_time(box: str) -> None:
    body = page("").replace(b"</div></body>", f"<section id=u>{box}".encode())
    made = dataclasses.replace(ONE, drop=('[id*="u"]',))
    began = time.process_time()
    kept = cutting.cut(body, HTML, made)
    assert kept is None or cutting.agreement(kept.body, piece(1).text) >= 0.9
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<div>" * 4_000, id="4,000 deep"),
        pytest.param("<table>" * 3_000, id="tables in tables"),
        pytest.param("<a href=/x>" * 4_000, id="links in links"),
        pytest.param("<svg><math><template><select>" * 800, id="foreign"),
        pytest.param("\0" * 5_000, id="zeros"),
        pytest.param("<li>" * 4_000, id="items"),
        pytest.param("&#xd800;&#0;&bogus;&#99999999;" * 500, id="characters"),
        pytest.param("<frameset><frame></frameset>", id="frames"),
        pytest.param("<noscript><style><xmp><plaintext>", id="what ends nowhere"),
    ],
)
def test_a_broken_page_is_cut_right_or_not_at_all(inside: str) -> None:
    made = cutting.cut(page(inside), HTML, ONE)
    assert made is None or cutting.agreement(made.body, piece(1).text) >= 0.9


@pytest.mark.parametrize("drop", ["div", "p", "*", "html", "body", "div.story"])
def test_a_wrapper_that_would_leave_out_everything_is_unsure(drop: str) -> None:
    made = Wrapper(
        teacher="t", container="div.story", shortest=900, longest=3_000, drop=(drop,), dropped=1.0
    )
    kept = cutting.cut(page(""), HTML, made)
    assert kept is None or kept.body == piece(1).text


@pytest.mark.parametrize(
    "container",
    ["div.story p", "p", "h1", "html", "body", "#x", "div >", ":is(div)", "a:has(b)", "."],
)
def test_a_container_nobody_would_learn_is_unsure_and_raises_nothing(container: str) -> None:
    made = Wrapper(teacher="t", container=container, shortest=900, longest=3_000)
    kept = cutting.cut(page(""), HTML, made)
    assert kept is None or cutting.agreement(kept.body, piece(1).text) >= 0.9
