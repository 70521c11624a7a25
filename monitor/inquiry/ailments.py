"""What the judgement of the service is made of, what it gives, and the words of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from store.upkeep import Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of the data folder, in bytes."""

    total: int
    free: int
    database: int = 0
    journal: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The backups that lie in the data folder; ``newest_at`` None: there is none."""

    n: int = 0
    newest_at: datetime | None = None
    bytes: int = 0  # of the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the judgement is made of, as of one moment.

    ``signs`` None: the store could not be read, and ``store_says`` why; ``absent``: there is none.
    ``begun_at``: when this process began to run jobs; None where it runs none. ``cut_off``: the
    process that ran them and was ended by force, where none followed it. ``mistakes`` are those of
    the settings as they stand in the file. ``every``: how often each job ticks, in seconds.
    ``unheard_since``: since when the sign of life is not taken, ``unheard`` what was said.
    ``elsewhere``: what is amiss with the second set of backups.
    """

    every: Mapping[str, float]
    signs: Signs | None = None
    store_says: str = ""
    damaged: bool = False
    absent: bool = False
    disk: Disk | None = None
    copies: Copies = field(default_factory=Copies)
    begun_at: datetime | None = None
    cut_off: int | None = None
    mistakes: tuple[str, ...] = ()
    unheard_since: datetime | None = None
    unheard: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """One thing that is not well. ``cause`` is a stable key: a kind, or ``kind:what``.

    ``sentence`` may name feeds, ways and files; ``about`` is the kind in words and names nothing.
    ``stops``: the service does not do its work while it lasts. ``told_by_others``: its notice is
    made elsewhere.
    """

    cause: str
    sentence: str
    advice: str
    since_at: datetime | None = None
    stops: bool = False
    told_by_others: bool = False

    @property
    def kind(self) -> str:
        """The cause without what it is of."""
        return self.cause.partition(":")[0]

    @property
    def about(self) -> str:
        """The kind in words that anybody may read."""
        return ABOUT[self.kind]


ABOUT: Mapping[str, str] = {
    "store": "The store cannot be read or written.",
    "damage": "The store is damaged.",
    "stopped": "No job runs.",
    "late": "A job does not run when it should.",
    "fails": "A job fails at every run.",
    "disk": "The disk is nearly full.",
    "backup": "There is no recent backup.",
    "clock": "The clock of the machine was set back.",
    "feeds": "Most feeds cannot be read.",
    "pages": "Most pages cannot be read.",
    "intake": "What was found waits for hours.",
    "mail": "Messages do not leave.",
    "doubt": "Messages from before a restore wait for somebody to decide.",
    "watchdog": "The service restarted itself.",
    "heartbeat": "The sign of life is not taken.",
    "settings": "The settings hold a mistake; the last good ones stand.",
}
"""Every kind of ailment, the gravest first, in words that name nothing."""


# --- words ----------------------------------------------------------------------------------


def moment(at: datetime) -> str:
    """Return an instant as people read it."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def length(span: timedelta) -> str:
    """Return "10 seconds", "15 minutes", "3 hours", "2 days", rounded down."""
    seconds = int(abs(span.total_seconds()))
    for floor, unit, name in ((172_800, 86_400, "day"), (7_200, 3_600, "hour"), (90, 60, "minute")):
        if seconds >= floor:
            return f"{seconds // unit} {name}s"
    return f"{seconds} seconds"


def size(n: int) -> str:
    """Return bytes as people read them."""
    return f"{n / 1e9:,.1f} GB" if n >= 1_000_000_000 else f"{n / 1e6:,.0f} MB"


def sentence(text: str) -> str:
    """Return what another part said, ending in a full stop."""
    text = " ".join(text.split())[:600]
    return text if text.endswith((".", "!", "?")) else f"{text}."
