"""A feed with more entries than are read at once gives all of them, poll after poll."""

from __future__ import annotations

import pytest

from tests.flow.newsroom import Handler, Hands, Installation, Newsroom

ENTRIES = 4_500


@pytest.mark.slow
def test_what_exceeds_the_cap_comes_though_the_document_stays_the_same(
    newsroom: Newsroom, here: Installation
) -> None:
    for number in range(ENTRIES):
        newsroom.publish("archive", f"Headline {number} of a long list", body="-", summary="-")
    document = newsroom.document("archive")
    asked_with: list[str | None] = []

    def answer(handler: Handler) -> None:
        asked_with.append(handler.headers["If-None-Match"])
        handler.send_response(304 if asked_with[-1] else 200)
        handler.send_header("ETag", '"one"')
        handler.send_header("Content-Type", "application/rss+xml")
        handler.send_header("Content-Length", "0" if asked_with[-1] else str(len(document)))
        handler.end_headers()
        handler.wfile.write(b"" if asked_with[-1] else document.encode())

    newsroom.answers["/feed/archive"] = answer
    here.configure()
    clock = Hands()
    brought = []
    with here.app(clock) as app:
        for _ in range(4):
            brought.append(app.run_job("poll").get("new", 0))
            clock.forward(days=1)
    assert brought == [2_000, 2_000, 500, 0]
    assert asked_with == [None, None, None, '"one"']  # and then it costs nothing any more
    (first, _, last, _) = here.rows("SELECT detail FROM polls ORDER BY id")
    assert first["detail"] == "2,500 of its 4,500 entries are left for the next polls."
    assert last["detail"] == ""


def test_what_stood_on_a_page_before_is_not_said_to_be_left(
    newsroom: Newsroom, here: Installation
) -> None:
    """Of a page seen for the first time fifty links are taken and the others remembered."""
    rows = "".join(
        f"<li><a href='/reports/{number}'>The report of the committee on valley {number}</a></li>"
        for number in range(120)
    )
    newsroom.publish("board")
    newsroom.answers["/feed/board"] = lambda handler: handler.say(
        200, f"<html><body><main><ul>{rows}</ul></main></body></html>"
    )
    feed = {"key": "board", "url": f"{newsroom.base}/feed/board", "kind": "page"}
    here.configure(feeds=[feed])
    clock = Hands()
    with here.app(clock) as app:
        assert app.run_job("poll")["new"] == 50
        clock.forward(days=1)
        assert app.run_job("poll")["same_body"] == 1
    first = here.rows("SELECT detail, listed FROM polls ORDER BY id")[0]
    assert first == {"detail": "", "listed": 120}
