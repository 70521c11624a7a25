"""Statements that are no figure: who claims or denies that an attack was theirs."""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.stages.claims.prose import Sentence
from monitor.stages.claims.sentences import listed

_ATTACK = r"(?:attack|bombing|blast|raid|ambush|explosion|assault|strike|shooting|killings?)s?"
_SAID = re.compile(
    rf"""
    \b(?P<verb>claim(?:ed|s|ing)?|den(?:ied|ies|ying)|accept(?:ed|s|ing)?|disown(?:ed|s)?
      |took|takes|taking|taken|reject(?:ed|s|ing)?)\s+
      (?:(?:the|any|full|sole)\s+)?(?P<what>responsibility|involvement)\b
  | \b(?P<passive>responsibility\b[^.;,]{{0,60}}\bwas\s+(?P<done>claimed|denied))\s+by\b
  | \b(?P<for>{_ATTACK})\b[^.;]{{0,40}}\b(?:was|were)\s+claimed\s+by\b
  | \b(?P<took>claim(?:ed|s))\s+(?:the|this|that|both|all)\s+(?:\w+\s+)?{_ATTACK}\b
      (?!\s+(?:killed|left|was|were|had|wounded|took|could|would|targeted|destroyed|on\s+\w+\s+(?:killed|left)))
  | \b(?:said|says|saying|stated|announced|declared)\s+(?:that\s+)?
      (?P<self>(?:it|they|(?:one\s+of\s+)?(?:its|their)\s+(?:\w+\s+){{0,2}}\w+)\s+
      (?:had\s+|has\s+|have\s+)?(?:carried\s+out|conducted|staged|(?:was|were)\s+behind
      |(?:was|were)\s+responsible\s+for)\s+(?:the|this|that)\s+(?:\w+\s+)?{_ATTACK})\b
  | \b(?P<refused>(?:den(?:ied|ies|ying)|reject(?:ed|s|ing)?)\s+(?:
      (?:that\s+)?(?:it|they|the\s+\w+|its\s+\w+)\s+(?:had\s+been\s+|was\s+|were\s+|is\s+)
        (?:behind|involved|responsible|linked)
      |(?:any|having\s+(?:any|a)|having\s+had\s+any)\s+(?:role|hand|part|link|connection)
      |being\s+(?:behind|involved|responsible)
      |carrying\s+out)
      |distanced\s+(?:itself|themselves)\s+from\s+the
      |(?:had|has|have)\s+nothing\s+to\s+do\s+with)\b
    """,
    re.VERBOSE,
)
# Words of which every way to say it has one.
_SIGNS = listed(
    "responsibility involvement claimed claims carried conducted staged behind responsible denied "
    "denies denying reject rejected rejects rejecting distanced nothing"
)
_NOBODY = re.compile(
    r"\b(?i:none|no\s+(?:militant\s+|armed\s+|terrorist\s+|other\s+)?(?:groups?|one|organi[sz]ations?|outfits?)|nobody|neither)\b"
)

# What was not, or not yet, said: "has not claimed", "is yet to claim", "if it claimed".
_UNSAID = re.compile(
    r"(?:\b(?:not|never|cannot|yet\s+to|(?:refus|declin|hesitat)\w+\s+to)|n['’]t)\s+(?:\w+ly\s+)?\Z"
    r"|\bneither\s+\w+\s+nor\s+\Z|\b(?i:if|unless|whether)\b[^,;]*\Z"
    r"|\b(?:often|routinely|regularly|frequently|usually|typically|sometimes)\s+\Z"
)
# What is told of other attacks: "for such attacks", "in the past".
_ELSEWHERE = re.compile(
    r"\A\s+for\s+(?:\w+\s+)?(?:similar|such|previous|past|earlier|other)\b|\A[^.;]{0,60}\bin\s+the\s+past\b"
)
_BY_NOBODY = re.compile(r"\A\s+(?:no|none|nobody)\b")


class Stated(NamedTuple):
    """The words, their place in the sentence, and what they say: "claimed", "denied", "nobody"."""

    text: str
    start: int
    end: int
    what: str
    passive: bool


def stated(said: Sentence) -> Stated | None:
    """Return what a sentence says of responsibility; None when it says nothing of it."""
    sentence = said.text
    found = _SAID.search(sentence) if said.may_hold(_SIGNS) else None
    if found is None:
        return None
    before, behind = sentence[: found.start()], sentence[found.end() :]
    if _UNSAID.search(before) or _ELSEWHERE.match(behind):
        return None
    verb = (found.group("verb") or found.group("done") or "claimed").lower()
    refused = found.group("refused") is not None
    what = "denied" if refused or verb.startswith(("den", "disown", "reject")) else "claimed"
    if _NOBODY.search(before) or _BY_NOBODY.match(behind):
        what = "nobody"
    passive = found.group("passive") is not None or found.group("for") is not None
    return Stated(found.group(), found.start(), found.end(), what, passive)
