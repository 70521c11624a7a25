"""Statements that are no figure: who claims or denies that an attack was theirs."""

from __future__ import annotations

import re
from typing import NamedTuple

_SAID = re.compile(
    r"\b(?P<verb>claim(?:ed|s|ing)?|den(?:ied|ies|ying)|accept(?:ed|s|ing)?|disown(?:ed|s)?)\s+"
    r"(?:(?:the|any|full|sole)\s+)?(?P<what>responsibility|involvement)\b"
    r"|\b(?P<passive>responsibility\b[^.;,]{0,60}\bwas\s+(?P<done>claimed|denied))\s+by\b"
    r"|\b(?P<for>attack|bombing|blast|raid|ambush|explosion)\b[^.;]{0,40}\b(?:was|were)\s+claimed\s+by\b"
)
_NOBODY = re.compile(
    r"\b(?i:no\s+(?:militant\s+|armed\s+|terrorist\s+|other\s+)?(?:groups?|one|organi[sz]ations?|outfits?)|nobody|neither)\b"
)


class Stated(NamedTuple):
    """The words, their place in the sentence, and what they say: "claimed", "denied", "nobody"."""

    text: str
    start: int
    end: int
    what: str
    passive: bool


def stated(sentence: str) -> Stated | None:
    """Return what a sentence says of responsibility; None when it says nothing of it."""
    found = _SAID.search(sentence)
    if found is None:
        return None
    verb = (found.group("verb") or found.group("done") or "claimed").lower()
    what = "denied" if verb.startswith(("den", "disown")) else "claimed"
    if _NOBODY.search(sentence[: found.start()]):
        what = "nobody"
    passive = found.group("verb") is None
    return Stated(found.group(), found.start(), found.end(), what, passive)
