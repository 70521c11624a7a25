"""A feed made to pin the parser costs itself alone: it is given up, and the others are on time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.articles.reading import AT_MOST, QUICKLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.conftest import Paper

    Open = Callable[[Path, Mapping[str, Mapping[str, object]]], AbstractContextManager[Paper]]

HEALTHY = 50
LONG = 3_000_000


def document(inside: str, root: str = "rss") -> bytes:
    return (
        f"<{root}><channel><title>T</title><item><guid>1</guid>{inside}</item></channel></rss>"
    ).encode()


def bombs() -> dict[str, bytes]:
    """The five kinds known to pin feedparser for 10 to 71 s, and their kin."""
    author = "a@" + "a." * 32_000 + "!"
    items = "".join(
        f"<item><guid>{n}</guid><title>Item {n}</title><link>http://o.example/{n}</link></item>"
        for n in range(100_000)
    )
    return {
        "author": document(f"<author>{author}</author>"),
        "comments": document("<!--" * 50_000),
        "depth": document("<description>" + "<b>" * 300_000 + "</description>"),
        "text": document(f"<description>{'word &amp; ' * 1_750_000}</description>"),
        "entries": f"<rss><channel>{items}</channel></rss>".encode(),
        "attributes": document("<title " + " ".join(f"a{n}=''" for n in range(100_000)) + ">T"),
        "namespaces": document(
            "".join(f"<x{n}:y xmlns:x{n}='urn:{n}'>z</x{n}:y>" for n in range(20_000))
        ),
        "categories": document("".join(f"<category>c{n}</category>" for n in range(60_000))),
        "names": document("<" + "n" * LONG + ">x</" + "n" * LONG + ">"),
        "dates": document(f"<pubDate>{'9-' * 90_000}</pubDate>"),
        "base64": document(f"<content mode='base64'>{'QUJD' * LONG}</content>"),
        "cdata": document("<description>" + "<![CDATA[" * 100_000),
        "json": b'{"version":"https://jsonfeed.org/version/1","items":' + b'[{"a":' * 200_000,
    }


def rss(key: str) -> bytes:
    items = "".join(
        f"<item><guid>{key}-{n}</guid><title>Story {n} of {key}</title>"
        f"<link>http://{key}.example/{n}</link></item>"
        for n in range(10)
    )
    return f"<rss version='2.0'><channel><title>{key}</title>{items}</channel></rss>".encode()


@contextmanager
def watched(paper: Paper, begun: float) -> Iterator[dict[str, float]]:
    """When each feed's poll was written, in seconds since ``begun``."""
    done: dict[str, float] = {}
    over = threading.Event()

    def look() -> None:
        with closing(paper.app.open_store()) as db:
            while True:
                last = over.wait(0.05)
                for row in db.query("SELECT feed FROM polls"):
                    done.setdefault(row["feed"], time.monotonic() - begun)
                if last:
                    return

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def polled(open_paper: Open, folder: Path, hostile: Mapping[str, bytes]) -> dict[str, float]:
    """Poll fifty healthy feeds among the hostile ones; when each was done."""
    healthy = {f"h{n}": rss(f"h{n}") for n in range(HEALTHY)}
    names = [*list(healthy)[:10], *hostile, *list(healthy)[10:]]
    folder.mkdir()
    with open_paper(folder, {key: {"body": "headline"} for key in names}) as paper:
        paper.app.workers.submit(len, b"").result()  # the children are up
        for key in names:
            paper.serve(f"/{key}", (healthy | dict(hostile))[key], "Content-Type: text/xml")
        with watched(paper, time.monotonic()) as done:
            counted = paper.work("poll")["poll"]
        assert counted["asked"] == len(names)
        rows = paper.rows("SELECT feed, outcome, new, detail FROM polls")
        found = {row["feed"]: row for row in rows}
        assert set(found) == set(names)
        bad = {key: found[key] for key in healthy if found[key]["new"] != 10}
        assert bad == {}, "a healthy feed lost an item"
        assert {found[key]["outcome"] for key in hostile} <= {"ok", "parse_limit", "not_feed"}
        assert paper.balanced()
    return done


def busy() -> float:
    """How many times as long as alone this machine takes at present: the clock beside the work."""
    wall, work = time.monotonic(), time.thread_time()
    while time.thread_time() - work < 0.3:
        sum(range(1_000))
    return (time.monotonic() - wall) / 0.3


KNOWN = ("author", "comments", "depth", "text", "entries")


def delay(open_paper: Open, folder: Path, hostile: Mapping[str, bytes]) -> tuple[str, float]:
    """By how much feeds that pin the parser delay the others, in words, and the part of a second.

    The part is of the second they may: of a machine at rest.
    """
    slow = busy()
    alone = max(polled(open_paper, folder / "alone", {}).values())
    among = polled(open_paper, folder / "among", hostile)
    later = max(at for key, at in among.items() if key.startswith("h")) - alone
    slow = max(slow, busy(), 1.0)
    told = (
        f"{len(hostile)} kinds at once: 50 healthy feeds done in {alone:.1f} s alone,"
        f" {later:+.1f} s beside them; all done {max(among.values()):.1f} s after the start"
    )
    at_work = f" (on a machine with {slow:.1f} times as much to do)" if slow > 1.5 else ""
    return told + at_work, later / slow


def test_both_tries_of_a_document_take_at_most_ten_seconds() -> None:
    assert QUICKLY + AT_MOST + 2 < 10, "two seconds more for code in C, then the child is ended"


@pytest.mark.row(18)
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_feeds_that_pin_the_parser_cost_themselves_alone(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    made = bombs()
    told, later = delay(open_paper, tmp_path, {key: made[key] for key in KNOWN})
    figure(told)
    assert later < 1


@pytest.mark.row(18)
@pytest.mark.long
@pytest.mark.timeout(300)
def test_their_kin_cost_themselves_alone(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    rest = {key: body for key, body in bombs().items() if key not in KNOWN}
    told, later = delay(open_paper, tmp_path, rest)
    figure(told)
    assert later < 1
