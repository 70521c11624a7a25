"""Hostile feeds and pages through the real product: real HTTP, real store, real mail.

Each kind of trouble is tried with a document of our own and, where they are present, with the
files kept outside the project. What must come of each kind stands in one table.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.hostile.conftest import Paper

    Open = Callable[[Path, Mapping[str, Mapping[str, object]]], AbstractContextManager[Paper]]

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
HOSTILE = SHARED / "data" / "hostile"
PLACE = "http://127.0.0.1/"  # what the documents write for the outlet's own address


def rss(*items: str, head: str = "<?xml version='1.0' encoding='utf-8'?>", more: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f"{head}<rss version='2.0'><channel><title>Own</title><link>{PLACE}</link>{more}{inside}"
        "</channel></rss>"
    )


def item(number: int = 1, title: str = "A", more: str = "", guid: str = "") -> str:
    return f"<title>{title}</title><link>{PLACE}{number}</link><guid>{guid or number}</guid>{more}"


def dated(text: str) -> bytes:
    return rss(item(more=f"<pubDate>{text}</pubDate>")).encode()


# --- what must come of each kind ------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of trouble: our own document, and what must come of every document of the kind."""

    own: bytes
    fates: Mapping[str, int]  # "queued", "dropped: no_link"
    own_fates: Mapping[str, int] | None = None  # where our own document holds other numbers
    outcome: str = "ok"
    titles: Mapping[str, str] = field(default_factory=dict)  # of one item: "own", "shared"
    says: str = ""  # in the feed's history
    undated: str | None = None  # what the date as written must still hold


