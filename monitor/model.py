"""The values in flight, in the order of the pipeline, up to where an article goes.

What people are told of it is in ``monitor.told``.

Frozen and complete at birth: nothing gains fields later. ``None`` means "the source did not say".
Instants are aware and in UTC; their names end in ``_at``, days in ``_on``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

CanonicalUrl = NewType("CanonicalUrl", str)
"""Made by ``stages.urls.canonical`` alone."""


# --- refusals -------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why an item was refused. The words of the ledger: ``dropped: {reason: n}``."""

    NO_LINK = "no_link"
    BAD_URL = "bad_url"
    NOT_HTML = "not_html"
    NO_TEXT = "no_text"
    TOO_SHORT = "too_short"
    NOT_ARTICLE = "not_article"
    NOT_FEED = "not_feed"
    PARSE_LIMIT = "parse_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The only way a stage refuses. ``detail`` is a sentence for people."""

    reason: Reason
    detail: str = ""
    kind: str = ""  # of a page that is no article: a ``screen.Kind``
    text: ArticleText | None = None  # what was read all the same, should a person know better


# --- fetching -------------------------------------------------------------------------------


class Fault(StrEnum):
    """Why a fetch failed. The words of the ledger: ``failed: {fault: n}``."""

    DEADLINE = "deadline"  # the total time was up, whatever the server was still sending
    CONNECT = "connect"
    DNS = "dns"
    TLS = "tls"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    TRUNCATED = "truncated"
    BLOCKED_ADDRESS = "blocked_address"
    SCHEME = "scheme"
    BAD_URL = "bad_url"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    ROBOTS = "robots"
    CHALLENGE = "challenge"  # a bot wall answered, not the outlet
    GONE = "gone"  # 410
    NOT_FOUND = "not_found"  # 404
    REFUSED = "refused"  # 401, 403, 451
    BUSY = "busy"  # 429, 503
    SERVER = "server"  # other 5xx
    STATUS = "status"  # any other status that carries no document
    PROTOCOL = "protocol"
    WORKER = "worker"  # the child that read the document was killed or crashed
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What to ask for. ``key`` is the caller's and comes back on the outcome."""

    key: str
    url: str
    kind: Literal["feed", "page", "robots"] = "page"
    etag: str | None = None
    last_modified: str | None = None
    user_agent: str | None = None  # None: the honest default


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document. ``body`` is decoded from its content encoding and within the cap."""

    key: str
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]  # lower-case names; the last of repeated ones
    body: bytes
    fetched_at: datetime
    permanent_url: str | None = None  # where an unbroken chain of 301/308 led

    @property
    def content_type(self) -> str:
        """The media type alone, lower-case; empty when the server did not say."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: the server says nothing changed."""

    key: str
    url: str
    headers: Mapping[str, str]
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No document. ``detail`` is one line for people, free of control characters."""

    key: str
    url: str
    fault: Fault
    detail: str
    fetched_at: datetime
    status: int | None = None
    retry_after: float | None = None  # seconds, already bounded to a day


FetchOutcome = Fetched | NotModified | FetchFailed


# --- feeds ----------------------------------------------------------------------------------


DateSource = Literal["feed", "page", "url", "text", "first_seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A date with its provenance: ``at`` in UTC, what the source wrote, and which source."""

    at: datetime
    original: str
    source: DateSource


DatePlace = Literal["feed", "meta", "json-ld", "time", "headline", "search", "url", "text"]
"""Where a date is written: in the feed; in the page's head, its structured data, a time element,
the line beside its headline, wherever a search of the page found one; in its address; in its
opening line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A date as a source wrote it, and where; whether it can be believed is not yet asked."""

    text: str
    place: DatePlace


