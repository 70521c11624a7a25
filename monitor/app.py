"""The composition root: everything is built once, here, and closed in order.

``open_app`` is the only place that knows all the parts. Jobs and the desk get what they need from
the ``App``; nothing else is global.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from classifiers import registry
from classifiers.artifact import loads
from classifiers.learning import calibrate
from classifiers.lexicon import Lexicon
from classifiers.pack import Team, load_pack
from classifiers.types import Classifier, Trainer
from monitor import choking, missing, pipeline, publishing, readership, rereading, sending, topics
from monitor.alerting import Teller
from monitor.config.credentials import FILE_NAME, Secrets, secrets
from monitor.config.loading import Settings, built_otherwise, load, stamps
from monitor.config.problems import ConfigError
from monitor.config.shape import Alert
from monitor.edge.clock import Clock, system_clock
from monitor.edge.http import Poster, Web
from monitor.edge.log import set_up
from monitor.edge.notify import Channel, deliver
from monitor.edge.worker import Workers
from monitor.edition import Press
from monitor.filling import Means
from monitor.inquiry import naming
from monitor.inquiry.weighing import Judges
from monitor.keeping import keeps_pages
from monitor.model import Thresholds
from monitor.outside import outside
from monitor.pipeline import Counts
from monitor.polled import watch_of
from monitor.rulebook import Rulebook, make_rulebook
from monitor.stages.fill import GOOGLE
from monitor.told import Delivery
from monitor.watching import Lookout
from monitor.ways import held, ways_out
from store import changes, corpus, feeds, health
from store.db import Db, connect, quick_check
from store.editions import DAILY
from store.lock import hold
from store.messages import OutboxRow, Outgoing

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
    secrets: Secrets
    feed_web: Web
    page_web: Web
    look_web: Web  # for people who wait for the answer: a round of polls never holds it up
    workers: Workers
    poster: Poster
    built_with: Settings
    google_news: str = GOOGLE
    _stopping: threading.Event = field(default_factory=threading.Event)
    _noting: threading.Lock = field(default_factory=threading.Lock)
    _told: tuple[str, ...] = ()
    _read: object = None  # what the settings in force were read from
    _rulebook: tuple[Settings, Rulebook] | None = None
    _models: dict[tuple[str, str, Team], Classifier] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.settings.team.time_zone)

    @property
    def desk_url(self) -> str:
        """Where the desk is, as people type it."""
        web = self.settings.web
        host = web.allowed_hosts[0] if web.allowed_hosts else web.host
        return f"http://{host}:{web.port}"

    @property
    def _secrets_file(self) -> Path:
        return Path(self.environ.get("TORKHAM_SECRETS_FILE") or self.data / FILE_NAME)

    def open_store(self) -> Db:
        """Return a connection of this thread's own; the caller closes it."""
        return connect(self.data / DATABASE)

    # --- what judges, and how ----------------------------------------------------------------

    def classifier(self, db: Db) -> Classifier:
        """Return the live model, or the cold start while none was trained."""
        live = corpus.live_model(db)
        key = (live.id if live else "", self.topic, self.team)
        if key not in self._models:
            artifact = loads(live.artifact) if live else None
            self._models = {key: registry.load(artifact, topic=self.topic, team=self.team)}
        return self._models[key]

    @property
    def topic(self) -> str:
        """The topic pack in force: a shipped name, or the path of the team's own."""
        return topics.place_of(self.settings.topic, self.config)

    @property
    def team(self) -> Team:
        """What the team laid over its topic pack."""
        return topics.team_of(self.settings)

    @property
    def trainer(self) -> Trainer:
        """What makes models of decisions."""
        return registry.trainer(topic=self.topic, team=self.team)

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon in force, with the team's names."""
        return topics.lexicon_of(self.settings, self.config)

    def thresholds(self, db: Db | None = None) -> Thresholds:
        """Return the thresholds of today's plan, which is made and kept when there is none yet."""
        if db is None:
            with closing(self.open_store()) as opened:
                return self.thresholds(opened)
        settings = self.settings
        aim = missing.Aim(
            given=settings.thresholds,
            mix=settings.queue.mix,
            pack=calibrate.thresholds(self.topic).queue,
            zone=self.zone,
        )
        return missing.plan(db, aim, self.clock())

    def judges(self, db: Db) -> Judges:
        """Return what judges by the settings as they stand now, to weigh a change of it."""
        self.refresh(db)
        return Judges(topic=self.topic, team=self.team, threshold=self.thresholds(db).queue)

    def rulebook(self, rules: tuple[Alert, ...] | None = None) -> Rulebook:
        """Return the rules of feeds.yaml, or others to try out, ready to match.

        Those of feeds.yaml are made once for each reading of it: compiling them costs more than
        matching a hundred articles.
        """
        settings = self.settings
        if rules is None and self._rulebook and self._rulebook[0] is settings:
            return self._rulebook[1]
        made = make_rulebook(
            settings.rules if rules is None else rules,
            self.lexicon,
            ways=self.ways(),
            time_zone=settings.team.time_zone,
            desk_url=self.desk_url,
            edges=topics.edges_of(self.topic, self.team),
        )
        if rules is None:
            self._rulebook = (settings, made)
        return made

    def teller(self) -> Teller:
        """Return whom each rule that is on tells, and how alerts look."""
        return readership.teller(self.settings, self.lexicon, desk_url=self.desk_url)

    def lookout(self) -> Lookout:
        """Return which topics and places are watched for spikes, and who is told."""
        strands = load_pack(self.topic, self.team).strands
        return readership.lookout(self.settings, self.lexicon, strands, desk_url=self.desk_url)

    def notice_ways(self) -> tuple[str, ...]:
        """Return the ways by which the team hears how the service does."""
        ways = self.ways()
        return tuple(way for name in self.settings.notices.channels for way in ways.get(name, ()))

    def presses(self, db: Db) -> tuple[Press, ...]:
        """Return how editions of each digest are made at the moment, the daily one first."""
        thresholds = self.thresholds(db)
        return readership.presses(
            self.settings,
            self.lexicon,
            load_pack(self.topic, self.team).strands,
            model=self.classifier(db).model,
            threshold=thresholds.queue,
            threshold_why=thresholds.why,
            desk_url=self.desk_url,
        )

    def press(self, db: Db, name: str = DAILY) -> Press:
        """Return how editions of one digest are made. Raises KeyError: there is none so named."""
        return {press.settings.name: press for press in self.presses(db)}[name]

    @property
    def means(self) -> Means:
        """What holes in the coverage are filled with, by the settings as they stand."""
        return Means(
            web=self.feed_web,
            workers=self.workers,
            sources=self.settings.coverage.fill_gaps,
            google=self.google_news,
        )

    # --- the ways out ------------------------------------------------------------------------

    def channels(self) -> dict[str, tuple[Channel, ...]]:
        """Return the channels by name, a mail channel as one way a recipient."""
        return ways_out(self.settings.channels, self.secrets, self.data, self.poster)

    def ways(self) -> dict[str, tuple[str, ...]]:
        """Return the names of each channel's ways, under which messages wait in the outbox."""
        return {name: tuple(way.name for way in ways) for name, ways in self.channels().items()}

    def deliver(self, row: OutboxRow) -> Delivery:
        """Deliver one message; a channel that is no more fails it for good."""
        ways = {way.name: way for found in self.channels().values() for way in found}
        way = ways.get(row.message.channel)
        if way is None:
            gone = f"there is no channel {row.message.channel} in the settings any more"
            return Delivery(state="failed", detail=gone, permanent=True)
        return deliver(publishing.pictured(self.open_store, row.message), way)

    def try_channel(self, db: Db, name: str, by: str) -> dict[str, Delivery]:
        """Send a test message by each way of a channel and say how it went. Raises KeyError."""
        return sending.try_out(
            db, self.channels()[name], by=by, clock=self.clock, hidden=self.secrets.hidden
        )

    def held(self, message: Outgoing, now: datetime) -> datetime | None:
        """Return until when nobody may be told of ``message``, by the hours of its reader."""
        return held(self.settings, message, now)

    # --- jobs --------------------------------------------------------------------------------

    def run_job(self, name: str) -> Counts:
        """Run one job once and record how it went. Raises what broke the job itself."""
        with closing(self.open_store()) as db:
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

    def refresh(self, db: Db) -> None:
        """Read the settings anew when they changed. A mistake in them leaves the last good ones."""
        standing = changes.changes(db)
        now_there = (*stamps(self.config, self._secrets_file), *standing)
        if now_there == self._read:
            return
        try:
            settings = load(
                self.config, self.environ, standing,
                known=topics.known_to(self.config),
            )  # fmt: skip
            found = secrets(self.environ, settings, self.data)
        except ConfigError as error:
            self._note_new(str(problem) for problem in error.problems)
        else:
            unfit = map(str, settings.ignored_changes)
            self._note_new([*built_otherwise(self.built_with, settings), *unfit])
            self.settings, self.secrets = settings, found
        feeds.sync(db, self.settings.feeds, self.clock())
        self._read = now_there

    def _note_new(self, sentences: Iterable[str]) -> None:
        """Note what is unwell with the settings when it begins, not at every tick it lasts."""
        with self._noting:
            told, self._told = self._told, tuple(sentences)
            for sentence in self._told:
                if sentence not in told:
                    self.note("settings", sentence)

    def log_to_stderr(self, *, as_json: bool) -> None:
        """Set up the log, with every secret hidden."""
        set_up(as_json=as_json, secrets=self.secrets.values())

    def note(self, kind: str, detail: str) -> None:
        """Write what the service noticed about itself into the health table."""
        log.warning("%s: %s", kind, detail)
        with closing(self.open_store()) as db:
            health.note(db, kind, detail, self.clock())

    def stop(self) -> None:
        """Ask every job to end after the unit it is at."""
        self._stopping.set()

    def stopped(self) -> bool:
        """Return whether ``stop`` was called."""
        return self._stopping.is_set()


