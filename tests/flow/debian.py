"""An empty Debian 12 of the tests' own, made by mmdebstrap and started with its own systemd.

It shares nothing with this machine but the kernel and, where a command is to install something, the
network. What runs in it otherwise sees a network of its own with loopback alone.

Where no system may be started in a folder (a container without the right to), the same folder is
entered by chroot: no systemd, this machine's network, and no name server once nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("mmdebstrap", "chroot")
TO_BOOT = ("systemd-nspawn", "nsenter")
RELEASE, MIRROR = "bookworm", "http://deb.debian.org/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRUSTED = "/etc/outer.pem"  # authorities of this machine's network, for pip and uv in the tree
BOOT_SECONDS, COMMAND_SECONDS = 60, 240


def missing() -> str:
    """Return why no Debian can be made here, or nothing."""
    lacking = [name for name in NEEDED if not shutil.which(name)]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    return "" if os.geteuid() == 0 else "only root can make and start another system"


def made(folder: Path, *packages: str) -> None:
    """Put an empty Debian into ``folder``. Raises CalledProcessError with what mmdebstrap says."""
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
         RELEASE, str(folder), MIRROR],
        check=True, capture_output=True, text=True, timeout=COMMAND_SECONDS,
    )  # fmt: skip
    authorities = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    if authorities:
        shutil.copy(authorities, folder / TRUSTED.lstrip("/"))


def network() -> dict[str, str]:
    """Return what of this machine's environment a command needs to reach the package registries."""
    kept = {name: value for name, value in os.environ.items() if name in _HANDED_ON}
    trusting = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    names = ("PIP_CERT", "SSL_CERT_FILE") if trusting else ()
    return kept | dict.fromkeys(names, TRUSTED)


_HANDED_ON = {
    *("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "UV_DEFAULT_INDEX"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command did: its exit code, and all it printed."""

    code: int
    text: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Debian:
    """A system in ``tree``; ``leader`` is its process 1, as this machine numbers it.

    Without a leader it is a folder that commands are run in, and ``why`` says why.
    """

    tree: Path
    leader: int | None
    why: str = ""

    def run(self, line: str, *, outward: bool = False, seconds: float = COMMAND_SECONDS) -> Said:
        """Run a line of bash as its root, in /root; ``outward``: with this machine's network."""
        environ = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
        environ |= network() if outward else {}
        if self.leader is None:
            environ["SYSTEMD_OFFLINE"] = "1"  # systemctl: do what can be done in files
        began = time.monotonic()
        done = subprocess.run(
            [*self._inside(outward=outward),
             "env", "-i", *(f"{name}={value}" for name, value in environ.items()),
             "bash", "-euo", "pipefail", "-c", f"cd /root; {line}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=seconds, check=False,
        )  # fmt: skip
        return Said(code=done.returncode, text=done.stdout, seconds=time.monotonic() - began)

    def _inside(self, *, outward: bool) -> list[str]:
        if self.leader is None:
            return ["chroot", str(self.tree)]
        spaces = ["--mount", "--uts", "--ipc", "--pid", "--cgroup"]
        spaces += [] if outward else ["--net"]
        return ["nsenter", f"--target={self.leader}", *spaces, "--root", "--wdns=/"]

    def told(self, line: str, *, outward: bool = False) -> str:
        """Run a line and return what it printed. Fails the test where the line fails."""
        said = self.run(line, outward=outward)
        assert said.code == 0, f"{line}\nexit {said.code}: {said.text}"
        return said.text

    def write(self, path: str, text: str) -> None:
        """Write a file of its root."""
        place = self.tree / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


@contextmanager
def entered(tree: Path) -> Iterator[Debian]:
    """Start the system in ``tree``, or enter it as it is where none can be started."""
    with ExitStack() as open_ones:
        try:
            system = open_ones.enter_context(booted(tree))
        except CannotBootError as no:
            system = open_ones.enter_context(rooted(tree, str(no)))
        yield system


class CannotBootError(Exception):
    """No system can be started in a folder here; its text says what was tried."""


@contextmanager
def rooted(tree: Path, why: str) -> Iterator[Debian]:
    """Enter ``tree`` by chroot."""
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    bound = subprocess.run(
        ["mount", "--bind", "/proc", str(tree / "proc")], capture_output=True, check=False
    )
    try:
        yield Debian(tree=tree, leader=None, why=why)
    finally:
        if bound.returncode == 0:
            subprocess.run(["umount", "--lazy", str(tree / "proc")], check=True)


@contextmanager
def booted(tree: Path) -> Iterator[Debian]:
    """Start the system in ``tree``, and stop it at the end. Raises CannotBootError."""
    lacking = [name for name in TO_BOOT if not shutil.which(name)]
    if lacking:
        raise CannotBootError(f"not installed: {', '.join(lacking)}")
    log = tree.with_suffix(".boot.log")
    with log.open("w") as printed:
        shell = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={tree}", "--boot", "--private-network",
             "--register=no", "--keep-unit", f"--machine=torkham-{os.getpid()}",
             "--resolv-conf=copy-host", "--link-journal=no", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
            env=os.environ | _hierarchy(),
        )  # fmt: skip
    try:
        system = Debian(tree=tree, leader=_leader(shell, log))
        _settle(system, log)
        yield system
    finally:
        shell.send_signal(signal.SIGTERM)  # systemd-nspawn shuts the system down in good order
        try:
            shell.wait(BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            shell.kill()
            shell.wait()


def _hierarchy() -> dict[str, str]:
    """Return what tells systemd-nspawn which control groups this machine has; it asks systemd."""
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    return {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1" if unified else "0"}


def _leader(shell: subprocess.Popen[bytes], log: Path) -> int:
    children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children")
    until = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < until and shell.poll() is None:
        numbers = children.read_text().split()
        if numbers and Path(f"/proc/{numbers[0]}/comm").read_text().strip() == "systemd":
            return int(numbers[0])
        time.sleep(0.05)
    raise CannotBootError(f"no system can be started here: {log.read_text()[-2000:]}")


def _settle(system: Debian, log: Path) -> None:
    until = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < until:
        state = system.run("systemctl is-system-running || true").text.strip()
        if state in {"running", "degraded"}:
            return
        time.sleep(0.1)
    raise CannotBootError(f"the system does not come up: {log.read_text()[-2000:]}")
