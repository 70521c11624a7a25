"""Answers that tell nothing new, kept many to a write.

Nine polls of ten end so, and a transaction for each was a fifth of what they cost. A feed's outcome
stays whole: its line in the history and its next state stand in the same write, so a kill leaves
all of it or none, and what is lost is asked again. One answer that cannot be kept with the others
is kept alone, as any other is.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.articles.keeping import STORE_TROUBLE
from monitor.edge.clock import Clock
from monitor.feeds.polled import Answer, Watch, keep_answer, poll_record
from monitor.feeds.turns import Came, body_hash_of
from monitor.model import Fetched, FetchOutcome, NotModified
from store import moves, quiet
from store.db import Db
from store.failpoint import reached
from store.polls import FeedState, PollRecord
from store.watch import Rhythm

log = logging.getLogger(__name__)

TOGETHER = 50
"""Answers; with as many feeds on the wire they come in within a tenth of a second."""


class Quiet:
    """The quiet answers of one round. ``counts`` says what became of those that are kept.

    ``due`` holds the feeds of the round in outline; each whose answer is not quiet is made whole.
    """

    def __init__(
        self, db: Db, due: dict[str, FeedState], rhythms: Mapping[str, Rhythm], watch: Watch,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._db = db
        self._due = due
        self._rhythms = rhythms
        self._watch = watch
        self._clock = clock
        self._redirected = moves.redirected(db)
        self._held: list[tuple[Answer, PollRecord, datetime]] = []
        self.counts: Counter[str] = Counter()

    def others(
        self, arrivals: Iterator[FetchOutcome | None], stopped: Callable[[], bool]
    ) -> Iterator[Came | None]:
        """Give on the answers that say something, with the hash of their bodies; keep the rest.

        None comes where nothing has arrived for a while; by then all that had come is kept.
        """
        for outcome in arrivals:
            if outcome is None:
                self.keep()
                yield None
                continue
            body_hash = body_hash_of(outcome)
            state = self._due[outcome.key]
            if self._is_quiet(state, outcome, body_hash):
                self._hold(state, outcome, body_hash)
                if stopped():
                    return
            else:
                self._due[outcome.key] = quiet.whole(self._db, state)
                yield outcome, body_hash

    def keep(self) -> None:
        """Write what is held."""
        held, self._held = self._held, []
        if not held:
            return
        try:
            quiet.save_quiet(self._db, [record for _, record, _ in held])
        except STORE_TROUBLE:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, one answer's is no other's
            if not isinstance(error, quiet.ChangedMeanwhileError):
                log.warning("%d quiet answers are kept one by one: %s", len(held), error)
            for answer, _, at in held:
                self._alone(answer, at)
        else:
            self.counts.update(record.outcome for _, record, _ in held)

    def _is_quiet(self, state: FeedState, outcome: FetchOutcome, body_hash: str | None) -> bool:
        if state.memory.empty_since_at is not None:
            return False  # what is said of an empty feed names what it listed before
        if isinstance(outcome, NotModified):
            return True
        return (
            isinstance(outcome, Fetched)
            and body_hash == state.body_hash
            and outcome.permanent_url in {None, state.spec.url}
            and state.spec.key not in self._redirected  # it answers for itself again
        )

    def _hold(self, state: FeedState, outcome: FetchOutcome, body_hash: str | None) -> None:
        reached("after-fetch")
        reached("after-parse")
        answer = Answer(
            state=state, outcome=_without_body(outcome), made=None, body_hash=body_hash,
            rhythm=self._rhythms[outcome.key],
        )  # fmt: skip
        now = self._clock()
        try:
            record, _ = poll_record(answer, self._watch.limits, now)
        except Exception:  # noqa: BLE001 -- told of where it is kept alone
            self._alone(answer, now)
            return
        self._held.append((answer, record, now))
        if len(self._held) >= TOGETHER:
            self.keep()

    def _alone(self, answer: Answer, at: datetime) -> None:
        state = quiet.whole(self._db, answer.state)
        self.counts.update(keep_answer(self._db, replace(answer, state=state), self._watch, at))


def _without_body(outcome: FetchOutcome) -> FetchOutcome:
    """What is held waits for others, and is known by its hash already."""
    return replace(outcome, body=b"") if isinstance(outcome, Fetched) else outcome