BROKEN_LETTERS = rss(item(title="TITLE")).encode().replace(b"TITLE", b"Torkham \xff\xfe\xc3( shut")
KINDS: dict[str, Kind] = {
    "01": Kind(
        own=rss(*(f"<title>B{n}</title><link>{PLACE}{n}</link>" for n in range(5))).encode(),
        fates={"queued": 5},
    ),
    "02": Kind(
        own=rss(*(f"<title>B{n}</title><description>x</description>" for n in range(5))).encode(),
        fates={"dropped: no_link": 5},
    ),
    "03": Kind(
        own=rss(*(f"<link>{PLACE}{n}</link><guid>{n}</guid>" for n in range(5))).encode(),
        fates={"queued": 5},
    ),
    "04": Kind(own=rss(*(item(n, f"B{n}") for n in range(5))).encode(), fates={"queued": 5}),
    "05": Kind(
        own=rss(*(item(n, f"B{n}", guid="all") for n in range(5))).encode(), fates={"queued": 5}
    ),
    "08": Kind(own=dated("Sat, 02 Feb 2097 10:00:00 GMT"), fates={"queued": 1}, undated="209"),
    "09": Kind(own=dated("Thu, 01 Jan 1970 00:00:01 GMT"), fates={"queued": 1}, undated="1970"),
    "10": Kind(own=dated("about noon 31:75"), fates={"queued": 1}, undated=":"),
    "11": Kind(
        own=dated("di, 04 mrt 2025 11:00:00 +0100"), fates={"queued": 1}, undated="mrt 2025"
    ),
    "12": Kind(own=dated("Tue, 02 Feb 0000 00:00:00 GMT"), fates={"queued": 1}, undated="0000"),
    "13": Kind(
        own="\ufeff".encode("utf-16-le")
        + rss(item(title="è طورخم"), head="<?xml version='1.0' encoding='utf-16'?>").encode(
            "utf-16-le"
        ),
        fates={"queued": 1},
        titles={"own": "è طورخم", "shared": "é نص"},
    ),
    "14": Kind(
        own=rss(item(title="TITLE")).encode().replace(b"TITLE", b"th\xe9 vert"),
        fates={"queued": 1},
        titles={"own": "thé vert", "shared": "café"},
        says="read as windows-1252",
    ),
    "15": Kind(
        own=rss(item(title="TITLE"), head="")
        .encode()
        .replace(b"TITLE", "مذاكرات في كابل".encode("cp1256")),
        fates={"queued": 1},
        titles={"own": "مذاكرات في كابل", "shared": "انفجار في بغداد"},
        says="read as windows-1256",
    ),
    "16": Kind(own=BROKEN_LETTERS, fates={"queued": 1}, says="declared encoding does not fit"),
    "17": Kind(
        own=rss(item(title="p\x00q\x07r\x1b[1mbold")).encode(),
        fates={"queued": 1},
        titles={"own": "pqr[1mbold", "shared": "abc[31mred"},
    ),
    "18": Kind(
        own=rss(item(title="u &#xDFFF; v &#x0; w")).encode(),
        fates={"queued": 1},
        titles={"own": "u v w", "shared": "x y z"},
    ),
    "19": Kind(
        own=rss(*(item(n, f"B{n}") for n in range(4))).encode()[:-82],
        fates={"queued": 3, "dropped: no_link": 1},
    ),
    "20": Kind(
        own=rss(
            *(
                f"<title>C & D {n}</title><link>{PLACE}?a=1&b={n}</link><guid>{n}</guid>"
                for n in range(5)
            )
        ).encode(),
        fates={"queued": 5},
    ),
    "21": Kind(
        own=(rss(item(1, "B1")) + rss(item(2, "B2"))).encode(),
        fates={"queued": 2},
    ),
    "22": Kind(own=b"\n\n<!-- notice -->\n" + rss(item()).encode(), fates={"queued": 1}),
    "23": Kind(
        own=b"<!doctype html><html><head><title>One moment</title></head><body>wait</body></html>",
        fates={},
        outcome="not_feed",
    ),
    "24": Kind(own=rss().encode(), fates={}),
    "25": Kind(own=b"", fates={}, outcome="not_feed"),
    "26": Kind(own=b'{"message":"slow down"}', fates={}, outcome="not_feed"),
    "27": Kind(
        own=rss(item(title="doc \u202egnp.exe\u202c")).encode(),
        fates={"queued": 1},
        titles={"own": "doc gnp.exe", "shared": "abc txt.exe"},
    ),
    "28": Kind(
        own=rss("<title>B</title><link>javascript:confirm(2)</link><guid>1</guid>").encode(),
        fates={"dropped: bad_url": 1},
    ),
    "29": Kind(
        own=rss("<title>B</title><link>file:///etc/shadow</link><guid>1</guid>").encode(),
        fates={"dropped: bad_url": 1},
    ),
    "30": Kind(
        own=rss("<title>B</title><link>http://169.254.169.254/computeMetadata/v1/</link>").encode(),
        fates={"failed: blocked_address": 1},
    ),
    "31": Kind(
        own=rss(item(title="Shut =?UTF-8?Q?=0D=0ABcc:_x@evil.example?= again")).encode(),
        fates={"queued": 1},
    ),
    "32": Kind(own=rss(item(title="Shut\r\nBcc: x@evil.example")).encode(), fates={"queued": 1}),
    "33": Kind(
        own=rss(*(item(n, t) for n, t in enumerate(("=2+2", "+2", "-2", "@A1", "\t=2")))).encode(),
        fates={"queued": 8},
        own_fates={"queued": 5},
    ),
    "34": Kind(
        own=rss(item(title="&lt;!here&gt; &lt;@U1&gt; *bold*")).encode(), fates={"queued": 1}
    ),
    "35": Kind(own=rss(item(title="B" * 400_000)).encode(), fates={"queued": 1}),
    "36": Kind(
        own=rss(item(title="fine\n2026-02-02 ERROR root", guid="g\nINFO no")).encode(),
        fates={"queued": 1},
    ),
    "37": Kind(
        own=rss(item(), more="<ttl>-9</ttl>").encode(),
        fates={"queued": 1},
    ),
    "38": Kind(
        own=rss(
            f"<title>../../../x</title><link>{PLACE}../../etc/hosts</link><guid>../../y</guid>"
        ).encode(),
        fates={"failed: not_found": 1},
    ),
    "39": Kind(
        own=rss(item(title="{{9*9}} {% endraw %} ${9*9} &lt;%= 9*9 %&gt;")).encode(),
        fates={"queued": 1},
    ),
    "40": Kind(
        own=rss(item(title="y'); DROP TABLE items;--", guid="' OR 2=2 --")).encode(),
        fates={"queued": 1},
    ),
}
SEQUENCES = {"06", "07"}  # several answers of one feed: they have tests of their own


