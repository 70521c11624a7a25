"""A growth curve as a picture: sizes and values on axes by powers of ten, the aim as a line."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.figures import Curve, said, verdict
from monitor.edge import plot
from monitor.edge.sheet import Dots, Line, Mark, Picture, Words, cut

WIDTH, HEIGHT = 440, 260
LEFT, TOP, RIGHT, BOTTOM = 56.0, 46.0, 424.0, 216.0


def svg(curve: Curve) -> bytes:
    """Return the curve as SVG, the same bytes for the same curve."""
    return plot.svg(drawn(curve))


def drawn(curve: Curve) -> Picture:
    """Return the curve on its sheet. A curve without points is an empty pair of axes."""
    told = ", ".join(f"{said(value)} at {size:,.0f}" for size, value in curve.points)
    aim = f"; aim at most {said(curve.aim)}, {verdict(curve)}" if curve.aim is not None else ""
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        marks=tuple(_marks(curve)),
        told=f"{curve.name}, {curve.unit}: {told or 'nothing measured'}{aim}",
    )


def _marks(curve: Curve) -> Iterator[Mark]:
    across, up = _axes(curve)
    yield Words(text=cut(curve.name, RIGHT - 12, 14.0), at=(12, 22), size=14.0, bold=True)
    yield Words(text=curve.unit, at=(12, 38), tone="soft")
    for power in across.powers:
        x = across.place(10.0**power)
        yield Line(points=((x, TOP), (x, BOTTOM)), tone="hair")
        yield Words(text=f"{10**power:,}", at=(x, BOTTOM + 18), tone="soft", anchor="middle")
    for power in up.powers:
        y = up.place(10.0**power)
        yield Line(points=((LEFT, y), (RIGHT, y)), tone="hair")
        yield Words(text=f"{10.0**power:,g}", at=(LEFT - 8, y + 4), tone="soft", anchor="end")
    yield Words(text=curve.sizes, at=((LEFT + RIGHT) / 2, HEIGHT - 8), tone="soft", anchor="middle")
    if curve.aim:
        y = up.place(curve.aim)
        yield Line(points=((LEFT, y), (RIGHT, y)), tone="red", width=1.5, dashed=True)
        yield Words(
            text=f"at most {said(curve.aim)}", at=(RIGHT, y - 5), tone="red", anchor="end",
            halo=True,
        )  # fmt: skip
    at = tuple((across.place(size), up.place(value)) for size, value in curve.points)
    yield Line(points=at, tone="teal", width=2.0)
    yield Dots(at=at, tone="teal")
    for (x, y), (_, value) in zip(at, curve.points, strict=True):
        below = y + 18 if y + 18 < BOTTOM - 4 else y - 9
        yield Words(text=said(value), at=(x, below), anchor="middle", halo=True)


class _Axis:
    """Powers of ten around all values; ``room`` is left at both ends, as a share of one power."""

    def __init__(self, values: list[float], start: float, end: float, room: float) -> None:
        positive = [value for value in values if value > 0] or [1.0]
        low, high = math.log10(min(positive)), math.log10(max(positive))
        self.low, self.high = math.floor(low - room), math.ceil(high + room)
        self.high = max(self.high, self.low + 1)
        self.powers = range(self.low, self.high + 1)
        self._start, self._end = start, end

    def place(self, value: float) -> float:
        """Return where a value stands; what is not positive stands at the least."""
        share = (math.log10(value) - self.low) / (self.high - self.low) if value > 0 else 0.0
        return self._start + (self._end - self._start) * min(1.0, max(0.0, share))


def _axes(curve: Curve) -> tuple[_Axis, _Axis]:
    values = [value for _, value in curve.points] + ([curve.aim] if curve.aim else [])
    return (
        _Axis([size for size, _ in curve.points], LEFT + 12, RIGHT - 24, -1e-9),
        _Axis(values, BOTTOM, TOP, 0.1),
    )
