"""The same decisions over a list of articles, with the index in memory: for measuring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from monitor.stages.story.facts import Rarity, Told, facts, rarest, terms
from monitor.stages.story.likeness import WITHIN
from monitor.stages.story.verb import CandidateStory, assign
from store.lineage import StoryFacts

MOST_ROWS = 200  # of the index, read for one article
MOST_STORIES = 5
MOST_MEMBERS = 8


def replay(articles: Sequence[Told]) -> list[int]:
    """Return the story number of each article, in the order given (which should be that of time).

    Stories are numbered from 1 as they begin. A copy joins its original's story where that came
    before it.
    """
    index = _Index()
    return [index.put(article) for article in articles]


class _Index:
    """What the store keeps of the window: terms, rarity, facts, and each story's members."""

    def __init__(self) -> None:
        self.rarity: Counter[str] = Counter()
        self.of_term: defaultdict[str, list[int]] = defaultdict(list)
        self.facts: dict[int, StoryFacts] = {}
        self.story: dict[int, int] = {}
        self.members: defaultdict[int, list[int]] = defaultdict(list)

    def put(self, told: Told) -> int:
        """Return the article's story, and remember the article."""
        rarity = Rarity(articles=len(self.facts), n=self.rarity)
        own = facts(told, terms(told.title, told.body, told.concepts), rarity)
        home = self.story.get(told.copy_of) if told.copy_of is not None else None
        if home is None:
            home = assign(own, self._candidates(own, rarity), rarity).story
        if home is None:
            home = len(self.members) + 1
        self._remember(own, home)
        return home

    def _remember(self, own: StoryFacts, home: int) -> None:
        self.facts[own.article] = own
        self.story[own.article] = home
        self.members[home].append(own.article)
        for term in own.terms:
            self.rarity[term] += 1
            self.of_term[term].append(own.article)

    def _candidates(self, own: StoryFacts, rarity: Rarity) -> list[CandidateStory]:
        worth: defaultdict[int, float] = defaultdict(float)
        left = MOST_ROWS
        for term, weight in rarest(own, rarity):
            near = [n for n in reversed(self.of_term[term]) if self._near(n, own.at)][:left]
            for article in near:
                worth[article] += weight
            left -= len(near)
            if left <= 0:
                break
        best: dict[int, float] = {}
        for article, value in worth.items():
            story = self.story[article]
            best[story] = max(value, best.get(story, 0.0))
        likeliest = sorted(best, key=lambda story: (-best[story], story))[:MOST_STORIES]
        return [CandidateStory(story=s, members=self._members(s, own.at)) for s in likeliest]

    def _members(self, story: int, at: datetime) -> tuple[StoryFacts, ...]:
        near = sorted(
            (self.facts[n] for n in self.members[story] if self._near(n, at)),
            key=lambda facts: (facts.at, facts.article),
        )
        return tuple(reversed(near[-MOST_MEMBERS:]))

    def _near(self, article: int, at: datetime) -> bool:
        return abs(self.facts[article].at - at) <= WITHIN
