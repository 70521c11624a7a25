"""What a team counts: a switch moves the stories of its strand, says so, and nothing else."""

import math
from typing import Any

import pytest

from classifiers import registry
from classifiers.definition import Definition, DefinitionError
from classifiers.facets import signs_of
from classifiers.lexicon import load_lexicon
from classifiers.pack import NO_TEAM, TOPIC, Team, load_pack
from classifiers.registry import load
from classifiers.spotting import Spotter
from classifiers.types import Contribution, Example, Text, Verdict
from classifiers.words import WORD
from monitor import topics

QUEUE = load_pack().queue_at

# One of our own making for each strand; "edge" ones the model leaves out of the queue, or in it.
STORIES = {
    "kp_attacks": Text(
        title="Four policemen martyred in attack on post in Bannu",
        body="BANNU: Gunmen attacked a police post before dawn and fled, officials said.",
        outlet="dawn",
    ),
    "baloch": Text(
        title="Three killed in blast in Turbat",
        body="QUETTA: The banned BLA claimed the attack on a convoy of security forces in Kech.",
        outlet="dawn",
    ),
    "iskp": Text(
        title="ISKP claims attack on shrine",
        body="Afghan officials said that Islamic State Khorasan had sent the bomber to Kunduz.",
        outlet="reuters",
    ),
    "india_taliban": Text(
        title="India sends envoy to Afghan capital to speak of aid",
        body="New Delhi will send wheat and medicine to the Taliban government, officials said.",
        outlet="reuters",
    ),
    "transit_trade": Text(
        title="Second ship with Afghan transit cargo berths at Gwadar",
        body="KARACHI: The port handled fertiliser under the transit trade, customs said.",
        outlet="dawn",
    ),
    "refugees": Text(
        title="Afghan refugees stranded in Pakistan wait for German visas",
        body="BERLIN: Families promised resettlement fear deportation from Islamabad.",
        outlet="dawn",
    ),
    "afghan_domestic": Text(
        title="Taliban bar women from Kabul university",
        body="The Taliban government in Kabul gave no reason; Afghan students protested.",
        outlet="reuters",
    ),
    "home_security": Text(
        title="Apex Committee vows to crush terrorists, militants",
        body="ISLAMABAD: The prime minister said terrorism would be rooted out across Pakistan.",
        outlet="dawn",
    ),
}
NAMED = Text(
    title="Four policemen martyred in TTP attack on post in Bannu",
    body="BANNU: The TTP claimed the attack on the post near the border with Afghanistan.",
    outlet="dawn",
)


def judged(text: Text, **switches: str) -> Verdict:
    team = Team(switches=tuple(sorted(switches.items())))
    return load(team=team).judge([text])[0]


def added(verdict: Verdict) -> list[Contribution]:
    return [c for c in verdict.evidence.contributions if c.feature.startswith("definition:")]


def logit(verdict: Verdict) -> float:
    return math.fsum(c.weight for c in verdict.evidence.contributions)


def test_the_shipped_definition_has_a_story_here_for_every_strand() -> None:
    assert set(load_pack().definition["strands"]) == set(STORIES)


@pytest.mark.slow
@pytest.mark.parametrize("strand", STORIES)
def test_in_lifts_the_strand_into_the_queue_and_out_takes_it_out(strand: str) -> None:
    text = STORIES[strand]
    assert judged(text, **{strand: "in"}).score >= QUEUE
    assert judged(text, **{strand: "out"}).score < QUEUE


@pytest.mark.parametrize("strand", STORIES)
def test_a_switch_says_what_it_added_and_the_sum_still_is_the_score(strand: str) -> None:
    text = STORIES[strand]
    for to, word in (("in", "your team counts "), ("out", "your team does not count ")):
        verdict = judged(text, **{strand: to})
        (moved,) = added(verdict)
        assert moved.feature == f"definition:{strand}"
        assert moved.label.startswith(word)
        assert (moved.weight > 0) == (to == "in")
        assert abs(logit(verdict) - logit(judged(text)) - moved.weight) < 1e-9
        assert abs(verdict.score - 1 / (1 + math.exp(-logit(verdict)))) < 1e-9
        for match in moved.matches:
            part = text.title if match.part == "title" else text.body
            assert part[match.start : match.end] == match.text


def test_open_is_the_model_alone_bit_for_bit() -> None:
    for text in (*STORIES.values(), NAMED):
        assert judged(text, kp_attacks="open").evidence == judged(text).evidence
        assert judged(text, kp_attacks="open").score == judged(text).score


@pytest.mark.slow
def test_a_switch_moves_no_story_of_another_strand() -> None:
    for strand in STORIES:
        for other, text in STORIES.items():
            if other != strand:
                for to in ("in", "out"):
                    assert not added(judged(text, **{strand: to})), (strand, other)


def test_where_the_group_is_named_the_switch_for_unnamed_militants_is_silent() -> None:
    assert not added(judged(NAMED, kp_attacks="out", home_security="out"))
    assert judged(NAMED, kp_attacks="out").score == judged(NAMED).score


def test_a_moved_switch_is_another_model_and_going_back_is_the_first_one_again() -> None:
    plain, moved = judged(NAMED), judged(NAMED, baloch="in")
    assert plain.model != moved.model
    assert moved.model.startswith(plain.model)
    assert judged(NAMED, baloch="out").model not in {plain.model, moved.model}
    assert judged(NAMED).model == plain.model


