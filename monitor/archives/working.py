"""What is done with a stretch of an archive, wherever it is done: read, sift, extract, judge.

``work`` knows no database, clock or network: what it gives depends on its arguments and on the
bytes of the file alone. It runs in a limited child. Where a record kills the child, its span is
done again record by record, so that it costs itself alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from classifiers.types import Repeat, Text
from monitor.archives.model import Found, Origin, Outlet, Poisoned, Recipe, Span, Worked
from monitor.archives.recipes import tools
from monitor.archives.saved import saved_pages
from monitor.articles.taught import CHECK_EVERY, host_of
from monitor.articles.teaching import CUT
from monitor.edge.allowance import TimeIsUpError, allowance
from monitor.edge.unwrapping import BrokenError, TooLargeError, unwrapped
from monitor.edge.warc import Record, Walk
from monitor.edge.warcfile import SourceError, opened
from monitor.model import Dropped, Fetched, Reading
from monitor.stages import extract, route, urls
from store.types import Pending

SECONDS = 8.0
"""Of processor time for one page; the slowest honest one measured took 2."""
_OK = range(200, 300)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_DOUBTFUL = (extract.HTML_TYPES | extract.XML_TYPES) - _HTML
"""What pages are called at times, as other things are: these are looked at."""
_NO_TEXT = re.compile(rb"[\x00-\x08]")
_MOST_FAULTS = 100  # told one by one in what is sent; all are counted

__all__ = ["joined", "lost", "poisoned", "single", "starts", "work"]


def work(span: Span, recipe: Recipe) -> Worked:
    """Do one span. The same span and recipe give the same, to the byte.

    Raises:
        OSError: the archive cannot be read at all where this runs.
    """
    told = _Told(span, recipe)
    if span.kind == "page":
        for record in saved_pages(span, largest=recipe.largest):
            told.take(record)
        return told.worked(began=span.start, ended=span.end)
    with _archive(span, largest=recipe.largest) as walk:
        for record in walk:
            told.take(record)
    return told.worked(began=walk.began, ended=walk.ended)


def starts(span: Span) -> tuple[int, ...]:
    """Return where the records of a span begin, and then where the last one ends.

    No page is looked at.
    """
    if span.kind == "page":
        return tuple(range(span.start, span.end + 1))
    with _archive(span, largest=0) as walk:
        places = [record.start for record in walk]
    return (*places, span.end if walk.ended is None else walk.ended)


def single(span: Span, recipe: Recipe, at: int) -> Worked:
    """Do the one record of a span that begins at ``at``."""
    if span.kind == "page":
        path = span.paths[at - span.start]
        return work(replace(span, start=at, end=at + 1, paths=(path,)), recipe)
    return work(replace(span, start=at, end=at + 1, exact=True), recipe)


def joined(span: Span, worked: Sequence[Worked]) -> Worked:
    """Return the parts of a span as one."""
    counts = sum((Counter(one.counts) for one in worked), Counter[str]())
    faults = [fault for one in worked for fault in one.faults]
    return Worked(
        span=span, records=sum(one.records for one in worked), counts=_sorted(counts),
        found=tuple(found for one in worked for found in one.found),
        faults=tuple(faults[:_MOST_FAULTS]), began=worked[0].began if worked else None,
        ended=worked[-1].ended if worked else None, size=sum(one.size for one in worked),
    )  # fmt: skip


def poisoned(span: Span, at: int, kind: str, detail: str) -> Worked:
    """Return what is booked of a record that killed whoever read it."""
    fault = Poisoned(offset=at, reason=kind, detail=_line(detail))
    return Worked(
        span=span, records=1, counts={f"failed:{kind}": 1}, faults=(fault,), began=at, ended=None
    )


def lost(span: Span, kind: str, detail: str) -> Worked:
    """Return what is booked of a span of which not even the records could be told apart."""
    return poisoned(span, span.start, kind, detail)


@contextmanager
def _archive(span: Span, largest: int = 0) -> Iterator[Walk]:
    """Give the records of a span, with the file open."""
    try:
        with opened(span.source, span.member, stream=span.kind == "stream") as file:
            if span.kind == "warc" and file.seek(0, 2) < span.end:
                raise OSError(f"{span.source}: it is shorter than it was")
            yield Walk(file, span.start, span.end, exact=span.exact, largest=largest)
    except SourceError as problem:
        raise OSError(str(problem)) from problem


class _Told:
    """What came of the records so far."""

    def __init__(self, span: Span, recipe: Recipe) -> None:
        self._span, self._recipe = span, recipe
        self._tools = tools(recipe)
        self._counts: Counter[str] = Counter()
        self._found: list[Found] = []
        self._faults: list[Poisoned] = []
        self._size = 0

    def worked(self, *, began: int | None, ended: int | None) -> Worked:
        """Return all of it."""
        return Worked(
            span=self._span, records=self._counts.total(), counts=_sorted(self._counts),
            found=tuple(self._found), faults=tuple(self._faults), began=began, ended=ended,
            size=self._size,
        )  # fmt: skip

    def take(self, record: Record) -> None:
        """Do one record, whatever is in it."""
        try:
            with allowance(SECONDS):
                fate, detail = self._fate(record)
        except TimeIsUpError:
            fate, detail = "failed:time", f"Reading it took more than {SECONDS:g} seconds."
        except MemoryError:
            fate, detail = "failed:memory", "Reading it took more memory than there is."
        except Exception as problem:  # noqa: BLE001 - a page may break any library; it is named
            fate, detail = "failed:error", f"{type(problem).__name__}: {problem}"
        self._counts[fate] += 1
        if fate.startswith("failed:") and len(self._faults) < _MOST_FAULTS:
            reason = fate.removeprefix("failed:")
            self._faults.append(Poisoned(offset=record.start, reason=reason, detail=_line(detail)))

    def _fate(self, record: Record) -> tuple[str, str]:
        if record.fault:
            return f"failed:{record.fault}", record.detail
        declared = record.head.get("content-type", "")
        kind = extract.media_type(declared)
        if not _may_be_page(record, kind):
            return "not_page", ""
        try:
            body = unwrapped(record.body, record.head, largest=self._recipe.largest)
            if kind not in _HTML and extract.not_html(body, declared):
                return "not_page", ""
            if _NO_TEXT.search(body, 0, 1_000) and extract.not_html(body, declared):
                return "no_article:not_html", ""  # no page was looked through for names
        except TooLargeError:
            return "failed:too_large", f"More than {self._recipe.largest:,} bytes when unpacked."
        except BrokenError as problem:
            return "failed:encoding", str(problem)
        self._size += len(body)
        canonical = urls.canonical(record.url)
        if isinstance(canonical, Dropped):
            return "failed:bad_url", canonical.detail
        host = host_of(canonical)
        home = self._recipe.outlets.get(host) or Outlet(outlet=host)
        if not self._tools.passes(body, declared, host, home):
            return "prefiltered", ""
        return self._read(record, body, str(canonical), home)

    def _read(self, record: Record, body: bytes, canonical: str, home: Outlet) -> tuple[str, str]:
        recipe = self._recipe
        seen_at = min(record.at or recipe.now, recipe.now)
        page = Fetched(
            key="", url=record.url, final_url=record.url, status=record.status or 200,
            headers=dict(record.head), body=body, fetched_at=seen_at,
        )  # fmt: skip
        item = pending_of(record.url, home, seen_at)
        made = self._tools.read(page, item, cut=not _is_checked(canonical))
        score, to = self._routed(made, canonical, home)
        if isinstance(made, Reading) and made.text.extractor.startswith(CUT) and to != "reject":
            made = self._tools.read(page, item, cut=False)
            score, to = self._routed(made, canonical, home)
        if isinstance(made, Dropped):
            return f"no_article:{made.reason.value}", ""
        if to == "reject":
            return "rejected", ""
        self._found.append(
            Found(
                url=record.url, canonical_url=canonical, host=host_of(canonical),
                status=record.status or 200, reading=replace(made, taught=None),
                score=score, route=to, origin=self._origin(record),
            )
        )  # fmt: skip
        return ("queued" if to == "queue" else "sampled"), ""

    def _routed(
        self, made: Reading | Dropped, canonical: str, home: Outlet
    ) -> tuple[float, Literal["queue", "sample", "reject"]]:
        """How the text is judged, and where it goes."""
        if isinstance(made, Dropped):
            return 0.0, "reject"
        text, recipe = made.text, self._recipe
        aside = tuple(Repeat(start=a, end=b, articles=0) for a, b in text.aside)
        (verdict,) = self._tools.classifier.judge([
            Text(title=text.title, body=text.body, outlet=home.outlet,
                 language=text.language or home.language or None, side=home.side, repeated=aside)
        ])  # fmt: skip
        draw = route.draw_for(route.lasting(canonical), recipe.topic)
        return verdict.score, route.decide(
            verdict.score, thresholds=recipe.thresholds, draw=draw
        ).to

    def _origin(self, record: Record) -> Origin:
        paths = self._span.paths
        return Origin(
            offset=record.start, length=(record.end or record.start) - record.start,
            digest=f"sha256:{sha256(record.body).hexdigest()}", crawled_at=record.at,
            path=paths[record.start - self._span.start] if paths else "",
        )  # fmt: skip


def _is_checked(canonical: str) -> bool:
    """Whether the extractor reads a page although its site is known: one in twenty, by address.

    Wrappers were learned from today's pages, those of an archive may be older, and while many read
    at once none is dropped. So they sift alone: what goes into the store the extractor has read,
    and of what they would have turned away it reads its share.
    """
    return sha256(canonical.encode()).digest()[0] % CHECK_EVERY == 0


def _may_be_page(record: Record, kind: str) -> bool:
    """Whether a record may be a page: a good answer, of a kind that pages are sent as."""
    if record.type not in {"response", "resource"} or record.status not in _OK:
        return False
    return kind in _HTML or kind in _DOUBTFUL


def pending_of(url: str, home: Outlet, seen_at: datetime) -> Pending:
    """Return what is known of a page before it is read, as of an item whose feed said nothing."""
    return Pending(
        article=0, url=url, feed="", outlet=home.outlet, side=home.side,
        language=home.language or None, body="page", title="", summary="", content_html=None,
        author=None, published_at=None, published_original=None, first_seen_at=seen_at,
        attempts=0, version=0, section=home.section,
    )  # fmt: skip


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {fate: counts[fate] for fate in sorted(counts) if counts[fate]}


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]
