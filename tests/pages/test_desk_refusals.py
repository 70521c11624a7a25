"""Every route there is, refused as it should be: the table itself is walked, so none can forget.

What each refusal left unchanged is read from the file: another connection's ``data_version`` moves
with the first byte that anybody commits.
"""

from __future__ import annotations

import re
import shutil
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.routing import Mount, Route

from monitor.web.problems import for_programs
from monitor.web.routing import Entry
from monitor.web.security import POLICY
from monitor.web.server import create, entries
from monitor.web.session import LASTS, Seal, new_session
from monitor.web.views.door import Keeper
from store import people, tokens
from store.db import Db
from store.desk import ROLES, Role, suffices

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom
    from tests.scorecard import Figure

RULES = Path(__file__).resolve().parents[1] / "data" / "routes.txt"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
PASSWORD = "a long enough password"
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
WHO: dict[Role, str] = {"administrator": "Adeela", "reviewer": "Rabia", "reader": "Rashid"}
FILLED = {"id": "1", "key": "frontier", "day": "2026-11-20"}
# Whoever opens another route to everybody has to say so here, too.
OPEN = {("GET", "/login"), ("POST", "/login"), ("GET", "/healthz")}
# What a stranger might try to change with an address alone.
TEMPTING = "?answer=relevant&do=pause&role=administrator&token=x&open=1&done=1&name=Mallory"
FORM = {"answer": "relevant", "do": "shut_out", "name": "Mallory", "role": "administrator"}


@dataclass(frozen=True)
class Walk:
    """The routes, the desk, and a browser in which each role is signed in."""

    desk: DeskUp
    signed_in: dict[Role, DeskUp]
    form_tokens: dict[Role, str]
    bearers: dict[Role, str]
    watcher: Db
    nobody: httpx.Client
    routes: tuple[Entry, ...]

    def entries(self, method: str = "") -> list[tuple[Entry, str]]:
        """Return the routes of a method, each with its path filled in."""
        return [(e, filled(e.path)) for e in self.routes if method in {"", e.method}]

    def post(self, role: Role, path: str, **headers: str) -> httpx.Response:
        """Send the form that ``role`` could send, with its rightful token."""
        data = {"token": self.form_tokens[role], **FORM}
        return self.signed_in[role].client.post(path, data=data, headers=headers)


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: FILLED.get(m[1], "1"), path)


@pytest.fixture(scope="module")
def walk(
    built_room: Newsroom, tmp_path_factory: pytest.TempPathFactory, desk_over: Callable[..., Any]
) -> Iterator[Walk]:
    path = tmp_path_factory.mktemp("walk") / "full.db"
    shutil.copy(built_room.path, path)
    room = replace(built_room, path=path)
    with ExitStack() as stack:
        desk = stack.enter_context(desk_over(room, people={WHO[role]: role for role in WHO}))
        signed_in = {role: stack.enter_context(desk.beside(WHO[role])) for role in WHO}
        form_tokens = {role: signed_in[role].token() for role in WHO}
        watcher = room.open()
        stack.callback(watcher.close)
        yield Walk(
            desk=desk,
            signed_in=signed_in,
            form_tokens=form_tokens,
            bearers={role: bearer(watcher, WHO[role]) for role in WHO},
            watcher=watcher,
            nobody=stack.enter_context(
                httpx.Client(base_url=desk.url, trust_env=False, verify=NO_TLS)
            ),
            routes=entries(Keeper(Seal(b"of the tests"))),
        )


def bearer(db: Db, name: str) -> str:
    person = people.named(db, name)
    assert person
    token = tokens.issue(db, person=person.id, label="a script", now=NOW)
    assert tokens.holder(db, token, NOW), "its day of use is noted now, not during a test"
    return token


@contextmanager
def nothing_changed(walk: Walk) -> Iterator[None]:
    """Hold that nobody commits a byte to the file in the block."""
    before = walk.watcher.execute("PRAGMA data_version").fetchone()
    yield
    assert walk.watcher.execute("PRAGMA data_version").fetchone() == before


def bare(walk: Walk, method: str, path: str, **headers: str) -> httpx.Response:
    """Ask without any cookie but one given."""
    walk.nobody.cookies.clear()
    return walk.nobody.request(method, path, headers=headers)


def test_the_walk_can_see_a_change(walk: Walk) -> None:
    """Without this a watcher that sees nothing would pass every test below."""
    with pytest.raises(AssertionError), nothing_changed(walk):
        write_something(walk)


