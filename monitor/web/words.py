"""Sentences and shapes for people: times, scores, reasons, links, the direction of a text.

Everything here is pure; what a source wrote is never trusted, and never shown with the
characters that reorder or hide a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Protocol
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from monitor.exports.cells import quoted
from monitor.stages import urls

# Controls, embeddings, overrides and isolates, line separators, annotation marks, tag characters
# and lone surrogates (which no page could be encoded with). ZWNJ, ZWJ, LRM and RLM stay: Persian
# and Urdu need them, and the page isolates every foreign name anyway.
_UNSHOWN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_RTL_LETTER: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LTR_LETTER: Final = re.compile("[A-Za-z\u00c0-\u02b8\u0370-\u052f]")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_RTL_LANGUAGES: Final = frozenset({"ur", "ps", "fa", "prs", "ar", "pbt", "pbu", "skr", "sd", "bal"})
_SIDE_ZONES: Final = {
    "pakistan": ("Asia/Karachi", "PKT"),
    "afghanistan": ("Asia/Kabul", "AFT"),
}
_DATE_SOURCES: Final = {
    "feed": "date from the feed",
    "page": "date from the page",
    "url": "date from its address",
    "text": "date from its opening line",
    "first_seen": "when we first saw it; the source gave no date",
}

ANSWERS: Final[Mapping[str, str]] = {
    "relevant": "relevant",
    "not_relevant": "not relevant",
    "unsure": "unsure",
    "skip": "skipped",
}

DISPOSITIONS: Final[Mapping[str, str]] = {
    "waiting": "waits for a verdict",
    "queued": "went to the queue",
    "rejected": "was judged unlikely to be ours",
    "duplicate": "is a copy of one we have",
    "dropped": "was refused",
    "failed": "could not be read",
}

_REASONS: Final[Mapping[str, str]] = {
    "same_url": "the same address came before",
    "same_headline": "the outlet's article of this headline came before",
    "same_text": "the same text came before",
    "near_text": "nearly the same text came before",
    "no_link": "the entry had no link",
    "bad_url": "the address cannot be used",
    "not_html": "the page was not HTML",
    "no_text": "the page held no text",
    "too_short": "the text was too short to judge",
    "not_article": "the page was no article",
    "not_feed": "the document was no feed",
    "parse_limit": "the document was too large to read safely",
    "deadline": "the server took too long",
    "connect": "no connection came about",
    "dns": "the name could not be found",
    "tls": "the certificate did not hold",
    "too_large": "the document was too large",
    "encoding": "the encoding could not be read",
    "truncated": "the answer broke off",
    "blocked_address": "the address leads into a private network",
    "scheme": "the address was neither http nor https",
    "too_many_redirects": "the server redirected too often",
    "robots": "the outlet asks robots to stay away",
    "challenge": "a bot wall answered instead of the outlet",
    "gone": "the page is gone (410)",
    "not_found": "the page was not found (404)",
    "refused": "the outlet refused us",
    "busy": "the outlet was too busy",
    "server": "the outlet's server had an error",
    "status": "the server answered without a document",
    "protocol": "the answer broke the protocol",
    "worker": "reading the document failed",
    "other": "an unforeseen failure",
}

GENRES: Final[Mapping[str, str]] = {
    "report": "news report",
    "op_ed": "op-ed",
    "analysis": "analysis",
    "statement": "official statement",
    "unknown": "not known",
}

REFUSED_AS: Final[Mapping[str, str]] = {
    "challenge": "bot checks",
    "consent": "consent walls",
    "paywall": "paywalls",
    "missing": "missing pages",
    "login": "logins",
    "maintenance": "maintenance",
    "legal": "closed by law or place",
    "list": "lists",
    "script": "empty without JavaScript",
    "short": "too short",
    "notice": "notices",
    "status": "error answers",
}

CONDITIONS: Final[Mapping[str, str]] = {
    "new": "not yet asked",
    "ok": "well",
    "failing": "failing",
    "silent": "silent",
    "stale": "stale",
    "thin": "far less than usual",
    "gone": "gone",
    "paused": "paused",
    "disabled": "not in feeds.yaml",
}
UNWELL: Final = frozenset({"failing", "silent", "stale", "thin", "gone"})


# --- text -----------------------------------------------------------------------------------


def shown(text: str) -> str:
    """Return ``text`` without the characters that reorder, hide or break a line."""
    return _UNSHOWN.sub("", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How a piece of foreign text stands on the page: ``lang`` may be empty."""

    lang: str
    dir: str
    tall: bool


