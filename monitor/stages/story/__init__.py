"""Which articles tell the same story? Decided once, as an article comes in; people may change it.

An article joins a story when its headline and lead share enough rare words, names and figures with
the story's members, within days. Names and rare words tell; "killed", "says" and "Pakistan" stand
in every other text. What is doubtful stays apart: a reader forgives two entries sooner than a
wrong merger.
"""

from __future__ import annotations

from monitor.stages.story.facts import CONCEPT, SCHEME, Rarity, Told, facts, rarest, terms
from monitor.stages.story.likeness import WITHIN, Likeness, likeness
from monitor.stages.story.replay import replay
from monitor.stages.story.verb import Assignment, CandidateStory, assign
from monitor.stages.story.words import as_written

__all__ = [
    "CONCEPT",
    "SCHEME",
    "WITHIN",
    "Assignment",
    "CandidateStory",
    "Likeness",
    "Rarity",
    "Told",
    "as_written",
    "assign",
    "facts",
    "likeness",
    "rarest",
    "replay",
    "terms",
]
