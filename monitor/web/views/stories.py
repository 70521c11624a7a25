"""Stories: what happened, who tells it, why these articles stand together; and putting it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from monitor.articles import retelling
from monitor.web import plates
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act, page
from monitor.web.views import claims
from monitor.web.words import day_of
from store import days, pins, stories
from store.faults import StoreError
from store.lineage import StoryEdit, StoryMember, StoryRow

SHOWN: Final = 80
"""Stories on a page: with headlines in Urdu it stays under 60 KB."""
SIDES: Final = ("pakistan", "afghanistan", "exile", "india", "iran", "world", "un", "research")
SIDE_WORDS: Final = {
    "pakistan": "Pakistani",
    "afghanistan": "Afghan",
    "exile": "Afghan exile",
    "india": "Indian",
    "iran": "Iranian",
    "world": "international",
    "un": "United Nations",
    "research": "research",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A line of the timeline: an article, and in words why it is here."""

    member: StoryMember
    later: timedelta  # than the story's first
    why: str
    shared: tuple[str, ...]


def listed(visit: Visit) -> Response:
    """Show the stories of a day: those somebody wanted, those of several articles, or all."""
    day = day_of(visit.asked("day")) or visit.today()
    kind = visit.asked("show") if visit.asked("show") in {"several", "all"} else "wanted"
    since, until = visit.window(day)
    ended = whole(visit.asked("before"))
    found = stories.recent(
        visit.db, since=since, until=until, several=kind == "several", wanted=kind == "wanted",
        limit=SHOWN + 1, before=ended,
    )  # fmt: skip
    return visit.page(
        "stories.html",
        rows=found[:SHOWN],
        ended=ended,
        older=found[SHOWN - 1].story if len(found) > SHOWN else None,
        day=day,
        show=kind,
        before=day - timedelta(days=1) if day > (days.first_on(visit.db) or day) else None,
        after=day + timedelta(days=1) if day < visit.today() else None,
        sides=side_words,
    )


def side_words(sides: Sequence[str]) -> str:
    """Return sides as people call them: "Pakistani, Afghan exile"."""
    ordered = sorted(set(sides), key=lambda s: (SIDES.index(s) if s in SIDES else len(SIDES), s))
    return ", ".join(SIDE_WORDS.get(side, side) for side in ordered)


def story(visit: Visit, *, problem: str = "") -> Response:
    """Show one story; an old number leads to the story that has its articles now.

    A ``problem`` is told there at once: on the way it would be lost.
    """
    asked = _number(visit)
    number = stories.now_known_as(visit.db, asked) or not_found("There is no such story.")
    if number != asked and not problem:
        return go(f"/stories/{number}", was=asked)
    row = stories.get(visit.db, number) or not_found("There is no such story.")
    told = stories.members(visit.db, [number]).get(number, [])
    edits = stories.edits(visit.db, number)
    return visit.page(
        "story.html",
        status=409 if problem else 200,
        row=row,
        timeline=timeline(visit, told, edits),
        spread=spread(told),
        wires=wires(told),
        edits=edits,
        near=near(visit, row),
        was=asked if number != asked else whole(visit.asked("was")),
        problem=problem,
        edit_words=edit_words,
        drawn=plates.shown("story", plates.of_story(visit, number), story=str(number)),
        pinned=pins.of_story(visit.db, number),
        **also_told(visit, number),
    )


def also_told(visit: Visit, number: int) -> dict[str, Any]:
    """Return what the claims of a story's articles say, where they are kept."""
    return claims.of_story(visit, number)


def timeline(
    visit: Visit, told: Sequence[StoryMember], edits: Sequence[StoryEdit] = ()
) -> list[Standing]:
    """Return the story's articles as they came, each with why it stands here."""
    put = {
        article: f"put here by {line.by}"
        for line in edits
        if line.kind != "undo" and not line.undone
        for article in line.articles
    }
    first = told_at(told[0]) if told else visit.now
    outlets = {member.article: member.outlet for member in told}
    return [
        Standing(
            member=member,
            later=told_at(member) - first,
            why=put.get(member.article) or _why(member, outlets),
            shared=_shared(visit, member, put),
        )
        for member in told
    ]


def told_at(member: StoryMember) -> datetime:
    """Return when an article was published, else first seen; never after it was seen."""
    return min(member.published_at or member.first_seen_at, member.first_seen_at)


def _why(member: StoryMember, outlets: dict[int, str]) -> str:
    near = outlets.get(member.joined.near or 0)
    match member.joined.why:
        case "copy":
            return f"the text of {near}" if near else "the text of another article"
        case "alike":
            return f"tells what {near} told" if near else "tells what an article told"
        case "across":
            return f"names what {near} named, in another script" if near else "in another script"
        case "split" | "merge":
            return "put here by a person"
    return "began it"


