"""What feedparser found in one item becomes an entry of plain text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from monitor.model import Entry, When
from monitor.stages.parse.headline import without_outlet
from monitor.stages.parse.identity import Standing, named
from monitor.stages.parse.text import plain
from monitor.stages.urls import host, unwrapped

TITLE_CHARS = 500
SUMMARY_CHARS = 2_000
AUTHOR_CHARS = 200
CONTENT_CHARS = 400_000
URL_CHARS = 8_192
LINK_SHOWN = 200

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the first feed; a zero date, not a date
# Zone names feedparser takes for UTC. Hours east; IST is India's here, as the outlets use it.
_ZONES = {
    "PKT": 5.0, "PKST": 6.0, "AFT": 4.5, "IST": 5.5, "IRST": 3.5, "IRDT": 4.5, "NPT": 5.75,
    "GST": 4.0, "MSK": 3.0, "TRT": 3.0, "BST": 1.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0,
    "EET": 2.0, "EEST": 3.0, "UZT": 5.0, "TJT": 5.0, "TMT": 5.0, "HKT": 8.0, "SGT": 8.0,
    "JST": 9.0, "KST": 9.0, "AEST": 10.0, "AEDT": 11.0,
}  # fmt: skip
_ZONE_AT_END = re.compile(r"\d\s*\(?([A-Z]{3,4})\)?\s*$")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=$|[-_])")
_FIGURES, _FIRST_YEAR = 12, 1900
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_LONGEST_TTL = 10_080  # minutes; a publisher who asks for more than a week is mistaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the document besides its bytes."""

    base_url: str
    fetched_at: datetime


def to_entry(raw: Any, channel: Any, facts: Facts, *, item_hash: str, standing: Standing) -> Entry:
    """The entry feedparser found in an item, with the key it would have if no other bore it."""
    title = _plain_of(raw, "title", TITLE_CHARS)
    summary = _plain_of(raw, "summary", SUMMARY_CHARS)
    guid = plain(str(raw.get("id") or ""), is_html=False, most=URL_CHARS) or None
    link = _link(raw)
    url = web_address(link, facts.base_url)
    source_name, source_url = _source(raw)
    published = _published(raw, facts.fetched_at)
    entry = Entry(
        key="",
        item_hash=item_hash,
        guid=guid,
        url=unwrapped(url) if url else None,
        title=without_outlet(title, source_name) if source_name else title,
        summary=summary,
        content_html=_content(raw, summary),
        author=plain(str(raw.get("author") or ""), is_html=True, most=AUTHOR_CHARS) or None,
        published=published,
        language=_language(raw, channel),
        published_original=None if published else _date_as_written(raw),
        unusable_link=None if url else _unusable(link, raw),
        source_name=source_name,
        source_url=source_url,
    )
    return named(entry, standing)


def feed_title(channel: Any) -> str:
    """The name a feed gives itself, as plain text; empty when it gives none."""
    return _plain_of(channel, "title", TITLE_CHARS)


def ttl_minutes(channel: Any) -> int | None:
    """How long the publisher asks to wait between polls, in minutes within a week."""
    asked = _number(channel.get("ttl"))
    if asked is None or asked <= 0:
        period = _PERIODS.get(str(channel.get("sy_updateperiod") or "").strip().lower())
        often = _number(channel.get("sy_updatefrequency") or "1")
        asked = period / often if period and often and often > 0 else None
    return None if asked is None else max(1, min(_LONGEST_TTL, int(asked)))


def web_address(link: str, base_url: str) -> str | None:
    """``link`` made absolute, without control characters, when it is http(s); else None."""
    link = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "", link).strip()
    if not link or len(link) > URL_CHARS:
        return None
    try:
        link = link if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", link) else urljoin(base_url, link)
    except ValueError:
        return None
    return link if host(link) else None


def bounded(at: datetime, original: str, fetched_at: datetime) -> When | None:
    """A feed's date, unless it lies before the first feed or more than a day ahead."""
    if not _EARLIEST <= at <= fetched_at + timedelta(days=1):
        return None
    return When(at=at, original=plain(original, is_html=False, most=100), source="feed")


def language_of(text: str) -> str | None:
    """The primary subtag of a language code ("ur-PK" gives "ur"); None for anything else."""
    found = _LANGUAGE.match(text.strip().lower())
    return found[0] if found else None


def content_or_none(markup: str) -> str | None:
    """Markup to keep, cut at a length no article reaches; None when there is none.

    It is markup still, but its lines end in newlines alone and no control character is in it.
    """
    kept = _CONTROL.sub("", markup[:CONTENT_CHARS].replace("\r\n", "\n").replace("\r", "\n"))
    return kept.replace("\t", " ") if kept.strip() else None


def _plain_of(raw: Any, name: str, most: int) -> str:
    detail = raw.get(f"{name}_detail") or {}
    is_html = detail.get("type", "text/html") != "text/plain"
    return plain(str(raw.get(name) or ""), is_html=is_html, most=most)


def _source(raw: Any) -> tuple[str, str]:
    """Whom the item was taken over from, by name and address; searches say so of every item."""
    source = raw.get("source")
    if not isinstance(source, dict):
        return "", ""
    address = web_address(str(dict.get(source, "href") or ""), "") or ""
    return plain(str(dict.get(source, "title") or ""), is_html=True, most=AUTHOR_CHARS), address


