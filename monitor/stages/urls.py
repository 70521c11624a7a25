"""What makes two addresses the same article.

``canonical`` gives the identity of an address, never the address to fetch: the raw one is kept for
that. Identity errs on the side of "different": a duplicate is caught later by its text, while two
stories taken for one would lose the second.

What is folded, and why it is safe:

* ``http`` and ``https``, ports 80 and 443: outlets move between them and feeds lag behind.
* ``www.``, ``m.``, ``mobile.`` and ``amp.`` before a host that still has a dot: the same newsroom,
  and only the very same path makes the same identity. Hosts with the letter inside
  (``en.m.wikipedia.org``) are left alone.
* AMP and print forms that keep the path: ``/amp`` or ``/print`` at the end, ``.amp``, ``?amp``,
  ``?print=1``, and Google's AMP caches. A path that begins with ``/amp/`` or ``/print/`` is left
  alone: what stands there without it differs by outlet.
* the headline in an address, for outlets that find an article by a number beside it
  (``_NUMBERED``): an edited headline gives such an article a new address.
* parameters that only say where a reader came from. All others stay (``id``, ``p``).
* duplicate and trailing slashes, dot segments, the spelling of percent-encoding, the fragment,
  except ``#!``, which names a document.

The order of the parameters is kept: some servers give meaning to it, and feeds do not shuffle it.
A Google News link that carries the article's address is unwrapped; of the newer ones, which do not,
the number alone is the identity. Nothing is asked of anybody for it.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

from monitor.model import CanonicalUrl, Dropped, Reason

_LONGEST = 8_192  # characters; browsers and servers give up about here
_REMEMBERED = 500  # characters of an address whose identity is kept at hand
_ROUNDS = 8  # wrappers within wrappers; nobody nests this deep in earnest

_DOOR = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_BREAKS = re.compile(r"[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?<=[^/])(?:/amp$|\.amp$|\.amp(?=\.html?$))", re.IGNORECASE)
# Only where an article's number or a headline stands before it: "/sections/print" is a section.
_PRINT_PATH = re.compile(
    r"\A(?=[^?]*(?:[0-9]{3}|[^/-]-[^/-]+-[^/-]))(.+)/print\Z", re.IGNORECASE | re.DOTALL
)
_PRINTED = frozenset({"print", "printer", "printable", "print_view", "printview"})
_LAID_OUT = frozenset({"view", "display", "mode", "format", "layout", "outputtype", "output"})

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_QUERY_SAFE = _PATH_SAFE | frozenset("?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TRACKING = _words(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mibextid
    mc_cid mc_eid mkt_tok _hsenc _hsmi vero_id oly_enc_id oly_anon_id _ga _gl __twitter_impression
    ocid cmp cmpid ncid xtor ito ftag smid smtyp guccounter guce_referrer guce_referrer_sig sr_share
    s_cid wt_mc wt.mc_id wtmc mbid nr_email_referer ref_src ref_url ftcamp fb_action_ids
    fb_action_types fb_source action_object_map action_type_map traffic_source maca phpsessid
    jsessionid doing_wp_cron intcmp icid echobox sharetype share_source cvid ei_source
    """
)
_TRACKING_STARTS = ("utm_", "at_", "mtm_", "hsa_", "__cf_chl_", "ns_m", "ns_s", "pk_c", "pk_k")
# These names carry meaning on some sites, so only values that name a channel are dropped.
_MAYBE_TRACKING = _words("ref source src from via share partner emc rss feature medium campaign")
_CHANNELS = _words(
    """
    rss feeds rssfeed rss_feed rss-feed twitter facebook fb whatsapp telegram linkedin reddit email
    newsletter googlenews google-news google_news applenews flipboard social share sharing homepage
    home hp amp app youtu.be feed atom
    """
)

_SLASH_NUMBER = re.compile(r"/((?:news|story)/[0-9]{5,})(?:/[^/]*)?")
_NUMBER_DASH = re.compile(r"/((?:print|latest)/[0-9]{4,})(?:-[^/]*)?")
_PANGEA = re.compile(r"/(a/)(?:[^/]+/)?([0-9]{6,}\.html)")
_NUMBERED: dict[str, re.Pattern[str]] = {
    # 312 addresses of Dawn and 1,160 of The News were looked at: no number stands on two stories.
    **dict.fromkeys(("dawn.com", "images.dawn.com", "aurora.dawn.com"), _SLASH_NUMBER),
    **dict.fromkeys(("brecorder.com", "aaj.tv", "english.aaj.tv"), _SLASH_NUMBER),  # same system
    **dict.fromkeys(("tribune.com.pk", "express.pk"), _SLASH_NUMBER),
    **dict.fromkeys(("thenews.com.pk", "geo.tv"), _NUMBER_DASH),
    # The American broadcasters' common system answers with the number alone as well.
    **dict.fromkeys(("voanews.com", "urduvoa.com", "darivoa.com", "voadeewanews.com"), _PANGEA),
    **dict.fromkeys(("rferl.org", "gandhara.rferl.org", "mashaalradio.com"), _PANGEA),
    **dict.fromkeys(("azadiradio.com", "da.azadiradio.com", "pa.azadiradio.com"), _PANGEA),
    "thehindu.com": re.compile(r"/(?:[^/]+/)*(article[0-9]{6,}\.ece)"),
    "timesofindia.indiatimes.com": re.compile(r"/(?:[^/]+/)*(articleshow/[0-9]{6,}\.cms)"),
    "economictimes.indiatimes.com": re.compile(r"/(?:[^/]+/)*(articleshow/[0-9]{6,}\.cms)"),
    "dw.com": re.compile(r"/(?:[^/]+/)*(a-[0-9]{6,})"),
}
"""Hosts that find an article by a number in its path, and where it stands; all else is words."""

