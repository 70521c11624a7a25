"""Messages as files in a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from monitor.edge.mail import Letter, Pictured, one_line
from monitor.edge.whole import write_whole
from monitor.told import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChannel:
    """Files in a folder: ``.txt`` and, where there is HTML, ``.html``."""

    name: str
    folder: Path


def file_stem(key: str) -> str:
    """Return the name, without ending, of the files of ``key``: letters, digits and hyphens.

    Made of the key alone, never of a title; different keys have different names.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60].strip("-")
    return f"{slug or 'message'}-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def to_directory(letter: Letter, folder: Path) -> Delivery:
    """Write the files whole or not at all; writing a key again replaces its files."""
    stem = folder / file_stem(letter.key)
    text = f"{one_line(letter.subject)}\n\n{letter.text}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        html = letter.self_contained if isinstance(letter, Pictured) else letter.html
        for ending, told in ((".txt", text), (".html", html)):
            if told is not None:
                written = stem.with_suffix(ending)
                write_whole(written, told.encode("utf-8", "replace"), mode=0o600)
    except OSError as error:
        return Delivery(state="failed", detail=f"{folder} cannot be written: {error.strerror}")
    return Delivery(state="sent", detail=str(written))
