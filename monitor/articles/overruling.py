"""A person says that a refused page is an article after all, or takes that back.

The text that was refused becomes the article's next version and is judged anew; alerts speak of it
as of any new text. The article keeps its place in the books.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from classifiers.lexicon import Lexicon
from monitor.articles.keeping import kept
from monitor.articles.records import headline_text
from monitor.model import ArticleText, DateSource, Reading, When
from monitor.stages import dedupe
from store import articles, refusals
from store.db import Db, write
from store.kinds import Refusal
from store.types import Pending

NOTHING = "There is no refused text of this article to bring back."
NOT_KEPT = "The text could not be kept, so nothing was changed."
MOVED_ON = "The article got a newer text since, so there is nothing to take back."


def overrule(db: Db, *, article: int, by: str, now: datetime, lexicon: Lexicon) -> str:
    """Make the refused text the article's own; return "" or the sentence why nothing was done.

    Doing it twice does it once. One write.
    """
    refusal, item = refusals.get(db, article), articles.as_wanted(db, article)
    if refusal is None or item is None or not refusal.body.strip():
        return NOTHING
    if refusals.standing(db, article):
        return ""
    try:
        with write(db, durable=True):
            _overrule(db, refusal, item, by, now, lexicon)
    except _NotKeptError:
        return NOT_KEPT
    return ""


class _NotKeptError(Exception):
    """Raised inside the write, so that what was noted of the failed try is undone with it."""


def _overrule(
    db: Db, refusal: Refusal, item: Pending, by: str, now: datetime, lexicon: Lexicon
) -> None:
    refusals.mark(db, item.article, overruled=True)  # before the text: the books keep the place
    made = kept(db, item, None, _reading(refusal, item), now, lexicon=lexicon)
    row = articles.get(db, item.article)
    if made not in {"read", "copy"} or row is None:
        raise _NotKeptError
    refusals.overrule(db, refusal, version=row.version, by=by, now=now)


def _reading(refusal: Refusal, item: Pending) -> Reading:
    text = ArticleText(
        title=refusal.title or item.title,
        body=refusal.body,
        author=refusal.author,
        published=_told(refusal),
        language=refusal.language,
        extractor=refusal.extractor,
    )
    prints = dedupe.fingerprint(text.title, text.body)
    return Reading(text=text, fingerprints=prints, text_from="page")


def _told(refusal: Refusal) -> When | None:
    if refusal.published_at is None:
        return None
    said: tuple[DateSource, ...] = get_args(DateSource)
    source = next((one for one in said if one == refusal.published_source), said[0])
    return When(at=refusal.published_at, original=refusal.published_original or "", source=source)


def take_back(db: Db, *, article: int, by: str, now: datetime) -> str:
    """Let the refusal hold again: the headline stands in for the text, as before.

    Returns "" or the sentence why nothing was done. The text that was brought back stays among the
    versions. One write.
    """
    refusal, item = refusals.get(db, article), articles.as_wanted(db, article)
    line = refusals.standing(db, article)
    if refusal is None or item is None or line is None:
        return NOTHING
    if item.version != line.version:
        return MOVED_ON
    with write(db, durable=True):
        again = headline_text(item, refused=refusal.reason, detail=refusal.detail)
        version = articles.save_text(db, again, now)
        refusals.take_back(db, refusal, version=version, by=by, now=now)
    return ""
