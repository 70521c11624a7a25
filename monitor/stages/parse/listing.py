"""A watched page: the links of its main list are the entries, as those of a feed are.

Ministries, institutes and the reports of committees have lists and no feeds. What tells the list
from the rest of the page is that its links repeat one shape in the markup and carry headlines;
menus repeat a shape as well, with a word or two a link. Documents in PDF count wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import re2
from lxml import etree, html

from monitor.model import Dropped, Entry, ParsedFeed, Reason
from monitor.stages.parse.beside import written_beside
from monitor.stages.parse.document import hash_of_fields
from monitor.stages.parse.entry import TITLE_CHARS, Facts, language_of, web_address
from monitor.stages.parse.identity import ALONE, identified, named
from monitor.stages.parse.text import plain
from monitor.stages.urls import canonical, host

FIRST_TAKEN = 50
"""So many links of a page seen for the first time become items; the others stood there before."""

_MOST_LINKS = 2_000
_MOST_BYTES = 10_000_000
_WORDS = 3.5  # a link of a list has so many on average; a menu has one or two
_SHARE = 0.4  # of the best group's weight: so much another needs to be a list as well
_FURNITURE = frozenset({"nav", "header", "footer", "aside", "form", "button", "select", "dialog"})
_ROLES = frozenset({"navigation", "banner", "contentinfo", "menu", "menubar", "search", "dialog"})
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|footer|foot|header|topbar|breadcrumbs?"
    r"|social|share|sharing|sidebar|widget|pagination|pager|paging|cookies?|consent|skip|languages?"
    r"|lang|login|toolbar|tags?|advert|ads?|banner|newsletter|subscribe|related|trending|popular)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_ELSEWHERE = frozenset(
    {"facebook.com", "twitter.com", "x.com", "youtube.com", "youtu.be", "instagram.com"}
    | {
        "linkedin.com",
        "whatsapp.com",
        "wa.me",
        "t.me",
        "telegram.me",
        "pinterest.com",
        "reddit.com",
    }
    | {"flickr.com", "tiktok.com", "threads.net", "threads.com", "bsky.app", "plus.google.com"}
    | {"maps.google.com", "play.google.com", "apps.apple.com", "addtoany.com"}
)
_EMPTY = re.compile(
    r"\W*(?:read (?:more|on|full.*)|more|continue(?: reading)?|see (?:more|all)|details?|pdf|open"
    r"|view(?: (?:more|all|details?|report))?|download(?: (?:pdf|file|report|here))?|here|link"
    r"|click here|full (?:text|report|story)|english|arabic|french|spanish|russian|chinese|urdu"
    r"|pashto|dari|اردو|پښتو|دری|مزید(?: پڑھیں)?|next|previous|first|last|home|\d{1,4}|)\W*",
    re.IGNORECASE,
)
_PDF = re.compile(r"\.pdf(?:$|[?#])", re.IGNORECASE)
_BLOCKS = frozenset({"li", "tr", "article", "dd", "section", "div", "p", "td"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    url: str
    text: str
    shape: str  # where it stands in the markup, without numbers: the same for all of one list
    furniture: bool
    entry: int  # the number of the list's entry it stands in
    around: str  # the text of the list's entry it stands in
    stamp: str  # a date the markup gives


@dataclass(slots=True)
class _Shown:
    """One address with the best words any of its links gives it."""

    url: str
    title: str
    around: str
    stamp: str


def is_page(body: bytes) -> bool:
    """True for HTML; what a feed begins with is read as one."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    named = re.search(rb"<(rss|feed|rdf:rdf|urlset|sitemapindex|html|body|head)[\s>]", start)
    return start[:1] not in {b"{", b"["} and (
        named is None or named[1] in {b"html", b"body", b"head"}
    )


def parse(
    body: bytes, *, content_type: str, facts: Facts, known: frozenset[str], max_entries: int,
    links: str = "",
) -> ParsedFeed | Dropped:  # fmt: skip
    """Read a list page. ``links``: an RE2 pattern of the addresses wanted; the list is then theirs.

    Of a page seen for the first time the first fifty links are taken. A page without any is no
    list any more, and the refusal says so.
    """
    root = tree(body[:_MOST_BYTES], content_type)
    if root is None:
        return _refused("The server sent no page that can be read.")
    found = list(_links(root, _base(root, facts.base_url)))
    wanted = _matching(found, links) if links else _main(found)
    shown = _shown(wanted)
    if not shown:
        return _refused(_why_empty(root, found, links))
    entries = [_entry(one, facts, _language(root)) for one in shown[:_MOST_LINKS]]
    fresh = [entry for entry in entries if entry.item_hash not in known]
    taken = fresh[: max_entries if known else min(FIRST_TAKEN, max_entries)]
    # Those of a first poll that are not taken stood there before, so they are remembered as well.
    later = {entry.item_hash for entry in fresh[max_entries:]} if known else set()
    return ParsedFeed(
        title=plain(str(root.findtext(".//title") or ""), is_html=False, most=TITLE_CHARS),
        entries=identified(taken),
        hashes=tuple(entry.item_hash for entry in entries if entry.item_hash not in later),
        newest_at=max((e.published.at for e in taken if e.published), default=None),
        ttl_minutes=None,
        truncated=len(fresh) - len(taken),
    )


