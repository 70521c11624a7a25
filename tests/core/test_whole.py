"""A file is written whole or not at all, and a kill leaves nothing behind for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.edge.whole import write_whole

KILLED = """
import resource, signal, sys
from pathlib import Path
from monitor.edge.whole import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
write_whole(Path(sys.argv[1]), b"x" * 100_000, mode=0o600)
"""  # the system kills it as its file grows over a thousand bytes


def test_what_a_killed_process_left_is_gone_once_the_file_is_written_again(tmp_path: Path) -> None:
    place = tmp_path / "told.txt"
    place.write_bytes(b"before")
    run = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False, timeout=60)
    assert run.returncode < 0
    assert place.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 2  # a draft that nobody could clear away
    write_whole(place, b"after", mode=0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["told.txt"]
    assert place.read_bytes() == b"after"


def test_a_write_that_fails_leaves_the_file_and_no_draft(tmp_path: Path) -> None:
    place = tmp_path / "told.txt"
    place.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(place, b"after", mode=0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["told.txt"]


def test_a_file_that_is_replaced_keeps_its_mode_unless_it_is_given_one(tmp_path: Path) -> None:
    place = tmp_path / "feeds.yaml"
    place.touch()
    place.chmod(0o664)
    write_whole(place, b"feeds: []\n")
    assert place.stat().st_mode & 0o777 == 0o664
    write_whole(place, b"feeds: []\n", mode=0o600)
    assert place.stat().st_mode & 0o777 == 0o600
