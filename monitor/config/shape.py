"""The keys of feeds.yaml: their kinds, defaults and bounds, and what each one is for.

This is the one source: the JSON schema is made from these models, and a test holds the reference
page to them. Pydantic stays inside ``monitor.config``; what leaves it is read by attribute.
"""

from __future__ import annotations

import json
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.config import kinds
from store.types import FeedSpec

MAX_FEEDS = 1_000
MAX_RULES = 200
MAX_WORDS = 200

Side = Literal["pakistan", "afghanistan", "exile", "india", "iran", "world", "un", "research"]
Switch = Literal["in", "out", "open"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Channels = Annotated[tuple[kinds.Slug, ...], Field(min_length=1, max_length=20), kinds.Distinct]
Terms = Annotated[tuple[kinds.WordTerm, ...], Field(max_length=MAX_WORDS)]
Definition = Annotated[dict[kinds.Topic, Switch], Field(max_length=100)]
Spellings = Annotated[tuple[kinds.Named, ...], Field(min_length=1, max_length=MAX_WORDS)]
Names = Annotated[dict[kinds.Topic, Spellings], Field(max_length=500)]
Places = Annotated[int, Field(ge=0, le=100)]
_UNREAD = frozenset({"json-api"})
_EVERY = {"rss": 15, "google-news": 30, "news-sitemap": 30, "page": 120}  # minutes


class Frozen(BaseModel):
    """Settings never change after they were read, and a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Team(Frozen):
    """Who reads: the name in subjects and the clock they live by."""

    name: kinds.Named = Field(
        default="The desk", description="Stands in mail subjects and on the desk."
    )
    time_zone: kinds.TimeZone = Field(
        default="Asia/Karachi", description="The clock of the digest and of every time shown."
    )
    contact: kinds.Line = Field(
        default="",
        description="An address or page for outlets with a question; sent along when fetching.",
    )


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


class Alert(Frozen):
    """A rule: when an article meets it, a message goes to its channels."""

    name: kinds.RuleName = Field(description="The rule's name; stands in the subject.")
    any_of: Terms = Field(
        default=(),
        alias="any",
        description="One of these must occur: words, phrases, `concept:NAME`.",
    )
    all_of: Terms = Field(default=(), alias="all", description="Each of these must occur.")
    none_of: Terms = Field(default=(), alias="none", description="None of these may occur.")
    pattern: kinds.Pattern | None = Field(
        default=None, description="A regular expression (RE2) that must be found as well."
    )
    parts: Annotated[
        tuple[Literal["title", "lead", "body"], ...],
        Field(min_length=1, max_length=3),
        kinds.Distinct,
    ] = Field(
        default=("title", "lead", "body"),
        alias="in",
        description="Parts of the article to look in.",
    )
    outlets: Annotated[tuple[kinds.Named, ...], Field(max_length=MAX_WORDS)] = Field(
        default=(), description="Only these outlets, named as in the feeds; all when left out."
    )
    minimum_score: float | None = Field(
        default=None, ge=0, le=1, description="Only articles that score at least this."
    )
    channels: Channels = Field(default=("outbox",), description="Where the message goes.")
    enabled: bool = Field(
        default=True, description="`false` keeps the rule in the file without using it."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Alert:
        if not (self.any_of or self.all_of or self.pattern):
            raise ValueError("asks for nothing; give `any`, `all` or `pattern`")
        if len(self.any_of) + len(self.all_of) + len(self.none_of) > MAX_WORDS:
            raise ValueError(f"asks for more than {MAX_WORDS} words; make two rules of it")
        return self


class Digest(Frozen):
    """The daily mail."""

    enabled: bool = Field(default=True, description="`false`: no digest is made.")
    at: kinds.Clock = Field(
        default=time(7, 0),
        description='When, by the clock of the team: "07:00".',
        json_schema_extra={"default": "07:00"},
    )
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), kinds.Distinct] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        description="Days on which it goes out.",
    )
    stories: int = Field(
        default=30, ge=1, le=200, description="Stories told; the rest are counted below them."
    )
    channels: Channels = Field(default=("outbox",), description="Where it goes.")


class DirectoryChannel(Frozen):
    """Messages as files in a folder."""

    kind: Literal["directory"] = Field(description="`directory`, `mail` or `apprise`.")
    path: kinds.Folder = Field(
        default="outbox", description="The folder; inside the data folder unless it starts with /."
    )


class MailChannel(Frozen):
    """Messages by e-mail."""

    kind: Literal["mail"] = Field(description="`directory`, `mail` or `apprise`.")
    host: kinds.Host = Field(description="The mail server.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected."
    )
    sender: kinds.Address = Field(alias="from", description="The address mails come from.")
    to: Annotated[tuple[kinds.Address, ...], Field(min_length=1, max_length=50), kinds.Distinct] = (
        Field(description="Who gets them.")
    )
    user: kinds.Named | None = Field(
        default=None, description="Name to log in with; the password is never written here."
    )

    @model_validator(mode="after")
    def _keeps_the_password(self) -> MailChannel:
        if self.user and self.security == "none" and not kinds.is_local(self.host):
            raise ValueError("with `security: none` the password would travel unprotected")
        return self

    @property
    def at_port(self) -> int:
        """The port given, or the usual one of this security."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class AppriseChannel(Frozen):
    """Messages to Slack, Teams, Telegram and the rest; their address is a secret."""

    kind: Literal["apprise"] = Field(description="`directory`, `mail` or `apprise`.")


Channel = DirectoryChannel | MailChannel | AppriseChannel
CHANNEL_KINDS: dict[str, type[DirectoryChannel | MailChannel | AppriseChannel]] = {
    "directory": DirectoryChannel,
    "mail": MailChannel,
    "apprise": AppriseChannel,
}


class Thresholds(Frozen):
    """Which scores go to the queue, and how many of the others are looked at all the same."""

    queue: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Queued from this score on; the topic pack's when left out.",
    )
    read_a_day: int | None = Field(
        default=None,
        ge=1,
        le=5000,
        description="Instead: the score that would have let through so many a day.",
    )
    miss_at_most: float | None = Field(
        default=None,
        ge=0.001,
        le=0.5,
        description="Instead: the score below which at most this share of the relevant may lie.",
    )
    audit_a_day: int | None = Field(
        default=None,
        ge=0,
        le=50,
        description="Rejected items drawn a day for a second look, on average: 3 by default.",
    )
    sample_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Instead: draw this share of all rejected, whatever their score.",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Thresholds:
        ways = ("queue", "read_a_day", "miss_at_most")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} each set the threshold; keep one of them")
        if self.audit_a_day is not None and self.sample_share is not None:
            raise ValueError("audit_a_day and sample_share each set the audit; keep one of them")
        return self


