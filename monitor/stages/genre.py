"""Report, op-ed, analysis or official statement: a first guess from what a text shows of itself.

The guess adds up marks: where the page stands, how the headline begins, who signs, and whether the
text reports what others said or argues itself. Each mark is a sentence a person can check; the
strongest become the reason. A reviewer has the last word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["report", "op_ed", "analysis", "statement", "unknown"]
Mark = tuple[Kind, float, str]

READ = 60_000  # characters of a body that are read
ENOUGH = 1.0  # weight below which nothing is guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """What kind of text it is at first guess, and why, as a sentence."""

    kind: Kind
    why: str


def genre(
    title: str, body: str, url: str = "", outlet: str = "", author: str | None = None,
    section: str = "",
) -> Genre:  # fmt: skip
    """Return the first guess. Never raises; a text that shows no mark is "unknown"."""
    body = body[:READ].strip()
    marks = [
        *_place(url, section),
        *_headline(title),
        *_signed(author or "", outlet, url),
        *_ends(body),
        *_begins(body),
        *_voice(body),
    ]
    weights: dict[Kind, float] = defaultdict(float)
    for kind, weight, _ in marks:
        weights[kind] += weight
    if max(weights.values(), default=0.0) < ENOUGH:
        return Genre(kind="unknown", why="nothing in the text or its address says")
    best = max(weights, key=lambda kind: weights[kind])
    said = sorted((m for m in marks if m[0] == best), key=lambda mark: -mark[1])
    return Genre(kind=best, why="; ".join(dict.fromkeys(why for _, _, why in said[:2])))


# --- where it stands ------------------------------------------------------------------------

_FOLDERS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "op_ed",
        re.compile(
            r"op-?eds?|opinions?|columns?|columnists?|editorials?|leaders?|comment(ary|isfree)?"
            r"|blogs?|voices|perspectives?|letters|views?|viewpoint|meinung|kommentare?|debats?"
            r"|idees|tribunes|opinion(es)?|mneni[ye]a?|kalam|idaria|column-urdu"
        ),
    ),
    (
        "analysis",
        re.compile(
            r"analys[ie]s|analyse|explainers?|insights?|in-?depth|long-?reads?|research|reports"
            r"|papers?|publications?|briefings?|policy-briefs?|prism|the-big-story|hintergrund"
        ),
    ),
    (
        "statement",
        re.compile(
            r"press-?releases?|pressreleases?|statements?|readouts?|communiques?|spokesperson"
            r"|press-?briefings?|transcripts?|media-?releases?|bayan"
        ),
    ),
)
_WORDS = {"op_ed": "opinion", "analysis": "analysis", "statement": "statements"}


def _place(url: str, section: str) -> Iterable[Mark]:
    try:
        parts = [part for part in urlsplit(url).path.lower().split("/") if part]
    except ValueError:
        parts = []
    for kind, folder in _FOLDERS:
        found = next((part for part in parts[:-1] if folder.fullmatch(part)), None)
        if found:
            yield kind, 3.0, f"the address says “{found}”"
        if section and folder.fullmatch(section.lower().strip()):
            yield kind, 3.0, f"its feed carries {section.lower().strip()}"


# --- how the headline begins ----------------------------------------------------------------

_TITLES: tuple[tuple[Kind, float, re.Pattern[str]], ...] = (
    (
        "op_ed", 3.0,
        re.compile(
            r"^(opinion|op-?ed|editorial|column|comment|kommentar|meinung|letters?|leitartikel"
            r"|اداریہ|کالم|سرمقاله|یادداشت|مقاله)\s*[:|–—-]|[|–—-]\s*(opinion|editorial)$",
            re.IGNORECASE,
        ),
    ),
    (
        "analysis", 3.0,
        re.compile(
            r"^((news )?analysis|explainer|explained|insight|in depth|hintergrund"
            r"|situationer|(war )?diary|تجزیہ|تحلیل)\b\s*[:|–—-]|\bexplained$"
            r"|^(what|why|how) .{8,90}[^?]$",
            re.IGNORECASE,
        ),
    ),
    (
        "statement", 3.0,
        re.compile(
            r"^(joint (statement|declaration|communiqu)|press (release|statement)|readout of"
            r"|transcript (of|:)|statement (by|of|on)|remarks (by|at)|communiqu|pr no)",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip


def _headline(title: str) -> Iterable[Mark]:
    title = title.strip()
    for kind, weight, opening in _TITLES:
        found = opening.search(title)
        if found:
            asks = kind == "analysis" and found[0].lower().startswith(("what ", "why ", "how "))
            why = "the headline explains" if asks else f"the headline says “{found[0].strip()}”"
            yield kind, 0.8 if asks else weight, why
    if title.endswith("?") and len(title.split()) >= 4:
        yield "op_ed", 0.6, "the headline asks"
        yield "analysis", 0.6, "the headline asks"


# --- who signs ------------------------------------------------------------------------------

_OFFICES = re.compile(
    r"\b(ispr|inter-services public relations|ministry of|foreign office|press information"
    r" department|office of the (spokes\w+|prime minister|president)|state department|al-?emarah"
    r"|islamic emirate|unama press|white house)\b",
    re.IGNORECASE,
)
_OFFICE_HOSTS = re.compile(
    r"(^|\.)(gov|mil|gob|gouv|govt)(\.[a-z]{2})?$|(^|\.)(ispr|mofa|pid|alemarah\w*|alemara\w*)\."
    r"|^(press|news)\.un\.org$"
)
_INSTITUTES = re.compile(
    r"think.?tank|\b(institut\w*|research|crisis group|stiftung|foundation|policy|strategic"
    r"|rusi|csis|ispi|orf|usip|sipri|iiss|carnegie|brookings|chatham house|stimson"
    r"|analysts network|jamestown|atlantic council|observer research|for strategic studies"
    r"|cent(re|er) for)\b",
    re.IGNORECASE,
)
_INSTITUTE_HOSTS = re.compile(
    r"(^|\.)(rusi|csis|crisisgroup|carnegieendowment|brookings|chathamhouse|stimson|usip|sipri"
    r"|iiss|jamestown|atlanticcouncil|orfonline|afghanistan-analysts|ispionline|issi|ipripak"
    r"|pakpips|picss|warontherocks|merics|swp-berlin|foreignaffairs|thediplomat)\."
)


def _signed(author: str, outlet: str, url: str) -> Iterable[Mark]:
    host = _host(url)
    if _OFFICE_HOSTS.search(host):
        yield "statement", 2.5, f"an office publishes it ({host})"
    if _OFFICES.search(author):
        yield "statement", 2.5, "an office signs it"
    if _OFFICES.search(outlet):
        yield "statement", 2.0, "an office publishes it"
    if re.fullmatch(r"\W*(editorial( board)?|the editors?|اداریہ)\W*", author, re.IGNORECASE):
        yield "op_ed", 3.0, "it is an editorial: the paper itself signs"
    if _INSTITUTES.search(outlet) or _INSTITUTE_HOSTS.search(host):
        yield "analysis", 2.0, "an institute or journal of analysis publishes it"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


# --- how it ends and begins -----------------------------------------------------------------

_WRITER = re.compile(
    r"\bthe (writer|columnist)s? (is|are|was|were|has|can|teaches|works|heads|tweets)\b"
    r"|\b(e-?mail|x|twitter)\s*:\s*\S*@\S+|لکھاری|مضمون نگار|کالم نگار"
    r"|views? expressed (in this|here|by the (author|writer))|the opinions? expressed",
    re.IGNORECASE,
)
_SCHOLAR = re.compile(
    r"\bthe authors? (is|are|was|has)\b|\bis an? (\w+[ -]){0,6}(fellow|researcher|scholar|analyst"
    r"|lecturer|professor|candidate|director|historian|economist|expert)\b|\babout the authors?\b"
    r"|\b(his|her|their) research (focuses|interests|examines)\b",
    re.IGNORECASE,
)
_STUDY = re.compile(
    r"\bthis (paper|report|article|study|brief|essay|monograph|commentary|analysis) (\w+ )?"
    r"(examin|argu|explor|assess|seek|discuss|explain|consider|look|differs|analy)"
    r"|\b(executive summary|introduction)\b|\bthe (paper|author) (also )?(examin|argu|discuss|anal)"
    r"|following (blog|article|piece) was written",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"^\W*(for immediate release|press release|pr[- ]?no\.?\s?\d|media release|no\. ?pr-?\d"
    r"|joint (statement|declaration|communiqu\w+)\b|statement by the\b|the following (statement|is"
    r" (a|the) (statement|text))|in the name of allah)"
    r"|^[A-Z][a-z]+(?: \d{1,2})?,? \d{1,2} \w+ 20\d\d\s*[:–-]",
    re.IGNORECASE,
)
# What a text must hold, in small letters, for one of these to be found in it: they begin anywhere,
# so that a search costs a hundred times what it costs to look for these.
_WRITER_SIGNS = (
    "the writer", "the columnist", "@", "لکھاری", "مضمون نگار", "کالم نگار", "expressed",
)  # fmt: skip
_SCHOLAR_SIGNS = (
    "the author", "fellow", "research", "scholar", "analyst", "lecturer", "professor", "candidate",
    "director", "historian", "economist", "expert",
)  # fmt: skip
_STUDY_SIGNS = (
    "this paper", "this report", "this article", "this study", "this brief", "this essay",
    "this monograph", "this commentary", "this analysis", "executive summary", "introduction",
    "the paper", "the author", "following",
)  # fmt: skip
_CAPITALS = re.compile(r"^\W*(?:[A-Z][A-Z’']+|[A-Z]\.?|I)(?: [A-Z][A-Z’',]+){0,5},? [a-z]")
_DATELINE = re.compile(
    r"^\W*(?:[A-Z][\w.'’-]+(?:[ /]+[A-Z][\w.'’-]+){0,3}|[A-Z .,/'’-]{3,60})"
    r"(?: ?\((?:[A-Z]{2,10}|Reuters|AFP|AP|dpa)\))? ?(?::|—|--| - |–)"
)
_AGENCY = re.compile(r"\b(afp|reuters|app|ap|our correspondent|staff report(er)?|inp|online)\W*$")
_DAWN = re.compile(r"published in dawn", re.IGNORECASE)
_FURNITURE = re.compile(r"(\bcomments?|copyright ©.{0,120})\s*$", re.IGNORECASE | re.DOTALL)


def _small(text: str) -> str:
    """Return a text with every letter small that a pattern would take for a small one of ASCII."""
    return text.casefold().replace("i\u0307", "i").replace("\u0131", "i")


def _holds(small: str, signs: Iterable[str]) -> bool:
    return any(sign in small for sign in signs)


def _ends(body: str) -> Iterable[Mark]:
    end = _FURNITURE.sub("", body[-1500:])[-900:]
    small = _small(end)
    if _holds(small, _WRITER_SIGNS) and _WRITER.search(end):
        yield "op_ed", 2.5, "its end tells who the writer is"
    elif len(body) > 2500 and _holds(small, _SCHOLAR_SIGNS) and _SCHOLAR.search(end[-700:]):
        yield "analysis", 1.2, "its end tells what its author works on"
    if _AGENCY.search(end[-60:].lower().strip()):
        yield "report", 1.0, "it ends with an agency's name"
    if "published in dawn" in small and _DAWN.search(end) and _CAPITALS.match(body):
        yield "op_ed", 1.0, "it begins as the paper's columns do"


def _begins(body: str) -> Iterable[Mark]:
    head = body[:1500]
    if _RELEASE.search(head[:200]):
        yield "statement", 2.5, "it begins as a press release does"
    if len(body) > 2500 and _holds(_small(head), _STUDY_SIGNS) and _STUDY.search(head):
        yield "analysis", 1.5, "its beginning says what the paper examines"
    if re.search(r"^\W{0,3}(editorial|opinion)\b", head, re.IGNORECASE):
        yield "op_ed", 2.0, "it begins with the word"
    if len(body) > 1500 and _CAPITALS.match(head) and not _DATELINE.match(head):
        yield "op_ed", 1.2, "it begins with words in capitals and no place, as columns do"
    elif _DATELINE.match(head):
        yield "report", 1.5, "it begins with a place, as reports do"


# --- how it speaks --------------------------------------------------------------------------

# One class of characters to begin with, so that the search runs from mark to mark.
_QUOTED = re.compile(
    r"[“\"'‘](?:(?<=[“\"])[^”\"]{0,600}[”\"]|(?<=['‘])(?<!\w['‘])[^'’\n]{0,300}['’](?!\w))"
)
_SAID = re.compile(
    r"\b(said|says|told|added|stated|according to|announced|confirmed|claimed|denied|reported"
    r"|directed|urged|warned|remarked|noted that|sources|officials?|police|spokes\w+)\b"
    r"|کہا|مطابق|بتایا|گفت|وویل|قال|laut|sagte|selon|dijo|сообщил\w*"
)
_WHEN = re.compile(
    r"\bon (mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(yesterday|today|last night)\b"
    r"|\b(mon|tues|wednes|thurs|fri|satur|sun)day\b"
)
_SELF = re.compile(r"\b(i|my|me|we|our|us|one)\b")
_URGES = re.compile(
    r"\b(must|should|ought|need(s)? to|cannot|unfortunately|sadly|indeed|perhaps|arguably|of course"
    r"|it is (time|clear|imperative|essential|no (secret|surprise))|imperative|crucial|yet"
    r"|alas|after all|the question (is|remains)|the truth is|in other words|moreover)\b|چاہیے"
)


# The same three counts for a text in Latin letters, from its words: a pattern that begins with the
# edge of a word is tried at every letter, which took a millisecond a text.
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1dff\ufb1d-\ufeff]")
_ALONE = re.compile(r"\w+")
_SAYS = frozenset(
    """
    said says told added stated announced confirmed claimed denied reported directed urged warned
    remarked sources official officials police
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
_WITHIN = ("laut", "sagte", "selon", "dijo")  # wherever they stand, in a longer word too
_URGE = frozenset(
    """
    must should ought cannot unfortunately sadly indeed perhaps arguably imperative crucial yet alas
    moreover
    """.split()  # noqa: SIM905
)
_OWN = frozenset("i my me we our us one".split())  # noqa: SIM905
_COUNTED = _SAYS | _URGE | _OWN
_BOTH = re.compile(r"\bspokes\w*?(?:laut|sagte|selon|dijo)")  # one word that would count twice


