"""A story that its outlet tells anew, under another guid and headline, is read again."""

from __future__ import annotations

import pytest

from tests.flow.newsroom import Hands, Installation, Newsroom, prose


@pytest.mark.slow
@pytest.mark.parametrize("in_feed", [False, True])
def test_what_a_story_became_is_judged_whatever_its_guid_is_by_then(
    newsroom: Newsroom, here: Installation, in_feed: bool
) -> None:
    """First a blast in a market and rejected; two hours later the same address says of whom."""
    newsroom.publish("valley", "A blast is heard", slug="blast", in_feed=in_feed)
    newsroom.publish("valley", "The bridge opens")
    here.configure()
    clock = Hands()
    with here.app(clock) as app:
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
        (first,) = here.rows("SELECT id, disposition FROM articles WHERE url LIKE '%/blast'")
        assert first["disposition"] == "rejected"
        del newsroom.stories["valley"][0]
        newsroom.publish(
            "valley", "The TTP claims the attack, Pakistan blames Kabul", slug="blast",
            body=prose(77, on_topic=True), in_feed=in_feed,
        )  # fmt: skip
        told = newsroom.document("valley").replace("valley-blast<", "another-guid<")
        newsroom.answers["/feed/valley"] = lambda handler: handler.say(200, told, "text/xml")
        clock.forward(hours=2)
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
    (later,) = here.rows("SELECT id, title, disposition FROM articles WHERE url LIKE '%/blast'")
    assert (later["id"], later["disposition"]) == (first["id"], "queued")
    assert later["title"].startswith("The TTP claims")
