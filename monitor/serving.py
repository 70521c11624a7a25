"""The desk of a built product: what the pages are given, taken from the ``App``."""

from __future__ import annotations

import os
import secrets
from contextlib import closing
from datetime import date
from pathlib import Path

from classifiers.pack import load_pack
from monitor.app import VERSION, App
from monitor.inquiry.setting import Bench
from monitor.inquiry.unlearning import take_back
from monitor.model import Dropped
from monitor.overruling import overrule
from monitor.overruling import take_back as take_back_overruling
from monitor.stages import urls
from monitor.web.desk import Desk
from store import editions
from store.db import Db


def desk_for(app: App) -> Desk:
    """Return the desk of ``app``, ready for ``monitor.web.server.create``."""
    web = app.settings.web
    return Desk(
        open_store=app.open_store,
        clock=app.clock,
        zone=app.zone,
        secret=_secret(app.data / "desk.key"),
        password=app.secrets.desk_password,
        allowed_hosts=("127.0.0.1", "localhost", "[::1]", *web.allowed_hosts),
        concepts={concept: concept.replace("_", " ") for concept in app.lexicon.concepts},
        thresholds=app.thresholds().why,
        canonical=_canonical,
        digest_html=lambda day: _edition(app, day),
        own_names=lambda: app.team.added,
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
    )


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
    """Return the key that signs sessions; it outlives restarts and only its owner can read it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(32)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - the mode must be there from birth
            file.write(key)
        return key
