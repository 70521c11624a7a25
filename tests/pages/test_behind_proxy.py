"""The desk behind the real nginx and the real Caddy, started from the files in deploy/.

Ports, the place of the certificate and of logs are put in; everything else is as it stands there.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import ssl
import string
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
import trustme
import yaml

from monitor.app import App, open_app
from monitor.edge.clock import system_clock
from monitor.serving import desk_for
from monitor.web.server import create, serve
from monitor.web.uploads import UPLOAD_BYTES
from store import people, reviews, tokens
from store.passwords import Hashing
from tests.chromium import CHROMIUM, NEEDS_CHROMIUM, QUIET

if TYPE_CHECKING:
    from tests.pages.conftest import Newsroom

    Room = Callable[[Path], Newsroom]

Test = TypeVar("Test", bound=Callable[..., None])
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
NAME, PASSWORD = "desk.example.org", "a long enough password"
CHEAP = Hashing(memory=8, rounds=1)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"
SAME_SITE = {"sec-fetch-site": "same-origin", "origin": "null"}  # as browsers send our own forms


@dataclass
class Front:
    """A proxy that runs, the desk behind it, and a client that trusts its certificate."""

    plain: int
    secure: int
    desk: int
    app: App
    folder: Path
    trust: ssl.SSLContext

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.secure}"

    @contextmanager
    def browser(self, address: str = "127.0.0.2") -> Iterator[Browser]:
        """Give a browser at that address; 127.0.0.1 would be the proxy's own."""
        over = httpx.HTTPTransport(verify=self.trust, local_address=address)
        with httpx.Client(
            base_url=f"https://127.0.0.1:{self.secure}", transport=over, timeout=60,
            headers={"host": f"{NAME}:{self.secure}"}, event_hooks={"request": [named]},
        ) as client:  # fmt: skip
            yield Browser(client)

    @contextmanager
    def round_the_proxy(self, address: str) -> Iterator[Browser]:
        over = httpx.HTTPTransport(verify=NO_TLS, local_address=address)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.desk}", transport=over, headers={"host": NAME}
        ) as client:
            yield Browser(client)


def in_a_browser(test: Test) -> Test:
    """Mark a test that needs chromium."""
    for mark in NEEDS_CHROMIUM:
        mark(test)  # a mark is noted on the function itself
    return test


def named(request: httpx.Request) -> None:
    """The certificate is asked for and checked by the desk's name, as a browser does."""
    request.extensions["sni_hostname"] = NAME


@dataclass
class Browser:
    """Somebody's browser; it keeps cookies and follows nothing."""

    client: httpx.Client

    def token(self, path: str, **headers: str) -> str:
        found = re.search(
            r'name="token" value="(\w+)"', self.client.get(path, headers=headers).text
        )
        assert found, path
        return found[1]

    def sign_in(self, password: str = PASSWORD, name: str = "Adeela", **headers: str) -> int:
        form = {"token": self.token("/login", **headers), "name": name, "password": password}
        return self.client.post("/login", data=form, headers={**SAME_SITE, **headers}).status_code


# --- starting them --------------------------------------------------------------------------


@dataclass
class Ports:
    plain: int
    secure: int
    desk: int


