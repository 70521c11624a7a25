"""The example a verdict calls the nearest: what it is, where it came from, what both say alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from classifiers.alike import SENTENCES, pairs_alike, shared_terms
from monitor.stages.claims.sentences import spans
from store import judged
from store.db import Db
from store.learned import Label

Kind = Literal["seed", "import", "accepted", "text", "gone"]

_READ: Final = 16_000  # code points of each text
_LONGEST: Final = 320  # of a passage shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A passage of ours and the one of theirs that is like it, with the words both have."""

    ours: str
    theirs: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closest:
    """The nearest example.

    ``kind`` "gone": nothing but its title is known any more; "text": what people said of it is not
    told here.
    ``shared`` are words of a seed that is known by its profile alone. ``undone``: the decision that
    made it an example has been taken back since.
    """

    kind: Kind
    title: str
    likeness: float
    source: str = ""  # author and outlet, as far as known
    on: str = ""  # a day in ISO form
    by: str = ""
    article: int | None = None
    url: str | None = None
    language: str | None = None
    undone: bool = False
    held: bool = False  # its text is here, to be compared
    passages: tuple[Beside, ...] = ()
    shared: tuple[str, ...] = ()


def closest(
    db: Db,
    example: str,
    *,
    title: str,
    likeness: float,
    text: str,
    profile: Mapping[str, Any] | None = None,
) -> Closest:
    """Return what is known of ``example``, and the two or three passages it has like ``text``.

    ``title`` and ``likeness`` are as the verdict recorded them. Reads one text; a few milliseconds.
    """
    rarity, seeds = _of_profile(profile or {})
    label = judged.example(db, example)
    if label is not None:
        return _held(label, title, likeness, text, rarity)
    seed = seeds.get(example)
    if seed is None:
        return Closest(kind="gone", title=title or example, likeness=likeness)
    terms = seed.get("terms")
    return Closest(
        kind="seed",
        title=str(seed.get("title") or title or example),
        likeness=likeness,
        source=", ".join(str(seed[key]) for key in ("author", "outlet") if seed.get(key)),
        on=str(seed.get("published_on") or ""),
        shared=shared_terms(text, terms) if isinstance(terms, Mapping) else (),
    )


def _of_profile(
    profile: Mapping[str, Any],
) -> tuple[dict[str, float], dict[str, Mapping[str, Any]]]:
    rarity = {term: float(row["rarity"]) for term, row in profile.get("terms", {}).items()}
    return rarity, {str(row["id"]): row for row in profile.get("seeds", ())}


def _held(
    label: Label, title: str, likeness: float, text: str, rarity: Mapping[str, float]
) -> Closest:
    kinds: Mapping[str, Kind] = {"seed": "seed", "import": "import", "review": "accepted"}
    day = label.published_at or label.at
    ours, theirs = text[:_READ], label.body[:_READ]
    here, there = _sentences(ours), _sentences(theirs)
    found = pairs_alike(ours, here, theirs, there, rarity=rarity)
    return Closest(
        kind=kinds[label.origin],
        title=label.title or title,
        likeness=likeness,
        source=label.outlet,
        on=day.date().isoformat(),
        by=label.by if label.origin == "review" else "",
        article=int(label.id[8:]) if label.id.startswith("article:") else None,
        url=label.url,
        language=label.language,
        undone=not label.relevant,
        held=True,
        passages=tuple(
            Beside(
                ours=_short(ours[slice(*pair.ours)]),
                theirs=_short(theirs[slice(*pair.theirs)]),
                shared=pair.shared,
            )
            for pair in found
        ),
    )


def _sentences(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in islice(spans(text), SENTENCES)]


def _short(sentence: str) -> str:
    if len(sentence) <= _LONGEST:
        return sentence
    return sentence[:_LONGEST].rsplit(None, 1)[0] + " …"
