"""What the desk is given, and what a view is given: no global, nothing found by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.inquiry.ailments import Ailment
from monitor.inquiry.bringing import Offer
from monitor.inquiry.setting import Bench
from monitor.inquiry.standing import Office
from monitor.inquiry.weighing import Judges
from monitor.told import Delivery
from monitor.web import tables, words
from monitor.web.session import Session
from monitor.web.uploads import Upload
from monitor.web.veil import veiled
from store import audit, pairs, stories
from store.asking import Spell
from store.db import Db
from store.desk import suffices
from store.inquiry import PlanRow
from store.learned import Fixed
from store.passwords import HASHING, Hashing
from store.types import ArticleRow

Network = IPv4Network | IPv6Network

HERE: Final = Path(__file__).parent
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What is to be taken back: all that ``person`` decided in [since, until), on whose word."""

    person: str
    since: datetime
    until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All the desk needs. Whether one signs in is told by the store: with the first account.

    ``open_store`` is called once a request, in the thread that answers it, and the store is
    closed after. ``secret`` signs sessions and forms; it must outlive restarts, or everybody has
    to sign in again. ``allowed_hosts`` are host names, with or without a port.
    """

    open_store: Callable[[], Db]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    secret: bytes
    hashing: Hashing = HASHING  # of passwords
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    concepts: Mapping[str, str] = field(default_factory=dict)  # lexicon id -> label
    named: frozenset[str] = frozenset()  # those of them that are names, not words
    profile: Mapping[str, object] = field(default_factory=dict)  # of the topic pack's seeds
    thresholds: str = ""  # a sentence
    canonical: Callable[[str], str | None] = lambda _url: None
    digest_html: Callable[[date], str | None] = lambda _day: None
    version: str = ""
    strands: Mapping[str, str] = field(default_factory=dict)  # id -> label, in the topic's order
    judges: Callable[[Db], Judges | None] = lambda _db: None  # what judges, to weigh a change
    mix: Callable[[], Sequence[int]] = lambda: (6, 3, 1)  # of the queue's order
    read_twice: Callable[[], float] = lambda: 0.0  # the share that two people read
    reasons: Callable[[], Sequence[str]] = tuple  # to give for a decision, by their number keys
    own_names: Callable[[], tuple[str, ...]] = tuple  # those the team added to the lexicon
    spell: Callable[[], Spell | None] = lambda: None  # other spellings of a search's names
    bench: Bench | None = None  # where verdicts are judged again; None: they are only told
    overrule: Callable[[Db, int, str, bool], str] | None = None  # article, by whom, or taken back
    forget: Callable[[Db, Forgotten], Mapping[str, object]] | None = None
    office: Office | None = None  # the settings in force; None: the settings pages only tell
    snapshot: Callable[[Db, str], Fixed] | None = None  # takes one, with a note
    offers: Callable[[str, bytes], Iterable[Offer]] | None = None  # what an uploaded file holds
    try_channel: Callable[[Db, str, str], Mapping[str, Delivery]] | None = None  # name, by whom
    english: Callable[[str], str] = lambda _words: ""  # of a name in another script
    ailments: Callable[[], tuple[Ailment, ...]] | None = None  # None: only the store is asked
    figures: Callable[[], str] | None = None  # for programs; None: there are none
    figures_here: Callable[[], bool] = lambda: False  # on this machine also without a token
    address: str = ""  # https://desk.example, as people type it; empty: told by the Host header
    proxies: tuple[Network, ...] = ()  # whose forwarded headers are believed; nobody else's are


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request in the hands of a view."""

    desk: Desk
    request: Request
    db: Db
    now: datetime
    session: Session
    token: str
    form: Mapping[str, str]
    files: tuple[Upload, ...] = ()

    def asked(self, name: str) -> str:
        """Return a field of the address bar, without surrounding space; empty when absent."""
        return self.request.query_params.get(name, "").strip()[:2000]

    def article_id(self) -> int:
        """Return the number in the path; any that cannot exist is a 404."""
        return whole(str(self.request.path_params["id"])) or not_found("There is no such article.")

    def withholds(self) -> Callable[[words.Shown], bool]:
        """Return what says of an article whether its score, and why, is kept back from this person.

        That is so while anybody may still be led by it, and while they are to read it blind.
        """
        return _withholding(audit.last_plan(self.db), self.hidden())

    def page(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """Return ``template`` filled with ``facts`` and what every page shows.

        What somebody is still to read without knowing its first answer shows none.
        """
        stamp = partial(words.stamp, now=self.now, reader=self.desk.zone)
        plan = audit.last_plan(self.db)
        hidden = self.hidden()
        everywhere = {
            "desk": self.desk,
            "now": self.now,
            "session": self.session,
            "token": self.token,
            "may": partial(suffices, self.session.role),
            "waiting": self.stories_waiting(),
            "stamp": stamp,
            "ago": lambda at: words.span(self.now - at),
            "line": plan.why if plan else self.desk.thresholds,
            "withheld": _withholding(plan, hidden),
        }
        if hidden:
            facts = {name: veiled(fact, hidden, self.session.by) for name, fact in facts.items()}
        html = pages().get_template(template).render({**everywhere, **facts})
        return HTMLResponse(html, status_code=status)

    def hidden(self) -> frozenset[int]:
        """Return the articles whose first answer this person must not see before their own."""
        if not suffices(self.session.role, "reviewer"):
            return frozenset()
        return pairs.hidden_from(self.db, self.session.by)

    def read_apart(self) -> list[ArticleRow]:
        """Return what waits for this person to read it a second time, knowing no answer."""
        may = suffices(self.session.role, "reviewer")
        return pairs.waiting_for(self.db, self.session.by) if may else []

    def stories_waiting(self) -> int:
        """Count the stories that wait for this person: the figure is the same on every page."""
        return stories.waiting(self.db, beside=[row.article for row in self.read_apart()])

    def today(self) -> date:
        """Return the team's day."""
        return self.now.astimezone(self.desk.zone).date()

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Return the team's ``day`` as [since, until)."""
        since = datetime.combine(day, time(), self.desk.zone)
        return since, datetime.combine(day + timedelta(days=1), time(), self.desk.zone)


def _withholding(plan: PlanRow | None, hidden: frozenset[int]) -> Callable[[words.Shown], bool]:
    threshold = plan.threshold if plan else 0.1

    def kept_back(row: words.Shown) -> bool:
        blind = getattr(row, "article", None) in hidden
        return blind or words.withheld(row, threshold=threshold)

    return kept_back


def go(path: str, **query: str | int | None) -> Response:
    """Return a redirection after a form, to one of our own pages."""
    asked = {name: value for name, value in query.items() if value not in {None, ""}}
    tail = f"?{urlencode(asked)}" if asked else ""
    return RedirectResponse(path + tail, status_code=303)


def not_found(sentence: str) -> Any:
    """Raise the plain 404 page. ``sentence`` is ours, never a visitor's."""
    raise HTTPException(404, sentence)


def whole(text: str) -> int | None:
    """Return the number in ``text`` when it is one an id can be."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if 0 < number <= _LARGEST else None


def _printed(value: object) -> object:
    """Return what the page prints for ``value``; no template can forget to sanitise."""
    if value is None:
        return ""
    return words.shown(value) if type(value) is str else value


@cache
def pages() -> Environment:
    """Return the templates: escaped always, strict about names, sanitised where printed."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        chance=words.chance,
        counted=words.counted,
        later=words.later,
        link=words.link,
        through_google=words.through_google,
        ran=words.ran,
        reason=words.reason,
        score=words.score,
        table_row=tables.row,
        tongue=words.tongue,
        language_name=words.language_name,
        weight=words.weight,
        ANSWERS=words.ANSWERS,
        CONDITIONS=words.CONDITIONS,
        DISPOSITIONS=words.DISPOSITIONS,
        GENRES=words.GENRES,
        REFUSED_AS=words.REFUSED_AS,
    )
    return environment


def sentence_page(
    desk: Desk,
    status: int,
    sentence: str,
    session: Session | None = None,
    *,
    wrote: Sequence[str] = (),
) -> Response:
    """Return a plain page with one sentence, and what was written in vain; it needs no store."""
    html = (
        pages()
        .get_template("sentence.html")
        .render(desk=desk, session=session, token="", waiting=None, sentence=sentence, wrote=wrote)
    )
    return HTMLResponse(html, status_code=status)
