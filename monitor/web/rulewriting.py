"""A rule as people type it: fields of a form, the entry they make, and what is wrong with each.

Pure: what is wrong is said by the settings' own checks, which are handed in as their problems.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from monitor.config.kinds import Term
from monitor.config.problems import Problem
from monitor.config.shape import MAX_WORDS, Alert, Side
from monitor.inquiry.trying import CHOICES, DAYS
from monitor.web.marks import Piece
from monitor.web.words import shown

PARTS: Final = ("title", "lead", "body")
SIDES: Final[tuple[str, ...]] = get_args(Side)
_LISTS: Final = {"any": "any", "all": "all", "none": "none", "outlets": "outlets"}
_LISTED: Final = re.compile(r'()(?:"([^"]*)"|([^",\n]+))')
_ASKED: Final = re.compile(r'((?<!\S)-)?(?:"([^"]*)"\*?|([^\s"]+))')
_JOINING: Final = frozenset({"OR", "AND", "NOT"})
_SUBJECTS: Final = {
    "name": "The name",
    "when": "The expression",
    "pattern": "The pattern",
    "minimum_score": "The least score",
    "channels": "The channel",
    "in": "Where to look",
    "sides": "The side",
    "any": "The list",
    "all": "The list",
    "none": "The list",
    "outlets": "The list",
}
_OTHER: Final = "[\u0590-\u08ff\ufb1d-\ufefc]+"
_OTHERS: Final = re.compile(rf"({_OTHER}(?:\s{_OTHER})*)")
_AROUND: Final = 40  # characters shown on either side of a slip
_WHOLE: Final = "whole"  # what is wrong with no field alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form. Lists are one entry a line, as they were typed."""

    name: str = ""
    when: str = ""
    any_of: str = ""
    all_of: str = ""
    none_of: str = ""
    pattern: str = ""
    parts: frozenset[str] = frozenset(PARTS)
    outlets: str = ""
    sides: frozenset[str] = frozenset()
    minimum: str = ""
    channels: frozenset[str] = frozenset({"outbox"})
    readers: frozenset[str] = frozenset()
    days: int = DAYS

    def entry(self) -> dict[str, Any]:
        """Return the rule as feeds.yaml would have it, without what it would have anyway."""
        made: dict[str, Any] = {
            "when": self.when.strip() or None,
            "any": lines(self.any_of),
            "all": lines(self.all_of),
            "none": lines(self.none_of),
            "pattern": self.pattern.strip() or None,
            "in": [part for part in PARTS if part in self.parts],
            "outlets": lines(self.outlets),
            "sides": [side for side in SIDES if side in self.sides],
            "minimum_score": _number(self.minimum),
            "channels": sorted(self.channels),
            "readers": sorted(self.readers),
        }
        return {
            "name": self.name.strip(),
            **{key: value for key, value in made.items() if value not in (None, [])},
        }

    @property
    def mark(self) -> str:
        """What tells whether the form says the same as when it was tried."""
        said = json.dumps({**self.entry(), "minimum": self.minimum.strip()}, sort_keys=True)
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def of_form(form: Mapping[str, str], name_of: Callable[[str], str]) -> Draft:
    """Return the draft in a form; ``name_of`` gives the id of a concept chosen by its label."""
    chosen = form.get("concept", "").strip()
    any_of = form.get("any", "")
    if chosen:
        any_of = f"{any_of.rstrip()}\nconcept:{name_of(chosen)}".strip()
    return Draft(
        name=form.get("name", ""),
        when=form.get("when", ""),
        any_of=any_of,
        all_of=form.get("all", ""),
        none_of=form.get("none", ""),
        pattern=form.get("pattern", ""),
        parts=frozenset(part for part in PARTS if form.get(f"in_{part}")),
        outlets=form.get("outlets", ""),
        sides=frozenset(side for side in SIDES if form.get(f"side_{side}")),
        minimum=form.get("minimum", ""),
        channels=frozenset(
            key.removeprefix("to_") for key, value in form.items() if key[:3] == "to_" and value
        ),
        readers=frozenset(
            key.removeprefix("for_") for key, value in form.items() if key[:4] == "for_" and value
        ),
        days=next((n for n in CHOICES if str(n) == form.get("days", "")), DAYS),
    )


def of_words(words: str, outlets: Iterable[str], sides: Iterable[str]) -> Draft:
    """Return the draft that a saved search, or a list of words, is turned into.

    A list stands apart by commas or lines, and any of it may occur. A search is read as the search
    reads it: every word must occur, those with OR between them in place of one another, and none
    with a minus before it. A rule knows whole words alone, so an open end is closed.
    """
    words = words[:20_000]
    listed = "," in words or "\n" in words.strip()
    found: dict[str, list[str]] = {"any": [], "all": [], "none": []}
    terms = _LISTED.findall(words) if listed else _ASKED.findall(words)
    for at, (minus, phrase, word) in enumerate(terms):
        term = (phrase or word).strip().removeprefix("title:").rstrip("*")
        if not any(char.isalnum() for char in term) or (not phrase and word in _JOINING):
            continue
        beside = [terms[n][2] for n in (at - 1, at + 1) if 0 <= n < len(terms)]
        into = "none" if minus else "any" if listed or "OR" in beside else "all"
        found[into].append(term)
    if len(found["all"]) == 1 and not found["any"]:
        found["any"], found["all"] = found["all"], []
    any_of, all_of, none_of = ("\n".join(dict.fromkeys(found[key])) for key in found)
    return Draft(
        any_of=any_of,
        all_of=all_of,
        none_of=none_of,
        outlets="\n".join(dict.fromkeys(outlet for outlet in outlets if outlet)),
        sides=frozenset(side for side in sides if side in SIDES),
    )


