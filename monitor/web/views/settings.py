"""Settings: how each part stands, the queue's threshold, and what people changed, with undo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from monitor.inquiry.standing import Standing, undoing
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.overlay import office_of, record
from monitor.web.routing import act, page
from monitor.web.views import coverage, rules
from monitor.web.words import UNWELL, counted
from store import audit, changes, people, ways
from store.upkeep import Change

_PAGE: Final = 100
WAYS: Final = ("queue", "read_a_day", "miss_at_most")
AUDITS: Final = ("audit_a_day", "sample_share")
_WHOLE: Final = frozenset({"read_a_day", "audit_a_day"})
_HINTS: Final = {
    "queue": "The score is a number from 0 to 1, such as 0.25.",
    "read_a_day": "How many a day is a whole number from 1 to 5,000.",
    "miss_at_most": "The share is a number from 0.001 to 0.5, such as 0.05 for one in twenty.",
    "audit_a_day": "How many a day is a whole number from 0 to 50.",
    "sample_share": "The share is a number from 0 to 1.",
}


# --- the front page -------------------------------------------------------------------------


def front(visit: Visit) -> Response:
    """Show each part of the settings with one sentence of its state."""
    office = visit.desk.office
    standing = office.standing(visit.db) if office else None
    return visit.page(
        "settings.html",
        feeds=_feeds(visit),
        rules=_rules(visit, standing),
        names=_names(visit),
        definition=_definition(standing),
        people=_people(visit),
        channels=_channels(visit, standing),
        unfit=[str(problem) for problem in standing.settings.ignored_changes] if standing else [],
        latest=changes.page(visit.db, limit=1),
    )


def _feeds(visit: Visit) -> str:
    lines = [line for line in coverage.lines(visit) if line.condition != "disabled"]
    unwell = sum(line.condition in UNWELL for line in lines)
    paused = sum(line.condition == "paused" for line in lines)
    told = [f"{unwell} unwell" if unwell else "all well", *([f"{paused} paused"] * bool(paused))]
    return f"{counted(len(lines), 'feed')}, {', '.join(told)}." if lines else "No feed yet."


def _rules(visit: Visit, standing: Standing | None) -> str:
    lines = rules.lines_of(visit, standing) if standing else []
    noisy = sum(line.noisy for line in lines)
    paused = sum(not line.rule.enabled for line in lines)
    told = [counted(len(lines), "rule")]
    told += [f"{paused} paused"] * bool(paused)
    told += [f"{noisy} mostly noise"] * bool(noisy)
    return f"{', '.join(told)}." if lines else "No rule yet; nobody is told of anything at once."


def _names(visit: Visit) -> str:
    added = len(visit.desk.own_names())
    return f"{counted(added, 'name')} of the team's own." if added else "As the topic knows them."


def _definition(standing: Standing | None) -> str:
    moved = [to for to in standing.settings.definition.values() if to != "open"] if standing else []
    if not moved:
        return "Every strand is as the model judges."
    return f"{counted(len(moved), 'strand')} of the topic decided by you."


def _people(visit: Visit) -> str:
    active = people.active(visit.db)
    return f"{counted(len(active), 'person', 'people')} may sign in." if active else (
        "No accounts: whoever sits at this machine may do everything."
    )  # fmt: skip


def _channels(visit: Visit, standing: Standing | None) -> str:
    named = standing.settings.channels if standing else {}
    unwell = {one.way.partition(":")[0] for one in ways.failing(visit.db)} & set(named)
    readers = len(standing.settings.readers) if standing else 0
    told = [f"{len(unwell)} unwell" if unwell else "all well"]
    told += [counted(readers, "reader")] * bool(readers)
    return f"{counted(len(named), 'channel')}, {', '.join(told)}."


# --- the queue and its threshold ------------------------------------------------------------


def queue(
    visit: Visit, *, given: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    """Show what decides what goes to the queue, in words, and how to change it."""
    office = visit.desk.office
    standing = office.standing(visit.db) if office else None
    thresholds = standing.settings.thresholds if standing else None
    values = {key: getattr(thresholds, key, None) for key in (*WAYS, *AUDITS)}
    stands = {key: "" if value is None else f"{value:g}" for key, value in values.items()}
    changed = [c for c in changes.changes(visit.db) if c.path.startswith("thresholds.")]
    return visit.page(
        "settings_queue.html",
        status=422 if wrong else 200,
        standing=standing,
        plan=audit.last_plan(visit.db),
        way=(given or {}).get("way") or next((k for k in WAYS if values[k] is not None), "pack"),
        check=(given or {}).get("check")
        or next((k for k in AUDITS if values[k] is not None), "usual"),
        given={**stands, **(given or {})},
        wrong=wrong or {},
        changed=max(changed, key=lambda change: change.id, default=None),
        done=visit.asked("done"),
    )


def set_queue(visit: Visit) -> Response:
    """Record another way to find the threshold, or another audit."""
    office, form = office_of(visit), visit.form
    wanted, wrong = _wanted(form)
    if not wrong:
        laid = {f"thresholds.{key}": value for key, value in wanted.items()}
        for problem in office.against(visit.db, laid):
            key = problem.path.removeprefix("thresholds.")
            wrong[key if key in _HINTS else "whole"] = _HINTS.get(key, f"That {problem.message}.")
    if wrong:
        return queue(visit, given=form, wrong=wrong)
    stands = office.standing(visit.db).settings.thresholds
    for key, value in wanted.items():
        if getattr(stands, key) != value:
            record(visit, f"thresholds.{key}", value)
    return go("/settings/queue", done="kept")


def _wanted(form: Mapping[str, str]) -> tuple[dict[str, float | None], dict[str, str]]:
    """The value of every key, None where another way is chosen; and what cannot be read."""
    found: dict[str, float | None] = {}
    wrong: dict[str, str] = {}
    chosen = {form.get("way"), form.get("check")}
    for key in (*WAYS, *AUDITS):
        found[key] = None
        if key in chosen:
            found[key] = _number(form.get(key, ""), whole_one=key in _WHOLE)
            if found[key] is None:
                wrong[key] = _HINTS[key]
    return found, wrong


def _number(text: str, *, whole_one: bool) -> float | None:
    text = text.strip().replace(",", ".")
    try:
        if len(text) > 20:
            return None
        return int(text) if whole_one else float(text)
    except ValueError:
        return None


# --- history --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change in words. ``undoable``: it stands, and what stood before can stand again."""

    change: Change
    sentence: str
    undoable: bool
    href: str


