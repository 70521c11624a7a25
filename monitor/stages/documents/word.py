"""Word files (DOCX): the only module that knows python-docx."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from monitor.model import Dropped, Reason
from monitor.stages.documents import furniture
from monitor.stages.documents.bylines import below_title
from monitor.stages.documents.characters import MOST_CHARACTERS, clean, one_line
from monitor.stages.documents.values import About, Cut, Document, Passage, Said

MOST_UNPACKED = 80_000_000  # bytes of all parts together, as the archive declares them
MOST_PARTS = 3_000
MISSING = "Word files need a library that is not installed: pip install 'torkham[documents]'"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What is drawn once more for programs that do not know the first way: text boxes, mostly."""
_PROPERTIES: tuple[tuple[About, str], ...] = (
    ("title", "title"), ("author", "author"), ("made", "created"), ("language", "language"),
)  # fmt: skip
_NOBODY = frozenset(("", "python-docx", "user", "admin", "author", "unknown"))


def read_word(body: bytes) -> Document | Dropped:
    """Return a Word file's text, its heads, feet and notes marked, or why there is none.

    What was struck out in tracked changes is left out, what was put in is in, what was moved stands
    where it is now. Never raises.
    """
    refusal = _unsafe(body)
    if refusal:
        said = f"this Word file cannot be read: {refusal}"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=said)
    try:
        import docx
    except ImportError:
        return Dropped(reason=Reason.PARSE_LIMIT, detail=MISSING)
    try:
        return _document(docx.Document(io.BytesIO(body)))
    except (RecursionError, MemoryError):
        said = "this Word file cannot be read: it is nested too deep or unpacks too large"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=said)
    except Exception as problem:  # noqa: BLE001 - whatever the library stumbles over costs one file
        said = f"this Word file is damaged: {one_line(problem, 150) or type(problem).__name__}"
        return Dropped(reason=Reason.NO_TEXT, detail=said)


def _unsafe(body: bytes) -> str:
    """Why an archive must not be unpacked; "": it may be. What it declares is checked as read."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                return f"it unpacks to more than {MOST_UNPACKED:,} bytes"
            if any(part.flag_bits & 1 for part in parts):
                return "it is encrypted"
            names = {part.filename for part in parts}
            if "word/document.xml" not in names:
                return "it is no Word document"
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _has_doctype(archive, part):
                    return "it declares entities, which no Word file does"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return "it is damaged"
    return ""


def _has_doctype(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as stream:
        head = stream.read(4096).replace(b"\0", b"")  # UTF-16 too
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def _document(found: Any) -> Document | Dropped:
    lines = [clean(text) for text in _paragraphs(found.element.body)]
    if sum(map(len, lines)) > MOST_CHARACTERS:
        size = f"this Word file has more than {MOST_CHARACTERS:,} characters"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=size)
    texts = [text for line in lines for text in line.split("\n") if text]
    if not texts:
        return Dropped(reason=Reason.NO_TEXT, detail="this Word file holds no text")
    # A file without properties gets python-docx's own: "Word Document", made at this moment.
    said = list(_properties(found.core_properties)) if _has_properties(found) else []
    titled = next((one.text for one in said if one.about == "title"), "")
    first: tuple[Said, ...] = ()
    if len(texts[0]) <= 200 and len(texts) > 1:
        first = (Said(about="title", text=texts[0], place="first line"),)
    marked = list(furniture.marked(texts))
    if first and (not titled or texts[0].casefold() == titled.casefold()):
        marked[0] = Passage(text=texts[0], cut="title")
    return Document(
        kind="word",
        passages=(*_edges(found), *marked, *_notes(found)),
        said=(*said, *first, *below_title(marked[1:] if marked[0].cut == "title" else marked)),
    )


def _paragraphs(root: Any) -> Iterator[str]:
    """The paragraphs in their order, those of tables and what tracked changes put in with them."""
    for paragraph in root.iter(f"{_W}p"):
        if next(paragraph.iterancestors(_FALLBACK), None) is None:
            yield "".join(_runs(paragraph))


def _runs(paragraph: Any) -> Iterator[str]:
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}noBreakHyphen"):
        if next(node.iterancestors(f"{_W}p")) is not paragraph:
            continue  # of a text box inside it, whose own paragraphs come by themselves
        if next(node.iterancestors(f"{_W}moveFrom"), None) is not None:
            continue  # it was moved, and stands where it was moved to
        kind = node.tag.removeprefix(_W)
        yield (node.text or "") if kind == "t" else {"tab": " ", "br": "\n"}.get(kind, "-")


def _edges(found: Any) -> Iterator[Passage]:
    """Heads and feet of the sections, each once."""
    seen: set[str] = set()
    for section in found.sections:
        for cut, part in _parts(section):
            for text in _paragraphs(part._element):  # noqa: SLF001 - has no other way to its text
                line = one_line(text, 300)
                if line and line not in seen:
                    seen.add(line)
                    yield Passage(text=line, cut=cut)


def _parts(section: Any) -> Iterator[tuple[Cut, Any]]:
    for part in (section.header, section.first_page_header, section.even_page_header):
        if not part.is_linked_to_previous:
            yield "head", part
    for part in (section.footer, section.first_page_footer, section.even_page_footer):
        if not part.is_linked_to_previous:
            yield "foot", part


_TAGS = re.compile(rb"<w:t(?: [^>]{0,80})?>([^<]{0,20000})</w:t>")


def _notes(found: Any) -> Iterator[Passage]:
    """Footnotes and endnotes: shown, and no part of the text."""
    for part in found.part.package.iter_parts():
        if str(part.partname) in {"/word/footnotes.xml", "/word/endnotes.xml"}:
            for note in part.blob[:5_000_000].split(b"</w:p>"):
                text = b" ".join(_TAGS.findall(note)).decode("utf-8", "replace")
                if one_line(text):
                    yield Passage(text=one_line(text, 1000), cut="note")


def _has_properties(found: Any) -> bool:
    return any(
        relation.reltype.endswith("/metadata/core-properties")
        for relation in found.part.package.rels.values()
    )


def _properties(core: Any) -> Iterator[Said]:
    for about, name in _PROPERTIES:
        try:
            value = getattr(core, name)
        except (ValueError, TypeError):  # a date that is none
            continue
        text = value.isoformat() if hasattr(value, "isoformat") else one_line(value)
        if text.lower() not in _NOBODY:
            yield Said(about=about, text=text, place=f"Word properties, {name}")
