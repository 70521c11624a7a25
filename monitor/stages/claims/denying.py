"""Whether a figure is told as what did not happen: denied, or in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.stages.claims.numbers import Count
from monitor.stages.claims.sentences import Token, listed

_REACH = 16  # words before or behind a figure that may take it back
_ENDS = listed(
    '; : , . ” " but though although while said says added saying confirmed however told claiming'
)
_DENYING = listed("denied denies deny denying refuted refutes refuting refute")
_DENIED = listed("entry access visa visas permission bail asylum rights treatment")  # a thing kept
_REJECTING = listed(
    "rejected rejects rejecting dismissed dismisses dismissing rubbished rubbishes debunked"
)
_TOLD = listed(
    "claim claims report reports rumour rumours rumor rumors allegation allegations news assertion"
    " figure figures"
)
_UNSURE = frozenset({"whether", "if", "falsely"})
_NO_WORDS = frozenset(
    {
        *(("not", "true"), ("no", "truth"), ("no", "evidence"), ("no", "proof")),
        *(("no", "confirmation"), ("contrary", "to"), ("fake", "news")),
        *(("not", "confirm"), ("not", "verify")),
    }
)
_FALSE = listed("false fake baseless untrue unfounded fabricated incorrect wrong misleading")
_BEING = listed("is are was were being as")


def taken_back(words: Sequence[Token], count: Count) -> bool:
    """Whether the sentence says that it is not so, or that nobody knows whether it is."""
    begin = count.number.begin
    before = _clause(words, range(begin - 1, max(-1, begin - _REACH), -1))[::-1]
    if not before:
        return False
    for at, low in enumerate(before):
        following = before[at + 1] if at + 1 < len(before) else ""
        if low in _UNSURE or (low, following) in _NO_WORDS:
            return True
        if low in _DENYING and following not in _DENIED:
            return True
        if low in _REJECTING and _TOLD.intersection(before[at:]):
            return True
    behind = _clause(words, range(count.last, min(len(words), count.last + _REACH)))
    called = any(low in _BEING and _FALSE.intersection(behind[at : at + 3])
                 for at, low in enumerate(behind))  # fmt: skip
    return called and bool(_TOLD.intersection(before))


def _clause(words: Sequence[Token], places: range) -> list[str]:
    """The words at places in a row, up to the end of the clause."""
    out: list[str] = []
    for at in places:
        if words[at].low in _ENDS:
            break
        out.append(words[at].low)
    return out
