"""Code that is written tomorrow cannot go round the fetcher: one module opens connections."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "store", "classifiers")
MAIL = {"monitor/edge/mail.py", "monitor/edge/mail"}  # the team's own mail server, no foreign URL
LOCAL = {"monitor/edge/worker.py", "monitor/edge/nursery.py", "monitor/web", "monitor/demo"}
"""Pairs between our own processes, and doors that listen: checked below to call nobody."""

SERVERS = {f"monitor/{place}" for place in ("web", "demo", "jobs.py", "app.py", "cli.py")}
CLIENTS: dict[str, set[str]] = {
    "pycurl": {f"monitor/edge/http/{module}.py" for module in ("web", "line", "posting")},
    "socket": {"monitor/edge/http/line.py", *MAIL, *LOCAL},
    "ssl": MAIL,
    "smtplib": MAIL,
    "apprise": {"monitor/edge/notify/chat.py"},  # the team's own destinations
    "http.server": {"monitor/demo"},
    "socketserver": {"monitor/demo"},
    "uvicorn": SERVERS,
    "urllib.request": set(),
    "http.client": set(),
    "requests": set(),
    "httpx": set(),
    "urllib3": set(),
    "aiohttp": set(),
    "ftplib": set(),
    "telnetlib": set(),
    "asyncio.streams": set(),
    "niquests": set(),
}
OPENERS = {"fetch_url", "fetch_response", "open_connection", "create_connection", "urlopen"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in {"__import__", "import_module"}:
                names.add(str(node.args[0].value))
    return names


def opens(tree: ast.AST) -> set[str]:
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(func).rpartition(".")[2] for func in called} & OPENERS


def _is_at(path: str, homes: set[str]) -> bool:
    return any(path == home or path.startswith(f"{home}/") for home in homes)


@cache
def sources() -> list[tuple[str, ast.Module]]:
    files = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    assert files
    return [(str(p.relative_to(ROOT)), ast.parse(p.read_text("utf-8"))) for p in files]


@pytest.mark.parametrize("client", CLIENTS)
def test_only_the_named_module_may_use_this_client(client: str) -> None:
    allowed = CLIENTS[client]
    guilty = [
        path
        for path, tree in sources()
        if any(name == client or name.startswith(f"{client}.") for name in imported(tree))
        and not _is_at(path, allowed)
    ]
    assert guilty == []


def test_nobody_calls_a_library_that_fetches_by_itself() -> None:
    found = {path: opens(tree) for path, tree in sources()}
    assert {p: calls for p, calls in found.items() if calls and not _is_at(p, MAIL)} == {}


def test_modules_with_local_sockets_never_connect_one() -> None:
    for path, tree in sources():
        if _is_at(path, LOCAL):
            called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
            assert not {c for c in called if c.endswith((".connect", ".connect_ex"))}, path


def test_nobody_gives_the_feed_parser_an_address() -> None:
    """feedparser.parse opens URLs and files when it is given a string: bytes in a buffer only."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse":
                assert "BytesIO" in ast.unparse(node) or isinstance(node.args[0], ast.Name), path


def test_the_scan_sees_every_way_to_import() -> None:
    seen = imported(
        ast.parse("import socket as s\nfrom http import client\n__import__('requests')")
    )
    assert {"socket", "http.client", "requests"} <= seen