JOBS: Mapping[str, Callable[[App, Db], Counts]] = {
    "poll": lambda app, db: pipeline.poll(
        db, web=app.feed_web, workers=app.workers, clock=app.clock, stopped=app.stopped,
        means=app.means, watch=watch_of(app.settings, app.ways()),
    ),
    "harvest": lambda app, db: pipeline.harvest(
        db, web=app.page_web, workers=app.workers, lexicon=app.lexicon, clock=app.clock,
        stopped=app.stopped, retention=app.settings.retention,
    ),
    "judge": lambda app, db: pipeline.judge(
        db, classifier=app.classifier(db), topic=app.settings.topic, thresholds=app.thresholds(db),
        rulebook=app.rulebook(), clock=app.clock, stopped=app.stopped,
    ),
    "alert": lambda app, db: pipeline.alert(
        db, teller=app.teller(), lookout=app.lookout(), notices=app.notice_ways(), clock=app.clock,
    ),
    "digest": lambda app, db: pipeline.digest(
        db, presses=app.presses(db), catch_up_days=app.settings.catch_up.digest_days,
        clock=app.clock,
    ),
    "send": lambda app, db: {
        **pipeline.send(
            db, deliver=app.deliver, clock=app.clock, stopped=app.stopped, held=app.held
        ),
        **choking.tell(db, watch_of(app.settings, app.ways()), app.ways(), app.clock()),
    },
    "learn": lambda app, db: pipeline.learn(db, trainer=app.trainer, clock=app.clock),
    "reread": lambda app, db: rereading.reread(
        db, web=app.page_web, workers=app.workers, lexicon=app.lexicon, clock=app.clock,
        stopped=app.stopped, afters=app.settings.reread,
        keeps=keeps_pages(app.settings.retention),
    ),
    "tidy": lambda app, db: {
        **pipeline.tidy(db, data=app.data, retention=app.settings.retention, clock=app.clock),
        **naming.noted(db, naming.Ground(judges=app.judges(db), zone=app.zone), app.clock()),
    },
}  # fmt: skip
"""Every job by name, in the order in which ``once`` runs them."""


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
        if alone:
            stack.enter_context(hold(data))
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
        )
        stack.callback(app.stop)
        with closing(app.open_store()) as db:
            if alone:
                quick_check(db)
            app.refresh(db)
        yield app
