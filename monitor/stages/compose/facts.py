"""What the articles of a story say, as questions with answers that can be held against others.

A key names the question ("killed|people", "responsibility", "speaker|…"), a value the answer. Which
answer is true is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from monitor.model import DateSource
from monitor.stages.compose import cues
from monitor.stages.compose.aside import around, is_background, is_more, is_no_toll, loose_end
from monitor.stages.compose.words import plain
from store.lineage import ClaimRow, QuoteRow, SpokenRow

Kind = Literal["figure", "claimant", "speaker"]
PEOPLE = frozenset(
    (
        *("killed", "injured", "casualties", "arrested", "missing", "abducted", "displaced"),
        *("deported", "returned", "released", "surrendered"),
    )
)
COUNTED = PEOPLE | {"attacks", "operations", "strikes", "vehicles", "districts", "troops"}
LEAD = 700  # code points of a body in which an article says what it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer to one question, as one version of one article gives it.

    ``size`` is the figure. ``loose``: an open end or a round word. ``more``: so many on top of what
    was said before. ``ahead``: in the title or the first lines. ``revised``: the sentence says that
    a figure was put right.
    """

    kind: Kind
    key: str
    value: str
    place: str
    sentence: str
    article: int
    version: int
    outlet: str
    side: str  # of the speaker, where one is named who has a side
    at: datetime
    words: str = ""  # as written; empty where a person corrected the figure
    claim: int | None = None
    size: float | None = None
    loose: Literal["", "least", "most", "vague"] = ""
    more: bool = False
    ahead: bool = False
    in_title: bool = False
    revised: bool = False
    speaker: str = ""
    office: str = ""
    official: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleNow:
    """An article of a story as it stands now; ``body`` empty where it is not at hand."""

    article: int
    version: int
    title: str
    outlet: str
    side: str
    url: str
    language: str | None
    genre: str
    at: datetime  # published, else first seen
    seen_at: datetime
    copy: bool = False
    refused: bool = False  # a person said that it is not ours
    accepted: bool = False
    body: str = ""
    dated: DateSource = "first_seen"  # where ``at`` is from


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryNow:
    """A story as it stands now: its articles, and what they say."""

    articles: Mapping[int, ArticleNow]
    facts: tuple[Said, ...] = field(default=())


def facts_of(
    articles: Mapping[int, ArticleNow],
    claims: Iterable[ClaimRow],
    quotes: Iterable[QuoteRow],
    spoken: Iterable[SpokenRow],
) -> tuple[Said, ...]:
    """Return what a story's articles say of its own event, in order of telling.

    Left out: figures of other events (another time, "in a similar attack"), parts of a figure ("of
    them three"), what a figure was before ("up from six"), what an edit took back, and what a
    person discarded. Of one version one figure answers each question.
    """
    known = [row for row in claims if row.article in articles and _stands(row)]
    figures = _main([fact for row in known if (fact := _figure(row, articles)) is not None])
    said = [_claimant(row, articles) for row in known if row.facts.population == "responsibility"]
    voices = [_quoted(row, articles) for row in quotes if row.article in articles]
    voices += [_spoken(row, articles) for row in spoken if row.article in articles]
    out = [*figures, *said, *_heard(voices)]
    return tuple(sorted(out, key=order))


def order(fact: Said) -> tuple[object, ...]:
    """Sort facts by when they were told, and among the same instant always alike."""
    told = (fact.at, fact.article, fact.version, fact.kind, fact.key, fact.value, fact.sentence)
    rest = (
        fact.place,
        fact.side,
        fact.loose,
        fact.ahead,
        fact.revised,
        fact.quoted,
        fact.claim or 0,
    )
    return (*told, *rest, fact.size or 0.0, fact.outlet)


def _stands(row: ClaimRow) -> bool:
    return row.answer != "discard" and (not row.gone or row.answer in {"confirm", "correct"})


def when(at: datetime | None, article: ArticleNow) -> datetime:
    """Return when something was told; a date without a time of day is read as when it was seen."""
    if at is None:
        return article.at
    if (at.minute, at.second) == (0, 0) and at.hour in {0, 19, 20}:  # midnight there, or in UTC
        return max(at, min(article.seen_at, at + timedelta(days=1)))
    return at


