"""Starts a service as its unit says where there is no systemd for it; its walls do not stand."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flow.debian import PATH

READY_SECONDS = 120
NOTICES = "run/ready"  # in the tree; the service is told of it as /run/ready


def settings(unit: Path) -> dict[str, list[str]]:
    """Return what stands in a unit, each key with its values in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A service that said it is ready."""

    process: subprocess.Popen[str]
    stop_seconds: float

    def stop(self) -> int:
        """Ask it to stop as systemd does, and return its exit code. Raises TimeoutExpired."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.stop_seconds)


@contextmanager
def started(tree: Path, unit: Path) -> Iterator[Started]:
    """Start ExecStart of ``unit`` in ``tree`` as its User in its WorkingDirectory.

    It is given once READY=1 was heard; raises TimeoutError with its words when it is not. The
    command must stay the process that was started, as systemd has it.
    """
    asked = settings(unit)
    (user,), (place,), (command,) = (
        asked[key] for key in ("User", "WorkingDirectory", "ExecStart")
    )
    environ = [f"PATH={PATH}", f"NOTIFY_SOCKET=/{NOTICES}", *" ".join(asked["Environment"]).split()]
    log = tree.with_suffix(".service.log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door, log.open("w") as printed:
        (tree / NOTICES).unlink(missing_ok=True)
        door.bind(str(tree / NOTICES))
        os.chmod(tree / NOTICES, 0o666)  # noqa: PTH101, S103 - the service is another user
        door.settimeout(READY_SECONDS)
        enter = f"umask {asked['UMask'][0]}; cd {place}; exec {command}"
        process = subprocess.Popen(
            ["chroot", f"--userspec={user}:{asked['Group'][0]}", str(tree),
             "env", "-i", *environ, "sh", "-c", enter],
            stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            while "READY=1" not in door.recv(4096).decode().splitlines():
                pass
            yield Started(process=process, stop_seconds=float(asked["TimeoutStopSec"][0]))
        except TimeoutError:
            raise TimeoutError(f"not ready: {log.read_text()[-3000:]}") from None
        finally:
            process.kill()
            process.wait()
