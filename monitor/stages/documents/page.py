"""What a saved web page says of itself beside its article, and what stands on it outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.stages.documents.characters import clean, one_line
from monitor.stages.documents.values import Passage, Said

MOST_OUTSIDE = 400  # lines of a page that are shown as left out
_SAVED = re.compile(r"<!-- ?saved from url=\(\d{1,6}\)(https?://[^\s<>\"]{4,2000}?) ?-->")
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "head", "iframe", "select"))
_BLOCKS = frozenset(
    ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "dt", "dd", "figcaption", "div",
     "section", "article", "aside", "nav", "footer", "header", "main", "pre", "ul", "ol", "table",
     "tr", "form", "body", "blockquote", "figure", "br")
)  # fmt: skip


def outside(page: str, body: str) -> tuple[tuple[Said, ...], tuple[Passage, ...]]:
    """Return outlet and address of a page, and its visible lines that ``body`` does not have.

    ``page`` is the page's own text with its markup. Never raises.
    """
    saved = _SAVED.search(page[:5_000])
    said = [Said(about="url", text=saved[1], place="the browser that saved it")] if saved else []
    try:
        root = html.document_fromstring(page.replace("\0", "").encode("utf-8", "replace"),
                                        parser=html.HTMLParser(encoding="utf-8"))  # fmt: skip
        said += _head(root)
        return tuple(said), tuple(_others(root, _squashed(body)))
    except (etree.LxmlError, ValueError, AssertionError, RecursionError):
        return tuple(said), ()


def _head(root: HtmlElement) -> Iterator[Said]:
    for about, path, place in (
        ("url", "//link[@rel='canonical']/@href", "page head, canonical"),
        ("url", "//meta[@property='og:url']/@content", "page head, og:url"),
        ("outlet", "//meta[@property='og:site_name']/@content", "page head, og:site_name"),
        ("outlet", "//meta[@name='publisher' or @name='citation_journal_title']/@content",
         "page head, publisher"),
    ):  # fmt: skip
        found = root.xpath(path)
        text = one_line(found[0], 2000) if isinstance(found, list) and found else ""
        if text and (about != "url" or text.startswith(("http://", "https://"))):
            yield Said(about="url" if about == "url" else "outlet", text=text, place=place)


def _others(root: HtmlElement, inside: str) -> Iterator[Passage]:
    seen: set[str] = set()
    for line in _lines(root):
        key = _squashed(line)
        if key and key not in inside and key not in seen:
            seen.add(key)
            yield Passage(text=line[:1000], cut="page")
            if len(seen) >= MOST_OUTSIDE:
                yield Passage(text="… and more of the page", cut="page")
                return


def _lines(root: HtmlElement) -> Iterator[str]:
    """The visible text of the page, a line a block."""
    parts: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag
        if not isinstance(tag, str):
            parts.append(node.tail or "" if event == "end" else "")
            continue
        if tag in _BLOCKS and parts:
            yield from _line(parts)
            parts = []
        if event == "start":
            parts.append("" if _is_unseen(node) else node.text or "")
        else:
            parts.append("" if _is_unseen(node.getparent()) else node.tail or "")
    yield from _line(parts)


def _is_unseen(node: HtmlElement | None) -> bool:
    while node is not None:
        if node.tag in _UNSEEN:
            return True
        node = node.getparent()
    return False


def _line(parts: list[str]) -> Iterator[str]:
    line = " ".join(clean("".join(parts)).split())
    if line:
        yield line


def _squashed(text: str) -> str:
    return "".join(text.split()).casefold()