# --- figures --------------------------------------------------------------------------------


def _figure(row: ClaimRow, articles: Mapping[int, ArticleNow]) -> Said | None:
    facts = row.facts
    size = facts.least if facts.least is not None else facts.most
    if facts.population not in COUNTED or size is None:
        return None
    article = articles[row.article or 0]
    at = when(row.told_at, article)
    settled = row.answer in {"confirm", "correct"}
    before, after = around(row)
    hurt = facts.population == "killed" and cues.OF_THE_HURT.search(after) is not None
    if not settled and (is_background(row, at) or (is_no_toll(before, after) and not hurt)):
        return None
    more = is_more(row, before, after)
    loose = loose_end(row)
    ahead = facts.part == "title" or facts.start < LEAD
    if facts.population not in PEOPLE and not ahead:
        return None
    return Said(
        kind="figure",
        key=f"{facts.population}|{_group(facts.who)}",
        value=("+" if more else "") + written(size, loose),
        place=plain(facts.place),
        sentence=facts.sentence,
        article=article.article,
        version=row.version,
        outlet=row.outlet or article.outlet,
        side=facts.speaker_side or _nameless_side(facts.speaker),
        at=at,
        words="" if row.answer == "correct" else plain(facts.text),
        claim=row.id,
        size=size,
        loose=loose,
        more=more,
        ahead=ahead,
        in_title=facts.part == "title",
        revised=bool(cues.REVISED.search(facts.sentence)),
        speaker=plain(facts.speaker),
        office=plain(facts.office),
    )


def _nameless_side(speaker: str) -> str:
    """The side of "Afghan officials" and "the ministry in Kabul", whom no list names."""
    words = set(re.findall(r"[^\W_]+", speaker.casefold()))
    if words & {"afghan", "afghanistan", "kabul", "emirate"}:
        return "afghanistan"
    return "pakistan" if words & {"pakistan", "pakistani", "islamabad", "rawalpindi"} else ""


def written(size: float, loose: str) -> str:
    """Write a figure so that the same figure is the same text: "9", "9+", "-40", "~30"."""
    said = f"{size:g}" if abs(size) < 1e6 else f"{size:.0f}"
    return {"least": f"{said}+", "most": f"-{said}", "vague": f"~{said}"}.get(loose, said)


def _group(who: str) -> str:
    """Civilians are people; militants and security forces are counted apart."""
    return who if who in {"militants", "security forces"} else "people"


def _main(found: Sequence[Said]) -> list[Said]:
    """One figure of each version and question; an edited text speaks with what it says now."""
    groups: dict[tuple[int, str, str], list[Said]] = {}
    for one in found:
        place = one.place.casefold() if not one.ahead else ""
        groups.setdefault((one.article, one.key, place), []).append(one)
    return [_speaking(group) for group in groups.values()]


def _speaking(group: Sequence[Said]) -> Said:
    """The figure that was put right, else the headline's, else the highest, as a toll counts all.

    So many more on top of a toll speak only where no toll is given. A headline older than an edit
    of the text does not speak for it.
    """
    whole = [one for one in group if not one.more] or list(group)
    newest = max(one.version for one in whole)
    right = [one for one in whole if one.revised and one.version == newest]
    titled = [one for one in whole if one.in_title and one.version == newest]
    return max(right or titled or whole, key=lambda one: (one.size or 0.0, *map(str, order(one))))


# --- who claims, who speaks -----------------------------------------------------------------


def _claimant(row: ClaimRow, articles: Mapping[int, ArticleNow]) -> Said:
    facts, article = row.facts, articles[row.article or 0]
    return Said(
        kind="claimant",
        key="responsibility",
        value=f"{facts.subject}|{party(facts.speaker)}",
        place=plain(facts.place),
        sentence=facts.sentence,
        article=article.article,
        version=row.version,
        outlet=row.outlet or article.outlet,
        side=facts.speaker_side,
        at=when(row.told_at, article),
        words=plain(facts.text),
        claim=row.id,
        speaker=plain(facts.speaker),
    )


_SMALL = frozenset(["the", "a", "an", "of", "and", "i", "e", "ul", "al", "wal", "e-", "for"])


