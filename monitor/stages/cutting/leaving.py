"""What a wrapper leaves out, asked of elements one by one: compiling its selectors costs more.

Lexbor reads a selector anew at every question, and sixty of them take 0.1 ms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Attributes = Mapping[str, str | None]

_MOST_KNOWN = 300  # names of elements, of a wrapper; a template has some dozens
_LONGEST_KNOWN = 200  # characters of one
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
    asked: set[str] = field(default_factory=set)  # names of attributes in these two
    rest: list[str] = field(default_factory=list)  # selectors of another kind
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)  # of a tag and its classes

    def names(self, tag: str, given: Attributes) -> bool:
        """Return whether an element of this tag with these attributes is left out."""
        if tag in self.tags:
            return True
        for name, value in given.items():
            if name == "class":
                if self._is_called(tag, value):
                    return True
            elif name in self.asked and self._is_said(tag, name, value):
                return True
        return False

    def _is_called(self, tag: str, value: str | None) -> bool:
        """Whether its classes say so; those of a template are few, and each is asked once."""
        called = tag, value or ""
        answer = self._known.get(called)
        if answer is None:
            own = set(called[1].split())
            answer = self._is_said(tag, "class", value) or any(
                one in {"", tag} and wanted <= own for one, wanted in self.classes
            )
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            if len(called[1]) <= _LONGEST_KNOWN:
                self._known[called] = answer
        return answer

    def _is_said(self, tag: str, name: str, value: str | None) -> bool:
        words = self.words.get(name)
        if words is not None and words.search(value or ""):
            return True
        return any(
            one in {"", tag} and _is_so(value or "", how, wanted)
            for one, how, wanted in self.attributes.get(name, ())
        )


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
    made.asked = {*made.words, *made.attributes}
    return made
