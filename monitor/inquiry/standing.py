"""The settings as they stand, what the file says of them and what the desk, and what would fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor.config.changing import against
from monitor.config.checking import Known
from monitor.config.listing import Listed, key_of
from monitor.config.loading import Settings
from monitor.config.problems import ConfigError, Problem
from monitor.config.reading import Document, read
from monitor.config.shape import Alert
from monitor.inquiry.sourcing import Search
from monitor.inquiry.suggesting import Suggestion
from monitor.inquiry.trying import Tried
from store import changes
from store.db import Db
from store.upkeep import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The settings in force, and where the file says what of them.

    ``rules`` and ``feeds``: the line of each entry of the file by its name; what is not among
    them was written on the desk. ``written``: the file's own ``thresholds`` and ``queue``.
    """

    settings: Settings
    file: str = "feeds.yaml"
    rules: Mapping[str, int] = field(default_factory=dict)
    feeds: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def rule(self, name: str) -> Alert | None:
        """Return the rule of this name, or None."""
        return next((rule for rule in self.settings.rules if rule.name == name), None)

    def listed(self) -> Listed:
        """Return the feeds in force, for finding one again."""
        specs = self.settings.feeds
        return Listed(
            {"key": s.key, "url": s.url, "outlet": s.outlet, "side": s.side} for s in specs
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the settings pages are given: to look, to weigh, to try. None of it writes."""

    standing: Callable[[Db], Standing]
    against: Callable[[Db, Mapping[str, Any]], tuple[Problem, ...]]
    try_rule: Callable[[Db, Alert, int], Tried]  # in so many days
    find: Callable[[str, str | None], Search]
    in_file: Callable[[str], Any] = lambda _path: None
    suggest: Callable[[Alert], Sequence[Suggestion]] = lambda _rule: ()


def standing(settings: Settings, config: Path) -> Standing:
    """Return how things stand; the lines of the file are read again when it changed."""
    found = _document(config)
    if found is None:
        return Standing(settings=settings, file=config.name)
    return Standing(
        settings=settings,
        file=config.name,
        rules=_lines(found, "alerts", lambda entry: str(entry.get("name"))),
        feeds=_lines(found, "feeds", key_of),
        lines=found.lines,
    )


def objections(
    config: Path,
    standing_changes: Sequence[Change],
    wanted: Mapping[str, Any],
    known: Callable[[str], Known],
    topic: str,
) -> tuple[Problem, ...]:
    """Return what speaks against changing ``wanted``, in words; a broken file speaks for itself."""
    try:
        return against(config, standing_changes, wanted, known(topic))
    except ConfigError as error:
        return error.problems


def in_file(config: Path, path: str) -> Any:
    """Return what the file itself says at ``path`` of a change, as in YAML; None when nothing."""
    found = _document(config)
    section, _, rest = path.partition(".")
    below = (found.value if found else {}).get(section)
    if section == "readers":
        name, _, key = rest.partition(".")
        entry = below.get(name) if isinstance(below, dict) else None
        return entry.get(key) if isinstance(entry, dict) else None
    if section not in {"feeds", "alerts"}:
        return below.get(rest) if isinstance(below, dict) else None
    name, _, key = rest.partition(".")
    made = key_of if section == "feeds" else (lambda entry: str(entry.get("name")))
    entries = (e for e in below if isinstance(e, dict)) if isinstance(below, list) else ()
    entry = next((dict(e) for e in entries if made(e) == name), None)
    return (entry.get(key) if key else entry) if entry else None


def undoing(db: Db, change: Change, config_says: Callable[[str], Any]) -> str | None:
    """Return what would stand again without ``change``, as JSON; None when it stands no more.

    Without an older line of the desk that is what the file says, and nothing where it is silent.
    """
    lines = changes.of_path(db, change.path)
    if not lines or lines[0].id != change.id:
        return None
    return lines[1].value if len(lines) > 1 else json.dumps(config_says(change.path))


# --- the file -------------------------------------------------------------------------------


def _document(config: Path) -> Document | None:
    try:
        stat = config.stat()
        return _read(config, stat.st_mtime_ns, stat.st_size)
    except (OSError, ConfigError):
        return None


@lru_cache(maxsize=4)
def _read(config: Path, _changed: int, _size: int) -> Document:
    return read(config)


def _lines(
    found: Document, section: str, name: Callable[[Mapping[str, Any]], str]
) -> dict[str, int]:
    entries = found.value.get(section)
    return {
        name(entry): found.line_of(f"{section}[{at}]") or 0
        for at, entry in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    }