DateFlag = Literal["", "future", "ancient", "disagree", "unreadable", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """When an article was published, as far as it can be told; None: only when it was first seen.

    ``flag`` names what is odd about the dates it was given, ``note`` says so in a sentence.
    """

    published: When | None
    place: DatePlace | None = None
    flag: DateFlag = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed, as plain text; markup is gone except in ``content_html``."""

    key: str  # identity inside its feed: guid, else link, else a hash; repeats get "#2", "#3"
    item_hash: str  # of the entry's own bytes in the feed: changes when the entry is edited
    guid: str | None
    url: str | None  # absolute and raw, http(s) only
    title: str
    summary: str
    content_html: str | None  # content:encoded and the like
    author: str | None
    published: When | None
    language: str | None = None
    published_original: str | None = None  # a date as written that cannot be believed
    unusable_link: str | None = None  # a link as given that is no web address
    among: str = ""  # tells it from other entries at the same address; empty: it stands alone there
    source_name: str = ""  # who publishes it, where the feed is a search over many outlets
    source_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed read. ``entries`` are those not seen before; ``hashes`` are of all entries, in order.

    ``overlaps`` is False when nothing of the last poll is left: items may have rolled out unseen.
    """

    title: str
    entries: tuple[Entry, ...]
    hashes: tuple[str, ...]
    newest_at: datetime | None
    ttl_minutes: int | None
    problems: tuple[Dropped, ...] = ()
    truncated: int = 0  # entries beyond the cap, reported and not taken


# --- articles -------------------------------------------------------------------------------


# Lines of a page's head, as both ways to read a page know them: by their name, by their property.
AUTHOR_NAMES = frozenset(
    ["author", "byl", "article:author", "parsely-author", "sailthru.author", "cXenseParse:author",
     "DCSext.author", "dc.creator", "DC.creator", "dcterms.creator", "citation_author"]
)  # fmt: skip
AUTHOR_PROPERTIES = frozenset(["article:author", "og:article:author", "author"])
PUBLISHED_NAMES = frozenset(
    ["article:published_time", "datePublished", "pubdate", "publish-date", "parsely-pub-date",
     "sailthru.date"]
)  # fmt: skip
PUBLISHED_PROPERTIES = frozenset(["article:published_time", "og:article:published_time"])
DATE_NAMES = frozenset(
    ["date", "Date", "DC.date", "dc.date", "dc.Date", "DC.date.issued", "dcterms.date",
     "DCTERMS.date", "dcterms.created"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSays:
    """What a page's markup says of itself, as it is written there, in the order of the page."""

    titles: tuple[str, ...] = ()  # og:title
    sites: tuple[str, ...] = ()  # og:site_name
    authors: tuple[str, ...] = ()  # of the head
    data: tuple[str, ...] = ()  # its blocks of JSON-LD
    language: str = ""  # of its root element
    locale: str = ""  # og:locale
    canonical: str = ""  # rel=canonical
    published: tuple[str, ...] = ()  # dates of publication in the head
    times: tuple[str, ...] = ()  # of its time elements, those of publication first
    after: tuple[str, ...] = ()  # the runs of text after its headline, the nearest first
    before: tuple[str, ...] = ()  # and before it
    dates: tuple[str, ...] = ()  # dates in the head that may be of something else


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """The text of an article: plain, NFC, no control characters but newlines."""

    title: str
    body: str
    author: str | None
    published: When | None
    language: str | None
    extractor: str  # name and version, e.g. "trafilatura 2.3.1 fast"
    canonical_link: str | None = None  # rel=canonical, same host only
    written: tuple[Written, ...] = ()  # every date the page writes of itself, as it writes it
    aside: tuple[tuple[int, int], ...] = ()
    """Stretches of ``body`` (start, end) that are lists of links, boxes of other stories, tails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """What makes two texts comparable. ``scheme`` names how they were made."""

    scheme: str
    text_hash: str
    title_key: str
    sketch: tuple[int, ...]  # bottom-k shingle hashes, ascending


TextFrom = Literal["page", "feed", "headline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of how a site's pages are read, as it is handed to a child: wrappers as JSON.

    ``trusted`` ones cut pages by themselves, unless this page is to be a ``check``; ``learning``
    ones have been seen to be right once. ``learns``: whether a new one is worth its time.
    """

    trusted: tuple[str, ...] = ()
    learning: tuple[str, ...] = ()
    check: bool = False
    learns: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What came of what was known of a site: how one page was read, and what it taught.

    ``cut``: by the wrapper of ``template``, alone. The rest were read by the extractor: ``agreed``
    and ``disagreed`` beside the wrapper, ``unsure`` as no wrapper fitted, ``read`` as none is
    trusted. ``learned`` is a wrapper as JSON that gives this page back, empty where there is none.
    """

    how: Literal["cut", "agreed", "disagreed", "unsure", "read"]
    template: str = ""
    learned: str = ""
    tried: bool = False  # a wrapper was sought
    likeness: float | None = None  # of both texts, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a child process made of one document."""

    text: ArticleText
    fingerprints: Fingerprints
    text_from: TextFrom
    choice: str = ""  # a sentence: why this text and not the other
    page_length: int | None = None  # characters of the page's text; None: it gave none
    feed_length: int | None = None  # of the feed's own
    dating: Dating | None = None
    taught: Taught | None = None  # None: nothing was asked of what is known of the site


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOf:
    """The article is a copy of another; ``similarity`` in 0..1."""

    article: int
    how: Literal["same_text", "near_text"]
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Of the rejected that score in [least, below), each is drawn for audit with ``chance``."""

    least: float
    below: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Scores at or above ``queue`` are queued; of the rest some are drawn for audit.

    ``bands``, from the lowest, say with which chance; without them it is ``sample_share`` for all.
    ``why`` is a sentence: which threshold is in use, and what it follows from.
    """

    queue: float = 0.1
    sample_share: float = 0.01
    bands: tuple[Band, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a verdict sends an article. ``probability``: the known chance of having been drawn.

    ``band`` is the number of the band a rejected score lies in, from the lowest; None: queued.
    """

    to: Literal["queue", "sample", "reject"]
    why: str
    probability: float = 1.0
    band: int | None = None
