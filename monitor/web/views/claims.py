"""The register of claims and the quotes: who says what, how much, when, with the sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args
from urllib.parse import quote, urlencode

from starlette.responses import Response

from monitor.articles import claiming
from monitor.articles.claiming import Beside
from monitor.stages.claims import Change
from monitor.web import plates
from monitor.web.amounts import POPULATIONS, SIDES, amount, day, heading, said_by
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.marks import Piece
from monitor.web.routing import act, page
from monitor.web.words import day_of
from store import claims, quotes
from store.claims import CORRECTABLE, Wanted
from store.faults import StoreError
from store.lineage import ClaimAnswer, ClaimFacts, ClaimRow
from store.quotes import Asked

SHOWN: Final = 20
"""Claims on a page: with the longest sentences, and those in Urdu, it stays under 60 KB."""
QUOTED: Final = 60
"""The same for quotes."""
DRAWN: Final = 60
"""The newest claims, from which the register's pictures are drawn: their table is on the page."""
OVER_TIME: Final = 300
"""The same for the picture of one claim's page."""


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
    wanted, before = _wanted(visit.request.query_params), whole(visit.asked("before"))
    found = claims.listed(visit.db, wanted, limit=DRAWN, before=before)
    rows = found[:SHOWN]
    return visit.page(
        "claims.html",
        groups=groups_of(claiming.beside(rows)),
        drawn=plates.claim_figures(claiming.beside(found), 3 if _query(wanted) else 1),
        wanted=wanted,
        choices=claims.choices(visit.db),
        populations=POPULATIONS,
        shown=len(rows),
        older=rows[-1].id if len(found) > SHOWN else None,
        before=before,
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
        drawn=_over_the_years(visit, row),
        beside=[line_of(other) for other in others if other.id != row.id and not other.gone],
        populations=POPULATIONS,
        problem=problem,
        said=visit.asked("said"),
        query={},
    )


def _over_the_years(visit: Visit, row: ClaimRow) -> plates.Shown | None:
    """What was claimed of the same people at the same place, where that is more than once."""
    wanted = Wanted(population=row.facts.population, place=row.facts.place)
    rows = claims.listed(visit.db, wanted, limit=OVER_TIME)
    groups = claiming.beside(rows)
    mine = [group for group in groups if any(one.id == row.id for one in group.claims)]
    return next(iter(plates.claim_figures(mine, 1)), None)


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
        before = whole(visit.form.get("before", ""))
        return go("/claims", **_query(_wanted(visit.form)), before=before, said=said)
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
    before = whole(visit.asked("before"))
    rows = quotes.search(visit.db, asked, limit=QUOTED + 1, before=before)
    shown, more = rows[:QUOTED], len(rows) > QUOTED
    names = ("q", "speaker", "office", "since", "until")
    query = {name: visit.asked(name) for name in names if visit.asked(name)}
    return visit.page(
        "quotes.html",
        rows=shown,
        asked=asked,
        sides=SIDES,
        before=before,
        older=urlencode({**query, "before": shown[-1].id}) if more else "",
        into=_fragment,
    )


ROUTES = (
    page("/claims", listed),
    page("/claims/{id}", claim),
    page("/quotes", quoted),
    act("/claims/{id}/answer", answer),
)
