"""A cell of a table as no spreadsheet runs it."""

from __future__ import annotations

import re
from typing import Final

UNSEEN: Final = r"[\s\x00-\x1f\u200b\u2060\ufeff]*"
"""What some spreadsheets pass over in front of a formula."""
_LIVE: Final = re.compile(UNSEEN + r"[=+\-@＝＋－＠]|[\t\r]")


def quoted(text: str) -> str:
    """Return the text, with an apostrophe in front where a spreadsheet would compute it."""
    return f"'{text}" if _LIVE.match(text) else text
