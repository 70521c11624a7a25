"""The reference page names every table of the store and no other."""

from __future__ import annotations

import re
from pathlib import Path

from store.db import Db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "store.md"


def test_the_reference_page_names_every_table(db: Db) -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Tables")[1].split("## States")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    inner = re.compile(
        r"words_|quote_words_|headline_words_(?:idx|docsize|data|config)|_sqlite_migrations|sqlite_"
    )
    assert told == {name for name in db.table_names() if not inner.match(name)}
