"""Where a text names something: runs of capitalised words, and what stands after a title in Urdu.

Nothing here knows which names are known; ``names`` asks that. Reading is bounded by the
first ``LIMIT`` words of a part and never raises for what a text contains.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from classifiers.pack import plain
from classifiers.words import WORD, fold_word

LIMIT = 900
LONGEST = 6  # words of a name; longer runs are headlines set in capitals
_JOINERS = frozenset({"e", "i", "o", "ul", "al", "el", "ur", "ud", "us", "un", "uz", "bin", "ibn"})
_BETWEEN = frozenset({" ", "-", "\u2010", "\u2011", "\u00a0"})
_BREAK = re.compile(
    r"\n+|[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W\d_a-z])|[۔؟!]+|\.(?=\s+[^\W\d_a-z]|$)"
)
_SHORTENED = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Lt|Gen|Col|Maj|Brig|Capt|Mr|Mrs|Ms|Dr|Prof|St|Sgt|Insp|Rtd|Retd|Md|No|vs)$"
)
_CLIPPED = re.compile(r"['’](?:ve|re|ll|m|d|t)$")
_CALLED = re.compile(r"\s*\(([A-Z]{2,6})\)")

WORDS_FILE = Path(__file__).parent / "name_words.yaml"
COUNTRIES = Path(__file__).parent / "countries.yaml"


def _words_of(path: Path) -> dict[str, frozenset[str]]:
    """Every list of words in a file, folded; names of several words give each of them."""
    rows: dict[str, list[str]] = plain(path.read_text(encoding="utf-8"))
    return {
        key: frozenset(fold_word(word) for name in names for word in WORD.findall(name))
        for key, names in rows.items()
    }


_TOLD = _words_of(WORDS_FILE)
HONOURS, TITLES, GIVEN = _TOLD["honours"], _TOLD["titles"], _TOLD["given"]
SPEAKS, WITHIN, PLACES = _TOLD["speaks"], _TOLD["within"], _TOLD["places"]
GROUPS, ARMED, OPERATIONS = _TOLD["groups"], _TOLD["armed"], _TOLD["operations"]
STOP, _COMPASS = _TOLD["stop"], _TOLD["compass"]
_AR_TITLES, AR_HONOURS = _TOLD["script_titles"], _TOLD["script_honours"]
_AR_PLACES, _AR_OPERATIONS = _TOLD["script_places"], _TOLD["script_operations"]
_AR_STOP = _TOLD["script_stop"]
_AR_MOST = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at a place. ``start``..``end`` are code points, the title before it left out.

    ``opens`` says that its first word begins a sentence, so that its capital proves nothing;
    ``loose`` that nothing but the reader's guess ends it (scripts without capitals).
    """

    words: tuple[str, ...]
    start: int
    end: int
    titles: tuple[str, ...]  # folded
    before: str  # folded word, when it adjoins
    after: str
    suffix: str  # the kind of place or group that follows: "Shawal Valley"
    called: str  # the letters in brackets behind it
    opens: bool
    loose: bool


@dataclass(slots=True)
class Part:
    """A title or a body, taken apart once: its words, their places, its sentences.

    ``shouted``: capitals prove nothing in it, as in a headline with a capital on every word.
    """

    text: str
    words: list[str]
    places: list[tuple[int, int]]
    sentences: list[int]  # where each begins, in code points
    shouted: bool

    def sentence(self, at: int) -> tuple[int, int]:
        """The bounds of the sentence that holds the code point ``at``."""
        number = bisect_right(self.sentences, at)
        end = self.sentences[number] if number < len(self.sentences) else len(self.text)
        return self.sentences[number - 1], end


def take_apart(text: str) -> Part:
    """The words and sentences of the first ``LIMIT`` words."""
    found = [m.span() for m in islice(WORD.finditer(text), LIMIT)]
    text = text[: found[-1][1] + 40] if len(found) == LIMIT else text
    words = [text[a:b] for a, b in found]
    long = [word for word in words if len(word) > 3]
    shouted = bool(long) and sum(word[0].isupper() for word in long) > 0.65 * len(long)
    return Part(text, words, found, list(_starts(text)), shouted)


def _starts(text: str) -> Iterator[int]:
    yield 0
    for found in _BREAK.finditer(text):
        begun = found.group()[0]
        if begun == "." and _SHORTENED.search(text, max(0, found.start() - 6), found.start()):
            continue
        yield found.end()


