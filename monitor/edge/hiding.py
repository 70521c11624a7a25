"""Taking secrets out of text, in every form in which other programs write them down.

A server that is refused may say back what it was sent: as it stood, percent-encoded, in base64,
escaped for JSON or HTML; a library may say only the part of an address that is the secret.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 4  # characters; hiding "a" everywhere would leave no text
_PART = 8  # of an address, when it looks like no word
_UNWORDLY = 20
_USERINFO = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")


def hidden(text: str, secrets: Iterable[str], mark: str) -> str:
    """Return ``text`` with every secret in it replaced by ``mark``, whatever its form.

    Those shorter than four characters cannot be hidden. User names and passwords in addresses go
    too, whoever they are of.
    """
    for form in _forms(tuple(secrets)):
        if form in text:
            text = text.replace(form, mark)
    return _USERINFO.sub(mark, text)


@lru_cache(maxsize=16)
def _forms(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return all that is looked for, the longest first: one may hold another."""
    whole = {part for secret in secrets for part in _parts(secret)}
    found = {form for secret in whole for form in _written(secret)}
    return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=len, reverse=True))


def _parts(secret: str) -> Iterator[str]:
    """Return a secret, and of an address the parts that look like no word."""
    yield secret
    if "://" not in secret:
        return
    for part in re.split(r"[/:@?&=#]+", secret.partition("://")[2]):
        odd = any(char.isdigit() for char in part) or len(part) >= _UNWORDLY
        if len(part) >= _PART and odd and "." not in part:
            yield part
            yield unquote(part)


def _written(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret, safe="").lower()
    yield quote(secret)
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield secret.encode("unicode_escape").decode("ascii")
    yield repr(secret)[1:-1]
    yield secret.encode("utf-8", "replace").hex()
    yield from _in_base64(secret.encode("utf-8", "replace"))


def _in_base64(raw: bytes) -> Iterator[str]:
    """Return what of ``raw`` is the same in base64, wherever in the encoded text it begins."""
    for shift, first in enumerate((0, 4, 4)):  # the first group also holds what stood before
        padded = b"\0" * shift + raw
        whole = len(padded) - len(padded) % 3  # what follows changes the last, incomplete group
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(padded[:whole]).decode("ascii")[first:]
            if len(text) >= 2 * SHORTEST:
                yield text
