"""The private pages that the benchmarks of reading measure on, as values."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.articles.reading import read_page
from monitor.model import Dropped, Fetched, Reading
from store.types import Pending

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TORKHAM_SHARED", str(ROOT.parent / "shared"))) / "data"
FETCHED_AT = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page with what is known of it: its text, or phrases of it, and its day."""

    url: str
    body: bytes
    facts: dict[str, Any]


def here() -> bool:
    """Return whether the pages are on this machine, and say so where they are not."""
    if DATA.is_dir():
        return True
    print(f"The private pages are not at {DATA} (TORKHAM_SHARED): nothing is measured.")
    return False


def gold() -> Iterator[Page]:
    """Yield pages with their whole text under ``articleBody``."""
    truth = json.loads((DATA / "pages/gold/ground-truth.json").read_text(encoding="utf-8"))
    for name, facts in truth.items():
        body = gzip.decompress((DATA / f"pages/gold/{name}.html.gz").read_bytes())
        yield Page(url=facts["url"], body=body, facts=facts)


def phrases() -> Iterator[Page]:
    """Yield pages with phrases that must and must not be read, and for most their day."""
    expected = json.loads((DATA / "pages/phrases/expected.json").read_text(encoding="utf-8"))
    for url, facts in expected.items():
        body = (DATA / "pages/phrases" / facts["file"]).read_bytes()
        yield Page(url=url, body=body, facts=facts)


_READ: dict[str, Reading | Dropped] = {}


def as_read(page: Page) -> Reading | Dropped:
    """Return what the product makes of a page: the very function its worker children run."""
    if page.url not in _READ:
        _READ[page.url] = read_anew(page)
    return _READ[page.url]


def read_anew(
    page: Page, *, title: str = "", published_at: datetime | None = None
) -> Reading | Dropped:
    """Return the same, made anew; ``title`` and ``published_at`` are what a feed told of it."""
    item = Pending(
        article=1, url=page.url, feed="", outlet="", side="", language=None, body="page",
        title=title, summary="", content_html=None, author=None, published_at=published_at,
        published_original=published_at.isoformat() if published_at else None,
        first_seen_at=FETCHED_AT, attempts=0, version=0,
    )  # fmt: skip
    fetched = Fetched(
        key="1", url=page.url, final_url=page.url, status=200,
        headers={"content-type": "text/html"}, body=page.body, fetched_at=FETCHED_AT,
    )  # fmt: skip
    return read_page(fetched, item)


def row(*cells: object) -> None:
    """Print a row of a table in Markdown."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |")
    sys.stdout.flush()
