"""sqlite-utils, the only door to it, imported without what it would bring along.

It imports NumPy and pandas where they are installed, to know their types: with both, 2.7 s at every
start of a command that needs neither.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

_spared = [name for name in ("numpy", "pandas") if name not in sys.modules]
for _name in _spared:
    sys.modules[_name] = None  # type: ignore[assignment]  # an import of it fails, and that is all
try:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    if TYPE_CHECKING:
        import sqlite3
    else:  # pysqlite3 where it is installed, as sqlite-utils prefers it
        from sqlite_utils.utils import sqlite3
finally:
    for _name in _spared:
        del sys.modules[_name]

__all__ = ["Database", "Migrations", "sqlite3"]
