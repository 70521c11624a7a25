"""Records of web archives, whatever is wrong with them: each costs itself, wherever one cuts."""

from __future__ import annotations

import gzip
import io
import resource
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("fastwarc")

from fastwarc import stream_io
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.edge.unwrapping import BrokenError, TooLargeError, unwrapped
from monitor.edge.warc import Record, Walk
from monitor.edge.warcfile import SourceError, members
from tests.flow import archives_made as made

LARGEST = 1_000_000
GOOD = [made.record(made.url(n), b"<p>page %d</p>" % n * 20) for n in range(4)]


def walked(data: bytes, start: int = 0, end: int = -1, *, exact: bool = True) -> list[Record]:
    stop = len(data) if end < 0 else end
    return list(Walk(io.BytesIO(data), start, stop, exact=exact, largest=LARGEST))


def told(data: bytes) -> list[str]:
    """Each record in a word: the number of its page, or its fault."""
    return [one.fault or one.url.rpartition("-")[2] for one in walked(data)]


def headed(which: int, field: bytes, value: bytes) -> bytes:
    """A good record of which one field says something else; it is left out where it says none."""
    top, gap, block = GOOD[which].partition(b"\r\n\r\n")
    lines = [line for line in top.split(b"\r\n") if not line.startswith(field)]
    return b"\r\n".join([*lines, *([field + b": " + value] if value else [])]) + gap + block


def damaged(data: bytes) -> bytes:
    return data[:60] + bytes(8) + data[68:]