def write_something(walk: Walk) -> None:
    db = walk.desk.room.open()
    people.end_session(db, "some session", until=NOW, now=NOW)
    db.close()


@pytest.mark.row(37)
def test_every_route_has_its_rule_and_no_route_is_beside_the_table(
    walk: Walk, figure: Figure
) -> None:
    """A new route without a line in tests/data/routes.txt fails here, and nowhere is there another.

    All tests below walk this table, so that none can be forgotten.
    """
    lines = [line for line in RULES.read_text().splitlines() if line and line[0] != "#"]
    rules = sorted(tuple(line.split()) for line in lines)
    table = sorted((e.method, e.path, e.role or "everybody") for e in walk.routes)
    assert table == rules, "say in tests/data/routes.txt who may ask for it"
    served = create(walk.desk.desk).routes
    assert [route.path for route in served if isinstance(route, Mount)] == ["/static"]
    assert all(isinstance(route, Route | Mount) for route in served)
    asked = [(m, r.path) for r in served if isinstance(r, Route) for m in r.methods or ()]
    assert sorted((m, path) for m, path in asked if m != "HEAD") == [rule[:2] for rule in rules]
    figure(f"{len(rules)} routes, each with the least role that may ask; 0 beside the table")


def test_what_is_open_to_everybody_is_a_short_list(walk: Walk) -> None:
    assert {(e.method, e.path) for e, _ in walk.entries() if e.role is None} == OPEN
    assert len(walk.routes) > 50


# --- who asks -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.row(37)
def test_a_stranger_is_led_to_sign_in_and_changes_nothing(walk: Walk, figure: Figure) -> None:
    tried = refused_as_strangers(walk)
    figure(f"{tried} of {tried} routes refuse a stranger")


def refused_as_strangers(walk: Walk, *headers: dict[str, str]) -> int:
    """Ask for every route with each of ``headers`` in turn; all answer as to somebody unknown."""
    tried = 0
    turns = cycle(headers or ({},))
    with nothing_changed(walk):
        for entry, path in walk.entries():
            if entry.role is None:
                continue
            answer = bare(walk, entry.method, path, **next(turns))
            if for_programs(path):
                assert answer.status_code == 401, path
                assert answer.headers["content-type"] == "application/problem+json", path
                assert answer.headers["www-authenticate"].startswith("Bearer"), path
            elif entry.method == "POST":
                assert answer.status_code == 401, path
            else:
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/login?next=%2F"), path
            assert "Kabul" not in answer.text, path
            tried += 1
    return tried


FORGED = {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "127.0.0.1",
    "x-forwarded-user": "Adeela",
    "forwarded": 'for=127.0.0.1;host="127.0.0.1";proto=https',
    "x-real-ip": "127.0.0.1",
    "remote-user": "Adeela",
    "x-remote-user": "Adeela",
    "x-original-url": "/login",
    "x-rewrite-url": "/static/desk.css",
    "x-http-method-override": "GET",
    "x-requested-with": "XMLHttpRequest",
}


@pytest.mark.slow
@pytest.mark.row(37)
def test_no_header_makes_a_stranger_somebody(walk: Walk, figure: Figure) -> None:
    """Nor another address, name or method: what proxies write is anybody's to write."""
    tried = refused_as_strangers(walk, FORGED)
    figure(f"{tried} of {tried} routes refuse {len(FORGED)} forged headers")


@pytest.mark.slow
@pytest.mark.row(37)
def test_a_session_that_is_over_is_a_strangers(walk: Walk, figure: Figure) -> None:
    """Run out, signed out, of a former password, of somebody shut out, or changed by hand."""
    stale = over(walk)
    for why, cookie in stale.items():
        assert bare(walk, "GET", "/queue", cookie=f"torkham={cookie}").status_code == 303, why
    tried = refused_as_strangers(walk, *({"cookie": f"torkham={one}"} for one in stale.values()))
    figure(f"{tried} of {tried} routes refuse a stale session, {len(stale)} kinds in turn")


