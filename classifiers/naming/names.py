"""Names that keep turning up near the topic and that the lexicon does not know.

A new commander, a new operation, a village that is suddenly in the news: they recur in what people
want to read and hardly anywhere else. Candidates come from ``mentions``; what is left after
the lexicon has taken what it knows is ranked by how much more often it stands in wanted texts
than in the others (log-odds with a prior, Monroe et al. 2008, as a z score).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifiers.lexicon import Hit, Lexicon
from classifiers.naming.mentions import (
    GROUPS,
    LIMIT,
    Mention,
    Part,
    Usage,
    mentions,
    take_apart,
    usage,
)
from classifiers.naming.sighted import (
    Kind,
    Known,
    NameText,
    Nearby,
    NewName,
    Seen,
    Sentence,
    kind_and_why,
    outlets_of,
    stories,
    told,
)
from classifiers.naming.spelling import Key, key_of, sounded
from classifiers.words import WORD, fold_word, words

__all__ = [
    "Kind",
    "NameText",
    "Nearby",
    "NewName",
    "Sentence",
    "key_of",
    "strength",
    "unknown_names",
]

_OUTSIDE = frozenset({"trap", "away", "regional"})  # what else is named is of the topic

NEAR = 200  # code points, about thirty words, from a name or a word of the topic
LEAST_TEXTS, LEAST_OUTLETS = 3, 2
MOST = 40
TELLING = 1.64  # z: one name in twenty would stand out so much by chance
_BORNE = frozenset({"country", "place", "group"})  # what stands inside the name of a group
_USAGE_FROM = 400  # texts beside the wanted ones that teach what is vocabulary
_FEW_WANTED, _FEW_OTHERS = 5.0, 50.0  # stories without the name that we suppose to have been read


def unknown_names(
    texts: Sequence[NameText],
    lexicon: Lexicon,
    *,
    least_texts: int = LEAST_TEXTS,
    least_outlets: int = LEAST_OUTLETS,
    most: int = MOST,
) -> tuple[NewName, ...]:
    """The names that recur near the topic in wanted texts, the most telling first.

    A name counts once a story, needs ``least_texts`` stories and ``least_outlets`` outlets.
    Deterministic; the order of ``texts`` does not matter. Never raises for what a text contains.
    """
    ordered = sorted(texts, key=lambda text: (text.seen_at is None, str(text.seen_at), text.key))
    seen = _sightings(ordered, lexicon)
    groups = {
        key: group
        for key, group in _grouped(seen).items()
        if stories(group) >= least_texts and len(outlets_of(group)) >= least_outlets
        if not _letters(group) or kind_and_why(group)[0] == "group"
    }
    counts = _Counts.of(ordered, groups)
    scored = sorted(
        ((counts.strength(key, stories(group)), key) for key, group in groups.items()),
        key=lambda row: (-row[0], row[1]),
    )
    known = Known(lexicon)
    return tuple(
        told(key, groups[key], strength, counts.others[key], known)
        for strength, key in scored[:most]
        if strength >= TELLING
    )


def _letters(group: Sequence[Seen]) -> bool:
    """Whether it is an abbreviation: there are too many to list any that bears no arms."""
    return all("".join(seen.mention.words).isupper() for seen in group)


# --- what the lexicon does not know ---------------------------------------------------------


def _sightings(texts: Sequence[NameText], lexicon: Lexicon) -> list[Seen]:
    wanted = [text for text in texts if text.wanted]
    others = [text for text in texts if not text.wanted]
    taught = [*wanted, *others[:: max(1, len(others) // _USAGE_FROM)]]
    known = usage(take_apart(text.body) for text in taught)
    outlets = {key_of(WORD.findall(text.outlet)) for text in texts}
    seen: list[Seen] = []
    for text in wanted:
        read = [_read(text, half, lexicon, known) for half in (text.title, text.body)]
        full = {word for reading in read for word in reading.longer}
        seen += [
            one
            for reading in read
            for one in reading.found
            if one.key and one.key not in outlets and not (len(one.key) == 1 and _in(one, full))
        ]
    return _cut_loose(seen)


def _in(one: Seen, full: set[str]) -> bool:
    """Whether a single name is the short form of a longer one in the same text."""
    return sounded(fold_word(one.mention.words[-1])) in full


@dataclass(slots=True)
class _Reading:
    """What one part names: what the lexicon does not know, and the words of every longer name."""

    found: list[Seen]
    longer: set[str]


def _read(text: NameText, half: str, lexicon: Lexicon, known: Usage) -> _Reading:
    part = take_apart(half)
    hits = lexicon.read(part.text, "body", limit=LIMIT)
    telling = [hit for hit in hits if hit.concept.pole not in _OUTSIDE]
    named = [part.text[hit.start : hit.end] for hit in hits if hit.concept.pole != "word"]
    found = []
    for mention in mentions(part, known):
        if len(mention.words) > 1:
            named.append(" ".join(mention.words))
        if not _taken(mention, hits) and (around := tuple(_around(mention, part, telling))):
            bounds = part.sentence(mention.start)
            found.append(Seen(text, part.text, bounds, mention, key_of(mention.words), around))
    longer = {sounded(fold_word(word)) for name in named for word in WORD.findall(name)}
    return _Reading(found, longer)


def _taken(mention: Mention, hits: Sequence[Hit]) -> bool:
    """Whether the lexicon knows the name.

    A tribe's or a town's name at its end may be a surname, and a group may bear a country's: where
    the first word is nobody's yet, those do not make it known.
    """
    for hit in hits:
        kind = hit.concept.kind
        if hit.end <= mention.start or hit.start >= mention.end:
            continue
        inside = hit.start > mention.start
        surname = kind == "place" and hit.end >= mention.end
        if not (inside and (surname or (kind in _BORNE and fold_word(mention.words[0]) in GROUPS))):
            return True
    return False


def _around(mention: Mention, part: Part, telling: Sequence[Hit]) -> Iterator[Hit]:
    begins, ends = part.sentence(mention.start)
    for hit in telling:
        inside = begins <= hit.start < ends
        near = mention.start - NEAR <= hit.end and hit.start <= mention.end + NEAR
        if inside or near:
            yield hit


def _cut_loose(seen: Sequence[Seen]) -> list[Seen]:
    """Names in scripts without capitals end where their readers in other stories end them."""
    support: defaultdict[Key, set[str]] = defaultdict(set)
    for one in seen:
        if one.mention.loose:
            for many in range(1, len(one.key) + 1):
                support[one.key[:many]].add(one.text.story)
    return [_shorter(one, support) if one.mention.loose else one for one in seen]


def _shorter(one: Seen, support: Mapping[Key, set[str]]) -> Seen:
    least = max(2.0, 0.6 * len(support[one.key[:1]]))
    many = next((n for n in range(len(one.key), 1, -1) if len(support[one.key[:n]]) >= least), 1)
    if many == len(one.mention.words):
        return one
    m = one.mention
    found = list(WORD.finditer(one.said, m.start, m.end))[:many]
    cut = Mention(
        tuple(f.group() for f in found), m.start, found[-1].end(), m.titles, m.before, "",
        m.suffix, "", m.opens, m.loose,
    )  # fmt: skip
    return Seen(one.text, one.said, one.bounds, cut, key_of(cut.words), one.around)


# --- one name, several spellings ------------------------------------------------------------


def _grouped(seen: Sequence[Seen]) -> dict[Key, list[Seen]]:
    groups: defaultdict[Key, list[Seen]] = defaultdict(list)
    for one in seen:
        groups[one.key].append(one)
    by_word: defaultdict[str, set[Key]] = defaultdict(set)
    for key in groups:
        for word in key:
            by_word[word].add(key)
    for short in sorted(groups, key=lambda key: (len(key), key)):
        holders = {key for key in by_word[short[0].lstrip("~")] if _holds(key, short)}
        longer = [key for key in holders if key in groups and stories(groups[key]) > 1]
        if len(longer) == 1 and _same(groups[short], groups[longer[0]]):
            groups[longer[0]] += groups.pop(short)
    return dict(groups)


def _holds(key: Key, short: Key) -> bool:
    """Whether ``key`` is ``short`` with more words: around it, or between its first and last."""
    if len(short) == 1:
        return len(key) > 1 and short[0].lstrip("~") == key[-1]
    if len(key) <= len(short):
        return False
    if any(key[at : at + len(short)] == short for at in range(len(key) - len(short) + 1)):
        return True
    rest = iter(key)
    return (key[0], key[-1]) == (short[0], short[-1]) and all(word in rest for word in short)


def _same(short: Sequence[Seen], long: Sequence[Seen]) -> bool:
    """Whether the short form is likely the long one's: two words, or hardly seen without it."""
    return len(short[0].key) > 1 or stories(short) <= stories(long)


