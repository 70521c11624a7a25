"""What a command is given to judge or to learn from: JSON Lines, plain texts, pages.

JSON Lines are read as they arrive and never held together; one that cannot be read is answered in
its place. A page may be made to hang or crash what reads it, so a limited child process does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from classifiers.types import Repeat, Text
from monitor.edge.clock import system_clock
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import ArticleText, Dropped, Fetched, Reason

BATCH = 100
LARGEST_LINE = 4_000_000  # bytes of one line of JSON Lines
LARGEST_TEXT = 20_000_000  # bytes of one text or page
_CHUNK = 1 << 18
_MARK = b"\xef\xbb\xbf"
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")
_WORDS = ("title", "text", "outlet", "lang")

Id = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One thing to judge, or why it cannot be. ``line`` counts from 1; None: not of a list."""

    id: Id
    text: Text
    line: int | None = None
    error: str = ""
    label: str = ""
    kind: str = ""
    event: str = ""
    article: bool | None = None  # of a page: whether it is an article
    reason: str | None = None  # and if not, why
    refused_as: str = ""  # and what it is instead: "consent", "login"


_NO_TEXT = Text(title="", body="")


class UnreadableError(ValueError):
    """What was given cannot be read; the message says why."""


# --- whatever it is -------------------------------------------------------------------------


def batches(stream: BinaryIO, name: str) -> Iterator[list[Given]]:
    """Yield what ``stream`` holds as soon as it is there: in order, at most ``BATCH`` together.

    What begins with ``{`` is JSON Lines; anything else is one page or one text.

    Raises:
        UnreadableError: a text that is none, or is too long.
    """
    lines = _Lines(stream)
    first = lines.peek()
    if first.startswith(b"{"):
        yield from json_lines(lines)
        return
    body = lines.rest()
    if looks_like_page(body, name):
        yield [page(document(body), name)]
    elif body.strip():
        yield [Given(id=name, text=plain_text(body))]


def looks_like_page(body: bytes, name: str) -> bool:
    """Return whether this is HTML, going by its name and its beginning."""
    start = body[:2000].lstrip(_MARK).lstrip().lower()
    named = name.lower().endswith((".html", ".htm", ".xhtml"))
    return named or start.startswith(_PAGE) or b"<body" in start


def plain_text(body: bytes) -> Text:
    """Return a text file as a text: a short first line is the title.

    Raises:
        UnreadableError: it is not UTF-8, or no text at all.
    """
    if b"\0" in body:
        raise UnreadableError("not a text file")
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise UnreadableError("not UTF-8; save it as UTF-8, or hand over the page itself") from None
    if text.startswith("["):
        _refuse_list(text)
    first, _, rest = text.partition("\n")
    if len(first) > 200:
        return Text(title="", body=text)
    return Text(title=first.strip(), body=rest.strip())


def _refuse_list(text: str) -> None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return  # "[Updated] Talks begin" is how texts begin, too
    if isinstance(found, list):
        raise UnreadableError("a JSON list; write one object a line instead")


# --- JSON Lines -----------------------------------------------------------------------------


