"""What feeds.yaml says anew of a feed holds from its next poll, whatever its document was."""

from __future__ import annotations

from tests.flow.newsroom import Hands, Installation, Newsroom


def listed(*sections: str) -> str:
    rows = "".join(
        f"<li><a href='/{section}/{number}'>The {section} of the committee on valley {number}</a>"
        for number in range(6)
        for section in sections
    )
    return f"<html><body><main><ul>{rows}</ul></main></body></html>"


def test_links_that_are_wanted_from_now_on_are_taken_from_a_page_that_stays_as_it_is(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("board")
    newsroom.answers["/feed/board"] = lambda h: h.say(200, listed("reports", "statements"))
    feed = {"key": "board", "url": f"{newsroom.base}/feed/board", "kind": "page"}
    here.configure(feeds=[feed | {"links": "/reports/"}])
    clock = Hands()
    with here.app(clock) as app:
        assert app.run_job("poll")["new"] == 6
        clock.forward(days=1)
        assert app.run_job("poll")["same_body"] == 1
        here.configure(feeds=[feed | {"links": "/(reports|statements)/"}])
        clock.forward(minutes=10)
        assert app.run_job("poll")["new"] == 6
    rows = here.rows("SELECT count(*) AS n FROM articles WHERE url LIKE '%/statements/%'")
    assert rows[0]["n"] == 6


def test_a_feed_of_another_kind_is_read_as_that_from_now_on(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.publish("board")
    newsroom.answers["/feed/board"] = lambda h: h.say(200, listed("reports"))
    feed = {"key": "board", "url": f"{newsroom.base}/feed/board"}
    here.configure(feeds=[feed])
    clock = Hands()
    with here.app(clock) as app:
        assert app.run_job("poll")["not_feed"] == 1
        here.configure(feeds=[feed | {"kind": "page"}])
        clock.forward(seconds=10)
        assert app.run_job("poll")["new"] == 6


def test_a_page_that_shows_less_for_once_does_not_tell_its_past_as_news(
    newsroom: Newsroom, here: Installation
) -> None:
    """Of a page seen for the first time fifty links are taken; the others stood there before."""
    rows = [
        f"<li><a href='/reports/{number}'>The report of the committee on valley {number}</a>"
        for number in range(121, 0, -1)
    ]
    shown = [rows[1:]]
    newsroom.publish("board")
    newsroom.answers["/feed/board"] = lambda h: h.say(
        200, f"<html><body><main><ul>{''.join(shown[0])}</ul></main></body></html>"
    )
    feed = {"key": "board", "url": f"{newsroom.base}/feed/board", "kind": "page"}
    here.configure(feeds=[feed])
    clock = Hands()
    brought = []
    with here.app(clock) as app:
        for seen in (rows[1:], rows[1:11], rows[1:], rows):
            shown[0] = seen
            brought.append(app.run_job("poll")["new"])
            clock.forward(days=1)
    assert brought == [50, 0, 0, 1]
