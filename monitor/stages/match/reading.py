"""A rule as people type it, read as a tree, or refused with the column where it goes wrong.

From the loosest to the tightest: OR, AND (also words that merely stand together), NOT, NEAR. What
the desk's search takes means the same here, with one difference: beside OR, what belongs together
is put in brackets, since people read ``a b OR c`` in two ways.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from monitor.stages.match.patterns import check_pattern, matches_nothing
from monitor.stages.match.slips import LEFT_OVER, MISPLACED, UnreadableRuleError, refuse_unseen
from monitor.stages.match.tree import (
    FACTS,
    PARTS,
    Concept,
    Expression,
    Near,
    Node,
    Not,
    Score,
    Within,
    Word,
    all_of,
    any_of,
    asks,
    every,
    is_term,
    valued,
)

LONGEST = 4_000  # characters
DEEPEST = 20  # brackets and NOTs within one another
MOST_TERMS = 200
MOST_BETWEEN = 100  # words of NEAR
BETWEEN = 10  # where NEAR does not say
SHORTEST_START = 2  # letters before a *, as in the desk's search
LONGEST_WORD = 200

_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟«»＂", '"') | {"−": "-"} | dict.fromkeys("\u200e\u200f\u061c\ufeff", " ")
)
_SPACE = re.compile(r"\s*")
_SCORE = re.compile(
    r"score\s*:?\s*(>=|<=|=>|=<|≥|≤|>|<|=)\s*([0-9]*[.,]?[0-9]+)(?![\w.,])", re.IGNORECASE
)
_NEAR = re.compile(
    r"(?i:near)\s*/\s*([0-9]{1,6}|(?i:sentence|s))(?![\w])"
    r'|NEAR(?=[\s)"@]|\Z)'  # in small letters it is a word, as in "blast near the gate"
)
_CALL = re.compile(r"near\s*\(", re.IGNORECASE)
_NAMED = re.compile(r"([A-Za-z_]+):")
_BARE = re.compile(r"[^\s\"()|&,]+")
_BETWEEN_SIGNS = {"≥": ">=", "≤": "<=", "=>": ">=", "=<": "<="}
_KNOWN = (*PARTS, *FACTS, "concept", "score")


def read(text: str) -> Node:
    """Return the tree of a rule as typed.

    Raises:
        UnreadableRuleError: it cannot be read, is too large, or would be met by almost everything.
    """
    if len(text) > LONGEST:
        why = f"the rule has {len(text):,} characters; at most {LONGEST:,} are read"
        raise UnreadableRuleError(LONGEST + 1, why)
    refuse_unseen(text)
    reader = _Reader(text.translate(_ALIKE))
    tree = reader.whole()
    if not asks(tree):
        why = (
            "it says only what is not wanted, or only who writes, so nearly everything would meet"
            " it; say in each way to be met what is looked for"
        )
        raise UnreadableRuleError(1, why)
    return tree


@dataclass(slots=True)
class _Reader:
    """The text and how far it was read."""

    text: str
    at: int = 0
    depth: int = 0
    terms: int = 0

    # --- the order of things ----------------------------------------------------------------

    def whole(self) -> Node:
        if not self._skip():
            self._wrong("the rule is empty; write a word")
        tree = self._either()
        if self._skip():
            self._wrong(LEFT_OVER.get(self._here(), "nothing is expected here"))
        return tree

    def _either(self) -> Node:
        found: list[Node] = []
        loose = 0  # the column in which words merely stand together
        while True:
            node, together = self._together()
            found.append(node)
            loose = loose or together
            if not self._sign("or", "|"):
                break
        if loose and len(found) > 1:
            self._wrong(
                "beside OR it is unclear what belongs together; write brackets,"
                " as in a AND (b OR c) or (a AND b) OR c",
                loose,
            )
        return any_of(found)

    def _together(self) -> tuple[Node, int]:
        found = [self._negated()]
        loose = 0
        while True:
            if self._sign("and", "&"):
                found.append(self._negated())
            elif self._goes_on():
                loose = loose or self.at + 1
                found.append(self._negated())
            else:
                return all_of(found), loose

    def _goes_on(self) -> bool:
        return self._skip() and self._here() not in "),|" and not self._is_word("or")

    def _negated(self) -> Node:
        if self._sign("not", "") or self._minus():
            self._deeper()
            node = self._negated()
            self.depth -= 1
            return Not(node=node)
        return self._near()

    def _near(self) -> Node:
        begun = self.at
        left = self._one()
        self._skip()
        sign = _NEAR.match(self.text, self.at)
        if not sign:
            return left
        at = self.at
        self.at = sign.end()
        right = self._one()
        self._skip()
        if again := _NEAR.match(self.text, self.at):
            self._wrong("NEAR joins two; write a NEAR/5 b AND b NEAR/5 c", again.start() + 1)
        return self._nearby(left, right, sign[1] or str(BETWEEN), begun, at)

    def _nearby(self, left: Node, right: Node, words: str, begun: int, at: int) -> Near:
        for node in (left, right):
            if not is_term(node):
                self._wrong(
                    "beside NEAR stand words, phrases, names, or brackets with OR alone", begun + 1
                )
        if words.lower() in {"s", "sentence"}:
            return Near(left=left, right=right, words=None, at=at + 1)
        if int(words) > MOST_BETWEEN:
            self._wrong(f"NEAR reaches over at most {MOST_BETWEEN} words", at + 1)
        return Near(left=left, right=right, words=int(words), at=at + 1)

    # --- one thing --------------------------------------------------------------------------

    def _one(self) -> Node:
        if not self._skip():
            self._wrong("a word is missing at the end")
        here = self._here()
        if _CALL.match(self.text, self.at):
            return self._call()
        if here == "(":
            return self._bracket(self._either)
        if here in MISPLACED:
            self._wrong(MISPLACED[here])
        if found := _SCORE.match(self.text, self.at):
            return self._score(found)
        for sign in ("and", "or", "near"):
            if self._is_word(sign) and (sign != "near" or _NEAR.match(self.text, self.at)):
                self._wrong(f"{sign.upper()} stands between two terms; one is missing")
        if here == "@":
            self.at += 1
            return self._count(Concept(name=self._name("a name"), at=self.at))
        if here == "/":
            return self._expression()
        named = _NAMED.match(self.text, self.at)
        return self._field(named) if named else self._word()

    def _bracket(self, inside: object) -> Node:
        opened = self.at + 1
        self._deeper()
        self.at += 1
        if self._skip() and self._here() == ")":
            self._wrong("the brackets are empty")
        node: Node = inside()  # type: ignore[operator]
        self._closed(opened)
        return node

    def _closed(self, opened: int) -> None:
        if not self._skip() or self._here() != ")":
            if self.at < len(self.text):
                self._wrong(LEFT_OVER.get(self._here(), "a closing bracket is expected here"))
            self._wrong(f"a closing bracket is missing, for the one opened in column {opened}")
        self.at += 1
        self.depth -= 1

    def _call(self) -> Node:
        begun = self.at
        self.at = self.text.index("(", begun)
        opened = self.at + 1
        self._deeper()
        self.at += 1
        left = self._either()
        self._comma()
        right = self._either()
        words = str(BETWEEN)
        if self._skip() and self._here() == ",":
            self.at += 1
            self._skip()
            found = re.compile(r"[0-9]{1,6}\b|sentence\b|s\b", re.IGNORECASE).match(
                self.text, self.at
            )
            if not found:
                self._wrong("a number of words is expected here, or `sentence`")
                raise AssertionError
            words, self.at = found[0], found.end()
        self._closed(opened)
        return self._nearby(left, right, words, begun, begun)

    def _comma(self) -> None:
        if not self._skip() or self._here() != ",":
            self._wrong("NEAR needs a comma here, as in NEAR(attack, Torkham, 10)")
        self.at += 1

    def _score(self, found: re.Match[str]) -> Node:
        bound = float(found[2].replace(",", "."))
        if not 0 <= bound <= 1:
            self._wrong("a score lies between 0 and 1", found.start(2) + 1)
        sign = _BETWEEN_SIGNS.get(found[1], found[1])
        node = Score(comparison=sign, bound=bound, at=self.at + 1)  # type: ignore[arg-type]
        self.at = found.end()
        return self._count(node)

    def _field(self, named: re.Match[str]) -> Node:
        name, begun = named[1].lower(), self.at
        if name not in _KNOWN:
            close = get_close_matches(name, _KNOWN, n=1)
            hint = f"did you mean {close[0]}:?" if close else f"there are {', '.join(_KNOWN)}."
            self._wrong(f"there is no {name}: here; {hint} For the text itself write quotes")
        if name == "score":
            self._wrong("a score is written as in score>=0.7")
        self.at = named.end()
        if not self._skip():
            self._wrong(f"nothing follows {name}:")
        if name in PARTS:
            return self._within(name, begun)
        values = self._values() if self._here() == "(" else [(self.at + 1, self._name(name))]
        return any_of([self._count(valued(name, value, at)) for at, value in values])

    def _within(self, part: str, begun: int) -> Node:
        self._deeper()
        node = self._one()
        self.depth -= 1
        if any(isinstance(one, Within) for one in every(node)):
            self._wrong(f"inside {part}: no other part can be named", begun + 1)
        if not any(isinstance(one, Word | Concept | Expression) for one in every(node)):
            self._wrong(f"{part}: wants words to look for", begun + 1)
        return Within(part=part, node=node)  # type: ignore[arg-type]

    def _values(self) -> list[tuple[int, str]]:
        opened = self.at + 1
        self._deeper()
        self.at += 1
        found: list[tuple[int, str]] = []
        while True:
            self._skip()
            found.append((self.at + 1, self._name("a name")))
            if not self._sign("or", "|"):
                break
        self._closed(opened)
        return found

    def _name(self, what: str) -> str:
        if self.at < len(self.text) and self._here() == '"':
            return self._phrase()
        found = _BARE.match(self.text, self.at)
        if not found:
            self._wrong(f"{what} is missing here")
            raise AssertionError
        self.at = found.end()
        return found[0]

    def _phrase(self) -> str:
        opened = self.at
        end = self.text.find('"', opened + 1)
        if end < 0:
            self._wrong("the closing quotation mark is missing, for this one", opened + 1)
        self.at = end + 1
        return " ".join(self.text[opened + 1 : end].split())

    def _word(self) -> Node:
        begun = self.at
        if self._here() == '"':
            text = self._phrase()
            start = self.text[self.at : self.at + 1] == "*"
            self.at += start
        else:
            found = _BARE.match(self.text, begun)
            if not found:
                self._wrong("a word is expected here")
                raise AssertionError
            text, self.at = found[0], found.end()
            start = text.endswith("*") and len(text) > 1
            text = text[:-1] if start else text
            if "*" in text:
                self._wrong("a * stands at the end of a word alone", begun + text.index("*") + 1)
        letters = sum(unicodedata.category(char)[0] in "LN" for char in text)
        if not letters:
            self._wrong("there is no letter or digit in this", begun + 1)
        if start and letters < SHORTEST_START:
            self._wrong(f"before a * stand at least {SHORTEST_START} letters", begun + 1)
        if re.match(r"score\s*[<>=≥≤]", text, re.IGNORECASE):
            self._wrong("a score is written as in score>=0.7", begun + 1)
        if len(text) > LONGEST_WORD:
            self._wrong(f"a word or phrase has at most {LONGEST_WORD} characters", begun + 1)
        return self._count(Word(text=text, start=start, at=begun + 1))

    def _expression(self) -> Node:
        begun = self.at
        found = re.compile(r"/((?:\\.|[^\\/\n])*)/").match(self.text, begun)
        if not found:
            self._wrong("the closing / of the expression is missing, for this one")
            raise AssertionError
        self.at = found.end()
        pattern = re.sub(r"\\(.)", lambda m: "/" if m[1] == "/" else m[0], found[1])
        why = check_pattern(pattern)
        if why is None and not matches_nothing(pattern):
            why = "it matches even an empty text, so every article would meet it"
        if why:
            self._wrong(f"the expression cannot be used: {why}", begun + 1)
        return self._count(Expression(pattern=pattern, at=begun + 1))

    def _skip(self) -> bool:
        """Pass over spaces; whether anything follows."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def _here(self) -> str:
        return self.text[self.at]

    def _is_word(self, word: str) -> bool:
        end = self.at + len(word)
        said = self.text[self.at : end].lower() == word
        return said and (end == len(self.text) or self.text[end] in ' \t\r\n()"-@/')

    def _sign(self, word: str, sign: str) -> bool:
        """Read an operator where one stands: as a word, or as its sign once or twice."""
        if not self._skip():
            return False
        if sign and self._here() == sign:
            self.at += 2 if self.text[self.at : self.at + 2] == sign * 2 else 1
            return True
        if self._is_word(word):
            self.at += len(word)
            return True
        return False

    def _minus(self) -> bool:
        signed = self._skip() and self._here() == "-"
        if signed and self.text[self.at + 1 : self.at + 2].strip():
            self.at += 1
            return True
        return False

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self._wrong(f"brackets stand at most {DEEPEST} deep")

    def _count(self, node: Node) -> Node:
        self.terms += 1
        if self.terms > MOST_TERMS:
            self._wrong(f"the rule has more than {MOST_TERMS} terms; make two rules of it")
        return node

    def _wrong(self, why: str, column: int | None = None) -> NoReturn:
        raise UnreadableRuleError(column or min(self.at, len(self.text)) + 1, why)