def over(walk: Walk) -> dict[str, str]:
    """Return cookies that were an administrator's each, and are no more."""
    seal = Seal(walk.desk.desk.secret)
    with closing(walk.desk.room.open()) as db:
        person = people.named(db, WHO["administrator"])
        gone = people.add(db, "Gone", PASSWORD, role="administrator", by="tests", now=NOW,
                          hashing=walk.desk.desk.hashing)  # fmt: skip
        assert person
        of_gone = new_session(NOW, gone)
        people.shut_out(db, gone.id, by="tests", now=NOW)
        ended = new_session(NOW, person)
        people.end_session(db, ended.id, until=ended.ends_at, now=NOW)
    rightful = seal.close(new_session(NOW, person))
    assert bare(walk, "GET", "/queue", cookie=f"torkham={rightful}").status_code == 200
    text, _, mark = rightful.partition(".")
    return {
        "run out": seal.close(new_session(NOW - LASTS - timedelta(seconds=1), person)),
        "signed out": seal.close(ended),
        "of a former password": seal.close(replace(new_session(NOW, person), epoch=-1)),
        "of somebody shut out": seal.close(of_gone),
        "signed by another desk": Seal(b"another key").close(new_session(NOW, person)),
        "changed by hand": f"{text}.{mark[::-1]}",
    }


def test_a_stranger_learns_not_even_which_pages_there_are(walk: Walk) -> None:
    assert bare(walk, "GET", "/nowhere").status_code == 303
    assert bare(walk, "POST", "/nowhere").status_code == 401
    assert bare(walk, "GET", "/api/nowhere").status_code == 401


@pytest.mark.slow
@pytest.mark.row(37)
def test_a_role_too_small_is_refused_on_every_route(walk: Walk, figure: Figure) -> None:
    tried = 0
    with nothing_changed(walk):
        for entry, path in walk.entries():
            for role in ROLES:
                if suffices(role, entry.role) or (entry.method == "POST" and for_programs(path)):
                    continue
                if entry.method == "POST":
                    answer = walk.post(role, path)
                else:
                    answer = walk.signed_in[role].get(path)
                assert answer.status_code == 403, (entry.method, path, role)
                assert "Only " in answer.text, (path, role)
                tried += 1
    assert tried > 30
    figure(f"{tried} of {tried} requests of a role too small refused")


@pytest.mark.slow
@pytest.mark.row(37)
def test_whoever_may_see_a_page_sees_it(walk: Walk) -> None:
    """Else a door that refuses everybody everything would pass."""
    with nothing_changed(walk):
        for entry, path in walk.entries("GET"):
            role = entry.role or "reader"
            answer = walk.signed_in[role].get(path)
            fine = {200, 303, 400, 404} if for_programs(path) else {200, 303, 404}
            assert answer.status_code in fine, (path, answer.status_code)
            assert not answer.headers.get("location", "").startswith("/login"), path


@pytest.mark.slow
@pytest.mark.row(37)
def test_a_programs_token_opens_what_its_person_may_and_no_more(walk: Walk) -> None:
    with nothing_changed(walk):
        for entry, path in walk.entries():
            if not for_programs(path):
                continue
            for role in ROLES:
                if entry.method == "POST" and suffices(role, entry.role):
                    continue  # would change something, as it should
                headers = {"authorization": f"Bearer {walk.bearers[role]}"}
                answer = bare(walk, entry.method, path, **headers)
                refused = answer.status_code in {401, 403}
                assert refused is not suffices(role, entry.role), (path, role, answer.status_code)
            for wrong in ("Bearer trk_" + "x" * 43, "Bearer", "Bearer " + "y" * 5000):
                answer = bare(walk, entry.method, path, authorization=wrong)
                assert answer.status_code == 401, (path, wrong[:20])


@pytest.mark.slow
@pytest.mark.row(37)
def test_a_token_opens_no_page_and_a_wrong_one_beside_a_cookie_opens_nothing(walk: Walk) -> None:
    headers = {"authorization": f"Bearer {walk.bearers['administrator']}"}
    for _, path in walk.entries("GET"):
        if not for_programs(path) and ("GET", path) not in OPEN:
            assert bare(walk, "GET", path, **headers).status_code == 303, path
    signed_in = walk.signed_in["administrator"]
    assert signed_in.get("/api/", authorization="Bearer nonsense").status_code == 401


# --- how it is asked ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.row(37)
def test_no_route_answers_to_another_host_name(walk: Walk, figure: Figure) -> None:
    port = walk.desk.client.base_url.port
    with nothing_changed(walk):
        hosts = cycle(("evil.example", "127.0.0.1.evil.example", f"evil.example:{port}"))
        for (entry, path), host in zip(walk.entries(), hosts, strict=False):
            for headers in ({"host": host}, {"host": host, "x-forwarded-host": "127.0.0.1"}):
                if entry.method == "POST":
                    answer = walk.post("administrator", path, **headers)
                else:
                    answer = walk.signed_in["administrator"].get(path, **headers)
                assert answer.status_code == 421, (entry.method, path, host)
                assert "set-cookie" not in answer.headers
    figure(f"{len(walk.routes)} of {len(walk.routes)} routes refuse a wrong Host")


