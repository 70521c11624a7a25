"""What a server answers decides the outcome: always one, always the right fault, never a raise."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge.http.answers import LONGEST_WAIT, one_line, wait_asked
from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome, NotModified

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Fetch = Callable[..., FetchOutcome]
Answer = Callable[..., bytes]


def failed(outcome: FetchOutcome) -> FetchFailed:
    assert isinstance(outcome, FetchFailed), outcome
    assert outcome.detail
    assert outcome.detail.isprintable()
    return outcome


def fetched(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


# --- documents -----------------------------------------------------------------------------------


def test_a_document_arrives_whole_with_its_headers(
    fetch: Fetch, hostile: Any, make_answer: Answer
) -> None:
    hostile.answers["/a"] = make_answer(b"<rss/>", "200 OK", 'ETag: "v1"', "X-A: 1", "x-a: 2")
    outcome = fetched(fetch("/a", kind="feed"))
    assert (outcome.key, outcome.status, outcome.body) == ("k", 200, b"<rss/>")
    assert outcome.headers["etag"] == '"v1"'
    assert outcome.headers["x-a"] == "2"
    assert outcome.url == outcome.final_url == hostile.url("/a")
    assert outcome.permanent_url is None


def test_we_say_who_we_are_and_ask_for_gzip_alone(
    fetch: Fetch, hostile: Any, make_answer: Answer
) -> None:
    hostile.answers["*"] = make_answer(b"x")
    fetch("/a")
    fetch("/b", user_agent="Other/2.0")
    first, second = hostile.asked
    assert first.headers["user-agent"] == "Torkham/0.0 (+test)"
    assert first.headers["accept-encoding"] == "gzip"
    assert second.headers["user-agent"] == "Other/2.0"
    assert not {"cookie", "authorization", "referer"} & first.headers.keys()


def test_validators_are_sent_and_304_means_nothing_new(fetch: Fetch, hostile: Any) -> None:
    hostile.answers["/f"] = b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\n\r\n'
    day = "Sun, 01 Mar 2026 10:00:00 GMT"
    outcome = fetch("/f", etag='W/"v1"', last_modified=day)
    assert isinstance(outcome, NotModified)
    assert outcome.headers["etag"] == '"v2"'
    assert hostile.asked[0].headers["if-none-match"] == 'W/"v1"'
    assert hostile.asked[0].headers["if-modified-since"] == day


def test_a_304_nobody_asked_for_is_no_document(fetch: Fetch, hostile: Any) -> None:
    hostile.answers["/f"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert failed(fetch("/f")).fault is Fault.STATUS


def test_a_validator_cannot_smuggle_a_header(
    fetch: Fetch, hostile: Any, make_answer: Answer
) -> None:
    hostile.answers["*"] = make_answer(b"x")
    fetch("/a", etag='"v"\r\nX-Evil: 1', last_modified="y\nX-Evil: 2", user_agent="U\r\nX-Evil: 3")
    assert b"evil" not in hostile.asked[0].raw.lower()
    assert "if-none-match" not in hostile.asked[0].headers


def test_cookies_are_not_kept(fetch: Fetch, hostile: Any, make_answer: Answer) -> None:
    hostile.answers["*"] = make_answer(b"x", "200 OK", "Set-Cookie: id=7; Path=/")
    fetch("/a")
    fetch("/b")
    assert "cookie" not in hostile.asked[1].headers


# --- status codes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (401, Fault.REFUSED),
        (403, Fault.REFUSED),
        (451, Fault.REFUSED),
        (404, Fault.NOT_FOUND),
        (410, Fault.GONE),
        (429, Fault.BUSY),
        (503, Fault.BUSY),
        (500, Fault.SERVER),
        (502, Fault.SERVER),
        (400, Fault.STATUS),
        (418, Fault.STATUS),
        (204, Fault.STATUS),
        (206, Fault.STATUS),
        (300, Fault.STATUS),
    ],
)
def test_every_status_without_a_document_has_its_fault(
    fetch: Fetch, hostile: Any, make_answer: Answer, status: int, fault: Fault
) -> None:
    body = b"" if status == 204 else b"<p>sorry</p>"
    hostile.answers["/s"] = make_answer(body, f"{status} Whatever")
    outcome = failed(fetch("/s"))
    assert (outcome.fault, outcome.status) == (fault, status)


@pytest.mark.parametrize(
    ("status", "header", "body"),
    [
        ("403 Forbidden", "cf-mitigated: challenge", b""),
        ("200 OK", "CF-Mitigated: challenge", b"<p>article?</p>"),
        ("202 Accepted", "x-amzn-waf-action: challenge", b""),
        ("503 Busy", "X: y", b"<html><title>Just a moment...</title>"),
        ("403 Forbidden", "X: y", b"<script src='/cdn-cgi/challenge-platform/h/b/x.js'></script>"),
        ("403 Forbidden", "Content-Encoding: gzip", gzip.compress(b"var _cf_chl_opt={}", mtime=0)),
    ],
)
def test_a_bot_wall_is_not_taken_for_the_outlet(
    fetch: Fetch, hostile: Any, make_answer: Answer, status: str, header: str, body: bytes
) -> None:
    hostile.answers["/w"] = make_answer(body, status, header)
    assert failed(fetch("/w")).fault is Fault.CHALLENGE


def test_an_article_about_bot_walls_is_an_article(
    fetch: Fetch, hostile: Any, make_answer: Answer
) -> None:
    hostile.answers["/w"] = make_answer(b"<h1>Just a moment: verify you are human</h1> cf-chl-")
    assert fetched(fetch("/w")).status == 200


def test_an_error_with_an_endless_body_is_known_by_its_status(fetch: Fetch, hostile: Any) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 No\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent.append(65_536)

    sent: list[int] = []
    hostile.answers["/e"] = endless
    assert failed(fetch("/e")).fault is Fault.NOT_FOUND
    assert sum(sent) < 50_000_000, "it was read to the deadline"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:05:00 -0000", 300.0),
        ("315360000", LONGEST_WAIT),
        ("Sun, 01 Mar 2036 12:05:00 GMT", LONGEST_WAIT),
        ("9" * 5000, None),
        ("-5", None),
        ("soon", None),
        ("١٢٠", None),
        ("1e9", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_and_bounded_to_a_day(value: str | None, seconds: float | None) -> None:
    assert wait_asked(value, NOW) == seconds


@given(st.text(max_size=80))
def test_no_retry_after_breaks_us_or_exceeds_a_day(value: str) -> None:
    wait = wait_asked(value, NOW)
    assert wait is None or 0.0 <= wait <= LONGEST_WAIT


def test_retry_after_comes_back_with_busy(fetch: Fetch, hostile: Any, make_answer: Answer) -> None:
    hostile.answers["/b"] = make_answer(b"", "429 Slow", "Retry-After: 999999999")
    assert failed(fetch("/b")).retry_after == LONGEST_WAIT


@given(st.text(max_size=400))
def test_a_foreign_sentence_becomes_one_plain_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2028\u2067" for c in line)


# --- encodings -----------------------------------------------------------------------------------


def _bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", b"plain"),
        ("gzip", gzip.compress(b"plain", mtime=0)),
        ("X-Gzip", gzip.compress(b"plain", mtime=0)),
        ("gzip", gzip.compress(b"pl", mtime=0) + gzip.compress(b"ain", mtime=0)),
        ("gzip", gzip.compress(b"plain", mtime=0) + b"\0\0\0"),
        ("deflate", zlib.compress(b"plain")),
        ("deflate", _bare(b"plain")),
    ],
)
def test_one_encoding_of_those_we_know_is_undone(
    fetch: Fetch, hostile: Any, make_answer: Answer, encoding: str, body: bytes
) -> None:
    hostile.answers["/e"] = make_answer(body, "200 OK", f"Content-Encoding: {encoding}")
    assert fetched(fetch("/e")).body == b"plain"


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Encoding: br",),
        ("Content-Encoding: zstd",),
        ("Content-Encoding: gzip, gzip",),
        ("Content-Encoding: gzip", "Content-Encoding: gzip"),
        ("Content-Encoding: " + ", ".join(["gzip"] * 100),),
        ("Content-Encoding: gzip",),  # it is not
        ("Content-Encoding: deflate",),  # it is not
    ],
)
def test_any_other_encoding_is_refused(
    fetch: Fetch, hostile: Any, make_answer: Answer, headers: tuple[str, ...]
) -> None:
    hostile.answers["/e"] = make_answer(b"\xff\xfe not compressed", "200 OK", *headers)
    assert failed(fetch("/e")).fault is Fault.ENCODING


def test_a_body_of_a_thousand_gzip_members_is_refused(
    fetch: Fetch, hostile: Any, make_answer: Answer
) -> None:
    body = gzip.compress(b"", mtime=0) * 1000
    hostile.answers["/e"] = make_answer(body, "200 OK", "Content-Encoding: gzip")
    assert failed(fetch("/e")).fault is Fault.ENCODING


def test_a_transfer_encoding_we_did_not_ask_for_is_no_document(fetch: Fetch, hostile: Any) -> None:
    body = gzip.compress(b"plain", mtime=0)
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    hostile.answers["/t"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunk
    assert failed(fetch("/t")).fault is Fault.ENCODING


# --- bodies that lie about their length ----------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<p>half",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(b"x" * 999, mtime=0)[:-9],
    ],
)
def test_a_body_cut_short_is_never_a_document(fetch: Fetch, hostile: Any, raw: bytes) -> None:
    hostile.answers["/t"] = raw
    assert failed(fetch("/t")).fault is Fault.TRUNCATED


@pytest.mark.parametrize("kind", ["feed", "page"])
def test_a_body_over_its_cap_is_refused_and_one_at_the_cap_is_not(
    fetch: Fetch, hostile: Any, make_answer: Answer, kind: str
) -> None:
    cap = 200_000 if kind == "feed" else 100_000
    hostile.answers["/fits"] = make_answer(b"x" * cap)
    hostile.answers["/over"] = make_answer(b"x" * (cap + 1))
    hostile.answers["/packed"] = make_answer(
        gzip.compress(b"x" * (cap + 1)), "200 OK", "Content-Encoding: gzip"
    )
    assert len(fetched(fetch("/fits", kind=kind)).body) == cap
    assert failed(fetch("/over", kind=kind)).fault is Fault.TOO_LARGE
    assert failed(fetch("/packed", kind=kind)).fault is Fault.TOO_LARGE


def test_a_length_over_the_cap_is_believed_at_once(fetch: Fetch, hostile: Any) -> None:
    async def announce(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        await asyncio.sleep(30)

    hostile.answers["/l"] = announce
    assert failed(fetch("/l")).fault is Fault.TOO_LARGE


def test_an_endless_body_stops_at_the_cap(fetch: Fetch, hostile: Any) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    hostile.answers["/e"] = endless
    assert failed(fetch("/e")).fault is Fault.TOO_LARGE


# --- things that are not HTTP --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"<html>this is HTTP/0.9</html>", {Fault.PROTOCOL}),
        (b"HTTP/1.1 abc OK\r\n\r\n", {Fault.PROTOCOL}),
        (b"HTTP/1.1 99 OK\r\n\r\nbody", {Fault.PROTOCOL}),
        (b"ICY 200 OK\r\n\r\nbody", {Fault.PROTOCOL}),
        (b"SSH-2.0-OpenSSH_9\r\n", {Fault.PROTOCOL}),
        (b"", {Fault.CONNECT}),
        (b"HTTP/1.1 200", {Fault.CONNECT, Fault.PROTOCOL, Fault.TRUNCATED}),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", {Fault.TOO_LARGE}),
        (b"HTTP/1.1 200 OK\r\n" + b"X: aaaaaaaaaaaa\r\n" * 100_000 + b"\r\n", {Fault.TOO_LARGE}),
        (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1_500 + b"\r\n", {Fault.TOO_LARGE}),
        (b"HTTP/1.1 103 Wait\r\n\r\n" * 50_000, {Fault.TOO_LARGE, Fault.PROTOCOL}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", {Fault.PROTOCOL, Fault.TOO_LARGE}),
    ],
)
def test_what_is_not_http_is_a_fault_and_no_crash(
    fetch: Fetch, hostile: Any, raw: bytes, faults: set[Fault]
) -> None:
    hostile.answers["/p"] = raw
    assert failed(fetch("/p")).fault in faults


def test_a_reset_connection_is_a_fault(fetch: Fetch, hostile: Any) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        await asyncio.sleep(0)

    hostile.answers["/r"] = reset
    assert failed(fetch("/r")).fault is Fault.CONNECT
