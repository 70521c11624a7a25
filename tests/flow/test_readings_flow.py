"""From a page to what is kept of it: other stories beside it, the text, its day, its tongue."""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom, Story

PAGES = Path(__file__).resolve().parents[1] / "data" / "pages"
BESIDE = sorted(PAGES.glob("article-aside-*.html"))
RULE: dict[str, Any] = {"name": "ttp", "any": ["TTP", "Tehreek-i-Taliban Pakistan", "ٹی ٹی پی"]}
URDU = (
    "تین ماہ بعد پہلا ٹرک درے سے گزرا اور بالائی وادی کے عمائدین نے ڈرائیوروں کا استقبال کیا۔"
    " انہوں نے حکومت سے کہا کہ سردیوں سے پہلے پل کی مرمت کرائی جائے تاکہ راستہ بند نہ ہو۔"
)


def run(here: Installation, *jobs: str, clock: Any = None) -> None:
    here.configure(alerts=[RULE])
    with here.app(clock) as app:
        for job in jobs or ("poll", "harvest", "judge", "alert"):
            app.run_job(job)


def serve(newsroom: Newsroom, story: Story, html: str) -> None:
    newsroom.answers[story.path] = lambda handler: handler.say(200, html)


def kept(here: Installation, story: Story) -> dict[str, Any]:
    rows = here.rows(
        "SELECT a.*, v.body, v.aside, v.text_choice, v.page_length, v.feed_length,"
        " CASE WHEN j.packed IS NULL THEN j.evidence ELSE recounted(j.packed) END AS evidence"
        " FROM articles a JOIN versions v ON v.article = a.id AND v.version = a.version"
        " LEFT JOIN verdicts j ON j.id = a.verdict"
    )
    (row,) = [row for row in rows if row["url"].endswith(story.path)]
    return dict(row)


# --- other stories beside an article --------------------------------------------------------


def test_cricket_with_a_box_on_the_ttp_rings_nobody_and_is_not_queued(
    newsroom: Newsroom, here: Installation
) -> None:
    """Whatever form the box has; a report that is on the TTP rings, though it has a box too."""
    stories: dict[str, Story] = {}
    for page in BESIDE:
        html = page.read_text(encoding="utf-8")
        title = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["title"]
        story = newsroom.publish("gazette", title=f"{title} {len(stories)}", summary="Sport.")
        serve(newsroom, story, html)
        stories[page.stem] = story
    run(here)
    on_topic = stories.pop("article-aside-of-cricket")
    assert len(stories) == 6
    for name, story in stories.items():
        row = kept(here, story)
        spans = json.loads(row["aside"])
        beside = " ".join(row["body"][start:end] for start, end in spans)
        assert "TTP" in beside or "ٹی ٹی پی" in beside, name
        assert row["score"] < 0.05, (name, row["score"])
        assert row["route"] == "reject", name
    fired = here.rows("SELECT a.url FROM outbox o JOIN articles a ON a.id = o.article"
                      " WHERE o.kind = 'alert'")  # fmt: skip
    assert [row["url"].endswith(on_topic.path) for row in fired] == [True]


def test_what_stood_beside_an_article_is_told_as_seen_and_not_counted(
    newsroom: Newsroom, here: Installation
) -> None:
    story = newsroom.publish("gazette", title="Spinners level the series", summary="Sport.")
    serve(newsroom, story, (PAGES / "article-aside-also-read.html").read_text(encoding="utf-8"))
    run(here)
    told = json.loads(kept(here, story)["evidence"])
    notes = {match["text"]: match["note"] for match in told["ignored"]}
    assert notes["TTP"] == "stands in a box of other stories or a list of links"
    body = kept(here, story)["body"]
    assert all(body[m["start"] : m["end"]] == m["text"] for m in told["ignored"])


# --- which text -----------------------------------------------------------------------------


def test_a_feed_with_the_whole_article_spares_the_page_and_says_so(
    newsroom: Newsroom, here: Installation
) -> None:
    story = newsroom.publish("gazette", in_feed=True)
    run(here)
    row = kept(here, story)
    assert story.path not in newsroom.asked
    assert (row["text_from"], row["page_length"]) == ("feed", None)
    assert row["feed_length"] == len(row["body"])
    assert row["text_choice"] == "The feed carries the whole article, so its page was not asked."


def test_a_teaser_in_the_feed_is_compared_with_the_page_and_the_page_kept(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    whole = made_up.prose(31, on_topic=False)
    story = newsroom.publish("gazette", body=whole[:400] + " […]", in_feed=True)
    page = "".join(f"<p>{escape(line)}</p>" for line in whole.split("\n"))
    serve(newsroom, story, f"<html><body><article>{page}</article></body></html>")
    run(here)
    row = kept(here, story)
    assert (row["text_from"], row["body"]) == ("page", whole)
    assert row["text_choice"].startswith("The feed's text breaks off, the page's does not")
    assert row["page_length"] > row["feed_length"] > 0


def test_behind_a_wall_the_feeds_own_text_is_read_and_not_only_the_headline(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    told = made_up.prose(32, on_topic=False)[:700].rsplit(". ", 1)[0] + "."
    story = newsroom.publish("gazette", body=told, in_feed=True, summary="A few words.")
    serve(newsroom, story, (PAGES / "wall-login-en.html").read_text(encoding="utf-8"))
    run(here)
    row = kept(here, story)
    assert story.path in newsroom.asked
    assert (row["text_from"], row["refused"]) == ("feed", None)
    assert "A few words." not in row["body"]
    assert row["text_choice"].startswith("The page was refused (")


# --- its day --------------------------------------------------------------------------------


def test_a_date_ahead_of_its_time_is_not_believed_and_says_so(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    ahead = made_up.FIRST_DAY + timedelta(days=900)
    story = newsroom.publish("gazette", published_at=ahead)
    run(here, clock=made_up.Hands())
    row = kept(here, story)
    assert (row["published_at"], row["published_source"]) == (None, "first_seen")
    assert row["published_flag"] == "future"
    assert row["published_note"].startswith("The feed says 26 August 2028, later than it was")


def test_the_page_gives_the_day_that_the_feed_leaves_out(
    newsroom: Newsroom, here: Installation, made_up: Any
) -> None:
    ahead = made_up.FIRST_DAY + timedelta(days=900)
    story = newsroom.publish("gazette", published_at=ahead)
    page = (PAGES / "article-aside-also-read.html").read_text(encoding="utf-8")
    serve(newsroom, story, page)
    run(here, clock=made_up.Hands())
    row = kept(here, story)
    assert (row["published_at"], row["published_source"]) == ("2026-02-17T14:30:00+00:00", "page")
    assert row["published_original"] == "2026-02-17T19:30:00+05:00"
    assert row["published_note"].endswith("The page's head is believed instead.")


# --- its tongue -----------------------------------------------------------------------------


def test_a_text_in_urdu_is_called_urdu_whatever_its_feed_and_its_page_declare(
    newsroom: Newsroom, here: Installation
) -> None:
    story = newsroom.publish("gazette", title="پہلا ٹرک", body="\n".join([URDU] * 4))
    other = newsroom.publish("gazette")
    run(here)
    assert '<html lang="en">' in (newsroom.page(story.path) or "")
    assert (kept(here, story)["language"], kept(here, other)["language"]) == ("ur", "en")
