"""How often the first guess at the genre is right; `python bench/genres.py` prints the same."""

from __future__ import annotations

import pytest

from bench.genres import DATA, accuracy, guesses
from monitor.stages.genre import genre

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the private texts are not at {DATA}"),
]


def test_the_first_guess_is_right_more_than_eight_times_in_ten() -> None:
    rows = guesses()
    assert len(rows) >= 120
    assert accuracy(rows, "test") >= 0.8


def test_the_five_seed_articles_are_taken_for_opinion_or_analysis() -> None:
    files = sorted((DATA.parent / "corpus").glob("*.txt"))
    said = {}
    for file in files:
        first, _, rest = file.read_text(encoding="utf-8").strip().partition("\n")
        title, body = (first, rest) if len(first) < 200 else ("", f"{first}\n{rest}")
        said[file.name] = genre(title, body).kind
    assert set(said.values()) <= {"op_ed", "analysis"}, said
