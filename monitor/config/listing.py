"""The feeds that are listed already, and an entry for one that is not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from monitor.config import kinds
from monitor.stages.urls import canonical, host

GOOGLE_NEWS = "news.google.com"
_USUAL = {"language": "en", "kind": "rss"}
_SECTIONS = frozenset({"home", "rss", "feed", "latest news"})

Entry = dict[str, Any]


class Listed:
    """The feeds that stand in the settings, sound or not, asked or not; and those about to."""

    def __init__(self, feeds: Iterable[Mapping[str, Any]]) -> None:
        self._by_url: dict[str, Mapping[str, Any]] = {}
        self._by_host: dict[str, Mapping[str, Any]] = {}
        self._keys: set[str] = set()
        for feed in feeds:
            self.take(feed)

    def take(self, feed: Mapping[str, Any]) -> None:
        """Count a feed among them."""
        url = str(feed.get("url"))
        self._by_url.setdefault(str(canonical(url)), feed)
        self._by_host.setdefault(_bare_host(url), feed)
        self._keys.add(key_of(feed))

    def at(self, url: str) -> Mapping[str, Any] | None:
        """The feed at this address, however it is spelled."""
        return self._by_url.get(str(canonical(url)))

    def of_host(self, url: str) -> Mapping[str, Any]:
        """A feed of the same site, for what is known of its outlet; empty where there is none."""
        wanted = _bare_host(url)
        return {} if wanted == GOOGLE_NEWS else self._by_host.get(wanted, {})

    def free_key(self, wanted: str) -> str:
        """A key nobody has yet."""
        key, number = wanted, 2
        while key in self._keys:
            key, number = f"{wanted[:56].rstrip('-')}-{number}", number + 1
        return key


def key_of(feed: Mapping[str, Any]) -> str:
    """The feed's name: its key, or what is made of its address."""
    return str(feed.get("key") or kinds.slug_of(str(feed.get("url"))))


def outlet_name(title: str, url: str) -> str:
    """A site's own name: of "Home | Valley Post" the shorter half that is no section."""
    parts = [part.strip() for part in title.replace(" | ", " - ").split(" - ") if part.strip()]
    plain = [part for part in parts if part.lower() not in _SECTIONS]
    return (plain or [kinds.host_of(url)])[-1][:200]


def short(feed: Mapping[str, Any]) -> Entry:
    """The entry without what it would have anyway."""
    return {k: v for k, v in feed.items() if v and _USUAL.get(k) != v}


def _bare_host(url: str) -> str:
    return host(url).removeprefix("www.")