_GOOGLE_NEWS = "news.google.com"
_WRAPPER = re.compile(r"/(?:__i/)?(?:rss/)?(?:rd/)?(?:articles|read)/([A-Za-z0-9_=-]{16,})/?")


class _Parts(NamedTuple):
    host: str  # without port
    port: int | None
    path: str
    query: str
    fragment: str


def canonical(url: str, *, base: str | None = None) -> CanonicalUrl | Dropped:
    """The identity of an address: absolute, ``https``, idempotent.

    ``base`` completes a relative address. Never raises; anything but http(s) with a proper host is
    ``Dropped(BAD_URL)`` with the reason in a sentence.
    """
    text = _joined(url, base)
    return _canonical(text) if len(text) <= _REMEMBERED else _identity(text)


def _identity(text: str) -> CanonicalUrl | Dropped:
    for _ in range(_ROUNDS):
        parts = _split(text)
        if isinstance(parts, str):
            return Dropped(reason=Reason.BAD_URL, detail=parts)
        folded = _unwrapped(parts) or _folded(parts)
        if folded == text:
            return CanonicalUrl(text)
        text = folded
    return Dropped(reason=Reason.BAD_URL, detail="The address wraps others too deeply.")


# A document names each address three times, and the next poll the same ones again: 2 of the 3.5 ms
# that a feed with one new entry takes to read.
_canonical = lru_cache(maxsize=8192)(_identity)


def host(url: str) -> str:
    """The host of an address, lower-case and in ASCII, without port; empty when there is none."""
    parts = _split(_joined(url, None))
    return "" if isinstance(parts, str) else parts.host


def place(url: str) -> str:
    """What is left of an address without scheme and host: "/news/1790001/border-reopens?page=2".

    Two addresses that share it may be one on a server that was renamed. Text that is no address
    comes back as it is.
    """
    identity = canonical(url)
    if isinstance(identity, Dropped):
        return url
    return identity.partition("://")[2].partition("/")[2].join(("/", ""))


def wrapped(url: str) -> bool:
    """True for a link that leads through Google News and does not say where to."""
    parts = _split(_joined(url, None))
    return not isinstance(parts, str) and _wrapper_of(parts) is not None and not _inside(parts)


def unwrapped(url: str) -> str:
    """The address a link of Google News carries in itself; any other link as it is."""
    parts = _split(_joined(url, None))
    return url if isinstance(parts, str) else _inside(parts) or url


def _joined(url: str, base: str | None) -> str:
    # Browsers drop line breaks and tabs inside an address; so do we, lest they hide a scheme.
    text = _BREAKS.sub("", url).strip(" \u00a0\u3000\ufeff\u200b")
    if base is None or len(text) > _LONGEST:
        return text
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def _split(text: str) -> _Parts | str:
    """The parts of an address, or the sentence that says why there are none."""
    if len(text) > _LONGEST:
        return f"The address is longer than {_LONGEST} characters."
    if _CONTROL.search(text):
        return "The address contains control characters."
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError as error:
        return f"The address cannot be read: {str(error)[:80]}."
    if split.scheme not in {"http", "https"}:
        return f"Only http and https are followed, not {(split.scheme or 'no scheme')[:20]}."
    name = _host(split.netloc)
    if not name:
        return "The address has no proper host."
    return _Parts(name, port, split.path, split.query, split.fragment)


@lru_cache(maxsize=256)  # most addresses of a document are of one host
def _host(netloc: str) -> str:
    authority = netloc.rpartition("@")[2]
    # A backslash ends the host for browsers but not for urlsplit; such an address is a trick.
    if "\\" in netloc:
        return ""
    hostname = SplitResult("", netloc, "", "", "").hostname or ""
    if authority.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(hostname.partition('%')[0])}]"
        except ValueError:
            return ""
    name = unquote(hostname.strip("."))
    if not name or len(name) > 1_000:
        return ""
    try:
        name = name.encode("idna").decode("ascii").lower().strip(".")
    except UnicodeError:
        return ""
    return name if len(name) <= 253 and _HOST.fullmatch(name) and ".." not in name else ""


