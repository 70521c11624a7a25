"""The content of an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.model import Alert, AlertHit
from monitor.stages.compose.telling import published
from monitor.stages.compose.words import plain
from store.types import ArticleRow


def alert(
    hits: Sequence[AlertHit],
    row: ArticleRow,
    *,
    created_at: datetime,
    time_zone: str,
) -> Alert:
    """Compose the alert of one rule on one article from its ``hits`` (one at least).

    The key is the same for the same rule and article, for ever: an article alerts once a rule.
    """
    rule = hits[0].rule
    return Alert(
        key=f"alert:{rule}:{row.article}",
        rule=rule,
        article=row.article,
        title=plain(row.title) or "(no title)",
        outlet=plain(row.outlet),
        url=row.url,
        published=published(row),
        time_zone=time_zone,
        hits=tuple(hits),
        score=row.score,
        language=row.language,
        created_at=created_at,
    )
