"""The piece of a text around what a search found in it, with the places marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.asking import Asked, Phrase
from store.folding import fold, pattern_of
from store.rows import ids_json
from store.sql import Db, fetch
from store.types import ArticleRow

AROUND = 90  # characters before the place and as many after it, to the next word
READ = 60_000  # characters of a text that are looked through
_MOST_PHRASES = 60
_WORTH_SORTING = 4
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Pieces of a text in order, each with whether it was looked for.

    ``begins`` and ``ends`` say whether the text begins and ends there.
    """

    pieces: tuple[tuple[str, bool], ...]
    begins: bool = True
    ends: bool = True

    @property
    def text(self) -> str:
        """The words without their marks."""
        return "".join(piece for piece, _ in self.pieces)


_BODIES = f"""
SELECT v.article, substr(v.body, 1, {READ}) AS body
FROM articles a JOIN versions v ON v.article = a.id AND v.version = a.version
WHERE a.id IN (SELECT value FROM json_each(?))
"""  # noqa: S608


def of(db: Db, rows: Sequence[ArticleRow], asked: Asked) -> Mapping[int, Excerpt]:
    """Return the excerpt of each article that has a text, by its number."""
    if not rows:
        return {}
    found = fetch(db, _BODIES, (ids_json([row.article for row in rows]),))
    return {
        row["article"]: excerpt for row in found if (excerpt := around(row["body"], asked)).pieces
    }


def around(text: str, asked: Asked) -> Excerpt:
    """Return the piece around the first place of what was asked; the beginning, where none is."""
    sign = _sign(_held(text, asked.phrases[:_MOST_PHRASES]))
    place = sign.search(text) if sign else None
    middle = place.start() if place else 0
    start = _word_start(text, max(0, middle - AROUND)) if place else 0
    end = _word_end(text, min(len(text), (place.end() if place else 0) + AROUND))
    shown = text[start:end]
    return Excerpt(
        pieces=tuple(marked(" ".join(shown.split()), sign)),
        begins=not text[:start].strip(),
        ends=not text[end:].strip(),
    )


def marked(text: str, sign: re.Pattern[str] | None) -> list[tuple[str, bool]]:
    """Cut a text into pieces that were looked for and pieces that were not."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for place in sign.finditer(text) if sign else ():
        if place.start() > at:
            pieces.append((text[at : place.start()], False))
        if place.end() > place.start():
            pieces.append((place.group(), True))
        at = place.end()
    return [*pieces, (text[at:], False)] if at < len(text) else pieces


def in_title(title: str, asked: Asked) -> list[tuple[str, bool]]:
    """Cut a headline as ``marked`` does."""
    return marked(title[:500], _sign(asked.phrases[:_MOST_PHRASES]))


def _held(text: str, phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """The phrases that may stand in a text: a pattern of thirty takes a millisecond a text."""
    if len(phrases) < _WORTH_SORTING:
        return tuple(phrases)
    folded = fold(text).lower()
    held = tuple(phrase for phrase in phrases if _first(phrase.words) in folded)
    return held or tuple(phrases)  # letters with accents are told by the pattern alone


@lru_cache(maxsize=2_000)
def _first(words: str) -> str:
    found = _LETTERS.search(words.lower())
    return found.group() if found else words


@lru_cache(maxsize=200)
def _sign(phrases: tuple[Phrase, ...]) -> re.Pattern[str] | None:
    """One pattern for all phrases, the longest first so that it is marked whole."""
    longest = sorted(dict.fromkeys(phrases), key=lambda phrase: -len(phrase.words))
    patterns = [pattern_of(phrase.words[:200], start=phrase.start) for phrase in longest]
    wanted = [pattern for pattern in patterns if pattern]
    return re.compile("|".join(wanted), re.IGNORECASE) if wanted else None


def _word_start(text: str, at: int) -> int:
    if at < 30:
        return 0
    space = text.rfind(" ", at - 30, at + 1)
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int) -> int:
    space = text.find(" ", at, at + 30)
    return space if space >= 0 else at
