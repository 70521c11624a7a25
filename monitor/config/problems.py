"""What is wrong with a configuration, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake. ``path`` is as in ``feeds[3].url`` (counted from 0); ``line`` counts from 1.

    The message never repeats a value of the file: a password in the wrong place stays unseen.
    """

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """One line for people: where, what, and the line of the file when it is known."""
        where = f" (line {self.line})" if self.line else ""
        line = f"{self.path[:200]}: {self.message[:600]}{where}"
        return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` holds every mistake, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def join(path: str, *parts: str | int) -> str:
    """Return ``path`` lengthened: numbers in brackets, names after a full stop."""
    for part in parts:
        step = f"[{part}]" if isinstance(part, int) else f".{part}"
        path = (path + step).removeprefix(".")
    return path


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "x"?``, or nothing when no known word is near."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold()[:80], names, n=1, cutoff=0.6)
    return f' Did you mean "{names[near[0]]}"?' if near else ""
