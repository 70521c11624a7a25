"""What a page says of itself in its markup: title, author, date, language, canonical address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.stages.extract.characters import one_line

# --- the tree --------------------------------------------------------------------------------


def _parser() -> html.HTMLParser:
    """Return trafilatura's own parser settings, with the class of each element looked up in C.

    lxml.html asks a Python function for it. The one class that trafilatura needs gave the same
    text on 91 pages of 91, 15 % sooner.
    """
    parser = html.HTMLParser(  # type: ignore[call-arg]  # lxml-stubs lacks default_doctype
        collect_ids=False,
        default_doctype=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


PARSER = _parser()


def tree(text: str) -> HtmlElement | None:
    """Return the page as a tree, or None when nothing could be made of it."""
    for character in ("\0", "\ufffe", "\uffff"):  # libxml2 stops reading at these
        text = text.replace(character, "")
    data = text.encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data, parser=PARSER)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    for script in root.iterfind('.//script[@type="application/ld+json"]'):
        body = script.text or ""
        if body.count('"@type"') * len(body) > 20_000_000:  # 80 KB of it took trafilatura 3.8 s
            script.text = None
    return root


def attribute(root: HtmlElement, path: str) -> Iterable[str]:
    """Yield the strings an XPath finds, cleaned, empty ones left out."""
    found = root.xpath(path)
    for value in found if isinstance(found, list) else ():
        text = one_line(str(value))
        if text:
            yield text


# --- what the page says of itself ------------------------------------------------------------

TITLE = "(//meta[@property='og:title' or @name='og:title'])[1]/@content"
AUTHOR = "//meta[@name='author' or @property='article:author' or @name='byl']/@content"
JSON_LD = "//script[@type='application/ld+json']/text()"
JSON_AUTHOR = re.compile(
    r'"author"\s{0,9}:\s{0,9}\[?\s{0,9}\{[^{}]{0,300}?"name"\s{0,9}:\s{0,9}"([^"\\]{2,80})"'
)
BY = re.compile(r"^(by|von|par|por)\s+", re.IGNORECASE)


def author(root: HtmlElement) -> str | None:
    """Return the author the page names in its markup; addresses and links are no names."""
    blobs = root.xpath(JSON_LD)
    named = [m[1] for blob in blobs for m in JSON_AUTHOR.finditer(str(blob)[:500_000])]
    for said in [*attribute(root, AUTHOR), *(one_line(name) for name in named[:1])]:
        text = BY.sub("", said)
        if "://" not in text and "@" not in text and 2 <= len(text) <= 200:
            return text
    return None


ARABIC = re.compile("[\u0621-\u06d3]")
ARABIC_LANGUAGES = {"ar", "ur", "ps", "fa", "prs", "sd", "ckb", "ug", "pnb", "skr", "bal", "azb"}


def language(root: HtmlElement, body: str) -> str | None:
    """Return the page's language, two or three letters; None where its script contradicts it."""
    said = root.get("lang") or root.get("xml:lang") or ""
    said = said or next(iter(attribute(root, "//meta[@property='og:locale']/@content")), "")
    code = re.split(r"[-_]", said.strip().lower())[0]
    if not re.fullmatch(r"[a-z]{2,3}", code):
        return None
    start = body[:2000]
    arabic = len(ARABIC.findall(start)) * 2 > sum(map(str.isalpha, start))
    return code if arabic == (code in ARABIC_LANGUAGES) or not start else None


def canonical(root: HtmlElement, url: str) -> str | None:
    """Return rel=canonical as an absolute address, when it stays on the page's own host."""
    href = next(iter(attribute(root, "//link[@rel='canonical']/@href")), "")
    try:
        link, own = urlsplit(urljoin(url, href)), urlsplit(url)
        hosts = {(site.hostname or "").removeprefix("www.") for site in (link, own)}
        elsewhere = len(hosts) > 1 or link.port != own.port
    except ValueError:
        return None
    if not href or elsewhere or not link.hostname or link.scheme not in {"http", "https"}:
        return None
    if link.path in {"", "/"} and not link.query and own.path not in {"", "/"}:
        return None  # every article pointing at the home page would be one and the same article
    return link.geturl()
