"""Where a site's feed may be: what its page announces, then the addresses feeds usually have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.model import ParsedFeed
from monitor.stages.parse.entry import language_of, web_address
from monitor.stages.parse.listing import tree
from monitor.stages.parse.text import plain
from monitor.stages.urls import canonical, host

_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"}
    | {"application/rdf+xml", "application/xml", "text/xml", "text/rss+xml"}
)
_LOOKS = re.compile(
    r"(?:/(?:feed|feeds|rss|atom)(?:/|$|\.)|\.(?:rss|atom|rdf)$|rss\.xml$)", re.IGNORECASE
)
_COMMENTS = re.compile(r"comment|/comments/|replies", re.IGNORECASE)
_PATHS = ("feed/", "rss.xml", "feed", "rss", "atom.xml", "feed.json", "index.xml", "feeds/home")
_FULL = 1_500  # characters of text; a summary has 500
_MOST = 20
_SHOWN = 5
_LEAST_DATED = 3
GUESSED = "feeds are often there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address to try, and why."""

    url: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a document shows of the feed it is, for people who decide on it."""

    title: str
    entries: int
    newest_at: datetime | None
    newest_title: str
    full_text: bool
    language: str | None
    newest: tuple[tuple[datetime | None, str], ...] = ()  # a few entries, the newest first
    often: str = ""  # how much it publishes, in words; empty where its dates do not say


def announced(body: bytes, content_type: str, address: str) -> tuple[Candidate, ...]:
    """The feeds a page names, and links that look like one; those of its comments come last."""
    root = tree(body, content_type)
    if root is None:
        return ()
    found: list[Candidate] = []
    for link in root.iterfind(".//link[@href]"):
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in str(link.get("rel") or "").lower().split() and kind in _TYPES:
            found += _candidate(str(link.get("href")), address, "the page names it")
    for anchor in root.iterfind(".//a[@href]"):
        href = str(anchor.get("href"))
        if _LOOKS.search(href.partition("?")[0]):
            found += _candidate(href, address, "the page links to it")
        if len(found) >= 3 * _MOST:
            break
    found.sort(key=lambda one: bool(_COMMENTS.search(one.url)))
    return tuple({str(canonical(one.url)): one for one in reversed(found)}.values())[::-1][:_MOST]


def usual(address: str) -> tuple[Candidate, ...]:
    """The addresses feeds usually have: beside the page, then at the root of its site."""
    parts = urlsplit(address)
    root = f"{parts.scheme}://{parts.netloc}/"
    here = root + parts.path.strip("/") + "/" if parts.path.strip("/") else root
    tried = [f"{here}{path}" for path in _PATHS[:3]] if here != root else []
    tried += [f"{root}{path}" for path in _PATHS]
    return tuple(Candidate(url=url, kind="rss", why=GUESSED) for url in dict.fromkeys(tried))


def robots_address(address: str) -> str:
    """Where a site says what its sitemaps are."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def sitemaps(robots: bytes, address: str) -> tuple[Candidate, ...]:
    """The sitemaps robots.txt names, those of news first, and where they usually are."""
    text = robots[:500_000].decode("utf-8", "replace")
    named = re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", text)[:200]
    named.sort(key=lambda url: "news" not in url.lower())
    root = robots_address(address).removesuffix("robots.txt")
    named += [f"{root}news-sitemap.xml", f"{root}sitemap_news.xml", f"{root}sitemap-news.xml"]
    found = (web_address(url, address) for url in dict.fromkeys(named))
    return tuple(Candidate(url=url, kind="news-sitemap", why="a sitemap") for url in found if url)[
        :8
    ]


def tell(feed: ParsedFeed) -> Told:
    """What a feed shows of itself."""
    dated = [(e.published.at, e.title) for e in feed.entries if e.published]
    newest = max(dated, default=None)
    titles = [newest[1]] if newest else [entry.title for entry in feed.entries]
    lengths = sorted(_length(entry.content_html or "") for entry in feed.entries)
    languages = [entry.language for entry in feed.entries if entry.language]
    return Told(
        title=feed.title,
        entries=len(feed.entries) + feed.truncated,
        newest_at=newest[0] if newest else None,
        newest_title=titles[0] if titles else "",
        full_text=bool(lengths) and lengths[len(lengths) // 2] >= _FULL,
        language=max(set(languages), key=languages.count) if languages else None,
        newest=tuple(sorted(dated, reverse=True)[:_SHOWN])
        or tuple((None, title) for title in titles[:_SHOWN]),
        often=_often([at for at, _ in dated]),
    )


def _often(dates: Sequence[datetime]) -> str:
    """How much is published, by the dates of what is listed: a list of one moment tells nothing."""
    if len(dates) < _LEAST_DATED or max(dates) - min(dates) < timedelta(hours=1):
        return ""
    a_day = (len(dates) - 1) / ((max(dates) - min(dates)) / timedelta(days=1))
    for often, span in ((a_day, "day"), (a_day * 7, "week"), (a_day * 30, "month")):
        if often >= 1:
            return f"about {round(often)} a {span}"
    return "less than one a month"


def page_language(body: bytes, content_type: str) -> str | None:
    """The language a page says it is in."""
    root = tree(body, content_type)
    return None if root is None else language_of(str(root.get("lang") or ""))


def page_title(body: bytes, content_type: str) -> str:
    """The name a page gives its site, else its own title."""
    root = tree(body, content_type)
    if root is None:
        return ""
    names = root.xpath("//meta[@property='og:site_name']/@content")
    said = names[0] if isinstance(names, list) and names else root.findtext(".//title")
    return plain(str(said or ""), is_html=False, most=200)


def _length(markup: str) -> int:
    return len(re.sub(r"<[^<>]*>", " ", markup))


def _candidate(href: str, address: str, why: str) -> Iterator[Candidate]:
    url = web_address(href, address)
    if url is not None and host(url):
        yield Candidate(url=url, kind="rss", why=why)
