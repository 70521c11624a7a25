"""The small kinds of value in feeds.yaml, each checked in one place and refused in plain words.

A kind is a type for the models of ``shape``. No message repeats the value: it may be a secret that
was put in the wrong place.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time
from email.utils import parseaddr
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from monitor.config.problems import suggestion
from monitor.stages import match
from monitor.stages.genre import Kind

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Torkham/0.1"
"""What ``user_agent: browser`` means: shaped as a browser's, and still saying who asks."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EVERY = re.compile(r"([0-9]{1,4}) ?([mhd])")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]")
_SIZE = re.compile(r"([0-9]{1,9}) ?(kB|MB|GB)")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+")
_MINUTES = {"m": 1, "h": 60, "d": 1440}
_BYTES = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a rule looks for: words as they stand in a text, or a concept of the lexicon by name."""

    text: str
    concept: bool = False


def host_of(url: str) -> str:
    """Return the host of an address, small letters, without ``www.``; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def slug_of(url: str) -> str:
    """Return a feed's name made from its address; at most 60 characters. Never raises."""
    rest = url.partition("://")[2].partition("/")[2]
    words = re.findall(r"[a-z0-9]+", f"{host_of(url)} {rest}".lower())
    if not words:  # a host in another script has a name in Latin letters for machines
        words = re.findall(r"[a-z0-9]+", _in_latin(host_of(url)))
    return "-".join(words)[:60].strip("-")


