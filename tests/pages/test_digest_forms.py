"""A digest in all its forms says the same: mail, desk, text, Markdown, PDF, picture."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default as mail_policy
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import html as pages

from monitor.digests import printing
from monitor.edge import plot, render
from monitor.edge.mail import Pictured, SmtpSettings, build
from monitor.edge.render import pdf
from monitor.edge.render.frame import mail_of
from monitor.edge.render.markdown import escaped
from monitor.model import When
from monitor.told import (
    ClaimTold,
    DayTold,
    DifferingClaim,
    Digest,
    DigestChange,
    DigestEntry,
    DigestSection,
    DigestTable,
    Ledger,
)
from store.messages import Edition, Outgoing

AT = datetime(2026, 3, 11, 9, 20, tzinfo=UTC)
NOW = datetime(2026, 3, 12, 2, 1, tzinfo=UTC)
WHEN = When(at=AT, original="", source="feed")
URDU = "تاجروں نے TTP کا ذکر کیا۔"
TOLL = "The number of those killed rose to nine, the hospital said."
DESK = "https://desk.example"


def story(article: int, **change: Any) -> DigestEntry:
    facts: dict[str, Any] = {
        "article": article, "title": f"Talks resume, round {article}",
        "sentences": ("Envoys met on Tuesday.",), "outlet": "Valley Post",
        "url": f"https://valley.example/{article}?a=1&b=2", "published": WHEN, "score": 0.9,
        "decision": "relevant", "topic": "talks", "language": "en", "story": article + 100,
        **change,
    }  # fmt: skip
    return DigestEntry(**facts)


def changed() -> DigestEntry:
    told = DigestChange(
        kind="toll", told="killed: 9, before 6", sentence=TOLL, article=5, outlet="Kabul Lantern",
        url="https://lantern.example/5", language="en",
    )  # fmt: skip
    said = [
        ClaimTold(value=value, speaker=speaker, outlet=outlet, sentence=f"{value} were killed.",
                  article=n, url=f"https://o{n}.example/")
        for n, (value, speaker, outlet) in enumerate(
            [("six", "the police", "Valley Post"), ("14 to 17", "", "Kabul Lantern")])
    ]  # fmt: skip
    return story(
        1, part="changed", changes=(told,), told_on=date(2026, 3, 11), also=(("Gazette", "https://g.example/"),),
        claims=(DifferingClaim(what="killed, Upper Kesra", said=tuple(said)),),
        first=("Khyber Courier", "https://khyber.example/1", WHEN),
    )  # fmt: skip


def days(count: int = 28) -> tuple[DayTold, ...]:
    first = date(2026, 2, 13)
    return tuple(
        DayTold(day_on=first + timedelta(days=n), found=90 + n, queued=n * 7 % 23, hole=n == 9)
        for n in range(count)
    )


def digest(**change: Any) -> Digest:
    urdu = story(2, title="طورخم بند", language="ur", sentences=(URDU,), matched=("Torkham", "TTP"))
    sections = (
        DigestSection(part="changed", title="Changed", topics=(("Attacks", (changed(),)),)),
        DigestSection(part="new", title="New", topics=(("Trade", (urdu,)), ("Talks", (story(3),)))),
    )
    table = DigestTable(
        title="By strand", head=("strand", "queued", "before"), note="Torkham did not look once.",
        rows=(("Talks", "12", "9 (+3)"),),
    )  # fmt: skip
    facts: dict[str, Any] = {
        "day_on": date(2026, 3, 12), "time_zone": "Asia/Karachi", "title": "Torkham, 12 March",
        "sections": sections, "more": 7, "unchanged": 4, "ledger": Ledger(found=9, rejected=9),
        "feeds_asked": 3, "feeds_answered": 3, "feeds_silent": (), "waiting_for_review": 2,
        "gaps": ("Valley Post rolled over.",), "model": "m", "threshold": 0.1, "missed_runs": 0,
        "since_at": NOW - timedelta(days=1), "until_at": NOW, "days": days(), "tables": (table,),
        "missed": "About 2 in a hundred fall below it.", **change,
    }  # fmt: skip
    return Digest(**facts)


def edition(told: Digest | None = None, *, draws: bool = False) -> tuple[Edition, Outgoing]:
    told = told or digest()
    made, messages = printing.printed(
        told, NOW - timedelta(days=1), NOW, NOW, to=("post:a@desk.example",),
        ink=printing.Ink(desk_url=DESK, draws=draws),
    )  # fmt: skip
    return made, messages[0]


def parsed(html: str) -> Any:
    return pages.fromstring(html)


def seen(html: str) -> list[str]:
    """The words a reader sees, in order."""
    tree = parsed(html)
    for hidden in tree.xpath("//head | //style"):
        hidden.drop_tree()
    return str(tree.text_content()).split()


# --- they agree -----------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [False, True])
def test_mail_and_desk_agree_to_the_letter(draws: bool) -> None:
    """What was mailed, what the desk keeps and what it renders are the same words and links."""
    made, message = edition(draws=draws)
    assert message.html is not None
    assert (
        seen(message.html)
        == seen(made.page)
        == seen(render.digest_body_html(digest(), desk_url=DESK))
    )
    links = [parsed(face).xpath("//a/@href") for face in (message.html, made.page)]
    assert links[0] == links[1]
    assert "style=" not in made.page


def test_every_form_tells_every_fact() -> None:
    """Nothing is lost to those who read text, Markdown or paper."""
    made, message = edition()
    faces = [made.page, made.text, made.markdown]
    plain = [" ".join(seen(faces[0])), made.text, re.sub(r"\\(.)", r"\1", made.markdown)]
    for said in (
        "killed: 9, before 6", TOLL, "Told differently: killed, Upper Kesra", "14 to 17",
        "the police, in", "First told by", "Khyber Courier", "Gazette", "In Urdu",
        "It names: Torkham, TTP", URDU, "Told last on 11 Mar 2026", "7 more stories wait",
        "4 stories told before went on without anything new", "May have been missed: Valley Post",
        "About 2 in a hundred", "In the last 28 days", "By strand", "Torkham did not look once.",
        "9 (+3)", "2 stories wait for review", "9 items were found",
    ):  # fmt: skip
        for face in plain:
            assert said in " ".join(face.split()) or said in face, (said, face[:60])
    for face in faces:
        assert f"{DESK}/queue?open=3" in face
    assert message.text == made.text


def test_each_story_leads_to_where_it_is_decided() -> None:
    made, _ = edition()
    links = parsed(made.page).xpath("//a[.='Decide on the desk']/@href")
    assert links == [f"{DESK}/queue?open={n}" for n in (1, 2, 3)]


def test_a_quiet_day_is_short_and_says_what_went_on() -> None:
    made, _ = edition(digest(sections=(), more=0, tables=()))
    assert "A quiet day: nothing changed." in made.text
    assert "4 stories told before" in made.text
    assert len(made.text.split("\n")) < 25


def test_amber_is_for_what_may_have_been_missed_and_nothing_else() -> None:
    _, message = edition()
    assert message.html is not None
    amber = parsed(message.html).xpath("//*[contains(@style, '#6b4300')]")
    assert [element.text_content() for element in amber] == [
        "May have been missed: Valley Post rolled over."
    ]


def test_thirty_stories_stay_below_what_mail_clients_cut_off() -> None:
    """Gmail hides what comes after 102 KB."""
    long = tuple(story(n, sentences=("A sentence of a usual length. " * 5,) * 2) for n in range(30))
    section = DigestSection(part="new", title="New", topics=(("Talks", long),))
    _, message = edition(digest(sections=(section,)))
    assert len((message.html or "").encode()) < 102_000


# --- the same bytes -------------------------------------------------------------------------

_AGAIN = """
import sys, importlib.util
sys.path[:0] = [{root!r}]
spec = importlib.util.spec_from_file_location("forms", {file!r})
forms = importlib.util.module_from_spec(spec); sys.modules["forms"] = forms
spec.loader.exec_module(forms)
print(forms.hashes(draws={draws}))
"""


def mailed(message: Outgoing, picture: bytes | None) -> bytes:
    smtp = SmtpSettings(
        host="127.0.0.1", port=25, sender="torkham@desk.example", recipients=("a@desk.example",)
    )
    return build(Pictured(letter=message, picture=picture) if picture else message, smtp)


def hashes(*, draws: bool) -> list[str]:
    made, message = edition(draws=draws)
    faces = [face.encode() for face in (made.page, made.text, made.markdown, message.html or "")]
    faces += [made.picture or b"", mailed(message, made.picture)]
    return [sha256(face).hexdigest() for face in faces]


@pytest.mark.parametrize("draws", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_same_digest_is_the_same_bytes_in_any_process_and_any_zone(draws: bool) -> None:
    """Page, text, Markdown, mail, picture: whatever the hash seed and the machine's zone."""
    here = Path(__file__).resolve()
    code = _AGAIN.format(root=str(here.parents[2]), file=str(here), draws=draws)
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        env={"PYTHONHASHSEED": "77", "TZ": "America/New_York", "PATH": "/usr/bin:/bin",
             "LC_ALL": "C.UTF-8"},
    ).stdout  # fmt: skip
    assert told.strip() == str(hashes(draws=draws))


