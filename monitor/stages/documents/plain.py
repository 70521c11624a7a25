"""Text and Markdown: a short first line is the title, a block of fields at the top is read."""

from __future__ import annotations

import json
import re

from monitor.model import Dropped, Reason
from monitor.stages.documents import furniture
from monitor.stages.documents.bylines import below_title
from monitor.stages.documents.characters import MOST_CHARACTERS, clean, one_line
from monitor.stages.documents.values import About, Document, Passage, Said

_FIELDS_END = 20_000  # characters; fields stand at the top
_TITLE = 200  # characters; a longer first line is a paragraph
_FIELD = re.compile(r"^([A-Za-z_ -]{2,30}):\s*(.*)$")
_OF_FIELDS = re.compile(
    r"\s|#|- |-$|[\]})]|\.\.\.$|[\"']?[\w.@/-]{1,40}(?:[ :][\w.@/-]{1,40}){0,3}[\"']?:(?:\s|$)"
)
"""How a line between the dashes begins: a field, what goes on with one, an item, a remark."""
_ENDED = re.compile(r"\n-{3,}[ \t]*(?:\n|$)")
_RULED = re.compile(r"(?:[ \t]*-{3,}[ \t]*\n\s*)+")
_FIELDS: dict[str, About] = {
    "title": "title", "headline": "title", "author": "author", "authors": "author",
    "by": "author", "byline": "author", "outlet": "outlet", "publication": "outlet",
    "source": "outlet", "newspaper": "outlet", "journal": "outlet", "date": "published",
    "published": "published", "published_at": "published", "published_on": "published",
    "url": "url", "link": "url", "language": "language", "lang": "language", "label": "label",
}  # fmt: skip


def read_text(body: bytes, *, markdown: bool = False) -> Document | Dropped:
    """Return a text file's text, its furniture marked. Never raises.

    UTF-8, or UTF-16 with its mark; lines end as on any system. The first line, when it is short, is
    the title and no part of the text, and so are the fields between two lines of dashes at the top.
    Prose between such lines is text.
    """
    text = _decoded(body)
    if isinstance(text, Dropped):
        return text
    fields, rest = _front_matter(text)
    lines = clean(_unmarked(rest) if markdown else rest).split("\n")
    lines = lines[next((n for n, line in enumerate(lines) if line), 0) :]
    titled = any(said.about == "title" for said in fields)
    title = lines[0] if lines and len(lines[0]) <= _TITLE and not titled else ""
    again = titled and lines and lines[0] == next(s.text for s in fields if s.about == "title")
    first = (Said(about="title", text=title, place="first line"),) if title else ()
    above = (Passage(text=lines[0], cut="title"),) if title or again else ()
    passages = (*above, *_passages(lines[len(above) :]))
    return Document(
        kind="markdown" if markdown else "text",
        passages=passages,
        said=(*fields, *first, *below_title(passages[len(above) :])),
    )


def _decoded(body: bytes) -> str | Dropped:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
    elif b"\0" in body:
        return Dropped(reason=Reason.NO_TEXT, detail="not a text file")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Dropped(reason=Reason.NO_TEXT, detail="not UTF-8; save it as UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MOST_CHARACTERS:
        size = f"longer than {MOST_CHARACTERS:,} characters"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=size)
    if _is_json(text):
        return Dropped(reason=Reason.NO_TEXT, detail="a JSON list, no text; give it a .json name")
    return text


def _is_json(text: str) -> bool:
    if not text.startswith("["):
        return False
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False  # "[Updated] Talks begin" is how texts begin, too


def _passages(lines: list[str]) -> tuple[Passage, ...]:
    """The lines with their furniture marked; the empty ones between them part paragraphs."""
    marked = iter(furniture.marked(lines))
    return tuple(next(marked) if line.strip() else Passage(text="") for line in lines)


def _front_matter(text: str) -> tuple[tuple[Said, ...], str]:
    """The fields between two lines of dashes at the top, and what follows; none: all the text.

    Writers part sections with dashes, too, and some begin with them: what stands between those is
    no field, and the text would be lost with it.
    """
    opened = _RULED.match(text)
    if not opened:
        return (), text
    ended = _ENDED.search(text, 3, _FIELDS_END) if text.startswith("---\n") else None
    lines = text[4 : ended.start()].split("\n") if ended else [""]
    said = [line for line in lines if line.strip()]
    if not ended or not any(map(_FIELD.match, said)) or not all(map(_OF_FIELDS.match, said)):
        return (), text[opened.end() :]
    found: list[Said] = []
    for line in said:
        field = _FIELD.match(line)
        about = _FIELDS.get(field[1].strip().lower().replace(" ", "_")) if field else None
        if field and about and (value := one_line(_unquoted(field[2]))):
            found.append(Said(about=about, text=value, place=f"field “{field[1].strip()}”"))
    return tuple(found), text[ended.end() :]


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            pass
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value.strip("'\"[]")


_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,2000}\)")
_STRONG = re.compile(r"(\*\*|__|\*|_|~~|`)(?=\S)([^\n*_~`]{1,500}?)(?<=\S)\1(?!\w)")
_HEADING = re.compile(r"^ {0,3}#{1,6} +(.*?)#*$", re.MULTILINE)
_QUOTED = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}(?:[-*_] ?){3,}$", re.MULTILINE)


def _unmarked(text: str) -> str:
    """Markdown without its marks: links are their words, images are nothing."""
    for mark, words in (
        (_IMAGE, ""), (_LINK, r"\1"), (_STRONG, r"\2"), (_HEADING, r"\1"), (_QUOTED, ""),
        (_RULE, ""),
    ):  # fmt: skip
        text = mark.sub(words, text)
    return text
