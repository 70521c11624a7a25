"""Of how many articles the day of publication is right, by where the date stood.

    make bench-dates

The truth is the ``date`` that the makers of the phrase set read off the pages by eye; 62 of its 251
pages have none. No feed goes with these pages, so the feed's own date is measured on real feeds,
against the day that stands in the address of an entry.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from htmldate import find_date

from bench import corpus_of_pages as pages
from bench.figures import Absent, Figure, present
from monitor.model import ArticleText, Dating, Reading, Written
from monitor.stages.dating import ORDER, dated, read_date
from monitor.stages.extract import extract
from monitor.stages.parse import parse_feed

LATEST = f"{pages.FETCHED_AT:%Y-%m-%d}"


def day(text: str) -> str | None:
    """The day as its writer saw it."""
    found = read_date(text, near=pages.FETCHED_AT)
    return found[1].isoformat() if found else None


def told(page: pages.Page) -> tuple[tuple[Written, ...], Dating]:
    """Every date of a page, and the one the product believes."""
    made = pages.as_read(page)
    if isinstance(made, Reading) and made.dating is not None:
        return made.text.written, made.dating
    text = extract(
        page.body, content_type="text/html", url=page.url, fetched_at=pages.FETCHED_AT
    )  # fmt: skip
    written = text.written if isinstance(text, ArticleText) else ()
    return written, dated(written, url=page.url, seen_at=pages.FETCHED_AT)


def report(*, quick: bool) -> Iterator[Figure]:
    """Print both tables; yield of how many pages the day is right, beside htmldate."""
    if not pages.here():
        raise Absent("the private pages are not here; set TORKHAM_SHARED")
    rows = [(page, *told(page)) for page in pages.phrases() if page.facts.get("date")]
    print(f"\nThe day of publication, on {len(rows)} pages whose day is known:\n")
    pages.row("", "right", "wrong", "none", "share right")
    pages.row(*["---"] * 5)
    ours = [(page, _of(when)) for page, _, when in rows]
    _line("ours", ours)
    best = 0.0
    for name, extensive in (("htmldate (trafilatura's)", False), ("htmldate, extensive", True)):
        found = [(page, _peer(page, extensive=extensive)) for page, _, _ in rows]
        _line(name, found)
        best = max(best, _right(found))
    yield Figure(
        name="days of publication that are right", value=_right(ours), low=_right(ours),
        high=_right(ours), unit="share", aim=best, rival="htmldate, the better of two settings",
        data=f"{len(rows)} pages whose day is known", command="make bench-dates",
        beside=f"htmldate {best:.3f}",
    )  # fmt: skip
    if quick:
        return
    print("\nEach place by itself, where it has a date, and how often ours believes it:\n")
    pages.row("place", "pages", "first one right", "share", "believed", "right then", "share")
    pages.row(*["---"] * 7)
    for place in ORDER:
        _place(place, rows)
    print("\nBy kind of page:\n")
    pages.row("", "right", "wrong", "none", "share right")
    pages.row(*["---"] * 5)
    kinds: dict[str, list[tuple[pages.Page, str | None]]] = defaultdict(list)
    for page, written, when in rows:
        kinds[_kind(written)].append((page, _of(when)))
    for kind, found in sorted(kinds.items()):
        _line(kind, found)
    _orders(rows)
    flags = Counter(when.flag or "nothing odd" for _, _, when in rows)
    print("\nFlags:", ", ".join(f"{flag} {n}" for flag, n in flags.most_common()))
    feeds()


def _of(when: Dating) -> str | None:
    return day(when.published.original) if when.published else None


def _peer(page: pages.Page, *, extensive: bool) -> str | None:
    try:
        return find_date(page.body, url=page.url, original_date=True, extensive_search=extensive,
                         max_date=LATEST)  # fmt: skip
    except ValueError:
        return None


def _kind(written: tuple[Written, ...]) -> str:
    places = {one.place for one in written}
    if "meta" in places or "json-ld" in places:
        return "states its day for machines"
    return "shows its day" if places & {"time", "headline"} else "neither"


def _right(found: list[tuple[pages.Page, str | None]]) -> float:
    right: list[bool] = [got == page.facts["date"] for page, got in found]
    return sum(right) / len(right)


def _line(name: str, found: list[tuple[pages.Page, str | None]]) -> None:
    right = sum(got == page.facts["date"] for page, got in found)
    none = sum(got is None for _, got in found)
    wrong = len(found) - right - none
    pages.row(name, right, wrong, none, f"{right / len(found):.1%}")


def _place(place: str, rows: list[tuple[pages.Page, tuple[Written, ...], Dating]]) -> None:
    first, believed = [], []
    for page, written, when in rows:
        given = [one for one in written if one.place == place]
        if place == "url":
            alone = dated((), url=page.url, seen_at=pages.FETCHED_AT).published
            given = [Written(text=alone.original, place="url")] if alone else []
        days = [said for one in given if (said := day(one.text))]
        first += [days[0] == page.facts["date"]] if days else []
        believed += [_of(when) == page.facts["date"]] if when.place == place else []
    pages.row(place, len(first), sum(first), _share(first), len(believed), sum(believed),
              _share(believed))  # fmt: skip


def _orders(rows: list[tuple[pages.Page, tuple[Written, ...], Dating]]) -> None:
    """What becomes of the pages when one place is asked before the one in front of it."""
    print("\nOther orders, two neighbours changed:\n")
    pages.row("", "right", "wrong", "none", "share right")
    pages.row(*["---"] * 5)
    for at in range(1, len(ORDER) - 1):
        first, second = ORDER[at : at + 2]
        order = (*ORDER[:at], second, first, *ORDER[at + 2 :])
        found = [
            (page, _of(dated(written, url=page.url, seen_at=pages.FETCHED_AT, order=order)))
            for page, written, _ in rows
        ]
        _line(f"{second} before {first}", found)


def _share(right: list[bool]) -> str:
    return f"{sum(right) / len(right):.1%}" if right else "-"


def feeds() -> None:
    """Print how often a feed's date agrees with the day in the address of its entry."""
    same = list(_entries())
    near = sum(days <= 1 for days in same)
    print(f"\nThe feed's own date: of {len(same):,} entries whose address holds a day,"
          f" {sum(days == 0 for days in same) / len(same):.1%} give that very day"
          f" and {near / len(same):.1%} one at most a day from it.")  # fmt: skip


def _entries() -> Iterator[int]:
    for file in sorted((pages.DATA / "feeds").iterdir()):
        if file.suffix not in {".xml", ".rss", ".atom", ".json"} or file.name == "manifest.json":
            continue
        parsed = parse_feed(
            file.read_bytes(), content_type="", base_url="https://feed.example/",
            known=frozenset(), fetched_at=pages.FETCHED_AT + timedelta(days=1),
        )  # fmt: skip
        for entry in getattr(parsed, "entries", ()):
            if entry.url is None or entry.published is None:
                continue
            address = dated((), url=entry.url, seen_at=pages.FETCHED_AT).published
            said = day(entry.published.original) or entry.published.at.date().isoformat()
            if address is not None:
                gap = read_date(said, near=pages.FETCHED_AT)
                if gap:
                    yield abs((gap[1] - address.at.date()).days)


if __name__ == "__main__":
    present(__doc__, report)
