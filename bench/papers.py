"""Invented op-eds as PDF and Word files, and how many of their words are read right.

    python -m bench.papers

The sentences are put together from parts, so that no two are the same; all names are made up.
Needs weasyprint and python-docx, which the development group installs.
"""

from __future__ import annotations

import io
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

TITLE = "The price of a closed gate"
URDU_TITLE = "بند دروازے کی قیمت"
AUTHOR = "R. Fictional"
HEAD = "THE HILL COURIER · OPINION"

_WHO = (
    "A clerk of the Chamber of Hill Merchants", "The guard at Lower Bridge", "Every second porter",
    "One of the drivers", "The widow who keeps the tea stall", "A retired surveyor",
    "Nobody in either capital", "The head of the river school",
)  # fmt: skip
_DOES = (
    "counted {n} lorries before the administrative office opened",
    "remembers the winter in which {n} families crossed on foot",
    "has written {n} letters about the unfinished customs register",
    "would rather lose {n} days than one season of apricots",
    "speaks of {n} promises that were made in committee and forgotten",
    "keeps the receipts of {n} payments for which there is no regulation",
    "believes that {n} hours of negotiation cost less than a single closure",
)
_WHY = (
    "because the road has no other end", "although the commission never answered",
    "and the quarrel behind it is older than the wall", "which is what a tax on patience means",
    "while the ministries exchange compliments", "since the well-known shortcut was mined",
    "as if trade were a favour", "so that the market opens half-empty",
    "and that is difficult to explain to a child",
)  # fmt: skip
_URDU_WHO = (
    "پہاڑی تاجروں کی انجمن کے منشی نے", "نچلے پل کے محافظ نے", "ایک بوڑھے ڈرائیور نے",
    "چائے کی دکان والی خاتون نے", "دریا کنارے کے اسکول کے استاد نے",
)  # fmt: skip
_URDU_DOES = (
    "{n} گاڑیاں گنیں جن میں پیاز اور سیمنٹ تھا", "{n} خط لکھے مگر کسی نے جواب نہیں دیا",
    "بتایا کہ {n} خاندان پیدل سرحد پار کر کے آئے", "کہا کہ {n} دن کی بندش سے سب کا نقصان ہوا",
    "ہمیں {n} رسیدیں دکھائیں جن کا کوئی قانون نہیں", "پوچھا کہ {n} وعدوں کا حساب کون دے گا",
    "یاد دلایا کہ {n} سال پہلے یہ راستہ کھلا تھا",
)  # fmt: skip
_URDU_WHY = (
    "کیونکہ سڑک کا کوئی دوسرا سرا نہیں", "اگرچہ دونوں حکومتیں خاموش ہیں",
    "اور یہ جھگڑا دیوار سے بھی پرانا ہے", "جبکہ بازار آدھا خالی رہتا ہے",
)  # fmt: skip
_EASTERN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

Layout = Literal["plain", "columns", "rows", "urdu", "urdu mixed"]
LAYOUTS: tuple[Layout, ...] = ("plain", "columns", "rows", "urdu", "urdu mixed")
WHAT = {
    "plain": "one column, justified, hyphenated, heads and feet",
    "columns": "two columns, justified, hyphenated, heads and feet",
    "rows": "two columns that the file stores row by row",
    "urdu": "Urdu in Naskh, heads and feet",
    "urdu mixed": "Urdu with Latin names and figures",
}


def paragraphs(count: int, *, urdu: bool = False, mixed: bool = False) -> list[str]:
    """Return so many paragraphs of four sentences, no two sentences alike."""
    found = _urdu(mixed=mixed) if urdu else _english()
    return [" ".join(next(found) for _ in range(4)) for _ in range(count)]


def _english() -> Iterator[str]:
    for n in range(500):
        does = _DOES[n % 7].format(n=17 + 3 * n)
        yield f"{_WHO[n % 8]} {does}, {_WHY[n % 9]}."


def _urdu(*, mixed: bool) -> Iterator[str]:
    for n in range(500):
        number = str(21 + 3 * n)
        if mixed and n % 3 == 0:
            number = f"{number} (Hill Courier)"
        elif not mixed or n % 3 == 1:
            number = number.translate(_EASTERN)
        does = _URDU_DOES[n % 7].format(n=number)
        yield f"{_URDU_WHO[n % 5]} {does}، {_URDU_WHY[n % 4]}۔"


# --- PDF ------------------------------------------------------------------------------------

