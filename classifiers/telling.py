"""A verdict told in full: what spoke for and against, in which words, and what it adds up to.

The same account stands on the desk, in ``torkham explain`` and in its JSON. It is made from stored
evidence as well as from fresh, so a verdict of last year reads like one of today.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from classifiers.learning.calibrate import EACH, REVIEWS
from classifiers.learning.teachers import teachers_of
from classifiers.types import Contribution, Evidence, Match, Nearest, Teacher
from classifiers.words import fold

_SPACE = re.compile(r"\s+")
_AROUND = 36  # code points of context on each side
_QUOTES = 6
_TAUGHT = 6
TEAM_SWITCH = "definition:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words that counted, in their place: ``title`` or ``body`` from ``start`` to ``end``.

    ``at`` is None where the text no longer says so; then there is no context either.
    """

    concept: str
    text: str
    part: str
    at: tuple[int, int] | None
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An example that taught a term, as it was answered then.

    ``share`` is its part of all that was taught, -1 to 1: above nought it raised the weight, below
    it lowered it. None where the model only recorded that it did.
    """

    example: str
    share: float | None
    relevant: bool | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One term of the sum. ``value`` times the model's weight is ``weight``, where recorded."""

    feature: str
    label: str
    weight: float
    value: float | None = None
    quotes: tuple[Quote, ...] = ()
    more: int = 0  # places beyond those quoted
    taught: tuple[Share, ...] = ()
    team: bool = False  # a switch of the team's definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Why a score is what it is: ``start`` and both lists add up to ``total``, in log-odds.

    ``score`` is the logistic of ``total``. Both lists are strongest first.
    """

    score: float
    total: float
    start: Line | None
    spoke_for: tuple[Line, ...]
    against: tuple[Line, ...]
    aside: tuple[Quote, ...]
    nearest: Nearest | None
    calibrated: bool | None  # None: it was not recorded

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every term of the sum."""
        return ((self.start,) if self.start else ()) + self.spoke_for + self.against

    @property
    def adds_up(self) -> bool:
        """Whether the terms give the score, within a billionth."""
        return bool(self.lines) and abs(_logistic(self.total) - self.score) < 1e-9


def account_of(
    evidence: Evidence,
    *,
    score: float,
    calibrated: bool | None,
    title: str,
    body: str,
    names: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
) -> Account:
    """Tell a verdict. ``title`` and ``body`` are what was judged; ``names`` are the team's own.

    ``params`` are the model's, where it is still there: who taught a term stands in them.
    """
    parts = {"title": title, "lead": body, "body": body}
    own = {fold(name).strip() for name in names}
    lines = [_line(c, parts, own, params or {}) for c in evidence.contributions]
    moved = sorted(
        (line for line in lines if line.feature != "intercept"),
        key=lambda line: (-abs(line.weight), line.feature),
    )
    return Account(
        score=score,
        total=math.fsum(line.weight for line in lines),
        start=next((line for line in lines if line.feature == "intercept"), None),
        spoke_for=tuple(line for line in moved if line.weight >= 0),
        against=tuple(line for line in moved if line.weight < 0),
        aside=tuple(_quote(m, parts, own) for m in _distinct(evidence.ignored)[: 2 * _QUOTES]),
        nearest=evidence.nearest,
        calibrated=calibrated,
    )


def _line(
    one: Contribution, parts: Mapping[str, str], own: set[str], params: Mapping[str, Any]
) -> Line:
    # Two concepts may stand in one place; people read it once.
    places = list({(m.part == "title", m.start, m.end): m for m in one.matches}.values())
    return Line(
        feature=one.feature,
        label=one.label,
        weight=one.weight,
        value=one.value,
        quotes=tuple(_quote(m, parts, own) for m in places[:_QUOTES]),
        more=max(0, len(places) - _QUOTES),
        taught=shares(one.taught_by or taught(params, one.feature))[:_TAUGHT],
        team=one.feature.startswith(TEAM_SWITCH),
    )


def _distinct(found: Sequence[Match]) -> list[Match]:
    """The first place of each wording."""
    return list({(m.concept, m.text.casefold()): m for m in reversed(found)}.values())[::-1]