def party(name: str) -> str:
    """Return a name by its initials, so that an acronym and what it stands for are one."""
    words = [word for word in re.split(r"[\s\-‐–'’]+", plain(name)) if word]
    if len(words) == 1:
        capitals = "".join(char for char in words[0] if char.isupper())
        return capitals.casefold() if len(capitals) >= 2 else words[0].casefold()
    capital = [word for word in words if word.casefold() not in _SMALL and word[:1].isupper()]
    return "".join(word[0] for word in capital).casefold() or plain(name).casefold()


def _quoted(row: QuoteRow, articles: Mapping[int, ArticleNow]) -> Said:
    facts, article = row.facts, articles[row.article or 0]
    return _voice(
        article, facts.speaker, facts.office, facts.speaker_side, facts.sentence,
        version=0, at=when(row.told_at, article), words=facts.words, official=True, quoted=True,
        ahead=facts.start < LEAD,
    )  # fmt: skip


def _spoken(row: SpokenRow, articles: Mapping[int, ArticleNow]) -> Said:
    facts, article = row.facts, articles[row.article]
    official = bool(facts.office or facts.speaker_side) or not facts.person
    return _voice(
        article, facts.speaker, facts.office, facts.speaker_side, facts.sentence,
        version=row.version, at=when(row.told_at, article), words=facts.sentence,
        official=official, quoted=False, ahead=facts.start < LEAD,
    )  # fmt: skip


def _voice(
    article: ArticleNow, speaker: str, office: str, side: str, sentence: str, *, version: int,
    at: datetime, words: str, official: bool, quoted: bool, ahead: bool = True,
) -> Said:  # fmt: skip
    return Said(
        kind="speaker",
        key=speaker_key(speaker, office),
        value=" ".join(sorted(stems(words)))[:600],
        place="",
        sentence=sentence,
        article=article.article,
        version=version or article.version,
        outlet=article.outlet,
        side=side,
        at=at,
        words=words,
        ahead=ahead,
        speaker=plain(speaker),
        office=plain(office),
        official=official,
        quoted=quoted,
    )


_IDLE = frozenset(
    (
        *("the", "a", "an", "of", "for", "and", "to", "in", "on", "at", "s", "senior", "chief"),
        *("top", "local", "federal", "provincial", "central"),
    )
)


def speaker_key(name: str, office: str) -> str:
    """Return the key of somebody who speaks: ``speaker|name|office``, folded."""
    said, held = (" ".join(_folded(text)) for text in (name, office))
    return f"speaker|{said}|{held}"


def _folded(text: str) -> Iterator[str]:
    for word in re.findall(r"[^\W_]+", text.casefold()):
        if word not in _IDLE:
            yield word


# What bodies of different names end in; people of one last name are one person.
_SHARED = frozenset(
    (
        *("ministry", "office", "department", "government", "embassy", "mission", "agency"),
        *("authority", "administration", "council", "commission", "committee", "military"),
        *("army", "court", "forces", "police", "group", "nations", "union", "states", "faction"),
        *("taliban", "authorities", "assembly", "parliament", "secretariat", "movement", "party"),
    )
)


def same_speaker(one: str, other: str) -> bool:
    """Whether two keys name one speaker: the same last name, or one office said more fully."""
    _, name, office = one.split("|")
    _, other_name, other_office = other.split("|")
    first, second = name.split(), other_name.split()
    if first and second and first[-1] == second[-1] and first[-1] not in _SHARED:
        return True
    words, others = {*first, *office.split()}, {*second, *other_office.split()}
    return bool(words) and bool(others) and (words <= others or others <= words)


def stems(text: str) -> frozenset[str]:
    """Return the beginnings of a text's longer words, folded: what two tellings may share."""
    return frozenset(word[:6] for word in re.findall(r"[^\W_]+", text.casefold()) if len(word) > 3)


def _heard(voices: Sequence[Said]) -> list[Said]:
    """A quote and the sentence around it are one statement; the quote speaks."""
    quoted = {(one.article, one.sentence) for one in voices if one.quoted}
    return [one for one in voices if one.quoted or not _is_quoted(one, quoted)]


def _is_quoted(one: Said, quoted: set[tuple[int, str]]) -> bool:
    return any(
        article == one.article and (one.sentence in sentence or sentence in one.sentence)
        for article, sentence in quoted
    )
