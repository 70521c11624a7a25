"""All benchmarks, each beside its rival or limit; what they find goes to docs/benchmarks.md.

    make bench ARGS="[--only copies,poll] [--quick] [--no-write] [--list]"

Each benchmark runs in a process of its own and hands its figures over as JSON. What is not run anew
keeps its figures and their date. The exit code is 1 when a figure of this run misses its aim, or a
benchmark did not run, broke, or lacks its data; it is named with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench import page, pictures
from monitor.edge.clock import system_clock
from store.sqlite import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One benchmark: ``python -m bench.NAME``, and for how many minutes it may run.

    What is not ``always`` run is run when it is named.
    """

    name: str
    title: str
    minutes: float = 8
    always: bool = True
    args: tuple[str, ...] = ()


BENCHES = (
    Bench(name="poll", title="Polling"),
    Bench(name="extraction", title="Reading a new page"),
    Bench(name="wrappers", title="Reading a known site"),
    Bench(name="copies", title="Near copies"),
    Bench(name="growth", title="Growth", minutes=120),
    Bench(name="judgement", title="Judging", minutes=20),
    Bench(name="classify", title="The command line"),
    Bench(name="desk", title="The desk", args=("--articles", "1000", "--articles", "10000")),
    Bench(name="endtoend", title="End to end", minutes=15),
    Bench(name="backfill", title="Archives", minutes=15),
    Bench(name="audit", title="The audit"),
    Bench(name="dates", title="Days of publication", always=False),
    Bench(name="stories", title="Stories in an old archive", minutes=40, always=False),
    Bench(name="search", title="Searching", minutes=40, always=False),
    Bench(name="digest", title="An edition of the digest", minutes=40, always=False),
)
LIBRARIES = (
    "trafilatura", "selectolax", "lxml", "pycurl", "reader", "datasketch", "scikit-learn",
    "datasette", "distributed", "fastwarc", "numpy",
)  # fmt: skip


# --- one benchmark --------------------------------------------------------------------------


def run(bench: Bench, *, quick: bool, command: Sequence[str] = ()) -> dict[str, Any]:
    """Run one benchmark, its output passed on, and return what it found; never raises.

    ``command`` stands in for ``python -m bench.NAME``.
    """
    began, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="torkham-bench-") as folder:
        path = Path(folder) / "found.json"
        asked = [
            *(command or (sys.executable, "-m", f"bench.{bench.name}")),
            *bench.args,
            "--json",
            str(path),
        ]
        found = _found(bench, [*asked, *(["--quick"] if quick else [])], path)
    return {
        "title": bench.title,
        "on": system_clock().date().isoformat(),
        "quick": quick,
        "seconds": round(time.monotonic() - began, 1),
        "load": round(load, 1),
        "machine": machine(),
        "versions": versions(),
        **found,
    }


def _found(bench: Bench, command: Sequence[str], path: Path) -> dict[str, Any]:
    nothing: dict[str, Any] = {"figures": [], "curves": []}
    try:
        done = subprocess.run(
            command, cwd=page.ROOT, stderr=subprocess.PIPE, text=True, errors="replace",
            timeout=60 * bench.minutes, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return nothing | {"absent": f"it took longer than {bench.minutes:g} minutes"}
    sys.stderr.write(done.stderr)
    if done.returncode or not path.exists():
        last = (done.stderr.strip() or "it said nothing").rsplit("\n", 1)[-1]
        return nothing | {"absent": f"it broke (exit code {done.returncode}): {last[:300]}"}
    told = json.loads(path.read_text(encoding="utf-8"))
    if not told["absent"] and not told["figures"] and not told["curves"]:
        return nothing | {"absent": "it found no figure"}
    return {key: told[key] for key in ("figures", "curves", "absent")}


def machine() -> str:
    """Return the processor, how many of its cores are ours, and the system."""
    cores = len(os.sched_getaffinity(0))
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{cores} cores of {names[0] if names else platform.machine()}, {platform.system()}"


def versions() -> dict[str, str]:
    """Return the versions that matter of what is installed."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


# --- all of them ----------------------------------------------------------------------------


def chosen(only: str) -> list[Bench]:
    """Return the benchmarks named, in their order; without a name all that are always run.

    Raises:
        SystemExit: a name is unknown.
    """
    names = [name.strip() for name in only.split(",") if name.strip()]
    known = {bench.name: bench for bench in BENCHES}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    return [bench for bench in BENCHES if (bench.name in names if names else bench.always)]


def joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return all results in the order of the page: the new ones in place of the old."""
    both = {**old, **new}
    return {bench.name: both[bench.name] for bench in BENCHES if bench.name in both}


def write(runs: Mapping[str, Any]) -> None:
    """Write the JSON, the page and the pictures; pictures of no curve go."""
    text = page.with_figures(page.PAGE.read_text(encoding="utf-8"), runs)
    told = json.dumps(runs, ensure_ascii=False, indent=1)
    page.KEPT.write_text(told + "\n", encoding="utf-8")
    page.PAGE.write_text(text, encoding="utf-8")
    page.PICTURES.mkdir(exist_ok=True)
    curves = page.curves(runs)
    for old in page.PICTURES.glob("*.svg"):
        if old.name not in curves:
            old.unlink()
    for name, curve in curves.items():
        (page.PICTURES / name).write_bytes(pictures.svg(curve))


def main() -> None:
    """Run what is asked for, write the page, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="NAME,…", help="these alone")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--no-write", action="store_true", help="print and judge; keep nothing")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    asked = parser.parse_args()
    if asked.list:
        for bench in BENCHES:
            print(f"{bench.name:12}{bench.title}{'' if bench.always else ' (when named)'}")
        return
    new = {}
    for bench in chosen(asked.only):
        print(f"\n== {bench.title} (bench.{bench.name})", flush=True)
        new[bench.name] = run(bench, quick=asked.quick)
        if new[bench.name]["absent"]:
            print(f"not run: {new[bench.name]['absent']}")
        if not asked.no_write:  # at once: a run broken off keeps what it has
            write(joined(page.kept(), new))
    print(f"\n{page.closing(new)}")
    sys.exit(0 if page.passed(new) else 1)


if __name__ == "__main__":
    main()
