"""Times, hosts, books and scores in words, the same in mail, text, Markdown and PDF."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.model import When
from monitor.told import DayTold, Digest, DigestEntry, DigestTable, Ledger

_ZONE_NAMES = {"Asia/Kabul": "AFT"}  # the zone database has only "+0430"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_FROM = {
    "feed": "date from the feed",
    "page": "date from the page",
    "url": "date from its address",
    "text": "date from its opening line",
    "first_seen": "first seen",
}
DECISIONS = {"relevant": "accepted", "unsure": "unsure", "skip": "put off"}

_REASONS: Mapping[str, str] = {
    "no_link": "without a link",
    "bad_url": "with an unusable link",
    "not_html": "no web page",
    "no_text": "without text",
    "too_short": "too short",
    "not_article": "no article",
    "not_feed": "no feed",
    "parse_limit": "beyond a limit",
    "deadline": "took too long",
    "connect": "no connection",
    "dns": "name not found",
    "tls": "no safe connection",
    "too_large": "too large",
    "truncated": "cut off",
    "challenge": "stopped by a bot wall",
    "robots": "not allowed by robots.txt",
    "gone": "withdrawn",
    "not_found": "not found",
    "refused": "refused",
    "busy": "server busy",
    "server": "server broken",
    "worker": "reader stopped",
}

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%~-._"


def clock_words(at: datetime, zone: str) -> str:
    """Return an instant in words, local first: ``14:20 PKT (09:20 UTC)``.

    A day is named where the two do not share one. An unknown zone is shown as UTC.
    """
    utc = at.astimezone(UTC)
    local, name = _local(at, zone)
    if name == "UTC":
        return f"{utc:%H:%M} UTC"
    other_day = f", {_day(utc)}" if utc.date() != local.date() else ""
    return f"{local:%H:%M} {name} ({utc:%H:%M} UTC{other_day})"


def day_and_clock(at: datetime, zone: str) -> str:
    """Return an instant with its local day: ``12 Mar, 14:20 PKT (09:20 UTC)``."""
    local, _ = _local(at, zone)
    return f"{_day(local)}, {clock_words(at, zone)}"


def safe_link(url: str) -> str | None:
    r"""Return ``url`` built anew when it is an absolute http(s) address, else None.

    Refused: other schemes, user names, white space and control characters, and hosts that
    browsers read otherwise than they look (``http://a.example\.b.example`` leads to the first).
    """
    if any(char.isspace() or unicodedata.category(char) == "Cc" for char in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = host_of(url)
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    rest += f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}://{netloc}{quote(rest, safe=_IN_ADDRESSES, errors='replace')}"


def host_of(url: str) -> str:
    """Return the host of ``url`` as it is dialled, in ASCII: no letter passes for another."""
    try:
        host = urlsplit(url).hostname or ""
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return "unreadable host"


def leads_to(url: str) -> str:
    """Say where a link leads: the host, or that a search stands between it and the outlet."""
    host = host_of(url)
    return "the link goes through Google News" if host == "news.google.com" else host or "no link"


def direction(text: str) -> str:
    """Return ``rtl`` when most letters of ``text`` run from right to left, else ``ltr``."""
    kinds = [unicodedata.bidirectional(char) for char in text[:2_000] if char.isalpha()]
    return "rtl" if sum(kind in {"R", "AL"} for kind in kinds) * 2 > len(kinds) else "ltr"


def ledger_words(ledger: Ledger) -> str:
    """Return the books as a sentence, and whether they balance."""
    if not ledger.found:
        return "No new items were found."
    parts = [
        f"{ledger.queued:,} queued for review",
        f"{ledger.rejected:,} judged not ours",
        f"{ledger.duplicate:,} told before",
        f"{sum(ledger.dropped.values()):,} dropped{_reasons(ledger.dropped)}",
        f"{sum(ledger.failed.values()):,} failed{_reasons(ledger.failed)}",
        f"{ledger.waiting:,} waiting",
    ]
    items = "1 item was" if ledger.found == 1 else f"{ledger.found:,} items were"
    balance = (
        "" if ledger.balanced else " The books do not balance: some items are unaccounted for."
    )
    return f"{items} found: {', '.join(parts)}.{_listed(ledger)}{balance}"


def _listed(ledger: Ledger) -> str:
    """What a backfill brought, which stands in no digest."""
    if not ledger.listed:
        return ""
    came = "1 of them comes" if ledger.listed == 1 else f"{ledger.listed:,} of them come"
    return f" {came} from a backfill: no news, and told in no digest."


def score_words(score: float) -> str:
    """Return a score to two places; it never reads as certainty, here as on the desk."""
    return f"{min(0.99, max(0.0, score)):.2f}"


def feeds_words(digest: Digest) -> str:
    """Return what was asked and what answered; a silent feed is a name, or its own sentence."""
    if not digest.feeds_asked:
        return "No feed was asked."
    answered = f"{digest.feeds_answered} of {digest.feeds_asked} feeds answered."
    reasons = [said for said in digest.feeds_silent if said.endswith(".")]
    names = [name for name in digest.feeds_silent if not name.endswith(".")]
    silent = [f"Silent: {', '.join(names)}."] if names else []
    return " ".join([answered, *silent, *reasons])


def missed_words(runs: int) -> str:
    """Return how many runs of jobs were missed, as a sentence."""
    if not runs:
        return "No run was missed."
    return "1 run was missed." if runs == 1 else f"{runs} runs were missed."


def _reasons(counts: Mapping[str, int]) -> str:
    told = [
        f"{number:,} {_REASONS.get(reason, reason.replace('_', ' '))}"
        for reason, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if number
    ]
    return f" ({', '.join(told)})" if told else ""


def _local(at: datetime, zone: str) -> tuple[datetime, str]:
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = at.astimezone(UTC)
    name = local.tzname() or "UTC"
    if name[:1] in "+-":
        name = _ZONE_NAMES.get(zone, f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:5])
    return local, name


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]}"


def when_words(when: When, zone: str) -> str:
    """Return when an article was published, local first, and where the date is from."""
    return f"{day_and_clock(when.at, zone)}, {_DATE_FROM[when.source]}"


def when_seen(when: When, zone: str) -> str:
    """The same without a source but the one that matters: that it is no date of the outlet's."""
    said = day_and_clock(when.at, zone)
    return f"{said}, first seen" if when.source == "first_seen" else said


def decided_words(entry: DigestEntry) -> str:
    """Return the score with what people said of it: ``score 0.97, accepted``."""
    said = DECISIONS.get(entry.decision or "")
    return f"score {score_words(entry.score)}" + (f", {said}" if said else "")


def date_words(day: date) -> str:
    """Return a day of the calendar: ``12 Mar 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def more_words(more: int) -> str:
    """Return how many stories are not told, as a sentence; empty where all are."""
    if not more:
        return ""
    return f"{more:,} more {'story waits' if more == 1 else 'stories wait'} on the desk."


def unchanged_words(count: int) -> str:
    """Return how many stories went on without anything new, as a sentence; empty where none."""
    if not count:
        return ""
    if count == 1:
        return "1 story told before went on without anything new; it is not told again."
    return f"{count:,} stories told before went on without anything new; they are not told again."


def waiting_words(count: int) -> str:
    """Return what waits for review, without a full stop: a link or nothing follows."""
    return f"{count:,} {'story waits' if count == 1 else 'stories wait'} for review"


def judged_words(digest: Digest) -> str:
    """Return what judged, from which score on, and which runs of jobs were missed."""
    why = digest.threshold_why
    queued = f". {why}" if why else f", queued from a score of {digest.threshold:.2f}."
    return f"Judged by {digest.model}{queued} {missed_words(digest.missed_runs)}"


def language_words(code: str | None) -> str:
    """Return the name of a language, or its code; empty where it is not known or English."""
    primary = (code or "").split("-")[0].lower()
    return "" if primary in {"", "en", "und"} else _LANGUAGES.get(primary, primary)


def language_tag(code: str | None) -> str:
    """Return ``code`` where it is a language tag as HTML takes it, else the empty string."""
    return code if code and _TAG.fullmatch(code) else ""


_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LANGUAGES = {"ur": "Urdu", "ps": "Pashto", "fa": "Persian", "prs": "Dari", "ar": "Arabic"}


def days_words(days: Sequence[DayTold]) -> str:
    """Return what the small picture shows, as a sentence or two; empty without days."""
    if not days:
        return ""
    found, ours = sum(day.found for day in days), sum(day.queued for day in days)
    span = "Today" if len(days) == 1 else f"In the last {len(days)} days"
    items = "1 item was" if found == 1 else f"{found:,} items were"
    said = f"{span} {items} found, {ours:,} of them queued for review."
    last = days[-1]
    if len(days) > 1 and found:
        mean = ours / len(days)
        said += f" On {_weekday(last.day_on)} it was {last.queued:,}; the mean is {mean:.1f} a day."
    holes = [day for day in days if day.hole]
    if holes:
        named = ", ".join(_day_of(day.day_on) for day in holes[-3:])
        also = f" and {len(holes) - 3} more" if len(holes) > 3 else ""
        said += f" Something may have been missed on {named}{also}."
    return said


def _weekday(day: date) -> str:
    return f"the last of them, {_day_of(day)},"


def _day_of(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def span_words(digest: Digest) -> str:
    """Return from when to when the digest tells, as a sentence; empty where it is not known."""
    if digest.since_at is None or digest.until_at is None:
        return ""
    since, until = (
        day_and_clock(at, digest.time_zone) for at in (digest.since_at, digest.until_at)
    )
    return f"What was new from {since} to {until}."


def quiet_words(digest: Digest) -> str:
    """Return what a digest without stories says instead of them."""
    kind = "day" if digest.every == "day" else digest.every
    nothing = "nothing changed" if digest.unchanged else "nothing new passed the threshold"
    return f"A quiet {kind}: {nothing}. What was looked at stands below."


def columns(table: DigestTable) -> str:
    """Return a table as lines of text, its columns under one another."""
    lines = [table.head, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at >= table.numbers_from else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (lines if table.rows else ())
    )
