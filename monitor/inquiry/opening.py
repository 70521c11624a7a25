"""Opens a file that somebody hands over: which reader takes it, and what it then says of itself.

``opened`` and ``listed`` run in a limited child process: a file may be made to harm its reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from monitor.model import ArticleText, Dropped, Reason
from monitor.stages.documents import Document, Passage, References, Said, kept
from monitor.stages.documents.kinds import kind_of

_NO_TEXT = {
    "zip": "a zip within a folder or another zip; import it by itself",
    "csl-json": "a list, no text",
}


def opened(body: bytes, name: str, now: datetime) -> Document | Dropped:
    """Return the text of a file of any kind that is read, or why there is none. Never raises."""
    kind = kind_of(name, body)
    found: Document | Dropped
    if kind in {"text", "markdown"}:
        from monitor.stages.documents.plain import read_text

        found = read_text(body, markdown=kind == "markdown")
    elif kind == "html":
        found = _page(body, now)
    elif kind == "pdf":
        from monitor.stages.documents.pdf import read_pdf

        found = read_pdf(body)
    elif kind == "word":
        from monitor.stages.documents.word import read_word

        found = read_word(body)
    else:
        return Dropped(reason=Reason.NO_TEXT, detail=_NO_TEXT.get(kind, kind))
    if isinstance(found, Dropped):
        return found
    return _with_language(found if kind == "html" else _boxed(found))


def listed(body: bytes, kind: str) -> References | Dropped:
    """Return the entries of a list of references, or why there are none. Never raises."""
    from monitor.stages.documents.references import read_references

    return read_references(body, kind)


def _boxed(found: Document) -> Document:
    """The document, lines marked that are other stories': "Also read: …" and what it opens."""
    from monitor.stages.extract.asides import asides

    spans = asides(kept(found.passages), None)
    if not spans:
        return found
    marked: list[Passage] = []
    start = 0
    for passage in found.passages:
        boxed = not passage.cut and any(begin <= start < end for begin, end in spans)
        start += 0 if passage.cut else len(passage.text) + 1
        marked.append(replace(passage, cut="box") if boxed and passage.text else passage)
    return replace(found, passages=tuple(marked))


def _with_language(found: Document) -> Document:
    from monitor.stages.language import identify

    tongue = identify(kept(found.passages))
    if tongue.code is None or not tongue.sure:
        return found
    own = Said(about="language", text=tongue.code, place="its words")
    return replace(found, said=(own, *found.said))


# --- pages ----------------------------------------------------------------------------------


def _page(body: bytes, now: datetime) -> Document | Dropped:
    from monitor.stages.extract import extract
    from monitor.stages.extract.characters import decode
    from monitor.stages.screen import screen

    text = extract(body, content_type="text/html", url="", fetched_at=now)
    refused = text if isinstance(text, Dropped) else screen(text, body=body, url="", status=200)
    if isinstance(text, Dropped) or refused:
        why = refused.detail or refused.reason.value if refused else ""
        return Dropped(reason=Reason.NOT_ARTICLE, detail=f"no article: {why}")
    return _document(text, decode(body, content_type="text/html"), now)


def _document(text: ArticleText, page: str, now: datetime) -> Document:
    from monitor.stages.documents.page import outside

    said, beyond = outside(page, f"{text.title}\n{text.body}")
    return Document(
        kind="html",
        passages=(*_passages(text), *beyond),
        said=(*_said(text, now), *said),
        notes=(f"read by {text.extractor}",),
    )


def _passages(text: ArticleText) -> Iterator[Passage]:
    """The lines of the article; boxes and furniture among them marked."""
    from monitor.stages.documents.furniture import marked

    own = iter(marked(text.body.split("\n")))
    start = 0
    for line in text.body.split("\n"):
        if not line.strip():
            start += len(line) + 1
            continue
        passage = next(own)
        boxed = any(begin <= start < end for begin, end in text.aside)
        yield replace(passage, cut="box") if boxed and not passage.cut else passage
        start += len(line) + 1


def _said(text: ArticleText, now: datetime) -> Iterator[Said]:
    from monitor.stages.dating import dated

    if text.title:
        yield Said(about="title", text=text.title, place="page")
    if text.author:
        yield Said(about="author", text=text.author, place="page")
    if text.language:
        yield Said(about="language", text=text.language, place="page")
    when = dated(text.written, body=text.body, seen_at=now)
    if when.published is not None:
        place = f"page, {when.place}" + (f" ({when.note})" if when.flag else "")
        yield Said(about="published", text=when.published.original, place=place)
