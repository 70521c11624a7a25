"""What the full-text index is asked for an alert rule.

It is a sieve: it leaves out what cannot match, and never decides what does. Rules themselves stand
in feeds.yaml and in ``changes``, what they were shown in ``looks``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final

from store.folding import fold

MOST_TERMS: Final = 3_000
_SPLIT_UP_TO: Final = 60  # spellings; beyond, a rare apostrophe inside a word is not looked for
_LATIN: Final = re.compile(r"[a-z]{3,16}")
_JOINTS: Final = re.compile(r"[\s\-‐‑‒–—―'’‘ʼ`´\u200c\u200d\u00ad\u2060_·ـ/]+")
_SPREAD: Final = 12  # readings of one word

# Letters a rule takes for one and the index for several: each class as the index writes it.
_CLASSES: Final = ("ہھە", "گګ", "ٹټ", "ڈډ", "ڑړ", "کڪ")
_ALIKE: Final = {char: group for group in _CLASSES for char in group}


def sieve(groups: Iterable[Sequence[str]], *, titles: bool = False) -> str:
    """Return the FTS5 expression that lets through what may hold a word of each group.

    ``titles``: in its title, and nowhere else.

    Wider than the rules on purpose: every word is open at its end, and joints inside it (hyphens,
    apostrophes) may be there or not. Empty when it would sort out nothing, or is too long.
    """
    wanted = [[_words(spelling) for spelling in group] for group in groups]
    # A spelling that says nothing to the index would have to let everything through.
    usable = [group for group in wanted if group and all(group)]
    generous = sum(map(len, usable)) <= _SPLIT_UP_TO
    clauses = [
        " OR ".join(
            f"({' AND '.join(_either(word, generous) for word in words)})" for words in group
        )
        for group in usable
    ]
    made = " AND ".join(f"({clause})" for clause in clauses)
    made = f"title : ({made})" if titles and made else made
    return made if made.count('"') <= 2 * MOST_TERMS else ""


def _words(spelling: str) -> list[str]:
    """The beginnings of words that a text with this spelling holds for certain."""
    found: list[str] = []
    last = ""
    for token in re.split(f"({_JOINTS.pattern})", unicodedata.normalize("NFC", spelling)):
        if not token or _JOINTS.fullmatch(token):
            last = token or last
            continue
        apart = any(char.isspace() or char == "/" for char in last)
        if not found or (apart and not (_arabic(found[-1][-1]) and _arabic(token[0]))):
            found.append(token)
        last = ""
    indexed = (fold(token).casefold() for token in found)
    return [word for word in indexed if any(unicodedata.category(c)[0] in "LN" for c in word)]


def _arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u08ff" or "\ufb50" <= char <= "\ufeff"


def _all_of(words: Sequence[str], generous: bool) -> str:
    return f"({' AND '.join(_either(word, generous) for word in words)})"


def _either(word: str, generous: bool) -> str:
    terms = [_open(reading) for reading in _readings(word)]
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    if generous and _LATIN.fullmatch(plain):  # "Qaida" is meant by "Qa'ida" too
        terms += [_open(f"{plain[:at]} {plain[at:]}") for at in range(1, len(plain))]
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _readings(word: str) -> Iterator[str]:
    """The word as the index may have it, cut before it would have too many readings."""
    choices: list[str] = []
    spread = 1
    for char in word:
        group = _ALIKE.get(char, char)
        if spread * len(group) > _SPREAD:
            break
        spread *= len(group)
        choices.append(group)
    return ("".join(reading) for reading in product(*choices))


def _open(text: str) -> str:
    quoted = text.replace('"', '""').replace("\x00", " ")
    return f'"{quoted}" *'
