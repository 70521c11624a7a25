"""What judges beside the model: the topic pack and what the team laid over it, now and then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.pack import NO_TEAM, TOPIC, Team
from monitor import topics
from monitor.config.loading import load
from store import changes
from store.db import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What judges beside the model: the topic pack's place, and what the team laid over it."""

    topic: str = TOPIC
    team: Team = NO_TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where the settings are read from that a verdict was, or would be, come to with."""

    config: Path
    environ: Mapping[str, str]

    def setting(self, db: Db, at: datetime | None = None) -> Setting:
        """Return today's setting, or with the desk's changes as they stood at an instant.

        The file itself has no history: today's is taken. Raises ConfigError for a mistaken file.
        """
        if not self.config.exists():
            return Setting()
        laid = changes.changes(db) if at is None else changes.standing_at(db, at)
        settings = load(self.config, self.environ, laid, known=topics.known_to(self.config))
        place = topics.place_of(settings.topic, self.config)
        return Setting(topic=place, team=topics.team_of(settings))
