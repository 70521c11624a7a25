"""What examples bring to a training: their figures, and their words as one sparse matrix.

Reading a text is most of the work of learning from it, and the same decisions are learnt from again
and again: what was read is kept, within a bound, for as long as the process lives.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Reader, Reading
from classifiers.learning.linear import Floats
from classifiers.terms import count_terms
from classifiers.types import Text

Places = NDArray[np.int64]

_KEPT = 4096  # about 6 kB each
_DENSE_FROM = 100  # from here on a column is cheaper as part of a dense block
_PAIRS = 500_000  # at a time, so that memory stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One text read for learning. ``terms`` are joined by line feeds, ``counts`` in their order."""

    values: tuple[float, ...]
    terms: str
    counts: bytes  # capped at 255

    def words(self) -> list[str]:
        """The terms, each once."""
        return self.terms.split("\n") if self.terms else []


class Lessons:
    """Reads texts for learning and remembers the last few thousand. Safe between threads."""

    def __init__(self, reader: Reader, *, kept: int = _KEPT) -> None:
        self._reader = reader
        self._kept = kept
        self._known: OrderedDict[bytes, Lesson] = OrderedDict()
        self._lock = Lock()

    def of(self, text: Text) -> Lesson:
        """The lesson of ``text``; the same as if it were read anew."""
        key = _key(text)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        lesson = lesson_of(self._reader.read(text))
        with self._lock:
            self._known[key] = lesson
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return lesson

    def __len__(self) -> int:
        """How many lessons are remembered."""
        return len(self._known)


def lesson_of(reading: Reading) -> Lesson:
    """What a reading brings to a training."""
    counts = count_terms(reading.title_words, reading.body_words)
    return Lesson(
        values=reading.values,
        terms="\n".join(counts),
        counts=bytes(min(n, 255) for n in counts.values()),
    )