def _shared(visit: Visit, member: StoryMember, put: Mapping[int, str]) -> tuple[str, ...]:
    if member.article in put:
        return ()
    return tuple(_name(visit, term) for term in member.joined.shared)


def _name(visit: Visit, term: str) -> str:
    """Return a shared term as people read it; a name of the lexicon by its label."""
    if not term.startswith("@"):
        return term
    return visit.desk.concepts.get(term[1:], term[1:].replace("_", " "))


def spread(told: Sequence[StoryMember]) -> list[tuple[str, list[str]]]:
    """Return the outlets by side, each once, in the order they told it."""
    found: dict[str, list[str]] = {}
    for member in told:
        outlets = found.setdefault(member.side or "unknown", [])
        if member.outlet not in outlets:
            outlets.append(member.outlet)
    ordered = sorted(found, key=lambda s: (SIDES.index(s) if s in SIDES else len(SIDES), s))
    return [(SIDE_WORDS.get(side, side), found[side]) for side in ordered]


def wires(told: Sequence[StoryMember]) -> list[tuple[str, list[str]]]:
    """Return the agencies that are credited, with the outlets that credit each."""
    found: dict[str, list[str]] = {}
    for member in told:
        for wire in member.wires:
            outlets = found.setdefault(wire, [])
            if member.outlet not in outlets:
                outlets.append(member.outlet)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def near(visit: Visit, row: StoryRow) -> list[StoryRow]:
    """Return stories that share words with this one and stand apart, the likeliest first."""
    numbers = retelling.near(visit.db, row.article) if row.article else []
    found = [stories.get(visit.db, number) for number in numbers if number != row.story]
    return [other for other in found if other is not None and other.members][:5]


def edit_words(line: StoryEdit, here: int) -> str:
    """Return what an edit did, seen from one of its two stories."""
    count = f"{len(line.articles)} article{'' if len(line.articles) == 1 else 's'}"
    match line.kind, line.story == here:
        case "split", True:
            return f"took {count} out, into story {line.other}"
        case "split", False:
            return f"made this story of {count} out of story {line.story}"
        case "merge", True:
            return f"took in story {line.other}, {count}"
        case "merge", False:
            return f"put {count} into story {line.story}"
    return f"undid that for {count}"


# --- putting it right -----------------------------------------------------------------------


def split(visit: Visit) -> Response:
    """Take the ticked articles out, into a story of their own."""
    ticked = [whole(name.removeprefix("article-")) for name in visit.form if _ticked(name)]
    chosen = [number for number in ticked if number]
    if not chosen:
        return story(visit, problem="Tick the articles that tell something else.")
    return _changed(visit, lambda number: stories.split(
        visit.db, number, chosen, by=visit.session.by, now=visit.now, note=_note(visit),
    ))  # fmt: skip


def _ticked(name: str) -> bool:
    return name.startswith("article-")


def merge(visit: Visit) -> Response:
    """Put another story's articles into this one."""
    said = visit.form.get("other", "").strip().rstrip("/").rpartition("/")[2]
    other = whole(said)
    known = stories.now_known_as(visit.db, other) if other else None
    if known is None:
        return story(visit, problem="Give the number of another story; its page shows it.")
    return _changed(visit, lambda number: stories.merge(
        visit.db, number, known, by=visit.session.by, now=visit.now, note=_note(visit),
    ))  # fmt: skip


def undo(visit: Visit) -> Response:
    """Undo a split or a merge."""
    edit = whole(visit.form.get("edit", "")) or 0
    if stories.undo(visit.db, edit, by=visit.session.by, now=visit.now) is None:
        return story(visit, problem="That was undone before.")
    return go(f"/stories/{_number(visit)}")


def _changed(visit: Visit, change: Any) -> Response:
    try:
        change(_number(visit))
    except StoreError as error:
        return story(visit, problem=str(error)[:1].upper() + str(error)[1:] + ".")
    return go(f"/stories/{_number(visit)}")


def _note(visit: Visit) -> str:
    return visit.form.get("note", "").strip()[:2000]


def _number(visit: Visit) -> int:
    return whole(str(visit.request.path_params["id"])) or not_found("There is no such story.")


ROUTES = (
    page("/stories", listed),
    page("/stories/{id}", story),
    act("/stories/{id}/split", split),
    act("/stories/{id}/merge", merge),
    act("/stories/{id}/undo", undo),
)