class Queue(Frozen):
    """The order in which people meet what waits."""

    mix: tuple[Places, Places, Places] = Field(
        default=(6, 3, 1),
        description="Shares of the likeliest, of those nearest to even, and of the audit.",
    )

    @model_validator(mode="after")
    def _shows_something(self) -> Queue:
        if not any(self.mix):
            raise ValueError("gives no place to anything; [6, 3, 1] is usual")
        return self


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
    """Where the review desk listens."""

    host: kinds.Host = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port.")
    allowed_hosts: Annotated[tuple[kinds.Host, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Names people type to reach it, when it is not this machine alone."
    )

    @model_validator(mode="after")
    def _is_named(self) -> Web:
        if not kinds.is_local(self.host) and not self.allowed_hosts:
            raise ValueError("listens beyond this machine; name it in `allowed_hosts`")
        return self


class Retention(Frozen):
    """How long things stay. Decisions, and the articles they are about, are not touched."""

    days: int = Field(
        default=365,
        ge=30,
        le=36_500,
        description="Days the text of an article nobody wanted stays.",
    )
    history_days: int = Field(
        default=90,
        ge=14,
        le=3650,
        description="Days the history of polls, jobs and messages stays.",
    )
    backups: int = Field(default=7, ge=1, le=365, description="How many nightly copies stay.")


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
    """Who is told when a feed has been unwell for long, and when it is well again."""

    channels: Annotated[tuple[kinds.Slug, ...], Field(max_length=20), kinds.Distinct] = Field(
        default=(), description="Where notices go; nobody is told when left out."
    )
    after: kinds.Minutes = Field(
        default=360,
        description="So long a feed must be unwell first.",
        json_schema_extra={"default": "6h"},
    )


class CatchUp(Frozen):
    """After an outage."""

    digest_days: int = Field(
        default=7,
        ge=1,
        le=60,
        description="The most missed days whose digest is still made.",
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
    channels: Annotated[
        dict[str, Annotated[Channel, Field(discriminator="kind")]], Field(max_length=20)
    ] = Field(
        default={},
        description="Ways out, by name. `outbox`, a folder, is always there.",
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
    notices: Notices = Field(default=Notices(), description="Who is told of feeds that are unwell.")
    retention: Retention = Field(default=Retention(), description="How long things stay.")
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