# --- the picture ----------------------------------------------------------------------------

needs_plots = pytest.mark.skipif(not plot.available(), reason="matplotlib is not installed")


@needs_plots
def test_the_picture_travels_with_the_mail_and_is_the_one_of_the_desk() -> None:
    """A related part under the name the HTML shows it by; the desk shows the same bytes."""
    made, message = edition(draws=True)
    assert made.picture is not None
    mail = message_from_bytes(mailed(message, made.picture), policy=mail_policy)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert image.get_payload(decode=True) == made.picture
    cid = str(image["Content-ID"]).strip("<>")
    (shown,) = parsed(message.html or "").xpath("//img")
    assert shown.get("src") == f"cid:{cid}"
    assert "In the last 28 days" in shown.get("alt")
    (on_desk,) = parsed(made.page).xpath("//img/@src")
    assert on_desk == "/digests/daily/2026-03-12/picture.png"


@needs_plots
def test_a_file_that_stands_alone_holds_its_picture() -> None:
    made, message = edition(draws=True)
    whole = Pictured(letter=message, picture=made.picture or b"").self_contained or ""
    assert "cid:" not in whole
    assert 'src="data:image/png;base64,' in whole


def test_without_a_picture_its_sentence_stands_alone() -> None:
    made, message = edition(draws=False)
    assert made.picture is None
    assert "<img" not in made.page + (message.html or "")
    assert "In the last 28 days" in made.page


