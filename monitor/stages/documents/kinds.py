"""What kind of file is it? By its first bytes where they tell, else by its name."""

from __future__ import annotations

from typing import Literal

Kind = Literal["text", "markdown", "html", "pdf", "word", "zip", "ris", "bibtex", "csl-json"]

_BY_NAME: dict[str, Kind] = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "word",
    ".zip": "zip", ".ris": "ris", ".bib": "bibtex", ".bibtex": "bibtex", ".json": "csl-json",
}  # fmt: skip
SUFFIXES = frozenset(_BY_NAME)
REFERENCES = frozenset(("ris", "bibtex", "csl-json"))
_OTHERS = {
    ".doc": "an old Word file; save it as .docx",
    ".rtf": "a rich text file; save it as .docx",
    ".odt": "an OpenDocument file; save it as .docx or PDF",
    ".epub": "a book; save the text you mean as PDF or text",
    ".pages": "an Apple Pages file; save it as .docx or PDF",
    ".mht": "a web archive; save the page as HTML",
    ".mhtml": "a web archive; save the page as HTML",
}
NAMED = SUFFIXES | frozenset(_OTHERS)
"""Endings of what may be a text: each such file of a folder is read, or refused by its name."""
_TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson"))
_NO_EXPORT = (
    "no export of this program, in UTF-8: its first line does not name the columns of one, or its"
    " format"
)
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body")
_MARK = b"\xef\xbb\xbf"


def kind_of(name: str, body: bytes) -> Kind | str:
    """Return the kind of a file, or a sentence on what it is instead. Never raises."""
    suffix = _suffix(name)
    start = body[:2000].lstrip(_MARK).lstrip()
    if start.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in body[:2000]):
        return "pdf"
    if body.startswith(b"PK\x03\x04"):
        return "word" if suffix == ".docx" else ("zip" if suffix == ".zip" else _other(suffix))
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old Office file, or one with a password; save it as .docx without a password"
    if start.startswith(b"{\\rtf"):
        return _OTHERS[".rtf"]
    if suffix in {".pdf", ".docx", ".zip"}:
        return f"not the {suffix[1:].upper()} file its name says"
    if suffix in _OTHERS:
        return _OTHERS[suffix]
    if suffix in _TABLES:
        return _NO_EXPORT
    if suffix in {"", ".txt", ".html"} and start.lower().startswith(_PAGE):
        return "html"
    return _BY_NAME.get(suffix) or _unknown()


def _suffix(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return f".{last.rpartition('.')[2].lower()}" if "." in last.lstrip(".") else ""


def _other(suffix: str) -> str:
    return _OTHERS.get(suffix, "an archive or an Office file that is no .docx and no .zip")


def _unknown() -> str:
    return f"not a file of a kind that is read ({', '.join(sorted(SUFFIXES))})"
