"""Many phrases found in one pass: a tree over folded words.

The work for a text is one look-up a word; only words that begin some phrase are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from classifiers.words import WORD, Cut, as_capitals, fold_word, skeleton

JOINERS = frozenset({"e", "i", "ul", "al", "el", "ur", "tul", "il", "lil", "un", "us", "ud", "o"})
_JOINER = "·"
_MERGED = ("ul", "al", "e", "i", "ur", "el")
_LOOSE = frozenset(
    " -‐‑–—.'’_/\t\n\r\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
)
_UNSEEN = dict.fromkeys(
    [0xAD, 0x61C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)  # marks of direction and joining: pages put them before and after the blanks of a name
_FORGET_AT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One alias of one concept.

    ``exact`` holds the spelling where capitals matter, ``plain`` the folded word where the
    skeleton would not do: Khurram is a name, Kurram a district. ``guarded`` says that it counts
    only in its concept's context.
    """

    concept: str
    alias: str
    exact: tuple[str, ...] | None = None
    plain: str = ""
    guarded: bool = False


class _Keys(dict[str, str]):
    """The key of every word seen; an unseen one is learnt when it is asked for."""

    def __init__(self, learn: Callable[[str], str]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, word: str) -> str:
        return self._learn(word)


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    checked: bool = False  # whether some entry cares how it is spelled


class Found(NamedTuple):
    """``entries`` stand at the words ``start``..``end`` (half open)."""

    start: int
    end: int
    entries: Sequence[Entry]


class Telltales(NamedTuple):
    """Keys of single words, and pairs of keys in a row, of which some alias begins with each."""

    single: frozenset[str]
    pairs: frozenset[tuple[str, ...]]

    def absent(self, keys: Sequence[str]) -> bool:
        """Whether none of the aliases can stand among the words of these keys."""
        return self.single.isdisjoint(keys) and self.pairs.isdisjoint(pairwise(keys))


def alias_words(alias: str) -> list[str]:
    """The folded words of an alias, as the tree and the texts see them."""
    return [w for w in map(fold_word, WORD.findall(alias)) if w]


def variants(entry: Entry) -> set[tuple[str, ...]]:
    """Every way the words of an alias may be joined."""
    return _variants(alias_words(entry.alias), dotted=entry.exact is not None)


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
        self._deepest = 0
        for entry in entries:
            for variant in _variants(alias_words(entry.alias), dotted=entry.exact is not None):
                self._add(variant, entry)
        self._keys = _Keys(self._learn)

    def _add(self, variant: tuple[str, ...], entry: Entry) -> None:
        node = self._root
        self._deepest = max(self._deepest, len(variant))
        for word in variant:
            key = self._key_of(word)
            self._vocabulary.add(key)
            node = node.following.setdefault(key, _Node())
        if entry not in node.entries:
            node.entries.append(entry)
            node.checked |= entry.exact is not None or (
                bool(entry.plain) and self._key_of(entry.plain) != entry.plain
            )

    def _key_of(self, folded: str) -> str:
        if folded in JOINERS:
            return _JOINER
        bare = skeleton(folded)
        return f"~{bare}" if bare and bare in self._skeletons else folded

    def key_of(self, folded: str) -> str:
        """What a folded word is looked up by."""
        return self._key_of(folded)

    def telltales(self, entries: Sequence[Entry]) -> Telltales:
        """What a text holds wherever it holds one of these aliases: a word, or two in a row."""
        ways = [
            tuple(map(self._key_of, variant))
            for entry in entries
            for variant in _variants(alias_words(entry.alias), dotted=entry.exact is not None)
        ]
        single = frozenset(way[0] for way in ways if len(way) == 1)
        return Telltales(single, frozenset(way[:2] for way in ways if single.isdisjoint(way[:2])))

    def keys(self, raw: Sequence[str]) -> list[str]:
        """One key a word, empty for words that stand in no phrase."""
        if len(self._keys) > _FORGET_AT:
            self._keys.clear()
        return list(map(self._keys.__getitem__, raw))

    def _learn(self, word: str) -> str:
        key = self._key_of(fold_word(word))
        key = key if key in self._vocabulary else ""
        if len(word) <= len(key) + 32:
            self._keys[word] = key
        return key

    def find(self, cut: Cut, keys: Sequence[str]) -> list[Found]:
        """The longest phrase at each place, left to right, none inside another."""
        found: list[Found] = []
        root, end, last = self._root.following, 0, len(keys) - 1
        for at in [at for at, key in enumerate(keys) if key in root]:
            if at < end:
                continue
            node = root[keys[at]]
            if at < last and keys[at + 1] in node.following:
                hit = self._longest(at, cut, keys)
                if hit is None:
                    continue
            elif node.entries and (fitting := _fitting(node, cut, at, at + 1)):
                hit = Found(at, at + 1, fitting)
            else:
                continue
            found.append(hit)
            end = hit.end
        return found

    def find_inside(self, raw: Sequence[str]) -> list[Found]:
        """The shorter phrases within the words of one phrase, and those within them."""
        pieces = [piece for word in raw for piece in (" ", word)]
        cut = Cut("".join(pieces), pieces, list(raw))
        return self._within(0, len(raw), cut, self.keys(raw))

    def _within(self, start: int, end: int, cut: Cut, keys: Sequence[str]) -> list[Found]:
        found = []
        position = start
        while position < end:
            most = end - 1 if position == start else end
            hit = self._longest(position, cut, keys[:most])
            if hit is not None:
                found.append(hit)
                found += self._within(hit.start, hit.end, cut, keys)
            position = hit.end if hit else position + 1
        return found

    def _longest(self, start: int, cut: Cut, keys: Sequence[str]) -> Found | None:
        node, best, position = self._root, None, start
        for key in keys[start : start + self._deepest]:
            following = node.following.get(key)
            if following is None:
                break
            if position > start and not _adjoining(cut.pieces[2 * position]):
                break
            node = following
            position += 1
            if fitting := _fitting(node, cut, start, position):
                best = Found(start, position, fitting)
        return best


def _fitting(node: _Node, cut: Cut, start: int, end: int) -> Sequence[Entry]:
    """The entries that end here and are spelled as they must be."""
    if not node.checked:
        return node.entries
    return [entry for entry in node.entries if _spelled(entry, cut.words[start:end])]


def _adjoining(between: str) -> bool:
    """Whether only spaces and joiners stand between: a comma parts "Pakistan, Taliban".

    An underscore joins, as in a hashtag; what nobody sees does not part.
    """
    if between == " ":
        return True
    seen = between if between.isascii() else between.translate(_UNSEEN)
    return len(seen) <= 3 and all(char in _LOOSE for char in seen)


def _spelled(entry: Entry, raw: Sequence[str]) -> bool:
    if entry.plain and entry.plain != fold_word(raw[0]):
        return False
    if entry.exact is None:
        return True
    return as_capitals("".join(raw)) == "".join(entry.exact)


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
