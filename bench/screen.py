"""What the screen refuses and what it keeps, kind by kind.

    python bench/screen.py [--which]

The project's own set stands in tests/data/fakes: twenty pages of each kind that are no articles,
and articles that talk about such pages. Private pages are added where the folder named by
TORKHAM_SHARED holds them. ``--which`` names the pages that were taken wrongly.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.model import Dropped
from monitor.stages.extract import extract
from monitor.stages.screen import screen

ROOT = Path(__file__).resolve().parents[1]
FAKES = ROOT / "tests" / "data" / "fakes"
PRIVATE = Path(os.environ.get("TORKHAM_SHARED", str(ROOT.parent / "shared"))) / "data"
FETCHED_AT = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://outlet.example/news/2026/11/story-88"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """One page: which folder it is of, whether it is an article, and why it was refused."""

    kind: str
    name: str
    article: bool
    refusal: Dropped | None

    @property
    def right(self) -> bool:
        """True when an article was kept, or anything else refused."""
        return self.article == (self.refusal is None)


def refused(body: bytes, url: str = URL) -> Dropped | None:
    """Return why a page is refused, by whichever of the two stages; None: it is an article."""
    text = extract(body, content_type="text/html", url=url, fetched_at=FETCHED_AT)
    return text if isinstance(text, Dropped) else screen(text, body=body, url=url)


def own(first: int = 1, last: int = 99) -> Iterator[Screened]:
    """Yield the project's own pages; of each kind of fake those numbered ``first`` to ``last``."""
    for path in sorted(FAKES.glob("*/*.html")):
        article = path.parent.name == "articles"
        if article or first <= int(path.stem) <= last:
            yield Screened(
                kind=path.parent.name,
                name=path.stem,
                article=article,
                refusal=refused(path.read_bytes()),
            )


def private(data: Path = PRIVATE) -> Iterator[Screened]:
    """Yield the private pages: fakes, lists, and real articles."""
    for folder in ("hostile/fake_articles", "pages/listings"):
        for path in sorted((data / folder).glob("*.html")):
            yield Screened(
                kind=folder, name=path.stem, article=False, refusal=refused(path.read_bytes(), "")
            )
    for name, url, body in _real(data):
        yield Screened(kind="real pages", name=name, article=True, refusal=refused(body, url))


def _real(data: Path) -> Iterator[tuple[str, str, bytes]]:
    gold = data / "pages" / "gold"
    for name, facts in json.loads((gold / "ground-truth.json").read_text("utf-8")).items():
        yield name, facts["url"], gzip.decompress((gold / f"{name}.html.gz").read_bytes())
    phrases = data / "pages" / "phrases"
    for url, facts in json.loads((phrases / "expected.json").read_text("utf-8")).items():
        yield facts["file"], url, (phrases / facts["file"]).read_bytes()


def main() -> None:
    """Print how many pages of each kind were refused, and of the articles how many were kept."""
    rows = list(own())
    if PRIVATE.is_dir():
        rows += private()
    for kind in sorted({row.kind for row in rows}):
        of_kind = [row for row in rows if row.kind == kind]
        right = sum(row.right for row in of_kind)
        word = "kept" if of_kind[0].article else "refused"
        named = sum(bool(row.refusal and row.refusal.kind == kind) for row in of_kind)
        as_such = "" if of_kind[0].article or "/" in kind else f", {named} as that kind"
        print(f"{kind:24} {right:4} of {len(of_kind):4} {word}{as_such}")
    if "--which" in sys.argv:
        for row in rows:
            if not row.right:
                print(f"wrong: {row.kind}/{row.name}: {row.refusal and row.refusal.detail}")


if __name__ == "__main__":
    main()
