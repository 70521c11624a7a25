"""Pictures: marks on a sheet of paper, made SVG for the desk or PNG for the mail by matplotlib.

A picture is laid out elsewhere, in pixels from the top left; here it only becomes bytes. The same
picture is the same bytes. No text of anybody's ever reaches matplotlib on the way to SVG: a mark
stands in for each, so that no headline can be read as mathematics, miss a glyph or break a
document, and the browser shapes Urdu, Pashto and Dari as it does on the page.
"""

from __future__ import annotations

import atexit
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monitor.edge.sheet import (
    LONGEST,
    UNSHOWN,
    Area,
    Box,
    Dots,
    Hatch,
    Line,
    Picture,
    Point,
    Tone,
    Words,
    boxed,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_MARKS: Final = 20_000
_FAMILY: Final = "DejaVu Sans"  # comes with matplotlib; the desk's own faces stand before it in SVG
_FACES: Final = "system-ui,'Segoe UI','Noto Sans','Noto Naskh Arabic','DejaVu Sans',sans-serif"
_PAPERS: Final[Mapping[bool, Mapping[Tone, str]]] = {
    False: {
        "paper": "#fbfaf7", "ink": "#1d1d1b", "soft": "#4c4b46", "hair": "#d9d6ce",
        "edge": "#7d7a72", "teal": "#0b5351", "amber": "#6b4300", "red": "#8e1b16",
    },
    True: {
        "paper": "#161615", "ink": "#e6e3dc", "soft": "#b3afa6", "hair": "#34332f",
        "edge": "#7d7a72", "teal": "#7cc9c3", "amber": "#e3b566", "red": "#f0a49c",
    },
}  # fmt: skip


@cache
def available() -> bool:
    """Say whether pictures can be drawn here; without matplotlib their tables stand alone."""
    return find_spec("matplotlib") is not None


def keep_in(folder: Path) -> None:
    """Let matplotlib keep its list of fonts in ``folder`` and nowhere else.

    Call it before threads start: it is an environment variable, the one way matplotlib offers.
    One that somebody set stands.
    """
    if "matplotlib" not in sys.modules:
        os.environ.setdefault("MPLCONFIGDIR", str(folder))


def svg(picture: Picture, *, dark: bool = False) -> bytes:
    """Return the picture as SVG: no script, no reference, the same bytes every time."""
    texts = {_stand_in(n): m for n, m in enumerate(picture.marks) if isinstance(m, Words)}
    image = _saved(picture, dark=dark, stand_in=True, format="svg", metadata={"Date": None})
    return _finished(image.decode(), picture, texts, _PAPERS[dark]["paper"])


def png(picture: Picture, *, dark: bool = False, scale: float = 2.0) -> bytes:
    """Return the picture as PNG, ``scale`` pixels to one of ours; for the mail.

    Scripts that need shaping are not drawn letter by letter, which nobody could read: such a text
    is told to stand in the table.
    """
    given = {"format": "png", "dpi": 72 * scale, "metadata": {"Software": None}}
    return _saved(picture, dark=dark, stand_in=False, **given)


def _saved(picture: Picture, *, dark: bool, stand_in: bool, **given: Any) -> bytes:
    def save() -> bytes:
        out = io.BytesIO()
        _drawn(picture, dark=dark, stand_in=stand_in).savefig(out, **given)
        return out.getvalue()

    return _HANDS[0].submit(save).result()


def _hand() -> ThreadPoolExecutor:
    """A thread that draws.

    There is one: fonts and settings of matplotlib are shared by all threads, yet it opens its fonts
    once more for each that asks (64 times at most), and jobs run in a new one each day.
    """
    return ThreadPoolExecutor(1, thread_name_prefix="drawing")


_HANDS: Final = [_hand()]  # it starts with the first picture
os.register_at_fork(after_in_child=lambda: _HANDS.__setitem__(0, _hand()))  # it stays behind


@cache
def _library() -> Any:
    """Return matplotlib with its own defaults, whatever a matplotlibrc beside us says."""
    if "MPLCONFIGDIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="torkham-plots-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        keep_in(Path(folder))
    import matplotlib as mpl

    mpl.rcdefaults()
    mpl.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "torkham", "path.simplify": False,
         "font.family": [_FAMILY]}
    )  # fmt: skip
    return mpl


