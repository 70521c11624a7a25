"""From bytes to clean characters: which encoding, which characters, and is it HTML at all?"""

from __future__ import annotations

import codecs
import re
import unicodedata

# --- bytes to characters ---------------------------------------------------------------------

MAX_TEXT_CHARS = 200_000

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
WIDER = {  # what browsers read these labels as: the declared set is a part of the wider one
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "windows-874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}


def decode(body: bytes, *, content_type: str = "") -> str:
    """Return the characters of ``body``; bytes that fit nowhere become U+FFFD. Never raises.

    The order: byte order mark, UTF-8 where every byte fits it (a page that is valid UTF-8 is
    UTF-8, whatever it declares), the HTTP charset, the one in the page, detection.
    """
    for bom, name in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    head = body[:1024]
    # Arabic in UTF-16 has hardly a zero, and is of bytes that ASCII knows: the first tag tells.
    if head.count(b"\0") * 5 > len(head) or head.startswith((b"<\0", b"\0<")):
        little = head[1::2].count(0) >= head[::2].count(0)
        return body.decode("utf-16-le" if little else "utf-16-be", "replace")
    if b"\x1b$" not in head:  # ISO-2022-JP is made of ASCII bytes alone
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for label in (*CHARSET.findall(content_type.encode("utf-8", "replace")), *_declared(body)):
        codec = _codec(label.decode("ascii"))
        if codec is not None:
            return body.decode(codec, "replace")
    return _detected(body)


def _declared(body: bytes) -> list[bytes]:
    """Return the charset labels in the first bytes, in order of appearance."""
    head = body[:4096]
    xml = re.match(rb"\s{0,99}<\?xml[^>]{0,200}encoding=[\"']([A-Za-z0-9_.:-]{1,40})", head)
    return [*([xml[1]] if xml else []), *CHARSET.findall(head)]


def _codec(label: str) -> str | None:
    """Return Python's name of a text encoding fit for the web, or None."""
    try:
        name = codecs.lookup(label).name
        b"a".decode(name)  # "hex" and its like are codecs, and no text encodings
    except (LookupError, ValueError):
        return None
    if name in {"utf-8", "utf-7", "idna", "punycode"} or "escape" in name:
        return None  # not UTF-8: that was tried; the others never stand on real pages
    return WIDER.get(name, name)


def _detected(body: bytes) -> str:
    """Return the text in the likeliest encoding; half-broken UTF-8 stays UTF-8."""
    lenient = body.decode("utf-8", "replace")
    if lenient.count("\ufffd") * 200 < sum(c > "\x7f" for c in lenient[:100_000]):
        return lenient
    from charset_normalizer import from_bytes  # 30 ms to import, rarely needed

    best = from_bytes(body[:5000] + body[-5000:]).best()
    return body.decode(best.encoding, "replace") if best is not None else lenient


# --- characters to clean text ----------------------------------------------------------------

NO_CHARACTERS = {
    **dict.fromkeys(range(0x20)),
    **dict.fromkeys(range(0x7F, 0xA0)),
    **dict.fromkeys(range(0xD800, 0xE000)),
    **dict.fromkeys([0xAD, 0xFEFF, 0xFFFE, 0xFFFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n"),
    **dict.fromkeys([0x09, 0xA0, 0x2007, 0x202F], " "),
    0x0A: "\n",
}


_UNCLEAN = re.compile(f"[{''.join(map(chr, sorted(set(NO_CHARACTERS) - {0x0A})))}]")
"""Most texts hold none, and need not be rewritten sign by sign."""


def clean(text: str) -> str:
    """Return ``text`` in NFC: no control characters but newlines, no direction overrides.

    Spaces are single, lines have no space at their ends, and there are no empty lines.
    """
    unclean = _UNCLEAN.search(text) is not None
    whole = text.replace("\r\n", "\n").translate(NO_CHARACTERS) if unclean else text
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", whole).split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(text: str | None) -> str:
    """Return ``text`` clean and on one line, at most 1,000 characters; empty for None."""
    text = text or ""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:1000].strip()
    return clean(text).replace("\n", " ")[:1000].strip()


def cut(body: str) -> tuple[str, bool]:
    """Return at most ``MAX_TEXT_CHARS``, cut at a line where one is near, and whether it was."""
    if len(body) <= MAX_TEXT_CHARS:
        return body, False
    edge = body.rfind("\n", MAX_TEXT_CHARS // 2, MAX_TEXT_CHARS)
    return body[: edge if edge > 0 else MAX_TEXT_CHARS], True


# --- is it HTML at all? ----------------------------------------------------------------------

HTML_TYPES = {"", "text/html", "application/xhtml+xml", "application/octet-stream", "text/plain"}
XML_TYPES = {"text/xml", "application/xml"}
MARKUP = re.compile(
    rb"<(!doctype\s+html|html|head|body|div|p|article|main|meta|title|h1|section|span|table|br)\b",
    re.IGNORECASE,
)
OTHER_XML = re.compile(rb"<(rss|feed|rdf:RDF|urlset|sitemapindex|opml|svg)\b", re.IGNORECASE)
MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"RIFF", "a media file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a media file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"PK\x03\x04", "an archive or office document"),
    (b"\x1f\x8b", "compressed data"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)


def media_type(content_type: str) -> str:
    """Return the media type alone, in small letters; the first where a server says two."""
    return re.split("[;,]", content_type, maxsplit=1)[0].strip(" \t\"'").lower()


def not_html(body: bytes, content_type: str) -> str | None:
    """Return what the document is, in words, when it is no web page."""
    kind = media_type(content_type)
    if kind not in HTML_TYPES | XML_TYPES:
        return f"the server calls it {one_line(kind)[:60]}"
    for magic, what in MAGIC:
        if body.startswith(magic):
            return f"it is {what}"
    if body[4:8] == b"ftyp":
        return "it is a video"
    head = body[:4096].replace(b"\0", b"")
    markup = MARKUP.search(head)
    other = OTHER_XML.search(head, 0, markup.start() if markup else len(head))
    if other:
        return f"it is XML ({other[1].decode().lower()})"
    if head.lstrip()[:1] in {b"{", b"["}:
        return "it is JSON"
    if not markup and not MARKUP.search(body.replace(b"\0", b"")):
        return "it has no HTML in it"
    return None
