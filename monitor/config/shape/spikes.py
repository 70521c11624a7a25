"""Spikes: what is watched for far more news than usual, and who is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from monitor.config import kinds
from monitor.config.shape.frozen import MAX_WORDS, Frozen, Readers


class Spikes(Frozen):
    """Far more articles on a topic or from a place than it usually has."""

    enabled: bool = Field(default=True, description="`false`: nothing is watched.")
    topics: Annotated[tuple[kinds.Named, ...], Field(max_length=MAX_WORDS)] = Field(
        default=(), description="Only these strands of the topic; all when left out."
    )
    places: Annotated[tuple[kinds.Named, ...], Field(max_length=MAX_WORDS)] = Field(
        default=(), description="Only these places; all that are named often when left out."
    )
    channels: Annotated[tuple[kinds.Slug, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Where a spike is told; left out, it stands on the desk alone."
    )
    readers: Readers = Field(default=(), description="Who is told, by their own hours.")
