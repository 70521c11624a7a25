"""Chat services through Apprise: Slack, Teams, Telegram, Signal gateways and a hundred more.

Apprise is optional and imported only when a channel asks for it: it takes 0.7 s.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from monitor.edge.mail import Letter, one_line
from monitor.told import Delivery

DEADLINE = 60.0  # seconds
LONGEST = 3_500  # characters; Telegram takes 4,096 and Slack shows about as many

_WIDEST = 5  # "&" is escaped as "&amp;"

_MENTIONS = re.compile(r"([!@])(?=(?:channel|here|everyone|group|all|subteam)\b)", re.IGNORECASE)
_STATUS = re.compile(r"error=(\d{3})\b")
_NEVER_ARRIVED = re.compile(
    r"Connection refused|NewConnectionError|ConnectTimeout|NameResolutionError|CERTIFICATE_VERIFY"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseChannel:
    """A chat service or webhook by its Apprise URL, which is a secret and in no ``repr``."""

    name: str
    url: str = field(repr=False)
    deadline: float = DEADLINE


def chat_text(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` so that no chat service reads a command in it, within ``longest``.

    Mass mentions (``<!channel>``, ``@everyone``) are broken by a word joiner. Angle brackets and
    ampersands stay: Apprise escapes them for Slack because the text is declared plain, and doing
    it twice would show ``&amp;amp;``. What is too long ends at a line, where there is one.
    """
    safe = _MENTIONS.sub("\\1\u2060", text)
    # "<!" and "<@" open a mention in Slack, whatever name follows.
    safe = re.sub(r"<(?=[!@#])", "<\u2060", safe)
    if _length(safe) <= longest:
        return safe
    room = longest - len("\n…")
    while (over := _length(safe) - room) > 0:
        safe = safe[: -max(1, over // _WIDEST)]
    whole, _, rest = safe.rpartition("\n")
    return f"{whole if whole and len(rest) < len(safe) // 2 else safe}\n…"


def _length(text: str) -> int:
    """How long the services count it, at the most: escaped for HTML, in units of UTF-16."""
    return len(escape(text, quote=False).encode("utf-16-le", "replace")) // 2


def to_apprise(letter: Letter, channel: AppriseChannel) -> Delivery:
    """Hand ``letter`` to the service within the channel's deadline."""
    try:
        import apprise
    except ImportError:
        return Delivery(
            state="failed",
            detail=f"channel {channel.name} needs Apprise: install torkham[notify]",
            permanent=True,
        )
    return _within(channel, lambda: _notify(apprise, channel, letter))


def _notify(apprise: Any, channel: AppriseChannel, letter: Letter) -> Delivery:
    asset = apprise.AppriseAsset(async_mode=False)
    # In this thread: those of its own pool hold up the end of the process, and a few that hang
    # would hold up all others. The deadline is kept by us.
    asset._service_timeout = 0.0  # noqa: SLF001 - the only way to say so; unknown before 1.10
    service = apprise.Apprise(asset=asset)
    with _listening() as heard:
        if not service.add(channel.url):
            detail = f"the address of channel {channel.name} is none that Apprise knows"
            return Delivery(state="failed", detail=detail, permanent=True)
        title, body = _fitting(letter, list(service))
        heard.clear()
        accepted = service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    return Delivery(state="sent", detail="taken") if accepted else _refusal("\n".join(heard))


def _fitting(letter: Letter, services: list[Any]) -> tuple[str, str]:
    """Title and text, no longer than the strictest of the services takes.

    Apprise would send what is too long as it is, and the service refuse it: Discord takes 2,000
    characters. Where there is no title, Apprise sets it before the text.
    """
    titles = [int(one.title_maxlen) for one in services]
    longest = min([LONGEST, *(int(one.body_maxlen) for one in services)])
    title = one_line(letter.subject)
    if all(titles):
        title = chat_text(title, min(titles))
    else:
        title = chat_text(title, longest // 2)
        longest -= _length(title) + len("\r\n")
    return title.replace("\n", " "), chat_text(letter.text, longest)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what Apprise logs in this thread; others may be at it beside us."""
    heard: list[str] = []
    ours = threading.get_ident()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == ours:
                heard.append(record.getMessage())

    ear = Ear(logging.DEBUG)
    said = logging.getLogger("apprise")
    said.setLevel(logging.DEBUG)
    said.propagate = False  # it writes out addresses with their keys
    said.addHandler(ear)
    try:
        yield heard
    finally:
        said.removeHandler(ear)


def _refusal(words: str) -> Delivery:
    """Read from Apprise's log whether the other side refused, was not there, or may have it.

    The log itself is not passed on: it holds addresses, which are secrets.
    """
    status = _STATUS.search(words)
    if status:
        code = int(status.group(1))
        # 408, 425 and 429 ask for patience; other 4xx will say the same tomorrow.
        permanent = 400 <= code < 500 and code not in {408, 425, 429}
        return Delivery(
            state="failed",
            detail=f"the service answered {code}",
            permanent=permanent,
            retry_after=300.0 if code == 429 else None,
        )
    if _NEVER_ARRIVED.search(words):
        return Delivery(state="failed", detail="the service could not be reached")
    return Delivery(state="unknown", detail="the service did not answer; it may have the message")


def _within(channel: AppriseChannel, work: Callable[[], Delivery]) -> Delivery:
    """Run ``work`` for at most the channel's deadline; what it does later is not waited for."""
    results: list[Delivery] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001  a hundred services' code; none may stop the rest
            said = f"{type(error).__name__} in the code for channel {channel.name}"
            results.append(Delivery(state="unknown", detail=said))

    thread = threading.Thread(target=run, name="torkham-apprise", daemon=True)
    thread.start()
    thread.join(channel.deadline)
    if results:
        return results[0]
    said = f"channel {channel.name} did not end within {channel.deadline:g} seconds"
    return Delivery(state="unknown", detail=f"{said}; the service may have the message")
