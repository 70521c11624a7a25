"""The dated timeline: what people pinned to it, with a picture, a list, and a form.

Nothing here is guessed: an entry is there because somebody put it there, and says who.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from starlette.responses import Response

from monitor.web import pinned, plates
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act, page
from store import articles, pins, stories
from store.desk import PinFacts, PinKind, PinLine
from store.faults import StoreError

KINDS: Final[Mapping[PinKind, str]] = {
    "article": "article",
    "talks": "round of talks",
    "phase": "phase of policy",
    "note": "note",
}
MANY: Final[Mapping[PinKind, str]] = {
    "article": "Articles", "talks": "Talks", "phase": "Phases", "note": "Notes",
}  # fmt: skip
DID: Final = {
    "pinned": "pinned it",
    "changed": "changed it",
    "removed": "took it off",
    "restored": "put it back",
}
SAID: Final = {
    "pinned": "Pinned.",
    "changed": "Changed; what it said before is kept in its history.",
    "removed": "Taken off the timeline. It can be put back.",
    "restored": "It is on the timeline again.",
    "undone": "The last change is taken back.",
}
SHOWN: Final = 300


def shown(visit: Visit) -> Response:
    """Show the timeline: a picture, the list, and what was taken off."""
    found = pinned.entries(visit)
    asked = {name: visit.asked(name)[:200] for name in ("kind", "since", "until", "q")}
    wrong = [asked[name] for name in ("since", "until") if asked[name] and not
             pins.days_of(asked[name])]  # fmt: skip
    return visit.page(
        "timeline.html",
        entries=found[-SHOWN:],
        total=len(found),
        shown=plates.shown("timeline", pinned.of_pins(visit, found), **asked),
        asked=asked,
        wrong=wrong,
        removed=pins.removed(visit.db, 20),
        said=SAID.get(visit.asked("said"), ""),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"kinds": KINDS, "many": MANY, "when": pinned.when, "did": DID}


# --- one entry ------------------------------------------------------------------------------


def entry(visit: Visit, *, problem: str = "", given: PinFacts | None = None) -> Response:
    """Show an entry with its history, and a form to change it."""
    line = _line(visit)
    return visit.page(
        "pin.html",
        status=409 if problem else 200,
        line=line,
        facts=given or line.facts,
        history=pins.history(visit.db, line.pin),
        problem=problem,
        said=SAID.get(visit.asked("said"), ""),
        **_words(),
    )


def new(visit: Visit, *, problem: str = "", given: PinFacts | None = None) -> Response:
    """Show the form for a new entry; from an article or a story it is filled in as far as known."""
    return visit.page(
        "pin.html",
        status=409 if problem else 200,
        line=None,
        facts=given or _suggested(visit),
        history=(),
        problem=problem,
        said="",
        **_words(),
    )


def _suggested(visit: Visit) -> PinFacts:
    """What is known already of an article or a story: its headline and its day, to be checked."""
    article, story = whole(visit.asked("article")), whole(visit.asked("story"))
    kind = next((k for k in get_args(PinKind) if k == visit.asked("kind")), None)
    day = visit.today()
    title = ""
    if story and not article and (told := stories.get(visit.db, story)):
        title, day = told.title, told.first_at.astimezone(visit.desk.zone).date()
    elif article and (row := articles.get(visit.db, article)):
        at = row.published_at or row.first_seen_at
        title, story, day = row.title, row.story, at.astimezone(visit.desk.zone).date()
    else:
        article = story = None
    return PinFacts(
        kind=kind or ("article" if article or story else "note"),
        title=" ".join(title.split())[: pins.TITLE],
        since=day.isoformat(),
        article=article,
        story=story,
    )


def _line(visit: Visit) -> PinLine:
    number = whole(str(visit.request.path_params["id"]))
    return (pins.get(visit.db, number) if number else None) or not_found(
        "There is no such entry on the timeline."
    )


# --- changing it ----------------------------------------------------------------------------


def add(visit: Visit) -> Response:
    """Pin something to the timeline."""
    facts = _given(visit.form)
    try:
        number = pins.add(visit.db, facts, by=visit.session.by, now=visit.now)
    except StoreError as error:
        return new(visit, problem=_sentence(error), given=facts)
    return go(f"/timeline/{number}", said="pinned")


def change(visit: Visit) -> Response:
    """Say an entry anew."""
    line, facts = _line(visit), _given(visit.form)
    try:
        pins.change(visit.db, line.pin, facts, by=visit.session.by, now=visit.now)
    except StoreError as error:
        return entry(visit, problem=_sentence(error), given=facts)
    return go(f"/timeline/{line.pin}", said="changed")


def remove(visit: Visit) -> Response:
    """Take an entry off the timeline."""
    pins.remove(visit.db, _line(visit).pin, by=visit.session.by, now=visit.now)
    return go("/timeline", said="removed")


def restore(visit: Visit) -> Response:
    """Put an entry back."""
    line = _line(visit)
    pins.restore(visit.db, line.pin, by=visit.session.by, now=visit.now)
    return go(f"/timeline/{line.pin}", said="restored")


def undo(visit: Visit) -> Response:
    """Take the last change of an entry back."""
    line = _line(visit)
    done = pins.undo(visit.db, line.pin, by=visit.session.by, now=visit.now)
    return go(f"/timeline/{line.pin}", said="undone" if done else None)


def _given(form: Mapping[str, str]) -> PinFacts:
    def field(name: str, most: int = 4000) -> str:
        return form.get(name, "").strip()[:most]

    kind: PinKind = next((k for k in get_args(PinKind) if k == field("kind")), "note")
    until = "now" if field("open") == "yes" else field("until", 40)
    return PinFacts(
        kind=kind,
        title=" ".join(field("title").split()),
        since=field("since", 40),
        until=until,
        article=whole(field("article")),
        story=whole(field("story")),
        url=field("url"),
        note=field("note"),
    )


def _sentence(error: StoreError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}: nothing was changed."


ROUTES = (
    page("/timeline", shown),
    page("/timeline/new", new, role="reviewer"),
    page("/timeline/{id}", entry),
    act("/timeline", add),
    act("/timeline/{id}/change", change),
    act("/timeline/{id}/remove", remove),
    act("/timeline/{id}/restore", restore),
    act("/timeline/{id}/undo", undo),
)
