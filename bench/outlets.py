"""Are pages read right that nobody here worked on? Text, title, writers and day, of 180 outlets.

    git clone --depth 1 https://github.com/flairNLP/fundus && make bench-outlets ARGS=fundus

fundus has a parser for each of its outlets, and for each a page or more with what its parser makes
of it. Of an outlet's earlier pages that is no longer told; the text that a page holds most of is
taken for its own, and pages that hold less than half of any are passed over. What the parser calls
a writer where it found none is the outlet, which counts as no writer. Runs of four words, or of
four letters where words are not parted; precision and recall averaged over the pages.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import trafilatura

from bench import corpus_of_pages as pages
from bench.extraction import scores, shingles
from monitor.model import Reading

TESTS = "tests/resources/parser/test_data"
_SIZE = 4
_HELD = 0.5  # of a text, for a page to be its own
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of a page: its text, its title, its writers, its day."""

    text: str
    title: str
    writers: tuple[str, ...]
    day: str


def cases(folder: Path) -> Iterator[tuple[pages.Page, Told]]:
    """Yield every page whose text is known, with it."""
    for listed in sorted((folder / TESTS).glob("*/meta.info")):
        kept = json.loads(listed.read_text(encoding="utf-8"))
        for parser in sorted(listed.parent.glob("*.json")):
            known = [told_of(one) for one in json.loads(parser.read_text("utf-8")).values()]
            for name in sorted(kept):
                path = listed.parent / name
                if re.match(rf"{re.escape(parser.stem)}_\d{{4}}", name) and path.is_file():
                    body = gzip.decompress(path.read_bytes())
                    own = _own(body.decode("utf-8", "replace"), known)
                    if own is not None:
                        yield pages.Page(url=kept[name]["url"], body=body, facts={}), own


def told_of(said: dict[str, Any]) -> Told:
    """Return what fundus's parser says of a page."""
    body = said["body"]
    lines = [line for part in body["sections"] for line in (*part["headline"], *part["paragraphs"])]
    return Told(
        text="\n".join([*body["summary"], *lines]),
        title=said.get("title") or "",
        writers=tuple(said.get("authors") or ()),
        day=(said.get("publishing_date") or "")[:10],
    )


def _own(page: str, known: Sequence[Told]) -> Told | None:
    plain = shingles(_parted(html.unescape(_TAG.sub(" ", page))), _SIZE)
    held = []
    for number, one in enumerate(known):
        own = shingles(_parted(one.text), _SIZE)
        held.append(((own & plain).total() / max(1, own.total()), number))
    best, number = max(held, default=(0.0, 0))
    return known[number] if best >= _HELD else None


def _parted(text: str) -> str:
    """Return a text with its words apart, or its letters where nobody parts words."""
    return " ".join(text) if _UNPARTED.search(text[:500]) else text


def ours(page: pages.Page) -> Told:
    """Return what the product makes of a page without a feed; of a refused one nothing."""
    made = pages.read_anew(page)
    if not isinstance(made, Reading):
        return Told(text="", title="", writers=(), day="")
    text = made.text
    day = made.dating.published.original if made.dating and made.dating.published else ""
    at = (
        made.dating.published.at.date().isoformat() if made.dating and made.dating.published else ""
    )
    return Told(
        text=text.body, title=text.title, writers=_names(text.author),
        day=day[:10] if re.match(r"\d{4}-\d\d-\d\d", day) else at,
    )  # fmt: skip


def theirs(page: pages.Page) -> Told:
    """Return what trafilatura makes of it, as anybody would call it."""
    made = trafilatura.extract(
        page.body, url=page.url, include_comments=False, with_metadata=True, output_format="json"
    )
    said = json.loads(made) if made else {}
    return Told(
        text=said.get("text") or "", title=said.get("title") or "",
        writers=_names(said.get("author")), day=said.get("date") or "",
    )  # fmt: skip


def _names(said: str | None) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"\s*[,;]\s*", said or "")))


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w", text.casefold()))


def _writers(said: Iterable[str], outlet: str) -> frozenset[str]:
    names = frozenset(map(_letters, said)) - {""}
    return frozenset(name for name in names if name not in outlet and outlet not in name)


def compared(name: str, known: Sequence[tuple[pages.Page, Told]], read: Sequence[Told]) -> None:
    """Print a row: F1 of the text, and how many titles, writers and days are right."""
    texts = [_parted(told.text) for told in read]
    precision, recall, f1 = scores(texts, [_parted(own.text) for _, own in known], _SIZE)
    right: Counter[str] = Counter()
    for (page, wanted), told in zip(known, read, strict=True):
        outlet = _letters(re.sub(r"^https?://(?:www\.)?|\.\w+(?:/.*)?$", "", page.url))
        right["title"] += _letters(told.title) == _letters(wanted.title)
        right["writers"] += _writers(told.writers, outlet) == _writers(wanted.writers, outlet)
        right["day"] += told.day == wanted.day or _near(told.day, wanted.day)
    shares = (f"{right[one] / len(known):.3f}" for one in ("title", "writers", "day"))
    pages.row(name, f"{precision:.3f}", f"{recall:.3f}", f"**{f1:.3f}**", *shares)


def _near(one: str, other: str) -> bool:
    """Whether two days may be one instant, as zones have it."""
    try:
        apart = datetime.fromisoformat(one) - datetime.fromisoformat(other)
    except ValueError:
        return False
    return abs(apart.days) <= 1


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a clone of fundus")
    known = list(cases(parser.parse_args().folder))
    if not known:
        raise SystemExit(f"There is no {TESTS} in that folder: is it a clone of fundus?")
    print(f"\n{len(known)} pages of {len({page.url.split('/')[2] for page, _ in known})} hosts.\n")
    pages.row("", "precision", "recall", "F1", "title", "writers", "day")
    pages.row(*["---"] * 7)
    compared("ours", known, [ours(page) for page, _ in known])
    compared("trafilatura", known, [theirs(page) for page, _ in known])


if __name__ == "__main__":
    main()
