"""A sheet of paper and the marks on it, in pixels from its top left; ``plot`` makes bytes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
Tone = Literal["paper", "ink", "soft", "hair", "edge", "teal", "amber", "red"]

STYLE: Final = 1  # grows with every change of how things look; addresses carry it
SMALL: Final = 12.0
LONGEST: Final = 200  # characters of a text in a picture
UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff"
    "\ufff9-\uffff\ud800-\udfff\U000e0000-\U0010ffff]"
)
"""What reorders or hides a line, or cannot stand in a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A thin line through points."""

    points: tuple[Point, ...]
    tone: Tone = "ink"
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Filled shapes of one tone. ``strength`` 1 covers, less lets the paper through."""

    shapes: tuple[tuple[Point, ...], ...]
    tone: Tone = "ink"
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatch:
    """Boxes of which nothing is known: hatched, in amber, so that colour never stands alone."""

    boxes: tuple[Box, ...]
    tone: Tone = "amber"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Dots of one kind; hollow ones show the paper."""

    at: tuple[Point, ...]
    radius: float = 3.5
    tone: Tone = "ink"
    hollow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text, its base line at ``at``. It is shown as it is, whatever is in it."""

    text: str
    at: Point
    tone: Tone = "ink"
    size: float = SMALL
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    halo: bool = False  # a rim of paper, where it stands over lines and bars


Mark: TypeAlias = Line | Area | Hatch | Dots | Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Marks on a sheet, the first drawn first. ``told`` says in a sentence what it shows."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    told: str


def boxed(box: Box) -> tuple[Point, ...]:
    """Return a box as a shape."""
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def width_of(text: str, size: float = SMALL) -> float:
    """Return about how wide a text stands, in pixels, rather too much than too little."""
    return size * sum(_broad(letter) for letter in text)


def _broad(letter: str) -> float:
    if letter in "il.,:;'|!()·jtf ":
        return 0.36
    code = ord(letter)
    if code >= 0x2E80 and not 0xFB50 <= code <= 0xFEFF:
        return 1.1
    return 0.72 if letter.isupper() or letter in "mwMW–%" else 0.59


def cut(text: str, width: float, size: float = SMALL) -> str:
    """Return ``text`` so short that it fits into ``width`` pixels, an ellipsis at its end."""
    text = " ".join(UNSHOWN.sub("", text).split())[: LONGEST + 1]
    if width_of(text, size) <= width:
        return text
    while text and width_of(text, size) > width - size:
        text = text[:-1]
    return f"{text.rstrip()}…"


def isolated(name: str) -> str:
    """Return a name so that its script does not reorder the numbers beside it."""
    return f"\u2068{UNSHOWN.sub('', name)}\u2069"


def steps(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return a line that stays on its level until the next point, and then goes there."""
    told = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        told += [(x, before), (x, y)]
    return tuple(told)
