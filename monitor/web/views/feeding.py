"""The feeds as settings: how each does, pausing one, and adding one that was looked at first."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.config.listing import key_of, short
from monitor.config.problems import Problem
from monitor.config.shape import Side
from monitor.inquiry.sourcing import Search, proposed
from monitor.inquiry.standing import Office, Standing
from monitor.stages import coverage as rhythm_words
from monitor.web.desk import Visit, go, not_found
from monitor.web.overlay import office_of, record_whole
from monitor.web.routing import act, page
from monitor.web.views.coverage import FeedLine, lines
from monitor.web.words import UNWELL, counted, shown
from store import changes, hours
from store.upkeep import Change

SIDES: Final[tuple[str, ...]] = get_args(Side)
_KINDS: Final = ("", "rss", "google-news", "news-sitemap", "page")
_FIELDS: Final = ("key", "outlet", "side", "language", "section", "url", "kind", "links", "body")
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 2_000
_ONE: Final = threading.Lock()  # a look asks strangers' servers: one at a time is enough
_SUBJECTS: Final = {
    "key": "The key",
    "outlet": "The outlet",
    "side": "The side",
    "language": "The language",
    "section": "The section",
    "url": "The address",
    "kind": "The kind",
    "links": "The links",
    "body": "The text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Well:
    """A feed as listed among the settings: its condition, and the desk's part in its being here."""

    line: FeedLine
    usually: str
    added: Change | None  # by whom, where it was added on the desk

    @property
    def unwell(self) -> bool:
        """True when somebody should look."""
        return self.line.condition in UNWELL


def listed(
    visit: Visit, *, asked: str = "", sentence: str = "", status: int = 200, **more: Any
) -> Response:
    """Show every feed, the unwell first, and the field an address is pasted into."""
    found = lines(visit)
    told = hours.rhythms(visit.db, [line.state.spec.key for line in found], visit.now)
    added = {change.path: change for change in changes.changes(visit.db) if change.value[:1] == "{"}
    wells = [
        Well(
            line=line,
            usually=rhythm_words.usually(told[line.state.spec.key]),
            added=added.get(f"feeds.{line.state.spec.key}"),
        )
        for line in found
    ]
    facts: dict[str, Any] = {
        "search": None,
        "entry": None,
        "wrong": {},
        "sides": SIDES,
        "address": asked or visit.asked("url"),
        "sentence": sentence,
        "done": visit.asked("done"),
        "available": visit.desk.office is not None,
        "wells": wells,
        "acting": next((w for w in wells if w.line.state.spec.key == visit.asked("feed")), None),
    }
    return visit.page("settings_feeds.html", status=status, **{**facts, **more})


def look(visit: Visit) -> Response:
    """Ask the address that was pasted, and show what is there; nothing is kept."""
    office = office_of(visit)
    typed = visit.form.get("url", "").strip()
    url = typed if "://" in typed or not typed else f"https://{typed}"
    kind = visit.form.get("kind", "")
    wrong = _unfit(visit, office, url, kind)
    if wrong:
        return listed(visit, asked=typed[:_LONGEST], sentence=wrong, status=422)
    if not _ONE.acquire(blocking=False):
        raise HTTPException(503, "Somebody is adding a feed at this moment. Try again in a moment.")
    try:
        search = office.find(url, kind or None)
    finally:
        _ONE.release()
    standing = office.standing(visit.db)
    if search.found is None:
        return listed(visit, asked=typed, sentence=_nothing(search), status=422)
    known = standing.listed().at(search.found.url)
    if known is not None:
        return listed(visit, asked=typed, sentence=_is_known(known), status=409)
    entry = proposed(search, search.found, standing.listed(), url)
    return listed(visit, asked=typed, search=search, entry=_whole(entry))


def add(visit: Visit) -> Response:
    """Keep a feed, as a change that says who added it; the file stays as it is."""
    office = office_of(visit)
    entry = {field: visit.form.get(field, "").strip() for field in _FIELDS}
    wrong = _wrong(visit, office, office.standing(visit.db), entry)
    if wrong:
        return listed(visit, entry=entry, wrong=wrong, status=422)
    made = short(entry)
    key = made.pop("key")
    record_whole(visit, f"feeds.{key}", made)
    office.standing(visit.db)  # it is among the feeds at once, and asked at the next tick
    return go("/settings/feeds", done="added")


def withdraw(visit: Visit) -> Response:
    """Take out a feed that was added on the desk; its articles stay, under its key."""
    office = office_of(visit)
    key = visit.form.get("key", "")
    standing = office.standing(visit.db)
    if key in standing.feeds or key not in {spec.key for spec in standing.settings.feeds}:
        not_found("Only a feed that was added on the desk can be withdrawn; others are paused.")
    record_whole(visit, f"feeds.{key}", None)
    office.standing(visit.db)  # the list of feeds follows at once
    return go("/settings/feeds", done="withdrawn")


# --- what is wrong, in words ----------------------------------------------------------------


def _unfit(visit: Visit, office: Office, url: str, kind: str) -> str:
    """Why an address cannot be asked, before anybody asks it; empty when it can."""
    if not url:
        return "Paste the address of a site or of its feed."
    if kind not in _KINDS:
        return "Choose what is there, or leave it to be found out."
    found = office.against(visit.db, {"feeds.new-feed-of-the-desk": {"url": url}})
    known = office.standing(visit.db).listed().at(url)
    if known is not None:
        return _is_known(known)
    return _told(found[0]) if found else ""


def _is_known(known: Mapping[str, Any]) -> str:
    return f"That feed is in the list already, as {key_of(known)}. Nothing was changed."


def _nothing(search: Search) -> str:
    sentence = shown(search.sentence) or "Nothing was found there."
    if search.page is not None and search.page.entries:
        links = counted(search.page.entries, "link")
        return (
            f"{sentence} It is a page with a list of {links}, such as "
            f"“{shown(search.page.newest_title)[:120]}”; choose “a list page” to watch it."
        )
    return f"{sentence} A Google News query may stand in for it."


def _wrong(
    visit: Visit, office: Office, standing: Standing, entry: Mapping[str, str]
) -> dict[str, str]:
    if not _SLUG.fullmatch(entry["key"]) or len(entry["key"]) > 60:
        told = "The key is made of small letters, digits and single hyphens, as in dawn-home."
        return {"key": told}
    if entry["key"] in {*standing.feeds, *(spec.key for spec in standing.settings.feeds)}:
        return {"key": "There is a feed of this key already; it is a feed's name for ever."}
    made = {key: value for key, value in short(entry).items() if key != "key"}
    wrong: dict[str, str] = {}
    for problem in office.against(visit.db, {f"feeds.{entry['key']}": made}):
        field = problem.path.partition("[")[0]
        wrong.setdefault(field if field in _SUBJECTS else "whole", _told(problem))
    return wrong


def _told(problem: Problem) -> str:
    subject = _SUBJECTS.get(problem.path.partition("[")[0], "The feed")
    return f"{subject} {problem.message.rstrip('.')}."


def _whole(entry: Mapping[str, Any]) -> dict[str, str]:
    """The entry as the form has it: every field, and what is left out as it would be."""
    usual = {"language": "en", "kind": "rss", "side": "world"}
    return {field: str(entry.get(field) or usual.get(field, "")) for field in _FIELDS}


ROUTES = (
    page("/settings/feeds", listed),
    act("/settings/feeds/look", look, role="administrator"),  # it makes the desk ask a stranger
    act("/settings/feeds/add", add, role="administrator"),
    act("/settings/feeds/withdraw", withdraw, role="administrator"),
)
