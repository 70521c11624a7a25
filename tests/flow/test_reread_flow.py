"""Wanted articles are read again after a day and a week: silent edits, pages that are gone."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from monitor.app import App
from store import rereads

if TYPE_CHECKING:
    from tests.flow.newsroom import Hands, Installation, Newsroom, Story


ELSE = "\n".join(
    f"On the {day} market {what} sold for {price} rupees a dozen, traders of the old town told our"
    f" reporter, who found {found} between the stalls and left with {left} in a paper bag."
    for day, what, price, found, left in (
        ("Monday", "brass lamps", 900, "a lost goat", "two wicks"),
        ("Wednesday", "glazed bowls", 1200, "nobody in a hurry", "a chipped saucer"),
        ("Friday", "walnut spoons", 300, "rain and thin tea", "an umbrella of reed"),
        ("Sunday", "felt hats", 2100, "a quarrel about colours", "one grey hat"),
    )
)


def page(body: str, title: str, *, beside: str = "") -> str:
    said = "".join(f"<p>{escape(line)}</p>" for line in body.split("\n"))
    return (
        f"<!doctype html><html lang=en><head><title>{escape(title)}</title></head><body><main>"
        f"<article><h1>{escape(title)}</h1>{said}</article></main>{beside}</body></html>"
    )


def serve(newsroom: Newsroom, story: Story, body: str, title: str = "", **more: Any) -> None:
    html = page(body, title or story.title, **more)
    newsroom.answers[story.path] = lambda handler: handler.say(200, html)


def first(app: App) -> None:
    for job in ("poll", "harvest", "judge"):
        app.run_job(job)


def later(app: App, clock: Hands, **by: float) -> dict[str, int]:
    clock.forward(**by)
    return dict(app.run_job("reread"))


def held(here: Installation) -> list[dict[str, Any]]:
    return here.rows("SELECT v.* FROM versions v ORDER BY article, version")


def outcomes(here: Installation) -> list[str]:
    rows = here.rows("SELECT * FROM rereads WHERE outcome <> '' ORDER BY article, after")
    return [row["outcome"] for row in rows]


def test_a_silent_edit_becomes_a_version_and_is_judged_again(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    """The feed shows the same entry all the while; only the page says otherwise."""
    story = newsroom.publish("gazette", on_topic=True)
    dull = newsroom.publish("gazette")
    serve(newsroom, story, story.body)
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        assert later(app, clock, hours=23).get("changed") is None
        now = story.body.replace("of both sides met", "of both sides met; nine were killed")
        assert now != story.body
        serve(newsroom, story, now)
        assert later(app, clock, hours=2)["changed"] == 1
        app.run_job("judge")
    texts = [row["body"] for row in held(here) if "killed" in row["body"] or row["version"] == 2]
    assert texts == [now]
    verdicts = here.rows("SELECT version FROM verdicts WHERE article = 1 ORDER BY version")
    assert [row["version"] for row in verdicts] == [1, 2]
    assert newsroom.asked.count(dull.path) == 1, "what nobody wants is not read again"
    assert here.rows("SELECT version, outcome FROM rereads WHERE outcome <> ''") == [
        {"version": 2, "outcome": "changed"}
    ]


def test_what_stays_the_same_is_noted_as_asked_whatever_stands_beside_it(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    serve(newsroom, story, story.body)
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        serve(newsroom, story, story.body, beside="<footer>7 comments, 3 hours ago</footer>")
        assert later(app, clock, hours=25)["same"] == 1
        assert later(app, clock, hours=1) == {"scheduled": 0}
        assert later(app, clock, days=6)["same"] == 1
        assert later(app, clock, days=30) == {"scheduled": 0}
    assert len(held(here)) == 1
    assert outcomes(here) == ["same", "same"]


def test_a_page_that_is_gone_or_behind_a_wall_never_overwrites_the_text(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    gone, banned, cut, moved = (
        newsroom.publish("gazette", on_topic=True, in_feed=False) for _ in range(4)
    )
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        before = held(here)
        newsroom.answers[gone.path] = lambda h: h.say(410, "gone")
        newsroom.answers[banned.path] = lambda h: h.say(451, "by order")
        serve(newsroom, cut, cut.body.split("\n")[0] + "\nSubscribe to read on.")
        serve(newsroom, moved, ELSE, "Something else")
        later(app, clock, hours=25)
    rows = {row["url"].rpartition("/")[2]: row for row in here.rows(
        "SELECT a.url, r.* FROM rereads r JOIN articles a ON a.id = r.article WHERE r.outcome <> ''"
    )}  # fmt: skip
    assert {rows[story.slug]["outcome"] for story in (gone, banned)} == {"gone"}
    assert rows[moved.slug]["outcome"] in {"another", "wall"}
    assert rows[cut.slug]["outcome"] in {"cut", "wall"}
    assert rows[gone.slug]["status"] == 410
    assert held(here) == before


def test_a_server_in_trouble_is_asked_again_and_its_word_is_not_taken_for_an_end(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        newsroom.answers[story.path] = lambda h: h.say(500, "oh")
        assert later(app, clock, hours=25)["postponed"] == 1
        assert later(app, clock, minutes=30) == {"scheduled": 0}
        del newsroom.answers[story.path]
        assert later(app, clock, minutes=31)["same"] == 1


def test_a_server_that_knows_validators_is_asked_with_them(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    """Also where the settings keep no page: what to ask by is kept on its own."""
    story = newsroom.publish("gazette", on_topic=True)
    html = page(story.body, story.title)
    heard: list[str | None] = []

    def answer(handler: Any) -> None:
        heard.append(handler.headers.get("If-None-Match"))
        status = 304 if heard[-1] == '"one"' else 200
        handler.send_response(status)
        handler.send_header("ETag", '"one"')
        body = b"" if status == 304 else html.encode()
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.end_headers()
        handler.wfile.write(body)

    newsroom.answers[story.path] = answer
    here.configure(retention={"pages_days": 0})
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        assert later(app, clock, hours=25)["same"] == 1
    assert heard == [None, '"one"']
    assert not list((here.data / "pages").rglob("*.gz"))
    (row,) = here.rows("SELECT detail FROM rereads WHERE outcome <> ''")
    assert row["detail"] == "The server says that nothing changed."


def test_a_text_from_the_feed_is_not_taken_for_edited_because_its_page_differs(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    """The page never was what is held; only when the page itself moves on is that an edit."""
    body = made_up.prose(41, on_topic=True, sentences=30)
    story = newsroom.publish("gazette", "TTP talks resume", body=body, in_feed=True)
    longer = story.body + "\nThis paragraph stands on the page alone and nowhere in the feed."
    serve(newsroom, story, longer.replace("Trucks waited", "Lorries stood and waited"))
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        assert later(app, clock, hours=25)["same"] == 1
        serve(newsroom, story, longer.replace("Trucks waited for hours", "Nine trucks burned"))
        told = later(app, clock, days=7)
        assert told.get("changed") == 1, (told, here.rows("SELECT * FROM rereads"))
    assert [row["text_from"] for row in held(here)] == ["feed", "page"]


def test_an_empty_list_reads_nothing_again(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    here.configure(reread=[])
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        assert later(app, clock, days=8) == {}
    assert newsroom.asked.count(story.path) == 1


def test_what_a_person_said_is_not_ours_is_left_alone(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    story = newsroom.publish("gazette", on_topic=True)
    here.configure()
    clock = made_up.Hands()
    with here.app(clock) as app:
        first(app)
        with here.store() as db:
            rereads.schedule(db, app.settings.reread, clock())
            made_up.decide(db, 1, "not_relevant", clock())
        later(app, clock, days=8)
    assert newsroom.asked.count(story.path) == 1
    assert outcomes(here) == ["unwanted", "unwanted"]
