"""A new store by copying one: to make it anew takes 45 ms of processor, to copy it half of one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from store.db import connect


def new_store(path: Path) -> Path:
    """Put a new store, brought up to date, at ``path``, and return that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_made())
    return path


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "torkham.db"
        connect(path).close()
        return path.read_bytes()
