"""The bytes of a feed, made safe to parse and cut into items, without parsing them.

feedparser keeps its meaning; this only takes away what makes it slow or lets it be attacked:
entity declarations, comments, characters and references XML forbids, endless fields and authors.
Every loop goes forward through the bytes once.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.model import Dropped, Reason
from monitor.stages.parse.apart import not_a_feed
from monitor.stages.parse.decoding import to_utf8
from monitor.stages.parse.identity import Standing, standings

LONGEST_FIELD = 400_000  # bytes; a 20 MB description took feedparser 71 s and 537 MB
LONGEST_AUTHOR = 600  # bytes; feedparser's e-mail pattern is quadratic: 64 KB took it 34 s

LONGEST_TAG = 20_000  # bytes; attributes cost the square of their number
_ENDLESS_TAG = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})[^<>]{20000,}?(/?)>")

_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "item", "entry"})
_ITEM_NAMESPACE = re.compile(
    rb"xmlns:([\w.-]{1,40})\s*=\s*[\"'](?:http://purl\.org/rss/1\.0/|http://www\.w3\.org/2005/Atom"
    rb"|http://purl\.org/atom/ns#|http://my\.netscape\.com/rdf/simple/0\.9/"
    rb"|http://backend\.userland\.com/[Rr]ss2?)[\"']"
)
_FORBIDDEN = bytes([*range(9), 11, 12, *range(14, 32), 127])
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
# Candidates for references to characters XML forbids; the exact test is in _reference.
_REFERENCE = re.compile(
    rb"&#(?:[xX](0*(?:[0-9a-fA-F]{1,2}|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[efEF]|[0-9a-fA-F]{6,}))"
    rb"|(0*(?:[0-9]{1,2}|5[5-7][0-9]{3}|6553[45]|[0-9]{7,})))(?![0-9a-fA-F]);?"
)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_HARMLESS_ENTITY = re.compile(
    rb"<!ENTITY\s+([\w.-]{1,40})\s+[\"'](&#\w{1,8};|[^&\"'%<]{0,32})[\"']\s*>", re.IGNORECASE
)
_XML_ENTITIES = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_DOCTYPE_MARK = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_FIRST_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})")
_FEED_ELEMENT = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|RDF|channel|item|entry)[\s>]", re.IGNORECASE
)
_PERSON = rb"(?:[\w.-]{1,40}:)?(?:author|creator|managingeditor|webmaster|publisher|owner)"
_AUTHOR = re.compile(rb"<" + _PERSON + rb"(?:\s[^<>]*)?>", re.IGNORECASE)
_AUTHOR_END = re.compile(
    rb"</" + _PERSON + rb"\s*>|</?(?:[\w.-]{1,40}:)?(?:item|entry|channel|feed)[\s>]", re.IGNORECASE
)
# What changes at every poll though the article does not: numbers of comments and views, and where
# a reader is said to come from. Two patterns, each behind a quick test: together they took a
# quarter of the time of a feed with one new entry.
_COUNTERS = re.compile(
    rb"<(slash:comments|thr:total)>[^<]*</\1>|<media:(?:statistics|starRating)[^<>]*>"
)
# One pattern that begins with "<" is found three times as fast as three strings of plain bytes.
_COUNTED = re.compile(rb"<(?:slash|thr|media):")
_CAME_FROM = re.compile(rb"(?:\?|&(?:amp;)?)(?:utm_[a-z_]{1,20}|fbclid|gclid)=[^&\s<>\"'\]]{0,300}")
_GUID = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:guid|id)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*([^<\]]{0,2000})"
)
_LINK = re.compile(
    rb"<(?:[\w.-]{1,40}:)?link(?:\s[^<>]*?href\s*=\s*[\"']([^\"'<]{0,4000})"
    rb"|(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*([^<\]]{0,4000}))"
)
_SAID = re.compile(rb"<title(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*([^<\]]{0,300})", re.IGNORECASE)


class Cut(NamedTuple):
    """A document, or a part of one, fit to parse; and what had to be left out of its fields."""

    data: bytes
    problems: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """UTF-8 bytes safe to hand to a parser, and where their items stand (start, end)."""

    data: bytes
    items: tuple[tuple[int, int], ...]
    regular: bool  # every item is closed and none stands within another
    root: str
    problems: tuple[Dropped, ...] = field(default=())

    @property
    def is_feed(self) -> bool:
        """True when the outermost element is that of a feed."""
        return self.root in _ROOTS

    def hashes(self) -> tuple[str, ...]:
        """One hash for each item, of its bytes without counters that move by themselves."""
        moves = _COUNTED.search(self.data) or b"utm_" in self.data or b"clid=" in self.data
        items = (self.data[a:b] for a, b in self.items)
        return tuple(_hash(_settled(item) if moves else item.strip()) for item in items)

    def standings(self) -> tuple[Standing, ...]:
        """How each item stands among the others, told from the bytes of all of them.

        So an item read alone gets the key it would get among the others.
        """
        said = []
        for start, end in self.items:
            item = self.data[start:end]
            guid, link, title = _GUID.search(item), _LINK.search(item), _SAID.search(item)
            address = link[1] or link[2] or b"" if link else b""
            said.append((_text(guid and guid[1]), _text(address), _text(title and title[1])))
        return standings(said)

    def without_items_but(self, kept: Collection[int]) -> Cut:
        """The document as if it held only the items kept (by number), fit to parse."""
        wanted = frozenset(kept)
        pieces, position = [], 0
        for index, (start, end) in enumerate(self.items):
            if index not in wanted:
                pieces.append(self.data[position:start])
                position = end
        pieces.append(self.data[position:])
        return _tamed(b"".join(pieces))

    def first_items(self, most: int) -> tuple[Cut, int]:
        """The document up to its first ``most`` items, fit to parse, and how many are beyond."""
        beyond = max(0, len(self.items) - most)
        data = self.data[: self.items[most][0]] if beyond else self.data
        return _tamed(data), beyond

    def what_it_is(self) -> Dropped:
        """The refusal that tells people what came instead of a feed."""
        return not_a_feed(self.data, self.root)


def read(body: bytes, content_type: str) -> Document | Dropped:
    """Decode, disarm and cut a document. Refuses what is plainly no feed, and entity bombs."""
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Dropped(reason=Reason.NOT_FEED, detail="The server sent an empty document.")
    data, guessed = to_utf8(body, content_type)
    data = _NONCHARACTER.sub(b"", data.translate(None, _FORBIDDEN))
    data = _without_comments(_REFERENCE.sub(_reference, data))
    marks = len(_ENTITY.findall(data))
    declared = _HARMLESS_ENTITY.findall(data) if marks else []
    if len(declared) > 300 or len(declared) < marks:
        detail = "The document declares entities as attacks do; it was not parsed."
        return Dropped(reason=Reason.PARSE_LIMIT, detail=detail)
    data = _without_doctype(data)
    data = _expanded(data, dict(declared)) if declared else data
    first = _FIRST_ELEMENT.search(data)
    root = first[1].decode("ascii", "replace").lower().rpartition(":")[2] if first else ""
    if root not in _ROOTS and not _FEED_ELEMENT.search(data):
        return not_a_feed(data, root)
    items, regular = _items(data)
    return Document(data=data, items=items, regular=regular, root=root, problems=guessed)


def _settled(item: bytes) -> bytes:
    """An item without what changes by itself."""
    if _COUNTED.search(item):
        item = _COUNTERS.sub(b"", item)
    if b"utm_" in item or b"clid=" in item:
        item = _CAME_FROM.sub(b"", item)
    return item.strip()


def hash_of_fields(fields: Iterable[str]) -> str:
    """A stable hash of an item by what was read from it, where its bytes cannot be told apart."""
    return _hash("\x1f".join(fields).encode("utf-8", "surrogatepass"))


def _text(found: bytes | None) -> str:
    return html.unescape((found or b"").decode("utf-8", "ignore")).strip()


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


# --- disarming ------------------------------------------------------------------------------


def _reference(match: re.Match[bytes]) -> bytes:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    digits = digits.lstrip(b"0") or b"0"
    code = int(digits, base) if len(digits) <= 8 else 0
    legal = code in {9, 10, 13} or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return match[0] if legal or 0x10000 <= code <= 0x10FFFF else b""


def _without_doctype(data: bytes) -> bytes:
    """Drop declarations of the type: one as it stands, and the marks of any that make no sense."""
    first = _FEED_ELEMENT.search(data)
    head, rest = (data[: first.start()], data[first.start() :]) if first else (data, b"")
    mark = _DOCTYPE_MARK.search(head)
    if mark is None:
        return data
    whole = _DOCTYPE.match(head, mark.start())
    after = head[whole.end() :] if whole else head[mark.end() :]
    return head[: mark.start()] + _DOCTYPE_MARK.sub(b"", after) + rest


def _expanded(data: bytes, entities: Mapping[bytes, bytes]) -> bytes:
    """Put short, flat entities where they are named; the parser never learns of them."""
    own = {name: value for name, value in entities.items() if name not in _XML_ENTITIES}
    return re.sub(rb"&([\w.-]{1,40});", lambda named: own.get(named[1], named[0]), data)


def _without_comments(data: bytes) -> bytes:
    """Drop comments outside CDATA: they change by themselves, and 200 KB of ``<!--`` take 10 s.

    One that never ends loses only its mark, so the items after it are not lost.
    """
    if b"<!--" not in data:
        return data
    pieces, position = [], 0
    while (comment := data.find(b"<!--", position)) >= 0:
        cdata = data.find(b"<![CDATA[", position, comment)
        ends, mark = (b"]]>", cdata) if cdata >= 0 else (b"-->", comment)
        end = data.find(ends, mark + 4)
        if end < 0:
            pieces.append(data[position:mark])
            position = mark
            break
        pieces.append(data[position : end + 3] if cdata >= 0 else data[position:comment])
        position = end + 3
    return b"".join(pieces) + data[position:].replace(b"<!--", b"")


def _tamed(data: bytes) -> Cut:
    """Without endless authors and endless fields."""
    data = _short_authors(_short_tags(data))
    short = _short_fields(data) if len(data) > LONGEST_FIELD else data
    if len(short) == len(data):
        return Cut(data, ())
    detail = f"Fields longer than {LONGEST_FIELD:,} bytes were cut."
    return Cut(short, (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),))


def _short_tags(data: bytes) -> bytes:
    """Only the names of tags with attributes without end: 100,000 of them took ten minutes."""
    return _ENDLESS_TAG.sub(rb"<\1\2>", data) if len(data) > LONGEST_TAG else data


def _short_authors(data: bytes) -> bytes:
    pieces, position = [], 0
    while (start := _AUTHOR.search(data, position)) is not None:
        end = _AUTHOR_END.search(data, start.end())
        stop = end.start() if end else len(data)
        pieces.append(data[position : start.end()])
        inner = data[start.end() : stop]
        pieces.append(inner if len(inner) <= LONGEST_AUTHOR else _author_text(inner))
        position = stop
    pieces.append(data[position:])
    return b"".join(pieces)


def _author_text(inner: bytes) -> bytes:
    named = re.search(rb"<name[^<>]*>([^<]{1,300})", inner)
    text = named[1] if named else re.sub(rb"<[^<>]*>?|]]>", b" ", inner)[:300]
    return text.replace(b"&", b" ").decode("utf-8", "ignore").encode()


def _short_fields(data: bytes) -> bytes:
    pieces, position = [], 0
    while (cdata := data.find(b"<![CDATA[", position)) >= 0:
        end = data.find(b"]]>", cdata)
        if end < 0:
            break
        pieces.append(_short_runs(data[position:cdata]))
        pieces.append(b"<![CDATA[" + _clipped(data[cdata + 9 : end]) + b"]]>")
        position = end + 3
    pieces.append(_short_runs(data[position:]))
    return b"".join(pieces)


def _short_runs(data: bytes) -> bytes:
    if len(data) <= LONGEST_FIELD:
        return data
    return re.sub(rb"[^<]+", lambda run: re.sub(rb"&[^;&]{0,10}\Z", b"", _clipped(run[0])), data)


def _clipped(text: bytes) -> bytes:
    if len(text) <= LONGEST_FIELD:
        return text
    return text[:LONGEST_FIELD].decode("utf-8", "ignore").encode()


# --- cutting --------------------------------------------------------------------------------


def _items(data: bytes) -> tuple[tuple[tuple[int, int], ...], bool]:
    prefixes = sorted(set(_ITEM_NAMESPACE.findall(data[:20_000])))
    prefix = rb"(?:(?:" + b"|".join(map(re.escape, prefixes)) + rb"):)?" if prefixes else rb""
    token = re.compile(
        rb"<(?:!\[CDATA\[|(/?)" + prefix + rb"(?:item|entry)(?=[\s/>]))", re.IGNORECASE
    )
    spans: list[tuple[int, int]] = []
    opened, regular, position = -1, True, 0
    while (mark := token.search(data, position)) is not None:
        position = _after(data, mark)
        if mark[1] is None:  # CDATA
            continue
        if mark[1]:
            regular = regular and opened >= 0
            if opened >= 0:
                spans.append((opened, position))
            opened = -1
            continue
        if opened >= 0:
            regular = False
            spans.append((opened, mark.start()))
        opened = mark.start()
        if data[position - 2 : position] == b"/>":
            spans.append((opened, position))
            opened = -1
    if opened >= 0:  # cut off in the middle of an item
        spans.append((opened, len(data)))
    return tuple(spans), regular


def _after(data: bytes, mark: re.Match[bytes]) -> int:
    """Where reading goes on: behind the tag, or behind the end of the CDATA section."""
    end = b"]]>" if mark[1] is None else b">"
    found = data.find(end, mark.end())
    return len(data) if found < 0 else found + len(end)
