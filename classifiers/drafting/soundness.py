"""A topic pack looked over: what is wrong with it, and where it is thin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers import artifact
from classifiers.definition import Definition
from classifiers.drafting import references
from classifiers.entries import PackError
from classifiers.facets import Facets
from classifiers.lexicon import Lexicon
from classifiers.pack import Pack, read_pack, spelled
from classifiers.profile import Profile
from classifiers.template import KINDS_AWAY
from classifiers.types import Classifier, Text

FEW_SPELLINGS = 3
FEW_EXAMPLES = 5
_SCRIPTS = {"ur": "Urdu", "ps": "Pashto", "fa": "Persian or Dari"}
ROLES = frozenset({"word", "trap", "away", "regional"})
"""What stands in the place of a pole in a lexicon; no pole can have such a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """``mistakes`` keep a pack from judging; ``thin`` is where it will miss or mistake things."""

    mistakes: tuple[str, ...]
    thin: tuple[str, ...]


def look_over(topic: str) -> Soundness:
    """Say what is wrong with a pack (a shipped name or a folder). Never raises for its content."""
    try:
        pack = read_pack(topic)
        ready(pack)
    except FileNotFoundError as error:
        return Soundness(mistakes=(f"{Path(error.filename).name}: is not there",), thin=())
    except PackError as error:
        return Soundness(mistakes=(str(error),), thin=())
    mistakes = (*_mistakes(pack), *references.amiss(pack), *references.unread(topic))
    return Soundness(mistakes=mistakes, thin=tuple(_thin(pack)))


def ready(pack: Pack) -> None:
    """Make everything that judging with a pack makes, once.

    Raises:
        PackError: the pack cannot judge; the message says what is wrong, and where.
    """
    concepts = Lexicon(pack).concepts.values()
    Facets(tuple(pack.strands), pack.facets, concepts)
    Definition(pack.definition, concepts)
    try:
        sound = artifact.finite(dict(pack.profile))
        Profile(pack.profile)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackError(f"profile.json: is not what the command writes ({error})") from error
    if not sound:
        raise PackError("profile.json: holds figures that are none; make it again")


def scores(classifier: Classifier, examples: Sequence[Text], queue_at: float) -> tuple[str, ...]:
    """A sentence for each example that the pack itself would not show to people."""
    verdicts = classifier.judge(list(examples))
    return tuple(
        f"“{text.title[:80]}” is an example and scores {verdict.score:.2f}, below the queue's"
        f" {queue_at:.2f}: what it is about is not in the lexicon"
        for text, verdict in zip(examples, verdicts, strict=True)
        if verdict.score < queue_at
    )


def _mistakes(pack: Pack) -> Iterator[str]:
    ids = Counter(str(row["id"]) for row in pack.lexicon)
    yield from (
        f"lexicon.yaml: the concept {name} stands twice" for name, n in ids.items() if n > 1
    )
    known = {*pack.recipe.poles, *ROLES}
    for pole in sorted((ROLES | KINDS_AWAY).intersection(pack.recipe.poles)):
        yield f"topic.yaml: poles.{pole}: has a meaning of its own; give the pole another name"
    for row in pack.lexicon:
        if row["pole"] not in known:
            listed = ", ".join(sorted(known))
            yield f"lexicon.yaml: {row['id']}: the pole {row['pole']!r} is none of {listed}"
        guard = row.get("guard")
        if guard and guard not in pack.contexts:
            yield f"lexicon.yaml: {row['id']}: topic.yaml has no context {guard!r}"
    named = {row["pole"] for row in pack.lexicon}
    yield from (
        f"topic.yaml: no concept of the lexicon stands for the pole {pole}"
        for pole in pack.recipe.poles
        if pole not in named
    )
    if not 0 <= pack.queue_at <= pack.relevant_at <= 1:
        yield "topic.yaml: thresholds: 0 <= queue <= relevant <= 1 does not hold"


def _thin(pack: Pack) -> Iterator[str]:
    for pole in pack.recipe.poles:
        rows = [row for row in pack.lexicon if row["pole"] == pole]
        spellings = [alias for row in rows for alias in _spellings(row)]
        if spellings and len(spellings) < FEW_SPELLINGS:
            count = len(spellings)
            yield f"the pole {pole} has {count} spellings: its people and towns are not known"
        missing = [
            said for code, said in _SCRIPTS.items() if not any(row.get(code) for row in rows)
        ]
        if spellings and missing:
            yield f"the pole {pole} has no spelling in {', '.join(missing)}"
    # Short capitals match capitals alone, so only small letters are a danger.
    short = {a for row in pack.lexicon for a in _spellings(row) if len(a) < 3 and a.islower()}
    if short:
        yield f"spellings of one or two letters match by accident: {', '.join(sorted(short)[:10])}"
    seeds = pack.profile.get("seeds", ())
    if len(seeds) < FEW_EXAMPLES:
        yield f"the profile was made of {len(seeds)} examples, fewer than {FEW_EXAMPLES}"
    if pack.weights_origin != "fitted":
        yield "the weights are set by hand: decisions will move them, a labelled pool can fit them"


def _spellings(row: dict[str, object]) -> list[str]:
    return [alias for language in ("en", *_SCRIPTS) for alias in spelled(row.get(language))]