class _Lines:
    """The lines of a stream, in the portions in which they arrive. A very long one is not held."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = bytearray()

    def peek(self) -> bytes:
        """Return the first bytes that are not blank, without taking them."""
        while not self._start() and len(self._held) < LARGEST_TEXT and (chunk := self._more()):
            self._held += chunk
        return self._start()

    def _start(self) -> bytes:
        return bytes(self._held.removeprefix(_MARK).lstrip()[:16])

    def _more(self) -> bytes:
        # read1 returns what is there; read would wait until a whole chunk has come.
        read = getattr(self._stream, "read1", self._stream.read)
        return bytes(read(_CHUNK))

    def rest(self) -> bytes:
        """Return everything that is left. Raises UnreadableError for more than LARGEST_TEXT."""
        while chunk := self._more():
            self._held += chunk
            if len(self._held) > LARGEST_TEXT:
                raise UnreadableError(f"longer than {LARGEST_TEXT:,} bytes")
        return bytes(self._held)

    def portions(self) -> Iterator[list[bytes | None]]:
        """Yield the lines, as many together as have arrived; None for one that is too long."""
        self.peek()
        chunk = bytes(self._held.removeprefix(_MARK))
        self._held.clear()
        while chunk:
            *ends, rest = chunk.split(b"\n")
            if ends:
                yield [self._line(end) for end in ends]
            self._hold(rest)
            chunk = self._more()
        if self._held:
            yield [self._line(b"")]

    def _line(self, end: bytes) -> bytes | None:
        self._hold(end)
        line = bytes(self._held) if len(self._held) <= LARGEST_LINE else None
        self._held.clear()
        return line

    def _hold(self, piece: bytes) -> None:
        """Keep a piece of a line; of one that is too long only so much that it shows."""
        self._held += piece[: LARGEST_LINE + 1 - len(self._held)]


def json_lines(lines: _Lines) -> Iterator[list[Given]]:
    """Yield a ``Given`` for every line that is not blank, at most ``BATCH`` together."""
    number = 0
    for portion in lines.portions():
        ready: list[Given] = []
        for line in portion:
            number += 1
            if line is None or line.strip():
                ready.append(_given(line, number))
            if len(ready) == BATCH:
                yield ready
                ready = []
        if ready:
            yield ready


def pool(stream: BinaryIO) -> Iterator[Given]:
    """Yield the rows of a pool of JSON Lines, each with its number."""
    for batch in json_lines(_Lines(stream)):
        yield from batch


def _given(line: bytes | None, number: int) -> Given:
    if line is None:
        said = f"the line is longer than {LARGEST_LINE:,} bytes"
        return Given(id=None, text=_NO_TEXT, line=number, error=said)
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        return Given(id=None, text=_NO_TEXT, line=number, error="not UTF-8")
    except (ValueError, RecursionError) as error:
        return Given(id=None, text=_NO_TEXT, line=number, error=f"not JSON: {error}")
    if not isinstance(row, dict):
        said = "not an object with title and text"
        return Given(id=None, text=_NO_TEXT, line=number, error=said)
    return _row(row, number)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _row(row: dict[str, object], number: int) -> Given:
    id_ = row.get("id")
    known = id_ if isinstance(id_, Id) and not isinstance(id_, bool) else None
    error = "the id must be a string or a number" if known is None and id_ is not None else ""
    if not {"title", "text"} & set(row):
        error = error or "it has neither title nor text"
    for name in _WORDS:
        if not isinstance(row.get(name), str | None):
            error = error or f"{name} must be a string"
    if error:
        return Given(id=known, text=_NO_TEXT, line=number, error=error)
    words = {name: str(row.get(name) or "") for name in _WORDS}
    text = Text(
        title=words["title"], body=words["text"], outlet=words["outlet"],
        language=words["lang"] or None,
    )  # fmt: skip
    return Given(
        id=known, text=text, line=number, label=_said(row, "label"), kind=_said(row, "kind"),
        event=_said(row, "event_group"),
    )  # fmt: skip


def _said(row: dict[str, object], name: str) -> str:
    found = row.get(name)
    return found if isinstance(found, str) else ""


# --- pages ----------------------------------------------------------------------------------


def document(body: bytes) -> Fetched:
    """Return a page that was handed over as if it had been fetched now."""
    return Fetched(
        key="", url="", final_url="", status=200, headers={"content-type": "text/html"}, body=body,
        fetched_at=system_clock(),
    )  # fmt: skip


def page(found: Fetched, name: str) -> Given:
    """Return the article of a page, or what text it has and why that is no article."""
    with readers() as workers:
        text, refused = _screened(found, workers)
    words = Text(title="", body="") if text is None else _words_of(text)
    reason = (refused.detail or refused.reason.value) if refused else None
    kind = refused.kind if refused else ""
    return Given(id=name, text=words, article=not refused, reason=reason, refused_as=kind)


def readers() -> Workers:
    """Return the limited child that reads pages, for a ``with`` block."""
    return Workers(count=1, preload=("monitor.stages.extract", "monitor.stages.screen"))


def read(found: Fetched, workers: Workers) -> tuple[ArticleText | None, str | None]:
    """Return the text of a page, and why it is no article; None: it is one."""
    text, refused = _screened(found, workers)
    return text, (refused.detail or refused.reason.value) if refused else None


def _screened(found: Fetched, workers: Workers) -> tuple[ArticleText | None, Dropped | None]:
    try:
        return workers.submit(_read, found).result()
    except WorkerFault as fault:
        return None, Dropped(reason=Reason.PARSE_LIMIT, detail=fault.detail)


def _read(found: Fetched) -> tuple[ArticleText | None, Dropped | None]:
    from monitor.stages.extract import extract
    from monitor.stages.screen import screen

    kind = found.headers.get("content-type", "")
    text = extract(
        found.body, content_type=kind, url=found.final_url, fetched_at=found.fetched_at
    )  # fmt: skip
    if isinstance(text, Dropped):
        return None, text
    return text, screen(text, body=found.body, url=found.final_url, status=found.status)


def _words_of(text: ArticleText) -> Text:
    beside = tuple(Repeat(start=start, end=end, articles=0) for start, end in text.aside)
    return Text(title=text.title, body=text.body, language=text.language, repeated=beside)
