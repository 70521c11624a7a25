"""Code that is written tomorrow cannot go round the fetcher: one module opens connections."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "store", "classifiers")
THE_DOOR = "monitor/edge/http"

ALLOWED: dict[str, dict[str, str]] = {
    "pycurl": {THE_DOOR: "the door itself"},
    "certifi": {THE_DOOR: "a bundle of certificates, a file"},
    "socket": {
        f"{THE_DOOR}/line.py": "makes the socket that the guard judged",
        f"{THE_DOOR}/names.py": "asks the resolver; connects nothing",
        "monitor/edge/mail": "the team's own mail server, no address a stranger names",
        "monitor/edge/worker.py": "pairs between our own processes",
        "monitor/edge/nursery.py": "pairs between our own processes",
        "monitor/edge/systemd.py": "a datagram to the service manager, by a path of this machine",
        "monitor/web/server.py": "the desk's door, which listens",
        "monitor/demo": "the outlets of the demo, which listen on loopback",
    },
    "ssl": {"monitor/edge/mail": "the team's own mail server"},
    "smtplib": {"monitor/edge/mail": "the team's own mail server"},
    "apprise": {"monitor/edge/notify/chat.py": "the team's own chats, from the secrets file"},
    "http.server": {"monitor/demo": "the outlets of the demo, which listen on loopback"},
    "uvicorn": {"monitor/web/server.py": "the desk, which listens"},
    "asyncio": {
        "monitor/web": "waits in the desk; opens nothing, as the calls below show",
        "monitor/archives/onedask.py": "the name of an exception of Dask's",
    },
    "distributed": {"monitor/archives/onedask.py": "the team's own cluster, which they name"},
    "subprocess": {"monitor/edge/nursery.py": "starts our own interpreter"},
    "ctypes": {
        "monitor/edge/nursery.py": "one call of libc that ties a child to its parent",
        "monitor/edge/heap.py": "one call of libc that keeps to few heaps",
    },
    "weasyprint": {"monitor/edge/render/pdf.py": "with a fetcher that gives our pictures alone"},
    "css_inline": {"monitor/edge/render/frame.py": "told to load nothing"},
    "trafilatura": {"monitor/stages/extract": "reads a text it is handed"},
    "feedparser": {"monitor/stages/parse": "reads bytes it is handed"},
}
"""What may open a connection, start a program or fetch by itself: who may use it, and why."""

NEVER = """
_socket _ssl aiohttp antigravity asyncore asynchat botocore cffi code codeop curl_cffi
dns ftplib gevent grpc h11 h2 http.client http.cookiejar httpcore httplib2 httpx huggingface_hub
imaplib mechanize multiprocessing nntplib niquests paramiko playwright poplib pty requests
requests_html runpy scrapy selenium simple_websocket socks socketserver telnetlib torch.hub
tornado treq twisted urllib.request urllib.robotparser urllib3 websocket websockets webbrowser
wsgiref xmlrpc zmq
"""
BANNED = (*NEVER.split(), *ALLOWED)

OPENERS = """
urlopen urlretrieve fetch_url fetch_response create_connection create_server open_connection
open_unix_connection create_unix_connection sock_connect getaddrinfo gethostbyname gethostbyname_ex
connect_ex create_datagram_endpoint start_server create_subprocess_exec create_subprocess_shell
system popen startfile posix_spawn posix_spawnp spawnl spawnle spawnlp spawnv spawnve spawnvp execl
execle execlp execlpe execv execve execvp execvpe Popen check_output getoutput getstatusoutput
"""
CALLS: dict[str, dict[str, str]] = {
    **{name: {} for name in OPENERS.split()},
    "Popen": {"monitor/edge/nursery.py": "our own interpreter, nothing a stranger names"},
    "execve": {"monitor/edge/anew.py": "our own command, as it was given"},
    "getaddrinfo": {f"{THE_DOOR}/names.py": "of the door: whom a name means"},
    "create_connection": {"monitor/edge/mail/exchange.py": "the team's own mail server"},
    "create_server": {
        "monitor/web/server.py": "the desk's door, which listens",
        "monitor/demo/show.py": "asks whether a port of this machine is free",
    },
    "eval": {},
    "exec": {},
    "compile": {},  # the built-in one; re.compile and its like are attributes
    "__import__": {},
}
BY_NAME: dict[str, str] = {
    "monitor/cli/main.py": "commands, by a table in the file",
    "monitor/archives/isolating.py": "the module of archives a child works with, by our own code",
    "monitor/edge/nursery.py": "the modules a child is told to have ready, by our own code",
    "monitor/edge/wire.py": "the function a child is told to run, by our own code",
    "monitor/exports/needs.py": "optional libraries, by names our own code gives",
}
"""Who may import what a value names: everybody else says what is imported where it is read."""

MIXED = {"eval", "exec", "compile", "__import__"}  # only as bare names


@dataclass(frozen=True, slots=True)
class Found:
    """What one source uses of the world: modules it imports, calls it makes, and odd ways to."""

    imports: frozenset[str]
    calls: frozenset[str]
    by_name: bool  # it imports what some value names
    odd: frozenset[str]


_TELLING = (
    ast.Import, ast.ImportFrom, ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.Constant,
)  # fmt: skip


def found_in(source: str) -> Found:
    """Read a source; every way to a module or an opener counts, at any depth."""
    imports: set[str] = set()
    calls: set[str] = set()
    odd: set[str] = set()
    by_name = False
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, _TELLING):
            continue
        match node:
            case ast.Import():
                imports |= {alias.name for alias in node.names}
            case ast.ImportFrom() if node.module and not node.level:
                imports |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
                calls |= {
                    one.name for one in node.names if one.name in CALLS and one.name not in MIXED
                }
            case ast.Call():
                named, computed = _named(node)
                imports |= named
                by_name = by_name or computed
            case ast.Name() if node.id in CALLS:
                calls.add(node.id)
            case ast.Attribute() if node.attr in CALLS and node.attr not in MIXED:
                if node.attr != "system" or ast.unparse(node.value) == "os":
                    calls.add(node.attr)
            case _:
                pass
        odd |= set(_odd(node))
    return Found(frozenset(imports), frozenset(calls), by_name, frozenset(odd))


_IMPORTERS = {
    "__import__", "import_module", "load_module", "exec_module", "spec_from_file_location",
    "module_from_spec", "run_module", "run_path", "find_loader",
}  # fmt: skip


def _named(call: ast.Call) -> tuple[set[str], bool]:
    """Give the module a call imports by a literal, and whether it imports what a value names."""
    if _last(call.func) not in _IMPORTERS:
        return set(), False
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return {first.value}, False
    return set(), True


def _last(function: ast.expr) -> str:
    """Give the name a call ends in: ``go`` of ``a.b.go(...)``."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _odd(node: ast.AST) -> Iterator[str]:
    """Give what looks like a way round: modules out of ``sys.modules``, openers by their name."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="modules"), ctx=ast.Load()):
            yield "sys.modules[...]"
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            if name in CALLS or name in {"socket", "connect", "Curl", "perform"}:
                yield f"getattr {name}"
        case ast.Attribute(attr="__builtins__" | "__subclasses__" | "__loader__" | "__globals__"):
            yield node.attr
        case ast.Name(id="__builtins__" | "__loader__"):
            yield node.id
        case ast.Constant(value=str(text)) if text.lstrip().startswith(("curl ", "wget ", "nc ")):
            yield text.split()[0]
        case _:
            return


def _is_at(path: str, homes: dict[str, str]) -> bool:
    return any(path == home or path.startswith(f"{home}/") for home in homes)


def guilty(path: str, found: Found) -> list[str]:
    """Say what ``path`` uses that is not for it."""
    said = [
        f"{path} imports {banned}"
        for banned in BANNED
        if any(name == banned or name.startswith(f"{banned}.") for name in found.imports)
        and not _is_at(path, ALLOWED.get(banned, {}))
    ]
    said += [f"{path} calls {name}" for name in found.calls if not _is_at(path, CALLS[name])]
    if found.by_name and not _is_at(path, BY_NAME):
        said.append(f"{path} imports by a computed name")
    return said + [f"{path} has {one}" for one in found.odd]


@cache
def sources() -> dict[str, str]:
    files = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}


@cache
def everything() -> dict[str, Found]:
    return {path: found_in(text) for path, text in sources().items()}


@pytest.mark.slow
@pytest.mark.row(16)
def test_one_module_opens_connections_to_strangers(figure: Any) -> None:
    found = everything()
    assert len(found) > 300
    assert [said for path, one in found.items() for said in guilty(path, one)] == []
    door = {path for path, one in found.items() if "pycurl" in one.imports}
    assert door
    assert all(path.startswith(f"{THE_DOOR}/") for path in door)
    figure(f"1 module ({THE_DOOR}) opens sockets to strangers, of {len(found)} files read")


def test_every_permission_is_used_and_says_why() -> None:
    """A permission nobody needs is a hole that stands open."""
    for client, homes in ALLOWED.items():
        for home, why in homes.items():
            users = (one for path, one in everything().items() if _is_at(path, {home: why}))
            names = {name for user in users for name in user.imports}
            assert why
            assert any(n == client or n.startswith(f"{client}.") for n in names), (client, home)
    for call, homes in CALLS.items():
        for home in homes:
            assert call in everything()[home].calls, (call, home)
    assert {path for path, one in everything().items() if one.by_name} == set(BY_NAME)


def test_sockets_beside_the_door_are_listened_on_or_lead_to_our_own() -> None:
    """Nothing but the guard's and the mail's is ever connected."""
    for path in ALLOWED["socket"]:
        for name, text in sources().items():
            if _is_at(name, {path: ""}) and not name.startswith(("monitor/edge/mail", THE_DOOR)):
                for node in ast.walk(ast.parse(text)):
                    assert not (isinstance(node, ast.Attribute) and node.attr == "connect"), name


def test_what_could_fetch_by_itself_is_told_not_to() -> None:
    for path, text in sources().items():
        for node in ast.walk(ast.parse(text) if _may_fetch(text) else ast.Module([], [])):
            if not isinstance(node, ast.Call):
                continue
            called, given = ast.unparse(node.func), {word.arg for word in node.keywords}
            if called == "feedparser.parse":  # opens files and addresses where it gets a string
                assert "BytesIO" in ast.unparse(node) or isinstance(node.args[0], ast.Name), path
            if called.endswith("CSSInliner"):
                assert "load_remote_stylesheets=False" in ast.unparse(node), path
            if called.endswith("library.HTML"):
                assert "url_fetcher" in given, path
            if called.endswith(("etree.parse", "html.parse", "iterparse", "from_url", "read_html")):
                assert "BytesIO" in ast.unparse(node.args[0]), f"{path}: {ast.unparse(node)}"


def _may_fetch(text: str) -> bool:
    return any(
        word in text for word in ("feedparser", "CSSInliner", "library.HTML", "lxml", "read_html")
    )


PLANTED = [
    "import socket",
    "import socket as s",
    "from socket import create_connection",
    "def f():\n    import urllib.request",
    "from urllib import request",
    "from http import client",
    "import http.client as c",
    "import requests.sessions",
    "from httpx import get",
    "if True:\n    from aiohttp import ClientSession",
    "import asyncio\nasyncio.open_connection('a', 1)",
    "from asyncio import open_connection",
    "loop.create_connection(f, 'h', 80)",
    "go = loop.create_connection\ngo(f, 'h', 80)",
    "import subprocess\nsubprocess.run(['curl', 'http://x'])",
    "from subprocess import run",
    "import os\nos.system('wget http://x')",
    "import os\nos.popen('curl x')",
    "from os import popen as p",
    "x = 'curl http://x'",
    "import ftplib",
    "import xmlrpc.client",
    "import webbrowser",
    "import smtplib",
    "import pycurl",
    "import ssl",
    "import ctypes",
    "import _socket",
    "import multiprocessing.connection",
    "__import__('requests')",
    "__import__('soc' + 'ket')",
    "from importlib import import_module\nimport_module('httpx')",
    "import importlib\nimportlib.import_module(name)",
    "import sys\nsys.modules['socket'].socket()",
    "getattr(os, 'system')('x')",
    "getattr(x, 'connect')(('h', 1))",
    "exec('import socket')",
    "eval(\"__import__('os')\")",
    "__builtins__['__import__']('os')",
    "[].__class__.__base__.__subclasses__()",
    "from trafilatura import fetch_url",
    "import trafilatura\ntrafilatura.fetch_url('http://x')",
    "from urllib.request import urlopen",
    "import feedparser\nfeedparser.parse('http://x')",
    "match x:\n    case 1:\n        import poplib",
    "class A:\n    import imaplib",
    "lambda: __import__('telnetlib')",
    "async def f():\n    import websockets",
    "try:\n    import urllib3\nexcept ImportError:\n    pass",
    "import runpy",
]


@pytest.mark.row(16)
@pytest.mark.parametrize("source", PLANTED)
def test_a_way_round_is_found_wherever_it_hides(source: str) -> None:
    assert guilty("monitor/stages/planted.py", found_in(source)), source


INNOCENT = [
    "import re\nre.compile('x')",
    "from urllib.parse import urlsplit",
    "import sys\nsys.modules.get('x')",
    "from http import HTTPStatus",
    "db.connect(path)",
    "connect(path)",
    "from importlib.metadata import version",
    "getattr(row, 'title')",
    "'a curling match'",
]


@pytest.mark.parametrize("source", INNOCENT)
def test_what_is_no_way_out_is_not_taken_for_one(source: str) -> None:
    assert guilty("monitor/stages/planted.py", found_in(source)) == []


def test_every_name_of_the_list_can_be_a_module() -> None:
    """A slip of the pen in the list would guard nothing."""
    assert all(part.isidentifier() for name in BANNED for part in name.split("."))
    assert {"ftplib", "imaplib", "poplib", "telnetlib"} <= sys.stdlib_module_names
