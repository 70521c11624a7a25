"""The marks of a page that tell an article from a wall, a shell and a list of headlines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Self
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.model import ArticleText
from monitor.stages.screen.boxes import Named, boxes, named, others, signs, words_of
from monitor.stages.screen.kinds import Kind
from monitor.stages.screen.talk import counted

NEWS_TYPES = re.compile(
    r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report'
    r'|OpinionNewsArticle|AnalysisNewsArticle|Recipe|Product|ScholarlyArticle)"'
)


class Page:
    """The little of a page that tells an article from the rest, looked up when it is asked for.

    Of a long text nothing is asked but the links. Made of bytes it is parsed at the first question;
    an unreadable page has no marks.
    """

    def __init__(
        self,
        raw: bytes,
        *,
        root: HtmlElement | None = None,
        links: frozenset[str] | None = None,
        teasers: frozenset[str] | None = None,
    ) -> None:
        self.raw = raw
        self._parsed = root
        self._links = links
        self._teasers = teasers

    @classmethod
    def of(cls, body: bytes | str) -> Self:
        """Return the marks of a page that is to be parsed when one of them is asked for."""
        return cls(body.encode("utf-8", "replace") if isinstance(body, str) else body)

    @classmethod
    def of_tree(cls, root: HtmlElement | None, raw: bytes) -> Self:
        """Return the marks of a page that is parsed already; ``raw`` is what it was parsed from."""
        return cls(raw, root=root)

    @classmethod
    def told(
        cls,
        raw: bytes,
        *,
        links: frozenset[str],
        teasers: frozenset[str],
        data: Sequence[str] = (),
    ) -> Self:
        """Return the marks of a page whose links another reader saw.

        ``links`` are the texts of all links, on one line each; ``teasers`` those of headings of
        three words and more that are links, hold one or stand in one; ``data`` is structured data,
        as far as it was seen. The rest is read from ``raw`` where the text is so short that it is
        asked for.
        """
        page = cls(raw, links=links, teasers=teasers)
        if any(NEWS_TYPES.search(one) for one in data):
            page.__dict__["news"] = True  # as if it had been looked up
        return page

    @cached_property
    def _root(self) -> HtmlElement | None:
        if self._parsed is not None:
            return self._parsed
        parser = html.HTMLParser(remove_comments=True, encoding="utf-8")
        parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
        try:
            return html.document_fromstring(self.raw, parser=parser)
        except (etree.LxmlError, ValueError, AssertionError):
            return None

    @cached_property
    def links(self) -> frozenset[str]:
        """Texts of links."""
        if self._links is not None or self._root is None:
            return self._links or frozenset()
        return frozenset(words_of(a) for a in self._root.iter("a"))

    @cached_property
    def teasers(self) -> frozenset[str]:
        """Headings that are links, three words and more."""
        if self._teasers is not None or self._root is None:
            return self._teasers or frozenset()
        return frozenset(text for text in map(_teaser, _headings(self._root)) if text)

    @cached_property
    def title(self) -> str:
        """What the page calls itself in its head."""
        root = self._root
        return " ".join((root.findtext(".//title") or "").split()) if root is not None else ""

    @cached_property
    def data(self) -> list[str]:
        """Its structured data, as it is written."""
        return _data(self._root) if self._root is not None else []

    @cached_property
    def news(self) -> bool:
        """It is marked up as an article, in Open Graph or schema.org terms."""
        return self._root is not None and _is_news(self._root, self.data)

    @cached_property
    def dated(self) -> bool:
        """It says in its head when it was published."""
        return self._root is not None and _is_dated(self._root, self.data)

    @cached_property
    def headline(self) -> bool:
        """It has a first-level heading long enough to be one."""
        root = self._root
        return root is not None and any(len(words_of(h)) >= 20 for h in root.iter("h1"))

    @cached_property
    def boxes(self) -> dict[Kind, str]:
        """What stands in boxes that are named for a wall."""
        root = self._root
        return boxes(self._named) | others(root) if root is not None else {}

    @cached_property
    def signs(self) -> frozenset[Kind]:
        """What its machinery alone speaks of."""
        root = self._root
        return frozenset(signs(root, self.data, self._named) if root is not None else ())

    @cached_property
    def _named(self) -> Named:
        return named(self._root) if self._root is not None else []


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _headings(root: HtmlElement) -> Iterator[HtmlElement]:
    return islice(root.iter(*_HEADINGS), 5000)


def _teaser(heading: HtmlElement) -> str:
    """Return the heading's text where it is a link or in one, and has the length of a headline."""
    text = words_of(heading)
    if len(text.split(" ", 2)) < 3:
        return ""
    inside = next(heading.iterdescendants("a"), None) is not None
    return text if inside or next(heading.iterancestors("a"), None) is not None else ""


