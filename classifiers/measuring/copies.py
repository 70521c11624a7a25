"""Which rows of a pool tell the same thing in the same words: near copies, as groups.

An interval or a cross-validation that takes copies for independent rows promises too much. The
work is bounded: each row is compared with at most ``_HELD`` earlier ones a phrase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from classifiers.types import Text
from classifiers.words import fold_word, words

_HEADLINE = 30
_TELLING = 4  # fewer words than this are a rubric ("Letters to the editor"), not a headline
_LEAD = 60
_RUN = 4
_ALIKE = 0.5  # of the runs of either text
_HELD = 40  # rows remembered a run: a further copy still meets the first forty


def groups_of(texts: Sequence[Text], known: Sequence[str] = ()) -> list[int]:
    """For each text the number of its group; numbers are those of the group's first text.

    Texts are together that have the same words in their headlines, or share half of the runs of
    four words in their openings, or were given the same name in ``known`` (empty: none given).
    """
    leads = list(range(len(texts)))
    first: dict[object, int] = {}
    for place, name in enumerate(known):
        if name:
            _join(leads, first.setdefault(("known", name), place), place)
    for place, text in enumerate(texts):
        headline = _headline(text)
        if headline:
            _join(leads, first.setdefault(headline, place), place)
    for one, two in _alike(texts):
        _join(leads, one, two)
    return [_lead(leads, place) for place in range(len(texts))]


def _lead(leads: list[int], place: int) -> int:
    while leads[place] != place:
        leads[place] = leads[leads[place]]
        place = leads[place]
    return place


def _join(leads: list[int], one: int, two: int) -> None:
    one, two = sorted((_lead(leads, one), _lead(leads, two)))
    leads[two] = one


def _headline(text: Text) -> frozenset[str]:
    found = frozenset(filter(None, map(fold_word, words(text.title, _HEADLINE))))
    return found if len(found) >= _TELLING else frozenset()


def _runs(text: Text) -> set[int]:
    """The runs of four words in headline and opening, each as a number of eight bytes."""
    found = [*words(text.title, _HEADLINE), *words(text.body, _LEAD)]
    told = [word for word in map(fold_word, found) if word]
    return {_number(" ".join(told[n : n + _RUN])) for n in range(len(told) - _RUN + 1)}


def _number(run: str) -> int:
    digest = blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest)


def _alike(texts: Iterable[Text]) -> Iterator[tuple[int, int]]:
    first: dict[int, int] = {}  # most runs stand in one text only: no list is made for those
    others: dict[int, list[int]] = {}
    sizes: list[int] = []
    for place, text in enumerate(texts):
        shared: Counter[int] = Counter()
        own = _runs(text)
        for run in own:
            holder = first.setdefault(run, place)
            if holder == place:
                continue
            more = others.setdefault(run, [])
            shared.update((holder, *more))
            if len(more) < _HELD:
                more.append(place)
        sizes.append(len(own))
        for other, both in shared.items():
            if both >= max(_RUN, _ALIKE * min(len(own), sizes[other])):
                yield other, place