def _quote(match: Match, parts: Mapping[str, str], own: set[str]) -> Quote:
    text, start, end = parts.get(match.part, ""), match.start, match.end
    stands = 0 <= start < end <= len(text)
    stands = stands and text[start:end].casefold() == match.text.casefold()
    note = match.note or ("a name the team added" if fold(match.text).strip() in own else "")
    return Quote(
        concept=match.concept,
        text=match.text,
        part="title" if match.part == "title" else "body",
        at=(start, end) if stands else None,
        before=_before(text, start) if stands else "",
        after=_after(text, end) if stands else "",
        note=note,
    )


def _before(text: str, start: int) -> str:
    """What stands before a match, on one line; half a word at the far end is left out."""
    kept = _SPACE.sub(" ", text[max(0, start - _AROUND) : start])
    return kept if start <= _AROUND else "… " + kept.partition(" ")[2]


def _after(text: str, end: int) -> str:
    kept = _SPACE.sub(" ", text[end : end + _AROUND])
    return kept if end + _AROUND >= len(text) else kept.rpartition(" ")[0] + " …"


def taught(params: Mapping[str, Any], feature: str) -> tuple[Teacher, ...]:
    """Who taught a term, as the model's ``params`` keep it; nobody where they do not say."""
    try:
        if feature.startswith("word:"):
            listed = params.get("terms", {}).get(feature.removeprefix("word:"), ())[4:]
        else:
            listed = params.get("moved", {}).get(feature, ())[1:]
        return teachers_of(listed, params.get("teachers", {}))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return ()


def shares(taught: Sequence[Teacher]) -> tuple[Share, ...]:
    """What taught a term, the strongest share first."""
    found = [
        Share(example=one.example, share=one.share, relevant=one.relevant, title=one.title)
        for one in taught
    ]
    return tuple(sorted(found, key=lambda share: -abs(share.share or 0.0)))


def _logistic(logit: float) -> float:
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 700.0)))
    grown = math.exp(max(logit, -700.0))
    return grown / (1.0 + grown)


# --- stored evidence ------------------------------------------------------------------------


def read_evidence(text: str | None) -> Evidence:
    """The evidence in ``text``, as a verdict's record holds it. Malformed evidence is empty."""
    try:
        data = json.loads(text or "{}")
        nearest = data.get("nearest")
        return Evidence(
            contributions=tuple(_contribution(row) for row in data.get("contributions", ())),
            nearest=_of(Nearest, nearest) if nearest else None,
            ignored=tuple(_of(Match, row) for row in data.get("ignored", ())),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Evidence()


def _contribution(row: Mapping[str, Any]) -> Contribution:
    matches = tuple(_of(Match, match) for match in row.get("matches", ()))
    weight = float(row["weight"])
    kept = {
        "matches": matches,
        "weight": weight if math.isfinite(weight) else 0.0,
        "taught_by": tuple(_of(Teacher, one) for one in row.get("taught_by", ())),
    }
    found: Contribution = _of(Contribution, {**row, **kept})
    return found


def _of(kind: type[Any], row: Mapping[str, Any]) -> Any:
    """A record of this kind; keys of another version of the product are passed over."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in row.items() if name in known})


# --- in words -------------------------------------------------------------------------------

START = (
    "Before reading anything: how seldom such a story comes, as the model has it; it says nothing "
    "of this text."
)


def sum_words(account: Account) -> str:
    """The sum in a sentence."""
    if not account.lines:
        return "There is no record of what it was made of."
    told = (
        f"The terms add up to log-odds {account.total:+.3f}, which is the score {account.score:.3f}"
    )
    return f"{told}." if account.adds_up else f"{told} only nearly: the record is not whole."


def level_words(calibrated: bool | None, decisions: tuple[int, int]) -> str:
    """What the score may be read as. ``decisions`` are those accepted and rejected so far."""
    accepted, rejected = decisions
    counted = f"{accepted + rejected} decisions so far, {accepted} accepted and {rejected} rejected"
    if calibrated:
        return (
            f"Calibrated on the team's decisions ({counted}): of texts that the queue offered with "
            "such a score, about that share was accepted."
        )
    if calibrated is None:
        return "Whether the score was calibrated was not recorded at the time; take it as an order."
    return (
        f"A prior estimate: {counted}. From {REVIEWS} on, {EACH} of each, scores are calibrated; "
        "until then they order the queue and are no probability."
    )
