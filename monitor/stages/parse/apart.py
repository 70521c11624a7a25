"""What a document is that is no feed, said in a sentence."""

from __future__ import annotations

import html
import re

from monitor.model import Dropped, Reason

_TITLE = re.compile(rb"<title[^<>]*>\s*([^<]{0,200})", re.IGNORECASE)
_BOT_WALL = re.compile(
    r"just a moment|attention required|captcha|verify you are|access denied", re.IGNORECASE
)


def not_a_feed(data: bytes, root: str) -> Dropped:
    """Return the refusal that tells people what came instead of a feed."""
    titled = _TITLE.search(data)
    title = _one_line(html.unescape(titled[1].decode("utf-8", "ignore"))) if titled else ""
    if root in {"html", "head", "body", "title", "script", "div", "p"} or b"<html" in data[:2000]:
        what = "a bot check" if _BOT_WALL.search(title) else "an HTML page"
        detail = f"The server sent {what}" + (f" (“{title}”)" if title else "") + " and no feed."
    elif root in {"urlset", "sitemapindex"}:
        detail = "The server sent a sitemap and no feed; `kind: news-sitemap` reads those."
    elif root:
        detail = f"The server sent an XML document (<{root}>) that is no feed."
    else:
        start = _one_line(
            data[:400]
            .decode("utf-8", "ignore")
            .removeprefix("<?xml version='1.0' encoding='utf-8'?>")
        )
        detail = f"The server sent text that is no feed: “{start[:100]}”."
    return Dropped(reason=Reason.NOT_FEED, detail=detail)


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
