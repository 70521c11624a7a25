"""Rules against a text: where a rule met it, and the passage around.

A rule is a tree (``tree``), read from what people type (``reading``) or made of lists of words; one
evaluator (``deciding``) serves them all. Patterns meet *folded* text (case, presentation forms,
Arabic variants, dashes). The fold belongs to the lexicon, so it is handed in; places and passages
are given in the original.
"""

from __future__ import annotations

from monitor.stages.match.deciding import Facts, Guard, Spelled, may
from monitor.stages.match.finding import (
    MOST_PATTERNS,
    CompiledRule,
    CompiledRules,
    Problem,
    compile_rules,
    compile_trees,
    find,
    folded,
    may_meet,
)
from monitor.stages.match.passages import LEAD_WORDS, PASSAGE, passage, plain, split_lead
from monitor.stages.match.patterns import (
    LONGEST_PATTERN,
    Fold,
    check_pattern,
    matches_nothing,
    word_pattern,
    words_pattern,
)
from monitor.stages.match.reading import LONGEST, read
from monitor.stages.match.slips import UnreadableRuleError
from monitor.stages.match.tree import (
    And,
    Concept,
    Expression,
    Is,
    Near,
    Node,
    Not,
    Or,
    Score,
    Within,
    Word,
    all_of,
    any_of,
    below,
    leaves,
    show,
)

__all__ = [
    "LEAD_WORDS", "LONGEST", "LONGEST_PATTERN", "MOST_PATTERNS", "PASSAGE", "And",
    "CompiledRule", "CompiledRules", "Concept", "Expression", "Facts", "Fold", "Guard", "Is",
    "Near", "Node", "Not", "Or", "Problem", "Score", "Spelled", "UnreadableRuleError",
    "Within", "Word", "all_of", "any_of", "below", "check_pattern", "compile_rules",
    "compile_trees", "find", "folded", "leaves", "matches_nothing", "may", "may_meet",
    "passage", "plain", "read", "show", "split_lead", "word_pattern", "words_pattern",
]  # fmt: skip
