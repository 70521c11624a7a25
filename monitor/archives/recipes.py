"""What reading an archive depends on: frozen when a backfill begins, made ready once a process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from classifiers import registry
from classifiers.artifact import dumps, loads
from classifiers.lexicon import load_lexicon
from classifiers.pack import Team, load_pack
from classifiers.spotting import Spotter
from classifiers.types import Artifact, Classifier, Text
from monitor.archives.model import Outlet, Recipe
from monitor.articles.reading import read_page
from monitor.articles.taught import host_of
from monitor.edge.wire import packed
from monitor.model import Dropped, Fetched, Known, Reading, Thresholds
from monitor.stages import prefilter
from store.types import Pending

MOST_TERMS = 2_000  # learnt words; a model that needs more of them is asked of every page
_SILENT = (
    Text(title="A", body="a", outlet="", language="en", side=""),
    Text(title="A", body="a " * 400, outlet="", language="en", side=""),
)
"""Texts that name nothing, a short one and a long one: what the judgement gives without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """A recipe made ready: what judges, and what sifts."""

    recipe: Recipe
    classifier: Classifier
    spotter: Spotter | None
    spelled_out: prefilter.Pattern | None

    def passes(self, body: bytes, content_type: str, host: str, home: Outlet) -> bool:
        """Whether a page may be of the topic, by its bytes."""
        spotter = self.spotter
        if spotter is None:
            return True
        sided = spotter.may_side(host, home.outlet, home.side)
        return prefilter.passes(
            body,
            content_type,
            named=partial(spotter.named, sided=sided),
            spelled_out=self.spelled_out,
        )

    def read(self, page: Fetched, item: Pending, *, cut: bool) -> Reading | Dropped:
        """Make a text of a page; ``cut``: by the site's wrapper where there is a trusted one."""
        trusted = self.recipe.wrappers.get(host_of(page.final_url), ()) if cut else ()
        known = Known(trusted=tuple(trusted), learns=False) if trusted else None
        return read_page(page, item, known)


_READY: dict[str, Tools] = {}


def tools(recipe: Recipe) -> Tools:
    """Return what a recipe needs, made once a process."""
    if recipe.id not in _READY:
        _READY.clear()
        _READY[recipe.id] = _made(recipe)
    return _READY[recipe.id]


def _made(recipe: Recipe) -> Tools:
    team, place = _team(recipe), recipe.pack or recipe.topic
    artifact = loads(recipe.model) if recipe.model else None
    pack = load_pack(place, team)
    spotter = Spotter(pack, load_lexicon(place, team), recipe.terms) if recipe.sieve else None
    return Tools(
        recipe=recipe,
        classifier=registry.load(artifact, topic=place, team=team),
        spotter=spotter,
        spelled_out=prefilter.pattern(spotter.spelled_out) if spotter else None,
    )


def _team(recipe: Recipe) -> Team:
    return Team(switches=recipe.switches, names=recipe.names)


def recipe_of(
    *, topic: str, pack: str, team: Team, live: str, thresholds: Thresholds,
    wrappers: Mapping[str, tuple[str, ...]], outlets: Mapping[str, Outlet], version: str,
    now: datetime,
) -> Recipe:  # fmt: skip
    """Return the recipe by which a backfill that begins now reads. ``live`` is a model's artifact.

    Where the model could queue a page that holds no name at all, nothing is passed over unread.
    """
    made = Recipe(
        id="", version=version, topic=topic, pack="" if pack == topic else pack,
        switches=team.switches, names=team.names, model=live, thresholds=thresholds, terms=(),
        wrappers=dict(wrappers), outlets=dict(outlets), now=now,
    )  # fmt: skip
    artifact = loads(live) if live else None
    classifier = registry.load(artifact, topic=pack, team=team)
    terms = needed(classifier, artifact, thresholds.queue)
    made = replace(made, terms=terms or (), sieve=terms is not None)
    return replace(made, id=sha256(packed(made)).hexdigest())


def needed(
    classifier: Classifier, artifact: Artifact | None, threshold: float
) -> tuple[str, ...] | None:
    """Return the learnt words without which, and without any name, nothing reaches ``threshold``.

    A text's learnt words weigh at most the length of their weights' vector, as a text's own vector
    has length one. None: there are too many of them, or a text that says nothing is queued too.
    """
    silent = max(verdict.score for verdict in classifier.judge(list(_SILENT)))
    if not 0.0 < silent < threshold < 1.0:
        return None
    room = math.log(threshold / (1 - threshold)) - math.log(silent / (1 - silent)) - 1e-6
    params: Any = artifact.params if artifact else {}
    learnt: Mapping[str, Sequence[float]] = params.get("terms") or {}
    weights = sorted(
        ((float(row[1]), term) for term, row in learnt.items() if float(row[1]) > 0), reverse=True
    )
    left = math.fsum(weight * weight for weight, _ in weights)
    found: list[str] = []
    for weight, term in weights:
        if math.sqrt(max(0.0, left)) < room:
            break
        found.append(term)
        left -= weight * weight
    return tuple(found) if len(found) <= MOST_TERMS else None


def as_text(artifact: Artifact | None) -> str:
    """Return a model as a recipe holds it."""
    return dumps(artifact) if artifact else ""
