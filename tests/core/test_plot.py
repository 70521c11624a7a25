"""Pictures: the same bytes every time, whatever is written in them, and nothing but the picture."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from monitor.edge import plot
from monitor.edge import sheet as paper
from monitor.edge.sheet import Area, Dots, Hatch, Line, Picture, Words, boxed, cut, isolated
from monitor.pictures import curves, fates, figures, spans, strips, telling
from monitor.pictures.plate import NARROW, WIDE, Days, Plate, apart, steps_to

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "$\\frac{1}{2}$",
    "$unclosed",
    "<script>alert(1)</script>",
    "]]> --> <!-- & \" '",
    "xqz3zqx",
    "روزنامہ صبحِ سرحد",
    "a\x00b\x1b[31mc\ud800",
    "\u202eevil\u2066 name",
    "\U0001f4a5 中文 ก",
    "long " * 400,
)


def sheet(*texts: str) -> Picture:
    words = (Words(text=text, at=(10, 20 * n + 20)) for n, text in enumerate(texts))
    shapes = (
        Line(points=((0, 0), (50, 50)), dashed=True),
        Area(shapes=(boxed((5, 5, 20, 30)),), strength=0.5),
        Hatch(boxes=((30, 5, 60, 30),)),
        Dots(at=((70, 10),), hollow=True),
    )
    return Picture(width=300, height=400, marks=(*shapes, *words), told=" ".join(texts))


def parsed(image: bytes) -> Any:
    return etree.fromstring(image, etree.XMLParser(resolve_entities=False, no_network=True))


@pytest.mark.parametrize("dark", [False, True])
def test_the_same_picture_is_the_same_bytes(dark: bool) -> None:
    assert plot.svg(sheet("a", "b"), dark=dark) == plot.svg(sheet("a", "b"), dark=dark)
    assert plot.png(sheet("a", "b"), dark=dark) == plot.png(sheet("a", "b"), dark=dark)


def test_light_and_dark_differ_in_nothing_but_their_tones() -> None:
    light, dark = (plot.svg(sheet("a"), dark=d).decode() for d in (False, True))
    assert light != dark
    bare = [re.sub("#[0-9a-f]{6}", "#", image) for image in (light, dark)]
    assert bare[0] == bare[1]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    tree = parsed(plot.svg(sheet("before", text, "after")))
    shown = [node.text or "" for node in tree.iter(f"{SVG}text")]
    assert shown[0] == "before"
    assert shown[2] == "after"
    assert len(shown[1]) <= 200
    printable = "".join(c for c in text if c.isprintable() and c != "\ud800")[:200]
    assert shown[1] == printable.replace("\u202e", "").replace("\u2066", "")
    assert plot.png(sheet(text))[:4] == b"\x89PNG"


def test_a_picture_holds_no_script_no_style_and_no_address() -> None:
    for text in HOSTILE:
        image = plot.svg(sheet(text))
        tree = parsed(image)
        names = {etree.QName(node).localname for node in tree.iter()}
        assert names <= {"svg", "title", "path", "text"}
        given_ = {name for node in tree.iter() for name in node.attrib}
        assert not {name for name in given_ if name.startswith("on") or "href" in name}
        assert "style" not in given_
        assert b"url(" not in image
        assert b"<!" not in image


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_can_break_the_document_or_move_another(one: str, other: str) -> None:
    tree = parsed(plot.svg(sheet(one, "between", other)))
    assert [node.text for node in tree.iter(f"{SVG}text")][1] == "between"


def test_a_name_in_another_script_does_not_reorder_the_figure_beside_it() -> None:
    tree = parsed(plot.svg(sheet(f"5 {isolated('صبح')} 8", "stray \u2069 end")))
    told = [node.text for node in tree.iter(f"{SVG}text")]
    assert told == ["5 \u2068صبح\u2069 8", "stray  end"]


ALONE = """
import sys
from pathlib import Path
folder, home = Path(sys.argv[1]), Path(sys.argv[2])
written = []
def watch(event, args):
    if event.startswith("socket."):
        raise SystemExit(f"asked the network: {event} {args}")
    if event == "open" and isinstance(args[0], str) and isinstance(args[1], str):
        if set(args[1]) & set("wxa+"):
            written.append(args[0])
