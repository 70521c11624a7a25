"""From the desk to the next tick: a rule written there fires, a feed added there is asked."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from monitor.app import App
from monitor.cli.main import torkham
from monitor.serving import desk_for
from monitor.web.server import create, serve
from store import changes, feeds, reviews

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

PLACE = "Zarmina Pass"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class Seat:
    """Somebody at the desk of a running product."""

    app: App
    client: httpx.Client
    clock: Any

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.text

    def send(self, path: str, **form: str) -> httpx.Response:
        found = TOKEN.search(self.get("/you"))
        assert found
        return self.client.post(path, data={"token": found[1], **form})

    def try_and_keep(self, **form: str) -> tuple[str, httpx.Response]:
        """Try a rule, then keep exactly what was tried, as the page's own form does."""
        given = {"in_title": "1", "in_lead": "1", "in_body": "1", "to_outbox": "1", **form}
        tried = self.send("/settings/rules/try", **given)
        found = re.search(r'name="tried" value="([0-9a-f]+)"', tried.text)
        assert found, (tried.status_code, tried.text[-3000:])
        return tried.text, self.send("/settings/rules", **given, tried=found[1])

    def rounds(self) -> None:
        """An hour later: everything is asked, read, judged and sent."""
        self.clock.forward(hours=1)
        for job in ("poll", "harvest", "judge", "alert", "send"):
            self.app.run_job(job)


@contextmanager
def seated(here: Installation, clock: Any) -> Iterator[Seat]:
    with here.app(clock) as app, serve(create(desk_for(app))) as serving:
        client = httpx.Client(base_url=serving.url, trust_env=False, verify=NO_TLS, timeout=60)
        with client:
            yield Seat(app=app, client=client, clock=clock)


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def fired(here: Installation) -> list[tuple[str, str]]:
    rows = here.rows(
        "SELECT o.rule, a.title FROM outbox o JOIN articles a ON a.id = o.article"
        " WHERE o.kind = 'alert'"
    )
    return sorted((row["rule"], row["title"]) for row in rows)


@pytest.fixture
def clock(made_up: Any) -> Any:
    return made_up.Hands()


@pytest.fixture
def read(newsroom: Newsroom, here: Installation, clock: Any) -> Iterator[Seat]:
    """Four articles were read, two of them on the pass; no rule stands."""
    newsroom.publish("lantern", f"Snow closes {PLACE} to buses")
    newsroom.publish("lantern", f"{PLACE} is open again")
    newsroom.publish("lantern", "Rain in the hills")
    newsroom.publish("lantern", "Wind in the hills")
    here.configure()
    with seated(here, clock) as seat:
        seat.rounds()
        yield seat


# --- rules ----------------------------------------------------------------------------------


def test_a_rule_is_tried_on_what_was_read_kept_and_fires_on_the_next_article(
    newsroom: Newsroom, read: Seat, here: Installation
) -> None:
    seat = read
    with closing(seat.app.open_store()) as db:
        snow = db.execute("SELECT id FROM articles WHERE title LIKE 'Snow%'").fetchone()[0]
        reviews.decide(db, article=snow, answer="relevant", by="Gul", now=seat.app.clock())
    tried, kept = seat.try_and_keep(name="The pass", any=PLACE)
    assert "1 alert in the last 30 days" in plain(tried)
    assert "2 articles of 1 story, and a story alerts once" in plain(tried)
    assert "1 of 1 decided was relevant" in plain(tried)
    assert f'<mark title="what the rule met">{PLACE}</mark>' in tried
    assert kept.status_code == 303
    assert "It has not fired yet" in plain(seat.get(kept.headers["location"]))
    assert fired(here) == [], "what was read before is not told again"

    newsroom.publish("lantern", f"Two lorries meet on {PLACE}")
    newsroom.publish("lantern", "Fog in the hills")
    seat.rounds()

    assert fired(here) == [("The pass", f"Two lorries meet on {PLACE}")]
    assert "it fired on 1 story" in plain(seat.get("/settings/rule/The%20pass"))


def test_a_paused_rule_is_silent_a_withdrawn_one_is_gone_and_both_can_be_undone(
    newsroom: Newsroom, read: Seat, here: Installation
) -> None:
    seat = read
    seat.try_and_keep(name="The pass", any=PLACE)
    seat.send("/settings/rule/The%20pass", do="pause", why="too much snow")
    newsroom.publish("lantern", f"A first bus on {PLACE}")
    seat.rounds()
    assert fired(here) == []

    undo = re.findall(r'action="(/settings/history/\d+/undo)"', seat.get("/settings/history"))
    assert "too much snow" in seat.get("/settings/history")
    assert seat.send(undo[0]).status_code == 303
    newsroom.publish("lantern", f"A second bus on {PLACE}")
    seat.rounds()
    assert fired(here) == [("The pass", f"A second bus on {PLACE}")]

    seat.send("/settings/rule/The%20pass", do="withdraw")
    assert seat.client.get("/settings/rule/The%20pass").status_code == 404
    assert not seat.app.settings.ignored_changes, "nothing of it is left to complain about"
    newsroom.publish("lantern", f"A third bus on {PLACE}")
    seat.rounds()
    assert len(fired(here)) == 1
    assert "took out the rule The pass" in plain(seat.get("/settings/history"))


