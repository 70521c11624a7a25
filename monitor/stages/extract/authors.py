"""Who wrote an article, of what its page says: its structured data, and its head.

Heads name their outlet as often as a writer ("NDR", "Condé Nast"), an address, a number: whoever
cites the article has the outlet already, so none of these is an author.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.model import PageSays
from monitor.stages.extract.characters import one_line
from monitor.stages.extract.headline import letters, site_names

_LONGEST = 500_000  # characters of a block of data
_MOST = 2_000  # values of it that are looked at
_AUTHORS = 12
_NAME = range(2, 201)  # characters
_BY = re.compile(r"^(by|von|par|por)\s+", re.IGNORECASE)
_NO_NAME = re.compile(
    r"://|@|\b[\w-]{2,}\.(?:com|org|net|de|at|ch|fr|tv|info|co)\b|\b(?:GmbH|Ltd|LLC|Inc|PLC)\b",
    re.IGNORECASE,
)
"""An address, or a company."""
_BROKEN = re.compile(
    r'"author"\s{0,9}:\s{0,9}\[?\s{0,9}\{[^{}]{0,300}?"name"\s{0,9}:\s{0,9}"([^"\\]{2,80})"'
)
"""Of data that is no JSON: the writer it names first."""


def authors(says: PageSays, url: str) -> str | None:
    """Return the writers that a page's structured data names, else its head, else None.

    Several are set apart by commas.
    """
    if not says.authors and not says.data:
        return None
    sites = site_names(says, url)
    told = (name for blob in says.data if '"author"' in blob for name in _of_data(blob))
    named = list(dict.fromkeys(_sound(told, sites)))[:_AUTHORS]
    if named:
        return ", ".join(named)
    return next(_sound(says.authors, sites), None)


def _sound(names: Iterable[str], sites: set[str]) -> Iterator[str]:
    for said in names:
        text = _BY.sub("", one_line(said))
        worded = any(map(str.isalpha, text)) and not _NO_NAME.search(text)
        if worded and len(text) in _NAME and letters(text) not in sites:
            yield text


def _of_data(blob: str) -> list[str]:
    """The authors of the first thing in a block of data that has a headline or is an article."""
    try:
        told = json.loads(blob[:_LONGEST], strict=False)
    except (ValueError, RecursionError):
        return [found[1] for found in _BROKEN.finditer(blob[:_LONGEST])][:1]
    values = list(_values(told))
    by_id = {
        one["@id"]: one
        for one in values
        if isinstance(one.get("@id"), str) and len(one) > 1 and _names(one, {})
    }
    works = (one for one in values if "author" in one and _is_article(one))
    return next(filter(None, (_names(one["author"], by_id) for one in works)), [])


def _values(told: Any) -> Iterator[dict[str, Any]]:
    """The objects of a block, in its order, the outer ones first."""
    waiting, seen = [told], 0
    while waiting and seen < _MOST:
        one = waiting.pop()
        seen += 1
        if isinstance(one, dict):
            yield one
            waiting += [part for part in one.values() if isinstance(part, dict | list)][::-1]
        elif isinstance(one, list):
            waiting += one[:_MOST][::-1]


def _is_article(one: dict[str, Any]) -> bool:
    kinds = one.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return "headline" in one or any(
        isinstance(kind, str) and kind.endswith(("Article", "Posting", "Report", "Review"))
        for kind in named
    )


def _names(told: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    """The names that a value says; one that stands elsewhere in the block is looked up there."""
    if isinstance(told, str):
        return [told]
    if isinstance(told, list):
        return [name for one in told[:_AUTHORS] for name in _names(one, by_id)]
    if not isinstance(told, dict):
        return []
    whole = f"{told.get('givenName') or ''} {told.get('familyName') or ''}".strip()
    said = told.get("name") or told.get("byline") or whole
    if isinstance(said, str | list) and said:
        return _names(said, {})
    other = by_id.get(str(told.get("@id")))
    return _names(other, {}) if other is not None else []
