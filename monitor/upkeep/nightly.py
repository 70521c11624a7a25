"""The copies of each night: made from an hour on, checked, rotated, and a second set elsewhere.

Whether a night is done stands in the folders themselves: a copy has its name only when it is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.config.shape import Backups
from monitor.upkeep import safekeeping
from monitor.upkeep.safekeeping import Ground
from store import backups
from store.faults import StoreError

LATE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is to be copied, where to, and by which rules."""

    ground: Ground
    rules: Backups
    keep_days: int
    zone: ZoneInfo

    @property
    def folder(self) -> Path:
        """Where the copies of the nights stand."""
        return self.ground.data / backups.FOLDER

    def on(self, now: datetime) -> date:
        """Return which night it is: the day before, until the hour of the copies."""
        local = now.astimezone(self.zone)
        past = local.time() >= self.rules.at
        return local.date() if past else local.date() - timedelta(days=1)


def due(night: Night, now: datetime) -> bool:
    """Tell whether this night has no copy yet."""
    return not backups.nightly(night.folder, night.on(now)).exists()


def copy(night: Night, now: datetime) -> Counter[str]:
    """Make this night's copy and let the oldest go, but none before the new one is whole.

    Raises:
        StoreError: there is no room, or the store is damaged; every older copy stays.
    """
    on = night.on(now)
    backups.copy(night.ground.database, backups.nightly(night.folder, on))
    gone = backups.rotate(
        night.folder, on, keep_days=night.keep_days, keep_weeks=night.rules.keep_weeks
    )
    return Counter(backups=1, backups_removed=len(gone))


def elsewhere(night: Night, now: datetime) -> Counter[str]:
    """Bring the second set up to this night; nothing where none is wanted, or it is done.

    Raises:
        StoreError: its folder is not there, as when its disk is not mounted, or refuses.
    """
    if night.rules.to is None:
        return Counter()
    folder, on = Path(night.rules.to), night.on(now)
    if not folder.is_dir():
        raise StoreError(
            f"backups.to: there is no folder {folder}: mount its disk, or make the folder"
        )
    if (newest := _newest(folder)) is not None and night.on(newest) >= on:
        return Counter()
    safekeeping.save(night.ground, folder, now, rotate=rotation(night, folder, now))
    return Counter(backups_elsewhere=1)


def rotation(night: Night, folder: Path, now: datetime) -> Callable[[Path], object] | None:
    """Return how older stores go from the folder of the second set; None for any other folder."""
    if night.rules.to is None or folder.resolve() != Path(night.rules.to).resolve():
        return None
    return partial(
        backups.rotate, made_on=now.date(), keep_days=night.keep_days,
        keep_weeks=night.rules.keep_weeks,
    )  # fmt: skip


def _newest(folder: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(safekeeping.manifest_of(folder).made_at)
    except StoreError:
        return None  # the first, or damaged: a new one is made


def unwell(night: Night, now: datetime) -> list[str]:
    """Return in words what is amiss with the copies; nothing in the first days of a service."""
    found = backups.found(night.folder)
    lines = []
    if found and night.on(now) - found[0].on >= LATE:
        lines.append(f"backups: the newest copy is of {found[0].on}; none was made since")
    if night.rules.to is not None:
        newest = _newest(Path(night.rules.to))
        if newest is None and found:
            lines.append(f"backups: there is no backup in {night.rules.to}")
        elif newest is not None and now - newest > LATE + timedelta(days=1):
            lines.append(f"backups: the newest in {night.rules.to} is of {newest:%Y-%m-%d}")
    return lines
