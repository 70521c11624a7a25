"""How rows become records: instants as text, lists as JSON, and the select behind ArticleRow."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime
from struct import pack, unpack, unpack_from

from store.polls import PollEvent
from store.sql import Row
from store.types import ArticleRow, Decision, ItemRow

AT_ONCE = ""  # a due instant that sorts before every other


def stamp(at: datetime) -> str:
    """Write an instant as ISO text in UTC, which sorts as time does."""
    if at.tzinfo is None:
        raise ValueError(f"an instant needs a time zone, {at!r} has none")
    try:
        return at.astimezone(UTC).isoformat()
    except OverflowError:  # the first and the last day of the calendar, from a hostile feed
        return at.replace(tzinfo=UTC).isoformat()


def stamp_or_none(at: datetime | None) -> str | None:
    """Write an instant, or nothing."""
    return None if at is None else stamp(at)


def instant(text: str) -> datetime:
    """Read an instant written by ``stamp``."""
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    """Read an instant; None and "at once" are None."""
    return datetime.fromisoformat(text) if text else None


def day_or_none(text: str | None) -> date | None:
    """Read a day."""
    return date.fromisoformat(text) if text else None


def as_json(value: object) -> str:
    """Write a list or a mapping as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def spans(text: str | None) -> tuple[tuple[int, int], ...]:
    """Read pairs of places in a text, kept as JSON; none where there is nothing."""
    return tuple((int(start), int(end)) for start, end in json.loads(text or "[]"))


def ids_json(ids: Sequence[int] | Sequence[str]) -> str:
    """Write ids for ``IN (SELECT value FROM json_each(?))``: one parameter, however many."""
    return json.dumps(list(ids))


SKETCH = (
    """coalesce((SELECT k.sketch FROM kept_sketches k WHERE k.article = a.id), '[]') AS sketch"""
)
"""What article ``a`` is compared by, for `unpacked`; nothing once its time is over."""

_SMALL = 1 << 32


def packed(sketch: Sequence[int]) -> bytes:
    """Write a sketch: how many values it begins with that fit four bytes, these, and the rest.

    Three fifths of what JSON takes. Values are from 0 to 2**64 - 1.
    """
    small = bisect_left(sketch, _SMALL)
    if small and max(sketch[:small]) >= _SMALL:  # not ascending
        small = 0
    return pack(f"<H{small}I{len(sketch) - small}Q", small, *sketch)


def unpacked(stored: bytes | str) -> tuple[int, ...]:
    """Read what `packed` wrote, or the JSON of older versions."""
    if isinstance(stored, str):
        return tuple(json.loads(stored))
    (small,) = unpack_from("<H", stored)
    return unpack(f"<H{small}I{(len(stored) - 2 - 4 * small) // 8}Q", stored)[1:]


TOPICS = """coalesce((SELECT s.topics FROM facets s WHERE s.article = a.id
        ORDER BY s.id DESC LIMIT 1), v.topics)"""
"""The strands of article ``a`` with verdict ``v``: what people put there, else the judgement's."""

GENRE = """coalesce((SELECT g.genre FROM genres g WHERE g.article = a.id
        ORDER BY g.id DESC LIMIT 1), a.genre)"""
"""What kind of text article ``a`` is: what people put there, else the machine's guess."""

