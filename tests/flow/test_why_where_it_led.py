"""``torkham why`` is asked with what a browser shows: where a link led in the end."""

from __future__ import annotations

import pytest

from tests.flow.newsroom import Handler, Hands, Installation, Newsroom


@pytest.mark.slow
def test_a_story_is_found_by_the_address_its_link_led_to(
    newsroom: Newsroom, here: Installation
) -> None:
    for slug in ("talks-resume", "bridge-opens"):
        newsroom.publish("valley", slug=slug)

        def shows(handler: Handler, slug: str = slug) -> None:
            handler.say(200, newsroom.page(f"/valley/{slug}") or "")

        def leads(handler: Handler, slug: str = slug) -> None:
            handler.send_response(301)
            handler.send_header("Location", f"/2026/03/{slug}?seen=1")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        newsroom.answers[f"/valley/{slug}"] = leads
        newsroom.answers[f"/2026/03/{slug}?seen=1"] = shows
    here.configure()
    with here.app(Hands()) as app:
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
    final = f"{newsroom.base}/2026/03/talks-resume?seen=1"
    for asked in (final, f"{final}&utm_source=mail#top"):
        code, out, err = here.run("why", asked)
        assert code == 0, err
        assert "by valley" in out, (asked, out)
        assert "article 1" in out
    assert "Never seen" in here.run("why", f"{newsroom.base}/2026/03/talks-end")[1]


@pytest.mark.slow
def test_an_address_without_its_scheme_is_an_address(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("valley")
    here.configure()
    with here.app(Hands()) as app:
        app.run_job("poll")
    said = here.run("why", "www.gazette.example/news/talks-resume")[1]
    assert said.startswith("Never seen. None of your feeds carries this host")