# --- the links of a page ----------------------------------------------------------------------


def tree(body: bytes, content_type: str) -> html.HtmlElement | None:
    """The page as a tree without its scripts; None where nothing can be made of it."""
    said = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = body.decode(said[1] if said else "cp1252", "replace")
        except LookupError:
            text = body.decode("cp1252", "replace")
    for character in ("\0", "\ufffe", "\uffff"):  # libxml2 stops reading at these
        text = text.replace(character, "")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    etree.strip_elements(root, "script", "style", "noscript", "template", with_tail=False)
    return root


def _base(root: html.HtmlElement, address: str) -> str:
    for base in root.iterfind(".//base"):
        if base.get("href"):
            return web_address(str(base.get("href")), address) or address
    return address


def _links(root: html.HtmlElement, base: str) -> Iterator[_Link]:
    """The links that lead to another page, in order."""
    here = str(canonical(base))
    numbers: dict[html.HtmlElement, int] = {}
    for number, node in enumerate(root.iterfind(".//a[@href]")):
        if number >= 3 * _MOST_LINKS:
            return
        url = web_address(str(node.get("href")), base)
        if url is None or str(canonical(url)) == here or _is_elsewhere(url):
            continue
        path = [str(up.tag) for up in node.iterancestors() if isinstance(up.tag, str)]
        around = _around(node)
        yield _Link(
            url=url,
            text=_words(node)
            or plain(str(node.get("title") or ""), is_html=False, most=TITLE_CHARS),
            shape=" ".join(path[:12]) + f" | {_container(around)}",
            furniture=_is_furniture(node),
            entry=numbers.setdefault(around, len(numbers)),
            around=_words_around(around),
            stamp=next((str(t.get("datetime")) for t in around.iterfind(".//time[@datetime]")), ""),
        )


def _container(around: html.HtmlElement) -> str:
    """What the list calls itself; the classes of its entries change from one to the next."""
    up = around.getparent()
    return "" if up is None else re.sub(r"\d+", "", f"{up.get('id') or ''} {up.get('class') or ''}")


def _around(node: html.HtmlElement) -> html.HtmlElement:
    """The entry of the list a link stands in: as far up as no other entry begins."""
    best, own = node, _target(node)
    for up in node.iterancestors():
        if up.tag in {"body", "html", "main", "ul", "ol", "table", "tbody"}:
            break
        # A row may name its section or its author as well; two rows in one are no row.
        if not _stands_alone(up, own, 3 if up.tag in {"li", "tr", "article"} else 0):
            break
        if up.tag in _BLOCKS:
            best = up
        if up.tag in {"li", "tr", "article"}:
            break
    return best


def _stands_alone(up: html.HtmlElement, own: str, most: int) -> bool:
    """Whether at most so many links inside lead elsewhere, links that say nothing left out."""
    others: set[str] = set()
    for link in islice(up.iterfind(".//a[@href]"), 40):
        target = _target(link)
        if target != own and target not in others and not _EMPTY.fullmatch(_words(link)):
            others.add(target)
            if len(others) > most:
                return False
    return True


def _target(node: html.HtmlElement) -> str:
    return str(node.get("href")).partition("?")[0].partition("#")[0]


def _words(node: html.HtmlElement) -> str:
    said = " ".join(str(text) for text in islice(node.itertext(), 200))
    return plain(said, is_html=False, most=TITLE_CHARS)


def _words_around(node: html.HtmlElement) -> str:
    """The words of an entry, without those of links that say nothing ("Read more", "English")."""
    said: list[str] = []
    silent: set[html.HtmlElement] = set()
    for part in islice(node.iter(), 200):
        inside = part.getparent() in silent
        if inside or (part.tag == "a" and _EMPTY.fullmatch(_words(part))):
            silent.add(part)
        else:
            said.append(str(part.text or ""))
        said.append("" if inside or part is node else str(part.tail or ""))
    return plain(" ".join(said), is_html=False, most=TITLE_CHARS)


