"""The parts of the product, and what they are by the settings as they stand.

Jobs and the desk get what they need from here; nothing else is global. ``monitor.app`` builds it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from classifiers import registry
from classifiers.artifact import loads
from classifiers.learning import calibrate
from classifiers.lexicon import Lexicon
from classifiers.pack import Team, load_pack
from classifiers.types import Classifier, Trainer
from monitor import missing, readership, topics
from monitor.alerts.alerting import Teller
from monitor.alerts.rulebook import Rulebook, make_rulebook
from monitor.alerts.watching import Lookout
from monitor.config.credentials import FILE_NAME, Secrets, secrets
from monitor.config.loading import Settings, built_otherwise, load, stamps
from monitor.config.problems import ConfigError
from monitor.config.shape import Alert
from monitor.delivery import sending
from monitor.delivery.ways import held, ways_out
from monitor.digests import publishing
from monitor.digests.edition import Press
from monitor.edge.clock import Clock
from monitor.edge.http import Poster, Web
from monitor.edge.notify import Channel, deliver
from monitor.edge.worker import Workers
from monitor.feeds.filling import Means
from monitor.inquiry import looking
from monitor.inquiry.ailments import Facts
from monitor.inquiry.weighing import Judges
from monitor.inquiry.wellness import wellness
from monitor.model import Thresholds
from monitor.stages.fill import GOOGLE
from monitor.ticks import EVERY_SECONDS
from monitor.told import Delivery
from monitor.upkeep import nightly, vitals
from monitor.upkeep.nightly import Night
from monitor.upkeep.safekeeping import Ground
from monitor.upkeep.vitals import Heart
from store import changes, corpus, feeds, health
from store.db import READER_KB, Db, connect
from store.editions import DAILY
from store.faults import StoreError
from store.messages import OutboxRow, Outgoing

log = logging.getLogger(__name__)
DATABASE = "torkham.db"


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the product is made of. Any thread may call the methods; each opens its own store."""

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
    begun_at: datetime | None = None  # when this process began to run jobs
    cut_off: int | None = None  # the process that worked here before and did not stop by itself
    mistakes: tuple[str, ...] = ()  # of the settings as they stand in the file
    heart: Heart = field(default_factory=Heart)
    _opened: bool = False
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
        return self.settings.web.url

    @property
    def _secrets_file(self) -> Path:
        return Path(self.environ.get("TORKHAM_SECRETS_FILE") or self.data / FILE_NAME)

    @property
    def night(self) -> Night:
        """What is backed up each night, and how."""
        rules, older = self.settings.backups, self.settings.retention.backups
        ground = Ground(config=self.config, data=self.data, secrets=self._secrets_file)
        return Night(ground=ground, rules=rules, keep_days=older or rules.keep_days, zone=self.zone)

    def open_store(self, *, cache_kb: int = READER_KB) -> Db:
        """Return a connection of this thread's own; the caller closes it.

        Only the first one may make the store: were it taken away later, an empty one in its place
        would hide that from everybody.
        """
        try:
            db = connect(self.data / DATABASE, create=not self._opened, cache_kb=cache_kb)
        except StoreError as error:
            if self._opened and not (self.data / DATABASE).exists():
                raise StoreError(
                    f"{self.data / DATABASE} is gone, though Torkham works with it: stop Torkham,"
                    " put it back or restore a backup"
                ) from error
            raise
        self._opened = True
        return db

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

    # --- what changes while it runs ----------------------------------------------------------

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
            self.mistakes = tuple(str(problem) for problem in error.problems)
            self._note_new(self.mistakes)
        else:
            self.mistakes = ()
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

    def facts(self) -> Facts:
        """Return how the service stands, for the one judgement of whether it is well."""
        now = self.clock()
        copies = nightly.unwell(self.night, now)
        return looking.facts(
            self.data / DATABASE,
            now,
            every=EVERY_SECONDS,
            begun_at=self.begun_at,
            mistakes=self.mistakes,
            unheard_since=self.heart.failing_since,
            unheard=self.heart.says,
            elsewhere=tuple(line for line in copies if "newest copy" not in line),
        )

    def look(self, db: Db) -> Mapping[str, int]:
        """Judge whether the service is well, tell people when it is due, and give a sign of life.

        The sign says that something is unwell once that lasts, as people are told.
        """
        now, settings = self.clock(), self.settings
        found = wellness(self.facts(), now)
        after = timedelta(minutes=settings.notices.service_after)
        counts = vitals.tell(db, found, to=self.notice_ways(), after=after, now=now)
        url = self.secrets.heartbeat_url
        if url:
            lasting = vitals.lasting(db, found, after, now)
            poster = self.poster.reaching(url) if settings.heartbeat.inside else self.poster
            every = timedelta(minutes=settings.heartbeat.every)
            self.heart.beat(poster, url, every=every, found=lasting, now=now)
        return counts

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
