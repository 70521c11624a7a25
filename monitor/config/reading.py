"""YAML text to plain values, with the line each value stands on.

Only events are taken from PyYAML: its constructors never run, so no tag can make an object. Read
are maps, lists and scalars, by the rules of YAML 1.2 rather than 1.1: ``17:00`` is text and not
1020, ``no`` is Norwegian and not false. Refused are anchors and aliases (a page of them unfolds to
gigabytes), tags, a second document, keys written twice and nesting deeper than twenty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from monitor.config.problems import ConfigError, Problem, join

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

# libyaml reads the shipped file ten times faster than the pure Python parser.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9]*([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file read: its value, the line of each path, and what was wrong while reading."""

    value: dict[str, Any]
    lines: Mapping[str, int]
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: str) -> int | None:
        """Return the line of ``path``, or of the nearest thing around it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def read(path: Path) -> Document:
    """Return what the file says. Raises ConfigError when it cannot be read as YAML at all."""
    return parse(_text(path), name=path.name)


def parse(text: str, *, name: str = "feeds.yaml") -> Document:
    """Return what the text says; ``name`` stands in the problems of the whole file."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise ConfigError([*builder.problems, _syntax(name, error, text)]) from None
    except _Refused as refused:
        found = Problem(path=name, message=refused.message, line=refused.line)
        raise ConfigError([*builder.problems, found]) from None
    value = {} if builder.root is None else builder.root
    if not isinstance(value, dict):
        message = "holds no keys; it starts with a line such as `feeds:`"
        raise ConfigError([Problem(path=name, message=message, line=1)])
    return Document(value=value, lines=builder.lines, problems=tuple(builder.problems))


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise ConfigError([Problem(path=path.name, message="is not a file")])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        beside = path.absolute().parent
        message = f"there is no such file in {beside}; `torkham init` writes one"
        if (beside / "data/torkham.db").exists():  # it was there: a new one watches other feeds
            message = (
                f"there is no such file in {beside}, though there is a store: bring your own back"
                " (a backup into a folder holds it); `torkham init` writes a new one"
            )
        raise ConfigError([Problem(path=path.name, message=message)]) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError([Problem(path=path.name, message=message)]) from None
    if len(content) > MAX_BYTES:
        message = f"is larger than {MAX_BYTES // 1_000_000} MB; nobody writes that much by hand"
        raise ConfigError([Problem(path=path.name, message=message)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8 text; save it again as UTF-8"
        raise ConfigError([Problem(path=path.name, message=message, line=line)]) from None


def _syntax(name: str, error: yaml.YAMLError, text: str) -> Problem:
    # str(error) would quote the line itself, and with it whatever secret was put there.
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if mark is None:
        return Problem(path=name, message=f"is not YAML: {what}")
    column = mark.column + 1
    before = text.split("\n")[mark.line : mark.line + 1]
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in before):
        what = "a line begins with a tab; YAML wants spaces"
    return Problem(path=name, message=f"is not YAML: {what}, column {column}", line=mark.line + 1)


class _Refused(Exception):  # noqa: N818 -- a stop inside this module, never seen outside
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not come; ``key`` waits for its value."""

    value: dict[str, Any] | list[Any]
    path: str
    key: str | None = None
    repeated: bool = False


@dataclass(slots=True)
class _Builder:
    root: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _Refused("holds a second document (a line `---`); keep one", line)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            raise _Refused("has an anchor or alias (& or *); write the value out instead", line)
        if getattr(event, "tag", None) is not None:
            raise _Refused("has a tag (a word after !); put a text that starts so in quotes", line)
        if isinstance(event, yaml.ScalarEvent):
            if self._takes_key():
                self._key(str(event.value), line)
            else:
                self._put(_scalar(event), line)
            return
        if self._takes_key():
            raise _Refused("has a map or list as a key; a key is one word", line)
        if len(self.stack) >= MAX_DEPTH:
            raise _Refused(f"is nested deeper than {MAX_DEPTH} levels", line)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(value=value, path=self._put(value, line)))

    def _takes_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and not self._keyed()

    def _keyed(self) -> bool:
        return self.stack[-1].key is not None

    def _key(self, key: str, line: int) -> None:
        frame = self.stack[-1]
        path = join(frame.path, key)
        frame.repeated = key in frame.value
        if frame.repeated:
            first = self.lines[path]
            message = f"is written twice; it stands on line {first} already"
            self.problems.append(Problem(path=path, message=message, line=line))
        else:
            self.lines[path] = line
        frame.key = key

    def _put(self, value: Any, line: int) -> str:
        """Place a value where it belongs and return its path; a repeated key's goes nowhere."""
        if not self.stack:
            self.root = value
            return ""
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            path = join(frame.path, len(frame.value))
            self.lines[path] = line
            frame.value.append(value)
            return path
        key = frame.key or ""
        frame.key = None
        if not frame.repeated:
            frame.value[key] = value
        return join(frame.path, key)


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    text = str(event.value)
    if event.style:  # quoted, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 25:  # longer than any float is written
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
