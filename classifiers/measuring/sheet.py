"""A labelled pool read once, so that any number of models can be asked about it in milliseconds.

The scores are those of the classifier to the last digits (a test holds it to that); only the
reading, which is nearly all of the work, is not repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.definition import Definition
from classifiers.facets import Facets
from classifiers.features import Reader, Reading
from classifiers.learning.lessons import Lesson, lesson_of
from classifiers.learning.linear import Floats
from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.measuring.copies import groups_of
from classifiers.measuring.evaluate import text_of
from classifiers.pack import Pack
from classifiers.profile import Profile
from classifiers.terms import count_terms
from classifiers.types import Text
from classifiers.words import words

Tick = Callable[[int], None]
Mask = NDArray[np.bool_]

LABELS = ("relevant", "not_relevant", "unsure")
_OPENING = 900


def silent(_done: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a pool. ``label`` is one of ``LABELS``, or empty for a row without an answer."""

    id: str
    text: Text
    label: str
    kind: str
    event: str


def rows_of(given: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows of JSON Lines, in order. Missing and null fields read as empty."""
    return [
        Row(
            id=str(row.get("id") or place),
            text=text_of(row),
            label=str(row.get("label") or ""),
            kind=str(row.get("kind") or ""),
            event=str(row.get("event_group") or ""),
        )
        for place, row in enumerate(given)
    ]


def _switched(pack: Pack, lexicon: Lexicon) -> Callable[[Reading, Text], float]:
    """What the team's definition adds to the log-odds of a text, whatever the model."""
    concepts = lexicon.concepts.values()
    definition = Definition(pack.definition, concepts, pack.team.switches)
    if not definition:
        return lambda _reading, _text: 0.0
    facets = Facets(tuple(pack.strands), pack.facets, concepts)

    def added(reading: Reading, text: Text) -> float:
        topics = facets.of(reading.hits, text.side or "")
        return math.fsum(c.weight for c in definition.contributions(reading.hits, topics))

    return added


class Sheet:
    """The rows of a pool with everything that models of one topic pack ask of them.

    Arrays have one entry a row. ``values`` are the figures of the pack in the order of ``names``;
    ``keywords`` counts names of its poles; ``likeness`` is the cosine with the seed profile.
    """

    def __init__(self, rows: Sequence[Row], pack: Pack, *, tick: Tick = silent) -> None:
        self.rows = list(rows)
        self.pack = pack
        self.names = pack.recipe.names
        lexicon = load_lexicon(pack.topic, pack.team)
        reader = Reader(pack, lexicon, Profile(pack.profile))
        bare = Profile({**pack.profile, "full_at": 1.0})
        switched = _switched(pack, lexicon)
        self.lessons: list[Lesson] = []
        kinds, keywords, likeness, moved = [], [], [], []
        for row in self.rows:
            reading = reader.read(row.text)
            self.lessons.append(lesson_of(reading))
            kinds.append(row.kind or reading.kind)
            keywords.append(sum(hit.concept.pole in pack.recipe.poles for hit in reading.hits))
            found = words(row.text.title, _OPENING), words(row.text.body, _OPENING)
            likeness.append(bare.likeness(count_terms(*found, opening=_OPENING))[0])
            moved.append(switched(reading, row.text))
            tick(1)
        self._moved = np.array(moved, dtype=np.float64)
        self.kinds = kinds
        self.keywords = np.array(keywords, dtype=np.float64)
        self.likeness = np.array(likeness, dtype=np.float64)
        self.values: Floats = np.array([lesson.values for lesson in self.lessons]).reshape(
            len(self.rows), len(self.names)
        )

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    @cached_property
    def relevant(self) -> Mask:
        """Which rows are labelled relevant."""
        return np.array([row.label == "relevant" for row in self.rows], dtype=np.bool_)

    @cached_property
    def unsure(self) -> Mask:
        """Which rows are labelled unsure."""
        return np.array([row.label == "unsure" for row in self.rows], dtype=np.bool_)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The group of near copies of each row; the pool's own event names join in."""
        texts, events = [row.text for row in self.rows], [row.event for row in self.rows]
        return np.array(groups_of(texts, events), dtype=np.int64)

    def logits(self, params: Mapping[str, Any]) -> Floats:
        """The log-odds that the model of these parameters gives each row."""
        weights = params["weights"]
        held = np.array([float(weights.get(n, self.pack.weights[n])) for n in self.names])
        out = self.values @ held + float(weights["intercept"]) + self._moved
        if params.get("terms"):
            out += self._taught(params["terms"])
        return np.asarray(out, dtype=np.float64)

    def _taught(self, terms: Mapping[str, Sequence[float]]) -> Floats:
        """What the learnt words add: each row's known words, scaled to length one."""
        place, rows, columns, counts = self._words
        rarity, weight = np.zeros(len(place)), np.zeros(len(place))
        for term, told in terms.items():
            column = place.get(term)
            if column is not None:
                rarity[column], weight[column] = told[0], told[1]
        raw = counts * rarity[columns]
        size = np.sqrt(np.bincount(rows, weights=raw * raw, minlength=len(self)))
        said = np.bincount(rows, weights=raw * weight[columns], minlength=len(self))
        return np.asarray(said / np.where(size > 0, size, 1.0), dtype=np.float64)

    @cached_property
    def _words(self) -> tuple[dict[str, int], NDArray[np.int64], NDArray[np.int64], Floats]:
        place: dict[str, int] = {}
        columns = [
            place.setdefault(word, len(place)) for lesson in self.lessons for word in lesson.words()
        ]
        lengths = [len(lesson.counts) for lesson in self.lessons]
        rows = np.repeat(np.arange(len(self.lessons)), np.array(lengths, dtype=np.int64))
        counts = np.frombuffer(b"".join(lesson.counts for lesson in self.lessons), dtype=np.uint8)
        return (
            place,
            rows,
            np.array(columns, dtype=np.int64),
            1.0 + np.log(counts, dtype=np.float64),
        )