def nginx(folder: Path, ports: Ports, chain: Path, key: Path) -> list[str]:
    """Write what Debian's nginx.conf would hold around the site, and return how it is started."""
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    swapped = {
        f"https://{NAME}": f"https://{NAME}:{ports.secure}",
        "127.0.0.1:8000": f"127.0.0.1:{ports.desk}",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(chain),
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(key),
        "/var/log/nginx/torkham.log": str(folder / "access.log"),
        "listen 80;": f"listen {ports.plain};",
        "listen 443 ": f"listen {ports.secure} ",
        "    listen [::]:80;\n": "",  # there are machines without IPv6
        "    listen [::]:443 ssl http2;\n": "",
    }
    (folder / "site.conf").write_text(put_in(site, swapped))
    around = f"daemon off; pid {folder}/pid; worker_processes 1; events {{}} http {{"
    for place in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        around += f" {place}_temp_path {folder}/{place};"
    user = "user root; " if os.geteuid() == 0 else ""  # else its worker cannot write here
    (folder / "nginx.conf").write_text(f"{user}{around} include {folder}/site.conf; }}\n")
    return ["nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, ports: Ports, chain: Path, key: Path) -> list[str]:
    """Give Caddy a certificate and ports; it makes the redirect from http:// by itself."""
    site = (ROOT / "deploy" / "Caddyfile").read_text()
    around = (
        f"{{\n admin off\n http_port {ports.plain}\n https_port {ports.secure}\n"
        f" skip_install_trust\n storage file_system {folder}/caddy\n}}\n"
    )
    swapped = {
        f"\n{NAME} {{": f"\n{NAME} {{\n\ttls {chain} {key}",
        "127.0.0.1:8000": f"127.0.0.1:{ports.desk}",
    }
    (folder / "Caddyfile").write_text(around + put_in(site, swapped))
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def put_in(site: str, swapped: dict[str, str]) -> str:
    for old, new in swapped.items():
        assert old in site, f"{old} stands no more in the file"
        site = site.replace(old, new)
    return site


PROXIES: dict[str, Callable[[Path, Ports, Path, Path], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
}


@contextmanager
def running(command: list[str], folder: Path, ports: Ports) -> Iterator[None]:
    with (folder / "said.log").open("wb") as said:
        child = subprocess.Popen(
            command, stdout=said, stderr=said, env={"HOME": str(folder), "PATH": SYSTEM}
        )
        try:
            ends = time.monotonic() + 20
            while not all(map(listens, (ports.plain, ports.secure))):
                assert child.poll() is None, (folder / "said.log").read_text()
                assert time.monotonic() < ends, (folder / "said.log").read_text()
                time.sleep(0.02)
            yield
        finally:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(10)
            child.kill()
            child.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in made:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in made]


@contextmanager
def desk_behind(folder: Path, ports: Ports) -> Iterator[App]:
    """Serve the product's desk from a feeds.yaml with the two lines of the manual."""
    web = {"address": f"https://{NAME}:{ports.secure}", "proxy": ["127.0.0.1", "::1"]}
    feed = {"key": "a", "outlet": "A", "url": "https://a.example/feed"}
    config = folder / "feeds.yaml"
    config.write_text(yaml.safe_dump({"feeds": [feed], "web": web | {"port": ports.desk}}))
    with open_app(config, folder / "data", {}) as app:
        with closing(app.open_store()) as db:
            people.add(db, "Adeela", PASSWORD, role="administrator", by="tests",
                       now=system_clock(), hashing=CHEAP)  # fmt: skip
        with serve(create(desk_for(app)), port=ports.desk):
            yield app


@pytest.fixture(scope="module", params=list(PROXIES))
def front(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    name = request.param
    if shutil.which(name, path=SYSTEM) is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install nginx-light caddy)")
    folder = tmp_path_factory.mktemp(name)
    authority = trustme.CA()
    pair = authority.issue_cert(NAME)
    chain, key = folder / "chain.pem", folder / "key.pem"
    for part in pair.cert_chain_pems:
        part.write_to_path(chain, append=True)
    pair.private_key_pem.write_to_path(key)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trust)
    ports = Ports(*free_ports(3))
    command = PROXIES[name](folder, ports, chain, key)
    with desk_behind(folder, ports) as app, running(command, folder, ports):
        yield Front(ports.plain, ports.secure, ports.desk, app, folder, trust)


# --- what holds -----------------------------------------------------------------------------


def test_one_signs_in_over_https_and_the_cookie_is_bound_to_the_host(front: Front) -> None:
    with front.browser() as browser:
        page = browser.client.get("/queue")
        assert page.headers["location"].startswith("/login")
        cookie = page.headers["set-cookie"]
        assert cookie.startswith("__Host-torkham=")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert browser.sign_in() == 303
        assert browser.client.get("/queue").status_code == 200


def test_a_form_of_another_site_is_refused_and_one_of_our_own_is_taken(front: Front) -> None:
    with front.browser() as browser:
        browser.sign_in()
        for origin, status in (
            ("https://evil.example", 403),
            (f"http://{NAME}", 403),
            (f"http://{NAME}:{front.secure}", 403),
            (front.origin, 303),
        ):
            form = {"token": browser.token("/you")}
            answer = browser.client.post("/leave", data=form, headers={"origin": origin})
            assert answer.status_code == status, origin


def test_plain_http_leads_to_https_and_shows_nothing(front: Front) -> None:
    with httpx.Client(
        base_url=f"http://127.0.0.1:{front.plain}", headers={"host": NAME}, trust_env=False,
        verify=NO_TLS,
    ) as client:  # fmt: skip
        for path in ("/", "/login", "/articles/1?back=%2Fqueue"):
            answer = client.get(path)
            assert answer.status_code in {301, 308}
            assert answer.headers["location"].startswith(f"https://{NAME}")
            assert answer.headers["location"].endswith(path)
            assert "set-cookie" not in answer.headers


def test_another_name_reaches_no_page(front: Front) -> None:
    with front.browser() as browser:
        for host in ("evil.example", f"evil.example:{front.secure}"):
            forged = {"host": host, "x-forwarded-host": NAME, "forwarded": f"host={NAME}"}
            answer = browser.client.get("/login", headers=forged)
            assert "Your password" not in answer.text
            assert "set-cookie" not in answer.headers


def test_guesses_count_the_real_client_whatever_is_forged_through_the_proxy(front: Front) -> None:
    with front.browser("127.0.0.7") as guesser:
        answers = [guess(guesser, n) for n in range(6)]
    assert answers == [403] * 5 + [429]
    with front.browser("127.0.0.8") as another:
        assert guess(another, 9) == 403, "one who guesses shuts nobody else out"


