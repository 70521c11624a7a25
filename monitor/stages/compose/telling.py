"""The content of a digest: stories, their best articles, sections by strand, the footer's facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from monitor.model import DateSource, When
from monitor.stages.compose.beside import differing
from monitor.stages.compose.choosing import Balance, Plan, chosen, of_today, part_of, weight
from monitor.stages.compose.excerpt import SENTENCES, key_sentences, matched_names, names_explained
from monitor.stages.compose.facts import StoryNow
from monitor.stages.compose.remembering import Differences, differences
from monitor.stages.compose.words import day_name, headline, plain
from monitor.told import (
    DayTold,
    Digest,
    DigestEntry,
    DigestPart,
    DigestSection,
    Ledger,
    LeftOut,
)
from store.messages import Told, ToldArticle
from store.types import ArticleRow

LIMIT = 30  # stories in a digest
OTHER = "Other"
PARTS: Mapping[DigestPart, str] = {
    "changed": "Changed since it was told",
    "new": "New",
    "developing": "Still developing",
    "audit": "From the audit",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in the store of a story beside the rows: as it is now, and what was told of it.

    ``others`` are further articles of the story, which may tell what changed.
    """

    now: StoryNow = field(default_factory=lambda: StoryNow(articles={}))
    told: Told | None = None
    others: Mapping[int, ArticleRow] = field(default_factory=dict)
    retold: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stands in the store beside the rows; ``stories`` by the number of an article of each.

    One story is asked for after the other, and kept no longer than that: some go on for months.
    ``evidence`` gives that of an article whose row has none. ``came`` are the articles of this
    window; None: all are.
    """

    stories: Mapping[int, Standing] = field(default_factory=dict)
    evidence: Callable[[int], str | None] = lambda _article: None
    called: Mapping[str, str] = field(default_factory=dict)  # concepts, by their English names
    came: frozenset[int] | None = None
    carried: frozenset[int] = frozenset()


def digest(
    rows: Sequence[ArticleRow],
    *,
    groups: Sequence[Sequence[int]],
    day_on: date,
    time_zone: str,
    facts: DayFacts,
    known: Known | None = None,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    topic_titles: Mapping[str, str] | None = None,
    balance: Balance | None = None,
    limit: int = LIMIT,
    name: str = "daily",
    days: tuple[DayTold, ...] = (),
) -> Digest:
    """Compose the digest of ``day_on``: one entry a story, by part, and in each by strand.

    A story that was told before is told again only where it says what was not told; otherwise it is
    counted. ``groups`` are article ids of the same story, and copies join their originals by
    themselves. ``balance`` orders the stories' chief articles; without it they stand by weight. The
    same arguments give the same digest whatever the order of ``rows``.
    """
    known = known or Known()
    plans, unchanged, met = _plans(_stories(rows, groups), known)
    inside, outside = chosen(plans, limit=limit, balance=balance)
    entries = [_entry(plan, known) for plan in inside]
    more = sum(not plan.carried or plan.part == "changed" for plan in outside)
    return Digest(
        day_on=day_on,
        time_zone=time_zone,
        title=_title(day_on, len(inside) + more),
        sections=_sections(entries, topic_titles or {}),
        more=more,
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
        name=name,
        left=tuple(
            LeftOut(story=plan.chief.story, article=plan.chief.article, part=plan.part)
            for plan in outside
        ),
        met=met,
        unchanged=unchanged,
        days=days,
    )


def _plans(
    stories: Sequence[tuple[ArticleRow, ...]], known: Known
) -> tuple[list[Plan], int, tuple[tuple[int, ...], ...]]:
    """Stories to tell with what is new in each; how many went on without anything, and which."""
    plans: list[Plan] = []
    unchanged = 0
    met: list[tuple[int, ...]] = []
    for rows in stories:
        standing = _of(rows, known)
        found = differences(standing.now, standing.told)
        ours = any(one.accepted for one in standing.now.articles.values())
        part = part_of(rows, standing.told, found, ours=ours)
        if part is None:
            unchanged += of_today(rows, known.came)
            met.append(tuple(one.article for one in found.articles))
            continue
        carried = all(row.article in known.carried for row in rows)
        chief = _chief(rows, found, standing.others)
        others = tuple(row for row in rows if row.article != chief.article)
        weighs = weight([*rows, *_beside(found, standing)], part)
        plans.append(Plan(rows=(chief, *others), part=part, carried=carried, weighs=weighs))
    return plans, unchanged, tuple(sorted(filter(None, met)))


def _of(rows: Sequence[ArticleRow], known: Known) -> Standing:
    """What stands of a story; what was told of it may stand with a copy, which has its own."""
    numbers = sorted(row.article for row in rows)
    found = (known.stories[number] for number in numbers if number in known.stories)
    first = next(found, None) or Standing()
    if first.told is not None:
        return first
    told = next((one.told for one in found if one.told is not None), None)
    return replace(first, told=told) if told else first


def _beside(found: Differences, standing: Standing) -> list[ArticleRow]:
    """The articles that are told of and are no rows of this digest."""
    others = standing.others
    return [others[one.article] for one in found.articles if one.article in others]


def _chief(
    rows: Sequence[ArticleRow], found: Differences, others: Mapping[int, ArticleRow]
) -> ArticleRow:
    """The article that says what changed, else the best one."""
    near = {**others, **{row.article: row for row in rows}}
    for change in (*found.changes, *found.added):
        if change.article in near:
            return near[change.article]
    return rows[0]


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


def _entry(plan: Plan, known: Known) -> DigestEntry:
    row, standing = plan.chief, _of(plan.rows, known)
    own = known.stories.get(row.article)
    now, told = standing.now, standing.told
    found = differences(now, told)
    evidence = row.evidence or known.evidence(row.article)
    names = matched_names(evidence)
    changes = (*found.changes, *found.added) if told else ()
    given = [plain(change.sentence) for change in changes]
    given += [plain(fact.sentence) for fact in told.facts] if told else []
    given = [said for said in given if said]  # of a text that was removed none is left
    known_before = told is not None and any(row.article == one.article for one in told.articles)
    body = _body(row, standing, own)
    sentences = () if known_before else _sentences(row, body, names, now, given)
    given += sentences
    # a follow-up that scored low is of its story's topic
    beside = [*plan.rows, *_beside(found, standing)]
    return DigestEntry(
        article=row.article,
        title=headline(row.title),
        sentences=sentences,
        outlet=plain(row.outlet),
        url=row.url,
        published=published(row),
        score=max((one.score or 0.0 for one in beside), default=0.0),
        decision=row.decision,
        topic=next((one.topics[0] for one in beside if one.topics), ""),
        language=row.language,
        also=_also(plan.rows, own.retold if own else ()),
        matched=names_explained(evidence, known.called),
        story=row.story,
        part=plan.part,
        first=_first(row, now),
        changes=changes,
        claims=differing(now, given),
        told_on=told.last_on if told else None,
        facts=tuple(dict.fromkeys(f"{fact.key}={fact.value}" for fact in found.facts)),
        remembered=found.facts,
        members=_members(plan, found),
    )


def _body(row: ArticleRow, *stories: Standing | None) -> str:
    found = (one.now.articles.get(row.article) for one in stories if one)
    return next((article.body for article in found if article), "")


def _sentences(
    row: ArticleRow, body: str, names: Sequence[str], now: StoryNow, given: Sequence[str]
) -> tuple[str, ...]:
    """What carries the figures and the names, beside what changed, which stands above them."""
    claimed = [one.sentence for one in now.facts if one.article == row.article]
    most = SENTENCES + len(given)
    key = key_sentences(body, names, most, claimed=claimed) or key_sentences(row.summary, names)
    return tuple(
        sentence for sentence in key if not any(sentence in one or one in sentence for one in given)
    )[:SENTENCES]


def _first(row: ArticleRow, now: StoryNow) -> tuple[str, str, When] | None:
    """Who told the story first, where it is somebody else."""
    told = [one for one in now.articles.values() if not one.refused]
    if not told:
        return None
    one = min(told, key=lambda one: (one.at, one.article))
    if (
        one.article == row.article
        or one.at >= published(row).at
        or plain(one.outlet) == plain(row.outlet)
    ):
        return None
    return plain(one.outlet), one.url, When(at=one.at, original="", source=one.dated)


def _members(plan: Plan, found: Differences) -> tuple[ToldArticle, ...]:
    """The articles told of: those of the story, and those of this digest that joined it."""
    covered = {one.article: one for one in found.articles}
    for row in plan.rows:
        one = ToldArticle(article=row.article, version=row.version, title=row.title)
        covered.setdefault(row.article, one)
    return tuple(covered[number] for number in sorted(covered))


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
) -> tuple[DigestSection, ...]:
    """Entries by part, those without an entry left out, and in each by topic."""
    found = ((part, [one for one in entries if one.part == part]) for part in PARTS)
    return tuple(
        DigestSection(part=part, title=PARTS[part], topics=_by_topic(told, titles))
        for part, told in found
        if told
    )


def _by_topic(
    entries: Sequence[DigestEntry], titles: Mapping[str, str]
) -> tuple[tuple[str, tuple[DigestEntry, ...]], ...]:
    """Topics stand in the order of their first entry, "Other" last."""
    topics: dict[str, list[DigestEntry]] = {}
    for entry in entries:
        fallback = entry.topic.replace("_", " ").capitalize() or OTHER
        topics.setdefault(titles.get(entry.topic, fallback), []).append(entry)
    ordered = sorted(topics.items(), key=lambda topic: topic[0] == OTHER)
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
