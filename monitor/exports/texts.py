"""A snapshot as plain texts with front matter, and as references without any text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from monitor.exports.bibliography import key_of
from monitor.exports.record import Row, on_one_line

_FRONT: Final = (
    "id", "title", "outlet", "side", "language", "url", "author", "published_at",
    "published_source", "first_seen_at", "genre", "label", "topics", "tags", "by", "at", "origin",
    "split", "fold", "group", "sha256", "text_kept",
)  # fmt: skip
REFERENCE: Final = (
    "id", "url", "outlet", "side", "language", "published_at", "label", "topics", "at", "sha256",
    "group", "split", "fold", "format",
)  # fmt: skip


def as_texts(rows: Sequence[Row]) -> dict[str, bytes]:
    """Return a file a text: what is known of it as YAML between two lines ``---``, then the text.

    The text begins right after the second of these lines and is, to the byte, the one that
    ``sha256`` names. One that was removed leaves its front matter.
    """
    return {f"{_name(row)}.md": _text(row) for row in rows}


def _name(row: Row) -> str:
    title = re.sub(r"[^a-z0-9]+", "-", str(row["title"]).lower())[:50].strip("-")
    return f"{key_of(row)}-{title}" if title else key_of(row)


def _text(row: Row) -> bytes:
    front = {name: row[name] for name in _FRONT}
    told = "".join(f"{name}: {on_one_line(value)}\n" for name, value in front.items())
    return f"---\n{told}---\n{row['body'] or ''}".encode()


def references(rows: Sequence[Row]) -> bytes:
    """Return addresses, hashes and labels as JSON Lines: no text, no title, nobody's name.

    Who holds the same texts can check them against ``sha256`` and ``title_sha256``.
    """
    return "".join(f"{on_one_line(_reference(row))}\n" for row in rows).encode()


def _reference(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in REFERENCE}
    title = sha256(str(row["title"]).encode()).hexdigest()
    return told | {"title_sha256": title, "format": "torkham.references/1"}
