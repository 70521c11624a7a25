"""Folders gone through for saved pages; what is passed over is told."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from monitor.archives.saved import is_page
from monitor.edge.warcfile import ARCHIVES

PARTS = "_files"
"""How the folder is called in which a browser puts what belongs to a page beside it."""
_ALIKE = (".mht", ".mhtml", ".maff", ".webarchive")
_NO_PAGES = (
    ".js", ".mjs", ".css", ".json", ".xml", ".txt", ".csv", ".pdf", ".png", ".jpg", ".jpeg", ".gif",
    ".webp", ".avif", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".mp3", ".mp4", ".webm",
    ".url", ".webloc", ".zip", ".gz",
)  # fmt: skip
"""What is not looked into: who mirrors a site has a hundred of them for each page."""
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_LOOKED_AT = 2_048


@dataclass(slots=True)
class Walked:
    """The saved pages of a folder and its folders, in order, and what else was met there."""

    pages: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def told(self) -> str:
        """Return what was passed over, in a sentence; nothing where nothing was."""
        if not self.others:
            return ""
        listed = "; ".join(f"{what}: {n:,}" for what, n in sorted(self.others.items()))
        return f"Passed over in it: {listed}."


def walked(folder: Path) -> Walked:
    """Go through a folder. Links are not followed: they may lead round in a circle."""
    found = Walked()

    def unreadable(_problem: OSError) -> None:
        found.others["folders that cannot be read"] += 1

    for place, folders, names in os.walk(folder, onerror=unreadable, followlinks=False):
        found.others.update("links" for name in folders if os.path.islink(f"{place}/{name}"))  # noqa: PTH114 - pathlib's raises where a path is too long
        pages = {name.rpartition(".")[0] for name in names if is_page(name)}
        folders[:] = sorted(
            name for name in folders if name.removesuffix(PARTS) not in pages - {name}
        )
        for name in names:
            _sort(Path(place) / name, found)
    found.pages.sort()
    return found


def _sort(path: Path, found: Walked) -> None:
    low = path.name.lower()
    if low.endswith(ARCHIVES):
        found.others["web archives (name each by itself)"] += 1
    elif low.endswith(_ALIKE):
        found.others[f"{path.suffix.lower()} (save them as .html)"] += 1
    elif is_page(low):
        why = _odd(path)
        if why:
            found.others[why] += 1
        else:
            found.pages.append(path)
    elif not low.endswith(_NO_PAGES) and _holds_page(path):
        found.others["pages that are not called so (call them .html)"] += 1


def _holds_page(path: Path) -> bool:
    """Whether a file of any other name begins as a page does, as mirrors keep `story.php?id=5`."""
    if _odd(path):
        return False
    try:
        with path.open("rb") as file:
            return _MARKUP.search(file.read(_LOOKED_AT)) is not None
    except OSError:
        return False


def _odd(path: Path) -> str:
    """Why a file that is called a page is none to be read."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return "files that cannot be read"
    if stat.S_ISLNK(mode):
        return "links"
    if not stat.S_ISREG(mode):
        return "no regular files"
    return "" if is_named(path) else "names that are not in UTF-8"


def is_named(path: Path) -> bool:
    """Tell whether a name can be written down: it is in UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
