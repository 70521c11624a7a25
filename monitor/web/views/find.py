"""Search and why: have we seen it, and what became of it?"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from monitor.inquiry import addressing
from monitor.inquiry.addressing import ADDRESS
from monitor.stages import fill, urls
from monitor.web import searching, telling, words
from monitor.web.desk import Visit, go, not_found, sentence_page, whole
from monitor.web.plates import SIDES
from monitor.web.routing import act, page
from monitor.web.searching import DECISIONS, SCORES, Sought
from store import articles, excerpts, feeds, ledger, pairs, rescues, searches, tags, whereabouts
from store import search as index
from store.desk import SavedSearch
from store.faults import StoreError
from store.rescues import BY_HAND
from store.search import Found
from store.types import ArticleRow, ItemRow
from store.watch import Why

PER_PAGE: Final = 40
"""In Urdu, of two bytes a letter, so many still stand on a page of 60 KB."""
HEADLINES: Final = 10
COUNTED: Final = 6
"""Saved searches of which a page counts what is new: up to 5 ms each, of broad ones."""


# --- search ---------------------------------------------------------------------------------


def search(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    """Show what matches the words and the filters; an address leads to the page that says why."""
    wanted = searching.sought(visit.form if problem else visit.request.query_params)
    if ADDRESS.fullmatch(wanted.q) and not wanted.filters:
        return go("/why", url=wanted.q)
    query = wanted.asked(visit.desk.zone, visit.desk.spell())
    before = whole(visit.asked("before"))
    found = index.look(visit.db, query, limit=PER_PAGE, before=before) if wanted else Found()
    alone = [] if before or wanted.filters else index.headlines(visit.db, query.asked)
    return visit.page(
        "search.html",
        status=status,
        wanted=wanted,
        asked=query.asked,
        found=found,
        rows=_shown(visit, found, wanted),
        excerpts=excerpts.of(visit.db, found.rows, query.asked),
        older=found.rows[-1].article if _goes_on(found) else None,
        before=before,
        alone=alone[:HEADLINES],
        saved=_saved(visit) if not wanted else None,
        of_saved=_named(visit, wanted),
        newest=index.newest(visit.db),
        problem=problem,
        said=visit.asked("said"),
        **_choices(visit),
    )


def _shown(visit: Visit, found: Found, wanted: Sought) -> list[ArticleRow]:
    """The rows of a page; a filter by decision must not tell what is hidden from a person."""
    hidden = visit.hidden() if wanted.decision else frozenset()
    return [row for row in found.rows if row.article not in hidden]


def _goes_on(found: Found) -> bool:
    return bool(found.rows) and (found.more or found.known > len(found.rows))


def _choices(visit: Visit) -> dict[str, object]:
    specs = [state.spec for state in feeds.states(visit.db) if state.spec.key != BY_HAND]
    return {
        "outlets": sorted({spec.outlet for spec in specs}, key=str.casefold),
        "sides": sorted({spec.side for spec in specs if spec.side}),
        "SIDES": SIDES,
        "languages": sorted({spec.language for spec in specs if spec.language}),
        "tags_known": [tag for tag, _ in tags.in_use(visit.db)],
        "DECISIONS": DECISIONS,
        "SCORES": SCORES,
    }


# --- saved searches -------------------------------------------------------------------------


def saved(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    """Show the searches the team keeps, with how much is new to this person."""
    return visit.page(
        "searches.html", status=status, saved=_saved(visit), problem=problem,
        said=visit.asked("said"), DECISIONS=DECISIONS,
    )  # fmt: skip


Kept = tuple[SavedSearch, Sought, tuple[int, bool] | None, bool]
"""A saved search, how much of it is new where that was counted, and whether it was ever opened."""


def _saved(visit: Visit) -> list[Kept]:
    seen = searches.seen(visit.db, visit.session.by)
    spell = visit.desk.spell()
    lines: list[Kept] = []
    left = COUNTED
    for one in searches.listed(visit.db):
        wanted, new = searching.of_query(one.query), None
        if one.id in seen and left:
            asked = wanted.asked(visit.desk.zone, spell)
            new, left = index.fresh(visit.db, asked, seen[one.id]), left - 1
        lines.append((one, wanted, new, one.id in seen))
    return lines


def _named(visit: Visit, wanted: Sought) -> SavedSearch | None:
    """The saved search this is, if it is one."""
    query = wanted.query()
    return next((one for one in searches.listed(visit.db) if one.query == query), None)


def open_saved(visit: Visit) -> Response:
    """Lead to a saved search."""
    return go(f"/search?{_one(visit).query}")


def save(visit: Visit) -> Response:
    """Keep a search under a name."""
    wanted = searching.sought(visit.form)
    if not wanted:
        return search(visit, problem="There is nothing to keep: search first.", status=409)
    try:
        number = searches.save(
            visit.db, name=visit.form.get("name", ""), query=wanted.query(), by=visit.session.by,
            now=visit.now,
        )  # fmt: skip
    except StoreError as error:
        return search(visit, problem=_sentence(error), status=409)
    _mark(visit, number)
    return go(f"/search?{wanted.query(said='saved')}")


def rename(visit: Visit) -> Response:
    """Give a saved search another name."""
    one = _one(visit)
    name = visit.form.get("name", "")
    try:
        searches.rename(visit.db, one.id, name=name, by=visit.session.by, now=visit.now)
    except StoreError as error:
        return saved(visit, problem=_sentence(error), status=409)
    return go("/searches", said="renamed")


def remove(visit: Visit) -> Response:
    """Take a saved search off the list; its history stays."""
    searches.remove(visit.db, _one(visit).id, by=visit.session.by, now=visit.now)
    return go("/searches", said="removed")


def mark_seen(visit: Visit) -> Response:
    """Note that the person has seen what a saved search finds."""
    one = _one(visit)
    _mark(visit, one.id)
    return go(f"/search?{one.query}") if visit.form.get("from") == "search" else go("/searches")


def _mark(visit: Visit, number: int) -> None:
    newest = whole(visit.form.get("newest", "")) or index.newest(visit.db)
    newest = min(newest, index.newest(visit.db))
    searches.note_seen(
        visit.db, number, person=visit.session.by, article=newest, now=visit.now
    )  # fmt: skip


def _one(visit: Visit) -> SavedSearch:
    number = whole(str(visit.request.path_params["id"]))
    found = searches.get(visit.db, number) if number else None
    return found or not_found("There is no such saved search; it may have been removed.")


def _sentence(error: StoreError) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


# --- why ------------------------------------------------------------------------------------


def why(visit: Visit) -> Response:
    """Show whether an address or a headline was seen, when, by whom, what became of it and why."""
    raw = visit.asked("url")
    address = addressing.meant(raw)
    canonical = visit.desk.canonical(address) if ADDRESS.fullmatch(address) else None
    if canonical is None:
        broken = raw.lower().startswith(("http://", "https://"))
        return _page(visit, raw=raw, broken=True) if broken else _by_headline(visit, raw)
    known_as = addressing.known_as(visit.db, canonical)
    known = articles.why(visit.db, known_as, address, fill.day_in(address))
    return _page(visit, raw=raw, canonical=canonical, known_as=known_as, known=known)


def _by_headline(visit: Visit, raw: str) -> Response:
    found = whereabouts.titled(visit.db, raw) if raw else []
    if len(found) == 1 and found[0].likeness == 1.0 and found[0].article is None:
        return go(f"/items/{found[0].item}")
    return _page(visit, raw=raw, titled=found)


def item(visit: Visit) -> Response:
    """Show one item; one that became an article is told of with it."""
    number = whole(str(visit.request.path_params["id"]))
    found = (ledger.item(visit.db, number) if number else None) or not_found(
        "There is no such item."
    )
    if found.article is not None:
        return go("/why", url=_address_of(visit, found))
    return _page(visit, raw=found.url or found.title, known=ledger.alone(visit.db, found))


def _address_of(visit: Visit, found: ItemRow) -> str:
    row = articles.get(visit.db, found.article or 0)
    return found.url or (row.url if row else "")


def _page(
    visit: Visit,
    *,
    raw: str,
    canonical: str | None = None,
    known_as: str = "",
    known: Why | None = None,
    titled: list[whereabouts.Titled] | None = None,
    broken: bool = False,
) -> Response:
    row = known.article if known else None
    host = urls.host(canonical or "")
    unseen = known is not None and not known.items
    zone = visit.desk.zone
    return visit.page(
        "why.html",
        raw=raw,
        canonical=canonical,
        known_as=known_as,
        known=known,
        titled=titled,
        told=_told(visit, row) if row else None,
        broken=broken,
        host=host,
        wrapped=urls.wrapped(canonical or ""),
        missing=fill.never_seen(known, host, zone) if known and unseen else "",
        gap=fill.told(known.hole, zone) if known and known.hole else "",
        said=visit.asked("said"),
    )


def _told(visit: Visit, row: ArticleRow) -> telling.Told:
    veiled = row.article in visit.hidden()
    row = pairs.as_undecided(row) if veiled else row
    return telling.told(
        visit.db,
        row,
        when=lambda at: words.stamp(at, now=visit.now, reader=visit.desk.zone).shown,
        withheld=veiled or visit.withholds()(row),
        blind=veiled,
    )


# --- one key rescues it ---------------------------------------------------------------------


def rescue(visit: Visit) -> Response:
    """Take an article back: into the queue, out of a refusal, or to be read again."""
    row = _article(visit)
    told = _told(visit, row)
    back = {"url": visit.form.get("url", "")[:2000] or row.url}
    if told.way in {"queue", "retry"}:
        take = rescues.queue if told.way == "queue" else rescues.retry
        take(
            visit.db, row.article, was=telling.was(row), by=visit.session.by, now=visit.now
        )  # fmt: skip
    elif told.way == "overrule" and visit.desk.overrule is not None:
        problem = visit.desk.overrule(visit.db, row.article, visit.session.by, True)
        if problem:
            return sentence_page(visit.desk, 409, problem, visit.session)
    else:
        return go("/why", **back, said="nothing")
    return go("/why", **back, said=told.way)


def unrescue(visit: Visit) -> Response:
    """Take a rescue into the queue back."""
    row = _article(visit)
    line = whole(visit.form.get("line", "")) or 0
    done = rescues.undo(visit.db, line, by=visit.session.by, now=visit.now)
    back = visit.form.get("url", "")[:2000] or row.url
    return go("/why", url=back, said="undone" if done else "nothing")


def enter(visit: Visit) -> Response:
    """Take in an address that no feed has shown; it is read at the next harvest."""
    raw = visit.form.get("url", "").strip()[:2000]
    address = raw if "://" in raw else f"https://{raw}"
    canonical = visit.desk.canonical(address)
    if canonical is None or urls.wrapped(canonical):
        return sentence_page(visit.desk, 409, "That is no address of an article.", visit.session)
    made = rescues.enter_by_hand(
        visit.db, url=address, canonical_url=canonical, title="", by=visit.session.by,
        now=visit.now,
    )  # fmt: skip
    return go("/why", url=address, said="entered" if made else "known")


def _article(visit: Visit) -> ArticleRow:
    number = whole(visit.form.get("article", ""))
    row = articles.get(visit.db, number) if number else None
    return row or not_found("There is no such article.")


ROUTES = (
    page("/search", search),
    page("/searches", saved),
    page("/searches/{id}", open_saved),
    act("/searches", save),
    act("/searches/{id}/rename", rename),
    act("/searches/{id}/remove", remove),
    act("/searches/{id}/seen", mark_seen, role="reader"),
    page("/why", why),
    page("/items/{id}", item),
    act("/why/rescue", rescue),
    act("/why/undo", unrescue),
    act("/why/enter", enter),
)
