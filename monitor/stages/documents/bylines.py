"""What the lines of a text say of it: who signs, its day, where it was published."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.stages.documents.values import Passage, Said

_BY = re.compile(
    r"^(?:by|written by|author:|تحریر[:：]?|از قلم[:：]?|لیکوال[:：]?|نویسنده[:：]?)\s+"
    r"([^\d|,]{3,60}?)(?:\s*[|,–—-]\s*(.{6,40}))?$",
    re.IGNORECASE,
)
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY = re.compile(
    r"^\W{0,3}(?:(?:published|posted|updated|dated?)(?: on)?:?\s+)?(?:\w{3,9}day,?\s+)?"
    rf"((?:(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+|\d{{1,2}}(?:st|nd|rd|th)?\s+"
    rf"(?:{_MONTHS})\.?,?\s+)(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)\b.{{0,30}}$",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    rf"^\W{{0,3}}published in ([\w .’'&-]{{2,60}}?), ((?:(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?"
    rf",? |\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTHS})\.?,? )(?:19|20)\d\d)",
    re.IGNORECASE,
)
_TOP = 4  # lines below the title in which a byline stands


def below_title(passages: Sequence[Passage]) -> tuple[Said, ...]:
    """Return what the first lines and the notice at the end say; nothing is guessed from prose."""
    lines = [passage.text for passage in passages if passage.text]
    found: list[Said] = []
    for line in lines[:_TOP]:
        by, day = _BY.match(line), _DAY.match(line)
        if by:
            found.append(Said(about="author", text=by[1].strip(), place="line below the title"))
            day = _DAY.match(by[2] or "")
        if day:
            found.append(Said(about="published", text=day[1], place="line below the title"))
    for line in [*lines[:_TOP], *lines[-8:]]:
        notice = _PUBLISHED.match(line[:200])
        if notice:
            where = "the line “published in”"
            found.append(Said(about="outlet", text=notice[1].strip(), place=where))
            found.append(Said(about="published", text=notice[2], place=where))
            break
    return tuple(found)
