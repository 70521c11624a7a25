"""The figures of a topic that brings poles and no recipe of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from classifiers.recipe import Pole, poles_of

_SINGLE: Final[Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "country": (1.0, 0.6, 0.3),
        "thing": (1.0, 0.6, 0.3),
        "group": (2.5, 1.8, 0.8),
        "relation": (1.2, 0.9, 0.5),
    }
)
"""Log-odds of a pole in title, opening and body, where two sides together decide."""
_ALONE = (3.0, 2.0, 1.0)  # where nothing else decides
_PAIR = (1.5, 1.5, 1.2)
_WORD = 1.0  # of 0.4, 1, 2, 3: best on one topic, level on another, each drafted from five texts
_ALWAYS: Final = (
    ("sport", "sport", "top", 2, -4.0, "sport"),
    ("disaster", "disaster", "top", 2, -2.0, "weather, quakes, disease"),
    ("elsewhere_title", "elsewhere", "title", 1, -0.8, "another story in the title"),
    ("elsewhere_lead", "elsewhere", "top", 3, -0.3, "another story in the opening"),
)

KINDS_AWAY: Final = frozenset(sign for _, sign, *_ in _ALWAYS)
"""Kinds of other stories that every draft asks for; a lexicon need not have words of each."""


def template(
    poles: Mapping[str, Mapping[str, Any] | None],
    words: Sequence[str] = (),
    called: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """The figures of a topic that brings poles and no more, with hand-set weights and labels.

    ``words`` are the strands of which the lexicon holds plain words; each counts in the opening
    beside a pole; ``called`` says what a pole is called in the labels, where that is not its id.
    """
    known = poles_of(poles)
    sides = _sides(known)
    rows: list[dict[str, Any]] = []
    for pole in known.values():
        weights = _SINGLE[pole.sort] if sides or pole.sort == "relation" else _ALONE
        rows += _of_pole(pole, weights, called.get(pole.name, pole.name.replace("_", " ")))
    rows += _of_pair(sides) if sides else []
    rows += [
        {"name": f"word_{s}", "kind": "level", "of": [f"w:{s}"], "part": "top", "full": 2,
         "needs": {"top": list(known)}, "prior": _WORD, "label": f"{s} beside one of the poles"}
        for s in words
    ]  # fmt: skip
    rows += [
        {"name": name, "kind": "level", "of": [sign], "part": part, "full": full,
         "prior": prior, "label": label}
        for name, sign, part, full, prior, label in _ALWAYS
    ]  # fmt: skip
    return [
        *rows,
        {"name": "no_pole", "kind": "flag", "without": {"any": list(known)}, "prior": -2.0,
         "label": "none of the poles named"},
        {"name": "short", "kind": "short", "prior": 0.6, "label": "headline only"},
        {"name": "seeds", "kind": "likeness", "prior": 0.5,
         "label": "like the seed articles in its words"},
    ]  # fmt: skip


def _sides(poles: Mapping[str, Pole]) -> tuple[str, ...]:
    """The two poles that make the topic together; none where there is only one."""
    countries = [p.name for p in poles.values() if p.sort == "country"]
    others = [p.name for p in poles.values() if p.sort not in {"country", "relation"}]
    two = (*countries, *others)[:2] if len(countries) < 2 else countries[:2]
    return tuple(two) if len(two) == 2 else ()


def _of_pole(pole: Pole, weights: tuple[float, float, float], said: str) -> list[dict[str, Any]]:
    title, top, body = weights
    return [
        {"name": f"title_{pole.name}", "kind": "level", "of": [pole.name], "part": "title",
         "full": 1, "prior": title, "label": f"{said} in the title"},
        {"name": f"lead_{pole.name}", "kind": "level", "of": [pole.name], "part": "top",
         "full": 2, "prior": top, "label": f"{said} in the opening"},
        {"name": f"body_{pole.name}", "kind": "density", "of": [pole.name],
         "full": 2 if pole.sort == "group" else 6, "prior": body,
         "label": f"{said} through the text"},
    ]  # fmt: skip


def _of_pair(sides: tuple[str, ...]) -> list[dict[str, Any]]:
    title, top, body = _PAIR
    pair = {"kind": "product", "of": list(sides)}
    return [
        {"name": "title_sides", **pair, "part": "title", "full": 1, "prior": title,
         "label": "both sides in the title"},
        {"name": "lead_sides", **pair, "part": "top", "full": 2, "root": True, "prior": top,
         "label": "both sides in the opening"},
        {"name": "body_sides", **pair, "part": "body", "root": True, "prior": body,
         "label": "both sides through the text"},
    ]  # fmt: skip
