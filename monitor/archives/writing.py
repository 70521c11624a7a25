"""The one writer: takes what came of spans, in order, and keeps each in one write.

A span is written once, whatever is killed when: the row of its archive says which is the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from classifiers.lexicon import Lexicon
from monitor.archives.cutting import SIZES, Sizes, Source, cut
from monitor.archives.engines import Engine
from monitor.archives.model import Found, Recipe, Span, Worked
from monitor.articles.keeping import kept_all
from monitor.articles.reading import with_feed
from monitor.edge.clock import Clock
from monitor.edge.warcfile import SourceError
from monitor.edge.wire import packed, unpacked
from store import archived, articles, backfills, entering
from store.archived import Archive, Find, Trouble
from store.db import Db, StoreError, write
from store.failpoint import reached

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is: bytes of the archives gone through of all, records, found, since it began.

    ``began`` is where the run itself began, so that its own speed can be told.
    """

    done: int
    total: int
    records: int
    found: int
    began: int
    place: str


def begin(
    db: Db, name: str, sources: Sequence[Source], recipe: Recipe, *, by: str, now: datetime
) -> Recipe:
    """Note a backfill of archives; return its recipe: the one that it was begun with.

    Raises:
        StoreError: one of the sources was begun with as another file, or a changed one.
    """
    backfills.begin(db, name, [], by=by, now=now)
    known = {one.place: one for one in archived.every(db, name)}
    for source in sources:
        if source.place in known:
            archived.changed(known[source.place], size=source.size, digest=source.digest)
    rows = [
        Archive(
            id=0, place=one.place, size=one.size, digest=one.digest, spans=len(one.spans),
            remark=one.remark,
        )
        for one in sources
    ]  # fmt: skip
    return _recipe(archived.begin(db, name, rows, packed(recipe)))


def _recipe(data: bytes) -> Recipe:
    found = unpacked(data)
    if not isinstance(found, Recipe):
        raise StoreError("what this backfill was begun with is no recipe of this version")
    return found


def standing(db: Db, name: str) -> Recipe | None:
    """Return the recipe of a backfill of archives; None: it has no archives.

    Raises:
        StoreError: it was begun with by a version that wrote recipes otherwise.
    """
    data = archived.recipe_of(db, name)
    try:
        return _recipe(data) if data else None
    except ValueError as problem:
        raise StoreError(
            f"the backfill {name} was begun by another version of Torkham ({problem});"
            " begin another one with --name: what is known is passed over"
        ) from problem


def run(
    db: Db, name: str, recipe: Recipe, *, engine: Engine, lexicon: Lexicon, clock: Clock,
    stopped: Stop, told: Callable[[Progress], None] = lambda _progress: None,
    sizes: Sizes = SIZES,
) -> None:  # fmt: skip
    """Go through all that is left of a backfill's archives, in the order they were given.

    Raises:
        SourceError: an archive cannot be read any more.
        StoreError: an archive is not the file it was; or another run writes the same one.
    """
    left = [one for one in archived.every(db, name) if not one.done]
    state = {one.id: one for one in left}
    progress = _begun(archived.every(db, name))
    plan = list(_planned(left, sizes))
    for one, source in plan:
        if one.next >= len(source.spans):  # an empty folder, or cut off after its last span
            raise StoreError(f"{one.place}: it has no parts left, and is not done")
    spans = (source.spans[at] for one, source in plan for at in _numbers(one, source))
    owners = ((one.id, len(source.spans)) for one, source in plan for _ in _numbers(one, source))
    for worked in engine.run(spans, recipe, stopped=stopped):
        owner, spans_in_all = next(owners)
        archive = state[owner]
        fixed, ended = chained(worked, _expected(archive, worked.span), engine, recipe, stopped)
        if fixed is None:
            return
        span = worked.span
        last = span.number + 1 == spans_in_all
        keeping = _Keeping(name=name, archive=archive, ended=ended, done=last, now=clock())
        counts = keeping.keep(db, span.number, fixed, lexicon)
        state[owner] = replace(archive, next=span.number + 1, ended=ended)
        progress = _on(progress, archive, span, fixed, counts)
        told(progress)
        if stopped():
            return


def _numbers(one: Archive, source: Source) -> range:
    """Which of the spans are left."""
    return range(one.next, len(source.spans))


def _begun(every: Sequence[Archive]) -> Progress:
    done = sum(one.size if one.done else _so_far(one, one.next) for one in every)
    counts = sum((Counter(one.counts) for one in every), Counter[str]())
    return Progress(
        done=done, total=sum(one.size for one in every), records=counts.total(), began=done,
        found=counts["queued"] + counts["sampled"], place=every[0].place if every else "",
    )  # fmt: skip


def _on(
    progress: Progress, archive: Archive, span: Span, worked: Worked, counts: Counter[str]
) -> Progress:
    """The progress after a span: its share of the file, as offsets may be of something else."""
    share = _so_far(archive, span.number + 1) - _so_far(archive, span.number)
    return replace(
        progress, done=progress.done + share, records=progress.records + worked.records,
        found=progress.found + counts["queued"] + counts["sampled"], place=span.source,
    )  # fmt: skip


