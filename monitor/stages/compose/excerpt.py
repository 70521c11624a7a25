"""Sentences out of an article, and the names a verdict found in it.

Sentences are taken and never composed: what a digest says, an outlet said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from monitor.stages.compose.words import plain

SENTENCES = 2
_LOOKED_AT = 20_000  # characters of a body: what matters stands above
_NEAR_THE_TOP = 8  # sentences among which names decide
_LONGEST = 400  # characters
_LATIN = 0x24F  # the last of the extended Latin letters
_CLOSERS = "\"'”’»)]"
_END = re.compile(rf"[.!?…]+[{re.escape(_CLOSERS)}]*(?=\s|\Z)|[؟۔]+[{re.escape(_CLOSERS)}]*")
_ABBREVIATED = frozenset(
    (
        *("mr", "mrs", "ms", "dr", "prof", "gen", "lt", "col", "maj", "brig", "capt", "sgt", "adm"),
        *("sen", "rep", "gov", "st", "no", "vs", "etc", "jr", "sr", "inc", "ltd", "co"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec"),
        *("u.s", "u.k", "u.n", "a.m", "p.m", "e.g", "i.e"),
    )
)
_FURNITURE = (
    *("read more", "also read", "read also", "read:", "click ", "subscribe", "follow us"),
    *(
        "published in",
        "copyright",
        "share this",
        "sign up",
        "advertisement",
        "all rights",
        "watch:",
    ),
    *("scroll to", "no comments", "photo:", "image:", "related"),
)


def key_sentences(
    body: str, names: Sequence[str] = (), most: int = SENTENCES, *, claimed: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return up to ``most`` sentences of ``body`` as they stand in it, in its order.

    The first real sentences, of the first eight those that carry one of ``names`` and one of the
    sentences ``claimed`` (which give a figure) before those that carry either, and these before
    others. Every one is found in ``body`` letter for letter, but for runs of white space and
    control characters; one of more than 400 characters is cut at a word and ends in an ellipsis.
    """
    real = list(islice(filter(_is_real, sentences(body[:_LOOKED_AT])), _NEAR_THE_TOP))
    wanted = [name.casefold() for name in names if name]
    figures = [plain(sentence) for sentence in claimed if sentence]

    def carries(sentence: str) -> int:
        named = any(name in sentence.casefold() for name in wanted)
        return named + any(one in sentence or sentence in one for one in figures)

    chosen = sorted(range(len(real)), key=lambda at: (-carries(real[at]), at))[:most]
    return tuple(_cut(real[at]) for at in sorted(chosen))


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of ``text``, each on one line; a line break of the text ends one too."""
    for line in re.split(r"[\n\u2028\u2029]+", text):
        paragraph = plain(line)
        start = 0
        for end in _END.finditer(paragraph):
            if _ends_here(paragraph, start, end):
                yield paragraph[start : end.end()].strip()
                start = end.end()
        if paragraph[start:].strip():
            yield paragraph[start:].strip()


def _ends_here(paragraph: str, start: int, end: re.Match[str]) -> bool:
    """Not after an abbreviation or an initial, nor where a small letter goes on."""
    following = paragraph[end.end() :].lstrip()[:1]
    if following.islower():
        return False
    if end.group() != ".":
        return True
    before = paragraph[start : end.start()].rsplit(None, 1)
    last = before[-1].lstrip("(\"'“‘").casefold() if before else ""
    is_initial = len(last) == 1 and last.isalpha() and last.isascii()
    return last not in _ABBREVIATED and not is_initial


def _is_real(sentence: str) -> bool:
    """A sentence someone wrote to be read: whole, of a sentence's length, and not furniture."""
    letters = sum(char.isalpha() for char in sentence)
    lowered = sentence.casefold()
    return (
        5 <= len(sentence.split()) <= 120
        and sentence.rstrip(_CLOSERS).endswith((".", "!", "?", "؟", "۔", "…"))
        and letters > len(sentence) / 2
        and sum(char.isupper() for char in sentence) < letters / 2
        and not lowered.startswith(_FURNITURE)
        and not any(mark in lowered for mark in ("http:", "https:", "www.", "@"))
    )


def _cut(sentence: str) -> str:
    if len(sentence) <= _LONGEST:
        return sentence
    return sentence[:_LONGEST].rsplit(None, 1)[0] + " …"


def matched_names(evidence: str | None, most: int = 8) -> tuple[str, ...]:
    """Return what the verdict matched in the text, the weightiest first; () for unreadable JSON.

    ``evidence`` as it is stored: ``{"contributions": [{"weight", "matches": [{"text"}]}]}``.
    """
    names: dict[str, str] = {}
    for _, text, _ in sorted(_matches(evidence), key=lambda match: -match[0]):
        names.setdefault(text.casefold(), text)
    return tuple(names.values())[:most]


def names_explained(
    evidence: str | None, called: Mapping[str, str], most: int = 8
) -> tuple[str, ...]:
    """Return the same for people who cannot read the script: "Kabul (کابل)", each concept once.

    ``called`` are the English names of concepts; a name in Latin letters, and one of which no
    English name is known, stands as it is written.
    """
    names: dict[str, str] = {}
    for _, text, concept in sorted(_matches(evidence), key=lambda match: -match[0]):
        english = called.get(concept, "") if _is_foreign(text) else ""
        known = english and english.casefold() != text.casefold()
        said = f"{plain(english)} ({text})" if known else text
        names.setdefault(concept if known else text.casefold(), said)
    return tuple(names.values())[:most]


def explained(words: str, english: Callable[[str], str]) -> str:
    """Return one word or name with its English name first, where it is in another script."""
    named = english(words) if _is_foreign(words) else ""
    return f"{plain(named)} ({words})" if named and named.casefold() != words.casefold() else words


def _is_foreign(text: str) -> bool:
    return any(char.isalpha() and ord(char) > _LATIN for char in text)


def _matches(evidence: str | None) -> Iterator[tuple[float, str, str]]:
    try:
        stored = json.loads(evidence or "{}")
    except (ValueError, RecursionError):
        return
    contributions = stored.get("contributions") if isinstance(stored, dict) else None
    for term in contributions if isinstance(contributions, list) else ():
        weight = term.get("weight") if isinstance(term, dict) else None
        if not isinstance(weight, int | float) or not weight > 0:
            continue
        for match in term.get("matches") or ():
            text = match.get("text") if isinstance(match, dict) else None
            if isinstance(text, str) and plain(text):
                yield float(weight), plain(text), str(match.get("concept") or "")
