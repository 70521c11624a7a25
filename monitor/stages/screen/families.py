"""All kinds of pages that are no articles and are known by how they talk."""

from __future__ import annotations

from monitor.stages.screen.kinds import Family, Kind
from monitor.stages.screen.notices import NOTICES
from monitor.stages.screen.walls import WALLS

__all__ = ["FAMILIES", "Family", "Kind"]

FAMILIES: tuple[Family, ...] = (*WALLS, *NOTICES)
