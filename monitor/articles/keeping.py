"""What is kept of one article once it was read, refused, or could not be had: one write each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classifiers.lexicon import Lexicon
from monitor.articles import repeats, retelling
from monitor.articles.records import full_text, headline_text, refused_text
from monitor.config.shape import Retention
from monitor.edge.worker import WorkerFault
from monitor.model import (
    Dropped,
    Fault,
    Fetched,
    FetchFailed,
    FetchOutcome,
    NotModified,
    Reading,
)
from monitor.stages import dedupe, retry
from store import articles, copies, pages, refusals
from store.db import Db, StoreCorrupt, StoreFull, StoreLocked, StoreRefused, write
from store.terms import Index
from store.texts import Unindexed
from store.types import Pending, StoredText

log = logging.getLogger(__name__)

COPY_WINDOW = timedelta(days=30)
STANDS = "stands"
"""What came of an item whose page cannot be read again: the text it has stays."""
STORE_TROUBLE = (StoreFull, StoreLocked, StoreRefused, StoreCorrupt)
"""Not the fault of the item at hand: the job ends, and nothing is booked as failed for it."""


Keeps = Callable[[str], bool]
"""Of an outlet: whether its pages are kept as they were fetched, or their records alone."""

HEADERS = (
    "content-type", "content-language", "date", "last-modified", "etag", "expires", "link",
    "x-robots-tag",
)  # fmt: skip
"""Those of an answer that are kept with its page: what it is, since when, and who may use it."""


def keeps_pages(retention: Retention) -> Keeps:
    """Return which outlets' pages are kept, by the settings."""

    def keeps(outlet: str) -> bool:
        own = retention.outlets.get(outlet)
        days = own.pages_days if own and own.pages_days is not None else retention.pages_days
        return days > 0

    return keeps


def not_kept(key: str, url: str, error: Exception, now: datetime) -> FetchFailed:
    """Return what is booked of an answer that broke us: a failure of its own unit."""
    detail = f"What was read could not be kept: {error}"[:300]
    return FetchFailed(key=key, url=url, fault=Fault.OTHER, detail=detail, fetched_at=now)


Made = Reading | Dropped | WorkerFault | None
Unit = tuple[Pending, FetchOutcome | None, Made]
"""An item, what came of asking for its page, and what was made of that."""


def kept(
    db: Db,
    item: Pending,
    outcome: FetchOutcome | None,
    made: Made,
    now: datetime,
    *,
    lexicon: Lexicon,
    keeps: Keeps = lambda _outlet: False,
) -> str:
    """Keep what came of an item. One that cannot be kept holds up no other: it is tried again.

    The page itself is kept beside it, where ``keeps`` says so of its outlet.
    """
    return kept_all(db, [(item, outcome, made)], now, lexicon=lexicon, keeps=keeps)[0]


def kept_all(
    db: Db, units: Sequence[Unit], now: datetime, *, lexicon: Lexicon,
    keeps: Keeps = lambda _outlet: False,
) -> list[str]:  # fmt: skip
    """Keep what came of items, in their order, in one write; return what became of each.

    The rows are those that as many writes would leave. One that cannot be kept costs itself alone:
    what was written of it is undone, and it is tried again. What the store itself refuses, for want
    of room or the like, undoes all of it and is raised.
    """
    beside = _Beside(now=now, lexicon=lexicon, unindexed=Unindexed(), index=Index(db))
    ready = [_ready(unit, beside, keeps) for unit in units]
    with write(db):
        kept = [_kept(db, one, now) for one in ready]
        beside.unindexed.index(db)
        beside.index.written()
    return kept


def _kept(db: Db, ready: _Ready, now: datetime) -> str:
    item, outcome, made = ready.unit
    unindexed = ready.beside.unindexed
    before = len(unindexed)
    try:
        with write(db), ready.beside.index.part():
            return _keep(db, item, outcome, made, ready.beside)
    except STORE_TROUBLE:
        raise  # not this item's fault
    except Exception as error:
        log.exception("article %d could not be kept", item.article)
        unindexed.undo(before)
        failure = not_kept(str(item.article), item.url, error, now)
        articles.save_failure(
            db, item.article, fault=failure.fault.value, detail=failure.detail,
            next_try_at=retry.page_again_at(item, failure, now), now=now,
        )  # fmt: skip
        return failure.fault.value