def of_rule(rule: Alert) -> Draft:
    """Return the form of a rule that stands."""
    return Draft(
        name=rule.name,
        when=rule.when or "",
        any_of="\n".join(map(spelled, rule.any_of)),
        all_of="\n".join(map(spelled, rule.all_of)),
        none_of="\n".join(map(spelled, rule.none_of)),
        pattern=rule.pattern or "",
        parts=frozenset(rule.parts),
        outlets="\n".join(rule.outlets),
        sides=frozenset(rule.sides),
        minimum="" if rule.minimum_score is None else f"{rule.minimum_score:g}",
        channels=frozenset(rule.channels),
        readers=frozenset(rule.readers),
    )


def spelled(term: Term) -> str:
    """Return a word of a rule as it is typed."""
    return f"concept:{term.text}" if term.concept else term.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """The place in an expression where it goes wrong, and what stands around it."""

    before: str
    here: str
    after: str


def slip(draft: Draft, told: Mapping[str, Sequence[str]]) -> Slip | None:
    """Return where the expression goes wrong, as the sentence about it says; None: nowhere."""
    for sentence in told.get("when", ()):
        column = re.search(r"column (\d+)", sentence)
        if column:
            text, at = draft.when.strip(), int(column[1]) - 1
            start = max(0, at - _AROUND)
            return Slip(
                before=("… " if start else "") + text[start:at],
                here=text[at : at + 1] or "…",
                after=text[at + 1 : at + 1 + _AROUND],
            )
    return None


def runs(text: str) -> tuple[Piece, ...]:
    """Return an expression with words of another script apart (``term`` "rtl").

    Each runs its own way then, and the signs around it stay where they were written.
    """
    pieces = _OTHERS.split(text)
    return tuple(Piece(text=one, term="rtl" if at % 2 else None) for at, one in enumerate(pieces))


def lines(text: str) -> list[str]:
    """Return the entries of a field: one a line; empty lines are none."""
    # Not splitlines(): it would swallow control characters that are to be refused.
    entries = (line.strip(" \t\r") for line in text.split("\n"))
    return list(dict.fromkeys(entry for entry in entries if entry))


def too_much(draft: Draft) -> dict[str, list[str]]:
    """Return what is wrong by sheer size or is no number, before anything is read more closely."""
    found: dict[str, list[str]] = {}
    given = {"any": draft.any_of, "all": draft.all_of, "none": draft.none_of}
    for field, text in {**given, "outlets": draft.outlets}.items():
        count = len(lines(text))
        if count > MAX_WORDS:
            sentence = f"{count:,} entries are too many; a rule takes at most {MAX_WORDS}."
            found[field] = [sentence]
    if draft.minimum.strip() and _number(draft.minimum) is None:
        found["minimum_score"] = ["The least score is a number between 0 and 1, such as 0.6."]
    if not draft.parts:
        found["in"] = ["Choose at least one part of the article to look in."]
    if not draft.channels and not draft.readers:
        found["channels"] = ["Choose at least one channel, or nobody would hear of it."]
    return found


def by_field(problems: Sequence[Problem], draft: Draft) -> dict[str, list[str]]:
    """Return what the settings' checks said, as sentences beside the field each is about."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        field, subject = _place(problem.path, draft)
        message = problem.message.rstrip(".")
        told = f"{subject}, {message}" if message.startswith("column ") else f"{subject} {message}"
        sentence = f"{told}{'' if message.endswith('?') else '.'}"
        found.setdefault(field, []).append(sentence)
    return {field: list(dict.fromkeys(told))[:10] for field, told in found.items()}


def _place(path: str, draft: Draft) -> tuple[str, str]:
    match = re.fullmatch(r"([a-z_]+)(?:\[(\d+)\])?.*", path)
    field = match[1] if match and match[1] in _SUBJECTS else _WHOLE
    if not match or field == _WHOLE:
        return _WHOLE, "The rule"
    entries = draft.entry().get(field)
    if match[2] and field in _LISTS and isinstance(entries, list) and int(match[2]) < len(entries):
        return field, f"“{shown(str(entries[int(match[2])]))[:80]}”"
    return field, _SUBJECTS[field]


def _number(text: str) -> float | None:
    try:
        found = float(text.strip().replace(",", ".")) if len(text) < 30 else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e6 else None
