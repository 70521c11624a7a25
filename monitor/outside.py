"""The parts that meet the outside, built by the settings: ways to the web, children that read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version

from monitor.config.loading import Settings
from monitor.edge.clock import Clock
from monitor.edge.http import FetchLimits, Poster, Web
from monitor.edge.worker import Workers

VERSION = version("torkham")
_LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Three ways to the web, each with its own queue, and the children that read documents."""

    feed_web: Web
    page_web: Web  # the only one that may be kept away by robots.txt
    look_web: Web  # for people who wait for the answer: a round of polls never holds it up
    workers: Workers
    poster: Poster  # what hands messages to webhooks


@contextmanager
def outside(
    settings: Settings, *, clock: Clock, allow: frozenset[tuple[str, int]] = frozenset()
) -> Iterator[Outside]:
    """Build them and close them again, the last one first. ``allow`` is that of ``open_app``."""
    agent = settings.fetch.user_agent or _agent(settings)
    limits = _limits(settings)
    quick = replace(limits, deadline_seconds=min(limits.deadline_seconds, _LOOK_SECONDS))

    def web(within: FetchLimits, *, obey_robots: bool = False) -> closing[Web]:
        made = Web(
            clock=clock, user_agent=agent, limits=within, allow=allow, obey_robots=obey_robots
        )
        return closing(made)

    with ExitStack() as stack:
        yield Outside(
            feed_web=stack.enter_context(web(limits)),
            page_web=stack.enter_context(web(limits, obey_robots=settings.fetch.obey_robots)),
            look_web=stack.enter_context(web(quick)),
            workers=stack.enter_context(_workers(settings)),
            poster=Poster(clock=clock, user_agent=agent, allow=allow),
        )


def _agent(settings: Settings) -> str:
    contact = f" (+{settings.team.contact})" if settings.team.contact else ""
    return f"Torkham/{VERSION}{contact}"


def _limits(settings: Settings) -> FetchLimits:
    fetch = settings.fetch
    return replace(
        FetchLimits(),
        deadline_seconds=fetch.deadline,
        feed_bytes=fetch.feed_bytes,
        page_bytes=fetch.page_bytes,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        host_gap_seconds=fetch.host_gap,
    )


def _workers(settings: Settings) -> Workers:
    given = settings.workers
    return Workers(
        count=given.count,
        memory_bytes=given.memory,
        cpu_seconds=round(given.seconds),
        wall_seconds=given.seconds * 1.5,
        preload=("monitor.articles.reading", "monitor.stages.parse"),
        later=("monitor.stages.language.weights",),  # 0.5 s; else each child's own, and its 60 MB
    )
