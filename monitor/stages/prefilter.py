"""Does a page, by its bare bytes, hold any name of the topic? Asked before anything is parsed.

Pure, and on the safe side: in every encoding that the page may be in, with entities and escapes
undone where there are any, and with words put together that tags cut in two.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Protocol
from urllib.parse import unquote_to_bytes

import re2

_KEPT = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_TABLE = bytes(sign if sign in _KEPT or sign > 0x7F else 0x20 for sign in range(256))
_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1  # else \x80-\xff are the letters up to U+00FF alone
_LETTER = rb"[0-9A-Za-z\x80-\xff]"
_INLINE = (
    rb"(?:</?(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|nobr|ruby"
    rb"|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr|[a-z]+-[a-z-]+)(?:[ /\t\r\n][^<>]*)?>"
    rb"|<!--[^<>]*>)"
)
"""Tags that do not end a word; those with a hyphen are a site's own."""
_SPLIT_IS_THERE = re2.compile(rb"(?i)%b(?:%b)+%b" % (rb"[0-9A-Za-z\x80-\xff;]", _INLINE,
                                                    rb"[a-z\x80-\xff&]"), _BYTES)  # fmt: skip
_SPLIT = re2.compile(
    rb"(?i)(?:%b{1,40};?(?:%b)+)+[A-Za-z\x80-\xff&]%b{0,40}" % (_LETTER, _INLINE, _LETTER),
    _BYTES,
)
_TAG = re.compile(rb"<[^<>]*>")
_ENTITY = re.compile(
    rb"&(?:amp;)?(?:#(?:0*(?:39|8[0-9]{3}|17[0-9]|1[89][0-9]|[2-7][0-9]{2}|1[0-9]{3}|6[45][0-9]{3}"
    rb"|4[89]|5[0-7]|6[5-9]|[78][0-9]|9[0789]|1[01][0-9]|12[0-2])|[xX]0*[0-9a-fA-F]{2,4})"
    rb"|shy|zwn?j|lrm|rlm|ZeroWidthSpace|NoBreak|[rl]squo|apos"
    rb"|[A-Za-z](?:acute|grave|circ|uml|tilde|ring|cedil|slash|caron|macr|breve));?"
)
_WORD_GOES_ON = frozenset(bytes([sign]) for sign in _KEPT.union(b"&;", range(0x80, 0x100)))
_AROUND = 60  # bytes on either side of an entity, in which the rest of its word stands
_MANY = 300  # entities: then the whole page is taken as it reads
_ESCAPED = re2.compile(
    rb"%b{0,40}(?:(?:\\(?:u[0-9a-fA-F]{4}|[bfnrt]))+%b{0,40})+" % (_LETTER, _LETTER),
    _BYTES,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[bfnrt])")
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2}){2,}")
_DECLARED = re.compile(
    rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_OTHERWISE = ("cp1256", "cp1252")
_WIDE_TAG = (b"<\0", b"\0<")
_HEAD = 1_024  # bytes in which zeros are counted
_BETWEEN = re.compile(rb"<[^<>]*>|&[#0-9A-Za-z]+;")
_REACH = 500  # bytes on either side of a word in which the others of its name are looked for
_MOST_PLACES = 60  # of one word in a page; one that stands oftener tells of nothing by its place


class Pattern(Protocol):
    """An expression made ready, as ``pattern`` makes them."""

    def search(self, text: bytes, /) -> object | None:
        """Return where it is found first; None: nowhere."""


Near = Callable[[bytes], Sequence[Sequence[bytes]] | None]
Named = Callable[[AbstractSet[bytes], Near | None], bool]


def pattern(expression: str) -> Pattern:
    """Return an expression (RE2) ready to be looked for in bytes."""
    made: Pattern = re2.compile(expression.encode())
    return made


def passes(
    body: bytes, content_type: str, *, named: Named, spelled_out: Pattern | None = None
) -> bool:
    """Return whether a page may be of the topic. ``named`` tells of words whether they hold a name.

    It is asked of the page as it is first, and of what is hidden in it only where something is:
    of the words of both together, so that a name may be half hidden. ``spelled_out`` finds names
    that are written letter by letter.
    """
    for text in _decoded(body, content_type):
        words = set(text.translate(_TABLE, b"'`").split())
        if named(words, partial(_near, text)):
            return True
        if spelled_out is not None and spelled_out.search(text):
            return True
        more = {word for part in _hidden(text) for word in part.translate(_TABLE, b"'`").split()}
        if not more <= words and named(words | more, None):
            return True
    return False


def _near(text: bytes, piece: bytes) -> list[list[bytes]] | None:
    """The words around a word, wherever it stands, without tags; None: at too many places."""
    found: list[list[bytes]] = []
    at = text.find(piece)
    while at >= 0 and len(found) < _MOST_PLACES:
        around = text[max(0, at - _REACH) : at + len(piece) + _REACH]
        found.append(_BETWEEN.sub(b" ", around).translate(_TABLE, b"'`").split())
        at = text.find(piece, at + len(piece))
    return found if found and at < 0 else None


def _decoded(body: bytes, content_type: str) -> Iterator[bytes]:
    """The page in UTF-8, once for each encoding that it may be in."""
    wide = _wide(body)
    if wide:
        for name in wide:  # in UTF-32 without a mark each letter is followed by zeros
            yield body.decode(name, "replace").replace("\0", "").encode("utf-8", "replace")
        return
    names = _declared(body, content_type)
    if not names and (body.isascii() or _is_utf8(body)):
        yield body
        return
    yield body
    for name in dict.fromkeys((*names, *(() if _is_utf8(body) else _OTHERWISE))):
        yield body.decode(name, "replace").encode("utf-8", "replace")


def _wide(body: bytes) -> tuple[str, ...]:
    """The encodings it may be in whose every character is of two bytes or more; mostly none."""
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ("utf-32",)
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    # Of Arabic letters in UTF-16 hardly a byte is zero: the tags are, and the first one is a tag.
    if body.startswith(_WIDE_TAG) or 5 * body.count(0, 0, _HEAD) > min(len(body), _HEAD):
        return ("utf-16-le", "utf-16-be")
    return ()


def _declared(body: bytes, content_type: str) -> list[str]:
    """The encodings it says it is in, but for UTF-8; those that are none are left out."""
    said = [*_DECLARED.findall(body[:4_096]), *_DECLARED.findall(content_type.encode()[:300])]
    found = []
    for one in said:
        try:
            name = codecs.lookup(one.decode("ascii")).name
            "".encode(name)
        except (LookupError, ValueError):
            continue
        if name not in {"utf-8", "utf-8-sig", "ascii"}:
            found.append(name)
    return found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _hidden(text: bytes) -> Iterator[bytes]:
    """What stands behind entities, escapes, and tags in the middle of words."""
    if b"&" in text:
        places = [one.start() for one in _ENTITY.finditer(text) if _in_word(text, *one.span())]
        if len(places) > _MANY:
            text = _read(text)
            yield text
        else:
            yield from (_read(text[max(0, at - _AROUND) : at + _AROUND]) for at in places)
    if _SPLIT_IS_THERE.search(text):
        yield b" ".join(_TAG.sub(b"", one[0]) for one in _SPLIT.finditer(text))
    if b"\\" in text:  # JSON, of which a text may be made: "\nKabul" begins with no n
        yield b" ".join(_unescaped(one[0]) for one in _ESCAPED.finditer(text))
    if b"%D" in text or b"%d" in text:
        yield b" ".join(unquote_to_bytes(one) for one in _PERCENT.findall(text))


def _in_word(text: bytes, start: int, end: int) -> bool:
    """Whether something of a word may stand before this place, or behind it."""
    return text[end : end + 1] in _WORD_GOES_ON or text[start - 1 : start] in _WORD_GOES_ON


def _read(text: bytes) -> bytes:
    once = html.unescape(text.decode("utf-8", "replace"))
    return html.unescape(once).encode("utf-8", "replace")  # some sites escape their escapes


def _unescaped(text: bytes) -> bytes:
    """What a piece of JSON reads as; two escapes may be one character."""
    found = _ESCAPE.sub(_sign, text.decode("utf-8", "replace"))
    wide = found.encode("utf-16-le", "surrogatepass")
    return wide.decode("utf-16-le", "replace").encode()


def _sign(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else " "
