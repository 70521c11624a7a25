"""The sample newsroom on loopback: ten outlets that behave as outlets do."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml

from monitor.demo import documents
from monitor.demo.content import DAYS, Outlet, Story, outlets, stories

HOST: Final = "127.0.0.1"
SLOW_SECONDS: Final = 2.0
DIGEST_AT: Final = "19:00"
_FEED_TYPES: Final = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
_ROBOTS: Final = b"User-agent: *\nDisallow: /admin/\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one path answers. ``wait`` in seconds."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    changed: datetime | None = None
    wait: float = 0.0

    @property
    def etag(self) -> str:
        """A validator that changes with the body."""
        return f'"{blake2b(self.body, digest_size=8).hexdigest()}"'


class Newsroom:
    """Serves the sample on 127.0.0.1, on a port of its own, while the ``with`` block lasts.

    It stands on the first of three sample days, the last of which is ``today``; ``advance`` moves
    it on by one. Unchanged documents answer 304 to their own validators.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.day = 0
        self.outlets = outlets()
        self.stories = stories(today)
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"newsroom": self})
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._answers = self._publish()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="newsroom", daemon=True
        )

    @property
    def origin(self) -> str:
        """The address of the whole newsroom, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def advance(self) -> None:
        """Move to the next sample day: new articles appear, the edited story changes."""
        if self.day + 1 >= DAYS:
            raise ValueError("the sample has no further day")
        self.day += 1
        self._answers = self._publish()

    def published(self) -> tuple[Story, ...]:
        """Return what has appeared so far, oldest first."""
        return tuple(story for story in self.stories if story.day <= self.day)

    def answer(self, path: str) -> Answer:
        """Return what ``path`` answers today."""
        gone = Answer(body=documents.missing(), status=404)
        return self._answers.get(path.partition("?")[0], gone)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the block."""
        self._closing.wait(seconds)

    # --- what is published -------------------------------------------------------------------

    def _publish(self) -> dict[str, Answer]:
        found = {"/robots.txt": Answer(body=_ROBOTS, kind="text/plain")}
        for outlet in self.outlets:
            told = [story for story in self.published() if story.outlet == outlet.key]
            found |= self._pages(outlet, told) | self._feed(outlet, told)
        links = "".join(f'<li><a href="/{o.key}/">{o.name}</a></li>' for o in self.outlets)
        found["/"] = Answer(body=documents.notice("The sample newsroom", f"<ul>{links}</ul>"))
        return found

    def _feed(self, outlet: Outlet, told: list[Story]) -> dict[str, Answer]:
        feed = Answer(
            body=documents.feed(outlet, told, day=self.day, origin=self.origin),
            kind=f"{_FEED_TYPES[outlet.format]}; charset=utf-8"
            if outlet.manner != "html"
            else "text/html; charset=utf-8",
            changed=max((story.changed(self.day) for story in told), default=None),
            wait=SLOW_SECONDS if outlet.manner == "slow" else 0.0,
        )
        if outlet.moved_from is None:
            return {outlet.feed: feed}
        there = {"Location": self.origin + outlet.feed}
        moved = Answer(body=b"Moved.\n", kind="text/plain", status=301, headers=there)
        return {outlet.feed: feed, outlet.moved_from: moved}

    def _pages(self, outlet: Outlet, told: list[Story]) -> dict[str, Answer]:
        front = {f"/{outlet.key}/": Answer(body=documents.front(outlet, told, self.day))}
        return front | {
            story.path: Answer(
                body=documents.page(
                    outlet,
                    story,
                    [other for other in told if other.has_link and other is not story],
                    day=self.day,
                    origin=self.origin,
                ),
                changed=story.changed(self.day),
            )
            for story in told
            if story.page != "missing" and story.has_link
        }

    # --- settings ----------------------------------------------------------------------------

    def settings_yaml(self, folder: Path, *, desk_port: int = 8000) -> str:
        """Return a feeds.yaml for this newsroom; messages go to ``folder``/outbox."""
        settings = {
            "team": {"name": "The sample desk", "time_zone": "Asia/Karachi"},
            "feeds": [_feed_settings(outlet, self.origin) for outlet in self.outlets],
            "alerts": [dict(rule) for rule in _RULES],
            "digest": {"at": DIGEST_AT, "channels": ["outbox"]},
            "channels": {"outbox": {"kind": "directory", "path": str(folder / "outbox")}},
            "fetch": {"host_gap": 0.1, "per_host": 8, "deadline": 20},
            "web": {"port": desk_port},
        }
        head = f"# {documents.LINE}\n"
        return head + yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


_RULES: Final[tuple[Mapping[str, Any], ...]] = (
    {"name": "TTP in a headline", "any": ["concept:ttp"], "in": ["title"]},
    {
        "name": "Torkham or Spin Boldak",
        "any": ["concept:torkham", "concept:chaman_spin_boldak"],
        "in": ["title"],
        "none": ["cricket"],
    },
    {"name": "People killed", "pattern": r"\b(killed|wounded) (in|when|on)\b", "in": ["lead"]},
)


def _feed_settings(outlet: Outlet, origin: str) -> dict[str, str]:
    return {
        "key": outlet.key,
        "outlet": outlet.name,
        "side": outlet.side,
        "language": outlet.language,
        "url": origin + outlet.address,
        "body": "full" if outlet.carries == "full" else "page",
    }


class _Handler(BaseHTTPRequestHandler):
    newsroom: Newsroom
    protocol_version = "HTTP/1.1"
    server_version = "SampleNewsroom"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer, or say that nothing changed."""
        answer = self.newsroom.answer(self.path)
        if self._has_it(answer):
            self._send(Answer(body=b"", status=304, headers=_validators(answer)))
            return
        if answer.wait:
            self.newsroom.pause(answer.wait)
        self._send(answer)

    def _has_it(self, answer: Answer) -> bool:
        if answer.status != 200:
            return False
        theirs = self.headers.get("If-None-Match")
        if theirs is not None:
            return answer.etag in theirs
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == _validators(answer).get("Last-Modified")

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 304:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
        own = _validators(answer) if answer.status == 200 else {}
        for name, value in {**own, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def _validators(answer: Answer) -> dict[str, str]:
    when = answer.changed
    modified = {"Last-Modified": format_datetime(when.astimezone(UTC), usegmt=True)} if when else {}
    return {"ETag": answer.etag, **modified}