def test_who_goes_round_the_proxy_is_counted_as_themselves(front: Front) -> None:
    with front.round_the_proxy("127.0.0.17") as guesser:
        answers = [guess(guesser, 20 + n, cookie=True) for n in range(6)]
    assert answers == [403] * 5 + [429]


def guess(browser: Browser, n: int, *, cookie: bool = False) -> int:
    """Try a wrong password of a new name each time, under forged headers that differ, too."""
    told = f"198.51.100.{n}"
    forged = {
        "x-forwarded-for": f"{told}, 203.0.113.{n}",
        "x-real-ip": told,
        "forwarded": f"for={told}",
        "x-forwarded-host": "evil.example",
    }
    if cookie:  # over plain HTTP a client keeps no Secure cookie: its sender forges that, too
        page = browser.client.get("/login", headers=forged)
        forged["cookie"] = page.headers["set-cookie"].partition(";")[0]
        browser.client.cookies.clear()
    return browser.sign_in("wrong, all of them", f"Nobody {n}", **forged)


def test_a_file_of_the_allowed_size_passes_and_a_larger_one_is_refused(front: Front) -> None:
    with front.browser() as browser:
        browser.sign_in()
        form = {"token": browser.token("/corpus/bring")}
        for size, statuses in (
            (UPLOAD_BYTES - 2_000, {200, 422}),
            (UPLOAD_BYTES + 3_000_000, {413, 502}),
        ):
            files = {"files": ("long.txt", b"x" * size, "text/plain")}
            with suppress(httpx.WriteError, httpx.RemoteProtocolError):  # cut off while it sends
                answer = browser.client.post(
                    "/corpus/bring", data=form, files=files, headers=SAME_SITE
                )
                assert answer.status_code in statuses, (size, answer.text[:500])


def test_a_long_export_arrives_whole(front: Front, newsroom_at: Room) -> None:
    room = newsroom_at(front.folder / "data" / "torkham.db")
    room.feed("frontier")
    draw = random.Random(7)  # noqa: S311 - the same words each time
    said = "\n".join(" ".join(draw.choices(string.ascii_letters, k=60)) for _ in range(4_000))
    for n in range(4):
        number = room.article("frontier", f"The crossing, part {n}", f"{n} {said}")
        with closing(front.app.open_store()) as db:
            reviews.decide(db, article=number, answer="relevant", by="Adeela", now=system_clock())
    with front.browser() as browser:
        browser.sign_in()
        form = {"token": browser.token("/corpus/snapshots"), "note": "long"}
        there = browser.client.post("/corpus/snapshots", data=form, headers=SAME_SITE)
        export = browser.client.get(f"{there.headers['location']}/download?form=jsonl")
        assert export.status_code == 200
        lines = export.text.splitlines()
        assert len(lines) == 4
        assert len(export.content) > 1_500_000
        assert all(said.splitlines()[-1] in line for line in lines)


def test_the_desk_leads_nobody_back_to_plain_http(front: Front) -> None:
    """A slash too many is answered with a whole address; it must be the one people use."""
    with front.browser() as browser:
        browser.sign_in()
        there = browser.client.get("/queue/").headers["location"]
        assert there in {f"{front.origin}/queue", "/queue"}


def test_a_web_socket_is_not_opened(front: Front) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    with front.browser() as browser:
        assert browser.client.get("/login", headers=upgrade).status_code in {200, 400, 426}


def test_a_program_shows_its_token_and_no_log_of_the_proxy_keeps_it(front: Front) -> None:
    with closing(front.app.open_store()) as db:
        person = people.named(db, "Adeela")
        assert person
        token = tokens.issue(db, person=person.id, label="reader", now=system_clock())
    with front.browser() as browser:
        feed = browser.client.get(f"/accepted.atom?token={token}")
        assert feed.status_code == 200
        assert f'href="{front.origin}/' in feed.text, "links lead to the public address"
        shown = browser.client.get("/api/articles", headers={"authorization": f"Bearer {token}"})
        assert shown.status_code == 200
    assert not [path for path in front.folder.glob("*.log") if token in path.read_text()]


def test_links_in_messages_lead_to_the_public_address(front: Front) -> None:
    assert front.app.desk_url == front.origin


@in_a_browser
def test_a_real_browser_signs_in_and_out(front: Front) -> None:
    """It takes the cookie of that name, and what it sends with our forms is enough."""
    from playwright.sync_api import sync_playwright

    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET[:-1], rules])
        page = chromium.new_context(ignore_https_errors=True).new_page()
        page.goto(f"{front.origin}/queue")
        page.get_by_label("Your name").fill("Adeela")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        assert page.url == f"{front.origin}/queue"
        cookies = {one["name"]: one["secure"] for one in page.context.cookies()}
        assert cookies == {"__Host-torkham": True}
        page.goto(f"{front.origin}/you")
        page.get_by_role("button", name="Sign out here").click()
        page.goto(f"{front.origin}/queue")
        assert "/login" in page.url
        chromium.close()
