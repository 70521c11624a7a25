"""What a wrapper leaves out, asked of elements one by one: compiling its selectors costs more.

Lexbor reads a selector anew at every question, and sixty of them take 0.1 ms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Attributes = Mapping[str, str | None]

_TAG = re.compile(r"[a-z][a-z0-9]*")
_CLASSES = re.compile(r"([a-z][a-z0-9]*)?((?:\.[A-Za-z_][\w-]*)+)")
_ID = re.compile(r"([a-z][a-z0-9]*)?#([A-Za-z_][\w-]*)")
_ATTRIBUTE = re.compile(r'([a-z][a-z0-9]*)?\[([a-z-]+)(?:([*^]?)="([^"]+)")?\]')


@dataclass(slots=True)
class Leaving:
    """The selectors of a wrapper, sorted by what they ask of an element."""

    tags: set[str] = field(default_factory=set)
    classes: list[tuple[str, frozenset[str]]] = field(default_factory=list)  # tag, all of them
    attributes: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """By name: tag, how, value."""
    words: dict[str, re.Pattern[str]] = field(default_factory=dict)  # of an attribute of any tag
    rest: list[str] = field(default_factory=list)  # selectors of another kind

    def names(self, tag: str, given: Attributes) -> bool:
        """Return whether an element of this tag with these attributes is left out."""
        if tag in self.tags:
            return True
        for name, value in given.items():
            said = value or ""
            words = self.words.get(name)
            if words is not None and words.search(said):
                return True
            for one, how, wanted in self.attributes.get(name, ()):
                if one in {"", tag} and _is_so(said, how, wanted):
                    return True
        return bool(self.classes) and self._is_called(tag, given.get("class") or "")

    def _is_called(self, tag: str, named: str) -> bool:
        own = set(named.split())
        return any(one in {"", tag} and wanted <= own for one, wanted in self.classes)


def _is_so(given: str, how: str, value: str) -> bool:
    if how == "*":
        return value in given
    return given.startswith(value) if how == "^" else not how or given == value


@lru_cache(maxsize=512)
def leaving(selectors: tuple[str, ...]) -> Leaving:
    """Return the selectors as questions; those of an unknown kind are in ``rest``."""
    made, words = Leaving(), dict[str, list[str]]()
    for one in selectors:
        if _TAG.fullmatch(one):
            made.tags.add(one)
        elif found := _CLASSES.fullmatch(one):
            made.classes.append((found[1] or "", frozenset(found[2][1:].split("."))))
        elif found := _ID.fullmatch(one):
            made.attributes.setdefault("id", []).append((found[1] or "", "=", found[2]))
        elif found := _ATTRIBUTE.fullmatch(one):
            tag, name, how, value = found[1] or "", found[2], found[3], found[4] or ""
            if how == "*" and not tag:
                words.setdefault(name, []).append(re.escape(value))
            else:
                asked = (tag, (how or "=") if found[4] else "", value)
                made.attributes.setdefault(name, []).append(asked)
        else:
            made.rest.append(one)
    made.words = {name: re.compile("|".join(said)) for name, said in words.items()}
    return made
