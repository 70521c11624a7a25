"""New names: the weekly list, what a name would change, and adding it.

The list is made once a week from the last days' texts and kept, so that it stands still while
people work through it. A name is added as a change of the settings, like everything else that
people change; the next run of ``judge`` reads the articles with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.naming import aliases
from classifiers.naming.aliases import Objection
from classifiers.naming.names import (
    MOST,
    NameText,
    Nearby,
    NewName,
    Sentence,
    key_of,
    unknown_names,
)
from classifiers.pack import Team
from classifiers.words import WORD
from monitor.articles import repeats
from monitor.articles.records import verdicts_on
from monitor.inquiry.weighing import Judges
from store import changes, names, verdicts
from store.db import Db, write
from store.inquiry import NameLine, NameList

DAYS = 7
KEPT_MOST = 2 * MOST  # some are set aside when it is shown
OUTLOOK = timedelta(days=28)
TRIED = 200  # articles judged to see what a name changes
MANY_TEXTS = 300  # a list of fewer texts is made again the next day: the service was just set up
_AGAIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What names are looked for and tried out on, and the team's clock."""

    judges: Judges
    zone: ZoneInfo

    @property
    def team(self) -> Team:
        """What the team laid over its topic."""
        return self.judges.team

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon in force, with the team's names."""
        return load_lexicon(self.judges.topic, self.team)

    def with_names(self, concept: str, spellings: Sequence[str]) -> Team:
        """The team's layer with these spellings added to ``concept``."""
        added = dict(self.team.names)
        added[concept] = tuple(dict.fromkeys([*added.get(concept, ()), *spellings]))
        return Team(switches=self.team.switches, names=tuple(sorted(added.items())))

    def week(self, now: datetime) -> date:
        """The Monday of the team's week."""
        today = now.astimezone(self.zone).date()
        return today - timedelta(days=today.weekday())


# --- the weekly list ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list as it stands now: ``open`` names wait for an answer, the others had theirs."""

    week_on: date
    made_at: datetime
    since_at: datetime
    read: int
    wanted: int
    open: tuple[NewName, ...]
    answered: tuple[tuple[NewName, NameLine], ...]


def weekly(db: Db, ground: Ground, now: datetime, *, again: bool = False) -> NameList:
    """Return the week's list, made and kept now if there is none yet.

    ``again`` makes it anew; so does a day gone by while there was little to read. A few seconds
    at 5,000 texts, with no transaction open.
    """
    week = ground.week(now)
    standing = names.list_of(db, week)
    if standing and not again:
        thin = standing.read < MANY_TEXTS and now - standing.made_at > _AGAIN
        if not thin:
            return standing
    made = look(db, ground, now)
    names.save_list(db, made)
    return made


def noted(db: Db, ground: Ground, now: datetime) -> Mapping[str, int]:
    """Make the week's list if it is due; return how many names wait on it, nothing if it was not.

    For the nightly job. Where nothing was read there is nothing to make a list of.
    """
    before = names.latest(db)
    if not names.recent(db, now - timedelta(days=DAYS), limit=1):
        return {}
    made = weekly(db, ground, now)
    if before is not None and made.made_at == before.made_at:
        return {}
    return {"names": len(listed(db, ground, made).open)}


def look(db: Db, ground: Ground, now: datetime, *, days: int = DAYS) -> NameList:
    """Look for unknown names in the texts of the last ``days``; nothing is kept."""
    since = now - timedelta(days=days)
    found = [
        NameText(
            key=str(text.article),
            story=str(text.story),
            title=text.title,
            body=text.body,
            outlet=text.outlet,
            wanted=text.wanted,
            seen_at=text.first_seen_at,
            language=text.language,
        )
        for text in names.recent(db, since)
    ]
    unknown = unknown_names(found, ground.lexicon, most=KEPT_MOST)
    return NameList(
        week_on=ground.week(now),
        made_at=now,
        since_at=since,
        read=len(found),
        wanted=sum(text.wanted for text in found),
        names=json.dumps([asdict(name) for name in unknown], default=str, ensure_ascii=False),
    )


