"""Redirects are followed by us, one judged hop at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.http.target import NoTarget, Target, follow, target_of
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, FetchRequest

Fetch = Callable[..., FetchOutcome]


def _to(location: str, status: int = 302, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status} On", f"Location: {location}", "Content-Length: 0", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


DOCUMENT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_to_the_document(fetch: Fetch, hostile: Any, status: int) -> None:
    hostile.answers |= {"/old": _to("new?q=1#part", status), "/new?q=1": DOCUMENT}
    outcome = fetch("/old")
    assert isinstance(outcome, Fetched)
    assert (outcome.url, outcome.final_url) == (hostile.url("/old"), hostile.url("/new?q=1"))


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 302), False), ((307, 301), False)],
)
def test_only_an_unbroken_permanent_chain_changes_the_address_for_good(
    fetch: Fetch, hostile: Any, statuses: tuple[int, ...], permanent: bool
) -> None:
    for step, status in enumerate(statuses):
        hostile.answers[f"/{step}"] = _to(f"/{step + 1}", status)
    hostile.answers[f"/{len(statuses)}"] = DOCUMENT
    outcome = fetch("/0")
    assert isinstance(outcome, Fetched)
    assert outcome.permanent_url == (outcome.final_url if permanent else None)


def test_five_redirects_are_followed_and_six_are_not(fetch: Fetch, hostile: Any) -> None:
    hostile.answers |= {f"/{n}": _to(f"/{n + 1}") for n in range(6)} | {"/6": DOCUMENT}
    assert isinstance(fetch("/1"), Fetched)
    outcome = fetch("/0")
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.TOO_MANY_REDIRECTS


def test_a_loop_ends(fetch: Fetch, hostile: Any) -> None:
    hostile.answers |= {"/a": _to("/b", 301), "/b": _to("/a", 301)}
    outcome = fetch("/a")
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.TOO_MANY_REDIRECTS
    assert len(hostile.asked) == 6


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("file:///etc/passwd", Fault.SCHEME),
        ("ftp://example.org/x", Fault.SCHEME),
        ("data:text/xml,<rss/>", Fault.SCHEME),
        ("javascript:alert(1)", Fault.SCHEME),
        ("gopher://127.0.0.1:25/_x", Fault.SCHEME),
        ("http://169.254.169.254/latest/meta-data/", Fault.BLOCKED_ADDRESS),
        ("//10.0.0.1/", Fault.BLOCKED_ADDRESS),
        ("http://[::1]/", Fault.BLOCKED_ADDRESS),
        ("http://0x7f.1/", Fault.BLOCKED_ADDRESS),
        ("http://127.0.0.1:1/", Fault.BLOCKED_ADDRESS),
        ("http://localhost/", Fault.BLOCKED_ADDRESS),
        ("http://user:secret@example.org/", Fault.BAD_URL),
        ("http://example.org\\@127.0.0.1/", Fault.BAD_URL),
        ("http://exa\tmple.org/", Fault.BAD_URL),
        ("http://[::1", Fault.BAD_URL),
        ("http:///", Fault.BAD_URL),
    ],
)
def test_a_redirect_is_judged_like_any_address(
    fetch: Fetch, hostile: Any, location: str, fault: Fault
) -> None:
    hostile.answers["/r"] = _to(location)
    outcome = fetch("/r")
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is fault
    assert "secret" not in repr(outcome)


def test_a_redirect_to_bare_letters_is_read_as_utf8(fetch: Fetch, hostile: Any) -> None:
    hostile.answers["/r"] = "HTTP/1.1 302 On\r\nLocation: /خبر نامہ\r\n\r\n".encode()
    escaped = "/%D8%AE%D8%A8%D8%B1%20%D9%86%D8%A7%D9%85%DB%81"
    hostile.answers[escaped] = DOCUMENT
    outcome = fetch("/r")
    assert isinstance(outcome, Fetched)
    assert outcome.final_url == hostile.url(escaped)


def test_https_is_never_left_for_http() -> None:
    base = target_of("https://news.example/feed")
    assert isinstance(base, Target)
    refused = follow(base, "http://news.example/feed")
    assert isinstance(refused, NoTarget)
    assert refused.fault is Fault.SCHEME
    assert isinstance(follow(base, "//other.example/x"), Target)


def test_a_user_in_a_url_is_neither_sent_nor_shown(hostile: Any) -> None:
    limits = FetchLimits(host_gap_seconds=0)
    allow = frozenset({("127.0.0.1", hostile.port)})
    with Web(clock=system_clock, user_agent="Torkham/0", limits=limits, allow=allow) as web:
        url = f"http://ali:hidden@127.0.0.1:{hostile.port}/"
        outcome = web.fetch(FetchRequest(key="k", url=url))
    assert isinstance(outcome, FetchFailed)
    assert outcome.fault is Fault.BAD_URL
    assert "hidden" not in repr(outcome)
    assert hostile.asked == []