def _is_furniture(node: html.HtmlElement) -> bool:
    for up in (node, *node.iterancestors()):
        if up.tag in {"body", "html", "main"}:
            return False
        # A header inside an article holds its headline; that of the page holds the menu.
        if up.tag in _FURNITURE and not (up.tag == "header" and _in_entry(up)):
            return True
        if str(up.get("role") or "").lower() in _ROLES:
            return True
        if up.tag not in {"a", "li", "article"} and _CLASS.search(_named_as(up)):
            return True
    return False


def _in_entry(node: html.HtmlElement) -> bool:
    return any(up.tag in {"article", "li"} for up in node.iterancestors())


def _named_as(node: html.HtmlElement) -> str:
    return f"{node.get('id') or ''} {node.get('class') or ''}"[:500]


def _is_elsewhere(url: str) -> bool:
    name = host(url).removeprefix("www.").removeprefix("m.")
    return name in _ELSEWHERE or name.partition(".")[2] in _ELSEWHERE


# --- which of them are the list ---------------------------------------------------------------


def _matching(found: Sequence[_Link], links: str) -> list[_Link]:
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(links, options)
    except (re2.error, UnicodeError):
        return []
    return [link for link in found if pattern.search(link.url)]


def _main(found: Sequence[_Link]) -> list[_Link]:
    """The links of the list, or lists, and every document in PDF."""
    speaking = {link.entry for link in found if not _EMPTY.fullmatch(link.text)}
    groups: dict[str, list[_Link]] = {}
    for link in found:
        if not link.furniture and not (_EMPTY.fullmatch(link.text) and link.entry in speaking):
            groups.setdefault(link.shape, []).append(link)
    weights = {shape: _weight(group) for shape, group in groups.items()}
    least = max(weights.values(), default=0.0) * _SHARE
    listed = [
        link
        for shape, group in groups.items()
        if weights[shape] and weights[shape] >= least
        for link in group
    ]
    # "Read more" leads where the headline leads, and adds its entry's words. Of the documents
    # beside a headline the headline's own is enough.
    led_to, told = {link.url for link in listed}, {link.entry for link in listed}
    return [
        link
        for link in found
        if link.url in led_to or (_PDF.search(link.url) and link.entry not in told)
    ]


def _weight(group: Sequence[_Link]) -> float:
    """How much a group of links of one shape looks like a list: words in all, of headlines.

    Where a link is a mere number or symbol, the words of its entry are the headline.
    """
    titles = {link.url: max(link.text, link.around, key=len) for link in group}
    words = [min(20, len(title.split())) for title in titles.values() if title]
    if len(words) < 2 or sum(words) / len(words) < _WORDS:
        return 0.0
    return float(sum(words))


def _shown(links: Sequence[_Link]) -> list[_Shown]:
    """Each address once, with the longest words of its links that say something."""
    shown: dict[str, _Shown] = {}
    for link in links:
        identity = str(canonical(link.url))
        one = shown.setdefault(identity, _Shown(link.url, "", link.around, link.stamp))
        if not _EMPTY.fullmatch(link.text) and len(link.text) > len(one.title):
            one.title = link.text
        one.around = max(one.around, link.around, key=len)
        one.stamp = one.stamp or link.stamp
    for one in shown.values():
        if len(one.title.split()) < 3 and len(one.around) < TITLE_CHARS / 2:
            one.title = max(one.title, one.around, key=len)
    return [one for one in shown.values() if one.title]


# --- an entry ---------------------------------------------------------------------------------


def _entry(shown: _Shown, facts: Facts, language: str | None) -> Entry:
    published = written_beside(shown.stamp, shown.around, facts)
    aside = shown.around.replace(shown.title, " ").strip(" -–|·")
    entry = Entry(
        key="",
        item_hash=hash_of_fields([str(canonical(shown.url)), shown.title]),
        guid=None,
        url=shown.url,
        title=shown.title,
        summary=""
        if len(aside.split()) < 6 or _EMPTY.fullmatch(aside)
        else " ".join(aside.split()),
        content_html=None,
        author=None,
        published=published,
        language=language,
    )
    return replace(named(entry, ALONE), among="")


def _language(root: html.HtmlElement) -> str | None:
    return language_of(str(root.get("lang") or ""))


def _refused(detail: str) -> Dropped:
    return Dropped(reason=Reason.NOT_FEED, detail=detail)


def _why_empty(root: html.HtmlElement, found: Sequence[_Link], links: str) -> str:
    title = plain(str(root.findtext(".//title") or ""), is_html=False, most=120)
    page = f"The page (“{title}”)" if title else "The page"
    if links and found:
        return f"{page} has {len(found)} links, and `links` wants none of them."
    return f"{page} holds no list of links; it may be a wall, a login or a page made by scripts."
