"""The start of a word, looked for in the texts themselves where many texts hold it.

FTS5 reads the lists of all words that begin so before it gives the first hit: ``pa*`` took 112 ms
at 60,000 articles and grows with them, and an index of beginnings would add a quarter to each
article's bytes. What stands in every twentieth text is found sooner in the newest texts: a page of
hits is in the first few hundred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.asking import Asked, Choice, Phrase
from store.folding import fold, stretch_of
from store.rows import ids_json
from store.sql import Db, fetch

READ = 50
"""Texts that are read at a time."""
OFTEN = 20
"""Of so many texts one must hold it; what is rarer the index finds as fast at any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What of a query the texts are asked for, and the ``rest``, which the index is asked for."""

    rest: Asked
    wanted: tuple[tuple[Choice, ...], ...]
    unwanted: tuple[Phrase, ...]

    def among(self, db: Db, numbers: Sequence[int], limit: int) -> list[int] | None:
        """Return those of ``numbers`` whose texts hold it, in order, ``limit`` and one at most.

        None: it stands too rarely in them to be looked for so.
        """
        found: list[int] = []
        for at in range(0, len(numbers), READ):
            part = numbers[at : at + READ]
            texts = _texts(db, part)
            found += [n for n in part if n in texts and self._holds(*texts[n])]
            if len(found) > limit:
                return found[: limit + 1]
            if len(found) * OFTEN < at + len(part):
                return None
        return found

    def _holds(self, title: str, body: str) -> bool:
        if any(_stands(phrase, title, body) for phrase in self.unwanted):
            return False
        return all(any(_told(one, title, body) for one in group) for group in self.wanted)


def begun(asked: Asked) -> Begun | None:
    """Return how to look in the texts for the starts of words; None where none was asked for."""
    wanted = tuple(group for group in asked.all_of if _open(group))
    unwanted = tuple(phrase for phrase in asked.none_of if phrase.start)
    if not wanted and not unwanted:
        return None
    others = tuple(group for group in asked.all_of if not _open(group))
    if not others:  # the index is not asked for what is left out alone
        return Begun(rest=Asked(), wanted=wanted, unwanted=asked.none_of)
    plain = tuple(phrase for phrase in asked.none_of if not phrase.start)
    return Begun(rest=Asked(all_of=others, none_of=plain), wanted=wanted, unwanted=unwanted)


def _open(group: Sequence[Choice]) -> bool:
    return any(phrase.start for choice in group for phrase in (*choice.own, *choice.also))


def _told(choice: Choice, title: str, body: str) -> bool:
    return all(_stands(phrase, title, body) for phrase in choice.own) or any(
        _stands(phrase, title, body) for phrase in choice.also
    )


def _stands(phrase: Phrase, title: str, body: str) -> bool:
    sign = _sign(phrase.words, phrase.start)
    return bool(sign.search(title) or (not phrase.title and sign.search(body)))


@lru_cache(maxsize=200)
def _sign(words: str, start: bool) -> re.Pattern[str]:
    return re.compile(stretch_of(words, start=start), re.IGNORECASE)


_TEXTS = """
SELECT a.id, v.title, v.body
FROM articles a JOIN versions v ON v.article = a.id AND v.version = a.version
WHERE a.id IN (SELECT value FROM json_each(?))
"""


def _texts(db: Db, numbers: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    rows = fetch(db, _TEXTS, (ids_json(numbers),))
    return {row["id"]: (fold(row["title"]), fold(row["body"])) for row in rows}
