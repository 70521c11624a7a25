"""Articles as the product itself keeps them, from made-up texts of about 5 KB.

Each poll, text, story, page record, verdict and decision goes through the product's own functions,
its judge and its lexicon included, so that a table, an index or a trigger added later is filled as
in life. The words are drawn by Zipf's law; one article in six is of the topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from random import Random

from classifiers import registry
from classifiers.lexicon import load_lexicon
from monitor import pipeline
from monitor.alerts.rulebook import make_rulebook
from monitor.articles import letting_go
from monitor.articles.keeping import kept
from monitor.articles.records import found_entry
from monitor.config.shape import Retention
from monitor.model import (
    ArticleText,
    Dating,
    Dropped,
    Entry,
    Fetched,
    Reading,
    Reason,
    Thresholds,
    When,
)
from monitor.stages import dedupe
from store import articles, feeds, grounds, reviews
from store.db import Db, connect, tend
from store.polls import FeedSpec, FeedState, PollRecord
from store.rows import stamp
from store.sql import fetch, write
from store.types import Answer

END = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
OUTLETS = 40
PER_DAY = 548
A_POLL = 10
JUDGED = 50
TOPIC = "pak_afg_ttp"
VOCABULARY = 40_000
WORDS = 690
ON_TOPIC, COPIED, EDITED, REFUSED = 1 / 6, 0.08, 0.02, 0.01
SIDES = ("pakistan", "afghanistan", "world")
COMMON = (
    *("the", "of", "and", "to", "in", "a", "said", "that", "for", "on", "was"),
    *("with", "is", "by", "at", "from", "he", "it", "as", "were", "has", "had"),
    *("have", "be", "not", "his", "an", "are", "who", "which", "they", "their", "its"),
    *("will", "been", "but", "this", "after", "also", "would", "more", "police", "two", "one"),
    *(
        "government",
        "people",
        "year",
        "officials",
        "first",
        "could",
        "new",
        "other",
        "when",
        "there",
        "minister",
    ),
    *("minister", "or", "last", "up", "out"),
)
TOPICAL = (
    "Pakistan and the Afghan Taliban agreed to resume talks on the TTP in {0}, officials said.",
    "Islamabad wants Kabul to act against Tehreek-i-Taliban Pakistan hideouts near {0}.",
    "Trucks waited for hours at the Torkham crossing while border guards of both sides met.",
    "The foreign ministry in Islamabad asked Kabul for guarantees against militancy in {0}.",
    "Afghan refugees returning through {0} spoke of fear of new strikes along the Durand Line.",
    "Security forces killed {1} militants of the TTP in North Waziristan, the army said in {0}.",
)  # fmt: skip
NAMED = (
    ("Pakistan", 0.5), ("Afghanistan", 0.3), ("Kabul", 0.2), ("Taliban", 0.15), ("talks", 0.3),
    ("Torkham", 0.03), ("cricket", 0.05), ("پاکستان", 0.1), ("تحریک طالبان پاکستان", 0.02),
    ("Spin Boldak", 0.002),
)  # fmt: skip
SYLLABLES = (
    *("ka", "lor", "mi", "ten", "va", "rus", "el", "dom", "shi", "par", "no", "gha"),
    *("tion", "ing", "ers", "ed", "ly", "ment", "an", "is", "re", "con"),
)


class Press:
    """Prints texts, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - made-up words
        made = dict.fromkeys(COMMON)
        while len(made) < VOCABULARY:
            made["".join(self.chance.choices(SYLLABLES, k=self.chance.randint(1, 4)))] = None
        self.words = list(made)
        self._upto = list(accumulate(1 / (n + 1) for n in range(len(self.words))))

    def sentence(self, count: int) -> str:
        """Return so many words as a sentence."""
        words = self.chance.choices(self.words, cum_weights=self._upto, k=count)
        return f"{' '.join(words).capitalize()}."

    def text(self, *, on_topic: bool) -> tuple[str, str]:
        """Return a headline and about 5 KB of paragraphs."""
        said = [self.sentence(self.chance.randint(8, 26)) for _ in range(WORDS // 17)]
        for name, share in NAMED:
            if self.chance.random() < share:
                at = self.chance.randrange(len(said))
                said[at] = f"{said[at][:-1]} {name}."
        title = self.sentence(9)[:-1]
        if on_topic:
            place = self.chance.choice(self.words[60:600]).capitalize()
            for at in (0, 1, 4, 9):
                line = self.chance.choice(TOPICAL)
                said[at] = line.format(place, self.chance.randint(2, 30))
            title = f"Taliban and Islamabad talk of {place}, {title.lower()}"
        paragraphs = (" ".join(said[at : at + 3]) for at in range(0, len(said), 3))
        return title, "\n\n".join(paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article before anybody has seen it."""

    number: int
    outlet: int
    at: datetime
    title: str
    body: str

    @property
    def url(self) -> str:
        """Where it stands."""
        slug = "-".join(self.title.lower().split()[:9])
        return f"https://www.outlet{self.outlet}.example/news/{1_700_000 + self.number}/{slug}"


def specs() -> list[FeedSpec]:
    """Return the feeds of the made-up outlets."""
    return [
        FeedSpec(key=f"outlet{n}", url=f"https://outlet{n}.example/feed", outlet=f"Outlet {n}",
                 side=SIDES[n % len(SIDES)], language="en")
        for n in range(OUTLETS)
    ]  # fmt: skip


def settings() -> dict[str, object]:
    """Return the settings that name the same feeds."""
    rows = [
        {"key": one.key, "url": one.url, "outlet": one.outlet, "side": one.side, "language": "en"}
        for one in specs()
    ]
    return {"team": {"time_zone": "Asia/Karachi"}, "feeds": rows}


class Newsroom:
    """A store and all that fills it, from the first article to the last at ``END``."""

    def __init__(self, db: Db, *, seed: int = 7, first: int = 0) -> None:
        self.db, self.press, self.first = db, Press(seed), first
        self.specs, self.model = specs(), registry.load()
        self.lexicon = load_lexicon(TOPIC)
        self.rules = make_rulebook((), self.lexicon, ways={}, time_zone="UTC", desk_url=None)
        self._last: list[Draft] = []

    def fill(self, number: int, *, pace: timedelta = timedelta(days=1) / PER_DAY) -> None:
        """Print and keep so many articles; the first is seen so long before the last."""
        feeds.sync(self.db, self.specs, END - pace * number - timedelta(days=1))
        for start in range(0, number, A_POLL):
            at = END - pace * (number - start - A_POLL)
            drafts = [
                self._draft(self.first + start + n, at) for n in range(min(A_POLL, number - start))
            ]
            self._came(drafts, at)
            if start % JUDGED == 0:
                self._judge(at)
                grounds.learn(self.db)  # as a night does, when there is enough to learn from
        self._judge(END)
        self.db.conn.execute("ANALYZE")

    def _draft(self, number: int, at: datetime) -> Draft:
        chance = self.press.chance
        outlet = number // A_POLL % OUTLETS
        if self._last and chance.random() < COPIED:
            first = chance.choice(self._last)
            return replace(first, number=number, outlet=outlet, at=at)
        title, body = self.press.text(on_topic=chance.random() < ON_TOPIC)
        made = Draft(number=number, outlet=outlet, at=at, title=title, body=body)
        self._last = [*self._last[-200:], made]
        return made

    def _came(self, drafts: Sequence[Draft], at: datetime) -> None:
        """One poll that lists these, and the reading of their pages."""
        spec = self.specs[drafts[0].outlet]
        state = FeedState(spec=spec, condition="ok", last_ok_at=at, last_polled_at=at)
        found = tuple(found_entry(_entry(draft)) for draft in drafts)
        record = PollRecord(state=state, at=at, outcome="ok", found=found, listed=len(found))
        feeds.save_poll(self.db, record)
        told = {draft.url: draft for draft in drafts}
        for item in articles.pending(self.db, at, len(drafts)):
            draft = told[item.url]
            refused = self.press.chance.random() < REFUSED
            made = (
                Dropped(reason=Reason.NOT_ARTICLE, detail="It is a list of links.")
                if refused else _reading(draft)
            )  # fmt: skip
            kept(self.db, item, _page(draft), made, at, lexicon=self.lexicon)
            if not refused and self.press.chance.random() < EDITED:
                again = articles.as_wanted(self.db, item.article)
                later = replace(draft, body=f"{draft.body}\n\n{self.press.sentence(40)}")
                if again is not None:
                    kept(self.db, again, _page(later), _reading(later), at, lexicon=self.lexicon)

    def _judge(self, at: datetime) -> None:
        """Verdicts on what waits; then people answer most of what was queued."""
        pipeline.judge(
            self.db, classifier=self.model, topic=TOPIC, thresholds=Thresholds(),
            rulebook=self.rules, clock=lambda: at, stopped=lambda: False,
        )  # fmt: skip
        chance = self.press.chance
        rows = fetch(self.db, _WAITS, (stamp(END - timedelta(days=1)),))
        with write(self.db):
            for row in rows:
                answer: Answer = "relevant" if chance.random() < 0.6 else "not_relevant"
                who = chance.choice(("Reader One", "Reader Two"))
                reviews.decide(self.db, article=row["id"], answer=answer, by=who, now=at)


_WAITS = """
SELECT id FROM articles WHERE route IN ('queue', 'sample') AND copy_of IS NULL
    AND decision IS NULL AND first_seen_at < ?
"""


def _entry(draft: Draft) -> Entry:
    return Entry(
        key=draft.url, item_hash=sha256(draft.url.encode()).hexdigest()[:32], guid=draft.url,
        url=draft.url, title=draft.title, summary=draft.body[:220], content_html=None,
        author="A. Reporter", published=_when(draft), language="en",
    )  # fmt: skip


def _when(draft: Draft) -> When:
    return When(at=draft.at, original=draft.at.strftime("%a, %d %b %Y %H:%M:%S GMT"), source="feed")


def _reading(draft: Draft) -> Reading:
    text = ArticleText(
        title=draft.title, body=draft.body, author="A. Reporter", published=_when(draft),
        language="en", extractor="trafilatura 2.3.1 fast",
    )  # fmt: skip
    return Reading(
        text=text, fingerprints=dedupe.fingerprint(draft.title, draft.body), text_from="page",
        page_length=len(draft.body), dating=Dating(published=_when(draft), place="feed"),
    )  # fmt: skip


def _page(draft: Draft) -> Fetched:
    headers = {"content-type": "text/html; charset=utf-8", "etag": f'W/"{draft.number:x}"'}
    return Fetched(
        key=str(draft.number), url=draft.url, final_url=draft.url, status=200, headers=headers,
        body=draft.body.encode(), fetched_at=draft.at,
    )  # fmt: skip


def aged(db: Db, now: datetime, retention: Retention) -> None:
    """Let go of what is past its time, as the night does."""
    letting_go.of_history(db, retention, now)
    letting_go.by_age(db, retention, now)
    letting_go.press(db, now)
    tend(db)


def made(path: Path, number: int, *, seed: int = 7) -> Db:
    """Return a store of so many articles, each written by the product: about 15 ms an article."""
    db = connect(path)
    db.conn.execute("PRAGMA synchronous = OFF")
    Newsroom(db, seed=seed).fill(number)
    return db
