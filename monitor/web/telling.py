"""What became of an article, and why, in the sentences a colleague would say; and how to rescue it.

The desk and ``torkham why`` say the same words. A score that the queue keeps back until somebody
has decided is kept back here too: so the caller says whether it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from classifiers.telling import read_evidence
from monitor.web import words
from store import refusals, rescues, whereabouts
from store.db import Db
from store.desk import Rescue
from store.types import ArticleRow
from store.whereabouts import Fate

Way = Literal["queue", "overrule", "retry", ""]
When = Callable[[datetime], str]

OFFERS: dict[Way, str] = {
    "queue": "Put it into the queue",
    "overrule": "It is an article: judge its text",
    "retry": "Read its page again",
    "": "",
}
_RESCUED = {
    "queued": "put it into the queue",
    "retried": "asked for its page again",
    "entered": "entered its address by hand",
    "undone": "took that back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An article's way through the books in sentences. ``way`` is how one key rescues it."""

    fate: Fate
    sentences: tuple[str, ...]
    way: Way
    offer: str
    standing: Rescue | None = None  # the rescue that can be taken back
    history: tuple[str, ...] = ()


def told(db: Db, row: ArticleRow, *, when: When, withheld: bool, blind: bool = False) -> Told:
    """Return what became of an article. ``when`` writes an instant for people.

    ``blind``: it speaks as if nobody had decided; to say nothing would tell as well.
    """
    fate = whereabouts.fate(db, row.article)
    assert fate is not None, "a row of the store has its article"  # noqa: S101
    way = _way(row, fate)
    lines = rescues.history(db, row.article)
    return Told(
        fate=fate,
        sentences=tuple(_sentences(db, row, fate, when, withheld=withheld, blind=blind)),
        way=way,
        offer=OFFERS[way],
        standing=rescues.standing(db, row.article),
        history=tuple(f"{line.by} {_RESCUED[line.what]}, {when(line.at)}." for line in lines),
    )


def was(row: ArticleRow) -> str:
    """Return in words what had become of an article before it was rescued."""
    said = words.DISPOSITIONS[row.disposition]
    return f"{said}: {words.reason(row.reason)}" if row.reason else said


def _way(row: ArticleRow, fate: Fate) -> Way:
    if row.decision is not None or fate.copy_of is not None or fate.rescued:
        return ""
    if fate.refused and fate.refused_kind and not fate.overruled:
        return "overrule"
    if fate.state in {"failed", "dropped"} or (fate.refused and not fate.overruled):
        return "retry" if fate.state != "found" else ""
    return "queue" if row.route == "reject" and fate.version else ""


def _sentences(
    db: Db, row: ArticleRow, fate: Fate, when: When, *, withheld: bool, blind: bool
) -> Iterator[str]:
    yield from _reading(db, fate, when)
    if fate.copy_of is not None:
        how = words.reason(fate.copy_how) if fate.copy_how else "the same text came before"
        yield f"It counts as a copy, because {how}; what is decided on the first counts for it."
    yield from _judged(row, fate, withheld=withheld)
    if fate.story is not None and fate.told_by > 1:
        yield f"It stands in story {fate.story}, which {fate.told_by} articles tell."
    if row.decision and row.decided_at and not blind:
        yield f"{row.decided_by} marked it {words.ANSWERS[row.decision]}, {when(row.decided_at)}."
    elif fate.version:
        yield "Nobody has decided on it."


def _reading(db: Db, fate: Fate, when: When) -> Iterator[str]:
    kind = words.REFUSED_AS.get(fate.refused_kind or "", "")
    among = f" It stands among {kind}." if kind else ""
    if fate.overruled:
        line = refusals.standing(db, fate.article)
        if line:
            yield f"Its page had been refused: {_ended(line.detail or words.reason(line.reason))}"
            yield f"{line.by} overruled that, {when(line.at)}."
    elif fate.refused:
        why = _ended(fate.refused_detail or words.reason(fate.refused))
        yield f"Its page was refused, so its headline alone was judged: {why}{among}"
    elif fate.state in {"failed", "dropped"} and not fate.version:
        verb = "could not be read" if fate.state == "failed" else "was refused"
        tries = f", after {words.counted(fate.attempts, 'try', 'tries')}" if fate.attempts else ""
        detail = f" ({fate.outcome_detail})" if fate.outcome_detail else ""
        yield f"It {verb}{tries}: {words.reason(fate.outcome_reason) or 'no reason kept'}{detail}."
    if fate.state == "found":
        yield from _awaited(fate, when)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "۔")) else f"{sentence}."


def _awaited(fate: Fate, when: When) -> Iterator[str]:
    asked = "Its page is asked for again" if fate.version or fate.attempts else "It is to be read"
    if fate.fault:
        asked = f"The last try failed: {words.reason(fate.fault)}. {asked}"
    at = f" from {when(fate.next_try_at)} on" if fate.attempts and fate.next_try_at else ""
    yield f"{asked} at the next harvest{at}."


def _judged(row: ArticleRow, fate: Fate, *, withheld: bool) -> Iterator[str]:
    if fate.rescued:
        yield "A person put it into the queue, whatever the verdict."
    if row.score is None:
        if fate.version and fate.copy_of is None:
            yield "It was read and waits for a verdict."
        return
    if withheld:
        yield "It went to the queue; its score is told once somebody has decided."
        return
    meaning = words.chance(row.score)
    scored = f"It was judged {words.score(row.score)}, {meaning}"
    if row.route != "reject" or fate.threshold is None:
        yield f"{scored}." + (" It went to the queue." if row.route == "queue" else "")
    else:
        line = f"{fate.threshold:.2f}".removeprefix("0")
        yield f"{scored}: below {line}, from which on articles were queued, so nobody was shown it."
    yield from _grounds(row.evidence)


def _grounds(evidence: str | None) -> Iterator[str]:
    """The three terms that weighed most on either side."""
    try:
        terms = read_evidence(evidence).contributions
    except (ValueError, TypeError, KeyError):
        return
    weighed = [term for term in terms if term.feature != "intercept"]
    for lead, sign in (("For it spoke", 1), ("Against it spoke", -1)):
        side = sorted((t for t in weighed if t.weight * sign > 0.05), key=lambda t: -abs(t.weight))
        if side:
            named = ", ".join(f"{term.label} {words.weight(term.weight)}" for term in side[:3])
            yield f"{lead} {named}."
