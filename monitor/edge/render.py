"""Digest and alerts as text and HTML. With the desk, the only place that knows templates.

The HTML asks for nothing: no image, font, style sheet or script, so opening a mail tells nobody
that it was read. Links are rebuilt from absolute http(s) addresses alone and show their host.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.model import When
from monitor.told import Alert, Digest, Ledger

MOST_OTHERS = 6  # other outlets named in a story; the rest are counted
MOST_HITS = 3  # passages shown of an alert

_ZONE_NAMES = {"Asia/Kabul": "AFT"}  # the zone database has only "+0430"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_FROM = {
    "feed": "date from the feed",
    "page": "date from the page",
    "url": "date from its address",
    "text": "date from its opening line",
    "first_seen": "first seen",
}
_DECISIONS = {"relevant": "accepted", "unsure": "unsure", "skip": "put off"}

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

_INK, _QUIET, _TEAL, _AMBER, _PAPER = "#1d1d1b", "#55534d", "#0f5257", "#7a4a00", "#fbfaf7"
_SERIF = "Georgia,'Times New Roman',serif"
_SANS = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_URDU = "'Noto Nastaliq Urdu','Noto Naskh Arabic',Georgia,serif"
_LOOKS: Mapping[str, str] = {
    "paper": f"margin:0;padding:24px 8px;background:{_PAPER};color:{_INK};font:16px/1.5 {_SANS}",
    "digest": f"max-width:640px;margin:0 auto;color:{_INK};font:16px/1.5 {_SANS}",
    "title": f"margin:0 0 8px;font:bold 22px/1.3 {_SERIF}",
    "lede": f"margin:0 0 24px;color:{_QUIET}",
    "section": "margin:32px 0 8px;padding-top:8px;border-top:1px solid #d8d4ca;font-size:16px",
    "story": "margin:0 0 24px",
    "headline": f"margin:0;font:bold 18px/1.35 {_SERIF}",
    "link": f"color:{_TEAL};text-decoration:underline",
    "where": f"margin:2px 0 6px;color:{_QUIET};font-size:14px",
    "words": f"margin:0 0 4px;font:16px/1.5 {_SERIF}",
    "words-rtl": f"margin:0 0 4px;font:17px/1.9 {_URDU};text-align:right",
    "ledger": f"margin:32px 0 0;padding-top:8px;border-top:1px solid #d8d4ca;color:{_QUIET};"
    "font-size:14px",
    "note": "margin:0 0 6px",
    "missed": f"margin:0 0 6px;color:{_AMBER}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's three faces. ``html`` is a whole document; ``text`` says the same."""

    subject: str
    text: str
    html: str


def render_digest(digest: Digest, *, desk_url: str | None = None) -> Rendered:
    """Return the digest as a mail. The same digest gives the same bytes.

    ``desk_url`` is the desk's own address, given by the team; without it no link points there.
    """
    context = _digest_context(digest, desk_url)
    return Rendered(
        subject=digest.title,
        text=_text("digest.txt.j2", context),
        html=_html("mail.html.j2", {**context, "part": "digest_body.html.j2"}, inline=True),
    )


def digest_body_html(digest: Digest, *, desk_url: str | None = None, inline: bool = False) -> str:
    """Return the digest as a fragment of HTML, the very one of the mail.

    With ``inline`` it carries its styles, as mail needs; without, classes ``digest-…`` alone, as
    a page needs whose policy forbids inline styles.
    """
    return _html("digest_body.html.j2", _digest_context(digest, desk_url), inline=inline)


def render_alert(alert: Alert, *, desk_url: str | None = None) -> Rendered:
    """Return one alert as a mail: title, outlet, time, what matched with its passage, links."""
    context: dict[str, object] = {"alert": alert, "desk_url": _desk(desk_url)}
    return Rendered(
        subject=f"{alert.rule}: {alert.title}",
        text=_text("alert.txt.j2", context),
        html=_html("mail.html.j2", {**context, "part": "alert_body.html.j2"}, inline=True),
    )


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
    return "the link goes through Google News" if host == "news.google.com" else host


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
    return f"{items} found: {', '.join(parts)}.{balance}"


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


def _when_words(when: When, zone: str) -> str:
    return f"{day_and_clock(when.at, zone)}, {_DATE_FROM[when.source]}"


def _when_seen(when: When, zone: str) -> str:
    """The same without a source but the one that matters: that it is no date of the outlet's."""
    said = day_and_clock(when.at, zone)
    return f"{said}, first seen" if when.source == "first_seen" else said


def _digest_context(digest: Digest, desk_url: str | None) -> dict[str, object]:
    return {"digest": digest, "zone": digest.time_zone, "desk_url": _desk(desk_url)}


def _desk(desk_url: str | None) -> str | None:
    return safe_link(desk_url.rstrip("/")) if desk_url else None


def _text(name: str, context: Mapping[str, object]) -> str:
    rendered = _templates(html=False).get_template(name).render(context)
    lines = (_without_controls(line).rstrip() for line in rendered.split("\n"))
    return "\n".join(lines).strip() + "\n"


def _html(name: str, context: Mapping[str, object], *, inline: bool) -> str:
    def look(kind: str) -> Markup:
        style = _LOOKS[kind]
        return (
            Markup('style="{}"').format(style)
            if inline
            else Markup('class="digest-{}"').format(kind)
        )

    rendered = _templates(html=True).get_template(name).render({**context, "look": look})
    return "\n".join(_without_controls(line) for line in rendered.split("\n"))


def _without_controls(line: str) -> str:
    """No control or direction characters but the joiners, whatever the store held."""
    return "".join(
        char
        for char in line
        if char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )


@cache
def _templates(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=html,  # noqa: S701  plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        when=_when_words,
        seen=_when_seen,
        day=day_and_clock,
        host=leads_to,
        link=safe_link,
        direction=direction,
        score=score_words,
        books=ledger_words,
    )
    environment.globals.update(
        feeds_words=feeds_words,
        missed_words=missed_words,
        first=lambda values, count: list(islice(values, count)),
        decisions=_DECISIONS,
        most_others=MOST_OTHERS,
        most_hits=MOST_HITS,
    )
    return environment