def _in_latin(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def is_local(host: str) -> bool:
    """Return whether ``host`` is this machine and nothing else."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _line(text: str, limit: int = 200) -> str:
    text = text.strip()
    if len(text) > limit:
        raise ValueError(f"is longer than {limit} characters")
    # Cf stays, or Persian and Urdu words would lose their joiners; marks that turn a line do not.
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in _TURNING for c in text):
        raise ValueError("holds a line break or control character; write it on one line")
    return text


def _named(text: str) -> str:
    text = _line(text)
    if not text:
        raise ValueError("is empty")
    return text


def _reason(text: str) -> str:
    text = _named(text)
    if len(text) > 60:
        raise ValueError("is longer than 60 characters; a reason is read in a glance")
    return text


def _slug(text: str) -> str:
    if len(text) > 60 or not _SLUG.fullmatch(text):
        raise ValueError(
            "is made of small letters, digits and single hyphens, as in `dawn-home`; at most 60"
        )
    return text


def _topic(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", text):
        raise ValueError("is a name of small letters, digits and underscores")
    return text


def _rule_name(text: str) -> str:
    text = _named(text)
    if "." in text or len(text) > 80:
        raise ValueError("has no full stop (the desk finds rules by it) and at most 80 characters")
    return text


def _url(text: str) -> str:
    text = _named(text) if len(text) <= 200 else _line(text, 2000)
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in text):
        raise ValueError("is no web address; it starts with https:// and holds no space")
    if "@" in parts.netloc:
        raise ValueError("carries a user name or password; Torkham reads public feeds only")
    return text


def _every(value: object) -> int:
    found = _EVERY.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("is written as 15m, 6h or 1d")
    minutes = int(found[1]) * _MINUTES[found[2]]
    if not 5 <= minutes <= 7 * 1440:
        raise ValueError("lies between 5m and 7d")
    return minutes


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('is a time of day with two digits each, as in "07:00"')
    return time(int(found[1]), int(found[2]))


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)  # by somebody's clock: whose, the reader says
    except ValueError:
        pass  # 31 February is written right and is no day
    raise ValueError('is a day and a time, as in "2026-12-01 07:00"')


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("is a number of bytes, or written as 500 kB, 10 MB or 1 GB")
    return int(found[1]) * _BYTES[found[2]]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        hint = suggestion(name, available_timezones())
        raise ValueError(f"is no time zone; they are named as in Asia/Karachi.{hint}") from None
    return name


def _agent(text: str) -> str:
    if text == "browser":
        return BROWSER
    if not text or len(text) > 300 or not (text.isascii() and text.isprintable()):
        raise ValueError("is `browser`, or one line of plain ASCII")
    return text


def _address(text: str) -> str:
    text = _named(text)
    if not _ADDRESS.fullmatch(parseaddr(text)[1]):
        raise ValueError("is no e-mail address")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]{1,255}", text):
        raise ValueError("is a host name or address alone, without https:// or a path")
    return text


def _site(text: str) -> str:
    text = _url(text).rstrip("/")
    parts = urlsplit(text.lower())
    if parts.path or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("is https:// and a host name alone; the desk has no path of its own")
    return f"{parts.scheme}://{parts.netloc}"


def _network(text: str) -> str:
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError("is an address (127.0.0.1) or a network (10.0.0.0/8)") from None
    if found.prefixlen == 0:
        raise ValueError("is everybody; name the proxy's own address or network")
    return str(found) if found.num_addresses > 1 else str(found.network_address)


def _folder(text: str) -> str:
    text = _named(text)
    if ".." in text.split("/"):
        raise ValueError("climbs out with `..`; write the whole path from / instead")
    return text


def _term(value: object) -> Term:
    # Unquoted, `concept: ttp` is a map to YAML; both spellings mean the same.
    if isinstance(value, dict) and list(value) == ["concept"]:
        value = f"concept:{value['concept']}"
    if not isinstance(value, str):
        raise ValueError("is a word or phrase; put numbers in quotes")  # noqa: TRY004 -- pydantic's way
    text = _named(value)
    if text.startswith("concept:"):
        name = text.removeprefix("concept:").strip()
        if not name:
            raise ValueError("names no concept; write concept:ttp")
        return Term(text=name, concept=True)
    if not any(char.isalnum() for char in text):
        raise ValueError("holds no letter or digit")
    return Term(text=text)


def concept_of(value: object) -> str | None:
    """Return the concept a rule's word names, or None when it is a plain word or no word."""
    try:
        term = _term(value)
    except ValueError:
        return None
    return term.text if term.concept else None


def _pattern(text: str) -> str:
    text = _line(text, match.LONGEST_PATTERN)
    why = match.check_pattern(text)
    if why:
        raise ValueError(f"cannot be used: {why}")
    if not match.matches_nothing(text):
        raise ValueError("matches even an empty text, so every article would raise the alert")
    return text


def _when(text: str) -> str:
    text = text.strip()
    try:
        tree = match.read(text)
    except match.UnreadableRuleError as error:
        raise ValueError(f"cannot be read: {error}") from None
    for leaf in match.leaves(tree):
        if isinstance(leaf, match.Is) and leaf.fact in ("kind", "language"):
            why = _unfit(leaf)
            if why:
                raise ValueError(f"cannot be used: column {leaf.at}: {leaf.value!r} {why}")
    return text


def _unfit(leaf: match.Is) -> str:
    """Why a kind or language is none, or an empty text."""
    if leaf.fact == "kind" and leaf.value not in get_args(Kind):
        return f"is no kind of text; there are {', '.join(get_args(Kind))}"
    coded = re.fullmatch(r"[a-z]{2,3}", leaf.value)
    return "" if leaf.fact == "kind" or coded else "is no language code: en, ur, ps, fa"


def _code(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", text):
        raise ValueError("is a language code of two or three letters: en, ur, ps, fa")
    return text


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            raise ValueError("holds the same entry twice")
        seen.add(value)
    return values


def _text_schema(pattern: str | None = None, **more: object) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", **more}
    if pattern is not None:
        schema["pattern"] = f"^{pattern}$"
    return WithJsonSchema(schema)


def _any_of(*schemas: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": list(schemas)})


Line = Annotated[str, AfterValidator(_line), _text_schema(maxLength=200)]
Named = Annotated[str, AfterValidator(_named), _text_schema(minLength=1, maxLength=200)]
Reason = Annotated[str, AfterValidator(_reason), _text_schema(minLength=1, maxLength=60)]
Slug = Annotated[str, AfterValidator(_slug), _text_schema(_SLUG.pattern, maxLength=60)]
Topic = Annotated[str, AfterValidator(_topic), _text_schema("[a-z][a-z0-9_]{0,59}")]
RuleName = Annotated[str, AfterValidator(_rule_name), _text_schema("[^.]+", maxLength=80)]
Url = Annotated[str, AfterValidator(_url), _text_schema("https?://\\S+", maxLength=2000)]
Minutes = Annotated[int, BeforeValidator(_every), _text_schema(_EVERY.pattern)]
Clock = Annotated[time, BeforeValidator(_clock), _text_schema(_CLOCK.pattern)]
Moment = Annotated[datetime, BeforeValidator(_moment), _text_schema(_MOMENT.pattern)]
Size = Annotated[
    int,
    BeforeValidator(_size),
    _any_of({"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^{_SIZE.pattern}$"}),
]
TimeZone = Annotated[str, AfterValidator(_time_zone), _text_schema()]
Agent = Annotated[str, AfterValidator(_agent), _text_schema(minLength=1, maxLength=300)]
Address = Annotated[str, AfterValidator(_address), _text_schema()]
Host = Annotated[str, AfterValidator(_host), _text_schema()]
Site = Annotated[str, AfterValidator(_site), _text_schema("https?://[^/?#\\s]+/?")]
Network = Annotated[str, AfterValidator(_network), _text_schema()]
Folder = Annotated[str, AfterValidator(_folder), _text_schema(minLength=1)]
Pattern = Annotated[str, AfterValidator(_pattern), _text_schema(maxLength=match.LONGEST_PATTERN)]
When = Annotated[str, AfterValidator(_when), _text_schema(minLength=1, maxLength=match.LONGEST)]
Language = Annotated[str, AfterValidator(_code), _text_schema("[a-z]{2,3}")]
WordTerm = Annotated[
    Term,
    BeforeValidator(_term),
    _any_of(
        {"type": "string", "minLength": 1, "maxLength": 200},
        {
            "type": "object",
            "properties": {"concept": {"type": "string"}},
            "required": ["concept"],
            "additionalProperties": False,
        },
    ),
]
Distinct = AfterValidator(_distinct)
"""Added to a tuple: no entry stands in it twice."""
