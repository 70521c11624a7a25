"""The values of the stage: a lesson, what was learned, and a page as it was cut."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from monitor.model import ArticleText, PageSays

VERSION = 3
"""Of the wrappers' form and of how they are read; another's are as if there were none."""
MOST_SELECTORS = 160
_LONGEST = 300
_SELECTOR = re.compile(r"[A-Za-z0-9_.#\[\]=\"*^$: >-]{1,300}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A page and the text an extractor made of it. ``body`` is UTF-8."""

    body: bytes
    content_type: str
    text: ArticleText


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """Where the text of a site's pages stands and what stands between; plain data.

    ``container`` is a selector that one element of a page has, ``drop`` those of what is no text
    inside it, ``furniture`` lines that are none either (as keys: no spaces, lower case); ``boxes``
    hold other stories that the extractor took for text. The rest are bounds of the lessons, in
    characters, beyond which the wrapper is unsure.
    """

    version: int = VERSION
    teacher: str  # the extractor that read the lessons
    container: str
    drop: tuple[str, ...] = ()
    furniture: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    keeps_links: bool = False  # whether lines that are links alone belong to the text
    shortest: int  # of the texts of the lessons
    longest: int
    outside: int = 0  # of running text outside the container, the most in a lesson
    dropped: float = 0.0  # share of the container's characters, the most in a lesson
    rtl: bool = False
    closed: bool = False  # a lesson said that it is not free to read, and was read all the same
    lessons: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A page as a wrapper cut it: its text, line by line, and what its markup says."""

    body: str  # one paragraph a line, list items with "- ", as the extractors write
    places: tuple[
        tuple[int, int, Literal["link", "box"]], ...
    ]  # stretches of ``body`` that are "link" or "box"
    links: frozenset[str]  # the texts of the links in it
    teasers: frozenset[str]  # its headings of three words and more that are links
    says: PageSays
    wrapper: Wrapper


def dumped(wrapper: Wrapper) -> str:
    """Return the wrapper as JSON, the same for the same wrapper."""
    return json.dumps(asdict(wrapper), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loaded(text: str) -> Wrapper | None:
    """Return the wrapper of a JSON text; None for anything that `dumped` would not have written.

    What is odd is as if there were none: the extractor reads the page.
    """
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or set(data) != {field.name for field in fields(Wrapper)}:
            return None
        made = Wrapper(
            **{**data, **{name: _words(data[name]) for name in ("drop", "furniture", "boxes")}}
        )
    except (ValueError, TypeError, RecursionError):
        return None
    return made if _is_sound(made) else None


def widened(one: Wrapper, other: Wrapper) -> Wrapper:
    """Return a wrapper with the bounds of the lessons of both, of one container."""
    return replace(
        one,
        shortest=min(one.shortest, other.shortest),
        longest=max(one.longest, other.longest),
        outside=max(one.outside, other.outside),
        dropped=max(one.dropped, other.dropped),
    )


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_SELECTORS:
        raise TypeError("no list of a wrapper")
    if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in value):
        raise TypeError("no list of words")
    return tuple(value)


def _is_sound(made: Wrapper) -> bool:
    numbers = (made.shortest, made.longest, made.outside, made.lessons)
    flags = (made.keeps_links, made.rtl, made.closed)
    return (
        type(made.version) is int and made.version == VERSION
        and isinstance(made.teacher, str) and 0 < len(made.teacher) <= _LONGEST
        and all(type(one) is int and 0 <= one <= 10**9 for one in numbers)
        and all(type(one) is bool for one in flags)
        and type(made.dropped) in {int, float} and 0 <= made.dropped <= 1
        and isinstance(made.container, str)
        and all(is_selector(one) for one in (made.container, *made.drop, *made.boxes))
    )  # fmt: skip


def is_selector(text: str) -> bool:
    """Return whether a text is a selector of the simple kind that wrappers are made of."""
    return _SELECTOR.fullmatch(text) is not None
