"""Kept pages on their way out: as they were fetched, for archives and those who replay them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Literal

from monitor.edge.archive import Kept, write_wacz, write_warc
from monitor.exports.needs import needed
from store import articles, pages
from store.db import Db

Form = Literal["warc", "wacz"]


def write_pages(
    db: Db, out: BinaryIO, numbers: Iterable[int], *, form: Form, now: datetime, software: str
) -> int:
    """Write the kept pages of articles, every version of them; return how many were kept.

    The same pages give the same bytes: the day in them is that of the newest page, not today.
    Articles whose pages are not kept, or were removed, are passed over.

    Raises:
        NeedsError: fastwarc is not installed.
    """
    needed("fastwarc.warc")
    wanted = list(dict.fromkeys(numbers))
    newest = max((one.fetched_at for n in wanted for one in pages.of_article(db, n)), default=now)
    held = _kept(db, wanted)
    if form == "warc":
        return len(write_warc(out, held, software=software, made_at=newest))
    return write_wacz(out, held, software=software, made_at=newest)


def _kept(db: Db, numbers: Iterable[int]) -> Iterator[Kept]:
    for article in numbers:
        yield from of_article(db, article)


def of_article(db: Db, article: int) -> Iterator[Kept]:
    """Yield the pages of one article that are kept and whole, the first version first."""
    row = articles.get(db, article)
    for page in pages.of_article(db, article):
        body = pages.body(db, page)
        if body is not None and row is not None:
            yield Kept(
                article=article, version=page.version, source=page.source, canonical_url=row.url,
                url=page.url, final_url=page.final_url, status=page.status, headers=page.headers,
                fetched_at=page.fetched_at, body=body, title=row.title, outlet=row.outlet,
            )  # fmt: skip
