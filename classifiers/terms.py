"""Words and word pairs of a text as weights: what examples teach beyond the lexicon.

The title counts twice and the first 250 words once; repetition counts by its logarithm.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from classifiers.words import fold_word

OPENING = 250
_FORGET_AT = 100_000

_STOP = """
    a about after again against all also am an and any are as at be because been before being
    between both but by can could did do does doing down during each few for from further had has
    have having he her here hers him his how i if in into is it its itself just may me might more
    most must my no nor not now of off on once only or other our out over own per said same says
    she should so some such than that the their them then there these they this those through to
    too under until up us very was we were what when where which while who whom why will with
    would yet you your one two three however whether since told added mr mrs ms
    کا کی کے کو میں سے نے پر ہے ہیں تھا تھی تھے اور یہ وہ کہ بھی جو تو ہی نہیں گیا گئی کر ان اس ایک
    د په چې او له ته کې سره دی ده دي یې هم نه به تر کړی شوی
    در از که این را با است برای آن یک تا می شد شده های
"""
_STOP_FOLDED = frozenset(fold_word(word) for word in _STOP.split())


class _Terms(dict[str, str]):
    """A word as a term, learnt when it is first asked for; empty for what may not be one."""

    def __missing__(self, word: str) -> str:
        folded = fold_word(word)
        keep = len(folded) > 1 and folded.isalpha() and folded not in _STOP_FOLDED
        self[word] = folded if keep else ""
        return self[word]


_memo = _Terms()


def _term_words(raw: Iterable[str]) -> list[str]:
    """Folded words that may be terms; an empty string where one may not, so that pairs break."""
    if len(_memo) > _FORGET_AT:
        _memo.clear()
    return list(map(_memo.__getitem__, raw))


def count_terms(
    title: Sequence[str], body: Sequence[str], *, opening: int = OPENING
) -> Counter[str]:
    """How often each word and each pair of neighbours occurs; the title counts twice."""
    counts: Counter[str] = Counter()
    head = _term_words(title)
    for found in (head, head, _term_words(body[:opening])):
        counts.update(found)
        counts.update([f"{a} {b}" for a, b in pairwise(found) if a and b])
    del counts[""]
    return counts


def weighted(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    """Sublinear weights of the terms that ``rarity`` knows, scaled to length one."""
    found = {t: (1.0 + math.log(n)) * rarity[t] for t, n in counts.items() if t in rarity}
    size = math.sqrt(math.fsum(w * w for w in found.values()))
    return {t: w / size for t, w in found.items()} if size else {}


def rarities(documents: Sequence[Iterable[str]]) -> dict[str, float]:
    """How rare each term is over the documents: 1 + log((1 + n) / (1 + df))."""
    seen: Counter[str] = Counter()
    for document in documents:
        seen.update(set(document))
    n = len(documents)
    return {term: 1.0 + math.log((1 + n) / (1 + df)) for term, df in sorted(seen.items())}
