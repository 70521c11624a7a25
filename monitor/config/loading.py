"""feeds.yaml + the environment + the desk's changes, as one frozen value for this tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from monitor.config.changing import overlay
from monitor.config.checking import Known, check
from monitor.config.problems import ConfigError, Problem
from monitor.config.reading import Document, read
from monitor.config.shape import (
    Alert,
    Backups,
    CatchUp,
    Channel,
    Coverage,
    Digest,
    Fetch,
    File,
    FurtherDigest,
    Heartbeat,
    Metrics,
    Notices,
    Pace,
    Queue,
    Reader,
    Retention,
    Spikes,
    Switch,
    Team,
    Thresholds,
    Web,
    Workers,
)
from store.polls import FeedSpec
from store.upkeep import Change

# A container sets these without touching the file.
_FROM_ENVIRONMENT = {
    "TORKHAM_WEB_HOST": ("web", "host"),
    "TORKHAM_WEB_PORT": ("web", "port"),
    "TORKHAM_WEB_ADDRESS": ("web", "address"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set, checked and complete. Nothing in it is secret.

    ``shelved`` are the keys of feeds whose kind is not read yet; ``ignored_changes`` are changes
    of the desk that do not fit (any more), each with the path it was made for.
    """

    topic: str
    team: Team
    feeds: tuple[FeedSpec, ...]
    shelved: tuple[str, ...]
    rules: tuple[Alert, ...]
    digest: Digest
    digests: tuple[FurtherDigest, ...]
    channels: Mapping[str, Channel]
    readers: Mapping[str, Reader]
    thresholds: Thresholds
    queue: Queue
    definition: Mapping[str, Switch]
    names: Mapping[str, tuple[str, ...]]
    fetch: Fetch
    workers: Workers
    web: Web
    retention: Retention
    backups: Backups
    reread: tuple[timedelta, ...]
    pace: Pace
    spikes: Spikes
    notices: Notices
    heartbeat: Heartbeat
    metrics: Metrics
    catch_up: CatchUp
    coverage: Coverage
    ignored_changes: tuple[Problem, ...] = ()


def load(
    path: Path,
    environ: Mapping[str, str],
    changes: Sequence[Change] = (),
    *,
    known: Callable[[str], Known] = lambda _topic: Known(),
) -> Settings:
    """Return the settings in force. Raises ConfigError with every mistake of file and environment.

    A change of the desk that does not fit never stops the service: it is left out and named in
    ``ignored_changes``.

    Args:
        path: feeds.yaml.
        environ: The environment, usually ``os.environ``.
        changes: The standing changes of the desk, in the order they were made.
        known: Given the name of the topic, what else the file may name; by default unchecked.
    """
    document = read(path)
    base, names = _with_environment(document.value, environ)
    may_name = known(str(base.get("topic", File.model_fields["topic"].default)))
    found = [*document.problems, *check(base, may_name).problems]
    if found:
        raise ConfigError(_placed(found, document, names))
    file, ignored = overlay(base, changes, may_name)
    return _settings(file, ignored)


def _with_environment(
    document: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the document with the environment laid over it, and whose word each path now is."""
    laid = dict(document)
    names: dict[str, str] = {}
    for name, (section, key) in _FROM_ENVIRONMENT.items():
        below = laid.get(section) or {}
        if environ.get(name) and isinstance(below, dict):
            laid[section] = {**below, key: environ[name]}
            names[f"{section}.{key}"] = name
    return laid, names


def _placed(
    found: Sequence[Problem], document: Document, names: Mapping[str, str]
) -> Sequence[Problem]:
    """Return the problems in the order of the file, each with its line; then the environment's."""
    placed = [
        replace(problem, path=names[problem.path])
        if problem.path in names
        else replace(problem, line=problem.line or document.line_of(problem.path))
        for problem in found
    ]
    return sorted(placed, key=lambda problem: problem.line or 10**9)


def _settings(file: File, ignored: Sequence[Problem]) -> Settings:
    return Settings(
        topic=file.topic,
        team=file.team,
        feeds=tuple(feed.spec() for feed in file.feeds if not feed.unread),
        shelved=tuple(feed.name for feed in file.feeds if feed.unread),
        rules=file.alerts,
        digest=file.digest,
        digests=file.digests,
        channels=MappingProxyType(dict(file.channels)),
        readers=MappingProxyType(dict(file.readers)),
        thresholds=file.thresholds,
        queue=file.queue,
        definition=MappingProxyType(dict(file.definition)),
        names=MappingProxyType(dict(file.names)),
        fetch=file.fetch,
        workers=file.workers,
        web=file.web,
        retention=file.retention,
        backups=file.backups,
        reread=tuple(sorted(timedelta(minutes=one) for one in file.reread)),
        pace=file.pace,
        spikes=file.spikes,
        notices=file.notices,
        heartbeat=file.heartbeat,
        metrics=file.metrics,
        catch_up=file.catch_up,
        coverage=file.coverage,
        ignored_changes=tuple(ignored),
    )


def built_otherwise(built: Settings, now: Settings) -> Iterator[str]:
    """Name the sections that were edited since the parts they shape were built."""
    for section in ("topic", "fetch", "workers", "web"):
        if getattr(built, section) != getattr(now, section):
            yield f"{section}: changed; it takes effect when Torkham is started again"


def stamps(*paths: Path) -> list[tuple[int, int] | None]:
    """Return what tells that a file, or who may read it, changed; None while there is no file."""
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_ctime_ns, stat.st_size))
    return found
