"""How others look in: the heartbeat that goes out, and the figures that programs take."""

from __future__ import annotations

from pydantic import Field

from monitor.config import kinds
from monitor.config.shape.frozen import Frozen


class Heartbeat(Frozen):
    """The sign of life to a monitoring service. Its address is the secret TORKHAM_HEARTBEAT_URL."""

    every: kinds.Minutes = Field(
        default=5,
        description="How often the sign goes out.",
        json_schema_extra={"default": "5m"},
    )
    inside: bool = Field(
        default=False,
        description="Whether the address of the heartbeat, and it alone, may lie in your own "
        "network, where Torkham otherwise asks nobody.",
    )


class Metrics(Frozen):
    """The figures at /metrics, in the text format of Prometheus."""

    on_this_machine: bool = Field(
        default=False,
        description="Whether programs on this machine read them without a token. Through a proxy "
        "nobody does.",
    )