sys.addaudithook(watch)
from monitor.edge import plot, sheet
assert "matplotlib" not in sys.modules
plot.keep_in(folder)
picture = sheet.Picture(width=100, height=60, told="x", marks=(sheet.Words(text="x", at=(9, 9)),))
sys.stdout.buffer.write(plot.svg(picture))
plot.png(picture)
stray = [name for name in written if not Path(name).is_relative_to(folder)]
stray = [name for name in stray if not name.endswith((".pyc", "/dev/null")) and ".pyc." not in name]
assert not stray, stray
assert not list(home.iterdir()), list(home.iterdir())
"""


@pytest.mark.slow
def test_drawing_asks_no_network_and_writes_only_into_its_own_folder(tmp_path: Path) -> None:
    """Also with a matplotlibrc beside us that wants something else, and with another hash seed."""
    (tmp_path / "matplotlibrc").write_text("svg.fonttype: path\ntext.usetex: True\n")
    images = []
    for seed in ("1", "2"):
        home, folder = tmp_path / f"home{seed}", tmp_path / "fonts"
        home.mkdir()
        clean = {k: v for k, v in os.environ.items() if k != "MPLCONFIGDIR"}
        found = subprocess.run(
            [sys.executable, "-c", ALONE, str(folder), str(home)],
            capture_output=True, check=False, cwd=tmp_path,
            env=clean | {"PYTHONPATH": str(ROOT), "HOME": str(home), "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert found.returncode == 0, found.stderr.decode()
        images.append(found.stdout)
    assert images[0] == images[1]
    assert b">x</text>" in images[0]


@pytest.mark.slow
def test_the_desk_and_the_commands_start_without_the_library() -> None:
    program = (
        "import sys, monitor.web.server, monitor.serving, monitor.cli.main\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=env).returncode == 0


# --- laying out -----------------------------------------------------------------------------


@given(
    st.lists(st.floats(0, 300), min_size=1, max_size=12),
    st.floats(1, 20),
)
def test_labels_stand_apart_and_within_the_sheet(wanted: list[float], least: float) -> None:
    placed = apart(wanted, least, 0, 300)
    heights = sorted(placed)
    assert all(b - a >= least - 1e-6 for a, b in pairwise(heights))
    assert heights[0] >= -1e-6
    assert heights[-1] <= 300 + 1e-6


@given(st.floats(0.001, 1e9))
def test_the_scale_begins_at_zero_and_reaches_the_largest(most: float) -> None:
    ticks = steps_to(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * 0.999999
    assert len(ticks) <= 12


@given(st.text(max_size=300), st.floats(0, 400))
def test_a_text_is_cut_to_what_fits(text: str, width: float) -> None:
    told = cut(text, width)
    assert paper.width_of(told) <= max(width, paper.SMALL * 1.2)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 20000))
def test_no_two_labels_of_the_days_stand_in_each_other(first: date, length: int) -> None:
    days = Days(first=first, last=first + timedelta(days=length), left=0, right=700)
    ticks = days.ticks()
    for (x, words), (following, _) in pairwise(ticks):
        assert x + paper.width_of(words) <= following


T0 = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
NAMES = ("Khaama", "صبحِ سرحد", "$x_1$ & Sons", "A very long name of an outlet that goes on")


def plates() -> dict[str, Plate]:
    """Return one of each picture, with hostile names."""
    periods = tuple(
        strips.Period(first=d, last=d)
        for d in (date(2026, 3, 1) + timedelta(days=n) for n in range(28))
    )
    unknown = tuple(None if n < 3 else 1.0 if n in {9, 10} else 0.0 for n in range(28))
    numbers = tuple(0 if n < 3 or n in {9, 10} else n for n in range(28))
    rows = tuple(
        strips.Strip(
            label=name, all=numbers, ours=tuple(n // 2 for n in numbers), unknown=unknown,
            events=((date(2026, 3, 4), "added 4 Mar"),),
        )
        for name in NAMES
    )  # fmt: skip
    told = tuple(
        telling.Told(outlet=NAMES[n % 4], at=T0 + timedelta(hours=n), copy=n == 2, title=NAMES[2])
        for n in range(6)
    )
    toll = tuple(
        telling.Toll(outlet=NAMES[n], at=T0 + timedelta(hours=n), least=n, most=n + 2, said_by="")
        for n in range(4)
    )
    claims = tuple(
        figures.Figure(
            first=date(2018 + n, 1, 1), last=date(2018 + n, 12, 31), least=None if n == 1 else n,
            most=10.0**n, said_by=NAMES[n], outlet=NAMES[0], amount=f"{n}", day="",
        )
        for n in range(4)
    )  # fmt: skip
    ends = (date(2010, 1, 1), date.max, date(2001, 1, 1), date(2001, 1, 1))
    pins = tuple(
        spans.Pinned(
            kind=kind, title=NAMES[n], first=date(2001, 1, 1), last=ends[n], when="", open=n == 1
        )
        for n, kind in enumerate(spans.KINDS)
    )
    day = fates.DayFates(day=date(2026, 3, 1), parts=(1, 2, 3, 4, 5), unknown=0.5)
    band = curves.Kept(low=0, high=0.1, n=9, promised=0.05, kept=0.5, interval=(0.2, 0.8))
    return {
        "strips": strips.plate(
            strips.Strips(periods=periods, strips=rows), what="Items", by="outlet"
        ),
        "story": telling.plate(
            telling.Telling(
                told=told, tolls=(telling.Tolls(heading=NAMES[2], tolls=toll),), zone="Asia/Kabul"
            )
        ),
        "claims": figures.plate(figures.Figures(heading=NAMES[3], figures=claims)),
        "timeline": spans.plate(
            spans.Timeline(
                pins=pins, first=date(2000, 1, 1), last=date(2026, 12, 31), today=date(2026, 1, 1)
            )
        ),
        "calendar": fates.plate((day,)),
        "promise": curves.promise_plate((band,), "Kept."),
        "reading": curves.reading_plate(
            curves.Reading(points=(curves.Found(when="2026-01-01", read=12, found=3),))
        ),
        "learning": curves.learned_plate(
            (curves.Learned(when="2026-01-01 10:00", held_out=12, precision=0.5, gain=None,
                            live=True),)
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(plates()))
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_picture_stays_on_its_sheet(name: str, width: int) -> None:
    """Whatever the names: no line, bar or dot leaves the sheet, and no text begins outside it."""
    plate = plates()[name]
    picture = plate.draw(width)
    for mark in picture.marks:
        match mark:
            case Words():
                points = [mark.at]
            case Line():
                points = list(mark.points)
            case Dots():
                points = list(mark.at)
            case Area():
                points = [point for shape in mark.shapes for point in shape]
            case Hatch():
                points = [p for box in mark.boxes for p in boxed(box)]
        assert all(-1 <= x <= width + 1 for x, _ in points), mark
        assert all(-1 <= y <= picture.height + 1 for _, y in points), mark
    assert plate.height(width) == picture.height
    assert parsed(plot.svg(picture)).get("width") == str(width)
    assert len(plate.head) == len(plate.rows[0])
    assert plate.told.endswith((".", ")"))


def test_days_nobody_answered_are_hatched_and_no_bar_stands_there() -> None:
    """A gap is a gap: not a zero, and not what lies between its neighbours."""
    picture = plates()["strips"].draw(WIDE)
    first = strips.plate(
        strips.Strips(
            periods=tuple(strips.Period(first=date(2026, 3, n), last=date(2026, 3, n))
                          for n in (1, 2, 3)),
            strips=(
                strips.Strip(label="A", all=(5, 0, 5), ours=(0, 0, 0), unknown=(0.0, 1.0, 0.0)),
            ),
        ),
        what="Items", by="outlet",
    )  # fmt: skip
    marks = first.draw(WIDE).marks
    [hatch] = [mark for mark in marks if isinstance(mark, Hatch)]
    [bars] = [mark for mark in marks if isinstance(mark, Area)]
    [(left, _, right, _)] = hatch.boxes
    assert len(bars.shapes) == 2
    assert all(x <= left or x >= right for shape in bars.shapes for x, _ in shape)
    assert first.rows[0][1:4] == ("5", "?", "5")
    assert any(isinstance(mark, Hatch) for mark in picture.marks)


def test_a_day_that_was_asked_and_brought_nothing_is_a_zero() -> None:
    period = tuple(strips.Period(first=date(2026, 3, n), last=date(2026, 3, n)) for n in (1, 2))
    strip = strips.Strip(label="A", all=(5, 0), ours=(1, 0), unknown=(0.0, 0.0))
    plate = strips.plate(
        strips.Strips(periods=period, strips=(strip,)), what="Items", by="outlet"
    )  # fmt: skip
    assert plate.rows[0][1:3] == ("5", "0")
    assert not any(isinstance(mark, Hatch) for mark in plate.draw(WIDE).marks)


def test_other_facts_have_another_address() -> None:
    one, other = (
        curves.reading_plate(curves.Reading(points=(curves.Found(when="x", read=n, found=3),)))
        for n in (12, 13)
    )
    assert one.key != other.key
    assert plates()["story"].key == plates()["story"].key


def test_a_mail_reads_a_picture_of_twice_the_size() -> None:
    image = io.BytesIO(plot.png(sheet("a"), scale=2))
    head = image.getvalue()[16:24]
    assert (int.from_bytes(head[:4]), int.from_bytes(head[4:])) == (600, 800)


def test_a_hundred_threads_that_draw_leave_no_file_open() -> None:
    """A service draws in a new thread each day, and each held two files more, up to 128."""
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("open files cannot be counted here")
    plot.svg(sheet("a"))
    before, everybody = len(list(files.iterdir())), threading.Barrier(100)

    def draw() -> bytes:
        everybody.wait(60)  # a thread that ended gives its number to the next
        return plot.svg(sheet("a"))

    with ThreadPoolExecutor(100) as drawing:
        drawn = {one.result() for one in [drawing.submit(draw) for _ in range(100)]}
    assert len(drawn) == 1
    assert len(list(files.iterdir())) == before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking beside a thread
def test_a_child_that_was_forked_after_a_picture_draws_too() -> None:
    image = plot.svg(sheet("a"))
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write, b"same" if plot.svg(sheet("a")) == image else b"other")
        finally:
            os._exit(0)
    os.close(write)
    ready, _, _ = select.select([read], [], [], 60)
    assert ready
    assert os.read(read, 9) == b"same"
    os.close(read)
    os.waitpid(child, 0)
