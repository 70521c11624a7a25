"""What a later page of a site does that none of its lessons did: cut right, or left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from monitor.model import ArticleText
from monitor.stages import cutting, extract
from monitor.stages.cutting import Lesson, Wrapper
from tests.site_press import piece

HTML = "text/html; charset=utf-8"
PAGE = (
    "<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body><nav><a href=/>Home</a>"
    "</nav><article><h1>{title}</h1><div class=art-copy>{inside}</div>{beside}</article></body>"
    "</html>"
)
TEASER = (
    "The museum of lanterns opens its winter rooms, and the singers of the mountain come down for"
    " three evenings of old songs; tickets are sold at the gate and in the usual shops."
)


def page(number: int, inside: str, beside: str = "") -> bytes:
    return PAGE.format(title=piece(number).title, inside=inside, beside=beside).encode()


def paragraphs(number: int) -> list[str]:
    return [f"<p>{said}</p>" for said in piece(number).paragraphs]


@cache
def learned() -> Wrapper:
    lessons = []
    for number in (1, 2):
        body = page(number, "".join(paragraphs(number)))
        text = extract.extract(
            body, content_type=HTML, url="https://lantern.example/1",
            fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        )  # fmt: skip
        assert isinstance(text, ArticleText)
        lessons.append(Lesson(body=body, content_type=HTML, text=text))
    made = cutting.learn(lessons)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ('<div class="commentary">', "</div>"),
        ("<header>", "</header>"),
        ('<section id="promoted-voices">', "</section>"),
        ('<div class="story-metadata">', "</div>"),
        ('<div style="visibility:hidden">', "</div>"),
    ],
)
def test_text_that_is_called_as_boxes_are_elsewhere_is_not_lost(start: str, end: str) -> None:
    said = paragraphs(3)
    body = page(3, "".join([*said[:1], start, *said[1:3], end, *said[3:]]))
    made = cutting.cut(body, HTML, learned())
    assert made is None or all(one in made.body for one in piece(3).paragraphs)


SAID = (
    "A correction: an earlier version said that eleven men were held at the crossing; it was seven,"
    " and the ministry has since confirmed that all of them were released on the same evening."
)


@pytest.mark.parametrize(
    "part",
    [
        "<blockquote class='embed-quote'>{}</blockquote>",
        "<h3 class='slide-point'>{}</h3>",
        "<ul class='interview-reply'><li>{}</li></ul>",
        "<div class='options-weighed'><ul><li>{}</li></ul></div>",
        "<p><span class='credits'>{}</span></p>",
        "<div class='story-metadata'><blockquote><p>{}</p></blockquote></div>",
    ],
)
def test_text_in_no_paragraph_that_is_called_as_boxes_are_elsewhere_is_not_lost(part: str) -> None:
    said = paragraphs(3)
    body = page(3, "".join([*said[:3], part.format(SAID), *said[3:]]))
    made = cutting.cut(body, HTML, learned())
    assert made is None or SAID in made.body


def test_a_list_of_headlines_that_is_called_as_boxes_are_makes_nobody_unsure() -> None:
    said = paragraphs(3)
    rows = "".join(f"<li><a href=/{at}>{SAID}</a></li>" for at in range(5))
    body = page(3, "".join([*said[:3], f"<ul class='read-more'>{rows}</ul>", *said[3:]]))
    made = cutting.cut(body, HTML, learned())
    assert made is not None
    assert SAID not in made.body


@pytest.mark.parametrize(
    ("start", "between", "end"),
    [
        ("<div class=on>", "<br><br>", "</div>"),
        ("<div class=on><div class=deeper>", "<br><br>", "</div></div>"),
        ("<div class=on><span>", "</span><br><span>", "</span></div>"),
        ("<blockquote>", "<br>", "</blockquote>"),
        ("<ul><li>", "</li><li>", "</li></ul>"),
    ],
)
def test_text_that_goes_on_beside_the_container_in_no_paragraphs_is_not_lost(
    start: str, between: str, end: str
) -> None:
    said = piece(3).paragraphs
    rest = start + between.join(said[4:]) + end
    assert cutting.cut(page(3, "".join(paragraphs(3)[:4]), rest), HTML, learned()) is None


@pytest.mark.parametrize(
    "form",
    [
        "<p class=lead>{lead}</p><div class=art-copy>{rest}</div>",
        "<header><p>{lead}</p></header><div class=art-copy>{rest}</div>",
        "<div class=art-copy>{rest}</div><div><p>{lead}</p></div>",
        "<p>{lead}</p><div><div class=art-copy>{rest}</div></div>",
    ],
)
def test_a_lead_or_an_end_that_moved_out_of_the_container_is_not_lost(form: str) -> None:
    """As in a template of long reads: the rest of it is as it was."""
    lead, *rest = piece(5).paragraphs
    inside = form.format(lead=lead, rest="".join(f"<p>{one}</p>" for one in rest))
    body = page(5, "").replace(b"<div class=art-copy></div>", inside.encode())
    assert cutting.cut(body, HTML, learned()) is None


def test_running_text_far_from_the_container_makes_nobody_unsure() -> None:
    """Another story's teaser at the foot of the page, as far as texts of a page vary."""
    foot = f"<footer><section><div><div><p>{TEASER}</p></div></div></section></footer></body>"
    body = page(5, "".join(paragraphs(5))).replace(b"</body>", foot.encode())
    made = cutting.cut(body, HTML, learned())
    assert made is not None
    assert made.body == piece(5).text


BOXES = (
    "teaser-box", "overlay", "subnav", "cookie-note", "banner-mid", "meta-info", "slide-show",
    "viral", "rating", "user-info", "attachment", "options", "next-post", "message", "submenu",
)  # fmt: skip


@pytest.mark.parametrize("name", BOXES)
def test_prose_in_a_box_that_no_lesson_had_is_no_part_of_a_text(name: str) -> None:
    said = paragraphs(4)
    box = f'<div class="{name}"><p>{TEASER}</p><p>{TEASER[4:]}</p></div>'
    made = cutting.cut(page(4, "".join([*said[:3], box, *said[3:]])), HTML, learned())
    assert made is None or "museum of lanterns" not in made.body


@pytest.mark.parametrize("name", BOXES)
def test_a_small_box_that_no_lesson_had_makes_nobody_unsure(name: str) -> None:
    said = paragraphs(4)
    box = f'<div class="{name}"><a href=/x>Lanterns of the old museum</a></div>'
    made = cutting.cut(page(4, "".join([*said[:3], box, *said[3:]])), HTML, learned())
    assert made is not None
    assert made.body == piece(4).text
