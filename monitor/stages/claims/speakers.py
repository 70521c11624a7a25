"""Who says it: a person with an office, an institution, a report – or nobody, in so many words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from monitor.stages.claims.names import PLACES, VOICES, Found
from monitor.stages.claims.numbers import NUMBER_WORDS
from monitor.stages.claims.prose import Sentence
from monitor.stages.claims.sentences import Token, listed
from monitor.stages.claims.subjects import (
    BODIES,
    OFFICES,
    SAYING,
    after_verb,
    before_verb,
    saying,
)
from monitor.stages.claims.values import Speaker

_TITLES = listed(
    "mr mrs ms dr gen lt maj col brig capt sheikh mufti maulana mullah mawlawi maulvi haji "
    "syed qari hafiz field lt-gen major-general retd"
)
_LEADING = listed("in of from to with for by at near into against across inside and")
_PRONOUNS = frozenset({"he", "she"})
_ACCORDING = re.compile(
    r"\b(?i:according to|citing|quoting|as per)\s+(?P<who>[^,.;:“”\"\n]{2,140})"
)
_CITING = listed("according citing quoting per")  # one of them stands in every such place
_CUT = re.compile(
    r"\s(?:that|which|who|at least|has|have|had|was|were|is|are|on (?:Mon|Tues|Wednes|Thurs|Fri"
    r"|Satur|Sun)day|in an?|released|published|issued|obtained|compiled|quoted|said|and (?:at"
    r" least|more))\b.*",
    re.DOTALL,
)
_WORDY = re.compile(
    r"(?i)\W*(?:(?:the|a|an|another|some|one(?!\s+of\b)|but|and|meanwhile|earlier|later|however)\s+)*"
)


class Voice(NamedTuple):
    """A speaker and the place of the verb; ``pronoun`` stands for somebody named before."""

    speaker: Speaker | None
    at: int  # code point in the sentence
    pronoun: bool = False
    short: bool = False  # by a name given in full before


def voices(
    said: Sentence, heard: Sequence[Speaker] = (), *, verbs: AbstractSet[str] = SAYING
) -> list[Voice]:
    """Return who is said to say something in a sentence, in order of place.

    ``heard`` are those who spoke before: a surname means the one of them who bears it. ``verbs``
    count as saying.
    """
    out = _cited(said)
    if said.may_hold(verbs):
        spoken = (
            _of_verb(said.text, said.words, at, said.named, heard)
            for at in saying(said.words, verbs)
        )
        out += [voice for voice in spoken if voice is not None]
    return sorted(out, key=lambda voice: voice.at)


def _cited(said: Sentence) -> list[Voice]:
    """Who is named as a source: "according to police"."""
    out: list[Voice] = []
    if not said.may_hold(_CITING):
        return out
    for found in _ACCORDING.finditer(said.text):
        who = _CUT.sub("", found.group("who"))
        inside = [
            n
            for n in said.named
            if found.start("who") <= said.words[n.first].start < found.start("who") + len(who)
        ]
        speaker = _speaker(who, inside)
        if speaker is not None:
            out.append(Voice(speaker, found.start()))
    return out


def headline_voice(title: str, words: Sequence[Token], known: Sequence[Found]) -> Speaker | None:
    """Return who a headline names as its source: "Toll rises to 12: police", "Police: toll 12"."""
    head, colon, tail = title.rpartition(":")
    if not colon or not tail.strip():
        return None
    for part, start in ((tail, len(head) + 1), (head, 0)):
        if len(part.split()) <= 5:
            end = start + len(part)
            inside = [
                n for n in known if start <= words[n.first].start < end and n.name.kind in VOICES
            ]
            said = [word for word in words if start <= word.start < end]
            if any(word.kind == "number" or word.low in NUMBER_WORDS for word in said):
                continue  # "Peshawar: Five police killed" is what is told
            low = {word.low for word in said}
            if (inside or low & (BODIES | OFFICES)) and (speaker := _speaker(part, inside)):
                return speaker
    return None


def _of_verb(
    sentence: str, words: Sequence[Token], at: int, known: Sequence[Found],
    heard: Sequence[Speaker],
) -> Voice | None:  # fmt: skip
    place = words[at].start
    first, last = before_verb(words, at)
    if last - first == 1:
        led = words[first - 1].low if first else ""
        voice = _of_one_word(words[first], place, [] if led in _LEADING else known, heard, first)
        if voice is not None:
            return voice
    if first < last:
        speaker = _from_tokens(sentence, words, first, last, known)
        if speaker is not None:
            return Voice(speaker, place)
    if not _inverted(words, at):
        return None
    speaker = _from_tokens(sentence, words, at + 1, after_verb(words, at + 1), known)
    return Voice(speaker, place) if speaker is not None else None


def _inverted(words: Sequence[Token], at: int) -> bool:
    """Whether the speaker follows the verb: “…,” said Mujahid; "Four killed in raid says ISPR"."""
    if words[at].low in {"said", "says", "told", "added"} and (
        at == 0 or words[at - 1].low in {",", "”", '"', "'", "’"}
    ):
        return True
    return words[at].low in {"says", "claims"} and 1 <= len(words) - at - 1 <= 4


def _of_one_word(
    word: Token, place: int, known: Sequence[Found], heard: Sequence[Speaker], at: int
) -> Voice | None:
    """Return who one word means: "he", a surname known from before, a capital's government."""
    if word.low in _PRONOUNS:
        return Voice(None, place, pronoun=True)
    fuller = {one.name: one for one in heard if one.name.split()[-1] == word.text}
    if len(fuller) == 1:
        return Voice(next(iter(fuller.values())), place, short=True)
    if word.text in POWERS:
        return Voice(Speaker(name=word.text), place)
    spot = next((n for n in known if n.first == at and n.name.kind in PLACES), None)
    if spot is not None and spot.last == at + 1:
        return Voice(Speaker(name=spot.text, side=spot.name.side), place)
    return None