def _drawn(picture: Picture, *, dark: bool, stand_in: bool) -> Figure:
    _library()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    if len(picture.marks) > _MOST_MARKS:
        raise ValueError(f"{len(picture.marks)} marks are more than a picture may have")
    tones = _PAPERS[dark]
    size = (picture.width / 72, picture.height / 72)
    figure = Figure(figsize=size, dpi=72, facecolor=tones["paper"])
    FigureCanvasAgg(figure)
    place = Affine2D().scale(1, -1).translate(0, picture.height).scale(1 / 72)
    pen = _Pen(figure, place + figure.dpi_scale_trans, tones)
    for number, mark in enumerate(picture.marks):
        match mark:
            case Words():
                text = _stand_in(number) if stand_in else _drawable(mark.text)
                pen.words(mark, text, stand_in=stand_in)
            case _:
                pen.shape(mark)
    return figure


class _Pen:
    """Puts marks onto a figure, in pixels from its top left."""

    def __init__(self, figure: Figure, place: Any, tones: Mapping[Tone, str]) -> None:
        self._figure, self._place, self._tones = figure, place, tones

    def words(self, mark: Words, text: str, *, stand_in: bool) -> None:
        from matplotlib.patheffects import withStroke
        from matplotlib.text import Text

        sides = {"start": "left", "middle": "center", "end": "right"}
        rim = withStroke(linewidth=3, foreground=self._tones["paper"])
        self._figure.add_artist(
            Text(
                *mark.at, text, color=self._tones[mark.tone], fontsize=mark.size, family=_FAMILY,
                fontweight="bold" if mark.bold else "normal",
                horizontalalignment=sides[mark.anchor],  # type: ignore[arg-type]
                verticalalignment="baseline", parse_math=False, transform=self._place,
                path_effects=[rim] if mark.halo and not stand_in else None,
            )
        )  # fmt: skip

    def shape(self, mark: Line | Area | Hatch | Dots) -> None:
        tone = self._tones[mark.tone]
        match mark:
            case Line():
                dash = (0, (4, 4)) if mark.dashed else "solid"
                self._path([mark.points], tone, None, width=mark.width, dash=dash)
            case Area():
                self._path(mark.shapes, None, tone, closed=True, strength=mark.strength)
            case Hatch():
                shapes = [boxed(box) for box in mark.boxes]
                self._path(shapes, None, tone, closed=True, strength=0.14)
                self._path([run for box in mark.boxes for run in _hatching(box)], tone, None)
            case Dots():
                fill = self._tones["paper"] if mark.hollow else tone
                rings = [_ring(at, mark.radius) for at in mark.at]
                self._path(rings, tone, fill, closed=True, width=1.5)

    def _path(
        self, shapes: Any, stroke: str | None, fill: str | None, *, closed: bool = False,
        width: float = 1.0, dash: Any = "solid", strength: float = 1.0,
    ) -> None:  # fmt: skip
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        # Outline.MOVETO, LINETO and CLOSEPOLY are published as bytes, hence the numbers
        points: list[Point] = []
        codes: list[int] = []
        for shape in shapes:
            run = [(round(x, 1), round(y, 1)) for x, y in shape]
            points += [*run, run[0]] if closed else run
            codes += [1, *([2] * (len(run) - 1))]
            codes += [79] if closed else []
        if not points:
            return
        patch = PathPatch(
            Outline(points, codes), facecolor=fill or "none", edgecolor=stroke or "none",
            fill=fill is not None, linewidth=width if stroke else 0, linestyle=dash,
            alpha=strength if strength < 1 else None, transform=self._place, clip_on=False,
            capstyle="butt", joinstyle="round",
        )  # fmt: skip
        self._figure.add_artist(patch)


def _ring(at: Point, radius: float) -> list[Point]:
    """A circle as twelve corners: at this size nobody tells the difference, and it is short."""
    x, y = at
    turns = ((1, 0), (0.87, 0.5), (0.5, 0.87), (0, 1), (-0.5, 0.87), (-0.87, 0.5))
    half = [(x + radius * a, y + radius * b) for a, b in turns]
    return half + [(2 * x - a, 2 * y - b) for a, b in half]


def _hatching(box: Box, step: float = 6.0) -> list[list[Point]]:
    """Return slanted strokes that fill a box and do not leave it."""
    left, top, right, bottom = box
    height = bottom - top
    runs: list[list[Point]] = []
    start = left - height + step / 2
    while start < right and len(runs) < 500:
        first, last = max(start, left), min(start + height, right)
        if last > first:
            runs.append([(first, bottom - (first - start)), (last, bottom - (last - start))])
        start += step
    return runs


