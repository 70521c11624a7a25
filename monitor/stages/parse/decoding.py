"""A feed's bytes in UTF-8, whatever they came in and whatever they say of it."""

from __future__ import annotations

import re
from typing import Any

from feedparser.encodings import convert_to_utf8

from monitor.model import Dropped, Reason

_DECLARED_8_BIT = re.compile(
    rb"(?:encoding|charset)\s*=\s*[\"']?[\w.:-]{0,20}(?:125[0-9]|8859)", re.IGNORECASE
)
_WESTERN = re.compile(r"8859-?(?:1|15)\Z|1252|latin|ascii", re.IGNORECASE)
# Marks of the order of bytes, the longest first; then how "<" begins without one.
_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32-le"), (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
    (b"<\x00\x00\x00", "utf-32-le"), (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"),
)  # fmt: skip


def to_utf8(body: bytes, content_type: str) -> tuple[bytes, tuple[Dropped, ...]]:
    """Return the document in UTF-8, and what is to be said of its encoding.

    The encoding is the one feedparser would choose, corrected where it would garble whole feeds.
    """
    narrow = _of_wide(body)
    if narrow is not None:
        body, content_type = narrow, ""
    headers = {"content-type": content_type} if content_type else {}
    result: dict[str, Any] = {}
    # Codecs that are no charsets and take quadratic time, declared by nobody in good faith.
    body = (
        re.sub(
            rb"(?i)(encoding\s*=\s*[\"'])(?:punycode|idna|undefined|.{0,9}escape)",
            rb"\1utf-8",
            body[:300],
        )
        + body[300:]
    )
    if re.search(r"(?i)charset\W{0,3}(punycode|idna|undefined|\w*escape)", content_type):
        headers = {"content-type": content_type.partition(";")[0]}
    try:
        data = convert_to_utf8(headers, body, result)
    except Exception:  # noqa: BLE001 -- a declared codec may raise anything
        return body.decode("utf-8", "replace").encode(), ()
    fallen_back = result.get("encoding") in {"windows-1252", "iso-8859-2"}
    # Only where it is declared: an address among the first bytes may hold the figures as well.
    if not fallen_back or _DECLARED_8_BIT.search(
        body[:300] + b"\n" + content_type.encode("utf-8", "replace")
    ):
        used = str(result.get("encoding"))
        if _WESTERN.search(used) and _is_utf8(body):
            return _told_wrongly(body, used)
        return data, _doubted(body, used)
    return _guessed(body, data)


def _of_wide(body: bytes) -> bytes | None:
    """A document in UTF-16 or UTF-32 as UTF-8, without its declaration; None: it is in neither.

    The first bytes tell, whatever is declared. feedparser trusts a header more, and takes some
    Arabic in UTF-16 for Latin letters.
    """
    code = next((code for start, code in _WIDE if body.startswith(start)), None)
    if code is None:
        return None
    try:
        text = body.decode(code).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    if not text.lstrip("\ufeff\x00 \t\r\n").startswith("<"):
        return None
    return re.sub(r"\A\s*<\?xml[^>]{0,300}\?>", "", text).encode("utf-8", "replace")


def _is_utf8(body: bytes) -> bool:
    """Whether letters beyond ASCII stand as UTF-8 writes them: by chance they never do."""
    try:
        return len(body.decode("utf-8")) < len(body)
    except UnicodeDecodeError:
        return False


def _told_wrongly(body: bytes, used: str) -> tuple[bytes, tuple[Dropped, ...]]:
    declared = re.sub(rb"\A\s*<\?xml[^>]{0,300}\?>", b"", body.removeprefix(b"\xef\xbb\xbf"))
    detail = f"The declared encoding ({used}) is wrong; read as UTF-8."
    problem = Dropped(reason=Reason.PARSE_LIMIT, detail=detail)
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + declared, (problem,)


def _doubted(body: bytes, used: str) -> tuple[Dropped, ...]:
    """Whether a Western encoding was declared for what is plainly other letters."""
    # Asked first: to look at every letter of a feed in UTF-8 took a third of the time to read it.
    if not _WESTERN.search(used):
        return ()
    if _in_words(body) <= max(7, _high(body) / 2) and not re.search(rb"[\x80-\xff]{8}", body):
        return ()
    detail = f"The declared encoding ({used}) does not look right: letters may be wrong."
    return (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)


def _guessed(body: bytes, otherwise: bytes) -> tuple[bytes, tuple[Dropped, ...]]:
    """No declared encoding fits. One broken letter must not turn an Urdu feed into Latin noise."""
    broken = body.decode("utf-8", "replace").count("\ufffd")
    whole = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", body))
    if whole > 5 * broken:
        data, name = body.decode("utf-8", "replace").encode(), "UTF-8 with broken letters"
    elif _in_words(body) > max(7, _high(body) / 2):
        data, name = body.decode("cp1256", "replace").encode(), "windows-1256"
    else:
        data, name = otherwise, "windows-1252"
    detail = f"The declared encoding does not fit; read as {name}."
    return data, (Dropped(reason=Reason.PARSE_LIMIT, detail=detail),)


def _high(body: bytes) -> int:
    return len(re.findall(rb"[\x80-\xff]", body))


def _in_words(body: bytes) -> int:
    """How many letters beyond ASCII stand side by side, as in Arabic script.

    In Latin script accents stand alone.
    """
    return sum(map(len, re.findall(rb"[\x81\x8d-\x90\x98\x9a\x9f\xc0-\xff]{3,}", body)))
