"""Messages as signed JSON to a program of the team's own, by the scheme of Standard Webhooks.

The receiver knows by ``webhook-id`` that two deliveries are the same message, and by
``webhook-signature`` that it is ours and whole (docs/decisions/0015-how-webhooks-are-signed.md).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor.edge.http import Posted, Poster
from monitor.edge.mail import Letter, Pictured, one_line
from monitor.edge.signing import key_of, signature, webhook_id
from monitor.told import Delivery

DEADLINE = 20.0  # seconds; whoever takes longer should answer first and work afterwards
LARGEST = 256_000  # bytes; a message that would be larger goes without its HTML, then shortened
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
MOST_LINKS, LONGEST_LINK = 100, 1_000
_MORE = ("article", "rule", "story", "reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """An address that takes JSON. Address and secret are in no ``repr``."""

    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    poster: Poster = field(repr=False)
    deadline: float = DEADLINE


def payload(letter: Letter) -> bytes:
    """Return the JSON of ``letter``: the same bytes whenever it is made, at most ``LARGEST``."""
    told = _told(letter)
    body = _json(told)
    if len(body) > LARGEST:
        body = _json({**told, "html": None})
    while len(body) > LARGEST:
        told["text"] = f"{told['text'][: len(told['text']) // 2].rstrip('… ')} …"
        body = _json({**told, "html": None})
    return body


def to_webhook(letter: Letter, channel: WebhookChannel) -> Delivery:
    """Post ``letter``; every attempt is signed anew, under the same id."""
    key = key_of(channel.secret)
    if key is None:
        said = f"channel {channel.name} has no secret that is one"
        return Delivery(state="failed", detail=said, permanent=True)
    body, number = payload(letter), webhook_id(letter.key)
    at = int(channel.poster.now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(key, number, at, body),
    }
    return _delivery(channel.poster.post(channel.url, body, headers, deadline=channel.deadline))


def _delivery(posted: Posted) -> Delivery:
    if posted.status is None:
        maybe = posted.reached == "maybe"
        detail = f"{posted.detail} It may have the message." if maybe else posted.detail
        state: Any = "unknown" if maybe else "failed"
        return Delivery(state=state, detail=detail, permanent=posted.for_good)
    if 200 <= posted.status < 300:
        return Delivery(state="sent", detail=posted.detail)
    detail = posted.detail
    if 300 <= posted.status < 400:
        detail += " A redirect is not followed."
    return Delivery(
        state="failed",
        detail=detail,
        permanent=posted.status == 410,
        retry_after=posted.retry_after if posted.status in {429, 503} else None,
    )


def _told(letter: Letter) -> dict[str, Any]:
    """What the receiver is told. A message of the outbox says more than a bare letter."""
    found = (link for link in _LINK.findall(letter.text) if len(link) <= LONGEST_LINK)
    plain = letter.letter if isinstance(letter, Pictured) else letter
    links = list(dict.fromkeys(found))[:MOST_LINKS]
    day: Any = getattr(plain, "day_on", None)
    return {
        "type": getattr(plain, "kind", "notice"),
        "id": webhook_id(letter.key),
        "created_at": _instant(letter.created_at),
        "subject": one_line(letter.subject),
        "text": letter.text,
        "html": letter.self_contained if isinstance(letter, Pictured) else letter.html,
        "links": links,
        **{name: getattr(plain, name, None) for name in _MORE},
        "day": day.isoformat() if day else None,
        "follows": webhook_id(letter.follows) if letter.follows else None,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _json(told: dict[str, Any]) -> bytes:
    made = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return made.encode("utf-8", "replace")