def _folded(parts: _Parts) -> str:
    name = parts.host
    while (door := _DOOR.match(name)) is not None:
        name = name[door.end() :]
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    query = _query(parts.query)
    fragment = _respelled(parts.fragment, _QUERY_SAFE) if parts.fragment.startswith("!") else ""
    return (
        f"https://{name}{port}{_known_path(name, _path(parts.path))}"
        + (f"?{query}" if query else "")
        + (f"#{fragment}" if fragment else "")
    )


def _known_path(name: str, path: str) -> str:
    """The path without the headline, where the outlet is known to find articles by number."""
    numbered = _NUMBERED.get(name)
    found = numbered.fullmatch(path) if numbered else None
    return "/" + "".join(found.groups()) if found else path


def _path(raw: str) -> str:
    path = _respelled(_SESSION.sub("", raw), _PATH_SAFE)
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    path = _AMP_PATH.sub("", "/".join(kept))
    if path[-6:].lower() == "/print":  # the pattern takes as long to refuse as to match
        path = _PRINT_PATH.sub(r"\1", path)
    return "/" + path.rstrip("/")


def _query(raw: str) -> str:
    kept = [pair for pair in raw.split("&") if pair and not _is_tracking(pair)]
    return "&".join(_respelled(pair, _QUERY_SAFE) for pair in kept)


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name, value = unquote(name).lower().removeprefix("amp;"), unquote(value).lower()
    if name in _TRACKING or name.startswith(_TRACKING_STARTS):
        return True
    if name == "amp" or (name in {"outputtype", "output"} and value == "amp"):
        return value in {"", "1", "true", "amp"}
    if name in _PRINTED or (name in _LAID_OUT and value in {"print", "printable"}):
        return value in {"", "1", "true", "yes", "print", "printable"}
    return name in _MAYBE_TRACKING and value in _CHANNELS


def _respelled(text: str, safe: frozenset[str]) -> str:
    """One spelling of percent-encoding: unreserved decoded, all else encoded in capitals."""
    pieces: list[str] = []
    position = 0
    for escape in _ESCAPE.finditer(text):
        pieces.append(_encoded(text[position : escape.start()], safe))
        decoded = chr(int(escape.group()[1:], 16))
        pieces.append(decoded if decoded in _UNRESERVED else escape.group().upper())
        position = escape.end()
    pieces.append(_encoded(text[position:], safe))
    return "".join(pieces)


def _encoded(text: str, safe: frozenset[str]) -> str:
    if safe.issuperset(text):
        return text
    return "".join(
        sign
        if sign in safe
        else "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))
        for sign in text
    )


def _unwrapped(parts: _Parts) -> str | None:
    """The address inside a redirect that names it openly: AMP caches, links of news searches."""
    inner: str | None = None
    if parts.host == _GOOGLE_NEWS:
        number = _wrapper_of(parts)
        return _inside(parts) or (number and f"https://{_GOOGLE_NEWS}/rss/articles/{number}")
    if re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", parts.host):
        if (amp := re.match(r"/amp/(s/)?(.+)", parts.path)) is not None:
            inner = f"https://{amp[2]}" + (f"?{parts.query}" if parts.query else "")
        elif parts.path == "/url":
            inner = _given(parts, "url", "q")
    elif parts.host == "www.bing.com" and parts.path.lower() == "/news/apiclick.aspx":
        inner = _given(parts, "url")
    elif parts.host.endswith(".cdn.ampproject.org") and (
        cached := re.match(r"/[a-z]/(?:s/)?(.+)", parts.path)
    ):
        inner = f"https://{cached[1]}" + (f"?{parts.query}" if parts.query else "")
    if inner is None:
        return None
    inner = _joined(inner, None)
    return None if isinstance(_split(inner), str) else inner


def _given(parts: _Parts, *names: str) -> str | None:
    given = dict(reversed(parse_qsl(parts.query)))
    return next((given[name] for name in names if given.get(name)), None)


def _wrapper_of(parts: _Parts) -> str | None:
    """The number of a Google News link, which is all that tells one from another."""
    found = _WRAPPER.fullmatch(parts.path) if parts.host == _GOOGLE_NEWS else None
    return found[1].rstrip("=") if found else None


def _inside(parts: _Parts) -> str | None:
    """The address in the number of an older Google News link.

    It is a protocol buffer in base64: field 1 a small number, field 4 the address, perhaps one
    more for AMP. Newer ones hold a token in its place, which only Google can read.
    """
    number = _wrapper_of(parts)
    if number is None:
        return None
    try:
        held = base64.b64decode(number + "=" * (-len(number) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told = re.match(rb"\x08[\x00-\x7f]\x22([\x00-\x7f]|[\x80-\xff][\x01-\x7f])", held)
    if told is None:
        return None
    size = told[1][0] if len(told[1]) == 1 else (told[1][0] & 0x7F) | told[1][1] << 7
    inner = held[told.end() : told.end() + size]
    if len(inner) != size or not re.fullmatch(rb"https?://[\x21-\x7e]+", inner):
        return None
    address = inner.decode("ascii")
    return None if isinstance(_split(address), str) else address
