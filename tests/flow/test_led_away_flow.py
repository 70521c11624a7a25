"""A story whose address leads to the front page is judged by what its feed said of it."""

from __future__ import annotations

from tests.flow.newsroom import Handler, Hands, Installation, Newsroom, prose


def test_the_top_story_of_the_day_is_not_taken_for_the_one_that_was_taken_down(
    newsroom: Newsroom, here: Installation
) -> None:
    top = "".join(f"<p>{line}</p>" for line in prose(5, on_topic=False).split("\n"))
    front = f"<html><body><main><article><h1>A long day</h1>{top}</article></main></body></html>"

    def away(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    newsroom.answers["/"] = lambda handler: handler.say(200, front)
    for spot in ("Chaman", "Spin Boldak"):
        said = f"Pakistan and the Afghan Taliban agree in {spot} to act against the TTP"
        newsroom.answers[newsroom.publish("valley", said, summary=f"{said}.").path] = away
    here.configure()
    with here.app(Hands()) as app:
        for job in ("poll", "harvest", "judge"):
            app.run_job(job)
    rows = here.rows(
        "SELECT a.disposition, a.text_from, a.refused_detail, v.body FROM articles a"
        " JOIN versions v ON v.article = a.id"
    )
    assert [(row["disposition"], row["text_from"]) for row in rows] == [("queued", "headline")] * 2
    assert all("front page" in row["refused_detail"] for row in rows)
    assert all(row["body"].startswith("Pakistan and the Afghan Taliban") for row in rows)
