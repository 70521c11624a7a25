"""PDF: the only module that knows pypdf."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from monitor.model import Dropped, Reason
from monitor.stages.documents import columns, furniture, script
from monitor.stages.documents.bylines import below_title
from monitor.stages.documents.characters import MOST_CHARACTERS, clean, is_arabic, one_line
from monitor.stages.documents.flow import flowed
from monitor.stages.documents.values import About, Document, Passage, Said, kept

MOST_PAGES = 200
MISSING = "PDF files need a library that is not installed: pip install 'torkham[documents]'"
_BROKEN_WORDS = (
    "the font of this PDF does not say which letters its shapes are, so its words come out broken; "
    "bring the original text, or run OCR"
)
_SHOWING = (b"Tj", b"TJ", b"'", b'"')
_TITLE_LINES = 5
_MOST_PLACES = 20_000  # of a page
_FEW_WORDS = 8  # a page, on average; scans have a stamp or a number at most
_INFORMATION: tuple[tuple[About, str], ...] = (
    ("title", "/Title"), ("author", "/Author"), ("made", "/CreationDate"),
)  # fmt: skip
_NO_TITLE = re.compile(
    r"^(?:untitled|microsoft word|document\d*|powerpoint|.*\.(?:docx?|pdf|indd|qxd|html?)$|\W*$)",
    re.IGNORECASE,
)
_DATE = re.compile(r"^D:(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d))?(?:(\d\d))?([+-]\d\d|Z)?'?(\d\d)?")


def read_pdf(body: bytes) -> Document | Dropped:
    """Return a PDF's text with heads, feet and page numbers marked, or why there is none.

    Never raises for what the bytes hold; a file made to exhaust its reader costs the child.
    """
    try:
        import pypdf
        from pypdf.errors import DependencyError
    except ImportError:
        return Dropped(reason=Reason.PARSE_LIMIT, detail=MISSING)
    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return _none("it is encrypted and wants a password; save it without one")
        return _document(reader)
    except DependencyError:
        return _none("it is encrypted in a way that cannot be read; save it without a password")
    except (RecursionError, MemoryError):
        return _limit("it is nested too deep or unpacks too large")
    except Exception as problem:  # noqa: BLE001 - whatever pypdf stumbles over costs one file
        return _none(f"it is damaged: {one_line(type(problem).__name__)} {one_line(problem, 150)}")


def _none(why: str) -> Dropped:
    return Dropped(reason=Reason.NO_TEXT, detail=f"this PDF cannot be read: {why}")


def _limit(why: str) -> Dropped:
    return Dropped(reason=Reason.PARSE_LIMIT, detail=f"this PDF cannot be read: {why}")


def _document(reader: Any) -> Document | Dropped:
    count = len(reader.pages)
    if count > MOST_PAGES:
        return _limit(f"it has {count} pages, at most {MOST_PAGES} are read; cut out what you mean")
    pages: list[list[str]] = []
    by_columns = length = pictures = 0
    for page in reader.pages:
        lines, apart = _lines(page)
        by_columns += apart
        length += sum(map(len, lines))
        if length > MOST_CHARACTERS:
            return _limit(f"it has more than {MOST_CHARACTERS:,} characters")
        pictures += not lines and _has_picture(page)
        pages.append(lines)
    words = sum(len(line.split()) for lines in pages for line in lines)
    if words < _FEW_WORDS * max(1, count):
        return _without_text(reader, pictures)
    notes = [f"{by_columns} pages were read in columns"] if by_columns else []
    return _made(reader, pages, notes)


def _without_text(reader: Any, pictures: int) -> Dropped:
    if pictures or any(_has_picture(page) for page in reader.pages[:3]):
        said = "this PDF holds pictures of pages, no text; run OCR first"
        return Dropped(reason=Reason.NO_TEXT, detail=said)
    return Dropped(reason=Reason.NO_TEXT, detail="this PDF holds no text")


def _has_picture(page: Any) -> bool:
    try:
        objects = page["/Resources"].get_object().get("/XObject", {}).get_object()
        return any(objects[name].get_object().get("/Subtype") == "/Image" for name in objects)
    except Exception:  # noqa: BLE001 - what cannot be looked at is no picture
        return False


def _lines(page: Any) -> tuple[list[str], bool]:
    """The lines of a page, and whether they had to be read in columns."""
    places: list[columns.Place] = []

    def seen(operator: bytes, _given: list[Any], cm: list[float], tm: list[float]) -> None:
        if operator in _SHOWING and len(places) < _MOST_PLACES:
            places.append(_place(cm, tm))

    plain = page.extract_text(visitor_operand_before=seen) or ""
    edge = None if is_arabic(plain[:2000]) else columns.second_column(places)
    if edge is not None:
        plain = "\n".join(_side(page, edge, right=right) for right in (False, True))
    return [line.strip() for line in plain.split("\n")], edge is not None


def _place(cm: list[float], tm: list[float]) -> columns.Place:
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    return x, tm[4] * cm[1] + tm[5] * cm[3] + cm[5]


def _side(page: Any, edge: float, *, right: bool) -> str:
    """The text of one side of a page: what is shown on the other is emptied before it is read."""

    def seen(operator: bytes, given: list[Any], cm: list[float], tm: list[float]) -> None:
        if operator in _SHOWING and given and (_place(cm, tm)[0] >= edge) != right:
            given[-1] = [] if operator == b"TJ" else b""

    return str(page.extract_text(visitor_operand_before=seen) or "")


def _made(reader: Any, pages: list[list[str]], notes: list[str]) -> Document | Dropped:
    pages = [[line for line in page if line] for page in pages]
    whole = " ".join(line for page in pages for line in page)
    if is_arabic(clean(whole[:4000])):
        turned = _turned(pages)
        if turned is None:
            return Dropped(reason=Reason.NO_TEXT, detail=_BROKEN_WORDS)
        pages = turned
    cleaned = [[clean(line) for line in page] for page in pages]
    information = list(_information(reader))
    title = next((one.text for one in information if one.about == "title"), "")
    passages, joined = flowed(_titled(furniture.of_pages(cleaned), title))
    said = [*information, *_first_line(passages)]
    body = _furnished(passages, said)
    return Document(
        kind="pdf",
        passages=body,
        said=(*said, *below_title([p for p in body if not p.cut or p.cut == "notice"])),
        joined=joined,
        notes=tuple(notes),
        pages=len(pages),
    )


def _titled(pages: list[list[Passage]], title: str) -> list[list[Passage]]:
    """The pages, the title above the text marked, over as many lines as it runs."""
    wanted, found = "".join(title.split()).casefold(), ""
    own = [n for n, line in enumerate(pages[0]) if not line.cut][:_TITLE_LINES] if pages else []
    for count, number in enumerate(own, 1):
        found += "".join(pages[0][number].text.split()).casefold()
        if found == wanted:
            for at in own[:count]:
                pages[0][at] = Passage(text=pages[0][at].text, cut="title")
            break
    return pages


def _turned(pages: list[list[str]]) -> list[list[str]] | None:
    """The pages in reading order; None where the words are broken whichever way they are read."""
    lines = [line for page in pages for line in page]
    found = script.ordered([clean(line) for line in lines])
    if found is None:
        return None
    rest = iter(found)
    return [[next(rest) for _ in page] for page in pages]


def _furnished(passages: tuple[Passage, ...], said: list[Said]) -> tuple[Passage, ...]:
    """The passages with furniture marked, and the title where it stands above the text."""
    marked = furniture.marked(passage.text for passage in passages)
    both = [new if not old.cut else old for old, new in zip(passages, marked, strict=True)]
    title = next((one.text for one in said if one.about == "title"), "").casefold()
    first = next((n for n, p in enumerate(both) if not p.cut), None)
    if title and first is not None and both[first].text.casefold() == title:
        both[first] = Passage(text=both[first].text, cut="title")
    return tuple(both)


# --- what it says of itself -----------------------------------------------------------------


def _information(reader: Any) -> Iterator[Said]:
    information = reader.metadata or {}
    for about, name in _INFORMATION:
        text = one_line(information.get(name))
        if about == "made":
            text = _day(text)
        if text and not (about == "title" and _NO_TITLE.match(text)):
            yield Said(about=about, text=text, place=f"PDF information, {name[1:]}")
    yield from _xmp(reader)
    language = one_line(_root(reader).get("/Lang"), 20)
    if language:
        yield Said(about="language", text=language, place="PDF, Lang")


def _root(reader: Any) -> Any:
    try:
        return reader.root_object
    except Exception:  # noqa: BLE001
        return {}


def _xmp(reader: Any) -> Iterator[Said]:
    """Title, authors, date and publisher of the XMP block, which pypdf reads without entities."""
    try:
        found = reader.xmp_metadata
        if found is None:
            return
        title = one_line((found.dc_title or {}).get("x-default"))
        authors = ", ".join(one_line(name) for name in (found.dc_creator or [])[:10])
        dates = [one_line(at) for at in (found.dc_date or [])[:1]]
        outlets = [one_line(name) for name in (found.dc_publisher or [])[:1]]
    except Exception:  # noqa: BLE001 - a broken block says nothing
        return
    given: tuple[tuple[About, str], ...] = (
        ("title", "" if _NO_TITLE.match(title) else title), ("author", authors),
        ("published", "".join(dates)), ("outlet", "".join(outlets)),
    )  # fmt: skip
    for about, text in given:
        if text:
            yield Said(about=about, text=text, place="XMP")


def _day(text: str) -> str:
    """A PDF date as ISO text; as it stands where it is none of those."""
    found = _DATE.match(text)
    if not found:
        return text
    year, month, day, hour, minute, _, zone, minutes = found.groups()
    on = f"{year}-{month or '01'}-{day or '01'}"
    if hour is None:
        return on
    offset = "" if zone is None else ("Z" if zone == "Z" else f"{zone}:{minutes or '00'}")
    return f"{on}T{hour}:{minute}:00{offset}"


def _first_line(passages: tuple[Passage, ...]) -> Iterator[Said]:
    first = next((p.text for p in passages if not p.cut), "")
    if first and len(first) <= 200 and len(kept(passages)) > len(first):
        yield Said(about="title", text=first, place="first line")
