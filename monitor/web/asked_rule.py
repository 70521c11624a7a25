"""A search as a rule: the same words in the language of rules, where lists would say it worse.

Pure: what a word names is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from monitor.stages import match
from monitor.stages.match import Concept, Is, Node, Not, Within, Word
from monitor.web.rulewriting import Draft, of_words
from store.asking import Asked, Choice, Phrase, Spell, read

Named = Callable[[Sequence[str]], dict[str, str]]
"""Given words as typed, the concept of each that is a name of several spellings."""
_LONGEST = 8_000  # signs of a search, which is read no further either


def of_search(
    words: str,
    outlets: Iterable[str] = (),
    sides: Iterable[str] = (),
    *,
    topic: str = "",
    spell: Spell | None = None,
    named: Named = lambda _words: {},
) -> Draft:
    """Return the draft that a search, or a list of words, is turned into.

    A list stands apart by commas or lines, and any of it may occur. A search keeps its meaning:
    its words together, either of those with OR between them, beginnings, phrases and headlines. A
    name that it found in other spellings is asked for as a concept, or in those spellings.
    ``spell`` None: only as typed.
    """
    listed = of_words(words, outlets, sides)
    if "," in words or "\n" in words.strip():
        return listed
    asked = read(words[:_LONGEST], spell)
    if not asked.all_of or (_is_one_list(asked) and not topic):
        return listed
    when = _expression(asked, topic, named)
    fits = when and len(when) <= match.LONGEST
    return Draft(when=when, outlets=listed.outlets, sides=listed.sides) if fits else listed


def _is_one_list(asked: Asked) -> bool:
    """Whether it is a choice of words as they stand, which a list says as well."""
    alone = len(asked.all_of) == 1 and not asked.none_of
    choices = [choice for group in asked.all_of for choice in group]
    plain = [len(c.own) == 1 and not (c.own[0].start or c.own[0].title) for c in choices]
    return alone and all(plain) and not any(choice.told for choice in choices)


def _expression(asked: Asked, topic: str, named: Named) -> str:
    """The search as it is written in a rule; empty where a rule cannot say it."""
    typed = [choice.typed for group in asked.all_of for choice in group if choice.told]
    concepts = named(typed) if typed else {}
    groups = [match.any_of([_choice(one, concepts) for one in group]) for group in asked.all_of]
    out = [Not(node=_phrase(phrase)) for phrase in asked.none_of]
    facts = [Is(fact="topic", value=topic)] if topic else []
    written = match.show(match.all_of([*groups, *facts, *out]))
    try:
        match.read(written)
    except match.UnreadableRuleError:
        return ""
    return written


def _choice(choice: Choice, concepts: dict[str, str]) -> Node:
    concept = concepts.get(choice.typed)
    if concept:
        return _in_title(Concept(name=concept), choice.own[0])
    own = match.all_of([_phrase(phrase) for phrase in choice.own])
    if len(choice.own) == 1:  # as it was typed, not as the index folds it
        own = _phrase(choice.own[0], choice.typed.rstrip("*"))
    others = [_in_title(Word(text=name), choice.own[0]) for name in choice.told]
    return match.any_of([own, *others])


def _phrase(phrase: Phrase, typed: str = "") -> Node:
    return _in_title(Word(text=typed or phrase.words, start=phrase.start), phrase)


def _in_title(node: Node, phrase: Phrase) -> Node:
    return Within(part="title", node=node) if phrase.title else node
