"""What every route of the API shares: how it is declared, how it is asked, how it answers.

One ``Operation`` a route says all: its path, what may be asked, what is answered, and the function
that does it. The same declaration serves requests and writes /api/openapi.json, so that the two
cannot differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from starlette.responses import Response

from monitor.web.desk import Visit
from monitor.web.problems import problem
from monitor.web.routing import Entry, act, page
from store.desk import Role

LARGEST = 200  # rows a page


class Problem(Exception):  # noqa: N818 - it is an answer, not an error
    """A request that is refused, with the sentence the caller gets."""

    def __init__(self, status: int, sentence: str, *, parameter: str = "") -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.parameter = status, sentence, parameter


class Asked(BaseModel):
    """What may be asked of a route in its address; anything else is refused by name.

    A blank is no word: taken for one that is left out it would bring everything.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Paged(Asked):
    """What may be asked of a long list."""

    limit: int = Field(50, ge=1, le=LARGEST, description="How many rows a page holds at most.")
    next: str = Field(
        "", max_length=300, description="The `next` of the page before; leave it out for the first."
    )


class Sent(BaseModel):
    """What may be sent to a route in its body; anything else is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Told(BaseModel):
    """What a route answers, or a part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_in_utc),
    Field(description="In UTC, ISO 8601 with a Z."),
]


def _moment(given: object) -> object:
    """Read 2026-11-21, the start of that day in UTC, or an instant with its zone."""
    text = str(given).strip()
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        # A + that nobody encoded arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ValueError("write a day, 2026-11-21, or an instant, 2026-11-21T07:00:00Z") from None
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone: put a Z behind it")
    if not 2000 <= at.year <= 2200:
        raise ValueError("that is outside the years 2000 to 2200")
    return at.astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-21", "2026-11-21T07:00:00Z"]}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route. ``does`` is given the visit, what was asked, and what was sent (None by GET)."""

    name: str  # of the operation, for programs that make a client of the description
    path: str
    summary: str
    does: Callable[[Visit, Any, Any], BaseModel]
    answers: type[BaseModel]
    asks: type[Asked] = Asked
    sends: type[Sent] | None = None
    role: Role = "reader"
    refusals: tuple[int, ...] = ()  # beside those every route may give

    @property
    def method(self) -> Literal["GET", "POST"]:
        """POST where something is sent, and so may change."""
        return "GET" if self.sends is None else "POST"

    def entry(self) -> Entry:
        """Return the route as the desk's table holds it."""
        make = page if self.sends is None else act
        return make(self.path, self._answer, role=self.role)

    def _answer(self, visit: Visit) -> Response:
        try:
            asked = _asked(self.asks, visit.request.query_params.multi_items())
            sent = _sent(self.sends, visit) if self.sends else None
            told = self.does(visit, asked, sent)
        except Problem as no:
            more = {"parameter": no.parameter} if no.parameter else {}
            return problem(no.status, no.sentence, **more)
        return Response(told.model_dump_json(), media_type="application/json")


# --- what is asked --------------------------------------------------------------------------

Model = TypeVar("Model", bound=BaseModel)


def _asked(model: type[Asked], given: Sequence[tuple[str, str]]) -> Asked:
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise Problem(400, f"{_named(name)} is given twice.", parameter=_named(name))
        values[name] = value
    return _valid(model, values, 400)


def _sent(model: type[Sent], visit: Visit) -> Sent:
    kind = visit.request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "Only JSON is read here: Content-Type: application/json.")
    body: bytes = getattr(visit.request.state, "body", None) or b""
    try:
        given = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise Problem(422, "The body is no JSON object.")
    return _valid(model, given, 422)


def _no_number(name: str) -> object:
    raise ValueError(name)


def _valid(model: type[Model], given: Mapping[str, Any], status: int) -> Model:
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = _named(str(first["loc"][0])) if first["loc"] else ""
        said = _said(model, first["type"], name, first["msg"])
        raise Problem(status, said, parameter=name) from None


def _said(model: type[BaseModel], kind: str, name: str, message: str) -> str:
    if kind == "extra_forbidden":
        known = ", ".join(model.model_fields) or "none"
        return f"There is no {name} to give here; there are: {known}."
    return f"{name}: {message.removeprefix('Value error, ')}."


def _named(name: str) -> str:
    """Return what somebody called a parameter, short enough to say back."""
    return name if len(name) <= 40 else f"{name[:40]}…"