# --- capitals -------------------------------------------------------------------------------


@dataclass(slots=True)
class Usage:
    """How words are written where nothing forces a capital on them."""

    small: Counter[str]
    large: Counter[str]

    def ordinary(self, word: str) -> bool:
        """Whether a word is vocabulary rather than a name. ``word`` is folded."""
        if word in STOP or word in TITLES or word in PLACES or word in _countries():
            return True
        return self.small[word] > 0.08 * self.large[word] + 0.5


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """The words of every country's name, people and capital: they name nobody new."""
    return frozenset().union(*_words_of(COUNTRIES).values())


def usage(parts: Iterable[Part]) -> Usage:
    """Count small and capital first letters inside the sentences of running text."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for part in parts:
        if part.shouted:
            continue
        begins = [begin for begin, _ in part.places]
        first = {bisect_right(begins, start - 1) for start in part.sentences}
        for at, word in enumerate(part.words):
            if word[0].islower():
                small[word] += 1
            elif at not in first and not word.isupper():
                large[word] += 1
    return Usage(_folded(small), _folded(large))


def _folded(counts: Counter[str]) -> Counter[str]:
    out: Counter[str] = Counter()
    for word, many in counts.items():
        out[fold_word(word)] += many
    return out


def mentions(part: Part, usage: Usage) -> list[Mention]:
    """Every name that ``part`` may hold, in order; none overlap."""
    found = [m for first, end in _runs(part) for m in _named(part, first, end, usage)]
    return [*found, *_led(part)]


def _runs(part: Part) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words that adjoin, with small joiners inside."""
    at, many = 0, len(part.words)
    while at < many:
        if not _capital(part, at):
            at += 1
            continue
        end = at + 1
        while end < many and _joined(part, end) and not _possessive(part.words[end - 1]):
            if _capital(part, end):
                end += 1
            elif part.words[end] in _JOINERS and _goes_on(part, end):
                end += 2
            else:
                break
        yield at, end
        at = end


def _goes_on(part: Part, at: int) -> bool:
    """Whether a capital follows the joiner at ``at``."""
    return at + 1 < len(part.words) and _joined(part, at + 1) and _capital(part, at + 1)


def _capital(part: Part, at: int) -> bool:
    word = part.words[at]
    if word in {"al", "ul"}:  # al-Muhajir
        end = part.places[at][1]
        return part.text[end : end + 1] == "-" and part.text[end + 1 : end + 2].isupper()
    return word[0].isupper()


def _joined(part: Part, at: int) -> bool:
    end, start = part.places[at - 1][1], part.places[at][0]
    between = part.text[end:start]
    if between in _BETWEEN:
        return True
    return between == ". " and bool(_SHORTENED.search(part.text, max(0, end - 6), end))


def _possessive(word: str) -> bool:
    return word.endswith(("'s", "’s", "s'"))


def _named(part: Part, first: int, end: int, usage: Usage) -> Iterator[Mention]:
    """The name within a run: titles, offices and bare letters trimmed from both its ends."""
    raw = part.words
    folded = [fold_word(word) for word in raw[first:end]]
    if part.shouted:
        yield from _proven(part, first, end, usage)
        return
    operation = next((i for i, word in enumerate(folded) if word in OPERATIONS), None)
    if operation is not None and first + operation + 1 < end:
        yield _mention(part, first + operation + 1, end, ("operation",))
        return
    offices = [i for i, word in enumerate(folded[:-1], first + 1) if word in TITLES]
    start, stop = max([first, *offices]), end
    while start < stop and _trimmed(raw[start], usage):
        start += 1
    while stop > start and _trimmed(raw[stop - 1], usage):
        stop -= 1
    titles = tuple(word for word in folded[: start - first] if word in TITLES)
    if first < start < stop and folded[start - first - 1] in _COMPASS:
        start -= 1
    if 0 < stop - start <= LONGEST and _worth(raw[start:stop]):
        mention = _mention(part, start, stop, titles)
        alone = stop - start == 1 and mention.opens
        if not alone or usage.large[fold_word(raw[start])]:
            yield mention
            return
    letters = [at for at in range(first, end) if raw[at].isupper()]
    if len(letters) == 1 and _acronym(part, letters[0]):
        yield _mention(part, letters[0], letters[0] + 1, ())


