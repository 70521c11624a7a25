"""OPML (http://opml.org/spec2.opml): lists of feeds as readers exchange them, in and out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from monitor.model import Dropped, Reason
from monitor.stages.parse.entry import URL_CHARS, language_of, web_address
from monitor.stages.parse.text import plain

MOST_OUTLINES = 5_000
MOST_BYTES = 10_000_000
_DEEPEST = 20
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed of a list: its address and what the list says of it, as plain text."""

    url: str
    title: str
    groups: tuple[str, ...] = ()  # the outlines around it, outermost first
    site: str = ""
    language: str | None = None
    category: str = ""


def read(body: bytes) -> tuple[Outline, ...] | Dropped:
    """The feeds of an OPML file of any version, each address once; never raises.

    Outlines without an address are headings. One whose address is no web address keeps it as it is
    written: whoever adds feeds refuses it, and says so.
    """
    body = body[:MOST_BYTES]
    if re.search(rb"<!ENTITY", body, re.IGNORECASE):
        detail = "The file declares entities as attacks do; it was not read."
        return Dropped(reason=Reason.PARSE_LIMIT, detail=detail)
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or _local(root) != "opml":
        return Dropped(reason=Reason.NOT_FEED, detail="The file is no OPML.")
    found: dict[str, Outline] = {}
    for number, node in enumerate(root.iter()):
        if number > MOST_OUTLINES:
            break
        if _local(node) == "outline" and (one := _outline(node)) is not None:
            found.setdefault(one.url, one)
    return tuple(found.values())


def _outline(node: etree._Element) -> Outline | None:
    said = {str(name).lower(): str(value) for name, value in node.attrib.items()}
    written = said.get("xmlurl", "")
    url = web_address(written, "") or plain(written, is_html=False, most=URL_CHARS)
    if not url:
        return None
    above = [up for up in node.iterancestors() if _local(up) == "outline"][:_DEEPEST]
    return Outline(
        url=url,
        title=_text(said.get("title") or said.get("text") or ""),
        groups=tuple(name for up in reversed(above) if (name := _text(_named(up)))),
        site=web_address(said.get("htmlurl", ""), "") or "",
        language=language_of(said.get("language", "")),
        category=_text(said.get("category", "")),
    )


def _named(node: etree._Element) -> str:
    return str(node.get("text") or node.get("title") or "")


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""


def _text(text: str) -> str:
    return plain(text, is_html=False, most=200)


def written(outlines: Iterable[Outline], *, title: str, now: datetime) -> str:
    """An OPML 2.0 document of the outlines, grouped as they say; every reader takes it."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _legal(title)
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    groups: dict[tuple[str, ...], etree._Element] = {(): body}
    for one in outlines:
        node = etree.SubElement(_group(groups, one.groups), "outline", type="rss")
        told = {"text": one.title, "title": one.title, "xmlUrl": one.url, "htmlUrl": one.site}
        told |= {"language": one.language or "", "category": one.category}
        for name, value in told.items():
            if value:
                node.set(name, _legal(value))
    etree.indent(root)
    made = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return str(made, "utf-8") + "\n"


def _group(groups: dict[tuple[str, ...], etree._Element], names: Sequence[str]) -> etree._Element:
    path = tuple(names[:_DEEPEST])
    if path not in groups:
        above = _group(groups, path[:-1])
        groups[path] = etree.SubElement(above, "outline", text=_legal(path[-1]))
    return groups[path]


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("", text)