# --- what becomes of texts ------------------------------------------------------------------


def _stand_in(number: int) -> str:
    return f"xqz{number}zqx"


_STAND_IN: Final = re.compile(r"<text [^>]*>(xqz\d+zqx)</text>")
_SHAPED: Final = re.compile("[\u0590-\u0dff\u0f00-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]")


_ISOLATES: Final = re.compile("[\u2068\u2069]")


def _shown(text: str) -> str:
    """Return a text without what reorders or hides a line; at most 200 characters.

    Isolates stay where each that is opened is closed again, as ``isolated`` does it.
    """
    parts = [UNSHOWN.sub("", part) for part in _ISOLATES.split(text)]
    marks = _ISOLATES.findall(text)
    if marks != ["\u2068", "\u2069"] * (len(marks) // 2):
        return "".join(parts)[:LONGEST]
    told = "".join(part + mark for part, mark in zip(parts, [*marks, ""], strict=True))
    return told if len(told) <= LONGEST else "".join(parts)[:LONGEST]


def _drawable(text: str) -> str:
    """Return what matplotlib can draw of a text in its own face."""
    text = _ISOLATES.sub("", _shown(text))
    if _SHAPED.search(text):
        return "(in another script: see the table)"
    return "".join(c if ord(c) < 0x530 or 0x2010 <= ord(c) <= 0x2122 else "□" for c in text)


def _finished(document: str, picture: Picture, texts: Mapping[str, Words], paper: str) -> bytes:
    """Return the document with its texts, in the desk's faces, without what nobody needs.

    Styles become attributes: a page's policy against inline style then holds here as well.
    """
    body = document[document.index("<svg") :]
    body = re.sub(
        r"<!--.*?-->|<metadata>.*?</metadata>|<defs>.*?</defs>", "", body, flags=re.DOTALL
    )
    body = re.sub(r"^<svg [^>]*>|</?g(?: [^>]*)?>", "", body)
    body = _STAND_IN.sub(lambda found: _text_element(found[0], texts[found[1]], paper), body)
    body = re.sub(r'<path d="([^"]*)" style="([^"]*)"/>', _path_element, body)
    body = re.sub(r"\n\s*", "\n", body).strip()
    size = f'width="{picture.width}" height="{picture.height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {picture.width}'
        f' {picture.height}" role="img" font-family="{_FACES}" stroke-linejoin="round">\n'
        f"<title>{escape(UNSHOWN.sub('', picture.told), quote=False)}</title>\n"
    )
    return (head + body).encode()


def _path_element(found: re.Match[str]) -> str:
    """Return one path, as short as it can be written."""
    told: list[str] = []
    was_x = was_y = ""
    for code, x, y in _STEP.findall(found[1]):
        if code == "z":
            told.append("z")
        elif code == "L" and x == was_x:
            told.append(f"V{y}")
        elif code == "L" and y == was_y:
            told.append(f"H{x}")
        else:
            told.append(f"{code}{x} {y}")
        was_x, was_y = (x, y) if code != "z" else ("", "")
    style = re.sub(r"([a-z-]+): ([^;]+)(?:; )?", r' \1="\2"', found[2])
    return f'<path d="{"".join(told)}"{style}/>'


_STEP: Final = re.compile(r"([MLz])(?: ([-\d.]+) ([-\d.]+))?")


def _text_element(found: str, mark: Words, paper: str) -> str:
    """Return one text: its place as matplotlib put it, its words escaped and kept apart."""
    place = re.search(r'\bx="([^"]*)" y="([^"]*)"', found)
    fill = re.search(r"fill: (#[0-9a-f]{6})", found)
    assert place  # noqa: S101  # every text of ours is anchored
    bold = ' font-weight="600"' if mark.bold else ""
    bidi = ' unicode-bidi="plaintext"' if _SHAPED.search(mark.text) else ""
    rim = f' paint-order="stroke" stroke="{paper}" stroke-width="3"' if mark.halo else ""
    side = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    return (
        f'<text x="{float(place[1]):g}" y="{float(place[2]):g}" font-size="{mark.size:g}"{bold}'
        f' fill="{fill[1] if fill else "#000000"}"{side}{bidi}{rim}>'
        f"{escape(_shown(mark.text), quote=False)}</text>"
    )
