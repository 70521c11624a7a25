"""Lists of addresses as people have them, and what is taken for one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma

import pytest

from monitor.articles import backfilling
from monitor.stages import addresses

WARC = b"WARC/1.0\r\nWARC-Type: warcinfo\r\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x28\xb5\x2f\xfd\0\0", "zstd -d"),
        (bz2.compress(WARC), "bunzip2"),
        (lzma.compress(WARC), "unxz"),
        (gzip.compress(WARC, mtime=0), "is .warc.gz"),
        (WARC, "call it .warc"),
        (b"filedesc://x.arc 0.0.0.0 20060101000000 text/plain 76\n", "warcio recompress"),
        (b"PK\x03\x04", ".wacz"),
        (b"%PDF-1.4\n", "a PDF"),
        (b"From: <Saved by Blink>\r\nContent-Type: multipart/related;", "save it as .html"),
        ("https://a.example/1\n".encode("utf-16"), "save it in UTF-8"),
        (b"SQLite format 3\0", "no text"),
        (b"https://a.example/1\n", ""),
        (b"\xef\xbb\xbf# mine\r\n", ""),
        (b"", ""),
    ],
)
def test_what_is_no_list_is_named_with_what_to_do(data: bytes, said: str) -> None:
    assert said in addresses.no_list(data)
    assert bool(said) == bool(addresses.no_list(data))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_may_end_as_on_any_machine(end: bytes) -> None:
    lines = [b"\xef\xbb\xbf# mine", b"", *(b"https://a.example/%d" % n for n in range(3))]
    read = [line.strip() for line in backfilling._lines(io.BytesIO(end.join(lines)))]
    assert read[2:] == [f"https://a.example/{n}" for n in range(3)]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/x/May 2024.warc.gz", "may-2024-warc"),
        ("/x/خبر.warc", "backfill"),
        ("/x/" + "abcdefghi-" * 9 + ".warc", "abcdefghi-" * 3 + "abcdefghi"),
        ("sitemap:https://www.gazette.example/s.xml", "gazette-example"),
    ],
)
def test_a_backfill_is_called_by_what_its_name_may_be_made_of(source: str, name: str) -> None:
    assert backfilling.name_of(source) == name


@pytest.mark.parametrize(
    "line",
    [
        "https://a.example/x,Trucks wait at the crossing,2025-01-01",
        '"https://a.example/x","Trucks wait, at the crossing"',
        "https://a.example/x,2025-01-01",
        "https://a.example/x;Trucks wait at the crossing",
        '"https://a.example/x"',
    ],
)
def test_of_a_row_without_a_heading_the_address_alone_is_asked_for(line: str) -> None:
    found = addresses.given(line, addresses.heading(line))
    assert found is not None
    assert (found.url, found.refused) == ("https://a.example/x", "")


@pytest.mark.parametrize(
    "line", ["https://a.example/story_1,2.html", "https://a.example/a;v=1,2  # a remark"]
)
def test_a_comma_belongs_to_an_address_that_stands_alone(line: str) -> None:
    found = addresses.given(line, addresses.heading(line))
    assert found is not None
    assert found.url == line.split(maxsplit=1)[0]
