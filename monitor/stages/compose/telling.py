"""The content of a digest: stories, their best articles, sections by strand, the footer's facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.model import DateSource, When
from monitor.stages.compose.excerpt import key_sentences, matched_names
from monitor.stages.compose.words import day_name, headline, plain
from monitor.told import Digest, DigestEntry, Ledger
from store.types import ArticleRow

LIMIT = 30  # stories in a digest
OTHER = "Other"

Balance = Callable[[Sequence[ArticleRow]], Sequence[ArticleRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """What the digest's footer tells: what was asked, what answered, what may have been missed."""

    ledger: Ledger
    feeds_asked: int
    feeds_answered: int
    feeds_silent: tuple[str, ...]
    gaps: tuple[str, ...]  # a sentence each
    waiting_for_review: int
    model: str
    threshold: float
    missed_runs: int
    threshold_why: str = ""
    missed: str = ""  # a sentence: how many relevant items the threshold cost, and how surely


def digest(
    rows: Sequence[ArticleRow],
    *,
    texts: Mapping[int, str],
    groups: Sequence[Sequence[int]],
    day_on: date,
    time_zone: str,
    facts: DayFacts,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    topic_titles: Mapping[str, str] | None = None,
    balance: Balance | None = None,
    limit: int = LIMIT,
    retold: Mapping[int, Sequence[tuple[str, str]]] | None = None,
) -> Digest:
    """Compose the digest of ``day_on``: one entry a story, in sections by strand.

    ``texts`` are article bodies by id; ``groups`` are article ids of the same story, and copies
    join their originals by themselves. ``balance`` orders the stories' best articles; without it
    they stand by score. ``retold`` are further outlets that tell an article's story, each with an
    address; they are named, not told. The same arguments give the same digest whatever the order
    of ``rows``.
    """
    stories = _stories(rows, groups)
    best = sorted((story[0] for story in stories), key=_by_score)
    ordered = list(balance(best)) if balance else best
    members = {story[0].article: story for story in stories}
    entries = [_entry(members[row.article], texts, retold or {}) for row in ordered[:limit]]
    return Digest(
        day_on=day_on,
        time_zone=time_zone,
        title=_title(day_on, len(stories)),
        sections=_sections(entries, topic_titles or {}),
        more=max(0, len(stories) - limit),
        ledger=facts.ledger,
        feeds_asked=facts.feeds_asked,
        feeds_answered=facts.feeds_answered,
        feeds_silent=facts.feeds_silent,
        gaps=facts.gaps,
        waiting_for_review=facts.waiting_for_review,
        model=facts.model,
        threshold=facts.threshold,
        threshold_why=facts.threshold_why,
        missed=facts.missed,
        missed_runs=facts.missed_runs,
        since_at=since_at,
        until_at=until_at,
    )


def _title(day: date, stories: int) -> str:
    count = {0: "a quiet day", 1: "1 story"}.get(stories, f"{stories} stories")
    return f"Torkham, {day_name(day)}: {count}"


def _stories(
    rows: Sequence[ArticleRow], groups: Sequence[Sequence[int]]
) -> list[tuple[ArticleRow, ...]]:
    """The rows by story, the best article first in each."""
    by_id = {row.article: row for row in rows}
    together = [tuple(group) for group in groups]
    together += [(row.article, row.copy_of) for row in rows if row.copy_of is not None]
    root = _joined(together)
    stories: dict[int, list[ArticleRow]] = {}
    for article in sorted(by_id):
        stories.setdefault(root.get(article, article), []).append(by_id[article])
    return [tuple(sorted(story, key=_by_merit)) for story in stories.values()]


def _joined(groups: Iterable[Sequence[int]]) -> dict[int, int]:
    """For every member of a group, one number its whole story shares; groups may overlap."""
    parent: dict[int, int] = {}

    def top(member: int) -> int:
        while parent.setdefault(member, member) != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for group in groups:
        for member in group:
            low, high = sorted((top(group[0]), top(member)))
            parent[high] = low
    return {member: top(member) for member in list(parent)}


def _by_merit(row: ArticleRow) -> tuple[bool, bool, bool, float, datetime, int]:
    """Accepted before undecided, full text before headline, original before copy, then score."""
    return (
        row.decision != "relevant",
        row.text_from not in {"page", "feed"},
        row.copy_of is not None,
        -(row.score or 0.0),
        published(row).at,
        row.article,
    )


def _by_score(row: ArticleRow) -> tuple[float, int]:
    return (-(row.score or 0.0), row.article)


def _entry(
    story: tuple[ArticleRow, ...],
    texts: Mapping[int, str],
    retold: Mapping[int, Sequence[tuple[str, str]]],
) -> DigestEntry:
    row = story[0]
    names = matched_names(row.evidence)
    body = texts.get(row.article, "")
    sentences = key_sentences(body, names) or key_sentences(row.summary, names)
    return DigestEntry(
        article=row.article,
        title=headline(row.title),
        sentences=sentences,
        outlet=plain(row.outlet),
        url=row.url,
        published=published(row),
        score=row.score or 0.0,
        decision=row.decision,
        topic=row.topics[0] if row.topics else "",
        language=row.language,
        also=_also(story, retold.get(row.article, ())),
        matched=names,
    )


def _also(
    story: tuple[ArticleRow, ...], retold: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The other outlets of the story with one link each, in the order they published.

    Those that are named only come last.
    """
    others: dict[str, str] = {}
    for row in sorted(story[1:], key=lambda row: (published(row).at, row.article)):
        others.setdefault(plain(row.outlet), row.url)
    for outlet, url in retold:
        others.setdefault(plain(outlet), url)
    others.pop(plain(story[0].outlet), None)
    return tuple(others.items())


def _sections(
    entries: Sequence[DigestEntry], titles: Mapping[str, str]
) -> tuple[tuple[str, tuple[DigestEntry, ...]], ...]:
    """Entries by topic; sections stand in the order of their first entry, "Other" last."""
    sections: dict[str, list[DigestEntry]] = {}
    for entry in entries:
        fallback = entry.topic.replace("_", " ").capitalize() or OTHER
        sections.setdefault(titles.get(entry.topic, fallback), []).append(entry)
    ordered = sorted(sections.items(), key=lambda section: section[0] == OTHER)
    return tuple((title, tuple(members)) for title, members in ordered)


def published(row: ArticleRow) -> When:
    """Return the article's date with its source; without one, the hour it was first seen."""
    if row.published_at is None:
        return When(at=row.first_seen_at, original="", source="first_seen")
    said: dict[str | None, DateSource] = {"page": "page", "url": "url", "text": "text",
                                          "first_seen": "first_seen"}  # fmt: skip
    return When(
        at=row.published_at,
        original=row.published_original or "",
        source=said.get(row.published_source, "feed"),
    )
