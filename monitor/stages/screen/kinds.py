"""The kinds of pages that are no articles, and the shape of what is known of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a page is that is no article."""

    CHALLENGE = "challenge"  # a bot check
    CONSENT = "consent"
    PAYWALL = "paywall"  # only a teaser before it
    MISSING = "missing"  # a page that is gone, answered with 200
    LOGIN = "login"
    MAINTENANCE = "maintenance"  # or out of order, or parked
    LEGAL = "legal"  # closed by a court, a regulator, a law, or to the visitor's region
    LIST = "list"  # a home page, a section, a list of links
    SCRIPT = "script"  # an empty shell that a script would fill
    SHORT = "short"
    NOTICE = "notice"  # it speaks to its visitor, of no kind above
    STATUS = "status"  # the server itself said that it is no document


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of page that is no article, and how it talks. Patterns run over folded text."""

    kind: Kind
    what: str  # in words
    strong: re.Pattern[str]  # one of these gives a short page away
    weak: re.Pattern[str]  # two of these do
    title: re.Pattern[str]
    most_words: int = 250  # a longer text is no such page, whatever it says
    beside: int = 60  # words a page of this kind may have besides the phrases
    under_news: bool = False  # stands under the first lines of a real article


def any_of(*phrases: str) -> re.Pattern[str]:
    """Return a pattern for any of these phrases; for none of them one that never matches."""
    return re.compile("|".join(phrases) or r"(?!)")
