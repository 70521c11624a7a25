"""Wanted articles are read again after a day and a week: a silent edit becomes a version.

A page that is gone, closed or shows something else by then is noted and never takes the place of
the text that is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classifiers.lexicon import Lexicon
from monitor.articles.keeping import Keeps, kept
from monitor.articles.reading import read_page
from monitor.articles.taught import as_before
from monitor.edge.clock import Clock
from monitor.edge.http import Web
from monitor.edge.overlap import overlapped
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import (
    ArticleText,
    Dropped,
    Fault,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchRequest,
    NotModified,
    Reading,
)
from monitor.stages import dedupe, edited
from store import articles, pages, rereads
from store.asides import blanked
from store.db import Db
from store.rereads import Outcome
from store.types import ArticleVersion, Pending

PER_RUN = 30
"""So many pages are asked for in one run: the harvest waits for the same way to the web."""
AGAIN_AFTER = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=12))
_GONE = frozenset({Fault.GONE, Fault.NOT_FOUND})
_FOR_GOOD = frozenset(
    {Fault.ROBOTS, Fault.SCHEME, Fault.BAD_URL, Fault.BLOCKED_ADDRESS, Fault.TOO_LARGE}
)
_UNAVAILABLE_BY_LAW = 451


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one reading found, before it is written down."""

    outcome: Outcome
    detail: str = ""
    status: int | None = None
    reading: Reading | None = None  # to become the next version
    print: str = ""
    again: bool = False  # it could not be had, and may be later


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """An article whose page is asked for again: as its feed told of it, and the text held."""

    item: Pending
    held: ArticleVersion
    attempts: int
    etag: str | None
    last_modified: str | None
    overruled: bool
    print: str  # of the page, at the reading before, where the feed's text is held


def reread(
    db: Db,
    *,
    web: Web,
    workers: Workers,
    lexicon: Lexicon,
    clock: Clock,
    stopped: Callable[[], bool],
    afters: Sequence[timedelta],
    keeps: Keeps,
    limit: int = PER_RUN,
) -> Mapping[str, int]:
    """Read what is due again; one write a page. Returns how many turned out which way.

    The pages are asked with what they were last told apart by, so one that did not change costs
    its server nothing, and with the same manners as at the first time.
    """
    if not afters:
        return {}
    counts: Counter[str] = Counter(scheduled=rereads.schedule(db, afters, clock()))
    cases = {str(case.item.article): case for case in _due(db, clock(), limit)}
    answers = _asked(cases, web, stopped)
    reading = overlapped(answers, lambda got: _read(got, workers, db), stopped=stopped)
    for (case, outcome), made in reading:
        found = weighed(case.held, outcome, made, overruled=case.overruled, before=case.print)
        counts[_kept(db, case, outcome, found, clock(), lexicon, keeps)] += 1
        if stopped():
            break
    return dict(counts)


def _due(db: Db, now: datetime, limit: int) -> Iterator[_Case]:
    for article, attempts, wanted in rereads.due(db, now, limit):
        item, held = articles.as_wanted(db, article), articles.text(db, article)
        if not wanted or item is None or held is None or not held.body:
            rereads.answer(db, article, outcome="unwanted", now=now)
            continue
        page = pages.get(db, article, held.version)
        asks = page if page is not None and page.source == "page" else None
        prints = [one.print for one in rereads.of_article(db, article) if one.print]
        yield _Case(
            item=item, held=held, attempts=attempts, etag=asks.etag if asks else None,
            last_modified=asks.last_modified if asks else None,
            overruled=articles.is_overruled(db, article), print=prints[-1] if prints else "",
        )  # fmt: skip


def _asked(
    cases: Mapping[str, _Case], web: Web, stopped: Callable[[], bool]
) -> Iterator[tuple[_Case, FetchOutcome]]:
    requests = (
        FetchRequest(
            key=key, url=case.item.url, etag=case.etag, last_modified=case.last_modified,
            user_agent=case.item.user_agent,
        )
        for key, case in cases.items()
    )  # fmt: skip
    for outcome in web.fetch_all(requests, stopped=stopped):
        yield cases[outcome.key], outcome


def _read(
    got: tuple[_Case, FetchOutcome], workers: Workers, db: Db
) -> Future[Reading | Dropped] | None:
    case, outcome = got
    if not isinstance(outcome, Fetched):
        return None
    carried = case.held.text_from == "feed"
    item = replace(case.item, content_html=None) if carried else case.item
    return workers.submit(read_page, outcome, item, as_before(db, outcome, case.held.extractor))


