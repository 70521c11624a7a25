"""Under which address something is known, when a person asks for it by another one."""

from __future__ import annotations

import re

from monitor.stages import urls
from store import whereabouts
from store.db import Db

ADDRESS = re.compile(r"https?://\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S+", re.IGNORECASE)
"""What a person means as an address, with a scheme or without."""


def meant(typed: str) -> str:
    """What was typed, with a scheme before it where it is an address without one."""
    bare = "://" not in typed and ADDRESS.fullmatch(typed)
    return f"https://{typed}" if bare else typed


def known_as(db: Db, canonical: str) -> str:
    """The address that was shown or read; ``canonical`` itself where none was.

    A browser shows where a link led in the end, and feeds show where it begins.
    """
    tried = list(whereabouts.addresses(canonical))
    shown = whereabouts.known_among(db, tried)
    if shown is not None:
        return shown
    led = whereabouts.led_to(db, canonical)
    return next((own for own, final in led if str(urls.canonical(final)) in tried), canonical)
