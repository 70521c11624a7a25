"""What was rejected by mistake: how the daily audit draws, and what its decisions can say.

Of what scores below the threshold a few items a day go to people unmarked. Each had a known chance
of being drawn, so their decisions speak for all the others. How many relevant items were rejected
is then estimated from the draw alone (``interval``); what the scores say stands beside it.
"""

from __future__ import annotations

from monitor.stages.audit.bounds import LEVEL, estimate, interval
from monitor.stages.audit.drawing import Volume, bands, edges, even_bands, volumes
from monitor.stages.audit.telling import (
    IN_A_ROW,
    LEAST_DECIDED,
    Left,
    Missed,
    by_model,
    left,
    missed,
    sentence,
)

__all__ = [
    "IN_A_ROW",
    "LEAST_DECIDED",
    "LEVEL",
    "Left",
    "Missed",
    "Volume",
    "bands",
    "by_model",
    "edges",
    "estimate",
    "even_bands",
    "interval",
    "left",
    "missed",
    "sentence",
    "volumes",
]