# Who speaks of a region by the name of a country or its capital, and is no side of the topic.
POWERS = frozenset(
    (
        *("China", "Beijing", "Washington", "Iran", "Tehran", "Russia", "Moscow", "India"),
        *("Delhi", "Qatar", "Doha", "Turkey", "Türkiye", "Turkiye", "Ankara", "Riyadh", "Tashkent"),
        *("Uzbekistan", "Tajikistan", "Dushanbe", "Turkmenistan", "Britain", "London", "Brussels"),
        *("Germany", "Berlin", "France", "Paris", "Japan", "Australia", "Canada", "Norway"),
    )
)
BODIES_CALLED = listed(
    "nations union league conference watch international crescent cross states kingdom arabia"
    " alliance amnesty crescent"
)
_CALLED = BODIES_CALLED | listed(
    "foundation association chamber federation society trust corps front movement congress republic"
    " academy university college school board charity"
)
"""Words in the names of bodies that speak; with a small letter these tell nothing."""
_NOBODY = listed("observatory monitor")
_OF = listed("of from at for with")


def _from_tokens(
    sentence: str, words: Sequence[Token], first: int, last: int, known: Sequence[Found]
) -> Speaker | None:
    if first >= last or first >= len(words):
        return None
    text = sentence[words[first].start : words[last - 1].end]
    inside = [name for name in known if first <= name.first < last]
    return _speaker(text, inside)


def _speaker(text: str, known: Sequence[Found]) -> Speaker | None:
    """Read a noun phrase as a name with its office; None when it names nobody who can speak."""
    text = " ".join(text.replace("\u00ad", "").split())
    text = _WORDY.sub("", text, count=1) if _WORDY.match(text) else text
    text = text.strip(" ,'’‘-–")
    if text.count("(") != text.count(")"):
        text = text.replace("(", " ").replace(")", " ")
    if not text or len(text) > 160:
        return None
    people = [name for name in known if name.name.kind == "person"]
    bodies = [name for name in known if name.name.kind in {"institution", "group"}]
    name, office = _split(text)
    if people and not name:
        spelt = people[-1].text
        if not (set(spelt.lower().split()) & OFFICES):
            rest = text.replace(spelt, "").strip(" ,")
            led = any(_role(word.strip(",.'’()")) for word in rest.split())
            name, office = spelt, office or (rest if led else "")
    # A short name may be anybody's: "Ghani" in "Waqas Ghani" is nobody the topic knows.
    sure = [n for n in people if " " in n.text or n.text == name]
    side = next((n.name.side for n in [*sure, *bodies]), "")
    if name:
        return Speaker(name=name, office=office, side=side, person=True)
    low = {word.strip("'’s,.()").lower() for word in text.split()} | {text.lower().split()[-1]}
    if bodies or low & (BODIES | OFFICES | BODIES_CALLED) or _is_called(text.split()):
        return Speaker(name=_short(text), office="", side=side)
    return None


