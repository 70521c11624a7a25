"""The composition root: everything is built once, here, and closed in order.

``open_app`` is the only place that knows all the parts. Jobs and the desk get what they need from
the ``App``; nothing else is global.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from logging import getLevelNamesMapping
from pathlib import Path

from monitor import topics
from monitor.config.credentials import secrets
from monitor.config.loading import load
from monitor.delivery import sending
from monitor.edge.clock import Clock, system_clock
from monitor.edge.log import set_up
from monitor.outside import outside
from monitor.parts import DATABASE, Parts
from monitor.pipeline import Counts
from monitor.stages.fill import GOOGLE
from monitor.work import JOBS, WRITERS
from store import health, journal
from store.db import CACHE_KB, READER_KB, Db, check_at_start
from store.lock import hold


@dataclass(slots=True, kw_only=True)
class App(Parts):
    """The product, built."""

    def store_for(self, job: str) -> Db:
        """Return a connection for one run of a job; the caller closes it."""
        return self.open_store(cache_kb=CACHE_KB if job in WRITERS else READER_KB)

    def run_job(self, name: str) -> Counts:
        """Run one job once and record how it went. Raises what broke the job itself."""
        with closing(self.store_for(name)) as db:
            self.refresh(db)
            run = health.started(db, name, self.clock())
            try:
                counts = JOBS[name](self, db)
            except Exception as error:
                detail = self.secrets.hidden(f"{type(error).__name__}: {error}")
                health.finished(db, run, ok=False, detail=detail, counts={}, now=self.clock())
                raise
            health.finished(db, run, ok=True, detail="", counts=counts, now=self.clock())
            return counts

    def log_to_stderr(self, *, as_json: bool, level: str = "info") -> None:
        """Set up the log, with every secret hidden: those in force when something is said."""
        set_up(
            level=getLevelNamesMapping()[level.upper()],
            as_json=as_json,
            secrets=self._to_hide,
        )

    def _to_hide(self) -> tuple[str, ...]:
        return self.secrets.values()  # another object once the settings were read anew


@contextmanager
def open_app(
    config: Path,
    data: Path,
    environ: Mapping[str, str],
    *,
    clock: Clock = system_clock,
    allow: frozenset[tuple[str, int]] = frozenset(),
    alone: bool = True,
    google_news: str = GOOGLE,
) -> Iterator[App]:
    """Build the product and close it again. One service a data folder: a second is refused.

    ``allow`` names exact hosts and ports that may be on this machine; only code can hand it over,
    no setting and no variable of the environment. ``alone`` False is for short commands beside a
    running service; they must run no job that reads the web. ``google_news`` is where headlines of
    a gap are asked for, with ``{query}`` in it.

    Raises:
        ConfigError: with every mistake of the settings.
        AlreadyRunning: another service works on ``data``.
        StoreError: the database cannot be opened, is newer, or is damaged.
    """
    settings = load(config, environ, known=topics.known_to(config))
    data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        cut_off = stack.enter_context(hold(data)) if alone else None
        parts = stack.enter_context(outside(settings, clock=clock, allow=allow))
        app = App(
            config=config,
            data=data,
            environ=environ,
            clock=clock,
            settings=settings,
            built_with=settings,
            secrets=secrets(environ, settings, data),
            feed_web=parts.feed_web,
            page_web=parts.page_web,
            look_web=parts.look_web,
            workers=parts.workers,
            poster=parts.poster,
            google_news=google_news,
            begun_at=clock() if alone else None,
            cut_off=cut_off,
        )
        stack.callback(app.stop)
        damaged = journal.damage(data / DATABASE) if alone else None
        with closing(app.open_store()) as db:
            if alone:
                check_at_start(db)
                if damaged:
                    app.note("journal", damaged)
                sending.take_up(db, clock())
            app.refresh(db)
        yield app
