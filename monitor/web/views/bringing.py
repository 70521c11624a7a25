"""Bringing texts in: files are sent, each is looked at with what was cut, then kept or left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import groupby

from starlette.responses import Response

from monitor.inquiry import bringing, waiting
from monitor.inquiry.bringing import Choice, Offer
from monitor.stages.documents import CLEANING, Passage, words_of
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.routing import act, page
from monitor.web.uploads import MOST_FILES, UPLOAD_BYTES
from monitor.web.words import day_of
from store import imports, uploads

_FIRST, _LAST = 7_000, 1_500  # characters of the kept text that are shown
_MOST_CUT = 150  # cut passages that are shown
_RUNS = 30
_LINES = 100
CUTS = {
    "head": "running head", "foot": "running foot", "page number": "page number",
    "share": "share line", "navigation": "navigation", "bio": "about the writer", "box": "box",
    "notice": "notice", "note": "footnote", "page": "the rest of the page", "title": "the title",
}  # fmt: skip
OUTCOMES = {
    "kept": "kept", "known": "known already", "version": "kept as another version",
    "linked": "noted beside the one that is here", "left": "left", "refused": "refused",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Passages in a row with one fate; ``skipped`` words of the kept text are not shown."""

    cut: str
    texts: tuple[str, ...]
    skipped: int = 0


def first(visit: Visit) -> Response:
    """Show the form, what waits to be looked at, and who brought what in before."""
    return _first(visit, refused=())


def _first(visit: Visit, *, refused: Sequence[tuple[str, str]], status: int = 200) -> Response:
    return visit.page(
        "bring.html",
        status=status,
        waits=uploads.waiting(visit.db, visit.session.by, visit.now),
        runs=imports.runs(visit.db, _RUNS),
        refused=refused,
        most_files=MOST_FILES,
        most_megabytes=UPLOAD_BYTES // 2**20,
        can=visit.desk.offers is not None,
        outcomes=OUTCOMES,
        done=visit.asked("done"),
    )


def send(visit: Visit) -> Response:
    """Read the files that were sent; nothing is kept but for a day, until they are looked at."""
    if visit.desk.offers is None:
        not_found("This desk takes no files.")
    fit: list[Offer] = []
    refused: list[tuple[str, str]] = []
    if not visit.files:
        refused.append(("", "Choose a file first."))
    for file in visit.files:
        for made in visit.desk.offers(file.name, file.body) if visit.desk.offers else ():
            if made.refused:
                refused.append((made.file, made.refused))
            else:
                fit.append(made)
    by, now = visit.session.by, visit.now
    numbers = uploads.put(visit.db, [waiting.pending(made, by=by, now=now) for made in fit])
    if numbers is None:
        said = "Too much waits already: keep or leave what waits first."
        return _first(visit, refused=[*refused, ("", said)], status=409)
    if refused:
        return _first(visit, refused=refused, status=200 if fit else 422)
    return go(f"/corpus/bring/{numbers[0]}" if len(numbers) == 1 else "/corpus/bring")


# --- one text -------------------------------------------------------------------------------


def _offer(visit: Visit) -> tuple[int, Offer]:
    number = whole(str(visit.request.path_params["id"])) or 0
    found = uploads.get(visit.db, number, visit.session.by, visit.now)
    if found is None:
        not_found("It waits no more: it was kept, left, or its day is over.")
        raise AssertionError
    return number, waiting.unpacked(found.value)


def look(visit: Visit) -> Response:
    """Show one text: what is kept, what is cut, where its facts come from, what is here already."""
    number, made = _offer(visit)
    made = bringing.with_twins(visit.db, made)
    return visit.page(
        "brought.html",
        number=number,
        made=made,
        stretches=list(stretches(made.passages)),
        cuts=CUTS,
        twins=[(twin, bringing.twin_sentence(twin)) for twin in made.twins],
        conflicts={
            relevant: bringing.conflict(made, relevant=relevant) for relevant in (True, False)
        },
        others=[one for one in uploads.waiting(visit.db, visit.session.by, visit.now)
                if one.id != number],
    )  # fmt: skip


