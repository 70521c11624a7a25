"""Atom feeds of what the desk holds: accepted items, digests, what each saved search finds.

A feed reader may show its token in the address, for want of a header. No answer repeats it, no
link in a feed carries it, and the desk logs no addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from lxml import etree
from starlette.responses import Response

from monitor.web.api.frame import Problem
from monitor.web.api.rows import Veil
from monitor.web.arriving import base_of
from monitor.web.desk import Visit, whole
from monitor.web.problems import problem
from monitor.web.routing import page
from monitor.web.searching import of_query
from monitor.web.words import shown
from store import editions, listing, search, searches
from store.types import ArticleRow

SHOWN: Final = 50
EDITIONS: Final = 15
LONGEST: Final = 500  # characters of a summary
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # of a feed without entries


def accepted(visit: Visit) -> Response:
    """Feed out what people marked relevant, the newest decision first."""
    try:
        asked = _known(visit, ("outlet", "topic"))
    except Problem as no:
        return problem(no.status, no.sentence, parameter=no.parameter)
    rows = listing.accepted(
        visit.db, outlet=asked.get("outlet"), topic=asked.get("topic"), limit=SHOWN
    )
    veil = Veil.over(visit, [row.article for row in rows])
    told = [row for row in rows if row.article not in veil.blind]
    named = " · ".join(asked.values())
    title = f"Torkham: accepted{f' · {named}' if named else ''}"
    return _feed(visit, title, "/accepted.atom", asked, [(row, row.decided_at) for row in told], {})


def found(visit: Visit) -> Response:
    """Feed out what a saved search finds, those seen last first."""
    try:
        asked = _known(visit, ())
    except Problem as no:
        return problem(no.status, no.sentence, parameter=no.parameter)
    number = whole(str(visit.request.path_params["id"]))
    kept = searches.get(visit.db, number) if number else None
    if kept is None:
        return problem(404, "There is no such saved search.")
    query = of_query(kept.query).asked(visit.desk.zone, visit.desk.spell())
    rows = search.find(visit.db, query, limit=SHOWN)
    veil = Veil.over(visit, [row.article for row in rows])
    if query.tag or query.decision not in {None, "undecided"}:  # to be in it would tell the answer
        rows = [row for row in rows if row.article not in veil.blind]
    hidden = {row.article for row in rows if veil.hides(row)}
    topics = {row.article: row.topics for row in rows if row.article not in hidden}
    path = f"/searches/{number}.atom"
    title = f"Torkham: {kept.name}"
    return _feed(visit, title, path, asked, [(row, row.first_seen_at) for row in rows], topics)


def digests(visit: Visit) -> Response:
    """Feed out the editions of a digest, the newest first, each with all it said."""
    try:
        asked = _known(visit, ("name",))
    except Problem as no:
        return problem(no.status, no.sentence, parameter=no.parameter)
    name = asked.get("name", editions.DAILY)
    if name not in {editions.DAILY, *editions.names(visit.db)}:
        return problem(404, "There is no such digest.", parameter="name")
    told = editions.recent(visit.db, EDITIONS, name)
    title = "Torkham: digests" + (f" · {name}" if name != editions.DAILY else "")
    dates = [(edition.made_at, edition) for edition in told]
    root, base = _head(visit, title, "/digests.atom", asked, [at for at, _ in dates])
    for at, edition in dates:
        here = f"/digests/{edition.name}/{edition.day_on}"
        entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
        _text(entry, "id", _urn(visit, f"edition:{edition.name}:{edition.day_on}"))
        _text(entry, "title", edition.title)
        _text(entry, "updated", _at(at))
        _text(entry, "published", _at(at))
        _link(entry, "alternate", f"{base}{here}", "text/html")
        _text(etree.SubElement(entry, f"{{{_ATOM}}}author"), "name", "Torkham")
        _text(entry, "content", edition.page.replace(f'src="{here}/', f'src="{base}{here}/'))
        entry[-1].set("type", "html")
    return _cached(visit, etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _known(visit: Visit, names: Sequence[str]) -> dict[str, str]:
    """Return what is asked for by these names; anything else but a token is refused by name."""
    given = visit.request.query_params.multi_items()
    for name, _ in given:
        if name not in {*names, "token"}:
            known = ", ".join(names) or "none"
            sentence = f"There is no {name[:40]} to give here; there are: {known}."
            raise Problem(400, sentence, parameter=name[:40])
    for name in names:
        if sum(name == one for one, _ in given) > 1:  # one of two outlets would be missed unseen
            raise Problem(400, f"{name} is given twice.", parameter=name)
    return {name: value.strip()[:200] for name, value in given if name in names and value.strip()}


# --- the document ---------------------------------------------------------------------------


def _feed(
    visit: Visit,
    title: str,
    path: str,
    asked: dict[str, str],
    rows: Sequence[tuple[ArticleRow, datetime | None]],
    topics: dict[int, tuple[str, ...]],
) -> Response:
    root, base = _head(visit, title, path, asked, [at for _, at in rows if at])
    for row, at in rows:
        _entry(visit, root, base, row, at or row.first_seen_at, topics.get(row.article, ()))
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return _cached(visit, body)


def _head(
    visit: Visit, title: str, path: str, asked: dict[str, str], dates: Sequence[datetime]
) -> tuple[etree._Element, str]:
    """Return a feed without entries yet, and where the desk is."""
    base = base_of(visit.desk, visit.request)
    address = f"{base}{path}" + (
        f"?{urlencode(asked, errors='replace')}" if asked else ""
    )  # never with the token
    root = etree.XML(f'<feed xmlns="{_ATOM}"/>')
    _text(root, "id", _urn(visit, address.removeprefix(base)))
    _text(root, "title", title)
    _text(root, "updated", _at(max(dates, default=_NEVER)))
    _link(root, "self", address, "application/atom+xml")
    _link(root, "alternate", f"{base}/", "text/html")
    _text(etree.SubElement(root, f"{{{_ATOM}}}author"), "name", "Torkham")
    _text(root, "generator", "Torkham")
    return root, base


def _entry(
    visit: Visit,
    root: etree._Element,
    base: str,
    row: ArticleRow,
    at: datetime,
    topics: Sequence[str],
) -> None:
    entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _text(entry, "id", _urn(visit, f"article:{row.article}"))
    _text(entry, "title", row.title, "Without a headline")
    _text(entry, "updated", _at(at))
    if row.published_at is not None:
        _text(entry, "published", _at(row.published_at))
    desk = f"{base}/articles/{row.article}"
    outside = row.url.startswith(("http://", "https://"))
    _link(entry, "alternate", row.url if outside else desk, "text/html")
    _link(entry, "related", desk, "text/html", title="On the desk")
    _text(etree.SubElement(entry, f"{{{_ATOM}}}author"), "name", row.outlet or "", row.feed)
    for topic in topics:
        if term := _clean(topic).strip():
            etree.SubElement(entry, f"{{{_ATOM}}}category", term=term)
    if summary := _short(_clean(row.summary)):
        _text(entry, "summary", summary)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _text(parent: etree._Element, name: str, text: str, otherwise: str = "") -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _clean(text).strip() or otherwise


def _link(parent: etree._Element, rel: str, to: str, kind: str, title: str = "") -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=_clean(to), type=kind)
    if title:
        link.set("title", title)


def _clean(text: str) -> str:
    """Return text that XML can hold, without what reorders or hides a line."""
    return _NO_XML.sub("\ufffd", shown(text))


def _at(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _urn(visit: Visit, what: str) -> str:
    """Return an id that outlives restarts, moves and new host names, and is this desk's alone."""
    digest = hmac.digest(visit.desk.secret, b"ids of feeds and their entries", "sha256")
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(bytes=digest[:16]), what)}"


def _cached(visit: Visit, body: bytes) -> Response:
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # A reader may keep the document, and asks each time whether it is still the same.
    headers = {"etag": mark, "cache-control": "private, no-cache", "vary": "authorization"}
    asked = visit.request.headers.get("if-none-match", "")
    if mark in {part.strip().removeprefix("W/") for part in asked.split(",")} or asked == "*":
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/atom+xml", headers=headers)


ROUTES = (
    page("/accepted.atom", accepted),
    page("/digests.atom", digests),
    page("/searches/{id}.atom", found),
)
