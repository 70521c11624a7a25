"""``claims``: every figure an article states, with its sentence, its day and who says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from monitor.stages.claims.counting import counts
from monitor.stages.claims.denying import taken_back
from monitor.stages.claims.names import PLACES, VOICES, Found, Names
from monitor.stages.claims.numbers import Count
from monitor.stages.claims.prose import Sentence, segmented
from monitor.stages.claims.sentences import Token, listed, tokens
from monitor.stages.claims.singly import singly
from monitor.stages.claims.speakers import Voice, headline_voice, voices
from monitor.stages.claims.spelled import begins
from monitor.stages.claims.stating import Stated, stated
from monitor.stages.claims.subjects import named_before, subject
from monitor.stages.claims.values import Claim, Part, Speaker
from monitor.stages.claims.when import nearest, times

MOST_CLAIMS = 60  # of one article; a table of tolls is no article
_NUMBERED = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|dozens?|scores|hundreds?|thousands?|millions?)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_ARABIC = re.compile("[\u0620-\u06d3]")
_NUMBER_WORDS = listed(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
    "sixty seventy eighty ninety dozen dozens scores hundred hundreds thousand thousands million "
    "millions"
)
# Desks sit in these; their dateline says where a report was written, not where it happened.
_DESKS = listed(
    "islamabad rawalpindi peshawar quetta karachi lahore kabul delhi washington london geneva york"
)
_IN = re.compile(
    r"\b(?:in|at|near|across|inside|outside|from)\s+(?:the\s+)?((?:[A-Z][\w'’\-]+)(?:\s+[A-Z][\w'’\-]+){0,3})"
)
_WHERE = listed("in at near of from across to around outside inside through via on into")
_INTO = listed("in across from to into inside of throughout against within leave left")
_NOT_PLACES = listed(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug "
    "sept sep oct nov dec the dawn ramazan ramadan eid"
)


def claims(
    title: str, body: str, *, published_on: date, names: Names | None = None,
    aside: Sequence[tuple[int, int]] = (), cut: Sequence[Sentence] | None = None,
) -> tuple[Claim, ...]:  # fmt: skip
    """Return the figures that an article states, in its order, each with the sentence as proof.

    ``published_on`` says what "last year" and "on Tuesday" mean. Stretches of ``aside`` (places in
    the body) belong to other stories and are not read. ``cut``: the sentences of the body, where it
    is cut already. One figure said twice is one claim, with a speaker where either has one. Reads
    at most 60,000 code points and gives at most 60 claims; never raises for a text.
    """
    known = names or Names()
    home = _home(title, body, known)
    out = _of_part("title", title, segmented(title, known), published_on, home, ())
    cut = segmented(body, known) if cut is None else cut
    out += _of_part("body", body, cut, published_on, home, aside)
    return _once(out)[:MOST_CLAIMS]


def _of_part(
    part: Part, text: str, cut: Sequence[Sentence], published_on: date, home: str,
    aside: Sequence[tuple[int, int]],
) -> list[Claim]:  # fmt: skip
    out: list[Claim] = []
    last: list[Speaker] = []
    for one in cut:
        if any(start < one.end and one.start < end for start, end in aside):
            continue
        numbered, dies, said = _is_numbered(one), _dies(one), stated(one)
        if not (numbered or dies) and said is None and not _tells(one):
            continue
        people = [speaker for speaker in last if speaker.person]
        found = counts(one.words, _topical(one.named)) if numbered else []
        if dies and not any(count.population == "killed" for count in found):
            found += singly(one.words)
        found = [count for count in found if not taken_back(one.words, count)]
        told = voices(one, people)
        for count in found:
            speaker = _voice(one.text, told, one.words, count, last)
            if part == "title":
                speaker = headline_voice(text, one.words, one.named) or speaker
            out.append(_claim(part, one, count, speaker, published_on, home))
        if said is not None:
            out.append(_statement(part, one, said, published_on, home))
        last = _remember(last, told) if told else last
        if len(out) >= MOST_CLAIMS:
            break
    return out


def _is_numbered(one: Sentence) -> bool:
    if _DIGIT.search(one.text):
        return True
    may = one.may_hold(_NUMBER_WORDS) or "teen" in one.low
    if may and _NUMBERED.search(one.text) is not None:
        return True
    arabic = not one.text.isascii() and _ARABIC.search(one.text) is not None
    return arabic and any(begins(word.low) for word in one.words)


def _dies(one: Sentence) -> bool:
    may = one.may_hold(_DYING) or "succumb" in one.low
    return may and _DIES.search(one.text) is not None


def _tells(one: Sentence) -> bool:
    return one.may_hold(_TELLING) and _TELLS.search(one.text) is not None


def _topical(named: Sequence[Found]) -> frozenset[int]:
    return frozenset(at for name in named for at in range(name.first, name.last))


_DIES = re.compile(
    r"\b(?:die[ds]?|dead|deaths?|succumb\w*|body|killed|martyred|perished|fatality)\b"
)
_DYING = listed("die died dies dead death deaths body killed martyred perished fatality")
_TELLS = re.compile(r"\b(?:said|told|says|according to|added|stated|claimed)\b")
_TELLING = listed("said told says according added stated claimed")


_REMEMBERED, _LATELY = 12, 4  # speakers a surname, and a pronoun, may mean


def _remember(last: list[Speaker], told: Sequence[Voice]) -> list[Speaker]:
    """Those who spoke so far; somebody named anew drops nobody, so that "he" can be in doubt."""
    new = [voice.speaker for voice in told if voice.speaker is not None]
    kept = [speaker for speaker in last if speaker not in new]
    return (kept + new)[-_REMEMBERED:]


def _one_clause(sentence: str, first: int, second: int) -> bool:
    return ";" not in sentence[min(first, second) : max(first, second)]


_TURNS = re.compile(r"\b(?:while|whereas|but|although|though)\b|^\w+(?:\son\s\w+day)?,\sand\b")


def _clauses(sentence: str, voice: int, figure: int) -> int:
    """How often the speaker may change between: "Kabul said … 30, while Islamabad said 23"."""
    return len(_TURNS.findall(sentence[min(voice, figure) : max(voice, figure)]))


def _voice(
    sentence: str, told: Sequence[Voice], words: Sequence[Token], one: Count,
    last: Sequence[Speaker],
) -> Speaker | None:  # fmt: skip
    at = words[one.number.first].start
    told = [
        voice
        for voice in told
        if _one_clause(sentence, at, voice.at)
        and not (voice.at > at and sentence.startswith(("denied", "rejected"), voice.at))
    ]
    if not told:
        return None
    voice = min(told, key=lambda voice: (_clauses(sentence, voice.at, at), abs(voice.at - at)))
    if voice.pronoun:
        people = [speaker for speaker in last[-_LATELY:] if speaker.person]
        return people[0] if len(people) == 1 else None
    return voice.speaker


def _claim(
    part: Part, said: Sentence, one: Count, speaker: Speaker | None, published_on: date, home: str
) -> Claim:
    sentence, words, base = said.text, said.words, said.start
    number = one.number
    begin, end = words[number.said].start, words[number.last - 1].end
    days = [  # "2044 Afghans" are no year
        day for day in times(sentence, published_on) if day.end <= begin or end <= day.start
    ]
    when = nearest(days, sentence, begin, end)
    return Claim(
        population=one.population or "attacks",
        who=one.who,
        subject=one.subject,
        unit=one.unit,
        least=number.least,
        most=number.most,
        text=sentence[begin:end],
        place=_place(sentence, words, one, said.named, part) or home,
        as_of=when.text if when else "",
        since_on=when.since if when else published_on,
        until_on=when.until if when else published_on,
        speaker=speaker,
        part=part,
        sentence=sentence,
        start=base,
        end=base + len(sentence),
        figure=base + begin,
        figure_end=base + end,
    )


def _statement(part: Part, one: Sentence, said: Stated, published_on: date, home: str) -> Claim:
    """Who claims or denies an attack: the group or person named beside the words."""
    sentence, words, named, base = one.text, one.words, one.named, one.start
    when = nearest(times(sentence, published_on), sentence, said.start, said.end)
    spots = [name.called for name in named if name.name.kind in PLACES and _is_spot(words, name)]
    return Claim(
        population="responsibility",
        who="",
        subject=said.what,
        unit="statement",
        least=None,
        most=None,
        text=said.text,
        place=spots[-1] if spots else home,
        as_of=when.text if when else "",
        since_on=when.since if when else published_on,
        until_on=when.until if when else published_on,
        speaker=None if said.what == "nobody" else _claimant(words, said, named),
        part=part,
        sentence=sentence,
        start=base,
        end=base + len(sentence),
        figure=base + said.start,
        figure_end=base + said.end,
    )


def _claimant(words: Sequence[Token], said: Stated, named: Sequence[Found]) -> Speaker | None:
    voiced = [one for one in named if one.name.kind in VOICES | {"country"}]
    if said.passive:
        one = next((n for n in voiced if words[n.first].start >= said.end), None)
    else:
        verb = next((at for at, word in enumerate(words) if word.start >= said.start), len(words))
        first, last = named_before(words, verb)
        own = [n for n in voiced if first <= n.first < last]
        called = "" if any(n.name.kind != "country" for n in own) else subject(words, verb)
        if called and not own:
            return Speaker(name=called)
        before = [n for n in voiced if n.last <= verb and n.name.kind != "country"]
        one = next(iter(reversed(own or before)), None)
    if one is None:
        return None
    return Speaker(name=one.called, side=one.name.side, person=one.name.kind == "person")


def _place(
    sentence: str, words: Sequence[Token], one: Count, named: Sequence[Found], part: Part
) -> str:
    """The place named nearest after the figure, else before it; a country only without better."""
    at = one.number.first
    position = words[at].start
    spots = [
        name
        for name in named
        if name.name.kind in PLACES
        and _is_spot(words, name)
        and not _is_desk(words, name)
        and (part == "title" or name.first > at or _is_led(words, name))
        and _one_clause(sentence, position, words[name.first].start)
    ]
    spots = [name for name in spots if not _is_ward(words, name)]
    local = [name for name in spots if name.name.kind != "country"]
    other = [
        found
        for found in _IN.finditer(sentence)
        if found.group(1).split()[0].lower() not in _NOT_PLACES
        and not _WARD.search(sentence[: found.start()])
    ]
    for group in (local, None, [name for name in spots if name.name.kind == "country"]):
        if group is None:
            after = [found for found in other if found.start() > position]
            if after and not spots and _is_name(after[0].group(1), named):
                return after[0].group(1)
            continue
        later = [name for name in group if name.first > at]
        if later:
            return later[0].called
        if group:
            return group[-1].called
    return ""


# Where people die of their wounds is not where they were hurt.
_WARD = re.compile(
    r"\b(?:hospitals?|clinic|treatment|(?:airlifted|shifted|flown|rushed|moved|referred|taken)\s+to"
    r"|died(?:\s+(?:of|from)\s+(?:his|her|their|the)?\s*(?:wounds|injuries|burns))?|succumbed)"
    r"(?:\s+(?:later|overnight|early|also))?\s*(?:(?:in|at|near)\s*)?(?:the\s+)?\Z",
    re.IGNORECASE,
)


def _is_ward(words: Sequence[Token], name: Found) -> bool:
    before = " ".join(word.text for word in words[max(0, name.first - 7) : name.first])
    after = [word.low for word in words[name.last : name.last + 4]]  # "in a Peshawar hospital"
    return _WARD.search(before) is not None or bool({"hospital", "clinic"} & set(after))


def _is_name(text: str, named: Sequence[Found]) -> bool:
    """Whether words after "in" are a place: not a country's adjective, not an office's letters."""
    known = {found.text for found in named}
    return (
        len(text) <= 40
        and not any(c.isdigit() for c in text)
        and not text.isupper()
        and not known & {text, *text.split()}
        and ("-" not in text)
    )


def _is_led(words: Sequence[Token], name: Found) -> bool:
    """Whether a name before the figure is where it happened: "in Kohat", not "Islamabad spoke"."""
    before = words[name.first - 1].low if name.first else ""
    follows = words[name.last].low if name.last < len(words) else ""
    return before in _WHERE or follows in {":", "/", "'s", "district", "area", "blast", "attack"}


def _is_spot(words: Sequence[Token], name: Found) -> bool:
    """Whether a name is said as a place: "in Pakistan", not "Pakistan said"."""
    if name.name.kind != "country":
        return True
    before = words[name.first - 1].low if name.first else ""
    return before in _INTO and name.text[-1:] not in {"i", "s"}


def _is_desk(words: Sequence[Token], name: Found) -> bool:
    """Whether a name is a dateline: "PESHAWAR: Six …", "QUETTA / CHAMAN: Two …"."""
    follows = words[name.last].low if name.last < len(words) else ""
    return (
        name.first < 8
        and words[name.first].text.isupper()
        and (follows in {":", "/"})
        and words[name.last - 1].low in _DESKS
    )


def _home(title: str, body: str, names: Names) -> str:
    """Where an article is set when a sentence does not say: its headline, else its dateline."""
    for text in (title[:300], body[:80].split(":", maxsplit=1)[0]):
        words = tokens(text)
        spot = next((one for one in names.find(words) if one.name.kind in PLACES), None)
        if spot is not None and spot.name.kind != "country":
            dateline = text is not title and spot.text.isupper()
            if text == title[:300] or (dateline and words[spot.last - 1].low not in _DESKS):
                return spot.called
    return ""


def _once(found: Sequence[Claim]) -> tuple[Claim, ...]:
    """One figure said twice is one claim: "5 killed" above "at least five people were killed"."""
    kept: dict[tuple[object, ...], Claim] = {}
    for claim in found:
        key: tuple[object, ...] = (
            claim.population, claim.who, claim.unit,
            claim.most if claim.least is None else claim.least,
            claim.subject.lower() if claim.unit not in {"persons", "events"} else "",
        )  # fmt: skip
        standing = kept.get(key)
        if standing is None:
            kept[key] = claim
        elif (standing.speaker is None and claim.speaker is not None) or (
            standing.part == "title"
            and claim.part == "body"
            and (claim.speaker or not standing.speaker)
        ):
            kept[key] = claim if claim.place else replace(claim, place=standing.place)
    return tuple(kept.values())