def stretches(passages: Sequence[Passage]) -> Iterator[Stretch]:
    """Yield passages in a row of one fate, the middle of a long text and of long cuts left out."""
    kept = sum(len(p.text) for p in passages if not p.cut)
    seen = cut = 0
    for why, group in groupby((p for p in passages if p.text), key=lambda p: p.cut):
        run = list(group)
        if why:
            room = max(0, _MOST_CUT - cut)
            cut += len(run)
            yield Stretch(cut=why, texts=tuple(p.text[:300] for p in run[:room]),
                          skipped=words_of(run[room:]))  # fmt: skip
            continue
        shown: list[str] = []
        skipped = 0
        for passage in run:
            if seen < _FIRST or seen > kept - _LAST:
                shown.append(passage.text[:_FIRST])
            else:
                skipped += len(passage.text.split())
            seen += len(passage.text)
        yield Stretch(cut="", texts=tuple(shown), skipped=skipped)


_CHOICES: dict[str, Choice] = {"version": "version", "link": "link", "keep": "keep"}


def settle(visit: Visit) -> Response:
    """Keep the text as the form has it now, or leave it; both are lines in the history."""
    number, made = _offer(visit)
    form = visit.form
    if form.get("do") == "leave":
        uploads.drop(visit.db, number, visit.session.by)
        return _next(visit, "left")
    if form.get("label") not in {"relevant", "not_relevant"}:
        not_found("Say whether it is an example of what is wanted.")
    made = bringing.with_twins(visit.db, _edited(made, visit))
    line = bringing.line(
        made,
        relevant=form["label"] == "relevant",
        by=visit.session.by,
        now=visit.now,
        choice=_CHOICES.get(form.get("twin", ""), "skip"),
    )
    kept = imports.settle(
        visit.db, number, line, by=visit.session.by, cleaning=CLEANING, now=visit.now
    )
    if kept is None:
        not_found("It waits no more: it was kept or left a moment ago.")
    return _next(visit, line.outcome)


def _next(visit: Visit, done: str) -> Response:
    others = uploads.waiting(visit.db, visit.session.by, visit.now)
    return go(f"/corpus/bring/{others[0].id}" if others else "/corpus/bring", done=done)


def _edited(made: Offer, visit: Visit) -> Offer:
    """The offer with what the form says of it; a day that was not changed keeps its hour."""

    def said(name: str, most: int) -> str:
        return " ".join(visit.form.get(name, "").split())[:most]

    day = day_of(said("published", 10))
    at = made.published_at
    if at is None or day != at.date():
        at = datetime.combine(day, time(), UTC) if day else None
    language = said("language", 3).lower()
    return replace(
        made,
        title=said("title", 300),
        outlet=said("outlet", 120),
        author=said("author", 200),
        language=language if language.isascii() and language.isalpha() else None,
        published_at=at,
    )


# --- the history ----------------------------------------------------------------------------


def run(visit: Visit) -> Response:
    """Show one occasion: every text of it, what became of it and from which file it came."""
    number = whole(str(visit.request.path_params["id"])) or 0
    found = imports.run_of(visit.db, number)
    if found is None:
        not_found("There is no such import.")
    lines = imports.lines(
        visit.db, number, after=whole(visit.asked("after")) or 0, limit=_LINES
    )  # fmt: skip
    return visit.page(
        "brought_run.html",
        run=found,
        lines=lines,
        more=lines[-1].id if len(lines) == _LINES else None,
        outcomes=OUTCOMES,
        cuts=CUTS,
    )


def undo(visit: Visit) -> Response:
    """Take an occasion back: its texts go, its lines stay."""
    number = whole(str(visit.request.path_params["id"])) or 0
    why = " ".join(visit.form.get("why", "").split())[:500]
    gone = imports.take_back(visit.db, number, by=visit.session.by, why=why, now=visit.now)
    if gone is None:
        not_found("There is no such import to take back.")
    return go(f"/corpus/bring/runs/{number}")


ROUTES = (
    page("/corpus/bring", first, role="reviewer"),
    act("/corpus/bring", send),
    page("/corpus/bring/{id:int}", look, role="reviewer"),
    act("/corpus/bring/{id:int}", settle),
    page("/corpus/bring/runs/{id:int}", run, role="reviewer"),
    act("/corpus/bring/runs/{id:int}/undo", undo),
)
