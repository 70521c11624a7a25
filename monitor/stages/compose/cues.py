"""Words beside a figure that say what it is: of another event, a part, what it was before."""

from __future__ import annotations

import re

YEAR = re.compile(r"\b(?:19|20)\d\d\b(?!\s+(?:people|persons|militants))")
_PERIOD = r"(?:day|week|month|year)s?"
OTHER_EVENT = re.compile(
    rf"\b(?:(?:a|one|two|three|some|few) {_PERIOD} (?:ago|earlier|before)|{_PERIOD} ago"
    rf"|earlier (?:this|in the) {_PERIOD}|last (?:week|month|year)|so far this|since 20\d\d"
    r"|in an? (?:\w+ )?(?:separate|similar|previous|different|related|earlier)"
    r"|another (?:attack|incident|blast|raid|bombing|strike)|separately|elsewhere"
    rf"|(?:past|previous|preceding) (?:\w+ )?{_PERIOD}|previous (?:attack|incident|blast)"
    rf"|in recent {_PERIOD}|in total since|annual)\b",
    re.IGNORECASE,
)
COMPARISON = re.compile(
    r",\s*(?:up|down|compared|from|higher|lower|against)\b[^,;]*", re.IGNORECASE
)
FORMER = re.compile(
    r"(?:\bfrom|\b(?:earlier|initial(?:ly)?|previous(?:ly)?|originally|first)\b[^.;,]{0,40}"
    r"|\binstead of|\brather than|\bnot|\bcompared (?:with|to))\s+(?:the\s+)?\Z",
    re.IGNORECASE,
)
FORMER_AFTER = re.compile(
    r"\A[^.;,]{0,30}\b(?:given|reported|announced|cited|put out|told|stated)"
    r" (?:earlier|initially|before|at first)",
    re.IGNORECASE,
)
MORE = re.compile(
    r"\b(?:another|further|additional|an extra)\s+(?:at least\s+|some\s+)?\Z", re.IGNORECASE
)
MORE_WORDS = re.compile(
    r"\A(?:another|an? further|an additional|additional|an extra)\b", re.IGNORECASE
)
OF_THE_HURT = re.compile(
    r"\A\s+of (?:the|those|its|their)\s+(?:\w+\s+)?(?:wounded|injured|hurt)\b", re.IGNORECASE
)
MORE_AFTER = re.compile(r"\A\s+(?:more|others|other|additional|further)\b", re.IGNORECASE)
PART = re.compile(
    r"\b(?:including|among (?:them|whom|those|the dead)|of (?:them|whom)|among)"
    r"\s+(?:at least\s+)?\Z",
    re.IGNORECASE,
)
PART_AFTER = re.compile(
    r"\A\s+(?:of (?:them|whom)\b|among"
    r"|of (?:the|those)\s+(?:\w+\s+){0,2}(?:dead|killed|slain|deceased|victims|martyr\w*|fatalit\w+"
    r"|casualties|deaths|bodies|injured|wounded|hurt|total)\b)",
    re.IGNORECASE,
)
MONTH = re.compile(
    r"\b(?:in|last|since)\s+(January|February|March|April|June|July|August|September|October"
    r"|November|December)\b"
)
REVISED = re.compile(
    r"\b(?:revis\w+|correct(?:ed|ion|s|ing)|lower(?:ed|s|ing)|reduc\w+|down|clarif\w+|amend\w+"
    r"|scal\w+ back|fewer|retract\w+|mistak\w+|counted twice|double[- ]count\w*|miscount\w*"
    r"|overcount\w*|alive|instead of|rather than|wrong(?:ly)?|error|withdr\w+|adjust\w+"
    r"|earlier (?:figure|toll|report|count|tally)|initial(?:ly)?|not \w+ as"
    r"|now (?:put|puts|say|says|said|stand|stands|believe))\b",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"\b(?:dozens?|scores|hundreds|thousands|several|many|few|some|nearly|about|around|almost"
    r"|roughly|approximately|close to|an estimated)\b",
    re.IGNORECASE,
)
