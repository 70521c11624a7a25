"""Digest and alerts as people see them: nothing asked of the world, nothing run, all told."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.edge import render
from monitor.model import When
from monitor.told import (
    Alert,
    AlertHit,
    ClaimTold,
    DifferingClaim,
    Digest,
    DigestChange,
    DigestEntry,
    DigestSection,
    DigestTable,
    Ledger,
)

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
WHEN = When(at=datetime(2026, 3, 11, 9, 20, tzinfo=UTC), original="", source="feed")


def entry(**change: Any) -> DigestEntry:
    facts: dict[str, Any] = {
        "article": 7,
        "title": "Pakistan, Kabul to resume talks",
        "sentences": ("Officials met on Tuesday.",),
        "outlet": "Dawn",
        "url": "https://www.dawn.example/news/1",
        "published": WHEN,
        "score": 0.97,
        "decision": "relevant",
        "topic": "talks",
        "language": "en",
        "also": (("Khaama", "https://khaama.example/2"),),
        **change,
    }
    return DigestEntry(**facts)


def sections(*topics: tuple[str, tuple[DigestEntry, ...]]) -> tuple[DigestSection, ...]:
    return (DigestSection(part="new", title="New", topics=topics),)


def digest(*entries: DigestEntry, **change: Any) -> Digest:
    facts: dict[str, Any] = {
        "day_on": date(2026, 3, 12),
        "time_zone": "Asia/Karachi",
        "title": "Torkham, Thursday 12 March 2026: 1 story",
        "sections": sections(("Talks", entries)) if entries else (),
        "more": 0,
        "ledger": Ledger(
            found=412,
            waiting=4,
            queued=21,
            rejected=310,
            duplicate=60,
            dropped={"too_short": 5, "no_link": 3},
            failed={"deadline": 7, "never_heard_of": 2},
        ),
        "feeds_asked": 25,
        "feeds_answered": 23,
        "feeds_silent": ("Khaama Press", "Amu TV"),
        "gaps": ("Dawn rolled over between 02:00 and 09:00.",),
        "waiting_for_review": 23,
        "model": "cold-1",
        "threshold": 0.1,
        "missed_runs": 2,
        **change,
    }
    return Digest(**facts)


def alert(**change: Any) -> Alert:
    hit = AlertHit(
        rule="torkham", part="lead", start=0, end=7, matched="Torkham", passage="… at Torkham …"
    )
    facts: dict[str, Any] = {
        "key": "alert:torkham:7",
        "rule": "torkham",
        "article": 7,
        "title": "Crossing shut",
        "outlet": "Dawn",
        "url": "https://www.dawn.example/news/1",
        "published": WHEN,
        "time_zone": "Asia/Karachi",
        "hits": (hit,),
        "score": 0.5,
        "language": "en",
        "created_at": datetime(2026, 3, 12, tzinfo=UTC),
        **change,
    }
    return Alert(**facts)


class Page(HTMLParser):
    """What a browser would find: elements, links, and whatever would fetch or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.suspicious: list[str] = []
        self.words: list[str] = []
        self.sheets: list[str] = []
        self._within: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._within.append(tag)
        for name, value in attrs:
            said = value or ""
            if name == "href" and tag == "a":
                self.links.append(said)
            elif name == "src" and tag == "img" and said in PICTURES:
                pass
            elif name not in HARMLESS:
                self.suspicious.append(f"{tag} {name}={said}")
            if name == "style" and ("url(" in said or "@import" in said or "expression" in said):
                self.suspicious.append(said)

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        (self.sheets if self._within[-1:] == ["style"] else self.words).append(data)


PICTURES = {"cid:picture@torkham", "/digests/2026-03-12/picture.png"}
HARMLESS = {
    *("style", "dir", "rel", "class", "lang", "charset", "name", "content", "scope", "alt"),
    *("width", "height"),
}
KNOWN_TAGS = {
    *("html", "head", "meta", "title", "body", "div", "h1", "h2", "h3", "p", "a", "bdi", "strong"),
    *("h4", "style", "table", "caption", "tbody", "tr", "th", "td", "span", "img"),
}
DARK = Path(render.__file__).parent.with_name("templates") / "dark.css"


def assert_harmless(html: str) -> Page:
    page = Page(html)
    assert set(page.tags) <= KNOWN_TAGS
    assert page.suspicious == []
    assert page.sheets in ([], [DARK.read_text(encoding="utf-8")])
    assert all(link.startswith(("https://", "http://")) for link in page.links)
    return page


# --- what is said ---------------------------------------------------------------------------


