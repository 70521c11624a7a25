"""The dates a page writes of itself: in its head, its structured data, its text. None is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from monitor.model import DatePlace, PageSays, Written
from monitor.stages.extract.characters import one_line

EACH = 3  # of one place: the first is nearly always the article's own
_FIRST_MADE = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"\\]{8,60})"')
_LATER_MADE = re.compile(r'"dateCreated"\s{0,9}:\s{0,9}"([^"\\]{8,60})"')


def written_of(says: PageSays) -> tuple[Written, ...]:
    """Return the dates a page writes where dates of publication stand, place by place."""
    return (
        *_at("meta", iter(says.published[:EACH])),
        *_at("json-ld", iter(_made(says.data))),
        *_at("time", iter(says.times)),
        *_at("headline", _nearest(says.after, says.before)),
        *_at("search", iter(says.dates[:1])),
    )


def _made(texts: Sequence[str]) -> list[str]:
    """The dates of publication in blocks of structured data."""
    made = [found[1] for text in texts for found in islice(_FIRST_MADE.finditer(text), EACH)]
    made = made or [found[1] for text in texts for found in islice(_LATER_MADE.finditer(text), 1)]
    return [one_line(text) for text in made[:EACH]]


def _at(place: DatePlace, texts: Iterator[str]) -> Iterator[Written]:
    return (Written(text=text[:100], place=place) for text in texts if text)


# --- beside the headline --------------------------------------------------------------------

BEFORE, AFTER = 6, 14  # runs of text round the headline in which a date is its own
_SHORT = 80
_YEAR = r"(?:19|20|1[34]|۱[۳۴۹]|۲۰)\d\d"  # of the solar calendar of the region, too
_DATE_LIKE = re.compile(
    rf"(?<!\d)(?:\d{{4}}[-/.年]\s?\d{{1,2}}[-/.月]\s?\d{{1,2}}"
    rf"|\d{{1,2}}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?,?(?:\sde)?[\s-]{{1,2}}[^\W\d_]{{3,10}}\.?[,،]?(?:\sde|\sdel)?"
    rf"[\s-]{{1,2}}{_YEAR}"
    rf"|[^\W\d_]{{3,10}}\.?\s\d{{1,2}}(?:st|nd|rd|th|مه)?[,،]?\s{_YEAR}"
    rf"|{_YEAR}(?:\sکال)?\s(?:د\s)?[^\W\d_a-zA-Z]{{2,10}}\s\d{{1,2}}(?:مه)?)(?!\d)"
)


def _nearest(after: Iterable[str], before: Iterable[str]) -> Iterator[str]:
    """Those with a date among the runs of text after the headline, then of those before it."""
    yield from islice((text for text in islice(after, AFTER) if _is_dated(text)), 2)
    yield from islice((text for text in islice(before, BEFORE) if _is_dated(text)), 1)


def _is_dated(text: str) -> bool:
    return len(text) <= _SHORT and bool(_DATE_LIKE.search(text))