# --- how telling ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Counts:
    """How many stories there are of each sort, and in how many of the others a name stands."""

    wanted: int
    other: int
    others: Counter[Key]

    @classmethod
    def of(cls, texts: Sequence[NameText], groups: Mapping[Key, Sequence[Seen]]) -> _Counts:
        wanted = {text.story for text in texts if text.wanted}
        begins: defaultdict[str, dict[tuple[str, ...], Key]] = defaultdict(dict)
        for key, group in groups.items():
            for seen in group:
                begins[seen.mention.words[0]][seen.mention.words] = key
        others: Counter[Key] = Counter()
        pairs: set[tuple[str, Key]] = set()
        read: set[str] = set()
        for text in texts:
            if text.story in wanted:
                continue
            read.add(text.story)
            pairs.update((text.story, key) for key in _standing(text, begins))
        others.update(key for _, key in pairs)
        return cls(len(wanted), len(read), others)

    def strength(self, key: Key, texts: int) -> float:
        """As the function of this name."""
        return strength(texts, self.wanted, self.others[key], self.other)


def strength(texts: int, wanted: int, others: int, other: int) -> float:
    """The z score of a log-odds ratio: ``texts`` of ``wanted`` against ``others`` of ``other``.

    With few stories it keeps to what is likely of any name: few bear it anywhere.
    """
    a, b = texts + 0.5, others + 0.5
    odds_a = a / (wanted - texts + _FEW_WANTED)
    odds_b = b / (other - others + _FEW_OTHERS)
    return math.log(odds_a / odds_b) / math.sqrt(1 / a + 1 / b)


def _standing(text: NameText, begins: Mapping[str, Mapping[tuple[str, ...], Key]]) -> Iterator[Key]:
    """The candidates that stand in a text as they were spelled in the others."""
    raw = words(f"{text.title}\n{text.body}", 960)
    if begins.keys().isdisjoint(raw):
        return
    for at in [at for at, word in enumerate(raw) if word in begins]:
        for spelled, key in begins[raw[at]].items():
            if tuple(raw[at : at + len(spelled)]) == spelled:
                yield key
