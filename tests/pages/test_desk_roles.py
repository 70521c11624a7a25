"""Nobody is shown a button that would be refused, on any page reached by links."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from html import unescape

import httpx
import pytest
from starlette.routing import compile_path

from bench.desk_pages import Open, sample_desk
from monitor.web.server import entries
from monitor.web.session import Seal
from monitor.web.views.door import Keeper
from store import people
from store.desk import Role, suffices
from store.passwords import Hashing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
PASSWORD = "a long enough password"
QUICK = Hashing(memory=8, rounds=1)
FORM = re.compile(
    r'<form\b[^>]*\bmethod="post"[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL
)
LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"]*)"')
ROLES: dict[str, Role] = {"Amina": "administrator", "Rahim": "reader", "Rabia": "reviewer"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with sample_desk(tmp_path_factory.mktemp("roles"), hashing=QUICK) as serving:
        with closing(serving.desk.open_store()) as db:
            for name, role in ROLES.items():
                now = serving.desk.clock()
                people.add(db, name, PASSWORD, role=role, by="tests", now=now, hashing=QUICK)
        yield serving


def sign_in(client: httpx.Client, name: str) -> None:
    found = re.search(r'name="token" value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"token": found[1], "name": name, "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 303


def shape(path: str) -> str:
    """Return what a path has in common with others of its kind; feeds are told by their keys."""
    path = re.sub(r"[?#].*", "", path)
    return re.sub(r"\d+|(?<=^/coverage/)[a-z-]+", "N", path)


def walked(client: httpx.Client) -> Iterator[tuple[str, httpx.Response]]:
    """Yield every page that links lead to from the first one, three of a kind."""
    todo, kinds, seen = ["/"], dict[str, int](), set[str]()
    while todo:
        path = todo.pop(0).partition("#")[0]
        if path in seen or kinds.get(shape(path), 0) >= 3:
            continue
        seen.add(path)
        kinds[shape(path)] = kinds.get(shape(path), 0) + 1
        answer = client.get(path)
        yield path, answer
        if answer.headers.get("content-type", "").startswith("text/html"):
            todo += [unescape(href) for href in LINK.findall(answer.text)]


@pytest.mark.parametrize("name", ["Rahim", "Rabia"])
def test_nobody_is_shown_a_button_or_a_link_that_is_refused_to_them(desk: Open, name: str) -> None:
    table = [
        (compile_path(entry.path)[0], entry.role)
        for entry in entries(Keeper(Seal(desk.desk.secret)))
        if entry.method == "POST"
    ]
    refused, forms, pages = set(), 0, 0
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx.Client(base_url=desk.url, trust_env=False, verify=verify, timeout=20) as client:
        sign_in(client, name)
        for path, answer in walked(client):
            pages += 1
            if answer.status_code == 403:
                refused.add(path)
            for action, inside in FORM.findall(answer.text):
                forms += 1
                role = next(role for regex, role in table if regex.match(unescape(action)))
                if "<button" in inside and not suffices(ROLES[name], role):
                    refused.add(f"{shape(path)} shows {shape(action)}")
    assert refused == set()
    assert pages > 60
    assert forms > 3
