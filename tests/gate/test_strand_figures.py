"""Strands and the definition on labelled news: what the documentation says of them holds.

Labels and strands were read by one person; the articles were chosen by topic words.
"""

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from classifiers.definition import Definition
from classifiers.facets import Facets
from classifiers.features import Reader
from classifiers.lexicon import load_lexicon
from classifiers.pack import load_pack
from classifiers.profile import Profile
from classifiers.registry import load
from classifiers.types import Text

ROOT = Path(__file__).resolve().parents[2]
POOL = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared")) / "data/topic/dev.jsonl"
LINE = math.log(load_pack().queue_at / (1 - load_pack().queue_at))

pytestmark = pytest.mark.skipif(not POOL.exists(), reason=f"the labelled pool is absent: {POOL}")


@dataclass(frozen=True)
class Row:
    label: str
    logit: float
    levels: dict[str, float]
    topics: tuple[str, ...]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(_rows())


@pytest.fixture(scope="module")
def definition() -> Definition:
    return _definition()


def _definition() -> Definition:
    return Definition(load_pack().definition, load_lexicon().concepts.values())


def _rows() -> Iterator[Row]:
    pack, lexicon, model, defined = load_pack(), load_lexicon(), load(), _definition()
    reader = Reader(pack, lexicon, Profile(pack.profile), edges=True)
    facets = Facets(tuple(pack.strands), pack.facets, lexicon.concepts.values())
    with POOL.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            text = Text(
                title=row["title"] or "",
                body=row["text"],
                outlet=row["outlet"] or "",
                language=row["lang"],
            )
            hits = reader.read(text).hits
            topics = facets.of(hits)
            said = model.judge([text])[0].evidence.contributions
            yield Row(
                label=row["label"],
                logit=math.fsum(c.weight for c in said),
                levels={s: defined.level(s, hits, topics) for s in defined.strands},
                topics=topics,
            )


def test_nearly_every_relevant_article_has_a_strand(rows: list[Row]) -> None:
    relevant = [row for row in rows if row.label == "relevant"]
    assert len(relevant) > 100
    assert sum(bool(row.topics) for row in relevant) >= 0.97 * len(relevant)


def test_switches_move_nine_in_ten_of_what_they_recognise_across_the_threshold(
    rows: list[Row], definition: Definition
) -> None:
    """Of the articles one reader could not decide on, where a strand holds five or more."""
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for strand, level in row.levels.items():
            if level and row.label == "unsure":
                of[strand].append(row)
    measured = {strand: found for strand, found in of.items() if len(found) >= 5}
    assert len(measured) >= 4
    for strand, found in measured.items():
        worth = definition.strands[strand].worth
        lifted = sum(r.logit + r.levels[strand] * worth["in"] >= LINE for r in found)
        pushed = sum(r.logit + r.levels[strand] * worth["out"] < LINE for r in found)
        assert lifted >= 0.9 * len(found), (strand, lifted, len(found))
        assert pushed >= 0.9 * len(found), (strand, pushed, len(found))


def test_most_of_what_could_not_be_decided_is_of_some_strand(rows: list[Row]) -> None:
    unsure = [row for row in rows if row.label == "unsure"]
    assert sum(any(row.levels.values()) for row in unsure) >= 0.7 * len(unsure)


def test_the_news_between_the_sides_is_left_alone_by_every_switch(rows: list[Row]) -> None:
    """But for trade and refugees, which are strands of the topic and of the definition alike."""
    own = {"transit_trade", "refugees", "india_taliban"}
    relevant = [row for row in rows if row.label == "relevant"]
    moved = [r for r in relevant if any(v for s, v in r.levels.items() if s not in own)]
    assert len(moved) <= 0.05 * len(relevant)
    for row in relevant:
        if row.topics and row.topics[0] in {"talks", "strikes", "border"}:
            assert not row.levels["refugees"]
            assert not row.levels["transit_trade"]
