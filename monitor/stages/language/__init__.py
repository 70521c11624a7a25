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
READ = 3_000  # characters looked at; 1 ms

_OWN = {
    "ps": "ټډړږښګڼېۍځڅ",
    "ur": "ٹڈڑںےہۓ",
    "sd": "ٻڀٿٺڄڃڇڌڏڊڦڳڱڻڪ",
}
"""Letters that of these languages only this one writes, and no other writes two of."""
_OWNER = {letter: language for language, letters in _OWN.items() for letter in letters}
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
    letters = [char for char in start if char.isalpha()]
    if not letters:
        return Tongue(code=None, sure=False, letters=0)
    plain = _by_letters(letters) or ("en" if _is_english(start) else None)
    if plain is not None:
        return Tongue(code=plain, sure=True, letters=len(letters))
    from monitor.stages.language.weights import IDENTIFIER  # 0.5 s, and only for the other ones

    code, share = IDENTIFIER.classify(start.encode("utf-8", "replace").decode())
    sure = float(share) >= SURE and len(letters) >= ENOUGH
    return Tongue(code=str(code), sure=sure, letters=len(letters))


def _by_letters(letters: list[str]) -> str | None:
    """The one language whose own letters stand in the text, of those in Arabic script.

    Two different ones at least: Uyghur writes one of Pashto's.
    """
    owned = Counter(char for char in letters if char in _OWNER)
    counts: Counter[str] = Counter()
    for char, times in owned.items():
        counts[_OWNER[char]] += times
    if not counts:
        return None
    (first, most), *others = counts.most_common(2)
    alone = not others or others[0][1] * 4 <= most
    kinds = sum(_OWNER[char] == first for char in owned)
    enough = most >= _FEW and kinds > 1 and most >= _DECISIVE * len(letters)
    return first if enough and alone else None


_WORD = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    ["the", "of", "and", "to", "that", "for", "with", "was", "on", "as", "by", "from", "have",
     "has", "were", "which", "this", "his", "her", "said", "been", "their", "but", "not", "are",
     "after", "an", "at", "be", "it", "its", "they", "who", "would", "will"]
)  # fmt: skip
_WORDS = 25  # words it takes to tell
_PLAIN = 0.2  # of them; news in English has 0.25 to 0.45, other languages under 0.05


def _is_english(text: str) -> bool:
    """Whether a text is beyond doubt in English: most are, and need no library to tell."""
    words = [word.casefold() for word in _WORD.findall(text)]
    common = sum(word in _COMMON for word in words)
    return len(words) >= _WORDS and "the" in words and common >= _PLAIN * len(words)


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
    own = _by_letters([char for char in text[:READ] if char.isalpha()])
    return own or (declared if declared and _fits(declared, text) else None)
