"""The language of rules: what is written is read, shown and decided as people expect."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.lexicon import load_lexicon
from classifiers.pack import TOPIC, load_pack
from classifiers.words import fold_with_map
from monitor.alerts.rulebook import folded_with_map, make_rulebook
from monitor.config.shape import Alert
from monitor.config.written import Known, problems
from monitor.stages import match
from monitor.stages.match import (
    And,
    Concept,
    Expression,
    Facts,
    Is,
    Near,
    Node,
    Not,
    Or,
    Score,
    Within,
    Word,
    read,
    show,
)
from monitor.told import AlertHit, Rule

NAMES = {"ttp": ("TTP", "Tehreek-e-Taliban Pakistan", "ٹی ٹی پی"), "kabul": ("Kabul", "کابل")}
JUDGED = Facts(outlet="Dawn", side="pakistan", language="en", kind="report", score=0.7,
               topics=("talks",))  # fmt: skip


def spelled(name: str) -> tuple[str, tuple[str, ...]]:
    return name, NAMES[name]


def fire(
    tree: Node | str, title: str = "", lead: str = "", body: str = "", facts: Facts = JUDGED
) -> tuple[AlertHit, ...]:
    asked = read(tree) if isinstance(tree, str) else tree
    rules = match.compile_trees([(Rule(name="r"), asked)], fold=fold_with_map, spelled=spelled)
    assert rules.problems == ()
    return match.find(
        rules, title=title, lead=lead, body=body, outlet=facts.outlet, score=facts.score,
        fold=fold_with_map, facts=facts,
    )  # fmt: skip


# --- what is written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a1 b1", "a1 AND b1"),
        ("a1 & b1 | c1", "(a1 AND b1) OR c1"),
        ("a1 and b1 or not c1 and d1", "(a1 AND b1) OR (NOT c1 AND d1)"),
        ("NOT a1 AND b1", "NOT a1 AND b1"),
        ("a1 -b1 -“c1 d1”", 'a1 AND NOT b1 AND NOT "c1 d1"'),
        ("a1 AND NOT b1 NEAR/3 c1", "a1 AND NOT NEAR(b1, c1, 3)"),
        ("near(a1 or b1, c1)", "NEAR(a1 OR b1, c1, 10)"),
        ("a1 NEAR/s b1", "NEAR(a1, b1, sentence)"),
        ("@ttp title: shut", "concept:ttp AND title:shut"),
        ("ttp outlet:(Dawn OR “Amu TV”)", 'ttp AND (outlet:Dawn OR outlet:"Amu TV")'),
        ("score ≥ 0,7 ttp", "score>=0.7 AND ttp"),
        ("ttp language:UR", "ttp AND language:ur"),
        ("attack* “noor wal”*", 'attack* AND "noor wal"*'),
        (r"/a\/b|c d/ x1", r"/a\/b|c d/ AND x1"),
        ("طورخم\u200f AND (حملہ OR بند)", "طورخم AND (حملہ OR بند)"),
        ("cross-border\nshelling", "cross-border AND shelling"),
        ('"or" or "near"', '"or" OR near'),
    ],
)
def test_what_is_written_is_read_and_shown_with_its_brackets(written: str, meant: str) -> None:
    assert show(read(written)) == meant
    assert read(meant) == read(written)


@pytest.mark.parametrize(
    ("written", "column", "why"),
    [
        ("", 1, "empty"),
        (
            "ttp AND (torkham OR x1",
            23,
            "closing bracket is missing, for the one opened in column 9",
        ),
        ("ttp AND torkham)", 16, "never opened"),
        ("a1 OR", 6, "missing at the end"),
        ("AND a1", 1, "one is missing"),
        ("a1 OR OR b1", 7, "one is missing"),
        ("a1 b1 OR c1", 4, "write brackets"),
        ('a1 "b1', 4, "quotation mark"),
        ("tite:a1", 1, "did you mean title:?"),
        ("a1, b1", 3, "a comma joins nothing"),
        ("title:(a1 OR body:b1)", 1, "no other part"),
        ("a*b", 2, "at the end of a word"),
        ("x*", 1, "at least 2 letters"),
        ("a1 NEAR/500 b1", 4, "at most 100 words"),
        ("a1 NEAR/5 b1 NEAR/5 c1", 14, "NEAR joins two"),
        ("NEAR(a1 b1, c1)", 1, "brackets with OR alone"),
        ("NEAR(a1, b1, many)", 14, "number of words"),
        ("score>=7 a1", 8, "between 0 and 1"),
        ("score>=high a1", 1, "score>=0.7"),
        ("/(/ a1", 1, "cannot be used"),
        ("/a*/ b1", 1, "empty text"),
        ("/a", 1, "closing / "),
        ("a1 !!", 4, "no letter or digit"),
        ("a1 \u202eb1", 4, "U+202E"),
        ("a1\x00", 3, "U+0000"),
    ],
)
def test_a_mistake_is_told_with_its_column(written: str, column: int, why: str) -> None:
    with pytest.raises(match.UnreadableRuleError, match=re.escape(why)) as told:
        read(written)
    assert told.value.column == column, str(told.value)


@pytest.mark.parametrize(
    "written",
    [
        "NOT a1",
        "outlet:Dawn",
        "a1 OR NOT b1",
        "a1 OR side:un",
        "score<0.5",
        "score>=0",
        "language:ur",
    ],
)
def test_what_almost_everything_would_meet_is_refused(written: str) -> None:
    with pytest.raises(match.UnreadableRuleError, match="nearly everything"):
        read(written)


@pytest.mark.parametrize(
    "written",
    [
        "(" * 10_000 + "a1",
        "NOT " * 900 + "a1",
        " OR ".join(["a1"] * 10_000),
        " OR ".join(f"w{n}" for n in range(300)),
        "title:" * 600 + "a1",
        "a" * 3_000,
        "NEAR(" * 700,
        '"' * 3_999,
        "/" * 3_999,
        "/" + "(a{30}){30}" * 90 + "/",
        "a1 " + "\u200f" * 3_000 + "(",
        "\u202e" * 3_999,
        "- " * 1_999,
        "score" * 799,
    ],
)
def test_hostile_rules_are_refused_in_words_and_at_once(written: str) -> None:
    began = time.process_time()
    with pytest.raises(match.UnreadableRuleError) as told:
        read(written)
    assert time.process_time() - began < 0.3
    assert 20 < len(str(told.value)) < 250


@given(st.text(max_size=200))
@example("a1 NEAR/9999999999999 b1")
@example("(((a1) b1")
def test_any_text_is_read_or_refused_in_words(written: str) -> None:
    tree, told = _read(written)
    if tree is None:
        assert told is not None
        assert 1 <= told.column <= len(written) + 1
    else:
        assert read(show(tree)) == tree


def _read(written: str) -> tuple[Node | None, match.UnreadableRuleError | None]:
    try:
        return read(written), None
    except match.UnreadableRuleError as error:
        return None, error


# --- trees of every shape -------------------------------------------------------------------

VOCABULARY = ("alpha", "bravo", "charlie", "delta", "echo")
_words = st.builds(Word, text=st.sampled_from(VOCABULARY))
_starts = st.builds(Word, text=st.sampled_from(["alp", "br", "echo"]), start=st.just(True))
_phrases = st.builds(Word, text=st.sampled_from(["alpha bravo", "delta echo", "or", "near"]))
_terms = st.one_of(
    _words, _starts, _phrases,
    st.builds(Concept, name=st.sampled_from(["ttp", "kabul"])),
    st.builds(Expression, pattern=st.sampled_from(["al(pha)?", "[cd]harlie", "a/b", r"\d+"])),
)  # fmt: skip
_operands = st.one_of(
    _terms, st.lists(_terms, min_size=2, max_size=3).map(lambda found: Or(of=tuple(found)))
)
_nears = st.builds(Near, left=_operands, right=_operands, words=st.sampled_from([0, 1, 3, None]))
_facts = st.one_of(
    st.builds(Is, fact=st.just("topic"), value=st.sampled_from(["talks", "trade"])),
    st.builds(Is, fact=st.just("outlet"), value=st.sampled_from(["Dawn", "Amu TV"])),
    st.builds(Score, comparison=st.sampled_from([">=", "<", "="]), bound=st.just(0.5)),
)


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(match.all_of), several.map(match.any_of), st.builds(Not, node=inner)
    )


_scoped = st.builds(Within, part=st.sampled_from(["title", "lead", "body"]), node=_terms | _nears)
_trees: st.SearchStrategy[Node] = st.recursive(
    st.one_of(_terms, _nears, _facts, _scoped), _larger, max_leaves=8
)
_texts = st.lists(
    st.sampled_from([*VOCABULARY, "alphas", "TTP", "کابل", ".", ",", "—", "a b", "7"]), max_size=9
).map(" ".join)


@given(_trees.filter(match.tree.asks))
def test_what_is_shown_is_read_as_the_same_tree(tree: Node) -> None:
    assert read(show(tree)) == tree


@given(st.text(max_size=300))
@example("ﬁve ﬁghters’ a\u0301 ﷺ ي\u200c")
def test_the_quick_fold_is_the_lexicons_own(text: str) -> None:
    said, places = folded_with_map(text)
    assert (said, list(places)) == fold_with_map(text)


@given(st.text(min_size=1, max_size=60), st.sampled_from([1, 8, 30]))
@example("Pakistan’s ﬁghters a\u0301 ﷺ ", 30)
@example("the Taliban’s ", 80)
def test_a_text_of_any_length_is_folded_alike(text: str, times: int) -> None:
    whole = text * times
    said, places = folded_with_map(whole)
    assert (said, list(places)) == fold_with_map(whole)


# --- deciding -------------------------------------------------------------------------------


def _naive(tree: Node, parts: dict[str, str], facts: Facts) -> bool | None:
    """The rule decided word by word, without patterns: slow and plain."""
    match tree:
        case And():
            said = [_naive(one, parts, facts) for one in tree.of]
            return False if False in said else None if None in said else True
        case Or():
            said = [_naive(one, parts, facts) for one in tree.of]
            return True if True in said else None if None in said else False
        case Not():
            inner = _naive(tree.node, parts, facts)
            return None if inner is None else not inner
        case Within():
            return _naive(tree.node, {tree.part: parts[tree.part]}, facts)
        case Near():
            return any(_near(tree, text) for text in parts.values())
        case Is() if tree.fact == "topic":
            return None if facts.topics is None else tree.value in facts.topics
        case Is():
            return facts.outlet.casefold() == tree.value.casefold()
        case Score():
            return _compared(tree, facts)
        case _:
            return any(next(_places(tree, text), None) is not None for text in parts.values())


def _compared(tree: Score, facts: Facts) -> bool | None:
    if facts.score is None:
        return None if facts.topics is None else False
    sign = {">=": facts.score >= 0.5, "<": facts.score < 0.5, "=": facts.score == 0.5}
    return sign[tree.comparison]


def _places(term: Node, text: str) -> Iterator[tuple[int, int]]:
    """Places in characters of the folded text."""
    folded = fold_with_map(text)[0]
    if isinstance(term, Expression):
        yield from (found.span() for found in re.finditer(term.pattern, folded) if found[0])
        return
    spellings = NAMES[term.name] if isinstance(term, Concept) else (getattr(term, "text", ""),)
    start = isinstance(term, Word) and term.start
    for spelling in spellings:
        wanted = r"\s+".join(map(re.escape, fold_with_map(spelling)[0].split()))
        end = r"\w*" if start else ""
        yield from (f.span() for f in re.finditer(rf"\b(?:{wanted}){end}\b", folded))


def _near(tree: Near, text: str) -> bool:
    folded = fold_with_map(text)[0]
    sides = [
        [
            place
            for term in (side.of if isinstance(side, Or) else (side,))
            for place in _places(term, text)
        ]
        for side in (tree.left, tree.right)
    ]
    for a in sides[0]:
        for b in sides[1]:
            (_, end), (start, _) = sorted((a, b))
            if start < end:
                continue
            between = folded[end:start]
            if tree.words is None and not re.search(r"[.]\s", folded[end : start + 1]):
                return True
            if tree.words is not None and len(re.findall(r"[^\W_]+", between)) <= tree.words:
                return True
    return False


@pytest.mark.slow
@settings(max_examples=300)
@given(_trees, _texts, _texts, _texts, st.sampled_from([JUDGED, Facts(outlet="Dawn")]))
def test_a_rule_is_decided_as_by_reading_word_for_word(
    tree: Node, title: str, lead: str, body: str, facts: Facts
) -> None:
    parts = {"title": title, "lead": lead, "body": body}
    expected = _naive(tree, parts, facts)
    assert bool(fire(tree, title, lead, body, facts)) == bool(expected)


@given(_trees, _words, _texts)
def test_another_or_never_loses_a_hit(tree: Node, more: Node, body: str) -> None:
    if fire(tree, body=body):
        assert fire(match.any_of([tree, more]), body=body)


@given(_trees, st.text(max_size=120), st.text(max_size=120))
def test_no_text_breaks_a_rule_and_hits_lie_where_they_say(
    tree: Node, title: str, body: str
) -> None:
    parts = {"title": title, "lead": "", "body": body}
    for hit in fire(tree, title, "", body):
        assert 0 <= hit.start <= hit.end <= len(parts[hit.part])
        assert "\n" not in hit.passage


def test_what_made_it_true_is_shown_and_nothing_else() -> None:
    """Words of a branch that failed, or that must not stand there, are no reason."""
    hits = fire(
        "(alpha AND nowhere) OR (bravo AND NOT zulu) OR charlie", body="alpha bravo x charlie"
    )
    assert [hit.words for hit in hits] == [("bravo", "charlie")]
    far = fire("alpha AND bravo", body="alpha " + "x1 " * 200 + "bravo")
    assert [hit.matched for hit in far] == ["alpha", "bravo"]
    assert "alpha" in far[0].passage
    assert "bravo" in far[1].passage


def test_not_of_a_part_speaks_of_that_part_alone() -> None:
    assert fire("alpha AND NOT title:bravo", title="alpha", body="bravo")
    assert not fire("alpha AND NOT title:bravo", title="alpha bravo")
    assert not fire("alpha AND NOT bravo", title="alpha", body="bravo")
    assert fire("title:(alpha AND NOT bravo)", title="alpha", body="bravo")


def test_near_counts_words_across_punctuation_in_any_script_within_one_part() -> None:
    assert fire("alpha NEAR/2 bravo", body="bravo — one, (two) alpha")
    assert not fire("alpha NEAR/1 bravo", body="bravo — one, (two) alpha")
    assert fire("طورخم NEAR/1 بند", body="طورخم سرحد، بند ہے")
    assert not fire("alpha NEAR/9 bravo", title="alpha", body="bravo")
    assert not fire("concept:ttp NEAR/9 Taliban", body="Tehreek-e-Taliban Pakistan"), "one place"
    assert fire("NEAR(alpha, bravo, sentence)", body="One. An alpha, then bravo! Two.")
    assert not fire("NEAR(alpha, bravo, sentence)", body="An alpha. Then bravo.")
    for named in ("Lt. Gen. Ahmed", "DR. Samar", "M. A. Khan", "کے A. خان"):
        assert fire("NEAR(alpha, bravo, sentence)", body=f"The alpha, {named} said, is bravo.")
    for last in ("Monday", "the 1st", "oxygen", "خان"):
        assert not fire("NEAR(alpha, bravo, sentence)", body=f"An alpha on {last}. Then bravo.")


def test_what_is_not_known_yet_neither_fires_nor_is_denied() -> None:
    """A headline that waits for its text has no topics; it is asked again when it was judged."""
    waiting = Facts(outlet="Dawn")
    for asked in (
        "alpha topic:talks",
        "alpha -topic:talks",
        "alpha score>=0.1",
        "alpha -score>=0.9",
    ):
        assert not fire(asked, title="alpha", facts=waiting), asked
    assert fire("alpha OR topic:talks", title="alpha", facts=waiting)
    assert fire("alpha -topic:trade", title="alpha")
    unknown = Facts(outlet="Dawn", score=0.2, topics=())
    assert fire("alpha -language:ur -topic:talks", title="alpha", facts=unknown)


def test_a_rule_of_scores_and_topics_alone_shows_the_title() -> None:
    (hit,) = fire("topic:talks score>=0.5", title="Envoys meet")
    assert (hit.part, hit.matched) == ("title", "Envoys meet")


HOSTILE = (
    "(a+)+$", r"(\w+\s?)+bomb", "(x+x+)+y", "(a|aa)+$", "(.*a){9}Z", "(?:a?){20}a{20}Z",
)  # fmt: skip


@pytest.mark.slow
def test_fifty_hostile_rules_stay_linear_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Ten times the text takes about ten times as long, whatever it says."""
    rules = [
        read(f"alpha{n} NEAR/9 a1 OR /{HOSTILE[n % len(HOSTILE)]}/ OR b{n}*") for n in range(50)
    ]
    ready = match.compile_trees([(Rule(name=f"r{n}"), tree) for n, tree in enumerate(rules)],
                                fold=fold_with_map)  # fmt: skip
    took = []
    made = "".join("a" * 40 + " a1 " + "x" * 40 + " " for _ in range(11_764))
    mixed = "".join(f"w{n} a1 کابل{n} — " for n in range(43_000))  # hardly a word comes twice
    for text in (made[:100_000], made, mixed):
        began = time.process_time()
        match.find(ready, title="", lead="", body=text, outlet="", score=None, fold=folded_with_map)
        took.append(time.process_time() - began)
    with capsys.disabled():
        said = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in took[1:])
        print(f"\n50 hostile rules, a megabyte made for them, a million signs: {said}")  # noqa: T201
    assert took[1] < 25 * took[0] + 0.5
    assert max(took) < 1.5, "what is not in the text is looked for once and quickly"


