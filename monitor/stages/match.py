"""Keyword rules against a text: where a rule met it, and the passage around.

Rules are typed by people, texts by strangers, so every pattern runs on RE2: time grows with the
length of the text and never with what it says. ``(a+)+$`` on 26 characters takes 41 s in the
standard library and well under a millisecond here.

Patterns meet *folded* text (case, presentation forms, Arabic variants, dashes). The fold belongs
to the lexicon, so it is handed in; places and passages are given in the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from monitor.told import AlertHit, Rule

Fold = Callable[[str], tuple[str, list[int]]]
"""Folded text, and for each folded character its offset in the original."""

LEAD_WORDS = 90
PASSAGE = 200  # characters
MOST_PATTERNS = 400  # a rule
LONGEST_PATTERN = 1_000  # characters typed by a person
LONGEST_WORDS = 100_000  # characters of a pattern built by words_pattern
LARGEST_PROGRAM = 2_000
"""Instructions of a typed pattern. ``.{1000}Q`` has 8,005 and took 12.8 s on a megabyte made for
it; a pattern within this size costs at most about 2 s on such a megabyte and 30 ms on prose."""

# RE2's \b and \w know ASCII alone, so a word's edges are written out. Marks may follow a word.
_BEFORE = r"(?:\A|[^\p{L}\p{M}\p{N}])"
_AFTER = r"\p{M}*(?:\z|[^\p{L}\p{M}\p{N}])"
_NOTHING = r"[^\x00-\x{10ffff}]"  # the empty class
_WORD_START = _BEFORE + "(?P<word>"
_APART = r"[\s\-‐‑‒–—―−'’‘ʼ`´\u200c\u200d\u00ad\u2060_·ـ]"
_TOKENS_APART = re.compile(_APART)
_TOKENS = re.compile(rf"{_APART}+|(?:(?!{_APART}).)+", re.DOTALL)
# A fold may drop apostrophes; then "TTP's" would be the word "ttps".
_POSSESSIVE = re.compile(r"['’‘ʼ`´](?=[sS](?!\w))")
_BETWEEN = r"[\s\p{Pd}'’‘ʼ`´_·ـ\x{200c}\x{200d}\x{00ad}\x{2060}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a rule is not in force. ``why`` is a sentence for the person who wrote it."""

    rule: str
    pattern: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule with its patterns compiled."""

    rule: Rule
    any_of: tuple[Any, ...]
    all_of: tuple[Any, ...]
    none_of: tuple[Any, ...]
    outlets: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """Rules ready to match, and those that were refused: a refused rule never fires by halves."""

    rules: tuple[CompiledRule, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a text: the original, its folded bytes, and the way back."""

    name: str
    original: str
    folded: bytes
    offsets: Sequence[int]


# --- patterns -------------------------------------------------------------------------------


def word_pattern(word: str, fold: Fold | None = None) -> str:
    """Return an RE2 pattern for ``word`` as a whole word, in any script.

    Hyphens, apostrophes and joiners inside the word may be missing or be spaces in the text;
    spaces may be hyphens or joiners. An empty word gives a pattern that never matches.
    """
    return words_pattern((word,), fold)


def words_pattern(words: Iterable[str], fold: Fold | None = None) -> str:
    """Return one RE2 pattern for any of ``words`` as whole words, the longest preferred.

    One pattern for all aliases of a name is searched in one pass over the text.
    """
    folder = (lambda piece: fold(piece)[0]) if fold else str.casefold
    bodies = {_body(word, folder) for word in words}
    ordered = sorted((body for body in bodies if body), key=lambda body: (-len(body), body))
    return f"{_WORD_START}{'|'.join(ordered) or _NOTHING}){_AFTER}"


def check_pattern(pattern: str) -> str | None:
    """Return why ``pattern`` cannot be a rule's pattern, in a sentence, or None when it can."""
    return _compile(pattern)[1]


def _body(word: str, folder: Callable[[str], str]) -> str:
    """The word's pieces, folded and escaped one by one, with what may stand between them."""
    body, last, gap = "", "", ""
    for token in _TOKENS.findall(unicodedata.normalize("NFC", word)):
        if _TOKENS_APART.match(token):
            gap = token
            continue
        piece = folder(token).strip()
        if body and piece:
            body += _gap(gap, last, piece)
        body += "".join(re2.escape(char) if char.isascii() else char for char in piece)
        last = piece or last
    return body


def _gap(gap: str, before: str, after: str) -> str:
    """A gap is needed where the word has a space between letters of a spaced script."""
    spaced = any(char.isspace() for char in gap)
    needed = spaced and not (_is_arabic(before[-1:]) and _is_arabic(after[:1]))
    return _BETWEEN + ("{1,3}" if needed else "{0,3}")


