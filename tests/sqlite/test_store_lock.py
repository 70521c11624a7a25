"""One service to a data folder, by whatever name; a dead one blocks nobody."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from store.db import AlreadyRunning, StoreError, StoreRefused, hold
from store.lock import holder, unlockable

ROOT = Path(__file__).resolve().parents[2]
TIMES = 50

# Each service is a fork: it holds the folder for good, and is killed in the middle of that.
STARTS = """
import os, signal, sys, time
from pathlib import Path
from store.faults import AlreadyRunning
from store.lock import hold
folder, times = Path(sys.argv[1]), int(sys.argv[2])
refused = named = after_kill = 0
for _ in range(times):
    hears, says = os.pipe()
    service = os.fork()
    if service == 0:
        with hold(folder):
            os.write(says, b"held")
            time.sleep(60)
        os._exit(1)
    os.close(says)
    assert os.read(hears, 4) == b"held", "it could not start after the last was killed"
    os.close(hears)
    try:
        with hold(folder):
            pass
    except AlreadyRunning as error:
        refused += 1
        named += error.pid == service
    os.kill(service, signal.SIGKILL)
    os.waitpid(service, 0)
    with hold(folder):
        after_kill += 1
print(refused, named, after_kill)
"""


def run(script: str, *words: object, **more: Any) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, **more,
    )  # fmt: skip
    return str(done.stdout).strip()


@pytest.mark.row(6)
def test_every_second_service_is_refused_and_none_is_blocked_by_a_killed_one(
    tmp_path: Path, figure: Any
) -> None:
    found = run(STARTS, tmp_path, TIMES)
    assert found == f"{TIMES} {TIMES} {TIMES}"
    figure(f"{TIMES} of {TIMES} double starts refused with the other's process number, "
           f"{TIMES} of {TIMES} started after kill -9")  # fmt: skip


SERVICE = """
import sys, time
from pathlib import Path
from store.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A service on ``data``."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(tmp_path / "data")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.row(6)
def test_the_folder_is_one_by_whatever_path_it_is_named(
    tmp_path: Path, service: subprocess.Popen[str], figure: Any
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "far").mkdir()
    (tmp_path / "far/up").symlink_to("..")
    names = (
        tmp_path / "link",
        tmp_path / "far/../data",
        tmp_path / "far/up/data",
        Path(os.path.relpath(tmp_path / "data")),
    )
    for name in names:
        with pytest.raises(AlreadyRunning) as refused, hold(name):
            pytest.fail(f"{name} was held twice")
        assert refused.value.pid == service.pid
        assert holder(name) == service.pid
    figure(f"{len(names)} of {len(names)} other paths to one folder refused")


@pytest.mark.row(6)
def test_a_lock_file_that_was_deleted_still_locks_as_the_folder_does(
    tmp_path: Path, service: subprocess.Popen[str], figure: Any
) -> None:
    for lost in ("deleted", "made anew"):
        (tmp_path / "data/torkham.lock").unlink(missing_ok=True)
        if lost == "made anew":
            (tmp_path / "data/torkham.lock").write_text("")
        with pytest.raises(AlreadyRunning, match="another process"), hold(tmp_path / "data"):
            pytest.fail("two services hold one folder")
    assert holder(tmp_path / "data") == 0, "somebody, it is not known who"
    service.kill()
    service.wait()
    with hold(tmp_path / "data"):
        assert holder(tmp_path / "data") == os.getpid()
    assert holder(tmp_path / "data") is None
    figure("a lock file deleted under the service: 2 of 2 second starts refused")


REFUSED = """
import os, sys
from pathlib import Path
from store.faults import StoreRefused
from store.lock import hold
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    with hold(Path(sys.argv[1])):
        print("held")
except StoreRefused as error:
    print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("whose", ["folder", "file"])
def test_a_folder_or_lock_of_another_user_is_refused_in_a_line(whose: str) -> None:
    with TemporaryDirectory() as name:  # pytest's own folders are for nobody else to enter
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        data.mkdir()
        if whose == "file":
            (data / "torkham.lock").touch(0o600)
            data.chmod(0o777)
        (line,) = run(REFUSED, data).splitlines()
        assert line.startswith(f"cannot write {data}/torkham.lock (Permission denied): give the")


def test_a_file_where_the_folder_should_be_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StoreRefused, match=r"cannot write .*data"), hold(tmp_path / "data"):
        pytest.fail("held a file")


def test_a_file_system_without_locks_is_told_from_a_second_service(tmp_path: Path) -> None:
    """Network shares answer so; a message about another service would send people hunting."""
    said = unlockable(tmp_path, OSError(errno.ENOLCK, os.strerror(errno.ENOLCK)))
    assert isinstance(said, StoreError)
    assert not isinstance(said, AlreadyRunning)
    assert str(said) == (
        f"{tmp_path} cannot be locked (No locks available): the data folder belongs on a local"
        " disk, not on a network share"
    )
