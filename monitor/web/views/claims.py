"""The register of claims and the quotes: who says what, how much, when, with the sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args
from urllib.parse import quote

from starlette.responses import Response

from monitor import claiming
from monitor.claiming import Beside
from monitor.stages.claims import Change
from monitor.web.desk import Visit, day_of, go, not_found, whole
from monitor.web.marks import Piece
from monitor.web.routing import act, page
from store import claims, quotes
from store.claims import CORRECTABLE, Wanted
from store.faults import StoreError
from store.lineage import ClaimAnswer, ClaimFacts, ClaimRow
from store.quotes import Asked

SHOWN: Final = 300
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A claim as a line: its figure, its sentence in pieces, and who says it, in words."""

    row: ClaimRow
    amount: str
    pieces: tuple[Piece, ...]
    said_by: str
    day: str
    into: str  # the address of the sentence in its article


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines that stand beside each other, under a heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What changed, in a sentence, with the lines that prove it."""

    sentence: str
    lines: tuple[Line, ...]


# --- the register ---------------------------------------------------------------------------


def listed(visit: Visit) -> Response:
    """Show the claims in groups, filtered by population, place, claimant and year."""
    wanted = _wanted(visit.request.query_params)
    rows = claims.listed(visit.db, wanted, limit=SHOWN, before=whole(visit.asked("before")))
    return visit.page(
        "claims.html",
        groups=groups_of(claiming.beside(rows)),
        wanted=wanted,
        choices=claims.choices(visit.db),
        populations=POPULATIONS,
        shown=len(rows),
        older=rows[-1].id if len(rows) == SHOWN else None,
        query=_query(wanted),
        said=visit.asked("said"),
    )


def claim(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    """Show one claim: its sentence, what people said of it, and a form to correct it."""
    row = _claim(visit)
    others = claims.of_article(visit.db, row.article) if row.article else []
    return visit.page(
        "claim.html",
        status=status,
        line=line_of(row),
        heading=heading(row.facts),
        history=claims.history(visit.db, row.id),
        beside=[line_of(other) for other in others if other.id != row.id and not other.gone],
        populations=POPULATIONS,
        problem=problem,
        said=visit.asked("said"),
        query={},
    )


def answer(visit: Visit) -> Response:
    """Confirm, correct or discard a claim, or take that back."""
    row = _claim(visit)
    said = _answer(visit.form.get("answer", "")) or not_found("That is no answer.")
    try:
        given = _given(visit.form, row.facts) if said == "correct" else {}
        claims.answer(
            visit.db, row.id, said, by=visit.session.by, now=visit.now, given=given,
            note=visit.form.get("note", "").strip(),
        )  # fmt: skip
    except (ValueError, StoreError) as error:
        return claim(visit, problem=str(error), status=409)
    if visit.form.get("from") == "list":
        return go("/claims", **_query(_wanted(visit.form)), said=said)
    return go(f"/claims/{row.id}", said=said)


def _answer(text: str) -> ClaimAnswer | None:
    return next((answer for answer in get_args(ClaimAnswer) if answer == text), None)


def _claim(visit: Visit) -> ClaimRow:
    number = whole(str(visit.request.path_params["id"]))
    row = claims.get(visit.db, number) if number else None
    return row or not_found("There is no such claim.")


def _wanted(given: Mapping[str, str]) -> Wanted:
    def field(name: str) -> str:
        return given.get(name, "").strip()[:200]

    year = field("year")
    return Wanted(
        population=field("population"),
        place=field("place"),
        claimant=field("claimant"),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        everything=field("everything") == "yes",
    )


def _query(wanted: Wanted) -> dict[str, str]:
    asked = {
        "population": wanted.population,
        "place": wanted.place,
        "claimant": wanted.claimant,
        "year": str(wanted.year or ""),
        "everything": "yes" if wanted.everything else "",
    }
    return {name: value for name, value in asked.items() if value}


def _given(form: Mapping[str, str], facts: ClaimFacts) -> dict[str, str | float | None]:
    """The values a person typed in place of what was read; only those that differ.

    Raises ValueError with a sentence for one that cannot be.
    """
    given: dict[str, str | float | None] = {}
    for name in CORRECTABLE:
        if name in form:
            given[name] = _value(name, form[name].strip()[:200])
    least, most = given.get("least", facts.least), given.get("most", facts.most)
    if isinstance(least, float) and isinstance(most, float) and least > most:
        raise ValueError("The least is more than the most, so nothing was changed.")
    return {name: value for name, value in given.items() if value != _as_read(facts, name)}


def _value(name: str, text: str) -> str | float | None:
    if name in {"least", "most"}:
        try:
            number = float(text.replace(",", "")) if text else None
        except ValueError:
            raise ValueError(f"“{text}” is no number, so nothing was changed.") from None
        if number is not None and not 0 <= number < 1e15:
            raise ValueError(f"{text} is no figure, so nothing was changed.")
        return number
    if name in {"since_on", "until_on"} and text and day_of(text) is None:
        raise ValueError(f"“{text}” is no day as 2026-11-21, so nothing was changed.")
    if name == "population" and text not in POPULATIONS:
        raise ValueError("That is nothing that is counted here, so nothing was changed.")
    return text if text or name not in {"since_on", "until_on"} else None


def _as_read(facts: ClaimFacts, name: str) -> Any:
    value = getattr(facts, name)
    return value.isoformat() if isinstance(value, date) else value


# --- as lines -------------------------------------------------------------------------------


def groups_of(groups: Sequence[Beside]) -> list[Group]:
    """Return groups of claims as they are shown."""
    return [
        Group(
            heading=heading(group.claims[0].facts),
            lines=tuple(line_of(row) for row in group.claims),
        )
        for group in groups
    ]


def line_of(row: ClaimRow) -> Line:
    """Return a claim as it is shown, its figure marked in the sentence."""
    facts = row.facts
    first, last = facts.figure - facts.start, facts.figure_end - facts.start
    sentence = facts.sentence
    pieces = (Piece(text=sentence[:first]), Piece(text=sentence[first:last], term="the figure"),
              Piece(text=sentence[last:]))  # fmt: skip
    into = f"/articles/{row.article}#:~:text={_fragment(sentence)}" if row.article else ""
    return Line(
        row=row,
        amount=amount(facts),
        pieces=tuple(piece for piece in pieces if piece.text),
        said_by=said_by(facts),
        day=day(facts),
        into=into,
    )


def _fragment(sentence: str) -> str:
    """The first words of a sentence, for a browser that can scroll to them."""
    return quote(" ".join(sentence.split()[:7]), safe="").replace("-", "%2D")


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


# --- the claims of a story ------------------------------------------------------------------


def of_story(visit: Visit, story: int) -> dict[str, Any]:
    """Return what the page of a story shows of its claims: side by side, and what changed."""
    found = claiming.claims_of_story(visit.db, story)
    if not found:
        return {"claimed": None}
    changed = [_changed(change, found.by_number) for change in found.changes]
    told = {"groups": groups_of(found.groups), "changed": changed, "quotes": found.quotes}
    return {"claimed": told}


def _changed(change: Change, rows: Mapping[int, ClaimRow]) -> Changed:
    told = [one.claim for one in (change.before, change.after, *change.more) if one]
    lines = tuple(line_of(rows[number]) for number in told if number in rows)
    return Changed(sentence=_sentence(change, lines), lines=lines)


def _sentence(change: Change, lines: Sequence[Line]) -> str:
    if change.titles is not None:
        before, after = change.titles
        return f"{after.outlet} changed its headline from “{before.title}” to “{after.title}”."
    if len(lines) < 2:
        return ""
    first, second = lines[0], lines[1]
    what = heading(second.row.facts)
    if change.kind == "claimant":
        return f"{what}: {_claimed(first)}; later {_claimed(second)}."
    if change.kind == "sides":
        return f"{what}: {first.amount} {_voice(first)}; {second.amount} {_voice(second)}."
    copy = "" if first.row.article != second.row.article else ", in an edit"
    told = f"{second.amount} ({second.row.outlet}{copy})"
    return f"{what}: from {first.amount} ({first.row.outlet}) to {told}."


def _voice(line: Line) -> str:
    return f"according to {line.said_by or line.row.outlet}"


def _claimed(line: Line) -> str:
    facts = line.row.facts
    if facts.subject == "nobody":
        return f"nobody claimed it ({line.row.outlet})"
    return f"{facts.speaker or 'somebody'} {facts.subject} it ({line.row.outlet})"


# --- quotes ---------------------------------------------------------------------------------


def quoted(visit: Visit) -> Response:
    """Show what officials are quoted with: by word, speaker, office and day."""
    asked = Asked(
        words=visit.asked("q"),
        speaker=visit.asked("speaker"),
        office=visit.asked("office"),
        since_on=day_of(visit.asked("since")),
        until_on=day_of(visit.asked("until")),
    )
    rows = quotes.search(visit.db, asked, limit=SHOWN)
    return visit.page(
        "quotes.html", rows=rows, asked=asked, sides=SIDES, most=SHOWN, into=_fragment
    )


ROUTES = (
    page("/claims", listed),
    page("/claims/{id}", claim),
    page("/quotes", quoted),
    act("/claims/{id}/answer", answer),
)
