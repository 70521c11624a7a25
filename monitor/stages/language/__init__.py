"""In which language is a text? The library's guess, checked by the letters it is written in.

A feed's word stands where there is too little text to know better: a headline of four words may be
in any language, and a feed in Urdu that quotes an English line is a feed in Urdu.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

ENOUGH = 80
"""Letters of a text of which the library's guess beats what the feed declares."""
SURE = 0.99
READ = 3_000  # characters looked at
_FIRST = 1_000  # of them, which are read first; where these leave no doubt, no more are
_PLAIN_ENOUGH = 0.9999  # gave on 218 of 218 pages what all of it gives

_OWN = {
    "ps": "ټډړږښګڼېۍځڅ",
    "ur": "ٹڈڑںےہۓ",
    "sd": "ٻڀٿٺڄڃڇڌڏڊڦڳڱڻڪ",
}
"""Letters that of these languages only this one writes, and no other writes two of."""
_OWNER = {letter: language for language, letters in _OWN.items() for letter in letters}
_OWNED = re.compile(f"[{''.join(_OWNER)}]")
_DECISIVE = 0.01  # of the letters; Pashto has 9 %, Urdu 12 %
_FEW = 3
_SAME = {
    "fa": {"prs", "tg"},  # Dari: no library parts it from Persian, and the feed knows
    "ku": {"ckb", "kmr"},
    "sdh": {"ckb", "ku"},
    "no": {"nb", "nn"},
    "sr": {"hr", "bs", "sh", "cnr"},
    "hr": {"sr", "bs", "sh", "cnr"},
    "ms": {"id"},
    "id": {"ms"},
    "uzs": {"uz"},
    "zh": {"yue", "wuu"},
}
"""What the library cannot part: a feed that declares one of these is believed."""
_CODES = {"uzs": "uz", "sdh": "ckb"}
_CODE = re.compile(r"([a-z]{2,3})(?:[-_].{0,20})?$")
_SCRIPTS = {
    "ARABIC": {"ar", "ur", "ps", "fa", "prs", "sd", "ckb", "ku", "ug", "pnb", "skr", "bal", "azb",
               "uz", "brh", "khw", "ks"},
    "CYRILLIC": {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn", "tt", "uz"},
    "DEVANAGARI": {"hi", "mr", "ne", "sa"},
    "CJK": {"zh", "ja", "yue", "wuu", "ko"},
    "HIRAGANA": {"ja"}, "KATAKANA": {"ja"}, "HANGUL": {"ko"}, "GREEK": {"el"}, "HEBREW": {"he"},
    "BENGALI": {"bn", "as"}, "GURMUKHI": {"pa"}, "TAMIL": {"ta"}, "THAI": {"th"},
}  # fmt: skip
_LATIN_TOO = {"uz", "ku", "sr", "tk", "kk", "tt", "az", "ks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """The language of a text as it looks: an ISO 639 code, and whether that is sure enough.

    ``letters`` is how many letters there were to look at.
    """

    code: str | None
    sure: bool
    letters: int


def identify(text: str) -> Tongue:
    """Return the language a text looks to be in; no code where it has no letters. Never raises."""
    start = unicodedata.normalize("NFC", text[:READ])
    begun = _western_bytes(start)
    if begun is not None and _is_english(begun[:_FIRST].translate(_IN_WORDS).split()):
        return Tongue(code="en", sure=True, letters=len(begun.translate(None, _NO_LETTERS)))
    words, letters, western = _counted(start)
    if not letters:
        return Tongue(code=None, sure=False, letters=0)
    own = None if western else _by_letters(start, letters)
    plain = own or ("en" if _is_english(words) else None)
    if plain is not None:
        return Tongue(code=plain, sure=True, letters=letters)
    from monitor.stages.language.weights import IDENTIFIER  # 0.5 s, and only for the other ones

    code, share = IDENTIFIER.classify(start[:_FIRST].encode("utf-8", "replace").decode())
    if share < _PLAIN_ENOUGH and len(start) > _FIRST:
        code, share = IDENTIFIER.classify(start.encode("utf-8", "replace").decode())
    sure = float(share) >= SURE and letters >= ENOUGH
    return Tongue(code=str(code), sure=sure, letters=letters)


def _by_letters(text: str, letters: int) -> str | None:
    """The one language whose own letters stand in the text, of those in Arabic script.

    Two different ones at least: Uyghur writes one of Pashto's.
    """
    owned = Counter(_OWNED.findall(text)) if not text.isascii() else None
    if not owned:
        return None
    counts: Counter[str] = Counter()
    for char, times in owned.items():
        counts[_OWNER[char]] += times
    (first, most), *others = counts.most_common(2)
    alone = not others or others[0][1] * 4 <= most
    kinds = sum(_OWNER[char] == first for char in owned)
    enough = most >= _FEW and kinds > 1 and most >= _DECISIVE * letters
    return first if enough and alone else None


_WORD = re.compile(r"[^\W\d_]+")
_PLAINEST = (
    "the", "of", "and", "to", "that", "for", "with", "was", "on", "as", "by", "from", "have", "has",
    "were", "which", "this", "his", "her", "said", "been", "their", "but", "not", "are", "after",
    "an", "at", "be", "it", "its", "they", "who", "would", "will",
)  # fmt: skip
_COMMON: frozenset[str | bytes] = frozenset([*_PLAINEST, *(word.encode() for word in _PLAINEST)])
_WORDS = 25  # words it takes to tell
_PLAIN = 0.2  # of them; news in English has 0.25 to 0.45, other languages under 0.05


def _western() -> tuple[bytes, bytes]:
    """Of the Western code page: what each byte is in a word, a space where none; and no letters."""
    every = bytes(range(256)).decode("cp1252", "replace")
    plain = (
        low if len(low := char.lower().encode("cp1252", "replace")) == 1 else b" " for char in every
    )
    in_words = b"".join(
        low if _WORD.fullmatch(char) else b" " for char, low in zip(every, plain, strict=True)
    )
    return in_words, bytes(n for n, char in enumerate(every) if not char.isalpha())


_IN_WORDS, _NO_LETTERS = _western()
_Words = list[bytes] | list[str]


def _counted(text: str) -> tuple[_Words, int, bool]:
    """The words of a text, folded, how many letters it has, and whether all of them are Western.

    Most are in Western letters and are counted as bytes, ten times sooner. Where no "the" stands in
    it, the words are left out: nobody asks for them.
    """
    western = _western_bytes(text)
    if western is None:
        known = "the" in text.casefold()
        words = [word.casefold() for word in _WORD.findall(text)] if known else []
        return words, sum(map(str.isalpha, text)), False
    return western.translate(_IN_WORDS).split(), len(western.translate(None, _NO_LETTERS)), True


def _western_bytes(text: str) -> bytes | None:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return None


def _is_english(words: _Words) -> bool:
    """Whether a text is beyond doubt in English: most are, and need no library to tell."""
    common = sum(map(_COMMON.__contains__, words))
    known = b"the" in words or "the" in words
    return known and len(words) >= _WORDS and common >= _PLAIN * len(words)


def chosen(text: str, *, declared: str | None) -> str | None:
    """Return the language to keep of a text: what it is, where that is sure, else the declared.

    A declared language whose script the text is not written in is not believed either.
    """
    found = identify(text)
    written = _CODE.match((declared or "").strip().lower())
    said = written[1] if written else ""
    code = _CODES.get(found.code or "", found.code)
    if not said:
        return code if found.sure or found.letters >= _FEW * 10 else None
    if said == code or said in _SAME.get(found.code or "", ()) or code is None:
        return said
    return code if found.sure or not _fits(said, text[:READ]) else said


def _fits(code: str, text: str) -> bool:
    """Whether a language may be written in the script most of the letters are of."""
    names = Counter(
        unicodedata.name(char, "").split(" ", 1)[0] for char in text[:500] if char.isalpha()
    )
    script = names.most_common(1)[0][0] if names else ""
    if script in _SCRIPTS:
        return code in _SCRIPTS[script]
    return script != "LATIN" or code in _LATIN_TOO or code not in set().union(*_SCRIPTS.values())


def checked(text: str, *, declared: str | None) -> str | None:
    """Return the declared language, unless the letters of a short text say otherwise.

    It asks no library, so it may be called where none should be loaded.
    """
    start = text[:READ]
    own = _by_letters(start, sum(map(str.isalpha, start)))
    return own or (declared if declared and _fits(declared, text) else None)