def _link(raw: Any) -> str:
    link = str(raw.get("link") or "")
    if link:
        return link
    for other in raw.get("links") or ():
        if other.get("rel") in {"alternate", None} and other.get("href"):
            return str(other["href"])
    return ""


def _content(raw: Any, summary: str) -> str | None:
    """The longest body the item carries as HTML, when it says more than the summary."""
    described = str(raw.get("summary") or "")
    longest = max(raw.get("content") or (), key=lambda one: len(one.get("value", "")), default=None)
    if longest is not None:
        value = str(longest.get("value") or "")
        # feedparser copies the content into the summary where the item has none.
        if value == described or len(value) > len(described):
            text = longest.get("type") == "text/plain"
            return content_or_none(f"<p>{html.escape(value)}</p>" if text and value else value)
    return content_or_none(described) if len(described) > len(summary) > SUMMARY_CHARS / 2 else None


def _published(raw: Any, fetched_at: datetime) -> When | None:
    # dict.get: feedparser's own would answer "updated" with "published", under a warning.
    for name in ("published", "updated", "created"):
        parsed, original = dict.get(raw, f"{name}_parsed"), str(dict.get(raw, name) or "")
        at = _instant(parsed, original) if _is_so(parsed, original) else _plainer(original)
        when = bounded(at, original, fetched_at) if at else None
        if when is not None:
            return when
    return None


def _unusable(link: str, raw: Any) -> str | None:
    """The link to tell people of; None where feedparser took the guid for want of one."""
    if link == str(raw.get("id") or ""):
        return None
    return plain(link, is_html=False, most=LINK_SHOWN) or None


def _date_as_written(raw: Any) -> str | None:
    """What the feed says of the date, for people to judge where we do not believe it."""
    written = (str(dict.get(raw, name) or "") for name in ("published", "updated", "created"))
    return next((said for one in written if (said := plain(one, is_html=False, most=100))), None)


_OTHERWISE = re.compile(
    r"\d ?[ap]\.?m\b|\d-?W\d|:\d\d [A-Z]{3,4} \d{4}$|\b(?:UTC|GMT) ?[+-]\d{1,2}$|^\d{8}T",
    re.IGNORECASE,
)
"""Halves of a day, weeks, a zone before the year: feedparser passes them over without a word."""


def _is_so(parsed: Any, original: str) -> bool:
    """Whether feedparser's reading of a date is what was written.

    It takes "23-11-2026" for a day of 2023, and "2026/11/23" for the first of the month. What is
    left unread here is read by `dating`, which knows more ways to write a day.
    """
    if not parsed or _OTHERWISE.search(original.strip()):
        return False
    if re.match(r"\s*\d{8}(?!\d)", original):
        return True
    figures = {int(one) for one in re.findall(r"\d{1,4}", original)[:_FIGURES]}
    year, month, day = parsed[:3]
    written = {one for one in figures if one >= _FIRST_YEAR} or {2000 + one for one in figures}
    # A zone moves it by a day at most: to another month or year too.
    beside = {day - 1, day, day + 1} | ({28, 29, 30, 31} if day == 1 else {1})
    turned = {year - 1, year, year + 1} if (month, day) in {(1, 1), (12, 31)} else {year}
    return not written.isdisjoint(turned) and not beside.isdisjoint(figures)


def _instant(parsed: Any, original: str) -> datetime | None:
    zone = _ZONE_AT_END.search(original.strip())
    offset = _ZONES.get(zone[1], 0.0) if zone and not re.search(r"[+-]\d\d:?\d\d", original) else 0
    try:
        year, month, day, hour, minute, second = parsed[:6]
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return at - timedelta(hours=offset)
    except (ValueError, TypeError, OverflowError):
        return None


_HALVED = re.compile(r"(\d{1,2})(:\d\d(?::\d\d)?) ?([ap])\.?m\b\.?", re.IGNORECASE)


def _whole(halved: re.Match[str]) -> str:
    return f"{int(halved[1]) % 12 + 12 * (halved[3] in 'pP'):02}{halved[2]}"


def _plainer(original: str) -> datetime | None:
    """Dates feedparser does not know ("2026-11-20 14:05:00", "2:05 PM"); without a zone, UTC."""
    said = original.strip()
    halved = _HALVED.search(said) is not None
    said = _HALVED.sub(_whole, said)
    try:
        worded = halved and not said[:4].isdigit()
        at = _worded(said) if worded else datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _worded(said: str) -> datetime:
    at, zone = parsedate_to_datetime(said), _ZONE_AT_END.search(said)
    if at.tzinfo is None and zone and zone[1] in _ZONES:
        return at.replace(tzinfo=timezone(timedelta(hours=_ZONES[zone[1]])))
    return at


def _language(raw: Any, channel: Any) -> str | None:
    detail = raw.get("title_detail") or {}
    given = (raw.get("language"), detail.get("language"), channel.get("language"))
    return next((found for one in given if one and (found := language_of(str(one)))), None)


def _number(text: Any) -> float | None:
    digits = str(text or "").strip()
    return float(digits) if re.fullmatch(r"-?\d{1,9}(?:\.\d{1,9})?", digits) else None
