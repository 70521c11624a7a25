"""What an outlet repeats under its articles: noted as they are read, told when they are judged.

Only what was read before an article is judged can be known then: the first two of an outlet's
articles with the same tail are judged with it, and they are not judged again when the third comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from classifiers import tails as told
from classifiers.lexicon import Lexicon
from classifiers.types import Text
from store import tails
from store.db import Db
from store.types import Pending, StoredText, Unjudged

WINDOW = timedelta(days=30)


def marked(text: StoredText, item: Pending, lexicon: Lexicon) -> StoredText:
    """The text with the marks of what others of its outlet may repeat; kept in the same write."""
    article = Text(title=text.title, body=text.body, outlet=item.outlet, side=item.side or None)
    found = _stretches(text.body, lexicon)
    return replace(text, tails=told.marks_left(article, lexicon, found))


def known(db: Db, items: Sequence[Unjudged], lexicon: Lexicon, now: datetime) -> list[Unjudged]:
    """The same items, in order, each with the stretches its outlet repeated in the last 30 days.

    They join those that the page itself set beside the article.
    """
    found = [_stretches(item.body, lexicon) for item in items]
    marks: dict[str, list[int]] = {}
    for item, stretches in zip(items, found, strict=True):
        marks.setdefault(item.outlet, []).extend(stretch.mark for stretch in stretches)
    seen: Mapping[str, Mapping[int, int]] = {
        outlet: tails.seen(db, outlet, asked, now - WINDOW) for outlet, asked in marks.items()
    }
    return [
        replace(item, repeated=(*item.repeated, *_spans(stretches, seen[item.outlet])))
        for item, stretches in zip(items, found, strict=True)
    ]


_REMEMBERED = 600
"""Texts whose stretches are kept in mind: one harvest, which is mostly judged right after."""


def _stretches(body: str, lexicon: Lexicon) -> tuple[told.Stretch, ...]:
    """The stretches of a text, found once for the two times they are asked for."""
    mark = blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    known = _memory.get((mark, id(lexicon)))
    if known is not None and known[0] is lexicon:
        return known[1]
    found = told.stretches(body, lexicon)
    if len(_memory) >= _REMEMBERED:
        _memory.clear()
    _memory[mark, id(lexicon)] = lexicon, found
    return found


_memory: dict[tuple[bytes, int], tuple[Lexicon, tuple[told.Stretch, ...]]] = {}


def _spans(
    stretches: Sequence[told.Stretch], seen: Mapping[int, int]
) -> tuple[tuple[int, int, int], ...]:
    return tuple((r.start, r.end, r.articles) for r in told.repeats(stretches, seen))