def shared_edges() -> dict[str, bytes]:
    """The files kept outside, by their number."""
    folder = HOSTILE / "edge_feeds"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return {file.name.partition("_")[0]: file.read_bytes() for file in files}


def put_edge(paper: Paper, key: str, document: bytes) -> None:
    paper.put(key, document)
    for number in range(9):
        page = paper.story(f"{key} {number}")
        paper.serve(f"/p/{key}/{number}", page, "Content-Type: text/html")
        paper.serve(f"/p/{key}/?a=1&b={number}", page, "Content-Type: text/html")


def fates(paper: Paper, feed: str) -> Counter[str]:
    sql = "SELECT disposition, reason FROM items WHERE feed = ?"
    return Counter(
        row["disposition"] + (f": {row['reason']}" if row["reason"] else "")
        for row in paper.rows(sql, feed)
    )


@pytest.fixture(scope="module")
def edges(open_paper: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    """A day of the product over every kind of edge, ours and the others'; nobody changes it."""
    documents = {f"own-{number}": kind.own for number, kind in KINDS.items()}
    documents |= {
        f"shared-{number}": document
        for number, document in shared_edges().items()
        if number in KINDS
    }
    with open_paper(tmp_path_factory.mktemp("edges"), {key: {} for key in documents}) as paper:
        for key, document in documents.items():
            put_edge(paper, key, document)
        paper.day()
        yield paper


def of_kind(paper: Paper, number: str) -> list[tuple[str, str]]:
    """The feeds of a kind: ("own", "own-17"), ("shared", "shared-17")."""
    keys = [row["key"] for row in paper.rows("SELECT key FROM feeds ORDER BY key")]
    return [(key.partition("-")[0], key) for key in keys if key.endswith(f"-{number}")]


LETTERS = ("13", "14", "15", "16", "17", "18", "27")  # where the encoding is what is wrong


@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=[pytest.mark.row(20)] if n in LETTERS else []) for n in KINDS],
)
def test_every_edge_has_the_outcome_it_should(edges: Paper, number: str) -> None:
    """Items found and their fate, the feed's outcome, the letters, the date as it was written."""
    kind = KINDS[number]
    for whose, key in of_kind(edges, number):
        expected = kind.own_fates if whose == "own" and kind.own_fates else kind.fates
        assert fates(edges, key) == Counter(expected), key
        (poll,) = edges.rows("SELECT outcome, detail FROM polls WHERE feed = ?", key)
        assert poll["outcome"] == kind.outcome, key
        assert kind.says in poll["detail"], key
        rows = edges.rows("SELECT * FROM items WHERE feed = ?", key)
        if kind.titles:
            assert [row["title"] for row in rows] == [kind.titles[whose]], key
        if kind.undated is not None:
            (row,) = rows
            assert row["published_at"] is None
            assert kind.undated in row["published_original"], "the date as written is lost"


def test_every_file_kept_outside_has_a_place_in_the_table() -> None:
    assert set(shared_edges()) <= set(KINDS) | {"06a", "06b", "06c", "06d", "07a", "07b"}


def test_the_books_balance_over_every_edge(edges: Paper) -> None:
    assert edges.balanced()
    assert edges.books().waiting == 0


def test_stories_that_differ_are_not_taken_for_one(edges: Paper) -> None:
    """Every entry with a page of its own is one article of its own, whatever its guid says."""
    (count,) = edges.rows("SELECT count(*) AS n FROM articles WHERE copy_of IS NULL")
    (queued,) = edges.rows("SELECT count(*) AS n FROM items WHERE article IS NOT NULL")
    assert count["n"] == queued["n"] > 40


def test_addresses_that_are_no_web_pages_are_never_asked_for(edges: Paper) -> None:
    """Nothing but feeds and their pages was asked of the server; the rest was refused aloud."""
    asked = {path.split("?")[0] for path in edges.outlet.paths()}
    assert {path for path in asked if not re.fullmatch(r"/(own|shared)-\d+|/p/.*", path)} <= {
        "/etc/hosts",
        "/etc/passwd",  # of this very server: dots in a path lead nowhere else
    }
    refused = edges.rows("SELECT reason_detail AS said FROM items WHERE reason = 'bad_url'")
    assert {row["said"].split(":")[1].strip() for row in refused} == {"javascript", "file"}


