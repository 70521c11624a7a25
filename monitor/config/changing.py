"""What people change on the desk, laid over the file: audited rows, never edits of the file.

A path names what is changed: ``thresholds.queue``, ``feeds.dawn-home.enabled``,
``alerts.TTP and the border`` (the whole rule). The value is JSON; ``null`` takes the key, the feed
or the rule out, so that the default, or nothing, is left.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from monitor.config import kinds
from monitor.config.checking import Known, check
from monitor.config.problems import Problem
from monitor.config.reading import read
from monitor.config.shape import File
from store.upkeep import Change

MAX_VALUE = 100_000

# Where it listens, what it may use and where it writes are the business of who owns the machine.
_SECTIONS = frozenset({"team", "digest", "thresholds", "definition", "names"})
_LISTS = {"feeds": "key", "alerts": "name"}
# A reader says when to be told; by which channel is the owner's business.
_MAPS = {"readers": frozenset({"quiet", "hourly", "pause_until"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where desk and file disagree. The values are as in YAML; None: not written there."""

    path: str
    in_file: Any
    on_desk: Any
    by: str
    at: datetime


class _UnfitError(ValueError):
    """A change that cannot be laid over this file; the message says why."""


def overlay(
    document: Mapping[str, Any], changes: Sequence[Change], known: Known
) -> tuple[File, tuple[Problem, ...]]:
    """Return the file with every change that fits, and a problem for each that does not.

    ``document`` must be sound itself. Groups that fit are taken whole and others halved, so that
    one bad change among many costs a handful of checks.
    """
    ignored: dict[int, Problem] = {}
    laid = _lay(dict(document), list(enumerate(changes)), known, ignored)
    return check(laid, known).file, tuple(ignored[index] for index in sorted(ignored))


def differences(path: Path, changes: Sequence[Change]) -> tuple[Difference, ...]:
    """Return the changes that say something else than the file does. Raises ConfigError."""
    document = read(path).value
    found = []
    for change in changes:
        try:
            value = _value(change)
            written = _written(document, change.path)
        except _UnfitError:
            continue  # `load` names it among the ignored
        if value != written and not _given_another(document, change):
            found.append(
                Difference(
                    path=change.path,
                    in_file=written,
                    on_desk=value,
                    by=change.by,
                    at=change.at,
                )
            )
    return tuple(found)


def against(
    path: Path, changes: Sequence[Change], wanted: Mapping[str, Any], known: Known
) -> tuple[Problem, ...]:
    """Return what would be wrong if ``wanted`` (path: value as in YAML) were changed as well.

    Mistakes that are there already are not told again. The path of a mistake inside an entry is
    the key within it (``url``, ``any[2]``); a mistake of the change as a whole has its own path.
    Raises ConfigError when the file cannot be read.
    """
    laid = _lay(dict(read(path).value), list(enumerate(changes)), known, {})
    before = {str(problem) for problem in check(laid, known).problems}
    attempt = copy.deepcopy(laid)
    for name, value in wanted.items():
        try:
            _apply_value(attempt, name, value)
        except _UnfitError as unfit:
            return (Problem(path=name, message=str(unfit)),)
    found = check(attempt, known).problems
    return tuple(_within(problem, attempt) for problem in found if str(problem) not in before)


_ENTRY = re.compile(r"(feeds|alerts)\[(\d+)\]\.?")


def _within(problem: Problem, document: Mapping[str, Any]) -> Problem:
    """The problem as people of the desk read it: entries by their name and not by their number."""

    def named(found: re.Match[str]) -> str:
        section, index = found[1], int(found[2])
        entry = document[section][index]
        return f"{entry.get(_LISTS[section]) or kinds.slug_of(str(entry.get('url')))} "

    message = _ENTRY.sub(named, problem.message).removesuffix(" ")
    return Problem(path=_ENTRY.sub("", problem.path), message=message)


def export(path: Path, changes: Sequence[Change]) -> str:
    """Return the file as YAML with the changes that fit written into it. Raises ConfigError.

    The comments and the layout of the file are lost; its order stays.
    """
    document = read(path).value
    laid = _lay(dict(document), list(enumerate(changes)), Known(), {})
    head = "# Written by Torkham from feeds.yaml and the desk's changes; comments were not kept.\n"
    return head + yaml.dump(
        laid,
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=False,
    )


