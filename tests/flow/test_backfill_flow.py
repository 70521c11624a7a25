"""Articles from before: a list or a sitemap through the same reading, stopped and gone on with."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from monitor.cli.backfill import AT_ONCE, PER_HOST
from monitor.cli.main import torkham
from store import backfills, entering

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom, Story


def publish(newsroom: Newsroom, n: int, feed: str = "archive", **given: Any) -> list[Story]:
    return [newsroom.publish(feed, on_topic=at % 3 == 0, **given) for at in range(n)]


def listed(here: Installation, stories: list[Story], name: str = "old.txt") -> Path:
    path = here.folder / name
    path.write_text("".join(f"{here.newsroom.url(story)}\n" for story in stories))
    return path


def ready(here: Installation, newsroom: Newsroom, **sections: Any) -> None:
    """An installation whose one feed, the Gazette, has shown nothing of the archive."""
    newsroom.publish("gazette")
    held = newsroom.stories.pop("archive", [])
    here.configure(**sections)
    newsroom.stories["archive"] = held


def ran(here: Installation, *words: str) -> tuple[int, str, str]:
    """Run the command in this process, which spares the seconds that a new one takes."""
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    allow = frozenset({("127.0.0.1", here.newsroom.port)})
    env = {name: None for name in os.environ if name.startswith("TORKHAM_")}
    found = CliRunner(env=env).invoke(torkham, ["backfill", *words, *place], obj=allow)
    return found.exit_code, found.stdout, found.stderr


def jobs(here: Installation, *names: str) -> None:
    with here.app() as app:
        for name in names:
            app.run_job(name)


def done(here: Installation, *words: str) -> dict[str, Any]:
    code, out, err = ran(here, *words, "--json")
    assert code == 0, out + err
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.slow
def test_a_list_goes_the_way_of_every_item_and_its_books_balance(
    newsroom: Newsroom, here: Installation
) -> None:
    """Queued by the same judgement; known ones and bad lines are counted, not read again."""
    stories = publish(newsroom, 9)
    ready(here, newsroom)
    jobs(here, "poll", "harvest", "judge")
    known = newsroom.stories["gazette"][0]
    path = here.folder / "old.txt"
    lines = [newsroom.url(story) for story in [*stories, stories[0], known]]
    path.write_text("# the archive\n\n" + "\n".join([*lines, "ftp://nowhere.example/x"]) + "\n")
    found = done(here, str(path))
    assert (found["addresses"], found["entered"], found["known"], found["bad"]) == (11, 9, 1, 1)
    assert found["done"]
    assert found["balanced"]
    assert found["ledger"]["found"] == 9
    assert found["ledger"]["queued"] == 3
    rows = here.rows("SELECT * FROM articles WHERE feed LIKE 'backfill:old%'")
    assert len(rows) == 9
    asked = newsroom.asked.count(known.path)
    again = done(here, str(path))
    assert again["entered"] == 9
    assert again["ledger"] == found["ledger"]
    assert newsroom.asked.count(known.path) == asked


def test_outlet_and_side_are_those_of_the_feed_whose_host_it_is(
    newsroom: Newsroom, here: Installation
) -> None:
    stories = publish(newsroom, 2)
    ready(here, newsroom)
    jobs(here, "poll")
    done(here, str(listed(here, stories)))
    (feed,) = here.rows("SELECT * FROM feeds WHERE key LIKE 'backfill:%'")
    assert (feed["key"], feed["outlet"]) == ("backfill:old/gazette", "Gazette")
    assert (feed["enabled"], feed["configured"]) == (0, 0)
    rows = here.rows("SELECT source_outlet FROM articles WHERE feed LIKE 'backfill:%'")
    assert {row["source_outlet"] for row in rows} == {None}


def test_a_json_list_gives_titles_and_days(newsroom: Newsroom, here: Installation) -> None:
    stories = publish(newsroom, 2)
    ready(here, newsroom)
    path = here.folder / "old.jsonl"
    rows = [
        {"url": newsroom.url(one), "title": f"Once upon {at}", "published": "2025-02-0" + str(at)}
        for at, one in enumerate(stories, 1)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    done(here, str(path))
    kept = here.rows("SELECT published_at, first_seen_at FROM articles WHERE feed LIKE 'backf%'")
    assert [row["published_at"][:10] for row in kept] == ["2025-02-01", "2025-02-02"]


def sitemaps(newsroom: Newsroom, stories: list[Story]) -> str:
    """An index of two maps: one of an earlier year, one of this; every day of February has one."""
    days = {story.path: f"2025-02-{at:02}" for at, story in enumerate(stories, 1)}
    entry = "<url><loc>{}{}</loc><lastmod>{}</lastmod></url>"
    body = "".join(entry.format(newsroom.base, path, day) for path, day in days.items())
    kind = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    newsroom.answers["/map-2025.xml"] = lambda h: h.say(
        200, f"<urlset {kind}>{body}</urlset>", "application/xml"
    )
    newsroom.answers["/index.xml"] = lambda h: h.say(
        200,
        f"<sitemapindex {kind}><sitemap><loc>{newsroom.base}/map-2019.xml</loc>"
        "<lastmod>2019-12-31</lastmod></sitemap><sitemap>"
        f"<loc>{newsroom.base}/map-2025.xml</loc><lastmod>2025-03-01</lastmod></sitemap>"
        "</sitemapindex>",
        "application/xml",
    )
    return f"sitemap:{newsroom.base}/index.xml"


def test_a_sitemap_and_a_span_bring_what_lies_inside_and_nothing_else(
    newsroom: Newsroom, here: Installation
) -> None:
    """A map that changed last before the span is not even asked."""
    stories = publish(newsroom, 6)
    source = sitemaps(newsroom, stories)
    ready(here, newsroom)
    words = (source, "--since", "2025-02-02", "--until", "2025-02-04", "--name", "february")
    found = done(here, *words)
    assert (found["addresses"], found["entered"], found["lists"]) == (3, 3, 2)
    assert "/map-2019.xml" not in newsroom.asked
    read = {path for path in newsroom.asked if path.startswith("/archive/")}
    assert read == {story.path for story in stories[1:4]}


@pytest.mark.slow
def test_of_an_index_of_a_map_a_day_for_thirty_years_each_map_counts(
    newsroom: Newsroom, here: Installation
) -> None:
    """More maps than come from the child at once; and what has no day is told as that."""
    stories = publish(newsroom, 2)
    old = "<sitemap><loc>{}/old-{}.xml</loc><lastmod>2001-01-01</lastmod></sitemap>"
    maps = "".join(old.format(newsroom.base, at) for at in range(10_001))
    maps += f"<sitemap><loc>{newsroom.base}/map.xml</loc><lastmod>2025-03-01</lastmod></sitemap>"
    places = [f"<loc>{newsroom.url(one)}</loc>" for one in stories]
    days = ["<lastmod>2025-02-03</lastmod>", ""]
    body = "".join(f"<url>{a}{b}</url>" for a, b in zip(places, days, strict=True))
    newsroom.answers["/index.xml"] = lambda h: h.say(
        200, f"<sitemapindex>{maps}</sitemapindex>", "application/xml"
    )
    newsroom.answers["/map.xml"] = lambda h: h.say(
        200, f"<urlset>{body}</urlset>", "application/xml"
    )
    ready(here, newsroom)
    code, out, err = ran(here, f"sitemap:{newsroom.base}/index.xml", "--since", "2025-02-01")
    assert code == 0, err
    assert "1 addresses = waiting 0 + entered 1" in out
    assert "An index of 10,002 sitemaps; 10,001 of them changed last before the span" in err
    assert "/map.xml: 1 addresses have no day" in err


def test_a_sitemap_that_is_none_is_named_and_the_command_fails(
    newsroom: Newsroom, here: Installation
) -> None:
    ready(here, newsroom)
    newsroom.answers["/index.xml"] = lambda h: h.say(200, "<html>Hello</html>")
    code, _, err = ran(here, f"sitemap:{newsroom.base}/index.xml", "--name", "x")
    assert code == 1
    assert "/index.xml: The server sent no sitemap." in err


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_anywhere_it_goes_on_and_ends_as_if_it_never_was(
    newsroom: Newsroom, here: Installation, made_up: Any, how: signal.Signals
) -> None:
    """Nothing is lost and nothing doubled, whether it was told to stop or was killed."""
    stories = publish(newsroom, 40)
    ready(here, newsroom)
    path = listed(here, stories)
    newsroom.page_seconds = 0.05
    seed = int(os.environ.get("TORKHAM_KILL_SEED") or int.from_bytes(os.urandom(3)))
    print(f"TORKHAM_KILL_SEED={seed}")  # noqa: T201 - shown when it fails; set it to repeat it
    for moment in sorted(random.Random(seed).sample(range(2, 30), 3)):  # noqa: S311
        process = here.start("backfill", str(path))
        assert made_up.until_true(lambda least=moment: len(newsroom.asked) >= least)
        process.send_signal(how)
        process.wait(20)
        assert process.returncode != 0
    newsroom.page_seconds = 0.0
    found = done(here, "--resume", "old")
    assert (found["entered"], found["ledger"]["found"], found["waiting"]) == (40, 40, 0)
    assert found["done"]
    rows = here.rows("SELECT canonical_url, version, state FROM articles WHERE feed LIKE 'backf%'")
    assert len({row["canonical_url"] for row in rows}) == len(rows) == 40
    assert {(row["version"], row["state"]) for row in rows} == {(1, "text")}


@pytest.mark.slow
def test_a_dry_run_reads_a_few_says_what_to_expect_and_keeps_nothing(
    newsroom: Newsroom, here: Installation
) -> None:
    stories = publish(newsroom, 30)
    ready(here, newsroom)
    jobs(here, "poll")
    code, out, err = ran(here, str(listed(here, stories)), "--dry-run", "--sample", "9", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["addresses"], len(told["sample"])) == (30, 9)
    assert told["queued_low"] <= 10 <= told["queued_high"]
    assert not here.rows("SELECT * FROM backfills")
    assert len(here.rows("SELECT * FROM articles")) == 1


def test_the_foot_of_a_digest_says_how_many_items_are_no_news(
    newsroom: Newsroom, here: Installation
) -> None:
    """Who reads "11 items were found" above one story would look for the others."""
    stories = publish(newsroom, 4)
    ready(here, newsroom)
    jobs(here, "poll", "harvest", "judge")
    done(here, str(listed(here, stories)))
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    shown = CliRunner().invoke(torkham, ["digest", *place])
    assert "5 items were found" in shown.output, shown.output
    assert "4 of them come from a backfill" in shown.output


@pytest.mark.slow
def test_beside_the_service_news_come_first_and_the_rest_follows(
    newsroom: Newsroom, here: Installation
) -> None:
    """Entered in small parts, and only while little else waits to be read."""
    stories = publish(newsroom, 50)
    ready(here, newsroom)
    with here.app() as app:
        app.run_job("poll")
        with here.store() as db:
            backfills.begin(db, "old", [], by="Gul", now=app.clock())
            backfills.add(
                db, "old",
                [backfills.Address(url=newsroom.url(one), canonical_url=newsroom.url(one))
                 for one in stories],
            )  # fmt: skip
        app.run_job("harvest")
        first = here.rows("SELECT count(*) AS n FROM articles WHERE feed LIKE 'backfill:%'")
        assert first == [{"n": entering.PER_HOST}]
        for _ in range(4):
            app.run_job("harvest")
    assert here.rows("SELECT count(*) AS n FROM articles WHERE version > 0") == [{"n": 51}]
    assert AT_ONCE > entering.AT_ONCE
    assert PER_HOST > entering.PER_HOST


def test_mistakes_are_one_line_and_exit_2(newsroom: Newsroom, here: Installation) -> None:
    ready(here, newsroom)
    for words, said in (
        (("nowhere.txt",), "nowhere.txt: no such file"),
        ((), "name a SOURCE"),
        ((str(here.folder / "feeds.yaml"), "--since", "2025-01-01"), "go with sitemap:URL"),
        (("sitemap:nowhere",), "names no sitemap"),
        (("--resume", "never"), "there is no backfill never"),
        (("sitemap:https://x.example/s.xml", "--since", "soon"), "takes a day"),
    ):
        code, _, err = ran(here, *words)
        assert (code, len(err.splitlines())) == (2, 1), (words, err)
        assert said in err