def test_a_title_of_any_length_is_cut(edges: Paper) -> None:
    (longest,) = edges.rows("SELECT max(length(title)) AS n FROM articles")
    assert longest["n"] <= 500


def test_a_publisher_cannot_silence_his_feed_by_its_own_ttl(edges: Paper) -> None:
    for _, key in of_kind(edges, "37"):
        (feed,) = edges.rows("SELECT last_polled_at, next_poll_at FROM feeds WHERE key = ?", key)
        assert feed["next_poll_at"][:10] == feed["last_polled_at"][:10]


# --- nothing unclean, nothing outside -------------------------------------------------------


@pytest.mark.slow
@pytest.mark.row(20)
def test_no_control_character_reaches_the_store(edges: Paper, figure: Callable[..., None]) -> None:
    (items,) = edges.rows("SELECT count(*) AS n FROM items")
    figure(f"0 control characters in a store of {items['n']} items from broken letters")
    assert edges.unclean() == []


@pytest.mark.slow
def test_no_mail_gains_a_header_or_a_reader(edges: Paper) -> None:
    assert edges.post.envelopes
    assert edges.bad_letters() == []


def test_no_file_stands_outside_the_folder_of_its_channel(edges: Paper) -> None:
    assert edges.strays() == []
    assert len(list((edges.folder / "data/outbox").glob("alert-*.txt"))) > 40


# --- one feed, several answers --------------------------------------------------------------


def answers_of(prefix: str, own: list[bytes]) -> list[list[bytes]]:
    """Our own series of answers and, where it is present, the one kept outside."""
    theirs = [data for number, data in sorted(shared_edges().items()) if number.startswith(prefix)]
    return [own, theirs] if theirs else [own]


@pytest.mark.slow
def test_a_guid_that_changes_shows_no_story_twice(open_paper: Open, tmp_path: Path) -> None:
    """http, https, random, with tracking: one address is one story, told once."""
    own = [
        rss(item(7, "One story", guid=guid)).encode()
        for guid in (
            "http://o.example/7",
            "https://o.example/7",
            "x81-k",
            "http://o.example/7?utm=a",
        )
    ]
    own[3] = own[3].replace(f"{PLACE}7<".encode(), f"{PLACE}7?utm_source=feed<".encode())
    for number, series in enumerate(answers_of("06", own)):
        (folder := tmp_path / str(number)).mkdir()
        with open_paper(folder, {"guids": {}}) as paper:
            for document in series:
                put_edge(paper, "guids", document)
                paper.work("poll", "harvest", "judge", "alert", "send")
                paper.watch.forward(hours=25)
            (articles,) = paper.rows("SELECT count(*) AS n FROM articles")
            assert articles["n"] == 1
            assert len(paper.post.envelopes) == 2  # one alert, two people
            assert set(fates(paper, "guids")) <= {"queued", "duplicate: same_url"}
            assert fates(paper, "guids")["queued"] == 1
            assert paper.balanced()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page_changes", "body"),
    [(True, "page"), (False, "page"), (False, "headline")],
)
def test_an_edit_is_the_same_story_in_two_versions(
    open_paper: Open, tmp_path: Path, page_changes: bool, body: str
) -> None:
    """Both texts stay, whether the page changed with the headline or the headline alone."""
    own = [
        rss(item(3, "Three trucks burnt", "<description>three</description>")).encode(),
        rss(item(3, "Nine trucks burnt", "<description>nine</description>")).encode(),
    ]
    for number, series in enumerate(answers_of("07", own)):
        (folder := tmp_path / str(number)).mkdir()
        with open_paper(folder, {"edited": {"body": body}}) as paper:
            for turn, document in enumerate(series):
                put_edge(paper, "edited", document)
                for page in (1, 3) if page_changes else ():
                    paper.serve(f"/p/edited/{page}", paper.story(f"turn {turn}"))
                paper.work("poll", "harvest", "judge", "alert", "send")
                paper.watch.forward(hours=25)
            (article,) = paper.rows("SELECT * FROM articles")
            sql = "SELECT title FROM versions ORDER BY version"
            first, second = [row["title"].split()[0] for row in paper.rows(sql)]
            assert first in {"Two", "Three"}
            assert second in {"Six", "Nine"}
            assert article["title"].startswith(second)
            assert paper.balanced()