def test_a_few_days_are_said_and_not_drawn_and_those_before_anybody_looked_are_left_out() -> None:
    told = [replace(day, found=0, queued=0, hole=False) for day in days(25)]
    made, _ = edition(digest(days=(*told, *days()[25:])), draws=True)
    assert made.picture is None
    assert "In the last 3 days" in made.text


def test_a_title_with_an_image_in_it_is_given_no_picture() -> None:
    """Only our own image names a Content-ID; words of others cannot."""
    trap = '<img src="cid:picture.daily.2026-03-12@torkham">'
    section = DigestSection(part="new", title="New", topics=(("T", (story(1, title=trap),)),))
    _, message = edition(digest(sections=(section,), days=()))
    assert Pictured(letter=message, picture=b"png").cid is None


# --- Markdown -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["# not a heading", "[x](javascript:alert(1))", "<script>alert(1)</script>", "a\n\n# b",
     "![x](http://spy.example/)", "`code` **bold** _it_", "1. one", "| a | b |", "&lt;b&gt;"],
)  # fmt: skip
def test_words_of_others_stay_words_in_markdown(text: str) -> None:
    made = escaped(text)
    assert "\n" not in made
    assert not re.search(r"(?<!\\)[\\`*_\[\]<>#|!&](?![\\`*_{}\[\]()<>#+\-.!|~&=:@])", made)
    assert re.sub(r"\\(.)", r"\1", made) == " ".join(text.split())


# --- PDF ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_pdf_is_numbered_linked_and_the_same_twice() -> None:
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("weasyprint")
    made, _ = edition(draws=True)
    first = pdf.digest_pdf(made)
    assert first == pdf.digest_pdf(made)
    read = pypdf.PdfReader(io.BytesIO(first))
    text = "\n".join(page.extract_text() for page in read.pages)
    assert f"1 / {len(read.pages)}" in text
    assert "killed: 9, before 6" in text
    links = {
        note.get_object()["/A"]["/URI"]
        for page in read.pages for note in page.get("/Annots", ())
    }  # fmt: skip
    assert f"{DESK}/queue?open=1" in links
    assert "https://valley.example/1?a=1&b=2" in links
    assert read.metadata["/CreationDate"].startswith("D:20260312")


@dataclass
class Spy:
    """A server on loopback that notes what it is asked for."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def spy() -> Iterator[Spy]:
    noted = Spy()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            noted.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"p { color: red }")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    noted.url = f"http://127.0.0.1:{server.server_port}"
    yield noted
    server.shutdown()
    server.server_close()


def tampered(spy: Spy) -> str:
    """A page as nobody of ours makes it, full of what a careless program would fetch or read."""
    return (
        f'<img src="{spy.url}/1"><link rel="stylesheet" href="{spy.url}/2">'
        f"<style>@import url({spy.url}/3); p{{background:url({spy.url}/4)}}</style>"
        f'<link rel="stylesheet" href="/etc/hostname"><img src="file:///etc/passwd">'
        f'<object data="{spy.url}/5"></object><p>words</p>'
    )


@pytest.mark.slow
def test_a_pdf_asks_for_nothing_whatever_stands_in_it(spy: Spy) -> None:
    """Not even a page somebody tampered with makes it read a file or an address."""
    pytest.importorskip("weasyprint")
    made, _ = edition()
    assert pdf.digest_pdf(replace(made, page=tampered(spy) + made.page)).startswith(b"%PDF")
    assert spy.asked == []


def test_styles_are_written_into_a_mail_without_asking_anybody(spy: Spy) -> None:
    """No style sheet is fetched or read, whatever the document names."""
    made = mail_of(tampered(spy))
    assert spy.asked == []
    assert "color: red" not in made


# --- late -----------------------------------------------------------------------------------


def test_a_digest_of_a_day_of_outage_says_that_it_is_late() -> None:
    late = NOW + timedelta(days=2)
    made, (message,) = printing.printed(
        digest(), NOW - timedelta(days=1), NOW, late, to=("post",), ink=printing.Ink(draws=False)
    )
    assert made.title == "Torkham, 12 March, made two days late" == message.subject
    assert made.title in made.page
    assert made.text.startswith(made.title)
