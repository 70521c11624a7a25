"""What might be meant by a word of a rule: a name that the lexicon knows in other spellings too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.lexicon import Lexicon
from monitor.alerts.rulebook import tree_of
from monitor.config.shape import Alert
from monitor.stages import match

_LANGUAGES = {"en": "English", "ur": "Urdu", "ps": "Pashto", "fa": "Dari"}
_NAMES = frozenset(
    {"person", "place", "country", "group", "crossing", "operation", "institution", "event"}
)
_OTHERS = frozenset({"trap", "away", "regional", "word"})  # words of one sort, not one name
MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A word that finds one spelling of a name of which there are more."""

    word: str
    concept: str
    spellings: int
    languages: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The advice, as a colleague would give it."""
        tongues = ", ".join(_LANGUAGES.get(one, one) for one in self.languages)
        return (
            f"“{self.word}” finds this spelling alone; concept:{self.concept} finds its"
            f" {self.spellings} spellings in {tongues}."
        )


def suggested(rule: Alert, lexicon: Lexicon) -> list[Suggestion]:
    """Return the words of a rule that name a concept of several spellings, each once.

    A word is never widened unasked: a rule finds what it says.
    """
    return list(_suggested(tree_of(rule), lexicon))[:MOST]


def _suggested(tree: match.Node, lexicon: Lexicon) -> Iterator[Suggestion]:
    seen: set[str] = set()
    for leaf in match.leaves(tree):
        if not isinstance(leaf, match.Word) or leaf.start or not lexicon.knows(leaf.text):
            continue
        concept = lexicon.concepts[lexicon.id_of(leaf.text)]
        spellings = lexicon.aliases(concept.id)
        named = concept.kind in _NAMES and concept.pole not in _OTHERS
        if not named or len(spellings) < 2 or leaf.text.casefold() in seen:
            continue
        seen.add(leaf.text.casefold())
        yield Suggestion(
            word=leaf.text,
            concept=concept.id,
            spellings=len(spellings),
            languages=tuple(concept.aliases),
        )