@pytest.mark.slow
@pytest.mark.row(24)
def test_a_feed_that_answers_nonsense_forgets_nothing(
    open_paper: Open, tmp_path: Path, figure: Callable[..., None]
) -> None:
    """HTML, JSON, nothing, an empty channel, rubbish, an error: then all is known again."""
    good = rss(*(item(n, f"Story {n}") for n in range(4))).encode()
    bad = [KINDS[number].own for number in ("23", "24", "25", "26")]
    bad += [
        b"\x1f\x8b\x08rubbish \x00\xff",
        b'{"version":"https://jsonfeed.org/version/1","items":[]}',
    ]
    bad += [data for number, data in shared_edges().items() if number in {"23", "24", "25", "26"}]
    with open_paper(tmp_path, {"steady": {}}) as paper:
        put_edge(paper, "steady", good)
        paper.day()
        told = (len(paper.post.envelopes), paper.rows("SELECT key FROM outbox"))
        items = paper.rows("SELECT key, disposition, reason, article FROM items")
        for document in bad:
            paper.serve("/steady", document)
            paper.work("poll", "harvest", "judge", "alert", "send")
            paper.watch.forward(hours=30)
        paper.serve("/steady", b"busy", status="503 Busy")
        paper.work("poll")
        paper.watch.forward(hours=30)
        put_edge(paper, "steady", good + b"\n")
        counted = paper.work("poll", "harvest", "judge", "alert", "send")
        assert counted["poll"]["ok"] == 1
        assert counted["poll"]["new"] == counted["poll"]["edited"] == 0
        assert paper.rows("SELECT key, disposition, reason, article FROM items") == items
        assert (len(paper.post.envelopes), paper.rows("SELECT key FROM outbox")) == told
        (feed,) = paper.rows("SELECT condition, failures FROM feeds")
        # It answers again; what it lists is old by now, and that is all there is to say of it.
        assert (feed["condition"], feed["failures"]) == ("stale", 0)
        assert paper.rows("SELECT 1 FROM polls WHERE outcome = 'not_feed'")
        figure(f"{len(bad) + 1} bad answers, then the good one: 0 items sent again, 0 lost")


# --- pages that are no articles -------------------------------------------------------------

OWN_FAKES = {
    "consent_200": "<h1>Before you continue</h1><p>We and our 812 partners store and access "
    "information on your device. Accept all cookies or manage your preferences. You can withdraw "
    "your consent at any time in the privacy settings at the foot of every page.</p>",
    "login_200": "<h1>Log in to read on</h1><form><label>E-mail<input></label><label>Password"
    "<input type=password></label></form><p>Forgotten your password? No account yet? Register now "
    "to read three free stories a month.</p>",
    "soft404_200": "<h1>Page not found</h1><p>Sorry, the page you look for does not exist or "
    "has been moved. Try the search, or go back to the front page.</p>",
    "challenge_403": "<title>Just a moment...</title><h1>Checking your browser</h1><p>This process "
    "is automatic. Your browser will be redirected shortly. Please enable JavaScript and cookies "
    "to continue.</p>",
    "robot_200": "<h1>Are you a robot?</h1><p>Please confirm that you are human by ticking the box "
    "below. We have detected unusual traffic from your network. Reference 0-00-0000.</p>",
}


def fakes() -> dict[str, bytes]:
    """Pages that are no articles, by a name that ends in the status they come with."""
    folder = HOSTILE / "fake_articles"
    theirs = {file.stem: file.read_bytes() for file in folder.glob("*.html")}
    return {
        name: f"<html><head></head><body><main>{text}</main></body></html>".encode()
        for name, text in OWN_FAKES.items()
    } | theirs


