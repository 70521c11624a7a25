"""What a search asks for, read from what people type; FTS5's own syntax is never seen by them.

Words are looked for together. ``"a phrase"`` stands as written, ``word*`` is the start of a word,
``-word`` leaves out, ``OR`` between two words takes either, ``title:`` looks in headlines alone.
Whatever is typed is read: there is no mistake to make, and no query costs more than 32 words do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from store.folding import fold

MAX_TERMS = 32  # beyond it a query is a pasted text; its first words serve
MAX_ALSO = 24  # other spellings of one name; the longest list of the lexicon has fifty
_MOST_SAID = 3 * MAX_TERMS  # words that are said again, too
LONGEST = 8_000  # characters that are read at all
SHORTEST_START = 2  # letters: shorter beginnings are of half of all words

_MOST_HEARD = 80  # spellings of one name that are looked at
_WORD = re.compile(r"[^\W_]+")
_ARABIC = re.compile("[\u0620-\u06ff]+")
_NON_JOINER = "\u200c"

Likewise = tuple[int, int, tuple[str, ...]]
"""The words from .. to (half open) are a name that is also written so."""
Spell = Callable[[Sequence[str]], Sequence[Likewise]]
"""Given words in a row as typed, tells which of them are names and how else they are spelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that stand in a row, folded; ``start``: the last is only the start of a word."""

    words: str
    start: bool = False
    title: bool = False

    @property
    def expression(self) -> str:
        """As FTS5 reads it: quoted, so that nothing in it is an operator."""
        quoted = '"' + self.words.replace('"', '""') + '"'
        return f"{'title : ' if self.title else ''}{quoted}{'*' if self.start else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Words looked for together, or one of the other spellings of what they name."""

    own: tuple[Phrase, ...]
    also: tuple[Phrase, ...] = ()
    typed: str = ""
    told: tuple[str, ...] = ()  # the other spellings as people write them

    @property
    def expression(self) -> str:
        """As FTS5 reads it."""
        own = " AND ".join(phrase.expression for phrase in self.own)
        if not self.also:
            return own if len(self.own) == 1 else f"({own})"
        return " OR ".join([f"({own})", *(phrase.expression for phrase in self.also)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query as read: one choice of each group, and nothing of ``none_of``."""

    all_of: tuple[tuple[Choice, ...], ...] = ()
    none_of: tuple[Phrase, ...] = ()
    beyond: int = 0  # words that were left unread

    @property
    def expression(self) -> str:
        """As FTS5 reads it; empty when there is nothing to look for."""
        if not self.all_of:
            return ""
        groups = (" OR ".join(choice.expression for choice in group) for group in self.all_of)
        wanted = " AND ".join(f"({group})" for group in groups)
        if not self.none_of:
            return wanted
        return f"({wanted}) NOT ({' OR '.join(phrase.expression for phrase in self.none_of)})"

    @property
    def only_leaves_out(self) -> bool:
        """Whether it says what is not wanted and nothing else."""
        return bool(self.none_of) and not self.all_of

    @property
    def named(self) -> str:
        """What it looks for, as a sentence calls it: "this word", "these words in a row"."""
        choices = [choice for group in self.all_of for choice in group]
        if len(choices) != 1:
            any_of = len(self.all_of) == 1 and choices
            return "any of these words" if any_of else "these words together"
        own = choices[0].own
        if len(own) == 1 and " " in own[0].words:
            return "these words in a row"
        return "this word" if len(own) == 1 else "these words together"

    @property
    def spelled(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Names that are looked for in other spellings too: as typed, and how else."""
        choices = (choice for group in self.all_of for choice in group)
        return tuple((choice.typed, choice.told) for choice in choices if choice.told)

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All that a text may be found by."""
        choices = (choice for group in self.all_of for choice in group)
        return tuple(phrase for choice in choices for phrase in (*choice.own, *choice.also))


# --- reading --------------------------------------------------------------------------------

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_TERM = re.compile(
    r"(?P<out>[-\u2212](?=\S))?(?P<title>(?i:title:)\s*)?"
    r'(?:"(?P<phrase>[^"]*)"?(?P<open>\*?)|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """One thing typed."""

    typed: str
    phrase: Phrase
    out: bool
    plain: bool  # neither quoted nor a beginning: its spelling may vary
    either: bool = False  # OR stands before it


def read(query: str, spell: Spell | None = None) -> Asked:
    """Return what a query asks for; never raises. ``spell`` None: only as typed."""
    said = _terms(query[:LONGEST].replace("\x00", " ").translate(_QUOTES))
    kept, beyond = _different(said)
    groups: list[list[Choice]] = []
    for either, choice in _choices([term for term in kept if not term.out], spell):
        if either and groups:
            groups[-1].append(choice)
        else:
            groups.append([choice])
    wanted = dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups)
    return Asked(
        all_of=tuple(wanted)[:MAX_TERMS],
        none_of=tuple(dict.fromkeys(term.phrase for term in kept if term.out)),
        beyond=beyond,
    )


def _different(said: Iterable[_Term]) -> tuple[list[_Term], int]:
    """The terms that are read, as typed, and how many different ones are beyond them.

    A word said twice counts once and stands where it was said: names repeat words ("ٹی ٹی پی"), and
    share them ("Imran Khan and Noor Khan").
    """
    kept: list[_Term] = []
    known: set[tuple[Phrase, bool, bool]] = set()
    beyond: set[tuple[Phrase, bool, bool]] = set()
    for term in said:
        name = (term.phrase, term.out, term.plain)
        if name not in known and len(known) >= MAX_TERMS:
            beyond.add(name)
        elif name not in known or len(kept) < _MOST_SAID:
            known.add(name)
            kept.append(term)
    return kept, len(beyond)


def _terms(query: str) -> Iterator[_Term]:
    """Yield what was typed; OR, AND and NOT in capitals are signs when they stand before a term."""
    either = out = False
    for found in _TERM.finditer(query):
        word = found["word"]
        if word in {"OR", "AND", "NOT", "|"} and not found["title"]:
            either, out = word in {"OR", "|"}, word == "NOT"
            continue
        leaves_out = out or bool(found["out"])
        term = _term(found, leaves_out=leaves_out, either=either and not leaves_out)
        if term is not None:
            yield term
        either = out = False


def _term(found: re.Match[str], *, leaves_out: bool, either: bool) -> _Term | None:
    typed = found["word"] if found["phrase"] is None else found["phrase"]
    begins = bool(found["open"]) or (found["word"] or "").endswith("*")
    words = fold(typed.rstrip("*") if found["phrase"] is None else typed)
    letters = sum(unicodedata.category(char)[0] in "LN" for char in words)
    if not letters:
        return None
    phrase = Phrase(
        words=words, start=begins and letters >= SHORTEST_START, title=bool(found["title"])
    )
    plain = found["phrase"] is None and not begins
    return _Term(typed=typed, phrase=phrase, out=leaves_out, plain=plain, either=either)


def _choices(terms: Sequence[_Term], spell: Spell | None) -> Iterator[tuple[bool, Choice]]:
    """Yield each choice, and whether OR stands before it."""
    at = 0
    while at < len(terms):
        end = _run(terms, at)
        likewise = spell([term.typed for term in terms[at:end]]) if spell and end > at else ()
        place = at
        for start, stop, also in sorted(likewise):
            if at + start < place or not 0 <= start < stop <= end - at:
                continue  # what is said twice of a word is heard once
            yield from _alone(terms[place : at + start])
            yield terms[at + start].either, _spelled(terms[at + start : at + stop], also)
            place = at + stop
        end = max(end, at + 1)
        yield from _alone(terms[place:end])
        at = end


def _run(terms: Sequence[_Term], at: int) -> int:
    """Where the plain words in a row end that begin at ``at``; OR ends a row."""
    if not terms[at].plain:
        return at
    end = at + 1
    while end < len(terms) and _follows(terms[end], terms[at]):
        end += 1
    if end < len(terms) and terms[end].either and end - at > 1:
        return end - 1  # in "a b OR c" the choice is between b and c
    return end


def _follows(term: _Term, first: _Term) -> bool:
    alike = term.phrase.title == first.phrase.title
    return term.plain and alike and not term.either and not first.either


def _alone(terms: Sequence[_Term]) -> Iterator[tuple[bool, Choice]]:
    for at, term in enumerate(terms):
        yield term.either, Choice(own=(term.phrase,), also=_joined(terms, at), typed=term.typed)


def _joined(terms: Sequence[_Term], at: int) -> tuple[Phrase, ...]:
    """The word as others part it: Arabic letters leave a gap where no space is, or a space none.

    What stands as one word, by a joiner or by neglect, is found by its two, and the other way.
    """
    term = terms[at]
    if not term.plain or term.phrase.words.isascii():
        return ()
    ways = [term.typed.replace(_NON_JOINER, " ")] if _NON_JOINER in term.typed else []
    for first, second in ((at - 1, at), (at, at + 1)):
        if first >= 0 and second < len(terms) and _neighbours(terms[first], terms[second]):
            ways.append(terms[first].typed + terms[second].typed)
    return tuple(Phrase(words=fold(way), title=term.phrase.title) for way in ways)


def _neighbours(one: _Term, other: _Term) -> bool:
    """Whether two terms may be one word: both plain, in Arabic letters, and in a row."""
    words = (one.phrase.words, other.phrase.words)
    return _follows(other, one) and all(_ARABIC.fullmatch(said) for said in words)


def _spelled(terms: Sequence[_Term], also: Sequence[str]) -> Choice:
    own = tuple(term.phrase for term in terms)
    others = _distinct(also[:_MOST_HEARD], own[0].words if len(own) == 1 else "")
    return Choice(
        own=own,
        also=tuple(Phrase(words=" ".join(words), title=own[0].title) for words in others),
        typed=" ".join(term.typed for term in terms),
        told=tuple(others.values()),
    )


def _distinct(spellings: Sequence[str], own: str) -> dict[tuple[str, ...], str]:
    """The spellings by their words; one that holds another finds nothing more, and is left out."""
    typed = tuple(_WORD.findall(own.lower()))
    cut: dict[tuple[str, ...], str] = {}
    for spelling in spellings:
        words = tuple(_WORD.findall(fold(spelling).lower()))
        if words and words != typed:
            cut.setdefault(words, spelling)
    known = [*cut, typed] if typed else [*cut]
    least = [w for w in cut if not any(_within(other, w) for other in known if other != w)]
    latin = [words for words in least if cut[words].isascii()]
    rest = [words for words in least if not cut[words].isascii()]
    in_turn = [words for pair in zip_longest(latin, rest) for words in pair if words]
    return {words: cut[words] for words in in_turn[:MAX_ALSO]}  # a short list shows both scripts


def _within(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    span = len(words)
    return any(others[at : at + span] == words for at in range(len(others) - span + 1))
