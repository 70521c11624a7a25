"""May a page name the topic at all? Told from the bare words in it, far cheaper than by reading it.

It errs on one side only. Wherever the judgement could count a name, the page's words hold all the
words of that name; some pages pass that name nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from classifiers.definition import Definition
from classifiers.lexicon import Concept, Lexicon
from classifiers.pack import Context, Pack
from classifiers.phrases import Entry
from classifiers.words import as_capitals, fold, fold_word

_FORGET_AT = 300_000
_LONGEST = 200  # bytes of a piece that is remembered; longer ones are many words in a row
_LONGEST_WORD = 66  # 64 letters, and the s of a possessive
_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(
    "[\u00ad\u0300-\u036f\u0610-\u061c\u064b-\u065f\u0670\u06d6-\u06ed\u180e"
    "\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\u2019\u2018\u02bc\u00b4]"
)
"""Signs inside words that folding drops, or who makes a text of a page."""
_NON_JOINER = "\u200c"
"""It parts two words in the judgement, and is gone from a text that was extracted."""
_BETWEEN = r"(?:[^0-9A-Za-z]|&(?:nbsp|thinsp|#160|#8201|#[xX][aA]0);|</?[a-z]+[^<>]*>)+"
"""What stands between the letters of a name that is spelled out, in a page that is not read yet."""
Near = Callable[[bytes], "Sequence[Sequence[bytes]] | None"]
"""What stands around a piece wherever it stands, in order; None: it cannot be told."""


_Spelling = tuple[Concept, Entry, tuple[str, ...]]


class _Way(NamedTuple):
    """A way to write a name: these keys must stand in a row. ``guard``: and this context."""

    row: tuple[str, ...]
    guard: Context | None


class Spotter:
    """Tells of a page's words whether it may hold a name of the topic."""

    def __init__(self, pack: Pack, lexicon: Lexicon, learnt: Iterable[str] = ()) -> None:
        """``learnt``: words, or pairs in a row, that move the judgement as a name does."""
        self._key = lexicon.key_of
        self._domains = tuple(f".{d.lstrip('.')}" for p in pack.recipe.poles.values()
                              for d in p.domains)  # fmt: skip
        self._outlets = frozenset(pack.outlets)
        self._sides = frozenset(f"side:{name}" for name in pack.recipe.poles)
        ids = frozenset(f"id:{name}" for name in lexicon.concepts)
        names = _names(pack, lexicon)
        ways = [
            _Way(row, pack.contexts[guard] if guard else None)
            for _strand, guard, row in self._ways(names)
        ]
        ways += [_Way(tuple(f"+{word}" for word in term.split()), None) for term in learnt]
        self._ids = ids
        self._surely = frozenset(w.row[0] for w in ways if len(w.row) == 1 and not w.guard)
        self._maybe: dict[str, list[_Way]] = {}
        for way in sorted({way for way in ways if self._surely.isdisjoint(way.row)}, key=_order):
            self._maybe.setdefault(_rarest(way.row), []).append(way)
        self._words = [(f"word:{strand}", frozenset(row))
                       for strand, _, row in self._ways(lexicon.spellings("word"))]  # fmt: skip
        self._wanted = self._surely.union(*(way.row for way in ways),
                                          *(keys for _, keys in self._words))  # fmt: skip
        self._spelled = {
            _BETWEEN.join(entry.exact[0])
            for _concept, entry, variant in names
            if entry.exact is not None and len(entry.exact) == 1 < len(variant)
        }
        self._known: dict[bytes, tuple[str, ...]] = {}
        self._dull: set[bytes] = set()

    def _ways(self, names: Iterable[_Spelling]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Strand, guard and keys of every spelling."""
        for concept, entry, variant in names:
            guard = concept.guard if entry.guarded else ""
            if entry.exact is not None and len(entry.exact) == 1 < len(variant):
                continue  # I.S.P.R., which ``spelled_out`` tells of
            if entry.exact is not None:
                row = tuple(f"={part}" for part in entry.exact)
            elif entry.plain and len(variant) == 1:
                row = (f"+{entry.plain}",)
            else:
                row = tuple(map(self._key, variant))
            yield concept.strand, guard, row

    @property
    def spelled_out(self) -> str:
        """An expression (RE2) for names of capitals that are written with dots or spaces."""
        return "|".join(sorted(self._spelled)) or r"[^\x00-\x{10ffff}]"

    def may_side(self, host: str, outlet: str, side: str) -> bool:
        """Whether an outlet may be one of a side's, as the judgement sees it."""
        name = fold(outlet).strip()
        bare = host.removeprefix("www.").rsplit(".", 1)[0]
        known = {name, bare, bare.replace("_", " "), name.rsplit(".", 1)[0]}
        return bool(side) or not known.isdisjoint(self._outlets) or host.endswith(self._domains)

    def named(
        self, pieces: AbstractSet[bytes], near: Near | None = None, *, sided: bool = True
    ) -> bool:
        """Whether these pieces of a page (UTF-8, spelled as there) hold the words of a name.

        ``near`` gives what stands around a piece, in order; without it, names of several words are
        there where their words are. ``sided``: the page may be of an outlet of one of the sides.
        """
        keys: dict[str, list[bytes]] = {}
        for piece in pieces - self._dull:
            for key in self._told(piece):
                keys.setdefault(key, []).append(piece)
        if not self._surely.isdisjoint(keys):
            return True
        present: set[str] | None = None
        for key in self._maybe.keys() & keys:
            for way in self._maybe[key]:
                if not keys.keys() >= set(way.row):
                    continue
                if way.guard is not None:
                    present = present or self._present(keys.keys(), sided=sided)
                    if not _may_hold(way.guard, present):
                        continue
                if near is None or len(way.row) == 1 or self._in_a_row(way.row, keys, near):
                    return True
        return False

    def _in_a_row(
        self, row: Sequence[str], keys: Mapping[str, Sequence[bytes]], near: Near
    ) -> bool:
        """Whether the words of a name stand together, where the one of them is that is rarest."""
        for piece in keys[_rarest(row)]:
            around = near(piece)
            if around is None:
                return True
            for pieces in around:
                told = [() if one in self._dull else self._told(one) for one in pieces]
                if any(_follows(told, at, row) for at in range(len(told))):
                    return True
        return False

    def _present(self, keys: AbstractSet[str], *, sided: bool) -> set[str]:
        told = {word for word, needed in self._words if needed <= keys}
        return told | self._ids | (self._sides if sided else frozenset())

    def _told(self, piece: bytes) -> tuple[str, ...]:
        known = self._known.get(piece)
        return self._learn(piece) if known is None else known

    def _learn(self, piece: bytes) -> tuple[str, ...]:
        """What a piece may stand for: as it is, and without the s of a possessive."""
        if len(self._known) + len(self._dull) > _FORGET_AT:
            self._known.clear()
            self._dull.clear()
        found: set[str] = set()
        if len(piece) > _LONGEST_WORD and piece.isascii():
            return ()  # no word: folding gives such ones up, too
        for word in _cut(piece):
            for one in {word, word[:-1] if word[-1:] in "sS" else word}:
                folded = fold_word(one)
                capitals = f"={as_capitals(one)}"
                found |= {f"={one}", capitals, f"+{folded}", self._key(folded)} & self._wanted
        if found:
            self._known[piece] = tuple(found)
        elif len(piece) <= _LONGEST:
            self._dull.add(piece)
        return tuple(found)


def _names(pack: Pack, lexicon: Lexicon) -> list[_Spelling]:
    """The spellings of every pole, and of what a strand that the team switched can do with alone.

    Without the latter a page on the BLA would be passed over although the team counts it.
    """
    definition = Definition(pack.definition, lexicon.concepts.values(), pack.team.switches)
    beside = definition.names_beside(pack.recipe.poles)
    others = {lexicon.concepts[name].pole for name in beside} - set(pack.recipe.poles)
    named = [found for pole in pack.recipe.poles for found in lexicon.spellings(pole)]
    edges = (found for pole in sorted(others) for found in lexicon.spellings(pole))
    return [*named, *(found for found in edges if found[0].id in beside)]


def _may_hold(guard: Context, present: AbstractSet[str]) -> bool:
    """Whether a context can be there, where no name has been found that needs none."""
    if any(group.isdisjoint(present) for group in guard.each):
        return False
    return guard.all <= present and (not guard.any or bool(guard.any & present))


def _follows(told: Sequence[Sequence[str]], at: int, row: Sequence[str]) -> bool:
    """Whether a name stands here: each of its words in the same piece or one of the next two."""
    if row[0] not in told[at]:
        return False
    for key in row[1:]:
        found = next((n for n in range(at, min(at + 3, len(told))) if key in told[n]), None)
        if found is None:
            return False
        at = found
    return True


def _rarest(row: Sequence[str]) -> str:
    return max(row, key=lambda key: (len(key), key))


def _order(way: _Way) -> tuple[str, ...]:
    return way.row


def _cut(piece: bytes) -> list[str]:
    if piece.isascii():
        return [piece.decode("ascii")]
    text = _INSIDE.sub("", piece.decode("utf-8", "replace"))
    found = _WORD.findall(text)
    return found + _WORD.findall(text.replace(_NON_JOINER, "")) if _NON_JOINER in text else found