def test_a_score_that_a_switch_moved_is_no_probability() -> None:
    """What a team counts is decided, not measured: calibration says nothing of it."""
    yes = [Example(id=f"y{n}", text=NAMED, relevant=True) for n in range(30)]
    other = Text(title="Cricket in Lahore", body="Rain stopped play, the board said.")
    no = [Example(id=f"n{n}", text=other, relevant=False) for n in range(30)]
    team = Team(switches=(("kp_attacks", "in"),))
    trainer = registry.trainer(team=team)
    model = trainer.load(trainer.train([*yes, *no]))
    attack, named = model.judge([STORIES["kp_attacks"], NAMED])
    assert named.calibrated
    assert not attack.calibrated


def test_several_switches_add_up() -> None:
    text = Text(
        title="Afghan refugees with transit cargo held at Karachi port",
        body="Refugees deported to Kabul lost goods; the Afghan transit trade stopped.",
        outlet="dawn",
    )
    apart = [judged(text, **{name: "out"}) for name in ("refugees", "transit_trade")]
    both = judged(text, refugees="out", transit_trade="out")
    said = math.fsum(c.weight for verdict in apart for c in added(verdict))
    assert abs(logit(both) - logit(judged(text)) - said) < 1e-9


# --- as data --------------------------------------------------------------------------------


def test_every_sign_that_the_shipped_definition_asks_for_is_given() -> None:
    lexicon, pack = load_lexicon(), load_pack()
    given = {sign for c in lexicon.concepts.values() for sign in signs_of(c)}
    for strand in Definition(pack.definition, lexicon.concepts.values()).strands.values():
        for condition in (*strand.needs, *strand.without):
            assert condition.of <= given, (strand.id, condition.of - given)
            assert condition.first <= set(pack.strands), strand.id


def test_every_strand_says_in_a_sentence_what_is_in_and_out() -> None:
    lexicon, pack = load_lexicon(), load_pack()
    for strand in Definition(pack.definition, lexicon.concepts.values()).strands.values():
        assert strand.title
        assert strand.says.endswith(".")
        assert "\n" not in strand.says
        assert strand.worth["in"] > 0 > strand.worth["out"]


def test_a_topic_without_a_definition_has_none_and_adds_nothing() -> None:
    none = Definition({}, load_lexicon().concepts.values(), (("refugees", "out"),))
    assert not none
    assert none.contributions((), ()) == []


SOUND: dict[str, Any] = {
    "title": "rain",
    "says": "Rain.",
    "all": [{"part": "top", "of": ["ttp"]}],
    "in": 1.0,
    "out": -1.0,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"all": []},
        {"all": None},
        {"in": -1.0},
        {"out": 2.0},
        {"out": "much"},
        {"title": None} | {"all": [{"of": ["ttp"], "where": "top"}]},
        {"all": [{"part": "tail", "of": ["ttp"]}]},
    ],
)
def test_an_unfit_strand_is_told_by_its_name(wrong: dict[str, Any]) -> None:
    Definition({"strands": {"monsoon": SOUND}}, ())
    with pytest.raises(DefinitionError, match="monsoon"):
        Definition({"strands": {"monsoon": SOUND | wrong}}, ())


# --- stories that name no side at all -------------------------------------------------------

ALONE = [
    ("baloch", Text(title="BLA claims attack on train", body="")),
    ("baloch", Text(title="Bomb on a bus", body="The Majeed Brigade said that it did it.")),
    ("iskp", Text(title="Islamic State Khorasan claims blast in Moscow theatre", body="")),
    ("iskp", Text(title="ISIS-K recruiter held in Germany", body="Police held him at night.")),
]


@pytest.mark.parametrize(("strand", "text"), ALONE)
def test_a_strand_counted_in_takes_its_stories_that_name_no_side(strand: str, text: Text) -> None:
    """What the team counts was judged as naming nothing, and never shown."""
    as_it_is = judged(text)
    assert as_it_is.score < QUEUE
    counted = judged(text, **{strand: "in"})
    assert counted.score >= QUEUE
    (term,) = [c for c in counted.evidence.contributions if c.feature.startswith("definition:")]
    assert term.matches
    assert judged(text, **{strand: "out"}).score < as_it_is.score
    other = "iskp" if strand == "baloch" else "baloch"
    assert judged(text, **{other: "in"}).score == as_it_is.score


def test_a_strand_that_needs_a_side_reads_no_more_than_before() -> None:
    concepts = load_lexicon().concepts
    poles = load_pack().recipe.poles
    for strand, row in Definition(load_pack().definition, concepts.values()).strands.items():
        moved = Definition(load_pack().definition, concepts.values(), [(strand, "in")])
        found = moved.names_beside(poles)
        assert bool(found) == (strand in {"baloch", "iskp"}), (strand, row.title)
        assert not any(concepts[name].pole in poles for name in found)


@pytest.mark.parametrize(("strand", "text"), ALONE)
def test_an_alert_on_a_strand_sees_its_stories_that_name_no_side(strand: str, text: Text) -> None:
    strands, edges = topics.edges_of(TOPIC, NO_TEAM)
    assert strand in strands
    assert strand in edges(text, ())


@pytest.mark.parametrize(("strand", "text"), ALONE)
def test_a_page_of_an_archive_is_not_passed_over_where_its_strand_counts(
    strand: str, text: Text
) -> None:
    words = {word.encode() for word in WORD.findall(f"{text.title} {text.body}")}
    pack = load_pack(TOPIC, Team(switches=((strand, "in"),)))
    assert Spotter(pack, load_lexicon()).named(words)


def test_a_page_on_the_bla_alone_is_passed_over_where_nobody_counts_it() -> None:
    words = {b"BLA", b"claims", b"attack", b"on", b"train"}
    assert not Spotter(load_pack(), load_lexicon()).named(words)
