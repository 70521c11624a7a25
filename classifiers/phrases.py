"""Many phrases found in one pass: a tree over folded words.

The work for a text is one look-up a word; only words that begin some phrase are followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from classifiers.words import WORD, fold_word, skeleton

JOINERS = frozenset({"e", "i", "ul", "al", "el", "ur", "tul", "il", "lil", "un", "us", "ud", "o"})
_JOINER = "·"
_MERGED = ("ul", "al", "e", "i", "ur", "el")
_LOOSE = frozenset(" -‐‑–—.'’\u200c\u00a0\u00ad/\t\n\r")
_FORGET_AT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One alias of one concept.

    ``exact`` holds the spelling where capitals matter, ``plain`` the folded word where the
    skeleton would not do: Khurram is a name, Kurram a district.
    """

    concept: str
    alias: str
    exact: tuple[str, ...] | None = None
    plain: str = ""


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    checked: bool = False  # whether some entry cares how it is spelled


@dataclass(frozen=True, slots=True)
class Found:
    """``entries`` stand at the words ``start``..``end`` (half open)."""

    start: int
    end: int
    entries: tuple[Entry, ...]


def alias_words(alias: str) -> list[str]:
    """The folded words of an alias, as the tree and the texts see them."""
    return [w for w in map(fold_word, WORD.findall(alias)) if w]


class Phrases:
    """The tree. Build it once with every alias; it is not changed by reading."""

    def __init__(self, entries: Sequence[Entry], *, loose: frozenset[str]) -> None:
        """``loose`` names the concepts whose romanised spelling may vary."""
        self._root = _Node()
        self._skeletons = {
            bare
            for entry in entries
            if entry.concept in loose
            for word in alias_words(entry.alias)
            if (bare := skeleton(word))
        }
        self._vocabulary: set[str] = set()
        for entry in entries:
            for variant in _variants(alias_words(entry.alias), dotted=entry.exact is not None):
                self._add(variant, entry)
        self._keys: dict[str, str] = {}

    def _add(self, variant: tuple[str, ...], entry: Entry) -> None:
        node = self._root
        for word in variant:
            key = self._key_of(word)
            self._vocabulary.add(key)
            node = node.following.setdefault(key, _Node())
        if entry not in node.entries:
            node.entries.append(entry)
            node.checked |= bool(entry.plain) or entry.exact is not None

    def _key_of(self, folded: str) -> str:
        if folded in JOINERS:
            return _JOINER
        bare = skeleton(folded)
        return f"~{bare}" if bare and bare in self._skeletons else folded

    def openings(self, entries: Sequence[Entry]) -> frozenset[str]:
        """The keys that begin some spelling of these aliases."""
        return frozenset(
            self._key_of(variant[0])
            for entry in entries
            for variant in _variants(alias_words(entry.alias), dotted=entry.exact is not None)
        )

    def keys(self, raw: Sequence[str]) -> list[str]:
        """One key a word, empty for words that stand in no phrase."""
        if len(self._keys) > _FORGET_AT:
            self._keys.clear()
        known = map(self._keys.get, raw)
        return [self._learn(raw[at]) if key is None else key for at, key in enumerate(known)]

    def _learn(self, word: str) -> str:
        key = self._key_of(fold_word(word))
        key = key if key in self._vocabulary else ""
        if len(word) <= len(key) + 32:
            self._keys[word] = key
        return key

    def find(
        self,
        raw: Sequence[str],
        keys: Sequence[str],
        text: str,
        places: Sequence[tuple[int, int]],
    ) -> list[Found]:
        """The longest phrase at each place, left to right, none inside another."""
        found: list[Found] = []
        root, end = self._root.following, 0
        for position in [at for at, key in enumerate(keys) if key in root]:
            if position >= end:
                hit = self._longest(position, raw, keys, text, places)
                if hit is not None:
                    found.append(hit)
                    end = hit.end
        return found

    def find_inside(self, raw: Sequence[str]) -> list[Found]:
        """The shorter phrases within the words of one phrase, and those within them."""
        text = " ".join(raw)
        places = [m.span() for m in WORD.finditer(text)]
        return self._within(0, len(raw), raw, self.keys(raw), text, places)

    def _within(
        self,
        start: int,
        end: int,
        raw: Sequence[str],
        keys: Sequence[str],
        text: str,
        places: Sequence[tuple[int, int]],
    ) -> list[Found]:
        found = []
        position = start
        while position < end:
            most = end - 1 if position == start else end
            hit = self._longest(position, raw, keys[:most], text, places)
            if hit is not None:
                found.append(hit)
                found += self._within(hit.start, hit.end, raw, keys, text, places)
            position = hit.end if hit else position + 1
        return found

    def _longest(
        self,
        start: int,
        raw: Sequence[str],
        keys: Sequence[str],
        text: str,
        places: Sequence[tuple[int, int]],
    ) -> Found | None:
        node, best = self._root, None
        for position in range(start, len(keys)):
            if position > start and not _adjoining(
                text, places[position - 1][1], places[position][0]
            ):
                break
            following = node.following.get(keys[position])
            if following is None:
                break
            node = following
            fitting = node.entries
            if node.checked:
                fitting = [e for e in fitting if _spelled(e, raw[start : position + 1])]
            if fitting:
                best = Found(start, position + 1, tuple(fitting))
        return best


def _adjoining(text: str, end: int, start: int) -> bool:
    """Whether only spaces and joiners stand between: a comma parts "Pakistan, Taliban"."""
    if start - end > 3:
        return False
    between = text[end:start]
    return between == " " or all(char in _LOOSE for char in between)


def _spelled(entry: Entry, raw: Sequence[str]) -> bool:
    if entry.plain and entry.plain != fold_word(raw[0]):
        return False
    if entry.exact is None:
        return True
    joined = "".join(raw)
    plain = joined[:-2] if joined[-2:] in {"'s", "’s", "'S", "’S"} else joined
    return plain == "".join(entry.exact)


def _variants(folded: list[str], *, dotted: bool) -> set[tuple[str, ...]]:
    """Every way the alias is joined: with its joiner, without it, or grown into its neighbour."""
    if not folded:
        return set()
    out = {tuple(folded)}
    if not folded[0].isascii():
        return _joined(folded) if len(folded) <= 4 else out
    for place in range(1, len(folded) - 1):
        if folded[place] in JOINERS:
            before, after = folded[: place - 1], folded[place + 1 :]
            out.add((*folded[:place], *after))
            out.update((*before, folded[place - 1] + joiner, *after) for joiner in _MERGED)
    if dotted and len(folded) == 1 and len(folded[0]) >= 3:
        out.add(tuple(folded[0]))  # I.S.P.R.
    return out


def _joined(folded: list[str]) -> set[tuple[str, ...]]:
    """Arabic-script names are written apart, with a joiner, or as one: all ways."""
    out: list[list[str]] = [[folded[0]]]
    for word in folded[1:]:
        out = [[*way, word] for way in out] + [[*way[:-1], way[-1] + word] for way in out]
    return {tuple(way) for way in out}
