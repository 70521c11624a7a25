"""Whatever a headline, an outlet or a text holds: a mail has our headers, our readers, no picture.

The letters are those of the product: an alert and a digest, rendered and built as they go out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from monitor.edge import mail, render
from monitor.edge.mail import SmtpSettings
from monitor.model import When
from monitor.told import Alert, AlertHit, Digest, DigestEntry, DigestSection, Ledger, Message
from tests.hostile.conftest import Markup
from tests.hostile.poison import FORMS

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
HOSTILE = SHARED / "data" / "hostile"
EACH = 120
AT = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
WHEN = When(at=AT, original="", source="feed")
READERS = ("rana@example.org", "omar@example.org")
SMTP = SmtpSettings(
    host="127.0.0.1", port=25, security="none", sender="The desk <desk@example.org>",
    recipients=READERS,
)  # fmt: skip
OURS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version"),
    *("content-type", "content-transfer-encoding"),
}
ENDS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "%0d%0a",
        "=0D=0A", "&#13;&#10;", "\\r\\n", "\r\n\t", "\n ")  # fmt: skip
FIELDS = (
    *("Bcc: spy@example.net", "To: spy@example.net", "Subject: other", "X-Evil: 1", "\n<h1>x"),
    *("Content-Type: text/html", "Reply-To: spy@example.net", ".\r\nRCPT TO:<spy@example.net>"),
)
PICTURES = (
    "<img src=//spy.example/p.png>", "<img srcset='https://spy.example/p 2x'>",
    "<div style='background:url(https://spy.example/p)'>", "<svg><image href=https://spy.example/>",
    "<link rel=stylesheet href=https://spy.example/s.css>", "<style>@import 'https://spy.example';</style>",
    "<video poster=https://spy.example/p>", "<iframe src=https://spy.example>", "![p](https://s.example/p)",
    "<table background=https://spy.example/p>", "<meta http-equiv=refresh content='0;https://s.example'>",
    "<input type=image src=https://spy.example/p>", "<object data=https://spy.example/p>",
)  # fmt: skip


def own() -> list[str]:
    injected = [f"Blast{end}{one}" for end in ENDS for one in FIELDS]
    encoded = [f"=?UTF-8?Q?Blast=0D=0A{one.replace(' ', '_')}?=" for one in FIELDS]
    odd = [
        *("", " ", "\ud800", "\u202e", "طورخم" * 900, "x" * 50_000, "a,b;c <d@e.example>", '"'),
        *("\u200f\u200e", "Z\u0335\u0321" * 50, "null", "{{7*7}}", "${x}", "%s%n", "\ufffe"),
    ]
    scripts = [form.replace("{js}", "alert(1)") for form in FORMS]
    return [*injected, *encoded, *odd, *PICTURES, *scripts]


def private() -> list[str]:
    """Every naughty string, the titles of the two feeds that carry headers, every script."""
    if not HOSTILE.exists():
        return []
    feeds = [
        (HOSTILE / "edge_feeds" / name).read_text("utf-8")
        for name in ("31_title_mail_header.xml", "32_title_mail_header_lf.xml")
    ]
    titles = [
        found for feed in feeds for found in re.findall(r"<title>(.*?)</title>", feed, re.DOTALL)
    ]
    naughty = json.loads((HOSTILE / "naughty_strings.json").read_text("utf-8"))
    scripts = [one["p"] for one in json.loads((HOSTILE / "xss.json").read_text("utf-8"))]
    return [*titles, *naughty, *scripts]


def alert(text: str) -> Message:
    hit = AlertHit(rule="r", part="body", start=0, end=1, matched=text, passage=text)
    made = render.render_alert(
        Alert(
            key="k", rule=text, article=1, title=text, outlet=text, url=text, published=WHEN,
            time_zone="Asia/Karachi", hits=(hit,), score=0.9, language="en", created_at=AT,
        ),
        desk_url="https://desk.example",
    )  # fmt: skip
    return _letter(made.subject, made.text, made.html)


def digest(texts: list[str]) -> Message:
    entries = tuple(
        DigestEntry(
            article=n, title=text, sentences=(text,), outlet=text, url=text, published=WHEN,
            score=0.9, decision=None, topic="talks", language="en", also=((text, text),),
        )
        for n, text in enumerate(texts, start=1)
    )  # fmt: skip
    ledger = Ledger(
        found=1, waiting=0, queued=1, rejected=0, duplicate=0, dropped={texts[0]: 1}, failed={}
    )
    made = render.render_digest(
        Digest(
            day_on=date(2026, 3, 11), time_zone="Asia/Karachi", title=texts[0],
            sections=(DigestSection(part="new", title="New", topics=((texts[0], entries),)),),
            more=0, ledger=ledger, feeds_asked=1, feeds_silent=tuple(texts), gaps=tuple(texts),
            waiting_for_review=1, model="m", threshold=0.1, missed_runs=0,
        ),
        desk_url="https://desk.example",
    )  # fmt: skip
    return _letter(made.subject, made.text, made.html)


def _letter(subject: str, text: str, html: str | None) -> Message:
    return Message(key="k", subject=subject, text=text, html=html, created_at=AT)


def headers(message: Message) -> list[str]:
    """What of a mail's headers and readers is not ours."""
    raw = mail.build(message, SMTP)
    head = re.sub(rb"\r\n[ \t]", b" ", raw.split(b"\r\n\r\n", 1)[0])
    names = [line.split(b":", 1)[0].decode().lower() for line in head.split(b"\r\n")]
    found = [] if len(names) == len(set(names)) and set(names) <= OURS else [f"headers {names}"]
    to = [line for line in head.split(b"\r\n") if line.lower().startswith(b"to:")]
    return found if to == [b"To: " + ", ".join(READERS).encode()] else [*found, f"to {to}"]


def faults(message: Message) -> list[str]:
    """What is not ours of the headers, and whatever the page would load or run."""
    read = message_from_bytes(mail.build(message, SMTP), policy=default)
    page, plain = read.get_body(("html",)), read.get_body(("plain",))
    assert page, "no page to look at"
    assert plain, "no text to look at"
    markup = Markup()
    markup.feed(page.get_content())
    return [*headers(message), *markup.faults]


@pytest.mark.row(34)
@pytest.mark.slow
def test_whatever_is_in_a_headline_or_text_a_mail_gains_no_header_reader_or_picture(
    figure: Callable[..., None],
) -> None:
    ours, theirs = own(), private()
    every = [*ours, *theirs]
    found = {text[:80]: wrong for text in every if (wrong := headers(_letter(text, text, None)))}
    for text in (*ours[:EACH], *theirs[:EACH]):  # an alert takes 20 ms; a digest carries many
        if wrong := faults(alert(text)):
            found[text[:80]] = wrong
    for at in range(0, len(every), EACH):
        if wrong := faults(digest(every[at : at + EACH])):
            found[f"digest {at}"] = wrong
    assert found == {}
    figure(
        f"{len(ours):,} headers, pictures and scripts of our own and {len(theirs):,} of the "
        f"collections, as headline, outlet, rule, link and text of alerts and digests: 0 headers "
        "or readers gained, 0 remote pictures"
    )


def test_what_would_be_wrong_is_seen() -> None:
    """The eye that says so is open: a letter with each kind of fault is told."""
    for one in PICTURES:
        if "![" not in one:
            assert faults(_letter("s", "t", f"<p>{one}</p>")), one
    assert not faults(_letter("s", "t", "<p>plain</p>"))
