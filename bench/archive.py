"""A store filled as years of work would fill it: texts, verdicts, stories, decisions, polls.

Written through the store's own functions, so that triggers, the index and the books are those of
the product; only the waits for the disk are switched off. The words are drawn by Zipf's law from a
made-up vocabulary with real names of the topic among them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from random import Random

from store import articles, feeds, placing, reviews
from store.db import Db, connect
from store.lineage import Joined, StoryFacts
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.sql import write
from store.types import Answer, StoredText, VerdictRow

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
PER_DAY = 140
A_POLL = 5  # articles: each outlet is asked and answers every day
OUTLETS = 30
SIDES = ("pakistan", "afghanistan", "world", "india", "exile")
STRANDS = ("talks", "border", "trade", "militancy", "refugees", "diplomacy")
NAMES = (
    "Pakistan", "Kabul", "Islamabad", "Torkham", "Chaman", "TTP", "Khost", "Bannu", "Swat",
    "Nangarhar", "Waziristan", "Peshawar", "Quetta", "Kandahar", "Doha", "Taliban",
)  # fmt: skip
COMMON = ("the", "of", "and", "to", "in", "said", "officials", "on", "that", "border")
MODEL = "bench-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One article before it is kept; ``weight`` is its score."""

    url: str
    title: str
    body: str
    at: datetime
    weight: float


