"""What a sitemap lists, for a span of days: every address with the day that finds it."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.backfilling import Span, name_of
from monitor.stages.parse import sitemap

NOW = datetime(2026, 3, 10, tzinfo=UTC)
KIND = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def entry(path: str, *, changed: str = "", published: str = "") -> str:
    news = f"<news:news><news:publication_date>{published}</news:publication_date></news:news>"
    return (
        f"<url><loc>https://gazette.example{path}</loc>"
        f"{f'<lastmod>{changed}</lastmod>' if changed else ''}{news if published else ''}</url>"
    )


def listed(*entries: str, **given: int) -> sitemap.Inventory:
    body = f"<urlset {KIND} {NEWS}>{''.join(entries)}</urlset>".encode()
    return sitemap.inventory(body, base_url="https://gazette.example/", fetched_at=NOW, **given)


def test_the_day_of_publication_counts_then_one_in_the_address_then_the_last_change() -> None:
    made = listed(
        entry("/2024/05/06/a", changed="2026-03-01", published="2025-02-03T04:05:06+05:00"),
        entry("/2024/05/06/b", changed="2026-03-01"),
        entry("/news/c", changed="2026-03-01"),
        entry("/news/d"),
        entry("/news/e", changed="2027-01-01"),
    )
    told = [(place.dated, place.at and str(place.at.date())) for place in made.places]
    assert told == [
        ("published", "2025-02-02"), ("address", "2024-05-06"), ("changed", "2026-03-01"),
        ("", None), ("", None),
    ]  # fmt: skip
    assert made.total == 5


def test_a_long_map_comes_in_parts_that_together_are_all_of_it() -> None:
    entries = [entry(f"/news/{n}") for n in range(25)]
    parts = [listed(*entries, start=start, most=10) for start in (0, 10, 20)]
    assert [len(part.places) for part in parts] == [10, 10, 5]
    assert {part.total for part in parts} == {25}
    assert len({place.url for part in parts for place in part.places}) == 25


def test_an_index_names_its_maps_with_their_days_packed_or_not() -> None:
    body = (
        f"<sitemapindex {KIND}><sitemap><loc>https://gazette.example/1.xml</loc>"
        "<lastmod>2019-12-31</lastmod></sitemap></sitemapindex>"
    ).encode()
    for data in (body, gzip.compress(body)):
        made = sitemap.inventory(data, base_url="https://gazette.example/", fetched_at=NOW)
        assert [place.url for place in made.indexed] == ["https://gazette.example/1.xml"]
        assert not Span(since_on=date(2020, 1, 1)).may_hold(made.indexed[0].at)
        assert Span(since_on=date(2019, 12, 31)).may_hold(made.indexed[0].at)


def test_attacks_and_other_documents_are_named() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + f"<urlset {KIND}>&a;</urlset>".encode()
    for body in (bomb, b"<html>Hello</html>", b"", b"\x1f\x8bnonsense"):
        made = sitemap.inventory(body, base_url="https://x.example/", fetched_at=NOW)
        assert made.problem == "The server sent no sitemap."


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    made = sitemap.inventory(
        b"<urlset>" + body, base_url="https://x.example/", fetched_at=NOW, most=3
    )
    assert len(made.places) <= 3


def test_a_span_holds_both_its_days_and_nothing_undated() -> None:
    span = Span(since_on=date(2025, 2, 2), until_on=date(2025, 2, 3))
    inside = [datetime(2025, 2, 2, tzinfo=UTC), datetime(2025, 2, 3, 23, 59, tzinfo=UTC)]
    outside = [datetime(2025, 2, 1, 23, 59, tzinfo=UTC), datetime(2025, 2, 4, tzinfo=UTC), None]
    assert all(map(span.holds, inside))
    assert not any(map(span.holds, outside))
    assert Span().holds(None)


def test_a_backfill_is_called_by_its_file_or_its_host() -> None:
    assert name_of("lists/Last Year's list.txt") == "last-year-s-list"
    assert name_of("sitemap:https://www.Gazette.example/a/map.xml") == "gazette-example"
    assert name_of("-") == "backfill"


@pytest.mark.parametrize(
    ("cut", "said"),
    [(-60, "breaks off"), (None, ""), (-2, "breaks off")],
)
def test_what_of_a_sitemap_was_not_read_is_said(cut: int | None, said: str) -> None:
    body = b"<urlset>" + b"<url><loc>https://gazette.example/1</loc></url>" * 3 + b"</urlset>"
    made = sitemap.inventory(body[:cut], base_url="https://gazette.example/", fetched_at=NOW)
    assert said in made.missing
    assert bool(said) == bool(made.missing)


def test_an_ampersand_that_is_only_one_costs_no_address() -> None:
    row = b"<url><loc>https://gazette.example/?a=1&b=2&amp;c=3&#38;d=4</loc></url>"
    body = b"<urlset>" + row + b"</urlset>"
    (place,) = sitemap.inventory(body, base_url="https://g.example/", fetched_at=NOW).places
    assert place.url == "https://gazette.example/?a=1&b=2&c=3&d=4"
