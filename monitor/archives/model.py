"""What travels between the one writer and those that read archives: plain data, made to be sent.

Offsets and lengths are bytes of the file as it lies on disk, compressed where it is compressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model import Reading, Thresholds

Kind = Literal["warc", "stream", "page"]
"""Of a source: records that can be reached by their offset; one compressed stream that is read
from its beginning; saved pages. The records of a WACZ file are of the first kind, or the second
where its zip file compressed them once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of an archive: the records that begin in [start, end).

    Where ``exact``, a record begins at ``start``, or the file ends there. Elsewhere ``start`` is a
    guess, and the first record is where one seems to begin: ``Worked.began`` says where that was,
    and the writer holds it against where the span before came to its end.
    ``member`` is the file inside a zip file, and offsets of a ``stream`` are of what comes out when
    it is unpacked. Saved pages are numbered in the order of ``paths``.
    """

    source: str
    kind: Kind
    number: int
    start: int
    end: int
    exact: bool = False
    member: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Whose pages a host's are, as the judgement is told of any article."""

    outlet: str
    side: str = ""
    language: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that reading and judging a record depends on, frozen when the backfill began.

    ``id`` stands for all the rest: two recipes with the same one are the same. ``topic`` is its
    name, ``pack`` where it is read from where that is no shipped one. ``model`` is the artifact as
    text; empty: the cold start. ``sieve``: whether pages without any name are passed over unread;
    ``terms`` are learnt words that count as names there. ``wrappers`` are the trusted ones by host,
    as JSON. ``now`` bounds dates that can be believed.
    """

    id: str
    version: str
    topic: str
    switches: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, tuple[str, ...]], ...]
    model: str
    thresholds: Thresholds
    terms: tuple[str, ...]
    wrappers: Mapping[str, tuple[str, ...]]
    outlets: Mapping[str, Outlet]
    now: datetime
    pack: str = ""
    sieve: bool = True
    largest: int = 8_000_000  # bytes of a page once unpacked; larger ones are passed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where in an archive a page stands. ``digest`` is "sha256:…" of the page's bytes as read."""

    offset: int
    length: int
    digest: str
    crawled_at: datetime | None
    path: str = ""  # of a saved page, or of the file inside a zip file


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page that goes into the store: one that would be queued, or was drawn for the audit."""

    url: str
    canonical_url: str
    host: str
    status: int
    reading: Reading
    score: float
    route: Literal["queue", "sample"]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """A record that could not be read, with why in a sentence."""

    offset: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What came of a span. The same span and recipe give the same, to the byte.

    ``counts``: records by fate; they sum to ``records``. ``began`` and ``ended`` are where the
    first record was found and where the last one ended (``None``: none was found; not known, as
    the record at the end is damaged). ``size`` is how many bytes of pages were looked at.
    """

    span: Span
    records: int
    counts: Mapping[str, int]
    found: tuple[Found, ...] = ()
    faults: tuple[Poisoned, ...] = ()
    began: int | None = None
    ended: int | None = None
    size: int = 0


FATES = ("not_page", "prefiltered", "no_article", "rejected", "queued", "sampled", "failed")
"""What a record can come to; ``no_article`` and ``failed`` are followed by ":" and the reason. The
writer moves those whose page is in the store already from queued and sampled to ``duplicate``."""
