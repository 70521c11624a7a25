"""The judgement in pictures: what scores promised and kept, and what reading has found so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from monitor.edge.sheet import Dots, Line, Mark, Picture, Point, Words, steps
from monitor.pictures.plate import Plate, apart, counted, number, steps_to

SIDE: Final = 300.0
LEAST_READ: Final = 10  # decisions below which a curve is an anecdote
_BASE: Final = 268.0  # where the axis of what was read stands
LEAST_HELD_OUT: Final = 5  # held-out decisions of each answer, for a ranking to be measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A band of scores: what it promised, what share was accepted, within which interval."""

    low: float
    high: float
    n: int
    promised: float
    kept: float
    interval: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Whether what was promised lies within what may be so."""
        return self.interval[0] <= self.promised <= self.interval[1]

    @property
    def words(self) -> str:
        """What is to be said of the band; empty where it keeps its word."""
        if self.holds:
            return ""
        return "too much promised" if self.promised > self.kept else "too little promised"


def promise_plate(bands: tuple[Kept, ...], kept_word: str) -> Plate:
    """Return the calibration: the share accepted against the score promised."""
    off = [f"{b.low:.2f}–{b.high:.2f} ({b.words})" for b in bands if not b.holds]
    told = f"{kept_word} {'Off: ' + ', '.join(off) if off else 'Every band keeps its word'}."
    return Plate(
        told=told,
        caption="Bands of scores",
        head=("Scores", "Answered", "Promised", "Accepted", "95 % interval", "What is wrong"),
        rows=tuple(
            (
                f"{b.low:.2f}–{b.high:.2f}",
                f"{b.n}",
                f"{b.promised:.2f}",
                f"{b.kept:.2f}",
                f"{b.interval[0]:.2f}–{b.interval[1]:.2f}",
                b.words or "nothing",
            )
            for b in bands
        ),
        draw=lambda width: _promise(bands, width, told),
        facts=bands,
    )


def _promise(bands: Sequence[Kept], width: int, told: str) -> Picture:
    left, top = 44.0, 28.0
    side = min(SIDE, width - left - 110)

    def place(promised: float, kept: float) -> Point:
        return left + side * promised, top + side * (1 - kept)

    marks: list[Mark] = [
        Line(points=(place(0, 1), place(0, 0), place(1, 0)), tone="edge"),
        Line(points=(place(0, 0), place(1, 1)), tone="edge", dashed=True),
        Words(text="share accepted", at=(0, 14), tone="soft"),
        Words(text="score promised", at=(left + side, top + side + 34), tone="soft", anchor="end"),
        Words(text="as promised", at=(left + side + 6, top + 4), tone="soft"),
    ]
    for value in (0, 0.5, 1):
        x, y = place(value, value)
        marks.append(
            Words(text=f"{value:g}", at=(x, top + side + 18), tone="soft", anchor="middle")
        )
        marks.append(Words(text=f"{value:g}", at=(left - 8, y + 4), tone="soft", anchor="end"))
    for band in bands:
        reach = (place(band.promised, band.interval[0]), place(band.promised, band.interval[1]))
        marks.append(Line(points=reach, tone="teal" if band.holds else "amber", width=1.5))
    held = tuple(place(b.promised, b.kept) for b in bands if b.holds)
    broke = tuple(place(b.promised, b.kept) for b in bands if not b.holds)
    marks.append(Dots(at=held, tone="teal", radius=4.5))
    marks.append(Dots(at=broke, tone="amber", hollow=True, radius=4.5))
    marks += _band_names(bands, left, side, top)
    return Picture(
        width=width, height=round(top + side + 44), marks=tuple(m for m in marks if _there(m)),
        told=told,
    )  # fmt: skip


def _band_names(bands: Sequence[Kept], left: float, side: float, top: float) -> list[Mark]:
    """How many answers stand behind each dot; what does not hold is said at the margin."""
    told: list[Mark] = []
    taken: list[Point] = []
    for band in bands:
        x, y = left + side * band.promised, top + side * (1 - band.kept)
        low = band.kept < 0.5
        at = (x - 9 if band.promised > 0.1 else x + 9, y - 8 if low else y + 16)
        anchor: Literal["start", "end"] = "end" if band.promised > 0.1 else "start"
        if all(abs(at[0] - a) > 22 or abs(at[1] - b) > 11 for a, b in taken):
            told.append(Words(text=f"{band.n}", at=at, tone="soft", anchor=anchor, size=11))
            taken.append(at)
    broke = [band for band in bands if not band.holds]
    wanted = [top + side * (1 - band.kept) + 4 for band in broke]
    for band, y in zip(broke, apart(wanted, 15, top + 22, top + side), strict=True):
        x, words = left + side + 8, band.words.removesuffix(" promised")
        told.append(Words(text=f"{band.low:.2f}: {words}", at=(x, y), tone="amber"))
    return told


def _there(mark: Mark) -> bool:
    return not isinstance(mark, Dots) or bool(mark.at)


# --- read so far against found --------------------------------------------------------------


class Found(NamedTuple):
    """After ``read`` decisions ``found`` were relevant; ``when`` is the day or the minute.

    A tuple, for there is one of every day on which anybody decided.
    """

    when: str
    read: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading has brought, in order of time."""

    points: tuple[Found, ...]


