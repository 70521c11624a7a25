"""What a figure is beside the toll: of another event, a part, what it was before, so many more.

Read from the words around it, with the cues of ``cues``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from monitor.stages.compose import cues
from store.lineage import ClaimRow

SAME_EVENT = timedelta(days=4)
"""A figure whose days lie further from its article's is background: last year's toll."""
_SPAN = timedelta(days=2)  # "this month" and "since 2021" add up many events


def loose_end(row: ClaimRow) -> Literal["", "least", "most", "vague"]:
    """Say how open a figure is: a floor, a ceiling, a range, a round word; "" for an exact one."""
    facts = row.facts
    if row.answer != "correct" and cues.VAGUE.search(facts.text):
        return "vague"
    if facts.least is not None and facts.most is not None:
        return "" if facts.least == facts.most else "vague"
    return "least" if facts.most is None else "most"


def around(row: ClaimRow) -> tuple[str, str]:
    """What stands before and after the figure in its sentence."""
    facts = row.facts
    first, last = facts.figure - facts.start, facts.figure_end - facts.start
    if not 0 <= first <= last <= len(facts.sentence):
        return "", ""
    return facts.sentence[:first], facts.sentence[last:]


def is_no_toll(before: str, after: str) -> bool:
    """A part of a figure, or what it was before it changed."""
    return bool(
        cues.PART.search(before)
        or cues.PART_AFTER.search(after)
        or cues.FORMER.search(before)
        or cues.FORMER_AFTER.search(after)
    )


def is_background(row: ClaimRow, at: datetime) -> bool:
    """Whether a figure, told at ``at``, is of another time or another event."""
    facts = row.facts
    if facts.until_on is not None and facts.since_on is not None:
        if facts.until_on - facts.since_on > _SPAN:
            return True
        if abs(at.date() - facts.until_on) > SAME_EVENT:
            return True
    if facts.part == "title":
        return False
    before, after = around(row)  # 1,990 returned refugees are no year
    said = f"{before};{after}" if before or after else facts.sentence
    years = {(at + timedelta(days=days)).year for days in (-7, 1)}
    if any(int(year) not in years for year in cues.YEAR.findall(said)):
        return True
    months = {f"{at + timedelta(days=ago):%B}" for ago in (-7, 0)}
    if any(month not in months for month in cues.MONTH.findall(facts.sentence)):
        return True
    return bool(cues.OTHER_EVENT.search(cues.COMPARISON.sub("", facts.sentence)))


def is_more(row: ClaimRow, before: str, after: str) -> bool:
    """So many on top of those told before: "three more", "another 14", "two of the wounded"."""
    facts = row.facts
    first = facts.subject.split(maxsplit=1)[:1]
    return bool(
        first in (["more"], ["further"], ["additional"])
        or cues.MORE_WORDS.search(facts.text)
        or cues.MORE.search(before)
        or cues.MORE_AFTER.search(after)
        or (facts.population == "killed" and cues.OF_THE_HURT.search(after))
    )
