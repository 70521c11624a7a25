"""Passages of known texts beside an article: shown so that people can compare, never a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from classifiers.pack import load_pack
from classifiers.passages import Quotable, likeliest, passages_like, seed_rarities
from classifiers.profile import Profile
from classifiers.terms import count_terms
from classifiers.types import Text
from classifiers.words import words
from monitor.inquiry.setting import Setting
from store import articles, judged
from store.db import Db
from store.learned import Label

LEAST_LIKE = 0.1  # below, a seed has nothing to do with the text
QUOTED_OF_EACH = 150  # texts looked at, imports and accepted ones
CUT = 40
"""Texts that are cut into passages: all of them would take a third of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A known text that is like an article: shown, never a reason.

    ``passage`` is the part of it that is most alike; None where the text is not held.
    """

    id: str
    kind: Literal["seed", "import", "accepted"]
    title: str
    source: str  # author and outlet, as far as known
    on: str  # a day in ISO form, or empty
    likeness: float
    passage: str | None = None
    url: str | None = None
    article: int | None = None
    language: str | None = None


def similar_to(db: Db, article: int, setting: Setting, *, most: int = 3) -> tuple[Similar, ...]:
    """Return the passages most like an article, of imports and accepted articles, the likest first.

    The newest ``QUOTED_OF_EACH`` of each are looked at, and the ``CUT`` that share the rarest words
    with it are cut into passages: the work is the same however many there are.

    Where no seed text is held, the likest seed of the topic pack's profile comes last, with its
    bibliography alone.
    """
    row, text = articles.get(db, article), articles.text(db, article)
    if row is None:
        return ()
    asked = Text(title=text.title if text else row.title, body=text.body if text else row.summary)
    held = {label.id: label for label in judged.quotable(db, article, QUOTED_OF_EACH)}
    profile = load_pack(setting.topic, setting.team).profile
    offered = [Quotable(id=key, title=label.title, body=label.body) for key, label in held.items()]
    rarity = seed_rarities(profile)
    near = likeliest(asked, offered, CUT)
    found = [
        _quoted(held[passage.source], passage.text, passage.likeness)
        for passage in passages_like(asked, near, rarity=rarity, most=most)
    ]
    if not any(label.origin in {"seed", "import"} for label in held.values()):
        found += _of_profile(asked, profile)
    return tuple(found)


def _quoted(label: Label, passage: str, likeness: float) -> Similar:
    day = label.published_at or label.at
    kinds: Mapping[str, Literal["seed", "import", "accepted"]] = {
        "seed": "seed", "import": "import", "review": "accepted"
    }  # fmt: skip
    return Similar(
        id=label.id,
        kind=kinds[label.origin],
        title=label.title,
        source=label.outlet,
        on=day.date().isoformat(),
        likeness=likeness,
        passage=passage,
        url=label.url,
        article=int(label.id[8:]) if label.id.startswith("article:") else None,
        language=label.language,
    )


def _of_profile(text: Text, profile: Mapping[str, object]) -> list[Similar]:
    counts = count_terms(words(text.title, 60), words(text.body, 900))
    worn = Profile(profile)
    best = worn.nearest(worn.likeness(counts)[1])
    rows = profile.get("seeds")
    seeds = {str(row["id"]): row for row in rows} if isinstance(rows, list) else {}
    if best is None or best.example not in seeds or best.similarity < LEAST_LIKE:
        return []
    seed = seeds[best.example]
    return [
        Similar(
            id=best.example,
            kind="seed",
            title=str(seed.get("title") or best.example),
            source=", ".join(str(seed[k]) for k in ("author", "outlet") if seed.get(k)),
            on=str(seed.get("published_on") or ""),
            likeness=best.similarity,
        )
    ]