PACKED = [gzip.compress(one, mtime=0) for one in GOOD]
LYING = made.record(made.url(9), b"<p>lie</p>" * 20, length=90)
HUGE = made.record(made.url(9), b"<p>lie</p>" * 20, length=5_000)
REQUEST = made.record(made.url(8), b"GET / HTTP/1.1\r\n\r\n", kind="request", head=b"")
NOTHING = gzip.compress(b"", mtime=0)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (GOOD, ["0", "1", "2", "3"]),
        (PACKED, ["0", "1", "2", "3"]),
        ([PACKED[0], damaged(PACKED[1]), PACKED[2]], ["0", "damaged", "2"]),
        ([PACKED[0], PACKED[1][:-8] + b"abcd" + PACKED[1][-4:], PACKED[2]], ["0", "damaged", "2"]),
        ([damaged(PACKED[0]), PACKED[1]], ["damaged", "1"]),
        ([GOOD[0], LYING, GOOD[2], GOOD[3]], ["0", "damaged", "2", "3"]),
        ([PACKED[0], gzip.compress(LYING), PACKED[2]], ["0", "damaged", "2"]),
        ([GOOD[0], HUGE, GOOD[2], GOOD[3]], ["0", "truncated", "2", "3"]),
        ([PACKED[0], gzip.compress(HUGE), *PACKED[2:]], ["0", "truncated", "2", "3"]),
        ([*PACKED[:2], PACKED[2][:-40]], ["0", "1", "truncated"]),
        ([*GOOD[:2], GOOD[2][:-40]], ["0", "1", "truncated"]),
        ([PACKED[0], b"rubbish" * 30, PACKED[1]], ["0", "damaged", "1"]),
        ([PACKED[0], bytes(700)], ["0", "damaged"]),
        ([GOOD[0], made.record("https://a.example/-7", b"<p>", head=b""), GOOD[1]],
         ["0", "broken_http", "1"]),
        ([PACKED[0], NOTHING, PACKED[1], NOTHING * 3, PACKED[2], NOTHING], ["0", "1", "2"]),
        ([*PACKED[:2], PACKED[2][:5]], ["0", "1", "damaged"]),
        ([*PACKED[:2], PACKED[2][:12]], ["0", "1", "damaged"]),
        ([*GOOD[:2], GOOD[2][:9]], ["0", "1", "damaged"]),
        ([*GOOD[:2], GOOD[2][:60]], ["0", "1", "damaged"]),
        ([GOOD[0], GOOD[1][:400], GOOD[2], GOOD[3]], ["0", "damaged", "2", "3"]),
        ([GOOD[0], GOOD[1][:60], GOOD[2], GOOD[3]], ["0", "damaged", "2", "3"]),
        ([GOOD[0], GOOD[1].replace(b"\r\n", b"\n"), *GOOD[2:]], ["0", "damaged", "2", "3"]),
        ([GOOD[0], GOOD[1][:120], bytes(50), GOOD[2][90:], GOOD[3]], ["0", "damaged", "3"]),
        ([GOOD[0], GOOD[1][:90], b"\r\n", GOOD[2][10:], GOOD[3]], ["0", "damaged", "3"]),
        ([GOOD[0], bytes(64), GOOD[1], GOOD[2]], ["0", "damaged", "1", "2"]),
        ([PACKED[0], GOOD[1], PACKED[2], GOOD[3]], ["0", "1", "2", "3"]),
        ([GOOD[0], headed(1, b"Content-Length", b"9" * 30), GOOD[2]], ["0", "damaged", "2"]),
        ([GOOD[0], headed(1, b"Content-Length", b""), GOOD[2]], ["0", "damaged", "2"]),
        ([GOOD[0], headed(1, b"WARC-Segment-Number", b"1"), GOOD[2]], ["0", "segmented", "2"]),
        ([GOOD[0], headed(1, b"Content-Length", b"2000000000"), *GOOD[2:]],
         ["0", "too_large", "2", "3"]),
        ([GOOD[0], REQUEST.replace(b"Content-Length: ", b"Content-Length: 99999"), *GOOD[2:]],
         ["0", "8", "2", "3"]),
        ([GOOD[0], REQUEST], ["0", "8"]),
        ([GOOD[0], GOOD[1].replace(b"Content-Length", b"content-length"), GOOD[2]],
         ["0", "damaged", "2"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_one_record_costs_that_record(
    parts: list[bytes], expected: list[str]
) -> None:
    assert told(b"".join(parts)) == expected


def test_the_names_of_a_head_may_be_in_small_letters() -> None:
    found = walked(GOOD[1].replace(b"WARC-Type", b"warc-type").replace(b"WARC-Date", b"warc-date"))
    assert [(one.type, one.fault) for one in found] == [("response", "")]
    assert found[0].at is not None
    assert found[0].body.startswith(b"<p>page 1")


@given(st.lists(st.integers(1, 3_000), max_size=6), st.booleans(), st.sampled_from(range(6)))
@settings(max_examples=60, deadline=None)
def test_cutting_anywhere_gives_each_record_once(cuts: list[int], plain: bool, at: int) -> None:
    parts = list(GOOD if plain else PACKED)
    if at < len(parts):
        parts[at] = damaged(parts[at]) if not plain else LYING
    data = b"".join(parts)
    places = sorted({0, len(data), *(one for one in cuts if one < len(data))})
    whole = {(one.start, one.fault) for one in walked(data) if not one.fault}
    found: list[tuple[int, str]] = []
    for start, end in pairwise(places):
        found += [
            (one.start, one.fault)
            for one in walked(data, start, end, exact=start == 0)
            if not one.fault
        ]
    assert len(found) == len(set(found))
    assert whole <= set(found)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for start in (data, GOOD[0] + data, PACKED[0] + data, b"WARC/1.0\r\n" + data):
        for one in walked(start):
            assert one.start < len(start)


def test_a_file_that_is_shorter_than_was_said_comes_to_an_end() -> None:
    assert [one.fault for one in walked(b"".join(PACKED), 0, 10_000_000)] == [""] * 4


def test_a_bomb_is_passed_over_in_little_memory() -> None:
    """200 MB of zeroes in a record of 200 KB are named too large, and what follows is read."""
    size = 200_000_000
    head = made.record(made.url(8), b"", length=size + len(made.HEAD))[:-4]
    packing = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = packing.compress(head)
    for _ in range(200):
        bomb += packing.compress(bytes(1_000_000))
    bomb += packing.compress(b"\r\n\r\n") + packing.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert told(PACKED[0] + bomb + PACKED[1]) == ["0", "too_large", "1"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


HEADS = [
    b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
    b"HTTP/2 200\r\ncontent-type: text/html\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type:\r\n  text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX-Long: %b\r\nContent-Type: text/html\r\n\r\n" % (b"a" * 500_000),
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("media", ["application/http; msgtype=response", "application/http", ""])
def test_an_answer_is_read_however_it_is_headed(head: bytes, media: str) -> None:
    page = b"<html><p>text</p></html>"
    (found,) = walked(made.record(made.url(1), page, head=head, media=media))
    assert (found.fault, found.status, found.body) == ("", 200, page)
    assert found.head["content-type"] == "text/html"


@pytest.mark.parametrize(
    ("said", "year"),
    [
        (b"2026-03-11T05:06:07.123456789Z", "2026-03-11 05:06:07+00:00"),
        (b"2026-03-11T05:06Z", "2026-03-11 05:06:00+00:00"),
        (b"2026-03", "2026-03-01 00:00:00+00:00"),
        (b"2026-03-11T23:59:60Z", "2026-03-11 23:59:59+00:00"),
        (b"2026-03-11T05:06:07", "2026-03-11 05:06:07+00:00"),
        (b"2026-03-11t05:06:07z", "2026-03-11 05:06:07+00:00"),
        (b"2026-03-11 05:06:07.5+05:00", "2026-03-11 00:06:07+00:00"),
        (b"2026-03-11T05:06:07-0430", "2026-03-11 09:36:07+00:00"),
        (b"20260311050607", "2026-03-11 05:06:07+00:00"),
        (b"9999-12-31T23:59:59-05:00", "None"),
        (b"2026-02-30T00:00:00Z", "None"),
        (b"1970-01-01T00:00:00Z", "None"),
        (b"yesterday", "None"),
    ],
)
def test_a_record_is_of_the_day_it_says_where_that_can_be(said: bytes, year: str) -> None:
    """A clock that was never set would bound the dates that the page itself may say."""
    (found,) = walked(headed(1, b"WARC-Date", said))
    assert str(found.at) == year


class _Kept(io.BytesIO):
    """What was written before it was closed."""

    data = b""

    def close(self) -> None:
        self.data = self.data or self.getvalue()
        super().close()


def _by(writer: str, page: bytes) -> bytes:
    out = _Kept()
    with getattr(stream_io, writer)(out) as stream:
        stream.write(page)
    return out.data or out.getvalue()


def _small_window(page: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 12)
    return packing.compress(page) + packing.flush()


def test_pages_are_unwrapped_and_lies_about_wrapping_cost_nothing() -> None:
    page = b"<html><p>plain</p></html>"
    chunks = b"5\r\n" + page[:5] + b"\r\n14;x=y\r\n" + page[5:] + b"\r\n0\r\n\r\n"
    cases = [
        ({"transfer-encoding": "chunked"}, chunks),
        ({"transfer-encoding": "chunked"}, page),
        ({"content-encoding": "gzip"}, gzip.compress(page)),
        ({"content-encoding": "gzip"}, page),
        ({"content-encoding": "deflate"}, zlib.compress(page)),
        ({"content-encoding": "deflate"}, zlib.compress(page)[2:-4]),
        ({"content-encoding": "br"}, page),
        ({"content-encoding": "br"}, b"\xef\xbb\xbf" + page),
        ({"content-encoding": "br"}, b"x" + page),
        ({"content-encoding": "br"}, gzip.compress(page)),
        ({"content-encoding": "identity"}, page),
        ({"content-encoding": "gzip"}, zlib.compress(page)),
        ({"content-encoding": "gzip"}, _by("BrotliWriter", page)),
        ({"content-encoding": "gzip"}, _by("ZstdWriter", page)),
        ({"content-encoding": "br"}, _by("BrotliWriter", page)),
        ({"content-encoding": "br"}, _by("ZstdWriter", page)),
        ({"content-encoding": "br"}, zlib.compress(page)),
        ({"content-encoding": "zstd"}, _by("BrotliWriter", page)),
        ({"content-encoding": "deflate"}, _small_window(page)),
        ({}, _by("ZstdWriter", page)),
        ({}, gzip.compress(page)),
        ({"content-encoding": "gzip"}, gzip.compress(gzip.compress(page))),
        ({"content-encoding": "gzip"}, gzip.compress(page[:9]) + gzip.compress(page[9:])),
        ({"transfer-encoding": "gzip, chunked"}, gzip.compress(page)),
        ({"transfer-encoding": "chunked", "content-encoding": "gzip"}, gzip.compress(page)),
    ]
    for head, body in cases:
        assert unwrapped(body, head, largest=1_000).lstrip(b"\xef\xbb\xbfx") == page, head


@pytest.mark.parametrize(("said", "writer"), [("br", "BrotliWriter"), ("zstd", "ZstdWriter")])
def test_of_a_page_that_was_cut_off_there_is_what_came(said: str, writer: str) -> None:
    """As with gzip: who fetched it took so many bytes of it, and no more."""
    page = b"<html>" + b" ".join(b"word %d" % (n * n * 7_919 % 99_991) for n in range(30_000))
    cut = unwrapped(_by(writer, page)[:-9_000], {"content-encoding": said}, largest=1_000_000)
    assert page.startswith(cut)
    assert len(cut) > len(page) / 2


def test_what_unpacks_too_far_or_not_at_all_is_refused() -> None:
    with pytest.raises(TooLargeError):
        unwrapped(gzip.compress(bytes(5_000_000)), {"content-encoding": "gzip"}, largest=1_000)
    for said in ("gzip", "br", "zstd"):
        with pytest.raises(BrokenError):
            unwrapped(b"\xf1\x00\x02rubbish\xff" * 9, {"content-encoding": said}, largest=1_000)
    assert unwrapped(b"Only words.", {"content-encoding": "gzip"}, largest=1_000) == b"Only words."
    with pytest.raises(BrokenError):
        unwrapped(gzip.compress(b"<p>")[:10] + b"\xff" * 99, {"content-encoding": "gzip"},
                  largest=1_000)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["/archive/a.warc.gz", "../archive/a.warc", "archive/../../x.warc"]
)
def test_a_zip_with_paths_that_lead_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    path = made.wacz(tmp_path / "a.wacz", {name: b"", "archive/b.warc": GOOD[0]})
    with pytest.raises(SourceError, match="leads out of it"):
        members(str(path))


def test_what_is_no_zip_is_refused_in_words(tmp_path: Path) -> None:
    path = made.written(tmp_path / "a.wacz", b"PK\x03\x04 nothing")
    with pytest.raises(SourceError, match="not a WACZ file"):
        members(str(path))