def test_a_broken_stored_rule_is_named_and_left_out_and_the_tick_goes_on(
    newsroom: Newsroom, read: Seat, here: Installation
) -> None:
    seat = read
    seat.try_and_keep(name="The pass", any=PLACE)
    with closing(seat.app.open_store()) as db:
        broken = json.dumps({"pattern": "(unclosed", "channels": ["outbox"]})
        changes.record(db, "alerts.Broken", broken, "an older desk", seat.app.clock())
    newsroom.publish("lantern", f"Two lorries meet on {PLACE}")
    seat.rounds()
    assert fired(here) == [("The pass", f"Two lorries meet on {PLACE}")]
    assert "alerts.Broken" in plain(seat.get("/settings"))
    notes = here.rows("SELECT detail FROM notes WHERE kind = 'settings'")
    assert any("alerts.Broken" in note["detail"] for note in notes)


def test_a_rule_changed_after_it_was_tried_is_tried_again_before_it_is_kept(
    read: Seat,
    here: Installation,
) -> None:
    seat = read
    form = {"name": "Hills", "any": "hills", "in_title": "1", "to_outbox": "1"}
    tried = seat.send("/settings/rules/try", **form)
    found = re.search(r'name="tried" value="([0-9a-f]+)"', tried.text)
    assert found
    other = seat.send("/settings/rules", **{**form, "any": PLACE}, tried=found[1])
    assert other.status_code == 409
    assert "changed since it was tried" in other.text
    assert "It meets 2 articles" in plain(other.text)
    assert seat.send("/settings/rules", **form).status_code == 409, "an untried one neither"
    assert seat.app.settings.rules == ()


def test_a_rule_of_the_file_is_shown_with_its_line_and_only_paused_here(
    newsroom: Newsroom, read: Seat, here: Installation
) -> None:
    seat = read
    here.configure(alerts=[{"name": "Pass", "any": [PLACE]}])
    page = plain(seat.get("/settings/rule/Pass"))
    assert re.search(r"feeds\.yaml, line \d+; it is edited there", page)
    assert seat.send("/settings/rule/Pass", do="withdraw").status_code == 404
    edited = {"editing": "Pass", "any": "snow", "in_title": "1", "to_outbox": "1"}
    assert seat.send("/settings/rules/try", **edited).status_code == 404
    seat.send("/settings/rule/Pass", do="pause")
    newsroom.publish("lantern", f"A first bus on {PLACE}")
    seat.rounds()
    assert fired(here) == []


@pytest.mark.slow
def test_what_is_tried_is_what_would_have_been_sent(
    newsroom: Newsroom, here: Installation, clock: Any
) -> None:
    """The same articles, once with the rule in force and once tried afterwards."""
    rule = {
        "name": "R",
        "any": [PLACE, "concept:ttp"],
        "none": ["glaciers"],
        "in": ["title", "lead"],
        "sides": ["world"],
        "minimum_score": 0.0001,
    }
    told = (
        "A bus crossed {}.",
        "Elders met near {}, and spoke of glaciers.",
        "It rained on the hills.",
        "The TTP said it had not been near it.",
    )
    for n in range(12):
        body = f"{told[n % 4].format(PLACE)} Day {n} of the season.\n{newsroom.publish('x').body}"
        newsroom.publish("lantern", f"Story number {n}", body=body)
    del newsroom.stories["x"]
    here.configure(alerts=[rule])
    with seated(here, clock) as seat:
        seat.rounds()
        live = {title for _, title in fired(here)}
        assert 0 < len(live) < 12, "some are to be caught"
        with closing(seat.app.open_store()) as db:
            office = desk_for(seat.app).office
            assert office is not None
            found = office.try_rule(db, seat.app.settings.rules[0], 30)
    assert {one.item.title for one in found.newest} == live
    met = here.rows("SELECT a.title FROM firings f JOIN articles a ON a.id = f.article")
    assert sorted(one.item.title for one in found.caught) == sorted(row["title"] for row in met)
    assert not found.cut


# --- feeds ----------------------------------------------------------------------------------


