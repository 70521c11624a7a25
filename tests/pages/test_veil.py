"""What is taken out of a page's facts for somebody who must not know an answer yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from monitor.web.veil import veiled
from store.inquiry import FacetLine, Teacher
from store.types import Decision

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LINE = Decision(
    id=1, article=7, version=1, answer="relevant", undoes=None, by="Rabia", at=NOW, note="",
    model=None, score=None,
)  # fmt: skip
FACET = FacetLine(
    id=1, article=7, topics=("talks",), machine=(), model=None, by="Rabia", at=NOW
)  # fmt: skip
TEACHER = Teacher(
    id="article:7", title="T", outlet="O", relevant=True, by="Rabia", at=NOW, article=7
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    article: int
    decision: str | None
    decided_by: str | None = "Rabia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    row: Row
    history: list[Decision]
    corrected: FacetLine | None
    teachers: tuple[Teacher, ...] = ()


def opened(article: int) -> Opened:
    return Opened(
        row=Row(article=article, decision="relevant"),
        history=[replace(LINE, article=article), replace(LINE, article=article, by="Omar")],
        corrected=replace(FACET, article=article),
        teachers=(TEACHER,),
    )


def test_of_a_hidden_article_the_answer_its_reader_and_their_lines_are_gone() -> None:
    seen = veiled({"open": opened(7)}, {7}, "Omar")["open"]
    assert (seen.row.decision, seen.row.decided_by) == (None, None)
    assert [line.by for line in seen.history] == ["Omar"]
    assert seen.corrected is None
    assert [(one.by, one.relevant) for one in seen.teachers] == [("", None)]


def test_it_is_found_however_deep_it_stands() -> None:
    deep: Any = ("a", [(opened(7), 3)], {"rows": [opened(7).row]})
    _, [(inside, three)], rows = veiled(deep, {7}, "Omar")
    assert (inside.row.decision, three, rows["rows"][0].decision) == (None, 3, None)


def test_what_holds_nothing_to_hide_comes_back_itself() -> None:
    kept = replace(opened(8), teachers=())
    assert veiled(kept, {7}, "Omar") is kept
    lines = [LINE, LINE]
    assert veiled(lines, {8}, "Omar") is lines
    assert veiled([LINE], {7}, "Rabia") == [LINE], "one's own lines are known"
