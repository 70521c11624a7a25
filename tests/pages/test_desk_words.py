"""The desk's words, links, marks and colours: everything that needs neither store nor server."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor.web
from monitor.web import words
from monitor.web.arriving import host_allowed
from monitor.web.filters import Filters, asked_for
from monitor.web.marks import marked_title, read_evidence
from monitor.web.security import own_path
from monitor.web.session import LASTS, Seal, new_session

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
KARACHI = ZoneInfo("Asia/Karachi")
CSS = (Path(monitor.web.__file__).parent / "static" / "desk.css").read_text()


# --- words ----------------------------------------------------------------------------------


@given(st.text())
def test_whatever_a_source_writes_can_be_sent_as_utf8_and_reorders_nothing(text: str) -> None:
    out = words.shown(text + "\u202eevil\u2066\ud800\x07")
    out.encode("utf-8")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x7f-\x9f]", out)


def test_persian_joiners_survive() -> None:
    assert words.shown("می\u200cخواهند") == "می\u200cخواهند"


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://dawn.example/news/1?a=b&c=d#x", "https://dawn.example/news/1?a=b&c=d"),
        ("HTTP://Dawn.Example:8080/a b", None),
        ("https://user:secret@dawn.example/x", "https://dawn.example/x"),
        ("https://dаwn.example/x", "https://xn--dwn-6cd.example/x"),  # a Cyrillic a shows itself
        ("https://dawn.example/خبر", "https://dawn.example/%D8%AE%D8%A8%D8%B1"),
        ('https://dawn.example/"><script>', "https://dawn.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", None),
        ("java\x01script:alert(1)", None),
        ("data:text/html,x", None),
        ("//dawn.example/x", None),
        ("https:\\\\dawn.example/x", None),
        ("https://", None),
        ("https://dawn.example:99999/x", None),
        ("ftp://dawn.example/x", None),
        ("https://[::1", None),
        ("https://a" + "b" * 5000, None),
        (None, None),
    ],
)
def test_only_absolute_web_addresses_become_links(url: str | None, href: str | None) -> None:
    found = words.link(url)
    assert (found.href if found else None) == href


@given(st.text())
def test_a_link_is_never_anything_but_http(url: str) -> None:
    found = words.link(url) or words.link(f"https://{url}")
    assert found is None or re.fullmatch(r"https?://[!-~]+", found.href)


def test_a_score_reads_short_and_never_as_certainty() -> None:
    assert [words.score(x) for x in (0.974, 1.0, 0.0, None)] == [".97", ".99", ".00", "–"]


def test_a_time_is_told_in_the_outlets_zone_with_its_source_on_hover() -> None:
    at = datetime(2026, 11, 21, 4, 50, tzinfo=UTC)
    told = words.stamp(at, now=NOW, reader=KARACHI, side="afghanistan", source="feed")
    assert told.shown == "09:20 AFT"
    assert "09:50 Asia/Karachi" in told.hover
    assert "04:50 UTC" in told.hover
    assert "date from the feed" in told.hover


def test_an_older_time_names_its_day() -> None:
    told = [
        words.stamp(NOW - timedelta(days=d), now=NOW, reader=KARACHI).shown for d in (1, 18, 400)
    ]
    assert told == ["yesterday 12:00 PKT", "3 Nov 12:00 PKT", "17 Oct 2025 12:00 PKT"]


@pytest.mark.parametrize(
    ("language", "text", "direction", "lang"),
    [
        ("ur", "مذاکرات دوبارہ شروع", "rtl", "ur"),
        ("ur", "Talks resume", "ltr", ""),  # labelled Urdu, written in English
        ("en", "د پاکستان خبرې", "rtl", ""),
        (None, "Talks resume", "ltr", ""),
        ('en" onload="x', "Talks", "ltr", ""),
        ("en-GB", "Talks", "ltr", "en-GB"),
        ("en", "123", "auto", "en"),
    ],
)
def test_direction_follows_the_letters_when_the_label_is_wrong(
    language: str | None, text: str, direction: str, lang: str
) -> None:
    told = words.tongue(language, text)
    assert (told.dir, told.lang) == (direction, lang)


# --- marks ----------------------------------------------------------------------------------


def _evidence(*matches: tuple[str, str, int, int], weight: float = 1.0) -> str:
    rows = [
        {"concept": "x", "text": text, "part": part, "start": start, "end": end}
        for text, part, start, end in matches
    ]
    return json.dumps(
        {"contributions": [{"feature": "f", "label": "a term", "weight": weight, "matches": rows}]}
    )


def test_a_matched_word_is_marked_in_its_place_and_nowhere_else() -> None:
    reasons = read_evidence(_evidence(("talks", "title", 10, 15)), {"x": "talks about peace"})
    assert [(p.text, p.term) for p in marked_title("The talks talks go on", reasons)] == [
        ("The talks ", None),
        ("talks", "talks about peace"),
        (" go on", None),
    ]


def test_a_word_that_moved_in_a_later_version_is_found_again_or_left_alone() -> None:
    reasons = read_evidence(_evidence(("talks", "title", 0, 5), ("gone", "title", 6, 10)), {})
    pieces = marked_title("New lead: talks go on", reasons)
    assert [p.text for p in pieces if p.term] == ["talks"]


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"contributions": 3}', '{"contributions": [{}]}', "[" * 5000]
)
def test_broken_evidence_gives_no_marks_and_no_error(text: str) -> None:
    assert read_evidence(text, {}).terms == ()


# --- filters --------------------------------------------------------------------------------


def test_filters_survive_the_address_bar_and_drop_what_is_not_theirs() -> None:
    filters = asked_for({"topic": "talks", "minimum": ".8", "day": "2026-11-20", "evil": "1"})
    assert filters == Filters(topic="talks", minimum=".8", day="2026-11-20")
    assert filters.query() == "topic=talks&minimum=.8&day=2026-11-20"
    assert filters.least() == 0.8


@given(st.text(), st.text())
def test_no_filter_breaks_the_queue(minimum: str, day: str) -> None:
    filters = Filters(minimum=minimum, day=day)
    assert filters.least() is None or 0 < (filters.least() or 0) <= 1
    filters.on()


# --- sessions -------------------------------------------------------------------------------


def test_a_session_opens_only_with_the_key_it_was_made_under() -> None:
    seal = Seal(b"k" * 32)
    cookie = seal.close(new_session(NOW, name="Rabia 🌸"))
    opened = seal.open(cookie, NOW)
    assert opened is not None
    assert opened.name == "Rabia 🌸"
    assert Seal(b"j" * 32).open(cookie, NOW) is None
    assert seal.open(cookie, NOW + LASTS) is None


@given(st.text(max_size=80))
def test_a_made_up_cookie_opens_nothing(cookie: str) -> None:
    assert Seal(b"k" * 32).open(cookie, NOW) is None


def test_a_changed_cookie_opens_nothing() -> None:
    seal = Seal(b"k" * 32)
    cookie = seal.close(new_session(NOW))
    for at in range(0, len(cookie), 7):
        changed = cookie[:at] + ("A" if cookie[at] != "A" else "B") + cookie[at + 1 :]
        assert seal.open(changed, NOW) is None


def test_a_token_of_one_session_does_not_serve_another() -> None:
    seal = Seal(b"k" * 32)
    mine, yours = new_session(NOW), new_session(NOW)
    assert seal.token_holds(mine, seal.token(mine))
    assert not seal.token_holds(yours, seal.token(mine))
    assert not seal.token_holds(mine, "")


# --- the door's small questions -------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:1", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("localhost:80@evil.example", False),
        ("", False),
    ],
)
def test_only_our_own_names_are_answered(host: str, allowed: bool) -> None:
    assert host_allowed(host, ("localhost", "127.0.0.1", "[::1]")) is allowed


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/queue?topic=talks", "/queue?topic=talks"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_one_is_led_on_within_the_desk_only(wanted: str, path: str) -> None:
    assert own_path(wanted) == path


# --- colours --------------------------------------------------------------------------------


def _palette(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[1 if dark else 0]))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, two: str) -> float:
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_seven_to_one_and_edges_three_to_one(dark: bool) -> None:
    colours = _palette(dark)
    for name in ("ink", "soft", "teal", "amber", "red"):
        for ground in ("paper", "wash"):
            contrast = _contrast(colours[name], colours[ground])
            assert contrast >= 7, f"{name} on {ground}: {contrast:.2f}"
    assert _contrast(colours["on-teal"], colours["teal"]) >= 7
    assert _contrast(colours["edge"], colours["paper"]) >= 3


def test_the_stylesheet_and_the_script_name_no_other_place() -> None:
    static = Path(monitor.web.__file__).parent / "static"
    for path in static.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text), path.name


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0.02, "a minute"), (1.4, "84 minutes"), (1.9, "1 hour"), (47.9, "47 hours"),
     (38.9 * 24, "38 days")],
)  # fmt: skip
def test_how_long_ago_is_counted_in_full_hours_and_days(hours: float, told: str) -> None:
    """A feed's line said 39 days beside a sentence that said 38."""
    assert words.span(timedelta(hours=hours)) == told
