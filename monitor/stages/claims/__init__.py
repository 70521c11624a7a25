"""What an article claims: figures with who says them, quotes by officials, and what changed."""

from __future__ import annotations

from monitor.stages.claims.changing import Change, Headline, Told, changes
from monitor.stages.claims.names import Name, Names, names_of
from monitor.stages.claims.prose import Sentence, segmented
from monitor.stages.claims.quoting import quotes
from monitor.stages.claims.values import Claim, Quote, Speaker, Statement
from monitor.stages.claims.verb import claims
from monitor.stages.claims.voicing import statements

__all__ = [
    "Change", "Claim", "Headline", "Name", "Names", "Quote", "Sentence", "Speaker",
    "Statement", "Told", "changes", "claims", "names_of", "quotes", "segmented", "statements",
]  # fmt: skip
