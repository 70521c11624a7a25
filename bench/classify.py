"""Articles judged a second by ``torkham classify --json``, the whole process on one core.

    python bench/classify.py [--articles N] [FILE]

FILE is JSON Lines; without it N made-up articles are used, four fifths of them with about 400
words and the rest with a headline and a sentence, as feeds bring them. Start-up counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import ROUNDS, Figure, options, presented, process_time, slowness

NAMES = ("Kabul", "Islamabad", "Torkham", "Chaman", "TTP", "Afghan Taliban", "Peshawar", "Kandahar")
PLAIN = (
    "officials said on Thursday that the committee would meet again after the crossing reopened "
    "and traders waited for a decision about lorries while families asked for news of relatives "
    "prices in the bazaar rose by a tenth since last week according to the chamber of commerce "
    "a spokesman denied the report and promised a statement once the inquiry had ended"
)
WORDS = PLAIN.split()
RUN = "from monitor.cli.main import main; main()"
FULL_WORDS, SHORT_WORDS, SHORT_SHARE = 400, 25, 0.2


def made_up(count: int, seed: int = 0) -> list[str]:
    """Return ``count`` lines of JSON, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311
    return [json.dumps(_article(number, draw)) for number in range(count)]


def _article(number: int, draw: random.Random) -> dict[str, object]:
    words = SHORT_WORDS if draw.random() < SHORT_SHARE else FULL_WORDS
    near = draw.random() < 0.3  # names a side as often as real news of these outlets does
    body = [
        draw.choice(NAMES) if near and draw.random() < 0.04 else draw.choice(WORDS)
        for _ in range(words)
    ]
    title = [draw.choice(NAMES), *draw.choices(WORDS, k=7)] if near else draw.choices(WORDS, k=8)
    for place in range(20, words, 20):
        body[place - 1] += "."
    return {"id": number, "title": " ".join(title), "text": " ".join(body) + "."}


def measured(lines: Path, folder: Path) -> tuple[float, int]:
    """Return the seconds of CPU a whole run took on one core, and the number of answers."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    command = [sys.executable, "-c", RUN, "classify", "--json", "--data", str(folder)]
    started = process_time()
    with lines.open("rb") as given:
        done = subprocess.run(command, stdin=given, capture_output=True, check=False)
    seconds = process_time() - started
    os.sched_setaffinity(0, cores)
    if done.returncode not in {0, 1}:
        sys.exit(done.stderr.decode())
    return seconds, done.stdout.count(b"\n")


def main() -> None:
    """Print one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=5_000)
    options(parser)
    asked = parser.parse_args()
    presented(asked, lambda: figures(asked))


def figures(asked: argparse.Namespace) -> Iterator[Figure]:
    """Yield the rate of whole runs, as the idle machine would give it, and the peak of memory."""
    slow, rates = slowness(), []
    with tempfile.TemporaryDirectory(prefix="torkham-bench-") as folder:
        lines = asked.file or Path(folder, "articles.jsonl")
        if asked.file is None:
            lines.write_text("\n".join(made_up(asked.articles)) + "\n", encoding="utf-8")
        for _ in range(2 if asked.quick else ROUNDS):
            seconds, answers = measured(lines, Path(folder, "data"))
            rates.append(answers / seconds)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    yield Figure.of(
        "articles judged by `torkham classify --json`, start-up included",
        [rate * slow for rate in rates], "a second and core", aim=100, data=f"{answers:,} articles",
        command="make bench-classify",
        beside=f"{statistics.median(rates):.0f} as measured; machine {slow:.2f} times slower than"
        " idle",
    )  # fmt: skip
    yield Figure(
        name="peak of memory of `torkham classify`", value=peak, low=peak, high=peak, unit="MB",
        better="less", data=f"{answers:,} articles", command="make bench-classify",
    )  # fmt: skip


if __name__ == "__main__":
    main()
