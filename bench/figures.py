"""What a benchmark finds out: figures and curves, taken side by side, printed and kept as JSON.

    def measure(*, quick: bool) -> list[Figure | Curve]: ...

    if __name__ == "__main__":
        present(__doc__, measure)

gives a benchmark its command line: ``--json FILE`` for bench/all.py and ``--quick``. A measure that
lacks its data raises `Absent` with the reason.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

ROUNDS = 5
YARD_SECONDS = 0.13
"""CPU the yardstick took on an idle core of the machine that the absolute limits were set on."""


class Absent(Exception):  # noqa: N818
    """What this benchmark measures is not here; its message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number, with the spread of its rounds and what it is held against.

    ``unit`` is "times", "KB", "ms", "share", "per second and core" or the like. ``aim`` is None for
    a number that nobody set a limit for. ``rival`` says beside what it was measured, ``data`` on
    what, ``beside`` any absolute number worth knowing, ``command`` how to get it again.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    aim: float | None = None
    better: Literal["more", "less"] = "more"
    rival: str = ""
    data: str = ""
    command: str = ""
    rounds: int = 1
    beside: str = ""

    @property
    def holds(self) -> bool:
        """Return whether the median is no worse than the aim; true where there is none."""
        if self.aim is None:
            return True
        return self.value >= self.aim if self.better == "more" else self.value <= self.aim

    @classmethod
    def of(cls, name: str, rounds: Sequence[float], unit: str, **rest: Any) -> Self:
        """Return the figure of a value a round: their median, lowest and highest."""
        value, low, high = spread(rounds)
        return cls(
            name=name, value=value, low=low, high=high, unit=unit, rounds=len(rounds), **rest
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How a number grows with size, over (size, value) in ascending order of size.

    ``aim`` is the highest value that will do, at every size, in the curve's own unit.
    """

    name: str
    unit: str
    points: tuple[tuple[float, float], ...]
    aim: float | None = None
    sizes: str = "articles in the archive"
    rival: str = ""
    data: str = ""
    command: str = ""

    @property
    def holds(self) -> bool:
        """Return whether no point lies above the aim."""
        return self.aim is None or all(value <= self.aim for _, value in self.points)


Found = Figure | Curve


# --- taking ---------------------------------------------------------------------------------


def process_time() -> float:
    """Return the CPU seconds of this process and of all children that have ended."""
    own, ended = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def interleaved(
    rivals: Mapping[str, Callable[[], object]],
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.process_time,
    warm: bool = True,
) -> dict[str, list[float]]:
    """Return what each rival cost in each round, in the clock's unit.

    Every rival has its turn in every round, the order turned round from one to the next, so that a
    slow minute of the machine hits all of them. ``warm`` lets each run once before, uncounted.
    """
    names = list(rivals)
    found: dict[str, list[float]] = {name: [] for name in names}
    if warm:
        for name in names:
            rivals[name]()
    for at in range(rounds):
        for name in names if at % 2 == 0 else reversed(names):
            began = clock()
            rivals[name]()
            found[name].append(clock() - began)
    return found


def ratio(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    """Return a over b, round by round: median, lowest, highest.

    With a rival's costs for ``a`` and ours for ``b`` it says how many times less ours costs.
    """
    return spread([one / two for one, two in zip(a, b, strict=True)])


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median of the rounds, the lowest and the highest."""
    return statistics.median(values), min(values), max(values)


def yardstick() -> float:
    """Return the CPU seconds of a fixed piece of work in Python and in C (zlib)."""
    began = time.process_time()
    words: dict[str, int] = {}
    text = ("a line of forty-two letters and some more " * 40).split()
    for at in range(150):
        for word in text:
            words[word] = words.get(word, 0) + at
        "".join(sorted(words))
    packed = b"".join(str(n * 7919).encode() for n in range(60_000))
    for _ in range(3):
        zlib.decompress(zlib.compress(packed, 6))
    return time.process_time() - began


@cache
def slowness() -> float:
    """Return how many times slower this core is now than the one the absolute limits were set on.

    Never below 1: a fast machine lowers no bar. A rate times it, or a time over it, may be held
    against a limit in articles a second or in milliseconds.
    """
    return max(1.0, statistics.median(yardstick() for _ in range(7)) / YARD_SECONDS)


# --- telling --------------------------------------------------------------------------------


def said(value: float) -> str:
    """Return a number as a table shows it: three digits that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
        if abs(value) >= 1
        else f"{value:.3f}"
    )


def range_of(figure: Figure) -> str:
    """Return the lowest and highest of the rounds, or nothing where there was one."""
    return f" [{said(figure.low)}–{said(figure.high)}]" if figure.rounds > 1 else ""


def aim_of(found: Found) -> str:
    """Return what is asked of a figure or a curve, in signs."""
    if found.aim is None:
        return "–"
    more = isinstance(found, Figure) and found.better == "more"
    return f"{'≥' if more else '≤'} {said(found.aim)}"


def verdict(found: Found) -> str:
    """Return "held" or "missed", or a dash where nothing was asked."""
    return "–" if found.aim is None else "held" if found.holds else "missed"


def printed(found: Iterable[Found]) -> None:
    """Print a line for each figure and each curve."""
    for one in found:
        if isinstance(one, Curve):
            value = " · ".join(f"{size:,.0f}: {said(v)}" for size, v in one.points)
            print(f"{one.name}: {value} {one.unit}; aim {aim_of(one)}: {verdict(one)}")
            continue
        rival = f", beside {one.rival}" if one.rival else ""
        beside = f" ({one.beside})" if one.beside else ""
        print(
            f"{one.name}: {said(one.value)}{range_of(one)} {one.unit}{rival};"
            f" aim {aim_of(one)}: {verdict(one)}{beside}"
        )


def written(found: Iterable[Found], path: Path, *, absent: str = "") -> None:
    """Write what was found as JSON; ``absent`` says why nothing could be."""
    told = list(found)
    kept = {
        "figures": [asdict(one) for one in told if isinstance(one, Figure)],
        "curves": [asdict(one) for one in told if isinstance(one, Curve)],
        "absent": absent,
    }
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(told: Mapping[str, Any]) -> list[Found]:
    """Return the figures, then the curves, of what `written` wrote. A key too many is ignored."""
    return [
        *(Figure(**_known(Figure, one)) for one in told.get("figures", ())),
        *(
            Curve(**(_known(Curve, one) | {"points": tuple((s, v) for s, v in one["points"])}))
            for one in told.get("curves", ())
        ),
    ]


def _known(kind: type[Figure | Curve], told: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in told.items() if name in names}


def options(parser: argparse.ArgumentParser) -> None:
    """Give a benchmark's command line the two options that `make bench` uses."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")


def presented(asked: argparse.Namespace, measure: Callable[[], Iterable[Found]]) -> None:
    """Measure, print, and write where ``asked.json`` says; say plainly what is absent."""
    try:
        found = list(measure())
    except Absent as absence:
        print(f"not run: {absence}")
        if asked.json:
            written([], asked.json, absent=str(absence))
        return
    printed(found)
    if asked.json:
        written(found, asked.json)


def present(doc: str | None, measure: Callable[..., Iterable[Found]]) -> None:
    """Be the command line of a benchmark that needs nothing but ``quick``."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: measure(quick=asked.quick))
