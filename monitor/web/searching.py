"""A search as it stands in the address bar: it can be kept under a name, sent on, and watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, time, timedelta
from typing import Final, cast, get_args
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from monitor.web.words import ANSWERS, GENRES, day_of
from store.asking import Spell
from store.search import Decided, Query
from store.tags import cleaned
from store.types import Answer

LONGEST: Final = 500  # characters of the words
LEAST: Final = 0.65
"""No lower score is searched for: those are told once decided, and a filter would tell before."""
DECISIONS: Final[Mapping[str, str]] = {
    "relevant": ANSWERS["relevant"],
    "not_relevant": ANSWERS["not_relevant"],
    "unsure": ANSWERS["unsure"],
    "skip": ANSWERS["skip"],
    "undecided": "not decided",
}
SCORES: Final = ("0.9", "0.8", "0.65")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What the reader asked for; empty means: everything. ``as_typed`` "yes": no other spellings.

    Days are the team's, the last one included.
    """

    q: str = ""
    outlet: str = ""
    side: str = ""
    topic: str = ""
    decision: str = ""
    language: str = ""
    kind: str = ""
    tag: str = ""
    minimum: str = ""
    since: str = ""
    until: str = ""
    as_typed: str = ""

    def __bool__(self) -> bool:
        """Say whether anything is asked for."""
        return bool(self.query())

    @property
    def filters(self) -> dict[str, str]:
        """What narrows it, beside the words."""
        free = {"q", "as_typed"}
        return {name: value for name, value in asdict(self).items() if value and name not in free}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what is asked for, as a form carries it along."""
        return [(name, value) for name, value in asdict(self).items() if value]

    def query(self, **other: str | int) -> str:
        """Return the address bar's part, without the question mark; empty fields are left out."""
        given = {name: value for name, value in asdict(self).items() if value} | other
        return urlencode({name: value for name, value in given.items() if value != ""})

    def without(self, name: str) -> str:
        """Return the address bar's part with one field less."""
        return replace(self, **{name: ""}).query()

    def least(self) -> float | None:
        """Return the lowest score wanted; None where none is, or it is none to be asked for."""
        try:
            value = float(self.minimum)
        except ValueError:
            return None
        return value if LEAST <= value <= 1.0 else None

    def asked(self, zone: ZoneInfo, spell: Spell | None) -> Query:
        """Return what the store is asked."""
        first, last = day_of(self.since), day_of(self.until)
        return Query(
            words=self.q,
            outlet=self.outlet,
            side=self.side,
            topic=self.topic,
            language=self.language,
            genre=self.kind,
            tag=cleaned(self.tag),
            decision=cast("Decided", self.decision) if self.decision else None,
            minimum=self.least(),
            since=datetime.combine(first, time(), zone) if first else None,
            until=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
            spell=None if self.as_typed else spell,
        )


def sought(params: Mapping[str, str]) -> Sought:
    """Return the search in an address bar or a form; what it cannot be is left out."""
    return Sought(**dict(_given(params)))


def of_query(query: str) -> Sought:
    """Return a saved search's part of the address bar as a search."""
    return sought(dict(parse_qsl(query)))


def _given(params: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field in fields(Sought):
        value = params.get(field.name, "").strip()[:LONGEST]
        if value and _possible(field.name, value):
            yield field.name, value


def _possible(name: str, value: str) -> bool:
    match name:
        case "decision":
            return value in {*get_args(Answer), "undecided"}
        case "kind":
            return value in GENRES
        case "since" | "until":
            return day_of(value) is not None
        case "minimum":
            return Sought(minimum=value).least() is not None
        case "tag":
            return cleaned(value) != ""  # of "#" nothing is left, and nothing would be narrowed
        case "as_typed":
            return value == "yes"
        case _:
            return True
