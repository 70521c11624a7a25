"""Claims in words: the figure, what it counts, who says it, and of which days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from store.lineage import ClaimFacts

POPULATIONS: Final[Mapping[str, str]] = {
    "killed": "killed", "injured": "injured", "casualties": "killed or injured",
    "arrested": "arrested", "abducted": "abducted", "released": "released",
    "surrendered": "surrendered", "displaced": "displaced", "missing": "missing",
    "returned": "returned", "deported": "deported", "refugees": "refugees",
    "fighters": "fighters", "troops": "troops", "attacks": "attacks",
    "operations": "operations", "strikes": "strikes", "districts": "districts",
    "vehicles": "vehicles", "money": "money", "share": "shares", "rise": "rises",
    "fall": "falls", "responsibility": "responsibility",
}  # fmt: skip
UNITS: Final[Mapping[str, str]] = {"persons": "", "events": "", "places": "", "vehicles": "",
                                   "per cent": " per cent", "statement": ""}  # fmt: skip
SIDES: Final[Mapping[str, str]] = {
    "pakistan": "Pakistani", "afghanistan": "Afghan", "ttp": "TTP", "exile": "Afghan exile",
    "international": "international", "both": "UN or shared",
}  # fmt: skip


def amount(facts: ClaimFacts) -> str:
    """Return a figure in words: "6,000–6,500", "at least 12", "70 per cent"."""
    if facts.least is None and facts.most is None:
        return {"nobody": "claimed by nobody"}.get(facts.subject, facts.subject or facts.text)
    unit = UNITS.get(facts.unit, f" {facts.unit}")
    if facts.most is None:
        return f"at least {_number(facts.least)}{unit}"
    if facts.least is None:
        return f"up to {_number(facts.most)}{unit}"
    if facts.least == facts.most:
        return f"{_number(facts.most)}{unit}"
    return f"{_number(facts.least)}–{_number(facts.most)}{unit}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.4g} {word}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")


def heading(facts: ClaimFacts) -> str:
    """Return what is counted, as a heading: "Security forces killed · Bannu"."""
    counted = {
        "share": f"Share of {facts.subject}",
        "money": f"Money: {facts.subject}",
        "rise": f"Rise of {facts.subject}",
        "fall": f"Fall of {facts.subject}",
        "responsibility": "Responsibility",
    }.get(facts.population)
    if counted is None:
        word = POPULATIONS.get(facts.population, facts.population)
        if facts.unit == "events":
            counted = facts.subject or word
        elif facts.population in {"fighters", "refugees", "troops", "districts", "vehicles"}:
            counted = word
        else:
            counted = f"{facts.who or 'people'} {word}"
    head = f"{counted} · {facts.place}" if facts.place else counted
    return head[:1].upper() + head[1:]


def said_by(facts: ClaimFacts) -> str:
    """Return who says it: "DG ISPR Ahmed Sharif (Pakistani)"; empty: the outlet itself."""
    who = " ".join(part for part in (facts.office, facts.speaker) if part)
    side = SIDES.get(facts.speaker_side, "")
    return f"{who} ({side})" if who and side and side not in who else who


def day(facts: ClaimFacts) -> str:
    """Return the days a figure speaks of: "2024", "July 2024", "15 October 2025"."""
    since, until = facts.since_on, facts.until_on
    if since is None or until is None:
        return ""
    if since == until:
        return f"{since:%-d %b %Y}"
    if (since.month, since.day, until.month, until.day) == (1, 1, 12, 31):
        return f"{since.year}" if since.year == until.year else f"{since.year}–{until.year}"
    if since.day == 1 and (since.year, since.month) == (until.year, until.month):
        return f"{since:%B %Y}"
    return f"{since:%-d %b %Y} to {until:%-d %b %Y}"
