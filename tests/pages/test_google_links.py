"""A link that leads through Google News says so, and the outlet behind it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from monitor.edge import render
from monitor.model import When
from monitor.told import Alert, Digest, DigestEntry, DigestSection, Ledger

WRAPPED = "https://news.google.com/rss/articles/CBMiOnlyGoogleKnowsWhereThisLeads?oc=5"
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
WORDS = "goes through Google News"


def test_the_desk_names_the_outlet_and_says_through_whom_its_link_goes(
    newsroom: Any, desk_over: Any
) -> None:
    newsroom.feed("search", outlet="Google News: the valley", kind="google-news", body="headline")
    about = {"source_name": "Valley Post", "source_host": "valleypost.example", "wrapped": True}
    wrapped = newsroom.article("search", "Bridge opens", "", url=WRAPPED, **about)
    direct = newsroom.article("frontier", "Bridge closes", "It closed.")
    with desk_over(newsroom) as desk:
        page = desk.get(f"/articles/{wrapped}").text
        assert "Valley Post" in page
        assert WORDS in page
        assert WORDS not in desk.get(f"/articles/{direct}").text


def entry(url: str) -> DigestEntry:
    return DigestEntry(
        article=1, title="Bridge opens", sentences=(), outlet="Valley Post", url=url,
        published=When(at=AT, original="", source="feed"), score=0.5, decision=None, topic="talks",
        language="en", also=(("Gazette", url),),
    )  # fmt: skip


def sections(told: DigestEntry) -> tuple[DigestSection, ...]:
    return (DigestSection(part="new", title="New", topics=(("Talks", (told,)),)),)


def digest(url: str) -> Digest:
    return Digest(
        day_on=date(2026, 11, 21), time_zone="Asia/Karachi", title="T",
        sections=sections(entry(url)), more=0, ledger=Ledger(), feeds_asked=1,
        feeds_silent=(), gaps=(), waiting_for_review=0, model="m", threshold=0.1, missed_runs=0,
    )  # fmt: skip


def test_the_digest_says_it_in_the_text_and_in_the_page() -> None:
    told = render.render_digest(digest(WRAPPED))
    assert told.text.count(WORDS) == 2
    assert (told.html or "").count(WORDS) == 2
    other = render.render_digest(digest("https://valleypost.example/1"))
    assert WORDS not in other.text + (other.html or "")


def test_an_alert_says_it_as_well() -> None:
    alert = Alert(
        key="k", rule="r", article=1, title="T", outlet="Valley Post", url=WRAPPED,
        published=When(at=AT, original="", source="feed"), time_zone="Asia/Karachi", hits=(),
        score=None, language=None, created_at=AT,
    )  # fmt: skip
    assert WORDS in render.render_alert(alert).text
    direct = replace(alert, url="https://valleypost.example/1")
    assert WORDS not in render.render_alert(direct).text
