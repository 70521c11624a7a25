"""What every section of feeds.yaml is, and the kinds that several sections use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from monitor.config import kinds

MAX_WORDS = 200

Side = Literal["pakistan", "afghanistan", "exile", "india", "iran", "world", "un", "research"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Channels = Annotated[tuple[kinds.Slug, ...], Field(min_length=1, max_length=20), kinds.Distinct]
Readers = Annotated[tuple[kinds.Slug, ...], Field(max_length=50), kinds.Distinct]


class Frozen(BaseModel):
    """Settings never change after they were read, and a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def standing_at(model: type[BaseModel], steps: Iterable[str | int]) -> type[BaseModel]:
    """Return what stands so far inside ``model``; a name of the user's own leads no further."""
    for step in steps:
        for name, field in model.model_fields.items():
            if step in {name, field.alias}:
                model = _model_in(field.annotation) or model
                break
    return model


def _model_in(kind: object) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next(filter(None, map(_model_in, get_args(kind))), None)
