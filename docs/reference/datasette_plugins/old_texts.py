# ruff: noqa: INP001 - a folder of plugins is no package
"""Datasette: lets the view ``versions`` show texts that were packed (--plugins-dir)."""

from __future__ import annotations

from typing import Any

from datasette import hookimpl

from store.dictionaries import Dictionaries
from store.packing import UNPACKED, unpacking


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: Any) -> None:
    """Teach each connection of Datasette's the function behind ``versions``."""
    conn.create_function(UNPACKED, 3, unpacking(Dictionaries(conn)), deterministic=True)
