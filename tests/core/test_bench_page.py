"""The page of figures says what was measured, what was missed and what did not run, and no more."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bench import all as every
from bench import page, pictures
from bench.figures import Curve, Figure, Found
from monitor.edge.sheet import Dots, Line, Mark, Point, Words

ROOT = Path(__file__).resolve().parents[2]
FAST = Figure.of(
    "known | sites", [15.0, 17.0, 16.0], "times", aim=15, rival="another reader",
    data="110 pages of 55 hosts", command="make bench-wrappers",
)  # fmt: skip
SLOW = Figure(
    name="new sites", value=1.2, low=1.2, high=1.2, unit="times", aim=1.4, beside="9 ms a page"
)
FREE = Figure(name="pages", value=110, low=110, high=110, unit="pages")
FLAT = Curve(
    name="The queue", unit="ms", points=((1_000, 1.0), (100_000, 1.2), (1_000_000, 1.4)), aim=1.5
)
STEEP = Curve(name="ranking", unit="ms", points=((1_000, 1.0), (1_000_000, 90.0)), aim=1.5)
HAND = f"# Benchmarks\n\nBefore.\n\n{page.START}\nlast year\n{page.END}\n\n## By hand\n\nAfter.\n"


def run(*found: Found, absent: str = "", **more: Any) -> dict[str, Any]:
    return {
        "title": "Reading", "on": "2026-11-22", "quick": False, "seconds": 12.0, "load": 1.5,
        "machine": "2 cores of a machine", "versions": {"Python": "3.11.7"},
        "figures": [asdict(one) for one in found if isinstance(one, Figure)],
        "curves": [asdict(one) for one in found if isinstance(one, Curve)],
        "absent": absent,
    } | more  # fmt: skip


def row_of(text: str, name: str) -> list[str]:
    [line] = [line for line in text.split("\n") if line.startswith(f"| {name}")]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_has_a_line_for_each_figure_with_all_that_belongs_to_it() -> None:
    text = page.generated({"wrappers": run(FAST)})
    assert row_of(text, "Reading: known") == [
        "Reading: known \\| sites", "16.0 [15.0–17.0] times", "≥ 15.0", "held", "another reader",
        "110 pages of 55 hosts", "`make bench-wrappers`", "2026-11-22",
    ]  # fmt: skip


def test_a_missed_figure_is_marked_and_shows_its_bare_number() -> None:
    row = row_of(page.generated({"extraction": run(SLOW, FREE)}), "Reading: new")
    assert row[1:4] == ["1.20 times; 9 ms a page", "≥ 1.40", "**missed**"]
    assert row[6] == '`make bench ARGS="--only extraction"`'


def test_a_quick_run_is_called_one() -> None:
    row = row_of(page.generated({"x": run(FREE, quick=True)}), "Reading: pages")
    assert row[-1] == "2026-11-22, quick"


def test_what_did_not_run_is_named_with_its_reason_and_fails() -> None:
    runs = {"wrappers": run(FAST), "backfill": run(absent="no pages | here", title="Archives")}
    assert "Not run:\n\n- Archives: no pages \\| here" in page.generated(runs)
    assert page.closing(runs) == "bench: 1 of 1 figures hold; not run: backfill"
    assert not page.passed(runs)


def test_figures_and_curves_with_an_aim_are_counted_and_one_miss_fails() -> None:
    runs = {"a": run(FAST, FREE, FLAT), "b": run(SLOW, STEEP)}
    assert page.closing(runs) == "bench: 2 of 4 figures hold"
    assert not page.passed(runs)
    assert page.passed({"a": runs["a"]})


def test_only_what_stands_between_the_marks_is_made_anew() -> None:
    text = page.with_figures(HAND, {"a": run(FAST)})
    assert text.startswith("# Benchmarks\n\nBefore.\n\n<!-- bench figures -->\n\n**1 of 1")
    assert text.endswith("<!-- /bench figures -->\n\n## By hand\n\nAfter.\n")
    assert "last year" not in text
    assert page.with_figures(text, {"a": run(FAST)}) == text


@pytest.mark.parametrize(
    "broken", ["no marks", page.START, f"{page.END}{page.START}", HAND + page.START]
)
def test_a_page_that_lost_a_mark_is_not_written_over(broken: str) -> None:
    with pytest.raises(ValueError, match="bench figures"):
        page.with_figures(broken, {})


def test_curves_are_shown_as_pictures_and_as_numbers() -> None:
    text = page.generated({"growth": run(FLAT)})
    assert "![The queue, ms](pictures/growth-the-queue.svg)" in text
    assert row_of(text, "The queue")[1] == "1.00 at 1,000, 1.20 at 100,000, 1.40 at 1,000,000"


def test_results_not_found_anew_are_kept_with_their_date_and_new_ones_take_their_place() -> None:
    old = {"desk": run(FREE, on="2026-01-01"), "poll": run(SLOW, on="2026-01-01"), "gone": run()}
    both = every.joined(old, {"poll": run(FAST)})
    assert list(both) == ["poll", "desk"]
    assert (both["desk"]["on"], both["poll"]["on"]) == ("2026-01-01", "2026-11-22")


WRITES = "import sys; from pathlib import Path; from bench.figures import Figure, written;"


# --- running --------------------------------------------------------------------------------


def child(script: str, minutes: float = 1) -> dict[str, Any]:
    bench = every.Bench(name="made", title="Made", minutes=minutes)
    return every.run(bench, quick=True, command=(sys.executable, "-c", script))


def test_a_benchmark_hands_its_figures_over_and_is_told_to_be_quick() -> None:
    told = child(
        f"{WRITES} assert sys.argv[-1] == '--quick';"
        "written([Figure(name='n', value=2, low=1, high=3, unit='times')], Path(sys.argv[2]))"
    )
    assert (told["absent"], told["figures"][0]["value"], told["quick"]) == ("", 2, True)
    assert "cores of" in told["machine"]
    assert told["versions"]["Python"].startswith("3.")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("raise SystemExit('the server died')", r"it broke \(exit code 1\): the server died"),
        ("pass", "it said nothing"),
        (f"{WRITES} written([], Path(sys.argv[2]), absent='no pages here')", "no pages here"),
        (f"{WRITES} written([], Path(sys.argv[2]))", "it found no figure"),
    ],
)
def test_one_that_breaks_or_lacks_its_data_says_why(script: str, why: str) -> None:
    told = child(script)
    assert re.search(why, told["absent"])
    assert not page.passed({"made": told})


def test_one_that_hangs_is_ended() -> None:
    assert "took longer" in child("import time; time.sleep(60)", minutes=0.01)["absent"]


def test_an_unknown_name_is_refused_and_names_come_in_the_order_of_the_page() -> None:
    with pytest.raises(SystemExit, match="no benchmark pol;"):
        every.chosen("pol,copies")
    assert [bench.name for bench in every.chosen("copies, poll")] == ["poll", "copies"]
    assert [b.name for b in every.chosen("")] == [b.name for b in every.BENCHES if b.always]


def test_every_benchmark_there_is_can_be_named_and_takes_json() -> None:
    for bench in every.BENCHES:
        source = (ROOT / "bench" / f"{bench.name}.py").read_text()
        assert "from bench.figures import" in source, bench.name


# --- pictures and the page that is kept -----------------------------------------------------


@pytest.mark.parametrize(
    "curve", [FLAT, STEEP, Curve(name="<b> & c", unit="ms", points=()),
              Curve(name="zero", unit="ms", points=((1_000, 0.0), (10, 5.0)))]
)  # fmt: skip
def test_a_picture_is_small_sound_and_stays_on_its_sheet(curve: Curve) -> None:
    image = pictures.svg(curve)
    assert image == pictures.svg(curve)
    assert len(image) < 20_000
    tree = etree.fromstring(image, etree.XMLParser(resolve_entities=False, no_network=True))
    assert curve.name in [element.text for element in tree.iter()]
    for x, y in corners(pictures.drawn(curve).marks):
        assert 0 <= x <= pictures.WIDTH
        assert 0 <= y <= pictures.HEIGHT


def corners(marks: Iterable[Mark]) -> Iterator[Point]:
    for mark in marks:
        match mark:
            case Line():
                yield from mark.points
            case Dots():
                yield from mark.at
            case Words():
                yield mark.at


def test_a_higher_value_stands_higher_and_the_aim_between() -> None:
    marks = pictures.drawn(STEEP).marks
    height = {mark.text: mark.at[1] for mark in marks if isinstance(mark, Words)}
    assert height["90.0"] < height["at most 1.50"] < height["1.00"]


@pytest.mark.slow
def test_the_page_and_its_pictures_are_what_the_kept_figures_give() -> None:
    """Nobody edits a number by hand: `make bench` writes both."""
    if not page.KEPT.exists():
        pytest.skip("no run is kept yet")
    runs = page.kept()
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.with_figures(text, runs) == text
    shown = {path.name: path.read_bytes() for path in page.PICTURES.glob("*.svg")}
    assert shown == {name: pictures.svg(curve) for name, curve in page.curves(runs).items()}
    assert json.dumps(runs, ensure_ascii=False, indent=1) + "\n" == page.KEPT.read_text()
