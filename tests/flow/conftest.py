"""A server on loopback that answers with real feeds and real pages, where they are present."""

from __future__ import annotations

import gzip
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

SHARED = Path(os.environ.get("TORKHAM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
_LINKS = re.compile(
    rb"""(?isx)
    ( <(?:link|guid|id|comments|feedburner:origLink|atom:id|url)\b [^<>]* > \s* (?:<!\[CDATA\[)? \s*
    | \b(?:href|rdf:about|rdf:resource|xml:base|url) \s*=\s* ["'] \s*
    | "(?:url|external_url|id|home_page_url|feed_url)" \s*:\s* "
    )
    https?: (?:\\?/){2} ([^\s/"'<>\\]+)
    """
)


@dataclass
class Replay:
    """Feeds by name and pages in order: each new link asked for gets the next page."""

    feeds: dict[str, bytes]
    pages: list[tuple[str, bytes]]
    port: int = 0
    served: dict[str, str] = field(default_factory=dict)  # path → page name
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def feed_urls(self) -> dict[str, str]:
        return {name: f"{self.base}/feed/{name}" for name in sorted(self.feeds)}

    def rewritten(self, name: str) -> bytes:
        """The feed with every link leading here; namespaces and everything else untouched."""
        base = self.base.encode()
        return _LINKS.sub(lambda m: m[1] + base + b"/page/" + m[2], self.feeds[name])

    def page(self, path: str) -> bytes | None:
        with self.lock:
            if path not in self.served and len(self.served) < len(self.pages):
                self.served[path] = self.pages[len(self.served)][0]
            name = self.served.get(path)
        return dict(self.pages).get(name) if name else None


class _Handler(BaseHTTPRequestHandler):
    replay: ClassVar[Replay]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path
        if path.removeprefix("/feed/") in self.replay.feeds:
            self._answer(200, self.replay.rewritten(path.removeprefix("/feed/")), "text/xml")
        elif path == "/robots.txt":
            self._answer(404, b"", "text/plain")
        else:
            page = self.replay.page(path)
            self._answer(200 if page else 404, page or b"", "text/html")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def _pages(root: Path) -> list[tuple[str, bytes]]:
    gold = [(p.name, gzip.decompress(p.read_bytes())) for p in sorted(root.glob("gold/*.html.gz"))]
    expected = json.loads((root / "phrases/expected.json").read_text())
    names = [row["file"] for row in expected.values()]
    found = [next(iter(root.glob(f"phrases/{name}*")), None) for name in names]
    phrases = [(p.name, _read(p)) for p in found if p is not None]
    return gold + phrases


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.fixture
def replay() -> Iterator[Replay]:
    """The real feeds and pages, served on loopback."""
    feeds = SHARED / "data/feeds"
    if not feeds.is_dir():
        pytest.skip(f"real feeds are absent: no {feeds}")
    rows = json.loads((feeds / "manifest.json").read_text())
    replay = Replay(
        feeds={row["file"]: (feeds / row["file"]).read_bytes() for row in rows},
        pages=_pages(SHARED / "data/pages"),
    )
    handler = type("Handler", (_Handler,), {"replay": replay})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    replay.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield replay
    server.shutdown()
    server.server_close()