def listed(db: Db, ground: Ground, made: NameList) -> Listed:
    """Return a list with what people said of its names.

    A dismissed name comes back when it has doubled, one put off with the next week's list, one
    added when it was taken out again. What the lexicon has come to know is no longer shown.
    """
    said = names.answers(db)
    monday = datetime.combine(made.week_on, datetime.min.time(), ground.zone)
    waiting: list[NewName] = []
    answered: list[tuple[NewName, NameLine]] = []
    for name in read_names(made.names):
        line = said.get(name.key)
        if line is not None and _settled(line, name, monday):
            answered.append((name, line))
        elif not aliases.known(name.name, ground.lexicon) and len(waiting) < MOST:
            waiting.append(name)
    return Listed(
        week_on=made.week_on,
        made_at=made.made_at,
        since_at=made.since_at,
        read=made.read,
        wanted=made.wanted,
        open=tuple(waiting),
        answered=tuple(answered),
    )


def waiting(db: Db) -> int:
    """Return how many names of the newest list nobody has answered."""
    made, said = names.latest(db), names.answers(db)
    if made is None:
        return 0
    monday = datetime.combine(made.week_on, datetime.min.time(), UTC)
    unanswered = (
        name
        for name in read_names(made.names)
        if (line := said.get(name.key)) is None or not _settled(line, name, monday)
    )
    return min(MOST, sum(1 for _ in unanswered))


def _settled(line: NameLine, name: NewName, monday: datetime) -> bool:
    if line.answer == "no_name":
        return name.texts < 2 * max(1, line.texts)
    return line.answer == "added" or line.at >= monday


def read_names(text: str) -> list[NewName]:
    """Return the names of a kept list; what another version wrote and this cannot read is left."""
    return [name for row in json.loads(text) if (name := _name(row)) is not None]


