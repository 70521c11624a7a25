"""What a digest or an alert says, and when a digest is due. Content only: no HTML is made here."""

from __future__ import annotations

from monitor.stages.compose.alerting import alert, spike, storm, summary
from monitor.stages.compose.due import Rhythm, digest_window, due_days, late_words
from monitor.stages.compose.excerpt import key_sentences, matched_names, sentences
from monitor.stages.compose.facts import ArticleNow, Said, StoryNow, facts_of
from monitor.stages.compose.remembering import Differences, differences
from monitor.stages.compose.telling import (
    LIMIT,
    DayFacts,
    Known,
    Standing,
    digest,
    published,
)
from monitor.stages.compose.words import day_name, plain, subject

__all__ = [
    "LIMIT",
    "ArticleNow",
    "DayFacts",
    "Differences",
    "Known",
    "Rhythm",
    "Said",
    "Standing",
    "StoryNow",
    "alert",
    "day_name",
    "differences",
    "digest",
    "digest_window",
    "due_days",
    "facts_of",
    "key_sentences",
    "late_words",
    "matched_names",
    "plain",
    "published",
    "sentences",
    "spike",
    "storm",
    "subject",
    "summary",
]
