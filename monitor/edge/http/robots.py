"""What an outlet asks robots to leave alone, remembered for a day (RFC 9309).

Unavailable (4xx, too many redirects) means everything is allowed; unreachable (5xx, no
connection, no name) means nothing is, until it answers: then the page fails with that same
fault, which passes, and not with ``robots``, which is a decision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

from monitor.model import Fault, Fetched, FetchFailed, FetchOutcome

ROBOTS_BYTES = 524_288
_MOST_LINES = 5_000
_MOST_GROUPS = 8
_MOST_ORIGINS = 10_000
_AGENT = re.compile(r"\s*user[ -]?agent\s*:?([^#]*)", re.IGNORECASE)
_ALLOWS = frozenset(
    {
        Fault.NOT_FOUND,
        Fault.GONE,
        Fault.REFUSED,
        Fault.CHALLENGE,
        Fault.STATUS,
        Fault.TOO_MANY_REDIRECTS,
        Fault.SCHEME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    until: float
    rules: Protego | None = None  # None: nothing is forbidden
    unreachable: FetchFailed | None = None


class Robots:
    """The rules of the origins met so far. ``ttl`` and ``retry`` in seconds of a steady clock.

    ``token`` is our product token, the name an outlet would address us by.
    """

    def __init__(self, *, token: str, ttl: float, retry: float) -> None:
        self._token = token.lower()
        self._ttl = ttl
        self._retry = retry
        self._known: dict[str, _Known] = {}

    def knows(self, origin: str, now: float) -> bool:
        """Say whether ``origin`` was asked recently enough."""
        known = self._known.get(origin)
        return known is not None and known.until > now

    def learn(self, origin: str, outcome: FetchOutcome, now: float) -> None:
        """Remember what asking ``origin`` for its robots.txt gave."""
        self._known.pop(origin, None)
        while len(self._known) >= _MOST_ORIGINS:
            del self._known[next(iter(self._known))]
        self._known[origin] = self._read(outcome, now)

    def objection(self, origin: str, url: str) -> tuple[Fault, str, float | None] | None:
        """Say why ``url`` may not be asked for: fault, sentence, seconds asked to wait."""
        known = self._known.get(origin)
        if known is None:
            return None
        if known.unreachable is not None:
            failed = known.unreachable
            return (
                failed.fault,
                f"robots.txt could not be read: {failed.detail}",
                failed.retry_after,
            )
        if known.rules is None or known.rules.can_fetch(url, self._token):
            return None
        return Fault.ROBOTS, "The outlet's robots.txt asks us not to read this page.", None

    def _read(self, outcome: FetchOutcome, now: float) -> _Known:
        if isinstance(outcome, Fetched):
            text = outcome.body[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
            return _Known(until=now + self._ttl, rules=Protego.parse(_slim(text, self._token)))
        if isinstance(outcome, FetchFailed) and outcome.fault not in _ALLOWS:
            return _Known(until=now + self._retry, unreachable=outcome)
        return _Known(until=now + self._ttl)


def _slim(text: str, token: str) -> str:
    """Keep what can concern us: reading costs groups times rules, and both are the outlet's."""
    kept: list[str] = []
    groups = 0
    for line in text.splitlines()[:_MOST_LINES]:
        match = _AGENT.match(line)
        if match is None:
            kept.append(line)
            continue
        agent = match[1].strip().lower()
        ours = agent == "*" or token in agent
        groups += ours
        kept.append(f"User-agent: {agent if ours and groups <= _MOST_GROUPS else 'not-us'}")
    return "\n".join(kept)
