"""How often the first guess at an article's genre is right, on texts labelled by hand.

    python bench/genres.py [--wrong]

Ids and labels are in tests/data/genres.jsonl; the texts are private and are looked for in the
folder named by TORKHAM_SHARED. Half of the labels served to write the marks ("tune"), the other
half was looked at only to measure ("test").
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from monitor.stages.genre import Genre, genre

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TORKHAM_SHARED", str(ROOT.parent / "shared"))) / "data"
LABELS = ROOT / "tests" / "data" / "genres.jsonl"


def texts(data: Path = DATA) -> dict[str, dict[str, Any]]:
    """Return the private texts by id."""
    rows: dict[str, dict[str, Any]] = {}
    for name in ("dev", "stream"):
        lines = (data / "topic" / f"{name}.jsonl").read_text(encoding="utf-8").strip().split("\n")
        rows |= {row["id"]: row for row in map(json.loads, lines)}
    return rows


def guesses(data: Path = DATA) -> list[tuple[dict[str, str], Genre]]:
    """Return each label with the guess for its text."""
    known = texts(data)
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").strip().split("\n")]
    return [(label, _guess(known[label["id"]])) for label in labels if label["id"] in known]


def _guess(row: dict[str, Any]) -> Genre:
    return genre(row["title"] or "", row["text"], row["url"] or "", row["outlet"] or "")


def accuracy(rows: list[tuple[dict[str, str], Genre]], part: str) -> float:
    """Return the share of right guesses in one half."""
    of_part = [label["genre"] == guess.kind for label, guess in rows if label["part"] == part]
    return sum(of_part) / len(of_part)


def main() -> None:
    """Print accuracy and who was taken for what, for each half."""
    rows = guesses()
    for part in ("tune", "test"):
        of_part = [(label, guess) for label, guess in rows if label["part"] == part]
        mixed = Counter((label["genre"], guess.kind) for label, guess in of_part)
        print(f"{part}: {accuracy(rows, part):.3f} right of {len(of_part)}")
        for (truth, said), n in sorted(mixed.items()):
            print(f"    {truth:10} taken for {said:10} {n}")
    if "--wrong" in sys.argv:
        for label, guess in rows:
            if label["part"] == "tune" and label["genre"] != guess.kind:
                print(label["id"], label["genre"], "->", guess.kind, "|", guess.why)


if __name__ == "__main__":
    main()
