"""The places in the text that made a figure what it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from classifiers.features import Source
from classifiers.lexicon import Hit
from classifiers.types import Match

_MOST_MATCHES = 12


def evidence_of(source: Source | None, hits: Sequence[Hit]) -> tuple[Match, ...]:
    """The first places that made a figure what it is, in the order of the text.

    ``source`` is what ``Reader.sources`` holds for the figure; one without places has none.
    """
    if source is None:
        return ()
    parts, wanted = source
    found = (hit.match for hit in hits if hit.concept.id in wanted and hit.part in parts)
    return tuple(islice(found, _MOST_MATCHES))