# --- what it found --------------------------------------------------------------------------


def weighed(
    held: ArticleVersion,
    outcome: FetchOutcome,
    made: Reading | Dropped | WorkerFault | None,
    *,
    overruled: bool = False,
    before: str = "",
) -> Found:
    """Return what a page read again tells about the text that is held. Nothing is written."""
    match outcome, made:
        case NotModified(), _:
            return Found(outcome="same", detail="The server says that nothing changed.")
        case FetchFailed(), _:
            return _not_had(outcome)
        case Fetched(), Reading():
            return _compared(held, outcome, made, before)
        case Fetched(), Dropped():
            return _refused(held, outcome, made, overruled=overruled)
        case Fetched(), WorkerFault():
            return Found(outcome="failed", detail=made.detail, status=outcome.status, again=True)
    return Found(outcome="failed", detail="Nothing was read.", again=True)


def _not_had(failure: FetchFailed) -> Found:
    outcome: Outcome = "failed"
    if failure.fault in _GONE or failure.status == _UNAVAILABLE_BY_LAW:
        outcome = "gone"
    elif failure.fault is Fault.REFUSED:
        outcome = "wall"
    again = outcome == "failed" and failure.fault not in _FOR_GOOD
    return Found(outcome=outcome, detail=failure.detail, status=failure.status, again=again)


def _compared(held: ArticleVersion, page: Fetched, made: Reading, before: str) -> Found:
    text = made.text
    own = blanked(text.body, text.aside)
    if held.text_from == "feed":
        return _beside_the_feed(held, page, made, own, before)
    edit = edited.weigh(held.title, held.own, text.title or held.title, own)
    if edit.fate == "same":
        return Found(outcome="same", status=page.status)
    if edit.fate == "changed":
        return Found(outcome="changed", status=page.status, reading=made)
    return Found(outcome=edit.fate, detail=edit.why, status=page.status)


def _beside_the_feed(
    held: ArticleVersion, page: Fetched, made: Reading, own: str, before: str
) -> Found:
    """The feed's text is held and was never the page's: pages are compared with each other."""
    mark = edited.mark(own)
    if edited.holds(held.own, own) or before in {"", mark}:
        return Found(outcome="same", status=page.status, print=mark)
    edit = edited.weigh(held.title, held.own, held.title, own)
    if edit.fate in {"same", "changed"}:
        return Found(outcome="changed", status=page.status, reading=made, print=mark)
    return Found(outcome=edit.fate, detail=edit.why, status=page.status, print=mark)


def _refused(held: ArticleVersion, page: Fetched, made: Dropped, *, overruled: bool) -> Found:
    """A page that is no article: a wall or a notice, unless it tells what it always told."""
    edit = _against(held, made.text)
    if edit.fate == "same":
        return Found(outcome="same", status=page.status)
    if overruled and edit.fate == "changed" and made.text is not None:
        prints = dedupe.fingerprint(made.text.title, made.text.body)
        again = Reading(text=made.text, fingerprints=prints, text_from="page")
        return Found(outcome="changed", status=page.status, reading=again)
    detail = made.detail or made.reason.value.replace("_", " ")
    return Found(outcome="wall", detail=detail, status=page.status)


def _against(held: ArticleVersion, text: ArticleText | None) -> edited.Edit:
    if text is None or not text.body.strip():
        return edited.Edit(fate="another")
    own = blanked(text.body, text.aside)
    return edited.weigh(held.title, held.own, text.title or held.title, own)


# --- what is written ------------------------------------------------------------------------


def _kept(
    db: Db, case: _Case, outcome: FetchOutcome, found: Found, now: datetime, lexicon: Lexicon,
    keeps: Keeps,
) -> str:  # fmt: skip
    article = case.item.article
    if found.again and case.attempts < len(AGAIN_AFTER):
        until = now + AGAIN_AFTER[case.attempts]
        rereads.postpone(db, article, until, detail=found.detail, now=now)
        return "postponed"
    if found.reading is not None:
        # Were the power cut between these two writes, the page would be read once more, and tell
        # the same as the version that is held by then.
        kept(db, case.item, outcome, found.reading, now, lexicon=lexicon, keeps=keeps)
    rereads.answer(
        db, article, outcome=found.outcome, now=now, detail=found.detail, status=found.status,
        print=found.print,
    )  # fmt: skip
    return found.outcome
