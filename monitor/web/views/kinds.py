"""What kind of thing a page is: the refused, with the power to overrule, and an article's genre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from starlette.responses import Response

from monitor.web.desk import Visit, go, not_found, sentence_page, whole
from monitor.web.routing import act, page
from store import articles, genres, refusals
from store.kinds import Genre, GenreGuess, Overruling, Refusal

REFUSED: Final = 80
"""Refused pages on a page of the desk: with headlines in Urdu it stays under 60 KB."""
NO_ACT: Final = "A refusal can be overruled, or that be taken back."
NO_OVERRULING: Final = "This desk cannot overrule refusals."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """What an article's page says of its kind.

    ``refusal`` is set while its page stands refused or the refusal stands overruled, and a text
    was kept; ``overruled`` is the line by which it is overruled.
    """

    guess: GenreGuess | None
    refusal: Refusal | None = None
    overruled: Overruling | None = None
    paragraphs: tuple[str, ...] = ()

    @property
    def genre(self) -> str:
        """What it counts as: a person's word, else the machine's guess."""
        if self.guess is None:
            return "unknown"
        corrected = self.guess.corrected
        return corrected.genre if corrected and corrected.genre else self.guess.genre


def kinds_of(visit: Visit, article: int, *, text_from: str | None) -> Kinds:
    """Return the kinds of an article; the refused text only where it does not stand already."""
    overruled = refusals.standing(visit.db, article)
    refusal = refusals.get(visit.db, article) if overruled or text_from == "headline" else None
    return Kinds(
        guess=genres.of(visit.db, article),
        refusal=refusal,
        overruled=overruled,
        paragraphs=() if overruled or refusal is None else _paragraphs(refusal.body),
    )


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in body.split("\n") if line.strip())[:400]


def refused(visit: Visit) -> Response:
    """Show the pages refused as no article, by kind, the newest first."""
    kind, before = visit.asked("kind"), whole(visit.asked("before"))
    found = refusals.listed(visit.db, kind=kind, limit=REFUSED + 1, before=before)
    return visit.page(
        "refused.html",
        rows=found[:REFUSED],
        older=found[REFUSED - 1].article if len(found) > REFUSED else None,
        counts=refusals.counted(visit.db),
        kind=kind,
    )


def overrule(visit: Visit) -> Response:
    """Say that a refused page is an article, or take that back; what cannot be done says why."""
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    does = {"overrule": True, "back": False}.get(visit.form.get("do", ""))
    act = visit.desk.overrule
    if act is None:
        return sentence_page(visit.desk, 404, NO_OVERRULING, visit.session)
    if does is None:
        return sentence_page(visit.desk, 404, NO_ACT, visit.session)
    problem = act(visit.db, number, visit.session.by, does)
    if problem:
        return sentence_page(visit.desk, 409, problem, visit.session)
    return go(f"/articles/{number}")


def genre(visit: Visit) -> Response:
    """Put a genre in place of the machine's guess, or go back to it."""
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    said = visit.form.get("genre", "")
    chosen: Genre | None = next((one for one in get_args(Genre) if one == said), None)
    if chosen is None and said != "back":
        not_found("There is no such kind of text.")
    genres.correct(visit.db, article=number, genre=chosen, by=visit.session.by, now=visit.now)
    return go(f"/articles/{number}")


ROUTES = (
    page("/refused", refused),
    act("/articles/{id}/overrule", overrule),
    act("/articles/{id}/genre", genre),
)
