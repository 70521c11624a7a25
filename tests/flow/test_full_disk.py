"""A disk that fills up: what was committed is safe, it is said once, and room is all it takes."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from monitor.work import JOBS
from store.db import StoreError, StoreFull, connect, quick_check
from tests.flow.newsroom import Installation, Newsroom, until_true

SMALL, LARGE = 3, 64  # MB


class Disk:
    """A disk of 3 MB for the data folder: a real one where it may be mounted, else a limit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        asked = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}m", "torkham-test", str(folder)]
        folder.mkdir(parents=True)
        try:
            self.real = subprocess.run(asked, capture_output=True, check=False).returncode == 0
        except OSError:
            self.real = False
        self.said = "a file system of 3 MB" if self.real else "files limited to 1.5 MB (no mount)"

    @property
    def limits(self) -> list[str]:
        """For the process to be started: its files may grow so far, where there is no disk."""
        return [] if self.real else [f"--fsize={SMALL << 19}:unlimited"]

    def enlarge(self, pid: int) -> None:
        if self.real:
            asked = ["mount", "-o", f"remount,size={LARGE}m", str(self.folder)]
            subprocess.run(asked, check=True, capture_output=True)
        else:
            free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, free)

    def close(self) -> None:
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    disk = Disk(folder)
    try:
        yield disk
    finally:
        disk.close()


def held(here: Installation) -> tuple[set[str], set[int]]:
    """Return the addresses found and the articles read, as another process sees them."""
    try:
        items = here.rows(
            "SELECT coalesce(i.url, a.url) AS url FROM items i"
            " LEFT JOIN articles a ON a.id = i.article"
        )
        read = here.rows("SELECT id FROM articles WHERE version > 0")
    except StoreError:
        return set(), set()
    return {row["url"] for row in items}, {row["id"] for row in read}


@pytest.mark.slow
@pytest.mark.row(3)
@pytest.mark.timeout(300)
def test_a_disk_that_fills_costs_nothing_committed_and_room_is_all_it_takes(
    newsroom: Newsroom, tmp_path: Path, figure: Any
) -> None:
    here = Installation(folder=tmp_path / "here", newsroom=newsroom)
    newsroom.fill(2, 60)  # more than the disk holds, or there is nothing left to go on with
    here.configure(web={"port": 0x1F00 + os.getpid() % 4096})
    log = tmp_path / "log"
    with small_disk(here.data) as disk, log.open("w") as file:
        service = here.start("run", stderr=file, limits=disk.limits)
        try:
            assert until_true(lambda: _full(log), 90), log.read_text()[-2000:]
            time.sleep(12)  # some ticks of every job
            assert service.poll() is None, "it goes on running"
            found, read = held(here)
            assert found
            asked_before = len(newsroom.asked)
            disk.enlarge(service.pid)
            began = time.monotonic()
            assert until_true(lambda: held(here)[1] > read, 60), log.read_text()[-2000:]
            seconds = time.monotonic() - began
            every = {newsroom.url(one) for stories in newsroom.stories.values() for one in stories}
            assert until_true(lambda: held(here)[0] == every, 90), (
                "what was not kept is asked again"
            )
            assert until_true(lambda: len(held(here)[1]) == len(every), 90)
            assert len(newsroom.asked) > asked_before
            assert held(here)[0] >= found
            assert held(here)[1] >= read
            with here.store() as db:
                quick_check(db)
        finally:
            service.terminate()
            with suppress(subprocess.TimeoutExpired):
                service.wait(20)
            here.close()
    lines = [line for line in log.read_text().splitlines() if _says_so(line)]
    assert 1 <= len(lines) <= 3 * len(JOBS), "told when a job meets it, not at every tick"
    figure(f"{disk.said} filled at {len(found)} items and {len(read)} texts; 0 lost, at work again"
           f" after {seconds:.0f} s; {len(lines)} lines said so")  # fmt: skip


def _full(log: Path) -> bool:
    return any(map(_says_so, log.read_text(errors="replace").splitlines()))


def _says_so(line: str) -> bool:
    return "disk is full" in line or "File too large" in line or "disk I/O" in line


def test_a_command_on_a_disk_without_a_byte_says_that_it_is_full(tmp_path: Path) -> None:
    """SQLite has no room for the index of its journal then, and calls it a fault of the disk."""
    with small_disk(tmp_path / "data") as disk:
        if not disk.real:
            pytest.skip("no file system may be mounted here")
        store = disk.folder / "torkham.db"
        connect(store).close()
        with suppress(OSError), (disk.folder / "filler").open("wb", buffering=0) as filler:
            while filler.write(b"x" * 4096):
                pass
        with pytest.raises(StoreFull, match=r"the disk is full at .*: free some space"):
            connect(store)
        (disk.folder / "filler").unlink()
        connect(store).close()
