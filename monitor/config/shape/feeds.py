"""What is watched, how often, and what is done about what may have been missed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config import kinds
from monitor.config.shape.frozen import Frozen, Side
from store.polls import FeedSpec

_UNREAD = frozenset({"json-api"})
_EVERY = {"rss": 15, "google-news": 30, "news-sitemap": 30, "page": 120}  # minutes


class Feed(Frozen):
    """One feed. Only ``url`` must be given."""

    key: kinds.Slug | None = Field(
        default=None, description="The feed's name for ever; made from the address when left out."
    )
    outlet: kinds.Named | None = Field(
        default=None, description="Who publishes; the host's name when left out."
    )
    side: Side = Field(default="world", description="Whose outlet it is.")
    language: kinds.Language = Field(
        default="en", description="Language of its articles as a code; `mul` for several."
    )
    section: kinds.Line = Field(default="", description="Which part of the outlet.")
    url: kinds.Url = Field(description="Where the feed is.")
    kind: Literal["rss", "google-news", "news-sitemap", "page", "json-api"] = Field(
        default="rss",
        description="What is there: `rss` (Atom and JSON Feed too), `google-news`, `news-sitemap`, "
        "`page`; `json-api` waits, disabled.",
    )
    links: kinds.Pattern | None = Field(
        default=None,
        description="Of a watched page: which links are wanted, as words of their address or RE2.",
    )
    body: Literal["full", "page", "headline"] | None = Field(
        default=None,
        description="Where the text is: in the feed, on the page, or nowhere. By default `page`; "
        "for google-news `headline`.",
    )
    every: kinds.Minutes | None = Field(
        default=None,
        description="How often to ask at most: 15m by default; 30m for google-news and "
        "news-sitemap, 2h for page.",
    )
    enabled: bool = Field(
        default=True, description="`false` keeps the feed in the file without asking it."
    )
    user_agent: kinds.Agent | None = Field(
        default=None,
        description="`browser` where plain clients are refused, or a line of your own.",
    )
    note: kinds.Line = Field(default="", description="A fact for the next person.")

    @model_validator(mode="after")
    def _fits(self) -> Feed:
        if self.kind == "google-news" and self.body not in {None, "headline"}:
            raise ValueError("google-news gives headlines only; leave `body` out")
        if self.kind in {"news-sitemap", "page"} and self.body == "full":
            raise ValueError(f"a {self.kind} carries no articles; leave `body` out")
        if self.links is not None and self.kind != "page":
            raise ValueError("`links` belongs to `kind: page`; take it out")
        if self.kind in _UNREAD and self.enabled:
            raise ValueError(f"feeds of kind {self.kind} are not read yet; set `enabled: false`")
        return self

    @property
    def name(self) -> str:
        """The key, given or made from the address."""
        return self.key or kinds.slug_of(self.url)

    @property
    def unread(self) -> bool:
        """True for kinds that are listed for later and never asked."""
        return self.kind in _UNREAD

    def spec(self) -> FeedSpec:
        """Return the feed with every default filled in. Raises ValueError for an unread kind."""
        if self.kind == "json-api":
            raise ValueError(self.kind)
        return FeedSpec(
            key=self.name,
            url=self.url,
            outlet=self.outlet or kinds.host_of(self.url),
            side=self.side,
            language=self.language,
            section=self.section,
            kind=self.kind,
            body=self.body or ("headline" if self.kind == "google-news" else "page"),
            note=self.note,
            enabled=self.enabled,
            every_minutes=self.every or _EVERY[self.kind],
            user_agent=self.user_agent,
            links=self.links or "",
        )


class Pace(Frozen):
    """How often feeds are asked, whatever their own `every` and what they publish."""

    floor: kinds.Minutes = Field(
        default=5,
        description="A feed is never asked sooner than this after its last answer.",
        json_schema_extra={"default": "5m"},
    )
    cap: kinds.Minutes = Field(
        default=1440,
        description="A feed is asked at least this often; one that is gone (410) once a month.",
        json_schema_extra={"default": "1d"},
    )

    @model_validator(mode="after")
    def _leaves_room(self) -> Pace:
        if self.cap < self.floor:
            raise ValueError("asks for a `cap` below the `floor`; swap them")
        return self


class Notices(Frozen):
    """Who is told when a feed, or the service itself, has been unwell for long, and when not."""

    channels: Annotated[tuple[kinds.Slug, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Where notices go; nobody is told when left out."
    )
    after: kinds.Minutes = Field(
        default=360,
        description="So long a feed must be unwell first.",
        json_schema_extra={"default": "6h"},
    )
    service_after: kinds.Minutes = Field(
        default=15,
        description="So long the service itself must be unwell first.",
        json_schema_extra={"default": "15m"},
    )


class Coverage(Frozen):
    """What is done about possible gaps."""

    fill_gaps: Annotated[
        tuple[Literal["sitemap", "google-news"], ...], Field(max_length=2), kinds.Distinct
    ] = Field(
        default=("sitemap", "google-news"),
        description="Who is asked for what a feed may have missed: the outlet's own news sitemap; "
        "a Google News query, which tells Google the outlet's host name and a span of days, and is "
        "asked only where no sitemap covers the gap. An empty list asks nobody.",
    )
