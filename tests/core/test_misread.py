"""A page that the quick reading misses is read thoroughly: by what the text looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.model import ArticleText
from monitor.stages import extract
from tests.site_press import piece

SEEN_AT = datetime(2026, 11, 22, tzinfo=UTC)
SAID = piece(3, paragraphs=18).paragraphs
P = [f"<p>{one}</p>" for one in SAID]
PROSE = "".join(P)
MENU = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(200))
HEAD = (
    '<meta property="og:title" content="The council of herons met">'
    '<meta property="article:published_time" content="2026-11-20">'
)
DATA = json.dumps({"@type": "NewsArticle", "articleBody": " ".join(SAID)})

# The article in an element that is called as no article is.
ASIDE = f"<ul>{MENU}</ul><div id=main><aside><div class=story>{PROSE}</div></aside></div>"
# All but its first paragraphs in a box that is called as what is hidden.
HIDDEN = (
    f"<div class='post-content'><div class='post-text'>{''.join(P[:4])}"
    f"<div id='post-text-hidden'>{''.join(P[4:])}</div></div></div>"
)
# Its paragraphs are lines of a box of an unknown kind, and the structured data has no paragraphs.
ONE_LINE = (
    f"<script type='application/ld+json'>{DATA}</script>"
    f"<div class='x91'><div class='x92'>{'<br><br>'.join(SAID)}</div></div>"
)


@pytest.mark.parametrize("inside", [ASIDE, HIDDEN, ONE_LINE], ids=["aside", "hidden", "one line"])
def test_an_article_that_the_quick_reading_misses_is_read_whole(inside: str) -> None:
    page = f"<html lang=en><head>{HEAD}</head><body>{inside}</body></html>"
    found = extract.extract(page.encode(), content_type="text/html", url="", fetched_at=SEEN_AT)
    assert isinstance(found, ArticleText)
    lines = found.body.split("\n")
    assert [one for one in SAID if one in lines] == list(SAID)
    assert len(found.body) < 1.1 * len("\n".join(SAID))