def history(visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
    """Show every change of the settings with who and when, the newest first."""
    before = whole(visit.asked("before"))
    lines = changes.page(visit.db, limit=_PAGE + 1, before=before)
    standing = {change.id for change in changes.changes(visit.db)}
    return visit.page(
        "settings_history.html",
        status=status,
        told=[_told(change, change.id in standing) for change in lines[:_PAGE]],
        older=lines[_PAGE - 1].id if len(lines) > _PAGE else None,
        newest=before is None,
        sentence=sentence,
        done=visit.asked("done"),
    )


def undo(visit: Visit) -> Response:
    """Let stand again what stood before a change; the undo is a line of its own."""
    office = office_of(visit)
    change = changes.get(visit.db, whole(str(visit.request.path_params["id"])) or 0)
    if change is None or not _may_undo(change):
        not_found("There is no such change to take back.")
        raise AssertionError
    value = undoing(visit.db, change, office.in_file)
    if value is None:
        told = "That was changed again since, so it cannot be taken back; take back the newer one."
        return history(visit, sentence=told, status=409)
    against = office.against(visit.db, {change.path: json.loads(value)})
    if against:
        told = f"It cannot be taken back: {against[0].path} {against[0].message}."
        return history(visit, sentence=told, status=409)
    changes.record(visit.db, change.path, value, visit.session.by, visit.now, why="taking back")
    return go("/settings/history", done="undone")


def _may_undo(change: Change) -> bool:
    # A feed's move has a log of its own, which its page shows and takes back.
    return not (change.path.startswith("feeds.") and change.path.endswith(".url"))


def _told(change: Change, stands: bool) -> Told:
    section, _, rest = change.path.partition(".")
    name, _, key = rest.partition(".")
    try:
        value = json.loads(change.value)
    except ValueError:
        value = None
    href = ""
    if section == "feeds":
        href = f"/coverage/{quote(name)}"
    elif section == "alerts" and value is not None:
        href = f"/settings/rule/{quote(name, safe='')}"
    sentence = _sentence(section, name, key, rest, value)
    return Told(change=change, sentence=sentence, undoable=stands and _may_undo(change), href=href)


def _sentence(section: str, name: str, key: str, rest: str, value: Any) -> str:
    if section in {"feeds", "alerts"}:
        what = "feed" if section == "feeds" else "rule"
        if key == "enabled":
            paused = value is False
            return f"paused the {what} {name}" if paused else f"let the {what} {name} go on"
        if key == "url":
            return f"moved the {what} {name} to {_said(value)}"
        if key:
            return f"changed {key} of the {what} {name} to {_said(value)}"
        if value is None:
            return f"took out the {what} {name}"
        return f"added the feed {name}" if what == "feed" else f"wrote the rule {name}"
    if section == "readers":
        return _hours(name, key, value)
    if section == "definition":
        ways = {"in": "counts", "out": "does not count", "open": "is as the model judges"}
        return f"said that {name.replace('_', ' ')} {ways.get(str(value), 'is as in the file')}"
    if section == "names":
        return f"set the team's names of {name.replace('_', ' ')} to {_said(value)}"
    return f"set {section}.{rest} to {_said(value)}"


def _hours(name: str, key: str, value: Any) -> str:
    what = {"quiet": "quiet hours", "hourly": "hourly most", "pause_until": "pause"}
    if key == "quiet" and isinstance(value, dict):
        days = _listed(map(str, value.get("days") or ()))
        value = f"{value.get('from')} to {value.get('until')}" + (f" ({days})" if days else "")
    return f"set the {what.get(key, key)} of the reader {name} to {_said(value)}"


def _said(value: Any) -> str:
    if value is None:
        return "what it is by default"
    if isinstance(value, list):
        return _listed(map(str, value)) or "none"
    return str(value)[:200]


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    tail = f" and {len(found) - 20} more" if len(found) > 20 else ""
    return ", ".join(found[:20]) + tail


ROUTES = (
    page("/settings", front),
    page("/settings/queue", queue),
    act("/settings/queue", set_queue, role="administrator"),
    page("/settings/history", history),
    act("/settings/history/{id}/undo", undo, role="administrator"),
)
