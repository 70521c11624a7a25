"""The index of terms: which articles of the last days have a word, a figure or a name.

Terms are kept as numbers. How many articles have each is counted beside, so that what is rare is
known and what is asked for stays within bounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate

from store.faults import told
from store.lineage import StoryFacts
from store.rows import ids_json
from store.sql import Db, run, tuples

MOST_ROWS = 200  # of the index, read for one article
MOST_STORIES = 5
AT_A_TIME = 16  # articles whose stories are asked for; the five likeliest are mostly among them
EVERY = 0  # the term that counts all articles


@lru_cache(maxsize=30_000)
def term_number(term: str) -> int:
    """Return the 64-bit number a term is kept by; never ``EVERY`` in practice."""
    return int.from_bytes(
        blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), signed=True
    )


class Index:
    """Which articles have which terms, as one write sees it: the rows there are, and its own.

    An article's rows are found at once and written by ``written``, at the end of the write: in the
    order of their terms and outside the savepoints of the articles, each of which would copy the
    hundred pages of its rows (0.8 ms an article; 0.3 for sixteen articles at a time).
    """

    def __init__(self, db: Db) -> None:
        self._db = db
        self._n: dict[int, int] = {}  # articles that have a term, of the terms asked for so far
        self._added: dict[int, tuple[int, list[int]]] = {}  # article: its instant, its terms
        self._fresh: dict[int, list[tuple[int, int]]] = {}  # term: instants, articles; not written

    def rarity(self, terms: Iterable[str]) -> tuple[int, dict[str, int]]:
        """Return how many articles the window holds, and in how many each known term stands."""
        numbers = {term_number(term): term for term in terms}
        n = self._counts([EVERY, *numbers])
        return n[EVERY], {term: n[number] for number, term in numbers.items() if n[number] > 0}

    def _counts(self, numbers: Sequence[int]) -> Mapping[int, int]:
        """Return in how many articles terms stand, of these terms at least."""
        unknown = [number for number in numbers if number not in self._n]
        if unknown:
            held = dict(tuples(self._db, _COUNTED, (ids_json(unknown),)))
            for number in unknown:
                self._n[number] = held.get(number, 0) + len(self._fresh.get(number, ()))
        return self._n

    def sharing(
        self, facts: StoryFacts, rarest: Sequence[tuple[str, float]], within: timedelta
    ) -> list[int]:
        """Return the stories of articles that share terms with one, the likeliest first.

        ``rarest`` are the terms to look by with what each is worth, in the order to ask for them.
        At most ``MOST_ROWS`` rows of the index are read, and ``MOST_STORIES`` stories returned.
        """
        found = self.worth(facts, rarest, within)
        ordered = sorted(found, key=lambda article: -found[article])
        best: dict[int, float] = {}
        for start in range(0, len(ordered), AT_A_TIME):
            some = ordered[start : start + AT_A_TIME]
            if len(best) >= MOST_STORIES and found[some[0]] < list(best.values())[MOST_STORIES - 1]:
                break  # the articles left are worth less than those of the last story wanted
            story_of = dict(tuples(self._db, _STORIES_OF, (ids_json(some),)))
            for article in some:
                if article in story_of:
                    best.setdefault(story_of[article], found[article])
        return sorted(best, key=lambda story: (-best[story], story))[:MOST_STORIES]

    def worth(
        self, facts: StoryFacts, rarest: Sequence[tuple[str, float]], within: timedelta
    ) -> dict[int, float]:
        """Return the articles that share terms with one and what those are worth together."""
        asked = [term_number(term) for term, _ in rarest]
        span = (seconds(facts.at - within), seconds(facts.at + within), facts.article)
        found: dict[int, float] = {}
        for place, article in self._rows(asked, span):
            found[article] = found.get(article, 0.0) + rarest[place][1]
        return found

    def _rows(self, asked: Sequence[int], span: tuple[int, int, int]) -> list[tuple[int, int]]:
        """Return places of terms with articles that have them, those of an article in their order.

        ``span`` is from when, to when, and the article that asks. Terms of which there is room for
        all are asked for in one statement; one more statement is mostly enough, for the newest of
        the term at which the room ends.
        """
        n = self._counts(asked)
        upto = [*accumulate(n[term] for term in asked)]
        whole = bisect_right(upto, MOST_ROWS)
        rows = tuples(self._db, WHOLE, (ids_json(asked[:whole]), *span, MOST_ROWS))
        for place, term in enumerate(asked[:whole]):
            rows += [(place, article) for _, article in self._unwritten(term, span)]
        for place, term in enumerate(asked[whole:], whole):
            left = MOST_ROWS - len(rows)
            if left <= 0:
                break
            newest = tuples(self._db, NEWEST, (term, *span, left))
            newest = sorted(newest + self._unwritten(term, span), reverse=True)[:left]
            rows += [(place, article) for _, article in newest]
        return rows

    def _unwritten(self, term: int, span: tuple[int, int, int]) -> list[tuple[int, int]]:
        low, high, own = span
        fresh = self._fresh.get(term, ())
        return [row for row in fresh if low <= row[0] <= high and row[1] != own]

    def add(self, article: int, at: int, terms: Iterable[str]) -> None:
        """Note an article that the index does not hold, inside a write."""
        numbers = sorted({term_number(term) for term in terms})
        self._added[article] = (at, numbers)
        self._note(article)

    def _note(self, article: int) -> None:
        at, numbers = self._added[article]
        for number in (EVERY, *numbers):
            self._fresh.setdefault(number, []).append((at, article))
            if number in self._n:
                self._n[number] += 1

    def remove(self, article: int, at: int, terms: Iterable[str]) -> None:
        """Take an article out, inside a write."""
        if article in self._added:
            self._put_back({n: row for n, row in self._added.items() if n != article})
            return
        numbers = sorted({term_number(term) for term in terms})
        run(self._db, _NO_TERMS, (ids_json(numbers), at, article))
        run(self._db, _ONE_LESS, (ids_json([EVERY, *numbers]),))
        self._n.clear()

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what was noted within a block that raises, as its savepoint undoes its rows."""
        before = dict(self._added)
        try:
            yield
        except BaseException:
            self._put_back(before)
            raise

    def _put_back(self, added: dict[int, tuple[int, list[int]]]) -> None:
        self._added = added
        self._n.clear()
        self._fresh.clear()
        for article in added:
            self._note(article)

    def written(self) -> None:
        """Write the rows of the articles that were noted."""
        more = sorted((number, len(rows)) for number, rows in self._fresh.items())
        new = [(n, *row) for n, _ in more if n != EVERY for row in sorted(self._fresh[n])]
        with told(self._db):  # numbers as they are: to look for texts in them costs 0.2 ms more
            self._db.conn.executemany(_TERMS, new)
            self._db.conn.executemany(_MORE, more)
        self._added.clear()
        self._fresh.clear()


