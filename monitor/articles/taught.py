"""What is known of how each site's pages are read: handed to the children, and kept up to date.

The first page of a site is only noted: a lesson costs as much as reading does, and of many hosts
one article is all that is ever met. A wrapper that a later page taught is trusted once it was right
about another one. Then it cuts pages alone; every twentieth page it might cut is read by the
extractor too, and where the two disagree the wrapper is dropped and learned anew. One that is
dropped again and again rests for longer each time: a site that changes its pages from day to day is
read by the extractor.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.articles.teaching import CUT
from monitor.edge.clock import Clock
from monitor.edge.worker import WorkerFault
from monitor.model import Dropped, Fetched, FetchOutcome, Known, Reading, Taught
from monitor.stages.cutting import VERSION, dumped, loaded, widened
from store import wrappers
from store.db import Db
from store.wrappers import MOST
from store.wrappers import Known as Row

log = logging.getLogger(__name__)

CHECK_EVERY = 20
"""Pages: a site that changed unseen costs at most so many wrong texts."""
PAGES_TO_TRUST = 2
_DROPS = 3  # a template that is dropped more often rests
_RESTS = timedelta(days=1)  # twice as long at each time
_MOST_REST = timedelta(days=30)
_TRIES = (
    6  # lessons in a row that gave none, or pages of a trusted host that no wrapper was sure of
)
_SELDOM = 12  # after which every so many-th page is tried


class Sites:
    """What is known of the sites of one run. Read once a host, written when something changed.

    Counts of uses are written by `close`; what was learned, trusted or dropped at once.
    """

    def __init__(self, db: Db, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._rows: dict[str, dict[str, Row]] = {}
        self._touched: set[tuple[str, str]] = set()
        self._learned = False  # something was touched that is more than a count
        self._under_way: Counter[str] = Counter()  # pages that may be cut now, of a host
        self._checks: Counter[str] = Counter()  # pages that are being checked now, of a host
        self._met: set[str] = set()
        self._lessons: set[str] = set()  # hosts of which a page that may be a lesson is under way
        self._handed: dict[str, Known] = {}  # by the key of the page

    def known(self, page: Fetched) -> Known:
        """Return what is to be handed to the child that reads the page."""
        host = host_of(page.final_url)
        rows = [one for one in self._of(host).values() if one.version == VERSION]
        trusted = [one for one in rows if one.state == "trusted"]
        due = max((one.since_check for one in trusted), default=0) + self._under_way[host] + 1
        check = bool(trusted) and due >= CHECK_EVERY * (1 + self._checks[host])
        if trusted:
            (self._checks if check else self._under_way)[host] += 1
        self._handed[page.key] = known = Known(
            trusted=tuple(one.wrapper for one in trusted),
            learning=tuple(one.wrapper for one in rows if one.state == "learning"),
            check=check,
            learns=self._learns(host),
        )
        self._met.add(host)
        if known.learns:
            self._lessons.add(host)
        return known

    def note(self, page: Fetched, made: Reading | Dropped | WorkerFault | None) -> None:
        """Note what came of a page that was handed to a child with what was known of its site."""
        host, known = host_of(page.final_url), self._handed.pop(page.key, None)
        if known is None:
            return
        if known.trusted:
            (self._checks if known.check else self._under_way)[host] -= 1
        if known.learns:
            self._lessons.discard(host)
        if isinstance(made, WorkerFault) and known.trusted:
            self._all_dropped(host, f"A page of it could not be read: {made.detail}"[:300])
        if isinstance(made, Reading) and made.taught is not None:
            self._noted(host, made.taught)

    def note_all(
        self, came: Iterable[tuple[FetchOutcome | None, Reading | Dropped | WorkerFault | None]]
    ) -> None:
        """Note what came of several units, in one write; those that are no pages do not count."""
        for outcome, made in came:
            if isinstance(outcome, Fetched):
                self.note(outcome, made)
        if self._learned:
            self._write()

    def close(self) -> None:
        """Write what was counted. Losing it costs nothing but a check that comes later."""
        self._write()

    # --- what is noted --------------------------------------------------------------------------

    def _noted(self, host: str, taught: Taught) -> None:
        now = self._clock()
        row = self._of(host).get(taught.template) if taught.template else None
        if row is not None and taught.how == "cut":
            self._put(replace(row, used=row.used + 1, since_check=row.since_check + 1, used_at=now))
        elif row is not None and taught.how == "agreed":
            self._put(_agreed(row, taught, now))
        elif row is not None and taught.how == "disagreed":
            self._put(_disagreed(row, taught, now))
        elif taught.how in {"unsure", "read"}:
            self._taught(host, taught, now)
        self._learned |= taught.how != "cut" and (bool(taught.learned) or row is not None)

    def _taught(self, host: str, taught: Taught, now: datetime) -> None:
        """A page that no wrapper was sure of: it may teach another template, or more of one."""
        for row in [one for one in self._of(host).values() if one.state == "trusted"]:
            if taught.how == "unsure":
                self._put(replace(row, unsure=row.unsure + 1))
        if not taught.tried:
            self._put(replace(self._none(host, now), used=self._none(host, now).used + 1))
            return
        template = container_of(taught.learned)
        if not template or (template not in self._of(host) and len(self._of(host)) > MOST):
            none = self._none(host, now)
            self._put(replace(none, used=none.used + 1, unsure=none.unsure + 1))
            return
        before = self._of(host).get(template)
        if before is None:
            before = Row(
                host=host, template=template, version=VERSION, wrapper="", state="none",
                learned_at=now,
            )  # fmt: skip
        if before.state in {"trusted", "learning"}:  # another page taught it, of other bounds
            self._put(replace(before, wrapper=_widened(before.wrapper, taught.learned)))
        elif not _rests(before, now):
            self._put(_begun(before, taught.learned, now))

    def _none(self, host: str, now: datetime) -> Row:
        """The row that counts the pages of a host that taught nothing."""
        return self._of(host).get("") or Row(
            host=host, template="", version=VERSION, wrapper="", state="none", learned_at=now
        )

    def _learns(self, host: str) -> bool:
        """Whether a page that no wrapper fits is worth its time: seldom where lessons fail."""
        if host in self._lessons or (host not in self._met and not self._of(host)):
            return False
        none = self._of(host).get("")
        return none is None or none.unsure < _TRIES or none.used % _SELDOM == 0

    def _all_dropped(self, host: str, why: str) -> None:
        now = self._clock()
        for row in list(self._of(host).values()):
            if row.state in {"trusted", "learning"}:
                self._put(_dropped(row, why, now))
        self._learned = True

    # --- rows -----------------------------------------------------------------------------------

    def _of(self, host: str) -> dict[str, Row]:
        if host not in self._rows:
            found = wrappers.of_host(self._db, host) if host else []
            self._rows[host] = {one.template: one for one in found if _is_sound(one)}
        return self._rows[host]

    def _put(self, row: Row) -> None:
        self._of(row.host)[row.template] = row
        self._touched.add((row.host, row.template))

    def _write(self) -> None:
        wrappers.keep(self._db, [self._rows[host][template] for host, template in self._touched])
        self._touched.clear()
        self._learned = False


def _is_sound(row: Row) -> bool:
    """Whether a row is what was written: one that was damaged is as if it were not there."""
    return container_of(row.wrapper) == row.template


def as_before(db: Db, page: Fetched, extractor: str) -> Known | None:
    """Return what is to be handed to who reads a page again whose text was made so.

    A text that was cut is compared with a text that is cut: two readers may differ in a line, and
    that is no edit of the article's.
    """
    if not extractor.startswith(CUT):
        return None
    rows = wrappers.of_host(db, host_of(page.final_url))
    trusted = [one for one in rows if one.state == "trusted" and one.version == VERSION]
    return Known(trusted=tuple(one.wrapper for one in trusted if _is_sound(one)), learns=False)


def _agreed(row: Row, taught: Taught, now: datetime) -> Row:
    learning = row.state == "learning"
    lessons = row.lessons + learning
    return replace(
        row,
        wrapper=taught.learned if learning and taught.learned else row.wrapper,
        state="trusted" if lessons >= PAGES_TO_TRUST else row.state,
        lessons=lessons,
        checked=row.checked + 1,
        agreed=row.agreed + 1,
        since_check=0,
        used_at=now,
    )


def _disagreed(row: Row, taught: Taught, now: datetime) -> Row:
    """The wrapper was wrong: it is dropped, and where it may be, what this page taught is next."""
    like = taught.likeness or 0.0
    gone = _dropped(row, f"Of a page, {like:.0%} was the same as the extractor read.", now)
    gone = replace(gone, checked=row.checked + 1)
    if row.state == "learning":
        gone = replace(gone, drops=row.drops)  # it was never trusted
    same = container_of(taught.learned) == row.template
    if not same or _rests(gone, now):
        return gone
    return _begun(gone, taught.learned, now)


def _begun(row: Row, wrapper: str, now: datetime) -> Row:
    """A template that one page taught."""
    return replace(
        row, version=VERSION, wrapper=wrapper, state="learning", lessons=1, learned_at=now
    )  # fmt: skip


def _widened(wrapper: str, by: str) -> str:
    one, other = loaded(wrapper), loaded(by)
    return dumped(widened(one, other)) if one and other else wrapper


def _dropped(row: Row, why: str, now: datetime) -> Row:
    log.info("the wrapper of %s is dropped: %s", row.host, why)
    return replace(
        row, state="dropped", lessons=0, since_check=0, drops=row.drops + 1, dropped_at=now, why=why
    )  # fmt: skip


def _rests(row: Row, now: datetime) -> bool:
    """Whether a template was dropped too often to be learned again so soon."""
    if row.drops < _DROPS or row.dropped_at is None:
        return False
    rest = min(_RESTS * 2 ** min(row.drops - _DROPS, 10), _MOST_REST)
    return bool(now < row.dropped_at + rest)


def container_of(wrapper: str) -> str:
    """Return the template that a wrapper is of; empty for none."""
    made = loaded(wrapper) if wrapper else None
    return made.container if made else ""


def host_of(url: str) -> str:
    """Return the host of an address as sites are told apart; empty for none."""
    try:
        return bare(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def bare(host: str) -> str:
    """Return a host as its row is named: small letters, without www."""
    return host.strip().casefold().removeprefix("www.")[:253]
