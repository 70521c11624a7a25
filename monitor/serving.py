"""The desk of a built product: what the pages are given, taken from the ``App``."""

from __future__ import annotations

import os
import secrets
from contextlib import closing
from datetime import date
from pathlib import Path

from monitor.app import VERSION, App
from monitor.model import Dropped
from monitor.stages import urls
from monitor.web.desk import Desk
from store import editions


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
        thresholds=_thresholds(app),
        canonical=_canonical,
        digest_html=lambda day: _edition(app, day),
        version=VERSION,
    )


def _thresholds(app: App) -> str:
    limits = app.thresholds()
    return (
        f"Scores of {limits.queue:.2f} and more are queued; "
        f"{limits.sample_share:.0%} of the rest is drawn for a second look."
    )


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
