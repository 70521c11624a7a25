"""The alert rules of this tick: words of feeds.yaml and names of the lexicon, ready to match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from classifiers.lexicon import Lexicon
from classifiers.words import fold_with_map
from monitor.config.kinds import Term
from monitor.config.shape import Alert
from monitor.edge import render
from monitor.model import AlertHit, Rule
from monitor.stages import compose, match
from store.types import Outgoing, Unjudged
