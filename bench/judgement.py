"""How good, how fast and how large is the judgement, beside scikit-learn and ASReview's settings?

    make bench-judgement ARGS="[--pool POOL] [--stream STREAM] [--splits 4] [--only PART] [--write]"

POOL and STREAM default to dev.jsonl and stream.jsonl of the private data (TORKHAM_SHARED); without
them the small pool of the tests and made-up articles are measured. --write puts the tables into
docs/benchmarks.md. Everything is measured on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import audit, u4
from bench.classify import made_up
from bench.figures import Figure, options, presented, slowness
from classifiers import registry
from classifiers.features import SHORT
from classifiers.measuring import report
from classifiers.measuring.curve import Plan, curve
from classifiers.measuring.sheet import Row, Sheet, rows_of
from classifiers.pack import load_pack

TOPIC_DATA = u4.SHARED / "data" / "topic"
SMALL_POOL = u4.ROOT / "tests" / "data" / "pool.jsonl"
DOCS = u4.ROOT / "docs" / "benchmarks.md"
AT = (0, 50, 100, 200, 300)
SPEED = ("texts", "n", "words", "ours", "sklearn", "ratio", "aim")
ROUNDS = 5
BATCH = 100

CHILD = """\
import json, sys, time
began, burnt = time.perf_counter(), time.process_time()
from classifiers.registry import load
from classifiers.types import Text
model = load()
model.judge([Text(title="Kabul and Islamabad", body="hold talks")])
ready, cpu = time.perf_counter() - began, time.process_time() - burnt
texts = [Text(title=t, body=b, outlet=o) for t, b, o in json.load(open(sys.argv[1]))]
for start in range(0, len(texts), 100):
    model.judge(texts[start:start + 100])