def _short(text: str) -> str:
    words = [word for word in text.split() if not (word.islower() and word.endswith("ly"))]
    return " ".join(words[:12])


def _split(text: str) -> tuple[str, str]:
    """Part a phrase into the person's name and the office; the name is empty for an institution."""
    main, _, apposed = text.partition(",")
    words = main.split()
    if not apposed and (of := _one_of(words)):
        return of
    run = 0
    for word in reversed(words):
        bare = word.strip("'’()“”\"").rstrip(".")
        if (
            word.startswith("(")
            or not bare[:1].isupper()
            or _role(bare)
            or (bare.isupper() and len(bare) > 3)
        ):
            break
        run += 1
    name_words = words[len(words) - run :]
    while name_words and _is_title(name_words[0]):
        name_words = name_words[1:]
    office = " ".join(words[: len(words) - run]).removesuffix(" at").removesuffix(" for")
    if words[len(words) - run - 1 : len(words) - run] in (
        ["of"],
        ["for"],
        ["on"],
        ["to"],
        ["in"],
    ) and run < len(words):
        return "", ""  # "the State Bank of Pakistan"
    name = " ".join(name_words)
    if name.endswith(("'s", "’s")):
        return "", ""
    led = any(_role(word.strip(",.'’()")) for word in words[: len(words) - run])
    said_of = bool({word.strip(",.'’()").lower() for word in apposed.split()} & OFFICES)
    if not 1 <= len(name_words) <= 5 or not (led or said_of or _is_person(name_words)):
        return "", ""
    if office and not led:
        office = ""
    if not led and said_of:
        office = " ".join((office + " " + apposed).split())
    return name, " ".join(office.split()).strip(" ,")


def _one_of(words: Sequence[str]) -> tuple[str, str] | None:
    """Part "Saif Ullah of the Edhi Foundation", "Ambassador Mansoor Khan of Pakistan"."""
    at = next((at for at, word in enumerate(words) if word in _OF), 0)
    first = max((n + 1 for n in range(at) if _role(words[n])), default=0)
    while at - first > 2 and _is_title(words[first]):
        first += 1
    name, rest = words[first:at], words[at + 1 :]
    if not rest or not _is_person(name):
        return None
    if any(map(_role, rest[:-2])) and _is_person(rest[-2:]):
        return None  # "Commercial Counsel of Canadian High Commission Daniel Arsenault"
    led = [word for word in words[:first] if not _is_title(word)]
    return " ".join(name), " ".join(led or rest[rest[0] in {"the", "a", "an"} :])


def _is_title(word: str) -> bool:
    return word.strip(".,").lower() in _TITLES


def _is_called(words: Sequence[str], called: AbstractSet[str] = _CALLED) -> bool:
    bare = (word.strip("'’().,“”") for word in words)
    return any(word[:1].isupper() and word.lower() in called for word in bare)


def _role(word: str) -> bool:
    low = word.lower().rstrip("s") if word.lower().rstrip("s") in OFFICES else word.lower()
    return low in OFFICES or low in BODIES


def _is_person(words: Sequence[str]) -> bool:
    """Two to four capitalised words and no word of an institution: a person, until told better."""
    bare = [word.strip("'’().,“”") for word in words]
    return (
        2 <= len(bare) <= 4
        and all(word[:1].isupper() and (not word.isupper() or len(word) <= 2) for word in bare)
        and not any(map(_role, bare))
        and not _is_called(bare, _CALLED | _NOBODY)
    )
