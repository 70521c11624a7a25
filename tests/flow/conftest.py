"""A server on loopback that answers with real feeds and real pages, where they are present."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.flow.forge import Forge

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

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


# --- the made-up newsroom -------------------------------------------------------------------


def _beside(name: str) -> ModuleType:
    """Load a module that stands beside this file: test folders are no packages."""
    spec = spec_from_file_location(f"flow_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made_up() -> Any:
    """The module of the made-up newsroom, for its functions."""
    return _beside("newsroom")


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """What runs the product in forks, to be killed."""
    with Forge() as running:
        yield running


@pytest.fixture
def newsroom(made_up: Any) -> Iterator[Newsroom]:
    """A made-up newsroom that answers on loopback; it holds nothing until a test publishes."""
    with made_up.Newsroom() as serving:
        yield serving


@pytest.fixture
def install(
    made_up: Any, newsroom: Newsroom, tmp_path: Path
) -> Iterator[Callable[[str], Installation]]:
    """Installations of the product that read the newsroom, each in a folder of its own."""
    made: list[Installation] = []

    def make(name: str = "here") -> Installation:
        made.append(made_up.Installation(folder=tmp_path / name, newsroom=newsroom))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


@pytest.fixture
def here(install: Callable[[str], Installation]) -> Installation:
    """One installation."""
    return install("here")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Commands set up the log of their process, which here is the tests' own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