# feeds is joined from the left so that articles always leads: its indexes answer the question.
_ARTICLES = f"""
SELECT a.id, coalesce(a.final_url, a.url) AS url, a.title,
    coalesce(a.source_outlet, f.outlet) AS outlet, f.side, a.language, a.feed,
    a.summary, a.first_seen_at, a.published_at, a.published_original, a.published_source,
    a.published_flag, a.published_note,
    a.disposition, a.reason, a.text_from, a.version, a.score, {TOPICS} AS topics, v.model, a.route,
    {{evidence}} AS evidence,
    a.decision, a.decided_by, a.decided_at, a.copy_of,
    (SELECT count(*) FROM articles c WHERE c.copy_of = a.id) AS copies, {GENRE} AS genre,
    a.story
FROM articles a {{index}} LEFT JOIN feeds f ON f.key = a.feed
    LEFT JOIN verdicts v ON v.id = a.verdict
"""  # noqa: S608  # TOPICS is our own select
EVIDENCE = "CASE WHEN v.packed IS NULL THEN v.evidence ELSE recounted(v.packed) END"
ARTICLES = _ARTICLES.replace("{evidence}", EVIDENCE)
ARTICLE_ROWS = ARTICLES.format(index="")
LISTED_ROWS = _ARTICLES.format(index="", evidence="NULL")
"""The same without evidence, where many are listed: it is unpacked into 6 KB an article, six times
all else."""


def article_row(row: Row) -> ArticleRow:
    """Make the record people see in a list from a row of ``ARTICLE_ROWS``."""
    return ArticleRow(
        article=row["id"],
        url=row["url"],
        title=row["title"],
        outlet=row["outlet"],
        side=row["side"],
        language=row["language"],
        feed=row["feed"],
        summary=row["summary"],
        first_seen_at=instant(row["first_seen_at"]),
        published_at=instant_or_none(row["published_at"]),
        published_original=row["published_original"],
        published_source=row["published_source"],
        disposition=row["disposition"],
        reason=row["reason"],
        text_from=row["text_from"],
        version=row["version"],
        score=row["score"],
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
        model=row["model"],
        route=row["route"],
        evidence=row["evidence"],
        decision=row["decision"],
        decided_by=row["decided_by"],
        decided_at=instant_or_none(row["decided_at"]),
        copy_of=row["copy_of"],
        copies=row["copies"],
        genre=row["genre"],
        published_flag=row["published_flag"],
        published_note=row["published_note"],
        story=row["story"],
    )


# An old item leaves to its article what it would only repeat (store.thinning).
ITEM_ROWS = """
SELECT i.id, i.feed, f.outlet, i.key,
    CASE WHEN i.thin THEN coalesce(i.guid, i.key) ELSE i.guid END AS guid,
    CASE WHEN i.thin THEN coalesce(i.url, o.url) ELSE i.url END AS url, i.title, i.first_seen_at,
    i.disposition, i.reason, i.reason_detail, i.article, i.filled
FROM items i LEFT JOIN feeds f ON f.key = i.feed
    LEFT JOIN articles o ON i.thin AND o.id = i.article
"""


def item_row(row: Row) -> ItemRow:
    """Make a sighting from a row of ``ITEM_ROWS``."""
    return ItemRow(
        item=row["id"],
        feed=row["feed"],
        outlet=row["outlet"],
        key=row["key"],
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        first_seen_at=instant(row["first_seen_at"]),
        disposition=row["disposition"],
        reason=row["reason"],
        reason_detail=row["reason_detail"],
        article=row["article"],
        filled=row["filled"],
    )


def poll_event(row: Row) -> PollEvent:
    """Make a line of the history from a row of ``polls``."""
    return PollEvent(
        feed=row["feed"],
        at=instant(row["at"]),
        outcome=row["outcome"],
        detail=row["detail"],
        listed=row["listed"],
        new=row["new"],
        possible_gap=bool(row["possible_gap"]),
        gap_since_at=instant_or_none(row["gap_since_at"]),
        gap_until_at=instant_or_none(row["gap_until_at"]),
    )


def decision_row(row: Row, reasons: tuple[str, ...] = ()) -> Decision:
    """Make a line of the history of decisions from a row of ``decisions`` and its reasons."""
    return Decision(
        id=row["id"],
        article=row["article"],
        version=row["version"],
        answer=row["answer"],
        undoes=row["undoes"],
        by=row["by"],
        at=instant(row["at"]),
        note=row["note"],
        model=row["model"],
        score=row["score"],
        reasons=reasons,
        reading=row["reading"],
    )