_CSS = """
@page {{ size: A5; margin: 2cm 1.5cm;
  @top-center {{ content: "{head}" }}
  @bottom-center {{ content: "Page " counter(page) " of " counter(pages) }} }}
body {{ font-family: '{font}'; font-size: 10pt; text-align: justify; hyphens: auto }}
.columns {{ columns: 2; column-gap: 8mm }}
.row {{ display: flex; hyphens: none; text-align: left }}
.row span {{ width: 48%; white-space: pre }}
"""


def pdf(layout: Layout, texts: list[str]) -> bytes:
    """Return the paragraphs as a PDF, with a title, a running head and page numbers."""
    from weasyprint import HTML

    urdu = layout.startswith("urdu")
    css = _CSS.format(head=HEAD, font="Noto Naskh Arabic" if urdu else "Noto Serif")
    title = URDU_TITLE if urdu else TITLE
    html = (
        f"<html lang={'ur dir=rtl' if urdu else 'en'}><head><title>{title}</title>"
        f"<meta name=author content='{AUTHOR}'><meta name=dcterms.created content=2025-03-04>"
        f"<style>{css}</style></head><body><h1>{title}</h1>{_inside(layout, texts)}</body></html>"
    )
    return bytes(HTML(string=html).write_pdf() or b"")


def _inside(layout: Layout, texts: list[str]) -> str:
    if layout == "rows":
        return "".join(_rows(texts))
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<div class='{layout}'>{body}</div>"


def _rows(texts: list[str]) -> Iterator[str]:
    """Each page as rows of a left and a right line, the way some programs store columns."""
    lines = [line for text in texts for line in _wrapped(text, 34)]
    for start in range(0, len(lines), 48):
        page = lines[start : start + 48]
        left, right = page[: (len(page) + 1) // 2], page[(len(page) + 1) // 2 :]
        for number, line in enumerate(left):
            other = right[number] if number < len(right) else ""
            yield f"<div class=row><span>{line}</span><span>{other}</span></div>"
        yield "<div style='break-after: page'></div>"


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if len(line) + len(word) >= width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def picture_pdf() -> bytes:
    """Return a PDF of a page that is a picture, as a scanner makes it."""
    from weasyprint import HTML

    dots = "<rect width='9' height='9' fill='teal'/>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'>{dots}</svg>"
    grey = b64encode(_png(40, 40)).decode()
    html = f"<body>{svg}<img style='width: 15cm' src='data:image/png;base64,{grey}'></body>"
    return bytes(HTML(string=html).write_pdf() or b"")


def _png(width: int, height: int) -> bytes:
    """A grey picture."""
    rows = b"".join(b"\0" + b"\x99" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


# --- Word -----------------------------------------------------------------------------------


def word(texts: list[str]) -> bytes:
    """Return the paragraphs as a Word file with a head, a foot and properties."""
    from datetime import UTC, datetime

    import docx

    made = docx.Document()
    made.core_properties.title = TITLE
    made.core_properties.author = AUTHOR
    made.core_properties.created = datetime(2025, 3, 4, 9, 30, tzinfo=UTC)
    made.sections[0].header.paragraphs[0].text = HEAD
    made.sections[0].footer.paragraphs[0].text = "For members only"
    made.add_heading(TITLE)
    for text in texts:
        made.add_paragraph(text)
    made.add_paragraph("The writer is a former surveyor of bridges.")
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


# --- how many words are right ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Of the words that stand there so many were read, and of those read so many stand there."""

    found: float
    true: float


def right(read: str, written: list[str]) -> Right:
    """Compare words in their order."""
    ours, theirs = read.split(), " ".join(written).split()
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return Right(found=same / max(1, len(theirs)), true=same / max(1, len(ours)))


def measured(layout: Layout, count: int = 16) -> Right:
    """Return how well a layout is read."""
    from monitor.model import Dropped
    from monitor.stages.documents import kept
    from monitor.stages.documents.pdf import read_pdf

    texts = paragraphs(count, urdu=layout.startswith("urdu"), mixed=layout == "urdu mixed")
    found = read_pdf(pdf(layout, texts))
    if isinstance(found, Dropped):
        return Right(found=0.0, true=1.0)
    return right(kept(found.passages), texts)


def main() -> None:
    """Print the share of words right, a layout a line."""
    for layout in LAYOUTS:
        got = measured(layout)
        print(f"{got.found:7.2%} of the words read, {got.true:7.2%} of those right: {WHAT[layout]}")


if __name__ == "__main__":
    main()
