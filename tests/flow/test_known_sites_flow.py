"""The first pages of a site teach how the next are read; people see what was learned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.site_press import Site, piece

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom


def publish(newsroom: Newsroom, site: Site, number: int) -> None:
    one = piece(number)
    story = newsroom.publish("gazette", title=one.title)
    page = site.page(one)
    newsroom.answers[story.path] = lambda handler: handler.say(200, page.decode())


def read(here: Installation) -> list[str]:
    rows = here.rows("SELECT extractor FROM versions ORDER BY article, version")
    return [row["extractor"].split(" ")[0] for row in rows]


@pytest.mark.slow
def test_the_fourth_page_of_a_site_is_cut_and_a_rebuilt_site_is_read_anew(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    site, clock = Site(seed=10), made_up.Hands()
    publish(newsroom, site, 1)
    here.configure()
    with here.app(clock) as app:
        for number in range(2, 7):
            for job in ("poll", "harvest"):
                app.run_job(job)
            publish(newsroom, site if number < 5 else Site(seed=3), number)
            clock.forward(hours=2)
        app.run_job("poll")
        app.run_job("harvest")
    by_extractor = ["trafilatura"] * 3
    assert read(here) == [*by_extractor, "wrapper", *by_extractor[:2]]
    texts = here.rows("SELECT title, body FROM versions ORDER BY article")
    for number, row in enumerate(texts, 1):
        assert piece(number).paragraphs[0] in row["body"]
        assert piece(number).paragraphs[-1] in row["body"]
    code, said, _ = here.run("wrappers", "list", "--json")
    assert code == 0
    assert {one["state"] for one in json.loads(said)} == {"trusted"}
    assert sum(one["used"] for one in json.loads(said)) == 1
    _, told, _ = here.run("wrappers", "list")
    assert "cut 1 pages, right in 1 of 1 checks" in told
    _, gone, _ = here.run("wrappers", "forget", "127.0.0.1")
    assert gone.startswith("Forgotten: ")
    _, nothing, _ = here.run("wrappers", "list")
    assert nothing.startswith("Nothing has been learned yet")
