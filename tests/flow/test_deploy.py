"""docs/how-to/deploy.md, followed line by line on an empty Debian 12 with a systemd of its own.

What the page says about the service is then tried on the service it made. Nothing is imitated: the
wheel, pip, the unit, its walls and its watchdog are the real ones. Only the last steps are kept
from the network, so that no outlet is asked by a test.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flow import debian
from tests.flow.debian import Debian, Said
from tests.flow.unit import Started, started

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/deploy.md"
UNIT = ROOT / "deploy/torkham.service"
FOLDER = "/var/lib/torkham"
STARTED_BY = "systemctl enable --now torkham"
DESK = "http://127.0.0.1:8000"
MINUTES = 10
EXPOSURE = 1.5  # of 10; the unit has 1.1 with Debian 12's systemd

_FENCED = re.compile(r"^( *)```(sh|text)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


# --- the page -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The lines of a block to be typed, and what the page shows as their answer."""

    at: int  # the page's line at which the first of them stands
    lines: tuple[str, ...]
    answer: str = ""


def steps(page: str) -> list[Step]:
    """Return the blocks of the page that are typed on the server, in order."""
    found: list[Step] = []
    for block in _FENCED.finditer(page):
        indent, kind, body = block.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines()]
        if kind == "text":
            last = found.pop()
            found.append(Step(at=last.at, lines=last.lines, answer="\n".join(lines)))
        else:
            number = page.count("\n", 0, block.start()) + 2
            found.append(Step(at=number, lines=tuple(lines)))
    return found


def as_shown(answer: str, printed: str) -> bool:
    """Say whether the page's answer is what was printed; ``…`` stands for whatever there is."""
    pieces = (re.escape(piece) for piece in re.split(r"\n?…\n?", answer))
    return bool(re.fullmatch(".*".join(pieces), printed.strip(), re.DOTALL))


@dataclass(kw_only=True)
class Followed:
    """The server the page made, and what each line said on the way."""

    system: Debian
    said: dict[str, Said] = field(default_factory=dict)
    stumbled: str = ""
    by_hand: Started | None = None
    open_ones: ExitStack = field(default_factory=ExitStack)

    def start_by_hand(self) -> None:
        """Start the service as the unit that the page put in place says, without systemd."""
        unit = self.system.tree / f"etc/systemd/system/{UNIT.name}"
        self.by_hand = self.open_ones.enter_context(started(self.system.tree, unit))

    def follow(self, page: str) -> None:
        """Type the page's lines until one fails; ``stumbled`` then says which and how.

        Where there is no systemd, its service is started by hand once the page has it started.
        """
        outward = True
        for step in steps(page):
            printed = ""
            for number, line in enumerate(step.lines):
                outward = outward and line != STARTED_BY
                typed = line if self.system.leader else line.replace(" --now", "")
                said = self.said[line] = self.system.run(typed, outward=outward)
                printed += said.text
                if said.code:
                    self.stumbled = f"deploy.md:{step.at + number}: {line}\nexit {said.code}\n"
                    self.stumbled += said.text + self._log(line)
                    return
                if line == STARTED_BY and self.system.leader is None:
                    self.system.write("/etc/resolv.conf", "")  # from here on no outlet is asked
                    self.start_by_hand()
            if step.answer and not as_shown(step.answer, printed):
                self.stumbled = f"deploy.md:{step.at}: shows\n{step.answer}\nbut it says\n{printed}"
                return

    def _log(self, line: str) -> str:
        asked = "journalctl --no-pager --unit torkham --lines 40"
        return self.system.run(asked).text if "systemctl" in line else ""


