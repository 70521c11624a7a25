"""Kept pages are read again as a newer extractor reads them: what would change, and changing it.

A page that the newer one refuses, where the older gave a text, is told and never applied: nothing
is lost to a new version of a library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from classifiers.lexicon import Lexicon
from classifiers.types import Classifier
from monitor.articles.keeping import Keeps, kept
from monitor.articles.reading import read_feed_text, read_page
from monitor.articles.records import verdicts_on
from monitor.edge.clock import Clock
from monitor.edge.overlap import overlapped
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import Dropped, Fetched, Reading
from store import articles, pages, verdicts
from store.db import Db
from store.pages import PageRow
from store.types import ArticleRow, ArticleVersion, Pending

BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What reading a page again would change of an article; all empty: nothing.

    ``came`` and ``went`` count words. ``refused``: why it would be no article now; such a change is
    never made. ``before`` and ``after`` are scores, where both were judged.
    """

    article: int
    title: str
    outlet: str
    extractor: str = ""
    new_title: str = ""
    came: int = 0
    went: int = 0
    date: tuple[datetime | None, datetime | None] | None = None
    was_headline: bool = False
    refused: str = ""
    fault: str = ""
    before: float | None = None
    after: float | None = None

    @property
    def any(self) -> bool:
        """Whether something would change of what is held."""
        return bool(self.new_title or self.came or self.went or self.date or self.was_headline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What pages are read again with. ``classifier`` None: nothing is judged again."""

    workers: Workers
    lexicon: Lexicon
    clock: Clock
    stopped: Callable[[], bool]
    keeps: Keeps
    classifier: Classifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    page: PageRow
    fetched: Fetched
    item: Pending
    row: ArticleRow
    held: ArticleVersion


def reextract(
    db: Db, means: Means, *, after: int = 0, outlet: str = "", since: datetime | None = None,
    apply: bool = False,
) -> Iterator[Change]:  # fmt: skip
    """Yield what would change of every kept page, in the order of the articles; one at a time.

    With ``apply`` a changed text becomes the next version of its article, and is judged anew; what
    people decided stands on the version they decided on. Doing it twice changes nothing more.
    """
    while not means.stopped():
        rows = pages.after(db, after, outlet=outlet, since=since, limit=BATCH)
        if not rows:
            return
        cases = [case for row in rows if (case := _case(db, row)) is not None]
        reading = overlapped(cases, lambda case: _read(case, means.workers), stopped=means.stopped)
        made = {case.page.article: (case, one) for case, one in reading}
        for row in rows:
            if row.article in made:
                yield _settled(db, *made[row.article], means, apply=apply)
        after = rows[-1].article


def _case(db: Db, page: PageRow) -> _Case | None:
    body = pages.body(db, page)
    item, row = articles.as_wanted(db, page.article), articles.get(db, page.article)
    held = articles.text(db, page.article)
    if body is None or item is None or row is None or held is None or held.removed_at:
        return None
    fetched = Fetched(
        key=str(page.article), url=page.url, final_url=page.final_url, status=page.status,
        headers=page.headers, body=body, fetched_at=page.fetched_at,
    )  # fmt: skip
    return _Case(page=page, fetched=fetched, item=item, row=row, held=held)


def _read(case: _Case, workers: Workers) -> Future[Reading | Dropped]:
    if case.page.source == "feed":
        return workers.submit(read_feed_text, _carried(case))
    return workers.submit(read_page, case.fetched, case.item)


def _carried(case: _Case) -> Pending:
    return replace(case.item, content_html=case.fetched.body.decode("utf-8", "replace"))


def _settled(
    db: Db, case: _Case, made: Reading | Dropped | WorkerFault | None, means: Means, *, apply: bool
) -> Change:
    bare = Change(article=case.page.article, title=case.held.title, outlet=case.row.outlet)
    if isinstance(made, Dropped):
        lost = case.held.text_from != "headline"
        why = made.detail or made.reason.value.replace("_", " ")
        return replace(bare, refused=why if lost else "")
    if not isinstance(made, Reading):
        return replace(bare, fault=made.detail if made else "It was not read.")
    change = _compared(bare, case, made)
    if not change.any:
        return change
    change = _judged(db, change, case, made, means.classifier)
    if apply:
        outcome = case.fetched if case.page.source == "page" else None
        item = case.item if case.page.source == "page" else _carried(case)
        kept(db, item, outcome, made, means.clock(), lexicon=means.lexicon, keeps=means.keeps)
    return change


def _compared(bare: Change, case: _Case, made: Reading) -> Change:
    text, held = made.text, case.held
    title = text.title or case.item.title
    was, now = Counter(held.body.split()), Counter(text.body.split())
    at = text.published.at if text.published else None
    moved = at is not None and at != case.row.published_at
    return replace(
        bare, extractor=text.extractor, new_title=title if title != held.title else "",
        came=(now - was).total(), went=(was - now).total(),
        date=(case.row.published_at, at) if moved else None,
        was_headline=held.text_from == "headline",
    )  # fmt: skip


def _judged(
    db: Db, change: Change, case: _Case, made: Reading, classifier: Classifier | None
) -> Change:
    if classifier is None or not (change.new_title or change.came or change.went):
        return change
    (before,) = verdicts.texts_of(db, [case.page.article])
    spans = tuple((start, end, 0) for start, end in made.text.aside)
    after = replace(
        before, title=change.new_title or before.title, body=made.text.body, repeated=spans
    )
    one, other = verdicts_on([before, after], classifier)
    return replace(change, before=one.score, after=other.score)
