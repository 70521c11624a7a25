"""The marks of a page that tell an article from a list of headlines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.model import ArticleText

NEWS_TYPES = re.compile(
    r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report'
    r'|OpinionNewsArticle|AnalysisNewsArticle|Recipe|Product|ScholarlyArticle)"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The little of a page that tells an article from the rest."""

    raw: bytes
    title: str
    news: bool  # marked up as an article
    headline: bool  # a first-level heading long enough to be one
    teasers: frozenset[str]  # headings that are links, three words and more
    links: frozenset[str]  # texts of links

    @classmethod
    def of(cls, body: bytes | str) -> Self:
        """Return the marks of the page; an unreadable page has none."""
        raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
        parser = html.HTMLParser(remove_comments=True, encoding="utf-8")
        try:
            root = html.document_fromstring(raw, parser=parser)
        except (etree.LxmlError, ValueError, AssertionError):
            return cls(
                raw=raw,
                title="",
                news=False,
                headline=False,
                teasers=frozenset(),
                links=frozenset(),
            )
        return cls(
            raw=raw,
            title=" ".join((root.findtext(".//title") or "").split()),
            news=_is_news(root),
            headline=any(len(_words(h)) >= 20 for h in root.iter("h1")),
            teasers=frozenset(t for t in map(_teaser, _headings(root)) if t),
            links=frozenset(_words(a) for a in root.iter("a")),
        )


def _headings(root: HtmlElement) -> list[HtmlElement]:
    found = root.iter("h1", "h2", "h3", "h4", "h5", "h6")
    return [element for element in found if isinstance(element, HtmlElement)][:5000]


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _teaser(heading: HtmlElement) -> str:
    """Return the heading's text where it is a link or in one, and has the length of a headline."""
    linked = heading.find(".//a") is not None or next(heading.iterancestors("a"), None) is not None
    text = _words(heading) if linked else ""
    return text if len(text.split()) >= 3 else ""


def _is_news(root: HtmlElement) -> bool:
    """Return whether the page calls itself an article, in Open Graph or schema.org terms."""
    kinds = root.xpath("//meta[@property='og:type']/@content | //*[@itemtype]/@itemtype")
    said = {str(kind).rsplit("/", 1)[-1].lower() for kind in kinds} if kinds else set()
    if said & {"article", "newsarticle", "blogposting", "blog", "reportagenewsarticle"}:
        return True
    scripts = root.xpath("//script[@type='application/ld+json']/text()")
    return any(NEWS_TYPES.search(str(script)[:200_000]) for script in scripts)


def listing(text: ArticleText, page: Page, url: str) -> str | None:
    """Return why the page is a list of headlines, or None.

    The numbers stand between 342 pages of articles (at most 9 linked headlines inside the text, and
    37 % of it links) and the front and latest pages of newspapers.
    """
    lines = [line.lstrip("- ").strip() for line in text.body.split("\n")]
    linked = sum(len(line) for line in lines if line in page.links)
    if len(lines) >= 3 and linked > 0.6 * len(text.body):
        return "a list of links"
    inside = sum(1 for teaser in page.teasers if teaser in text.body)
    if inside >= 12:
        return f"a list: {inside} linked headlines stand in the text"
    if page.news:
        return None
    longest = max(map(len, lines), default=0)
    front = _path(url) in {"", "/"} and bool(url)
    short = not page.headline and longest < 400
    if len(page.teasers) >= (8 if front else 12) and (short or inside >= 5):
        return f"a list: {len(page.teasers)} linked headlines and no article among them"
    if len(page.teasers) >= 30 and longest < 350:
        return f"a list: {len(page.teasers)} linked headlines and no running text"
    return None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
