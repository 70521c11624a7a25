"""Limits of the service itself: fetching, reading, the desk's address, how long things stay."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import Frozen


class Fetch(Frozen):
    """Limits of every request."""

    deadline: float = Field(
        default=30.0, ge=1, le=300, description="Seconds for a whole answer, whatever still comes."
    )
    feed_bytes: kinds.Size = Field(
        default=20_000_000, ge=100_000, le=100_000_000, description="Size of a feed, unpacked."
    )
    page_bytes: kinds.Size = Field(
        default=10_000_000, ge=100_000, le=100_000_000, description="Size of a page, unpacked."
    )
    concurrency: int = Field(default=200, ge=1, le=500, description="Requests at the same moment.")
    per_host: int = Field(
        default=2, ge=1, le=8, description="Requests to one host at the same moment."
    )
    host_gap: float = Field(
        default=1.0, ge=0, le=60, description="Seconds between two requests to one host."
    )
    obey_robots: bool = Field(
        default=True, description="Whether article pages are left alone where robots.txt says so."
    )
    user_agent: kinds.Agent | None = Field(
        default=None, description="Instead of Torkham's own name, for every feed without its own."
    )


class Workers(Frozen):
    """Limits of reading: untrusted documents are read in child processes."""

    count: int = Field(default=2, ge=1, le=16, description="Documents read at the same moment.")
    memory: kinds.Size = Field(
        default=1_000_000_000,
        ge=200_000_000,
        le=8_000_000_000,
        description="Memory for one document; one that needs more fails.",
    )
    seconds: float = Field(default=20.0, ge=1, le=300, description="Seconds for one document.")


class Web(Frozen):
    """Where the review desk listens, and the address people type to reach it."""

    address: kinds.Site | None = Field(
        default=None,
        description="What people type, as in https://desk.example.org; https:// when a proxy in "
        "front of the desk speaks HTTPS. Cookies, links in mails and the names answered follow it.",
    )
    proxy: Annotated[tuple[kinds.Network, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(),
        description="Addresses or networks of that proxy, as the desk sees it; it alone is "
        "believed about whom a request comes from.",
    )

    host: kinds.Host = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port.")
    allowed_hosts: Annotated[tuple[kinds.Host, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Further names people type to reach it, beside that of `address`."
    )

    @model_validator(mode="after")
    def _is_named(self) -> Web:
        if not kinds.is_local(self.host) and not (self.address or self.allowed_hosts):
            raise ValueError(
                "listens beyond this machine; say in `address` what people type to reach it"
            )
        return self

    @property
    def is_shared(self) -> bool:
        """Say whether anybody beyond this machine is meant to reach the desk."""
        named = self.address and not kinds.is_local(kinds.host_of(self.address))
        return bool(named or self.proxy) or not kinds.is_local(self.host)

    @property
    def url(self) -> str:
        """Return the desk's address for links, without a slash at its end."""
        host = self.allowed_hosts[0] if self.allowed_hosts else self.host
        return self.address or f"http://{host}:{self.port}"


class OutletRetention(Frozen):
    """How long what one outlet published stays, wanted or not. Left out: as for the others."""

    text_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="Days the texts of this outlet stay; after them the record alone does.",
    )
    pages_days: int | None = Field(
        default=None,
        ge=0,
        le=36_500,
        description="Days its pages stay as fetched; 0: none is kept.",
    )


class Retention(Frozen):
    """How long things stay. Decisions are not touched, and a removed text leaves its record."""

    days: int = Field(
        default=365,
        ge=30,
        le=36_500,
        description="Days the text of an article nobody wanted stays.",
    )
    pages_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        description="Days the page of a queued article stays as it was fetched; 0: none is kept.",
    )
    outlets: Annotated[dict[kinds.Named, OutletRetention], Field(max_length=500)] = Field(
        default={}, description="Other days for single outlets, by their names."
    )
    history_days: int = Field(
        default=90,
        ge=14,
        le=3650,
        description="Days the history of polls, jobs and messages stays.",
    )
    backups: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="An older name of `backups.keep_days`, which it replaces where it stands.",
    )


Reread = Annotated[tuple[kinds.Minutes, ...], Field(max_length=4), kinds.Distinct]
"""How long after its first sighting a wanted article is read again, each time."""
