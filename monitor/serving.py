"""The desk of a built product: what the pages are given, taken from the ``App``."""

from __future__ import annotations

import platform
import secrets
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from time import monotonic
from typing import Final

from classifiers.pack import load_pack
from monitor import topics
from monitor.app import App
from monitor.articles.overruling import overrule
from monitor.articles.overruling import take_back as take_back_overruling
from monitor.edge import plot, process
from monitor.edge.whole import write_whole
from monitor.exports.about import about
from monitor.exports.taking import take
from monitor.inquiry import standing, suggesting, trying, waiting
from monitor.inquiry.figures import Reading, exposition, families
from monitor.inquiry.looking import Kept, Look
from monitor.inquiry.setting import Bench
from monitor.inquiry.sourcing import Search, look
from monitor.inquiry.spelling import spellings_of
from monitor.inquiry.standing import Office
from monitor.inquiry.unlearning import take_back
from monitor.inquiry.wellness import wellness
from monitor.model import Dropped
from monitor.outside import VERSION
from monitor.parts import DATABASE
from monitor.readership import english_of
from monitor.stages import urls
from monitor.web.desk import Desk
from store import changes, editions
from store.db import Db, connect, sqlite_version
from store.faults import StoreError
from store.gauges import gauges as read_gauges

NAMES: Final = frozenset(
    (
        *("country", "place", "person", "group", "institution", "crossing", "operation"),
        *("treaty", "neighbour"),
    )
)
"""Kinds of concepts that are names; the others are words."""
_PATIENCE: Final = 25.0  # seconds
KEY_BYTES: Final = 32


def desk_for(app: App) -> Desk:
    """Return the desk of ``app``, ready for ``monitor.web.server.create``."""
    web = app.settings.web
    plot.keep_in(app.data / "fonts")
    seen = Look(app.facts)
    return Desk(
        open_store=app.open_store,
        clock=app.clock,
        zone=app.zone,
        secret=_secret(app.data / "desk.key"),
        allowed_hosts=("127.0.0.1", "localhost", "[::1]", *web.allowed_hosts),
        address=web.address or "",
        proxies=tuple(ip_network(one) for one in web.proxy),
        concepts={concept: concept.replace("_", " ") for concept in app.lexicon.concepts},
        named=frozenset(c.id for c in app.lexicon.concepts.values() if c.kind in NAMES),
        profile=load_pack(app.topic, app.team).profile,
        thresholds=app.thresholds().why,
        canonical=_canonical,
        digest_html=lambda day: _edition(app, day),
        own_names=lambda: app.team.added,
        spell=lambda: spellings_of(app.lexicon),
        english=lambda words: _english(app, words),
        bench=Bench(config=app.config, environ=app.environ),
        forget=lambda db, asked: take_back(
            db,
            person=asked.person,
            since=asked.since,
            until=asked.until,
            by=asked.by,
            trainer=app.trainer,
            clock=app.clock,
        ),
        overrule=lambda db, article, by, does: _overrule(app, db, article, by, does=does),
        version=VERSION,
        strands=load_pack(app.topic, app.team).strands,
        judges=app.judges,
        mix=lambda: app.settings.queue.mix,
        reasons=lambda: app.settings.queue.reasons,
        read_twice=lambda: app.settings.queue.read_twice,
        office=office(app),
        try_channel=app.try_channel,
        ailments=lambda: wellness(seen(), app.clock()),
        figures=Figures(app, seen),
        figures_here=lambda: app.settings.metrics.on_this_machine,
        snapshot=lambda db, note: take(
            db,
            trainer=app.trainer,
            about=about(app.settings, app.topic),
            now=app.clock(),
            note=note,
        )[0],
        offers=lambda name, body: waiting.offers(name, body, app.workers, app.clock()),
    )


class Figures:
    """The figures of the service as text, made at most every few seconds, however many ask."""

    def __init__(self, app: App, look: Look) -> None:
        self._app, self._look = app, look
        self._began_at = app.begun_at or app.clock()
        self._build = {
            "version": VERSION,
            "python": platform.python_version(),
            "sqlite": sqlite_version(),
        }
        self._text = Kept(self._made)

    def __call__(self) -> str:
        """Return what ``/metrics`` answers. A store that cannot be read leaves its figures out."""
        return self._text()

    def _made(self) -> str:
        facts, now, gauges = self._look(), self._app.clock(), None
        try:
            with closing(connect(self._app.data / DATABASE, create=False, busy_seconds=1)) as db:
                gauges = read_gauges(db, now)
        except StoreError:
            facts = replace(facts, signs=None)
        reading = Reading(
            facts=facts,
            found=wellness(facts, now),
            gauges=gauges,
            used=process.used(),
            build=self._build,
            began_at=self._began_at,
            now=now,
        )
        return exposition(families(reading))


def _english(app: App, words: str) -> str:
    return english_of(app.lexicon)(words)


def office(app: App) -> Office:
    """Return what the settings pages are given of ``app``."""

    def stands(db: Db) -> standing.Standing:
        app.refresh(db)
        return standing.standing(app.settings, app.config)

    return Office(
        standing=stands,
        against=lambda db, wanted: standing.objections(
            app.config, changes.changes(db), wanted, topics.known_to(app.config), app.settings.topic
        ),
        try_rule=lambda db, rule, days: trying.try_rule(
            db, rule, app.rulebook((rule,)), app.clock(), days=days
        ),
        suggest=lambda rule: suggesting.suggested(rule, app.lexicon),
        find=lambda url, kind: _find(app, url, kind),
        in_file=lambda path: standing.in_file(app.config, path),
    )


def _find(app: App, url: str, kind: str | None) -> Search:
    """Look for a feed while somebody waits: within half a minute, whatever the site does."""
    ends = monotonic() + _PATIENCE
    return look(app.look_web, app.workers, url, kind, stopped=lambda: monotonic() > ends)


def _overrule(app: App, db: Db, article: int, by: str, *, does: bool) -> str:
    now = app.clock()
    if does:
        return overrule(db, article=article, by=by, now=now, lexicon=app.lexicon)
    return take_back_overruling(db, article=article, by=by, now=now)


def _canonical(url: str) -> str | None:
    found = urls.canonical(url)
    return None if isinstance(found, Dropped) else str(found)


def _edition(app: App, day: date) -> str | None:
    with closing(app.open_store()) as db:
        edition = editions.get(db, day)
    return edition.page if edition else None


def _secret(path: Path) -> bytes:
    """Return the key that signs sessions; it outlives restarts and only its owner can read it.

    One that a full disk cut short is made anew: an empty key is known to everybody.
    """
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) >= KEY_BYTES:
            return key
    key = secrets.token_bytes(KEY_BYTES)
    write_whole(path, key, mode=0o600)
    return key