def test_a_digest_tells_the_story_its_time_and_its_source() -> None:
    told = render.render_digest(digest(entry()), desk_url="https://desk.example")
    for said in (told.text, "".join(Page(told.html).words)):
        assert "Pakistan, Kabul to resume talks" in said
        assert "11 Mar, 14:20 PKT (09:20 UTC), date from the feed" in said
        assert "Officials met on Tuesday." in said
        assert "Khaama (khaama.example)" in said
        assert "score 0.97, accepted" in said
    assert "https://www.dawn.example/news/1" in told.text
    assert "https://desk.example/queue?open=7" in Page(told.html).links
    assert "(www.dawn.example)" in "".join(Page(told.html).words)


def test_the_footer_is_the_ledger_in_words_and_figures() -> None:
    told = render.render_digest(digest(entry()))
    for said in (told.text, "".join(Page(told.html).words)):
        assert (
            "412 items were found: 21 queued for review, 310 judged not ours, 60 told before, "
            "8 dropped (5 too short, 3 without a link), "
            "9 failed (7 took too long, 2 never heard of), 4 waiting." in said
        )
        assert "23 of 25 feeds answered. Silent: Khaama Press, Amu TV." in said
        assert "May have been missed: Dawn rolled over between 02:00 and 09:00." in said
        assert "23 stories wait for review" in said
        assert "Judged by cold-1, queued from a score of 0.10. 2 runs were missed." in said


def test_a_silent_feed_may_say_more_than_its_name() -> None:
    said = "Khaama has been silent for 3 days; it usually publishes 20 items a day."
    told = digest(feeds_silent=("Amu TV", said))
    assert render.feeds_words(told) == f"23 of 25 feeds answered. Silent: Amu TV. {said}"


def test_an_alert_says_when_the_date_is_not_the_outlets() -> None:
    seen = render.render_alert(alert(published=replace(WHEN, source="first_seen")))
    assert "(09:20 UTC), first seen" in seen.text


def test_books_that_do_not_balance_say_so() -> None:
    assert "do not balance" in render.ledger_words(Ledger(found=5, queued=4))
    assert "do not balance" not in render.ledger_words(Ledger(found=5, queued=5))


def test_a_quiet_day_says_so_and_still_shows_what_was_looked_at() -> None:
    told = render.render_digest(digest())
    assert "A quiet day" in told.text
    assert "412 items were found" in told.text


def test_stories_not_told_are_counted() -> None:
    assert "7 more stories wait on the desk" in render.render_digest(digest(entry(), more=7)).text


def test_many_other_outlets_are_counted() -> None:
    also = tuple((f"Outlet {n}", f"https://{n}.example/") for n in range(9))
    assert "and 3 more" in render.render_digest(digest(entry(also=also))).text


def test_the_same_digest_is_the_same_bytes() -> None:
    assert render.render_digest(digest(entry())) == render.render_digest(digest(entry()))


def test_the_desk_shows_the_very_words_of_the_mail_without_its_styles() -> None:
    body = render.digest_body_html(digest(entry()))
    assert "<html" not in body
    assert "style" not in body
    assert 'class="digest-headline"' in body
    mailed = Page(render.render_digest(digest(entry())).html)
    assert "".join(Page(body).words).split() == "".join(mailed.words).split()[1:]  # its <title>


def test_an_alert_tells_title_time_passage_and_both_links() -> None:
    told = render.render_alert(alert(), desk_url="https://desk.example/")
    assert told.subject == "Crossing shut (torkham)"
    for said in (told.text, "".join(Page(told.html).words)):
        assert "Crossing shut" in said
        assert "11 Mar, 14:20 PKT (09:20 UTC)" in said
        assert "… at Torkham …" in said
        assert "met “Torkham” in the lead" in said or 'met "Torkham" in the lead' in said
    assert Page(told.html).links == [
        "https://www.dawn.example/news/1",
        "https://desk.example/articles/7",
    ]


# --- times, directions, links ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "zone", "said"),
    [
        ("2026-03-12T09:20+00:00", "Asia/Karachi", "14:20 PKT (09:20 UTC)"),
        ("2026-03-12T09:20+00:00", "Asia/Kabul", "13:50 AFT (09:20 UTC)"),
        ("2026-03-12T21:00+00:00", "Asia/Karachi", "02:00 PKT (21:00 UTC, 12 Mar)"),
        ("2026-03-12T09:20+00:00", "Asia/Kathmandu", "15:05 UTC+05:45 (09:20 UTC)"),
        ("2026-03-12T09:20+00:00", "UTC", "09:20 UTC"),
        ("2026-03-12T09:20+00:00", "No/Such", "09:20 UTC"),
        ("2026-07-12T09:20+00:00", "Europe/Berlin", "11:20 CEST (09:20 UTC)"),
    ],
)
def test_times_are_local_first(instant: str, zone: str, said: str) -> None:
    assert render.clock_words(datetime.fromisoformat(instant), zone) == said


