"""What the screen refuses of pages that are no articles, and what it must not refuse.

The pages under tests/data/fakes were written for the project; `python bench/screen.py` prints the
same figures kind by kind, with the private pages beside them; test_screen_made_up.py counts those.
"""

from __future__ import annotations

from functools import cache

import pytest

from bench.screen import Screened, own

KINDS = (
    "challenge", "consent", "paywall", "missing", "login", "maintenance", "legal", "list",
    "script", "short",
)  # fmt: skip


@cache
def rows() -> tuple[Screened, ...]:
    return tuple(own())


@pytest.mark.slow
@pytest.mark.row(27)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_a_kind_that_is_no_article_is_refused(kind: str) -> None:
    of_kind = [row for row in rows() if row.kind == kind]
    assert len(of_kind) >= 20
    assert [row.name for row in of_kind if row.refusal is None] == []


def test_nearly_every_refusal_names_the_right_kind() -> None:
    walls = [row for row in rows() if not row.article and row.kind not in {"short", "list"}]
    named = sum(bool(row.refusal and row.refusal.kind == row.kind) for row in walls)
    assert named / len(walls) >= 0.9


def test_articles_about_walls_outages_and_bans_and_the_shortest_briefs_are_kept() -> None:
    articles = [row for row in rows() if row.article]
    assert len(articles) >= 40
    assert [(row.name, row.refusal) for row in articles if row.refusal] == []
