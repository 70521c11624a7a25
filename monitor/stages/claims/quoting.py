"""``quotes``: what an article lets officials say in their own words, and who they are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from monitor.stages.claims.names import Names
from monitor.stages.claims.prose import Sentence, segmented
from monitor.stages.claims.sentences import LONGEST_BODY
from monitor.stages.claims.speakers import Voice, voices
from monitor.stages.claims.subjects import saying
from monitor.stages.claims.values import Quote, Speaker
from monitor.stages.claims.when import times

MOST_QUOTES = 40
MOST_TRIED = 300  # pairs of marks; more is no article
FEWEST_WORDS = 4
LONGEST_QUOTE = 700
NEAR = 170  # code points beside the marks in which the speaker stands
_REMEMBERED = 12
LATELY = 1_600  # code points back in which "he" may find whom it means
_MARKED = re.compile(rf"“([^“”\n]{{8,{LONGEST_QUOTE}}})(?:”|\n)|\"([^\"\n]{{8,{LONGEST_QUOTE}}})\"")
_GOES_ON = re.compile(r"[,?!…—-]\Z")
_LOWER = re.compile(r"\A[\s,]*[a-z]")

# What is quoted is what the sentence speaks of, and nobody's words: "“…” was chanted as …".
_SUBJECT = re.compile(r"\A[\s,]*(?:was|were|is|are|has|had|have|as|while)\b")
_OTHERS = re.compile(r"\bas saying\W*\Z")  # "quoted Mujahid as saying"


class _Heard(NamedTuple):
    at: int
    speaker: Speaker


@dataclass(slots=True)
class _Ear:
    """Who spoke so far in the article, to tell whom a short name or a pronoun means."""

    names: Names
    heard: list[_Heard]

    def hear(self, at: int, voice: Voice) -> None:
        if voice.speaker is not None and voice.speaker.person:
            self.heard.append(_Heard(at, voice.speaker))

    def meant(self, at: int) -> Speaker | None:
        """Whom "he" means: the one person who spoke lately, if it was one."""
        lately = {
            _key(one.speaker): one.speaker for one in self.heard if at - LATELY <= one.at < at
        }
        return next(iter(lately.values())) if len(lately) == 1 else None

    def full(self, speaker: Speaker) -> Speaker | None:
        """The one fuller name that ends in this one, with its office; None when there are more."""
        fuller = {
            one.speaker.name: one.speaker
            for one in self.heard
            if (one.speaker.office or one.speaker.side)
            and (one.speaker.name == speaker.name or one.speaker.name.endswith(f" {speaker.name}"))
        }
        ends = {name.rsplit(" ", 2)[-1] for name in fuller}
        if not fuller or (len(fuller) > 1 and len({name.split()[0] for name in fuller}) > 1):
            return None
        return max(fuller.values(), key=lambda one: len(one.name)) if ends else None


def quotes(body: str, *, published_on: date, names: Names | None = None,
           aside: Sequence[tuple[int, int]] = (), cut: Sequence[Sentence] | None = None,
           ) -> tuple[Quote, ...]:  # fmt: skip
    """Return the words that officials are quoted with, in order.

    An official has an office beside the name, there or earlier in the article, or is a name that
    the topic knows. Words whose speaker is in doubt are left out: "he said" counts only where one
    person spoke lately. ``cut``: the sentences of the body, where it is cut already. Reads at most
    60,000 code points; never raises for a text.
    """
    body = body[:LONGEST_BODY]
    known = names or Names()
    cut = segmented(body, known) if cut is None else cut
    starts = [sentence.start for sentence in cut]
    ear = _Ear(known, [])
    out: list[Quote] = []
    read = 0
    for found in islice(_MARKED.finditer(body), MOST_TRIED):
        words = found.group(1) or found.group(2)
        if len(words.split()) < FEWEST_WORDS or any(
            a < found.end() and found.start() < b for a, b in aside
        ):
            continue
        first = max(0, bisect_right(starts, found.start()) - 1)
        last = max(first, bisect_right(starts, found.end() - 1) - 1)
        for sentence in cut[read:first]:
            _listen(ear, sentence)
        read = max(read, first)
        quote = _quote(ear, body, found, cut[first].start, cut[last].end, published_on)
        if quote is not None:
            out.append(quote)
        if len(out) == MOST_QUOTES:
            break
    return tuple(out)


def _listen(ear: _Ear, sentence: Sentence) -> None:
    for voice in _told(ear, sentence):
        ear.hear(sentence.start + voice.at, voice)


def _told(ear: _Ear, said: Sentence) -> list[Voice]:
    return voices(said, [one.speaker for one in ear.heard[-_REMEMBERED:]])


def _stretch(ear: _Ear, body: str, start: int, end: int) -> Sentence:
    return Sentence(text=body[start:end], start=start, names=ear.names)


def _quote(
    ear: _Ear, body: str, found: re.Match[str], start: int, end: int, published_on: date
) -> Quote | None:
    inner = found.group(1) or found.group(2)
    voice, reach = _behind(ear, body, found, end, inner)
    if voice is None:
        voice = _ahead(ear, body, found, start)
    if voice is None:
        return None
    speaker, resolved = _resolved(ear, voice, found.start())
    if speaker is None or not (speaker.office or speaker.side):
        return None
    ear.hear(found.start(), voice)
    end = max(end, reach)
    said = [one for one in times(body[start:end].replace(inner, " " * len(inner)), published_on)
            if one.until - one.since < timedelta(days=2)]  # fmt: skip
    return Quote(
        speaker=speaker,
        words=inner.strip(" ,"),
        sentence=body[start:end],
        start=start,
        end=end,
        said_on=said[0].since if said else published_on,
        resolved=resolved,
    )


def _behind(
    ear: _Ear, body: str, found: re.Match[str], end: int, inner: str
) -> tuple[Voice | None, int]:
    """The speaker after the closing mark: “…,” Khawaja Asif said."""
    rest = body[found.end() : found.end() + NEAR]
    if not (_GOES_ON.search(inner) or _LOWER.match(rest)):
        return None, end
    stop = next((at for at, char in enumerate(rest) if char in ".\n“"), len(rest))
    stretch = _stretch(ear, body, found.end(), found.end() + stop)
    near = [voice for voice in _told(ear, stretch) if voice.at < 110]
    mark = body[found.end() + stop : found.end() + stop + 1]
    verbs = _verbs(stretch)
    sure = near and _SUBJECT.match(rest) is None and not (verbs and verbs[0] < near[0].at)
    return (near[0] if sure else None), found.end() + stop + (mark == ".")


def _ahead(ear: _Ear, body: str, found: re.Match[str], start: int) -> Voice | None:
    """The speaker before the opening mark, as in: Khawaja Asif said: “…”."""
    begin = max(start, found.start() - NEAR)
    stretch = _stretch(ear, body, begin, found.start())
    near = [one for one in _told(ear, stretch) if found.start() - begin - one.at < 60]
    verbs = _verbs(stretch)
    if not near or _OTHERS.search(stretch.text) or (verbs and verbs[-1] > near[-1].at):
        return None
    return None if stretch.text.startswith("denied", near[-1].at) else near[-1]


def _verbs(stretch: Sentence) -> list[int]:
    """Where somebody says something, whoever it is: the words may be theirs."""
    return [stretch.words[at].start for at in saying(stretch.words)]


def _resolved(
    ear: _Ear, voice: Voice, at: int
) -> tuple[Speaker | None, Literal["named", "short name", "pronoun"]]:
    if voice.pronoun or voice.speaker is None:
        return ear.meant(at), "pronoun"
    speaker = voice.speaker
    if voice.short:
        return speaker, "short name"
    if not speaker.person or (speaker.office and " " in speaker.name):
        return speaker, "named"
    fuller = ear.full(speaker)
    if fuller is not None:
        same = fuller.name == speaker.name
        known = replace(
            fuller, side=fuller.side or speaker.side, office=fuller.office or speaker.office
        )
        return known, "named" if same else "short name"
    return speaker, "named"


def _key(speaker: Speaker) -> str:
    return speaker.name.split()[-1].casefold()