def test_near_in_capitals_joins_without_a_number_and_in_small_letters_is_a_word() -> None:
    """It was read as the word NEAR, and a rule that looks right never fired."""
    assert read("ttp NEAR talks") == read("ttp NEAR/10 talks")
    assert read('(a OR b) NEAR "c d"') == read('(a OR b) NEAR/10 "c d"')
    assert read("ttp NEAR (talks OR truce)") == read("ttp NEAR/10 (talks OR truce)")
    assert read("blast near gate") == And(
        of=(Word(text="blast"), Word(text="near"), Word(text="gate"))
    )
    assert read(show(Word(text="NEAR"))) == Word(text="NEAR")
    with pytest.raises(match.UnreadableRuleError, match="missing"):
        read("ttp NEAR")
    with pytest.raises(match.UnreadableRuleError, match="NEAR joins two"):
        read("a NEAR b NEAR c")


def test_a_name_that_is_none_is_told_with_those_there_are() -> None:
    known = Known(subjects=frozenset({"talks", "border"}))
    (side,) = problems("when", "side:zzz AND x", {"Dawn"}, known)
    assert "pakistan" in side.message
    (topic,) = problems("when", "topic:zzz", {"Dawn"}, known)
    assert topic.message == "column 7: 'zzz' is no topic. There are border, talks."