def wheel_into(folder: Path) -> None:
    """Do what `make wheel` does, into ``folder``."""
    own = ROOT / ".bootstrap/bin/uv"
    uv = str(own) if own.exists() else str(shutil.which("uv"))
    for call in (
        ["build", "--quiet", "--wheel", "--out-dir", str(folder)],
        ["export", "--quiet", "--frozen", "--no-dev", "--all-extras", "--no-hashes",
         "--no-emit-project", "--no-annotate", "--no-header",
         "--output-file", str(folder / "constraints.txt")],
    ):  # fmt: skip
        subprocess.run([uv, *call], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Return the server after the whole page."""
    reason = debian.missing()
    if not reason and not (ROOT / ".bootstrap/bin/uv").exists() and not shutil.which("uv"):
        reason = "not installed: uv, which makes the wheel"
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("server")
    folder.chmod(0o755)
    tree = folder / "debian"
    debian.made(tree, "systemd")
    wheel_into(tree / "root")
    try:
        with debian.entered(tree) as system:
            followed = Followed(system=system)
            with followed.open_ones:
                followed.follow(PAGE.read_text())
                yield followed
    finally:
        shutil.rmtree(tree)


def shown(system: Debian, name: str) -> str:
    """Return a property of the service, as systemd has it."""
    return system.told(f"systemctl show --property={name} --value torkham").strip()


def healthy(system: Debian) -> bool:
    return system.run(f"curl --fail --silent {DESK}/healthz").code == 0


def until(true: object, seconds: float) -> bool:
    """Wait until the callable says yes, ``seconds`` at most."""
    assert callable(true)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def system(server: Followed) -> Debian:
    assert not server.stumbled, server.stumbled
    return server.system


@pytest.fixture
def walled(system: Debian) -> Debian:
    """Return the server where its systemd runs: what it promises cannot be tried without."""
    if system.leader is None:
        pytest.skip(f"no system can be started in a folder here: {system.why}"[:300])
    return system


# --- following it ---------------------------------------------------------------------------


def test_every_line_of_the_page_does_what_it_says(server: Followed) -> None:
    assert not server.stumbled, server.stumbled


def test_it_takes_ten_minutes_at_most(server: Followed) -> None:
    """The machine's part of them; the rest is reading."""
    assert sum(said.seconds for said in server.said.values()) < MINUTES * 60 / 2


def test_when_the_start_comes_back_the_desk_answers(server: Followed, system: Debian) -> None:
    """Systemd was told READY=1, and not before."""
    (asked,) = (said for line, said in server.said.items() if line.startswith("curl"))
    assert json.loads(asked.text)["ok"] is True
    if system.leader is not None:
        assert shown(system, "Type") == "notify"
        assert shown(system, "ActiveState") == "active"


class Person:
    """Somebody with a browser at the server itself: cookies are kept, forms are sent whole."""

    def __init__(self, system: Debian) -> None:
        self.system = system
        self.calls = 'curl --silent --cookie jar --cookie-jar jar --write-out "\n%{http_code}"'
        system.told("rm -f jar")

    def sees(self, path: str, form: str = "") -> tuple[int, str]:
        """Return the status and text of a page, after a form was sent when there is one."""
        told = self.system.told(f"{self.calls} {form} '{DESK}{path}'")
        page, _, status = told.rpartition("\n")
        return int(status), page

    def sends(self, page: str, path: str, **fields: str) -> int:
        """Fill in the form of ``page`` that goes to ``path``, and return the status."""
        _, text = self.sees(page)
        form = text.partition(f'action="{path}"')[2].partition("</form>")[0]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        sent = " ".join(f"--data-urlencode {n}='{v}'" for n, v in (hidden | fields).items())
        return self.sees(path, f"--header 'Origin: {DESK}' {sent}")[0]


def test_the_first_administrator_signs_in_and_chooses_a_password(
    server: Followed, system: Debian
) -> None:
    (added,) = (said for line, said in server.said.items() if "people add" in line)
    once, own = added.text.split()[-1], "three mild mulberry trees"
    adeela = Person(system)
    assert adeela.sends("/login", "/login", name="Adeela", password="not-her-password") == 403
    assert adeela.sends("/login", "/login", name="Adeela", password=once) == 303
    assert adeela.sees("/")[0] == 303  # the one-time password opens nothing but the change of it
    assert adeela.sends("/you", "/you/password", password=once, new=own, again=own) == 303
    assert adeela.sees("/")[0] == 200


# --- what the page says of the service ------------------------------------------------------


def test_no_walls_are_missing(walled: Debian) -> None:
    """Debian's own judgement of the unit: no mistake in it, and little that is exposed."""
    assert walled.told(f"systemd-analyze verify /etc/systemd/system/{UNIT.name}") == ""
    judged = walled.told(f"systemd-analyze security --no-pager {UNIT.name}")
    (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", judged)
    assert float(level) <= EXPOSURE, judged


def test_it_writes_to_its_folder_alone_and_nobody_else_may_read_there(system: Debian) -> None:
    elsewhere = "-not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*'"
    found = system.told(f"find / -xdev -user torkham -not -path '{FOLDER}*' {elsewhere}")
    assert found == ""
    assert system.told(f"find {FOLDER} -not -user torkham -or -perm /077") == ""


def test_within_its_walls_the_whole_product_works(walled: Debian) -> None:
    """Feeds read in limited children, pictures drawn, digests kept: nothing of it is denied."""
    own = (
        *("Type=oneshot", "Restart=no", "WatchdogSec=0", "ExecStart="),
        f"ExecStart=/opt/torkham/bin/torkham demo --once --json --data {FOLDER}/try",
        f"StandardOutput=file:{FOLDER}/try.json",
    )
    walled.write("/etc/systemd/system/torkham-try.service", UNIT.read_text())
    drop_in(walled, "torkham-try", *own)
    walled.told("systemctl start torkham-try")
    shown = json.loads(walled.told(f"cat {FOLDER}/try.json"))
    assert shown["balanced"]
    assert shown["ledger"]["found"] == 79
    assert shown["ledger"]["failed"] == {"not_found": 1}
    assert shown["alerts"]
    walled.told(f"rm -r {FOLDER}/try {FOLDER}/try.json")


def test_it_comes_back_when_it_is_killed_and_when_it_answers_no_more(walled: Debian) -> None:
    """The second is the watchdog's: a process that stands still, with a shorter patience here."""
    drop_in(walled, "torkham", "WatchdogSec=8", "RestartSec=1")
    walled.told("systemctl restart torkham")
    for signal, result in (("KILL", "signal"), ("STOP", "watchdog")):
        before = shown(walled, "MainPID")
        walled.told(f"systemctl kill --kill-whom=main --signal={signal} torkham")
        assert until(lambda was=before: shown(walled, "MainPID") not in {was, "0"}, 60), result
        assert until(lambda: healthy(walled), 60), result
        log = walled.told("journalctl --no-pager --unit torkham --lines 60")
        assert f"Failed with result '{result}'" in log
    undo(walled, "torkham")


def test_it_stops_in_good_order(server: Followed, system: Debian) -> None:
    if server.by_hand is not None:
        assert server.by_hand.stop() == 0
        server.start_by_hand()
        return
    began = time.monotonic()
    system.told("systemctl stop torkham")
    assert time.monotonic() - began < 30
    assert shown(system, "Result") == "success"
    system.told("systemctl start torkham")
    assert healthy(system)


def test_a_password_reaches_it_from_systemd_alone(walled: Debian) -> None:
    """LoadCredential=: root's file is handed over; as a setting of its own the page shows it."""
    lines = re.search(
        r"```ini\n( *\[Service\]\n *LoadCredential.*?)```", PAGE.read_text(), re.DOTALL
    )
    assert lines
    told = [line.strip() for line in lines[1].splitlines()[1:] if line.strip()]
    walled.told(f"cp {FOLDER}/feeds.yaml settings.yaml")
    mail = (
        "{kind: mail, host: mail.example.org, user: desk, from: d@example.org, to: [a@example.org]}"
    )
    walled.told(
        "install -d -m 700 /etc/torkham; umask 077;"
        " echo 'TORKHAM_SMTP_PASSWORD=a quiet canary' > /etc/torkham/secrets.env;"
        f""" sed -i 's/^channels:.*/channels:\\n  post: {mail}/' {FOLDER}/feeds.yaml"""
    )
    assert walled.run("torkham check").code == 2  # the password is not there for everybody
    drop_in(walled, "torkham", *told)
    walled.told("systemctl restart torkham")
    assert healthy(walled)
    assert "canary" not in walled.told("journalctl --no-pager --unit torkham")
    undo(walled, "torkham")
    walled.told(f"cp settings.yaml {FOLDER}/feeds.yaml")


def test_a_mistake_in_the_settings_is_one_line_and_no_storm_of_starts(walled: Debian) -> None:
    walled.told(f"echo 'nonsense: true' >> {FOLDER}/feeds.yaml")
    assert walled.run("systemctl restart torkham").code == 1
    assert shown(walled, "ActiveState") == "failed"
    assert "nonsense" in walled.run("systemctl status --no-pager torkham").text
    walled.told(f"sed -i '/^nonsense/d' {FOLDER}/feeds.yaml")
    walled.told("systemctl reset-failed torkham; systemctl start torkham")


def drop_in(system: Debian, name: str, *lines: str) -> None:
    """Do what `systemctl edit` does: lay lines over a service."""
    text = "\n".join(["[Service]", *lines, ""])
    system.write(f"/etc/systemd/system/{name}.service.d/override.conf", text)
    system.told("systemctl daemon-reload")


def undo(system: Debian, name: str) -> None:
    """Take the laid-over lines away, and start anew without them."""
    system.told(f"rm -r /etc/systemd/system/{name}.service.d; systemctl daemon-reload")


# --- reading the page -----------------------------------------------------------------------


def test_an_answer_with_a_gap_is_told_from_another() -> None:
    assert as_shown("a\n…\nz", "a\nmany\nlines\nz\n")
    assert as_shown("password: …", "password: k7mq2")
    assert not as_shown("a\n…\nz", "a\nmany\nlines\n")
    assert not as_shown("a", "b")


def test_the_page_is_read_as_it_is_typed() -> None:
    page = "x\n\n   ```sh\n   one\n   two\n   ```\n\n   ```text\n   said\n   ```\n"
    page += "```console\nno\n```\n"
    assert steps(page) == [Step(at=4, lines=("one", "two"), answer="said")]
