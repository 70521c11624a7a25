"""docs/benchmarks.md: the first part is made of docs/benchmarks.json, the rest written by hand.

The JSON holds for each benchmark what its last run found: figures, curves, when, on which machine,
under what load, with which versions; or why it did not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.figures import Curve, Figure, aim_of, range_of, read, said, verdict

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
KEPT = ROOT / "docs" / "benchmarks.json"
PICTURES = ROOT / "docs" / "pictures"
START, END = "<!-- bench figures -->", "<!-- /bench figures -->"
HOW_TO_READ = (
    "The median of the rounds decides; in brackets the lowest and the highest. A line without an"
    " aim is there to be compared."
)

Runs = Mapping[str, Mapping[str, Any]]
"""By benchmark: title, on, quick, seconds, machine, load, versions, and figures, curves, absent."""


def kept(path: Path = KEPT) -> dict[str, Any]:
    """Return what earlier runs found; nothing where there were none."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return told


def judged(runs: Runs) -> tuple[int, int, list[str]]:
    """Return how many figures and curves hold, of how many with an aim, and what did not run."""
    found = [one for run in runs.values() for one in read(run) if one.aim is not None]
    absent = [name for name, run in runs.items() if run["absent"]]
    return sum(one.holds for one in found), len(found), absent


def closing(runs: Runs) -> str:
    """Return the last line of `make bench`."""
    held, asked, absent = judged(runs)
    missing = f"; not run: {', '.join(absent)}" if absent else ""
    return f"bench: {held} of {asked} figures hold{missing}"


def passed(runs: Runs) -> bool:
    """Return whether every figure holds and every benchmark ran."""
    held, asked, absent = judged(runs)
    return held == asked and not absent


# --- the page -------------------------------------------------------------------------------


def with_figures(page: str, runs: Runs) -> str:
    """Return the page with its generated part made anew, all else untouched.

    Raises:
        ValueError: the page has lost a marker; nothing must be overwritten then.
    """
    if page.count(START) != 1 or page.count(END) != 1 or page.index(START) > page.index(END):
        raise ValueError(f"the page must have {START} and {END} once each, in this order")
    before, _, rest = page.partition(START)
    return f"{before}{START}\n\n{generated(runs)}\n\n{END}{rest.partition(END)[2]}"


def generated(runs: Runs) -> str:
    """Return all figures as Markdown: one table, what did not run, machines, curves."""
    held, asked, _ = judged(runs)
    parts = [
        f"**{held} of {asked} figures hold.** {HOW_TO_READ}",
        "\n".join(_table(runs)),
        "\n".join(_absent(runs)),
        "\n".join(_curves(runs)),
        "\n".join(_machines(runs)),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(runs: Runs) -> Iterator[str]:
    yield "| what | measured | aim | | beside | data | command | on |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, run in runs.items():
        for one in read(run):
            if isinstance(one, Figure):
                yield _row(name, run, one)


def _row(name: str, run: Mapping[str, Any], one: Figure) -> str:
    missed = "**missed**" if not one.holds else verdict(one)
    measured = f"{said(one.value)}{range_of(one)} {one.unit}"
    quick = ", quick" if run["quick"] else ""
    again = f'make bench ARGS="--only {name}"'
    cells = (
        f"{run['title']}: {one.name}",
        measured + (f"; {one.beside}" if one.beside else ""),
        aim_of(one),
        missed,
        one.rival or "–",
        one.data or "–",
        f"`{one.command or again}`",
        f"{run['on']}{quick}",
    )
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _absent(runs: Runs) -> Iterator[str]:
    missing = [(run["title"], run["absent"]) for run in runs.values() if run["absent"]]
    if missing:
        yield "Not run:"
        yield ""
        yield from (f"- {title}: {_cell(why)}" for title, why in missing)


def _curves(runs: Runs) -> Iterator[str]:
    found = [(name, run, one) for name, run in runs.items() for one in _of(run)]
    if not found:
        return
    yield "### Growth"
    yield ""
    yield "Axes by powers of ten; the broken line is the highest value that will do."
    yield ""
    for name, _, one in found:
        yield f"![{_alt(one)}](pictures/{picture_name(name, one)})"
    yield ""
    yield "| curve | values | aim | | data | on |"
    yield "|---|---|---|---|---|---|"
    for _, run, one in found:
        values = ", ".join(f"{said(value)} at {size:,.0f}" for size, value in one.points)
        missed = "**missed**" if not one.holds else verdict(one)
        cells = (f"{one.name}, {one.unit}", values, aim_of(one), missed, one.data or "–", run["on"])
        yield f"| {' | '.join(map(_cell, cells))} |"


def _of(run: Mapping[str, Any]) -> list[Curve]:
    return [one for one in read(run) if isinstance(one, Curve)]


def _alt(curve: Curve) -> str:
    return re.sub(r"[\[\]]", "", f"{curve.name}, {curve.unit}")


def picture_name(bench: str, curve: Curve) -> str:
    """Return the name of a curve's file in docs/pictures."""
    return f"{bench}-{re.sub(r'[^a-z0-9]+', '-', curve.name.lower()).strip('-')}.svg"


def curves(runs: Runs) -> dict[str, Curve]:
    """Return every curve by the name of its picture."""
    return {picture_name(name, one): one for name, run in runs.items() for one in _of(run)}


def _machines(runs: Runs) -> Iterator[str]:
    yield "### Machines and versions"
    yield ""
    places: dict[str, list[str]] = {}
    for run in runs.values():
        versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
        places.setdefault(f"{run['machine']}; {versions}", []).append(
            f"{run['title']} ({run['on']}, {run['seconds']:.0f} s, load {run['load']:.1f})"
        )
    for place, benches in places.items():
        yield f"- {place}: {'; '.join(benches)}."
