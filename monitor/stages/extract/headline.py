"""The headline alone, of a title as pages write it for browsers and for others: "Headline | Site".

It is what people read in the queue and cite. Of 258 pages of 180 outlets (fundus's own test data,
2026) every sixth has its outlet's name in the title that it hands to others.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.model import PageSays
from monitor.stages.extract.characters import one_line

_BETWEEN = re.compile(r"\s+[|\-–—·•*»«:/]\s+|\s*[|｜ㅣ：]\s*")
_PUBLISHER = re.compile(
    r'"publisher"\s{0,9}:\s{0,9}\[?\s{0,9}\{[^{}]{0,300}?"name"\s{0,9}:\s{0,9}"([^"\\]{2,80})"'
)
_LAST = 3  # parts of a title: the site's name, and behind it a section, a day, who wrote it
_WORDS = 7  # of a name at most
_SHORT = 3  # letters of what is known of a name, by which no other is told
_HEADLINE = 8  # letters that are left at least
_SHARED = frozenset(["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne"])
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})  # as addresses have them


def headline(says: PageSays, url: str, *, title: str | None = None) -> str:
    """Return a page's ``title`` (its first) without its site's name, and what stands behind that.

    The name is told by what the page and its address say of the site. A title of which hardly
    anything were left, or that names another site, stays as it is.
    """
    if title is None:
        title = next(filter(None, map(one_line, says.titles)), "")
    breaks = list(_BETWEEN.finditer(title))[-_LAST:]
    if not breaks:
        return title
    names = site_names(says, url)
    ends = [one.start() for one in breaks[1:]] + [len(title)]
    for one, end in zip(breaks, ends, strict=True):
        if (
            _is_named(title[one.end() : end], names)
            and len(letters(title[: one.start()])) >= _HEADLINE
        ):
            return title[: one.start()]
    return title


def site_names(says: PageSays, url: str) -> set[str]:
    """Return what a page's site is called, by the page and its address: letters and digits."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    publishers = (found[1] for blob in says.data for found in _PUBLISHER.finditer(blob[:500_000]))
    known = {letters(name) for name in (*says.sites, *publishers, host, _own_label(host))}
    return known - {""}


def _own_label(host: str) -> str:
    """The part of a host that its owner chose: "dawn" of dawn.com, "bbc" of news.bbc.co.uk."""
    labels = host.split(".")
    under = 3 if len(labels) > 2 and labels[-2] in _SHARED else 2
    return labels[-under] if len(labels) >= under else ""


def _is_named(part: str, names: set[str]) -> bool:
    """Whether it is one of the names, or begins or ends with one, or one with it."""
    said = letters(part)
    if said in names:
        return True
    if len(said) < _SHORT or len(part.split()) > _WORDS:
        return False
    return any(
        said.startswith(name) or said.endswith(name) or name.startswith(said) or name.endswith(said)
        for name in names
        if len(name) >= _SHORT
    )


def letters(text: str) -> str:
    """Return the letters and digits of a name, as names of sites are compared."""
    return "".join(filter(str.isalnum, text.casefold().translate(_WRITTEN_OUT)))