def _acronym(part: Part, at: int) -> bool:
    """Whether a word is three to six capitals, and no place that a line begins with."""
    word, end = part.words[at], part.places[at][1]
    return (
        word.isascii()
        and word.isupper()
        and 3 <= len(word) <= 6
        and part.text[end : end + 1] != ":"
    )


def _proven(part: Part, first: int, end: int, usage: Usage) -> Iterator[Mention]:
    """In a headline with capitals throughout: only words that running text knows as names."""
    at = first
    while at < end:
        stop = at
        while stop < end and _a_name(part.words[stop], usage):
            stop += 1
        if 0 < stop - at <= LONGEST and _worth(part.words[at:stop]):
            yield _mention(part, at, stop, ())
        at = max(stop, at) + 1


def _a_name(word: str, usage: Usage) -> bool:
    folded = fold_word(word)
    return not _trimmed(word, usage) and (usage.large[folded] > 1 or word in _JOINERS)


def _trimmed(word: str, usage: Usage) -> bool:
    if word in _JOINERS or word == "Al":
        return False
    if (word.isupper() and len(word) > 1) or any(map(str.isdigit, word)) or _CLIPPED.search(word):
        return True
    return usage.ordinary(fold_word(word))


def _worth(words: Sequence[str]) -> bool:
    return sum(len(word) for word in words) >= 4 and any(len(word) > 2 for word in words)


def _mention(part: Part, start: int, stop: int, titles: tuple[str, ...]) -> Mention:
    begins, ends = part.places[start][0], part.places[stop - 1][1]
    if _possessive(part.words[stop - 1]) and len(part.words[stop - 1]) > 3:
        ends -= 2 if part.words[stop - 1][-1] == "s" and part.words[stop - 1][-2] in "'’" else 1
    after = fold_word(part.words[stop]) if stop < len(part.words) and _joined(part, stop) else ""
    before = fold_word(part.words[start - 1]) if start and _joined(part, start) else ""
    called = _CALLED.match(part.text, ends)
    raw = WORD.findall(part.text[begins:ends])
    return Mention(
        words=tuple(raw),
        start=begins,
        end=ends,
        titles=titles,
        before=before,
        after=after,
        suffix=after if after in PLACES or after in GROUPS or after in OPERATIONS else "",
        called=called[1] if called else "",
        opens=_opens(part, start),
        loose=False,
    )


def _opens(part: Part, at: int) -> bool:
    begins = part.places[at][0]
    start, _ = part.sentence(begins)
    return at == 0 or part.places[at - 1][1] <= start


# --- scripts without capitals ---------------------------------------------------------------


def _led(part: Part) -> Iterator[Mention]:
    """What follows a title, a district, an operation in Arabic script, up to three words."""
    if part.text.isascii():
        return
    folded = [fold_word(word) if not word.isascii() else "" for word in part.words]
    for at, word in enumerate(folded):
        if word in _AR_TITLES or word in _AR_PLACES or word in _AR_OPERATIONS:
            yield from _following(part, folded, at)


def _following(part: Part, folded: Sequence[str], at: int) -> Iterator[Mention]:
    stop = at + 1
    while (
        stop < len(folded)
        and stop - at <= _AR_MOST
        and _joined(part, stop)
        and folded[stop]
        and folded[stop] not in _AR_STOP
        and folded[stop] not in _AR_TITLES
    ):
        stop += 1
    lead = folded[at]
    kind = "operation" if lead in _AR_OPERATIONS else "district" if lead in _AR_PLACES else "title"
    if stop == at + 1:
        if kind == "district" and at >= 2 and folded[at - 2] == "د":  # Pashto: "of X the district"
            yield _arabic(part, at - 1, at, kind)
        return
    yield _arabic(part, at if lead in AR_HONOURS else at + 1, stop, kind)


def _arabic(part: Part, start: int, stop: int, kind: str) -> Mention:
    begins, ends = part.places[start][0], part.places[stop - 1][1]
    return Mention(
        words=tuple(part.words[start:stop]),
        start=begins,
        end=ends,
        titles=("operation",) if kind == "operation" else ("commander",) if kind == "title" else (),
        before="",
        after="",
        suffix="district" if kind == "district" else "",
        called="",
        opens=False,
        loose=True,
    )
