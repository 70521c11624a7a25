"""The keys of feeds.yaml: their kinds, defaults and bounds, and what each one is for.

This is the one source: the JSON schema is made from these models, and a test holds the reference
page to them. Each part has a module of its own; here they become the file as a whole. Pydantic
stays inside ``monitor.config``; what leaves it is read by attribute.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from monitor.config import kinds
from monitor.config.shape.backups import Backups
from monitor.config.shape.digests import Digest, FurtherDigest
from monitor.config.shape.feeds import Coverage, Feed, Notices, Pace
from monitor.config.shape.frozen import MAX_WORDS, Frozen, Side
from monitor.config.shape.judging import Definition, Names, Queue, Switch, Thresholds
from monitor.config.shape.looking import Heartbeat, Metrics
from monitor.config.shape.running import Fetch, Reread, Retention, Web, Workers
from monitor.config.shape.spikes import Spikes
from monitor.config.shape.telling import Alert, CatchUp, Team
from monitor.config.shape.ways import (
    CHANNEL_KINDS,
    AppriseChannel,
    Channel,
    DirectoryChannel,
    MailChannel,
    Quiet,
    Reader,
    WebhookChannel,
)

__all__ = [
    "CHANNEL_KINDS",
    "MAX_DIGESTS",
    "MAX_FEEDS",
    "MAX_READERS",
    "MAX_RULES",
    "MAX_WORDS",
    "SECTIONS",
    "Alert",
    "AppriseChannel",
    "Backups",
    "CatchUp",
    "Channel",
    "Coverage",
    "Definition",
    "Digest",
    "DirectoryChannel",
    "Feed",
    "Fetch",
    "File",
    "FurtherDigest",
    "Heartbeat",
    "MailChannel",
    "Metrics",
    "Names",
    "Notices",
    "Pace",
    "Queue",
    "Quiet",
    "Reader",
    "Reread",
    "Retention",
    "Side",
    "Spikes",
    "Switch",
    "Team",
    "Thresholds",
    "Web",
    "WebhookChannel",
    "Workers",
    "json_schema",
    "schema_text",
]

MAX_FEEDS = 1_000
MAX_RULES = 200
MAX_DIGESTS = 20
MAX_READERS = 200


class File(Frozen):
    """feeds.yaml as a whole."""

    # Checked part by part and never as a whole, so its own validator is not worth building.
    model_config = ConfigDict(defer_build=True)

    topic: kinds.Topic = Field(default="pak_afg_ttp", description="The topic pack that judges.")
    team: Team = Field(default=Team(), description="Who reads.")
    feeds: Annotated[tuple[Feed, ...], Field(min_length=1, max_length=MAX_FEEDS)] = Field(
        description="The feeds, in any order."
    )
    alerts: Annotated[tuple[Alert, ...], Field(max_length=MAX_RULES)] = Field(
        default=(), description="Rules that send a message at once."
    )
    digest: Digest = Field(default=Digest(), description="The daily mail.")
    digests: Annotated[tuple[FurtherDigest, ...], Field(max_length=MAX_DIGESTS)] = Field(
        default=(),
        description="Further digests: of some topics, for some people, by week, by month.",
    )
    channels: Annotated[
        dict[str, Annotated[Channel, Field(discriminator="kind")]], Field(max_length=20)
    ] = Field(
        default={},
        description="Ways out, by name. `outbox`, a folder, is always there.",
    )
    readers: Annotated[dict[kinds.Slug, Reader], Field(max_length=MAX_READERS)] = Field(
        default={}, description="Who is told, by name: their channels, quiet hours and caps."
    )
    thresholds: Thresholds = Field(default=Thresholds(), description="Which scores are queued.")
    queue: Queue = Field(default=Queue(), description="The order of the queue.")
    definition: Definition = Field(
        default={},
        description="What counts: a strand of the topic's definition is `in`, `out`, or `open` "
        "(as the model judges).",
    )
    names: Names = Field(
        default={}, description="Spellings the team added to concepts of the lexicon."
    )
    fetch: Fetch = Field(default=Fetch(), description="Limits of every request.")
    workers: Workers = Field(default=Workers(), description="Limits of reading.")
    web: Web = Field(default=Web(), description="The review desk.")
    pace: Pace = Field(default=Pace(), description="How often feeds are asked.")
    spikes: Spikes = Field(
        default=Spikes(), description="Far more news than usual on a topic or from a place."
    )
    notices: Notices = Field(
        default=Notices(), description="Who is told of feeds, and of a service, that are unwell."
    )
    heartbeat: Heartbeat = Field(default=Heartbeat(), description="A sign of life to others.")
    metrics: Metrics = Field(default=Metrics(), description="Figures for programs.")
    backups: Backups = Field(default=Backups(), description="The nightly copies of the store.")
    retention: Retention = Field(default=Retention(), description="How long things stay.")
    reread: Reread = Field(
        default=(1440, 10080),
        json_schema_extra={"default": ["1d", "7d"]},  # as people write it
        description="How long after it was first seen a queued article is read again; [] never.",
    )
    catch_up: CatchUp = Field(default=CatchUp(), description="After an outage.")
    coverage: Coverage = Field(default=Coverage(), description="Possible gaps.")


SECTIONS: dict[str, type[BaseModel]] = {
    name: found.annotation
    for name, found in File.model_fields.items()
    if isinstance(found.annotation, type) and issubclass(found.annotation, BaseModel)
}
"""The keys that hold keys of their own, and their models."""


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of feeds.yaml, as editors and validators take it (draft 2020-12)."""
    made = File.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Torkham's feeds.yaml",
    }


def schema_text() -> str:
    """Return the schema as the file docs/reference/feeds.schema.json holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
