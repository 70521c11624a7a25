"""A rule that cannot be read, and what is said of signs that stand where they cannot."""

from __future__ import annotations

import unicodedata

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


class UnreadableRuleError(ValueError):
    """A rule that cannot be read: ``column`` from 1, ``why`` as half a sentence."""

    def __init__(self, column: int, why: str) -> None:
        super().__init__(f"column {column}: {why}")
        self.column, self.why = column, why


MISPLACED = {
    ")": "a word is missing before this bracket",
    "|": "OR stands between two terms; one is missing",
    "&": "AND stands between two terms; one is missing",
    ",": "a comma joins nothing; write AND or OR",
}
LEFT_OVER = {
    ")": "this bracket was never opened",
    ",": "a comma joins nothing; write AND or OR",
}


def refuse_unseen(text: str) -> None:
    """Raise UnreadableRuleError where a sign stands that nobody sees and that may turn the line."""
    for at, char in enumerate(text):
        if char in _TURNING or (unicodedata.category(char) in _UNSEEN and char not in "\t\r\n"):
            why = f"an invisible character (U+{ord(char):04X}) stands here; take it out"
            raise UnreadableRuleError(at + 1, why)
