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

from monitor.web import check_binding, create, serve
from monitor.web.security import POLICY
from store import reviews

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
PASSWORD = "a long enough password"


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room) as desk:
        yield desk


@pytest.fixture
def locked(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room, password=PASSWORD) as desk:
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


def test_every_answer_carries_the_policy(reading: DeskUp) -> None:
    for method, path in [*routes(reading), ("GET", "/nowhere"), ("POST", "/nowhere")]:
        answer = bare(reading, method, path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", path
        assert answer.headers["content-security-policy"] == POLICY, path
        assert "server" not in answer.headers


def test_every_form_is_refused_without_its_token(reading: DeskUp) -> None:
    for method, path in routes(reading):
        if method == "POST":
            for form in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "é"}):
                answer = reading.client.post(
                    path, data={"answer": "relevant", "do": "pause", **form}
                )
                assert answer.status_code == 403, (path, form)
    assert untouched(reading)


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
    for method, path in routes(reading):
        if method == "POST":
            for headers in foreign:
                form = {"answer": "relevant", "do": "pause"}
                answer = reading.post(path, form, **headers)
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


def test_no_get_changes_anything(reading: DeskUp) -> None:
    for _, path in routes(reading):
        for query in ("", "?answer=relevant&do=pause&token=x&open=1&done=1"):
            reading.get(path + query)
    assert untouched(reading)


def test_other_methods_are_refused(reading: DeskUp) -> None:
    for _, path in routes(reading):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert bare(reading, method, path).status_code in {404, 405}, (method, path)


def test_with_a_password_nobody_unknown_reads_or_writes_anything(locked: DeskUp) -> None:
    for method, path in [*routes(locked), ("GET", "/nowhere"), ("HEAD", "/queue")]:
        answer = bare(locked, method, path)
        if path in {"/login", "/healthz"} or path.startswith("/static"):
            continue
        if method == "POST":
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login?next="), path
        assert "Kabul" not in answer.text
    assert untouched(locked)


def test_what_is_open_to_all_tells_nothing(locked: DeskUp) -> None:
    assert bare(locked, "GET", "/healthz").json() == {"ok": True, "version": "0.1.0"}
    page = bare(locked, "GET", "/login").text
    assert "Queue" not in page
    assert "waiting" not in page


# --- signing in -----------------------------------------------------------------------------


def sign_in(desk: DeskUp, password: str, **form: str) -> httpx.Response:
    token = desk.token("/login")
    data = {"token": token, "password": password, "name": "Rabia", **form}
    return desk.client.post("/login", data=data)


def test_the_password_lets_one_in_and_on_to_where_one_wanted_to_go(locked: DeskUp) -> None:
    before = locked.token("/login")
    answer = sign_in(locked, PASSWORD, next="/queue?topic=talks")
    assert answer.headers["location"] == "/queue?topic=talks"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert locked.get("/queue").status_code == 200
    assert "Rabia" in locked.get("/queue").text
    assert locked.token("/you") != before  # a session from before is never promoted


def test_signing_in_leads_to_no_other_site(locked: DeskUp) -> None:
    assert sign_in(locked, PASSWORD, next="//evil.example/").headers["location"] == "/"


def test_a_wrong_password_is_told_and_guessing_is_stopped(locked: DeskUp) -> None:
    assert [sign_in(locked, "wrong").status_code for _ in range(5)] == [403] * 5
    assert sign_in(locked, PASSWORD).status_code == 429
    assert locked.get("/queue").status_code == 303


def test_signing_out_ends_the_session_in_this_browser(locked: DeskUp) -> None:
    sign_in(locked, PASSWORD)
    assert locked.post("/leave", {}).status_code == 303
    assert locked.get("/queue").status_code == 303


def test_a_session_signed_under_another_password_is_worth_nothing(
    full_room: Newsroom, desk_over: Serve, locked: DeskUp
) -> None:
    sign_in(locked, PASSWORD)
    cookie = f"torkham={locked.client.cookies['torkham']}"
    with desk_over(full_room, password="a new password") as desk:
        assert bare(desk, "GET", "/queue", cookie=cookie).status_code == 303


def test_without_a_password_there_is_nothing_to_sign_in_to(reading: DeskUp) -> None:
    assert reading.get("/login").headers["location"] == "/"


def test_behind_https_the_session_travels_over_https_only(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(newsroom, https=True) as desk:
        assert "; Secure" in desk.get("/").headers["set-cookie"]


def test_a_link_from_a_mail_does_not_sign_one_out(locked: DeskUp) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    answer = bare(locked, "GET", "/articles/1?open=%22%3E", **headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert 'content="0; url=/articles/1?open=%22%3E"' in answer.text
    assert "Kabul" not in answer.text


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
    ("host", "password", "refused"),
    [
        ("127.0.0.1", None, False),
        ("127.8.8.8", None, False),
        ("::1", None, False),
        ("localhost", None, False),
        ("0.0.0.0", None, True),
        ("::", None, True),
        ("192.168.1.4", None, True),
        ("desk.example", None, True),
        ("0.0.0.0", "", True),
        ("0.0.0.0", PASSWORD, False),
    ],
)
def test_without_a_password_the_desk_listens_on_loopback_only(
    host: str, password: str | None, refused: bool
) -> None:
    sentence = check_binding(host, password)
    assert (sentence is not None) is refused
    assert sentence is None or "password" in sentence


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
