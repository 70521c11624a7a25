"""Records of the people at the desk and of what they keep there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from store.types import Answer, ArticleRow, Decision

Role = Literal["reader", "reviewer", "administrator"]
ROLES: Final[tuple[Role, ...]] = ("reader", "reviewer", "administrator")  # each may all before it


def suffices(held: Role, wanted: Role | None) -> bool:
    """Say whether somebody of role ``held`` may do what asks for ``wanted`` (None: anybody)."""
    return wanted is None or ROLES.index(held) >= ROLES.index(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account. ``name`` is what decisions are signed with; it never changes.

    ``epoch`` grows with every new password and whenever the person is shut out or let in again:
    sessions and tokens of an older one are over.
    """

    id: int
    name: str
    role: Role
    epoch: int = 1
    active: bool = True
    created_at: datetime
    created_by: str = ""
    last_seen_at: datetime | None = None
    must_change: bool = False  # the password was given by somebody else and is good for one use


PersonDeed = Literal[
    "added", "password", "one_time_password", "role", "shut_out", "let_in", "signed_out"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One line of what was done to an account. ``detail`` says to which role, where it is one."""

    id: int
    person: int
    name: str
    what: PersonDeed
    detail: str
    by: str
    at: datetime


# --- the timeline that people pin -----------------------------------------------------------

PinKind = Literal["article", "talks", "phase", "note"]
PinDid = Literal["pinned", "changed", "removed", "restored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinFacts:
    """What somebody pins to the timeline.

    ``since`` and ``until`` are days, months or years as far as they are known: 2021, 2021-08,
    2021-08-15. ``until`` is empty for a single one, "now" for what goes on. ``url`` leads outside.
    """

    kind: PinKind
    title: str
    since: str
    until: str = ""
    article: int | None = None
    story: int | None = None
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinLine:
    """One thing done to a pin, and how the pin stands since; ``first_on`` to ``last_on`` it spans.

    What goes on ends with the last day of the calendar.
    """

    id: int
    pin: int
    did: PinDid
    facts: PinFacts
    first_on: date
    last_on: date
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many of a feed in a day, a month, or seven days that begin with ``period``."""

    period: str  # 2026-11-21, or 2026-11
    feed: str
    n: int
    accepted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLine:
    """Who put a tag on an article, or (``given`` False) took it off; a line is never changed."""

    id: int
    article: int
    tag: str
    given: bool
    by: str
    at: datetime


# --- articles read twice --------------------------------------------------------------------

Reading = Literal["first", "second", "settles", "jointly", "aside"]
"""What a line is to a drawn article: the first answer, the second and blind one, one over both
(by a third person, or "jointly" by one of the two), or a skip that changes nothing."""
PairState = Literal["open", "waiting", "agreed", "disputed", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A drawn article and its two readings, as far as they are there; numbers are of lines."""

    article: int
    drawn_at: datetime
    state: PairState
    first: int | None
    first_by: str | None
    first_answer: Answer | None
    second: int | None
    second_by: str | None
    second_answer: Answer | None
    settled: int | None

    @property
    def readers(self) -> frozenset[str]:
        """Who read it, whichever came first."""
        return frozenset(name for name in (self.first_by, self.second_by) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """An article on which two people differ, with both lines."""

    row: ArticleRow
    first: Decision
    second: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much a person read: answers that stand, second readings among them, and what waits."""

    by: str
    answered: int
    second: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A line of what people decided, with its article's title.

    ``undone_by`` is who undid it since; ``undid`` who had said what an undo undid, and what.
    ``with_article`` is the copy whose answer brought it.
    """

    line: Decision
    title: str
    language: str | None
    undone_by: str | None = None
    undone_at: datetime | None = None
    undid: tuple[str, Answer] | None = None
    with_article: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What taking back a person's decisions of a day would change.

    ``moved`` are the articles whose standing answer would be another one, with that answer;
    ``told`` those of them that a sent digest told of, with its day.
    """

    decisions: int
    moved: tuple[tuple[ArticleRow, Answer | None], ...]
    told: tuple[tuple[ArticleRow, date], ...]


# --- saved searches and rescues ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search kept under a name, for everybody. ``query`` is its part of the address bar."""

    id: int
    name: str
    query: str
    by: str  # who changed it last
    at: datetime
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLine:
    """A line of a saved search's history: saved, renamed, changed or removed."""

    id: int
    search: int
    name: str
    query: str
    gone: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """A person took an article back from where the machine had put it. Lines are only added.

    "queued": into the queue; "retried": its page is asked for again; "entered": by hand, an
    address no feed had shown; "undone": takes ``undoes`` back. ``was`` says what had become of it.
    """

    id: int
    article: int
    what: Literal["queued", "retried", "entered", "undone"]
    undoes: int | None
    was: str
    by: str
    at: datetime


Judged = Literal["relevant", "not_relevant", "unsure", "unread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrust:
    """One rule over some days. Stories are counted once, by the best that was said of one.

    ``told``, ``held`` and ``storm`` are stories: told to somebody, waiting for somebody, part of a
    storm. ``lately`` are the answers on its newest stories, the newest first; ``since_at`` is when
    the rule was first at work here, ``last_at`` when it last fired, whenever that was.
    """

    rule: str
    days: int
    stories: int = 0
    articles: int = 0
    relevant: int = 0
    not_relevant: int = 0
    unsure: int = 0
    unread: int = 0
    told: int = 0
    held: int = 0
    storm: int = 0
    lately: tuple[Judged, ...] = ()
    since_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def judged(self) -> int:
        """On how many stories people said relevant or not relevant."""
        return self.relevant + self.not_relevant