@pytest.mark.slow
def test_a_page_that_is_no_article_is_refused_and_the_reason_stands_in_the_books(
    open_paper: Open, tmp_path: Path
) -> None:
    """A headline that is plainly ours is queued all the same: no bad page hides a story."""
    pages = fakes()
    quiet = [item(n, f"Council meets about parking, part {n}") for n, _ in enumerate(pages)]
    loud = [
        item(50 + n, f"TTP attack on Pakistan border post at Torkham kills {n + 2} soldiers")
        for n, _ in enumerate(pages)
    ]
    with open_paper(tmp_path, {"fakes": {}}) as paper:
        paper.put("fakes", rss(*quiet, *loud).encode())
        for n, (name, page) in enumerate(pages.items()):
            for number in (n, 50 + n):
                path = f"/p/fakes/{number}"
                if "redirect" in name:
                    paper.serve(path, b"", f"Location: /home/{number}", status="302 Found")
                    path = f"/home/{number}"
                status = f"{name[-3:]} Here"
                paper.serve(path, page, "Content-Type: text/html", status=status)
        paper.day()
        sql = (
            "SELECT i.*, a.url AS page, text_from FROM items i JOIN articles a ON a.id = i.article"
        )
        for row in paper.rows(sql):
            assert row["text_from"] == "headline", row["page"]
            if row["title"].startswith("TTP"):
                assert row["disposition"] == "queued", row["page"]
                continue
            name = list(pages)[int(row["page"].rpartition("/")[2])]
            expected = {("dropped", "not_article")}
            if not name.endswith("200"):
                expected = {("failed", "challenge"), ("failed", "refused")}
            assert (row["disposition"], row["reason"]) in expected, name
        assert paper.balanced()
        assert paper.unclean() == []


# --- documents that break the rules ---------------------------------------------------------


def channel(inside: str, before: str = "", names: str = "") -> bytes:
    return f"{before}<rss{names}><channel>{inside}</channel></rss>".encode()


def titled(title: str, before: str = "", names: str = "") -> bytes:
    return channel(f"<item><title>{title}</title></item>", before, names)


ENTITY = "<!DOCTYPE r [<!ENTITY {}>]>"
INCLUDE = " xmlns:xi='http://www.w3.org/2001/XInclude'"
OWN_MALFORMED = (
    b"<rss><channel><item><title>unclosed",
    channel("<item></item><item/>"),
    b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id/><link href='::::'/></entry></feed>",
    titled("+ADw-", "<?xml version='1.0' encoding='utf-7'?>"),
    titled("&b;", ENTITY.format("a 'x'><!ENTITY b '&a;&a;'")),
    titled("&f;", ENTITY.format("f SYSTEM 'file:///etc/passwd'")),
    titled("<xi:include href='/etc/passwd' parse='text'/>", names=INCLUDE),
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": [], "url": {}}]}',
    b"\xef\xbb\xbf\xff\xfe<rss>",
    channel("<item><guid>" + "g" * 90_000 + "</guid></item>"),
    channel("<item>" * 3_000),
)


def malformed(step: int) -> list[bytes]:
    """Our own documents and every ``step``-th of those kept outside."""
    folder = HOSTILE / "malformed"
    files = sorted(folder.iterdir())[::step] if folder.is_dir() else []
    return [*OWN_MALFORMED, *(file.read_bytes() for file in files)]


def work_through(open_paper: Open, folder: Path, documents: list[bytes]) -> None:
    """Read every document; the books must balance, and nothing may be asked for but the feeds."""
    keys = [f"m{number}" for number, _ in enumerate(documents)]
    for batch in range(0, len(keys), 900):  # feeds.yaml holds a thousand
        some = keys[batch : batch + 900]
        (place := folder / str(batch)).mkdir()
        with open_paper(place, {key: {"body": "headline"} for key in some}) as paper:
            for key in some:
                paper.serve(f"/{key}", documents[keys.index(key)], "Content-Type: text/xml")
            while paper.work("poll")["poll"]["asked"]:
                pass
            paper.work("harvest", "judge")
            polls = paper.rows("SELECT feed, outcome, detail FROM polls")
            assert len(polls) == len(some)
            assert {poll["outcome"] for poll in polls} <= {"ok", "not_feed", "parse_limit"}
            assert paper.balanced()
            assert paper.unclean() == []
            assert paper.strays() == []
            assert "root:" not in json.dumps(paper.rows("SELECT title, summary FROM items"))
            assert set(paper.outlet.paths()) == {f"/{key}" for key in some}


@pytest.mark.slow
@pytest.mark.row(19)
def test_documents_that_break_the_rules_break_nothing(open_paper: Open, tmp_path: Path) -> None:
    work_through(open_paper, tmp_path, malformed(step=12))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_documents_that_break_the_rules_break_nothing(open_paper: Open, tmp_path: Path) -> None:
    work_through(open_paper, tmp_path, malformed(step=1))