@pytest.mark.slow
@pytest.mark.row(37)
def test_every_form_sent_by_another_site_is_refused_even_with_its_token(
    walk: Walk, figure: Figure
) -> None:
    ours = walk.desk.url.rstrip("/")
    foreign: list[dict[str, str]] = [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ours.replace("127.0.0.1", "localhost")},
        {"origin": ours + "1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": ours},
        {"sec-fetch-site": "none"},
    ]
    acts = [path for _, path in walk.entries("POST")]
    tries = [(acts[0], headers) for headers in foreign]
    tries += [(path, headers) for path in acts for headers in (foreign[0], foreign[4])]
    with nothing_changed(walk):
        for path, headers in tries:
            answer = walk.post("administrator", path, **headers)
            assert answer.status_code == 403, (path, headers)
    figure(f"{len(tries)} of {len(tries)} forms of another site refused, each with its token")


@pytest.mark.slow
@pytest.mark.row(37)
def test_every_form_is_refused_without_its_token_or_with_anothers(
    walk: Walk, figure: Figure
) -> None:
    another = walk.form_tokens["reviewer"]
    client = walk.signed_in["administrator"].client
    with nothing_changed(walk):
        for _, path in walk.entries("POST"):
            for given in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "é"},
                          {"token": another}):  # fmt: skip
                answer = client.post(path, data={**FORM, **given})
                assert answer.status_code == (401 if for_programs(path) else 403), (path, given)
    tried = 5 * len(walk.entries("POST"))
    figure(f"{tried} of {tried} forms without their token, or with another person's, refused")


@pytest.mark.slow
@pytest.mark.row(37)
def test_an_address_alone_changes_nothing(walk: Walk, figure: Figure) -> None:
    """A link, an image, a page read ahead: none of them decides anything."""
    pages = {path for _, path in walk.entries("GET")}
    client = walk.signed_in["administrator"].client
    with nothing_changed(walk):
        for entry, path in walk.entries():
            answer = client.get(path + TEMPTING)
            assert answer.status_code < 500, path
            if entry.method == "POST" and path not in pages and answer.status_code != 404:
                assert answer.status_code == 405, path
                assert "POST" in answer.headers["allow"], path
    figure(f"0 of {len(walk.routes)} addresses change anything by being opened")


def test_a_page_takes_no_form(walk: Walk) -> None:
    acts = {path for _, path in walk.entries("POST")}
    with nothing_changed(walk):
        for _, path in walk.entries("GET"):
            if path not in acts:
                answer = walk.post("administrator", path)
                assert answer.status_code in {401, 404, 405}, path


@pytest.mark.slow
def test_other_methods_are_refused_whoever_asks(walk: Walk) -> None:
    with nothing_changed(walk):
        for _, path in walk.entries():
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
                answer = walk.signed_in["administrator"].client.request(method, path)
                assert answer.status_code == 405, (method, path)
                assert answer.headers["allow"] == "GET, HEAD, POST"
                assert "access-control-allow-origin" not in answer.headers


@pytest.mark.slow
def test_the_head_of_a_page_is_answered_as_the_page_and_of_an_act_not_at_all(walk: Walk) -> None:
    client = walk.signed_in["administrator"].client
    pages = {path for _, path in walk.entries("GET")}
    with nothing_changed(walk):
        for _, path in walk.entries():
            answer = client.head(path + TEMPTING)
            asked = {200, 303, 404} if path in pages else {404, 405}
            assert answer.status_code in (asked | {400, 401} if for_programs(path) else asked), path
            assert not answer.content, path
        assert bare(walk, "HEAD", "/queue").status_code == 303


@pytest.mark.slow
def test_every_answer_carries_the_policy(walk: Walk) -> None:
    for entry, path in [*walk.entries(), (None, "/nowhere"), (None, "/static/desk.css")]:
        method = entry.method if entry else "GET"
        answers = [bare(walk, method, path)]
        if method == "GET":
            answers.append(walk.signed_in["reader"].get(path))
        for answer in answers:
            assert answer.headers["content-security-policy"] == POLICY, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "no-referrer", path
            assert answer.headers["cross-origin-opener-policy"] == "same-origin", path
            assert "server" not in answer.headers
