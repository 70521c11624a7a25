"""``statements``: the sentences in which an article lets somebody speak, quoted or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from monitor.stages.claims.names import Names
from monitor.stages.claims.prose import Sentence, segmented
from monitor.stages.claims.sentences import listed
from monitor.stages.claims.speakers import BODIES_CALLED, POWERS, voices
from monitor.stages.claims.subjects import SAYING
from monitor.stages.claims.values import Speaker, Statement
from monitor.stages.claims.when import times

MOST_STATEMENTS = 40
_REMEMBERED = 12
_LONG_AGO = timedelta(days=4)
_EARLIER = re.compile(
    r"\b(?:had (?:earlier |previously |also )?(?:said|told|claimed|stated|warned|announced)"
    r"|earlier this (?:week|month|year)|last (?:week|month|year)|(?:days|weeks|months|years) ago)\b"
)
# Those for whom anybody may speak, and who speak in every report.
_ANYBODY = listed(
    "official officials source sources report reports resident residents local locals witness "
    "witnesses eyewitnesses elder elders doctor doctors rescuer rescuers survivor survivors "
    "relative relatives family trader traders police rescue hospital study survey data figures "
    "newspaper channel analyst analysts expert experts observers tribesmen villagers"
)
_BODIES = listed(
    "ministry ispr government govt emirate un unama unhcr mission embassy military army navy "
    "administration cabinet parliament nato eu taliban ttp"
)
_NAMED_BODIES = listed("office department commission council secretariat agency directorate")


_HOLDERS = listed(
    "minister secretary president premier ambassador envoy governor commissioner spokesperson "
    "spokesman spokeswoman adviser advisor general senator judge justice representative consul "
    "mayor pm cm"
)
# With what those who hold an office do by saying it; a figure is not theirs by it.
_SPEAKING = SAYING | listed(
    "blamed blames accused accuses called calls dismissed dismisses summoned summons demanded "
    "demands ordered orders rejects denies condemns voiced voices appealed appeals offered offers "
    "welcomed welcomes praised promised promises protested ruled mourned directed sought seeks"
)


def statements(
    body: str, *, published_on: date, names: Names | None = None,
    aside: Sequence[tuple[int, int]] = (), cut: Sequence[Sentence] | None = None,
) -> tuple[Statement, ...]:  # fmt: skip
    """Return who says something in which sentence, in order: persons, and bodies with a voice.

    "Police said" and "sources said" are left out: they speak in every report. So is what somebody
    had said at another time. ``cut``: the sentences of the body, where it is cut already. Reads at
    most 60,000 code points and gives at most 40; never raises for a text.
    """
    out: list[Statement] = []
    heard: list[Speaker] = []
    for one in segmented(body, names or Names()) if cut is None else cut:
        if any(start < one.end and one.start < end for start, end in aside):
            continue
        sentence = one.text
        told = voices(one, heard, verbs=_SPEAKING)
        for voice in told:
            speaker = voice.speaker
            if speaker is None or not _has_voice(speaker):
                continue
            if voice is not told[0] and _is_bare(speaker, sentence):
                continue  # "he said that Pakistan had asked": what he says of it
            heard = [*heard, speaker][-_REMEMBERED:]
            if not _of_another_time(sentence, published_on):
                out.append(Statement(speaker=speaker, sentence=sentence, start=one.start))
        if len(out) >= MOST_STATEMENTS:
            break
    return tuple(out[:MOST_STATEMENTS])


def _is_bare(speaker: Speaker, sentence: str) -> bool:
    """Whether a speaker is only the name of a country or capital, within another's words."""
    return (
        not speaker.person
        and f"that {speaker.name}" in sentence
        and re.search(rf"\bthat {re.escape(speaker.name)}\b", sentence) is not None
    )


def _has_voice(speaker: Speaker) -> bool:
    if speaker.person:
        return True
    words = {
        re.sub(r"['’]s?\Z", "", word.strip(",.()").casefold()) for word in speaker.name.split()
    }
    if speaker.name in POWERS or words & BODIES_CALLED:
        return True
    if words & _ANYBODY or words <= {"local", "state", "media", "social"}:
        return False
    if len(words) > 1 and words & (_HOLDERS | _NAMED_BODIES):
        return True  # "the foreign office", not "the president", who may be named a line above
    return bool(words & _BODIES) or bool(speaker.side)


def _of_another_time(sentence: str, published_on: date) -> bool:
    if _EARLIER.search(sentence):
        return True
    said = times(sentence, published_on)
    return bool(said) and all(when.until < published_on - _LONG_AGO for when in said)
