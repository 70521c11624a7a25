"""What changed between two texts, by paragraph and by word, for people to read.

``differ`` returns the later text's story of itself: stretches that stayed, went, came or changed.
Joined again, what stayed and went is the earlier text, what stayed and came the later one.

Common beginnings and ends are set aside, then what stands once in both texts anchors the rest
(Bram Cohen's patience diff); only the small gaps left between anchors are compared each with each,
within a budget. So the cost is all but linear in the texts, also for thousands of like lines, and
a gap that is over the budget is told as replaced, never guessed at.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final, Literal

LONGEST: Final = 300_000  # code points of one text; beyond, nothing is compared
MOST: Final = 3_000  # paragraphs of one text; the same
_CELLS: Final = 80_000  # pairs compared in all: about 15 ms
_TOKENS: Final = 60_000  # words and blanks laid side by side in all: about 40 ms
_LEAST_ALIKE: Final = 0.35  # of the words; below, two paragraphs are not one that was changed
_SURELY: Final = 0.7  # no better one is looked for
_WORD: Final = re.compile(
    r"\s+|\d+(?:[.,:]\d+)*|"
    r"[^\W\d_][\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u200c\u200d'’-]*|."
)

Fate = Literal["same", "gone", "new", "changed"]
Block = tuple[Literal["same", "other"], int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words of one fate. "gone" stood in the earlier text alone, "new" in the later one alone."""

    text: str
    fate: Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A paragraph and its fate; of a changed one, ``runs`` tell which words.

    ``moved``: the very same paragraph stands elsewhere in the other text.
    """

    fate: Fate
    runs: tuple[Run, ...]
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two texts beside each other. ``whole`` is False where part was told as replaced unread."""

    stretches: tuple[Stretch, ...]
    whole: bool = True

    @property
    def changed(self) -> int:
        """How many paragraphs changed, went or came."""
        return sum(1 for stretch in self.stretches if stretch.fate != "same")


@dataclass(slots=True)
class _Budget:
    cells: int = _CELLS
    tokens: int = _TOKENS
    short: bool = False

    def spend(self, *, cells: int = 0, tokens: int = 0) -> bool:
        """Whether so much may still be compared."""
        if cells > self.cells or tokens > self.tokens:
            self.short = True
            return False
        self.cells -= cells
        self.tokens -= tokens
        return True


@dataclass(slots=True)
class _Bench:
    """One comparison at work: the two sides' paragraphs and what may still be spent."""

    before: list[str]
    after: list[str]
    budget: _Budget = field(default_factory=_Budget)


def differ(before: str, after: str) -> Difference:
    """Return how ``before`` became ``after``; blank lines and the blanks around a line are nothing.

    Deterministic; never raises. Two texts of 200,000 code points take well under 100 ms.
    """
    bench = _Bench(paragraphs(before), paragraphs(after))
    stretches = tuple(_told(bench))
    long = any(len(text) > LONGEST or text.count("\n") > MOST for text in (before, after))
    return Difference(stretches=_moves(stretches), whole=not (bench.budget.short or long))


def words_of(before: str, after: str) -> tuple[Run, ...]:
    """Return how one line became another, word by word: for a headline."""
    return _runs(before[:LONGEST], after[:LONGEST], _Budget())


def paragraphs(text: str) -> list[str]:
    """Return what is compared of a text: its first lines that are not blank."""
    lines = text[:LONGEST].split("\n", MOST)[:MOST]
    return [line.strip() for line in lines if line.strip()]


def _told(bench: _Bench) -> Iterator[Stretch]:
    for kind, a, b, c, d in _blocks(bench.before, bench.after, bench.budget):
        if kind == "same":
            for line in bench.after[c:d]:
                yield Stretch(fate="same", runs=(Run(text=line, fate="same"),))
        else:
            yield from _replaced(bench.before[a:b], bench.after[c:d], bench.budget)


# --- paragraphs -----------------------------------------------------------------------------


def _replaced(gone: list[str], new: list[str], budget: _Budget) -> Iterator[Stretch]:
    """Paragraphs that took the place of others: those alike are one that changed."""
    at = 0
    for line in gone:
        twin = _twin(line, new, at, budget)
        if twin is None:
            yield _plain(line, "gone")
            continue
        for other in new[at:twin]:
            yield _plain(other, "new")
        runs = _runs(line, new[twin], budget)
        yield Stretch(fate="changed", runs=runs)
        at = twin + 1
    for other in new[at:]:
        yield _plain(other, "new")


def _plain(line: str, fate: Literal["gone", "new"]) -> Stretch:
    return Stretch(fate=fate, runs=(Run(text=line, fate=fate),))