def test_urdu_runs_from_right_to_left_beside_english() -> None:
    urdu = entry(
        title="طورخم بارڈر بند", sentences=("تاجروں نے TTP کا ذکر کیا۔", "An English one.")
    )
    html = render.render_digest(digest(urdu)).html
    assert re.search('dir="rtl"[^>]*>تاجروں نے TTP', html)
    assert re.search('dir="ltr"[^>]*>An English one.', html)
    assert "Nastaliq" in html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " https://a.example",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://user:pw@a.example/",
        "https://a.example\\@b.example/",
        "http://a.example\\.b.example/",
        "//a.example/",
        "https://",
        "https://[::1",
        "https://a.example:99999/",
        'https://a.example"onclick=x/',
        "",
    ],
)
def test_an_address_that_is_not_plainly_http_is_no_link(url: str) -> None:
    assert render.safe_link(url) is None
    page = assert_harmless(render.render_digest(digest(entry(url=url, also=(("X", url),)))).html)
    assert page.links == []


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x?y=1&z=%D8%A7#f", "https://a.example/x?y=1&z=%D8%A7#f"),
        ("https://a.example/خبر", "https://a.example/%D8%AE%D8%A8%D8%B1"),
        ("http://a.example:8080//x", "http://a.example:8080//x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
    ],
)
def test_a_link_is_built_anew(url: str, link: str) -> None:
    assert render.safe_link(url) == link


# --- hostile words --------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="http://spy.example/x.png">',
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7}",
    "'\" onmouseover=alert(1) x='",
    "<style>@import url(http://spy.example)</style>",
    '<link rel="stylesheet" href="http://spy.example/x.css">',
    "\x00\x1b[31m\u202e\u2028</p></div></body>",
    "]]><!--",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "\ud800",
]


def everywhere(text: str) -> tuple[Digest, Alert]:
    """The text in every field an outlet or a server can write."""
    story = entry(
        title=text,
        sentences=(text, text),
        outlet=text,
        url=text,
        topic=text,
        language=text,
        decision=text,
        also=((text, text), (text, f"https://a.example/{text}")),
        published=replace(WHEN, original=text),
        matched=(text,),
        first=(text, text, WHEN),
        changes=(
            DigestChange(
                kind="toll", told=text, sentence=text, article=1, outlet=text, url=text,
                language=text,
            ),
        ),
        claims=(
            DifferingClaim(
                what=text,
                said=(
                    ClaimTold(
                        value=text, speaker=text, outlet=text, sentence=text, article=1, url=text
                    ),
                ),
            ),
        ),
    )  # fmt: skip
    table = DigestTable(title=text, head=(text, text), rows=((text, text),), note=text)
    told = digest(
        story,
        sections=sections((text, (story,))),
        title=text,
        tables=(table,),
        feeds_silent=(text,),
        gaps=(text,),
        model=text,
        ledger=Ledger(found=1, failed={text: 1}),
    )
    hit = AlertHit(rule=text, part=text, start=0, end=1, matched=text, passage=text)
    return told, alert(title=text, outlet=text, url=text, rule=text, hits=(hit,))


def assert_all_harmless(text: str) -> None:
    told, rang = everywhere(text)
    for rendered in (render.render_digest(told), render.render_alert(rang)):
        assert_harmless(rendered.html)
        rendered.html.encode()
        assert not any(char in rendered.text for char in "\x00\x1b\u202e\r")
        rendered.text.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    assert_all_harmless(text)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>&\"'/=:{}%$ascriptonload\x00\u202e\ud800\r\n", max_size=80))
def test_whatever_is_written_only_our_elements_appear(text: str) -> None:
    assert_all_harmless(text)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["naughty_strings.json", "xss.json"])
def test_the_collections_of_hostile_strings_stay_words(name: str) -> None:
    path = SHARED / "data/hostile" / name
    if not path.exists():
        pytest.skip(f"the private hostile data is not at {SHARED}")
    strings = [row["p"] if isinstance(row, dict) else row for row in json.loads(path.read_text())]
    stories = tuple(entry(title=text, sentences=(text,), outlet=text) for text in strings)
    page = assert_harmless(render.render_digest(digest(*stories)).html)
    assert len([tag for tag in page.tags if tag == "h4"]) == len(strings)


def test_template_language_in_a_title_is_not_run() -> None:
    told = render.render_digest(digest(entry(title="{{ 7 * 7 }}")))
    assert "{{ 7 * 7 }}" in told.text
    assert "49" not in Page(told.html).words
