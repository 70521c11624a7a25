"""Retellings come together; what shares only famous names does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.story import group, same_story

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    article: int
    title: str
    first_seen_at: datetime = AT
    published_at: datetime | None = None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Grain convoy crosses Tirah pass", "First grain convoy in months crosses pass to Tirah"),
        ("Jirga in Kurram extends truce by a month", "Kurram jirga extends truce"),
        ("Envoy Rahimi lands in Doha for truce talks", "Rahimi in Doha to revive truce talks"),
        ("کرم میں گندم کا قافلہ درہ پار کر گیا", "گندم کا قافلہ کرم کا درہ پار کر گیا"),
    ],
)
def test_two_headlines_of_one_event_tell_the_same_story(one: str, two: str) -> None:
    assert same_story(one, two, AT, AT + timedelta(hours=5))
    assert same_story(two, one, AT + timedelta(hours=5), AT)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Pakistan says two killed in attack", "Police killed in attack, says Pakistan minister"),
        ("Saudi Arabia hosts chess final", "Field visit to Saudi Arabia planned by envoy"),
        ("Gold drops Rs1,000 per tola", "Gold drops Rs1,595 per tola"),
        ("Twelve die on the Indus highway", "Saffron growers count early frost losses"),
        ("", ""),
        ("Live", "Live"),
    ],
)
def test_shared_names_and_stock_phrases_make_no_story(one: str, two: str) -> None:
    assert not same_story(one, two, AT, AT)


def test_the_same_headline_two_days_later_is_another_story() -> None:
    title = "Jirga in Kurram extends truce by a month"
    assert same_story(title, title, AT, AT + timedelta(hours=36))
    assert not same_story(title, title, AT, AT + timedelta(hours=37))


def test_a_group_holds_each_article_once_in_the_order_given() -> None:
    rows = [
        Row(article=7, title="Kurram jirga extends truce by month"),
        Row(article=3, title="Saffron growers count frost losses in Herat"),
        Row(article=9, title="Truce extended by Kurram jirga"),
        Row(article=4, title="Kurram jirga extends truce", first_seen_at=AT - timedelta(days=4)),
        Row(article=5, title="Herat saffron growers count losses", published_at=AT),
    ]
    assert group(rows) == [[7, 9], [3, 5], [4]]


def test_a_chain_of_half_alike_headlines_does_not_become_one_story() -> None:
    words = [f"Word{n}" for n in range(40)]
    rows = [Row(article=n, title=" ".join(words[n * 2 : n * 2 + 4])) for n in range(18)]
    assert max(map(len, group(rows))) <= 3


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_headlines_are_parted_without_loss(titles: list[str]) -> None:
    rows = [Row(article=n, title=title) for n, title in enumerate(titles)]
    assert sorted(number for story in group(rows) for number in story) == list(range(len(titles)))
