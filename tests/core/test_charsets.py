"""Whatever letters a feed or a page comes in, and whatever it says of them: right, or flagged."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from monitor.model import ArticleText, Dropped, ParsedFeed
from monitor.stages.extract import extract
from monitor.stages.parse import parse_feed

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
ENGLISH = "Talks at the salt road"
FRENCH = "Café fermé à Péchaud, déjà vu l’été"
ARABIC = "مذاكرات في كابل بعد انفجار قرب المعبر الحدودي صباح اليوم"
URDU = "طورخم سرحد پر مذاکرات، گیارہ ٹرک ہٹائے گئے"
WIDE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
TITLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WIDE, (ENGLISH, FRENCH, ARABIC, URDU)),
    "windows-1252": (ENGLISH, FRENCH),
    "iso-8859-1": (ENGLISH, FRENCH.replace("’", "'")),
    "windows-1256": (ENGLISH, ARABIC),
    "iso-8859-6": (ENGLISH, ARABIC),
    "windows-1251": (ENGLISH, "Переговоры на границе"),
    "gb18030": (ENGLISH, "边境谈判今天在喀布尔举行"),
    "koi8-r": ("Переговоры на границе",),
}
MARKS = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
}  # fmt: skip
SAID = ("header", "document", "both", "mark", "nowhere", "a lie in the header",
        "a lie in the document", "an encoding that is none")  # fmt: skip


def feed(code: str, said: str, title: str) -> tuple[bytes, str] | None:
    """A feed in an encoding, and the header it comes with; None where it cannot be said so."""
    inner = {"document": code, "both": code, "a lie in the document": "utf-8",
             "an encoding that is none": "x-none"}.get(said)  # fmt: skip
    head = f"<?xml version='1.0' encoding='{inner}'?>" if inner else "<?xml version='1.0'?>"
    if said == "mark" and code not in MARKS:
        return None
    text = f"{head}<rss><channel><title>T</title><item><guid>1</guid><title>{title}</title></item>"
    body = (text + "</channel></rss>").encode(code, "xmlcharrefreplace")
    header = {"header": code, "both": code, "a lie in the header": "iso-8859-15"}.get(said, "")
    kind = f"application/rss+xml; charset={header}" if header else "text/xml"
    return (MARKS[code] if said == "mark" else b"") + body, kind


def cases() -> Iterator[tuple[str, str, str]]:
    for code, titles in TITLES.items():
        for title in titles:
            yield from ((code, said, title) for said in SAID)


def outcome(code: str, said: str, title: str) -> str:
    made = feed(code, said, title)
    if made is None:
        return "no such case"
    found = parse_feed(made[0], content_type=made[1], base_url="", known=(), fetched_at=NOW)
    if isinstance(found, Dropped):
        return "refused"
    assert all(is_clean(entry.title) for entry in found.entries)
    if [entry.title for entry in found.entries] == [title]:
        return "right"
    return "flagged" if found.problems else f"wrong: {found.entries and found.entries[0].title}"


def is_clean(text: str) -> bool:
    return not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text)


@pytest.mark.row(20)
def test_a_feed_in_any_letters_is_read_right_or_flagged(figure: Callable[..., None]) -> None:
    found = {case: outcome(*case) for case in cases()}
    tried = {case: told for case, told in found.items() if told != "no such case"}
    right = sum(told == "right" for told in tried.values())
    wrong = {case: told for case, told in tried.items() if told.startswith("wrong")}
    figure(f"{len(tried)} feeds in {len(TITLES)} encodings: {right} right, {len(wrong)} unflagged")
    assert wrong == {}
    honest = {case: told for case, told in tried.items()
              if case[1] in {"document", "both", "mark"} and told != "right"}  # fmt: skip
    assert honest == {}, "what says rightly what it is, is read right"


@pytest.mark.row(20)
@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b[31m", "\x9b31m", "\u202e", "\u2066", "\x7f"]
)
def test_no_sign_that_steers_a_terminal_or_turns_a_line_is_left(sign: str) -> None:
    body = f"<rss><channel><item><guid>1</guid><title>a{sign}b</title></item></channel></rss>"
    found = parse_feed(
        body.encode(), content_type="text/xml", base_url="", known=(), fetched_at=NOW
    )
    assert isinstance(found, ParsedFeed)
    (title,) = (entry.title for entry in found.entries)
    assert is_clean(title)
    assert not set(title) & set("\u202e\u2066")


def page(code: str, said: str, title: str) -> tuple[bytes, str] | None:
    """A page in an encoding, and the header it comes with."""
    inner = {"document": code, "both": code, "a lie in the document": "utf-8"}.get(said)
    if said == "mark" and code not in MARKS:
        return None
    meta = f"<meta charset='{inner}'>" if inner else ""
    said_twice = "".join(f"<p>{title}. {title}, {n} {title}.</p>" for n in range(6))
    text = f"<html><head>{meta}<title>{title}</title></head><body><article><h1>{title}</h1>"
    body = (text + said_twice + "</article></body></html>").encode(code, "xmlcharrefreplace")
    header = {"header": code, "both": code, "a lie in the header": "iso-8859-15"}.get(said, "")
    kind = f"text/html; charset={header}" if header else "text/html"
    return (MARKS[code] if said == "mark" else b"") + body, kind


@pytest.mark.row(20)
@pytest.mark.slow
def test_a_page_in_any_letters_is_read_right_where_it_says_what_it_is(
    figure: Callable[..., None],
) -> None:
    wrong: dict[tuple[str, str, str], str] = {}
    tried = 0
    for case in cases():
        code, said, title = case
        made = page(*case) if said in {"header", "document", "both", "mark"} else None
        if made is None or (said == "document" and code.startswith(("utf-16", "utf-32"))):
            continue  # a page cannot say within that it is in UTF-16
        tried += 1
        found = extract(made[0], content_type=made[1], url="http://o.example/1", fetched_at=NOW)
        if not isinstance(found, ArticleText) or title not in found.body:
            wrong[case] = getattr(found, "body", "") or getattr(found, "detail", "")
        else:
            assert is_clean(found.body.replace("\n", "").replace("\t", ""))
    figure(f"{tried} pages in {len(TITLES)} encodings, {tried - len(wrong)} read right")
    assert wrong == {}
