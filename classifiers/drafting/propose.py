"""A topic pack proposed from a handful of texts: its poles, the names beside them, its words.

What recurs in the examples is what the topic is about: the two countries (or the one thing) that
nearly all of them name, the names that recur beside them, the words most of them share. It is a
first draft for a person to correct, written as the same files as a shipped pack.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import yaml

from classifiers.naming.mentions import (
    COUNTRIES,
    GROUPS,
    PLACES,
    TITLES,
    Mention,
    Part,
    mentions,
    take_apart,
    usage,
)
from classifiers.pack import plain
from classifiers.profile import clean
from classifiers.template import template
from classifiers.terms import count_terms
from classifiers.types import Text
from classifiers.words import fold, fold_word, words

LIMIT = 20_000  # words of an example; an op-ed has about a thousand
MOST_NAMES = 60
MOST_WORDS = 12
_OFTEN = 0.6  # the share of the examples that makes a country a pole, and a word the topic's
_COMMON = frozenset(
    word
    for line in (
        "said says year years month months week weeks day days time people country countries",
        "government officials official minister president state states world news report reports",
        "reported according made make makes making take takes taken like well many much even last",
        "next first second new old also part will would could may might must need needs way ways",
        "long high great good right order public national international political relations issue",
        "issues including since while despite percent pct billion million dlrs dollars number",
        "level role end past recent recently back still left given come came going want wants call",
        "called calls seen used use set help support remains announced current open action",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A draft of a pack. ``concepts`` are rows of lexicon.yaml; ``notes`` say what to look at."""

    poles: Mapping[str, dict[str, Any]]
    concepts: tuple[dict[str, Any], ...]
    words: tuple[str, ...]
    unplaced: tuple[tuple[str, int], ...]  # names that stand beside no pole, with their texts
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One example: its parts, and in which sentence what was named."""

    part: Part
    countries: tuple[tuple[str, int], ...]  # with the place
    names: tuple[Mention, ...]


def propose(texts: Sequence[Text], poles: Mapping[str, Sequence[str]] | None = None) -> Proposal:
    """Propose a pack for what ``texts`` have in common. Deterministic; the order does not matter.

    ``poles`` (name to spellings) are taken as given; without any they are the countries that most
    texts name, at most two, or else the name that most of them share.
    """
    ordered = sorted(texts, key=lambda text: (text.title, text.body))
    parts = [take_apart(f"{text.title}.\n{clean(text.body)}") for text in ordered]
    known = usage(parts)
    reads = [_Read(p, tuple(_countries_in(p.text)), tuple(mentions(p, known))) for p in parts]
    chosen, rows = _given(poles) if poles else _poles(reads)
    if not poles:
        _add_group(reads, chosen, rows)
    names, unplaced = _names(reads, chosen, rows)
    subject = _words(ordered, {fold(a) for row in (*rows, *names) for a in _aliases(row)})
    word_rows = [
        {"id": f"word_{word}", "kind": "word", "pole": "word", "strand": "subject"}
        | _written([word])
        for word in subject
    ]
    return Proposal(
        poles=chosen,
        concepts=(*rows, *names, *word_rows),
        words=subject,
        unplaced=unplaced,
        notes=tuple(_notes(ordered, chosen)),
    )


def files(
    name: str, title: str, proposal: Proposal, called: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The pack's YAML files, for a person to edit; ``classifiers.profile`` makes the profile.

    ``called`` says what people call a pole, where that is not its id.
    """
    strands = {"subject": "the subject"} if proposal.words else {}
    topic = {
        "title": title,
        "thresholds": {"relevant": 0.5, "queue": 0.1},
        "poles": dict(proposal.poles),
        "strands": strands,
        "contexts": {},
        "neighbours": [],
        "outlets": {},
        "prior": {"intercept": -3.6},
        "labels": {"intercept": "before reading anything", "words": "words learnt from decisions"},
        "features": template(proposal.poles, tuple(strands), called),
    }
    lexicon = {"concepts": list(proposal.concepts)}
    seen = "".join(f"#   {name} ({count} texts)\n" for name, count in proposal.unplaced)
    beside = (
        f"# Names that recur but stand beside no pole; add what belongs:\n{seen}" if seen else ""
    )
    head = f"# The topic pack {name}: a draft proposed from examples. docs/how-to/new-topic.md\n"
    return {
        "topic.yaml": head + _yaml(topic),
        "lexicon.yaml": head + beside + _yaml(lexicon),
    }