def test_a_feed_is_looked_at_before_it_is_kept_and_asked_at_the_next_tick(
    newsroom: Newsroom, read: Seat, here: Installation
) -> None:
    seat = read
    newsroom.publish("harbour", "Ferries run again at the harbour")
    newsroom.publish("harbour", "A new quay at the harbour")
    link = '<link rel="alternate" type="application/rss+xml" href="/feed/harbour">'
    newsroom.answers["/home"] = lambda handler: handler.say(
        200, f"<html><head><title>Harbour News</title>{link}</head><body></body></html>"
    )
    asked = seat.send("/settings/feeds/look", url=f"{newsroom.base}/home")
    assert asked.status_code == 200, plain(asked.text)[:2000]
    assert "A new quay at the harbour" in asked.text
    assert "headlines and summaries" in asked.text
    assert len(seat.app.settings.feeds) == 1, "looking keeps nothing"
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text.split("feeds/add")[1]))
    form |= {"side": "exile", "body": "", "token": ""}
    del form["token"]
    kept = seat.send("/settings/feeds/add", **{**form, "outlet": "Harbour", "why": "ferries"})
    assert kept.status_code == 303, plain(kept.text)[:3000]
    page = plain(seat.get("/settings/feeds"))
    assert "Added on the desk by desk" in page
    seat.rounds()
    titles = {row["title"] for row in here.rows("SELECT title FROM articles")}
    assert "Ferries run again at the harbour" in titles

    key = form["key"]
    places = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    listed = CliRunner().invoke(torkham, ["feeds", "list", *places])
    assert key in listed.output
    exported = CliRunner().invoke(torkham, ["feeds", "export-opml", *places])
    assert "/feed/harbour" in exported.output

    again = seat.send("/settings/feeds/look", url=f"{newsroom.base}/feed/harbour")
    assert again.status_code == 422
    assert "in the list already" in again.text

    assert seat.send("/settings/feeds/withdraw", key=key).status_code == 303
    with closing(seat.app.open_store()) as db:
        assert key not in {state.spec.key for state in feeds.states(db) if state.spec.enabled
                           and state.condition != "disabled"}  # fmt: skip
    assert titles <= {row["title"] for row in here.rows("SELECT title FROM articles")}
    assert not seat.app.settings.ignored_changes


def test_a_feed_of_the_file_is_not_withdrawn_and_a_paused_one_keeps_its_reason(
    read: Seat,
    here: Installation,
) -> None:
    seat = read
    assert seat.send("/settings/feeds/withdraw", key="lantern").status_code == 404
    seat.send("/coverage/lantern", do="pause", why="it repeats itself", back="settings")
    page = plain(seat.get("/settings/feeds"))
    assert "paused by desk" in page
    assert "it repeats itself" in page
    assert "1 feed, all well, 1 paused" in plain(seat.get("/settings"))


def test_no_address_of_the_inside_or_of_another_kind_is_ever_asked(
    read: Seat, newsroom: Newsroom
) -> None:
    before = len(newsroom.asked)
    for url in (
        "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/feed", "http://[::1]:9/feed",
        f"http://localhost:{newsroom.port + 1}/feed", "ftp://example.org/feed", "", "a word",
        "https://user:hidden@example.org/feed", "file:///etc/passwd", "javascript:alert(1)",
        "http://\x00.example/feed", "x" * 5000,
    ):  # fmt: skip
        answer = read.send("/settings/feeds/look", url=url)
        assert answer.status_code == 422, url
        assert 'id="wrong-address"' in answer.text, url
    assert len(read.app.settings.feeds) == 1
    assert len(newsroom.asked) == before


@pytest.mark.slow
def test_a_site_that_never_answers_does_not_hold_the_desk(
    newsroom: Newsroom, here: Installation, clock: Any
) -> None:
    newsroom.publish("lantern")
    newsroom.answers["/slow"] = lambda handler: handler.hang(60)
    here.configure(fetch={"deadline": 1})
    with seated(here, clock) as seat:
        answer = seat.send("/settings/feeds/look", url=f"{newsroom.base}/slow")
        assert answer.status_code == 422
        assert "could not be had" in plain(answer.text)


# --- thresholds -----------------------------------------------------------------------------


def test_a_threshold_set_on_the_desk_holds_from_the_next_judgement(
    read: Seat, here: Installation
) -> None:
    seat = read
    before = seat.app.settings.thresholds.queue
    wrong = seat.send("/settings/queue", way="queue", queue="2", check="usual")
    assert wrong.status_code == 422
    assert "from 0 to 1" in plain(wrong.text)
    assert seat.app.settings.thresholds.queue == before
    kept = seat.send("/settings/queue", way="queue", queue="0.42", check="usual", why="calm")
    assert kept.status_code == 303
    with closing(seat.app.open_store()) as db:
        seat.app.refresh(db)
    assert seat.app.settings.thresholds.queue == 0.42
    assert seat.app.thresholds().queue == 0.42
    seat.send("/settings/queue", way="read_a_day", read_a_day="20", check="audit_a_day",
              audit_a_day="5")  # fmt: skip
    with closing(seat.app.open_store()) as db:
        seat.app.refresh(db)
    stands = seat.app.settings.thresholds
    assert (stands.queue, stands.read_a_day, stands.audit_a_day) == (None, 20, 5)
    told = plain(seat.get("/settings/history"))
    assert "set thresholds.queue to 0.42" in told
    assert "calm" in told