# --- what the docs show ---------------------------------------------------------------------

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-an-alert.md"


def test_every_rule_of_the_how_to_is_sound_and_names_what_there_is() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    rules = [rule for block in blocks for rule in yaml.safe_load(block)["alerts"]]
    assert sum("when" in rule for rule in rules) > 10
    lexicon, pack = load_lexicon(), load_pack(TOPIC)
    known = Known(
        concepts=frozenset(lexicon.concepts), named=lexicon.knows,
        subjects=frozenset(pack.strands), strands=frozenset(pack.definition["strands"]),
    )  # fmt: skip
    for rule in rules:
        assert list(problems("when", rule.get("when"), {"Dawn", "Amu TV"}, known)) == []
        made = Alert.model_validate(rule)
        book = make_rulebook([made], lexicon, ways={}, time_zone="Asia/Karachi", desk_url=None)
        assert book.rules.problems == ()


def test_every_line_of_the_table_can_be_written() -> None:
    table = PAGE.read_text(encoding="utf-8").split("| written |")[1].split("\n\n")[0]
    cells = [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]]
    written = [one for cell in cells for one in re.findall(r"`([^`]*)`", cell)]
    assert len(written) > 20
    for one in written:
        if one.endswith(":") or "…" in one:
            continue  # a key alone
        read(f"{one.replace(chr(92) + '|', '|')} AND anchor")