def _yaml(value: object) -> str:
    return yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


# --- poles ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _countries() -> tuple[dict[str, list[str]], re.Pattern[str], dict[str, str]]:
    table: dict[str, list[str]] = plain(COUNTRIES.read_text(encoding="utf-8"))
    owner = {alias: name for name, aliases in table.items() for alias in aliases}
    longest = sorted(owner, key=lambda alias: (-len(alias), alias))
    one = "|".join(re.escape(alias) for alias in longest)
    return table, re.compile(rf"(?<!\w)(?:{one})(?!\w)"), owner


def _countries_in(text: str) -> Iterator[tuple[str, int]]:
    _, pattern, owner = _countries()
    return ((owner[m.group()], m.start()) for m in pattern.finditer(text))


def _given(
    poles: Mapping[str, Sequence[str]],
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    table, _, owner = _countries()
    chosen: dict[str, dict[str, Any]] = {}
    rows = []
    for name, spellings in poles.items():
        country = name if name in table else next((owner[s] for s in spellings if s in owner), "")
        chosen[name] = {"is": "country" if country else "thing"}
        aliases = list(dict.fromkeys([*spellings, *table.get(country, ())]))
        rows.append(_row(name, "country" if country else "subject", name, aliases or [name]))
    return chosen, rows


def _poles(reads: Sequence[_Read]) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    table, _, _ = _countries()
    seen = Counter(country for read in reads for country in {c for c, _ in read.countries})
    mentioned = Counter(country for read in reads for country, _ in read.countries)
    needed = max(2, _OFTEN * len(reads)) if len(reads) > 1 else 1
    often = [c for c, n in seen.items() if n >= needed]
    best = sorted(often, key=lambda c: (-seen[c] * mentioned[c], c))[:2]
    if best:
        chosen = {c: {"is": "country"} for c in best}
        return chosen, [_row(c, "country", c, table[c]) for c in best]
    shared = _recurring(reads)
    top = sorted(shared, key=lambda key: (-len(shared[key].texts), -shared[key].times, key))[:1]
    names = {_id(shared[key].spelling): shared[key].spelling for key in top}
    return (
        {name: {"is": "thing"} for name in names},
        [_row(name, "subject", name, [spelling]) for name, spelling in names.items()],
    )


def _add_group(
    reads: Sequence[_Read], poles: dict[str, dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    """One more pole where most examples name something beside the countries: a group, a treaty."""
    countries = {fold_word(word) for alias in _countries()[2] for word in alias.split()}
    shared = {k: n for k, n in _recurring(reads).items() if countries.isdisjoint(k)}
    best = min(shared, key=lambda k: (-len(shared[k].texts), -shared[k].times, k), default=None)
    if best is None or len(poles) < 2 or len(shared[best].texts) < _OFTEN * len(reads):
        return
    spelling = shared[best].spelling
    poles[_id(spelling)] = {"is": "group"}
    rows.append(_row(_id(spelling), "group", _id(spelling), [spelling]))


# --- names beside the poles -----------------------------------------------------------------


@dataclass(slots=True)
class _Name:
    spelling: str
    texts: set[int]
    times: int
    beside: Counter[str]
    kinds: Counter[str]


def _recurring(
    reads: Sequence[_Read], beside: Mapping[tuple[int, int], set[str]] | None = None
) -> dict[tuple[str, ...], _Name]:
    """Names that stand in two texts or more, by their folded words."""
    found: dict[tuple[str, ...], _Name] = {}
    for number, read in enumerate(reads):
        for mention in read.names:
            key = tuple(fold_word(word) for word in mention.words)
            name = found.setdefault(
                key, _Name(" ".join(mention.words), set(), 0, Counter(), Counter())
            )
            name.texts.add(number)
            name.times += 1
            name.kinds[_kind(mention)] += 1
            place = (number, read.part.sentence(mention.start)[0])
            name.beside.update((beside or {}).get(place, ()))
    needed = 2 if len(reads) > 1 else 1
    return {key: name for key, name in found.items() if len(name.texts) >= needed}


def _kind(mention: Mention) -> str:
    if mention.suffix in PLACES or mention.before in {"in", "near", "at"}:
        return "place"
    if mention.suffix in GROUPS or mention.called:
        return "group"
    return "person" if TITLES.intersection(mention.titles) else "institution"


def _names(
    reads: Sequence[_Read], poles: Mapping[str, Any], rows: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], tuple[tuple[str, int], ...]]:
    beside = _beside(reads, rows)
    taken = {fold(alias).strip() for row in rows for alias in _aliases(row)}
    _, _, owner = _countries()
    countries = {fold(alias).strip() for alias in owner}
    shared = _recurring(reads, beside)
    placed, unplaced = [], []
    for name in sorted(shared.values(), key=lambda n: (-len(n.texts), -n.times, n.spelling)):
        folded = fold(name.spelling).strip()
        if folded in taken or folded in countries:
            continue
        pole, times = max(name.beside.items(), key=lambda b: (b[1], b[0]), default=("", 0))
        if pole not in poles or times < 2:
            unplaced.append((name.spelling, len(name.texts)))
            continue
        kind = name.kinds.most_common(1)[0][0]
        placed.append(_row(_id(name.spelling), kind, pole, [name.spelling]))
        taken.add(folded)
    used = Counter(row["id"] for row in placed)
    return [row for row in placed if used[row["id"]] == 1][:MOST_NAMES], tuple(
        unplaced[:MOST_NAMES]
    )


def _beside(
    reads: Sequence[_Read], rows: Sequence[dict[str, Any]]
) -> dict[tuple[int, int], set[str]]:
    """Which poles each sentence names: (text, where the sentence begins) to poles."""
    out: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in rows:
        one = "|".join(re.escape(a) for a in sorted(_aliases(row), key=len, reverse=True))
        pattern = re.compile(rf"(?<!\w)(?:{one})(?!\w)")
        for number, read in enumerate(reads):
            for found in pattern.finditer(read.part.text):
                out[number, read.part.sentence(found.start())[0]].add(row["pole"])
    return out


def _row(name: str, kind: str, pole: str, aliases: Iterable[str]) -> dict[str, Any]:
    return {"id": name, "kind": kind, "pole": pole, **_written(aliases)}


def _written(aliases: Iterable[str]) -> dict[str, list[str]]:
    """Spellings under the languages a lexicon has keys for: by their script, English or Urdu."""
    out: dict[str, list[str]] = {}
    for alias in aliases:
        arabic = any("\u0600" <= sign <= "\u06ff" for sign in alias)
        out.setdefault("ur" if arabic else "en", []).append(alias)
    return out


def _aliases(row: Mapping[str, Any]) -> list[str]:
    return [*row.get("en", ()), *row.get("ur", ())]


def _id(spelling: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(spelling)).strip("_")[:60] or "name"


# --- words, and what to look at -------------------------------------------------------------


def _words(texts: Sequence[Text], names: set[str]) -> tuple[str, ...]:
    """Plain words that most texts share and no name holds, the most frequent first."""
    inside = {word for name in names for word in name.split()}
    counted = [
        count_terms(words(t.title, 60), words(clean(t.body), LIMIT), opening=LIMIT) for t in texts
    ]
    seen = Counter(term for counts in counted for term in counts if " " not in term)
    total: Counter[str] = Counter()
    for counts in counted:
        total.update(counts)
    # A script without capitals has nothing but small letters.
    small = {w for t in texts for w in words(t.body, LIMIT) if w == w.lower() and len(w) > 3}
    lower = {fold_word(word) for word in small}
    needed = max(2, _OFTEN * len(texts)) if len(texts) > 1 else 1
    fit = [t for t, n in seen.items() if n >= needed and t in lower - inside - _COMMON]
    return tuple(sorted(fit, key=lambda t: (-seen[t], -total[t], t))[:MOST_WORDS])


def _notes(texts: Sequence[Text], poles: Mapping[str, Any]) -> Iterator[str]:
    if len(texts) < 5:
        yield f"{len(texts)} examples are few: five or more show better what recurs."
    if not poles:
        yield "No name recurs in the examples: write the poles into topic.yaml yourself."
    elif len(poles) == 1:
        yield f"Only one pole was found ({next(iter(poles))}): name a second one if there is one."
