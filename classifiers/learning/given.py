"""The texts a team gives as examples, beside those the topic pack was made from.

Such a text is an essay or a report somebody chose because it is wholly on the topic. Three things
come of it: it joins the profile (likeness, nearest example), its strongest words get weight of
their own, and it counts in the fit like any decision, but for half. It has a style besides a topic:
measured on five op-eds, taking them for five ordinary decisions cost 0.0015 of average precision
before the first review. So its words pull no more than a surprising decision would, only its
forty strongest do, and from the ninth text on all share the pull of eight.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifiers.learning.lessons import Matrix
from classifiers.learning.linear import Floats
from classifiers.profile import KEPT, clean
from classifiers.terms import count_terms
from classifiers.types import Example
from classifiers.words import words

COUNTS = 0.5  # in the fit, of a decision
PULL = 0.5  # of a decision that was an even chance
FULL = 8  # texts that pull in full
WORDS = 40  # of each text
_JOIN = 50  # texts, the first by id, that join the profile
_OWN = 20  # terms the profile did not know, of each text
_SAME = 0.95  # a cosine above which a text is one of the pack's seeds
_ALL_WORDS = 20_000


def is_given(example: Example) -> bool:
    """Whether the example was given as what is wanted, not decided on in the queue."""
    return example.relevant and example.origin != "review"


def weight_of(example: Example) -> float:
    """How often the example counts in the fit."""
    return example.weight * (COUNTS if is_given(example) else 1.0)


def pulls(examples: Sequence[Example], matrix: Matrix, profile: Mapping[str, Any]) -> Floats:
    """For each entry of ``matrix`` what a given text adds to the pull of its row; mostly nought.

    The words of the pack's own seeds (*Kabul*, *border*) are left to the likeness, which counts
    them already; what a text brings beyond them gets weight here.
    """
    out = np.zeros_like(matrix.weights)
    known = set(profile.get("terms", ())) - set(profile.get("brought", ()))
    new = np.array([term not in known for term in matrix.terms], dtype=np.bool_)
    weights = matrix.weights * new[matrix.columns] if len(new) else matrix.weights
    places = [place for place, example in enumerate(examples) if is_given(example)]
    each = PULL * min(1.0, FULL / max(len(places), 1))
    for place in places:
        start, end = np.searchsorted(matrix.rows, [place, place + 1])
        strongest = start + np.argsort(-weights[start:end], kind="stable")[:WORDS]
        out[strongest[weights[strongest] > 0]] = each * min(examples[place].weight, 1.0)
    return out


def joined(profile: Mapping[str, Any], given: Sequence[Example]) -> Mapping[str, Any]:
    """The seed profile with these texts in it; itself where they bring nothing new.

    A text that is one of the pack's seeds is in it already.
    """
    seeds = profile.get("seeds", [])
    new = [s for s in (_seed(profile, e) for e in given[:_JOIN]) if s["terms"]]
    new = [s for s in new if not any(_cosine(s["terms"], old["terms"]) > _SAME for old in seeds)]
    if not new:
        return profile
    old_terms: Mapping[str, Mapping[str, float]] = profile.get("terms", {})
    every = [s["terms"] for s in [*seeds, *new]]
    centre: Counter[str] = Counter()
    for vector in every:
        for term, weight in vector.items():
            centre[term] += weight / len(every)
    kept = sorted(centre, key=lambda t: (t not in old_terms, -centre[t], t))
    kept = kept[: max(KEPT, len(old_terms)) + _OWN * min(len(new), FULL)]
    size = math.sqrt(math.fsum(centre[t] ** 2 for t in kept))
    unknown = float(profile.get("unknown_rarity", 1.0))
    rarity = {t: old_terms[t]["rarity"] if t in old_terms else unknown for t in kept}
    terms = {t: {"weight": round(centre[t] / size, 5), "rarity": rarity[t]} for t in sorted(kept)}
    brought = sorted({*profile.get("brought", ()), *(t for t in kept if t not in old_terms)})
    out = {**profile, "terms": terms, "seeds": [*seeds, *new], "brought": brought}
    body = json.dumps(out, sort_keys=True)
    return {**out, "version": hashlib.sha256(body.encode("ascii")).hexdigest()[:12]}


def _seed(profile: Mapping[str, Any], example: Example) -> dict[str, Any]:
    """A text as the profile keeps its seeds: of length one, over known terms and its strongest."""
    title, body = words(example.text.title, _ALL_WORDS), words(clean(example.text.body), _ALL_WORDS)
    counts = count_terms(title, body, opening=_ALL_WORDS)
    known = profile.get("terms", {})
    unknown = float(profile.get("unknown_rarity", 1.0))
    raw = {
        term: (1.0 + math.log(n)) * float(known[term]["rarity"] if term in known else unknown)
        for term, n in counts.items()
    }
    # What it says once is its author's way of putting things; what it repeats is its matter.
    own = (term for term in raw if term not in known and counts[term] > 1)
    strongest = sorted(own, key=lambda term: (-raw[term], term))[:_OWN]
    held = {term: raw[term] for term in (*(t for t in raw if t in known), *strongest)}
    size = math.sqrt(math.fsum(w * w for w in held.values())) or 1.0
    return {
        "id": example.id,
        "title": example.text.title[:200],
        "terms": {term: round(held[term] / size, 5) for term in sorted(held)},
    }


def _cosine(new: Mapping[str, float], old: Mapping[str, float]) -> float:
    """How like two seeds are in the words of the older one."""
    shared = {term: new[term] for term in old if term in new}
    size = math.sqrt(math.fsum(w * w for w in shared.values()))
    return math.fsum(w * old[term] for term, w in shared.items()) / size if size else 0.0
