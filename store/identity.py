"""Whether two entries of one feed are the same story, when their guids and addresses disagree."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from store.sql import Row

ALIKE = 0.6
"""Share of words common to two spellings of a headline."""

_NUMBER = re.compile(r"[0-9]{5,}")
_DAY = re.compile(r"(?:19|20)[0-9]{6}")


def host_of(url: str) -> str:
    """Return the host of a URL without ``www.``; empty when there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def same_story(one: Row, other: Row) -> bool:
    """Whether two entries of the same bytes but for their guid are one."""
    return bool(one["title"] == other["title"] and one["url"] == other["url"])


def another_story(one: Row, other: Row) -> bool:
    """Whether two entries under one guid are two stories: their addresses decide, then the rest.

    An address that changed is one story's if it kept its number, or everything but its host, and
    with it the date to the second or nearly the headline; where it kept neither, it must keep both.
    Some feeds give all entries one guid, and headlines of a kind are written every day, so one sign
    alone is not enough.
    """
    here, there = one["canonical_url"], other["canonical_url"]
    if not here or not there or _page(here) == _page(there):
        return False
    kin = _likeness(one["title"], other["title"])
    undated = one["published_at"] is None and other["published_at"] is None
    same_date = not undated and one["published_at"] == other["published_at"]
    if _numbers(here) & _numbers(there) or _place(here) == _place(there):
        return kin < ALIKE and not same_date
    return kin < 1 if undated else kin < ALIKE or not same_date


def _page(url: str) -> str:
    return url.partition("#")[0]


def _place(url: str) -> str:
    """The address without its host, where that is enough to know a page by."""
    path = _page(url).partition("://")[2].partition("/")[2]
    return path if len(path) >= 8 else _page(url)


def _numbers(url: str) -> set[str]:
    """The long numbers in a path, by which outlets find their articles; days of a calendar not."""
    path = _page(url).partition("://")[2].partition("/")[2]
    return {number for number in _NUMBER.findall(path) if not _DAY.fullmatch(number)}


def _likeness(one: str, other: str) -> float:
    """The share of words two headlines have in common; 1 for the same headline, or for none."""
    words, others = set(folded(one).split()), set(folded(other).split())
    return len(words & others) / len(words | others) if words or others else 1.0


def folded(title: str) -> str:
    """A headline as it is compared."""
    return " ".join(title.casefold().split())
