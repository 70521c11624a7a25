"""The composition root: everything is built once, here, and closed in order.

``open_app`` is the only place that knows all the parts. Jobs and the desk get what they need from
the ``App``; nothing else is global.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from classifiers import registry
from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.types import Classifier, Trainer
from monitor import pipeline
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError
from monitor.edge.clock import Clock, system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.worker import Workers
from monitor.pipeline import Counts
from store import changes, corpus, feeds, health
from store.db import Db, connect, write

log = logging.getLogger(__name__)
DATABASE = "torkham.db"


@dataclass(slots=True, kw_only=True)
class App:
    """The product, built. Methods may be called from any thread; each opens its own store."""

    config: Path
    data: Path
    environ: Mapping[str, str]
    clock: Clock
    settings: Settings
    lexicon: Lexicon
    trainer: Trainer
    feed_web: Web
    page_web: Web
    workers: Workers
    _stopping: threading.Event = field(default_factory=threading.Event)
    _models: dict[str, Classifier] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.settings.team.time_zone)

    def open_store(self) -> Db:
        """Return a connection of this thread's own; the caller closes it."""
        return connect(self.data / DATABASE)

    def stop(self) -> None:
        """Ask every job to end after the unit it is at."""
        self._stopping.set()

    def stopped(self) -> bool:
        """Return whether ``stop`` was called."""
        return self._stopping.is_set()
