"""Figures are taken in turns, judged against their aim, and come back from JSON unchanged."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from bench.figures import (
    Absent,
    Curve,
    Figure,
    Found,
    aim_of,
    interleaved,
    options,
    presented,
    printed,
    ratio,
    read,
    said,
    slowness,
    verdict,
    written,
)

TIMES = Figure.of("reading", [15.0, 17.0, 16.0], "times", aim=15, rival="another reader")
SIZE = Figure(
    name="size", value=5.5, low=5.5, high=5.5, unit="KB", aim=6, better="less", command="make x"
)
FREE = Figure(name="pages", value=12, low=12, high=12, unit="pages")
FLAT = Curve(name="queue", unit="ms", points=((1_000, 1.0), (1_000_000, 1.4)), aim=1.5)


def test_a_figure_is_the_median_of_its_rounds_with_their_range() -> None:
    assert (TIMES.value, TIMES.low, TIMES.high, TIMES.rounds) == (16.0, 15.0, 17.0, 3)


@pytest.mark.parametrize(
    ("value", "aim", "better", "holds"),
    [
        (15, 15, "more", True),
        (14.99, 15, "more", False),
        (6, 6, "less", True),
        (6.01, 6, "less", False),
    ],
)
def test_the_median_decides_and_the_aim_itself_will_do(
    value: float, aim: float, better: str, holds: bool
) -> None:
    found = read({"figures": [
        {"name": "n", "value": value, "low": 0, "high": 99, "unit": "times", "aim": aim,
         "better": better},
    ]})  # fmt: skip
    assert found[0].holds is holds


def test_what_nobody_set_a_limit_for_is_neither_held_nor_missed() -> None:
    assert (verdict(TIMES), verdict(FREE)) == ("held", "–")
    assert FREE.holds


def test_one_point_above_the_line_breaks_a_curve() -> None:
    assert FLAT.holds
    assert not Curve(name="c", unit="ms", points=((1, 1.0), (2, 9.0), (3, 1.0)), aim=2).holds


def test_every_rival_has_its_turn_in_every_round_and_no_one_is_always_first() -> None:
    turns: list[str] = []
    ticks = iter(range(1000))
    found = interleaved(
        {"ours": lambda: turns.append("ours"), "theirs": lambda: turns.append("theirs")},
        rounds=3, clock=lambda: float(next(ticks)),
    )  # fmt: skip
    warm, counted = turns[:2], turns[2:]
    assert sorted(warm) == ["ours", "theirs"]
    assert counted == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert found == {"ours": [1.0] * 3, "theirs": [1.0] * 3}


def test_ratios_are_taken_round_by_round() -> None:
    assert ratio([10.0, 40.0, 30.0], [1.0, 2.0, 1.0]) == (20.0, 10.0, 30.0)
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.slow
def test_a_fast_machine_lowers_no_bar() -> None:
    assert slowness() >= 1.0


def test_what_was_written_is_read_again_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    all_of_it: list[Found] = [TIMES, SIZE, FREE, FLAT]
    written(all_of_it, path)
    assert read(json.loads(path.read_text())) == all_of_it


def test_a_key_of_a_later_version_is_passed_over() -> None:
    told = {"name": "n", "value": 1, "low": 1, "high": 1, "unit": "times", "colour": "red"}
    assert read({"figures": [told]})[0].name == "n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.0784, "0.078"), (1.256, "1.26"), (24.63, "24.6"), (1234.5, "1,234")],
)
def test_numbers_are_shown_with_the_digits_that_count(value: float, shown: str) -> None:
    assert said(value) == shown


def test_a_line_says_the_value_its_range_its_aim_and_the_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed([TIMES, SIZE, FLAT])
    one, two, three = capsys.readouterr().out.splitlines()
    assert one == "reading: 16.0 [15.0–17.0] times, beside another reader; aim ≥ 15.0: held"
    assert two == "size: 5.50 KB; aim ≤ 6.00: held"
    assert three == "queue: 1,000: 1.00 · 1,000,000: 1.40 ms; aim ≤ 1.50: held"
    assert aim_of(FREE) == "–"


def test_absent_data_is_said_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    options(parser)
    path = tmp_path / "f.json"

    def measure() -> list[Found]:
        raise Absent("no pages at data/pages; set TORKHAM_SHARED")

    presented(parser.parse_args(["--json", str(path)]), measure)
    assert "no pages" in capsys.readouterr().out
    assert json.loads(path.read_text())["absent"].startswith("no pages")
