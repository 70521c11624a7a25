"""Numbers in the words of Urdu, Pashto and Dari, alone or after digits: "ایک لاکھ 20 ہزار".

A run of such words is read whole or, where its parts do not add up to one number, not at all: half
of "دوه سوه پنځوس" is no toll.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from monitor.stages.claims.sentences import Token, listed

_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u200d": None})


def folded(low: str) -> str:
    """Return a word with the letters that keyboards write in several ways as one."""
    return low if low.isascii() else low.translate(_LETTERS)


def _counting(start: int, words: str) -> dict[str, int]:
    """Words in a row, each with its number; ``/`` parts spellings, ``-`` leaves a number out."""
    return {
        folded(word): value
        for value, said in enumerate(words.split(), start)
        for word in said.split("/")
        if word != "-"
    }


# "بہتر" is also better, "اسی" this very, "چون" because: they are left out.
_URDU = _counting(
    2,
    "دو تین چار پانچ چھ/چھے سات آٹھ - دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس بیس اکیس"
    " بائیس تیئس/تئیس/تیئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس بتیس تینتیس چونتیس"
    " پینتیس چھتیس سینتیس اڑتیس انتالیس چالیس اکتالیس بیالیس تینتالیس چوالیس پینتالیس چھیالیس"
    " سینتالیس اڑتالیس انچاس پچاس اکاون باون ترپن - پچپن چھپن ستاون اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ"
    " تریسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر ستر اکہتر - تہتر چوہتر پچہتر چھہتر ستتر اٹھہتر"
    " اناسی - اکیاسی بیاسی تراسی چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے اکانوے بانوے ترانوے"
    " چورانوے پچانوے چھیانوے ستانوے اٹھانوے ننانوے",
)
_PASHTO = _counting(
    2,
    "دوه درې/دری څلور پنځه شپږ اووه/اوه اته نهه لس یوولس دولس دیارلس څوارلس پنځلس شپاړس اوولس اتلس"
    " نولس شل",
)
_DARI = _counting(
    3,
    "سه چهار پنج شش هفت هشت - - یازده دوازده سیزده چهارده پانزده شانزده هفده هجده/هژده نزده/نوزده"
    " بیست",
)
_TENS = _counting(2, "ویشت دېرش/دیرش څلوېښت/څلویښت پنځوس شپېته اویا اتیا")
_TENS |= _counting(4, "چهل پنجاه شصت هفتاد هشتاد نود") | {"سی": 3}
_WORDS = {**_URDU, **_PASHTO, **_DARI, **{word: 10 * value for word, value in _TENS.items()}}
_HALVES = {"ڈیڑھ": 1.5, "ڈھائی": 2.5, "اڑھائی": 2.5}
# Parts of numbers that are other words when they stand alone: a, new, a village, the letter C.
_PARTS = {"ایک": 1, "یک": 1, "یو": 1, "یوه": 1, "نو": 9, "ده": 10, "سی": 30, "ستر": 70}
_TIMES = {
    **dict.fromkeys(listed("سو صد سل سوه سوو"), 100),
    **dict.fromkeys(listed("ہزار هزار زره زرو زر"), 1_000),
    **dict.fromkeys(listed("لاکھ لک لکه"), 100_000),
    **dict.fromkeys(("ملین", "میلیون", "میلیونه", "میلیونو", "ملیون", "ملیونه"), 1_000_000),
    **dict.fromkeys(listed("کروڑ"), 10_000_000),
    "درجن": 12,
}
_HUNDREDS = {"دوصد": 200, "سیصد": 300, "چهارصد": 400, "پنجصد": 500, "پانصد": 500, "ششصد": 600,
             "هفتصد": 700, "هشتصد": 800, "نهصد": 900}  # fmt: skip
_VAGUE = {
    "درجنوں": 24, "سینکڑوں": 200, "سیکڑوں": 200, "ہزاروں": 2_000, "لاکھوں": 200_000,
    "دهها": 20, "صدها": 200, "هزاران": 2_000, "لسګونه": 20, "لسګونو": 20, "سلګونه": 200,
    "سلګونو": 200, "زرګونه": 2_000, "زرګونو": 2_000,
}  # fmt: skip
_FIRST = listed("صد سل")  # a hundred, also without a number before
_ANDS = listed("و او")
_HALVING = listed("ساڑھے سوا پونے نیم نصف آدھا اعشاریہ اعشاریه")
# Beside one of these a word that could be another is a number: "نو افراد".
_COUNTERS = listed(
    "افراد لوگ اشخاص کسان تنه تن نفر کس اہلکار اہلکاروں فوجی دہشت شہری مزدور بچے خواتین"
)
SPELLED = frozenset({*_WORDS, *_PARTS, *_HALVES, *_HUNDREDS, *_VAGUE, *_FIRST})
_NUMBERED = SPELLED | frozenset(_TIMES)
_LONGEST = 12  # words of one number


class Spelled(NamedTuple):
    """A number in words, up to token ``last``; ``value`` None: its parts make no one number."""

    value: float | None
    last: int
    vague: bool = False
    times: float = 1


def begins(low: str) -> bool:
    """Whether a number can begin with this word."""
    return not low.isascii() and folded(low) in SPELLED


def spelled(tokens: Sequence[Token], at: int) -> Spelled | None:
    """Return the number whose first word, or digits before such a word, stand at ``at``."""
    first = folded(tokens[at].low)
    if tokens[at].kind == "word" and first in _VAGUE:
        return Spelled(_VAGUE[first], at + 1, vague=True)
    if tokens[at].kind == "word" and first not in SPELLED:
        return None
    if tokens[at].kind == "number" and _word(tokens, at + 1) not in _TIMES:
        return None
    last = _last(tokens, at)
    if last == at + 1 and first in _PARTS and not (
        _PARTS[first] > 1 and _word(tokens, last) in _COUNTERS
    ):  # fmt: skip
        return None
    halved = (at and folded(tokens[at - 1].low) in _HALVING) or _word(tokens, last) in _HALVING
    made = _Sum()
    if halved or not all(made.add(token) for token in tokens[at:last]):
        return Spelled(None, last)
    times = [_TIMES[word] for word in (_word(tokens, here) for here in range(at, last))
             if word in _TIMES]  # fmt: skip
    return Spelled(made.value, last, times=times[0] if len(times) == 1 else 1)


def _word(tokens: Sequence[Token], at: int) -> str:
    return folded(tokens[at].low) if at < len(tokens) and tokens[at].kind == "word" else ""


def _last(tokens: Sequence[Token], at: int) -> int:
    """The token after the run of number words that begins at ``at``."""
    last = at + 1
    while last < len(tokens) and last - at < _LONGEST:
        after_times = _word(tokens, last - 1) in _TIMES
        if _word(tokens, last) in _ANDS and _goes_on(tokens, last + 1, digits=after_times):
            last += 2
        elif _goes_on(tokens, last, digits=after_times):
            last += 1
        else:
            break
    return last


def _goes_on(tokens: Sequence[Token], at: int, *, digits: bool) -> bool:
    """Whether a part of a number stands here; ``digits``: it may be in digits."""
    figure = at < len(tokens) and tokens[at].kind == "number"
    return (digits and figure) or _word(tokens, at) in _NUMBERED


class _Sum:
    """What number words add up to; a word that no number goes on with is not taken."""

    def __init__(self) -> None:
        self._whole = 0.0  # what thousands and more make
        self._part = 0.0  # hundreds and less
        self._below = float("inf")  # what comes next is less than this
        self._steps = float("inf")  # the last of thousand, lakh, million
        self._half = False

    @property
    def value(self) -> float | None:
        """The number; None for half of one ("one and a half" of nothing)."""
        return None if self._half else self._whole + self._part

    def add(self, token: Token) -> bool:
        """Take the next word; False where the words make no number with it."""
        word = folded(token.low)
        if word in _ANDS:
            return self._part + self._whole > 0
        if token.kind == "word" and word in _TIMES:
            return self._multiply(_TIMES[word])
        value = _value(token, word)
        if value is None:
            return False  # "dozens" and the like make no part of a number
        self._half = word in _HALVES
        if word in _TENS and 0 < self._part < 10:  # Pashto says five-and-twenty
            value, self._part = value + self._part, 0.0
            self._below = max(self._below, value + 1)
        if value >= self._below:
            return False
        self._part += value
        self._below = 10 if value >= 20 and value % 10 == 0 and value < 100 else 0
        if value >= 100 and value % 100 == 0:
            self._below = 100
        return True

    def _multiply(self, times: float) -> bool:
        if times >= self._steps or (times <= 100 <= self._part):
            return False
        self._half = False
        self._part = max(self._part, 1.0) * times
        self._below = times if times != 12 else 0
        if times >= 1_000:
            self._whole, self._part, self._steps = self._whole + self._part, 0.0, times
        return True


def _value(token: Token, word: str) -> float | None:
    if token.kind == "number":
        return float(token.low.replace(",", "").replace("٬", "").replace("،", "").replace("٫", "."))
    known = (_PARTS, _HALVES, _HUNDREDS, _WORDS)
    return next((float(table[word]) for table in known if word in table), None)