class Wire:
    """Writes articles, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - made-up words
        made = [self._word() for _ in range(20_000)]
        self._words = [*COMMON, *made]
        self._upto = list(accumulate(1 / (n + 1) for n in range(len(self._words))))
        self._sentences = [f"{self.sentence(14)}." for _ in range(4_000)]

    def _word(self) -> str:
        pieces = ("ka", "lor", "mi", "ten", "va", "rus", "el", "dom", "shi", "par", "no", "gha")
        return "".join(self.chance.choices(pieces, k=self.chance.randint(2, 4)))

    def sentence(self, count: int) -> str:
        """Return so many words, a name of the topic here and there."""
        words = self.chance.choices(self._words, cum_weights=self._upto, k=count)
        for _ in range(self.chance.randint(0, 2)):
            words[self.chance.randrange(count)] = self.chance.choice(NAMES)
        return " ".join(words).capitalize()

    def draft(self, number: int, at: datetime) -> Draft:
        """Return the article of that number: about 2 KB in eight paragraphs."""
        body = "\n".join(" ".join(self.chance.choices(self._sentences, k=3)) for _ in range(8))
        weight = self.chance.random() ** 12  # one in six is queued, as in feeds of mixed news
        title = f"{self.sentence(9)} {number}"
        return Draft(
            url=f"https://outlet{number % OUTLETS}.example/news/{number}",
            title=title, body=body, at=at, weight=round(weight, 4),
        )  # fmt: skip


def filled(path: Path, number: int, *, waiting: int = 400, seed: int = 11) -> Db:
    """Return a store of so many articles, the last one seen at ``NOW``.

    All that was queued is decided on but for the newest ``waiting``. Takes about 2 ms an article.
    """
    db = connect(path)
    db.conn.execute("PRAGMA synchronous = OFF")
    specs = [
        FeedSpec(
            key=f"outlet{n}", url=f"https://outlet{n}.example/feed", outlet=f"Outlet {n}",
            side=SIDES[n % len(SIDES)], language="en",
        )
        for n in range(OUTLETS)
    ]  # fmt: skip
    feeds.sync(db, specs, NOW - timedelta(days=number // PER_DAY + 1))
    wire, step = Wire(seed), timedelta(days=1) / PER_DAY
    for start in range(0, number, A_POLL):
        size = min(A_POLL, number - start)
        drafts = [wire.draft(start + n, NOW - step * (number - start - n)) for n in range(size)]
        with write(db):
            _keep(db, specs[start // A_POLL % OUTLETS], drafts, wire.chance)
    _decide(db, waiting, wire.chance)
    db.conn.execute("ANALYZE")
    return db


def _keep(db: Db, spec: FeedSpec, drafts: list[Draft], chance: Random) -> None:
    """One poll that lists these, their texts, stories and verdicts."""
    at = drafts[-1].at
    entries = tuple(_entry(draft) for draft in drafts)
    state = FeedState(spec=spec, condition="ok", last_ok_at=at, last_polled_at=at)
    feeds.save_poll(
        db,
        PollRecord(state=state, at=at, outcome="ok", found=entries, listed=len(entries)),
    )
    rows = []
    for pending in articles.pending(db, NOW, len(drafts)):
        draft = next(draft for draft in drafts if draft.url == pending.url)
        articles.save_text(db, _text(pending.article, draft, chance), draft.at)
        _place(db, pending.article, draft, chance)
        rows.append(_verdict(pending.article, draft, chance))
    articles.save_verdicts(db, rows, [], at)


def _entry(draft: Draft) -> FoundEntry:
    return FoundEntry(
        key=draft.url, item_hash=sha256(draft.url.encode()).hexdigest()[:32], guid=draft.url,
        url=draft.url, canonical_url=draft.url, title=draft.title, summary=draft.body[:200],
        content_html=None, author="A. Reporter", published_at=draft.at,
        published_original=draft.at.isoformat(), language="en",
    )  # fmt: skip


def _text(article: int, draft: Draft, chance: Random) -> StoredText:
    digest = sha256(draft.body.encode()).hexdigest()
    return StoredText(
        article=article, title=draft.title, body=draft.body, author="A. Reporter", language="en",
        published_at=draft.at, published_original=draft.at.isoformat(), published_source="feed",
        extractor="trafilatura 2.3.1 fast", text_from="page", text_hash=digest,
        title_key=draft.title.casefold(), scheme="bench",
        sketch=tuple(sorted(chance.getrandbits(62) for _ in range(48))),
    )  # fmt: skip


def _place(db: Db, article: int, draft: Draft, chance: Random) -> None:
    """Every third article retells one of the last ones; the rest begin a story."""
    near = article - chance.randint(1, 40)
    home = placing.story_of(db, near) if chance.random() < 0.33 else None
    words = tuple(draft.title.casefold().split())
    facts = StoryFacts(
        article=article, at=draft.at, terms=dict.fromkeys(words, 1.0), headline=words
    )
    placing.place(db, facts, home, Joined(why="alike" if home else "new"), now=draft.at)


def _verdict(article: int, draft: Draft, chance: Random) -> VerdictRow:
    queued = draft.weight >= 0.1
    topics = tuple(chance.sample(STRANDS, k=chance.randint(0, 2)))
    return VerdictRow(
        article=article, version=1, topic="pak_afg_ttp", model=MODEL, lexicon="1",
        score=draft.weight, relevant=queued, topics=topics, evidence=_evidence(draft),
        route="queue" if queued else "reject", route_why="by its score", probability=1.0,
        disposition="queued" if queued else "rejected",
        reason=None if queued else "below_threshold", threshold=0.1, calibrated=False,
    )  # fmt: skip


def _evidence(draft: Draft) -> str:
    found = [(name, draft.body.find(name)) for name in NAMES]
    contributions = [
        {
            "feature": f"f{at}", "label": name, "weight": 0.4,
            "matches": [
                {"concept": name, "text": name, "part": "body", "start": at,
                 "end": at + len(name), "note": ""}
            ],
        }
        for name, at in found if at >= 0
    ]  # fmt: skip
    return json.dumps({"contributions": contributions, "nearest": None, "ignored": []})


def _decide(db: Db, waiting: int, chance: Random) -> None:
    """Answer all that waits but the newest, two hours after each was seen."""
    sql = """
    SELECT id, first_seen_at FROM articles WHERE route = 'queue' AND decision IS NULL
    ORDER BY id DESC LIMIT -1 OFFSET ?
    """
    rows = db.conn.execute(sql, (waiting,)).fetchall()
    for start in range(0, len(rows), 200):
        with write(db):
            for article, seen_at in rows[start : start + 200]:
                answer: Answer = "relevant" if chance.random() < 0.6 else "not_relevant"
                who = chance.choice(("Reader One", "Reader Two"))
                at = datetime.fromisoformat(seen_at) + timedelta(hours=2)
                reviews.decide(db, article=article, answer=answer, by=who, now=at)