def _name(row: Mapping[str, Any]) -> NewName | None:
    try:
        first = row["first_seen_at"]
        return NewName(
            **{
                **row,
                "spellings": tuple(row["spellings"]),
                "outlets": tuple(row["outlets"]),
                "first_seen_at": datetime.fromisoformat(first) if first else None,
                "sentences": tuple(Sentence(**each) for each in row["sentences"]),
                "alike": tuple(Nearby(**each) for each in row["alike"]),
                "beside": tuple(Nearby(**each) for each in row["beside"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        return None


# --- before it is added ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An article whose score the name changes."""

    article: int
    title: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a name would change in the articles of the last 28 days.

    ``held`` articles hold it as the search index sees words, of which at most 200 were judged:
    ``moved`` of them score otherwise, the furthest first; ``queued`` would newly be queued and
    ``left`` would no longer be.
    """

    held: int
    tried: int
    moved: tuple[Moved, ...]
    queued: int
    left: int
    line: float  # the queue's threshold
    objections: tuple[Objection, ...]


def outlook(
    db: Db, ground: Ground, concept: str, spellings: Sequence[str], now: datetime
) -> Outlook:
    """Say what adding ``spellings`` to ``concept`` would change, and what speaks against it."""
    held = names.holding(db, tuple(spellings), now - OUTLOOK)
    items = repeats.known(db, verdicts.texts_of(db, held[:TRIED]), ground.lexicon, now)
    texts = [f"{item.title}\n{item.body}" for item in items]
    against = tuple(
        objection
        for spelling in spellings
        for objection in aliases.objections(spelling, concept, ground.lexicon, texts)
    )
    line = ground.judges.threshold
    if any(objection.final for objection in against) or not spellings:
        return Outlook(
            held=len(held), tried=0, moved=(), queued=0, left=0, line=line, objections=against
        )
    before = verdicts_on(items, ground.judges.judge(db, ground.team))
    after = verdicts_on(items, ground.judges.judge(db, ground.with_names(concept, spellings)))
    moved = [
        Moved(article=item.article, title=item.title, before=was.score, after=will.score)
        for item, was, will in zip(items, before, after, strict=True)
        if abs(will.score - was.score) >= 0.0005
    ]
    return Outlook(
        held=len(held),
        tried=len(items),
        moved=tuple(sorted(moved, key=lambda m: -abs(m.after - m.before))),
        queued=sum(m.before < line <= m.after for m in moved),
        left=sum(m.after < line <= m.before for m in moved),
        line=line,
        objections=against,
    )


# --- adding and taking out ------------------------------------------------------------------


def add(
    db: Db,
    ground: Ground,
    concept: str,
    spellings: Sequence[str],
    *,
    by: str,
    now: datetime,
    sure: bool = False,
) -> tuple[Objection, ...]:
    """Add spellings to a concept, as an audited change; return what spoke against it, if anything.

    Nothing is added while a final objection stands, or any objection and nobody is ``sure``. The
    next run of ``judge`` reads the articles with it.
    """
    against = outlook_objections(db, ground, concept, spellings, now)
    if any(objection.final or not sure for objection in against):
        return against
    with write(db, durable=True):
        stand = _standing(db, ground, concept)
        _record(db, concept, list(dict.fromkeys([*stand, *spellings])), by, now)
        for key in {name_key(spelling) for spelling in spellings}:
            names.answer(db, key, "added", texts=0, by=by, now=now)
    return ()


def outlook_objections(
    db: Db, ground: Ground, concept: str, spellings: Sequence[str], now: datetime
) -> tuple[Objection, ...]:
    """Say what speaks against adding ``spellings`` to ``concept``; cheaper than ``outlook``."""
    held = names.holding(db, tuple(spellings), now - OUTLOOK, limit=50)
    texts = [f"{item.title}\n{item.body}" for item in verdicts.texts_of(db, held)]
    return tuple(
        objection
        for spelling in spellings
        for objection in aliases.objections(spelling, concept, ground.lexicon, texts)
    )


def remove(db: Db, ground: Ground, spelling: str, *, by: str, now: datetime) -> str | None:
    """Take a spelling out that the team added; return the concept it stood at, None if nowhere.

    Everything is as before it was added: the lexicon, its version, and the name of the model.
    """
    for concept, added in ground.team.names:
        if spelling in added:
            with write(db, durable=True):
                stand = _standing(db, ground, concept)
                _record(db, concept, [other for other in stand if other != spelling], by, now)
                names.answer(db, name_key(spelling), "open", texts=0, by=by, now=now)
            return concept
    return None


def _standing(db: Db, ground: Ground, concept: str) -> Sequence[str]:
    """Return the team's spellings of a concept as they stand now: somebody may just have added one.

    Inside the write that changes them; feeds.yaml's own until the desk has said anything.
    """
    path = f"names.{concept}"
    said = next((change.value for change in changes.changes(db) if change.path == path), None)
    return dict(ground.team.names).get(concept, ()) if said is None else json.loads(said) or ()


def _record(db: Db, concept: str, spellings: Sequence[str], by: str, now: datetime) -> None:
    value = json.dumps(list(spellings), ensure_ascii=False) if spellings else "null"
    changes.record(db, f"names.{concept}", value, by, now)


def name_key(spelling: str) -> str:
    """Return what all spellings of a name share, as lists and answers know it."""
    return " ".join(key_of(WORD.findall(spelling)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A spelling of the team's own; ``by`` is empty for those of feeds.yaml."""

    concept: str
    spelling: str
    by: str
    at: datetime | None


def added(db: Db, ground: Ground) -> tuple[Added, ...]:
    """Return the team's own spellings, with who added each and when."""
    return tuple(
        Added(concept=concept, spelling=spelling, by=by, at=at)
        for concept, found in ground.team.names
        for spelling in found
        for by, at in [_who(db, concept, spelling)]
    )


def _who(db: Db, concept: str, spelling: str) -> tuple[str, datetime | None]:
    """Return who first put the spelling where it has stood ever since."""
    who: tuple[str, datetime | None] = ("", None)
    for change in _history(db, concept):  # the newest first
        try:
            held = spelling in (json.loads(change.value) or [])
        except ValueError:
            held = False
        if not held:
            break
        who = (change.by, change.at)
    return who


def _history(db: Db, concept: str) -> Iterator[Any]:
    return (change for change in changes.history(db) if change.path == f"names.{concept}")
