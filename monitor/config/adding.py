"""Feeds written into feeds.yaml as text, so that every comment and every line of it stays.

The entries are added behind the last one of the list. Before anything is written the new text is
read again: it must say exactly what the old one said and the new feeds besides, without a mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.config.checking import Known, check
from monitor.config.problems import ConfigError, Problem
from monitor.config.reading import parse
from monitor.edge.whole import write_whole

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ./()&+_'-]*[A-Za-z0-9)]|[A-Za-z]")
_WEB = re.compile(r"https?://[!-~]*[A-Za-z0-9/=_-]")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

Feeds = Sequence[Mapping[str, Any]]


def add_feeds(path: Path, feeds: Feeds, known: Known | None = None) -> None:
    """Add feeds to the file. Raises ConfigError, and leaves the file as it was, if that is unfit.

    The file is replaced in one step; who reads it meanwhile sees the old one or the new one.
    """
    if not feeds:
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        before = file.read()
    after = with_feeds(before, feeds)
    problems = check(parse(after, name=path.name).value, known or Known()).problems
    if problems:
        raise ConfigError(problems)
    write_whole(path.resolve(), after.encode())


def with_feeds(text: str, feeds: Feeds) -> str:
    """The text of feeds.yaml with the feeds added. Raises ConfigError where that cannot be done."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    place, indent = _place(lines)
    block: list[str] = []
    for feed in feeds:
        block += ["", *(f"{indent}{line}" for line in entry_lines(feed))]
    made = end.join([*lines[:place], *block, *(lines[place:] or [""])])
    old, new = parse(text).value, parse(made).value
    if new != {**old, "feeds": [*(old.get("feeds") or []), *(dict(feed) for feed in feeds)]}:
        raise _unfit("could not be added to without changing what stands there")
    return made


def entry_lines(feed: Mapping[str, Any]) -> list[str]:
    """A feed as lines of YAML."""
    rows = [f"{key}: {_scalar(value)}" for key, value in feed.items()]
    return [("- " if at == 0 else "  ") + row for at, row in enumerate(rows)]


def _place(lines: Sequence[str]) -> tuple[int, str]:
    """Behind which line the list of feeds ends, and how far its entries stand in."""
    start = next((at for at, line in enumerate(lines) if re.match(r"feeds\s*:", line)), None)
    if start is None:
        raise _unfit("has no list `feeds:` to add to")
    if not re.fullmatch(r"feeds\s*:\s*(#.*)?", lines[start]):
        raise _unfit("has its feeds on one line; write them below `feeds:`, each behind a `- `")
    last, indent = start, "  "
    for at in range(start + 1, len(lines)):
        line = lines[at]
        deep = len(line) - len(line.lstrip()) > len(indent)  # it may belong to a block of text
        if not line.strip() or (line.lstrip().startswith("#") and not (deep and last > start)):
            continue
        if not line.startswith((" ", "-", "\t")):
            break
        if last == start:
            indent = re.match(r"\s*", line)[0]  # type: ignore[index]  # it always matches
        last = at
    return last + 1, indent


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if _WEB.fullmatch(text) and ": " not in text and " #" not in text:
        return text
    bare = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and " #" not in text
    return text if bare else json.dumps(text, ensure_ascii=False)


def _unfit(message: str) -> ConfigError:
    return ConfigError([Problem(path="feeds.yaml", message=message)])
