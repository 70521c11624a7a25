"""What is kept of one article once it was read, refused, or could not be had: one write each."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from classifiers.lexicon import Lexicon
from monitor import repeats, retelling
from monitor.edge.worker import WorkerFault
from monitor.model import Dropped, Fault, FetchFailed, FetchOutcome, Reading
from monitor.records import full_text, headline_text, refused_text
from monitor.stages import dedupe, retry
from store import articles, copies, refusals
from store.db import Db, StoreCorrupt, StoreFull, StoreLocked, StoreRefused, write
from store.types import Pending, StoredText

log = logging.getLogger(__name__)

COPY_WINDOW = timedelta(days=30)
STORE_TROUBLE = (StoreFull, StoreLocked, StoreRefused, StoreCorrupt)
"""Not the fault of the item at hand: the job ends, and nothing is booked as failed for it."""


def not_kept(key: str, url: str, error: Exception, now: datetime) -> FetchFailed:
    """Return what is booked of an answer that broke us: a failure of its own unit."""
    detail = f"What was read could not be kept: {error}"[:300]
    return FetchFailed(key=key, url=url, fault=Fault.OTHER, detail=detail, fetched_at=now)


def kept(
    db: Db,
    item: Pending,
    outcome: FetchOutcome | None,
    made: Reading | Dropped | WorkerFault | None,
    now: datetime,
    *,
    lexicon: Lexicon,
) -> str:
    """Keep what came of an item. One that cannot be kept holds up no other: it is tried again."""
    try:
        return _keep(db, item, outcome, made, now, lexicon)
    except STORE_TROUBLE:
        raise  # not this item's fault
    except Exception as error:
        log.exception("article %d could not be kept", item.article)
        failure = not_kept(str(item.article), item.url, error, now)
        articles.save_failure(
            db, item.article, fault=failure.fault.value, detail=failure.detail,
            next_try_at=retry.page_again_at(item, failure, now), now=now,
        )  # fmt: skip
        return failure.fault.value


def _keep(
    db: Db,
    item: Pending,
    outcome: FetchOutcome | None,
    made: Reading | Dropped | WorkerFault | None,
    now: datetime,
    lexicon: Lexicon,
) -> str:
    match made:
        case Reading():
            return _keep_text(db, item, outcome, made, now, lexicon)
        case Dropped():
            return _keep_refused(db, item, made, now, lexicon)
        case WorkerFault():
            return _keep_headline(db, item, Fault.WORKER.value, made.detail, now, lexicon)
        case None:
            if isinstance(outcome, FetchFailed):
                return _keep_failure(db, item, outcome, now, lexicon)
            return _keep_headline(db, item, None, "", now, lexicon)


def _keep_text(
    db: Db,
    item: Pending,
    outcome: FetchOutcome | None,
    reading: Reading,
    now: datetime,
    lexicon: Lexicon,
) -> str:
    prints = reading.fingerprints
    near = copies.similar(
        db, prints.sketch, prints.text_hash, since=now - COPY_WINDOW, exclude=item.article
    )
    original = dedupe.copy_of(prints, near)
    text = full_text(item, reading, original, outcome)
    _told(db, item, repeats.marked(text, item, lexicon), now, lexicon)
    return "copy" if original else "read"


def _told(db: Db, item: Pending, text: StoredText, now: datetime, lexicon: Lexicon) -> None:
    """Keep a text, and its article in its story, in one write."""
    seen_at = item.first_seen_at
    retelling.keep(db, text, outlet=item.outlet, seen_at=seen_at, lexicon=lexicon, now=now)


def _keep_refused(db: Db, item: Pending, made: Dropped, now: datetime, lexicon: Lexicon) -> str:
    """Judge the headline, and keep the text that was refused: a person may know better."""
    with write(db):
        if made.text is not None:
            refusals.keep(db, refused_text(item, made, made.text, now))
        return _keep_headline(db, item, made.reason.value, made.detail, now, lexicon)


def _keep_headline(
    db: Db, item: Pending, refused: str | None, detail: str, now: datetime, lexicon: Lexicon
) -> str:
    """Judge what the feed said: no story vanishes behind a bad page."""
    if item.version and refused:  # an edited page that cannot be read again keeps its text
        articles.keep_standing(db, item.article, now)
        return "stands"
    _told(db, item, headline_text(item, refused=refused, detail=detail), now, lexicon)
    return refused or "headline"


def _keep_failure(
    db: Db, item: Pending, failure: FetchFailed, now: datetime, lexicon: Lexicon
) -> str:
    """Judge the headline at once, and try the page again while there is hope."""
    with write(db):
        if not item.version:
            _keep_headline(db, item, failure.fault.value, failure.detail, now, lexicon)
        articles.save_failure(
            db, item.article, fault=failure.fault.value, detail=failure.detail,
            next_try_at=retry.page_again_at(item, failure, now), now=now,
        )  # fmt: skip
    return failure.fault.value
