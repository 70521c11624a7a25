"""Secrets given in every way a secret can be given stand nowhere after a day in which all fails.

Every one holds the word that is looked for, as it stands, percent-encoded, in base64 and in hex.
The other sides repeat what they were sent, as ill-behaved servers do.
"""

from __future__ import annotations

import base64
import contextlib
import io
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from bench.desk_pages import _address, shown
from monitor.app import App, open_app
from monitor.cli.main import torkham
from monitor.edge.log import log_the_rest
from monitor.serving import desk_for
from monitor.web.server import create, serve
from store import people, tokens
from store.failpoint import install as on_point

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
WORD = "c4nary"
PERSON = f"{WORD} of a person 5ecret"


def _in_base64(word: bytes, shift: int) -> str:
    """What of ``word`` is the same wherever in an encoded text it begins."""
    text = base64.b64encode(b"\0" * shift + word).decode().rstrip("=")[:-1]
    return text[4:] if shift else text


_FORMS = [WORD, WORD.encode().hex(), *(_in_base64(WORD.encode(), shift) for shift in range(3))]
_LOOKED_FOR = re.compile("|".join(_FORMS), re.IGNORECASE)


def secrets(heart: int, mail: int, hook: int) -> dict[str, str]:
    key = base64.b64encode(f"{WORD}-webhook-secret-of-thirty-odd".encode()).decode()
    return {
        "TORKHAM_SMTP_PASSWORD": f'{WORD}-smtp "pass"/word+é',
        "TORKHAM_APPRISE_CHAT": f"json://127.0.0.1:{hook}/{WORD}-t0ken-of-a-chat/?cto=1&rto=1",
        "TORKHAM_WEBHOOK_SECRET_DASH": f"whsec_{key}",
        "TORKHAM_WEBHOOK_DASH": f"http://127.0.0.1:{hook}/{WORD}-h00k/place?key={WORD}-qu3ry",
        "TORKHAM_WEBHOOK_SECRET_FAR": f"whsec_{key}",
        "TORKHAM_WEBHOOK_FAR": f"https://10.1.2.3/{WORD}-h00k",
        "TORKHAM_HEARTBEAT_URL": f"http://127.0.0.1:{heart}/{WORD}-he4rt",
    }


SETTINGS: dict[str, Any] = {
    "notices": {"channels": ["outbox", "mail", "chat", "dash"], "service_after": "5m"},
    "heartbeat": {"inside": True},
    "alerts": [
        {"name": "all", "any": ["TTP"], "channels": ["mail", "chat", "dash", "far", "outbox"]}
    ],
    "digest": {"channels": ["mail", "chat", "dash", "outbox"], "at": "07:00"},
}


class Echo(BaseHTTPRequestHandler):
    """Refuses everything and says back all it was sent."""

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers.get("content-length", 0)))
        told = f"{self.path}\n{self.headers}".encode() + said
        self.send_response(500, f"no {self.path}")
        self.send_header("X-Said", self.path)
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        return