def _key(text: Text) -> bytes:
    repeated = ",".join(f"{r.start}-{r.end}-{r.articles}" for r in text.repeated)
    fields = (text.title, text.body, text.outlet, text.side or "", repeated)
    whole = "\x1f".join(f"{len(part)}:{part}" for part in fields)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Examples over terms, sparse: ``weights[i]`` stands in row ``rows[i]``, column ``columns[i]``.

    Rows are of length one (or empty), entries in the order of rows. ``rarity`` is by column.
    """

    size: int
    terms: tuple[str, ...]
    rarity: tuple[float, ...]
    rows: Places
    columns: Places
    weights: Floats

    def row(self, place: int) -> dict[str, float]:
        """One example over the terms."""
        start, end = np.searchsorted(self.rows, [place, place + 1])
        held = zip(self.columns[start:end], self.weights[start:end], strict=True)
        return {self.terms[column]: float(weight) for column, weight in held}

    def down(self, pull: Floats) -> Floats:
        """For each column the sum of its weights, each times its row's ``pull``."""
        return self.gathered(self.weights * pull[self.rows])

    def gathered(self, parts: Floats) -> Floats:
        """For each column the sum of its entries' ``parts``."""
        total = np.bincount(self.columns, weights=parts, minlength=len(self.terms))
        return total.astype(np.float64)

    def across(self, columns: Floats) -> Floats:
        """For each row the sum of its weights, each times its column's figure."""
        parts = self.weights * columns[self.columns]
        return np.bincount(self.rows, weights=parts, minlength=self.size).astype(np.float64)

    def count(self, chosen: NDArray[np.bool_]) -> Places:
        """For each column in how many of the ``chosen`` rows it stands."""
        return np.bincount(self.columns[chosen[self.rows]], minlength=len(self.terms))

    def products(self) -> Floats:
        """Inner products of all pairs of rows: common columns as a block, rare ones by pairs."""
        out = np.zeros(self.size * self.size)
        order = np.argsort(self.columns, kind="stable")
        rows, weights = self.rows[order], self.weights[order]
        spread = np.bincount(self.columns, minlength=len(self.terms))
        starts = np.cumsum(spread) - spread
        for often in range(1, _DENSE_FROM):
            first = starts[spread == often]
            for some in np.array_split(first, 1 + len(first) * often * often // _PAIRS):
                held = some[:, None] + np.arange(often)
                pairs = rows[held][:, :, None] * self.size + rows[held][:, None, :]
                both = weights[held][:, :, None] * weights[held][:, None, :]
                np.add.at(out, pairs.ravel(), both.ravel())
        return out.reshape(self.size, self.size) + self._block(spread >= _DENSE_FROM)

    def _block(self, common: NDArray[np.bool_]) -> Floats:
        held = common[self.columns]
        block = np.zeros((self.size, int(common.sum())))
        block[self.rows[held], (np.cumsum(common) - 1)[self.columns[held]]] = self.weights[held]
        return np.asarray(block @ block.T, dtype=np.float64)


def matrix(
    lessons: Sequence[Lesson], relevant: Sequence[bool], *, most_in: float, most: int
) -> Matrix:
    """The examples over the words worth learning.

    Those are the words that recur, or stand in a relevant example, but stand in no more than
    ``most_in`` examples; of more than ``most`` words those that stand in most.
    """
    words = [lesson.words() for lesson in lessons]
    rows = np.repeat(np.arange(len(words)), [len(row) for row in words])
    flat = list(chain.from_iterable(words))
    # Words are told apart by Python's own 64-bit hash: counting whole strings took three times
    # as long, and two of a hundred thousand words meet once in a thousand million trainings.
    hashes = np.fromiter(map(hash, flat), np.int64, len(flat))
    _, first, place, spread = np.unique(
        hashes, return_index=True, return_inverse=True, return_counts=True
    )
    wanted = np.zeros(len(first), dtype=np.bool_)
    wanted[place[np.array(relevant, dtype=np.bool_)[rows]]] = True
    chosen = np.flatnonzero((spread <= most_in) & ((spread >= 2) | wanted))
    if len(chosen) > most:
        chosen = _commonest(chosen, spread[chosen], [flat[at] for at in first[chosen]], most)
    kept = sorted((flat[first[at]], int(at)) for at in chosen)
    columns = np.full(len(first), -1, dtype=np.int64)
    columns[[at for _, at in kept]] = np.arange(len(kept))
    rarity = [round(1.0 + math.log((1 + len(words)) / (1 + int(spread[at]))), 4) for _, at in kept]
    return _filled(lessons, rows, columns[place], [word for word, _ in kept], rarity)


def _commonest(chosen: Places, spread: Places, named: Sequence[str], most: int) -> Places:
    """The ``most`` of the chosen words that stand in most examples, the alphabet breaking ties."""
    least = np.sort(spread)[-most]
    above = np.flatnonzero(spread > least)
    level = sorted(np.flatnonzero(spread == least).tolist(), key=named.__getitem__)
    return chosen[np.array([*above, *level[: most - len(above)]], dtype=np.int64)]


def _filled(
    lessons: Sequence[Lesson],
    rows: Places,
    columns: Places,
    kept: Sequence[str],
    rarity: Sequence[float],
) -> Matrix:
    """The matrix of sublinear counts times rarity, its rows scaled to length one."""
    counts = np.frombuffer(b"".join(lesson.counts for lesson in lessons), dtype=np.uint8)
    held = columns >= 0
    rows, columns = rows[held], columns[held]
    told = 1.0 + np.log(counts[held], dtype=np.float64)  # of bytes alone it would be a half float
    raw = told * np.array(rarity)[columns] if len(rows) else np.zeros(0)
    sizes = np.sqrt(np.bincount(rows, weights=raw * raw, minlength=len(lessons)))
    return Matrix(
        size=len(lessons),
        terms=tuple(kept),
        rarity=tuple(rarity),
        rows=rows,
        columns=columns,
        weights=raw / sizes[rows],
    )
