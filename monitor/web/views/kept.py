"""Kept pages: their books, what was found on reading articles again, and handing one out.

A kept page is a stranger's document. It leaves as a file to be saved and is never shown from here,
whatever a browser asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Final

from starlette.responses import Response

from monitor.exports.needs import NeedsError
from monitor.exports.pages import of_article, write_pages
from monitor.outside import VERSION
from monitor.web.desk import Visit, go, not_found, sentence_page
from monitor.web.routing import act, page
from store import archived, articles, backfills, pages, removals, rereads
from store.pages import Held, PageRow
from store.rereads import Reread
from store.types import ArticleRow

DAYS: Final = 30
SHOWN: Final = 50
MOST_WHY: Final = 500  # characters of a reason
FATES: Final = {
    "trial": "not settled yet: each stays two days",
    "kept": "kept, as somebody wants the article",
    "unwanted": "let go: nobody wanted the article",
    "expired": "let go: past their time",
    "removed": "removed on request",
    "replaced": "replaced by the same page, read anew",
}
OUTCOMES: Final = {
    "changed": "changed without a word",
    "gone": "removed by the outlet",
    "wall": "closed, or no article any more",
    "cut": "cut short",
    "another": "shows something else",
    "failed": "could not be had",
    "unwanted": "not wanted any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What reading an article again found, with the article."""

    row: ArticleRow
    found: Reread


def books(visit: Visit) -> Response:
    """Show what is held of pages as they were fetched, and what became of articles since."""
    held = pages.space(visit.db)
    told = rereads.told_since(visit.db, visit.now - timedelta(days=DAYS), limit=SHOWN)
    rows = {one.article: articles.get(visit.db, one.article) for one in told}
    return visit.page(
        "kept.html",
        held={what: held.get(what, Held()) for what in FATES},
        taken=held.get("taken", Held()),
        balanced=pages.balanced(held),
        fates=FATES,
        outcomes=OUTCOMES,
        size=size,
        days=DAYS,
        later=[
            Later(row=row, found=one) for one in told
            if one.outcome != "unwanted" and (row := rows[one.article]) is not None
        ],
        removed=removals.recent(visit.db, SHOWN),
        backfills=backfills.every(visit.db),
    )  # fmt: skip


def size(n: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB"):
        if n < 1000:
            return f"{n:,.0f}\N{NO-BREAK SPACE}{unit}"
        n /= 1000
    return f"{n:,.1f}\N{NO-BREAK SPACE}GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of an article beside its texts: its page, its readings, its removal."""

    page: PageRow | None
    later: tuple[Reread, ...]
    removed: removals.Removal | None
    silent: frozenset[int]  # versions that came of an edit nobody announced
    backfill: str  # the one that brought it; empty: a feed did
    find: archived.Find | None  # where it stands in a web archive; None: it came from none


def history(visit: Visit, row: ArticleRow) -> History:
    """Return what is known of an article beside its texts."""
    later = [one for one in rereads.of_article(visit.db, row.article)
             if one.outcome not in {"", "unwanted"}]  # fmt: skip
    versions = (one.version for one in later if one.outcome == "changed")
    return History(
        page=pages.get(visit.db, row.article),
        later=tuple(later),
        removed=removals.standing(visit.db, row.article),
        silent=frozenset(version for version in versions if version is not None),
        backfill=backfills.name_in(row.feed),
        find=archived.find(visit.db, row.article) if backfills.name_in(row.feed) else None,
    )


# --- taking a text down ---------------------------------------------------------------------


def take_down(visit: Visit) -> Response:
    """Remove the texts and pages of an article for good; its record stays."""
    number = visit.article_id()
    if articles.get(visit.db, number) is None:
        not_found("There is no such article.")
    why = " ".join(visit.form.get("why", "").split())[:MOST_WHY]
    if not why or visit.form.get("sure") != "yes":
        said = "Say who asked for it and when, and that you are sure: it cannot be undone."
        return sentence_page(visit.desk, 422, said, visit.session)
    removals.request(visit.db, number, by=visit.session.by, why=why, now=visit.now)
    return go(f"/articles/{number}")


# --- handing one out ------------------------------------------------------------------------


def as_warc(visit: Visit) -> Response:
    """Hand out the pages of an article as they were fetched, as a WARC to be saved."""
    number = visit.article_id()
    out = BytesIO()
    try:
        n = write_pages(visit.db, out, [number], form="warc", now=visit.now, software=_software())
    except NeedsError as error:
        said = str(error)
        return sentence_page(visit.desk, 501, f"{said[:1].upper()}{said[1:]}.", visit.session)
    if not n:
        not_found("No page of this article is kept.")
    return _saved(out.getvalue(), f"article-{number}.warc.gz", "application/gzip")


def as_text(visit: Visit) -> Response:
    """Hand out the newest kept page of an article as plain text, to be saved."""
    number = visit.article_id()
    held = list(of_article(visit.db, number)) or not_found("No page of this article is kept.")
    return _saved(held[-1].body, f"article-{number}.html.txt", "text/plain")


def _software() -> str:
    return f"Torkham {VERSION}"


def _saved(body: bytes, name: str, media: str) -> Response:
    """A file to be saved: nothing in it may run, whatever opens it."""
    return Response(
        body,
        media_type=media,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        },
    )


ROUTES = (
    page("/corpus/pages", books),
    page("/articles/{id}/page.warc.gz", as_warc),
    page("/articles/{id}/page.txt", as_text),
    act("/articles/{id}/remove", take_down, role="administrator"),
)