def _is_news(root: HtmlElement, data: Sequence[str]) -> bool:
    """Return whether the page calls itself an article, in Open Graph or schema.org terms."""
    told = (one.get("content") for one in root.iter("meta") if one.get("property") == "og:type")
    if any(_kind(said) in _ARTICLES for said in told if said):
        return True
    if any(NEWS_TYPES.search(one) for one in data):
        return True
    kinds = _TYPED(root)
    return isinstance(kinds, list) and any(_kind(str(kind)) in _ARTICLES for kind in kinds)


_TYPED = etree.XPath("//*[@itemtype]/@itemtype", smart_strings=False)
_ARTICLES = frozenset({"article", "newsarticle", "blogposting", "blog", "reportagenewsarticle"})


def _kind(said: str) -> str:
    return said.rsplit("/", 1)[-1].lower()


def _is_dated(root: HtmlElement, data: Sequence[str]) -> bool:
    found = root.xpath(
        "//meta[contains(@property, 'published') or contains(@name, 'date')]/@content"
        " | //*[@itemprop='datePublished'] | //time[@datetime and not(ancestor::a)]"
    )
    return bool(found) or any('"datePublished"' in one for one in data)


def _data(root: HtmlElement) -> list[str]:
    scripts = (one for one in root.iter("script") if one.get("type") == "application/ld+json")
    return [text[:200_000] for one in scripts for text in one.itertext()]


# --- lists ----------------------------------------------------------------------------------


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
    if inside >= 10:
        return f"a list: {inside} linked headlines stand in the text"
    front = _path(url) in {"", "/"} and bool(url)
    if len(page.teasers) < (8 if front else 12):
        return None
    longest = max(map(len, lines), default=0)
    # What the page calls itself comes last: it may have to be parsed for that.
    if (inside >= 5 or longest < 400) and page.news:
        return None
    if inside >= 5 or (longest < 400 and not page.headline):
        return f"a list: {len(page.teasers)} linked headlines and no article among them"
    if len(page.teasers) >= 30 and longest < 350:
        return f"a list: {len(page.teasers)} linked headlines and no running text"
    return None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def own_lines(text: ArticleText, page: Page) -> tuple[list[str], int]:
    """Return the lines of a text that are its own, and how many were other pages' headlines.

    A line that is a link with a date or a site's name beside it belongs to another page; menus and
    names of sites are no sentences.
    """
    lines = [raw.lstrip("- ").strip() for raw in text.body.split("\n")]
    begun, ended = _linked(lines, page.links)
    own, others = [], 0
    for line in lines:
        link = begun.get(line[:_EDGE]) or ended.get(line[-_EDGE:]) or ""
        beside = line.removeprefix(link) if line.startswith(link) else line.removesuffix(link)
        if link and len(beside) < len(line) and len(beside.split()) <= 6:
            others += 1
        elif line in page.links and len(line.split()) <= 6:
            continue
        elif " › " not in line and (len(line) >= 60 or counted(line) >= 4 or _ENDED.search(line)):
            own.append(line)
    return own, others


_EDGE = 24  # characters by which a link is looked up
_ENDED = re.compile(r"[.!?。！？۔؟।]\W*$")


def _linked(
    lines: Sequence[str], links: frozenset[str]
) -> tuple[dict[str, str], dict[str, str]]:  # fmt: skip
    """Return the links of three words and more with which a line may begin, and end; the shortest.

    They stand under the edge they share with it.
    """
    heads, tails = {line[:_EDGE] for line in lines}, {line[-_EDGE:] for line in lines}
    near = [link for link in links if link[:_EDGE] in heads or link[-_EDGE:] in tails]
    longer = sorted((link for link in near if len(link.split(" ", 2)) >= 3), key=_by_length)
    return {link[:_EDGE]: link for link in longer}, {link[-_EDGE:]: link for link in longer}


def _by_length(link: str) -> tuple[int, str]:
    return -len(link), link