def tongue(language: str | None, text: str) -> Tongue:
    """Return the language and direction of ``text``; the text's letters outvote a wrong label."""
    lang = language if language and _LANGUAGE.fullmatch(language) else ""
    letters = text[:200]
    rtl = len(_RTL_LETTER.findall(letters))
    ltr = len(_LTR_LETTER.findall(letters))
    known = lang.split("-")[0].lower() in _RTL_LANGUAGES
    right = rtl > ltr or (known and rtl == ltr)
    if right != known:
        lang = ""
    return Tongue(lang=lang, dir="rtl" if right else "ltr" if ltr else "auto", tall=right)


_LANGUAGE_NAMES: Final = {
    "ar": "Arabic", "az": "Azerbaijani", "bn": "Bengali", "ckb": "Kurdish (Sorani)",
    "de": "German", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "kk": "Kazakh", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz", "nl": "Dutch",
    "pa": "Punjabi", "pl": "Polish", "prs": "Dari", "ps": "Pashto", "pt": "Portuguese",
    "ru": "Russian", "sd": "Sindhi", "sv": "Swedish", "tg": "Tajik", "tk": "Turkmen",
    "tr": "Turkish", "ug": "Uyghur", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "zh": "Chinese",
}  # fmt: skip


def language_name(code: str | None) -> str:
    """Return a language's English name; a code without one as it is, where it is a code at all."""
    if not code or not _LANGUAGE.fullmatch(code):
        return ""
    return _LANGUAGE_NAMES.get(code.split("-")[0].lower(), code)


def reason(code: str | None) -> str:
    """Return the words of the ledger in a colleague's words; an unknown code is shown as it is."""
    return "" if code is None else _REASONS.get(code, code.replace("_", " "))


_RAN: Final[Mapping[str, tuple[str, str]]] = {
    "asked": ("feed asked", "feeds asked"),
    "ok": ("answered with something", "answered with something"),
    "not_modified": ("unchanged", "unchanged"),
    "same_body": ("unchanged", "unchanged"),
    "new": ("new item", "new items"),
    "edited": ("headline or text changed", "headlines or texts changed"),
    "gaps": ("possible gap", "possible gaps"),
    "gaps_asked": ("gap asked about", "gaps asked about"),
    "gaps_filled": ("gap filled", "gaps filled"),
    "gap_items": ("item found in gaps", "items found in gaps"),
    "moved": ("feed moved", "feeds moved"),
    "not_feed": ("answered without a feed", "answered without a feed"),
    "pending": ("page to read", "pages to read"),
    "read": ("read", "read"),
    "copy": ("copy", "copies"),
    "not_article": ("no article", "no articles"),
    "not_found": ("page not found", "pages not found"),
    "failed": ("failed", "failed"),
    "judged": ("judged", "judged"),
    "queued": ("to the queue", "to the queue"),
    "rejected": ("judged unlikely", "judged unlikely"),
    "duplicate": ("copy set aside", "copies set aside"),
    "alerts": ("alert", "alerts"),
    "claims_read": ("article looked through for claims", "articles looked through for claims"),
    "claims": ("claim", "claims"),
    "quotes": ("quote", "quotes"),
    "sent": ("message sent", "messages sent"),
    "editions": ("digest made", "digests made"),
}


def ran(counts: Mapping[str, int]) -> str:
    """Return what a job did: "10 feeds asked, 27 new items"; an unknown count keeps its name."""
    told = [counted(n, *_RAN.get(key, (key.replace("_", " "),) * 2)) for key, n in counts.items()]
    return ", ".join(told)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 feed", "2 feeds", "1,204 feeds"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# --- links ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An outlet's address, safe to press: absolute http(s), rebuilt from its parts."""

    href: str
    host: str


def through_google(url: str | None) -> bool:
    """True for a link whose outlet only Google News knows: opening it tells Google who reads."""
    return bool(url) and urls.wrapped(url or "")