def page_of(
    item: Pending,
    outcome: FetchOutcome | None,
    made: Reading | Dropped | WorkerFault | None,
    now: datetime,
    keeps: Keeps,
) -> pages.Page | None:
    """Return what was read, as it came, ready to be kept; None where nothing was read."""
    if isinstance(outcome, Fetched):
        told = {name: outcome.headers[name][:1000] for name in HEADERS if name in outcome.headers}
        return pages.page(
            outcome.body, source="page", url=outcome.url, final_url=outcome.final_url,
            status=outcome.status, headers=told, fetched_at=outcome.fetched_at,
            bytes_too=keeps(item.outlet),
        )  # fmt: skip
    carried = isinstance(made, Reading) and made.text_from == "feed"
    if outcome is None and carried and item.content_html:
        return pages.page(
            item.content_html.encode("utf-8", "replace"), source="feed", url=item.url,
            final_url=item.url, status=200, headers={"content-type": "text/html; charset=utf-8"},
            fetched_at=now, bytes_too=keeps(item.outlet),
        )  # fmt: skip
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What every way of keeping needs beside the item.

    ``text`` and ``story`` are made before the write begins, of an item that was read; ``broken`` is
    what came instead.
    """

    now: datetime
    lexicon: Lexicon
    unindexed: Unindexed
    index: Index
    page: pages.Page | None = None
    text: StoredText | None = None
    story: retelling.Ready | None = None
    broken: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """An item with all that could be made of it without the store."""

    unit: Unit
    beside: _Beside


def _ready(unit: Unit, beside: _Beside, keeps: Keeps) -> _Ready:
    item, outcome, made = unit
    try:
        beside = replace(beside, page=page_of(item, outcome, made, beside.now, keeps))
        if isinstance(made, Reading):
            text = repeats.marked(full_text(item, made, None, outcome), item, beside.lexicon)
            beside = replace(beside, text=text, story=_story(text, item, beside.lexicon))
    except Exception as error:  # noqa: BLE001 - raised again where it is booked
        return _Ready(unit=unit, beside=replace(beside, broken=error))
    return _Ready(unit=unit, beside=beside)


def _story(text: StoredText, item: Pending, lexicon: Lexicon) -> retelling.Ready:
    return retelling.ready(text, outlet=item.outlet, seen_at=item.first_seen_at, lexicon=lexicon)


def _keep(
    db: Db,
    item: Pending,
    outcome: FetchOutcome | None,
    made: Reading | Dropped | WorkerFault | None,
    beside: _Beside,
) -> str:
    if beside.broken is not None:
        raise beside.broken
    match made:
        case Reading():
            return _keep_text(db, item, made, beside)
        case Dropped():
            return _keep_refused(db, item, made, beside)
        case WorkerFault():
            return _keep_headline(db, item, Fault.WORKER.value, made.detail, beside)
        case None:
            if isinstance(outcome, NotModified) and item.version:
                articles.keep_standing(db, item.article, beside.now)
                return STANDS
            if isinstance(outcome, FetchFailed):
                return _keep_failure(db, item, outcome, beside)
            return _keep_headline(db, item, None, "", beside)


def _keep_text(db: Db, item: Pending, reading: Reading, beside: _Beside) -> str:
    prints, since = reading.fingerprints, beside.now - COPY_WINDOW
    near = copies.similar(db, prints.sketch, prints.text_hash, since=since, exclude=item.article)
    original = dedupe.copy_of(prints, near)
    text, story = beside.text, beside.story
    if text is None or story is None:
        raise ValueError("a text that was read was not made ready to be kept")
    if original:
        text = replace(text, copy_of=original.article, copy_how=original.how)
    _told(db, item, text, story, beside)
    return "copy" if original else "read"


def _told(db: Db, item: Pending, text: StoredText, story: retelling.Ready, beside: _Beside) -> None:
    """Keep a text, its article in its story, and the page it was read from, inside a write."""
    retelling.keep_ready(
        db, text, story, now=beside.now, unindexed=beside.unindexed, index=beside.index
    )
    if beside.page and not pages.keep(db, item.article, beside.page):
        log.warning("the page of article %d could not be written to disk", item.article)


def _keep_refused(db: Db, item: Pending, made: Dropped, beside: _Beside) -> str:
    """Judge the headline, and keep the text that was refused: a person may know better."""
    with write(db):
        if made.text is not None:
            refusals.keep(db, refused_text(item, made, made.text, beside.now))
        return _keep_headline(db, item, made.reason.value, made.detail, beside)


def _keep_headline(db: Db, item: Pending, refused: str | None, detail: str, beside: _Beside) -> str:
    """Judge what the feed said: no story vanishes behind a bad page."""
    if item.version and refused:  # an edited page that cannot be read again keeps its text
        articles.keep_standing(db, item.article, beside.now)
        return STANDS
    text = headline_text(item, refused=refused, detail=detail)
    _told(db, item, text, _story(text, item, beside.lexicon), beside)
    return refused or "headline"


def _keep_failure(db: Db, item: Pending, failure: FetchFailed, beside: _Beside) -> str:
    """Judge the headline at once, and try the page again while there is hope."""
    with write(db):
        if not item.version:
            _keep_headline(db, item, failure.fault.value, failure.detail, beside)
        articles.save_failure(
            db, item.article, fault=failure.fault.value, detail=failure.detail,
            next_try_at=retry.page_again_at(item, failure, beside.now), now=beside.now,
        )  # fmt: skip
    return failure.fault.value