def _phrase(start: str, rest: str = r"\b") -> re.Pattern[str]:
    """Return a pattern for a phrase that begins a word: it is searched for by its first letters."""
    return re.compile(rf"{start}(?<!\w{start}){rest}")


_SAY_PHRASES = {
    "according to": _phrase("according to"),
    "noted that": _phrase("noted that"),
    "spokes": _phrase("spokes", r"\w+"),
}
_URGE_PHRASES = {
    "need": _phrase("need", r"(?:s)? to\b"),
    "of course": _phrase("of course"),
    "it is ": _phrase("it is ", r"(?:time|clear|essential|no (?:secret|surprise))\b"),
    "after all": _phrase("after all"),
    "the question ": _phrase("the question ", r"(?:is|remains)\b"),
    "the truth is": _phrase("the truth is"),
    "in other words": _phrase("in other words"),
}


def _counted(own: str, pieces: Sequence[str]) -> tuple[int, int, int]:
    """Count what tells what others said, what urges, and what speaks of oneself.

    ``pieces`` is the same text without its blanks.
    """
    if _OTHER_SCRIPT.search(own) or ("spokes" in own and _BOTH.search(own)):
        return tuple(len(one.findall(own)) for one in (_SAID, _URGES, _SELF))  # type: ignore[return-value]
    # Four pieces in five are a word as they stand; only the others are taken apart.
    mixed = " ".join(piece for piece in pieces if not piece.isalnum())
    met = [*filter(_COUNTED.__contains__, chain(pieces, _ALONE.findall(mixed)))]
    return (
        sum(map(_SAYS.__contains__, met)) + sum(map(own.count, _WITHIN)) + _met(_SAY_PHRASES, own),
        sum(map(_URGE.__contains__, met)) + _met(_URGE_PHRASES, own),
        sum(map(_OWN.__contains__, met)),
    )


def _met(phrases: Mapping[str, re.Pattern[str]], own: str) -> int:
    return sum(len(phrase.findall(own)) for start, phrase in phrases.items() if start in own)


def _voice(body: str) -> Iterable[Mark]:
    """Yield what the proportion of reporting and arguing says; quotations argue for others."""
    own = _QUOTED.sub(" ", body).casefold()
    pieces = own.split()
    words = len(pieces)
    if words < 5:
        return
    told, urges, self = _counted(own, pieces)
    said = 100 * told / words
    dated = bool(_WHEN.search(own[:700]))
    argues = 100 * (urges + 0.7 * self) / words
    argues += 60 * own.count("?") / words
    if said >= 1.0:
        yield "report", min(2.0, 0.5 + said / 2), "it tells what others said"
    if dated:
        yield "report", 0.9, "it begins with the day of an event"
    if words < 150:
        yield "report", 1.0, "it is as short as a brief"
    elif argues >= 1.0 and argues > said:
        yield "op_ed", min(2.2, argues), "it argues more than it reports"
    elif said < 0.6 and words >= 600 and not dated:
        yield "analysis", 1.1, "it is long and hardly tells what others said"
    elif 0.4 <= said < 1.0:
        yield "report", 0.6, "it tells a little of what others said"
