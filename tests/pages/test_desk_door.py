"""The desk's door: what is refused, on every route there is."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Mount, Route

from monitor.web.problems import for_programs
from monitor.web.security import POLICY
from monitor.web.server import check_binding, create, serve
from store import reviews

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room) as desk:
        yield desk


def routes(desk: DeskUp) -> list[tuple[str, str]]:
    """Return every (method, path) of the application, its parameters filled in."""
    found = []
    for route in create(desk.desk).routes:
        if isinstance(route, Mount):
            found.append(("GET", f"{route.path}/desk.css"))
        elif isinstance(route, Route):
            path = route.path.replace("{id}", "1").replace("{key:path}", "frontier")
            path = path.replace("{day}", "2026-11-20")
            found += [(method, path) for method in route.methods or () if method != "HEAD"]
    assert len(found) > 20
    return found


def bare(desk: DeskUp, method: str, path: str, **headers: str) -> httpx.Response:
    """Ask without any cookie."""
    with httpx.Client(base_url=desk.url, trust_env=False, verify=NO_TLS) as client:
        return client.request(method, path, headers=headers)


def untouched(desk: DeskUp) -> bool:
    db = desk.room.open()
    try:
        return not reviews.recent(db, limit=10)
    finally:
        db.close()


# --- every route ----------------------------------------------------------------------------


@pytest.mark.slow
def test_no_route_answers_to_another_host_name(reading: DeskUp) -> None:
    for method, path in routes(reading):
        for host in (
            "evil.example",
            "127.0.0.1.evil.example",
            f"evil.example:{reading.client.base_url.port}",
        ):
            answer = bare(reading, method, path, host=host)
            assert answer.status_code == 421, (method, path, host)
            assert "stories" not in answer.text


@pytest.mark.slow
def test_every_answer_carries_the_policy(reading: DeskUp) -> None:
    for method, path in [*routes(reading), ("GET", "/nowhere"), ("POST", "/nowhere")]:
        answer = bare(reading, method, path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", path
        assert answer.headers["content-security-policy"] == POLICY, path
        assert "server" not in answer.headers


@pytest.mark.slow
def test_every_form_is_refused_without_its_token(reading: DeskUp) -> None:
    for method, path in routes(reading):
        if method == "POST":
            for form in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "é"}):
                answer = reading.client.post(
                    path, data={"answer": "relevant", "do": "pause", **form}
                )
                # A program's path reads JSON alone, which no other site can send unasked.
                assert answer.status_code == (415 if for_programs(path) else 403), (path, form)
    assert untouched(reading)


@pytest.mark.slow
def test_every_form_sent_by_another_site_is_refused_even_with_its_token(reading: DeskUp) -> None:
    ours = reading.url.rstrip("/")
    foreign: list[dict[str, str]] = [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ours.replace("127.0.0.1", "localhost")},
        {"origin": ours + "1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": ours},
        {"sec-fetch-site": "none"},
    ]
    form = {"token": reading.token(), "answer": "relevant", "do": "pause"}
    acts = [path for method, path in routes(reading) if method == "POST"]
    tries = [(acts[0], headers) for headers in foreign]
    tries += [(path, headers) for path in acts for headers in (foreign[0], foreign[4])]
    for path, headers in tries:
        answer = reading.client.post(path, data=form, headers=headers)
        assert answer.status_code == 403, (path, headers)
    assert untouched(reading)


def test_our_own_form_is_taken_as_a_browser_sends_it(up: DeskUp) -> None:
    form = {**up.form(1), "answer": "relevant"}
    headers = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert up.post("/articles/1/decision", form, **headers).status_code == 303
    form = {**up.form(2), "answer": "relevant"}
    assert up.post("/articles/2/decision", form, origin=up.url.rstrip("/")).status_code == 303


def test_a_token_of_another_browser_does_not_serve(reading: DeskUp) -> None:
    with httpx.Client(base_url=reading.url, trust_env=False, verify=NO_TLS) as other:
        other.get("/you")
        answer = other.post(
            "/articles/1/decision", data={"token": reading.token(), "answer": "relevant"}
        )
    assert answer.status_code == 403
    assert untouched(reading)


@pytest.mark.slow
def test_no_get_changes_anything(reading: DeskUp) -> None:
    for _, path in routes(reading):
        reading.get(path + "?answer=relevant&do=pause&token=x&open=1&done=1")
    assert untouched(reading)


@pytest.mark.slow
def test_other_methods_are_refused(reading: DeskUp) -> None:
    for _, path in routes(reading):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert bare(reading, method, path).status_code in {404, 405}, (method, path)


def test_a_desk_without_accounts_answers_its_own_machine_alone(reading: DeskUp) -> None:
    """However it is bound or forwarded: nobody has signed in, so nobody else may come."""
    port = reading.client.base_url.port
    for headers in (
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"x-forwarded-host": "desk.example"},
    ):
        answer = reading.get("/queue", **headers)
        assert answer.status_code == 403, headers
        assert "torkham people add" in answer.text
        assert "Kabul" not in answer.text
    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        assert reading.get("/queue", host=host).status_code == 200, host


def test_a_desk_without_accounts_does_not_answer_to_a_public_name(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(newsroom, allowed_hosts=("127.0.0.1", "desk.example")) as desk:
        assert desk.get("/queue").status_code == 200
        assert desk.get("/queue", host="desk.example").status_code == 403
        assert desk.get("/static/desk.css", host="desk.example").status_code == 200


def test_without_accounts_there_is_nothing_to_sign_in_to(reading: DeskUp) -> None:
    assert reading.get("/login").headers["location"] == "/"
    sent = {"token": reading.token("/you"), "name": "Rabia", "password": "a long password"}
    assert reading.client.post("/login", data=sent).headers["location"] == "/"


def test_without_accounts_a_program_needs_no_token_and_another_site_gets_nowhere(
    reading: DeskUp,
) -> None:
    """A page of another site may send a form or plain text unasked, never JSON."""
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""):
        answer = reading.client.post("/api/nowhere", content="{}", headers={"content-type": kind})
        assert answer.status_code == 415, kind
    json = {"content-type": "application/json"}
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = reading.client.post("/api/nowhere", content="{}", headers=json | foreign)
        assert answer.status_code == 403, foreign
    assert reading.client.post("/api/nowhere", content="{}", headers=json).status_code == 404


# --- sizes and shapes -----------------------------------------------------------------------


def test_a_form_over_64_kb_is_refused_and_nothing_is_changed(reading: DeskUp) -> None:
    form = {**reading.form(1), "answer": "relevant", "note": "x" * 70_000}
    assert reading.post("/articles/1/decision", form).status_code == 413
    assert untouched(reading)


def test_a_body_without_end_is_cut_off(reading: DeskUp) -> None:
    """A chunked body tells no length: the count of what arrived decides."""
    place = urlsplit(reading.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.putrequest("POST", "/you")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.endheaders()
    for _ in range(20):
        connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_only_the_desks_own_kind_of_form_is_read(reading: DeskUp, kind: str) -> None:
    body = f"token={reading.token()}&answer=relevant"
    answer = reading.client.post(
        "/articles/1/decision", content=body, headers={"content-type": kind}
    )
    assert answer.status_code == 415
    assert untouched(reading)


def test_a_form_of_a_thousand_fields_is_refused(reading: DeskUp) -> None:
    assert reading.post("/you", {f"f{n}": "" for n in range(1000)}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/static/../desk.py", "/static/%2e%2e/desk.py", "/static/..%2fdesk.py", "/static//etc/passwd"],
)
def test_the_static_folder_gives_nothing_but_its_own_files(reading: DeskUp, path: str) -> None:
    place = urlsplit(reading.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_raw_rubbish_gets_an_error_and_the_desk_goes_on(reading: DeskUp) -> None:
    place = urlsplit(reading.url)
    for rubbish in (b"\x00\xff\xfe\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as s:
            s.sendall(rubbish)
            assert s.recv(4096).startswith(b"HTTP/1.1 4")
    assert reading.get("/healthz").status_code == 200


# --- where it listens -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "accounts", "refused"),
    [
        ("127.0.0.1", False, False),
        ("127.8.8.8", False, False),
        ("::1", False, False),
        ("localhost", False, False),
        ("0.0.0.0", False, True),
        ("::", False, True),
        ("192.168.1.4", False, True),
        ("desk.example", False, True),
        ("0.0.0.0", True, False),
    ],
)
def test_without_accounts_the_desk_listens_on_loopback_only(
    host: str, accounts: bool, refused: bool
) -> None:
    sentence = check_binding(host, accounts=accounts)
    assert (sentence is not None) is refused
    assert sentence is None or "torkham people add NAME --role administrator" in sentence


def test_the_server_tells_its_port_and_stops_cleanly(reading: DeskUp) -> None:
    serving = serve(create(reading.desk), port=0)
    with serving:
        assert httpx.get(serving.url + "healthz", trust_env=False, verify=NO_TLS).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(serving.url + "healthz", trust_env=False, verify=NO_TLS)


def test_a_port_that_is_taken_is_an_error_at_once(reading: DeskUp) -> None:
    port = int(urlsplit(reading.url).port or 0)
    with pytest.raises(OSError, match="in use"):
        serve(create(reading.desk), port=port)


def test_a_kept_connection_is_answered_at_once(full_room: Newsroom, desk_over: Serve) -> None:
    """Without it each answer waits 40 ms for the reader's acknowledgement of its head."""
    with desk_over(full_room) as desk:
        desk.get("/healthz")
        times = []
        for _ in range(10):
            begun = time.monotonic()
            desk.get("/healthz")
            times.append(time.monotonic() - begun)
        assert min(times) < 0.03
