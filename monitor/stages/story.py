"""Which articles tell the same story? A first, careful answer from headlines and times.

Two headlines belong together when they share enough of their telling words within a day and a
half. Names and rare words tell; "killed", "says" and "Pakistan" stand in every other headline.
What is doubtful stays apart: a reader forgives two entries sooner than a wrong merger.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

WITHIN = timedelta(hours=36)
ALIKE = 0.5  # of the weight of the shorter headline
NEARLY_ALL = 0.7  # where only two telling words are shared: "Saudi Arabia" alone is no story
COMMON_WEIGHT = 0.4
MOST_CHARS = 400


class Told(Protocol):
    """What a story is grouped by; ``store.types.ArticleRow`` is one."""

    @property
    def article(self) -> int:
        """The article's number."""

    @property
    def title(self) -> str:
        """The headline, plain text."""

    @property
    def first_seen_at(self) -> datetime:
        """When it was first seen, aware."""

    @property
    def published_at(self) -> datetime | None:
        """When the source says it was published, aware."""


STOP = frozenset(
    """
    a an the of in on at to for from by with and or but nor as is are was were be been being
    it its this that these those he she they his her their who whom which what when where why
    how not no after before over under into out up down off about amid amidst against between
    during among than then there here has have had do does did will would can could may might
    must shall should more most new two three one s t via per کا کی کے کو میں سے پر نے اور ہے
    ہیں تھا تھے تھی کہ یہ وہ ایک بھی نہیں گا گی گے ہو کر دی دیا گیا گئے د په او له چې ته کې دی
    ده شو در به از که با این را است برای شد و
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
COMMON = frozenset(
    """
    say said call urge kill killed dead die injur attack govt government minister ministry
    official police court pakistan pakistani india indian us afghan afghanistan taliban pm
    president chief security force people man woman day week year today tomorrow announce seek
    report case plan talk meet issue move demand hold held take make get set rs million
    billion pc percent cm sc ihc price rate point index share stock gold tola rise fall drop
    gain
    rain weather city temperature mercury
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
WORD = re.compile(r"\w+(?:[&'’]\w+)*")
MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d]+")
ENDINGS = re.compile(r"(?<=\w{4})(?:'s|s'|ies|ing|ed|es|s)$")


def same_story(a_title: str, b_title: str, a_at: datetime, b_at: datetime) -> bool:
    """Return whether two headlines, at two instants, tell the same story. Never raises."""
    return abs(a_at - b_at) <= WITHIN and _alike(_weighed(a_title), _weighed(b_title))


def group(rows: Sequence[Told]) -> list[list[int]]:
    """Return the articles' numbers, one list a story, in the order given.

    Every article stands in exactly one list. It joins a story when it is alike to at least half of
    those in it, so that a chain of half-alike headlines does not grow into one story.
    """
    weights = _weighed_together([row.title for row in rows])
    stories: list[list[int]] = []
    of_word: defaultdict[str, set[int]] = defaultdict(set)
    for index in range(len(rows)):
        near = {s for word in weights[index] for s in of_word[word]}
        home = next((s for s in sorted(near) if _fits(index, stories[s], rows, weights)), None)
        if home is None:
            home = len(stories)
            stories.append([])
        stories[home].append(index)
        for word, weight in weights[index].items():
            if weight > COMMON_WEIGHT:
                of_word[word].add(home)
    return [[rows[index].article for index in story] for story in stories]


def _fits(
    index: int, story: list[int], rows: Sequence[Told], weights: list[dict[str, float]]
) -> bool:
    """Return whether an article is alike and near in time to at least half of a story's."""
    at = _at(rows[index])
    alike = sum(
        1
        for other in story
        if abs(at - _at(rows[other])) <= WITHIN and _alike(weights[index], weights[other])
    )
    return alike * 2 >= len(story)


def _at(row: Told) -> datetime:
    return row.published_at or row.first_seen_at


def _weighed_together(titles: list[str]) -> list[dict[str, float]]:
    """Return each headline's weighed words; a word in very many headlines tells little that day."""
    weights = [_weighed(title) for title in titles]
    many = max(6, len(titles) // 100)
    seen = Counter(word for weighed in weights for word in weighed)
    return [
        {word: COMMON_WEIGHT if seen[word] > many else weight for word, weight in weighed.items()}
        for weighed in weights
    ]


def _weighed(title: str) -> dict[str, float]:
    """Return the telling words of a headline with their weights: names and figures count most."""
    weights: dict[str, float] = {}
    for position, match in enumerate(WORD.finditer(title[:MOST_CHARS])):
        written = match[0]
        word = _folded(written)
        if word in STOP or not word:
            continue
        if word in COMMON:
            weight = COMMON_WEIGHT
        elif position and written[0].isupper():
            weight = 1.5
        else:
            weight = 1.25 if any(map(str.isdigit, word)) else 1.0
        weights[word] = max(weight, weights.get(word, 0.0))
    return weights


def _folded(word: str) -> str:
    """Return the word without case, diacritics, and the commonest English endings."""
    folded = unicodedata.normalize("NFKD", word).casefold().replace("’", "'")
    bare = MARKS.sub("", folded).replace("&", "")
    return bare if bare in COMMON else ENDINGS.sub("", bare).replace("'", "")


def _alike(a: dict[str, float], b: dict[str, float]) -> bool:
    """Return whether two weighed headlines share enough; like words with other figures do not."""
    common = a.keys() & b.keys()
    shared = sum(min(a[word], b[word]) for word in common)
    telling = sum(1 for word in common if min(a[word], b[word]) > COMMON_WEIGHT)
    shorter = min(sum(a.values()), sum(b.values()))
    if telling < 2 or shared < (ALIKE if telling > 2 else NEARLY_ALL) * shorter:
        return False
    one = {word for word in a if any(map(str.isdigit, word))}
    two = {word for word in b if any(map(str.isdigit, word))}
    return not (one and two and not one & two)