def reading_plate(facts: Reading) -> Plate:
    """Return what was found by how much reading; ``points`` holds at least one."""
    last = facts.points[-1]
    told = f"{counted(last.read, 'text')} read, {last.found:,} of them relevant."
    half = next((p for p in facts.points if p.found * 2 >= last.found), last)
    if last.found >= 10 and half.read < last.read:
        told += f" Half of these were found in the first {half.read:,}."
    return Plate(
        told=told,
        caption="Read so far, and found",
        head=("Up to", "Read", "Relevant", "Share of these that was relevant"),
        rows=_thinned(facts.points),
        draw=lambda width: _reading(facts, width, told),
        facts=facts,
        tall=lambda _width: round(_BASE + 42),
    )


def _thinned(points: Sequence[Found], most: int = 40) -> tuple[tuple[str, ...], ...]:
    every = max(1, -(-len(points) // most))
    kept = [p for n, p in enumerate(points) if n % every == 0 or n == len(points) - 1]
    told, before = [], (0, 0)
    for p in kept:
        read = p.read - before[0]
        share = f"{(p.found - before[1]) / read:.0%} of {read:,}" if read else "–"
        told.append((p.when.replace("T", " "), f"{p.read:,}", f"{p.found:,}", share))
        before = (p.read, p.found)
    return tuple(told)


def _reading(facts: Reading, width: int, told: str) -> Picture:
    left, top, base = 44.0, 28.0, _BASE
    right = width - (86.0 if width < 600 else 210.0)
    last = facts.points[-1]
    up, across = steps_to(last.found), steps_to(last.read, 5 if width > 600 else 3)

    def place(read: float, found: float) -> Point:
        x = left + (right - left) * min(1.0, read / max(1, last.read))
        return x, base - (base - top) * found / up[-1]

    marks: list[Mark] = [Words(text="relevant", at=(0, 14), tone="soft")]
    for value in up:
        y = place(0, value)[1]
        marks.append(Line(points=((left, y), (right, y)), tone="hair" if value else "edge"))
        marks.append(Words(text=number(value), at=(left - 8, y + 4), tone="soft", anchor="end"))
    for value in across[: None if across[-1] <= last.read else -1]:
        x = place(value, 0)[0]
        marks.append(Words(text=number(value), at=(x, base + 18), tone="soft", anchor="middle"))
    marks.append(Words(text="texts read", at=(right, base + 34), tone="soft", anchor="end"))
    way = (place(0, 0), *(place(p.read, p.found) for p in facts.points))
    marks.append(Line(points=(place(0, 0), place(last.read, last.found)), tone="edge", dashed=True))
    marks.append(Line(points=steps(way) if len(way) < 40 else way, tone="teal", width=1.5))
    x, y = place(last.read, last.found)
    marks.append(Dots(at=((x, y),), tone="teal"))
    marks.append(Words(text=f"{last.found:,} relevant", at=(x + 8, y + 4), tone="teal"))
    even = place(last.read / 2, last.found / 2)
    if width >= 600:
        words = "if it were found evenly"
        marks.append(Words(text=words, at=(even[0] + 8, even[1] + 16), tone="soft", size=11))
    return Picture(width=width, height=round(base + 42), marks=tuple(marks), told=told)


# --- what learning brought ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model: on how many answers it was tried that it had not seen, and its average precision.

    ``gain`` is by how much it does better than the one that judged before, with its interval.
    """

    when: str
    held_out: int
    precision: float
    gain: tuple[float, float, float] | None
    live: bool


def learned_plate(models: tuple[Learned, ...]) -> Plate:
    """Return what each learning brought, the oldest first; at least one can be compared."""
    told = _learned_told(models)
    return Plate(
        told=told,
        caption="What each learning brought",
        head=(
            "Made",
            "Decisions held out",
            "Average precision",
            "Change",
            "95 % interval",
            "State",
        ),
        rows=tuple(
            (
                model.when.replace("T", " "),
                f"{model.held_out}",
                f"{model.precision:.3f}",
                f"{model.gain[0]:+.3f}" if model.gain else "not comparable",
                f"{model.gain[1]:+.3f} to {model.gain[2]:+.3f}" if model.gain else "–",
                "judges now" if model.live else "kept",
            )
            for model in models
        ),
        draw=lambda width: _learned(models, width, told),
        facts=models,
    )


def _learned_told(models: Sequence[Learned]) -> str:
    last = models[-1]
    told = f"The last learning ranks {last.held_out} held-out decisions with an average precision"
    told += f" of {last.precision:.2f}"
    if last.gain is None:
        return f"{told}; there is nothing to compare it with."
    change, low, high = last.gain
    sure = "better" if low > 0 else "worse" if high < 0 else "within what chance allows"
    return f"{told}, {change:+.3f} against the one before: {sure} ({low:+.3f} to {high:+.3f})."


def _learned(models: Sequence[Learned], width: int, told: str) -> Picture:
    left, top, base = 44.0, 28.0, 228.0
    right = width - (96.0 if width < 600 else 210.0)
    shown = list(models)[-40:]

    def place(n: int, precision: float) -> Point:
        x = left + 16 + (right - left - 32) * n / max(1, len(shown) - 1)
        return x, base - (base - top) * max(0.0, min(1.0, precision))

    marks: list[Mark] = [Words(text="average precision", at=(0, 14), tone="soft")]
    for value in (0, 0.5, 1):
        y = place(0, value)[1]
        marks.append(Line(points=((left, y), (right, y)), tone="edge" if not value else "hair"))
        marks.append(Words(text=f"{value:g}", at=(left - 8, y + 4), tone="soft", anchor="end"))
    dots = [place(n, model.precision) for n, model in enumerate(shown)]
    for model, (x, _) in zip(shown, dots, strict=True):
        if model.gain:
            spread = (model.gain[2] - model.gain[1]) / 2
            ends = (place(0, model.precision - spread)[1], place(0, model.precision + spread)[1])
            marks.append(Line(points=((x, ends[0]), (x, ends[1])), tone="edge"))
    if len(dots) > 1:
        marks.append(Line(points=tuple(dots), tone="teal"))
    marks.append(Dots(at=tuple(dots), tone="teal", hollow=True))
    live = tuple(dot for model, dot in zip(shown, dots, strict=True) if model.live)
    if live:
        marks.append(Dots(at=live, tone="teal"))
    for n in {0, len(shown) - 1}:
        anchor = "start" if n == 0 and len(shown) > 1 else "end"
        at = (left if anchor == "start" else right, base + 18)
        marks.append(Words(text=shown[n].when[:10], at=at, tone="soft", anchor=anchor))  # type: ignore[arg-type]
    x, y = dots[-1]
    marks.append(Words(text=f"{shown[-1].precision:.2f}", at=(x + 10, y + 4), tone="teal"))
    if shown[-1].gain and width >= 600:
        words = f"{shown[-1].gain[0]:+.3f} against the last"
        marks.append(Words(text=words, at=(x + 10, y + 20), tone="soft"))
    return Picture(width=width, height=round(base + 28), marks=tuple(marks), told=told)