def _twin(line: str, new: Sequence[str], at: int, budget: _Budget) -> int | None:
    """The one of the next few paragraphs that is most like ``line``, where one is."""
    ours = Counter(line.split())
    best, found = _LEAST_ALIKE, None
    for place in range(at, min(at + 4, len(new))):
        if not budget.spend(tokens=10 + len(new[place]) // 20):
            return None
        likeness = _alike(ours, Counter(new[place].split()))
        if likeness > best:
            best, found = likeness, place
        if likeness > _SURELY:
            break
    return found


def _alike(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _moves(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Note which paragraphs that went came again elsewhere."""
    gone = {stretch.runs[0].text for stretch in stretches if stretch.fate == "gone"}
    new = {stretch.runs[0].text for stretch in stretches if stretch.fate == "new"}
    both = gone & new
    return tuple(
        Stretch(fate=s.fate, runs=s.runs, moved=True)
        if s.fate in {"gone", "new"} and s.runs[0].text in both
        else s
        for s in stretches
    )


# --- words ----------------------------------------------------------------------------------


def _runs(before: str, after: str, budget: _Budget) -> tuple[Run, ...]:
    if not budget.spend(tokens=(len(before) + len(after)) // 4):
        return tuple(_joined([("", before, after)]))
    ours, theirs = _WORD.findall(before), _WORD.findall(after)
    pieces: list[tuple[str, str, str]] = []  # stayed, went, came
    for kind, a, b, c, d in _blocks(ours, theirs, budget):
        if kind == "same":
            pieces.append(("".join(theirs[c:d]), "", ""))
        else:
            pieces.append(("", "".join(ours[a:b]), "".join(theirs[c:d])))
    return tuple(_joined(pieces))


def _joined(pieces: Sequence[tuple[str, str, str]]) -> Iterator[Run]:
    """The pieces as runs; a mere blank between two changes belongs to both of them."""
    inner = range(1, len(pieces) - 1)
    blank = {at for at in inner if pieces[at][0] and not pieces[at][0].strip()}
    for stays, group in groupby(
        range(len(pieces)), lambda at: bool(pieces[at][0]) and at not in blank
    ):
        held = [pieces[at] for at in group]
        if stays:
            yield Run(text="".join(piece[0] for piece in held), fate="same")
            continue
        gone = "".join(piece[0] + piece[1] for piece in held)
        new = "".join(piece[0] + piece[2] for piece in held)
        if gone:
            yield Run(text=gone, fate="gone")
        if new:
            yield Run(text=new, fate="new")


# --- sequences ------------------------------------------------------------------------------


def _blocks(ours: Sequence[str], theirs: Sequence[str], budget: _Budget) -> Iterator[Block]:
    """Which stretches of two sequences are the same, in order; "other" is what lies between."""
    a = c = 0
    for first, last, size in _matches(ours, theirs, budget):
        if first > a or last > c:
            yield "other", a, first, c, last
        yield "same", first, first + size, last, last + size
        a, c = first + size, last + size
    if a < len(ours) or c < len(theirs):
        yield "other", a, len(ours), c, len(theirs)


def _matches(
    ours: Sequence[str], theirs: Sequence[str], budget: _Budget
) -> list[tuple[int, int, int]]:
    """Runs that both have, in order and apart: their places and length."""
    pairs: list[tuple[int, int]] = []
    todo = [(0, len(ours), 0, len(theirs), True)]
    while todo:
        a, b, c, d, anchored = todo.pop()
        while a < b and c < d and ours[a] == theirs[c]:
            pairs.append((a, c))
            a, c = a + 1, c + 1
        while a < b and c < d and ours[b - 1] == theirs[d - 1]:
            b, d = b - 1, d - 1
            pairs.append((b, d))
        if a == b or c == d:
            continue
        anchors = _anchors(ours, theirs, (a, b, c, d)) if anchored else []
        if anchors:
            edges = [(a - 1, c - 1), *anchors, (b, d)]
            pairs += anchors
            todo += [(x + 1, nx, y + 1, ny, True) for (x, y), (nx, ny) in pairwise(edges)]
        elif budget.spend(cells=(b - a) * (d - c)):
            pairs += [(a + x, c + y) for x, y in _common(ours[a:b], theirs[c:d])]
    return _in_runs(sorted(pairs))


def _anchors(
    ours: Sequence[str], theirs: Sequence[str], box: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """What stands once on each side, in the longest order that both keep."""
    a, b, c, d = box
    here, there = _once(ours, a, b), _once(theirs, c, d)
    return _rising([(at, there[item]) for item, at in here.items() if item in there])


def _once(items: Sequence[str], start: int, end: int) -> dict[str, int]:
    """Where each of the items stands that stands there once, in order."""
    places: dict[str, int] = {}
    again: set[str] = set()
    for at in range(start, end):
        item = items[at]
        if item in places:
            again.add(item)
        places.setdefault(item, at)
    for item in again:
        del places[item]
    return places


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``pairs`` whose second numbers rise, as their first ones do."""
    ends: list[int] = []
    tops: list[int] = []
    back: list[int] = []
    for at, (_, place) in enumerate(pairs):
        pile = bisect_left(ends, place)
        back.append(tops[pile - 1] if pile else -1)
        if pile == len(ends):
            ends.append(place)
            tops.append(at)
        else:
            ends[pile], tops[pile] = place, at
    found: list[tuple[int, int]] = []
    at = tops[-1] if tops else -1
    while at >= 0:
        found.append(pairs[at])
        at = back[at]
    return found[::-1]


def _common(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """The longest common subsequence, each compared with each."""
    wide = len(theirs)
    table = [[0] * (wide + 1)]
    for mine in reversed(ours):
        below = table[-1]
        row = [0] * (wide + 1)
        for at in range(wide - 1, -1, -1):
            if mine == theirs[at]:
                row[at] = below[at + 1] + 1
            else:
                row[at] = max(row[at + 1], below[at])
        table.append(row)
    table.reverse()
    x = y = 0
    found = []
    while x < len(ours) and y < wide:
        if ours[x] == theirs[y]:
            found.append((x, y))
            x, y = x + 1, y + 1
        elif table[x + 1][y] >= table[x][y + 1]:
            x += 1
        else:
            y += 1
    return found


def _in_runs(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for x, y in pairs:
        if runs and runs[-1][0] + runs[-1][2] == x and runs[-1][1] + runs[-1][2] == y:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((x, y, 1))
    return runs