@contextlib.contextmanager
def echoing() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextlib.contextmanager
def refusing_mail() -> Iterator[int]:
    """A mail server that refuses whoever logs in, with what they said, also decoded."""

    def talk(one: socket.socket) -> None:
        with one, one.makefile("rwb") as line, contextlib.suppress(OSError, ValueError):
            line.write(b"220 mail.example\r\n")
            line.flush()
            for raw in line:
                said = raw.strip()
                if said.upper().startswith((b"EHLO", b"HELO")):
                    answer = b"250-mail.example\r\n250 AUTH PLAIN LOGIN"
                elif said.upper().startswith(b"AUTH"):
                    given = said.split(b" ")[-1]
                    with contextlib.suppress(ValueError):
                        given += b" " + base64.b64decode(given).replace(b"\0", b" ")
                    answer = b"535 wrong: " + given
                else:
                    answer = b"250 so be it"
                line.write(answer + b"\r\n")
                line.flush()

    def serve_all() -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = listening.accept()
                threading.Thread(target=talk, args=(one,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve_all, daemon=True).start()
        yield listening.getsockname()[1]


class Told:
    """All that the product said, by where it said it."""

    def __init__(self) -> None:
        self.by: dict[str, str] = {}

    def add(self, where: str, text: str | bytes) -> None:
        said = text.decode("latin-1") if isinstance(text, bytes) else text
        self.by[where] = self.by.get(where, "") + said

    def found(self) -> dict[str, str]:
        seen = {where: _LOOKED_FOR.search(text) for where, text in self.by.items()}
        return {
            where: self.by[where][max(0, one.start() - 60) : one.end() + 40]
            for where, one in seen.items()
            if one
        }


def a_bad_day(app: App, here: Installation, told: Told) -> None:
    """Work for a day in which every way out refuses and whatever can break does."""
    here.newsroom.answers["/feed/lantern"] = lambda ask: ask.say(500, f"<p>{ask.headers}</p>")
    broke: set[str] = set()
    for hours in range(0, 30, 5):
        at = here.newsroom.stories["outlet-00"][0].published_at + timedelta(hours=hours + 5)
        app.clock = lambda at=at: at  # type: ignore[misc]
        for job in ("poll", "harvest", "judge", "alert", "digest", "send", "look"):
            if job == "judge" and not broke:
                on_point(_raise(app))
            try:
                app.run_job(job)
            except RuntimeError:
                broke.add(job)
                logging.getLogger("monitor.jobs").exception("%s broke", job)
            finally:
                on_point(None)
    thread = threading.Thread(target=_raise(app), args=("after-judge",), name="job-x")
    thread.start()
    thread.join()
    told.add("faults", str(app.facts()))


def _raise(app: App) -> Callable[[str], None]:
    def act(point: str) -> None:
        if point == "after-judge":
            said = "; ".join(app.secrets.values())
            raise RuntimeError(f"at {point}\nwith {said}\nand {said!r}\x1b[2J")

    return act


def commands(here: Installation, environ: dict[str, str], told: Told) -> None:
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    for words in (
        *(["status"], ["status", "--json"], ["health"], ["health", "--json"], ["check"]),
        *(["check", "--json"], ["channels", "list"], ["channels", "list", "--json"]),
        *(["channels", "test", "dash"], ["channels", "test", "mail"], ["channels", "test", "far"]),
        *(["channels", "test", "chat", "--json"], ["people", "list"], ["tokens", "list"]),
        *(["backups"], ["feeds", "list", "--json"], ["feeds", "health"], ["feeds", "export"]),
        *(["alerts", "list"], ["ledger"], ["search", "TTP", "--json"], ["corpus", "stats"]),
    ):
        done = CliRunner().invoke(torkham, [*words, *place], env=environ)
        told.add(" ".join(words), done.output + str(done.exception or ""))


def mistakes(here: Installation, environ: dict[str, str], told: Told) -> None:
    """Secrets put where they do not belong: no message repeats them."""
    place = ["--config", str(here.folder / "feeds.yaml"), "--data", str(here.data)]
    good = (here.folder / "feeds.yaml").read_text()
    for more in (
        f"\nfeeds:\n- {{url: 'https://desk:{WORD}@outlet.example/f', outlet: X}}\n",
        f"\nheartbeat: {{url: 'https://x.example/{WORD}'}}\n",
        f"\nchannels: {{m: {{kind: mail, host: h.example, password: {WORD}}}}}\n",
        f"\nchannels: {{m: {{kind: webhook, url: 'https://u:{WORD}@x.example/'}}}}\n",
    ):
        head = re.sub(r"(?ms)^(feeds|heartbeat|channels):.*?(?=^\w)", "", good)
        (here.folder / "feeds.yaml").write_text(head + more)
        for words in (["check"], ["check", "--json"], ["once", "tidy"]):
            done = CliRunner().invoke(torkham, [*words, *place], env=environ)
            told.add(f"mistake {more[:20]!r} {words}", done.output + str(done.exception or ""))
            assert done.exit_code == 2, done.output
    (here.folder / "feeds.yaml").write_text(good)
    for name, value in (("TORKHAM_WEBHOOK_SECRET_DASH", WORD), ("TORKHAM_HEARTBEAT_URL", WORD)):
        done = CliRunner().invoke(torkham, ["check", *place], env={**environ, name: value})
        told.add(f"bad {name}", done.output)
        assert done.exit_code == 2
    kept = here.data / "secrets.env"
    for line in (f"TORKHAM_NO_SUCH={WORD}", f"{WORD}", f"TORKHAM_SMTP_PASSWORD {WORD}"):
        kept.write_text(line + "\n")
        kept.chmod(0o600)
        told.add(f"secrets.env {line[:9]}", CliRunner().invoke(torkham, ["check", *place]).output)
    kept.unlink()


def the_desk(app: App, told: Told) -> int:
    """Every page as an administrator sees it, what programs get, and what refused people see."""
    with closing(app.open_store()) as db:
        added = people.add(db, "Adeela", PERSON, role="administrator", by="tests", now=app.clock())
        token = tokens.issue(db, person=added.id, label="a script", now=app.clock())
        desk = desk_for(app)
        asked = [at for path in shown(desk) if (at := _address(db, path))]
    programs = ["/metrics", "/api/queue", "/api/feeds", "/api/me", "/api/articles", "/api/ledger",
                "/api/openapi.json", "/queue.atom", "/alerts.atom"]  # fmt: skip
    with (
        serve(create(desk)) as up,
        httpx.Client(base_url=up.url, trust_env=False, timeout=30) as browser,
    ):
        told.add("healthz", browser.get("/healthz").text)
        form = browser.get("/login").text
        found = re.search(r'name="token" value="([0-9a-f]+)"', form)
        assert found
        sent = {"token": found[1], "name": "Adeela"}
        told.add("/login wrong", browser.post("/login", data={**sent, "password": WORD * 3}).text)
        signed = browser.post("/login", data={**sent, "password": PERSON})
        assert signed.status_code == 303, signed.text
        for path in asked:
            answer = browser.get(path)
            told.add(path, f"{answer.headers}{answer.text}")
            assert token not in answer.text
        for path in programs:
            answer = browser.get(path, headers={"authorization": f"Bearer {token}"})
            told.add(f"program {path}", f"{answer.headers}{answer.text}")
            assert token not in answer.text
    for where, text in told.by.items():
        assert token not in text, where
    return len(asked) + len(programs)


@pytest.mark.row(40)
@pytest.mark.slow
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_stands_anywhere_after_a_day_in_which_everything_fails(
    here: Installation, as_json: bool, figure: Callable[..., None]
) -> None:
    here.newsroom.fill(2, 5, topic_every=1)
    here.newsroom.publish("lantern")
    told, log = Told(), io.StringIO()
    hooks = threading.excepthook
    with echoing() as heart, echoing() as hook, refusing_mail() as mail:
        channels = {
            "mail": {"kind": "mail", "host": "127.0.0.1", "port": mail, "security": "none",
                     "user": "desk", "from": "d@desk.example", "to": ["a@desk.example"]},
            "chat": {"kind": "apprise"}, "dash": {"kind": "webhook"}, "far": {"kind": "webhook"},
        }  # fmt: skip
        environ = secrets(heart, mail, hook)
        here.configure(channels=channels, **SETTINGS)
        allow = frozenset({("127.0.0.1", port) for port in (here.newsroom.port, hook)})
        with contextlib.redirect_stderr(log):
            try:
                with open_app(here.folder / "feeds.yaml", here.data, environ, allow=allow) as app:
                    app.log_to_stderr(as_json=as_json, level="debug")
                    log_the_rest()
                    a_bad_day(app, here, told)
                    pages = the_desk(app, told)
            finally:
                threading.excepthook = hooks
        commands(here, environ, told)
        mistakes(here, environ, told)
    told.add("log", log.getvalue())
    files = [path for path in here.folder.rglob("*") if path.is_file()]
    for path in files:
        told.add(f"file {path.name}", str(path) + path.read_bytes().decode("latin-1"))
    assert told.found() == {}
    said = log.getvalue()
    assert "RuntimeError" in said, "nothing broke"
    assert "[hidden]" in said, "no secret came near the log"
    events = said.splitlines()
    assert all(re.match(r"\{\"at\": " if as_json else r"20\d\d-\d\d-\d\dT", one) for one in events)
    assert said.count("\n") == len(events)
    with here.store() as db:
        failed = db.execute("SELECT count(*) FROM outbox WHERE state <> 'sent'").fetchone()[0]
        broke = db.execute("SELECT detail FROM runs WHERE ok = 0 AND job = 'judge'").fetchone()
    assert failed >= 4, "every way out was to refuse"
    assert "[secret]" in broke[0], "no secret came near the health table"
    figure(
        f"9 secrets in {pages} pages and answers of the desk, {len(told.by)} sources, "
        f"{len(files)} files, the database and {len(events)} lines of log: found 0 times; "
        "one event, one line"
    )


def test_what_is_looked_for_would_be_found() -> None:
    """In every form in which it might stand."""
    for form in (
        f"x{WORD}y", WORD.upper(), WORD.encode().hex(),
        *(base64.b64encode(b"ab"[:n] + f"{WORD}-and-more".encode()).decode() for n in range(3)),
    ):  # fmt: skip
        assert _LOOKED_FOR.search(form), form