@contextmanager
def indexed(db: Db) -> Iterator[Index]:
    """Give an index for articles that are placed in one write, inside it; written at the end."""
    index = Index(db)
    yield index
    index.written()


_COUNTED = "SELECT term, n FROM story_words WHERE term IN (SELECT value FROM json_each(?))"
_STORIES_OF = """
SELECT article, story FROM story_facts WHERE article IN (SELECT value FROM json_each(?))
"""
WHOLE = """
SELECT j.key, t.article FROM json_each(?1) j CROSS JOIN story_terms t
WHERE t.term = j.value AND t.at BETWEEN ?2 AND ?3 AND t.article <> ?4 LIMIT ?5
"""
NEWEST = """
SELECT at, article FROM story_terms
WHERE term = ?1 AND at BETWEEN ?2 AND ?3 AND article <> ?4
ORDER BY at DESC, article DESC LIMIT ?5
"""
# A row left behind would be no reason to keep none of sixteen articles.
_TERMS = "INSERT INTO story_terms (term, at, article) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_MORE = """
INSERT INTO story_words (term, n) VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET n = n + excluded.n
"""
_ONE_LESS = """
UPDATE story_words SET n = n - 1 WHERE term IN (SELECT value FROM json_each(?))
"""
_NO_TERMS = """
DELETE FROM story_terms
WHERE term IN (SELECT value FROM json_each(?)) AND at = ? AND article = ?
"""


def seconds(at: datetime) -> int:
    """Return an instant as the index keeps it, in seconds since 1970."""
    return int(at.timestamp())