def link(url: str | None) -> Link | None:
    """Return ``url`` rebuilt from its parts, or None unless it is absolute http or https.

    User names and passwords are left out; a host outside ASCII is shown in its IDNA form, so
    that a look-alike name shows itself.
    """
    if not url or len(url) > 4096 or re.search(r"[\x00-\x20\x7f-\x9f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return None
    name = f"[{host}]" if ":" in host else host
    path = quote(parts.path.encode("utf-8", "replace"), safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query.encode("utf-8", "replace"), safe="/%:@!$&'()*+,;=~-._?")
    tail = f"?{query}" if query else ""
    return Link(href=f"{parts.scheme}://{name}{port}{path or '/'}{tail}", host=host)


# --- numbers --------------------------------------------------------------------------------


def score(value: float | None) -> str:
    """Return ".97" for 0.97; a score never reads as certainty."""
    return "–" if value is None else f"{min(0.99, max(0.0, value)):.2f}"[1:]


def chance(value: float | None) -> str:
    """Return what a score means in words."""
    if value is None:
        return "not judged yet"
    steps = ((0.9, "very likely ours"), (0.65, "likely ours"), (0.35, "could go either way"))
    for floor, words in steps:
        if value >= floor:
            return words
    return "probably not ours" if value >= 0.1 else "very probably not ours"


class Shown(Protocol):
    """What ``withheld`` needs to know of an article."""

    @property
    def score(self) -> float | None:
        """Its verdict, in 0..1."""

    @property
    def route(self) -> str | None:
        """Where the verdict sent it."""

    @property
    def decision(self) -> str | None:
        """What people decided."""


def withheld(row: Shown, *, threshold: float) -> bool:
    """Say whether an article's score is kept back until somebody has decided on it.

    A low score in the queue would give away what was drawn from the rejected. So those shown for
    being nearest to even keep theirs back too: up to .65, or half the way from the threshold to
    certainty. Of ten stories about four then show none, one of them from the audit.
    """
    doubtful = max(0.65, threshold + (1 - threshold) / 2)
    waits = row.decision is None and row.route in {"queue", "sample"}
    return waits and row.score is not None and row.score < doubtful


def weight(value: float, digits: int = 1) -> str:
    """Return "+2.6" or "−0.4" with a true minus sign."""
    return f"{'+' if value >= 0 else chr(0x2212)}{abs(value):.{digits}f}"


# --- times ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time as shown: for machines, for the eye, and for the hover and the screen reader."""

    iso: str
    shown: str
    hover: str


def _named_zone(side: str, reader: ZoneInfo) -> tuple[tzinfo, str | None]:
    name, label = _SIDE_ZONES.get(side.strip().lower(), ("", None))
    return (ZoneInfo(name), label) if name else (reader, None)


def day_words(at: datetime, now: datetime) -> str:
    """Return "", "yesterday ", "3 Nov " or "3 Nov 2024 "; both instants in the same zone."""
    if at.date() == now.date():
        return ""
    if at.date() == (now - timedelta(days=1)).date():
        return "yesterday "
    return f"{at.day} {at:%b} {at:%Y} " if at.year != now.year else f"{at.day} {at:%b} "


def stamp(
    at: datetime, *, now: datetime, reader: ZoneInfo, side: str = "", source: str | None = None
) -> Stamp:
    """Return ``at`` in the outlet's local time, the reader's and UTC on hover, with its source."""
    zone, label = _named_zone(side, reader)
    local, theirs, utc = at.astimezone(zone), at.astimezone(reader), at.astimezone(UTC)
    hover = [f"{theirs:%A} {theirs.day} {theirs:%B %Y, %H:%M} {reader.key}", f"{utc:%H:%M} UTC"]
    if source:
        hover.append(_DATE_SOURCES.get(source, source))
    return Stamp(
        iso=utc.isoformat(timespec="seconds"),
        shown=f"{day_words(local, now.astimezone(zone))}{local:%H:%M} {label or local.tzname()}",
        hover=" · ".join(hover),
    )


def span(length: timedelta) -> str:
    """Return "5 minutes", "3 hours", "2 days"; the sign is dropped."""
    seconds = abs(length.total_seconds())
    steps = ((172_800, 86_400, "day"), (5_400, 3_600, "hour"), (90, 60, "minute"))
    for floor, unit, name in steps:
        if seconds >= floor:
            # Rounded down, as people count and as the sentences of the feeds do.
            return counted(int(seconds // unit), name)
    return "a minute" if seconds >= 45 else "a moment"


def later(by: timedelta) -> str:
    """Return how much later something came: "+2 h", "+3 days", "−40 min", "at once"."""
    minutes = round(by.total_seconds() / 60)
    sign, size = ("+", minutes) if minutes >= 0 else ("−", -minutes)
    if size < 2:
        return "at once"
    if size < 90:
        return f"{sign}{size} min"
    if size < 48 * 60:
        return f"{sign}{round(size / 60)} h"
    return f"{sign}{round(size / 1440)} days"


_NUMBER: Final = re.compile(r"[+-]?[\d.,]+(?: to [+-]?[\d.,]+)?")


def inert(text: str) -> str:
    """Return a cell of a table so that no spreadsheet runs it; numbers stay numbers."""
    return text if _NUMBER.fullmatch(text) else quoted(text)


def day_of(text: str) -> date | None:
    """Return the day in ``text`` (2026-11-21), or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
