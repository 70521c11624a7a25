"""New names: who keeps turning up whom the lexicon does not know?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from classifiers.naming.aliases import Suggestion, spellings, suggestions
from classifiers.naming.names import NewName
from classifiers.naming.sighted import Sentence
from monitor.inquiry import naming
from monitor.inquiry.naming import Ground, Listed, Outlook
from monitor.web.desk import Visit, go, not_found
from monitor.web.marks import Piece
from monitor.web.routing import act, page
from store import names
from store.inquiry import NameAnswer

_SAID: dict[str, NameAnswer] = {"no_name": "no_name", "later": "later", "open": "open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sentence in pieces, the name marked."""

    pieces: tuple[Piece, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A name laid open: its sentences, where it may go, and what that would change."""

    name: NewName
    told: tuple[Told, ...]
    suggestions: tuple[Suggestion, ...]
    spellings: tuple[str, ...]
    chosen: str
    outlook: Outlook | None


def _ground(visit: Visit) -> Ground:
    judges = visit.desk.judges(visit.db)
    if judges is None:
        raise HTTPException(404, "This desk knows no topic to look names up in.")
    return Ground(judges=judges, zone=visit.desk.zone)


def listed(
    visit: Visit, *, refused: Sequence[str] = (), confirm: bool = False, status: int = 200
) -> Response:
    """Show the week's names, one of them laid open, and the names the team added."""
    ground = _ground(visit)
    made = names.list_of(visit.db, ground.week(visit.now)) or names.latest(visit.db)
    shown = naming.listed(visit.db, ground, made) if made else None
    wanted = visit.asked("open") or visit.form.get("key", "")
    return visit.page(
        "names.html",
        status=status,
        listed=shown,
        open=_open(visit, ground, shown, wanted),
        added=naming.added(visit.db, ground),
        concepts=sorted(ground.lexicon.concepts),
        refused=refused,
        confirm=confirm,
        said=visit.asked("said"),
    )


def _open(visit: Visit, ground: Ground, listed: Listed | None, wanted: str) -> Open | None:
    if listed is None or not listed.open:
        return None
    name = next((name for name in listed.open if name.key == wanted), listed.open[0])
    found = suggestions(name, ground.lexicon)
    asked = visit.asked("to")
    chosen = asked if asked in ground.lexicon.concepts else found[0].concept if found else ""
    spelled = spellings(name)
    return Open(
        name=name,
        told=tuple(map(_told, name.sentences)),
        suggestions=found,
        spellings=spelled,
        chosen=chosen,
        outlook=naming.outlook(visit.db, ground, chosen, spelled, visit.now) if chosen else None,
    )


def _told(sentence: Sentence) -> Told:
    text, start, end = sentence.text, sentence.start, sentence.end
    pieces = (
        Piece(text=text[:start]),
        Piece(text=text[start:end], term="name"),
        Piece(text=text[end:]),
    )
    return Told(pieces=tuple(piece for piece in pieces if piece.text), sentence=sentence)


def add(visit: Visit) -> Response:
    """Add a name to a concept, unless something speaks against it; doubts can be confirmed."""
    ground, form = _ground(visit), visit.form
    concept = form.get("other", "").strip() or form.get("concept", "")
    chosen = [value for field, value in form.items() if field.startswith("spelling") and value]
    typed = form.get("typed", "").strip()
    wanted = list(dict.fromkeys([*chosen, *([typed] if typed else [])]))
    if not wanted:
        return listed(visit, refused=["No spelling was chosen, so nothing was added."], status=409)
    against = naming.add(
        visit.db, ground, concept, wanted,
        by=visit.session.by, now=visit.now, sure=form.get("sure") == "yes",
    )  # fmt: skip
    if against:
        doubts = not any(objection.final for objection in against)
        refused = [objection.sentence for objection in against]
        return listed(visit, refused=refused, confirm=doubts, status=409)
    return go("/names", said="added")


def answer(visit: Visit) -> Response:
    """Record that a name is none, that it waits until next week, or take that back."""
    said = _SAID.get(visit.form.get("answer", ""))
    key = visit.form.get("key", "")[:400]
    ground = _ground(visit)
    made = names.list_of(visit.db, ground.week(visit.now)) or names.latest(visit.db)
    found = {name.key: name for name in naming.read_names(made.names)} if made else {}
    if said is None or key not in found:
        raise HTTPException(404, "There is no such name on the list.")
    names.answer(visit.db, key, said, texts=found[key].texts, by=visit.session.by, now=visit.now)
    return go("/names", said=said, open=key if said == "open" else None)


def remove(visit: Visit) -> Response:
    """Take out a name the team added; everything is as before it was added."""
    spelling = visit.form.get("spelling", "")
    ground = _ground(visit)
    if naming.remove(visit.db, ground, spelling, by=visit.session.by, now=visit.now) is None:
        not_found("The team added no such name.")
    return go("/names", said="removed")


def look(visit: Visit) -> Response:
    """Make the week's list, or make it anew."""
    naming.weekly(visit.db, _ground(visit), visit.now, again=True)
    return go("/names", said="looked")


ROUTES = (
    page("/names", listed),
    act("/names/add", add, role="administrator"),
    act("/names/answer", answer, role="administrator"),
    act("/names/remove", remove, role="administrator"),
    act("/names/look", look, role="administrator"),
)
