"""Ways out and readers: how every channel does, a test message, and one's own quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from monitor.config.loading import Settings
from monitor.config.shape import Reader
from monitor.delivery.choking import channel_lines, quiet_words
from monitor.told import Delivery
from monitor.web.desk import Visit, go, not_found, whole
from monitor.web.overlay import office_of, record
from monitor.web.routing import act, page
from store.passwords import folded

WEEKDAYS: Final = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
_HINTS: Final = {
    "quiet": "Quiet hours have a beginning and an end that differ, such as 22:00 and 06:30.",
    "hourly": "How many an hour is a whole number from 1 to 1,000.",
    "pause_until": "A pause ends on a day and at a time, such as 2026-12-01 07:00.",
}


# --- channels -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLine:
    """One reader as administrators see them."""

    name: str
    person: str | None
    channels: tuple[str, ...]
    quiet: str
    hourly: int | None
    pause_until: datetime | None
    zone: str


def channels(visit: Visit, *, went: Mapping[str, Delivery] | None = None) -> Response:
    """Show every channel with what it last delivered, and who reads by which."""
    office = visit.desk.office
    settings = office.standing(visit.db).settings if office else None
    return visit.page(
        "settings_channels.html",
        channels=channel_lines(visit.db, settings) if settings else [],
        readers=_lines(settings) if settings else [],
        went=went or {},
        tries=visit.desk.try_channel is not None,
    )


def _lines(settings: Settings) -> list[ReaderLine]:
    return [
        ReaderLine(
            name=name,
            person=one.person,
            channels=one.channels,
            quiet=quiet_words(one.quiet),
            hourly=one.hourly,
            pause_until=one.pause_until,
            zone=one.time_zone or settings.team.time_zone,
        )
        for name, one in settings.readers.items()
    ]


def try_out(visit: Visit) -> Response:
    """Send a test message by a channel now, and say what happened."""
    settings = office_of(visit).standing(visit.db).settings
    name = visit.form.get("channel", "")
    if visit.desk.try_channel is None or name not in settings.channels:
        not_found("There is no such channel to try.")
        raise AssertionError
    return channels(visit, went=visit.desk.try_channel(visit.db, name, visit.session.by))


# --- one's own hours ------------------------------------------------------------------------


def hours(
    visit: Visit, *, given: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    """Show the hours in which the person who asks is told of no alert, ready to change."""
    settings = _settings(visit)
    mine = _mine(visit, settings) if settings else None
    name, reader = mine or ("", None)
    team = settings.team.time_zone if settings else ""
    return visit.page(
        "you_hours.html",
        status=422 if wrong else 200,
        name=name,
        reader=reader,
        zone=(reader.time_zone if reader else None) or team,
        given={**(_stands(reader) if reader else {}), **(given or {})},
        days=_days(visit, reader, again=given is not None),
        weekdays=WEEKDAYS,
        wrong=wrong or {},
        done=visit.asked("done"),
    )


def _settings(visit: Visit) -> Settings | None:
    office = visit.desk.office
    return office.standing(visit.db).settings if office else None


def _mine(visit: Visit, settings: Settings) -> tuple[str, Reader] | None:
    """The reader whose ``person`` is signed in; without accounts a name is anybody's."""
    if visit.session.person is None:
        return None
    name = folded(visit.session.name)
    found = ((key, one) for key, one in settings.readers.items() if one.person)
    return next(((key, one) for key, one in found if folded(one.person or "") == name), None)


def _stands(reader: Reader) -> dict[str, str]:
    quiet = reader.quiet
    return {
        "from": f"{quiet.from_:%H:%M}" if quiet else "",
        "until": f"{quiet.until:%H:%M}" if quiet else "",
        "hourly": str(reader.hourly or ""),
        "pause_until": f"{reader.pause_until:%Y-%m-%dT%H:%M}" if reader.pause_until else "",
    }


def _days(visit: Visit, reader: Reader | None, *, again: bool) -> frozenset[str]:
    if again:
        return frozenset(day for day in WEEKDAYS if visit.form.get(day))
    quiet = reader.quiet if reader else None
    return frozenset(quiet.days if quiet else WEEKDAYS)


def set_hours(visit: Visit) -> Response:
    """Record other hours of one's own."""
    office = office_of(visit)
    mine = _mine(visit, office.standing(visit.db).settings)
    if mine is None:
        not_found("No reader of the settings is you.")
        raise AssertionError
    name, reader = mine
    wanted, wrong = _wanted(visit.form)
    laid = {f"readers.{name}.{key}": value for key, value in wanted.items()}
    if not wrong:
        for problem in office.against(visit.db, laid):
            key = problem.path.removeprefix(f"readers.{name}.").partition(".")[0]
            wrong[key if key in _HINTS else "whole"] = _HINTS.get(key, f"That {problem.message}.")
    if wrong:
        return hours(visit, given=visit.form, wrong=wrong)
    stands = _wanted({**_stands(reader), **dict.fromkeys(_days(visit, reader, again=False), "on")})
    for key, value in wanted.items():
        if stands[0][key] != value:
            record(visit, f"readers.{name}.{key}", value)
    return go("/you/hours", done="kept")


def _wanted(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The value of every key as in YAML, None where it is left empty; and what cannot be read."""
    given = {key: form.get(key, "").strip()[:40] for key in ("from", "until", "hourly")}
    days = [day for day in WEEKDAYS if form.get(day)]
    quiet: dict[str, Any] | None = None
    wrong: dict[str, str] = {}
    if given["from"] or given["until"]:
        quiet = {"from": given["from"], "until": given["until"]}
        quiet |= {} if len(days) == len(WEEKDAYS) else {"days": days}
        if not days:
            wrong["quiet"] = "Quiet hours begin on one day at least."
    hourly = whole(given["hourly"])
    if given["hourly"] and hourly is None:
        wrong["hourly"] = _HINTS["hourly"]
    pause = form.get("pause_until", "").strip()[:40].replace("T", " ") or None
    return {"quiet": quiet, "hourly": hourly, "pause_until": pause}, wrong


ROUTES = (
    page("/settings/channels", channels, role="administrator"),
    act("/settings/channels/test", try_out, role="administrator"),
    page("/you/hours", hours),
    act("/you/hours", set_hours, role="reader"),
)