class _Plain(yaml.SafeDumper):
    """Writes every value out: the reader refuses anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def _lay(
    document: dict[str, Any],
    group: list[tuple[int, Change]],
    known: Known,
    ignored: dict[int, Problem],
) -> dict[str, Any]:
    if not group:
        return document
    attempt = copy.deepcopy(document)
    try:
        for _, change in group:
            _apply(attempt, change)
        problems = check(attempt, known).problems
        why = f"{problems[0].path} {problems[0].message}" if problems else ""
    except _UnfitError as unfit:
        why = str(unfit)
    if not why:
        return attempt
    if len(group) == 1:
        index, change = group[0]
        ignored[index] = Problem(path=change.path, message=f"the desk's change is left out: {why}")
        return document
    half = len(group) // 2
    return _lay(_lay(document, group[:half], known, ignored), group[half:], known, ignored)


def _apply(document: dict[str, Any], change: Change) -> None:
    if not _given_another(document, change):
        _apply_value(document, change.path, _value(change))


def _given_another(document: Mapping[str, Any], change: Change) -> bool:
    """Whether somebody gave a feed that moved another address since, in the file."""
    written = _written(document, change.path) if change.had else None
    return written is not None and str(written).strip() not in change.had


def _apply_value(document: dict[str, Any], path: str, value: Any) -> None:
    section, name, key = _steps(path)
    if section in _SECTIONS:
        below = document.get(section) or {}
        document[section] = _with(below, key, value)
        return
    if section in _MAPS:
        _apply_in_map(document, (section, name, key), value)
        return
    items = document.get(section) or []
    index = _index(items, section, name)
    if key:
        if index is None and value is None:
            return  # nothing is left of an entry that was taken out whole
        if index is None:
            raise _UnfitError(f"{section} has no entry of this name any more")
        # A name made from the address would change with it, and the feed would start anew.
        named = {_LISTS[section]: name} if key == "url" else {}
        items[index] = _with({**named, **items[index]}, key, value)
    elif value is None:
        items[:] = [item for at, item in enumerate(items) if at != index]
    elif isinstance(value, dict):
        entry = {_LISTS[section]: name, **value, _LISTS[section]: name}
        at = len(items) if index is None else index
        items[at : at + 1] = [entry]
    else:
        raise _UnfitError("the value holds no keys")
    document[section] = items


def _apply_in_map(document: dict[str, Any], steps: tuple[str, str, str], value: object) -> None:
    section, name, key = steps
    entries = dict(document.get(section) or {})
    if isinstance(entries.get(name), dict):
        document[section] = {**entries, name: _with(entries[name], key, value)}
    elif value is not None:
        raise _UnfitError(f"{section} has no entry of this name any more")


def _with(below: Mapping[str, Any], key: str, value: object) -> dict[str, Any]:
    rest = {name: old for name, old in below.items() if name != key}
    return rest if value is None else {**below, key: value}


def _steps(path: str) -> tuple[str, str, str]:
    """Return section, entry and key; the entry is empty for sections, the key for whole entries."""
    section, _, rest = path.partition(".")
    if section in _SECTIONS:
        steps = (section, "", rest)
    elif section in _LISTS:
        name, _, key = rest.partition(".")
        steps = (section, name, key)
    elif section in _MAPS:
        name, _, key = rest.partition(".")
        steps = (section, name, key)
        if not name or key not in _MAPS[section]:
            raise _UnfitError(f"of {section} only {', '.join(sorted(_MAPS[section]))} are changed")
    else:
        changed = ", ".join(sorted({*_SECTIONS, *_LISTS, *_MAPS}))
        raise _UnfitError(f"only {changed} are changed on the desk")
    if not rest or "." in steps[2]:
        raise _UnfitError("the path names nothing that can be changed")
    return steps


def _value(change: Change) -> Any:
    if len(change.value) > MAX_VALUE:
        raise _UnfitError("the value is too long")
    try:
        return json.loads(change.value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _UnfitError("the value is no JSON") from None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _index(items: Sequence[Mapping[str, Any]], section: str, name: str) -> int | None:
    for index, item in enumerate(items):
        given = item.get(_LISTS[section])
        if given is None and section == "feeds":
            given = kinds.slug_of(str(item.get("url", "")))
        if given == name:
            return index
    return None


def _written(document: Mapping[str, Any], path: str) -> Any:
    section, name, key = _steps(path)
    below = document.get(section)
    if section in _MAPS:
        below = below.get(name) if isinstance(below, dict) else None
    if section in _LISTS:
        items = [item for item in below or [] if isinstance(item, dict)]
        index = _index(items, section, name)
        if index is None:
            return None
        below = items[index]
        if not key:  # its name is in the path already
            return {name: value for name, value in below.items() if name != _LISTS[section]}
    return below.get(key) if isinstance(below, dict) else None
