"""The names a topic knows – people, offices, groups, places – found in the words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.stages.claims.sentences import Token, tokens

PLACES = frozenset({"place", "crossing", "country"})
VOICES = frozenset({"person", "institution", "group"})
LONGEST_NAME = 8  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name of the topic: ``side`` is the pole it belongs to; ``aliases`` in any script."""

    id: str
    kind: str
    side: str
    aliases: tuple[str, ...]

    @property
    def variants(self) -> bool:
        """Whether the aliases spell one thing, so that the first can stand for all of them."""
        first = "".join(c for c in self.aliases[0].lower() if c.isalnum()) if self.aliases else ""
        own = "".join(c for c in self.id.lower().removesuffix("_district") if c.isalnum())
        return first.startswith(own) or (own.startswith(first) and len(first) >= len(own) - 2)

    @property
    def label(self) -> str:
        """How it is called where one word must serve for all spellings."""
        if self.kind == "country":
            return self.id.replace("_", " ").title()
        return self.aliases[0]


class Found(NamedTuple):
    """A name at tokens ``first`` up to ``last``, as written."""

    name: Name
    first: int
    last: int
    text: str

    @property
    def called(self) -> str:
        """The one spelling for all, where the aliases are spellings; else the words themselves."""
        if self.name.variants or self.name.kind == "country":
            return self.name.label
        return self.text.title() if self.text.isupper() and len(self.text) > 4 else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by their first word, longest first. Made once for a lexicon, shared by all texts."""

    by_word: Mapping[str, tuple[tuple[tuple[str, ...], bool, Name], ...]] = field(
        default_factory=dict
    )

    def find(self, words: Sequence[Token]) -> list[Found]:
        """Return the names in a sentence, left to right, the longest at each place."""
        out: list[Found] = []
        end = 0
        for at, word in enumerate(words):
            if at >= end and _bare(word.low) in self.by_word:
                found = self._at(words, at)
                if found is not None:
                    out.append(found)
                    end = found.last
        return out

    def _at(self, words: Sequence[Token], at: int) -> Found | None:
        for alias, capital, name in self.by_word[_bare(words[at].low)]:
            window = words[at : at + len(alias)]
            if tuple(_bare(word.low) for word in window) != alias:
                continue
            if capital and not window[0].text[:1].isupper():
                continue
            text = " ".join(word.text for word in window)
            return Found(name, at, at + len(alias), text.removesuffix("'s").removesuffix("’s"))
        return None


def _bare(low: str) -> str:
    return low.removesuffix("'s")


def names_of(known: Iterable[Name]) -> Names:
    """Make the names of a topic ready to be found."""
    table: dict[str, list[tuple[tuple[str, ...], bool, Name]]] = {}
    for name in known:
        if name.kind not in PLACES | VOICES or name.side == "trap":
            continue
        for alias in name.aliases:
            words = tuple(_bare(token.low) for token in tokens(alias))
            if 0 < len(words) <= LONGEST_NAME:
                entry = (words, alias[:1].isupper(), name)
                table.setdefault(words[0], []).append(entry)
    ordered = {
        word: tuple(sorted(entries, key=lambda entry: -len(entry[0])))
        for word, entries in table.items()
    }
    return Names(by_word=ordered)