peak = next(l for l in open("/proc/self/status") if l.startswith("VmHWM"))
print(json.dumps({"ready": ready, "cpu": cpu, "peak": int(peak.split()[1]) // 1024}))
"""


def read(path: Path) -> list[Row]:
    """Return the rows of JSON Lines."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return rows_of(json.loads(line) for line in lines if line.strip())


# --- speed ----------------------------------------------------------------------------------


def speeds(pool: Sequence[Row], stream: Sequence[Row]) -> list[dict[str, Any]]:
    """Articles a second of CPU: ours whole, explanation included, and TF-IDF with an SVM."""
    model = registry.load()
    answered = [row for row in pool if row.label in {"relevant", "not_relevant"}]
    rival = u4.vectors().fit(map(u4.words_of, answered))
    plane = u4.svm(
        rival.transform(map(u4.words_of, answered)), [row.label == "relevant" for row in answered]
    )
    out = []
    near = [row for row in pool if row.label in {"relevant", "unsure"}]
    for name, aim, rows in (
        ("mixed", 1000, list(stream)),
        ("topical, articles", 150, [row for row in near if _long(row)]),
        ("topical, headlines with a sentence", 150, [row for row in near if not _long(row)]),
    ):
        rates: dict[str, list[float]] = {"ours": [], "sklearn": []}
        for _ in range(ROUNDS):
            rates["ours"].append(_rate(rows, lambda some: model.judge([row.text for row in some])))
            rates["sklearn"].append(
                _rate(
                    rows,
                    lambda some: plane.decision_function(rival.transform(map(u4.words_of, some))),
                )
            )
        words = statistics.mean(len(row.text.body.split()) for row in rows)
        ours, theirs = (statistics.median(rates[side]) for side in ("ours", "sklearn"))
        out.append(
            {"texts": name, "n": len(rows), "words": round(words), "ours": round(ours),
             "sklearn": round(theirs), "ratio": round(ours / theirs, 1), "aim": aim,
             "rounds": rates}
        )  # fmt: skip
    return out


def rates(found: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """Yield a figure for each kind of text: articles a second, as the idle machine would judge."""
    slow = slowness()
    for row in found:
        ours: list[float] = row["rounds"]["ours"]
        yield Figure.of(
            f"articles judged, {row['texts']}", [rate * slow for rate in ours],
            "a second and core", aim=row["aim"], rival="TF-IDF and a linear SVM of scikit-learn",
            data=f"{row['n']:,} texts of {row['words']} words", command="make bench-judgement",
            beside=f"{row['ours']:,} as measured, the rival {row['sklearn']:,}; machine"
            f" {slow:.2f} times slower than idle",
        )  # fmt: skip


def _long(row: Row) -> bool:
    return len(row.text.body.split()) >= SHORT


def _rate(rows: Sequence[Row], judge: Callable[[Sequence[Row]], object]) -> float:
    began = time.process_time()
    for start in range(0, len(rows), BATCH):
        judge(rows[start : start + BATCH])
    return len(rows) / (time.process_time() - began)


def alone(rows: Sequence[Row]) -> dict[str, float]:
    """Start, readiness and peak memory of a process that only judges: the best of three."""
    with tempfile.TemporaryDirectory(prefix="torkham-bench-") as folder:
        texts = Path(folder, "texts.json")
        texts.write_text(json.dumps([[r.text.title, r.text.body, r.text.outlet] for r in rows]))
        told = [_child(texts) for _ in range(3)]
        lines = Path(folder, "one.jsonl")
        lines.write_text(made_up(1)[0] + "\n", encoding="utf-8")
        starts = [_command(lines, Path(folder)) for _ in range(3)]
    return {
        "ready": min(t["ready"] for t in told),
        "cpu": min(t["cpu"] for t in told),
        "peak": max(t["peak"] for t in told),
        "command": min(wall for wall, _ in starts),
        "command_cpu": min(cpu for _, cpu in starts),
    }


def _child(texts: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(texts)], capture_output=True, check=True, cwd=u4.ROOT
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _command(lines: Path, folder: Path) -> tuple[float, float]:
    """Seconds of ``torkham classify`` over one article from start to end: wall clock, CPU."""
    run = "from monitor.cli.main import main; main()"
    began, burnt = time.perf_counter(), _children()
    subprocess.run(
        [sys.executable, "-c", run, "classify", "--json", str(lines), "--data", str(folder)],
        capture_output=True, check=True, cwd=u4.ROOT,
    )  # fmt: skip
    return time.perf_counter() - began, _children() - burnt


def _children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


# --- quality --------------------------------------------------------------------------------


def curves(sheet: Sheet, splits: int) -> dict[str, list[dict[str, Any]]]:
    """The learning curves, all on the same splits, the prior never fitted on rows that count."""
    plan = Plan(reviews=max(AT), splits=splits, unseen=True)
    best_of = replace(plan, mix=(1, 0, 0))
    return {
        "ours": curve(sheet, plan),
        "ours, 10 % wrong answers": curve(sheet, replace(plan, wrong=0.1)),
        "u4, the same mix": curve(sheet, plan, u4.U4),
        "u4, always the likeliest": curve(sheet, best_of, u4.U4),
        "ours, unsure accepted": curve(sheet, replace(plan, widen=True)),
        "u4, unsure accepted": curve(sheet, replace(plan, widen=True), u4.U4),
    }


def lines_of_curves(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield a Markdown table: average precision and, of ours, the sum of scores over the truth."""
    yield "| reviews | " + " | ".join(map(str, AT)) + " |"
    yield "|---|" + "---|" * len(AT)
    for name, points in found.items():
        at = {point["reviews"]: point for point in points}
        cells = [_cell(at.get(n), "average_precision") for n in AT]
        yield f"| {name} | " + " | ".join(cells) + " |"
    at = {point["reviews"]: point for point in found["ours"]}
    cells = [_cell(at.get(n), "expected_over_relevant") for n in AT]
    yield "| ours: scores over truth | " + " | ".join(cells) + " |"


def _cell(point: dict[str, Any] | None, name: str) -> str:
    if point is None:
        return "–"
    low, high = point["range"][name]
    return f"{point[name]:.3f} ({low:.2f}–{high:.2f})"


def cross(sheet: Sheet, stream: Sheet) -> dict[str, Any]:
    """The figures without reviews, by weights that saw neither a row nor its copies."""
    judged = report.judged_unseen(sheet, 5, stream)
    return report.report(sheet, judged, threshold=sheet.pack.relevant_at)


def lines_of_figures(told: dict[str, Any]) -> Iterator[str]:
    """Yield a Markdown table of average precision by kind, with the stream's line below it."""
    kinds = {"together": told, **told["by_kind"]}
    yield "| | " + " | ".join(kinds) + " |"
    yield "|---|" + "---|" * len(kinds)
    counts = [f"{k['relevant']} of {k['n']}" for k in kinds.values()]
    yield "| relevant | " + " | ".join(counts) + " |"
    cells = []
    for kind in kinds.values():
        low, high = kind["intervals"]["average_precision"] or (0.0, 0.0)
        cells.append(f"{kind['average_precision']:.3f} ({low:.3f}–{high:.3f})")
    yield "| average precision (95 %) | " + " | ".join(cells) + " |"
    for name, said in (("as_not_relevant", "not relevant"), ("as_relevant", "relevant")):
        found = (kind["average_precision_with_unsure"][name] for kind in kinds.values())
        yield f"| the unsure counted {said} | " + " | ".join(f"{f:.3f}" for f in found) + " |"
    line = told["stream"]["at_recall_95"]
    yield ""
    at = f"At {line['threshold']:.3f}, where recall is {line['recall']:.3f}"
    yield f"{at}, {100 * line['share']:.2f} % of a stream of {told['stream']['n']} lies above."


def lines_of_audit(months: int = 100) -> Iterator[str]:
    """Yield how often the audit's interval held the truth in made-up months, and how wide it is."""
    found = audit.simulate(months, seed=1)
    yield "| interval of what was missed | months that it covers | median width |"
    yield "|---|---|---|"
    for name, said in (
        ("audit", "ours"),
        ("reference", "Clopper–Pearson by band"),
        ("jeffreys", "Jeffreys"),
    ):
        told = found[name]
        assert isinstance(told, dict)
        yield f"| {said} | {100 * told['covered']:.0f} of 100 | {told['median_width']} |"


# --- telling --------------------------------------------------------------------------------


def speed(rows: list[Row], more: list[Row], found: Sequence[dict[str, Any]]) -> str:
    """Return speed, start and memory as Markdown."""
    own = alone([*more, *rows])
    start = (
        f"First verdict {own['ready']:.2f} s after the import begins ({own['cpu']:.2f} s of CPU);"
        f" `torkham classify` of one article {own['command']:.2f} s from start to end"
        f" ({own['command_cpu']:.2f} s of CPU); peak memory {own['peak']:.0f} MB."
    )
    about = (
        f"One core of a machine with a load of {os.getloadavg()[0]:.0f}; Python"
        f" {sys.version.split()[0]}, numpy {version('numpy')}, scikit-learn"
        f" {version('scikit-learn')}."
    )
    head = ("CPU, articles a second", "articles", "words each", "ours", "TF-IDF + SVM", "times")
    table = [
        f"| {' | '.join(head)} | aim |",
        "|---" * (len(head) + 1) + "|",
        *("| " + " | ".join(str(r[k]) for k in SPEED) + " |" for r in found),
    ]
    return "\n".join([about, "", *table, "", start])


def quality(splits: int, rows: list[Row], more: list[Row]) -> str:
    """Return the figures, the learning curves and the audit as Markdown."""
    pack = load_pack()
    sheet, beside = Sheet(rows, pack), Sheet(more, pack)
    out = [
        "Without reviews, by weights fitted on the other four of five parts:",
        "",
        *lines_of_figures(cross(sheet, beside)),
        "",
        f"With reviews, average precision, mean and range of {splits} splits:",
        "",
        *lines_of_curves(curves(sheet, splits)),
        "",
        "What the daily audit says was missed, at 90 %, over 100 made-up months:",
        "",
        *lines_of_audit(),
    ]
    return "\n".join(out)


def write(part: str, body: str) -> None:
    """Put a part between its marks in docs/benchmarks.md."""
    text = DOCS.read_text(encoding="utf-8")
    start, end = f"<!-- bench-judgement {part} -->", f"<!-- /bench-judgement {part} -->"
    if start not in text or end not in text:
        sys.exit(f"{DOCS} has no {start}")
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    DOCS.write_text(f"{before}{start}\n\n{body}\n\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and where asked write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path)
    parser.add_argument("--stream", type=Path)
    parser.add_argument("--splits", type=int, default=4)
    parser.add_argument("--only", choices=("speed", "quality"))
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options(parser)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    private = TOPIC_DATA / "dev.jsonl"
    pool = asked.pool or (private if private.exists() else SMALL_POOL)
    flow = asked.stream or TOPIC_DATA / "stream.jsonl"
    if flow.exists():
        more, name = read(flow), flow.name
    else:
        more, name = rows_of(json.loads(line) for line in made_up(2_000)), "made-up articles"
    rows = read(pool)
    print(f"Pool: {pool.name}, {len(rows)} rows; stream: {name}, {len(more)} articles.\n")
    presented(asked, lambda: _measured(asked, rows, more))


def _measured(asked: argparse.Namespace, rows: list[Row], more: list[Row]) -> Iterator[Figure]:
    """Yield the figures of the parts asked for, the tables printed and where asked written."""
    for part in ("speed", "quality"):
        if asked.only not in {None, part} or (part == "quality" and asked.quick):
            continue
        if part == "speed":
            found = speeds(rows, more)
            body = speed(rows, more, found)
            yield from rates(found)
        else:
            body = quality(asked.splits, rows, more)
        print(body + "\n")
        if asked.write:
            write(part, body)


if __name__ == "__main__":
    main()
