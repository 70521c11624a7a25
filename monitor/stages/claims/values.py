"""What the extraction of claims returns: plain values, places as code points of their part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Part = Literal["title", "body"]
Population = Literal[
    "killed", "injured", "casualties", "arrested", "abducted", "released", "surrendered",
    "displaced", "missing", "returned", "deported", "refugees", "fighters", "troops", "attacks",
    "operations", "strikes", "districts", "vehicles", "money", "share", "rise", "fall",
    "responsibility",
]  # fmt: skip
Unit = Literal["persons", "events", "places", "vehicles", "per cent", "USD", "PKR", "AFN", "EUR",
               "GBP", "INR", "statement"]  # fmt: skip
Who = Literal["", "militants", "security forces", "civilians", "people", "refugees"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who says it, as the text names them: ``side`` is the pole of a known name, else empty."""

    name: str
    office: str = ""
    side: str = ""
    person: bool = False  # False: an institution, a report, "a senior official"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A quantity that an article states, with the sentence that proves it.

    ``least`` and ``most`` are the same for a plain figure; None is an end left open ("at least 12",
    "up to 40"); of a statement both are None. ``text`` is the figure as written, at ``figure`` ..
    ``figure_end``; the sentence is ``part[start:end]``, exactly. Without a stated day ``as_of`` is
    empty and both days are the day of publication.
    """

    population: Population
    who: Who
    subject: str  # the words of the text: "TTP fighters", "all attacks"
    unit: Unit
    least: float | None
    most: float | None
    text: str
    place: str  # empty: none is named
    as_of: str  # in the words of the text
    since_on: date | None
    until_on: date | None
    speaker: Speaker | None  # None: the outlet's own words
    part: Part
    sentence: str
    start: int
    end: int
    figure: int
    figure_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words that an article puts into somebody's mouth, with the sentence around them.

    ``resolved`` says how the speaker is known: named beside the words, by a short name that the
    article gave in full before, or by a pronoun that can only mean one.
    """

    speaker: Speaker
    words: str
    sentence: str
    start: int
    end: int
    said_on: date | None
    resolved: Literal["named", "short name", "pronoun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence in which an article lets somebody speak, in marks of quotation or without."""

    speaker: Speaker
    sentence: str
    start: int