def _is_arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u08ff" or "\ufb50" <= char <= "\ufeff"


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options


def _compile(pattern: str) -> tuple[Any | None, str | None]:
    words = pattern.startswith(_WORD_START) and pattern.endswith(_AFTER)
    longest = LONGEST_WORDS if words else LONGEST_PATTERN
    if not pattern.strip():
        return None, "the pattern is empty"
    if len(pattern) > longest:
        return None, f"the pattern has {len(pattern):,} characters; at most {longest:,} are taken"
    try:
        compiled = re2.compile(pattern, _options())
    except (re2.error, UnicodeError) as error:
        return None, f"not a pattern that can be searched in linear time: {_why(error)}"
    if not words and compiled.programsize > LARGEST_PROGRAM:
        return None, "the pattern is too large once its repeats are written out; use smaller ones"
    return compiled, None


def _why(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


# --- rules ----------------------------------------------------------------------------------


def compile_rules(rules: Sequence[Rule]) -> CompiledRules:
    """Compile ``rules``; one with a refused pattern is left out whole and named in ``problems``.

    Half a rule would be worse than none: without one of its patterns it fires too often, or not.
    """
    ready: list[CompiledRule] = []
    problems: list[Problem] = []
    for rule in rules:
        compiled = _compiled(rule)
        if isinstance(compiled, CompiledRule):
            ready.append(compiled)
        else:
            problems.extend(compiled)
    return CompiledRules(rules=tuple(ready), problems=tuple(problems))


def _compiled(rule: Rule) -> CompiledRule | list[Problem]:
    problems = list(_shape_problems(rule))
    if problems:
        return problems

    def ready(patterns: Sequence[str]) -> tuple[Any, ...]:
        results = [(pattern, *_compile(pattern)) for pattern in patterns]
        problems.extend(
            Problem(rule=rule.name, pattern=pattern, why=why) for pattern, _, why in results if why
        )
        return tuple(compiled for _, compiled, _ in results)

    compiled = CompiledRule(
        rule=rule,
        any_of=ready(rule.any_of),
        all_of=ready(rule.all_of),
        none_of=ready(rule.none_of),
        outlets=frozenset(outlet.casefold() for outlet in rule.outlets),
    )
    return problems or compiled


def _shape_problems(rule: Rule) -> Iterator[Problem]:
    if not rule.any_of and not rule.all_of:
        yield Problem(rule=rule.name, pattern="", why="the rule names nothing to look for")
    patterns = len(rule.any_of) + len(rule.all_of) + len(rule.none_of)
    if patterns > MOST_PATTERNS:
        why = f"the rule has {patterns} patterns; at most {MOST_PATTERNS} are taken"
        yield Problem(rule=rule.name, pattern="", why=why)


# --- matching -------------------------------------------------------------------------------


def split_lead(text: str, words: int = LEAD_WORDS) -> tuple[str, str]:
    """Split ``text`` into its lead and the rest: whole words, a sentence kept whole if it can be.

    ``lead + rest == text`` always; the lead has about ``words`` words, at most half as many more.
    """
    ends = _word_ends(text, words + words // 2)
    if len(ends) <= words:
        return text, ""
    cut = next((end for end in ends[words - 1 :] if text[end - 1] in ".!?؟۔"), ends[words - 1])
    return text[:cut], text[cut:]


def _word_ends(text: str, most: int) -> list[int]:
    """The offsets just after each of the first ``most`` words."""
    ends: list[int] = []
    inside = False
    for at, char in enumerate(text):
        if inside and char.isspace():
            ends.append(at)
            if len(ends) == most:
                return ends
        inside = not char.isspace()
    return [*ends, len(text)] if inside else ends


def find(
    compiled: CompiledRules,
    *,
    title: str,
    lead: str,
    body: str,
    outlet: str,
    score: float | None,
    fold: Fold,
    side: str = "",
) -> tuple[AlertHit, ...]:
    """Return where the rules met the text: for each rule the first place in each of its parts.

    Relevance plays no part unless a rule sets ``minimum_score``; then a text without a score, or
    below it, does not fire. Offsets are code points of the part named. Never raises for a text.
    """
    parts = {
        name: _part(name, text, fold)
        for name, text in (("title", title), ("lead", lead), ("body", body))
    }
    return tuple(
        hit
        for rule in compiled.rules
        if _applies(rule, outlet=outlet, side=side, score=score)
        for hit in _hits(rule, parts)
    )


def may_meet(compiled: CompiledRule, text: str, fold: Callable[[str], str], words: int) -> bool:
    """Return whether a rule can meet an article of which ``text`` is the whole; False is certain.

    Asked before ``find`` where most texts hold none of the words: it needs no way back to the
    original, which costs most. ``words`` of ``all_of`` are whole words; what a person typed may
    begin or end where a part does, and is left to ``find``. So is ``any_of`` where it is empty.
    """
    folded = fold(_POSSESSIVE.sub(" ", text)).encode("utf-8", "replace")
    if any(pattern.search(folded) is None for pattern in compiled.all_of[:words]):
        return False
    wanted = compiled.any_of
    return not wanted or any(pattern.search(folded) is not None for pattern in wanted)


def _part(name: str, text: str, fold: Fold) -> _Part:
    folded, offsets = fold(_POSSESSIVE.sub(" ", text))
    # A lone surrogate cannot be encoded; "replace" puts one character for one.
    return _Part(
        name=name, original=text, folded=folded.encode("utf-8", "replace"), offsets=offsets
    )


def _applies(rule: CompiledRule, *, outlet: str, side: str, score: float | None) -> bool:
    if rule.outlets and outlet.casefold() not in rule.outlets:
        return False
    if rule.rule.sides and side not in rule.rule.sides:
        return False
    least = rule.rule.minimum_score
    return least is None or (score is not None and score >= least)


def _hits(rule: CompiledRule, parts: Mapping[str, _Part]) -> Iterator[AlertHit]:
    wanted = [parts[name] for name in rule.rule.parts if name in parts]
    if any(_span(pattern, part) for pattern in rule.none_of for part in wanted):
        return
    if not all(any(_span(pattern, part) for part in wanted) for pattern in rule.all_of):
        return
    for part in wanted:
        spans = [_span(pattern, part) for pattern in rule.any_of or rule.all_of]
        first = min((span for span in spans if span), default=None)
        if first:
            yield _hit(rule.rule.name, part, first)


def _span(pattern: Any, part: _Part) -> tuple[int, int] | None:
    """The first place, in bytes of the folded text; without the edges a word pattern consumes."""
    found = pattern.search(part.folded)
    if found is None:
        return None
    start, end = found.span(pattern.groupindex.get("word", 0))
    return (start, end) if end > start else None


def _hit(rule: str, part: _Part, span: tuple[int, int]) -> AlertHit:
    start, end = (len(part.folded[:at].decode("utf-8", "replace")) for at in span)
    first, last = _back(part, start, end)
    return AlertHit(
        rule=rule,
        part=part.name,
        start=first,
        end=last,
        matched=plain(part.original[first:last]),
        passage=passage(part.original, first, last),
    )


def _back(part: _Part, start: int, end: int) -> tuple[int, int]:
    """A place in the folded text, in the original: from its first character to its last whole."""
    size = len(part.original)
    offsets = part.offsets
    if not offsets or start >= len(offsets):
        return size, size
    first = min(offsets[start], size)
    last = min(offsets[min(end, len(offsets)) - 1] + 1, size)
    while last < size and unicodedata.combining(part.original[last]):
        last += 1
    return first, max(first, last)


def passage(text: str, start: int, end: int, width: int = PASSAGE) -> str:
    """Return about ``width`` characters of ``text`` around a place: whole words, one line, plain.

    A cut is shown by an ellipsis. A place longer than ``width`` is cut at its end.
    """
    end = min(end, start + width)
    room = width - (end - start)
    left = max(0, start - room // 2)
    right = min(len(text), end + room - (start - left))
    left = max(0, min(left, right - width))
    left = _forward(text, left, start)
    right = _backward(text, right, end)
    before = "… " if text[max(0, left - width) : left].strip() else ""
    after = " …" if text[right : right + width].strip() else ""
    return f"{before}{plain(text[left:right])}{after}"


def _forward(text: str, at: int, limit: int) -> int:
    """The start of the first whole word from ``at``; ``at`` itself where there is none."""
    if at == 0 or text[at - 1].isspace():
        return at
    return next((here + 1 for here in range(at, limit) if text[here].isspace()), at)


def _backward(text: str, at: int, limit: int) -> int:
    """The end of the last whole word before ``at``; ``at`` itself where there is none."""
    if at >= len(text) or text[at].isspace():
        return at
    return next((here for here in range(at - 1, limit - 1, -1) if text[here].isspace()), at)


def plain(text: str) -> str:
    """Return ``text`` as one line without control and direction characters.

    The joiners stay: Persian and Urdu spell with them.
    """
    kept = (_shown(char) for char in text)
    return " ".join("".join(kept).split())


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    if char in "\u200c\u200d":
        return char
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} else char
