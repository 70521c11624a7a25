"""What a digest or an alert says, and when a digest is due. Content only: no HTML is made here."""

from __future__ import annotations

from monitor.stages.compose.alerting import alert
from monitor.stages.compose.due import digest_window, due_days
from monitor.stages.compose.excerpt import key_sentences, matched_names, sentences
from monitor.stages.compose.telling import LIMIT, DayFacts, digest
from monitor.stages.compose.words import day_name, plain, subject

__all__ = [
    "LIMIT",
    "DayFacts",
    "alert",
    "day_name",
    "digest",
    "digest_window",
    "due_days",
    "key_sentences",
    "matched_names",
    "plain",
    "sentences",
    "subject",
]
