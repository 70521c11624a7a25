"""The versions of an article, and what an edit changed: by paragraph and by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from starlette.responses import Response

from monitor.stages import graphic
from monitor.stages.differing import Difference, Run, Stretch, differ, words_of
from monitor.web.desk import Visit, not_found, whole
from monitor.web.reading import ALL_ROOM, ROOM, sentences
from monitor.web.routing import page
from monitor.web.views.kept import history
from monitor.web.words import Tongue, counted, tongue
from store import articles
from store.types import ArticleVersion

_CONTEXT: Final = 1  # unchanged paragraphs shown on each side of a change
_A_PARAGRAPH: Final = 60  # bytes that the page spends around one


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A paragraph of the comparison. ``grim``: it describes what the desk folds."""

    stretch: Stretch
    tongue: Tongue
    grim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Neighbouring paragraphs; ``folded``: so many that did not change, and wait to be asked for.

    ``grim``: so many sentences of a graphic passage, folded likewise.
    """

    lines: tuple[Line, ...]
    folded: int = 0
    grim: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two versions beside each other. ``left`` paragraphs are not shown here."""

    before: ArticleVersion
    after: ArticleVersion
    title: tuple[Run, ...]
    passages: tuple[Passage, ...]
    whole: bool
    summary: str
    left: int = 0


def versions(visit: Visit) -> Response:
    """Show the versions of an article and how one became another: the last two unless asked."""
    number = visit.article_id()
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    kept = articles.versions(visit.db, number)
    before, after = _asked(visit, kept)
    everything = visit.asked("all") == "1"
    room = ALL_ROOM if everything else ROOM
    compared = compare(before, after, row.language, room=room) if before and after else None
    return visit.page(
        "versions.html",
        row=row,
        versions=kept,
        compared=compared,
        unfolded=visit.asked("unfold") == "1",
        everything=everything,
        most=articles.MAX_VERSIONS,
        since=history(visit, row),
    )


def _asked(
    visit: Visit, kept: Sequence[ArticleVersion]
) -> tuple[ArticleVersion | None, ArticleVersion | None]:
    """The two versions asked for, the earlier first; the last two where nothing else fits."""
    if len(kept) < 2:
        return None, None
    known = {one.version: one for one in kept}
    after = known.get(whole(visit.asked("to")) or 0, kept[-1])
    usual = next((one for one in reversed(kept) if one.version < after.version), kept[0])
    before = known.get(whole(visit.asked("from")) or 0, usual)
    if before.version == after.version:
        return kept[-2], kept[-1]
    return (before, after) if before.version < after.version else (after, before)


def compare(
    before: ArticleVersion, after: ArticleVersion, language: str | None, *, room: int = ROOM
) -> Compared:
    """Return how one version became the other, as much as ``room`` bytes of a page hold."""
    found = differ(before.body, after.body)
    title = words_of(before.title, after.title)
    shown, left = _shown(found.stretches, room)
    return Compared(
        before=before,
        after=after,
        title=title if before.title != after.title else (),
        passages=tuple(_passages([_line(stretch, language) for stretch in shown])),
        whole=found.whole,
        summary=_summary(before, after, found),
        left=left,
    )


def _shown(stretches: Sequence[Stretch], room: int) -> tuple[Sequence[Stretch], int]:
    spent = 0
    for at, stretch in enumerate(stretches):
        size = sum(len(run.text.encode("utf-8", "replace")) + 30 for run in stretch.runs)
        spent += _A_PARAGRAPH + size
        if spent > room and at:
            return stretches[:at], len(stretches) - at
    return stretches, 0


def _line(stretch: Stretch, language: str | None) -> Line:
    text = "".join(run.text for run in stretch.runs)
    return Line(stretch=stretch, tongue=tongue(language, text), grim=_grim(text) > 0)


def _grim(text: str) -> int:
    return sum(graphic.is_graphic(text[start:end]) for start, end in sentences(text))


def _passages(lines: Sequence[Line]) -> Iterator[Passage]:
    """Fold what stayed the same but for the lines beside a change, and what is grim."""
    near = {
        at + by
        for at, line in enumerate(lines)
        if line.stretch.fate != "same"
        for by in range(-_CONTEXT, _CONTEXT + 1)
    }
    apart = [at not in near for at in range(len(lines))]
    for at in range(len(lines)):
        if apart[at] and not any(apart[max(0, at - 1) : at] + apart[at + 1 : at + 2]):
            apart[at] = False  # one alone is no trouble to read
    kinds = [
        "same" if away else "grim" if line.grim else ""
        for away, line in zip(apart, lines, strict=True)
    ]
    for kind, run in groupby(range(len(lines)), key=lambda at: kinds[at]):
        held = tuple(lines[at] for at in run)
        told = sum(_grim("".join(r.text for r in line.stretch.runs)) for line in held)
        yield Passage(
            lines=held,
            folded=len(held) if kind == "same" else 0,
            grim=told if kind == "grim" else 0,
        )


def _summary(before: ArticleVersion, after: ArticleVersion, found: Difference) -> str:
    """What changed, in a sentence."""
    fates = [stretch.fate for stretch in found.stretches]
    moved = sum(1 for stretch in found.stretches if stretch.moved and stretch.fate == "new")
    parts = [
        f"{counted(number, 'paragraph')} {verb}"
        for verb, number in (
            ("changed", fates.count("changed")),
            ("came", fates.count("new") - moved),
            ("went", fates.count("gone") - moved),
            ("moved", moved),
        )
        if number > 0
    ]
    head = "The headline changed" if before.title != after.title else "The headline stayed"
    if not parts:
        return f"{head}; the text is the same."
    if not before.body or not after.body:
        return f"{head}. The text of one of them is no longer kept, so only the headlines compare."
    return f"{head}; {', '.join(parts[:-1])}{' and ' if parts[1:] else ''}{parts[-1]}."


ROUTES = (page("/articles/{id}/versions", versions),)