def _so_far(archive: Archive, spans: int) -> int:
    return archive.size * spans // max(1, archive.spans)


def _planned(left: Sequence[Archive], sizes: Sizes) -> Iterator[tuple[Archive, Source]]:
    for one in left:
        if not Path(one.place).exists():
            raise SourceError(
                f"{one.place}: it is not there any more; a link to where it is now will do"
            )
        source = cut(one.place, sizes)
        archived.changed(one, size=source.size, digest=source.digest)
        if len(source.spans) != one.spans:
            raise SourceError(f"{one.place}: this version cuts it otherwise; use another --name")
        yield one, source


def _expected(archive: Archive, span: Span) -> int | None:
    """Where the first record of a span begins, by where the one before ended; None: not known."""
    return None if span.exact else archive.ended


def chained(
    worked: Worked, expected: int | None, engine: Engine, recipe: Recipe, stopped: Stop
) -> tuple[Worked | None, int | None]:
    """The span as it is when what came before it is known, and where it ends.

    What seemed to be a record may have stood inside one: then the span is done again from where
    the record before it ended. None: it was stopped.
    """
    span = worked.span
    if expected is None or worked.began == expected:
        return worked, worked.ended
    if expected >= span.end:
        return Worked(span=span, records=0, counts={}), expected
    again = replace(span, start=expected, exact=True)
    for fixed in engine.run([again], recipe, stopped=stopped):
        return fixed, fixed.ended
    return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """What keeping a span needs beside what came of it."""

    name: str
    archive: Archive
    ended: int | None
    done: bool
    now: datetime

    def keep(self, db: Db, number: int, worked: Worked, lexicon: Lexicon) -> Counter[str]:
        """Keep all of a span in one write; return what its records came to."""
        reached("after-span")
        with write(db):
            if not archived.turn(db, self.archive.id, number, ended=self.ended, done=self.done,
                                 size=worked.size):  # fmt: skip
                raise StoreError(f"{self.archive.place}: another run is writing it; wait for it")
            counts, fresh, late = self._parted(db, worked)
            self._enter(db, worked.span, fresh, lexicon)
            self._complete(db, worked.span, late, lexicon)
            archived.count(db, self.archive.id, counts)
            member = worked.span.member
            archived.add_faults(db, self.archive.id, [
                Trouble(place="", member=member, offset=one.offset, reason=one.reason,
                        detail=one.detail)
                for one in worked.faults
            ])  # fmt: skip
        reached("span-kept")
        return counts

    def _parted(self, db: Db, worked: Worked) -> tuple[Counter[str], list[Found], dict[int, Found]]:
        """The counts, what is new, and what was known by no more than its headline, by article.

        What is known, or was just found, counts as duplicate.
        """
        counts = Counter(worked.counts)
        known = entering.known_among(db, [one.canonical_url for one in worked.found])
        wanting = articles.without_text(db, set(known.values()))
        seen = set(known)
        fresh, late = [], dict[int, Found]()
        for one in worked.found:
            if one.canonical_url not in seen:
                seen.add(one.canonical_url)
                fresh.append(one)
                continue
            counts["queued" if one.route == "queue" else "sampled"] -= 1
            counts["duplicate"] += 1
            if (article := known.get(one.canonical_url, 0)) in wanting:
                late.setdefault(article, one)
        return +counts, fresh, late

    def _enter(self, db: Db, span: Span, fresh: Sequence[Found], lexicon: Lexicon) -> None:
        if not fresh:
            return
        rows = [
            {"url": one.url, "canonical_url": one.canonical_url, "host": one.host,
             "title": one.reading.text.title, "published": None}
            for one in fresh
        ]  # fmt: skip
        made = entering.entered(db, self.name, rows, self.now)
        units = []
        for one in fresh:
            item = articles.as_wanted(db, made[one.canonical_url])
            if item is not None:
                units.append((item, None, one.reading))
        kept_all(db, units, self.now, lexicon=lexicon)
        self._note(db, span, {made[one.canonical_url]: one for one in fresh})

    def _complete(self, db: Db, span: Span, late: Mapping[int, Found], lexicon: Lexicon) -> None:
        """Give articles that are known by their headline the text that their page had."""
        units = []
        for article, one in late.items():
            item = articles.as_wanted(db, article)
            if item is not None:
                units.append((item, None, with_feed(one.reading, item, url=one.url)))
        kept_all(db, units, self.now, lexicon=lexicon)
        self._note(db, span, late)

    def _note(self, db: Db, span: Span, found: Mapping[int, Found]) -> None:
        """Note where in the archive the texts of articles stand."""
        archived.add_finds(db, self.archive.id, [
            Find(
                article=article, place="", member=one.origin.path or span.member,
                offset=one.origin.offset, length=one.origin.length, digest=one.origin.digest,
                crawled_at=one.origin.crawled_at, url=one.url,
            )
            for article, one in found.items()
        ])  # fmt: skip
