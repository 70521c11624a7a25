"""What a change says, in words that could end in a full stop."""

from __future__ import annotations

from monitor.stages.compose.facts import PEOPLE, Said
from store.messages import ToldFact

_NAMES = {"casualties": "killed or injured"}


def question(one: Said, *, place: bool = True) -> str:
    """Return what a figure counts, as in "killed, security forces, Bannu"."""
    population, group = one.key.split("|")
    named = _NAMES.get(population, population)
    of = [named, *([group] if group != "people" and population in PEOPLE else [])]
    return ", ".join([*of, *([one.place] if place and one.place else [])])


def in_words(one: Said, *, place: bool = False) -> str:
    """Return a figure with what it counts, as in "killed, security forces: 11"."""
    return f"{question(one, place=place)}: {_number(one.value)}"


def figure_words(one: Said) -> str:
    """Return a figure as it was written, or as a person corrected it."""
    return one.words or _number(one.value)


def corrected_words(least: float | None, most: float | None) -> str:
    """Return the figure that a person gave in place of the one that was read."""
    if least is not None and most is not None and least != most:
        return f"{least:,.10g} to {most:,.10g}"
    if most is None:
        return f"at least {least or 0:,.10g}"
    return f"up to {most:,.10g}" if least is None else f"{most:,.10g}"


def _number(value: str) -> str:
    if value.startswith("~"):
        return f"about {_grouped(value[1:])}"
    if value.endswith("+"):
        return f"at least {_grouped(value[:-1])}"
    return f"up to {_grouped(value[1:])}" if value.startswith("-") else _grouped(value.strip("+"))


def _grouped(number: str) -> str:
    try:
        return f"{float(number):,.10g}"
    except ValueError:
        return number


def size_of(fact: ToldFact) -> str:
    """Return a figure that was told, as in "at least 4" or "3 more"."""
    more = " more" if fact.value.startswith("+") else ""
    return _number(fact.value) + more


def against_words(fact: ToldFact) -> str:
    """Return what a figure of another side stands against."""
    return f"against {size_of(fact)} told before"


def stance_of(one: Said) -> str:
    """Return who claims or denies, in words."""
    stance = one.value.partition("|")[0]
    if stance == "nobody":
        return "nobody has claimed it so far"
    who = one.speaker or "somebody the text does not name"
    return f"responsibility {stance} by {who}"


def stance_words(value: str) -> str:
    """Return what was said of responsibility: claimed, denied, nobody."""
    return value.partition("|")[0]


def called(one: Said) -> str:
    """Return who speaks, with the office; the side where nobody is named."""
    named = f"{one.speaker}, {one.office}" if one.office else one.speaker
    return named or one.side
