"""Feeds that break every rule: nothing raises, and no item fewer is found than feedparser finds."""

from __future__ import annotations

import io
import os
import random
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from monitor.model import Dropped, ParsedFeed
from monitor.stages.parse import parse_feed

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SHARED = Path(os.environ.get("TORKHAM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
FIXTURES = Path(__file__).resolve().parents[1] / "data" / "feeds"
PRIVATE = ("data/feeds", "data/hostile/edge_feeds", "data/hostile/malformed")


def stories(tag: str, *, atom: bool = False) -> str:
    made = ""
    for n in range(3):
        link = (
            f"<link href='http://o.example/{n}'/>" if atom else f"<link>http://o.example/{n}</link>"
        )
        made += (
            f"<{tag}><title>Story {n} &amp; more</title>{link}<{'id' if atom else 'guid'}>g{n}"
            f"</{'id' if atom else 'guid'}><author>A</author></{tag}>\n"
        )
    return made


WHOLE = {
    "rss": f"<rss version='2.0'><channel><title>T</title>{stories('item')}</channel></rss>",
    "atom": f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>"
    f"{stories('entry', atom=True)}</feed>",
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns="
    f"'http://purl.org/rss/1.0/'><channel><title>T</title></channel>{stories('item')}</rdf:RDF>",
    "prefixed": "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:id>1</a:id><a:title>x"
    "</a:title></a:entry><a:entry><a:id>2</a:id></a:entry></a:feed>",
}
Breaking = Callable[[str], str]
BREAKS: dict[str, Breaking] = {
    "as it is": lambda d: d,
    "cut in the middle": lambda d: d[: len(d) // 2],
    "cut at the end": lambda d: d[:-9],
    "without its root": lambda d: d[d.index(">") + 1 :],
    "twice": lambda d: d + d,
    "in capitals": lambda d: d.replace("item", "ITEM").replace("title", "TITLE"),
    "junk before": lambda d: "Warning: mysql is away\n\n" + d,
    "junk behind": lambda d: d + "</html><script>x</script>",
    "a comment over an item": lambda d: d.replace("Story 1", "<!-- Story 1", 1),
    "a comment in CDATA": lambda d: d.replace("Story 1", "<![CDATA[<!-- Story 1]]>", 1),
    "an item in CDATA": lambda d: d.replace("Story 1", "<![CDATA[<item><title>x</item>]]>", 1),
    "CDATA in CDATA": lambda d: d.replace("Story 1", "<![CDATA[a<![CDATA[b]]>c]]>", 1),
    "CDATA left open": lambda d: d.replace("Story 1", "<![CDATA[Story 1", 1),
    "bare ampersands": lambda d: d.replace("&amp;", "&"),
    "unknown entities": lambda d: d.replace("&amp;", "&nbsp;&hellip;&what;"),
    "forbidden references": lambda d: d.replace("&amp;", "&#0;&#xD800;&#x110000;&#xFFFE;"),
    "bare brackets": lambda d: d.replace("&amp;", "< 3 >"),
    "quotes left open": lambda d: d.replace("'2.0'", "'2.0").replace("/1'/>", "/1/>"),
    "tags that cross": lambda d: d.replace("<author>A</author></", "<author>A</"),
    "items in items": lambda d: d.replace("</item>", "", 1).replace("</entry>", "", 1),
    "no closing tags": lambda d: d.replace("</title>", ""),
    "ends without a beginning": lambda d: d.replace("<title>", ""),
    "unknown names": lambda d: d.replace("<author>", "<what:author>").replace("</author>", ""),
    "attributes twice": lambda d: d.replace("<title>", "<title a='1' a='2'>"),
    "a declaration within": lambda d: d.replace("<title>", "<?xml version='1.0'?><title>", 2),
    "a doctype within": lambda d: d.replace("<title>", "<!DOCTYPE x><title>", 2),
    "markup in titles": lambda d: d.replace("Story", "<b>Story</b><br>"),
    "control characters": lambda d: d.replace("Story", "\x00\x0bSt\x1bory\ufffe"),
    "another version": lambda d: d.replace("2.0", "9.9").replace("2005/Atom", "2099/Atom"),
    "no namespace": lambda d: d.replace(" xmlns=", " nons="),
    "empty items": lambda d: d.replace("</channel>", "<item/><item></item></channel>"),
    "an image with a title": lambda d: d.replace("<title>T", "<image><title>I</image><title>T", 1),
    "a text box": lambda d: d.replace("<title>T", "<textInput><title>I</textInput><title>T", 1),
    "a base that is none": lambda d: d.replace("<title>", "<title xml:base='http://['>", 1),
    "short tags": lambda d: d.replace("</item>", "</>").replace("</entry>", "</>"),
    "spaces in tags": lambda d: d.replace("<item>", "< item >").replace("</item>", "</item >"),
    "new lines in tags": lambda d: d.replace("<item>", "<item\n>").replace("</item>", "</item\n>"),
}


def own() -> Iterator[tuple[str, bytes]]:
    for name, whole in WHOLE.items():
        for how, change in BREAKS.items():
            yield f"{name}, {how}", change(whole).encode("utf-8", "surrogatepass")
    for path in sorted(FIXTURES.glob("*.xml")):
        yield path.name, path.read_bytes()


def theirs() -> Iterator[tuple[str, bytes]]:
    """The private feeds, where they are at hand."""
    for folder in PRIVATE:
        files = sorted((SHARED / folder).iterdir()) if (SHARED / folder).is_dir() else []
        yield from ((file.name, file.read_bytes()) for file in files if file.suffix != ".json")


def counted(body: bytes) -> tuple[int, bool]:
    """How many items feedparser finds, and whether it answered at all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return len(feedparser.parse(io.BytesIO(body)).entries), True
    except Exception:  # noqa: BLE001 - it raises on some of these; then anything is more
        return 0, False


def read(body: bytes) -> ParsedFeed | Dropped:
    return parse_feed(
        body, content_type="text/xml", base_url="http://o.example/", known=(), fetched_at=NOW
    )


def fewer(name: str, body: bytes) -> str | None:
    """What is wrong where fewer items are found than feedparser finds."""
    found, wanted = read(body), counted(body)[0]
    if isinstance(found, Dropped):
        attack = b"<!ENTITY" in body.replace(b"\0", b"")
        return None if attack or not wanted else f"{name}: refused, {wanted} items in it"
    ours = len(found.entries) + found.truncated + len(found.problems)
    return None if ours >= wanted else f"{name}: {ours} of {wanted}"


@pytest.mark.row(19)
@pytest.mark.slow
def test_no_item_fewer_is_found_than_feedparser_finds(figure: Callable[..., None]) -> None:
    made, private = list(own()), list(theirs())
    wrong = [told for name, body in (*made, *private) if (told := fewer(name, body))]
    figure(
        f"{len(made)} broken feeds of our own and {len(private)} of others: 0 exceptions, fewer"
        f" items than feedparser in {len(wrong)}"
    )
    assert len(made) >= 140
    assert wrong == []


# --- mutations ------------------------------------------------------------------------------

PIECES = (
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&#xD800;", b"&#0;", b"&", b"<", b">", b"'", b"\x00",
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<!DOCTYPE x [", b"<?xml encoding='utf-16'?>",
    b"xml:base='http://['", b"<![CDATA[<![CDATA[", b"\xff\xfe", b"\xed\xa0\x80", b"<rss>",
)  # fmt: skip
CODES = ("utf-16", "utf-16-le", "utf-32", "cp1252", "cp1256", "utf-7", "shift_jis")


def mutated(draw: random.Random, bodies: list[bytes]) -> bytes:
    """One to six changes: bytes flipped, cut, spliced, swapped, nested; or another encoding."""
    body = draw.choice(bodies)
    for _ in range(draw.randint(1, 6)):
        a, b = sorted(draw.randrange(len(body) + 1) for _ in range(2))
        b = min(b, a + 200)
        match draw.randrange(6):
            case 0:
                flipped = bytes(byte ^ (1 << draw.randrange(8)) for byte in body[a : a + 3])
                body = body[:a] + flipped + body[a + 3 :]
            case 1:
                body = body[:a] + body[b:]
            case 2:
                other = draw.choice(bodies)
                at = draw.randrange(len(other))
                body = body[:a] + other[at : at + 300] + body[a:]
            case 3:
                body = body[:a] + draw.choice(PIECES) + body[a:]
            case 4:
                body = body[:a] + body[b : b + 100] + body[a:b] + body[b + 100 :]
            case _:
                body = body[:b] + body[a:b] * draw.randint(1, 3) + body[b:]
        body = body[:6_000] or b"<"
    if draw.random() < 0.05:
        body = body.decode("utf-8", "replace").encode(draw.choice(CODES), "replace")
    return body


def survived(number: int, seed: int) -> int:
    """Read so many mutations; each answer keeps what every answer promises."""
    draw = random.Random(seed)  # noqa: S311 - the same mutations every time
    bodies = [body for _, body in own() if len(body) < 6_000]
    feeds = 0
    for at in range(number):
        body = mutated(draw, bodies)
        try:
            found = read(body)
        except Exception as error:
            raise AssertionError(f"mutation {at} of seed {seed}: {body!r}") from error
        if isinstance(found, ParsedFeed):
            feeds += 1
            assert len({entry.key for entry in found.entries}) == len(found.entries)
        else:
            assert found.detail
    return feeds


@pytest.mark.row(19)
@pytest.mark.slow
def test_two_thousand_mutations_give_entries_or_a_refusal(figure: Callable[..., None]) -> None:
    feeds = survived(2_000, seed=19)
    figure(f"2,000 mutations: 0 exceptions, {feeds:,} read as feeds")


@pytest.mark.row(19)
@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_a_hundred_thousand_mutations_give_entries_or_a_refusal(
    figure: Callable[..., None],
) -> None:
    feeds = sum(survived(10_000, seed) for seed in range(100, 110))
    figure(f"100,000 mutations: 0 exceptions, {feeds:,} read as feeds")
